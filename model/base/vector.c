// SPDX-License-Identifier: Apache-2.0
#include "model/base/vector.h"

static enum vector_unit limit = VECTOR_UNIT_512;

void vector_unit_limit(enum vector_unit most)
{
    limit = most;
}

enum vector_unit vector_unit(void)
{
#if defined(__x86_64__)
    if (limit >= VECTOR_UNIT_512 && __builtin_cpu_supports("avx512f")) {
        return VECTOR_UNIT_512;
    }
    if (limit >= VECTOR_UNIT_256 && __builtin_cpu_supports("avx2")) {
        return VECTOR_UNIT_256;
    }
#endif
    return VECTOR_UNIT_NONE;
}
