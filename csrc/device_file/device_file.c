// SPDX-License-Identifier: Apache-2.0
#include "device_file/device_file.h"

#include "base/configuration.h"
#include "model/base/memory.h"
#include "model/device/prediction.h"

#include <libconfig.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static enum status read_pulse_group(const char *path, const config_setting_t *group,
                                    const struct device *device, struct pulse_table *table,
                                    struct error *error)
{
    static const char *const keys[] = {"voltage", "widths_us", NULL};
    double voltage = 0;
    enum status status = configuration_check_keys(path, group, keys, error);
    if (status == STATUS_OK) {
        status = configuration_number(path, group, &(struct number_key) {"voltage", true, -10.0, 10.0},
                                      &voltage, error);
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
        struct pulse *pulse = &table->pulses[table->count];
        *pulse = (struct pulse) {.voltage = voltage, .width_us = (uint32_t) microseconds};
        status = pulse_prepare(&device->switching, device->minimum_resistance, device->maximum_resistance,
                               where, pulse, error);
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
        if (strcmp(name, switching_name((enum switching_model) i)) == 0) {
            *model = (enum switching_model) i;
            return STATUS_OK;
        }
    }
    char names[256] = "";
    for (int i = 0; i < SWITCHING_MODELS; i++) {
        const size_t used = strlen(names);
        (void) snprintf(names + used, sizeof names - used, "%s\"%s\"", i > 0 ? ", " : "",
                        switching_name((enum switching_model) i));
    }
    return error_set(error, STATUS_INVALID, "%s:%u: model: expected one of %s", path,
                     config_setting_source_line(setting), names);
}

static enum status check_switching(const char *path, const config_setting_t *group,
                                   const struct switching *switching, struct error *error)
{
    struct error wrong;
    uint32_t constant = SWITCHING_CONSTANTS;
    const enum status status = switching_check(switching, &constant, &wrong);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    const bool by_itself = constant < SWITCHING_CONSTANTS;
    const char *name = by_itself ? switching_constants(switching->model)[constant].name : "switching";
    const config_setting_t *place = by_itself ? config_setting_get_member(group, name) : group;
    return error_set(error, status, "%s:%u: %s: %s", path, config_setting_source_line(place), name,
                     wrong.message);
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
    const struct switching_constant *constants = switching_constants(switching->model);
    const char *keys[SWITCHING_CONSTANTS + 2] = {"model"};
    for (int i = 0; constants[i].name != NULL; i++) {
        keys[i + 1] = constants[i].name;
    }
    status = configuration_check_keys(path, group, keys, error);
    for (int i = 0; constants[i].name != NULL && status == STATUS_OK; i++) {
        const struct number_key key = {constants[i].name, true, constants[i].above, constants[i].below};
        status = configuration_number(path, group, &key, &switching->constants[i], error);
    }
    return status == STATUS_OK ? check_switching(path, group, switching, error) : status;
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

/* The file may give the range; the default is that of the model or of the pulses. It must where the default
 * is unbounded. */
static enum status read_resistance(const char *path, const config_setting_t *root, struct device *device,
                                   struct error *error)
{
    static const char *const keys[] = {"minimum", "maximum", "start", "spread", NULL};
    const double limit = RESISTANCE_LIMIT;
    const config_setting_t *group = configuration_member(path, root, "resistance", error);
    if (group == NULL) {
        return STATUS_INVALID;
    }
    enum status status = configuration_check_keys(path, group, keys, error);
    const struct {
        struct number_key key;
        double *value;
    } numbers[] = {
        {{keys[0], false, 0, limit}, &device->minimum_resistance},
        {{keys[1], isinf(device->maximum_resistance), 0, limit}, &device->maximum_resistance},
        {{keys[2], true, 0, limit}, &device->start_resistance},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == STATUS_OK; i++) {
        status = configuration_number(path, group, &numbers[i].key, numbers[i].value, error);
    }
    if (status == STATUS_OK) {
        const struct number_key spread = {keys[3], true, JUST_BELOW_0, device->start_resistance};
        status = configuration_number(path, group, &spread, &device->start_spread, error);
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
    const char *keys[NONIDEALITIES + 1] = {NULL};
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
            const struct number_key key = {row.key, row.required, row.above, row.below};
            double value = 0;
            status = configuration_number(path, group, &key, &value, error);
            nonideality_set(&device->nonidealities, &row, value);
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

static enum status read_nonidealities(const char *path, const config_setting_t *root, struct device *device,
                                      struct error *error)
{
    const config_setting_t *parent = config_setting_get_member(root, "nonidealities");
    if (parent == NULL) {
        return STATUS_OK;
    }
    enum status status = read_nonidealities_of(path, parent, NULL, device, error);
    const char *last = NULL;
    struct nonideality row;
    for (uint32_t i = 0; status == STATUS_OK && nonideality_at(device->switching.model, i, &row); i++) {
        if (row.group != NULL && !same_group(row.group, last)) {
            status = read_nonidealities_of(path, parent, row.group, device, error);
        }
        last = row.group;
    }
    const char *group = NULL;
    const char *wrong =
        status == STATUS_OK ? nonidealities_contradiction(&device->nonidealities, &group) : NULL;
    if (wrong != NULL) {
        status =
            error_set(error, STATUS_INVALID, "%s:%u: %s: %s", path,
                      config_setting_source_line(config_setting_get_member(parent, group)), group, wrong);
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
    if (switching_is_fitted(device->switching.model)) {
        switching_range(&device->switching, &device->minimum_resistance, &device->maximum_resistance);
        status = read_resistance(path, root, device, error);
        status = status == STATUS_OK ? read_pulses(path, root, device, error) : status;
    } else {
        status = read_pulses(path, root, device, error);
        range_from_asymptotes(device);
        status = status == STATUS_OK ? read_resistance(path, root, device, error) : status;
    }
    return status == STATUS_OK ? check_dac(path, root, device, error) : status;
}

/* Destroys the configuration. */
static enum status take_device(const char *path, config_t *configuration, struct device **device,
                               struct error *error)
{
    struct device *loaded = allocate(1, sizeof *loaded);
    const enum status status = read_device(path, config_root_setting(configuration), loaded, error);
    config_destroy(configuration);
    if (status != STATUS_OK) {
        device_free(loaded);
        return status;
    }
    *device = loaded;
    return STATUS_OK;
}

enum status device_load(const char *path, struct device **device, struct error *error)
{
    config_t configuration;
    const enum status status = configuration_open(path, &configuration, error);
    return status == STATUS_OK ? take_device(path, &configuration, device, error) : status;
}

enum status device_parse(const char *text, const char *path, struct device **device, struct error *error)
{
    config_t configuration;
    const enum status status = configuration_parse(text, path, &configuration, error);
    return status == STATUS_OK ? take_device(path, &configuration, device, error) : status;
}
