#include "model/memristor.h"

#include "base/configuration.h"
#include "base/file.h"
#include "base/rounding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { MAX_WIDTH_US = 65535 };
static const double just_below_0 = -1e-300;

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
    return (struct pulse){
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
    return (struct pulse){
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
    return (struct pulse){
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
        status = configuration_number(path, group, "spread", true, just_below_0, device->start_resistance,
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

static enum status read_device_variation(const char *path, const config_setting_t *group,
                                         const struct switching *switching, double *variation,
                                         struct error *error)
{
    const struct switching_constant *constants = switching_models[switching->model].constants;
    const char *keys[SWITCHING_CONSTANTS + 1] = {NULL};
    for (int i = 0; constants[i].name != NULL; i++) {
        keys[i] = constants[i].name;
    }
    enum status status = configuration_check_keys(path, group, keys, error);
    for (int i = 0; constants[i].name != NULL && status == STATUS_OK; i++) {
        status = configuration_number(path, group, constants[i].name, false, just_below_0, 1, &variation[i],
                                      error);
    }
    return status;
}

/* A number of a group. */
struct member {
    const char *key;
    double above, below;
    double *value;
    bool optional;
};

enum { MOST_MEMBERS = 8 };

/* A group of numbers, if it is there; `list` is ended by one without a key. */
static enum status read_members(const char *path, const config_setting_t *parent, const char *name,
                                const struct member *list, bool *there, struct error *error)
{
    const config_setting_t *group = config_setting_get_member(parent, name);
    const char *keys[MOST_MEMBERS + 1] = {NULL};
    *there = group != NULL;
    if (group == NULL) {
        return STATUS_OK;
    }
    for (int i = 0; list[i].key != NULL; i++) {
        keys[i] = list[i].key;
    }
    enum status status = configuration_check_keys(path, group, keys, error);
    for (int i = 0; list[i].key != NULL && status == STATUS_OK; i++) {
        status = configuration_number(path, group, list[i].key, !list[i].optional, list[i].above,
                                      list[i].below, list[i].value, error);
    }
    return status;
}

static enum status read_drift(const char *path, const config_setting_t *root,
                              struct nonidealities *nonidealities, struct error *error)
{
    double reference = 0;
    const struct member members[] = {
        {"exponent", just_below_0, 1, &nonidealities->drift_exponent, false},
        {"spread", just_below_0, 1, &nonidealities->drift_spread, true},
        {"start_s", 0, 1e12, &nonidealities->drift_start, false},
        {"time_s", 0, 1e12, &nonidealities->drift_time, false},
        {"reference", just_below_0, 1.5, &reference, true},
        {0},
    };
    bool there;
    enum status status = read_members(path, root, "drift", members, &there, error);
    nonidealities->drift_reference = (uint32_t) reference;
    if (status != STATUS_OK || !there) {
        return status;
    }
    const unsigned line = config_setting_source_line(config_setting_get_member(root, "drift"));
    if (reference != 0 && reference != 1) {
        return error_set(error, STATUS_INVALID, "%s:%u: drift: reference: %g: expected 0 or 1", path, line,
                         reference);
    }
    if (nonidealities->drift_time < nonidealities->drift_start) {
        return error_set(error, STATUS_INVALID, "%s:%u: drift: time_s %g s must not be before start_s %g s",
                         path, line, nonidealities->drift_time, nonidealities->drift_start);
    }
    return STATUS_OK;
}

static enum status read_read_noise(const char *path, const config_setting_t *root,
                                   struct nonidealities *nonidealities, struct error *error)
{
    const struct member members[] = {
        {"scale", 0, 1, &nonidealities->noise_scale, false},
        {"exponent", just_below_0, 10, &nonidealities->noise_exponent, false},
        {"most", 0, 0.2 + 1e-12, &nonidealities->noise_most, false},
        {"read_s", 0, 1, &nonidealities->noise_read_s, false},
        {"time_s", 0, 1e12, &nonidealities->noise_time_s, false},
        {"verify_s", 0, 1e12, &nonidealities->noise_verify_s, false},
        {0},
    };
    bool there;
    enum status status = read_members(path, root, "read_noise", members, &there, error);
    if (status == STATUS_OK && there &&
        fmin(nonidealities->noise_time_s, nonidealities->noise_verify_s) < nonidealities->noise_read_s) {
        return error_set(error, STATUS_INVALID,
                         "%s:%u: read_noise: time_s and verify_s must not be before read_s %g s", path,
                         config_setting_source_line(config_setting_get_member(root, "read_noise")),
                         nonidealities->noise_read_s);
    }
    return status;
}

static enum status read_converters(const char *path, const config_setting_t *root,
                                   struct nonidealities *nonidealities, struct error *error)
{
    double bits = 0;
    const struct member adc[] = {
        {"offset", just_below_0, 1e6, &nonidealities->adc_offset, true},
        {"gain", just_below_0, 1, &nonidealities->adc_gain, true},
        {0},
    };
    const struct member dac[] = {
        {"bits", just_below_0, 24.5, &bits, true},
        {"full_scale_v", 0, 1000, &nonidealities->dac_full_scale, false},
        {"gain", -1, 1, &nonidealities->dac_gain, true},
        {"offset_v", -100, 100, &nonidealities->dac_offset, true},
        {0},
    };
    bool there;
    enum status status = read_members(path, root, "adc", adc, &there, error);
    if (status == STATUS_OK) {
        status = read_members(path, root, "dac", dac, &there, error);
    }
    nonidealities->dac_bits = (uint32_t) bits;
    if (status == STATUS_OK && there && (bits != floor(bits) || bits == 1)) {
        return error_set(error, STATUS_INVALID,
                         "%s:%u: dac: bits: %g: expected a whole number from 2 to 24, or 0", path,
                         config_setting_source_line(config_setting_get_member(root, "dac")), bits);
    }
    return status;
}

static enum status read_nonidealities(const char *path, const config_setting_t *root, struct device *device,
                                      struct error *error)
{
    static const char *const keys[] = {"line_resistance",
                                       "write_variation",
                                       "device_variation",
                                       "drift",
                                       "read_noise",
                                       "read_disturb",
                                       "half_select",
                                       "adc",
                                       "dac",
                                       NULL};
    struct nonidealities *nonidealities = &device->nonidealities;
    const config_setting_t *group = config_setting_get_member(root, "nonidealities");
    if (group == NULL) {
        return STATUS_OK;
    }
    const struct member lines[] = {
        {"row_ohm", 0, 1e6, &nonidealities->row_ohm, false},
        {"column_ohm", 0, 1e6, &nonidealities->column_ohm, false},
        {0},
    };
    const struct member disturb[] = {
        {"voltage_v", -100, 100, &nonidealities->disturb_voltage, false},
        {"time_s", 0, 1e12, &nonidealities->disturb_s, false},
        {0},
    };
    bool there;
    enum status status = configuration_check_keys(path, group, keys, error);
    if (status == STATUS_OK) {
        status = configuration_number(path, group, "write_variation", false, just_below_0, 1,
                                      &nonidealities->write_variation, error);
    }
    if (status == STATUS_OK) {
        status = configuration_number(path, group, "half_select", false, just_below_0, 1,
                                      &nonidealities->half_select, error);
    }
    if (status == STATUS_OK) {
        status = read_members(path, group, "line_resistance", lines, &there, error);
    }
    if (status == STATUS_OK) {
        status = read_members(path, group, "read_disturb", disturb, &there, error);
    }
    const config_setting_t *variation = config_setting_get_member(group, "device_variation");
    if (status == STATUS_OK && variation != NULL) {
        status = read_device_variation(path, variation, &device->switching, nonidealities->device_variation,
                                       error);
    }
    if (status == STATUS_OK) {
        status = read_drift(path, group, nonidealities, error);
    }
    if (status == STATUS_OK) {
        status = read_read_noise(path, group, nonidealities, error);
    }
    return status == STATUS_OK ? read_converters(path, group, nonidealities, error) : status;
}

bool nonidealities_any(const struct nonidealities *nonidealities)
{
    bool any = nonidealities->row_ohm > 0 || nonidealities->write_variation > 0 ||
               nonidealities->drift_time > nonidealities->drift_start || nonidealities->noise_scale > 0 ||
               nonidealities->disturb_s > 0 || nonidealities->half_select > 0 ||
               nonidealities->adc_offset > 0 || nonidealities->adc_gain > 0 ||
               nonidealities->dac_full_scale > 0;
    for (int i = 0; i < SWITCHING_CONSTANTS; i++) {
        any = any || nonidealities->device_variation[i] > 0;
    }
    return any;
}

double nonidealities_dac(const struct nonidealities *nonidealities, double voltage)
{
    if (nonidealities->dac_full_scale <= 0) {
        return voltage;
    }
    if (nonidealities->dac_bits > 0) {
        const double levels = (double) ((1u << (nonidealities->dac_bits - 1)) - 1); /* of one sign */
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
        return status == STATUS_OK ? read_resistance(path, root, device, error) : status;
    }
    range_from_asymptotes(device);
    status = read_resistance(path, root, device, error);
    return status == STATUS_OK ? read_pulses(path, root, device, error) : status;
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
    if (nonidealities_any(&device->nonidealities)) {
        container_put(&writer, &device->nonidealities, sizeof device->nonidealities);
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
