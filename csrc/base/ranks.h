// SPDX-License-Identifier: Apache-2.0
/* The processes of one command that a launcher (mpirun, srun) started together: the ranks 0 to count - 1.
 * Rank 0 speaks for all; the others print nothing. What carries the messages is loaded when a launcher is at
 * work, and costs nothing otherwise. All functions are for the thread that opened the ranks. */
#ifndef MEMSPIKE_CSRC_BASE_RANKS_H
#define MEMSPIKE_CSRC_BASE_RANKS_H

#include "model/base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct message {
    uint32_t from;
    uint32_t kind; /* from RANKS_FIRST_KIND on; those below are the ranks' own */
    uint8_t *data; /* owned by who received it */
    size_t length;
};

enum { RANKS_FIRST_KIND = 2 };

struct ranks {
    uint32_t number; /* this process */
    uint32_t count;
    uint32_t processors; /* this rank's share of those on its machine; at least 1 */
    bool agreed;
    bool failed; /* in agreeing: all know */
    /* Copies the data and returns at once. */
    void (*send)(struct ranks *ranks, uint32_t to, uint32_t kind, const void *data, size_t length);
    /* The next message, if one is there; those from one rank come in their order. */
    bool (*receive)(struct ranks *ranks, struct message *message);
    /* Whether a rank is known to have died. Rank 0 hears of all, every other of those below it. */
    bool (*lost)(struct ranks *ranks, uint32_t rank);
    /* Waits for what was sent, and for the others; frees. */
    void (*close)(struct ranks *ranks);
};

/* For a command that would do all of its work in each of several processes: STATUS_INVALID when a launcher
 * started several, with a message in the first of them only. `sharing` names the commands that divide their
 * work. */
MUST_CHECK enum status ranks_expect_none(const char *command, const char *sharing, struct error *error);

/* *ranks is NULL for a process that was started alone. STATUS_INVALID when a launcher started several, but
 * they cannot speak to each other. */
MUST_CHECK enum status ranks_open(struct ranks **ranks, struct error *error);

/* Every rank comes here, with how it fared so far and what it is about to do, line by line (NULL after a
 * failure). STATUS_OK for all when all came with STATUS_OK and the same lines; otherwise rank 0 gets the
 * message of the first that did not, and no rank agrees again. */
MUST_CHECK enum status ranks_agree(struct ranks *ranks, enum status status, const char *lines,
                                   struct error *error);

/* Whether this rank is to say what all know: rank 0 or, when those before it have died, the first that is
 * left. */
bool ranks_speaks(struct ranks *ranks);

/* Release the ranks (NULL is harmless). Those that have not agreed do so first, without lines. Returns with
 * what this process is to exit: `status`, or STATUS_OK when rank 0 reports the failure. The message is
 * emptied when another rank says it. */
enum status ranks_close(struct ranks *ranks, enum status status, struct error *error);

/* Sleep: waiting must not take the processor from those who compute. */
static inline void ranks_pause(uint32_t milliseconds)
{
    const struct timespec time = {.tv_sec = milliseconds / 1000,
                                  .tv_nsec = (long) (milliseconds % 1000) * 1000000};
    (void) nanosleep(&time, NULL);
}

/* Two texts of lines: where the first line that differs begins. */
size_t first_difference(const char *a, const char *b);

#ifdef __cplusplus
}
#endif
#endif
