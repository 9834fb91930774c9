// SPDX-License-Identifier: Apache-2.0
/* The engine on the Verilated RTL, clock by clock, with the lock-step checker when it is wanted. */
#include "engine/engine_kind.h"

#include "base/output_file.h"
#include "engine/wave_event.h"
#include "model/base/memory.h"
#include "model/chip/dut.h"
#include "model/cosimulation/lockstep.h"
#include "model/reference/spike_encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    struct dut *dut;
    const struct wave_request *waves; /* NULL: none are recorded */
    struct lockstep *checker;         /* NULL without settings.check */
    uint8_t *spikes;                  /* inputs: for an observer, as are the membranes */
    int64_t *membranes;               /* outputs */
};

static const char while_writing[] = "while writing devices";
static const char during_sample[] = "during a review";

static enum status misbehaved(struct error *error, const char *when)
{
    return error_set(error, STATUS_FAILED, "the hardware model misbehaved %s", when);
}

static void rtl_close(void *opened)
{
    struct worker *worker = opened;
    lockstep_close(worker->checker);
    dut_close(worker->dut);
    free(worker->spikes);
    free(worker->membranes);
    free(worker);
}

static void *open_worker(const struct engine *engine, const struct wave_request *waves)
{
    struct worker *worker = allocate(1, sizeof *worker);
    worker->waves = waves;
    worker->dut = waves != NULL ? dut_open_traced(engine->hardware) : dut_open(engine->hardware);
    worker->spikes = allocate(engine->hardware->inputs, sizeof *worker->spikes);
    worker->membranes = allocate(engine->hardware->outputs, sizeof *worker->membranes);
    if (!dut_configure(worker->dut, &engine->registers)) {
        rtl_close(worker);
        return NULL;
    }
    if (engine->settings.check) {
        worker->checker = lockstep_open(worker->dut, engine->crossbar, &engine->registers);
    }
    return worker;
}

static enum status rtl_check(struct engine *engine, struct error *error)
{
    const struct engine_settings *settings = &engine->settings;
    enum status status = STATUS_OK;
    if (settings->waves == NULL) {
        status = dut_load(engine->hardware, false, error);
    }
    if (status == STATUS_OK &&
        (settings->waves != NULL || (settings->check && settings->failure_waves != NULL))) {
        status = dut_load(engine->hardware, true, error);
    }
    return status;
}

static void *rtl_open(const struct engine *engine)
{
    return open_worker(engine, engine->settings.waves);
}

/* Before CONTROL is written. */
static enum status start_waves(const struct engine *engine, const struct worker *worker,
                               const uint32_t *targets, struct error *error)
{
    const struct wave_request *waves = worker->waves;
    if (waves == NULL) {
        return STATUS_OK;
    }
    const struct dut_recording recording = {
        .path = waves->path,
        .first_clock = waves->first_clock,
        .last_clock = waves->last_clock,
        .resistances = crossbar_resistances(engine->crossbar),
        .targets = targets,
        .chosen = waves->devices,
        .chosen_count = waves->device_count,
        .pulses = &engine->registers.pulses,
    };
    return dut_record(worker->dut, &recording, error);
}

static void end_waves(const struct worker *worker, struct engine_statistics *statistics)
{
    if (worker->waves != NULL) {
        statistics->recorded_clocks += dut_record_end(worker->dut);
    }
}

uint64_t writing_bound(const struct engine *engine)
{
    const struct predictor_table *pulses = &engine->registers.pulses;
    uint64_t width = 0;
    for (uint32_t i = 0; i < pulses->entries; i++) {
        width = pulses->width_us[i] > width ? pulses->width_us[i] : width;
    }
    uint64_t round = width * engine->hardware->clocks_per_us + 64 + (1u << engine->registers.reads_log2) +
                     pulse_predictor_clocks(pulses->entries, engine->hardware->sequential);
    return engine->hardware->devices * (round * (engine->registers.max_pulses + 1) + 8) + 8;
}

