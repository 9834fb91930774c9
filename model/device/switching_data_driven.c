// SPDX-License-Identifier: Apache-2.0
/* SWITCHING_DATA_DRIVEN, the paper's, of Messaris et al.:
 *   dR/dt = A_p (e^{|v|/t_p} - 1) (r_p - R)^2   while R < r_p, for v > 0
 *   dR/dt = A_n (e^{|v|/t_n} - 1) (R - r_n)^2   while R > r_n, for v < 0 (its right side below 0)
 *   r(v) = a0 + a1 v
 * Its Euler step is memristor_step() itself. */
#include "model/device/switching_model.h"

#include <math.h>
#include <stddef.h>

/* Rates must be positive: the sign of each scale follows from its steepness. */
static enum status data_driven_check(const double *constants, uint32_t *constant, struct error *error)
{
    static const struct {
        uint32_t scale, steepness;
        double sign;
    } pairs[] = {{DATA_A_P, DATA_T_P, 1}, {DATA_A_N, DATA_T_N, -1}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const double steepness = constants[pairs[i].steepness];
        const bool above_0 = pairs[i].sign * steepness > 0;
        const double scale = constants[pairs[i].scale];
        if (steepness == 0) {
            *constant = pairs[i].steepness;
            return error_set(error, STATUS_INVALID, "expected a number other than 0");
        }
        if (!(above_0 ? scale > 0 : scale < 0)) {
            *constant = pairs[i].scale;
            return error_set(error, STATUS_INVALID, "expected a number %s 0 with %s = %g",
                             above_0 ? "above" : "below",
                             switching_data_driven.constants[pairs[i].steepness].name, steepness);
        }
    }
    return STATUS_OK;
}

static struct pulse data_driven_pulse(const double *constants, double voltage)
{
    const bool positive = voltage > 0;
    const double scale = positive ? constants[DATA_A_P] : -constants[DATA_A_N];
    const double steepness = positive ? constants[DATA_T_P] : constants[DATA_T_N];
    return (struct pulse) {
        .rate = scale * (exp(fabs(voltage) / steepness) - 1.0),
        .asymptote = positive ? constants[DATA_A0_P] + constants[DATA_A1_P] * voltage
                              : constants[DATA_A0_N] + constants[DATA_A1_N] * voltage,
    };
}

static double data_driven_after(double resistance, const struct pulse *pulse, double seconds)
{
    double distance = pulse_distance(resistance, pulse);
    if (distance <= 0) {
        return resistance;
    }
    double left = distance / (1.0 + pulse->rate * distance * seconds);
    return pulse->voltage > 0 ? pulse->asymptote - left : pulse->asymptote + left;
}

const struct switching_operations switching_data_driven = {
    .name = "data_driven",
    .constants =
        {
            [DATA_A_P] = {"A_p", "1/(ohm s)", -1e9, 1e9},
            [DATA_A_N] = {"A_n", "1/(ohm s)", -1e9, 1e9},
            [DATA_A0_P] = {"a0_p", "ohm", -1e9, 1e9},
            [DATA_A0_N] = {"a0_n", "ohm", -1e9, 1e9},
            [DATA_A1_P] = {"a1_p", "ohm/V", -1e9, 1e9},
            [DATA_A1_N] = {"a1_n", "ohm/V", -1e9, 1e9},
            [DATA_T_P] = {"t_p", "V", -1e3, 1e3},
            [DATA_T_N] = {"t_n", "V", -1e3, 1e3},
        },
    .check = data_driven_check,
    .pulse = data_driven_pulse,
    .after = data_driven_after,
};
