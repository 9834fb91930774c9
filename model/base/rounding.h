// SPDX-License-Identifier: Apache-2.0
/* Rounding to whole numbers, halves upwards: what every conversion to fixed point does. */
#ifndef MEMSPIKE_MODEL_BASE_ROUNDING_H
#define MEMSPIKE_MODEL_BASE_ROUNDING_H

#include <math.h>

/* Exact, which floor(x + 0.5) is not: where x + 0.5 is no number of its type, it is rounded itself, to the
 * next one above for the largest x below a half and for odd x as large as the type holds. */
static inline double round_half_up(double x)
{
    const double whole = floor(x);
    return x - whole >= 0.5 ? whole + 1.0 : whole;
}

#endif
