// SPDX-License-Identifier: Apache-2.0
/* The engine on the C reference models: the same results, clock counts included, without the clocks. */
#include "engine/engine_kind.h"

#include "model/base/memory.h"
#include "model/reference/lif.h"
#include "model/reference/review_sequencer.h"
#include "model/reference/spike_encoder.h"

#include <stdlib.h>
#include <string.h>

/* Clocks that encoder, crossbar and neurons take one after the other: few enough to stay in the nearest
 * cache. */
enum { CLOCKS_PER_BLOCK = 64 };

struct worker {
    struct spike_encoder *encoder;
    uint32_t slots;            /* samples side by side */
    uint32_t code_slots;       /* the same, rounded up to whole groups of neurons */
    uint32_t block_steps;      /* steps that `rows` and `codes` hold */
    uint32_t groups;           /* groups of neurons for an output */
    uint8_t *rows;             /* [clock][slot] */
    int32_t *codes;            /* [clock][output][tile][slot]; add_tiles() leaves the sums in tile 0 */
    struct lif_group *neurons; /* [output][group] */
    uint32_t *decided_at;      /* [slot]: the step after which its answer is certain; 0: not yet */
    /* For a sample that is alone and is spread over all slots. */
    uint32_t *same_sample;  /* [slot] */
    int32_t *ordered_codes; /* [output][step][phase] */
    uint8_t *spikes;        /* inputs: for an observer, as are the membranes */
    int64_t *membranes;     /* outputs */
};

static void *model_open(const struct engine *engine)
{
    const struct hardware *hardware = engine->hardware;
    struct worker *worker = allocate(1, sizeof *worker);
    worker->encoder = spike_encoder_open(hardware);
    worker->slots = spike_encoder_slots(hardware);
    worker->groups = (worker->slots + LIF_GROUP - 1) / LIF_GROUP;
    worker->code_slots = worker->groups * LIF_GROUP;
    worker->block_steps = hardware->phases < CLOCKS_PER_BLOCK ? CLOCKS_PER_BLOCK / hardware->phases : 1;
    size_t clocks = (size_t) worker->block_steps * hardware->phases;
    worker->rows = allocate_vectors(clocks, spike_encoder_clock_bytes(hardware));
    worker->codes = allocate_vectors(clocks * hardware->codes * worker->code_slots, sizeof *worker->codes);
    worker->neurons = allocate_vectors((size_t) hardware->outputs * worker->groups, sizeof *worker->neurons);
    worker->decided_at = allocate(worker->slots, sizeof *worker->decided_at);
    worker->same_sample = allocate(worker->slots, sizeof *worker->same_sample);
    worker->ordered_codes =
        allocate((size_t) hardware->outputs * hardware->phases * (engine->registers.steps + worker->slots),
                 sizeof *worker->ordered_codes);
    worker->spikes = allocate(hardware->inputs, sizeof *worker->spikes);
    worker->membranes = allocate(hardware->outputs, sizeof *worker->membranes);
    return worker;
}

static void model_close(void *opened)
{
    struct worker *worker = opened;
    spike_encoder_close(worker->encoder);
    free(worker->rows);
    free(worker->codes);
    free(worker->neurons);
    free(worker->decided_at);
    free(worker->same_sample);
    free(worker->ordered_codes);
    free(worker->spikes);
    free(worker->membranes);
    free(worker);
}

/* Before the first step: one sample a slot. */
static void load(const struct engine *engine, struct worker *worker, const struct sample_batch *batch)
{
    const struct hardware *hardware = engine->hardware;
    spike_encoder_load(worker->encoder, engine->registers.rate_coded);
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        const uint32_t seed = engine_sample_seed(engine, batch->sample_numbers[slot]);
        spike_encoder_set_rates(worker->encoder, slot, batch->rates + (size_t) slot * hardware->inputs);
        spike_encoder_seed_slot(worker->encoder, slot, seed);
    }
    const struct lif_neuron start = lif_start(&engine->registers.neurons);
    for (uint32_t group = 0; group < hardware->outputs * worker->groups; group++) {
        for (uint32_t n = 0; n < LIF_GROUP; n++) {
            worker->neurons[group].membrane[n] = start.membrane;
            worker->neurons[group].spike[n] = start.spike;
            worker->neurons[group].count[n] = start.count;
        }
    }
}

