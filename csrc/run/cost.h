// SPDX-License-Identifier: Apache-2.0
/* The cost of a sample and of a writing: time, and the energy of the array, the converters and the digital
 * part. It is a model: counts from the hardware (clocks, spikes, pulses, readings, nets that switch in a
 * clock) times the coefficients in data/costs/, which name their sources. */
#ifndef MEMSPIKE_CSRC_RUN_COST_H
#define MEMSPIKE_CSRC_RUN_COST_H

#include "run/run.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { COST_BLOCKS = 8 };

/* Of the RTL, by name; the last is NULL. */
extern const char *const cost_block_names[COST_BLOCKS + 1];

enum cost_activity { COST_TRANSFERS, COST_POISSON, COST_RATE, COST_WRITING, COST_IDLE, COST_ACTIVITIES };

struct costs {
    double clock_hz;
    double read_voltage;
    double adc_joule_per_step;
    uint32_t adc_ideal_bits;
    double joule_per_net;    /* that switches */
    double verified_siemens; /* of a device of weight 1; verify reads see half of it on average */
    bool digital;            /* whether the digital part of this array was measured; if not, the rest is 0 */
    double gates[COST_BLOCKS]; /* NAND2-equivalents */
    double flip_flops[COST_BLOCKS];
    double switching[COST_BLOCKS][COST_ACTIVITIES]; /* nets a clock */
};

/* Read FOLDER/coefficients.cfg and, from FOLDER/digital.cfg, the array's group. */
MUST_CHECK enum status costs_load(const char *folder, const struct hardware *hardware,
                                  const struct device *device, struct costs *costs, struct error *error);

struct cost {
    double seconds;
    double array_joule; /* reading; of a writing also its pulses */
    double adc_joule;
    double digital_joule;
    double input_spikes, output_spikes; /* of a sample */
    double clocks, transfer_clocks;
};

/* The mean over the samples of a test with spikes. */
struct cost cost_of_sample(const struct costs *costs, const struct settings *settings,
                           const struct test_result *result);
/* Of all writings in the statistics together. */
struct cost cost_of_writing(const struct costs *costs, const struct settings *settings,
                            const struct engine_statistics *statistics);
double cost_joule(const struct cost *cost);

#ifdef __cplusplus
}
#endif
#endif
