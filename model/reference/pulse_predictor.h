// SPDX-License-Identifier: Apache-2.0
/* The reference model of rtl/memspike_pulse_predictor.sv, rtl/memspike_pulse_predictor_sequential.sv and
 * rtl/memspike_divider.sv: which entry of the pulse table brings a device nearest to its target?
 * Resistances in ohm with RESISTANCE_FRACTION fraction bits, as everywhere in the hardware. */
#ifndef MEMSPIKE_MODEL_REFERENCE_PULSE_PREDICTOR_H
#define MEMSPIKE_MODEL_REFERENCE_PULSE_PREDICTOR_H

#include "model/hardware/hardware.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The pulse table as the hardware holds it. */
struct predictor_table {
    uint32_t entries;                  /* in use, 0 to PULSE_ENTRIES */
    bool negative[PULSE_ENTRIES];      /* R falls */
    uint32_t width_us[PULSE_ENTRIES];  /* 16 bits */
    uint32_t rate[PULSE_ENTRIES];      /* k t in 1/ohm, PULSE_RATE_FRACTION fraction bits */
    uint32_t asymptote[PULSE_ENTRIES]; /* r */
};

struct prediction {
    bool found; /* some pulse brings R nearer to the target; the rest is valid only then */
    bool negative;
    uint32_t entry;
    uint32_t width_us;
};

/* floor(numerator x 2^24 / denominator) for numerator < 2^24 <= denominator. */
uint32_t divider_quotient(uint32_t numerator, uint64_t denominator);
/* R after the entry's pulse: u' = u / (1 + k t u), u = |r - R|, for R on the right side of the asymptote. On
 * the other side it is still the hardware's number, modulo 2^25, since r - u' may be below zero. */
uint32_t pulse_predict(const struct predictor_table *table, uint32_t entry, uint32_t resistance);
/* The nearest entry, the first of equals. */
struct prediction pulse_choose(const struct predictor_table *table, uint32_t resistance, uint32_t target);
/* Clocks from the start of the prediction to its answer; `sequential` as in struct hardware. */
uint32_t pulse_predictor_clocks(uint32_t entries, bool sequential);
/* The entry that is compared in a clock of the prediction, counted from 0; -1 if none is. */
int pulse_predictor_entry(uint32_t clock, uint32_t entries, bool sequential);

#ifdef __cplusplus
}
#endif
#endif
