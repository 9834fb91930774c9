// SPDX-License-Identifier: Apache-2.0
#include "learn/adagrad.h"

#include "model/base/vector.h"

#include <math.h>

FOR_EVERY_VECTOR_UNIT
void adagrad_update(float *restrict parameters, float *restrict squares, const float *restrict direction,
                    uint32_t count, float scale, float rate, float lowest)
{
    for (uint32_t i = 0; i < count; i++) {
        float gradient = scale * direction[i];
        float sum = squares[i] + gradient * gradient;
        squares[i] = sum;
        float value = parameters[i] - rate * gradient / (sqrtf(sum) + ADAGRAD_EPSILON);
        value = value < lowest ? lowest : value;
        parameters[i] = value > 1.0f ? 1.0f : value;
    }
}