/* The step that slot 0 has just gone through. */
static void observe(const struct engine *engine, struct worker *worker, const struct step_observer *observer,
                    uint32_t step)
{
    const struct hardware *hardware = engine->hardware;
    for (uint32_t phase = 0; phase < hardware->phases; phase++) {
        unpack_rows(hardware, worker->rows + phase * spike_encoder_clock_bytes(hardware), phase,
                    worker->spikes);
    }
    for (uint32_t output = 0; output < hardware->outputs; output++) {
        worker->membranes[output] = worker->neurons[(size_t) output * worker->groups].membrane[0];
    }
    observer->step(observer->context, step, worker->spikes, worker->membranes);
}

/* Spikes of a slot's sample so far. */
static void take_counts(const struct hardware *hardware, const struct worker *worker,
                        const struct sample_batch *batch, uint32_t slot)
{
    for (uint32_t output = 0; output < hardware->outputs; output++) {
        const struct lif_group *group = &worker->neurons[output * worker->groups + slot / LIF_GROUP];
        batch->spike_counts[(size_t) slot * hardware->outputs + output] =
            (uint16_t) group->count[slot % LIF_GROUP];
    }
}

/* After `step` steps: take the counts of samples whose answer has become certain. False when none is left. */
static bool decide(const struct engine *engine, struct worker *worker, const struct sample_batch *batch,
                   uint32_t step)
{
    const struct hardware *hardware = engine->hardware;
    bool left = false;
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        if (worker->decided_at[slot] != 0) {
            continue;
        }
        bool decided = true;
        take_counts(hardware, worker, batch, slot);
        for (uint32_t output = 0; output < hardware->outputs; output++) {
            decided = decided && lif_decided(batch->spike_counts[(size_t) slot * hardware->outputs + output],
                                             step, engine->registers.steps);
        }
        worker->decided_at[slot] = decided ? step : 0;
        left = left || !decided;
    }
    return left;
}

static void add_tiles(const struct hardware *hardware, struct worker *worker, uint32_t clocks)
{
    for (uint32_t clock = 0; clock < clocks && hardware->tiles > 1; clock++) {
        int32_t *codes = worker->codes + (size_t) clock * hardware->codes * worker->code_slots;
        for (uint32_t output = 0; output < hardware->outputs; output++) {
            int32_t *sums = codes + (size_t) output * hardware->tiles * worker->code_slots;
            for (uint32_t slot = 0; slot < worker->code_slots; slot++) {
                sums[slot] = tile_sum(hardware, codes, worker->code_slots, output, slot);
            }
        }
    }
}

/* At most as many samples as there are slots. Returns their clocks. */
static uint64_t run_side_by_side(const struct engine *engine, struct worker *worker,
                                 const struct sample_batch *batch)
{
    const struct hardware *hardware = engine->hardware;
    const uint32_t used_groups = (batch->count + LIF_GROUP - 1) / LIF_GROUP;
    const uint32_t clock_codes = hardware->codes * worker->code_slots;
    load(engine, worker, batch);
    struct sense_run run = {
        .samples = batch->sample_numbers,
        .slots = batch->count,
        .rows = worker->rows,
        .slot_bytes = spike_encoder_slot_bytes(hardware),
        .clock_bytes = spike_encoder_clock_bytes(hardware),
        .codes = worker->codes,
        .code_slots = worker->code_slots,
    };
    const bool early = engine->registers.early_decision;
    const uint32_t steps = engine->registers.steps;
    bool undecided = true;
    memset(worker->decided_at, 0, worker->slots * sizeof *worker->decided_at);
    for (uint32_t step = 0; step < steps && undecided; step += run.steps) {
        uint32_t left = steps - step;
        run.first_step = step;
        run.steps = left < worker->block_steps ? left : worker->block_steps;
        run.steps = batch->observer != NULL || early ? 1 : run.steps;
        spike_encoder_run(worker->encoder, run.steps * hardware->phases, worker->rows);
        crossbar_sense_run(engine->crossbar, &run);
        add_tiles(hardware, worker, run.steps * hardware->phases);
        for (uint32_t output = 0; output < hardware->outputs; output++) {
            for (uint32_t group = 0; group < used_groups; group++) {
                lif_run(hardware, &engine->registers.neurons,
                        &worker->neurons[output * worker->groups + group],
                        worker->codes + (size_t) output * hardware->tiles * worker->code_slots +
                            (size_t) group * LIF_GROUP,
                        clock_codes, run.steps);
            }
        }
        if (batch->observer != NULL) {
            observe(engine, worker, batch->observer, step);
        }
        undecided = !early || decide(engine, worker, batch, step + 1);
    }
    uint64_t clocks = 0;
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        if (!early) {
            take_counts(hardware, worker, batch, slot);
            worker->decided_at[slot] = steps;
        }
        clocks += decided_sample_clocks(hardware, worker->decided_at[slot], steps);
    }
    return clocks;
}

