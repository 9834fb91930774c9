// SPDX-License-Identifier: Apache-2.0
#include "bench/bench.h"

#include <math.h>
#include <stdlib.h>

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *) a;
    const double y = *(const double *) b;
    return (x > y) - (x < y);
}

double bench_median(double *values, uint32_t count)
{
    qsort(values, count, sizeof *values, compare_numbers);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

double bench_exponent(const double *sizes, const double *seconds, uint32_t count)
{
    double mean_x = 0, mean_y = 0;
    for (uint32_t i = 0; i < count; i++) {
        mean_x += log(sizes[i]) / count;
        mean_y += log(seconds[i]) / count;
    }
    double xx = 0, xy = 0;
    for (uint32_t i = 0; i < count; i++) {
        xx += (log(sizes[i]) - mean_x) * (log(sizes[i]) - mean_x);
        xy += (log(sizes[i]) - mean_x) * (log(seconds[i]) - mean_y);
    }
    return xx > 0 ? xy / xx : NAN;
}

void bench_line(const double *sizes, const double *seconds, uint32_t count, double *fixed, double *slope,
                double *deviation)
{
    /* Dividing by the times makes it the least squares of fixed u + slope v = 1. */
    double uu = 0, uv = 0, vv = 0, u1 = 0, v1 = 0;
    bool differ = false;
    for (uint32_t i = 0; i < count; i++) {
        const double u = 1 / seconds[i];
        const double v = sizes[i] / seconds[i];
        uu += u * u;
        uv += u * v;
        vv += v * v;
        u1 += u;
        v1 += v;
        differ = differ || sizes[i] != sizes[0];
    }
    const double determinant = differ ? uu * vv - uv * uv : NAN;
    *fixed = (u1 * vv - v1 * uv) / determinant;
    *slope = (v1 * uu - u1 * uv) / determinant;
    *deviation = differ ? 0 : NAN;
    for (uint32_t i = 0; i < count && differ; i++) {
        *deviation = fmax(*deviation, fabs((*fixed + *slope * sizes[i]) / seconds[i] - 1));
    }
}
