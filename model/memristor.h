/* The memristor: an empirical switching model (the paper's equations 19 and 20), its device files, and the
 * mapping between weights and resistances (equations 1 and 21). Ohm, volt, second, unless a name says
 * otherwise. */
#ifndef MEMSPIKE_MODEL_MEMRISTOR_H
#define MEMSPIKE_MODEL_MEMRISTOR_H

#include "base/error.h"
#include "model/hardware.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*   dR/dt = A_p (e^{|v|/t_p} - 1) (r_p - R)^2   while R < r_p, for v > 0
 *   dR/dt = A_n (e^{|v|/t_n} - 1) (R - r_n)^2   while R > r_n, for v < 0 (A_n < 0)
 *   r(v) = a0 + a1 v */
struct switching {
    double A_p, A_n;   /* scaling, 1/(ohm s) */
    double a0_p, a0_n; /* ohm */
    double a1_p, a1_n; /* ohm/V */
    double t_p, t_n;   /* V */
};

/* A pulse that the controller may apply. */
struct pulse {
    double voltage;    /* sign: positive pulses raise R, negative ones lower it */
    uint32_t width_us; /* 1 to 65,535 */
    double rate;       /* k = |A| (e^{|v|/t} - 1), 1/(ohm s) */
    double asymptote;  /* r(v) */
    /* As the hardware's table holds them. */
    uint32_t rate_fixed;      /* k t, PULSE_RATE_FRACTION fraction bits, for the pulse's whole width */
    uint32_t asymptote_fixed; /* RESISTANCE_FRACTION fraction bits */
};

struct pulse_table {
    uint32_t count; /* 1 to PULSE_ENTRIES */
    struct pulse pulses[PULSE_ENTRIES];
};

struct device {
    char *name;
    struct switching switching;
    double minimum_resistance;    /* maps to weight 1 */
    double maximum_resistance;    /* maps to weight 0 */
    double start_resistance;      /* of a fresh device */
    double start_spread;          /* fresh devices lie uniformly within +- this */
    struct pulse_table pulses[2]; /* for approach 1 and approach 2 */
};

/* Read a device file (libconfig). Unknown keys, missing keys and values out of range are STATUS_INVALID and
 * name file, line and key. On success *device is owned by the caller. */
MUST_CHECK enum status device_load(const char *path, struct device **device, struct error *error);
/* NULL is harmless. */
void device_free(struct device *device);

/* A number that differs between devices that behave differently; the name does not count. */
uint64_t device_fingerprint(const struct device *device);

/* Fill rate, asymptote and their fixed-point forms for a voltage and a width. STATUS_INVALID when the
 * hardware's table cannot hold them. `where` opens the message. */
MUST_CHECK enum status pulse_prepare(const struct switching *switching, double voltage, uint32_t width_us,
                                     const char *where, struct pulse *pulse, struct error *error);

/* Resistance after one Euler step of `seconds` under the pulse's voltage. */
static inline double memristor_step(double resistance, const struct pulse *pulse, double seconds)
{
    double distance = pulse->voltage > 0 ? pulse->asymptote - resistance : resistance - pulse->asymptote;
    if (distance <= 0) {
        return resistance;
    }
    /* A step too long for its device must not carry it beyond the asymptote, which it can only approach. */
    double change = pulse->rate * distance * distance * seconds;
    change = change < distance ? change : distance;
    return pulse->voltage > 0 ? resistance + change : resistance - change;
}

/* Resistance after `seconds` by the closed form u' = u / (1 + k u t), u = |r - R|. */
double memristor_closed_form(double resistance, const struct pulse *pulse, double seconds);

/* w = (G - Gmin) / (Gmax - Gmin), not clamped, and its inverse (equation 21). */
double device_weight(const struct device *device, double resistance);
double device_resistance(const struct device *device, double weight);
/* To RESISTANCE_FRACTION fraction bits, rounded, saturated to RESISTANCE_BITS. */
uint32_t resistance_to_fixed(double resistance);

#ifdef __cplusplus
}
#endif
#endif