/* A single sample that runs all its steps: the slots share the steps, and the neurons, which cannot be split,
 * follow. */
static void run_spread(const struct engine *engine, struct worker *worker, const struct sample_batch *batch)
{
    const struct hardware *hardware = engine->hardware;
    const uint32_t slots = worker->slots;
    const uint32_t share = (engine->registers.steps + slots - 1) / slots;
    const size_t ordered = (size_t) share * slots * hardware->phases; /* codes of an output */
    load(engine, worker, batch);
    spike_encoder_spread(worker->encoder, batch->rates, share * hardware->phases);
    for (uint32_t slot = 0; slot < slots; slot++) {
        worker->same_sample[slot] = batch->sample_numbers[0];
    }
    struct sense_run run = {
        .samples = worker->same_sample,
        .slots = slots,
        .slot_steps = share,
        .rows = worker->rows,
        .slot_bytes = spike_encoder_slot_bytes(hardware),
        .clock_bytes = spike_encoder_clock_bytes(hardware),
        .codes = worker->codes,
        .code_slots = worker->code_slots,
    };
    for (uint32_t step = 0; step < share; step += run.steps) {
        run.first_step = step;
        run.steps = share - step < worker->block_steps ? share - step : worker->block_steps;
        spike_encoder_run(worker->encoder, run.steps * hardware->phases, worker->rows);
        crossbar_sense_run(engine->crossbar, &run);
        add_tiles(hardware, worker, run.steps * hardware->phases);
        for (uint32_t output = 0; output < hardware->outputs; output++) {
            for (uint32_t clock = 0; clock < run.steps * hardware->phases; clock++) {
                const int32_t *codes =
                    worker->codes + ((size_t) clock * hardware->codes + (size_t) output * hardware->tiles) *
                                        worker->code_slots;
                int32_t *to =
                    worker->ordered_codes + output * ordered + (size_t) step * hardware->phases + clock;
                for (uint32_t slot = 0; slot < slots; slot++) {
                    to[(size_t) slot * share * hardware->phases] = codes[slot];
                }
            }
        }
    }
    for (uint32_t output = 0; output < hardware->outputs; output++) {
        struct lif_neuron neuron = lif_start(&engine->registers.neurons);
        lif_run_one(hardware, &engine->registers.neurons, &neuron, worker->ordered_codes + output * ordered,
                    engine->registers.steps);
        batch->spike_counts[output] = (uint16_t) neuron.count;
    }
}

