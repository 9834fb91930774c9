// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_blocks.h"

#include "learn/adagrad.h"
#include "learn/network.h"
#include "model/base/memory.h"
#include "model/base/random_blocks.h"
#include "model/reference/lif.h"
#include "model/reference/pulse_predictor.h"
#include "model/reference/spike_encoder.h"
#include "model/reference/write_verify.h"
#include "run/run.h"
#include "text/demo_corpus.h"
#include "text/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEMO_STRIDE = 10, /* every tenth demo review makes the text */
    /* About as the IMDB reviews have them. */
    VOCABULARY = 20000,
    REVIEW_WORDS = 250,
    REVIEWS = 64,
    RANDOM_BLOCKS = 256,
    PREDICTIONS = 256,
    BLOCK_CLOCKS = 64, /* that the engine of reference models lets its parts take one after the other */
};

enum { SENSE_IDEALLY, SENSE_CONVERTED, SENSE_NOISILY, SENSE_KINDS };

/* What all blocks work on. */
struct blocks {
    const struct hardware *hardware;
    struct random_stream random;
    uint64_t sink; /* keeps unused results, so that the compiler computes them */
    /* Text and learning. */
    struct tokenizer tokenizer;
    char *text;
    size_t text_length;
    uint32_t demo_reviews;
    struct network network;
    uint32_t *ids; /* REVIEWS x REVIEW_WORDS */
    float *mean;
    float *squares;
    float *direction;
    uint32_t counters[RANDOM_BLOCKS];
    uint32_t words[4][RANDOM_BLOCKS];
    /* A block of clocks, as the engine of reference models does it. */
    struct spike_encoder *poisson, *rate_coded;
    struct crossbar *crossbars[SENSE_KINDS];
    uint32_t *reviews;
    struct sense_run run;
    uint8_t *rows;
    int32_t *codes;
    uint32_t groups;
    struct lif_group *neurons;
    /* Writing. */
    struct machine machine; /* its engine knows the registers, its crossbar takes pulses */
    const struct register_values *registers;
    uint32_t *fresh;   /* readings before any pulse */
    uint32_t *targets; /* both: hardware->devices, Q16.8 ohm */
    uint32_t readings[PREDICTIONS];
    uint32_t wanted[PREDICTIONS];
    uint32_t entries[PREDICTIONS]; /* of a pulse that moves the reading */
    uint32_t device;               /* whose turn it is to be pulsed */
};

static double random_between(struct random_stream *random, double least, double most)
{
    return least + (most - least) * random_unit(random_next(random));
}

/* Text. */

static void count_token(void *context, const char *token, size_t length)
{
    (void) token;
    uint64_t *bytes = context;
    *bytes += length;
}

static enum status run_tokenizer(void *context)
{
    struct blocks *blocks = context;
    tokenize(&blocks->tokenizer, blocks->text, blocks->text_length, count_token, &blocks->sink);
    return STATUS_OK;
}

static void add_demo_review(void *context, const struct review_text *review)
{
    struct blocks *blocks = context;
    if (blocks->demo_reviews++ % DEMO_STRIDE == 0) {
        blocks->text = reallocate(blocks->text, blocks->text_length + review->length + 1, 1);
        memcpy(blocks->text + blocks->text_length, review->text, review->length);
        blocks->text_length += review->length;
        blocks->text[blocks->text_length++] = ' ';
    }
}

/* Learning. */

static enum status run_mean(void *context)
{
    struct blocks *blocks = context;
    for (uint32_t i = 0; i < REVIEWS; i++) {
        network_mean(&blocks->network, blocks->ids + (size_t) i * REVIEW_WORDS, REVIEW_WORDS, blocks->mean);
    }
    return STATUS_OK;
}

static enum status run_adagrad(void *context)
{
    struct blocks *blocks = context;
    adagrad_update(blocks->network.weights, blocks->squares, blocks->direction,
                   blocks->network.embedding_size, 0.01f, 0.05f, 0.0F);
    return STATUS_OK;
}

static enum status run_random(void *context)
{
    struct blocks *blocks = context;
    uint32_t *const words[4] = {blocks->words[0], blocks->words[1], blocks->words[2], blocks->words[3]};
    random_blocks(blocks->random.seed, RANDOM_BENCH, blocks->counters, blocks->counters, blocks->counters,
                  RANDOM_BLOCKS, words);
    return STATUS_OK;
}

