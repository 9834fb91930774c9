// SPDX-License-Identifier: Apache-2.0
#include "sweep/sweep.h"

#include "base/interrupt.h"
#include "model/base/memory.h"
#include "run/trainer.h"
#include "sweep/sweep_store.h"
#include "sweep/sweep_work.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Steps that a thread senses while it learns from one review in software; measured on the IMDB reviews: 22 us
 * against 36 ns and 275 ns. */
enum { STEPS_MODEL = 600, STEPS_RTL = 80 };

/* The trained network that points of approach 1 share. */
struct shared_training {
    uint64_t seed;
    const struct settings *settings;
    uint32_t users; /* tasks that still need it */
    bool trained;
    struct training training; /* `best` and the epochs */
    omp_lock_t lock;
};

uint32_t sweep_seeds(const struct sweep *sweep, const struct experiment *experiment)
{
    return sweep->seeds > 0 ? sweep->seeds : experiment->seeds;
}

static char *task_key(const struct point *point, uint64_t seed)
{
    static const char *const nothing[] = {NULL};
    char *key = NULL;
    char *settings = settings_text(&point->settings, point->approach, nothing);
    if (asprintf(&key, "approach %u, network %s, seed %llu, %s", point->approach,
                 network_kind_names[point->network], (unsigned long long) seed, settings) < 0) {
        abort();
    }
    free(settings);
    return key;
}

static uint32_t find_or_add_task(struct sweep *sweep, const struct point *point, uint64_t seed)
{
    char *key = task_key(point, seed);
    for (uint32_t i = 0; i < sweep->task_count; i++) {
        if (strcmp(sweep->tasks[i].key, key) == 0) {
            free(key);
            return i;
        }
    }
    sweep->tasks = reallocate(sweep->tasks, sweep->task_count + 1, sizeof *sweep->tasks);
    sweep->tasks[sweep->task_count] = (struct task) {.point = point, .seed = seed, .key = key};
    return sweep->task_count++;
}

void sweep_plan(struct sweep *sweep)
{
    const struct experiments *experiments = sweep->experiments;
    sweep->task_of = (uint32_t **) allocate(experiments->count, sizeof *sweep->task_of);
    for (uint32_t e = 0; e < experiments->count; e++) {
        const struct experiment *experiment = &experiments->items[e];
        const uint32_t seeds = sweep_seeds(sweep, experiment);
        sweep->task_of[e] = allocate((size_t) experiment->point_count * seeds, sizeof **sweep->task_of);
        for (uint32_t p = 0; p < experiment->point_count; p++) {
            for (uint32_t s = 0; s < seeds; s++) {
                sweep->task_of[e][(size_t) p * seeds + s] =
                    find_or_add_task(sweep, &experiment->points[p], sweep->settings->seed + s);
            }
        }
    }
}

void sweep_clear(struct sweep *sweep)
{
    for (uint32_t i = 0; i < sweep->task_count; i++) {
        task_result_clear(&sweep->tasks[i].result);
        free(sweep->tasks[i].key);
    }
    for (uint32_t e = 0; sweep->task_of != NULL && e < sweep->experiments->count; e++) {
        free(sweep->task_of[e]);
    }
    free((void *) sweep->task_of);
    free(sweep->tasks);
    sweep->tasks = NULL;
    sweep->task_of = NULL;
    sweep->task_count = 0;
}

enum status sweep_open_folder(struct sweep *sweep, const char *folder, struct error *error)
{
    enum status status = sweep_store_open(sweep, folder, error);
    for (uint32_t i = 0; i < sweep->task_count && status == STATUS_OK; i++) {
        status = sweep_store_load(folder, i, &sweep->tasks[i], error);
    }
    return status;
}

uint32_t sweep_done(const struct sweep *sweep)
{
    uint32_t done = 0;
    for (uint32_t i = 0; i < sweep->task_count; i++) {
        done += sweep->tasks[i].done ? 1 : 0;
    }
    return done;
}

void sweep_say_kept(const struct sweep *sweep, const char *folder, const char *why, const char *next)
{
    (void) fprintf(stderr, "memspike: %s; %s holds %u of %u runs: %s\n", why, folder, sweep_done(sweep),
                   sweep->task_count, next);
}

