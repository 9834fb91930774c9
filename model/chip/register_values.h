// SPDX-License-Identifier: Apache-2.0
/* The registers that the host sets before it starts anything, in their fixed-point forms: see
 * docs/registers.md. */
#ifndef MEMSPIKE_MODEL_CHIP_REGISTER_VALUES_H
#define MEMSPIKE_MODEL_CHIP_REGISTER_VALUES_H

#include "model/hardware/registers.h"
#include "model/reference/lif.h"
#include "model/reference/pulse_predictor.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct register_values {
    uint32_t steps;
    bool rate_coded;
    bool early_decision;
    struct lif_settings neurons;
    uint32_t tolerance;
    uint32_t max_pulses;
    uint32_t reads_log2; /* of the readings that a verify read takes the mean of */
    struct predictor_table pulses;
};

/* The word of PULSE_WIDTH of an entry. */
static inline uint32_t predictor_width_word(const struct predictor_table *pulses, uint32_t entry)
{
    return REGISTER_WITH(pulses->width_us[entry], PULSE_WIDTH_WIDTH) |
           REGISTER_WITH(pulses->negative[entry], PULSE_WIDTH_NEGATIVE);
}

/* A write to the register port. */
struct register_transfer {
    uint32_t address, data;
};
enum { REGISTER_TRANSFERS = 10 + 3 * PULSE_ENTRIES }; /* at most */

/* What a host writes to have the hardware hold these values; returns how many writes that takes. */
uint32_t register_transfers(const struct register_values *values,
                            struct register_transfer transfers[REGISTER_TRANSFERS]);

#ifdef __cplusplus
}
#endif
#endif
