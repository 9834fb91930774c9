#include "model/crossbar.h"

#include "base/random_blocks.h"
#include "base/vector.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEIGHT_FRACTION = 30, /* fraction bits of a weight inside the sum */
    BYTE_VALUES = 256,
    NOISE_DEVICES = 8, /* that share a block of random numbers, 16 bits each */
    /* Noise is drawn for this many blocks at once: enough for every row that a column can have, and a
     * multiple of what vector code takes. */
    NOISE_BLOCKS = 256,
    NOISE_WEIGHT_FRACTION = 23, /* what a float holds */
};

struct crossbar {
    const struct hardware *hardware;
    const struct device *device;
    struct crossbar_settings settings;
    struct pulse_table pulses;
    struct crossbar_state state;
    bool prepared;
    uint32_t bytes;            /* bytes that hold the rows of a column */
    uint8_t *byte_rows;        /* [byte]: a bit for every row that there is */
    uint8_t bits[BYTE_VALUES]; /* how many a byte has: not every processor counts them */
    /* [column][byte][value], for the rows that are set in that byte: without read noise the sum of the
     * weights, */
    int64_t *sums;
    /* and with it their conductances in units of Gmax - Gmin, NOISE_DEVICES of them, the last ones 0. */
    float *packed;
    double reference; /* Gref in these units */
};

static int64_t fixed_weight(double weight)
{
    double clamped = weight < 0 ? 0 : weight > 1 ? 1 : weight;
    return (int64_t) (clamped * (1 << WEIGHT_FRACTION) + 0.5);
}

struct crossbar *crossbar_open(const struct hardware *hardware, const struct device *device,
                               const struct crossbar_settings *settings)
{
    struct crossbar *crossbar = allocate(1, sizeof *crossbar);
    crossbar->hardware = hardware;
    crossbar->device = device;
    crossbar->settings = *settings;
    crossbar->state.resistances = allocate(hardware->devices, sizeof *crossbar->state.resistances);
    crossbar->state.read_counts = allocate(hardware->devices, sizeof *crossbar->state.read_counts);
    crossbar->bytes = (hardware->lanes + 7) / 8;
    crossbar->byte_rows = allocate(crossbar->bytes, sizeof *crossbar->byte_rows);
    for (uint32_t row = 0; row < hardware->lanes; row++) {
        crossbar->byte_rows[row / 8] |= (uint8_t) (1u << row % 8);
    }
    for (uint32_t value = 1; value < BYTE_VALUES; value++) {
        crossbar->bits[value] = (uint8_t) (crossbar->bits[value / 2] + value % 2);
    }
    const size_t values = (size_t) hardware->columns * crossbar->bytes * BYTE_VALUES;
    if (settings->read_noise > 0) {
        crossbar->packed = allocate(values, NOISE_DEVICES * sizeof *crossbar->packed);
    } else {
        crossbar->sums = allocate(values, sizeof *crossbar->sums);
    }
    for (uint32_t d = 0; d < hardware->devices; d++) {
        struct random_block block = random_block(settings->seed, RANDOM_START_RESISTANCE, d, 0, 0);
        double offset = 2.0 * random_unit(block.word[0]) - 1.0;
        crossbar->state.resistances[d] = device->start_resistance + device->start_spread * offset;
    }
    return crossbar;
}

void crossbar_close(struct crossbar *crossbar)
{
    if (crossbar != NULL) {
        crossbar_state_clear(&crossbar->state);
        free(crossbar->byte_rows);
        free(crossbar->sums);
        free(crossbar->packed);
        free(crossbar);
    }
}

const struct hardware *crossbar_hardware(const struct crossbar *crossbar)
{
    return crossbar->hardware;
}

const struct device *crossbar_device(const struct crossbar *crossbar)
{
    return crossbar->device;
}

const struct crossbar_settings *crossbar_settings(const struct crossbar *crossbar)
{
    return &crossbar->settings;
}

const double *crossbar_resistances(const struct crossbar *crossbar)
{
    return crossbar->state.resistances;
}

void crossbar_set_resistances(struct crossbar *crossbar, const double *resistances)
{
    memcpy(crossbar->state.resistances, resistances, crossbar->hardware->devices * sizeof *resistances);
    crossbar->prepared = false;
}

