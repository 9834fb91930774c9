#include "model/crossbar.h"

#include "base/random.h"
#include "base/vector.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEIGHT_FRACTION = 30, /* fraction bits of a weight inside the sum */
    BYTE_VALUES = 256,
    MAX_LANES = 1024,
};

struct crossbar {
    const struct hardware *hardware;
    const struct device *device;
    struct crossbar_settings settings;
    struct pulse_table pulses;
    double *resistances;
    uint32_t *read_counts; /* verify reads of each device so far: what makes each of them draw anew */
    double energy;
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
    crossbar->resistances = allocate(hardware->devices, sizeof *crossbar->resistances);
    crossbar->read_counts = allocate(hardware->devices, sizeof *crossbar->read_counts);
    crossbar->bytes = (hardware->lanes + 7) / 8;
    crossbar->sums =
        allocate((size_t) hardware->columns * crossbar->bytes * BYTE_VALUES, sizeof *crossbar->sums);
    for (uint32_t d = 0; d < hardware->devices; d++) {
        struct random_block block = random_block(settings->seed, RANDOM_START_RESISTANCE, d, 0, 0);
        double offset = 2.0 * random_unit(block.word[0]) - 1.0;
        crossbar->resistances[d] = device->start_resistance + device->start_spread * offset;
    }
    return crossbar;
}

