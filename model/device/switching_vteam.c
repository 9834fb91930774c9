// SPDX-License-Identifier: Apache-2.0
/* SWITCHING_VTEAM, of Kvatinsky et al. (2015), with a linear resistance and the rectangular window:
 *   dw/dt = k_off (v/v_off - 1)^alpha_off   for v > v_off > 0
 *   dw/dt = k_on (v/v_on - 1)^alpha_on      for v < v_on < 0 (k_on < 0)
 *   R = R_on + (R_off - R_on) w/D, 0 <= w <= D */
#include "model/device/switching_model.h"

#include <math.h>

enum {
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

static enum status vteam_check(const double *constants, uint32_t *constant, struct error *error)
{
    if (!(constants[VTEAM_R_ON] < constants[VTEAM_R_OFF])) {
        *constant = SWITCHING_CONSTANTS;
        return error_set(error, STATUS_INVALID, "R_on %g ohm must be below R_off %g ohm",
                         constants[VTEAM_R_ON], constants[VTEAM_R_OFF]);
    }
    return STATUS_OK;
}

/* rate is |dR/dt| in ohm/s, asymptote R_on or R_off. */
static struct pulse vteam_pulse(const double *constants, double voltage)
{
    const bool positive = voltage > 0;
    const double threshold = positive ? constants[VTEAM_V_OFF] : constants[VTEAM_V_ON];
    const double beyond = fmax(voltage / threshold - 1.0, 0.0);
    const double speed = positive ? constants[VTEAM_K_OFF] : -constants[VTEAM_K_ON];
    const double power = pow(beyond, positive ? constants[VTEAM_ALPHA_OFF] : constants[VTEAM_ALPHA_ON]);
    const double slope = (constants[VTEAM_R_OFF] - constants[VTEAM_R_ON]) / constants[VTEAM_D];
    return (struct pulse) {
        .rate = speed * power * slope,
        .asymptote = positive ? constants[VTEAM_R_OFF] : constants[VTEAM_R_ON],
    };
}

static double vteam_step(double resistance, const struct pulse *pulse, double seconds)
{
    const double change = fmin(pulse->rate * seconds, pulse_distance(resistance, pulse));
    return pulse->voltage > 0 ? resistance + change : resistance - change;
}

static void vteam_range(const double *constants, double *minimum, double *maximum)
{
    *minimum = constants[VTEAM_R_ON];
    *maximum = fmin(constants[VTEAM_R_OFF], RESISTANCE_LIMIT - 1.0);
}

const struct switching_operations switching_vteam = {
    .name = "vteam",
    .constants =
        {
            [VTEAM_K_OFF] = {"k_off", "m/s", 0, 1e9},
            [VTEAM_K_ON] = {"k_on", "m/s", -1e9, 0},
            [VTEAM_ALPHA_OFF] = {"alpha_off", "", 0, 100},
            [VTEAM_ALPHA_ON] = {"alpha_on", "", 0, 100},
            [VTEAM_V_OFF] = {"v_off", "V", 0, 100},
            [VTEAM_V_ON] = {"v_on", "V", -100, 0},
            [VTEAM_D] = {"D", "m", 0, 1},
            [VTEAM_R_ON] = {"R_on", "ohm", 0, 1e12},
            [VTEAM_R_OFF] = {"R_off", "ohm", 0, 1e12},
        },
    .check = vteam_check,
    .pulse = vteam_pulse,
    .step = vteam_step,
    .after = memristor_step_otherwise, /* the speed is constant */
    .range = vteam_range,
};
