// SPDX-License-Identifier: Apache-2.0
/* How far long work has come, told to whoever started it. Work tells it and draws nothing; base/progress.h
 * draws. */
#ifndef MEMSPIKE_CSRC_BASE_PROGRESS_REPORT_H
#define MEMSPIKE_CSRC_BASE_PROGRESS_REPORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct progress_report {
    /* First with 0 done. Called from one thread at a time. */
    void (*report)(void *context, uint64_t done, uint64_t total);
    void *context;
};

/* NULL is harmless: nobody wants to know. */
static inline void report_progress(const struct progress_report *to, uint64_t done, uint64_t total)
{
    if (to != NULL) {
        to->report(to->context, done, total);
    }
}

#ifdef __cplusplus
}
#endif
#endif
