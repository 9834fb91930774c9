// SPDX-License-Identifier: Apache-2.0
/* The reference model of rtl/memspike_review_sequencer.sv. Phases follow one another without a gap, so
 * only a sample's length in clocks is left to model. */
#ifndef MEMSPIKE_MODEL_REFERENCE_REVIEW_SEQUENCER_H
#define MEMSPIKE_MODEL_REFERENCE_REVIEW_SEQUENCER_H

#include "model/hardware/hardware.h"

#include <stdint.h>

enum {
    SAMPLE_LOAD_CLOCKS = 1,   /* before the first phase is named */
    SAMPLE_DRAIN_CLOCKS = 1,  /* after the last one: its codes come in */
    SAMPLE_SENSE_LATENCY = 2, /* the sample's first codes come in this many clocks after its start */
};

/* From start to end of a sample that is decided after `step` steps; one clock goes by until it stops. */
static inline uint64_t decided_sample_clocks(const struct hardware *hardware, uint32_t step, uint32_t steps)
{
    return step < steps ? (uint64_t) step * hardware->phases + SAMPLE_LOAD_CLOCKS + SAMPLE_DRAIN_CLOCKS + 1
                        : (uint64_t) steps * hardware->phases + SAMPLE_LOAD_CLOCKS + SAMPLE_DRAIN_CLOCKS;
}

/* From start to end of a sample. */
static inline uint64_t sample_clocks(const struct hardware *hardware, uint32_t steps)
{
    return decided_sample_clocks(hardware, steps, steps);
}

#endif
