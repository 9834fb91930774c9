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
    BLOCK_ROWS = 4, /* devices that share a block of random numbers */
    /* Noise is drawn for this many blocks at once: for every row that a column can have, and a multiple of
     * what vector code takes. */
    NOISE_ITEMS = 256,
};

struct crossbar {
    const struct hardware *hardware;
    const struct device *device;
    struct crossbar_settings settings;
    struct pulse_table pulses;
    struct crossbar_state state;
    bool prepared;
    uint32_t bytes; /* bytes that hold the rows of a column */
    int64_t *sums;  /* [column][byte][value]: the sum of the weights whose rows are set in that byte */
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
    crossbar->sums =
        allocate((size_t) hardware->columns * crossbar->bytes * BYTE_VALUES, sizeof *crossbar->sums);
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
        free(crossbar->sums);
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

void crossbar_prepare(struct crossbar *crossbar)
{
    if (crossbar->prepared) {
        return;
    }
    const struct hardware *hardware = crossbar->hardware;
    for (uint32_t column = 0; column < hardware->columns; column++) {
        for (uint32_t byte = 0; byte < crossbar->bytes; byte++) {
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

/* A column under several sets of rows (of some step and review each) at once, with read noise. A random block
 * gives the numbers of four devices, so everything is by blocks of four rows: item = set x blocks + block,
 * and an array for each of the four. */
struct noisy_sets {
    uint32_t count; /* of sets, at most NOISE_ITEMS / blocks */
    uint32_t blocks;
    double resistances[BLOCK_ROWS][NOISE_ITEMS];
    /* What the random numbers are for. */
    uint32_t block_numbers[NOISE_ITEMS];
    uint32_t steps[NOISE_ITEMS];
    uint32_t reviews[NOISE_ITEMS];
    int32_t rows[NOISE_ITEMS]; /* a block's four are the low bits */
    uint32_t words[BLOCK_ROWS][NOISE_ITEMS];
    int64_t sums[NOISE_ITEMS];
};

/* For as many sets as will be added at most. */
static void open_noisy_sets(const struct crossbar *crossbar, uint32_t column, uint32_t most,
                            struct noisy_sets *sets)
{
    const uint32_t lanes = crossbar->hardware->lanes;
    const double *resistances = crossbar->state.resistances + (size_t) column * lanes;
    const uint32_t blocks = (lanes + BLOCK_ROWS - 1) / BLOCK_ROWS;
    const uint32_t fit = NOISE_ITEMS / blocks;
    sets->count = 0;
    sets->blocks = blocks;
    uint32_t items = blocks * (most < fit ? most : fit);
    for (uint32_t item = 0; item < items; item++) {
        uint32_t block = item % blocks;
        sets->block_numbers[item] = column << 16 | block;
        for (uint32_t i = 0; i < BLOCK_ROWS; i++) {
            uint32_t row = block * BLOCK_ROWS + i;
            sets->resistances[i][item] = row < lanes ? resistances[row] : INFINITY; /* weight 0 */
        }
    }
    /* The vectors' last items beyond count for nothing, but are computed. */
    for (uint32_t item = items; item % RANDOM_BLOCKS_AT_ONCE != 0; item++) {
        sets->block_numbers[item] = sets->steps[item] = sets->reviews[item] = 0;
        sets->rows[item] = 0;
        for (uint32_t i = 0; i < BLOCK_ROWS; i++) {
            sets->resistances[i][item] = 1.0;
        }
    }
}

static void add_noisy_set(struct noisy_sets *sets, uint32_t review, uint32_t step, const uint8_t *rows)
{
    const uint32_t blocks = sets->blocks;
    const uint32_t first = sets->count++ * blocks;
    uint32_t *steps = sets->steps + first;
    uint32_t *reviews = sets->reviews + first;
    int32_t *block_rows = sets->rows + first;
    for (uint32_t block = 0; block < blocks; block++) {
        steps[block] = step;
    }
    for (uint32_t block = 0; block < blocks; block++) {
        reviews[block] = review;
    }
    for (uint32_t block = 0; block + 1 < blocks; block += 2) {
        block_rows[block] = rows[block / 2];
        block_rows[block + 1] = rows[block / 2] >> BLOCK_ROWS;
    }
    if (blocks % 2 != 0) {
        block_rows[blocks - 1] = rows[blocks / 2];
    }
}

/* The items' sums. Two loops, each of which becomes vector code. */
FOR_WIDE_VECTOR_UNITS
static void sum_noisy_items(const struct crossbar *crossbar, struct noisy_sets *sets, uint32_t items)
{
    const double noise = crossbar->settings.read_noise;
    const double minimum_conductance = 1.0 / crossbar->device->maximum_resistance;
    const double range = 1.0 / crossbar->device->minimum_resistance - minimum_conductance;
    int32_t weights[NOISE_ITEMS];
    memset(sets->sums, 0, items * sizeof *sets->sums);
    for (uint32_t i = 0; i < BLOCK_ROWS; i++) {
        const uint32_t *words = sets->words[i];
        const double *resistances = sets->resistances[i];
        for (uint32_t item = 0; item < items; item++) {
            /* 2 x word / 2^32 - 1: through a signed number, which converts faster. */
            double u = (double) (int32_t) (words[item] ^ 0x80000000u) * 0x1p-31;
            double conductance = 1.0 / (resistances[item] * (1.0 + noise * u));
            double weight = (conductance - minimum_conductance) / range;
            weight = weight < 0.0 ? 0.0 : weight;
            weight = weight > 1.0 ? 1.0 : weight;
            weights[item] = (int32_t) (weight * (1 << WEIGHT_FRACTION) + 0.5);
        }
        for (uint32_t item = 0; item < items; item++) {
            sets->sums[item] += weights[item] & -(sets->rows[item] >> i & 1);
        }
    }
}

/* Work out the sums of the sets added since the last time. */
static void sum_noisy_sets(const struct crossbar *crossbar, struct noisy_sets *sets)
{
    uint32_t items = sets->count * sets->blocks;
    items += (uint32_t) -items % RANDOM_BLOCKS_AT_ONCE;
    uint32_t *const words[BLOCK_ROWS] = {sets->words[0], sets->words[1], sets->words[2], sets->words[3]};
    random_blocks(crossbar->settings.seed, RANDOM_INFERENCE_NOISE, sets->block_numbers, sets->steps,
                  sets->reviews, items, words);
    sum_noisy_items(crossbar, sets, items);
    sets->count = 0;
}

static int64_t noisy_sum(const struct noisy_sets *sets, uint32_t set)
{
    int64_t sum = 0;
    for (uint32_t block = 0; block < sets->blocks; block++) {
        sum += sets->sums[set * sets->blocks + block];
    }
    return sum;
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

static void sense_noisily(const struct crossbar *crossbar, const struct column_run *column)
{
    const struct sense_run *run = column->run;
    const uint32_t total = run->steps * run->slots;
    struct noisy_sets sets;
    open_noisy_sets(crossbar, column->column, total, &sets);
    const uint32_t fit = NOISE_ITEMS / sets.blocks;
    for (uint32_t first = 0; first < total; first += fit) {
        const uint32_t count = total - first < fit ? total - first : fit;
        for (uint32_t set = first; set < first + count; set++) {
            uint32_t step = set / run->slots;
            uint32_t slot = set % run->slots;
            add_noisy_set(&sets, run->reviews[slot], run->first_step + slot * run->slot_steps + step,
                          column->rows + step * column->step_bytes + slot * run->slot_bytes);
        }
        sum_noisy_sets(crossbar, &sets);
        for (uint32_t set = first; set < first + count; set++) {
            column->codes[set / run->slots * column->step_codes + set % run->slots] =
                limit_code(crossbar, convert(crossbar, noisy_sum(&sets, set - first)));
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
