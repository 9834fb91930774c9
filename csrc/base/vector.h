/* Run-time choice of the instruction set for loops that gain from it. */
#ifndef MEMSPIKE_BASE_VECTOR_H
#define MEMSPIKE_BASE_VECTOR_H

/* The compiler makes a version of the function for each instruction set, and the machine's is chosen when the
 * program starts. All give the same bits: every operation is rounded on its own (no fused multiply-add). Left
 * out where there is nothing to choose, and under sanitizers, which run before the choice can be made.
 * FOR_WIDE_VECTOR_UNITS is for loops that gain from 512-bit vectors, too. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) &&                       \
    !defined(__SANITIZE_THREAD__)
#define FOR_EVERY_VECTOR_UNIT __attribute__((target_clones("avx2", "default")))
#define FOR_WIDE_VECTOR_UNITS __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FOR_EVERY_VECTOR_UNIT
#define FOR_WIDE_VECTOR_UNITS
#endif

/* Inlined into each of those versions, so that it is compiled for the same instruction set. */
#define INLINED static inline __attribute__((always_inline))

#endif
