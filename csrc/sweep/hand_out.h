// SPDX-License-Identifier: Apache-2.0
/* Which rank of a sweep runs which task next. Tasks that take the same training go to a rank that has it; the
 * tasks of a rank that died go to others. How they get there is no concern of this file. */
#ifndef MEMSPIKE_CSRC_SWEEP_HAND_OUT_H
#define MEMSPIKE_CSRC_SWEEP_HAND_OUT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NO_TASK = UINT32_MAX,
    NO_TRAINING = UINT32_MAX,
};

struct handed_task {
    uint64_t cost;     /* in whatever unit the trainings' is in */
    uint32_t training; /* that it takes, shared with others; or NO_TRAINING */
    enum { TASK_OPEN, TASK_HANDED, TASK_DONE } state;
    uint32_t rank; /* that has it */
};

struct hand_out {
    uint32_t task_count;
    struct handed_task *tasks; /* by index; filled in by the caller */
    uint32_t training_count;
    uint64_t *training_cost; /* filled in by the caller */
    uint32_t rank_count;
    bool *has; /* [rank x training_count + training]: the rank has begun it */
};

/* Everything open, costs zero, no shared training. Release with hand_out_clear(). */
void hand_out_create(struct hand_out *hand_out, uint32_t tasks, uint32_t trainings, uint32_t ranks);
void hand_out_clear(struct hand_out *hand_out);

/* The next task for an idle thread of the rank, or NO_TASK when none pays now: the open ones all need
 * trainings that other ranks have, and those ranks will finish them sooner than this one could train. */
uint32_t hand_out_next(struct hand_out *hand_out, uint32_t rank);
/* False when it was done already. */
bool hand_out_done(struct hand_out *hand_out, uint32_t task);
/* The rank died: what it had is open again. */
void hand_out_lost(struct hand_out *hand_out, uint32_t rank);
bool hand_out_all_done(const struct hand_out *hand_out);

#ifdef __cplusplus
}
#endif
#endif
