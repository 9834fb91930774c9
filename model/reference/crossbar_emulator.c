// SPDX-License-Identifier: Apache-2.0
#include "model/reference/crossbar_emulator.h"

#include "model/base/memory.h"
#include "model/base/random.h"
#include "model/base/rounding.h"

#include <math.h>
#include <stdlib.h>

enum {
    QUOTIENT_BITS = 24,
    CODE_LIMIT = 1 << CODE_FRACTION,
    STEP_FRACTION = 24, /* of p = k u t */
    MAX_NOISE = 7,
    LFSR_BITS = 31,
    LFSR_POSITIONS = 16, /* that it advances for a read */
};

static enum status check_shape(const struct hardware *hardware, struct error *error)
{
    if (hardware->codes != 1 || hardware->sides != 1 || hardware->lanes > EMULATOR_LANES ||
        hardware->lanes < 2 || hardware->phases < 2) {
        return error_set(error, STATUS_INVALID,
                         "array %s: the crossbar emulator has one output and 2 to %d rows; expected 10x10",
                         hardware->name, EMULATOR_LANES);
    }
    return STATUS_OK;
}

enum status emulator_values_make(const struct crossbar *crossbar, const struct pulse_table *pulses,
                                 struct emulator_values *values, struct error *error)
{
    const struct device *device = crossbar_device(crossbar);
    const struct crossbar_settings *settings = crossbar_settings(crossbar);
    enum status status = check_shape(crossbar_hardware(crossbar), error);
    if (status != STATUS_OK) {
        return status;
    }
    if (settings->adc_bits != 0) {
        return error_set(error, STATUS_INVALID,
                         "adc bits: %u: the crossbar emulator has an ideal ADC; expected 0",
                         settings->adc_bits);
    }
    if (settings->stuck_open > 0 || settings->stuck_closed > 0 || settings->stuck_anywhere > 0) {
        return error_set(error, STATUS_INVALID, "stuck devices: the crossbar emulator has none; expected 0");
    }
    if (device->switching.model != SWITCHING_DATA_DRIVEN) {
        return error_set(error, STATUS_INVALID,
                         "device %s: the crossbar emulator knows the model \"%s\" only; this one is \"%s\"",
                         device->name, switching_name(SWITCHING_DATA_DRIVEN),
                         switching_name(device->switching.model));
    }
    if (nonidealities_any(device->switching.model, &device->nonidealities)) {
        return error_set(error, STATUS_INVALID,
                         "device %s: the crossbar emulator has no non-idealities; expected none",
                         device->name);
    }
    *values = (struct emulator_values) {0};
    if (settings->read_noise > 0) {
        double power = round_half_up(-log2(settings->read_noise / sqrt(3)));
        if (power > MAX_NOISE) {
            return error_set(error, STATUS_INVALID,
                             "read noise: %g: the crossbar emulator has none between 0 and %.2g",
                             settings->read_noise, sqrt(3) * ldexp(1, -MAX_NOISE));
        }
        values->noise = power > 1 ? (uint32_t) power : 1;
    }
    const double minimum = device->minimum_resistance;
    const double range = device->maximum_resistance - minimum;
    const double scale =
        round_half_up(ldexp(minimum * device->maximum_resistance / range, EMULATOR_RESISTANCE_FRACTION));
    const double offset = round_half_up(ldexp(minimum / range, EMULATOR_RESISTANCE_FRACTION));
    if (!(scale <= UINT32_MAX) || !(offset < 1 << QUOTIENT_BITS)) {
        return error_set(error, STATUS_INVALID,
                         "device %s: its range of %g to %g ohm is too narrow for the crossbar emulator",
                         device->name, minimum, device->maximum_resistance);
    }
    values->scale = (uint32_t) scale;
    values->offset = (uint32_t) offset;
    for (uint32_t i = 0; i < pulses->count; i++) {
        const struct pulse *pulse = &pulses->pulses[i];
        double rate = round_half_up(ldexp(pulse->rate * 1e-6, EMULATOR_RATE_FRACTION));
        if (!(rate >= 1 && rate <= UINT32_MAX)) {
            return error_set(error, STATUS_INVALID,
                             "device %s: at %g V it moves with k = %g / (ohm s); the crossbar emulator takes "
                             "%.2g to %.2g",
                             device->name, pulse->voltage, pulse->rate, ldexp(1e6, -EMULATOR_RATE_FRACTION),
                             ldexp(1e6, 32 - EMULATOR_RATE_FRACTION));
        }
        values->rates[i] = (uint32_t) rate;
        values->asymptotes[i] = pulse->asymptote_fixed;
    }
    return STATUS_OK;
}

struct hardware board_hardware(const struct hardware *hardware)
{
    struct hardware board = *hardware;
    board.clocks_per_us = BOARD_CLOCKS_PER_US;
    board.sequential = true;
    return board;
}

static uint32_t seed_of(struct random_block block)
{
    uint32_t seed = block.word[0] >> (32 - LFSR_BITS);
    return seed != 0 ? seed : 1;
}

uint32_t emulator_sample_seed(uint64_t seed, uint32_t sample)
{
    return seed_of(random_block(seed, RANDOM_EMULATOR, sample, 0, 0));
}

uint32_t emulator_writing_seed(uint64_t seed, uint64_t writing)
{
    return seed_of(random_block(seed, RANDOM_EMULATOR, (uint32_t) writing, (uint32_t) (writing >> 32), 1));
}

