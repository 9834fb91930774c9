#include "model/engine.h"

#include "base/progress.h"
#include "model/dut.h"
#include "model/spike_encoder.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

const char *const engine_kind_names[] = {"rtl", NULL};

/* A unit of parallel work, large enough to amortise its scheduling. */
enum { REVIEWS_PER_CHUNK = 16 };

struct engine {
    struct crossbar *crossbar;
    const struct hardware *hardware;
    struct engine_settings settings;
    struct engine_statistics statistics;
    uint32_t *forbidden_seeds; /* one a lane */
    uint32_t threads;
    struct dut **duts; /* one a thread, opened when it is first needed */
};

static const char misbehaved[] = "the hardware model misbehaved";

/* To a register with CODE_FRACTION fraction bits. Values just below the limit round up to it, where they would wrap. */
static uint32_t fixed(double value)
{
    double scaled = floor(ldexp(value, CODE_FRACTION) + 0.5);
    return (uint32_t) (scaled < INT32_MAX ? (int32_t) scaled : INT32_MAX);
}

static enum status check_settings(const struct engine_settings *settings, struct error *error)
{
    const double membrane_limit = (double) (1 << (31 - CODE_FRACTION));
    if (settings->steps < 1 || settings->steps > MAX_STEPS) {
        return error_set(error, STATUS_INVALID, "steps: %u: expected 1 to %d", settings->steps, MAX_STEPS);
    }
    if (!(fabs(settings->threshold) < membrane_limit)) {
        return error_set(error, STATUS_INVALID, "threshold: %g: expected less than %g in size", settings->threshold,
                         membrane_limit);
    }
    if (!(fabs(settings->membrane_start) < membrane_limit)) {
        return error_set(error, STATUS_INVALID, "membrane start: %g: expected less than %g in size",
                         settings->membrane_start, membrane_limit);
    }
    if (settings->leak > 31) {
        return error_set(error, STATUS_INVALID, "leak: %u: expected 0 to 31", settings->leak);
    }
    if (!(settings->tolerance >= 0 && settings->tolerance < 1)) {
        return error_set(error, STATUS_INVALID, "tolerance: %g: expected a fraction from 0 to below 1",
                         settings->tolerance);
    }
    if (settings->max_pulses > MAX_MAX_PULSES) {
        return error_set(error, STATUS_INVALID, "max pulses: %u: expected 0 to %d", settings->max_pulses,
                         MAX_MAX_PULSES);
    }
    if (settings->pulses.count > PULSE_ENTRIES) {
        return error_set(error, STATUS_INVALID, "pulses: %u: expected at most %d", settings->pulses.count,
                         PULSE_ENTRIES);
    }
    return STATUS_OK;
}

/* Load the settings' registers. */
static bool configure(struct dut *dut, const struct engine_settings *settings)
{
    uint32_t tolerance = (uint32_t) floor(ldexp(settings->tolerance, TOLERANCE_FRACTION) + 0.5);
    const uint32_t largest_tolerance = (1u << TOLERANCE_FRACTION) - 1;
    bool good = dut_write(dut, REGISTER_STEPS, settings->steps);
    good = dut_write(dut, REGISTER_ENCODER, settings->rate_coded) && good;
    good = dut_write(dut, REGISTER_THRESHOLD, fixed(settings->threshold)) && good;
    good = dut_write(dut, REGISTER_MEMBRANE_START, fixed(settings->membrane_start)) && good;
    good = dut_write(dut, REGISTER_LEAK, settings->leak) && good;
    good = dut_write(dut, REGISTER_TOLERANCE, tolerance < largest_tolerance ? tolerance : largest_tolerance) && good;
    good = dut_write(dut, REGISTER_MAX_PULSES, settings->max_pulses) && good;
    good = dut_write(dut, REGISTER_PULSE_ENTRIES, settings->pulses.count) && good;
    for (uint32_t i = 0; i < settings->pulses.count; i++) {
        const struct pulse *pulse = &settings->pulses.pulses[i];
        uint32_t sign = pulse->voltage < 0 ? 1u << 16 : 0;
        good = dut_write(dut, REGISTER_PULSE_WIDTH + 4 * i, pulse->width_us | sign) && good;
        good = dut_write(dut, REGISTER_PULSE_RATE + 4 * i, pulse->rate_fixed) && good;
        good = dut_write(dut, REGISTER_PULSE_ASYMPTOTE + 4 * i, pulse->asymptote_fixed) && good;
    }
    return good;
}

static struct dut *dut_of_thread(struct engine *engine, uint32_t thread)
{
    if (engine->duts[thread] == NULL) {
        struct dut *dut = dut_open(engine->hardware);
        if (!configure(dut, &engine->settings)) {
            dut_close(dut);
            return NULL;
        }
        engine->duts[thread] = dut;
    }
    return engine->duts[thread];
}

