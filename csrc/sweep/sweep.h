// SPDX-License-Identifier: Apache-2.0
/* Running all points of experiments, each with several seeds, on all processors.
 *
 * A task is a point with a seed. Points that several experiments share are one task, and points of approach 1
 * that differ only in the hardware share their training. Every task is saved in the results' folder when it
 * is done, so a sweep that was stopped, however it was, can be resumed. Results depend neither on that nor on
 * the number of threads or the engine. */
#ifndef MEMSPIKE_CSRC_SWEEP_SWEEP_H
#define MEMSPIKE_CSRC_SWEEP_SWEEP_H

#include "base/ranks.h"
#include "sweep/experiment.h"
#include "text/corpus.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Everything that can be measured at a point. */
struct task_result {
    double accuracy;
    double weight_error_std;
    double read_error_std;
    uint64_t pulses;
    uint64_t programming_us;
    double energy_j;
    uint32_t epoch_count;
    double *train_accuracy;      /* epoch_count */
    double *validation_accuracy; /* epoch_count */
    uint32_t weight_count;       /* E; 0 for the network in software */
    double *wanted;              /* weight_count: as trained */
    double *written;             /* weight_count: as the device is */
    double *measured;            /* weight_count: as one read finds it */
    uint32_t trace_count;        /* 0 for approach 1 */
    uint32_t *trace_review;      /* trace_count: reviews learned from before it, over all epochs */
    double *trace_wanted;        /* trace_count: weight 0 as it was asked for */
    double *trace_measured;      /* trace_count: as the controller last read it */
};

struct task {
    const struct point *point; /* the first of those it stands for */
    uint64_t seed;
    char *key; /* every setting that decides its result */
    bool done;
    struct task_result result; /* of a task that is done */
};

struct sweep {
    const struct experiments *experiments; /* borrowed, as are the others */
    const struct corpus *corpus;
    const struct settings *settings; /* first seed, engine, threads, hardware */
    const struct device *device;
    const char *version;
    uint32_t seeds; /* of every experiment; 0: as many as each says */
    uint32_t task_count;
    struct task *tasks;
    uint32_t **task_of; /* by experiment: [point x seeds + seed] */
};

/* How many seeds an experiment gets. */
uint32_t sweep_seeds(const struct sweep *sweep, const struct experiment *experiment);

/* Fill in the tasks of a sweep that holds all that it borrows (corpus and device may still be NULL). Release
 * with sweep_clear(). */
void sweep_plan(struct sweep *sweep);
void sweep_clear(struct sweep *sweep);

/* Make the folder, or take the points that it holds already. STATUS_INVALID when it holds anything else than
 * an unfinished or finished sweep of the same version over the same points, corpus and device. */
MUST_CHECK enum status sweep_open_folder(struct sweep *sweep, const char *folder, struct error *error);

/* Run what is left, and save it. Ends early, with STATUS_OK, when interrupt_caught(). */
MUST_CHECK enum status sweep_run(struct sweep *sweep, const char *folder, struct error *error);
/* The same by several ranks, all of which call it with the same sweep (see sweep_identity()): rank 0 hands
 * out tasks one by one, saves what comes back, and alone has the results and the folder. A task whose rank
 * died is handed out again. An interrupt of any rank ends the sweep of all. Before the ranks agree, the check
 * finds what would keep one of them from it. */
MUST_CHECK enum status sweep_check_ranks(const struct sweep *sweep, const struct ranks *ranks,
                                         struct error *error);
MUST_CHECK enum status sweep_run_ranks(struct sweep *sweep, const char *folder, struct ranks *ranks,
                                       struct error *error);
/* Everything that the results depend on, line by line; owned by the caller. */
char *sweep_identity(const struct sweep *sweep);
/* Tasks that are done. */
uint32_t sweep_done(const struct sweep *sweep);
/* Print on standard error why the sweep has stopped, what its folder holds, and what to do next. */
void sweep_say_kept(const struct sweep *sweep, const char *folder, const char *why, const char *next);

/* The table: a row for each experiment, point, seed and measurement. */
void sweep_print_csv(const struct sweep *sweep, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