struct crossbar_state crossbar_save(const struct crossbar *crossbar)
{
    const uint32_t devices = crossbar->hardware->devices;
    struct crossbar_state state = {
        .resistances = allocate(devices, sizeof *state.resistances),
        .read_counts = allocate(devices, sizeof *state.read_counts),
        .energy = crossbar->state.energy,
    };
    memcpy(state.resistances, crossbar->state.resistances, devices * sizeof *state.resistances);
    memcpy(state.read_counts, crossbar->state.read_counts, devices * sizeof *state.read_counts);
    return state;
}

void crossbar_restore(struct crossbar *crossbar, const struct crossbar_state *state)
{
    crossbar_set_resistances(crossbar, state->resistances);
    memcpy(crossbar->state.read_counts, state->read_counts,
           crossbar->hardware->devices * sizeof *state->read_counts);
    crossbar->state.energy = state->energy;
}

void crossbar_state_clear(struct crossbar_state *state)
{
    free(state->resistances);
    free(state->read_counts);
    *state = (struct crossbar_state){0};
}

/* The sums of every selection of the rows of a byte. */
static void add_up_weights(struct crossbar *crossbar, uint32_t column, uint32_t byte)
{
    const struct hardware *hardware = crossbar->hardware;
    int64_t *sums = crossbar->sums + ((size_t) column * crossbar->bytes + byte) * BYTE_VALUES;
    sums[0] = 0;
    for (uint32_t bit = 0; bit < 8; bit++) {
        uint32_t row = byte * 8 + bit;
        int64_t weight = 0;
        if (row < hardware->lanes) {
            double resistance = crossbar->state.resistances[column * hardware->lanes + row];
            weight = fixed_weight(device_weight(crossbar->device, resistance));
        }
        for (uint32_t value = 0; value < 1u << bit; value++) {
            sums[(1u << bit) + value] = sums[value] + weight;
        }
    }
}

/* The conductances of every selection of the rows of a byte, side by side. */
static void pack_conductances(struct crossbar *crossbar, uint32_t column, uint32_t byte, double range)
{
    const struct hardware *hardware = crossbar->hardware;
    float *packed =
        crossbar->packed + ((size_t) column * crossbar->bytes + byte) * BYTE_VALUES * NOISE_DEVICES;
    memset(packed, 0, NOISE_DEVICES * sizeof *packed);
    for (uint32_t bit = 0; bit < 8 && byte * 8 + bit < hardware->lanes; bit++) {
        const double resistance = crossbar->state.resistances[column * hardware->lanes + byte * 8 + bit];
        const float conductance = (float) (1.0 / (resistance * range));
        for (uint32_t value = 0; value < 1u << bit; value++) {
            float *with = packed + (size_t) ((1u << bit) + value) * NOISE_DEVICES;
            memcpy(with, packed + (size_t) value * NOISE_DEVICES, NOISE_DEVICES * sizeof *with);
            with[crossbar->bits[value]] = conductance;
        }
    }
}

void crossbar_prepare(struct crossbar *crossbar)
{
    if (crossbar->prepared) {
        return;
    }
    const double minimum_conductance = 1.0 / crossbar->device->maximum_resistance;
    const double range = 1.0 / crossbar->device->minimum_resistance - minimum_conductance;
    crossbar->reference = minimum_conductance / range;
    for (uint32_t column = 0; column < crossbar->hardware->columns; column++) {
        for (uint32_t byte = 0; byte < crossbar->bytes; byte++) {
            if (crossbar->packed != NULL) {
                pack_conductances(crossbar, column, byte, range);
            } else {
                add_up_weights(crossbar, column, byte);
            }
        }
    }
    crossbar->prepared = true;
}

/* The limits of the code's width. */
INLINED int32_t limit_code(const struct crossbar *crossbar, int64_t code)
{
    int64_t largest = (INT64_C(1) << (crossbar->hardware->code_bits - 1)) - 1;
    return (int32_t) (code < largest ? code : largest);
}

/* An ideal converter: rounded to the code's fraction bits. */
INLINED int64_t convert_ideally(int64_t sum)
{
    int shift = WEIGHT_FRACTION - CODE_FRACTION;
    return (sum + (1 << (shift - 1))) >> shift;
}

