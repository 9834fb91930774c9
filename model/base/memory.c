// SPDX-License-Identifier: Apache-2.0
#include "model/base/memory.h"

#include "model/base/error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *allocated(void *memory)
{
    if (memory == NULL) {
        (void) fputs("memspike: out of memory\n", stderr);
        exit(STATUS_FAILED); /* NOLINT(concurrency-mt-unsafe) */
    }
    return memory;
}

void *allocate(size_t count, size_t size)
{
    /* calloc may return NULL for zero bytes, which is no failure. */
    return allocated(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *allocate_vectors(size_t count, size_t size)
{
    enum { ALIGNMENT = 64 };
    if (size > 0 && count > (SIZE_MAX - ALIGNMENT) / size) {
        return allocated(NULL);
    }
    size_t bytes =
        (count * size + ALIGNMENT) / ALIGNMENT * ALIGNMENT; /* a whole number of vectors, never none */
    void *memory = allocated(aligned_alloc(ALIGNMENT, bytes));
    memset(memory, 0, bytes);
    return memory;
}

void *reallocate(void *memory, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size) {
        return allocated(NULL);
    }
    size_t bytes = count * size;
    return allocated(realloc(memory, bytes > 0 ? bytes : 1));
}

char *duplicate_string(const char *text)
{
    return allocated(strdup(text));
}
