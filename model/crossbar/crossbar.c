// SPDX-License-Identifier: Apache-2.0
#include "model/crossbar/crossbar.h"

#include "model/base/memory.h"
#include "model/base/random.h"
#include "model/crossbar/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Far outside the device's range, and inside what the hardware can read, in ohm. */
static const double open_resistance = 65000;
static const double closed_resistance = 100;

/* What a device is stuck at; 0 if it is not. */
static double draw_stuck(const struct device *device, const struct crossbar_settings *settings,
                         uint32_t number)
{
    const struct random_block block = random_block(settings->seed, RANDOM_STUCK_DEVICE, number, 0, 0);
    const double drawn = random_unit(block.word[0]);
    if (drawn < settings->stuck_open) {
        return open_resistance;
    }
    if (drawn < settings->stuck_open + settings->stuck_closed) {
        return closed_resistance;
    }
    if (drawn < settings->stuck_open + settings->stuck_closed + settings->stuck_anywhere) {
        const double range = device->maximum_resistance - device->minimum_resistance;
        return device->minimum_resistance + range * random_unit(block.word[1]);
    }
    return 0;
}

/* A device's own constants. */
static struct switching draw_switching(const struct device *device, uint64_t seed, uint32_t number)
{
    struct switching switching = device->switching;
    for (uint32_t i = 0; i < switching_constant_count(switching.model); i++) {
        const struct random_block block = random_block(seed, RANDOM_DEVICE_VARIATION, number, i, 0);
        const double factor =
            1.0 + device->nonidealities.device_variation[i] * random_normal(block.word[0], block.word[1]);
        switching.constants[i] *= fmin(fmax(factor, 0.01), 1.99);
        const double below = switching_constants(switching.model)[i].below;
        if (below > 0) {
            switching.constants[i] = fmin(switching.constants[i], 0.999 * below);
        }
    }
    return switching;
}

static double draw_drift(const struct nonidealities *nonidealities, uint64_t seed, uint32_t number)
{
    const struct random_block block = random_block(seed, RANDOM_DRIFT, number, 0, 0);
    const double exponent = nonidealities->drift_exponent +
                            nonidealities->drift_spread * random_normal(block.word[0], block.word[1]);
    return pow(nonidealities->drift_time / nonidealities->drift_start, -fmax(exponent, 0));
}

static void draw_converters(struct crossbar *crossbar)
{
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    crossbar->converters = allocate(crossbar->hardware->codes, sizeof *crossbar->converters);
    for (uint32_t code = 0; code < crossbar->hardware->codes; code++) {
        const struct random_block block = random_block(crossbar->settings.seed, RANDOM_CONVERTER, code, 0, 0);
        crossbar->converters[code] = (struct converter) {
            .gain = fmax(1 + nonidealities->adc_gain * random_normal(block.word[0], block.word[1]), 0),
            .offset = nonidealities->adc_offset * random_normal(block.word[2], block.word[3]),
        };
    }
}

static void draw_nonidealities(struct crossbar *crossbar)
{
    const struct nonidealities *nonidealities = &crossbar->device->nonidealities;
    const uint32_t devices = crossbar->hardware->devices;
    const bool drifts = nonidealities->drift_time > nonidealities->drift_start;
    /* Voltages do. */
    bool differ = nonidealities->row_ohm > 0 || nonidealities->half_select > 0 ||
                  nonidealities->disturb_s > 0 || nonidealities->dac_full_scale > 0;
    for (int i = 0; i < SWITCHING_CONSTANTS; i++) {
        differ = differ || nonidealities->device_variation[i] > 0;
    }
    crossbar->nonidealities = nonidealities;
    if (differ) {
        crossbar->switching = allocate(devices, sizeof *crossbar->switching);
        crossbar->own_pulses = allocate((size_t) devices * PULSE_ENTRIES, sizeof *crossbar->own_pulses);
    }
    if (nonidealities->half_select > 0) {
        crossbar->half_pulses = allocate((size_t) devices * PULSE_ENTRIES, sizeof *crossbar->half_pulses);
    }
    if (nonidealities->adc_offset > 0 || nonidealities->adc_gain > 0) {
        draw_converters(crossbar);
    }
    crossbar->drift = drifts ? allocate(devices, sizeof *crossbar->drift) : NULL;
    /* Which of them sensing sees is crossbar_find_sensed()'s to know. */
    crossbar->sensed = nonidealities_any(crossbar->device->switching.model, nonidealities)
                           ? allocate(devices, sizeof *crossbar->sensed)
                           : NULL;
    for (uint32_t d = 0; d < devices; d++) {
        if (differ) {
            crossbar->switching[d] = draw_switching(crossbar->device, crossbar->settings.seed, d);
        }
        if (drifts) {
            crossbar->drift[d] = draw_drift(nonidealities, crossbar->settings.seed, d);
        }
    }
}

