// SPDX-License-Identifier: Apache-2.0
/* The lock-step checker: RTL and reference models side by side, compared at every clock.
 *
 * It compares while its caller drives the dut:
 *
 *   a sample:   load rates, seed and registers, write CONTROL; lockstep_start_sample();
 *               while the dut is busy: { sense into pins.codes; lockstep_check(); dut_clock(); }
 *               lockstep_end()
 *   a writing:  load targets and registers, write CONTROL; lockstep_start_writing();
 *               while the dut is busy: { give pins.reading, apply pulses; lockstep_check(); dut_clock(); }
 *               lockstep_end()
 *
 * The first difference is STATUS_FAILED with a message that gives the clock, both sides' values, how much was
 * compared and equal before, and the last events. The checker cannot be used after it. */
#ifndef MEMSPIKE_MODEL_COSIMULATION_LOCKSTEP_H
#define MEMSPIKE_MODEL_COSIMULATION_LOCKSTEP_H

#include "model/base/error.h"
#include "model/chip/dut.h"
#include "model/chip/register_values.h"
#include "model/crossbar/crossbar.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LOCKSTEP_EVENTS = 20 };

struct lockstep;

/* `registers` is what the dut holds, and is copied; dut and crossbar are borrowed. Never fails. Owned by the
 * caller. */
struct lockstep *lockstep_open(struct dut *dut, const struct crossbar *crossbar,
                               const struct register_values *registers);
/* NULL is harmless. */
void lockstep_close(struct lockstep *lockstep);

/* The sample that the dut has just started: `rates` and `seed` as it holds them, `sample` as the crossbar's
 * noise numbers it. */
void lockstep_start_sample(struct lockstep *lockstep, const uint16_t *rates, uint32_t seed, uint32_t sample);
/* The writing that the dut has just started. `targets` (one a device, column x lanes + row) must stay until
 * lockstep_end(). */
void lockstep_start_writing(struct lockstep *lockstep, const uint32_t *targets, uint32_t first_device,
                            uint32_t last_device);
/* Compare this clock. In a writing it reads the RESULT register of each device that has ended, as long as
 * nobody else requests anything: it sets the dut's request pins and takes the response one clock later. */
MUST_CHECK enum status lockstep_check(struct lockstep *lockstep, struct error *error);
/* The dut is not busy any more: compare what is left, reading the result registers. */
MUST_CHECK enum status lockstep_end(struct lockstep *lockstep, struct error *error);

/* The clock of the last comparison, from the start of the sample or the writing. */
uint64_t lockstep_clock(const struct lockstep *lockstep);
/* Compared and found equal since the start: sensed phases of a sample, transitions of a writing. */
uint64_t lockstep_compared(const struct lockstep *lockstep);

#ifdef __cplusplus
}
#endif
#endif
