// SPDX-License-Identifier: Apache-2.0
/* Run-time choice of the instruction set for loops that gain from it. */
#ifndef MEMSPIKE_MODEL_BASE_VECTOR_H
#define MEMSPIKE_MODEL_BASE_VECTOR_H

#ifdef __cplusplus
extern "C" {
#endif

/* For code written for one of them by hand: AVX-512 and AVX2 on x86-64. All of it gives the same bits. */
enum vector_unit { VECTOR_UNIT_NONE, VECTOR_UNIT_256, VECTOR_UNIT_512 };

/* The widest that the machine has. */
enum vector_unit vector_unit(void);
/* From now on at most this one: tests look at all of them. */
void vector_unit_limit(enum vector_unit most);

#ifdef __cplusplus
}
#endif

/* The compiler makes a version of the function for each instruction set, and the machine's is chosen when the
 * program starts. All give the same bits: every operation is rounded on its own (no fused multiply-add). Left
 * out where there is nothing to choose, under sanitizers, which run before the choice can be made, and where
 * a test compiles a file for one of them (MEMSPIKE_ONE_VECTOR_UNIT). */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) &&                       \
    !defined(__SANITIZE_THREAD__) && !defined(MEMSPIKE_ONE_VECTOR_UNIT)
#define FOR_EVERY_VECTOR_UNIT __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FOR_EVERY_VECTOR_UNIT
#endif

/* Inlined into each of those versions, so that it is compiled for the same instruction set. */
#define INLINED static inline __attribute__((always_inline))

#endif
