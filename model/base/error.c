// SPDX-License-Identifier: Apache-2.0
#include "model/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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
