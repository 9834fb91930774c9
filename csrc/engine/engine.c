// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include "base/listener.h"
#include "base/shell_word.h"
#include "engine/engine_kind.h"
#include "model/base/memory.h"
#include "model/base/module.h"
#include "model/base/place.h"
#include "model/base/rounding.h"
#include "model/reference/spike_encoder.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const engine_kind_names[] = {"rtl", "model", "systemc", "emulator", "uart", NULL};

/* To a register with CODE_FRACTION fraction bits. Values just below the limit round up to it, where they
 * would wrap. */
static uint32_t fixed(double value)
{
    double scaled = round_half_up(ldexp(value, CODE_FRACTION));
    return (uint32_t) (scaled < INT32_MAX ? (int32_t) scaled : INT32_MAX);
}

static enum status check_settings(const struct engine_settings *settings, struct error *error)
{
    if (settings->steps < 1 || settings->steps > MAX_STEPS) {
        return error_set(error, STATUS_INVALID, "steps: %u: expected 1 to %d", settings->steps, MAX_STEPS);
    }
    if (!(fabs(settings->threshold) < MEMBRANE_LIMIT)) {
        return error_set(error, STATUS_INVALID, "threshold: %g: expected less than %d in size",
                         settings->threshold, MEMBRANE_LIMIT);
    }
    if (!(fabs(settings->membrane_start) < MEMBRANE_LIMIT)) {
        return error_set(error, STATUS_INVALID, "membrane start: %g: expected less than %d in size",
                         settings->membrane_start, MEMBRANE_LIMIT);
    }
    if (settings->leak > MAX_LEAK) {
        return error_set(error, STATUS_INVALID, "leak: %u: expected 0 to %d", settings->leak, MAX_LEAK);
    }
    if (!(settings->tolerance >= 0 && settings->tolerance < 1)) {
        return error_set(error, STATUS_INVALID, "tolerance: %g: expected a fraction from 0 to below 1",
                         settings->tolerance);
    }
    if (settings->max_pulses > MAX_MAX_PULSES) {
        return error_set(error, STATUS_INVALID, "max pulses: %u: expected 0 to %d", settings->max_pulses,
                         MAX_MAX_PULSES);
    }
    if (settings->verify_reads < 1 || settings->verify_reads > MAX_VERIFY_READS ||
        (settings->verify_reads & (settings->verify_reads - 1)) != 0) {
        return error_set(error, STATUS_INVALID, "verify reads: %u: expected a power of two from 1 to %d",
                         settings->verify_reads, MAX_VERIFY_READS);
    }
    if (settings->pulses.count > PULSE_ENTRIES) {
        return error_set(error, STATUS_INVALID, "pulses: %u: expected at most %d", settings->pulses.count,
                         PULSE_ENTRIES);
    }
    return STATUS_OK;
}

static struct register_values register_values(const struct engine_settings *settings)
{
    const uint32_t largest_tolerance = (1u << TOLERANCE_FRACTION) - 1;
    uint32_t tolerance = (uint32_t) round_half_up(ldexp(settings->tolerance, TOLERANCE_FRACTION));
    struct register_values values = {
        .steps = settings->steps,
        .rate_coded = settings->rate_coded,
        .early_decision = settings->early_decision,
        .neurons = {(int32_t) fixed(settings->threshold), (int32_t) fixed(settings->membrane_start),
                    settings->leak},
        .tolerance = tolerance < largest_tolerance ? tolerance : largest_tolerance,
        .max_pulses = settings->max_pulses,
        .reads_log2 = (uint32_t) ilogb(settings->verify_reads),
        .pulses = {.entries = settings->pulses.count},
    };
    for (uint32_t i = 0; i < settings->pulses.count; i++) {
        const struct pulse *pulse = &settings->pulses.pulses[i];
        values.pulses.negative[i] = pulse->voltage < 0;
        values.pulses.width_us[i] = pulse->width_us;
        values.pulses.rate[i] = pulse->rate_fixed;
        values.pulses.asymptote[i] = pulse->asymptote_fixed;
    }
    return values;
}

/* NULL when the kind is a module that is not built. */
static const struct engine_kind_operations *find_operations(enum engine_kind kind, struct error *error)
{
    static const struct engine_kind_operations *const kinds[] = {
        [ENGINE_RTL] = &engine_rtl_operations,
        [ENGINE_MODEL] = &engine_model_operations,
        [ENGINE_EMULATOR] = &engine_emulator_operations,
        [ENGINE_UART] = &engine_uart_operations,
    };
    if (kind == ENGINE_SYSTEMC) {
        struct error why = {.message = ""};
        const void *found = module_find("memspike_systemc", "engine_systemc_operations", false, &why);
        if (found == NULL) {
            (void) error_set(error, STATUS_INVALID, "engine systemc: %s; scripts/build.sh builds it",
                             why.message);
        }
        return found;
    }
    return kinds[kind];
}