bool read_write_totals(struct dut *dut, struct engine_statistics *statistics)
{
    uint32_t clocks, pulses, time, converged, stalled, exhausted;
    bool good = dut_read(dut, REGISTER_CLOCKS, &clocks);
    good = dut_read(dut, REGISTER_PULSES, &pulses) && good;
    good = dut_read(dut, REGISTER_PULSE_TIME, &time) && good;
    good = dut_read(dut, REGISTER_CONVERGED, &converged) && good;
    good = dut_read(dut, REGISTER_STALLED, &stalled) && good;
    good = dut_read(dut, REGISTER_EXHAUSTED, &exhausted) && good;
    statistics->writings++;
    statistics->write_clocks += clocks;
    statistics->pulses += pulses;
    statistics->programming_us += time;
    statistics->converged += converged;
    statistics->stalled += stalled;
    statistics->exhausted += exhausted;
    return good;
}

/* From the command to the end. Adds to *clocks. */
static enum status run_writing(const struct engine *engine, struct worker *worker, const uint32_t *targets,
                               const struct pulse_observer *observer, uint64_t *clocks, struct error *error)
{
    struct dut *dut = worker->dut;
    if (!dut_write(dut, REGISTER_CONTROL, 2)) {
        return misbehaved(error, while_writing);
    }
    if (worker->checker != NULL) {
        lockstep_start_writing(worker->checker, targets, 0, engine->hardware->devices - 1);
    }
    struct analogue_writing writing = {.crossbar = engine->crossbar,
                                       .hardware = engine->hardware,
                                       .reads_log2 = engine->registers.reads_log2,
                                       .targets = targets,
                                       .observer = observer};
    const uint64_t bound = writing_bound(engine);
    for (; dut->pins.busy; ++*clocks) {
        analogue_writing_clock(&writing, &dut->pins, *clocks);
        if (worker->checker != NULL && lockstep_check(worker->checker, error) != STATUS_OK) {
            return STATUS_FAILED;
        }
        if (*clocks >= bound) {
            return misbehaved(error, while_writing);
        }
        dut_clock(dut);
    }
    dut->pins.request_valid = false; /* the checker reads results meanwhile */
    return STATUS_OK;
}

static enum status write_once(const struct engine *engine, struct worker *worker, const uint32_t *targets,
                              struct write_result *results, const struct pulse_observer *observer,
                              struct engine_statistics *statistics, struct error *error)
{
    const struct hardware *hardware = engine->hardware;
    struct dut *dut = worker->dut;
    uint64_t first_clock = dut->clocks;
    uint64_t clocks = 0;
    bool good = true;
    for (uint32_t d = 0; d < hardware->devices; d++) {
        good = dut_write(dut, REGISTER_TARGET + 4 * hardware_window_index(hardware, d), targets[d]) && good;
    }
    enum status status = start_waves(engine, worker, targets, error);
    if (status == STATUS_OK) {
        status = run_writing(engine, worker, targets, observer, &clocks, error);
        end_waves(worker, statistics);
    }
    if (status != STATUS_OK) {
        return status;
    }
    good = read_write_totals(dut, statistics) && good;
    for (uint32_t d = 0; d < hardware->devices && results != NULL; d++) {
        uint32_t result;
        good = dut_read(dut, REGISTER_RESULT + 4 * hardware_window_index(hardware, d), &result) && good;
        results[d] = dut_result(result);
    }
    statistics->transfer_clocks += dut->clocks - first_clock - clocks;
    if (!good) {
        return misbehaved(error, while_writing);
    }
    if (worker->checker == NULL) {
        return STATUS_OK;
    }
    status = lockstep_end(worker->checker, error);
    statistics->compared_transitions += lockstep_compared(worker->checker);
    return status;
}

/* One of a batch; arrays as in engine_observe(). */
struct sample_run {
    const uint16_t *rates;
    uint32_t number; /* for the random numbers */
    uint16_t *spike_counts;
    const struct step_observer *observer; /* NULL for none */
};

/* The step whose last phase the clock has just taken in. */
static void observe(const struct engine *engine, struct worker *worker, const struct step_observer *observer,
                    uint32_t step)
{
    for (uint32_t output = 0; output < engine->hardware->outputs; output++) {
        worker->membranes[output] = dut_membrane(worker->dut, output);
    }
    observer->step(observer->context, step, worker->spikes, worker->membranes);
}

