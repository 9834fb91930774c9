// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include "base/wall_clock.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { BAR_WIDTH = 30 };

static bool quiet;
static bool drawing; /* some bar exists; only the outermost one draws */

void progress_quiet(void)
{
    quiet = true;
}

void note(const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started just above */
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; length > 0 && *c != '\0'; c++) {
        if ((unsigned char) *c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    const struct listener *listener = listener_of_thread();
    if (length > 0 && listener != NULL) {
        if (listener->note != NULL) {
            listener->note(listener->context, text);
        }
    } else if (length > 0 && !quiet) {
        (void) fprintf(stderr, "memspike: %s\n", text);
    }
}

static void tell(const struct progress *progress, uint64_t done)
{
    struct listener *listener = progress->listener;
    if (listener->progress != NULL && !listener->stopped) {
        listener->stopped =
            listener->progress(listener->context, progress->label, done, progress->total) != 0;
    }
}

void progress_begin(struct progress *progress, const char *label, uint64_t total)
{
    double now = seconds_now();
    *progress = (struct progress) {.label = label, .total = total, .started = now, .drawn = now + 2.0 - 0.1};
    progress->listener = listener_of_thread();
    if (progress->listener != NULL) {
        progress->drawn = now;
        tell(progress, 0);
        return;
    }
    if (quiet || drawing || isatty(STDERR_FILENO) == 0) {
        progress->total = 0;
    }
    if (progress->total != 0) {
        drawing = true;
    }
}

void progress_update(struct progress *progress, uint64_t done)
{
    if (progress->total == 0 || done == 0) {
        return;
    }
    double now = seconds_now();
    const bool end_is_told = progress->listener != NULL && done >= progress->total;
    if (now - progress->drawn < 0.1 && !end_is_told) {
        return;
    }
    progress->drawn = now;
    if (done > progress->total) {
        done = progress->total;
    }
    if (progress->listener != NULL) {
        tell(progress, done);
        return;
    }
    double share = (double) done / (double) progress->total;
    double left = (now - progress->started) * (1.0 - share) / share;
    int filled = (int) (share * BAR_WIDTH);
    (void) fprintf(stderr, "\r%-22s [", progress->label);
    for (int i = 0; i < BAR_WIDTH; i++) {
        (void) fputc(i < filled ? '#' : '.', stderr);
    }
    (void) fprintf(stderr, "] %3.0f %%  %02d:%02d left ", 100.0 * share, (int) (left / 60), (int) left % 60);
}

void progress_end(struct progress *progress)
{
    if (progress->total != 0 && progress->listener == NULL) {
        if (progress->drawn > progress->started + 1.95) {
            (void) fprintf(stderr, "\r%*s\r", 80, "");
        }
        drawing = false;
    }
    progress->total = 0;
}

static void draw_report(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    if (done == 0) {
        progress_begin(progress, progress->label, total);
    }
    progress_update(progress, done);
    if (done == total) {
        progress_end(progress);
    }
}

struct progress_report progress_bar(struct progress *progress)
{
    return (struct progress_report) {draw_report, progress};
}
