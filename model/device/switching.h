/* How resistance follows voltage: the switching models and their constants, and what a pulse does to a device
 * (the paper's equations 19 and 20). Ohm, volt, second, unless a name says otherwise. */
#ifndef MEMSPIKE_MODEL_SWITCHING_H
#define MEMSPIKE_MODEL_SWITCHING_H

#include "model/base/error.h"
#include "model/hardware/hardware.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each has its equations in its file, model/device/switching_NAME.c. Part of fingerprints: never renumber. */
enum switching_model {
    SWITCHING_DATA_DRIVEN, /* the paper's, of Messaris et al. */
    SWITCHING_VTEAM,       /* of Kvatinsky et al. (2015) */
    SWITCHING_YAKOPCIC,    /* of Yakopcic et al. (2013) */
    SWITCHING_MODELS
};

enum { SWITCHING_CONSTANTS = 10 }; /* at most */

/* Where the constants lie in struct switching; units as switching_constants() says. */
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
/* Its constants, in the order of its enum above. */
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

enum { MAX_WIDTH_US = 65535 }; /* of a pulse */

/* A pulse that the controller may apply. */
struct pulse {
    double voltage;    /* sign: positive pulses raise R, negative ones lower it */
    uint32_t width_us; /* 1 to MAX_WIDTH_US */
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

/* What a voltage does to a device: voltage, model, rate, asymptote and Yakopcic's window, the rest 0. */
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
 * for VTEAM by its constant speed; for Yakopcic's by many small steps. */
double memristor_after(double resistance, const struct pulse *pulse, double seconds);

#ifdef __cplusplus
}
#endif
#endif