static void open_learning(struct blocks *blocks)
{
    const uint32_t size = blocks->hardware->inputs;
    network_create(&blocks->network, TASK_SENTIMENT, false, VOCABULARY, size);
    blocks->ids = allocate((size_t) REVIEWS * REVIEW_WORDS, sizeof *blocks->ids);
    blocks->mean = allocate(size, sizeof *blocks->mean);
    blocks->squares = allocate(size, sizeof *blocks->squares);
    blocks->direction = allocate(size, sizeof *blocks->direction);
    for (size_t i = 0; i < (size_t) VOCABULARY * size; i++) {
        blocks->network.embedding[i] = (float) random_between(&blocks->random, 0, 1);
    }
    for (uint32_t i = 0; i < REVIEWS * REVIEW_WORDS; i++) {
        blocks->ids[i] = random_below(&blocks->random, VOCABULARY);
    }
    for (uint32_t i = 0; i < size; i++) {
        blocks->network.weights[i] = (float) random_between(&blocks->random, 0, 1);
        blocks->direction[i] = (float) random_between(&blocks->random, -1, 1);
    }
    for (uint32_t i = 0; i < RANDOM_BLOCKS; i++) {
        blocks->counters[i] = i;
    }
}

/* A review's way through the reference models. */

static uint32_t block_clocks(const struct blocks *blocks)
{
    return blocks->run.steps * blocks->hardware->phases;
}

static enum status run_poisson(void *context)
{
    struct blocks *blocks = context;
    spike_encoder_run(blocks->poisson, block_clocks(blocks), blocks->rows);
    return STATUS_OK;
}

static enum status run_rate_coded(void *context)
{
    struct blocks *blocks = context;
    spike_encoder_run(blocks->rate_coded, block_clocks(blocks), blocks->rows);
    return STATUS_OK;
}

static enum status run_ideal_sensing(void *context)
{
    struct blocks *blocks = context;
    crossbar_sense_run(blocks->crossbars[SENSE_IDEALLY], &blocks->run);
    return STATUS_OK;
}

static enum status run_converted_sensing(void *context)
{
    struct blocks *blocks = context;
    crossbar_sense_run(blocks->crossbars[SENSE_CONVERTED], &blocks->run);
    return STATUS_OK;
}

static enum status run_noisy_sensing(void *context)
{
    struct blocks *blocks = context;
    crossbar_sense_run(blocks->crossbars[SENSE_NOISILY], &blocks->run);
    return STATUS_OK;
}

static enum status run_neurons(void *context)
{
    struct blocks *blocks = context;
    const uint32_t outputs = blocks->hardware->outputs;
    const uint32_t tiles = blocks->hardware->tiles;
    for (uint32_t output = 0; output < outputs; output++) {
        for (uint32_t group = 0; group < blocks->groups; group++) {
            lif_run(blocks->hardware, &blocks->registers->neurons,
                    &blocks->neurons[output * blocks->groups + group],
                    blocks->codes + (size_t) output * tiles * blocks->run.code_slots +
                        (size_t) group * LIF_GROUP,
                    blocks->hardware->codes * blocks->run.code_slots, blocks->run.steps);
        }
    }
    return STATUS_OK;
}

static struct spike_encoder *open_encoder(struct blocks *blocks, bool rate_coded)
{
    struct spike_encoder *encoder = spike_encoder_open(blocks->hardware);
    uint16_t *rates = allocate(blocks->hardware->inputs, sizeof *rates);
    spike_encoder_load(encoder, rate_coded);
    for (uint32_t slot = 0; slot < blocks->run.slots; slot++) {
        for (uint32_t i = 0; i < blocks->hardware->inputs; i++) {
            rates[i] = (uint16_t) random_next(&blocks->random);
        }
        spike_encoder_set_rates(encoder, slot, rates);
        spike_encoder_seed_slot(encoder, slot, random_next(&blocks->random));
    }
    free(rates);
    return encoder;
}

