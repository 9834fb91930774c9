/* The sets of hardware parameters that are built: see MEMSPIKE_HARDWARE in CMakeLists.txt, their one source.
 */
#ifndef MEMSPIKE_MODEL_HARDWARE_H
#define MEMSPIKE_MODEL_HARDWARE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CODE_FRACTION = 12,      /* fraction bits of a sense code, V and Vth */
    RESISTANCE_FRACTION = 8, /* fraction bits of a resistance in ohm */
    RESISTANCE_BITS = 24,
    PULSE_RATE_FRACTION = 36, /* fraction bits of k t in 1/ohm */
    TOLERANCE_FRACTION = 24,
    PULSE_ENTRIES = 16, /* size of the pulse table */
    MAX_STEPS = 65535,
    MAX_MAX_PULSES = 63,
    MAX_VERIFY_READS = 128, /* readings that a verify read can take the mean of */
};

struct hardware {
    const char *name; /* rows x columns, as the --array option takes it */
    uint32_t inputs;  /* values in a sample */
    uint32_t lanes;   /* rows of the array; lanes x phases = inputs */
    uint32_t phases;  /* clocks a time step */
    uint32_t outputs; /* LIF neurons */
    uint32_t columns; /* phases x outputs */
    uint32_t devices; /* lanes x columns; device = column x lanes + row in every C array */
    uint32_t
        row_stride; /* lanes rounded up to a power of two: how the register map indexes rates and devices */
    uint32_t clocks_per_us;
    bool sequential;        /* the small pulse predictor, which takes more clocks */
    uint32_t code_bits;     /* width of a signed sense code */
    uint32_t membrane_bits; /* width of a signed membrane potential */
};

/* All sets, ended by one without a name. */
const struct hardware *hardware_list(void);
/* NULL when no set has this name. */
const struct hardware *hardware_find(const char *name);

/* A set of one's own, which need not be built: the crossbar and all twins take it, the Verilated RTL does
 * not. lanes divides inputs; `name` is borrowed. */
struct hardware hardware_make(const char *name, uint32_t inputs, uint32_t lanes, uint32_t outputs,
                              uint32_t clocks_per_us);

/* Where the weight from input to output sits: input i on row i mod lanes, in phase i / lanes. */
static inline uint32_t hardware_device(const struct hardware *hardware, uint32_t input, uint32_t output)
{
    uint32_t column = input / hardware->lanes * hardware->outputs + output;
    return column * hardware->lanes + input % hardware->lanes;
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
