// SPDX-License-Identifier: Apache-2.0
/* The memristor crossbar: the analogue array that the RTL drives and senses. Behavioural, in C.
 *
 * What it shares between threads is read-only while samples run: crossbar_sense() may be called from any
 * thread, the functions that write or verify from one at a time and never together with it. */
#ifndef MEMSPIKE_MODEL_CROSSBAR_CROSSBAR_H
#define MEMSPIKE_MODEL_CROSSBAR_CROSSBAR_H

#include "model/device/device.h"
#include "model/hardware/hardware.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct crossbar_settings {
    uint64_t seed;
    /* Read noise n: a reading is R (1 + u), u uniform in [-n, n], drawn anew for every device at every time
     * step of inference and at every verify read. A fraction, 0 to below 1. */
    double read_noise;
    /* Resolution of the column ADC; 0 for an ideal one. */
    uint32_t adc_bits;
    /* The column current at which the ADC saturates, in currents of one device of weight 1; 0 for the number
     * of rows of a tile. */
    double adc_full_scale;
    /* Shares of devices that no pulse can change, 0 to 1 together: stuck open (as good as no conductance),
     * stuck closed (as good as a wire), stuck at a resistance anywhere in the device's range. Which devices
     * these are depends on the seed. */
    double stuck_open, stuck_closed, stuck_anywhere;
};

struct crossbar;

/* A crossbar of fresh devices at device->start_resistance +- start_spread. It keeps the pointers to hardware
 * and device, which must outlive it. Never fails. Owned by the caller. */
struct crossbar *crossbar_open(const struct hardware *hardware, const struct device *device,
                               const struct crossbar_settings *settings);
/* NULL is harmless. */
void crossbar_close(struct crossbar *crossbar);

const struct hardware *crossbar_hardware(const struct crossbar *crossbar);
const struct device *crossbar_device(const struct crossbar *crossbar);
const struct crossbar_settings *crossbar_settings(const struct crossbar *crossbar);

/* The true resistances in ohm, hardware->devices of them, device = column x lanes + row. */
const double *crossbar_resistances(const struct crossbar *crossbar);
/* Whether a device is stuck. */
bool crossbar_stuck(const struct crossbar *crossbar, uint32_t device);
/* Set them, as an ideal writer would; stuck devices keep theirs. */
void crossbar_set_resistances(struct crossbar *crossbar, const double *resistances);

/* A crossbar's state besides its settings: another one continues from it to the same bits. */
struct crossbar_state {
    double *resistances;   /* hardware->devices */
    uint32_t *read_counts; /* verify reads of each device so far: each draws its own noise */
    double energy;
};
/* A copy, owned by the caller; release it with crossbar_state_clear(). */
struct crossbar_state crossbar_save(const struct crossbar *crossbar);
void crossbar_restore(struct crossbar *crossbar, const struct crossbar_state *state);
/* Harmless on a zeroed one. */
void crossbar_state_clear(struct crossbar_state *state);

/* Build sensing's tables when resistances have changed. Cheap when they have not. */
void crossbar_prepare(struct crossbar *crossbar);

/* Sense the columns of a phase:
 *
 *   code = round(4096 x sum over rows of spike x w),   w = (G - Gref) / (Gmax - Gmin) clamped to [0, 1],
 *
 * with Gref = Gmin, through the ADC. For an output with two sides, the second column's current is subtracted
 * before the ADC instead of the reference: w = G / (Gmax - Gmin), clamped to [0, 2]. `rows` holds one bit a
 * row, row 0 lowest; `codes` receives hardware->codes signed codes: output by output, tile by tile. The sum
 * is in fixed point with 30 fraction bits, so it does not depend on the order of the rows. Call
 * crossbar_prepare() first. */
void crossbar_sense(const struct crossbar *crossbar, uint32_t sample, uint32_t step, uint32_t phase,
                    const uint32_t *rows, int32_t *codes);

/* A run of steps for several samples side by side, with their spikes as spike_encoder_run() leaves them. The
 * rows of two samples are slot_bytes apart, those of two clocks (steps x phases of them) clock_bytes. In
 * `codes`, the samples' values of one code lie side by side, the next code code_slots further on, and the
 * next clock code_slots x hardware->codes further on. */
struct sense_run {
    const uint32_t *samples; /* [slots]: their numbers */
    uint32_t slots;
    uint32_t first_step;
    uint32_t slot_steps; /* how many steps each slot is ahead of the one before it; 0 for none */
    uint32_t steps;
    const uint8_t *rows;
    size_t slot_bytes;
    size_t clock_bytes;
    int32_t *codes;
    uint32_t code_slots;
};
void crossbar_sense_run(const struct crossbar *crossbar, const struct sense_run *run);

/* A verify read: the device's resistance with read noise, RESISTANCE_FRACTION fraction bits. */
uint32_t crossbar_read(struct crossbar *crossbar, uint32_t device);

/* Which pulses crossbar_pulse() applies; copied. */
void crossbar_set_pulses(struct crossbar *crossbar, const struct pulse_table *pulses);
/* One clock of a pulse: one Euler step of 1 / clocks_per_us microseconds. */
void crossbar_pulse(struct crossbar *crossbar, uint32_t device, uint32_t entry);
/* Several of them. */
void crossbar_pulse_clocks(struct crossbar *crossbar, uint32_t device, uint32_t entry, uint32_t clocks);

/* Energy of all pulses so far in joule: V^2 / R added up over the Euler steps. */
double crossbar_energy(const struct crossbar *crossbar);

#ifdef __cplusplus
}
#endif
#endif
