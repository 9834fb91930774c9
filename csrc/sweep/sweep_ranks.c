// SPDX-License-Identifier: Apache-2.0
#include "base/container.h"
#include "base/interrupt.h"
#include "base/wall_clock.h"
#include "model/base/memory.h"
#include "sweep/hand_out.h"
#include "sweep/sweep_store.h"
#include "sweep/sweep_work.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* What ranks say to each other. In every rank one thread, the first, speaks and sleeps between; the others
 * run tasks. */
enum message_kind {
    MESSAGE_READY = RANKS_FIRST_KIND, /* to rank 0: how many threads there are */
    MESSAGE_RESULT,                   /* to rank 0: a task, status, completeness, and its result or message */
    MESSAGE_INTERRUPTED,              /* to rank 0: a signal came */
    MESSAGE_ENDED,                    /* to rank 0: nothing more will come */
    MESSAGE_TASK,                     /* from rank 0: run it */
    MESSAGE_STOP,                     /* from rank 0: take nothing more; whether because of an interrupt */
};

/* The interval of polling: short against a task, long against a poll's cost. */
enum { LOOK_MILLISECONDS = 5 };
/* After an interrupt, until rank 0 counts as gone. Launchers that end all ranks when one has died interrupt
 * them first and kill them half a second to a second later. */
static const double ANSWER_SECONDS = 0.2;

struct leader {
    struct keeper keeper;
    struct work work;
    struct ranks *ranks;
    struct hand_out hand_out;
    uint32_t *idle; /* by rank: threads that wait for a task */
    bool *ended;    /* by rank: nothing more will come from it */
    bool stopping;  /* nothing is handed out any more */
};

static void prepare_hand_out(struct leader *leader, const struct sweep *sweep)
{
    const struct work *work = &leader->work;
    hand_out_create(&leader->hand_out, sweep->task_count, work->shared_count, leader->ranks->count);
    for (uint32_t i = 0; i < sweep->task_count; i++) {
        struct handed_task *handed = &leader->hand_out.tasks[i];
        handed->cost = task_cost(sweep, &sweep->tasks[i]);
        handed->state = sweep->tasks[i].done ? TASK_DONE : TASK_OPEN;
        if (sweep->tasks[i].point->approach == 1 && !sweep->tasks[i].done) {
            handed->training = work->of_task[i];
            leader->hand_out.training_cost[handed->training] = training_cost(sweep, &sweep->tasks[i]);
        }
    }
}

/* Take over a task's result. A rank given up too early may bring one that others have since produced. */
static void take_result(struct leader *leader, uint32_t task, enum status ended, bool complete,
                        struct task_result *result, const struct error *error)
{
    if (hand_out_done(&leader->hand_out, task)) {
        keeper_take(&leader->keeper, task, ended, complete, result, error);
    } else {
        task_result_clear(result);
    }
    leader->stopping = leader->stopping || leader->keeper.status != STATUS_OK;
}

static void take_message(struct leader *leader, const struct message *message)
{
    char name[40];
    (void) snprintf(name, sizeof name, "rank %u's result", message->from);
    struct container_reader reader = {.path = name, .bytes = message->data, .length = message->length};
    if (message->kind == MESSAGE_READY) {
        leader->idle[message->from] = container_take_u32(&reader);
    } else if (message->kind == MESSAGE_INTERRUPTED) {
        interrupt_pass_on();
    } else if (message->kind == MESSAGE_ENDED) {
        leader->ended[message->from] = true;
    } else {
        const uint32_t task = container_take_u32(&reader);
        enum status ended = (enum status) container_take_u32(&reader);
        const bool complete = container_take_u32(&reader) != 0;
        struct task_result result = {0};
        struct error error = {.message = ""};
        if (ended != STATUS_OK) {
            char *text = container_take_string(&reader);
            (void) error_set(&error, ended, "rank %u: %s", message->from, text);
            free(text);
        } else if (complete) {
            ended = task_result_take(&reader, leader->keeper.sweep->tasks[task].key, &result, &error);
        }
        take_result(leader, task, ended, complete, &result, &error);
        leader->idle[message->from]++;
    }
}

/* One to each rank in turn, so that ranks with many threads do not begin everything. */
static void hand_out_tasks(struct leader *leader)
{
    bool handed = true;
    while (handed) {
        handed = false;
        for (uint32_t rank = 1; rank < leader->ranks->count; rank++) {
            const uint32_t task = leader->idle[rank] > 0 ? hand_out_next(&leader->hand_out, rank) : NO_TASK;
            if (task != NO_TASK) {
                leader->ranks->send(leader->ranks, rank, MESSAGE_TASK, &task, sizeof task);
                leader->idle[rank]--;
                handed = true;
            }
        }
    }
}

