/* What devices and lines do beside the switching model. */
#ifndef MEMSPIKE_MODEL_NONIDEALITIES_H
#define MEMSPIKE_MODEL_NONIDEALITIES_H

#include "model/device/switching.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All of it off when it is 0. nonideality_at() tells what each number is; every one stands in its table. Each
 * effect is drawn from the seed, the device and, if it differs from pulse to pulse, the number of verify
 * reads that the device has seen. */
struct nonidealities {
    double row_ohm, column_ohm; /* see model/crossbar/line_resistance.h */
    double write_variation;
    double device_variation[SWITCHING_CONSTANTS];
    double drift_exponent, drift_spread, drift_start, drift_time, drift_reference;
    double noise_scale, noise_exponent, noise_most, noise_read_s, noise_time_s, noise_verify_s;
    double disturb_voltage, disturb_s;
    double half_select;
    double adc_offset, adc_gain;
    double dac_bits, dac_full_scale, dac_gain, dac_offset;
};

enum { NONIDEALITIES = sizeof(struct nonidealities) / sizeof(double) };

/* As a limit that is left out: 0 belongs to the range. */
#define JUST_BELOW_0 (-1e-300)

/* One of these numbers: the one source of how it is read, printed, told from others and documented. */
struct nonideality {
    const char *group;   /* of `nonidealities` in a device file; NULL if it stands there by itself */
    const char *key;     /* as in a device file */
    const char *unit;    /* empty for none */
    double above, below; /* its limits, both left out */
    bool whole;          /* a whole number */
    bool required;       /* must be there if its group is; else 0, which is off */
    size_t offset;       /* of its double in struct nonidealities */
    const char *what;    /* it does, in a line */
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
