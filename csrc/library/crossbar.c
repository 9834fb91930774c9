// SPDX-License-Identifier: Apache-2.0
#include "library/objects.h"
#include "model/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

memspike_array array_of(const struct hardware *hardware)
{
    return (memspike_array) {
        .name = hardware->name,
        .inputs = hardware->inputs,
        .outputs = hardware->outputs,
        .rows = hardware->lanes,
        .columns = hardware->columns,
        .devices = hardware->devices,
        .pairs = hardware->sides > 1,
        .phases = hardware->phases,
        .clocks_per_us = hardware->clocks_per_us,
    };
}

bool memspike_array_get(uint32_t number, memspike_array *array)
{
    const struct hardware *hardware = hardware_list();
    for (uint32_t i = 0; i < number && hardware->name != NULL; i++) {
        hardware++;
    }
    if (hardware->name == NULL) {
        return false;
    }
    *array = array_of(hardware);
    return true;
}

memspike_status memspike_crossbar_create(const memspike_settings *settings, const memspike_device *device,
                                         memspike_crossbar **crossbar, memspike_error *error)
{
    *crossbar = NULL;
    struct device guarded;
    enum status status = settings_check(&settings->values, error_of(error));
    if (status == STATUS_OK) {
        status = settings_device(&settings->values, device->device, &guarded, error_of(error));
    }
    if (status != STATUS_OK) {
        return (memspike_status) status;
    }
    struct memspike_crossbar *made = allocate(1, sizeof *made);
    made->device = device_copy(&guarded);
    const struct crossbar_settings crossbar_settings = settings_crossbar(&settings->values);
    made->crossbar = crossbar_open(settings->values.hardware, &made->device, &crossbar_settings);
    *crossbar = made;
    return MEMSPIKE_OK;
}

void memspike_crossbar_free(memspike_crossbar *crossbar)
{
    if (crossbar != NULL) {
        crossbar_close(crossbar->crossbar);
        free(crossbar->device.name);
        free(crossbar);
    }
}

memspike_array memspike_crossbar_array(const memspike_crossbar *crossbar)
{
    return array_of(crossbar_hardware(crossbar->crossbar));
}

void memspike_crossbar_get_resistances(const memspike_crossbar *crossbar, double *resistances)
{
    memcpy(resistances, crossbar_resistances(crossbar->crossbar),
           crossbar_hardware(crossbar->crossbar)->devices * sizeof *resistances);
}

memspike_status memspike_crossbar_set_resistances(memspike_crossbar *crossbar, const double *resistances,
                                                  memspike_error *error)
{
    for (uint32_t d = 0; d < crossbar_hardware(crossbar->crossbar)->devices; d++) {
        if (!(resistances[d] > 0 && resistances[d] < RESISTANCE_LIMIT)) {
            return (memspike_status) error_set(error_of(error), STATUS_INVALID,
                                               "device %u: %g ohm; expected more than 0 and less than %d", d,
                                               resistances[d], RESISTANCE_LIMIT);
        }
    }
    crossbar_set_resistances(crossbar->crossbar, resistances);
    return MEMSPIKE_OK;
}

void memspike_crossbar_get_stuck(const memspike_crossbar *crossbar, bool *stuck)
{
    for (uint32_t d = 0; d < crossbar_hardware(crossbar->crossbar)->devices; d++) {
        stuck[d] = crossbar_stuck(crossbar->crossbar, d);
    }
}

void memspike_crossbar_get_weights(const memspike_crossbar *crossbar, double *weights)
{
    const struct machine machine = {.crossbar = crossbar->crossbar};
    const struct hardware *hardware = crossbar_hardware(crossbar->crossbar);
    for (uint32_t i = 0; i < hardware->outputs * hardware->inputs; i++) {
        weights[i] = machine_weight(&machine, i % hardware->inputs, i / hardware->inputs);
    }
}

memspike_status memspike_crossbar_targets(const memspike_crossbar *crossbar, const double *weights,
                                          double *targets, memspike_error *error)
{
    const struct hardware *hardware = crossbar_hardware(crossbar->crossbar);
    const struct device *device = &crossbar->device;
    const double least = hardware->sides > 1 ? -1 : 0;
    for (uint32_t i = 0; i < hardware->outputs * hardware->inputs; i++) {
        const uint32_t input = i % hardware->inputs;
        const uint32_t output = i / hardware->inputs;
        if (!(weights[i] >= least && weights[i] <= 1)) {
            return (memspike_status) error_set(error_of(error), STATUS_INVALID,
                                               "weight of output %u, input %u: %g; expected %g to 1", output,
                                               input, weights[i], least);
        }
        double *target = targets + hardware_device(hardware, input, output);
        if (hardware->sides > 1) {
            double pair[2];
            pair_of_weight(weights[i], pair);
            target[0] = device_resistance(device, pair[0]);
            target[hardware->lanes] = device_resistance(device, pair[1]);
        } else {
            *target = device_resistance(device, weights[i]);
        }
    }
    return MEMSPIKE_OK;
}

void memspike_crossbar_read(memspike_crossbar *crossbar, double *resistances)
{
    for (uint32_t d = 0; d < crossbar_hardware(crossbar->crossbar)->devices; d++) {
        resistances[d] = ldexp(crossbar_read(crossbar->crossbar, d), -RESISTANCE_FRACTION);
    }
}

void memspike_crossbar_sense(memspike_crossbar *crossbar, uint32_t sample, const uint8_t *spikes,
                             uint32_t count, double *currents)
{
    const struct hardware *hardware = crossbar_hardware(crossbar->crossbar);
    const uint32_t words = (hardware->lanes + 31) / 32;
    uint32_t *rows = allocate(words, sizeof *rows);
    int32_t *codes = allocate(hardware->codes, sizeof *codes);
    crossbar_prepare(crossbar->crossbar);
    for (uint32_t step = 0; step < count; step++) {
        double *current = currents + (size_t) step * hardware->outputs;
        memset(current, 0, hardware->outputs * sizeof *current);
        for (uint32_t phase = 0; phase < hardware->phases; phase++) {
            const uint8_t *spike =
                spikes + (size_t) step * hardware->inputs + (size_t) phase * hardware->lanes;
            memset(rows, 0, words * sizeof *rows);
            for (uint32_t row = 0; row < hardware->lanes; row++) {
                rows[row / 32] |= (uint32_t) (spike[row] != 0) << row % 32;
            }
            crossbar_sense(crossbar->crossbar, sample, step, phase, rows, codes);
            for (uint32_t i = 0; i < hardware->codes; i++) {
                current[i / hardware->tiles] += ldexp(codes[i], -CODE_FRACTION);
            }
        }
    }
    free(rows);
    free(codes);
}

void memspike_crossbar_sense_phase(memspike_crossbar *crossbar, uint32_t sample, uint32_t step,
                                   uint32_t phase, const uint32_t *rows, int32_t *codes)
{
    crossbar_prepare(crossbar->crossbar);
    crossbar_sense(crossbar->crossbar, sample, step, phase, rows, codes);
}

uint32_t memspike_crossbar_read_device(memspike_crossbar *crossbar, uint32_t device)
{
    return crossbar_read(crossbar->crossbar, device);
}

void memspike_crossbar_pulse_clock(memspike_crossbar *crossbar, uint32_t device, uint32_t entry)
{
    crossbar_pulse(crossbar->crossbar, device, entry);
}

double memspike_crossbar_energy(const memspike_crossbar *crossbar)
{
    return crossbar_energy(crossbar->crossbar);
}
