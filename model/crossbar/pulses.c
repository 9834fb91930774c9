// SPDX-License-Identifier: Apache-2.0
#include "model/crossbar/state.h"

#include "model/base/memory.h"
#include "model/base/random.h"
#include "model/crossbar/line_resistance.h"

#include <math.h>
#include <stdlib.h>

/* Contradictory constants make a pulse without effect, or one that ends at 1 ohm. */
static struct pulse own_pulse(const struct crossbar *crossbar, uint32_t device, double voltage)
{
    struct pulse pulse = pulse_of_voltage(&crossbar->switching[device], voltage);
    pulse.rate = fmax(pulse.rate, 0);
    pulse.asymptote = fmax(pulse.asymptote, 1);
    return pulse;
}

void crossbar_set_pulses(struct crossbar *crossbar, const struct pulse_table *pulses)
{
    crossbar->pulses = *pulses;
    for (uint32_t d = 0; d < crossbar->hardware->devices && crossbar->own_pulses != NULL; d++) {
        for (uint32_t i = 0; i < pulses->count; i++) {
            const double voltage = nonidealities_dac(crossbar->nonidealities, pulses->pulses[i].voltage);
            crossbar->own_pulses[(size_t) d * PULSE_ENTRIES + i] = own_pulse(crossbar, d, voltage);
            if (crossbar->half_pulses != NULL) {
                crossbar->half_pulses[(size_t) d * PULSE_ENTRIES + i] =
                    own_pulse(crossbar, d, crossbar->nonidealities->half_select * voltage);
            }
        }
    }
}

/* The factor on this pulse's rate, drawn anew for every number of earlier verify reads. */
static double pulse_speed(const struct crossbar *crossbar, uint32_t device)
{
    const struct random_block block = random_block(crossbar->settings.seed, RANDOM_WRITE_VARIATION,
                                                   crossbar->state.read_counts[device], device, 0);
    const double factor =
        1.0 + crossbar->nonidealities->write_variation * random_normal(block.word[0], block.word[1]);
    return fmax(factor, 0);
}

/* Apply a clock of a pulse to a half-selected device. Returns its energy. */
static double pulse_beside(struct crossbar *crossbar, uint32_t device, uint32_t entry, double seconds)
{
    const struct pulse *pulse = &crossbar->half_pulses[(size_t) device * PULSE_ENTRIES + entry];
    double *resistance = &crossbar->state.resistances[device];
    const double energy = pulse->voltage * pulse->voltage / *resistance * seconds;
    if (!is_stuck(crossbar, device)) {
        *resistance = memristor_step(*resistance, pulse, seconds);
    }
    return energy;
}

/* The other devices of the row and the column, in an array of their own in every tile. */
static double pulse_neighbours(struct crossbar *crossbar, uint32_t device, uint32_t entry, double seconds)
{
    const struct hardware *hardware = crossbar->hardware;
    const uint32_t column = device / hardware->lanes;
    const uint32_t row = device % hardware->lanes;
    const uint32_t first = row / hardware->tile_rows * hardware->tile_rows;
    double energy = 0;
    for (uint32_t other = 0; other < hardware->columns; other++) {
        if (other != column) {
            energy += pulse_beside(crossbar, other * hardware->lanes + row, entry, seconds);
        }
    }
    for (uint32_t other = first; other < first + hardware->tile_rows; other++) {
        if (other != row) {
            energy += pulse_beside(crossbar, column * hardware->lanes + other, entry, seconds);
        }
    }
    return energy;
}

/* Resistance in series with the device, from driver to amplifier, while it is written or verified. */
static double series_resistance(const struct crossbar *crossbar, uint32_t device)
{
    const struct hardware *hardware = crossbar->hardware;
    const uint32_t row = device % hardware->lanes % hardware->tile_rows;
    return line_series(hardware->tile_rows, row, device / hardware->lanes, crossbar->nonidealities->row_ohm,
                       crossbar->nonidealities->column_ohm);
}

