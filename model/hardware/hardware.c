// SPDX-License-Identifier: Apache-2.0
#include "model/hardware/hardware.h"

#include <string.h>

/* As rtl/memspike_widths.sv has them; test_hardware compares. */
#define CEIL_LOG2(x) ((x) > 1 ? 32u - (uint32_t) __builtin_clz((uint32_t) (x) - 1u) : 0u)
#define CODE_BITS(lanes) (CEIL_LOG2((lanes) * (1u << CODE_FRACTION) + 1u) + 1u)
#define SUM_BITS(lanes, tiles) (CODE_BITS((lanes) / (tiles)) + CEIL_LOG2(tiles))
#define MEMBRANE_SUM_BITS(lanes, tiles, phases) (SUM_BITS(lanes, tiles) + CEIL_LOG2(phases) + 17u)
#define AT_LEAST(x, least) ((x) > (least) ? (x) : (least))

#define SET(name_, inputs_, lanes_, outputs_, clocks_per_us_, sequential_, tiles_, differential_)            \
    {                                                                                                        \
        .name = (name_),                                                                                     \
        .inputs = (inputs_),                                                                                 \
        .lanes = (lanes_),                                                                                   \
        .phases = (inputs_) / (lanes_),                                                                      \
        .outputs = (outputs_),                                                                               \
        .sides = 1u + (differential_),                                                                       \
        .columns = (inputs_) / (lanes_) * (outputs_) * (1u + (differential_)),                               \
        .devices = (inputs_) * (outputs_) * (1u + (differential_)),                                          \
        .tiles = (tiles_),                                                                                   \
        .tile_rows = (lanes_) / (tiles_),                                                                    \
        .codes = (outputs_) * (tiles_),                                                                      \
        .tile_code_bits = CODE_BITS((lanes_) / (tiles_)),                                                    \
        .row_stride = 1u << AT_LEAST(CEIL_LOG2(lanes_), 1u),                                                 \
        .clocks_per_us = (clocks_per_us_),                                                                   \
        .sequential = (sequential_),                                                                         \
        .code_bits = SUM_BITS(lanes_, tiles_),                                                               \
        .membrane_bits = AT_LEAST(MEMBRANE_SUM_BITS(lanes_, tiles_, (inputs_) / (lanes_)), 34u),             \
    },
#define HARDWARE(name, ...) SET(#name, __VA_ARGS__)

static const struct hardware list[] = {
#include "hardware_list.h"
    {.name = NULL},
};

const struct hardware *hardware_list(void)
{
    return list;
}

const struct hardware *hardware_find(const char *name)
{
    for (const struct hardware *hardware = list; hardware->name != NULL; hardware++) {
        if (strcmp(hardware->name, name) == 0) {
            return hardware;
        }
    }
    return NULL;
}

struct hardware hardware_make(const char *name, const struct hardware_parameters *parameters)
{
    const uint32_t tiles = parameters->tiles > 0 ? parameters->tiles : 1;
    const struct hardware made[] = {SET(name, parameters->inputs, parameters->lanes, parameters->outputs,
                                        parameters->clocks_per_us, false, tiles, parameters->differential)};
    return made[0];
}