static void open_review(struct blocks *blocks, const struct bench_settings *settings)
{
    const struct hardware *hardware = blocks->hardware;
    const uint32_t slots = spike_encoder_slots(hardware);
    blocks->groups = (slots + LIF_GROUP - 1) / LIF_GROUP;
    blocks->run = (struct sense_run) {
        .slots = slots,
        .steps = hardware->phases < BLOCK_CLOCKS ? BLOCK_CLOCKS / hardware->phases : 1,
        .slot_bytes = spike_encoder_slot_bytes(hardware),
        .clock_bytes = spike_encoder_clock_bytes(hardware),
        .code_slots = blocks->groups * LIF_GROUP,
    };
    const size_t clocks = block_clocks(blocks);
    blocks->reviews = allocate(slots, sizeof *blocks->reviews);
    blocks->rows = allocate_vectors(clocks, blocks->run.clock_bytes);
    blocks->codes =
        allocate_vectors(clocks * hardware->codes * blocks->run.code_slots, sizeof *blocks->codes);
    blocks->neurons = allocate_vectors((size_t) hardware->outputs * blocks->groups, sizeof *blocks->neurons);
    for (uint32_t slot = 0; slot < slots; slot++) {
        blocks->reviews[slot] = slot;
    }
    blocks->run.samples = blocks->reviews;
    blocks->run.rows = blocks->rows;
    blocks->run.codes = blocks->codes;
    blocks->poisson = open_encoder(blocks, false);
    blocks->rate_coded = open_encoder(blocks, true);
    for (int kind = 0; kind < SENSE_KINDS; kind++) {
        const struct crossbar_settings crossbar_settings = {
            .seed = settings->settings.seed,
            .read_noise = kind == SENSE_NOISILY ? bench_read_noise(&settings->settings) : 0,
            .adc_bits = kind == SENSE_CONVERTED ? bench_adc_bits(&settings->settings) : 0,
            .adc_full_scale = settings->settings.adc_full_scale,
        };
        blocks->crossbars[kind] = crossbar_open(hardware, settings->device, &crossbar_settings);
        crossbar_prepare(blocks->crossbars[kind]);
    }
}

/* Writing. */

static enum status run_predictions(void *context)
{
    struct blocks *blocks = context;
    for (uint32_t i = 0; i < PREDICTIONS; i++) {
        blocks->sink += pulse_predict(&blocks->registers->pulses, blocks->entries[i], blocks->readings[i]);
    }
    return STATUS_OK;
}

static enum status run_choices(void *context)
{
    struct blocks *blocks = context;
    for (uint32_t i = 0; i < PREDICTIONS; i++) {
        const struct prediction choice =
            pulse_choose(&blocks->registers->pulses, blocks->readings[i], blocks->wanted[i]);
        blocks->sink += choice.entry;
    }
    return STATUS_OK;
}

/* The controller alone: every pulse has exactly the predicted effect. */
static enum status run_controller(void *context)
{
    struct blocks *blocks = context;
    struct write_verify writer = {
        .hardware = blocks->hardware,
        .table = &blocks->registers->pulses,
        .targets = blocks->targets,
        .tolerance = blocks->registers->tolerance,
        .max_pulses = blocks->registers->max_pulses,
        .reads_log2 = blocks->registers->reads_log2,
        .last_device = blocks->hardware->devices - 1,
    };
    uint32_t reading = 0;
    write_verify_start(&writer);
    while (writer.state != WRITE_IDLE) {
        if (writer.state == WRITE_FETCH) {
            reading = blocks->fresh[writer.device];
        } else if (writer.state == WRITE_PULSE) {
            reading = pulse_predict(writer.table, writer.prediction.entry, reading);
        }
        write_verify_next(&writer, reading);
    }
    blocks->sink += writer.pulses;
    return STATUS_OK;
}

/* Every pulse of the table on one device. */
static enum status run_pulses(void *context)
{
    struct blocks *blocks = context;
    const struct predictor_table *table = &blocks->registers->pulses;
    blocks->device = (blocks->device + 1) % blocks->hardware->devices;
    for (uint32_t entry = 0; entry < table->entries; entry++) {
        crossbar_pulse_clocks(blocks->machine.crossbar, blocks->device, entry,
                              table->width_us[entry] * blocks->hardware->clocks_per_us);
    }
    return STATUS_OK;
}

/* What run_pulses() takes. */
static double euler_steps(const struct blocks *blocks)
{
    double steps = 0;
    for (uint32_t entry = 0; entry < blocks->registers->pulses.entries; entry++) {
        steps += (double) blocks->registers->pulses.width_us[entry] * blocks->hardware->clocks_per_us;
    }
    return steps;
}

static uint32_t moving_entry(const struct predictor_table *table, uint32_t reading, uint32_t first)
{
    uint32_t entry = first % table->entries;
    for (uint32_t i = 0; i < table->entries; i++) {
        entry = (first + i) % table->entries;
        if (table->negative[entry] ? table->asymptote[entry] < reading : table->asymptote[entry] > reading) {
            break;
        }
    }
    return entry;
}

