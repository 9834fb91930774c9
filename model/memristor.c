#include "model/memristor.h"

#include "base/configuration.h"
#include "base/file.h"
#include "base/rounding.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { MAX_WIDTH_US = 65535 };
#define JUST_BELOW_0 (-1e-300)

const struct switching_model_text switching_models[SWITCHING_MODELS] = {
    [SWITCHING_DATA_DRIVEN] = {"data_driven",
                               {{"A_p", "1/(ohm s)", -1e9, 1e9},
                                {"A_n", "1/(ohm s)", -1e9, 1e9},
                                {"a0_p", "ohm", -1e9, 1e9},
                                {"a0_n", "ohm", -1e9, 1e9},
                                {"a1_p", "ohm/V", -1e9, 1e9},
                                {"a1_n", "ohm/V", -1e9, 1e9},
                                {"t_p", "V", -1e3, 1e3},
                                {"t_n", "V", -1e3, 1e3}}},
    [SWITCHING_VTEAM] = {"vteam",
                         {{"k_off", "m/s", 0, 1e9},
                          {"k_on", "m/s", -1e9, 0},
                          {"alpha_off", "", 0, 100},
                          {"alpha_on", "", 0, 100},
                          {"v_off", "V", 0, 100},
                          {"v_on", "V", -100, 0},
                          {"D", "m", 0, 1},
                          {"R_on", "ohm", 0, 1e12},
                          {"R_off", "ohm", 0, 1e12}}},
    [SWITCHING_YAKOPCIC] = {"yakopcic",
                            {{"A_p", "1/s", 0, 1e12},
                             {"A_n", "1/s", 0, 1e12},
                             {"V_p", "V", 0, 100},
                             {"V_n", "V", 0, 100},
                             {"x_p", "", 0, 1},
                             {"x_n", "", 0, 1},
                             {"alpha_p", "", 0, 1e3},
                             {"alpha_n", "", 0, 1e3},
                             {"a", "A", 0, 1e3},
                             {"b", "1/V", 0, 1e3}}},
};

