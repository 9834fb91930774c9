// SPDX-License-Identifier: Apache-2.0
#include "fit/device_fit.h"

#include "model/base/memory.h"

#include <cminpack.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_EVALUATIONS = 1000, /* of all residuals, in one least squares */
    GRID_PULSES = 2000,      /* as many are enough for a starting point */
    GRID_ASYMPTOTES = 40,
    GRID_RATES = 40,
    STEEPNESSES = 401,
    LEAST_PULSES = 4, /* to determine a voltage's rate and asymptote */
    WIDTHS = 8,       /* of a sign in the device file: half of the controller's table */
};

/* What is searched: the logarithm of the rate k at a voltage in the middle, 1/t, and r at the lowest and at
 * the highest voltage. Of one voltage alone: the logarithm of k, and r. */
enum { X_RATE, X_STEEPNESS, X_ASYMPTOTE_LOW, X_ASYMPTOTE_HIGH };

struct problem {
    bool positive;
    bool one_voltage;
    double low, middle, high; /* voltages, by size, with their sign */
    uint32_t count;
    const struct measured_pulse *pulses;
};

/* (e^{s v} - 1) / s, which goes on to v where s is 0, and beyond it to curves that flatten. */
static double growth(double steepness, double voltage)
{
    const double size = fabs(voltage);
    return fabs(steepness * size) < 1e-9 ? size : expm1(steepness * size) / steepness;
}

static double asymptote_at(const struct problem *problem, const double *x, double voltage)
{
    const double share =
        problem->high == problem->low ? 0 : (voltage - problem->low) / (problem->high - problem->low);
    return x[X_ASYMPTOTE_LOW] + share * (x[X_ASYMPTOTE_HIGH] - x[X_ASYMPTOTE_LOW]);
}

static void law_at(const struct problem *problem, const double *x, double voltage, double *rate,
                   double *asymptote)
{
    if (problem->one_voltage) {
        *rate = exp(x[0]);
        *asymptote = x[1];
        return;
    }
    *rate = exp(x[X_RATE]) * growth(x[X_STEEPNESS], voltage) / growth(x[X_STEEPNESS], problem->middle);
    *asymptote = asymptote_at(problem, x, voltage);
}

/* f(before); *slope is f'(before). */
static double predict(const struct measured_pulse *pulse, double rate, double asymptote, double *slope)
{
    const bool positive = pulse->voltage > 0;
    const double distance = positive ? asymptote - pulse->before : pulse->before - asymptote;
    *slope = 1;
    if (distance <= 0) {
        return pulse->before;
    }
    const double shrink = 1.0 / (1.0 + rate * pulse->seconds * distance);
    *slope = shrink * shrink;
    return positive ? asymptote - distance * shrink : asymptote + distance * shrink;
}

static double residual(const struct measured_pulse *pulse, double rate, double asymptote)
{
    double slope = 1;
    const double after = predict(pulse, rate, asymptote, &slope);
    return (pulse->after - after) / hypot(after, slope * pulse->before);
}

static int residuals_of(void *context, int count, int unknowns, const double *x, double *residuals,
                        int purpose)
{
    (void) unknowns;
    (void) purpose;
    const struct problem *problem = context;
    for (int i = 0; i < count; i++) {
        double rate = 0;
        double asymptote = 0;
        law_at(problem, x, problem->pulses[i].voltage, &rate, &asymptote);
        const double value = residual(&problem->pulses[i], rate, asymptote);
        residuals[i] = isfinite(value) ? value : DBL_MAX; /* a step too far: a shorter one is tried */
    }
    return 0;
}

static double sum_of_squares(const struct problem *problem, double rate, double asymptote, uint32_t stride)
{
    double sum = 0;
    for (uint32_t i = 0; i < problem->count; i += stride) {
        const double value = residual(&problem->pulses[i], rate, asymptote);
        sum += value * value;
    }
    return sum;
}

/* Moves `x` to the least squares; the sum of squares there, infinite when there is none. `covariance` (of unit
 * errors) may be NULL; an unknown that makes no difference has a variance of 0 in it. */
