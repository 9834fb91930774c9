// SPDX-License-Identifier: Apache-2.0
/* The reference model of rtl/memspike_lif_array.sv: leaky integrate-and-fire neurons with reset by
 * subtraction one step later (the paper's equations 3 and 4), saturating. V, Vth and codes have
 * CODE_FRACTION fraction bits. */
#ifndef MEMSPIKE_MODEL_REFERENCE_LIF_H
#define MEMSPIKE_MODEL_REFERENCE_LIF_H

#include "model/hardware/hardware.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lif_settings {
    int32_t threshold;      /* Vth */
    int32_t membrane_start; /* V before the first step */
    uint32_t leak;          /* V loses V >> leak every step; 0: no leak */
};

struct lif_neuron {
    int64_t membrane; /* V */
    int64_t spike;    /* z, 0 or 1 */
    int64_t count;    /* of the spikes since the start */
};

/* The next state of a neuron after the code of one phase. Leak and reset happen in a step's first phase,
 * the comparison in its last. V stops at +-largest: `largest` is lif_largest(). Without branches, so that
 * loops over neurons become vector code. */
static inline struct lif_neuron lif_next(struct lif_neuron neuron, const struct lif_settings *settings,
                                         int64_t largest, int64_t code, bool first, bool last)
{
    int64_t leak = first && settings->leak != 0 ? neuron.membrane >> settings->leak : 0;
    int64_t reset = first ? -neuron.spike & settings->threshold : 0;
    int64_t membrane = neuron.membrane + code - leak - reset;
    membrane = membrane > largest ? largest : membrane;
    membrane = membrane < -largest - 1 ? -largest - 1 : membrane;
    int64_t spike = membrane > settings->threshold;
    struct lif_neuron next = {membrane, last ? spike : neuron.spike,
                              last ? neuron.count + spike : neuron.count};
    return next;
}

/* The reference model of rtl/memspike_tile_adder.sv: the sum of an output's tile codes in the given slot;
 * codes lie code_slots apart. */
static inline int32_t tile_sum(const struct hardware *hardware, const int32_t *codes, size_t code_slots,
                               uint32_t output, size_t slot)
{
    int32_t sum = 0;
    for (uint32_t tile = 0; tile < hardware->tiles; tile++) {
        sum += codes[(output * hardware->tiles + tile) * code_slots + slot];
    }
    return sum;
}

/* The reference model of rtl/memspike_early_decision.sv, for one output: after `step` of `steps` steps,
 * whether it is certain that the neuron spikes in more than half of them, or that it does not. */
static inline bool lif_decided(int64_t count, uint32_t step, uint32_t steps)
{
    return 2 * count > steps || 2 * (count + steps - step) <= steps;
}

/* The state before a sample's first step. */
static inline struct lif_neuron lif_start(const struct lif_settings *settings)
{
    struct lif_neuron neuron = {settings->membrane_start, 0, 0};
    return neuron;
}

/* The largest membrane potential that the hardware can hold. */
static inline int64_t lif_largest(const struct hardware *hardware)
{
    return (INT64_C(1) << (hardware->membrane_bits - 1)) - 1;
}

/* Neurons side by side. */
enum { LIF_GROUP = 4 };
struct lif_group {
    int64_t membrane[LIF_GROUP];
    int64_t spike[LIF_GROUP];
    int64_t count[LIF_GROUP];
};

/* `steps` steps of a group: codes holds LIF_GROUP codes for each phase of each step, `stride` codes apart. */
void lif_run(const struct hardware *hardware, const struct lif_settings *settings, struct lif_group *group,
             const int32_t *codes, uint32_t stride, uint32_t steps);

/* The same for one neuron, whose codes lie side by side. */
void lif_run_one(const struct hardware *hardware, const struct lif_settings *settings,
                 struct lif_neuron *neuron, const int32_t *codes, uint32_t steps);

#ifdef __cplusplus
}
#endif
#endif
