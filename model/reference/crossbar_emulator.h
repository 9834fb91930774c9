// SPDX-License-Identifier: Apache-2.0
/* The reference model of rtl/fpga/memspike_crossbar_emulator.sv, the digital stand-in for the crossbar on
 * FPGAs, bit for bit; and the fixed-point constants of a device and its pulses that the host writes to it. */
#ifndef MEMSPIKE_MODEL_REFERENCE_CROSSBAR_EMULATOR_H
#define MEMSPIKE_MODEL_REFERENCE_CROSSBAR_EMULATOR_H

#include "model/base/error.h"
#include "model/crossbar/crossbar.h"
#include "model/hardware/hardware.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    EMULATOR_RESISTANCE_FRACTION = 16,
    EMULATOR_RATE_FRACTION = 44,
    EMULATOR_LANES = 16,      /* at most */
    BOARD_CLOCKS_PER_US = 12, /* the boards' clock in MHz: pulses have their true length */
};

/* The emulator's registers that the host sets: see docs/registers.md. */
struct emulator_values {
    uint32_t scale;
    uint32_t offset;
    uint32_t noise; /* a read is off by a part of 2^-noise; 0: none */
    uint32_t rates[PULSE_ENTRIES];
    uint32_t asymptotes[PULSE_ENTRIES];
};

/* The values for a crossbar and its pulses. Read noise n, uniform in [-n, n], becomes the power of two
 * nearest to its standard deviation n / sqrt(3). STATUS_INVALID for what the emulator does not support:
 * several outputs, more than EMULATOR_LANES lanes, a finite ADC, a switching model other than the data-driven
 * one, a device out of its registers' range. */
MUST_CHECK enum status emulator_values_make(const struct crossbar *crossbar, const struct pulse_table *pulses,
                                            struct emulator_values *values, struct error *error);

/* The boards' hardware for an array: it differs from the build of the same name in timing only. */
struct hardware board_hardware(const struct hardware *hardware);

/* The start of the noise's LFSR for a sample, or for a writing: how many there were before. Never 0. */
uint32_t emulator_sample_seed(uint64_t seed, uint32_t sample);
uint32_t emulator_writing_seed(uint64_t seed, uint64_t writing);

/* A resistance in ohm as the emulator holds it, and back. */
uint32_t emulator_resistance(double resistance);
double emulator_ohm(uint32_t resistance);

struct crossbar_emulator {
    const struct hardware *hardware;
    struct emulator_values values;
    uint32_t lfsr;
    uint32_t *resistances;  /* hardware->devices, EMULATOR_RESISTANCE_FRACTION fraction bits */
    uint16_t *conductances; /* hardware->devices, CODE_FRACTION bits */
};

/* `hardware` is borrowed. Release with crossbar_emulator_clear(). */
void crossbar_emulator_init(struct crossbar_emulator *emulator, const struct hardware *hardware,
                            const struct emulator_values *values);
void crossbar_emulator_clear(struct crossbar_emulator *emulator);
void crossbar_emulator_set(struct crossbar_emulator *emulator, uint32_t device, uint32_t resistance);
/* A pulse of the table's entry: one Euler step for each of its microseconds. */
void crossbar_emulator_pulse(struct crossbar_emulator *emulator, uint32_t device, uint32_t entry,
                             bool negative, uint32_t width_us);
/* A verify read, RESISTANCE_FRACTION fraction bits. */
uint32_t crossbar_emulator_read(struct crossbar_emulator *emulator, uint32_t device);
/* The code of a phase; rows holds a bit a row, row 0 lowest. */
int32_t crossbar_emulator_sense(struct crossbar_emulator *emulator, uint32_t phase, uint32_t rows);

#ifdef __cplusplus
}
#endif
#endif