static double least_squares(const struct problem *problem, int unknowns, double *x,
                            double covariance[FIT_CONSTANTS][FIT_CONSTANTS])
{
    const int count = (int) problem->count;
    double *residuals = allocate(problem->count, sizeof *residuals);
    double *scratch = allocate(problem->count, sizeof *scratch);
    double *jacobian = allocate(problem->count, (size_t) unknowns * sizeof *jacobian); /* column by column */
    double scales[FIT_CONSTANTS], rotated[FIT_CONSTANTS], work[3][FIT_CONSTANTS];
    int order[FIT_CONSTANTS];
    int evaluations = 0;
    /* Scaled by the columns of the Jacobian; no first step is longer than the way to 0. Why it stops does not
     * matter: no further decrease also counts as converged. */
    (void) lmdif(residuals_of, (void *) problem, count, unknowns, x, residuals, 1e-10, 1e-10, 0,
                 MOST_EVALUATIONS, 0, scales, 1, 1, 0, &evaluations, jacobian, count, order, rotated, work[0],
                 work[1], work[2], scratch);
    const double norm = enorm(count, residuals);
    if (covariance != NULL) {
        covar(unknowns, jacobian, count, order, 0, work[0]);
        for (int j = 0; j < unknowns; j++) {
            memcpy(covariance[j], jacobian + (size_t) j * problem->count,
                   (size_t) unknowns * sizeof *jacobian);
        }
    }
    free(jacobian);
    free(scratch);
    free(residuals);
    return isfinite(norm * norm) ? norm * norm : INFINITY;
}

/* Rate and asymptote of one voltage's pulses; the rate stays 0 when they do not determine it. */
static void fit_voltage(const struct problem *problem, struct fitted_voltage *voltage)
{
    const uint32_t stride = 1 + problem->count / GRID_PULSES;
    double lowest = INFINITY, highest = 0, longest = 0;
    for (uint32_t i = 0; i < problem->count; i++) {
        const struct measured_pulse *pulse = &problem->pulses[i];
        lowest = fmin(lowest, fmin(pulse->before, pulse->after));
        highest = fmax(highest, fmax(pulse->before, pulse->after));
        longest = fmax(longest, pulse->seconds);
    }
    double best = INFINITY;
    double x[2] = {0};
    for (int a = 0; a < GRID_ASYMPTOTES; a++) {
        const double share = (a + 0.5) / GRID_ASYMPTOTES;
        const double asymptote =
            problem->positive ? lowest * pow(3 * highest / lowest, share) : highest * share;
        for (int k = 0; k < GRID_RATES; k++) {
            const double rate = pow(10, 9.0 * k / GRID_RATES - 5.0) / (longest * highest);
            const double sum = sum_of_squares(problem, rate, asymptote, stride);
            if (sum < best) {
                best = sum;
                x[0] = log(rate);
                x[1] = asymptote;
            }
        }
    }
    const double still = sum_of_squares(problem, 0, highest, 1);
    const double sum = problem->count >= LEAST_PULSES ? least_squares(problem, 2, x, NULL) : INFINITY;
    /* Whether the change is significant against the residuals, an F test of two constants, and more than what
     * rounding makes of no change at all. */
    const double rounding = problem->count * 1e-24;
    if (isfinite(sum) && (still - sum) / 2 > 10 * sum / (problem->count - 2) + rounding) {
        voltage->own_rate = exp(x[0]);
        voltage->own_asymptote = x[1];
    }
}

static int by_voltage(const void *left, const void *right)
{
    const struct measured_pulse *a = left, *b = right;
    if (a->voltage != b->voltage) {
        return a->voltage < b->voltage ? -1 : 1;
    }
    return a->line < b->line ? -1 : a->line > b->line;
}

/* Start values for all four: r by a straight line, 1/t by trying, from the fits of single voltages. */
static void start_side(const struct problem *problem, const struct fitted_side *side, double x[FIT_CONSTANTS])
{
    double n = 0, v = 0, r = 0, vv = 0, vr = 0;
    for (uint32_t i = 0; i < side->voltage_count; i++) {
        const struct fitted_voltage *own = &side->voltages[i];
        if (own->own_rate > 0) {
            n += own->pulses;
            v += own->pulses * own->voltage;
            r += own->pulses * own->own_asymptote;
            vv += own->pulses * own->voltage * own->voltage;
            vr += own->pulses * own->voltage * own->own_asymptote;
        }
    }
    const double slope = (n * vr - v * r) / (n * vv - v * v);
    x[X_ASYMPTOTE_LOW] = r / n + slope * (problem->low - v / n);
    x[X_ASYMPTOTE_HIGH] = r / n + slope * (problem->high - v / n);
    double best = INFINITY;
    for (int i = 0; i < STEEPNESSES; i++) {
        const double steepness = (40.0 * i / (STEEPNESSES - 1) - 10.0) / fabs(problem->high);
        double sum = 0, squares = 0;
        for (uint32_t j = 0; j < side->voltage_count; j++) {
            const struct fitted_voltage *own = &side->voltages[j];
            if (own->own_rate > 0) {
                const double gap = log(own->own_rate) - log(growth(steepness, own->voltage));
                sum += own->pulses * gap;
                squares += own->pulses * gap * gap;
            }
        }
        const double spread = squares - sum * sum / n;
        if (spread < best) {
            best = spread;
            x[X_STEEPNESS] = steepness;
            x[X_RATE] = sum / n + log(growth(steepness, problem->middle));
        }
    }
}