/* The clocks of a sample that nobody looks into; ends with `busy`, or after `bound` clocks. Returns the clocks. */
static uint64_t run_unobserved(const struct engine *engine, struct dut *dut, uint32_t sample, uint64_t bound)
{
    const struct crossbar *crossbar = engine->crossbar;
    const uint32_t last_phase = engine->hardware->phases - 1;
    const struct dut_pins *pins = &dut->pins;
    uint64_t clocks = 0;
    dut_settle(dut); /* the request is over */
    for (uint32_t step = 0; pins->busy && clocks < bound; clocks++) {
        if (pins->sense) {
            const uint32_t phase = pins->sense_phase;
            crossbar_sense(crossbar, sample, step, phase, pins->rows, pins->codes);
            step += phase == last_phase;
        }
        dut_sense_clock(dut);
    }
    return clocks;
}

/* The same with a checker, an observer, or both. Ends with an error where they differ. */
static enum status run_observed(const struct engine *engine, struct worker *worker,
                                const struct sample_run *sample, uint64_t bound, uint64_t *clocks,
                                struct error *error)
{
    const struct step_observer *observer = sample->observer;
    const struct hardware *hardware = engine->hardware;
    struct dut *dut = worker->dut;
    struct dut_pins *pins = &dut->pins;
    uint32_t step = 0;
    for (; pins->busy && *clocks < bound; ++*clocks) {
        bool step_ends = false;
        if (pins->sense) {
            crossbar_sense(engine->crossbar, sample->number, step, pins->sense_phase, pins->rows,
                           pins->codes);
            step_ends = pins->sense_phase == hardware->phases - 1;
            if (observer != NULL) {
                unpack_rows(hardware, (const uint8_t *) pins->rows, pins->sense_phase, worker->spikes);
            }
        }
        if (worker->checker != NULL && lockstep_check(worker->checker, error) != STATUS_OK) {
            return STATUS_FAILED;
        }
        dut_clock(dut);
        if (step_ends && observer != NULL) {
            observe(engine, worker, observer, step);
        }
        step += step_ends;
    }
    return STATUS_OK;
}

