// SPDX-License-Identifier: Apache-2.0
#include "model/crossbar/line_resistance.h"

#include "model/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The matrix of the nodes' conductances, symmetric, its lower band row by row: entry (i, i - d) at i x (band
 * + 1) + d. Node 2 (row x columns + column) lies on the row's line, the one behind it on the column's. */
struct band {
    size_t count, width;
    double *entries;
};

static double *entry(const struct band *band, size_t i, size_t j)
{
    return i > j ? &band->entries[i * (band->width + 1) + (i - j)]
                 : &band->entries[j * (band->width + 1) + (j - i)];
}

static void connect(const struct band *band, size_t a, size_t b, double conductance)
{
    *entry(band, a, a) += conductance;
    *entry(band, b, b) += conductance;
    *entry(band, a, b) -= conductance;
}

static void decompose(const struct band *band)
{
    for (size_t i = 0; i < band->count; i++) {
        const size_t first = i > band->width ? i - band->width : 0;
        for (size_t j = first; j <= i; j++) {
            double sum = *entry(band, i, j);
            for (size_t k = j > band->width && j - band->width > first ? j - band->width : first; k < j;
                 k++) {
                sum -= *entry(band, i, k) * *entry(band, j, k);
            }
            *entry(band, i, j) = i == j ? sqrt(sum) : sum / *entry(band, j, j);
        }
    }
}

static void solve(const struct band *band, double *x)
{
    for (size_t i = 0; i < band->count; i++) {
        for (size_t k = i > band->width ? i - band->width : 0; k < i; k++) {
            x[i] -= *entry(band, i, k) * x[k];
        }
        x[i] /= *entry(band, i, i);
    }
    for (size_t i = band->count; i-- > 0;) {
        x[i] /= *entry(band, i, i);
        for (size_t k = i > band->width ? i - band->width : 0; k < i; k++) {
            x[k] -= *entry(band, i, k) * x[i];
        }
    }
}

void line_effective_conductances(uint32_t rows, uint32_t columns, double row_ohm, double column_ohm,
                                 const double *resistances, double *conductances)
{
    const size_t count = (size_t) 2 * rows * columns;
    const size_t step = (size_t) 2 * columns; /* to the node below */
    struct band band = {.count = count, .width = step};
    band.entries = allocate(count * (band.width + 1), sizeof *band.entries);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            const size_t on_row = row * step + 2 * column;
            const size_t on_column = on_row + 1;
            connect(&band, on_row, on_column, 1.0 / resistances[column * rows + row]);
            if (column > 0) {
                connect(&band, on_row - 2, on_row, 1.0 / row_ohm);
            } else {
                *entry(&band, on_row, on_row) += 1.0 / row_ohm; /* the driver */
            }
            if (row + 1 < rows) {
                connect(&band, on_column, on_column + step, 1.0 / column_ohm);
            } else {
                *entry(&band, on_column, on_column) += 1.0 / column_ohm; /* the amplifier */
            }
        }
    }
    decompose(&band);
    /* The network is reciprocal: a volt on row i drives as much current into column j as a volt on column j
     * into row i. So one solution for each column is enough, instead of one for each row. */
    double *voltages = allocate(count, sizeof *voltages);
    for (size_t column = 0; column < columns; column++) {
        memset(voltages, 0, count * sizeof *voltages);
        voltages[(rows - 1) * step + 2 * column + 1] = 1.0 / column_ohm;
        solve(&band, voltages);
        for (size_t row = 0; row < rows; row++) {
            conductances[column * rows + row] = voltages[row * step] / row_ohm;
        }
    }
    free(voltages);
    free(band.entries);
}
