// SPDX-License-Identifier: Apache-2.0
/* Finds the clock of an event's n-th occurrence, so that waveforms can be recorded around it. It runs the
 * reference models, which are equal to the RTL at every clock. */
#ifndef MEMSPIKE_CSRC_ENGINE_WAVE_EVENT_H
#define MEMSPIKE_CSRC_ENGINE_WAVE_EVENT_H

#include "base/output_file.h"
#include "engine/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wave_event {
    WAVE_EVENT_WRITE,     /* a write pulse begins */
    WAVE_EVENT_CONVERGED, /* a device ends converged */
    WAVE_EVENT_STALLED,
    WAVE_EVENT_EXHAUSTED,
    WAVE_EVENT_SPIKE,    /* output 0 spikes */
    WAVE_EVENT_MISMATCH, /* RTL and reference models differ: the checker's to find */
};

/* NULL-ended names. */
extern const char *const wave_event_names[];

/* The clock of the event's n-th occurrence while these targets are written, counted from the start, and its
 * device; false when there is none. The crossbar is left as after the writing. For the first four events. */
MUST_CHECK bool find_in_writing(const struct engine *engine, const uint32_t *targets, enum wave_event event,
                                uint32_t n, uint64_t *clock, uint32_t *device);

/* The same for the n-th spike of output 0 in a sample. */
MUST_CHECK enum status find_spike(struct engine *engine, const uint16_t *rates, uint32_t sample_number,
                                  uint32_t n, bool *found, uint64_t *clock, struct error *error);

/* output_file_commit() for waveforms. Their writer does not report a full disk, so this checks that the file
 * is complete. */
MUST_CHECK enum status wave_file_commit(struct output_file *file, struct error *error);

#ifdef __cplusplus
}
#endif
#endif