/* The constants of a device file: A, t, a0, a1. */
static void constants_of(const struct problem *problem, const double *x, double constants[FIT_CONSTANTS])
{
    const double scale = exp(x[X_RATE]) / growth(x[X_STEEPNESS], problem->middle) / x[X_STEEPNESS];
    constants[0] = problem->positive ? scale : -scale;
    constants[1] = 1 / x[X_STEEPNESS];
    constants[3] = (x[X_ASYMPTOTE_HIGH] - x[X_ASYMPTOTE_LOW]) / (problem->high - problem->low);
    constants[2] = x[X_ASYMPTOTE_LOW] - constants[3] * problem->low;
}

/* Standard errors of the constants, to first order. */
static void errors_of(const struct problem *problem, const double *x,
                      const double covariance[FIT_CONSTANTS][FIT_CONSTANTS], double variance,
                      double errors[FIT_CONSTANTS])
{
    double slopes[FIT_CONSTANTS][FIT_CONSTANTS]; /* of constant i with x[j] */
    for (int j = 0; j < FIT_CONSTANTS; j++) {
        double moved[FIT_CONSTANTS], above[FIT_CONSTANTS], below[FIT_CONSTANTS];
        const double step = 1e-5 * fmax(fabs(x[j]), 1e-3);
        memcpy(moved, x, sizeof moved);
        moved[j] = x[j] + step;
        constants_of(problem, moved, above);
        moved[j] = x[j] - step;
        constants_of(problem, moved, below);
        for (int i = 0; i < FIT_CONSTANTS; i++) {
            slopes[i][j] = (above[i] - below[i]) / (2 * step);
        }
    }
    for (int i = 0; i < FIT_CONSTANTS; i++) {
        double sum = 0;
        for (int j = 0; j < FIT_CONSTANTS; j++) {
            for (int k = 0; k < FIT_CONSTANTS; k++) {
                sum += slopes[i][j] * covariance[j][k] * slopes[i][k];
            }
        }
        errors[i] = sqrt(variance * sum);
    }
}

static void split_voltages(const struct problem *problem, struct fitted_side *side)
{
    side->voltages = allocate(problem->count, sizeof *side->voltages);
    for (uint32_t first = 0; first < problem->count;) {
        struct fitted_voltage *voltage = &side->voltages[side->voltage_count++];
        voltage->voltage = problem->pulses[first].voltage;
        while (first + voltage->pulses < problem->count &&
               problem->pulses[first + voltage->pulses].voltage == voltage->voltage) {
            voltage->pulses++;
        }
        const struct problem own = {.positive = problem->positive,
                                    .one_voltage = true,
                                    .count = voltage->pulses,
                                    .pulses = &problem->pulses[first]};
        fit_voltage(&own, voltage);
        first += voltage->pulses;
    }
}

static void judge(const struct problem *problem, const double *x, struct fitted_side *side)
{
    const struct measured_pulse *pulse = problem->pulses;
    double all = 0;
    for (uint32_t i = 0; i < side->voltage_count; i++) {
        struct fitted_voltage *voltage = &side->voltages[i];
        double sum = 0, squares = 0;
        law_at(problem, x, voltage->voltage, &voltage->rate, &voltage->asymptote);
        for (uint32_t j = 0; j < voltage->pulses; j++, pulse++) {
            const double value = residual(pulse, voltage->rate, voltage->asymptote);
            sum += value;
            squares += value * value;
            if (fabs(value) >= fabs(side->largest)) {
                side->largest = value;
                side->largest_line = pulse->line;
            }
        }
        voltage->mean = sum / voltage->pulses;
        voltage->rms = sqrt(squares / voltage->pulses);
        all += squares;
    }
    side->rms = sqrt(all / problem->count);
}