uint32_t switching_constant_count(enum switching_model model)
{
    uint32_t count = 0;
    while (switching_models[model].constants[count].name != NULL) {
        count++;
    }
    return count;
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

static struct pulse yakopcic_pulse(const double *constants, double voltage)
{
    const bool positive = voltage > 0; /* and x falls */
    const double scale = positive ? constants[YAKOPCIC_A_N] : constants[YAKOPCIC_A_P];
    const double threshold = positive ? constants[YAKOPCIC_V_N] : constants[YAKOPCIC_V_P];
    const double siemens = constants[YAKOPCIC_A] * constants[YAKOPCIC_B];
    return (struct pulse) {
        .rate = fmax(scale * (exp(fabs(voltage)) - exp(threshold)), 0.0),
        .asymptote = positive ? INFINITY : 1.0 / siemens,
        .decay = positive ? constants[YAKOPCIC_ALPHA_N] : constants[YAKOPCIC_ALPHA_P],
        .turn = positive ? 1.0 - constants[YAKOPCIC_X_N] : constants[YAKOPCIC_X_P],
        .siemens = siemens,
    };
}

struct pulse pulse_of_voltage(const struct switching *switching, double voltage)
{
    static struct pulse (*const pulses[SWITCHING_MODELS])(const double *constants, double voltage) = {
        data_driven_pulse, vteam_pulse, yakopcic_pulse};
    struct pulse pulse = pulses[switching->model](switching->constants, voltage);
    pulse.voltage = voltage;
    pulse.model = switching->model;
    return pulse;
}

/* dx/dt without its sign. */
static double yakopcic_speed(double x, const struct pulse *pulse)
{
    if (pulse->voltage > 0) {
        return x < pulse->turn ? pulse->rate * exp(pulse->decay * (x - pulse->turn)) * x / pulse->turn
                               : pulse->rate;
    }
    return x > pulse->turn
               ? pulse->rate * exp(pulse->decay * (pulse->turn - x)) * (1.0 - x) / (1.0 - pulse->turn)
               : pulse->rate;
}

double memristor_step_otherwise(double resistance, const struct pulse *pulse, double seconds)
{
    const bool positive = pulse->voltage > 0;
    const double distance = positive ? pulse->asymptote - resistance : resistance - pulse->asymptote;
    if (!(distance > 0)) {
        return resistance;
    }
    if (pulse->model == SWITCHING_VTEAM) {
        const double change = fmin(pulse->rate * seconds, distance);
        return positive ? resistance + change : resistance - change;
    }
    const double x = 1.0 / (resistance * pulse->siemens);
    const double change = yakopcic_speed(x, pulse) * seconds;
    /* A step that is too long for its device halves x at most. */
    const double after = positive ? fmax(x - change, x / 2.0) : fmin(x + change, 1.0);
    return 1.0 / (after * pulse->siemens);
}

double memristor_after(double resistance, const struct pulse *pulse, double seconds)
{
    enum { STEPS = 1000 };
    if (pulse->model == SWITCHING_VTEAM) {
        return memristor_step_otherwise(resistance, pulse, seconds);
    }
    if (pulse->model == SWITCHING_YAKOPCIC) {
        for (int step = 0; step < STEPS; step++) {
            resistance = memristor_step_otherwise(resistance, pulse, seconds / STEPS);
        }
        return resistance;
    }
    double distance = pulse->voltage > 0 ? pulse->asymptote - resistance : resistance - pulse->asymptote;
    if (distance <= 0) {
        return resistance;
    }
    double left = distance / (1.0 + pulse->rate * distance * seconds);
    return pulse->voltage > 0 ? pulse->asymptote - left : pulse->asymptote + left;
}

double device_weight(const struct device *device, double resistance)
{
    double minimum_conductance = 1.0 / device->maximum_resistance;
    double maximum_conductance = 1.0 / device->minimum_resistance;
    return (1.0 / resistance - minimum_conductance) / (maximum_conductance - minimum_conductance);
}

double device_resistance(const struct device *device, double weight)
{
    double minimum_conductance = 1.0 / device->maximum_resistance;
    double maximum_conductance = 1.0 / device->minimum_resistance;
    return 1.0 / (weight * (maximum_conductance - minimum_conductance) + minimum_conductance);
}

uint32_t resistance_to_fixed(double resistance)
{
    const double largest = (double) ((1u << RESISTANCE_BITS) - 1);
    double scaled = round_half_up(resistance * (1 << RESISTANCE_FRACTION));
    if (!(scaled > 0)) {
        return 0;
    }
    return scaled < largest ? (uint32_t) scaled : (uint32_t) largest;
}

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
    const double limit = (double) (1u << (RESISTANCE_BITS - RESISTANCE_FRACTION));
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

enum status pulse_prepare(const struct switching *switching, double lowest, double highest, double voltage,
                          uint32_t width_us, const char *where, struct pulse *pulse, struct error *error)
{
    *pulse = pulse_of_voltage(switching, voltage);
    pulse->width_us = width_us;
    double asymptote = pulse->asymptote;
    double rate = pulse->rate * width_us * 1e-6;
    if (pulse->model != SWITCHING_DATA_DRIVEN) {
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
    double limit = (double) (1u << (RESISTANCE_BITS - RESISTANCE_FRACTION));
    if (!(asymptote > 0.0 && asymptote < limit)) {
        return error_set(error, STATUS_INVALID,
                         "%s: at %g V the resistance tends to %g ohm; expected more than 0 and less than %g",
                         where, voltage, asymptote, limit);
    }
    pulse->rate_fixed = (uint32_t) rate_fixed;
    pulse->asymptote_fixed = resistance_to_fixed(asymptote);
    return STATUS_OK;
}

static enum status read_pulse_group(const char *path, const config_setting_t *group,
                                    const struct device *device, struct pulse_table *table,
                                    struct error *error)
{
    static const char *const keys[] = {"voltage", "widths_us", NULL};
    double voltage = 0;
    enum status status = configuration_check_keys(path, group, keys, error);
    if (status == STATUS_OK) {
        status = configuration_number(path, group, "voltage", true, -10.0, 10.0, &voltage, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const config_setting_t *widths = configuration_member(path, group, "widths_us", error);
    if (widths == NULL) {
        return STATUS_INVALID;
    }
    char where[512];
    (void) snprintf(where, sizeof where, "%s:%u", path, config_setting_source_line(widths));
    if (voltage == 0) {
        return error_set(error, STATUS_INVALID, "%s: voltage: expected a number other than 0", where);
    }
    if (config_setting_is_aggregate(widths) != CONFIG_TRUE || config_setting_length(widths) == 0) {
        return error_set(error, STATUS_INVALID, "%s: widths_us: expected a list of widths, [1, 2, ...]",
                         where);
    }
    for (int i = 0; i < config_setting_length(widths); i++) {
        const config_setting_t *width = config_setting_get_elem(widths, (unsigned) i);
        long long microseconds =
            config_setting_type(width) == CONFIG_TYPE_INT ? config_setting_get_int(width) : -1;
        if (microseconds < 1 || microseconds > MAX_WIDTH_US) {
            return error_set(error, STATUS_INVALID, "%s: widths_us: expected whole microseconds from 1 to %d",
                             where, MAX_WIDTH_US);
        }
        if (table->count == PULSE_ENTRIES) {
            return error_set(error, STATUS_INVALID, "%s: more than %d pulses; the table holds no more", where,
                             PULSE_ENTRIES);
        }
        status = pulse_prepare(&device->switching, device->minimum_resistance, device->maximum_resistance,
                               voltage, (uint32_t) microseconds, where, &table->pulses[table->count], error);
        if (status != STATUS_OK) {
            return status;
        }
        table->count++;
    }
    return STATUS_OK;
}

static enum status read_pulse_list(const char *path, const config_setting_t *pulses, const char *key,
                                   const struct device *device, struct pulse_table *table,
                                   struct error *error)
{
    const config_setting_t *list = configuration_member(path, pulses, key, error);
    if (list == NULL) {
        return STATUS_INVALID;
    }
    if (config_setting_is_list(list) != CONFIG_TRUE || config_setting_length(list) == 0) {
        return error_set(error, STATUS_INVALID,
                         "%s:%u: %s: expected a list ({ voltage = ...; widths_us = [...]; })", path,
                         config_setting_source_line(list), key);
    }
    for (int i = 0; i < config_setting_length(list); i++) {
        enum status status =
            read_pulse_group(path, config_setting_get_elem(list, (unsigned) i), device, table, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Rates must be positive: the sign of each scale follows from its steepness. */
static enum status check_signs(const char *path, const config_setting_t *group, const double *constants,
                               struct error *error)
{
    static const struct {
        const char *scale_name, *steepness_name;
        int scale, steepness;
        double sign;
    } pairs[] = {{"A_p", "t_p", DATA_A_P, DATA_T_P, 1}, {"A_n", "t_n", DATA_A_N, DATA_T_N, -1}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const double steepness = constants[pairs[i].steepness];
        const bool above_0 = pairs[i].sign * steepness > 0;
        const double scale = constants[pairs[i].scale];
        if (steepness == 0) {
            return error_set(
                error, STATUS_INVALID, "%s:%u: %s: expected a number other than 0", path,
                config_setting_source_line(config_setting_get_member(group, pairs[i].steepness_name)),
                pairs[i].steepness_name);
        }
        if (!(above_0 ? scale > 0 : scale < 0)) {
            return error_set(
                error, STATUS_INVALID, "%s:%u: %s: expected a number %s 0 with %s = %g", path,
                config_setting_source_line(config_setting_get_member(group, pairs[i].scale_name)),
                pairs[i].scale_name, above_0 ? "above" : "below", pairs[i].steepness_name, steepness);
        }
    }
    return STATUS_OK;
}

static enum status read_switching_model(const char *path, const config_setting_t *group,
                                        enum switching_model *model, struct error *error)
{
    const config_setting_t *setting = config_setting_get_member(group, "model");
    *model = SWITCHING_DATA_DRIVEN;
    if (setting == NULL) {
        return STATUS_OK;
    }
    const char *name = config_setting_get_string(setting);
    for (int i = 0; i < SWITCHING_MODELS && name != NULL; i++) {
        if (strcmp(name, switching_models[i].name) == 0) {
            *model = (enum switching_model) i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID, "%s:%u: model: expected one of \"%s\", \"%s\", \"%s\"", path,
                     config_setting_source_line(setting), switching_models[0].name, switching_models[1].name,
                     switching_models[2].name);
}

static enum status read_switching(const char *path, const config_setting_t *root, struct switching *switching,
                                  struct error *error)
{
    const config_setting_t *group = configuration_member(path, root, "switching", error);
    if (group == NULL) {
        return STATUS_INVALID;
    }
    if (config_setting_is_group(group) != CONFIG_TRUE) {
        static const char *const no_keys[] = {NULL};
        return configuration_check_keys(path, group, no_keys, error);
    }
    enum status status = read_switching_model(path, group, &switching->model, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct switching_constant *constants = switching_models[switching->model].constants;
    const char *keys[SWITCHING_CONSTANTS + 2] = {"model"};
    for (int i = 0; constants[i].name != NULL; i++) {
        keys[i + 1] = constants[i].name;
    }
    status = configuration_check_keys(path, group, keys, error);
    for (int i = 0; constants[i].name != NULL && status == STATUS_OK; i++) {
        status = configuration_number(path, group, constants[i].name, true, constants[i].above,
                                      constants[i].below, &switching->constants[i], error);
    }
    if (status == STATUS_OK && switching->model == SWITCHING_DATA_DRIVEN) {
        status = check_signs(path, group, switching->constants, error);
    }
    if (status == STATUS_OK && switching->model == SWITCHING_VTEAM &&
        !(switching->constants[VTEAM_R_ON] < switching->constants[VTEAM_R_OFF])) {
        status = error_set(error, STATUS_INVALID, "%s:%u: switching: R_on %g ohm must be below R_off %g ohm",
                           path, config_setting_source_line(group), switching->constants[VTEAM_R_ON],
                           switching->constants[VTEAM_R_OFF]);
    }
    return status;
}

/* The paper's rule: the range lies between the asymptotes of the pulse voltages. For other models it is what
 * they can reach. */
static void range_from_asymptotes(struct device *device)
{
    const double limit = (double) (1u << (RESISTANCE_BITS - RESISTANCE_FRACTION));
    const double *constants = device->switching.constants;
    device->minimum_resistance = INFINITY;
    device->maximum_resistance = 0;
    for (int approach = 0; approach < 2; approach++) {
        const struct pulse_table *table = &device->pulses[approach];
        for (uint32_t i = 0; i < table->count; i++) {
            device->minimum_resistance = fmin(device->minimum_resistance, table->pulses[i].asymptote);
            device->maximum_resistance = fmax(device->maximum_resistance, table->pulses[i].asymptote);
        }
    }
    if (device->switching.model == SWITCHING_VTEAM) {
        device->minimum_resistance = constants[VTEAM_R_ON];
        device->maximum_resistance = fmin(constants[VTEAM_R_OFF], limit - 1.0);
    }
    if (device->switching.model == SWITCHING_YAKOPCIC) {
        device->minimum_resistance = 1.0 / (constants[YAKOPCIC_A] * constants[YAKOPCIC_B]);
    }
}

static enum status read_resistance(const char *path, const config_setting_t *root, struct device *device,
                                   struct error *error)
{
    static const char *const keys[] = {"minimum", "maximum", "start", "spread", NULL};
    const double limit = (double) (1u << (RESISTANCE_BITS - RESISTANCE_FRACTION));
    const config_setting_t *group = configuration_member(path, root, "resistance", error);
    if (group == NULL) {
        return STATUS_INVALID;
    }
    enum status status = configuration_check_keys(path, group, keys, error);
    if (status == STATUS_OK) {
        status =
            configuration_number(path, group, "minimum", false, 0, limit, &device->minimum_resistance, error);
    }
    if (status == STATUS_OK) {
        status = configuration_number(path, group, "maximum", device->switching.model == SWITCHING_YAKOPCIC,
                                      0, limit, &device->maximum_resistance, error);
    }
    if (status == STATUS_OK) {
        status = configuration_number(path, group, "start", true, 0, limit, &device->start_resistance, error);
    }
    if (status == STATUS_OK) {
        status = configuration_number(path, group, "spread", true, JUST_BELOW_0, device->start_resistance,
                                      &device->start_spread, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (!(device->minimum_resistance < device->maximum_resistance)) {
        return error_set(
            error, STATUS_INVALID, "%s:%u: resistance: minimum %g ohm must be below maximum %g ohm", path,
            config_setting_source_line(group), device->minimum_resistance, device->maximum_resistance);
    }
    return STATUS_OK;
}

/* device_variation, whose key is NULL, has one for each constant of the switching model. */
#define VALUE(member) offsetof(struct nonidealities, member)
static const struct nonideality nonidealities_table[] = {
    {"line_resistance", "row_ohm", "ohm", 0, 1e6, false, true, VALUE(row_ohm),
     "of the line between two neighbours of a row, which is driven at its left end"},
    {"line_resistance", "column_ohm", "ohm", 0, 1e6, false, true, VALUE(column_ohm),
     "of the line between two neighbours of a column, which is held at ground at its lower end"},
    {NULL, "write_variation", "", JUST_BELOW_0, 1, false, false, VALUE(write_variation),
     "cycle to cycle: each pulse's speed dR/dt is multiplied by 1 + this x z, z standard normal, at least 0"},
    {"device_variation", NULL, "", JUST_BELOW_0, 1, false, false, VALUE(device_variation),
     "device to device: the switching model's constant is multiplied by 1 + this x z, kept from 0.01 to "
     "1.99"},
    {"drift", "exponent", "", JUST_BELOW_0, 1, false, true, VALUE(drift_exponent),
     "mean of nu: sensed conductances are G (time_s / start_s)^-nu; verify reads come before"},
    {"drift", "spread", "", JUST_BELOW_0, 1, false, false, VALUE(drift_spread),
     "standard deviation of nu, which is normal and at least 0"},
    {"drift", "start_s", "s", 0, 1e12, false, true, VALUE(drift_start), "after writing, where drift begins"},
    {"drift", "time_s", "s", 0, 1e12, false, true, VALUE(drift_time),
     "after writing, when devices are sensed"},
    {"drift", "reference", "", JUST_BELOW_0, 2, true, false, VALUE(drift_reference),
     "1: the reference column is made of the same devices, and Gref falls by the median drift, too"},
    {"read_noise", "scale", "", 0, 1, false, true, VALUE(noise_scale),
     "beside the preset's read noise, readings of G are G (1 + a u), u uniform from -1 to 1 and anew for "
     "each, with the standard deviation min(scale (Gmax/G)^exponent, most) sqrt(ln((t + read_s) / (2 "
     "read_s)))"},
    {"read_noise", "exponent", "", JUST_BELOW_0, 10, false, true, VALUE(noise_exponent),
     "how this noise grows as G falls"},
    {"read_noise", "most", "", 0, 0.20000000000000004, false, true, VALUE(noise_most),
     "where it grows no further"},
    {"read_noise", "read_s", "s", 0, 1, false, true, VALUE(noise_read_s), "a reading takes"},
    {"read_noise", "time_s", "s", 0, 1e12, false, true, VALUE(noise_time_s),
     "t, since writing, when devices are sensed"},
    {"read_noise", "verify_s", "s", 0, 1e12, false, true, VALUE(noise_verify_s), "t in verify reads"},
    {"read_disturb", "voltage_v", "V", -100, 100, false, true, VALUE(disturb_voltage),
     "of reading, which changes devices by the switching model"},
    {"read_disturb", "time_s", "s", 0, 1e12, false, true, VALUE(disturb_s),
     "for which they have been read by the time they are sensed"},
    {NULL, "half_select", "", JUST_BELOW_0, 1, false, false, VALUE(half_select),
     "share of a pulse's voltage that the other devices of its row and column see, by the switching model"},
    {"adc", "offset", "", JUST_BELOW_0, 1e6, false, false, VALUE(adc_offset),
     "standard deviation of each converter's offset, in currents of a device of weight 1"},
    {"adc", "gain", "", JUST_BELOW_0, 1, false, false, VALUE(adc_gain),
     "standard deviation of each converter's gain error"},
    {"dac", "bits", "", JUST_BELOW_0, 25, true, false, VALUE(dac_bits),
     "of the DAC that makes the pulses' voltages: they are rounded to 2^bits - 1 levels; 0: not rounded; "
     "predictions do not know"},
    {"dac", "full_scale_v", "V", 0, 1000, false, true, VALUE(dac_full_scale),
     "its levels lie from minus this to this"},
    {"dac", "gain", "", -1, 1, false, false, VALUE(dac_gain), "its voltages are multiplied by 1 + this"},
    {"dac", "offset_v", "V", -100, 100, false, false, VALUE(dac_offset), "and this is added"},
};
#undef VALUE
enum { TABLE_ROWS = sizeof nonidealities_table / sizeof *nonidealities_table };
static_assert(sizeof(struct nonidealities) == (TABLE_ROWS - 1 + SWITCHING_CONSTANTS) * sizeof(double),
              "every member of struct nonidealities has its row, and its type is double");

bool nonideality_at(enum switching_model model, uint32_t index, struct nonideality *nonideality)
{
    for (int i = 0; i < TABLE_ROWS; i++) {
        const bool by_constant = nonidealities_table[i].key == NULL;
        const uint32_t count = by_constant ? switching_constant_count(model) : 1;
        if (index < count) {
            *nonideality = nonidealities_table[i];
            nonideality->offset += index * sizeof(double);
            nonideality->key = by_constant ? switching_models[model].constants[index].name : nonideality->key;
            return true;
        }
        index -= count;
    }
    return false;
}

double nonideality_value(const struct nonidealities *nonidealities, const struct nonideality *nonideality)
{
    double value;
    memcpy(&value, (const char *) nonidealities + nonideality->offset, sizeof value);
    return value;
}

const char *nonideality_name(const struct nonideality *nonideality, char text[NONIDEALITY_TEXT])
{
    const bool grouped = nonideality->group != NULL;
    (void) snprintf(text, NONIDEALITY_TEXT, "%s%s%s", grouped ? nonideality->group : "", grouped ? "." : "",
                    nonideality->key);
    return text;
}

/* A limit that takes more than %g's digits is the next number beyond one that belongs to the range. */
const char *nonideality_range(const struct nonideality *nonideality, char text[NONIDEALITY_TEXT])
{
    char above[16], below[16];
    (void) snprintf(above, sizeof above, "%g", nonideality->above);
    (void) snprintf(below, sizeof below, "%g", nonideality->below);
    const bool from_0 = nonideality->above == JUST_BELOW_0;
    (void) snprintf(text, NONIDEALITY_TEXT, "%s%s %s, %s %s", nonideality->whole ? "whole, " : "",
                    from_0 ? "from" : "above", from_0 ? "0" : above,
                    strtod(below, NULL) == nonideality->below ? "below" : "to", below);
    return text;
}

static bool same_group(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The numbers of a group, if it is there; `name` NULL: of those that stand by themselves. */
static enum status read_nonidealities_of(const char *path, const config_setting_t *parent, const char *name,
                                         struct device *device, struct error *error)
{
    const config_setting_t *group = name != NULL ? config_setting_get_member(parent, name) : parent;
    if (group == NULL) {
        return STATUS_OK;
    }
    const char *keys[TABLE_ROWS + SWITCHING_CONSTANTS + 1] = {NULL};
    const char *last = NULL;
    struct nonideality row;
    uint32_t count = 0;
    for (uint32_t i = 0; nonideality_at(device->switching.model, i, &row); i++) {
        if (same_group(row.group, name)) {
            keys[count++] = row.key;
        } else if (name == NULL && !same_group(row.group, last)) {
            keys[count++] = row.group;
        }
        last = row.group;
    }
    enum status status = configuration_check_keys(path, group, keys, error);
    for (uint32_t i = 0; status == STATUS_OK && nonideality_at(device->switching.model, i, &row); i++) {
        if (same_group(row.group, name)) {
            double value = 0;
            status =
                configuration_number(path, group, row.key, row.required, row.above, row.below, &value, error);
            memcpy((char *) &device->nonidealities + row.offset, &value, sizeof value);
            if (status == STATUS_OK && row.whole && value != floor(value)) {
                char text[NONIDEALITY_TEXT];
                status = error_set(error, STATUS_INVALID, "%s:%u: %s: %g: expected a whole number", path,
                                   config_setting_source_line(config_setting_get_member(group, row.key)),
                                   nonideality_name(&row, text), value);
            }
        }
    }
    return status;
}

/* What no number by itself can have wrong; *group is the one whose line is named. */
static const char *find_contradiction(const struct nonidealities *nonidealities, const char **group)
{
    if (nonidealities->drift_time < nonidealities->drift_start) {
        *group = "drift";
        return "time_s must not be before start_s";
    }
    if (fmin(nonidealities->noise_time_s, nonidealities->noise_verify_s) < nonidealities->noise_read_s) {
        *group = "read_noise";
        return "time_s and verify_s must not be before read_s";
    }
    if (nonidealities->disturb_s > 0 && nonidealities->disturb_voltage == 0) {
        *group = "read_disturb";
        return "0 V changes nothing; expected a voltage";
    }
    if (nonidealities->dac_bits == 1) {
        *group = "dac";
        return "1 bit has no level beside 0 V; expected 2 to 24 bits, or 0";
    }
    if (nonidealities->dac_full_scale > 0 && nonidealities->dac_bits == 0 && nonidealities->dac_gain == 0 &&
        nonidealities->dac_offset == 0) {
        *group = "dac";
        return "changes nothing; expected bits, gain or offset_v";
    }
    return NULL;
}

static enum status read_nonidealities(const char *path, const config_setting_t *root, struct device *device,
                                      struct error *error)
{
    const config_setting_t *parent = config_setting_get_member(root, "nonidealities");
    if (parent == NULL) {
        return STATUS_OK;
    }
    enum status status = read_nonidealities_of(path, parent, NULL, device, error);
    for (int i = 0; i < TABLE_ROWS && status == STATUS_OK; i++) {
        const char *group = nonidealities_table[i].group;
        if (group != NULL && (i == 0 || !same_group(group, nonidealities_table[i - 1].group))) {
            status = read_nonidealities_of(path, parent, group, device, error);
        }
    }
    const char *group = NULL;
    const char *wrong = status == STATUS_OK ? find_contradiction(&device->nonidealities, &group) : NULL;
    if (wrong != NULL) {
        status =
            error_set(error, STATUS_INVALID, "%s:%u: %s: %s", path,
                      config_setting_source_line(config_setting_get_member(parent, group)), group, wrong);
    }
    return status;
}

bool nonidealities_any(const struct device *device)
{
    struct nonideality row;
    for (uint32_t i = 0; nonideality_at(device->switching.model, i, &row); i++) {
        if (nonideality_value(&device->nonidealities, &row) != 0) {
            return true;
        }
    }
    return false;
}

double nonidealities_dac(const struct nonidealities *nonidealities, double voltage)
{
    if (nonidealities->dac_full_scale <= 0) {
        return voltage;
    }
    if (nonidealities->dac_bits > 0) {
        const double levels =
            (double) ((1u << ((uint32_t) nonidealities->dac_bits - 1)) - 1); /* of one sign */
        const double level = round_half_up(voltage / nonidealities->dac_full_scale * levels);
        voltage = fmin(fmax(level, -levels), levels) / levels * nonidealities->dac_full_scale;
    }
    return voltage * (1 + nonidealities->dac_gain) + nonidealities->dac_offset;
}

double nonidealities_read_noise(const struct nonidealities *nonidealities, double share_of_largest,
                                double seconds)
{
    if (nonidealities->noise_scale <= 0) {
        return 0;
    }
    const double share =
        fmin(nonidealities->noise_scale * pow(share_of_largest, -nonidealities->noise_exponent),
             nonidealities->noise_most);
    const double read = nonidealities->noise_read_s;
    return share * sqrt(log((seconds + read) / (2 * read)));
}

double nonidealities_median_drift(const struct nonidealities *nonidealities)
{
    return nonidealities->drift_time > nonidealities->drift_start
               ? pow(nonidealities->drift_time / nonidealities->drift_start, -nonidealities->drift_exponent)
               : 1;
}

static enum status read_pulses(const char *path, const config_setting_t *root, struct device *device,
                               struct error *error)
{
    static const char *const keys[] = {"approach1", "approach2", NULL};
    const config_setting_t *pulses = configuration_member(path, root, "pulses", error);
    enum status status =
        pulses != NULL ? configuration_check_keys(path, pulses, keys, error) : STATUS_INVALID;
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        status = read_pulse_list(path, pulses, keys[i], device, &device->pulses[i], error);
    }
    return status;
}

/* A DAC with levels has none beyond its full scale. */
static enum status check_dac(const char *path, const config_setting_t *root, const struct device *device,
                             struct error *error)
{
    const struct nonidealities *nonidealities = &device->nonidealities;
    for (int approach = 0; approach < 2 && nonidealities->dac_bits > 0; approach++) {
        const struct pulse_table *table = &device->pulses[approach];
        for (uint32_t i = 0; i < table->count; i++) {
            if (fabs(table->pulses[i].voltage) > nonidealities->dac_full_scale) {
                const config_setting_t *dac =
                    config_setting_get_member(config_setting_get_member(root, "nonidealities"), "dac");
                return error_set(error, STATUS_INVALID,
                                 "%s:%u: dac: full_scale_v %g V is less than the pulses' %g V; expected more",
                                 path, config_setting_source_line(dac), nonidealities->dac_full_scale,
                                 table->pulses[i].voltage);
            }
        }
    }
    return STATUS_OK;
}

static enum status read_device(const char *path, const config_setting_t *root, struct device *device,
                               struct error *error)
{
    static const char *const keys[] = {"name", "switching", "resistance", "pulses", "nonidealities", NULL};
    enum status status = configuration_check_keys(path, root, keys, error);
    if (status != STATUS_OK) {
        return status;
    }
    const config_setting_t *name = configuration_member(path, root, "name", error);
    if (name == NULL) {
        return STATUS_INVALID;
    }
    if (config_setting_type(name) != CONFIG_TYPE_STRING) {
        return error_set(error, STATUS_INVALID, "%s:%u: name: expected a text in quotes", path,
                         config_setting_source_line(name));
    }
    device->name = duplicate_string(config_setting_get_string(name));
    status = read_switching(path, root, &device->switching, error);
    if (status == STATUS_OK) {
        status = read_nonidealities(path, root, device, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    /* The table of a model that needs a fit is fitted to the range; the data-driven model's range follows
     * from the table. */
    if (device->switching.model == SWITCHING_DATA_DRIVEN) {
        status = read_pulses(path, root, device, error);
        range_from_asymptotes(device);
        status = status == STATUS_OK ? read_resistance(path, root, device, error) : status;
    } else {
        range_from_asymptotes(device);
        status = read_resistance(path, root, device, error);
        status = status == STATUS_OK ? read_pulses(path, root, device, error) : status;
    }
    return status == STATUS_OK ? check_dac(path, root, device, error) : status;
}

enum status device_load(const char *path, struct device **device, struct error *error)
{
    config_t configuration;
    enum status status = configuration_open(path, &configuration, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct device *loaded = allocate(1, sizeof *loaded);
    status = read_device(path, config_root_setting(&configuration), loaded, error);
    config_destroy(&configuration);
    if (status != STATUS_OK) {
        device_free(loaded);
        return status;
    }
    *device = loaded;
    return STATUS_OK;
}

void device_free(struct device *device)
{
    if (device != NULL) {
        free(device->name);
        free(device);
    }
}

/* A member that is added here must become part of the fingerprint. */
static_assert(sizeof(struct device) == sizeof(char *) + sizeof(struct switching) + 4 * sizeof(double) +
                                           sizeof(struct nonidealities) + 2 * sizeof(struct pulse_table),
              "device_fingerprint() covers all of struct device but its name");

uint64_t device_fingerprint(const struct device *device)
{
    struct container_writer writer = {0};
    const enum switching_model model = device->switching.model;
    const double numbers[] = {
        device->minimum_resistance,
        device->maximum_resistance,
        device->start_resistance,
        device->start_spread,
    };
    if (model != SWITCHING_DATA_DRIVEN) {
        container_put_u32(&writer, (uint32_t) model);
    }
    container_put(&writer, device->switching.constants,
                  switching_constant_count(model) * sizeof *device->switching.constants);
    container_put(&writer, numbers, sizeof numbers);
    /* By name, and only what is on: a non-ideality that is new changes no device that has none of it. */
    struct nonideality row;
    for (uint32_t i = 0; nonideality_at(model, i, &row); i++) {
        const double value = nonideality_value(&device->nonidealities, &row);
        if (value != 0) {
            char name[NONIDEALITY_TEXT];
            container_put_string(&writer, nonideality_name(&row, name));
            container_put_f64(&writer, value);
        }
    }
    for (int approach = 0; approach < 2; approach++) {
        const struct pulse_table *table = &device->pulses[approach];
        container_put_u32(&writer, table->count);
        for (uint32_t i = 0; i < table->count; i++) {
            container_put_f64(&writer, table->pulses[i].voltage);
            container_put_u32(&writer, table->pulses[i].width_us);
        }
    }
    uint64_t fingerprint = XXH3_64bits(writer.bytes, writer.length);
    container_free(&writer);
    return fingerprint;
}
