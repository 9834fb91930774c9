// SPDX-License-Identifier: Apache-2.0
/* The reference model of rtl/memspike_write_verify.sv: the predict-write-verify controller (the paper's
 * section 2.5), a transition at a time.
 *
 * write_verify_start(&writer); while (writer.state != WRITE_IDLE) { reading = writer.state == WRITE_READ
 * && writer.target != 0 ? the device's resistance : 0; apply a pulse of writer.prediction.entry for
 * writer.duration clocks if writer.state == WRITE_PULSE; write_verify_next(&writer, reading); } */
#ifndef MEMSPIKE_MODEL_REFERENCE_WRITE_VERIFY_H
#define MEMSPIKE_MODEL_REFERENCE_WRITE_VERIFY_H

#include "model/hardware/hardware.h"
#include "model/reference/pulse_predictor.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum write_state { WRITE_IDLE, WRITE_FETCH, WRITE_READ, WRITE_CHECK, WRITE_PREDICT, WRITE_PULSE };

enum write_ending { ENDING_UNTOUCHED, ENDING_CONVERGED, ENDING_STALLED, ENDING_EXHAUSTED };

struct write_result {
    enum write_ending ending;
    uint32_t pulses;
    uint32_t reading; /* the last one, Q16.8 ohm; 0 when untouched */
};

struct write_verify {
    /* What the host sets; set it while idle. Devices count column x lanes + row. */
    const struct hardware *hardware;
    const struct predictor_table *table;
    const uint32_t *targets;      /* Q16.8 ohm; 0 leaves the device alone */
    struct write_result *results; /* one a device, or NULL */
    uint32_t tolerance;           /* TOLERANCE_FRACTION fraction bits */
    uint32_t max_pulses;
    uint32_t reads_log2; /* a verify read is the mean of 2^this readings */
    uint32_t first_device, last_device;

    /* Its state. */
    enum write_state state;
    uint64_t clock;    /* clocks from the start until this state was entered */
    uint32_t duration; /* clocks that it lasts */
    uint32_t device;
    uint32_t target;              /* of the device, from WRITE_READ on */
    uint32_t reading;             /* the last one, of whatever device */
    uint32_t iteration;           /* pulses for the device so far */
    uint32_t readings;            /* taken so far for this verify read */
    uint32_t sum;                 /* of them */
    struct prediction prediction; /* from WRITE_PREDICT on */

    /* Totals since the start, as wide as the hardware's. */
    uint16_t converged, stalled, exhausted;
    uint32_t pulses;
    uint32_t pulse_time; /* us */
};

/* The mean of 2^reads_log2 readings, rounded half up. */
static inline uint32_t mean_reading(uint32_t sum, uint32_t reads_log2)
{
    return (sum + (1u << reads_log2) / 2) >> reads_log2;
}

/* To fetch a device's target; the sequential hardware multiplies it by the tolerance meanwhile, a bit a
 * clock. */
static inline uint32_t write_fetch_clocks(const struct hardware *hardware)
{
    return hardware->sequential ? 1 + TOLERANCE_FRACTION : 1;
}

/* From WRITE_IDLE: begin a writing. */
void write_verify_start(struct write_verify *writer);
/* Go from one state to the next; `reading` is taken in WRITE_READ, which follows on itself until there are
 * enough readings. */
void write_verify_next(struct write_verify *writer, uint32_t reading);

#ifdef __cplusplus
}
#endif
#endif