static enum status fit_side(const char *path, struct problem *problem, struct fitted_side *side,
                            struct error *error)
{
    const char *const sign = problem->positive ? "positive" : "negative";
    side->pulses = problem->count;
    split_voltages(problem, side);
    uint32_t telling = 0;
    for (uint32_t i = 0; i < side->voltage_count; i++) {
        const struct fitted_voltage *voltage = &side->voltages[i];
        if (voltage->own_rate > 0) {
            problem->low =
                telling == 0 || fabs(voltage->voltage) < fabs(problem->low) ? voltage->voltage : problem->low;
            problem->high = telling == 0 || fabs(voltage->voltage) > fabs(problem->high) ? voltage->voltage
                                                                                         : problem->high;
            telling++;
        }
    }
    if (telling < 2) {
        return error_set(
            error, STATUS_INVALID,
            "%s: pulses of %u %s voltage%s change R clearly; expected at least 2, with %d pulses "
            "each and readings before and after them that differ by more than their errors",
            path, telling, sign, telling == 1 ? "" : "s", LEAST_PULSES);
    }
    problem->middle = (problem->low + problem->high) / 2;
    double x[FIT_CONSTANTS] = {0};
    double covariance[FIT_CONSTANTS][FIT_CONSTANTS] = {0};
    start_side(problem, side, x);
    const double sum = least_squares(problem, FIT_CONSTANTS, x, covariance);
    /* A device file takes |t| up to 1000 V, where the curve is a straight line. */
    x[X_STEEPNESS] = copysign(fmax(fabs(x[X_STEEPNESS]), 1.001e-3), x[X_STEEPNESS]);
    enum status status = STATUS_OK;
    constants_of(problem, x, side->constants);
    errors_of(problem, x, covariance, sum / (problem->count - FIT_CONSTANTS), side->errors);
    for (int i = 0; i < FIT_CONSTANTS && status == STATUS_OK; i++) {
        if (!isfinite(side->constants[i]) || !isfinite(side->errors[i]) || !(covariance[i][i] > 0)) {
            status = error_set(error, STATUS_INVALID,
                               "%s: the %s pulses do not determine the constants; expected voltages that lie "
                               "farther apart, and pulses both well short of the limit of R and near it",
                               path, sign);
        }
    }
    if (status == STATUS_OK) {
        judge(problem, x, side);
    }
    return status;
}

static void predict_all(const struct measurements *measurements, struct device_fit *fit)
{
    fit->predicted = allocate(measurements->count, sizeof *fit->predicted);
    fit->residuals = allocate(measurements->count, sizeof *fit->residuals);
    for (uint32_t i = 0; i < measurements->count; i++) {
        const struct measured_pulse *pulse = &measurements->pulses[i];
        const struct pulse law = pulse_of_voltage(&fit->switching, pulse->voltage);
        double slope = 1;
        fit->predicted[i] = predict(pulse, law.rate, law.asymptote, &slope);
        fit->residuals[i] = residual(pulse, law.rate, law.asymptote);
    }
}

enum status device_fit(const char *path, const struct measurements *measurements, struct device_fit *fit,
                       struct error *error)
{
    *fit = (struct device_fit) {.switching.model = SWITCHING_DATA_DRIVEN};
    const uint32_t most = INT_MAX / FIT_CONSTANTS; /* that the least squares can count */
    if (measurements->count == 0 || measurements->count > most) {
        return error_set(error, STATUS_INVALID, "%s: has %u pulses; expected 1 to %u", path,
                         measurements->count, most);
    }
    struct measured_pulse *sorted = allocate(measurements->count, sizeof *sorted);
    memcpy(sorted, measurements->pulses, measurements->count * sizeof *sorted);
    qsort(sorted, measurements->count, sizeof *sorted, by_voltage);
    uint32_t negative = 0;
    while (negative < measurements->count && sorted[negative].voltage < 0) {
        negative++;
    }
    enum status status = STATUS_OK;
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        struct problem problem = {.positive = i == 0,
                                  .count = i == 0 ? measurements->count - negative : negative,
                                  .pulses = i == 0 ? sorted + negative : sorted};
        status = fit_side(path, &problem, &fit->sides[i], error);
    }
    free(sorted);
    if (status != STATUS_OK) {
        device_fit_free(fit);
        return status;
    }
    static const int places[2][FIT_CONSTANTS] = {{DATA_A_P, DATA_T_P, DATA_A0_P, DATA_A1_P},
                                                 {DATA_A_N, DATA_T_N, DATA_A0_N, DATA_A1_N}};
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < FIT_CONSTANTS; i++) {
            fit->switching.constants[places[side][i]] = fit->sides[side].constants[i];
        }
    }
    predict_all(measurements, fit);
    return STATUS_OK;
}

