// SPDX-License-Identifier: Apache-2.0
/* The hardware parameter sets that are built. They are defined by MEMSPIKE_HARDWARE in CMakeLists.txt. */
#ifndef MEMSPIKE_MODEL_HARDWARE_HARDWARE_H
#define MEMSPIKE_MODEL_HARDWARE_HARDWARE_H

#include "model/hardware/registers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Widths and what follows from them are the register map's. */
enum {
    CODE_FRACTION = 12, /* fraction bits of a sense code, V and Vth */
    /* In size, exclusive, of Vth and of V before the first step. */
    MEMBRANE_LIMIT = 1 << (REGISTER_THRESHOLD_BITS - 1 - CODE_FRACTION),
    MAX_LEAK = (1 << REGISTER_LEAK_BITS) - 1,
    RESISTANCE_FRACTION = 8, /* fraction bits of a resistance in ohm */
    RESISTANCE_BITS = REGISTER_TARGET_BITS,
    /* In ohm, exclusive. */
    RESISTANCE_LIMIT = 1 << (RESISTANCE_BITS - RESISTANCE_FRACTION),
    PULSE_RATE_FRACTION = 36, /* fraction bits of k t in 1/ohm */
    TOLERANCE_FRACTION = REGISTER_TOLERANCE_BITS,
    PULSE_ENTRIES = REGISTER_PULSE_WIDTH_WORDS, /* size of the pulse table */
    MAX_STEPS = (1 << REGISTER_STEPS_BITS) - 1,
    MAX_MAX_PULSES = (1 << REGISTER_MAX_PULSES_BITS) - 1,
    /* Readings that a verify read can take the mean of: the register holds their binary logarithm. */
    MAX_VERIFY_READS = 1 << ((1 << REGISTER_VERIFY_READS_BITS) - 1),
};

struct hardware {
    const char *name; /* rows x columns, as the --array option takes it */
    uint32_t inputs;  /* values in a sample */
    uint32_t lanes;   /* rows of the array; lanes x phases = inputs */
    uint32_t phases;  /* clocks a time step */
    uint32_t outputs; /* LIF neurons */
    /* Columns of an output: 1, or 2 of which the second is subtracted, so that its weights have a sign. */
    uint32_t sides;
    uint32_t columns;    /* phases x outputs x sides */
    uint32_t devices;    /* lanes x columns; device = column x lanes + row in every C array */
    uint32_t row_stride; /* lanes rounded up to a power of two: the stride in the register map */
    uint32_t tiles;      /* arrays that the rows are spread over, each with its own converters */
    uint32_t tile_rows;  /* lanes / tiles: tile t has the rows from t x tile_rows */
    uint32_t codes;      /* outputs x tiles: the sense codes of a phase, output by output, tile by tile */
    uint32_t clocks_per_us;
    bool sequential;         /* the small pulse predictor, which takes more clocks */
    uint32_t tile_code_bits; /* width of a signed sense code */
    uint32_t code_bits;      /* and of the sum of an output's */
    uint32_t membrane_bits;  /* width of a signed membrane potential */
};

/* All sets, ended by one without a name. */
const struct hardware *hardware_list(void);
/* NULL when no set has this name. */
const struct hardware *hardware_find(const char *name);

/* The parameters of a set. */
struct hardware_parameters {
    uint32_t inputs, lanes, outputs; /* lanes divides inputs */
    uint32_t tiles;                  /* divides lanes; 0 stands for 1 */
    bool differential;
    uint32_t clocks_per_us;
};

/* A custom set, which need not be built: the crossbar and all reference models take it, the Verilated RTL
 * does not. `name` is borrowed. */
struct hardware hardware_make(const char *name, const struct hardware_parameters *parameters);

/* Where the weight from input to output sits: input i on row i mod lanes, in phase i / lanes. Of an output
 * with two sides this is the first; the other one's device lies `lanes` further on. */
static inline uint32_t hardware_device(const struct hardware *hardware, uint32_t input, uint32_t output)
{
    uint32_t column = (input / hardware->lanes * hardware->outputs + output) * hardware->sides;
    return column * hardware->lanes + input % hardware->lanes;
}

/* The number of RATE_PAIR words for the rates of a phase, and one of these words. */
static inline uint32_t hardware_rate_pairs(const struct hardware *hardware)
{
    return (hardware->lanes + 1) / 2;
}
static inline uint32_t hardware_rate_pair(const struct hardware *hardware, const uint16_t *rates,
                                          uint32_t phase, uint32_t pair)
{
    const uint16_t *rate = rates + (size_t) phase * hardware->lanes + (size_t) 2 * pair;
    return REGISTER_WITH(rate[0], RATE_PAIR_LOWER) |
           (2 * pair + 1 < hardware->lanes ? REGISTER_WITH(rate[1], RATE_PAIR_UPPER) : 0);
}

/* Index of a rate or a device in the register map's windows. */
static inline uint32_t hardware_window_index(const struct hardware *hardware, uint32_t dense)
{
    return dense / hardware->lanes * hardware->row_stride + dense % hardware->lanes;
}

#ifdef __cplusplus
}
#endif
#endif