enum status engine_open(enum engine_kind kind, struct crossbar *crossbar,
                        const struct engine_settings *settings, struct engine **engine, struct error *error)
{
    enum status status = check_settings(settings, error);
    if (status == STATUS_OK && settings->check && engine_on_board(kind)) {
        status = error_set(error, STATUS_INVALID,
                           "check: compares RTL and reference models; expected engine rtl, model or systemc");
    }
    /* The checker compares the RTL with the reference models and so runs both. */
    const struct engine_kind_operations *operations =
        status == STATUS_OK
            ? find_operations(kind == ENGINE_MODEL && settings->check ? ENGINE_RTL : kind, error)
            : NULL;
    if (operations == NULL) {
        return STATUS_INVALID;
    }
    struct engine *opened = allocate(1, sizeof *opened);
    opened->operations = operations;
    opened->crossbar = crossbar;
    opened->hardware = crossbar_hardware(crossbar);
    opened->settings = *settings;
    opened->registers = register_values(settings);
    opened->threads = settings->threads > 0 ? settings->threads : (uint32_t) omp_get_num_procs();
    if (opened->operations->one_worker) {
        opened->threads = 1;
    }
    opened->workers = (void **) allocate(opened->threads, sizeof *opened->workers);
    opened->forbidden_seeds = allocate(opened->hardware->lanes, sizeof *opened->forbidden_seeds);
    for (uint32_t lane = 0; lane < opened->hardware->lanes; lane++) {
        opened->forbidden_seeds[lane] = spike_encoder_forbidden(lane);
    }
    opened->first_failure = allocate(1, sizeof *opened->first_failure);
    crossbar_set_pulses(crossbar, &settings->pulses);
    status = opened->operations->check != NULL ? opened->operations->check(opened, error) : STATUS_OK;
    if (status != STATUS_OK) {
        engine_close(opened);
        return status;
    }
    *engine = opened;
    return STATUS_OK;
}

void engine_close(struct engine *engine)
{
    if (engine == NULL) {
        return;
    }
    for (uint32_t i = 0; i < engine->threads; i++) {
        if (engine->workers[i] != NULL) {
            engine->operations->close(engine->workers[i]);
        }
    }
    free((void *) engine->workers);
    free(engine->forbidden_seeds);
    free(engine->first_failure);
    free(engine);
}

uint32_t engine_sample_seed(const struct engine *engine, uint32_t sample_number)
{
    return spike_encoder_seed(engine->hardware, engine->forbidden_seeds, engine->settings.seed,
                              sample_number);
}

static void *worker_of_thread(struct engine *engine, uint32_t thread, struct error *error)
{
    if (engine->workers[thread] == NULL) {
        engine->workers[thread] = engine->operations->open(engine);
    }
    if (engine->workers[thread] == NULL) {
        (void) error_set(error, STATUS_FAILED, "the hardware model does not take its settings");
    }
    return engine->workers[thread];
}

enum status engine_write(struct engine *engine, const uint32_t *targets, struct write_result *results,
                         const struct pulse_observer *observer, struct error *error)
{
    double energy = crossbar_energy(engine->crossbar);
    void *worker = worker_of_thread(engine, 0, error);
    if (worker == NULL) {
        return STATUS_FAILED;
    }
    enum status status =
        engine->operations->write(engine, worker, targets, results, observer, &engine->statistics, error);
    if (status == STATUS_OK) {
        engine->statistics.energy_j += crossbar_energy(engine->crossbar) - energy;
    }
    return status;
}

static uint32_t batch_size_of(const struct engine *engine)
{
    const struct engine_kind_operations *operations = engine->operations;
    const uint32_t clocks = engine->settings.steps * engine->hardware->phases;
    if (operations->clocks_per_batch == 0 ||
        (uint64_t) clocks * operations->samples_per_batch <= operations->clocks_per_batch) {
        return operations->samples_per_batch;
    }
    const uint32_t samples = operations->clocks_per_batch / clocks;
    return samples > 0 ? samples : 1;
}