/* The column ADC. */
static int64_t convert(const struct crossbar *crossbar, int64_t sum)
{
    const struct crossbar_settings *settings = &crossbar->settings;
    if (settings->adc_bits == 0) {
        return convert_ideally(sum);
    }
    double full_scale = settings->adc_full_scale > 0 ? settings->adc_full_scale : crossbar->hardware->lanes;
    double levels = (double) ((UINT64_C(1) << settings->adc_bits) - 1);
    double level = floor(ldexp((double) sum, -WEIGHT_FRACTION) / full_scale * levels + 0.5);
    level = level < levels ? level : levels;
    return (int64_t) floor(ldexp(level / levels * full_scale, CODE_FRACTION) + 0.5);
}

/* The sum of the weights whose rows are set; `sums` are the column's. */
INLINED int64_t sum_column(const int64_t *sums, const uint8_t *rows, uint32_t bytes)
{
    int64_t sum = 0;
    for (uint32_t byte = 0; byte < bytes; byte++) {
        sum += sums[byte * BYTE_VALUES + rows[byte]];
    }
    return sum;
}

/* A column under several sets of rows (of some step and review each) at once, with read noise. Only rows that
 * spike count: their devices stand side by side, set after set, in blocks of NOISE_DEVICES, which is how many
 * a random block has numbers for. What a block's numbers are for is the review, the step, the column and
 * where the block stands in its set. */
