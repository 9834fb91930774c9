// SPDX-License-Identifier: Apache-2.0
/* Internal to the crossbar's sources.
 *
 * crossbar.c opens and closes a crossbar and owns its memory, pulses.c changes its devices, sensing.c and
 * noisy_sensing.c read its columns. Functions called for every code or every clock of a pulse are inline: a
 * call would cost more than the work. */
#ifndef MEMSPIKE_MODEL_CROSSBAR_STATE_H
#define MEMSPIKE_MODEL_CROSSBAR_STATE_H

#include "model/base/vector.h"
#include "model/crossbar/crossbar.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEIGHT_FRACTION = 30, /* fraction bits of a weight inside the sum */
    BYTE_VALUES = 256,
};

/* The unit of sensing: a tile's rows in an output's columns. Rows are taken by whole bytes; other tiles' rows
 * in them are masked. */
struct sensor {
    uint32_t number; /* (phase x outputs + output) x tiles + tile */
    uint32_t column; /* its first */
    uint32_t tile;
    uint32_t first_byte;
    uint32_t bytes;
    const uint8_t *masks; /* [byte] */
    int64_t *
        sums; /* without read noise, [byte][value]: of the weights of the rows that are set; the crossbar's */
};

/* Conductances of the rows that spike, side by side; returns how many. `conductances` and `rows` begin at the
 * sensor's first byte. Writes up to 16 numbers more than that, but none beyond the number of rows rounded up
 * to whole bytes. */
typedef uint32_t pick_spiking(const struct crossbar *crossbar, const struct sensor *sensor,
                              const float *conductances, const uint8_t *rows, float *picked);

/* An ADC's errors besides rounding. */
struct converter {
    double gain, offset;
};

struct crossbar {
    const struct hardware *hardware;
    const struct device *device;
    struct crossbar_settings settings;
    struct pulse_table pulses;
    struct crossbar_state state;
    double *stuck; /* hardware->devices: the resistance of a stuck device; 0 for the others */
    /* The device's non-idealities; arrays of those that are off stay NULL. */
    const struct nonidealities *nonidealities;
    struct switching *switching; /* hardware->devices: each one's own constants, */
    struct pulse *own_pulses;    /* [device][entry]: and what its pulses do */
    struct pulse *half_pulses;   /* [device][entry]: what pulses do to a device beside the one they are for */
    struct converter *converters; /* hardware->codes */
    double *drift;                /* hardware->devices: the factor on a conductance when it is sensed */
    double *sensed;               /* hardware->devices: effective resistances as the columns see them */
    bool prepared;
    uint32_t bytes;         /* bytes that hold the rows of a column */
    uint8_t *masks;         /* [tile][byte]: a bit for every row of the tile */
    struct sensor *sensors; /* phases x outputs x tiles */
    uint32_t
        sum_bytes; /* `bytes`, if a code is nothing but the rounded sum of one tile's weights; otherwise 0 */
    int64_t largest_code;
    /* Without read noise, [sensor][byte][value]: the sum of the weights of the rows that are set. */
    int64_t *sums;
    /* With it, [column][row], rows rounded up to whole bytes: conductances in units of Gmax - Gmin, */
    float *conductances;
    float *noise_shares;    /* and, of noise that depends on them, the largest change as a share of each; */
    double reference;       /* Gref in these units: subtracted from each, */
    double reference_shift; /* how far it lies below Gmin, */
    double most;            /* up to this weight, */
    pick_spiking *pick;
    uint8_t bits[BYTE_VALUES];      /* and how many bits a byte has set, for processors that do not count, */
    uint8_t places[BYTE_VALUES][8]; /* and where: the first `bits` of them */
};

/* crossbar_stuck(), for loops over devices. */
static inline bool is_stuck(const struct crossbar *crossbar, uint32_t device)
{
    return crossbar->stuck[device] > 0;
}

/* The resistances that sensing uses, after crossbar_find_sensed(). */
static inline const double *sensed_resistances(const struct crossbar *crossbar)
{
    return crossbar->sensed != NULL ? crossbar->sensed : crossbar->state.resistances;
}

/* The largest relative change of a device's conductance by noise: uniform, with the device's standard
 * deviation. */
static inline double most_conductance_noise(const struct crossbar *crossbar, double resistance,
                                            double seconds)
{
    const double share = crossbar->device->minimum_resistance / resistance;
    return sqrt(3.0) * nonidealities_read_noise(crossbar->nonidealities, share, seconds);
}

/* Whether its converters only round. */
static inline bool converts_ideally(const struct crossbar *crossbar)
{
    return crossbar->settings.adc_bits == 0 && crossbar->converters == NULL;
}

/* The limits of the code's width. */
INLINED int32_t limit_code(const struct crossbar *crossbar, int64_t code)
{
    const int64_t largest = crossbar->largest_code;
    code = code < largest ? code : largest;
    return (int32_t) (code > -largest - 1 ? code : -largest - 1);
}

/* An ideal converter: rounded to the code's fraction bits. */
INLINED int64_t convert_ideally(int64_t sum)
{
    int shift = WEIGHT_FRACTION - CODE_FRACTION;
    return (sum + (1 << (shift - 1))) >> shift;
}

/* A sensor's part of a run; `rows` and `codes` are those of its first step, `rows` from its first byte. */
struct sensor_run {
    const struct sense_run *run;
    const struct sensor *sensor;
    const uint8_t *rows;
    int32_t *codes;
    size_t step_bytes;
    size_t step_codes;
};

/* pulses.c: fill `sensed`. */
void crossbar_find_sensed(struct crossbar *crossbar);

/* sensing.c: fill `sums`. */
void crossbar_find_sums(const struct crossbar *crossbar);
/* The code of a sum, not yet limited, by a real converter. */
int64_t crossbar_convert(const struct crossbar *crossbar, const struct sensor *sensor, int64_t sum);

/* noisy_sensing.c: choose `pick` for this machine, with the tables that it looks up; once. */
void crossbar_choose_pick(struct crossbar *crossbar);
/* Fill `conductances` and `noise_shares`. `range` is Gmax - Gmin, in siemens. */
void crossbar_find_conductances(const struct crossbar *crossbar, double range);
void crossbar_sense_noisily(const struct crossbar *crossbar, const struct sensor_run *sensing);

#endif
