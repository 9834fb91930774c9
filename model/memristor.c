#include "model/memristor.h"

#include "base/configuration.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { MAX_WIDTH_US = 65535 };

double memristor_closed_form(double resistance, const struct pulse *pulse, double seconds)
{
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
    double scaled = floor(resistance * (1 << RESISTANCE_FRACTION) + 0.5);
    if (!(scaled > 0)) {
        return 0;
    }
    return scaled < largest ? (uint32_t) scaled : (uint32_t) largest;
}

enum status pulse_prepare(const struct switching *switching, double voltage, uint32_t width_us,
                          const char *where, struct pulse *pulse, struct error *error)
{
    bool positive = voltage > 0;
    double scale = positive ? switching->A_p : -switching->A_n;
    double steepness = positive ? switching->t_p : switching->t_n;
    *pulse = (struct pulse){.voltage = voltage, .width_us = width_us};
    pulse->rate = scale * (exp(fabs(voltage) / steepness) - 1.0);
    pulse->asymptote =
        positive ? switching->a0_p + switching->a1_p * voltage : switching->a0_n + switching->a1_n * voltage;
    double rate_fixed = floor(ldexp(pulse->rate * width_us * 1e-6, PULSE_RATE_FRACTION) + 0.5);
    if (!(rate_fixed >= 1.0 && rate_fixed <= (double) UINT32_MAX)) {
        return error_set(error, STATUS_INVALID,
                         "%s: a pulse of %g V and %u us has k t = %g / ohm; expected %.1e to %g", where,
                         voltage, width_us, pulse->rate * width_us * 1e-6, ldexp(1.0, -PULSE_RATE_FRACTION),
                         ldexp(1.0, 32 - PULSE_RATE_FRACTION));
    }
    double limit = (double) (1u << (RESISTANCE_BITS - RESISTANCE_FRACTION));
    if (!(pulse->asymptote > 0.0 && pulse->asymptote < limit)) {
        return error_set(error, STATUS_INVALID,
                         "%s: at %g V the resistance tends to %g ohm; expected more than 0 and less than %g",
                         where, voltage, pulse->asymptote, limit);
    }
    pulse->rate_fixed = (uint32_t) rate_fixed;
    pulse->asymptote_fixed = resistance_to_fixed(pulse->asymptote);
    return STATUS_OK;
}

static enum status read_pulse_group(const char *path, const config_setting_t *group,
                                    const struct switching *switching, struct pulse_table *table,
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
        status = pulse_prepare(switching, voltage, (uint32_t) microseconds, where,
                               &table->pulses[table->count], error);
        if (status != STATUS_OK) {
            return status;
        }
        table->count++;
    }
    return STATUS_OK;
}

static enum status read_pulses(const char *path, const config_setting_t *pulses, const char *key,
                               const struct switching *switching, struct pulse_table *table,
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
            read_pulse_group(path, config_setting_get_elem(list, (unsigned) i), switching, table, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status read_switching(const char *path, const config_setting_t *root, struct switching *switching,
                                  struct error *error)
{
    static const char *const keys[] = {"A_p", "A_n", "a0_p", "a0_n", "a1_p", "a1_n", "t_p", "t_n", NULL};
    const config_setting_t *group = configuration_member(path, root, "switching", error);
    if (group == NULL) {
        return STATUS_INVALID;
    }
    const struct {
        const char *key;
        double above, below;
        double *value;
    } numbers[] = {
        {"A_p", 0, 1e9, &switching->A_p},      {"A_n", -1e9, 0, &switching->A_n},
        {"a0_p", -1e9, 1e9, &switching->a0_p}, {"a0_n", -1e9, 1e9, &switching->a0_n},
        {"a1_p", -1e9, 1e9, &switching->a1_p}, {"a1_n", -1e9, 1e9, &switching->a1_n},
        {"t_p", 0, 1e3, &switching->t_p},      {"t_n", 0, 1e3, &switching->t_n},
    };
    enum status status = configuration_check_keys(path, group, keys, error);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == STATUS_OK; i++) {
        status = configuration_number(path, group, numbers[i].key, true, numbers[i].above, numbers[i].below,
                                      numbers[i].value, error);
    }
    return status;
}

/* The paper's rule: the range lies between the asymptotes of the pulse voltages. */
static void range_from_asymptotes(struct device *device)
{
    device->minimum_resistance = INFINITY;
    device->maximum_resistance = 0;
    for (int approach = 0; approach < 2; approach++) {
        const struct pulse_table *table = &device->pulses[approach];
        for (uint32_t i = 0; i < table->count; i++) {
            device->minimum_resistance = fmin(device->minimum_resistance, table->pulses[i].asymptote);
            device->maximum_resistance = fmax(device->maximum_resistance, table->pulses[i].asymptote);
        }
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
        status =
            configuration_number(path, group, "maximum", false, 0, limit, &device->maximum_resistance, error);
    }
    if (status == STATUS_OK) {
        status = configuration_number(path, group, "start", true, 0, limit, &device->start_resistance, error);
    }
    if (status == STATUS_OK) {
        status = configuration_number(path, group, "spread", true, -1e-300, device->start_resistance,
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

static enum status read_device(const char *path, const config_setting_t *root, struct device *device,
                               struct error *error)
{
    static const char *const keys[] = {"name", "switching", "resistance", "pulses", NULL};
    static const char *const pulse_keys[] = {"approach1", "approach2", NULL};
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
    if (status != STATUS_OK) {
        return status;
    }
    const config_setting_t *pulses = configuration_member(path, root, "pulses", error);
    if (pulses == NULL) {
        return STATUS_INVALID;
    }
    status = configuration_check_keys(path, pulses, pulse_keys, error);
    for (int approach = 0; approach < 2 && status == STATUS_OK; approach++) {
        status = read_pulses(path, pulses, pulse_keys[approach], &device->switching,
                             &device->pulses[approach], error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    range_from_asymptotes(device);
    return read_resistance(path, root, device, error);
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
    const double numbers[] = {
        device->switching.A_p,      device->switching.A_n,    device->switching.a0_p,
        device->switching.a0_n,     device->switching.a1_p,   device->switching.a1_n,
        device->switching.t_p,      device->switching.t_n,    device->minimum_resistance,
        device->maximum_resistance, device->start_resistance, device->start_spread,
    };
    container_put(&writer, numbers, sizeof numbers);
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