static void find_lost(struct leader *leader)
{
    for (uint32_t rank = 1; rank < leader->ranks->count; rank++) {
        if (!leader->ended[rank] && leader->ranks->lost(leader->ranks, rank)) {
            leader->ended[rank] = true;
            leader->idle[rank] = 0;
            hand_out_lost(&leader->hand_out, rank);
            if (!leader->stopping) {
                char why[60];
                (void) snprintf(why, sizeof why, "rank %u ended before the work was done", rank);
                sweep_say_kept(leader->keeper.sweep, leader->keeper.folder, why,
                               "the other ranks go on with the rest");
            }
        }
    }
}

static bool all_ended(const struct leader *leader)
{
    for (uint32_t rank = 1; rank < leader->ranks->count; rank++) {
        if (!leader->ended[rank]) {
            return false;
        }
    }
    return true;
}

/* Say once what is to be said; false when all ranks have ended. */
static bool lead(struct leader *leader, bool *told)
{
    find_lost(leader);
    leader->stopping = leader->stopping || interrupt_caught() || hand_out_all_done(&leader->hand_out);
    if (!leader->stopping) {
        hand_out_tasks(leader);
    } else if (!*told) {
        const uint32_t interrupted = interrupt_caught() ? 1 : 0;
        if (interrupted != 0) {
            /* Now and not at the end, which a rank that died and a launcher that kills may not let come. */
            sweep_say_kept(leader->keeper.sweep, leader->keeper.folder, "interrupted",
                           "the same command goes on");
        }
        for (uint32_t rank = 1; rank < leader->ranks->count; rank++) {
            leader->ranks->send(leader->ranks, rank, MESSAGE_STOP, &interrupted, sizeof interrupted);
        }
        *told = true;
    }
    return !*told || !all_ended(leader);
}

static void run_own_tasks(struct leader *leader)
{
    bool stopping = false;
    while (!stopping) {
        uint32_t task = NO_TASK;
#pragma omp critical(sweep_leader)
        {
            stopping = leader->stopping || interrupt_caught();
            task = stopping ? NO_TASK : hand_out_next(&leader->hand_out, 0);
        }
        if (task != NO_TASK) {
            struct task_result result;
            struct error error = {.message = ""};
            bool complete = false;
            const enum status ended = work_run(&leader->work, task, &result, &complete, &error);
#pragma omp critical(sweep_leader)
            take_result(leader, task, ended, complete, &result, &error);
        } else if (!stopping) {
            ranks_pause(LOOK_MILLISECONDS);
        }
    }
}

static enum status run_leader(struct sweep *sweep, const char *folder, struct ranks *ranks, uint32_t threads,
                              struct error *error)
{
    struct leader leader = {
        .ranks = ranks,
        .idle = allocate(ranks->count, sizeof *leader.idle),
        .ended = allocate(ranks->count, sizeof *leader.ended),
    };
    work_open(&leader.work, sweep);
    prepare_hand_out(&leader, sweep);
    keeper_open(&leader.keeper, sweep, folder, error);
#pragma omp parallel num_threads((int) threads + 1)
    if (omp_get_thread_num() > 0) {
        run_own_tasks(&leader);
    } else {
        bool told = false, going = true;
        while (going) {
            /* Without the lock: MPI yields the processor while it polls, but waiting for a lock spins. */
            struct message message;
            while (ranks->receive(ranks, &message)) {
#pragma omp critical(sweep_leader)
                take_message(&leader, &message);
                free(message.data);
            }
#pragma omp critical(sweep_leader)
            going = lead(&leader, &told);
            ranks_pause(LOOK_MILLISECONDS);
        }
    }
    const enum status status = keeper_close(&leader.keeper);
    work_close(&leader.work);
    hand_out_clear(&leader.hand_out);
    free(leader.idle);
    free(leader.ended);
    return status;
}

/* A rank other than 0. */
struct helper {
    struct work work;
    struct ranks *ranks;
    const char *folder;
    uint32_t task_count;
    uint32_t *tasks; /* received, and not begun */
    uint32_t result_count;
    struct container_writer *results; /* to be sent */
    uint32_t working;                 /* threads that may still run a task */
    bool stopping;
    double interrupted; /* when rank 0 was told; 0 before that */
    bool said;          /* that it does not answer */
};

static void put_result(struct helper *helper, uint32_t task, enum status ended, bool complete,
                       const struct task_result *result, const struct error *error)
{
    struct container_writer writer = {0};
    container_put_u32(&writer, task);
    container_put_u32(&writer, (uint32_t) ended);
    container_put_u32(&writer, complete ? 1 : 0);
    if (ended != STATUS_OK) {
        container_put_string(&writer, error->message);
    } else if (complete) {
        task_result_put(&writer, helper->work.sweep->tasks[task].key, result);
    }
    helper->results = reallocate(helper->results, helper->result_count + 1, sizeof *helper->results);
    helper->results[helper->result_count++] = writer;
}