static double deviation(const double *a, const double *b, uint32_t count)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += a[i] - b[i];
        squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    double mean = sum / count;
    return sqrt(fmax(0, squares / count - mean * mean));
}

/* The weights after the test, in which nothing is written; the read disturbs nothing that comes later. */
static void measure_weights(struct task_result *result, const struct training *training,
                            struct machine *machine)
{
    const struct hardware *hardware = crossbar_hardware(machine->crossbar);
    const struct device *device = crossbar_device(machine->crossbar);
    result->weight_count = hardware->inputs;
    result->wanted = allocate(hardware->inputs, sizeof(double));
    result->written = allocate(hardware->inputs, sizeof(double));
    result->measured = allocate(hardware->inputs, sizeof(double));
    for (uint32_t i = 0; i < hardware->inputs; i++) {
        result->wanted[i] = training->best.weights[i];
        result->written[i] = machine_weight(machine, i, 0);
        for (uint32_t side = 0; side < hardware->sides; side++) {
            const uint32_t d = hardware_device(hardware, i, 0) + side * hardware->lanes;
            const double reading = ldexp((double) crossbar_read(machine->crossbar, d), -RESISTANCE_FRACTION);
            const double weight = fmin(1.0, fmax(0.0, device_weight(device, reading)));
            result->measured[i] += side == 0 ? weight : -weight;
        }
    }
    result->read_error_std = deviation(result->measured, result->wanted, result->weight_count);
}

/* As run_test() does it, with a look at the devices. */
static enum status test_point(const struct sweep *sweep, const struct training *training,
                              const struct settings *settings, const struct point *point,
                              struct task_result *result, struct error *error)
{
    const struct deployment deployment = {training, settings, sweep->device};
    const struct test_set set = test_set_of(sweep->corpus);
    struct test_result test = {.kind = point->network};
    if (point->network == NETWORK_ANN) {
        enum status status = run_test(&deployment, NETWORK_ANN, &set, NULL, &test, error);
        result->accuracy = confusion_accuracy(&test.confusion);
        return status;
    }
    struct machine machine;
    enum status status = machine_open(&machine, &deployment, point->network, &test.write, error);
    if (status == STATUS_OK) {
        status = machine_test(&machine, &training->best, &set, settings->steps, NULL, &test, error);
    }
    if (status == STATUS_OK) {
        const struct engine_statistics *writing =
            point->approach == 1 ? &test.statistics : &training->machine.statistics;
        result->accuracy = confusion_accuracy(&test.confusion);
        result->weight_error_std = test.write.weight_error_std;
        result->pulses = writing->pulses;
        result->programming_us = writing->programming_us;
        result->energy_j = writing->energy_j;
        measure_weights(result, training, &machine);
    }
    machine_close(&machine);
    return status;
}

static void take_epochs(struct task_result *result, const struct training *training)
{
    result->epoch_count = training->epochs_done;
    result->train_accuracy = allocate(training->epochs_done, sizeof(double));
    result->validation_accuracy = allocate(training->epochs_done, sizeof(double));
    for (uint32_t i = 0; i < training->epochs_done; i++) {
        result->train_accuracy[i] = training->epochs[i].train_accuracy;
        result->validation_accuracy[i] = training->epochs[i].validation_accuracy;
    }
}

/* Train once; whoever comes meanwhile waits. */
static enum status train_shared(const struct sweep *sweep, struct shared_training *shared,
                                struct error *error)
{
    enum status status = STATUS_OK;
    omp_set_lock(&shared->lock);
    if (!shared->trained) {
        struct settings settings = *shared->settings;
        settings.seed = shared->seed;
        struct trainer trainer;
        status = trainer_open(&trainer, sweep->corpus, &settings, sweep->device, 1, NETWORK_ANN, error);
        if (status == STATUS_OK) {
            status = trainer_run(&trainer, error);
        }
        if (status == STATUS_OK && trainer.training.epochs_done == settings.epochs) {
            shared->training = trainer.training;
            shared->trained = true;
            trainer.training = (struct training) {0};
        }
        trainer_close(&trainer);
    }
    omp_unset_lock(&shared->lock);
    return status;
}

