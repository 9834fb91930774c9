// SPDX-License-Identifier: Apache-2.0
#include "model/base/random_blocks.h"

#include "model/base/vector.h"

enum { ROUNDS = 10 };

/* Philox4x32-10, with Random123's constants. */
static void portable_blocks(uint64_t seed, enum random_purpose purpose, const uint32_t *a, const uint32_t *b,
                            const uint32_t *c, size_t count, uint32_t *const words[4])
{
    for (size_t i = 0; i < count; i++) {
        const struct random_block block = random_block(seed, purpose, a[i], b[i], c[i]);
        for (int word = 0; word < 4; word++) {
            words[word][i] = block.word[word];
        }
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

/* A word in each 64-bit lane: its low half, which is all that the multiplication looks at; what stands above
 * is rubbish. Compilers make the same loop two and a half times slower. */
enum { LANES = 4, GROUPS = RANDOM_BLOCKS_AT_ONCE / LANES };

__attribute__((target("avx2"))) static void store_low_halves(const __m256i *groups, uint32_t *words)
{
    const __m256i even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    for (int group = 0; group < GROUPS; group++) {
        const __m256i packed = _mm256_permutevar8x32_epi32(groups[group], even);
        _mm_storeu_si128((__m128i *) (words + (size_t) group * LANES), _mm256_castsi256_si128(packed));
    }
}

__attribute__((target("avx2"))) static void load_low_halves(const uint32_t *words, __m256i *groups)
{
    for (int group = 0; group < GROUPS; group++) {
        const __m128i packed = _mm_loadu_si128((const __m128i *) (words + (size_t) group * LANES));
        groups[group] = _mm256_cvtepu32_epi64(packed);
    }
}

__attribute__((target("avx2"))) static void avx2_blocks(uint64_t seed, enum random_purpose purpose,
                                                        const uint32_t *a, const uint32_t *b,
                                                        const uint32_t *c, size_t count,
                                                        uint32_t *const words[4])
{
    const __m256i multiplier0 = _mm256_set1_epi64x(PHILOX_M4x32_0);
    const __m256i multiplier1 = _mm256_set1_epi64x(PHILOX_M4x32_1);
    for (size_t first = 0; first < count; first += RANDOM_BLOCKS_AT_ONCE) {
        __m256i x[4][GROUPS];
        load_low_halves(a + first, x[0]);
        load_low_halves(b + first, x[1]);
        load_low_halves(c + first, x[2]);
        for (int group = 0; group < GROUPS; group++) {
            x[3][group] = _mm256_set1_epi64x(purpose);
        }
        uint32_t key0 = (uint32_t) seed;
        uint32_t key1 = (uint32_t) (seed >> 32);
#pragma GCC unroll 10
        for (int round = 0; round < ROUNDS; round++) {
            for (int group = 0; group < GROUPS; group++) {
                const __m256i product0 = _mm256_mul_epu32(x[0][group], multiplier0);
                const __m256i product1 = _mm256_mul_epu32(x[2][group], multiplier1);
                const __m256i high0 =
                    _mm256_xor_si256(_mm256_srli_epi64(product0, 32), _mm256_set1_epi64x(key1));
                const __m256i high1 =
                    _mm256_xor_si256(_mm256_srli_epi64(product1, 32), _mm256_set1_epi64x(key0));
                x[0][group] = _mm256_xor_si256(high1, x[1][group]);
                x[1][group] = product1;
                x[2][group] = _mm256_xor_si256(high0, x[3][group]);
                x[3][group] = product0;
            }
            key0 += PHILOX_W32_0;
            key1 += PHILOX_W32_1;
        }
        for (int word = 0; word < 4; word++) {
            store_low_halves(x[word], words[word] + first);
        }
    }
}

/* The same with 512-bit vectors, which hold twice the blocks. */
enum { WIDE_LANES = 8, WIDE_GROUPS = RANDOM_BLOCKS_AT_ONCE / WIDE_LANES };

__attribute__((target("avx512f"))) static void avx512_blocks(uint64_t seed, enum random_purpose purpose,
                                                             const uint32_t *a, const uint32_t *b,
                                                             const uint32_t *c, size_t count,
                                                             uint32_t *const words[4])
{
    const __m512i multiplier0 = _mm512_set1_epi64(PHILOX_M4x32_0);
    const __m512i multiplier1 = _mm512_set1_epi64(PHILOX_M4x32_1);
    const uint32_t *const counters[] = {a, b, c};
    for (size_t first = 0; first < count; first += RANDOM_BLOCKS_AT_ONCE) {
        __m512i x[4][WIDE_GROUPS];
        for (size_t group = 0; group < WIDE_GROUPS; group++) {
            for (int word = 0; word < 3; word++) {
                const uint32_t *from = counters[word] + first + group * WIDE_LANES;
                x[word][group] = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *) from));
            }
            x[3][group] = _mm512_set1_epi64(purpose);
        }
        uint32_t key0 = (uint32_t) seed;
        uint32_t key1 = (uint32_t) (seed >> 32);
#pragma GCC unroll 10
        for (int round = 0; round < ROUNDS; round++) {
            for (int group = 0; group < WIDE_GROUPS; group++) {
                const __m512i product0 = _mm512_mul_epu32(x[0][group], multiplier0);
                const __m512i product1 = _mm512_mul_epu32(x[2][group], multiplier1);
                const __m512i high0 =
                    _mm512_xor_si512(_mm512_srli_epi64(product0, 32), _mm512_set1_epi64(key1));
                const __m512i high1 =
                    _mm512_xor_si512(_mm512_srli_epi64(product1, 32), _mm512_set1_epi64(key0));
                x[0][group] = _mm512_xor_si512(high1, x[1][group]);
                x[1][group] = product1;
                x[2][group] = _mm512_xor_si512(high0, x[3][group]);
                x[3][group] = product0;
            }
            key0 += PHILOX_W32_0;
            key1 += PHILOX_W32_1;
        }
        for (int word = 0; word < 4; word++) {
            for (size_t group = 0; group < WIDE_GROUPS; group++) {
                uint32_t *to = words[word] + first + group * WIDE_LANES;
                _mm256_storeu_si256((__m256i *) to, _mm512_cvtepi64_epi32(x[word][group]));
            }
        }
    }
}
#endif

void random_blocks(uint64_t seed, enum random_purpose purpose, const uint32_t *a, const uint32_t *b,
                   const uint32_t *c, size_t count, uint32_t *const words[4])
{
    switch (vector_unit()) {
#if defined(__x86_64__)
    case VECTOR_UNIT_512:
        avx512_blocks(seed, purpose, a, b, c, count, words);
        break;
    case VECTOR_UNIT_256:
        avx2_blocks(seed, purpose, a, b, c, count, words);
        break;
#endif
    default:
        portable_blocks(seed, purpose, a, b, c, count, words);
    }
}