void crossbar_close(struct crossbar *crossbar)
{
    if (crossbar != NULL) {
        free(crossbar->resistances);
        free(crossbar->read_counts);
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
    return crossbar->resistances;
}

void crossbar_set_resistances(struct crossbar *crossbar, const double *resistances)
{
    memcpy(crossbar->resistances, resistances, crossbar->hardware->devices * sizeof *resistances);
    crossbar->prepared = false;
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
                    double resistance = crossbar->resistances[column * hardware->lanes + row];
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

/* Weights of a column with this step's read noise. Kept simple so that the compiler vectorises it. */
static void noisy_weights(const struct crossbar *crossbar, uint32_t review, uint32_t step, uint32_t column,
                          int32_t *weights)
{
    const uint32_t lanes = crossbar->hardware->lanes;
    const double *resistances = crossbar->resistances + (size_t) column * lanes;
    const double noise = crossbar->settings.read_noise;
    const double minimum_conductance = 1.0 / crossbar->device->maximum_resistance;
    const double range = 1.0 / crossbar->device->minimum_resistance - minimum_conductance;
    uint32_t words[MAX_LANES + 4];
    /* A number belongs to its device: blocks of four devices are counted within the column. */
    for (uint32_t row = 0; row < lanes; row += 4) {
        struct random_block block = random_block(crossbar->settings.seed, RANDOM_INFERENCE_NOISE,
                                                 column << 16 | row / 4, step, review);
        memcpy(words + row, block.word, sizeof block.word);
    }
    for (uint32_t row = 0; row < lanes; row++) {
        /* 2 x word / 2^32 - 1: through a signed number, which converts faster. */
        double u = (double) (int32_t) (words[row] ^ 0x80000000u) * 0x1p-31;
        double conductance = 1.0 / (resistances[row] * (1.0 + noise * u));
        double weight = (conductance - minimum_conductance) / range;
        weight = weight < 0.0 ? 0.0 : weight;
        weight = weight > 1.0 ? 1.0 : weight;
        weights[row] = (int32_t) (weight * (1 << WEIGHT_FRACTION) + 0.5);
    }
}

static int64_t sum_noisy_column(const struct crossbar *crossbar, uint32_t review, uint32_t step,
                                uint32_t column, const uint8_t *rows)
{
    int32_t weights[MAX_LANES];
    noisy_weights(crossbar, review, step, column, weights);
    int64_t sum = 0;
    for (uint32_t row = 0; row < crossbar->hardware->lanes; row++) {
        sum += (rows[row / 8] >> (row % 8) & 1) != 0 ? weights[row] : 0;
    }
    return sum;
}

static const int64_t *column_sums(const struct crossbar *crossbar, uint32_t column)
{
    return crossbar->sums + (size_t) column * crossbar->bytes * BYTE_VALUES;
}

void crossbar_sense(const struct crossbar *crossbar, uint32_t review, uint32_t step, uint32_t phase,
                    const uint32_t *rows, int32_t *codes)
{
    const struct hardware *hardware = crossbar->hardware;
    const uint8_t *row_bytes = (const uint8_t *) rows;
    for (uint32_t output = 0; output < hardware->outputs; output++) {
        uint32_t column = phase * hardware->outputs + output;
        int64_t sum = crossbar->settings.read_noise > 0
                          ? sum_noisy_column(crossbar, review, step, column, row_bytes)
                          : sum_column(column_sums(crossbar, column), row_bytes, crossbar->bytes);
        codes[output] = limit_code(crossbar, convert(crossbar, sum));
    }
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

static void sense_any(const struct crossbar *crossbar, const struct column_run *column)
{
    const struct sense_run *run = column->run;
    const uint8_t *rows = column->rows;
    int32_t *codes = column->codes;
    for (uint32_t step = 0; step < run->steps; step++) {
        for (uint32_t slot = 0; slot < run->slots; slot++) {
            const uint8_t *slot_rows = rows + slot * run->slot_bytes;
            int64_t sum = crossbar->settings.read_noise > 0
                              ? sum_noisy_column(crossbar, run->reviews[slot], run->first_step + step,
                                                 column->column, slot_rows)
                              : sum_column(column_sums(crossbar, column->column), slot_rows, crossbar->bytes);
            codes[slot] = limit_code(crossbar, convert(crossbar, sum));
        }
        rows += column->step_bytes;
        codes += column->step_codes;
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

void crossbar_sense_run(const struct crossbar *crossbar, const struct sense_run *run)
{
    const struct hardware *hardware = crossbar->hardware;
    for (uint32_t column = 0; column < hardware->columns; column++) {
        uint32_t phase = column / hardware->outputs;
        uint32_t output = column % hardware->outputs;
        size_t clock_codes = (size_t) run->code_slots * hardware->outputs;
        struct column_run column_run = {
            .run = run,
            .column = column,
            .rows = run->rows + phase * run->clock_bytes,
            .codes = run->codes + phase * clock_codes + (size_t) output * run->code_slots,
            .step_bytes = run->clock_bytes * hardware->phases,
            .step_codes = clock_codes * hardware->phases,
        };
        if (crossbar->settings.read_noise > 0 || crossbar->settings.adc_bits > 0) {
            sense_any(crossbar, &column_run);
        } else if (crossbar->bytes == 13) {
            sense_ideally(crossbar, &column_run, 13);
        } else if (crossbar->bytes == 2) {
            sense_ideally(crossbar, &column_run, 2);
        } else {
            sense_ideally(crossbar, &column_run, crossbar->bytes);
        }
    }
}

uint32_t crossbar_read(struct crossbar *crossbar, uint32_t device)
{
    double resistance = crossbar->resistances[device];
    double noise = crossbar->settings.read_noise;
    if (noise > 0) {
        struct random_block block = random_block(crossbar->settings.seed, RANDOM_VERIFY_NOISE,
                                                 crossbar->read_counts[device], device, 0);
        resistance *= 1.0 + noise * (2.0 * random_unit(block.word[0]) - 1.0);
    }
    crossbar->read_counts[device]++;
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
    double resistance = crossbar->resistances[device];
    double energy = crossbar->energy;
    for (uint32_t clock = 0; clock < clocks; clock++) {
        energy += pulse->voltage * pulse->voltage / resistance * seconds;
        resistance = memristor_step(resistance, pulse, seconds);
    }
    crossbar->resistances[device] = resistance;
    crossbar->energy = energy;
    crossbar->prepared = false;
}

void crossbar_pulse(struct crossbar *crossbar, uint32_t device, uint32_t entry)
{
    crossbar_pulse_clocks(crossbar, device, entry, 1);
}

double crossbar_energy(const struct crossbar *crossbar)
{
    return crossbar->energy;
}