/* NOLINTBEGIN(readability-non-const-parameter): the counts are written in the parallel region */
enum status engine_infer(struct engine *engine, const uint16_t *rates, const uint32_t *sample_numbers,
                         uint32_t count,
                         uint16_t *spike_counts, /* NOLINT(readability-non-const-parameter): written below */
                         const struct progress_report *report, struct error *error)
{
    /* NOLINTEND(readability-non-const-parameter) */
    const struct hardware *hardware = engine->hardware;
    const uint32_t batch_size = batch_size_of(engine);
    crossbar_prepare(engine->crossbar);
    report_progress(report, 0, count);
    uint32_t batches = (count + batch_size - 1) / batch_size;
    uint32_t threads = engine->threads < batches ? engine->threads : batches;
    uint32_t done = 0;
    bool stopped = false;
    enum status status = STATUS_OK;
#pragma omp parallel num_threads((int) (threads > 0 ? threads : 1)) if (threads > 1)
    {
        struct engine_statistics statistics = {0};
        struct error thread_error = {0};
        void *worker = worker_of_thread(engine, (uint32_t) omp_get_thread_num(), &thread_error);
        enum status thread_status = worker != NULL ? STATUS_OK : STATUS_FAILED;
#pragma omp for schedule(dynamic)
        for (uint32_t i = 0; i < batches; i++) {
            uint32_t first = i * batch_size;
            struct sample_batch batch = {
                .rates = rates + (size_t) first * hardware->inputs,
                .sample_numbers = sample_numbers + first,
                .count = count - first < batch_size ? count - first : batch_size,
                .spike_counts = spike_counts + (size_t) first * hardware->outputs,
            };
            bool stopped_now;
#pragma omp atomic read
            stopped_now = stopped;
            if (thread_status == STATUS_OK && !stopped_now) {
                thread_status = engine->operations->infer(engine, worker, &batch, &statistics, &thread_error);
            }
            uint32_t done_now;
#pragma omp atomic capture
            done_now = done += batch.count;
            if (omp_get_thread_num() == 0) { /* the caller's, whose listener it is */
                report_progress(report, done_now, count);
#pragma omp atomic write
                stopped = listener_stopped();
            }
        }
#pragma omp critical
        {
            engine->statistics.samples += statistics.samples;
            engine->statistics.sample_clocks += statistics.sample_clocks;
            engine->statistics.transfer_clocks += statistics.transfer_clocks;
            engine->statistics.compared_steps += statistics.compared_steps;
            engine->statistics.recorded_clocks += statistics.recorded_clocks;
            for (int event = 0; event < INTERFACE_EVENTS; event++) {
                engine->statistics.interface_events[event] += statistics.interface_events[event];
            }
            if (status == STATUS_OK && thread_status != STATUS_OK) {
                status = error_set(error, thread_status, "%s", thread_error.message);
            }
        }
    }
    if (status == STATUS_OK && stopped) {
        status = error_set(error, STATUS_FAILED, "interrupted");
    }
    return status;
}

enum status
engine_observe(struct engine *engine, const uint16_t *rates, uint32_t sample_number,
               uint16_t *spike_counts, /* NOLINT(readability-non-const-parameter): written below */
               const struct step_observer *observer, struct error *error)
{
    crossbar_prepare(engine->crossbar);
    void *worker = worker_of_thread(engine, 0, error);
    if (worker == NULL) {
        return STATUS_FAILED;
    }
    const struct sample_batch batch = {
        .rates = rates,
        .sample_numbers = &sample_number,
        .count = 1,
        .spike_counts = spike_counts,
        .observer = observer,
    };
    return engine->operations->infer(engine, worker, &batch, &engine->statistics, error);
}

const struct engine_statistics *engine_statistics(const struct engine *engine)
{
    return &engine->statistics;
}

void engine_restore_statistics(struct engine *engine, const struct engine_statistics *statistics)
{
    engine->statistics = *statistics;
}

const struct engine_settings *engine_settings_of(const struct engine *engine)
{
    return &engine->settings;
}

const struct register_values *engine_registers(const struct engine *engine)
{
    return &engine->registers;
}

const struct hardware *engine_hardware(const struct engine *engine)
{
    return engine->hardware;
}

char *wave_view(const struct hardware *hardware, bool writing)
{
    char *folder = place_find(PLACE_VIEWS);
    char *path = NULL;
    const char *kind = writing ? "programming" : "inference";
    const int length = asprintf(&path, "%s/%s_%s.gtkw", folder, kind, hardware->name);
    free(folder);
    if (length < 0) {
        return NULL;
    }
    if (access(path, R_OK) != 0) {
        free(path);
        return NULL;
    }
    return path;
}

char *wave_command(const struct hardware *hardware, bool writing, const char *fst)
{
    char *view = wave_view(hardware, writing);
    char *absolute = realpath(fst, NULL);
    char *command = NULL;
    char *file = shell_word(absolute != NULL ? absolute : fst);
    int length;
    if (view != NULL) {
        char *name = strrchr(view, '/');
        *name++ = '\0';
        char *folder = shell_word(view);
        length = asprintf(&command, "gtkwave --chdir=%s %s %s", folder, file, name);
        free(folder);
    } else {
        length = asprintf(&command, "gtkwave %s", file);
    }
    free(view);
    free(absolute);
    free(file);
    return length >= 0 ? command : duplicate_string("gtkwave");
}
