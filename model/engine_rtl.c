/* The engine on the Verilated RTL, clock by clock, with the lock-step checker when it is wanted. */
#include "model/engine_kind.h"

#include "model/dut.h"
#include "model/lockstep.h"
#include "model/spike_encoder.h"

#include <stdlib.h>

struct worker {
    struct dut *dut;
    struct lockstep *checker; /* NULL without settings.check */
    uint8_t *spikes;          /* inputs: for an observer, as are the membranes */
    int64_t *membranes;       /* outputs */
};

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

static void *rtl_open(const struct engine *engine)
{
    struct worker *worker = allocate(1, sizeof *worker);
    worker->dut = dut_open(engine->hardware);
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

/* The analogue side of a writing, one clock at a time. */
struct writing {
    struct pulse_event event;
    bool pulsing;
    uint32_t readings, sum; /* of this verify read so far */
};

static void follow_writing(const struct engine *engine, struct dut *dut, const uint32_t *targets,
                           struct writing *writing, const struct pulse_observer *observer)
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
        writing->sum += pins->reading;
        writing->readings++;
        if (writing->readings == 1u << engine->registers.reads_log2) {
            event->reading = mean_reading(writing->sum, engine->registers.reads_log2);
            writing->sum = writing->readings = 0;
        }
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
    const struct predictor_table *pulses = &engine->registers.pulses;
    uint64_t width = 0;
    for (uint32_t i = 0; i < pulses->entries; i++) {
        width = pulses->width_us[i] > width ? pulses->width_us[i] : width;
    }
    uint64_t round = width * engine->hardware->clocks_per_us + 64 + (1u << engine->registers.reads_log2) +
                     pulse_predictor_clocks(pulses->entries, engine->hardware->sequential);
    return engine->hardware->devices * (round * (engine->registers.max_pulses + 1) + 8) + 8;
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

static enum status rtl_program(const struct engine *engine, void *opened, const uint32_t *targets,
                               struct write_result *results, const struct pulse_observer *observer,
                               struct engine_statistics *statistics, struct error *error)
{
    static const char when[] = "while writing devices";
    const struct hardware *hardware = engine->hardware;
    struct worker *worker = opened;
    struct dut *dut = worker->dut;
    uint64_t first_clock = dut->clocks;
    bool good = true;
    for (uint32_t d = 0; d < hardware->devices; d++) {
        good = dut_write(dut, REGISTER_TARGET + 4 * hardware_window_index(hardware, d), targets[d]) && good;
    }
    good = dut_write(dut, REGISTER_CONTROL, 2) && good;
    if (worker->checker != NULL) {
        lockstep_start_writing(worker->checker, targets, 0, hardware->devices - 1);
    }
    struct writing writing = {.pulsing = false};
    const uint64_t bound = writing_bound(engine);
    uint64_t clocks = 0;
    for (; dut->pins.busy; clocks++) {
        writing.event.clock = clocks;
        follow_writing(engine, dut, targets, &writing, observer);
        if (worker->checker != NULL && lockstep_check(worker->checker, error) != STATUS_OK) {
            return STATUS_FAILED;
        }
        if (clocks >= bound) {
            return misbehaved(error, when);
        }
        dut_clock(dut);
    }
    dut->pins.request_valid = false; /* the checker reads results meanwhile */
    good = read_write_totals(dut, statistics) && good;
    for (uint32_t d = 0; d < hardware->devices && results != NULL; d++) {
        uint32_t result;
        good = dut_read(dut, REGISTER_RESULT + 4 * hardware_window_index(hardware, d), &result) && good;
        results[d] = dut_result(result);
    }
    statistics->transfer_clocks += dut->clocks - first_clock - clocks;
    if (!good) {
        return misbehaved(error, when);
    }
    if (worker->checker == NULL) {
        return STATUS_OK;
    }
    enum status status = lockstep_end(worker->checker, error);
    statistics->compared_transitions += lockstep_compared(worker->checker);
    return status;
}

/* The step whose last phase the clock has just taken in. */
static void observe(const struct engine *engine, struct worker *worker, const struct step_observer *observer,
                    uint32_t step)
{
    for (uint32_t output = 0; output < engine->hardware->outputs; output++) {
        worker->membranes[output] = dut_membrane(worker->dut, output);
    }
    observer->step(observer->context, step, worker->spikes, worker->membranes);
}

static enum status infer_one(const struct engine *engine, struct worker *worker, const uint16_t *rates,
                             uint32_t review, uint16_t *spike_counts, const struct step_observer *observer,
                             struct engine_statistics *statistics, struct error *error)
{
    static const char when[] = "during a review";
    const struct hardware *hardware = engine->hardware;
    const uint32_t last_phase = hardware->phases - 1;
    struct dut *dut = worker->dut;
    struct dut_pins *pins = &dut->pins;
    uint64_t first_clock = dut->clocks;
    bool good = true;
    for (uint32_t i = 0; i < hardware->inputs; i++) {
        good = dut_write(dut, REGISTER_RATE + 4 * hardware_window_index(hardware, i), rates[i]) && good;
    }
    uint32_t seed = spike_encoder_seed(hardware, engine->forbidden_seeds, engine->settings.seed, review);
    good = dut_write(dut, REGISTER_SEED, seed) && good;
    good = dut_write(dut, REGISTER_CONTROL, 1) && good;
    if (worker->checker != NULL) {
        lockstep_start_review(worker->checker, rates, seed, review);
    }
    const uint64_t bound = (uint64_t) engine->registers.steps * hardware->phases + 16;
    uint64_t clocks = 0;
    uint32_t step = 0;
    for (; pins->busy; clocks++) {
        bool step_ends = false;
        if (pins->sense) {
            crossbar_sense(engine->crossbar, review, step, pins->sense_phase, pins->rows, pins->codes);
            step_ends = pins->sense_phase == last_phase;
            if (observer != NULL) {
                unpack_rows(hardware, (const uint8_t *) pins->rows, pins->sense_phase, worker->spikes);
            }
        }
        if (worker->checker != NULL && lockstep_check(worker->checker, error) != STATUS_OK) {
            return STATUS_FAILED;
        }
        if (clocks >= bound) {
            return misbehaved(error, when);
        }
        dut_clock(dut);
        if (step_ends && observer != NULL) {
            observe(engine, worker, observer, step);
        }
        step += step_ends;
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
    if (!good) {
        return misbehaved(error, when);
    }
    if (worker->checker == NULL) {
        return STATUS_OK;
    }
    enum status status = lockstep_end(worker->checker, error);
    statistics->compared_steps += lockstep_compared(worker->checker);
    return status;
}

static enum status rtl_infer(const struct engine *engine, void *opened, const struct review_batch *batch,
                             struct engine_statistics *statistics, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        status = infer_one(
            engine, opened, batch->rates + (size_t) i * engine->hardware->inputs, batch->review_numbers[i],
            batch->spike_counts + (size_t) i * engine->hardware->outputs, batch->observer, statistics, error);
    }
    return status;
}

const struct engine_kind_operations engine_rtl_operations = {
    .reviews_per_batch = 16,
    .open = rtl_open,
    .close = rtl_close,
    .infer = rtl_infer,
    .program = rtl_program,
};