enum status engine_open(enum engine_kind kind, struct crossbar *crossbar, const struct engine_settings *settings,
                        struct engine **engine, struct error *error)
{
    (void) kind;
    enum status status = check_settings(settings, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct engine *opened = allocate(1, sizeof *opened);
    opened->crossbar = crossbar;
    opened->hardware = crossbar_hardware(crossbar);
    opened->settings = *settings;
    opened->threads = settings->threads > 0 ? settings->threads : (uint32_t) omp_get_num_procs();
    opened->duts = allocate(opened->threads, sizeof(struct dut *));
    opened->forbidden_seeds = allocate(opened->hardware->lanes, sizeof *opened->forbidden_seeds);
    for (uint32_t lane = 0; lane < opened->hardware->lanes; lane++) {
        opened->forbidden_seeds[lane] = spike_encoder_forbidden(lane);
    }
    crossbar_set_pulses(crossbar, &settings->pulses);
    *engine = opened;
    return STATUS_OK;
}

void engine_close(struct engine *engine)
{
    if (engine == NULL) {
        return;
    }
    for (uint32_t i = 0; i < engine->threads; i++) {
        dut_close(engine->duts[i]);
    }
    free((void *) engine->duts);
    free(engine->forbidden_seeds);
    free(engine);
}

/* The analogue side of a writing, one clock at a time. */
struct writing {
    struct pulse_event event;
    bool pulsing;
};

static void follow_writing(struct engine *engine, struct dut *dut, const uint32_t *targets, struct writing *writing,
                           const struct pulse_observer *observer)
{
    struct dut_pins *pins = &dut->pins;
    struct pulse_event *event = &writing->event;
    uint32_t device = pins->column * engine->hardware->lanes + pins->row;
    if (writing->pulsing && !pins->pulse) {
        writing->pulsing = false;
        event->after = crossbar_resistances(engine->crossbar)[event->device];
        if (observer != NULL) {
            observer->pulse(observer->context, event);
        }
    }
    if (pins->read) {
        pins->reading = crossbar_read(engine->crossbar, device);
        event->reading = pins->reading;
    }
    if (pins->pulse) {
        if (!writing->pulsing) {
            writing->pulsing = true;
            event->device = device;
            event->iteration = pins->write_iteration;
            event->entry = pins->pulse_entry;
            event->target = targets[device];
            event->before = crossbar_resistances(engine->crossbar)[device];
        }
        crossbar_pulse(engine->crossbar, device, pins->pulse_entry);
    }
}

/* More clocks than any writing can take: every device uses all its pulses, each of the longest width. */
static uint64_t writing_bound(const struct engine *engine)
{
    uint64_t width = 0;
    for (uint32_t i = 0; i < engine->settings.pulses.count; i++) {
        width = engine->settings.pulses.pulses[i].width_us > width ? engine->settings.pulses.pulses[i].width_us : width;
    }
    uint64_t round = width * engine->hardware->clocks_per_us + 64;
    return engine->hardware->devices * (round * (engine->settings.max_pulses + 1) + 8) + 8;
}

static bool read_write_totals(struct dut *dut, struct engine_statistics *statistics)
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

static bool program(struct engine *engine, struct dut *dut, const uint32_t *targets, struct write_result *results,
                    const struct pulse_observer *observer)
{
    const struct hardware *hardware = engine->hardware;
    uint64_t first_clock = dut->clocks;
    bool good = true;
    for (uint32_t d = 0; d < hardware->devices; d++) {
        good = dut_write(dut, REGISTER_TARGET + 4 * hardware_window_index(hardware, d), targets[d]) && good;
    }
    struct writing writing = {.pulsing = false};
    uint64_t bound = writing_bound(engine);
    good = dut_write(dut, REGISTER_CONTROL, 2) && good;
    uint64_t write_clocks = 0;
    while (dut->pins.busy) {
        writing.event.clock = write_clocks;
        follow_writing(engine, dut, targets, &writing, observer);
        dut_clock(dut);
        if (++write_clocks > bound) {
            return false;
        }
    }
    follow_writing(engine, dut, targets, &writing, observer);
    good = read_write_totals(dut, &engine->statistics) && good;
    for (uint32_t d = 0; d < hardware->devices && results != NULL; d++) {
        uint32_t result;
        good = dut_read(dut, REGISTER_RESULT + 4 * hardware_window_index(hardware, d), &result) && good;
        results[d].ending = (enum write_ending)(result >> 30);
        results[d].pulses = result >> 24 & 0x3f;
        results[d].reading = result & 0xffffff;
    }
    engine->statistics.transfer_clocks += dut->clocks - first_clock - write_clocks;
    return good;
}

enum status engine_program(struct engine *engine, const uint32_t *targets, struct write_result *results,
                           const struct pulse_observer *observer, struct error *error)
{
    double energy = crossbar_energy(engine->crossbar);
    struct dut *dut = dut_of_thread(engine, 0);
    if (dut == NULL || !program(engine, dut, targets, results, observer)) {
        return error_set(error, STATUS_FAILED, "%s while writing devices", misbehaved);
    }
    engine->statistics.energy_j += crossbar_energy(engine->crossbar) - energy;
    return STATUS_OK;
}

/* One review; the statistics belong to the calling thread. */
static bool infer(struct engine *engine, struct dut *dut, const uint16_t *rates, uint32_t review,
                  uint16_t *spike_counts, struct engine_statistics *statistics)
{
    const struct hardware *hardware = engine->hardware;
    const uint32_t last_phase = hardware->phases - 1;
    struct dut_pins *pins = &dut->pins;
    uint64_t first_clock = dut->clocks;
    bool good = true;
    for (uint32_t i = 0; i < hardware->inputs; i++) {
        good = dut_write(dut, REGISTER_RATE + 4 * hardware_window_index(hardware, i), rates[i]) && good;
    }
    uint32_t seed = spike_encoder_seed(hardware, engine->forbidden_seeds, engine->settings.seed, review);
    good = dut_write(dut, REGISTER_SEED, seed) && good;
    good = dut_write(dut, REGISTER_CONTROL, 1) && good;
    uint64_t bound = (uint64_t) engine->settings.steps * hardware->phases + 16;
    uint64_t clocks = 0;
    uint32_t step = 0;
    while (pins->busy) {
        if (pins->sense) {
            crossbar_sense(engine->crossbar, review, step, pins->sense_phase, pins->rows, pins->codes);
            step += pins->sense_phase == last_phase;
        }
        dut_clock(dut);
        if (++clocks > bound) {
            return false;
        }
    }
    uint32_t value;
    good = dut_read(dut, REGISTER_CLOCKS, &value) && good;
    statistics->review_clocks += value;
    for (uint32_t o = 0; o < hardware->outputs; o++) {
        good = dut_read(dut, REGISTER_COUNT + 4 * o, &value) && good;
        spike_counts[o] = (uint16_t) value;
    }
    statistics->reviews++;
    statistics->transfer_clocks += dut->clocks - first_clock - clocks;
    return good;
}

enum status engine_infer(struct engine *engine, const uint16_t *rates, const uint32_t *review_numbers, uint32_t count,
                         uint16_t *spike_counts, const char *label, struct error *error)
{
    const struct hardware *hardware = engine->hardware;
    crossbar_prepare(engine->crossbar);
    struct progress progress;
    progress_begin(&progress, label != NULL ? label : "", label != NULL ? count : 0);
    uint32_t chunks = (count + REVIEWS_PER_CHUNK - 1) / REVIEWS_PER_CHUNK;
    uint32_t threads = engine->threads < chunks ? engine->threads : chunks;
    uint32_t done = 0;
    bool good = true;
#pragma omp parallel num_threads((int) (threads > 0 ? threads : 1)) if (threads > 1)
    {
        struct engine_statistics statistics = {0};
        struct dut *dut = dut_of_thread(engine, (uint32_t) omp_get_thread_num());
        bool thread_good = dut != NULL;
#pragma omp for schedule(dynamic)
        for (uint32_t chunk = 0; chunk < chunks; chunk++) {
            uint32_t first = chunk * REVIEWS_PER_CHUNK;
            uint32_t last = first + REVIEWS_PER_CHUNK < count ? first + REVIEWS_PER_CHUNK : count;
            for (uint32_t i = first; i < last && thread_good; i++) {
                thread_good = infer(engine, dut, rates + (size_t) i * hardware->inputs, review_numbers[i],
                                    spike_counts + (size_t) i * hardware->outputs, &statistics);
            }
            uint32_t done_now;
#pragma omp atomic capture
            done_now = done += last - first;
            if (omp_get_thread_num() == 0) {
                progress_update(&progress, done_now);
            }
        }
#pragma omp critical
        {
            engine->statistics.reviews += statistics.reviews;
            engine->statistics.review_clocks += statistics.review_clocks;
            engine->statistics.transfer_clocks += statistics.transfer_clocks;
            good = good && thread_good;
        }
    }
    progress_end(&progress);
    return good ? STATUS_OK : error_set(error, STATUS_FAILED, "%s during a review", misbehaved);
}

const struct engine_statistics *engine_statistics(const struct engine *engine)
{
    return &engine->statistics;
}

const struct hardware *engine_hardware(const struct engine *engine)
{
    return engine->hardware;
}
