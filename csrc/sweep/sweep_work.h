// SPDX-License-Identifier: Apache-2.0
/* Internal to sweeps: running a task, and keeping its result. For sweep.c, which runs a sweep in one process,
 * and sweep_ranks.c, which runs it in several. */
#ifndef MEMSPIKE_CSRC_SWEEP_SWEEP_WORK_H
#define MEMSPIKE_CSRC_SWEEP_SWEEP_WORK_H

#include "base/progress.h"
#include "sweep/sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

struct shared_training;

/* The trainings that tasks of this process share. */
struct work {
    const struct sweep *sweep; /* borrowed */
    uint32_t shared_count;
    struct shared_training *shared;
    uint32_t *of_task; /* by task: its training's index; of approach 1 only */
};

void work_open(struct work *work, const struct sweep *sweep);
void work_close(struct work *work);
/* Run a task, once, in whatever thread; *complete says whether it came to its end without an interrupt. The
 * result is to be cleared in any case. */
MUST_CHECK enum status work_run(struct work *work, uint32_t index, struct task_result *result, bool *complete,
                                struct error *error);
/* Threads that the settings ask for; 0: as many as there are processors for this process. */
uint32_t work_threads(const struct sweep *sweep, uint32_t processors);

/* About how long a task takes, in sensed steps of reviews side by side: a review alone takes longer, and so
 * does writing. */
uint64_t task_cost(const struct sweep *sweep, const struct task *task);
/* The same for a training that tasks share, which task_cost() leaves out. */
uint64_t training_cost(const struct sweep *sweep, const struct task *task);

/* Where results are collected. All calls between open and close are for one thread at a time. */
struct keeper {
    struct sweep *sweep;
    const char *folder;
    struct progress progress;
    uint64_t done;       /* cost of what has ended */
    enum status status;  /* of the first task or save that failed */
    struct error *error; /* its message */
};

/* Borrows all. */
void keeper_open(struct keeper *keeper, struct sweep *sweep, const char *folder, struct error *error);
/* Save a task's result, and take it over. */
void keeper_take(struct keeper *keeper, uint32_t index, enum status ended, bool complete,
                 struct task_result *result, const struct error *error);
enum status keeper_close(struct keeper *keeper);

#ifdef __cplusplus
}
#endif
#endif
