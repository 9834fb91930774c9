// SPDX-License-Identifier: Apache-2.0
/* Memory. Running out of it, or asking for more than a size_t can count, ends the program with one line and
 * exit status 1: nothing that the program could still do would help its caller. Released with free(). */
#ifndef MEMSPIKE_MODEL_BASE_MEMORY_H
#define MEMSPIKE_MODEL_BASE_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed memory. */
void *allocate(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* The same, aligned for vectors of 64 bytes. */
void *allocate_vectors(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *reallocate(void *memory, size_t count, size_t size) __attribute__((returns_nonnull));
char *duplicate_string(const char *text) __attribute__((malloc, returns_nonnull));
/* Check what another library has allocated: NULL ends the program in the same way. */
void *allocated(void *memory) __attribute__((returns_nonnull));

#ifdef __cplusplus
}
#endif
#endif
