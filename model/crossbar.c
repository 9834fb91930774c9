#include "model/crossbar.h"

#include "base/random.h"

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
    crossbar->sums = allocate((size_t) hardware->columns * crossbar->bytes * BYTE_VALUES, sizeof *crossbar->sums);
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

/* The column ADC, then the limits of the code's width. */
static int32_t convert(const struct crossbar *crossbar, int64_t sum)
{
    const struct crossbar_settings *settings = &crossbar->settings;
    const struct hardware *hardware = crossbar->hardware;
    int64_t code;
    if (settings->adc_bits == 0) {
        int shift = WEIGHT_FRACTION - CODE_FRACTION;
        code = (sum + (1 << (shift - 1))) >> shift;
    } else {
        double full_scale = settings->adc_full_scale > 0 ? settings->adc_full_scale : hardware->lanes;
        double levels = (double) ((UINT64_C(1) << settings->adc_bits) - 1);
        double level = floor(ldexp((double) sum, -WEIGHT_FRACTION) / full_scale * levels + 0.5);
        level = level < levels ? level : levels;
        code = (int64_t) floor(ldexp(level / levels * full_scale, CODE_FRACTION) + 0.5);
    }
    int64_t largest = (INT64_C(1) << (hardware->code_bits - 1)) - 1;
    return (int32_t) (code < largest ? code : largest);
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
        struct random_block block =
            random_block(crossbar->settings.seed, RANDOM_INFERENCE_NOISE, column << 16 | row / 4, step, review);
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

void crossbar_sense(const struct crossbar *crossbar, uint32_t review, uint32_t step, uint32_t phase,
                    const uint32_t *rows, int32_t *codes)
{
    const struct hardware *hardware = crossbar->hardware;
    for (uint32_t output = 0; output < hardware->outputs; output++) {
        uint32_t column = phase * hardware->outputs + output;
        int64_t sum = 0;
        if (crossbar->settings.read_noise > 0) {
            int32_t weights[MAX_LANES];
            noisy_weights(crossbar, review, step, column, weights);
            for (uint32_t row = 0; row < hardware->lanes; row++) {
                sum += (rows[row / 32] >> (row % 32) & 1) != 0 ? weights[row] : 0;
            }
        } else {
            const int64_t *sums = crossbar->sums + (size_t) column * crossbar->bytes * BYTE_VALUES;
            for (uint32_t byte = 0; byte < crossbar->bytes; byte++) {
                sum += sums[byte * BYTE_VALUES + (rows[byte / 4] >> (byte % 4 * 8) & 0xff)];
            }
        }
        codes[output] = convert(crossbar, sum);
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

void crossbar_pulse(struct crossbar *crossbar, uint32_t device, uint32_t entry)
{
    const struct pulse *pulse = &crossbar->pulses.pulses[entry];
    double seconds = 1e-6 / crossbar->hardware->clocks_per_us;
    double resistance = crossbar->resistances[device];
    crossbar->energy += pulse->voltage * pulse->voltage / resistance * seconds;
    crossbar->resistances[device] = memristor_step(resistance, pulse, seconds);
    crossbar->prepared = false;
}

double crossbar_energy(const struct crossbar *crossbar)
{
    return crossbar->energy;
}
