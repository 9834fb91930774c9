// SPDX-License-Identifier: Apache-2.0
/* Progress and notes on standard error, or for the thread's listener: see listener.h.
 *
 * Progress: a bar with the time left if it is a terminal, nothing otherwise. Work that ends within two
 * seconds draws nothing. Work inside work that has a bar draws none of its own, in whatever thread. */
#ifndef MEMSPIKE_CSRC_BASE_PROGRESS_H
#define MEMSPIKE_CSRC_BASE_PROGRESS_H

#include "base/listener.h"
#include "base/progress_report.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct progress {
    const char *label; /* borrowed */
    uint64_t total;
    double started;
    double drawn;
    struct listener *listener; /* of the thread that began it; NULL draws */
};

/* Silence all progress and notes: --quiet, and every rank but the first. */
void progress_quiet(void);
/* A line on standard error, "memspike: " and the text: what was understood, or left out. Not while a bar is
 * drawn. Control characters in it become '?'. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void progress_begin(struct progress *progress, const char *label, uint64_t total);
/* Cheap enough to call for every review. Call it from one thread at a time. */
void progress_update(struct progress *progress, uint64_t done);
/* Remove the bar; harmless if there is none. */
void progress_end(struct progress *progress);

/* The bar of work that reports: it begins with the first report and ends when all is done. `progress` has a
 * label and is otherwise zero. Call progress_end() when the work returns, since it may have stopped early. */
struct progress_report progress_bar(struct progress *progress);

#ifdef __cplusplus
}
#endif
#endif