/* From the command to the end. Adds to *clocks. */
static enum status run_sample(const struct engine *engine, struct worker *worker,
                              const struct sample_run *sample, uint32_t seed, uint64_t *clocks,
                              struct error *error)
{
    if (!dut_write(worker->dut, REGISTER_CONTROL, 1)) {
        return misbehaved(error, during_sample);
    }
    const uint64_t bound = (uint64_t) engine->registers.steps * engine->hardware->phases + 16;
    if (worker->checker == NULL && sample->observer == NULL && worker->waves == NULL) {
        *clocks += run_unobserved(engine, worker->dut, sample->number, bound);
    } else {
        if (worker->checker != NULL) {
            lockstep_start_sample(worker->checker, sample->rates, seed, sample->number);
        }
        enum status status = run_observed(engine, worker, sample, bound, clocks, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return worker->dut->pins.busy ? misbehaved(error, during_sample) : STATUS_OK;
}

static enum status infer_once(const struct engine *engine, struct worker *worker,
                              const struct sample_run *sample, struct engine_statistics *statistics,
                              struct error *error)
{
    const struct hardware *hardware = engine->hardware;
    struct dut *dut = worker->dut;
    uint64_t first_clock = dut->clocks;
    uint64_t clocks = 0;
    bool good = dut_write_rates(dut, sample->rates);
    const uint32_t seed = engine_sample_seed(engine, sample->number);
    good = dut_write(dut, REGISTER_SEED, seed) && good;
    enum status status = start_waves(engine, worker, NULL, error);
    if (status == STATUS_OK) {
        status = run_sample(engine, worker, sample, seed, &clocks, error);
        end_waves(worker, statistics);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t value;
    good = dut_read(dut, REGISTER_CLOCKS, &value) && good;
    statistics->sample_clocks += value;
    for (uint32_t o = 0; o < hardware->outputs; o++) {
        good = dut_read(dut, REGISTER_COUNT + 4 * o, &value) && good;
        sample->spike_counts[o] = (uint16_t) value;
    }
    statistics->samples++;
    statistics->transfer_clocks += dut->clocks - first_clock - clocks;
    if (!good) {
        return misbehaved(error, during_sample);
    }
    if (worker->checker == NULL) {
        return STATUS_OK;
    }
    status = lockstep_end(worker->checker, error);
    statistics->compared_steps += lockstep_compared(worker->checker);
    return status;
}

/* Append a note to a message, cutting the message when there is no room. */
static void add_note(struct error *error, const char *what, const char *detail)
{
    char note[640];
    const size_t size = sizeof error->message;
    (void) snprintf(note, sizeof note, "; %s: %.480s", what, detail);
    if (strlen(error->message) + strlen(note) >= size) {
        error->message[size - 1 - strlen(note)] = '\0';
    }
    strncat(error->message, note, size - 1 - strlen(error->message));
}

static void replay_into(const struct engine *engine, const struct failure *failure, const char *path)
{
    const uint64_t window = engine->settings.failure_clocks;
    uint32_t devices[MAX_CHOSEN];
    uint32_t count = 0;
    for (uint32_t d = 0; failure->targets != NULL && d < engine->hardware->devices && count < MAX_CHOSEN;
         d++) {
        devices[count] = d;
        count += failure->targets[d] != 0;
    }
    const struct wave_request waves = {
        .path = path,
        .first_clock = window > 0 && failure->clock >= window ? failure->clock + 1 - window : 0,
        .last_clock = failure->clock,
        .devices = devices,
        .device_count = count,
    };
    struct worker *worker = open_worker(engine, &waves);
    struct engine_statistics statistics = {0};
    struct error error;
    uint16_t *counts = allocate(engine->hardware->outputs, sizeof *counts);
    /* It fails as before. */
    if (failure->targets != NULL) {
        (void) !write_once(engine, worker, failure->targets, NULL, NULL, &statistics, &error);
    } else {
        const struct sample_run sample = {
            .rates = failure->rates, .number = failure->sample, .spike_counts = counts};
        (void) !infer_once(engine, worker, &sample, &statistics, &error);
    }
    rtl_close(worker);
    free(counts);
}

void replay_with_waves(const struct engine *engine, const struct failure *failure, struct error *error)
{
    const char *place = engine->settings.failure_waves;
    if (place == NULL) {
        return;
    }
#pragma omp critical(replay)
    {
        if (engine->first_failure->message[0] != '\0') {
            *error = *engine->first_failure; /* of another thread: one file, one message */
        } else {
            struct output_file *file = NULL;
            struct error own;
            enum status status = output_file_open(place, &file, &own);
            if (status == STATUS_OK) {
                replay_into(engine, failure, output_file_path(file));
                status = wave_file_commit(file, &own);
            }
            if (status == STATUS_OK) {
                char *command = wave_command(engine->hardware, failure->targets != NULL, place);
                add_note(error, "the last clocks as waveforms", command);
                free(command);
            } else {
                add_note(error, "no waveforms", own.message);
            }
            *engine->first_failure = *error;
        }
    }
}

static enum status rtl_write(const struct engine *engine, void *opened, const uint32_t *targets,
                             struct write_result *results, const struct pulse_observer *observer,
                             struct engine_statistics *statistics, struct error *error)
{
    struct worker *worker = opened;
    struct crossbar_state before = {0};
    if (engine->settings.check && engine->settings.failure_waves != NULL) {
        before = crossbar_save(engine->crossbar);
    }
    enum status status = write_once(engine, worker, targets, results, observer, statistics, error);
    if (status == STATUS_FAILED && before.resistances != NULL) {
        const struct failure failure = {.targets = targets, .clock = lockstep_clock(worker->checker)};
        crossbar_restore(engine->crossbar, &before);
        replay_with_waves(engine, &failure, error);
    }
    crossbar_state_clear(&before);
    return status;
}

static enum status rtl_infer(const struct engine *engine, void *opened, const struct sample_batch *batch,
                             struct engine_statistics *statistics, struct error *error)
{
    struct worker *worker = opened;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        const struct sample_run sample = {
            .rates = batch->rates + (size_t) i * engine->hardware->inputs,
            .number = batch->sample_numbers[i],
            .spike_counts = batch->spike_counts + (size_t) i * engine->hardware->outputs,
            .observer = batch->observer,
        };
        status = infer_once(engine, worker, &sample, statistics, error);
        if (status == STATUS_FAILED && worker->checker != NULL) {
            const struct failure failure = {
                .rates = sample.rates, .sample = sample.number, .clock = lockstep_clock(worker->checker)};
            replay_with_waves(engine, &failure, error);
        }
    }
    return status;
}

const struct engine_kind_operations engine_rtl_operations = {
    .samples_per_batch = 16,
    .clocks_per_batch = 1 << 17,
    .check = rtl_check,
    .open = rtl_open,
    .close = rtl_close,
    .infer = rtl_infer,
    .write = rtl_write,
};
