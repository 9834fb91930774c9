// SPDX-License-Identifier: Apache-2.0
/* Resistance of the lines of a crossbar, and the voltage that is lost on them (IR drop).
 *
 * A row is driven at its left end, before column 0; a column is held at ground by its amplifier at its lower
 * end, below the last row. From the driver to the first device of a row, and from each to the next, lies one
 * segment of the row's line; from each device of a column to the next below, and from the last to ground, one
 * of the column's. All rows are driven, those without a spike to ground; all columns are held, sensed or not.
 * So the array is a linear network, and each spiking row adds its voltage times an effective conductance to a
 * column's current. */
#ifndef MEMSPIKE_MODEL_CROSSBAR_LINE_RESISTANCE_H
#define MEMSPIKE_MODEL_CROSSBAR_LINE_RESISTANCE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The effective conductances in siemens, [rows x columns], device = column x rows + row, of devices with
 * these resistances in ohm; both segments above 0 ohm. Kirchhoff's equations of all nodes by banded Cholesky
 * decomposition; the same bits everywhere. */
void line_effective_conductances(uint32_t rows, uint32_t columns, double row_ohm, double column_ohm,
                                 const double *resistances, double *conductances);

/* What lies in series with a device when it alone conducts, as when it is written or verified. */
static inline double line_series(uint32_t rows, uint32_t row, uint32_t column, double row_ohm,
                                 double column_ohm)
{
    return row_ohm * (column + 1) + column_ohm * (rows - row);
}

#ifdef __cplusplus
}
#endif
#endif
