// SPDX-License-Identifier: Apache-2.0
/* The engine on the reference models of an FPGA board, its crossbar emulator included. It gives the same
 * results as a board. */
#include "engine/engine_kind.h"

#include "model/base/memory.h"
#include "model/reference/crossbar_emulator.h"
#include "model/reference/lif.h"
#include "model/reference/review_sequencer.h"
#include "model/reference/spike_encoder.h"

#include <stdlib.h>

struct worker {
    struct hardware hardware; /* the board's */
    struct crossbar_emulator crossbar;
    struct spike_encoder *encoder;
    uint8_t *rows; /* of a step, in the encoder's first slot */
    uint8_t *spikes;
};

enum status engine_check_board(const struct engine *engine, struct emulator_values *values,
                               struct error *error)
{
    if (engine->settings.rate_coded) {
        return error_set(
            error, STATUS_INVALID,
            "encoder rate: FPGA boards have no room for the rate-coded encoder; expected poisson");
    }
    if (engine->settings.early_decision) {
        return error_set(error, STATUS_INVALID,
                         "early decision: FPGA boards run all steps; expected it to be off");
    }
    return emulator_values_make(engine->crossbar, &engine->settings.pulses, values, error);
}

void engine_take_resistances(const struct engine *engine, const uint32_t *resistances)
{
    double *ohm = allocate(engine->hardware->devices, sizeof *ohm);
    for (uint32_t d = 0; d < engine->hardware->devices; d++) {
        ohm[d] = emulator_ohm(resistances[d]);
    }
    crossbar_set_resistances(engine->crossbar, ohm);
    free(ohm);
}

static void *emulator_open(const struct engine *engine)
{
    struct worker *worker = allocate(1, sizeof *worker);
    struct emulator_values values;
    if (emulator_values_make(engine->crossbar, &engine->settings.pulses, &values, NULL) != STATUS_OK) {
        free(worker); /* emulator_check() has found it good */
        return NULL;
    }
    worker->hardware = board_hardware(engine->hardware);
    crossbar_emulator_init(&worker->crossbar, engine->hardware, &values);
    worker->encoder = spike_encoder_open(engine->hardware);
    worker->rows = allocate_vectors(engine->hardware->phases, spike_encoder_clock_bytes(engine->hardware));
    worker->spikes = allocate(engine->hardware->inputs, sizeof *worker->spikes);
    return worker;
}

static void emulator_close(void *opened)
{
    struct worker *worker = opened;
    crossbar_emulator_clear(&worker->crossbar);
    spike_encoder_close(worker->encoder);
    free(worker->rows);
    free(worker->spikes);
    free(worker);
}

static enum status emulator_check(struct engine *engine, struct error *error)
{
    struct emulator_values values;
    return engine_check_board(engine, &values, error);
}

/* The emulator's devices as the crossbar's. */
static void place(const struct engine *engine, struct worker *worker)
{
    const double *resistances = crossbar_resistances(engine->crossbar);
    for (uint32_t d = 0; d < engine->hardware->devices; d++) {
        crossbar_emulator_set(&worker->crossbar, d, emulator_resistance(resistances[d]));
    }
}

static uint32_t rows_of(const uint8_t *bytes, uint32_t lanes)
{
    uint32_t rows = 0;
    for (uint32_t byte = 0; byte < (lanes + 7) / 8; byte++) {
        rows |= (uint32_t) bytes[byte] << 8 * byte;
    }
    return rows & ((1u << lanes) - 1);
}

static uint16_t run_sample(const struct engine *engine, struct worker *worker, const uint16_t *rates,
                           uint32_t sample, const struct step_observer *observer)
{
    const struct hardware *hardware = engine->hardware;
    const struct lif_settings *settings = &engine->registers.neurons;
    const size_t clock_bytes = spike_encoder_clock_bytes(hardware);
    const int64_t largest = lif_largest(hardware);
    struct lif_neuron neuron = lif_start(settings);
    spike_encoder_load(worker->encoder, false);
    spike_encoder_set_rates(worker->encoder, 0, rates);
    spike_encoder_seed_slot(worker->encoder, 0, engine_sample_seed(engine, sample));
    worker->crossbar.lfsr = emulator_sample_seed(engine->settings.seed, sample);
    for (uint32_t step = 0; step < engine->registers.steps; step++) {
        spike_encoder_run(worker->encoder, hardware->phases, worker->rows);
        for (uint32_t phase = 0; phase < hardware->phases; phase++) {
            const uint8_t *rows = worker->rows + phase * clock_bytes;
            int32_t code = crossbar_emulator_sense(&worker->crossbar, phase, rows_of(rows, hardware->lanes));
            neuron = lif_next(neuron, settings, largest, code, phase == 0, phase == hardware->phases - 1);
            unpack_rows(hardware, rows, phase, worker->spikes);
        }
        if (observer != NULL) {
            observer->step(observer->context, step, worker->spikes, &neuron.membrane);
        }
    }
    return (uint16_t) neuron.count;
}

static enum status emulator_infer(const struct engine *engine, void *opened, const struct sample_batch *batch,
                                  struct engine_statistics *statistics, struct error *error)
{
    (void) error;
    struct worker *worker = opened;
    place(engine, worker);
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->spike_counts[i] =
            run_sample(engine, worker, batch->rates + (size_t) i * engine->hardware->inputs,
                       batch->sample_numbers[i], batch->observer);
    }
    statistics->samples += batch->count;
    statistics->sample_clocks += batch->count * sample_clocks(engine->hardware, engine->registers.steps);
    return STATUS_OK;
}

static uint32_t array_read(void *crossbar, uint32_t device)
{
    return crossbar_emulator_read(crossbar, device);
}

static double array_resistance(void *context, uint32_t device)
{
    const struct crossbar_emulator *crossbar = context;
    return emulator_ohm(crossbar->resistances[device]);
}

static void array_pulse(void *crossbar, const struct write_verify *writer)
{
    crossbar_emulator_pulse(crossbar, writer->device, writer->prediction.entry, writer->prediction.negative,
                            writer->prediction.width_us);
}

static enum status emulator_write(const struct engine *engine, void *opened, const uint32_t *targets,
                                  struct write_result *results, const struct pulse_observer *observer,
                                  struct engine_statistics *statistics, struct error *error)
{
    (void) error;
    struct worker *worker = opened;
    const struct writing_array array = {&worker->crossbar, array_read, array_resistance, array_pulse};
    place(engine, worker);
    worker->crossbar.lfsr = emulator_writing_seed(engine->settings.seed, statistics->writings);
    run_reference_writing(engine, &worker->hardware, &array, targets, results, observer, statistics);
    engine_take_resistances(engine, worker->crossbar.resistances);
    return STATUS_OK;
}

const struct engine_kind_operations engine_emulator_operations = {
    .samples_per_batch = 16,
    .clocks_per_batch = 1 << 17,
    .check = emulator_check,
    .open = emulator_open,
    .close = emulator_close,
    .infer = emulator_infer,
    .write = emulator_write,
};
