// SPDX-License-Identifier: Apache-2.0
#include "sweep/hand_out.h"

#include "model/base/memory.h"

#include <stdlib.h>

void hand_out_create(struct hand_out *hand_out, uint32_t tasks, uint32_t trainings, uint32_t ranks)
{
    *hand_out = (struct hand_out) {
        .task_count = tasks,
        .tasks = allocate(tasks, sizeof *hand_out->tasks),
        .training_count = trainings,
        .training_cost = allocate(trainings, sizeof *hand_out->training_cost),
        .rank_count = ranks,
        .has = allocate((size_t) ranks * trainings, sizeof *hand_out->has),
    };
    for (uint32_t i = 0; i < tasks; i++) {
        hand_out->tasks[i].training = NO_TRAINING;
    }
}

void hand_out_clear(struct hand_out *hand_out)
{
    free(hand_out->tasks);
    free(hand_out->training_cost);
    free(hand_out->has);
    *hand_out = (struct hand_out) {0};
}

static bool *place_of(const struct hand_out *hand_out, uint32_t rank, uint32_t training)
{
    return &hand_out->has[(size_t) rank * hand_out->training_count + training];
}

static uint32_t ranks_that_have(const struct hand_out *hand_out, uint32_t training)
{
    uint32_t count = 0;
    for (uint32_t rank = 0; rank < hand_out->rank_count; rank++) {
        count += *place_of(hand_out, rank, training) ? 1 : 0;
    }
    return count;
}

static uint64_t open_cost(const struct hand_out *hand_out, uint32_t training)
{
    uint64_t cost = 0;
    for (uint32_t i = 0; i < hand_out->task_count; i++) {
        const struct handed_task *task = &hand_out->tasks[i];
        cost += task->state == TASK_OPEN && task->training == training ? task->cost : 0;
    }
    return cost;
}

/* The training of others of which most is left for each rank that has it, if it is worth that one more rank
 * trains: when that takes less than half of it. With less left, much of the work would be training again. */
static uint32_t training_to_join(const struct hand_out *hand_out)
{
    uint32_t best = NO_TRAINING;
    uint64_t most = 0;
    for (uint32_t i = 0; i < hand_out->training_count; i++) {
        const uint32_t having = ranks_that_have(hand_out, i);
        const uint64_t share = having > 0 ? open_cost(hand_out, i) / having : 0;
        if (share > 2 * hand_out->training_cost[i] && share > most) {
            best = i;
            most = share;
        }
    }
    return best;
}

/* How well a task suits a rank; the first of the least is taken. Trainings are begun before those that are
 * there are used up: they are long, and long work comes first. */
enum suits { SUITS_ALONE, SUITS_BEGINS, SUITS_HAS, SUITS_JOINS, SUITS_NOT };

static enum suits suits(const struct hand_out *hand_out, const struct handed_task *task, uint32_t rank,
                        uint32_t join)
{
    if (task->state != TASK_OPEN) {
        return SUITS_NOT;
    }
    if (task->training == NO_TRAINING) {
        return SUITS_ALONE;
    }
    if (*place_of(hand_out, rank, task->training)) {
        return SUITS_HAS;
    }
    if (ranks_that_have(hand_out, task->training) == 0) {
        return SUITS_BEGINS;
    }
    return task->training == join ? SUITS_JOINS : SUITS_NOT;
}

uint32_t hand_out_next(struct hand_out *hand_out, uint32_t rank)
{
    const uint32_t join = training_to_join(hand_out);
    uint32_t best = NO_TASK;
    enum suits least = SUITS_NOT;
    for (uint32_t i = 0; i < hand_out->task_count && least != SUITS_ALONE; i++) {
        const enum suits one = suits(hand_out, &hand_out->tasks[i], rank, join);
        if (one < least) {
            least = one;
            best = i;
        }
    }
    if (best != NO_TASK) {
        struct handed_task *task = &hand_out->tasks[best];
        task->state = TASK_HANDED;
        task->rank = rank;
        if (task->training != NO_TRAINING) {
            *place_of(hand_out, rank, task->training) = true;
        }
    }
    return best;
}

bool hand_out_done(struct hand_out *hand_out, uint32_t task)
{
    const bool new = hand_out->tasks[task].state != TASK_DONE;
    hand_out->tasks[task].state = TASK_DONE;
    return new;
}

void hand_out_lost(struct hand_out *hand_out, uint32_t rank)
{
    for (uint32_t i = 0; i < hand_out->task_count; i++) {
        struct handed_task *task = &hand_out->tasks[i];
        if (task->state == TASK_HANDED && task->rank == rank) {
            task->state = TASK_OPEN;
        }
    }
    for (uint32_t i = 0; i < hand_out->training_count; i++) {
        *place_of(hand_out, rank, i) = false;
    }
}

bool hand_out_all_done(const struct hand_out *hand_out)
{
    for (uint32_t i = 0; i < hand_out->task_count; i++) {
        if (hand_out->tasks[i].state != TASK_DONE) {
            return false;
        }
    }
    return true;
}