void crossbar_pulse_clocks(struct crossbar *crossbar, uint32_t device, uint32_t entry, uint32_t clocks)
{
    struct pulse pulse = crossbar->own_pulses != NULL
                             ? crossbar->own_pulses[(size_t) device * PULSE_ENTRIES + entry]
                             : crossbar->pulses.pulses[entry];
    const double voltage = pulse.voltage;
    const double speed = crossbar->nonidealities->write_variation > 0 ? pulse_speed(crossbar, device) : 1.0;
    const double series = series_resistance(crossbar, device);
    double seconds = 1e-6 / crossbar->hardware->clocks_per_us;
    const bool stuck = is_stuck(crossbar, device);
    double resistance = crossbar->state.resistances[device];
    double energy = crossbar->state.energy;
    pulse.rate *= speed;
    for (uint32_t clock = 0; clock < clocks; clock++) {
        energy += voltage * voltage / (resistance + series) * seconds;
        if (series > 0) { /* the rest of the voltage is lost on the lines */
            pulse = own_pulse(crossbar, device, voltage * resistance / (resistance + series));
            pulse.rate *= speed;
        }
        resistance = stuck ? resistance : memristor_step(resistance, &pulse, seconds);
        if (crossbar->half_pulses != NULL) {
            energy += pulse_neighbours(crossbar, device, entry, seconds);
        }
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

uint32_t crossbar_read(struct crossbar *crossbar, uint32_t device)
{
    double resistance = crossbar->state.resistances[device];
    double noise = crossbar->settings.read_noise;
    if (noise > 0) {
        struct random_block block = random_block(crossbar->settings.seed, RANDOM_VERIFY_NOISE,
                                                 crossbar->state.read_counts[device], device, 0);
        resistance *= 1.0 + noise * (2.0 * random_unit(block.word[0]) - 1.0);
    }
    if (crossbar->noise_shares != NULL) {
        const struct random_block block =
            random_block(crossbar->settings.seed, RANDOM_VERIFY_CONDUCTANCE_NOISE,
                         crossbar->state.read_counts[device], device, 0);
        const double most = most_conductance_noise(crossbar, crossbar->state.resistances[device],
                                                   crossbar->nonidealities->noise_verify_s);
        resistance /= fmax(1.0 + most * (2.0 * random_unit(block.word[0]) - 1.0), 0.01);
    }
    crossbar->state.read_counts[device]++;
    return resistance_to_fixed(resistance + series_resistance(crossbar, device));
}

/* What reading has made of a device. */
static double disturbed(const struct crossbar *crossbar, uint32_t device)
{
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    const double resistance = crossbar->state.resistances[device];
    if (nonidealities->disturb_s <= 0 || is_stuck(crossbar, device)) {
        return resistance;
    }
    const struct pulse read = own_pulse(crossbar, device, nonidealities->disturb_voltage);
    return memristor_after(resistance, &read, nonidealities->disturb_s);
}

/* Put the sensed resistances of a tile, an array by itself, behind its lines. */
static void put_behind_lines(struct crossbar *crossbar, uint32_t tile)
{
    const struct hardware *hardware = crossbar->hardware;
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    const uint32_t rows = hardware->tile_rows;
    const uint32_t devices = rows * hardware->columns;
    double *resistances = allocate(devices, sizeof *resistances);
    double *conductances = allocate(devices, sizeof *conductances);
    double *sensed = crossbar->sensed + (size_t) tile * rows;
    for (uint32_t d = 0; d < devices; d++) {
        resistances[d] = sensed[d / rows * hardware->lanes + d % rows];
    }
    line_effective_conductances(rows, hardware->columns, nonidealities->row_ohm, nonidealities->column_ohm,
                                resistances, conductances);
    for (uint32_t d = 0; d < devices; d++) {
        sensed[d / rows * hardware->lanes + d % rows] = 1.0 / conductances[d];
    }
    free(resistances);
    free(conductances);
}

/* As the columns' currents show them: after reading and drift, behind their lines. */
void crossbar_find_sensed(struct crossbar *crossbar)
{
    const struct hardware *hardware = crossbar->hardware;
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    double *sensed = crossbar->sensed;
    for (uint32_t d = 0; d < hardware->devices; d++) {
        const bool drifts = crossbar->drift != NULL && !is_stuck(crossbar, d);
        sensed[d] = disturbed(crossbar, d) / (drifts ? crossbar->drift[d] : 1.0);
    }
    for (uint32_t tile = 0; tile < hardware->tiles && nonidealities->row_ohm > 0; tile++) {
        put_behind_lines(crossbar, tile);
    }
}
