// SPDX-License-Identifier: Apache-2.0
/* What devices and lines do beside the switching model. */
#ifndef MEMSPIKE_MODEL_DEVICE_NONIDEALITIES_H
#define MEMSPIKE_MODEL_DEVICE_NONIDEALITIES_H

#include "model/device/switching.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As a limit that is left out: 0 belongs to the range. */
#define JUST_BELOW_0 (-1e-300)

/* Every number, group by group: its member of struct nonidealities, and struct nonideality's, in their order.
 * The one source of all that is not physics: reading, printing, fingerprints and documents. The member that is
 * an array, whose key is NULL, has a number for each constant of the switching model. */
#define NONIDEALITY_TABLE(ROW)                                                                               \
    ROW(row_ohm, "line_resistance", "row_ohm", "ohm", 0, 1e6, false, true,                                   \
        "of the line between two neighbours of a row, which is driven at its left end")                      \
    ROW(column_ohm, "line_resistance", "column_ohm", "ohm", 0, 1e6, false, true,                             \
        "of the line between two neighbours of a column, which is held at ground at its lower end")          \
    ROW(write_variation, NULL, "write_variation", "", JUST_BELOW_0, 1, false, false,                         \
        "cycle to cycle: each pulse's speed dR/dt is multiplied by 1 + this x z, z standard "                \
        "normal, at least 0")                                                                                \
    ROW(device_variation[SWITCHING_CONSTANTS], "device_variation", NULL, "", JUST_BELOW_0, 1, false, false,  \
        "device to device: the switching model's constant is multiplied by 1 + this x z, kept "              \
        "from 0.01 to 1.99")                                                                                 \
    ROW(drift_exponent, "drift", "exponent", "", JUST_BELOW_0, 1, false, true,                               \
        "mean of nu: sensed conductances are G (time_s / start_s)^-nu; verify reads come before")            \
    ROW(drift_spread, "drift", "spread", "", JUST_BELOW_0, 1, false, false,                                  \
        "standard deviation of nu, which is normal and at least 0")                                          \
    ROW(drift_start, "drift", "start_s", "s", 0, 1e12, false, true, "after writing, where drift begins")     \
    ROW(drift_time, "drift", "time_s", "s", 0, 1e12, false, true, "after writing, when devices are sensed")  \
    ROW(drift_reference, "drift", "reference", "", JUST_BELOW_0, 2, true, false,                             \
        "1: the reference column is made of the same devices, and Gref falls by the median drift,"           \
        " too")                                                                                              \
    ROW(noise_scale, "read_noise", "scale", "", 0, 1, false, true,                                           \
        "beside the preset's read noise, readings of G are G (1 + a u), u uniform from -1 to 1 "             \
        "and anew for each, with the standard deviation min(scale (Gmax/G)^exponent, most) "                 \
        "sqrt(ln((t + read_s) / (2 read_s)))")                                                               \
    ROW(noise_exponent, "read_noise", "exponent", "", JUST_BELOW_0, 10, false, true,                         \
        "how this noise grows as G falls")                                                                   \
    ROW(noise_most, "read_noise", "most", "", 0, 0.20000000000000004, false, true,                           \
        "where it grows no further")                                                                         \
    ROW(noise_read_s, "read_noise", "read_s", "s", 0, 1, false, true, "a reading takes")                     \
    ROW(noise_time_s, "read_noise", "time_s", "s", 0, 1e12, false, true,                                     \
        "t, since writing, when devices are sensed")                                                         \
    ROW(noise_verify_s, "read_noise", "verify_s", "s", 0, 1e12, false, true, "t in verify reads")            \
    ROW(disturb_voltage, "read_disturb", "voltage_v", "V", -100, 100, false, true,                           \
        "of reading, which changes devices by the switching model")                                          \
    ROW(disturb_s, "read_disturb", "time_s", "s", 0, 1e12, false, true,                                      \
        "for which they have been read by the time they are sensed")                                         \
    ROW(half_select, NULL, "half_select", "", JUST_BELOW_0, 1, false, false,                                 \
        "share of a pulse's voltage that the other devices of its row and column see, by the "               \
        "switching model")                                                                                   \
    ROW(adc_offset, "adc", "offset", "", JUST_BELOW_0, 1e6, false, false,                                    \
        "standard deviation of each converter's offset, in currents of a device of weight 1")                \
    ROW(adc_gain, "adc", "gain", "", JUST_BELOW_0, 1, false, false,                                          \
        "standard deviation of each converter's gain error")                                                 \
    ROW(dac_bits, "dac", "bits", "", JUST_BELOW_0, 25, true, false,                                          \
        "of the DAC that makes the pulses' voltages: they are rounded to 2^bits - 1 levels; 0: "             \
        "not rounded; predictions do not know")                                                              \
    ROW(dac_full_scale, "dac", "full_scale_v", "V", 0, 1000, false, true,                                    \
        "its levels lie from minus this to this")                                                            \
    ROW(dac_gain, "dac", "gain", "", -1, 1, false, false, "its voltages are multiplied by 1 + this")         \
    ROW(dac_offset, "dac", "offset_v", "V", -100, 100, false, false, "and this is added")

/* All of it off when it is 0. Each effect is drawn from the seed, the device and, if it differs from pulse to
 * pulse, the number of verify reads that the device has seen. */
struct nonidealities {
#define NONIDEALITY_MEMBER(member, ...) double member;
    NONIDEALITY_TABLE(NONIDEALITY_MEMBER)
#undef NONIDEALITY_MEMBER
};

enum { NONIDEALITIES = sizeof(struct nonidealities) / sizeof(double) };

/* One of these numbers. */
struct nonideality {
    const char *group;   /* of `nonidealities` in a device file; NULL if it stands there by itself */
    const char *key;     /* as in a device file */
    const char *unit;    /* empty for none */
    double above, below; /* its limits, both left out */
    bool whole;          /* a whole number */
    bool required;       /* must be there if its group is; else 0, which is off */
    const char *what;    /* it does, in a line */
    size_t offset;       /* of its double in struct nonidealities */
};

/* Number `index` of a device of this model, group by group, NONIDEALITIES at most; false behind the last. */
bool nonideality_at(enum switching_model model, uint32_t index, struct nonideality *nonideality);
double nonideality_value(const struct nonidealities *nonidealities, const struct nonideality *nonideality);
void nonideality_set(struct nonidealities *nonidealities, const struct nonideality *nonideality,
                     double value);
/* "drift.time_s", and "from 0, below 1"; they return `text`. */
enum { NONIDEALITY_TEXT = 64 };
const char *nonideality_name(const struct nonideality *nonideality, char text[NONIDEALITY_TEXT]);
const char *nonideality_range(const struct nonideality *nonideality, char text[NONIDEALITY_TEXT]);

/* Whether a device of this model has any. */
bool nonidealities_any(enum switching_model model, const struct nonidealities *nonidealities);
/* What no number by itself can have wrong, in words; NULL when nothing is. *group is the one that it is
 * about. */
const char *nonidealities_contradiction(const struct nonidealities *nonidealities, const char **group);

/* What the DAC makes of a voltage. */
double nonidealities_dac(const struct nonidealities *nonidealities, double voltage);
/* The standard deviation of a reading of a conductance, as a share of it. */
double nonidealities_read_noise(const struct nonidealities *nonidealities, double share_of_largest,
                                double seconds);
/* The factor by which drift has changed a typical conductance, that of the median exponent, when it is
 * sensed. */
double nonidealities_median_drift(const struct nonidealities *nonidealities);

#ifdef __cplusplus
}
#endif
#endif
