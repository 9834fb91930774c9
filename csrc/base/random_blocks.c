#include "base/random_blocks.h"

#include "base/vector.h"

#include <string.h>

enum { ROUNDS = 10 };

/* Philox4x32-10, with Random123's constants. Loops over the blocks inside of loops over the rounds, so that
 * each operation is one vector instruction or a few. */
FOR_WIDE_VECTOR_UNITS
void random_blocks(uint64_t seed, enum random_purpose purpose, const uint32_t *a, const uint32_t *b,
                   const uint32_t *c, size_t count, uint32_t *const words[4])
{
    for (size_t first = 0; first < count; first += RANDOM_BLOCKS_AT_ONCE) {
        uint32_t x[4][RANDOM_BLOCKS_AT_ONCE];
        memcpy(x[0], a + first, sizeof x[0]);
        memcpy(x[1], b + first, sizeof x[1]);
        memcpy(x[2], c + first, sizeof x[2]);
        for (int i = 0; i < RANDOM_BLOCKS_AT_ONCE; i++) {
            x[3][i] = (uint32_t) purpose;
        }
        uint32_t key0 = (uint32_t) seed;
        uint32_t key1 = (uint32_t) (seed >> 32);
#pragma GCC unroll 10
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < RANDOM_BLOCKS_AT_ONCE; i++) {
                uint32_t high0 = (uint32_t) ((uint64_t) PHILOX_M4x32_0 * x[0][i] >> 32);
                uint32_t high1 = (uint32_t) ((uint64_t) PHILOX_M4x32_1 * x[2][i] >> 32);
                uint32_t low0 = PHILOX_M4x32_0 * x[0][i];
                uint32_t low1 = PHILOX_M4x32_1 * x[2][i];
                x[0][i] = high1 ^ x[1][i] ^ key0;
                x[1][i] = low1;
                x[2][i] = high0 ^ x[3][i] ^ key1;
                x[3][i] = low0;
            }
            key0 += PHILOX_W32_0;
            key1 += PHILOX_W32_1;
        }
        for (int word = 0; word < 4; word++) {
            memcpy(words[word] + first, x[word], sizeof x[word]);
        }
    }
}
