// SPDX-License-Identifier: Apache-2.0
/* How resistance follows voltage: the switching models and their constants, and what a pulse does to a device
 * (the paper's equations 19 and 20). Ohm, volt, second, unless a name says otherwise. */
#ifndef MEMSPIKE_MODEL_DEVICE_SWITCHING_H
#define MEMSPIKE_MODEL_DEVICE_SWITCHING_H

#include "model/base/error.h"
#include "model/hardware/hardware.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The models: SWITCHING_NAME for code, and its functions, which model/device/switching_name.c defines. A further
 * model is that file and a line at the end here. Part of fingerprints by their place: never reorder. */
#define SWITCHING_MODEL_LIST(MODEL)                                                                          \
    MODEL(SWITCHING_DATA_DRIVEN, switching_data_driven)                                                      \
    MODEL(SWITCHING_VTEAM, switching_vteam)                                                                  \
    MODEL(SWITCHING_YAKOPCIC, switching_yakopcic)

#define SWITCHING_ENUMERATOR(model, operations) model,
enum switching_model { SWITCHING_MODEL_LIST(SWITCHING_ENUMERATOR) SWITCHING_MODELS };
#undef SWITCHING_ENUMERATOR

enum { SWITCHING_CONSTANTS = 10 }; /* at most */

/* Where the data-driven model's constants lie in struct switching: the only ones that others ask for one by
 * one. Units as switching_constants() says. */
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

/* A model and its constants. */
struct switching {
    enum switching_model model;
    double constants[SWITCHING_CONSTANTS];
};

struct switching_constant {
    const char *name;    /* as in a device file; NULL ends the list */
    const char *unit;    /* empty for none */
    double above, below; /* its limits, both left out */
};

/* The name of a model, as in a device file. */
const char *switching_name(enum switching_model model);
/* Its constants, in their order in struct switching. */
const struct switching_constant *switching_constants(enum switching_model model);
uint32_t switching_constant_count(enum switching_model model);

/* What no constant by itself can have wrong: STATUS_INVALID with a message that names no place. *constant is
 * then the number of the constant that it is about, or SWITCHING_CONSTANTS when it is about several. */
MUST_CHECK enum status switching_check(const struct switching *switching, uint32_t *constant,
                                       struct error *error);

/* Whether the hardware's predictions, which are the data-driven model's closed form, have to be fitted to the
 * model: over the range of its resistances, see pulse_prepare(). */
bool switching_is_fitted(enum switching_model model);
/* The resistances that a device of such a model can reach, as far as the hardware can read them; *maximum is
 * infinite where the model has no end. */
void switching_range(const struct switching *switching, double *minimum, double *maximum);

enum { MAX_WIDTH_US = REGISTER_PULSE_WIDTH_WIDTH_MASK }; /* of a pulse */
enum { SWITCHING_PULSE_NUMBERS = 3 };                    /* at most, beside rate and asymptote */

/* A pulse that the controller may apply. */
struct pulse {
    double voltage;    /* sign: positive pulses raise R, negative ones lower it */
    uint32_t width_us; /* 1 to MAX_WIDTH_US */
    /* What it does to a device. */
    enum switching_model model;
    double rate;      /* k = |A (e^{|v|/t} - 1)|, 1/(ohm s); of the other models see their files */
    double asymptote; /* towards which R moves, ohm: r(v) */
    double others[SWITCHING_PULSE_NUMBERS]; /* what else a model's step needs, as its file says */
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

/* What a voltage does to a device: voltage, model, rate, asymptote and others, the rest 0. */
struct pulse pulse_of_voltage(const struct switching *switching, double voltage);

/* How far R is from the pulse's asymptote, towards which it moves; not above 0 where nothing moves. */
static inline double pulse_distance(double resistance, const struct pulse *pulse)
{
    return pulse->voltage > 0 ? pulse->asymptote - resistance : resistance - pulse->asymptote;
}

/* memristor_step() for the models whose step is not worth inlining. */
double memristor_step_otherwise(double resistance, const struct pulse *pulse, double seconds);

/* Resistance after one Euler step of `seconds` under the pulse's voltage. */
static inline double memristor_step(double resistance, const struct pulse *pulse, double seconds)
{
    if (pulse->model != SWITCHING_DATA_DRIVEN) {
        return memristor_step_otherwise(resistance, pulse, seconds);
    }
    double distance = pulse_distance(resistance, pulse);
    if (distance <= 0) {
        return resistance;
    }
    /* A step too long for its device must not carry it beyond the asymptote, which it can only approach. */
    double change = pulse->rate * distance * distance * seconds;
    change = change < distance ? change : distance;
    return pulse->voltage > 0 ? resistance + change : resistance - change;
}

/* Resistance after `seconds`: for the data-driven model by the closed form u' = u / (1 + k u t), u = |r - R|;
 * for the others as their files say. */
double memristor_after(double resistance, const struct pulse *pulse, double seconds);

#ifdef __cplusplus
}
#endif
#endif