static void open_writing(struct blocks *blocks, const struct device *device)
{
    const struct hardware *hardware = blocks->hardware;
    const double least = device->minimum_resistance;
    const double most = device->maximum_resistance;
    blocks->fresh = allocate(hardware->devices, sizeof *blocks->fresh);
    blocks->targets = allocate(hardware->devices, sizeof *blocks->targets);
    for (uint32_t d = 0; d < hardware->devices; d++) {
        blocks->fresh[d] = resistance_to_fixed(crossbar_resistances(blocks->machine.crossbar)[d]);
        blocks->targets[d] = target_of_weight(device, random_between(&blocks->random, 0.125, 0.875));
    }
    for (uint32_t i = 0; i < PREDICTIONS; i++) {
        blocks->readings[i] = resistance_to_fixed(random_between(&blocks->random, least, most));
        blocks->wanted[i] = resistance_to_fixed(random_between(&blocks->random, least, most));
        blocks->entries[i] = moving_entry(&blocks->registers->pulses, blocks->readings[i], i);
    }
}

static void close_blocks(void *context)
{
    struct blocks *blocks = context;
    tokenizer_free(&blocks->tokenizer);
    free(blocks->text);
    network_clear(&blocks->network);
    free(blocks->ids);
    free(blocks->mean);
    free(blocks->squares);
    free(blocks->direction);
    spike_encoder_close(blocks->poisson);
    spike_encoder_close(blocks->rate_coded);
    for (int kind = 0; kind < SENSE_KINDS; kind++) {
        crossbar_close(blocks->crossbars[kind]);
    }
    free(blocks->reviews);
    free(blocks->rows);
    free(blocks->codes);
    free(blocks->neurons);
    machine_close(&blocks->machine);
    free(blocks->fresh);
    free(blocks->targets);
    free(blocks);
}

enum status bench_add_blocks(struct bench *bench, const struct bench_settings *settings, struct error *error)
{
    struct blocks *blocks = allocate(1, sizeof *blocks);
    struct settings references = settings->settings;
    references.engine = ENGINE_MODEL;
    references.check = false;
    blocks->hardware = references.hardware;
    blocks->random = (struct random_stream) {.seed = references.seed, .purpose = RANDOM_BENCH};
    enum status status = machine_create(&blocks->machine, &references, settings->device, 1, error);
    if (status != STATUS_OK) {
        close_blocks(blocks);
        return status;
    }
    blocks->registers = engine_registers(blocks->machine.engine);
    demo_reviews_read(add_demo_review, blocks);
    open_learning(blocks);
    open_review(blocks, settings);
    open_writing(blocks, settings->device);

    const double steps = (double) blocks->run.steps * blocks->run.slots;
    const struct bench_case cases[] = {
        {"tokenizer", NULL, "byte", (double) blocks->text_length, .call = run_tokenizer},
        {"mean word vector", NULL, "word", REVIEWS * REVIEW_WORDS, .call = run_mean},
        {"Adagrad update", NULL, "parameter", blocks->hardware->inputs, .call = run_adagrad},
        {"random blocks", NULL, "block", RANDOM_BLOCKS, .call = run_random},
        {"spike encoder, Poisson", NULL, "step", steps, .call = run_poisson},
        {"spike encoder, rate-coded", NULL, "step", steps, .call = run_rate_coded},
        {"crossbar, ideal", NULL, "step", steps, .call = run_ideal_sensing},
        {"crossbar, ADC", NULL, "step", steps, .call = run_converted_sensing},
        {"crossbar, read noise", NULL, "step", steps, .call = run_noisy_sensing},
        {"LIF neurons", NULL, "step", steps, .call = run_neurons},
        {"pulse prediction, division", NULL, "prediction", PREDICTIONS, .call = run_predictions},
        {"choice of a pulse", NULL, "choice", PREDICTIONS, .call = run_choices},
        {"write-verify controller", NULL, "device", blocks->hardware->devices, .call = run_controller},
        {"memristor pulse", NULL, "Euler step", euler_steps(blocks), .call = run_pulses},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench_case added = cases[i];
        added.context = blocks;
        added.close = i == 0 ? close_blocks : NULL;
        bench_add(bench, &added);
    }
    return STATUS_OK;
}
