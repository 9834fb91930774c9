/* The memristor: an empirical switching model (the paper's equations 19 and 20), its device files, and the
 * mapping between weights and resistances (equations 1 and 21). Ohm, volt, second, unless a name says
 * otherwise. */
#ifndef MEMSPIKE_MODEL_MEMRISTOR_H
#define MEMSPIKE_MODEL_MEMRISTOR_H

#include "base/error.h"
#include "model/hardware.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How resistance follows voltage: a model and its constants.
 *
 * SWITCHING_DATA_DRIVEN, the paper's, of Messaris et al.:
 *   dR/dt = A_p (e^{|v|/t_p} - 1) (r_p - R)^2   while R < r_p, for v > 0
 *   dR/dt = A_n (e^{|v|/t_n} - 1) (R - r_n)^2   while R > r_n, for v < 0 (its right side below 0)
 *   r(v) = a0 + a1 v
 * SWITCHING_VTEAM, of Kvatinsky et al. (2015), with a linear resistance and the rectangular window:
 *   dw/dt = k_off (v/v_off - 1)^alpha_off   for v > v_off > 0
 *   dw/dt = k_on (v/v_on - 1)^alpha_on      for v < v_on < 0 (k_on < 0)
 *   R = R_on + (R_off - R_on) w/D, 0 <= w <= D
 * SWITCHING_YAKOPCIC, of Yakopcic et al. (2013), with eta = -1: positive voltages raise R, as above; and with
 * a sinh(b v) = a b v, which holds where b v is small:
 *   dx/dt = A_p (e^{|v|} - e^{V_p}) f_p(x)    for v < -V_p
 *   dx/dt = -A_n (e^{|v|} - e^{V_n}) f_n(x)   for v > V_n
 *   f_p(x) = e^{alpha_p (x_p - x)} (1 - x)/(1 - x_p) for x > x_p, else 1
 *   f_n(x) = e^{alpha_n (x + x_n - 1)} x/(1 - x_n) for x < 1 - x_n, else 1
 *   R = 1/(a b x) */
enum switching_model { SWITCHING_DATA_DRIVEN, SWITCHING_VTEAM, SWITCHING_YAKOPCIC, SWITCHING_MODELS };

enum { SWITCHING_CONSTANTS = 10 }; /* at most */

/* Where the constants lie in struct switching; units as switching_models[] says. */
enum data_driven_constant {
    DATA_A_P,
    DATA_A_N,
    DATA_A0_P,
    DATA_A0_N,
    DATA_A1_P,
    DATA_A1_N,
    DATA_T_P,
    DATA_T_N
};
enum vteam_constant {
    VTEAM_K_OFF,
    VTEAM_K_ON,
    VTEAM_ALPHA_OFF,
    VTEAM_ALPHA_ON,
    VTEAM_V_OFF,
    VTEAM_V_ON,
    VTEAM_D,
    VTEAM_R_ON,
    VTEAM_R_OFF
};
enum yakopcic_constant {
    YAKOPCIC_A_P,
    YAKOPCIC_A_N,
    YAKOPCIC_V_P,
    YAKOPCIC_V_N,
    YAKOPCIC_X_P,
    YAKOPCIC_X_N,
    YAKOPCIC_ALPHA_P,
    YAKOPCIC_ALPHA_N,
    YAKOPCIC_A,
    YAKOPCIC_B
};

struct switching_constant {
    const char *name;    /* as in a device file; NULL ends the list */
    const char *unit;    /* empty for none */
    double above, below; /* its limits, both left out */
};

struct switching_model_text {
    const char *name; /* as in a device file */
    struct switching_constant constants[SWITCHING_CONSTANTS + 1];
};

/* By model. */
extern const struct switching_model_text switching_models[SWITCHING_MODELS];
uint32_t switching_constant_count(enum switching_model model);

struct switching {
    enum switching_model model;
    double constants[SWITCHING_CONSTANTS];
};

/* What devices and lines do beside the switching model; all of it off when it is 0. nonideality_at() tells
 * what each number is; every one stands in its table. Each effect is drawn from the seed, the device and, if
 * it differs from pulse to pulse, the number of verify reads that the device has seen. */
struct nonidealities {
    double row_ohm, column_ohm; /* see model/line_resistance.h */
    double write_variation;
    double device_variation[SWITCHING_CONSTANTS];
    double drift_exponent, drift_spread, drift_start, drift_time, drift_reference;
    double noise_scale, noise_exponent, noise_most, noise_read_s, noise_time_s, noise_verify_s;
    double disturb_voltage, disturb_s;
    double half_select;
    double adc_offset, adc_gain;
    double dac_bits, dac_full_scale, dac_gain, dac_offset;
};

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

/* Number `index` of a device of this model; false behind the last. */
bool nonideality_at(enum switching_model model, uint32_t index, struct nonideality *nonideality);
double nonideality_value(const struct nonidealities *nonidealities, const struct nonideality *nonideality);
/* "drift.time_s", and "from 0, below 1"; they return `text`. */
enum { NONIDEALITY_TEXT = 64 };
const char *nonideality_name(const struct nonideality *nonideality, char text[NONIDEALITY_TEXT]);
const char *nonideality_range(const struct nonideality *nonideality, char text[NONIDEALITY_TEXT]);