static void leave_shared(struct shared_training *shared)
{
    omp_set_lock(&shared->lock);
    shared->users--;
    if (shared->users == 0) {
        training_clear(&shared->training);
    }
    omp_unset_lock(&shared->lock);
}

static void trace(void *context, uint32_t number, const float *wanted, const float *measured)
{
    struct task_result *result = context;
    if (number % TRACE_REVIEWS == 0) {
        const uint32_t i = result->trace_count++;
        result->trace_review[i] = number;
        result->trace_wanted[i] = wanted[0];
        result->trace_measured[i] = measured[0];
    }
}

static enum status run_approach2(const struct sweep *sweep, const struct settings *settings,
                                 const struct point *point, struct task_result *result, bool *complete,
                                 struct error *error)
{
    const uint64_t reviews =
        (uint64_t) settings->epochs * (sweep->corpus->train_count - sweep->corpus->validation_count);
    const size_t traced = (size_t) (reviews / TRACE_REVIEWS + 1);
    result->trace_review = allocate(traced, sizeof *result->trace_review);
    result->trace_wanted = allocate(traced, sizeof(double));
    result->trace_measured = allocate(traced, sizeof(double));
    const struct online_observer observer = {.learned = trace, .context = result};
    struct trainer trainer;
    enum status status =
        trainer_open(&trainer, sweep->corpus, settings, sweep->device, 2, point->network, error);
    if (status == STATUS_OK) {
        trainer.online.observer = &observer;
        status = trainer_run(&trainer, error);
    }
    *complete = status == STATUS_OK && trainer.training.epochs_done == settings->epochs;
    if (*complete) {
        take_epochs(result, &trainer.training);
        status = test_point(sweep, &trainer.training, settings, point, result, error);
    }
    trainer_close(&trainer);
    return status;
}

/* *complete says whether it came to its end without an interrupt. */
static enum status run_task(const struct sweep *sweep, const struct task *task,
                            struct shared_training *shared, struct task_result *result, bool *complete,
                            struct error *error)
{
    struct settings settings = task->point->settings;
    settings.seed = task->seed;
    settings.threads = 1;
    *result = (struct task_result) {0};
    *complete = false;
    if (task->point->approach == 2) {
        return run_approach2(sweep, &settings, task->point, result, complete, error);
    }
    enum status status = train_shared(sweep, shared, error);
    if (status == STATUS_OK && shared->trained) {
        take_epochs(result, &shared->training);
        status = test_point(sweep, &shared->training, &settings, task->point, result, error);
        *complete = status == STATUS_OK;
    }
    return status;
}

uint64_t task_cost(const struct sweep *sweep, const struct task *task)
{
    const struct settings *settings = &task->point->settings;
    const uint64_t test = (uint64_t) sweep->corpus->test_count * settings->steps;
    return task->point->approach == 1
               ? test
               : test + (uint64_t) 4 * sweep->corpus->train_count * settings->epochs * settings->steps;
}

uint64_t training_cost(const struct sweep *sweep, const struct task *task)
{
    const uint64_t steps = sweep->settings->engine == ENGINE_MODEL ? STEPS_MODEL : STEPS_RTL;
    return steps * sweep->corpus->train_count * task->point->settings.epochs;
}

/* What remains to be done, the long ones first, so that no thread is left with one of them at the end. */
static uint32_t *list_open_tasks(const struct sweep *sweep, uint32_t *count)
{
    uint32_t *list = allocate(sweep->task_count, sizeof *list);
    *count = 0;
    for (uint32_t approach = 2; approach >= 1; approach--) {
        for (uint32_t i = 0; i < sweep->task_count; i++) {
            if (!sweep->tasks[i].done && sweep->tasks[i].point->approach == approach) {
                list[(*count)++] = i;
            }
        }
    }
    return list;
}

