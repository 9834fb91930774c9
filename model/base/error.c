#include "model/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct error *error, const char *suffix, const char *format, va_list arguments)
{
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started by both callers */
    if (vsnprintf(error->message, sizeof error->message, format, arguments) < 0) {
        error->message[0] = '\0';
    }
    size_t used = strlen(error->message);
    if (suffix != NULL) {
        (void) snprintf(error->message + used, sizeof error->message - used, ": %s", suffix);
    }
    for (char *c = error->message; *c != '\0'; c++) {
        if ((unsigned char) *c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
}

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(error, NULL, format, arguments);
        va_end(arguments);
    }
    return status;
}

enum status error_set_errno(struct error *error, enum status status, const char *format, ...)
{
    const char *reason =
        strerror(errno); /* NOLINT(concurrency-mt-unsafe): glibc's is safe for known numbers */
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        fill(error, reason, format, arguments);
        va_end(arguments);
    }
    return status;
}

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
