// SPDX-License-Identifier: Apache-2.0
#include "model/device/prediction.h"

#include "model/base/rounding.h"
#include "model/device/device.h"

#include <math.h>

/* What a device does between two resistances, and the closed form u' = u / (1 + K u), u = |r - R|, that comes
 * nearest to it. */
enum { PREDICTED_POINTS = 33, TRIED_ASYMPTOTES = 200, TRIED_RATES = 60 };

struct prediction_fit {
    bool positive;
    double before[PREDICTED_POINTS];
    double after[PREDICTED_POINTS];
};

static double closed_form(double asymptote, double rate, double resistance)
{
    const double distance = asymptote - resistance;
    return asymptote - distance / (1.0 + rate * fabs(distance));
}

/* Largest relative error over the points. */
static double misprediction(const struct prediction_fit *fit, double asymptote, double rate)
{
    double largest = 0;
    for (int i = 0; i < PREDICTED_POINTS; i++) {
        const double error = closed_form(asymptote, rate, fit->before[i]) - fit->after[i];
        largest = fmax(largest, fabs(error) / fit->after[i]);
    }
    return largest;
}

/* The best K for an asymptote: between the smallest and the largest that a single point asks for, found by
 * sections, as the largest error falls and rises with it. */
static double fit_rate(const struct prediction_fit *fit, double asymptote)
{
    double low = INFINITY, high = 0;
    for (int i = 0; i < PREDICTED_POINTS; i++) {
        const double rate = 1.0 / fabs(asymptote - fit->after[i]) - 1.0 / fabs(asymptote - fit->before[i]);
        low = fmin(low, rate);
        high = fmax(high, rate);
    }
    high = fmin(high, ldexp((double) UINT32_MAX, -PULSE_RATE_FRACTION)); /* what the table holds */
    for (int i = 0; i < TRIED_RATES; i++) {
        const double third = (high - low) / 3.0;
        if (misprediction(fit, asymptote, low + third) < misprediction(fit, asymptote, high - third)) {
            high -= third;
        } else {
            low += third;
        }
    }
    return (low + high) / 2.0;
}

static void fit_prediction(const struct pulse *pulse, double lowest, double highest, double *rate,
                           double *asymptote, double *error)
{
    const double limit = RESISTANCE_LIMIT;
    struct prediction_fit fit = {.positive = pulse->voltage > 0};
    double outermost = fit.positive ? 0 : limit;
    for (int i = 0; i < PREDICTED_POINTS; i++) {
        fit.before[i] = lowest + (highest - lowest) * i / (PREDICTED_POINTS - 1);
        fit.after[i] = memristor_after(fit.before[i], pulse, pulse->width_us * 1e-6);
        outermost = fit.positive ? fmax(outermost, fit.after[i]) : fmin(outermost, fit.after[i]);
    }
    /* Asymptotes beyond all of them, up to the ends of what the table holds. */
    const double end = fit.positive ? limit - 1.0 : 1.0;
    *error = INFINITY;
    if (!(fit.positive ? outermost < end : outermost > end)) {
        return;
    }
    for (int i = 0; i < TRIED_ASYMPTOTES; i++) {
        const double tried = outermost + (end - outermost) * pow((i + 1.0) / TRIED_ASYMPTOTES, 3.0);
        const double tried_rate = fit_rate(&fit, tried);
        const double tried_error = misprediction(&fit, tried, tried_rate);
        if (tried_error < *error) {
            *error = tried_error;
            *asymptote = tried;
            *rate = tried_rate;
        }
    }
}

enum status pulse_prepare(const struct switching *switching, double lowest, double highest, const char *where,
                          struct pulse *pulse, struct error *error)
{
    const double voltage = pulse->voltage;
    const uint32_t width_us = pulse->width_us;
    *pulse = pulse_of_voltage(switching, voltage);
    pulse->width_us = width_us;
    double asymptote = pulse->asymptote;
    double rate = pulse->rate * width_us * 1e-6;
    if (switching_is_fitted(switching->model)) {
        if (!(pulse->rate > 0)) {
            return error_set(error, STATUS_INVALID,
                             "%s: at %g V nothing moves: expected a voltage beyond the threshold", where,
                             voltage);
        }
        fit_prediction(pulse, lowest, highest, &rate, &asymptote, &pulse->misprediction);
        if (!isfinite(pulse->misprediction)) {
            return error_set(
                error, STATUS_INVALID,
                "%s: a pulse of %g V and %u us leads out of what the hardware can read; expected "
                "shorter pulses or a range that ends farther from it",
                where, voltage, width_us);
        }
    }
    double rate_fixed = round_half_up(ldexp(rate, PULSE_RATE_FRACTION));
    if (!(rate_fixed >= 1.0 && rate_fixed <= (double) UINT32_MAX)) {
        return error_set(error, STATUS_INVALID,
                         "%s: a pulse of %g V and %u us has k t = %g / ohm; expected %.1e to %g", where,
                         voltage, width_us, rate, ldexp(1.0, -PULSE_RATE_FRACTION),
                         ldexp(1.0, 32 - PULSE_RATE_FRACTION));
    }
    const double limit = RESISTANCE_LIMIT;
    if (!(asymptote > 0.0 && asymptote < limit)) {
        return error_set(error, STATUS_INVALID,
                         "%s: at %g V the resistance tends to %g ohm; expected more than 0 and less than %g",
                         where, voltage, asymptote, limit);
    }
    pulse->rate_fixed = (uint32_t) rate_fixed;
    pulse->asymptote_fixed = resistance_to_fixed(asymptote);
    return STATUS_OK;
}