uint32_t emulator_resistance(double resistance)
{
    double scaled = round_half_up(ldexp(resistance, EMULATOR_RESISTANCE_FRACTION));
    return !(scaled > 0) ? 0 : scaled < UINT32_MAX ? (uint32_t) scaled : UINT32_MAX;
}

double emulator_ohm(uint32_t resistance)
{
    return ldexp(resistance, -EMULATOR_RESISTANCE_FRACTION);
}

void crossbar_emulator_init(struct crossbar_emulator *emulator, const struct hardware *hardware,
                            const struct emulator_values *values)
{
    *emulator = (struct crossbar_emulator) {
        .hardware = hardware,
        .values = *values,
        .lfsr = 1,
        .resistances = allocate(hardware->devices, sizeof *emulator->resistances),
        .conductances = allocate(hardware->devices, sizeof *emulator->conductances),
    };
}

void crossbar_emulator_clear(struct crossbar_emulator *emulator)
{
    free(emulator->resistances);
    free(emulator->conductances);
    *emulator = (struct crossbar_emulator) {0};
}

/* 4096 (G - Gmin) / (Gmax - Gmin), rounded, from 0 to 4095. */
static uint16_t conductance(const struct emulator_values *values, uint32_t resistance)
{
    const uint64_t most = CODE_LIMIT - 1;
    uint64_t quotient = resistance != 0
                            ? ((uint64_t) values->scale << EMULATOR_RESISTANCE_FRACTION) / resistance
                            : UINT64_MAX;
    if (quotient >= 1 << QUOTIENT_BITS) {
        return most;
    }
    if (quotient < values->offset) {
        return 0;
    }
    uint64_t code = (quotient - values->offset + 8) >> 4;
    return (uint16_t) (code < most ? code : most);
}

void crossbar_emulator_set(struct crossbar_emulator *emulator, uint32_t device, uint32_t resistance)
{
    emulator->resistances[device] = resistance;
    emulator->conductances[device] = conductance(&emulator->values, resistance);
}

void crossbar_emulator_pulse(struct crossbar_emulator *emulator, uint32_t device, uint32_t entry,
                             bool negative, uint32_t width_us)
{
    const uint64_t largest_step = (1u << STEP_FRACTION) - 1;
    const uint64_t rate = emulator->values.rates[entry];
    const int64_t asymptote = (int64_t) emulator->values.asymptotes[entry]
                              << (EMULATOR_RESISTANCE_FRACTION - RESISTANCE_FRACTION);
    uint32_t resistance = emulator->resistances[device];
    for (uint32_t i = 0; i < width_us; i++) {
        /* Upwards it is the one's complement of R - r, so one less than r - R. */
        int64_t distance = negative ? resistance - asymptote : asymptote - resistance - 1;
        if (distance < 0) {
            break;
        }
        uint64_t u = (uint64_t) distance >> EMULATOR_RESISTANCE_FRACTION;
        uint64_t p = rate * u >> (EMULATOR_RATE_FRACTION - STEP_FRACTION);
        p = p < largest_step ? p : largest_step;
        uint32_t change = (uint32_t) (p * u >> (STEP_FRACTION - EMULATOR_RESISTANCE_FRACTION));
        resistance = negative ? resistance - change : resistance + change;
    }
    crossbar_emulator_set(emulator, device, resistance);
}

/* The noise's bits for a read. Sixteen positions at once: new bit k is old bit 30 - k xor old bit 27 - k. */
static uint32_t next_noise(struct crossbar_emulator *emulator)
{
    const uint32_t state = emulator->lfsr;
    const uint32_t low = (state >> 15 ^ state >> 12) & 0xffff;
    emulator->lfsr = (state << LFSR_POSITIONS | low) & ((UINT32_C(1) << LFSR_BITS) - 1);
    return state;
}

uint32_t crossbar_emulator_read(struct crossbar_emulator *emulator, uint32_t device)
{
    const uint32_t largest = (1u << RESISTANCE_BITS) - 1;
    const uint32_t exact =
        emulator->resistances[device] >> (EMULATOR_RESISTANCE_FRACTION - RESISTANCE_FRACTION);
    const bool up = (next_noise(emulator) & 1) != 0;
    if (emulator->values.noise == 0) {
        return exact;
    }
    const uint32_t part = exact >> RESISTANCE_FRACTION >> emulator->values.noise;
    const uint32_t reading =
        up ? exact + (part << RESISTANCE_FRACTION) : exact - ((part + 1) << RESISTANCE_FRACTION);
    return reading < largest ? reading : largest;
}

int32_t crossbar_emulator_sense(struct crossbar_emulator *emulator, uint32_t phase, uint32_t rows)
{
    const int32_t largest = (1 << (emulator->hardware->code_bits - 1)) - 1;
    const uint16_t *codes = emulator->conductances + (size_t) phase * emulator->hardware->lanes;
    const uint32_t signs = next_noise(emulator);
    int32_t sum = 0;
    int32_t noise = 0;
    for (uint32_t row = 0; row < emulator->hardware->lanes; row++) {
        if (rows >> row & 1) {
            sum += codes[row];
            noise += (signs >> row & 1) != 0 ? codes[row] : -codes[row];
        }
    }
    sum += emulator->values.noise != 0 ? noise >> emulator->values.noise : 0;
    return sum < largest ? sum : largest;
}