void work_open(struct work *work, const struct sweep *sweep)
{
    *work = (struct work) {
        .sweep = sweep,
        .shared = allocate(sweep->task_count, sizeof *work->shared),
        .of_task = allocate(sweep->task_count, sizeof *work->of_task),
    };
    struct shared_training *shared = work->shared;
    for (uint32_t i = 0; i < sweep->task_count; i++) {
        const struct task *task = &sweep->tasks[i];
        const struct settings *settings = &task->point->settings;
        if (task->done || task->point->approach != 1) {
            continue;
        }
        uint32_t found = 0;
        while (found < work->shared_count &&
               (shared[found].seed != task->seed || shared[found].settings->epochs != settings->epochs ||
                shared[found].settings->learning_rate != settings->learning_rate ||
                shared[found].settings->gain[0] != settings->gain[0] ||
                shared[found].settings->threshold[0] != settings->threshold[0])) {
            found++;
        }
        if (found == work->shared_count) {
            shared[found] = (struct shared_training) {.seed = task->seed, .settings = settings};
            omp_init_lock(&shared[found].lock);
            work->shared_count++;
        }
        shared[found].users++;
        work->of_task[i] = found;
    }
}

void work_close(struct work *work)
{
    for (uint32_t i = 0; i < work->shared_count; i++) {
        training_clear(&work->shared[i].training);
        omp_destroy_lock(&work->shared[i].lock);
    }
    free(work->shared);
    free(work->of_task);
}

enum status work_run(struct work *work, uint32_t index, struct task_result *result, bool *complete,
                     struct error *error)
{
    const struct task *task = &work->sweep->tasks[index];
    struct shared_training *training =
        task->point->approach == 2 ? NULL : &work->shared[work->of_task[index]];
    enum status status = run_task(work->sweep, task, training, result, complete, error);
    if (training != NULL) {
        leave_shared(training);
    }
    return status;
}

uint32_t work_threads(const struct sweep *sweep, uint32_t processors)
{
    return sweep->settings->threads > 0 ? sweep->settings->threads : processors;
}

void keeper_open(struct keeper *keeper, struct sweep *sweep, const char *folder, struct error *error)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < sweep->task_count; i++) {
        total += sweep->tasks[i].done ? 0 : task_cost(sweep, &sweep->tasks[i]);
    }
    *keeper = (struct keeper) {.sweep = sweep, .folder = folder, .error = error};
    progress_begin(&keeper->progress, sweep->experiments->name, total);
}

void keeper_take(struct keeper *keeper, uint32_t index, enum status ended, bool complete,
                 struct task_result *result, const struct error *error)
{
    struct task *task = &keeper->sweep->tasks[index];
    struct error save_error = *error;
    if (ended == STATUS_OK && complete) {
        ended = sweep_store_save(keeper->folder, index, task->key, result, &save_error);
    }
    if (ended == STATUS_OK && complete) {
        task->result = *result;
        task->done = true;
    } else {
        task_result_clear(result);
    }
    if (ended != STATUS_OK && keeper->status == STATUS_OK) {
        keeper->status = error_set(keeper->error, ended, "%s", save_error.message);
    }
    keeper->done += task_cost(keeper->sweep, task);
    progress_update(&keeper->progress, keeper->done);
}

enum status keeper_close(struct keeper *keeper)
{
    progress_end(&keeper->progress);
    return keeper->status;
}

enum status sweep_run(struct sweep *sweep, const char *folder, struct error *error)
{
    uint32_t count;
    uint32_t *list = list_open_tasks(sweep, &count);
    struct work work;
    work_open(&work, sweep);
    const uint32_t wished = work_threads(sweep, (uint32_t) omp_get_num_procs());
    const uint32_t threads = wished < count ? wished : count;
    struct keeper keeper;
    keeper_open(&keeper, sweep, folder, error);
#pragma omp parallel for schedule(dynamic, 1) num_threads((int) (threads > 0 ? threads : 1)) if (threads > 1)
    for (uint32_t i = 0; i < count; i++) {
        struct task_result result;
        struct error task_error = {.message = ""};
        enum status so_far;
        bool complete = false;
#pragma omp critical(sweep_results)
        so_far = keeper.status;
        if (so_far != STATUS_OK || interrupt_caught()) {
            continue;
        }
        enum status ended = work_run(&work, list[i], &result, &complete, &task_error);
#pragma omp critical(sweep_results)
        keeper_take(&keeper, list[i], ended, complete, &result, &task_error);
    }
    work_close(&work);
    free(list);
    return keeper_close(&keeper);
}