void device_fit_free(struct device_fit *fit)
{
    free(fit->sides[0].voltages);
    free(fit->sides[1].voltages);
    free(fit->predicted);
    free(fit->residuals);
    *fit = (struct device_fit) {0};
}

/* The voltage of a side with the most pulses, of equals the highest, among those with a rate of their own. */
static const struct fitted_voltage *most_pulsed(const struct fitted_side *side)
{
    const struct fitted_voltage *best = &side->voltages[0];
    for (uint32_t i = 1; i < side->voltage_count; i++) {
        const struct fitted_voltage *voltage = &side->voltages[i];
        const bool as_often = voltage->pulses == best->pulses && fabs(voltage->voltage) > fabs(best->voltage);
        if (voltage->own_rate > 0 && (best->own_rate == 0 || voltage->pulses > best->pulses || as_often)) {
            best = voltage;
        }
    }
    return best;
}

/* That voltage and up to WIDTHS of its widths in whole microseconds, evenly chosen. */
static void write_pulses(const struct fitted_side *side, const struct measurements *measurements, bool last,
                         FILE *stream)
{
    const struct fitted_voltage *chosen = most_pulsed(side);
    bool *seen = allocate(MAX_WIDTH_US + 1, sizeof *seen);
    uint32_t count = 0;
    for (uint32_t i = 0; i < measurements->count; i++) {
        const double width = round(measurements->pulses[i].seconds * 1e6);
        if (measurements->pulses[i].voltage == chosen->voltage && width >= 1 && width <= MAX_WIDTH_US) {
            count += !seen[(uint32_t) width];
            seen[(uint32_t) width] = true;
        }
    }
    (void) fprintf(stream, "    { voltage = %.10g; widths_us = [", chosen->voltage);
    const uint32_t wanted = count < WIDTHS ? count : WIDTHS;
    uint32_t number = 0, written = 0;
    for (uint32_t width = 1; width <= MAX_WIDTH_US; width++) {
        if (seen[width]) {
            /* The shortest, the longest, and as many between as there is room for. */
            if (wanted == 1 || number * (wanted - 1) >= written * (count - 1)) {
                (void) fprintf(stream, "%s%u", written > 0 ? ", " : "", width);
                written++;
            }
            number++;
        }
    }
    (void) fprintf(stream, "]; }%s\n", last ? "" : ",");
    free(seen);
}

void device_fit_write(const struct device_fit *fit, const struct measurements *measurements, const char *name,
                      const char *source, FILE *stream)
{
    static const char *const names[2][FIT_CONSTANTS] = {{"A_p", "t_p", "a0_p", "a1_p"},
                                                        {"A_n", "t_n", "a0_n", "a1_n"}};
    static const char *const units[FIT_CONSTANTS] = {"1/(ohm s)", "V", "ohm", "ohm/V"};
    double lowest = INFINITY, highest = 0;
    for (uint32_t i = 0; i < measurements->count; i++) {
        lowest = fmin(lowest, measurements->pulses[i].before);
        highest = fmax(highest, measurements->pulses[i].before);
    }
    (void) fprintf(stream, "# Fitted by `memspike fit` to the %u pulses of %s.\nname = \"%s\";\n\n",
                   measurements->count, source, name);
    (void) fprintf(stream,
                   "# dR/dt = A_p (exp(|v|/t_p) - 1) (r_p - R)^2 for v > 0,  A_n (exp(|v|/t_n) - 1) (R - "
                   "r_n)^2 for v < 0;  r(v) = a0 + a1 v.\nswitching = {\n");
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < FIT_CONSTANTS; i++) {
            (void) fprintf(stream, "  %s = %.10g; # +- %.2g %s\n", names[side][i],
                           fit->sides[side].constants[i], fit->sides[side].errors[i], units[i]);
        }
    }
    (void) fprintf(
        stream,
        "};\n\n# The range that was measured, as that of fresh devices; weights map to the limits of "
        "R at the voltages below.\nresistance = {\n  start = %.10g;\n  spread = %.10g;\n};\n\n",
        (lowest + highest) / 2, (highest - lowest) / 2);
    (void) fprintf(stream,
                   "# The voltage of each sign that was pulsed most often, and its widths: a place to start "
                   "from.\npulses = {\n");
    for (int approach = 1; approach <= 2; approach++) {
        (void) fprintf(stream, "  approach%d = (\n", approach);
        write_pulses(&fit->sides[0], measurements, false, stream);
        write_pulses(&fit->sides[1], measurements, true, stream);
        (void) fprintf(stream, "  );\n");
    }
    (void) fprintf(stream, "};\n");
}
