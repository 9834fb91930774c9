// SPDX-License-Identifier: Apache-2.0
/* Adagrad (the paper's equations 6 and 7) on parameters that stay in [lowest, 1]:
 *   s <- s + g^2      theta <- clamp(theta - rate g / (sqrt(s) + epsilon)) */
#ifndef MEMSPIKE_CSRC_LEARN_ADAGRAD_H
#define MEMSPIKE_CSRC_LEARN_ADAGRAD_H

#include <stdint.h>

#define ADAGRAD_EPSILON 1e-8f

/* parameters, squares (the running sums s) and direction have `count` values; the gradient is scale x
 * direction. */
void adagrad_update(float *restrict parameters, float *restrict squares, const float *restrict direction,
                    uint32_t count, float scale, float rate, float lowest);

#endif
