// SPDX-License-Identifier: Apache-2.0
/* random_block() for many counters at once, in vector code: the same numbers. */
#ifndef MEMSPIKE_MODEL_BASE_RANDOM_BLOCKS_H
#define MEMSPIKE_MODEL_BASE_RANDOM_BLOCKS_H

#include "model/base/random.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RANDOM_BLOCKS_AT_ONCE = 16 };

/* words[w][i] = word w of random_block(seed, purpose, a[i], b[i], c[i]) for i < count; count is a multiple of
 * RANDOM_BLOCKS_AT_ONCE. The arrays do not overlap. */
void random_blocks(uint64_t seed, enum random_purpose purpose, const uint32_t *a, const uint32_t *b,
                   const uint32_t *c, size_t count, uint32_t *const words[4]);

#ifdef __cplusplus
}
#endif
#endif
