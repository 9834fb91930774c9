// SPDX-License-Identifier: Apache-2.0
/* Errors. Every function that can fail returns a status and, when it does, fills a message that names the
 * file, line or field and what was expected there. The message is one line without a newline at its end. */
#ifndef MEMSPIKE_MODEL_BASE_ERROR_H
#define MEMSPIKE_MODEL_BASE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,  /* the machine let us down (no memory, disk full): exit status 1 */
    STATUS_INVALID = 2, /* what we were given is wrong: exit status 2 */
};

struct error {
    char message[1024];
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Fill the message, cutting it at the buffer's end and turning control characters into '?' so that it stays
 * one line whatever a hostile input contains. Returns `status`, so that a caller can `return error_set(...)`.
 * `error` may be NULL. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with ": " and the text of the current errno behind the message. */
enum status error_set_errno(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif
#endif