/* A pulse that the controller may apply. */
struct pulse {
    double voltage;    /* sign: positive pulses raise R, negative ones lower it */
    uint32_t width_us; /* 1 to 65,535 */
    /* What it does to a device. */
    enum switching_model model;
    double rate;      /* k = |A (e^{|v|/t} - 1)|, 1/(ohm s); VTEAM: |dR/dt|, ohm/s; Yakopcic: |dx/dt|, 1/s */
    double asymptote; /* ohm: r(v); VTEAM: R_on or R_off; Yakopcic: R for x = 1, or infinity */
    double decay, turn, siemens; /* Yakopcic: alpha, x at which f begins to fall, a b */
    /* As the hardware's table holds them: it predicts by the data-driven model's closed form, with constants
     * that come as near to another model as they can. */
    uint32_t rate_fixed;      /* k t, PULSE_RATE_FRACTION fraction bits, for the pulse's whole width */
    uint32_t asymptote_fixed; /* RESISTANCE_FRACTION fraction bits */
    double
        misprediction; /* how far a prediction is off at most, as a share of R; 0 if the model is its own */
};

struct pulse_table {
    uint32_t count; /* 1 to PULSE_ENTRIES */
    struct pulse pulses[PULSE_ENTRIES];
};

struct device {
    char *name;
    struct switching switching;
    double minimum_resistance; /* maps to weight 1 */
    double maximum_resistance; /* maps to weight 0 */
    double start_resistance;   /* of a fresh device */
    double start_spread;       /* fresh devices lie uniformly within +- this */
    struct nonidealities nonidealities;
    struct pulse_table pulses[2]; /* for approach 1 and approach 2 */
};

/* Read a device file (libconfig). Unknown keys, missing keys and values out of range are STATUS_INVALID and
 * name file, line and key. On success *device is owned by the caller. */
MUST_CHECK enum status device_load(const char *path, struct device **device, struct error *error);
/* NULL is harmless. */
void device_free(struct device *device);

/* Whether there are any. */
bool nonidealities_any(const struct device *device);

/* A number that differs between devices that behave differently; the name does not count. */
uint64_t device_fingerprint(const struct device *device);

/* What the DAC makes of a voltage. */
double nonidealities_dac(const struct nonidealities *nonidealities, double voltage);
/* The standard deviation of a reading of a conductance, as a share of it. */
double nonidealities_read_noise(const struct nonidealities *nonidealities, double share_of_largest,
                                double seconds);
/* The factor by which drift has changed a typical conductance, that of the median exponent, when it is
 * sensed. */
double nonidealities_median_drift(const struct nonidealities *nonidealities);

/* What a voltage does to a device: voltage, model, rate, asymptote and Yakopcic's window, the rest 0. */
struct pulse pulse_of_voltage(const struct switching *switching, double voltage);

/* A whole pulse, with the fixed-point forms for predictions between two resistances in ohm, which only models
 * other than the data-driven one make use of. STATUS_INVALID when the hardware's table cannot hold them.
 * `where` opens the message. */
MUST_CHECK enum status pulse_prepare(const struct switching *switching, double lowest, double highest,
                                     double voltage, uint32_t width_us, const char *where,
                                     struct pulse *pulse, struct error *error);

/* memristor_step() for the models whose step is not worth inlining. */
double memristor_step_otherwise(double resistance, const struct pulse *pulse, double seconds);

/* Resistance after one Euler step of `seconds` under the pulse's voltage. */
static inline double memristor_step(double resistance, const struct pulse *pulse, double seconds)
{
    if (pulse->model != SWITCHING_DATA_DRIVEN) {
        return memristor_step_otherwise(resistance, pulse, seconds);
    }
    double distance = pulse->voltage > 0 ? pulse->asymptote - resistance : resistance - pulse->asymptote;
    if (distance <= 0) {
        return resistance;
    }
    /* A step too long for its device must not carry it beyond the asymptote, which it can only approach. */
    double change = pulse->rate * distance * distance * seconds;
    change = change < distance ? change : distance;
    return pulse->voltage > 0 ? resistance + change : resistance - change;
}

/* Resistance after `seconds`: for the data-driven model by the closed form u' = u / (1 + k u t), u = |r - R|;
 * for VTEAM by its constant speed; for Yakopcic's by many small steps. */
double memristor_after(double resistance, const struct pulse *pulse, double seconds);

/* w = (G - Gmin) / (Gmax - Gmin), not clamped, and its inverse (equation 21). */
double device_weight(const struct device *device, double resistance);
double device_resistance(const struct device *device, double weight);
/* To RESISTANCE_FRACTION fraction bits, rounded, saturated to RESISTANCE_BITS. */
uint32_t resistance_to_fixed(double resistance);

#ifdef __cplusplus
}
#endif
#endif
