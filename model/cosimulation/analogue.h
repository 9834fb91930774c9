// SPDX-License-Identifier: Apache-2.0
/* The analogue side of the hardware's pins: the crossbar answers clock by clock, and observers look on. */
#ifndef MEMSPIKE_MODEL_COSIMULATION_ANALOGUE_H
#define MEMSPIKE_MODEL_COSIMULATION_ANALOGUE_H

#include "model/chip/dut.h"
#include "model/crossbar/crossbar.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A pulse as it happened. */
struct pulse_event {
    uint64_t clock; /* clocks since the writing began */
    uint32_t device;
    uint32_t iteration; /* 1 for the device's first pulse */
    uint32_t entry;     /* of the pulse table */
    uint32_t target;    /* Q16.8 ohm */
    uint32_t reading;   /* the reading before the pulse, Q16.8 ohm */
    double before;      /* true resistance in ohm */
    double after;
};

struct pulse_observer {
    void (*pulse)(void *context, const struct pulse_event *event);
    void *context;
};

/* Sees the steps inside samples. */
struct step_observer {
    /* `spikes` (hardware->inputs): 1 for each input that spikes. `membranes` (hardware->outputs): V with
     * these spikes in it, before a reset, CODE_FRACTION fraction bits. */
    void (*step)(void *context, uint32_t step, const uint8_t *spikes, const int64_t *membranes);
    void *context;
};

/* Spikes as an observer wants them from the rows of a phase, one bit a row. */
static inline void unpack_rows(const struct hardware *hardware, const uint8_t *rows, uint32_t phase,
                               uint8_t *spikes)
{
    for (uint32_t row = 0; row < hardware->lanes; row++) {
        spikes[phase * hardware->lanes + row] = rows[row / 8] >> row % 8 & 1;
    }
}

/* The analogue side of a writing. What is borrowed must stay until its end. */
struct analogue_writing {
    struct crossbar *crossbar;
    const struct hardware *hardware;
    uint32_t reads_log2;                   /* of the readings that a verify read takes the mean of */
    const uint32_t *targets;               /* Q16.8 ohm, of all devices */
    const struct pulse_observer *observer; /* NULL for none */
    /* Internal; zeroed before the first clock. */
    struct pulse_event event;
    bool pulsing;
    uint32_t readings, sum; /* of this verify read so far */
};

/* Do what the pins ask of the crossbar in this clock of the writing: a reading, a clock of a pulse. */
void analogue_writing_clock(struct analogue_writing *writing, struct dut_pins *pins, uint64_t clock);

#ifdef __cplusplus
}
#endif
#endif