struct noisy_sets {
    uint32_t count;
    uint32_t blocks; /* of all sets */
    uint32_t end[NOISE_BLOCKS];
    float conductances[(NOISE_BLOCKS + 1) * NOISE_DEVICES]; /* in units of Gmax - Gmin; 0 fills up a block */
    uint32_t block_numbers[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t steps[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t reviews[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t words[4][NOISE_BLOCKS];
    int32_t weights[NOISE_BLOCKS * NOISE_DEVICES];
};

/* Add the rows of a step: `packed` is the column's. */
INLINED void add_noisy_set(const struct crossbar *crossbar, uint32_t column, const float *packed,
                           uint32_t review, uint32_t step, const uint8_t *rows, struct noisy_sets *sets)
{
    float *conductances = sets->conductances + (size_t) sets->blocks * NOISE_DEVICES;
    uint32_t devices = 0;
    for (uint32_t byte = 0; byte < crossbar->bytes; byte++) {
        const uint32_t value = rows[byte] & crossbar->byte_rows[byte];
        memcpy(conductances + devices, packed + ((size_t) byte * BYTE_VALUES + value) * NOISE_DEVICES,
               NOISE_DEVICES * sizeof *conductances);
        devices += crossbar->bits[value];
    }
    memset(conductances + devices, 0, NOISE_DEVICES * sizeof *conductances);
    const uint32_t blocks = (devices + NOISE_DEVICES - 1) / NOISE_DEVICES;
    /* Always whole vectors, which the next set overwrites. */
    for (uint32_t first = 0; first < blocks; first += RANDOM_BLOCKS_AT_ONCE) {
        uint32_t *block_numbers = sets->block_numbers + sets->blocks + first;
        uint32_t *steps = sets->steps + sets->blocks + first;
        uint32_t *reviews = sets->reviews + sets->blocks + first;
        for (uint32_t i = 0; i < RANDOM_BLOCKS_AT_ONCE; i++) {
            block_numbers[i] = (column << 16 | first) + i;
            steps[i] = step;
            reviews[i] = review;
        }
    }
    sets->blocks += blocks;
    sets->end[sets->count++] = sets->blocks;
}

/* Weights of the devices as this reading finds them; vector code. */
FOR_WIDE_VECTOR_UNITS
static void read_noisily(const struct crossbar *crossbar, struct noisy_sets *sets, uint32_t blocks)
{
    const float noise = (float) crossbar->settings.read_noise;
    const float reference = (float) crossbar->reference;
    int16_t numbers[NOISE_BLOCKS * NOISE_DEVICES];
    for (uint32_t block = 0; block < blocks; block++) {
        for (uint32_t word = 0; word < 4; word++) {
            numbers[block * NOISE_DEVICES + 2 * word] = (int16_t) (sets->words[word][block] & 0xffff);
            numbers[block * NOISE_DEVICES + 2 * word + 1] = (int16_t) (sets->words[word][block] >> 16);
        }
    }
    for (uint32_t device = 0; device < blocks * NOISE_DEVICES; device++) {
        /* From -1 to 1, both left out, in 2^16 even steps. */
        const float u = ((float) numbers[device] + 0.5F) * 0x1p-15F;
        float weight = sets->conductances[device] / (1.0F + noise * u) - reference;
        weight = weight < 0.0F ? 0.0F : weight;
        weight = weight > 1.0F ? 1.0F : weight;
        sets->weights[device] = (int32_t) (weight * (1 << NOISE_WEIGHT_FRACTION) + 0.5F);
    }
}

/* Read the devices of the sets added since the last time. */
static void read_noisy_sets(const struct crossbar *crossbar, struct noisy_sets *sets)
{
    uint32_t blocks = sets->blocks;
    /* The last vector's blocks beyond those that count. */
    for (; blocks % RANDOM_BLOCKS_AT_ONCE != 0; blocks++) {
        sets->block_numbers[blocks] = sets->steps[blocks] = sets->reviews[blocks] = 0;
    }
    uint32_t *const words[] = {sets->words[0], sets->words[1], sets->words[2], sets->words[3]};
    random_blocks(crossbar->settings.seed, RANDOM_INFERENCE_NOISE, sets->block_numbers, sets->steps,
                  sets->reviews, blocks, words);
    read_noisily(crossbar, sets, sets->blocks);
}

/* The sum of a set's weights, with WEIGHT_FRACTION fraction bits. */
INLINED int64_t noisy_sum(const struct noisy_sets *sets, uint32_t set)
{
    int32_t sums[NOISE_DEVICES] = {0};
    for (uint32_t block = set > 0 ? sets->end[set - 1] : 0; block < sets->end[set]; block++) {
        for (uint32_t i = 0; i < NOISE_DEVICES; i++) {
            sums[i] += sets->weights[block * NOISE_DEVICES + i];
        }
    }
    int64_t sum = 0;
    for (uint32_t i = 0; i < NOISE_DEVICES; i++) {
        sum += sums[i];
    }
    return sum * (1 << (WEIGHT_FRACTION - NOISE_WEIGHT_FRACTION));
}

static const int64_t *column_sums(const struct crossbar *crossbar, uint32_t column)
{
    return crossbar->sums + (size_t) column * crossbar->bytes * BYTE_VALUES;
}

/* A column of a run; `rows` and `codes` are those of its first step. */
struct column_run {
    const struct sense_run *run;
    uint32_t column;
    const uint8_t *rows;
    int32_t *codes;
    size_t step_bytes;
    size_t step_codes;
};

/* Vector code. */
FOR_WIDE_VECTOR_UNITS
static void sense_noisily(const struct crossbar *crossbar, const struct column_run *column)
{
    const struct sense_run *run = column->run;
    const float *packed =
        crossbar->packed + (size_t) column->column * crossbar->bytes * BYTE_VALUES * NOISE_DEVICES;
    const uint32_t total = run->steps * run->slots;
    struct noisy_sets sets;
    for (uint32_t first = 0; first < total; first += sets.count) {
        sets.count = 0;
        sets.blocks = 0;
        while (first + sets.count < total && sets.count < NOISE_BLOCKS &&
               sets.blocks + crossbar->bytes <= NOISE_BLOCKS) {
            const uint32_t step = (first + sets.count) / run->slots;
            const uint32_t slot = (first + sets.count) % run->slots;
            add_noisy_set(crossbar, column->column, packed, run->reviews[slot],
                          run->first_step + slot * run->slot_steps + step,
                          column->rows + step * column->step_bytes + slot * run->slot_bytes, &sets);
        }
        read_noisy_sets(crossbar, &sets);
        for (uint32_t set = 0; set < sets.count; set++) {
            const size_t step = (first + set) / run->slots;
            column->codes[step * column->step_codes + (first + set) % run->slots] =
                limit_code(crossbar, convert(crossbar, noisy_sum(&sets, set)));
        }
    }
}

/* With a real converter. */
static void sense_converted(const struct crossbar *crossbar, const struct column_run *column)
{
    const struct sense_run *run = column->run;
    for (uint32_t step = 0; step < run->steps; step++) {
        for (uint32_t slot = 0; slot < run->slots; slot++) {
            int64_t sum = sum_column(column_sums(crossbar, column->column),
                                     column->rows + step * column->step_bytes + slot * run->slot_bytes,
                                     crossbar->bytes);
            column->codes[step * column->step_codes + slot] = limit_code(crossbar, convert(crossbar, sum));
        }
    }
}

/* Without noise and with an ideal converter. Inlined with a constant number of bytes, so that its loop is
 * unrolled. */
INLINED void sense_ideally(const struct crossbar *crossbar, const struct column_run *column, uint32_t bytes)
{
    const int64_t *sums = column_sums(crossbar, column->column);
    const struct sense_run *run = column->run;
    const uint8_t *rows = column->rows;
    int32_t *codes = column->codes;
    for (uint32_t step = 0; step < run->steps; step++) {
        for (uint32_t slot = 0; slot < run->slots; slot++) {
            codes[slot] =
                limit_code(crossbar, convert_ideally(sum_column(sums, rows + slot * run->slot_bytes, bytes)));
        }
        rows += column->step_bytes;
        codes += column->step_codes;
    }
}

static void sense_column(const struct crossbar *crossbar, const struct column_run *column)
{
    if (crossbar->settings.read_noise > 0) {
        sense_noisily(crossbar, column);
    } else if (crossbar->settings.adc_bits > 0) {
        sense_converted(crossbar, column);
    } else if (crossbar->bytes == 13) { /* 100 rows */
        sense_ideally(crossbar, column, 13);
    } else if (crossbar->bytes == 2) {
        sense_ideally(crossbar, column, 2);
    } else {
        sense_ideally(crossbar, column, crossbar->bytes);
    }
}

void crossbar_sense_run(const struct crossbar *crossbar, const struct sense_run *run)
{
    const struct hardware *hardware = crossbar->hardware;
    const size_t clock_codes = (size_t) run->code_slots * hardware->outputs;
    for (uint32_t column = 0; column < hardware->columns; column++) {
        uint32_t phase = column / hardware->outputs;
        uint32_t output = column % hardware->outputs;
        const struct column_run column_run = {
            .run = run,
            .column = column,
            .rows = run->rows + phase * run->clock_bytes,
            .codes = run->codes + phase * clock_codes + (size_t) output * run->code_slots,
            .step_bytes = run->clock_bytes * hardware->phases,
            .step_codes = clock_codes * hardware->phases,
        };
        sense_column(crossbar, &column_run);
    }
}

void crossbar_sense(const struct crossbar *crossbar, uint32_t review, uint32_t step, uint32_t phase,
                    const uint32_t *rows,
                    int32_t *codes) /* NOLINT(readability-non-const-parameter): written below */
{
    const struct sense_run run = {
        .reviews = &review, .slots = 1, .first_step = step, .steps = 1, .code_slots = 1};
    for (uint32_t output = 0; output < crossbar->hardware->outputs; output++) {
        const struct column_run column_run = {
            .run = &run,
            .column = phase * crossbar->hardware->outputs + output,
            .rows = (const uint8_t *) rows,
            .codes = codes + output,
        };
        sense_column(crossbar, &column_run);
    }
}

uint32_t crossbar_read(struct crossbar *crossbar, uint32_t device)
{
    double resistance = crossbar->state.resistances[device];
    double noise = crossbar->settings.read_noise;
    if (noise > 0) {
        struct random_block block = random_block(crossbar->settings.seed, RANDOM_VERIFY_NOISE,
                                                 crossbar->state.read_counts[device], device, 0);
        resistance *= 1.0 + noise * (2.0 * random_unit(block.word[0]) - 1.0);
    }
    crossbar->state.read_counts[device]++;
    return resistance_to_fixed(resistance);
}

void crossbar_set_pulses(struct crossbar *crossbar, const struct pulse_table *pulses)
{
    crossbar->pulses = *pulses;
}

void crossbar_pulse_clocks(struct crossbar *crossbar, uint32_t device, uint32_t entry, uint32_t clocks)
{
    const struct pulse *pulse = &crossbar->pulses.pulses[entry];
    double seconds = 1e-6 / crossbar->hardware->clocks_per_us;
    double resistance = crossbar->state.resistances[device];
    double energy = crossbar->state.energy;
    for (uint32_t clock = 0; clock < clocks; clock++) {
        energy += pulse->voltage * pulse->voltage / resistance * seconds;
        resistance = memristor_step(resistance, pulse, seconds);
    }
    crossbar->state.resistances[device] = resistance;
    crossbar->state.energy = energy;
    crossbar->prepared = false;
}

void crossbar_pulse(struct crossbar *crossbar, uint32_t device, uint32_t entry)
{
    crossbar_pulse_clocks(crossbar, device, entry, 1);
}

double crossbar_energy(const struct crossbar *crossbar)
{
    return crossbar->state.energy;
}
