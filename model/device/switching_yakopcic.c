// SPDX-License-Identifier: Apache-2.0
/* SWITCHING_YAKOPCIC, of Yakopcic et al. (2013), with eta = -1: positive voltages raise R, as everywhere; and
 * with a sinh(b v) = a b v, which holds where b v is small:
 *   dx/dt = A_p (e^{|v|} - e^{V_p}) f_p(x)    for v < -V_p
 *   dx/dt = -A_n (e^{|v|} - e^{V_n}) f_n(x)   for v > V_n
 *   f_p(x) = e^{alpha_p (x_p - x)} (1 - x)/(1 - x_p) for x > x_p, else 1
 *   f_n(x) = e^{alpha_n (x + x_n - 1)} x/(1 - x_n) for x < 1 - x_n, else 1
 *   R = 1/(a b x) */
#include "model/device/switching_model.h"

#include <math.h>

enum {
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

/* A pulse's others: alpha, x at which f begins to fall, a b. */
enum { DECAY, TURN, SIEMENS };

/* rate is |dx/dt| in 1/s, asymptote R for x = 1, or infinity. */
static struct pulse yakopcic_pulse(const double *constants, double voltage)
{
    const bool positive = voltage > 0; /* and x falls */
    const double scale = positive ? constants[YAKOPCIC_A_N] : constants[YAKOPCIC_A_P];
    const double threshold = positive ? constants[YAKOPCIC_V_N] : constants[YAKOPCIC_V_P];
    const double siemens = constants[YAKOPCIC_A] * constants[YAKOPCIC_B];
    return (struct pulse) {
        .rate = fmax(scale * (exp(fabs(voltage)) - exp(threshold)), 0.0),
        .asymptote = positive ? INFINITY : 1.0 / siemens,
        .others =
            {
                [DECAY] = positive ? constants[YAKOPCIC_ALPHA_N] : constants[YAKOPCIC_ALPHA_P],
                [TURN] = positive ? 1.0 - constants[YAKOPCIC_X_N] : constants[YAKOPCIC_X_P],
                [SIEMENS] = siemens,
            },
    };
}

/* dx/dt without its sign. */
static double yakopcic_speed(double x, const struct pulse *pulse)
{
    const double decay = pulse->others[DECAY], turn = pulse->others[TURN];
    if (pulse->voltage > 0) {
        return x < turn ? pulse->rate * exp(decay * (x - turn)) * x / turn : pulse->rate;
    }
    return x > turn ? pulse->rate * exp(decay * (turn - x)) * (1.0 - x) / (1.0 - turn) : pulse->rate;
}

static double yakopcic_step(double resistance, const struct pulse *pulse, double seconds)
{
    const double x = 1.0 / (resistance * pulse->others[SIEMENS]);
    const double change = yakopcic_speed(x, pulse) * seconds;
    /* A step that is too long for its device halves x at most. */
    const double after = pulse->voltage > 0 ? fmax(x - change, x / 2.0) : fmin(x + change, 1.0);
    return 1.0 / (after * pulse->others[SIEMENS]);
}

static double yakopcic_after(double resistance, const struct pulse *pulse, double seconds)
{
    enum { STEPS = 1000 };
    for (int i = 0; i < STEPS; i++) {
        resistance = memristor_step_otherwise(resistance, pulse, seconds / STEPS);
    }
    return resistance;
}

static void yakopcic_range(const double *constants, double *minimum, double *maximum)
{
    *minimum = 1.0 / (constants[YAKOPCIC_A] * constants[YAKOPCIC_B]);
    *maximum = INFINITY;
}

const struct switching_operations switching_yakopcic = {
    .name = "yakopcic",
    .constants =
        {
            [YAKOPCIC_A_P] = {"A_p", "1/s", 0, 1e12},
            [YAKOPCIC_A_N] = {"A_n", "1/s", 0, 1e12},
            [YAKOPCIC_V_P] = {"V_p", "V", 0, 100},
            [YAKOPCIC_V_N] = {"V_n", "V", 0, 100},
            [YAKOPCIC_X_P] = {"x_p", "", 0, 1},
            [YAKOPCIC_X_N] = {"x_n", "", 0, 1},
            [YAKOPCIC_ALPHA_P] = {"alpha_p", "", 0, 1e3},
            [YAKOPCIC_ALPHA_N] = {"alpha_n", "", 0, 1e3},
            [YAKOPCIC_A] = {"a", "A", 0, 1e3},
            [YAKOPCIC_B] = {"b", "1/V", 0, 1e3},
        },
    .pulse = yakopcic_pulse,
    .step = yakopcic_step,
    .after = yakopcic_after,
    .range = yakopcic_range,
};