static void make_sensors(struct crossbar *crossbar)
{
    const struct hardware *hardware = crossbar->hardware;
    crossbar->masks = allocate((size_t) hardware->tiles * crossbar->bytes, sizeof *crossbar->masks);
    for (uint32_t row = 0; row < hardware->lanes; row++) {
        const uint32_t tile = row / hardware->tile_rows;
        crossbar->masks[tile * crossbar->bytes + row / 8] |= (uint8_t) (1u << row % 8);
    }
    crossbar->sensors = allocate((size_t) hardware->phases * hardware->codes, sizeof *crossbar->sensors);
    for (uint32_t number = 0; number < hardware->phases * hardware->codes; number++) {
        const uint32_t tile = number % hardware->tiles;
        const uint32_t first = tile * hardware->tile_rows / 8;
        crossbar->sensors[number] = (struct sensor) {
            .number = number,
            .column = number / hardware->tiles * hardware->sides,
            .tile = tile,
            .first_byte = first,
            .bytes = ((tile + 1) * hardware->tile_rows + 7) / 8 - first,
            .masks = crossbar->masks + (size_t) tile * crossbar->bytes + first,
            .sums = crossbar->sums != NULL ? crossbar->sums + (size_t) number * crossbar->bytes * BYTE_VALUES
                                           : NULL,
        };
    }
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
    crossbar->stuck = allocate(hardware->devices, sizeof *crossbar->stuck);
    crossbar->bytes = (hardware->lanes + 7) / 8;
    crossbar_choose_pick(crossbar);
    const size_t column_bytes = (size_t) hardware->columns * crossbar->bytes;
    if (settings->read_noise > 0 || device->nonidealities.noise_scale > 0) {
        crossbar->conductances = allocate(column_bytes, 8 * sizeof *crossbar->conductances);
        if (device->nonidealities.noise_scale > 0) {
            crossbar->noise_shares = allocate(column_bytes, 8 * sizeof *crossbar->noise_shares);
        }
    } else {
        crossbar->sums = allocate((size_t) hardware->phases * hardware->codes * crossbar->bytes,
                                  BYTE_VALUES * sizeof *crossbar->sums);
    }
    make_sensors(crossbar);
    draw_nonidealities(crossbar);
    crossbar->largest_code = (INT64_C(1) << (hardware->tile_code_bits - 1)) - 1;
    if (crossbar->conductances == NULL && converts_ideally(crossbar) && hardware->tiles == 1) {
        crossbar->sum_bytes = crossbar->bytes;
    }
    for (uint32_t d = 0; d < hardware->devices; d++) {
        struct random_block block = random_block(settings->seed, RANDOM_START_RESISTANCE, d, 0, 0);
        double offset = 2.0 * random_unit(block.word[0]) - 1.0;
        crossbar->stuck[d] = draw_stuck(device, settings, d);
        crossbar->state.resistances[d] = crossbar->stuck[d] > 0
                                             ? crossbar->stuck[d]
                                             : device->start_resistance + device->start_spread * offset;
    }
    return crossbar;
}

void crossbar_close(struct crossbar *crossbar)
{
    if (crossbar != NULL) {
        crossbar_state_clear(&crossbar->state);
        free(crossbar->stuck);
        free(crossbar->switching);
        free(crossbar->own_pulses);
        free(crossbar->drift);
        free(crossbar->sensed);
        free(crossbar->masks);
        free(crossbar->sensors);
        free(crossbar->sums);
        free(crossbar->conductances);
        free(crossbar->noise_shares);
        free(crossbar->half_pulses);
        free(crossbar->converters);
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

bool crossbar_stuck(const struct crossbar *crossbar, uint32_t device)
{
    return is_stuck(crossbar, device);
}

void crossbar_set_resistances(struct crossbar *crossbar, const double *resistances)
{
    for (uint32_t d = 0; d < crossbar->hardware->devices; d++) {
        crossbar->state.resistances[d] = is_stuck(crossbar, d) ? crossbar->stuck[d] : resistances[d];
    }
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
    *state = (struct crossbar_state) {0};
}

void crossbar_prepare(struct crossbar *crossbar)
{
    if (crossbar->prepared) {
        return;
    }
    if (crossbar->sensed != NULL) {
        crossbar_find_sensed(crossbar);
    }
    const double minimum_conductance = 1.0 / crossbar->device->maximum_resistance;
    const double range = 1.0 / crossbar->device->minimum_resistance - minimum_conductance;
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    const double drift = nonidealities->drift_reference != 0 ? nonidealities_median_drift(nonidealities) : 1;
    const bool pairs = crossbar->hardware->sides > 1;
    crossbar->reference = pairs ? 0 : drift * minimum_conductance / range;
    crossbar->reference_shift = minimum_conductance / range - crossbar->reference;
    crossbar->most = pairs ? 2 : 1;
    if (crossbar->sums != NULL) {
        crossbar_find_sums(crossbar);
    } else {
        crossbar_find_conductances(crossbar, range);
    }
    crossbar->prepared = true;
}