static void run_handed_tasks(struct helper *helper)
{
    bool stopping = false;
    while (!stopping) {
        uint32_t task = NO_TASK;
#pragma omp critical(sweep_helper)
        {
            stopping = helper->stopping || interrupt_caught();
            if (!stopping && helper->task_count > 0) {
                task = helper->tasks[--helper->task_count];
            }
            helper->working -= stopping ? 1 : 0;
        }
        if (task != NO_TASK) {
            struct task_result result;
            struct error error = {.message = ""};
            bool complete = false;
            const enum status ended = work_run(&helper->work, task, &result, &complete, &error);
#pragma omp critical(sweep_helper)
            put_result(helper, task, ended, complete, &result, &error);
            task_result_clear(&result);
        } else if (!stopping) {
            ranks_pause(LOOK_MILLISECONDS);
        }
    }
}

static void take_order(struct helper *helper, const struct message *message)
{
    uint32_t number;
    memcpy(&number, message->data, sizeof number);
    if (message->kind == MESSAGE_TASK) {
        helper->tasks = reallocate(helper->tasks, helper->task_count + 1, sizeof *helper->tasks);
        helper->tasks[helper->task_count++] = number;
    } else {
        helper->stopping = true;
        if (number != 0) {
            interrupt_pass_on();
        }
    }
}

/* Say once what is to be said; false when this rank has ended. */
static bool help(struct helper *helper)
{
    if (interrupt_caught() && helper->interrupted == 0) {
        helper->ranks->send(helper->ranks, 0, MESSAGE_INTERRUPTED, NULL, 0);
        helper->interrupted = seconds_now();
    }
    if (helper->ranks->number == 1 && helper->interrupted != 0 && !helper->stopping && !helper->said &&
        seconds_now() > helper->interrupted + ANSWER_SECONDS) {
        (void) fprintf(
            stderr,
            "memspike: interrupted, and rank 0 does not answer; %s keeps the runs that it had saved: "
            "the same command goes on\n",
            helper->folder);
        helper->said = true;
    }
    for (uint32_t i = 0; i < helper->result_count; i++) {
        struct container_writer *writer = &helper->results[i];
        helper->ranks->send(helper->ranks, 0, MESSAGE_RESULT, writer->bytes, writer->length);
        container_free(writer);
    }
    helper->result_count = 0;
    helper->stopping = helper->stopping || helper->ranks->lost(helper->ranks, 0);
    return helper->working > 0 || !helper->stopping;
}

static enum status run_helper(const struct sweep *sweep, const char *folder, struct ranks *ranks,
                              uint32_t threads, struct error *error)
{
    struct helper helper = {.ranks = ranks, .folder = folder, .working = threads};
    work_open(&helper.work, sweep);
    ranks->send(ranks, 0, MESSAGE_READY, &threads, sizeof threads);
#pragma omp parallel num_threads((int) threads + 1)
    if (omp_get_thread_num() > 0) {
        run_handed_tasks(&helper);
    } else {
        bool going = true;
        while (going) {
            struct message message;
            while (ranks->receive(ranks, &message)) {
#pragma omp critical(sweep_helper)
                take_order(&helper, &message);
                free(message.data);
            }
#pragma omp critical(sweep_helper)
            going = help(&helper);
            ranks_pause(LOOK_MILLISECONDS);
        }
    }
    ranks->send(ranks, 0, MESSAGE_ENDED, NULL, 0);
    work_close(&helper.work);
    free(helper.tasks);
    free(helper.results);
    return ranks->lost(ranks, 0)
               ? error_set(error, STATUS_FAILED,
                           "rank 0 ended before the work was done; %s keeps the runs that it had saved: the "
                           "same command goes on",
                           folder)
               : STATUS_OK;
}

enum status sweep_check_ranks(const struct sweep *sweep, const struct ranks *ranks, struct error *error)
{
    const uint32_t threads = work_threads(sweep, ranks->processors);
    if (omp_get_thread_limit() <= (int) threads) {
        return error_set(error, STATUS_INVALID,
                         "OMP_THREAD_LIMIT: %d threads; expected one more than the %u that run points",
                         omp_get_thread_limit(), threads);
    }
    return STATUS_OK;
}

enum status sweep_run_ranks(struct sweep *sweep, const char *folder, struct ranks *ranks, struct error *error)
{
    const uint32_t threads = work_threads(sweep, ranks->processors);
    /* With fewer threads than asked for, a rank might have none that works. */
    omp_set_dynamic(0);
    return ranks->number == 0 ? run_leader(sweep, folder, ranks, threads, error)
                              : run_helper(sweep, folder, ranks, threads, error);
}