static enum status model_infer(const struct engine *engine, void *opened, const struct sample_batch *batch,
                               struct engine_statistics *statistics, struct error *error)
{
    (void) error;
    struct worker *worker = opened;
    const struct hardware *hardware = engine->hardware;
    for (uint32_t first = 0; first < batch->count; first += worker->slots) {
        struct sample_batch part = {
            .rates = batch->rates + (size_t) first * hardware->inputs,
            .sample_numbers = batch->sample_numbers + first,
            .count = batch->count - first < worker->slots ? batch->count - first : worker->slots,
            .spike_counts = batch->spike_counts + (size_t) first * hardware->outputs,
            .observer = batch->observer,
        };
        if (part.count == 1 && part.observer == NULL && !engine->registers.rate_coded &&
            !engine->registers.early_decision && worker->slots > 1) {
            run_spread(engine, worker, &part);
            statistics->sample_clocks += sample_clocks(hardware, engine->registers.steps);
        } else {
            statistics->sample_clocks += run_side_by_side(engine, worker, &part);
        }
    }
    statistics->samples += batch->count;
    /* The rates, the seed and the command in; the clocks and the counts out. */
    const uint32_t rates = hardware->phases * hardware_rate_pairs(hardware);
    statistics->transfer_clocks += (uint64_t) batch->count * (rates + 2 + 1 + hardware->outputs);
    return STATUS_OK;
}

static void apply_pulse(const struct write_verify *writer, const struct writing_array *array,
                        const struct pulse_observer *observer)
{
    struct pulse_event event = {
        .clock = writer->clock + writer->duration,
        .device = writer->device,
        .iteration = writer->iteration,
        .entry = writer->prediction.entry,
        .target = writer->target,
        .reading = writer->reading,
        .before = array->resistance(array->context, writer->device),
    };
    array->pulse(array->context, writer);
    event.after = array->resistance(array->context, writer->device);
    if (observer != NULL) {
        observer->pulse(observer->context, &event);
    }
}

void run_reference_writing(const struct engine *engine, const struct hardware *hardware,
                           const struct writing_array *array, const uint32_t *targets,
                           struct write_result *results, const struct pulse_observer *observer,
                           struct engine_statistics *statistics)
{
    struct write_verify writer = {
        .hardware = hardware,
        .table = &engine->registers.pulses,
        .targets = targets,
        .results = results,
        .tolerance = engine->registers.tolerance,
        .max_pulses = engine->registers.max_pulses,
        .reads_log2 = engine->registers.reads_log2,
        .last_device = hardware->devices - 1,
    };
    write_verify_start(&writer);
    while (writer.state != WRITE_IDLE) {
        uint32_t reading = 0;
        if (writer.state == WRITE_READ && writer.target != 0) {
            reading = array->read(array->context, writer.device);
        } else if (writer.state == WRITE_PULSE) {
            apply_pulse(&writer, array, observer);
        }
        write_verify_next(&writer, reading);
    }
    statistics->writings++;
    statistics->write_clocks += writer.clock < UINT32_MAX ? writer.clock : UINT32_MAX;
    statistics->pulses += writer.pulses;
    statistics->programming_us += writer.pulse_time;
    statistics->converged += writer.converged;
    statistics->stalled += writer.stalled;
    statistics->exhausted += writer.exhausted;
}

static uint32_t array_read(void *crossbar, uint32_t device)
{
    return crossbar_read(crossbar, device);
}

static double array_resistance(void *crossbar, uint32_t device)
{
    return crossbar_resistances(crossbar)[device];
}

static void array_pulse(void *crossbar, const struct write_verify *writer)
{
    crossbar_pulse_clocks(crossbar, writer->device, writer->prediction.entry, writer->duration);
}

static enum status model_write(const struct engine *engine, void *opened, const uint32_t *targets,
                               struct write_result *results, const struct pulse_observer *observer,
                               struct engine_statistics *statistics, struct error *error)
{
    (void) opened;
    (void) error;
    const struct hardware *hardware = engine->hardware;
    const struct writing_array array = {engine->crossbar, array_read, array_resistance, array_pulse};
    run_reference_writing(engine, hardware, &array, targets, results, observer, statistics);
    /* The targets and the command in; six totals and the results out. */
    statistics->transfer_clocks += hardware->devices + 1 + 6 + (results != NULL ? hardware->devices : 0);
    return STATUS_OK;
}

const struct engine_kind_operations engine_model_operations = {
    .samples_per_batch = 32,
    .open = model_open,
    .close = model_close,
    .infer = model_infer,
    .write = model_write,
};
