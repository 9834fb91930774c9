// SPDX-License-Identifier: Apache-2.0
#include "sweep/experiment.h"

#include "base/configuration.h"
#include "model/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const measure_names[] = {
    "accuracy",       "weight_error_std", "read_error_std", "epochs", "pulses",
    "programming_us", "energy_j",         "weights",        "trace",  NULL};

/* A file's path and the settings that its points start from. */
struct reader {
    const char *path;
    const struct settings *settings;
};

static enum status invalid(const struct reader *reader, const config_setting_t *setting, const char *key,
                           const char *expected, struct error *error)
{
    return error_set(error, STATUS_INVALID, "%s:%u: %s: expected %s", reader->path,
                     config_setting_source_line(setting), key, expected);
}

static bool is_filled_list(const config_setting_t *setting)
{
    return (config_setting_is_array(setting) == CONFIG_TRUE ||
            config_setting_is_list(setting) == CONFIG_TRUE) &&
           config_setting_length(setting) > 0;
}

static enum status read_text(const struct reader *reader, const config_setting_t *group, const char *key,
                             char **text, struct error *error)
{
    const config_setting_t *setting = configuration_member(reader->path, group, key, error);
    if (setting == NULL) {
        return STATUS_INVALID;
    }
    const char *found = config_setting_get_string(setting);
    if (found == NULL || found[0] == '\0') {
        return invalid(reader, setting, key, "a text in \"\"", error);
    }
    *text = duplicate_string(found);
    return STATUS_OK;
}

/* Names stand in CSV files. */
static enum status read_name(const struct reader *reader, const config_setting_t *root, char **name,
                             struct error *error)
{
    enum status status = read_text(reader, root, "name", name, error);
    if (status == STATUS_OK && *name != NULL &&
        (*name)[strspn(*name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] != '\0') {
        status = invalid(reader, config_setting_get_member(root, "name"), "name",
                         "letters, digits, _ and - only", error);
    }
    return status;
}

static enum status read_whole(const struct reader *reader, const config_setting_t *group, const char *key,
                              uint32_t most, uint32_t *value, struct error *error)
{
    const struct number_key whole = {key, true, 0, (double) most + 1};
    double number = 0;
    enum status status = configuration_number(reader->path, group, &whole, &number, error);
    if (status == STATUS_OK && number != floor(number)) {
        return invalid(reader, config_setting_get_member(group, key), key, "a whole number", error);
    }
    *value = (uint32_t) number;
    return status;
}

/* One value of an axis, put into a point. */
static enum status apply_value(const struct reader *reader, const struct experiment *experiment,
                               const config_setting_t *value, const char *key, struct point *point,
                               struct error *error)
{
    if (strcmp(key, "network") == 0) {
        int index = 0;
        enum status status = settings_read_name(reader->path, value, key, network_kind_names, &index, error);
        point->network = (enum network_kind) index;
        point->approach = point->network == NETWORK_ANN ? 1 : experiment->approach;
        return status;
    }
    return settings_read(reader->path, value, setting_find(key), true, &point->settings, error);
}

static enum status read_axis(const struct reader *reader, const config_setting_t *group,
                             struct experiment *experiment, struct error *error)
{
    static const char *const keys[] = {"key", "values", NULL};
    struct axis *axis = &experiment->axes[experiment->axis_count];
    enum status status = configuration_check_keys(reader->path, group, keys, error);
    if (status == STATUS_OK) {
        experiment->axis_count++;
        status = read_text(reader, group, "key", &axis->key, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const config_setting_t *key = config_setting_get_member(group, "key");
    if (setting_find(axis->key) == NULL && strcmp(axis->key, "network") != 0) {
        return invalid(reader, key, "key", "a key of presets, or network", error);
    }
    for (uint32_t i = 0; i + 1 < experiment->axis_count; i++) {
        if (strcmp(experiment->axes[i].key, axis->key) == 0) {
            return invalid(reader, key, "key", "another key than the axes before it", error);
        }
    }
    const config_setting_t *values = configuration_member(reader->path, group, "values", error);
    if (values == NULL) {
        return STATUS_INVALID;
    }
    if (!is_filled_list(values)) {
        return invalid(reader, values, "values", "a list of values [ ... ]", error);
    }
    axis->count = (uint32_t) config_setting_length(values);
    return STATUS_OK;
}

static enum status read_settings(const struct reader *reader, const config_setting_t *root,
                                 const struct experiment *experiment, struct point *point,
                                 struct error *error)
{
    const config_setting_t *group = config_setting_get_member(root, "settings");
    if (group == NULL) {
        return STATUS_OK;
    }
    enum status status = settings_check_keys(reader->path, group, error);
    for (int i = 0; status == STATUS_OK && i < config_setting_length(group); i++) {
        const config_setting_t *value = config_setting_get_elem(group, (unsigned) i);
        status = apply_value(reader, experiment, value, config_setting_name(value), point, error);
    }
    return status;
}

/* Two points alike would be one. */
static enum status check_values_differ(const struct reader *reader, const config_setting_t *axes,
                                       const struct experiment *experiment, struct error *error)
{
    uint32_t stride = experiment->point_count;
    for (uint32_t a = 0; a < experiment->axis_count; a++) {
        const struct axis *axis = &experiment->axes[a];
        stride /= axis->count;
        for (uint32_t i = 0; i < axis->count; i++) {
            char text[32], other[32];
            point_key_text(&experiment->points[(size_t) i * stride], axis->key, text);
            for (uint32_t j = 0; j < i; j++) {
                point_key_text(&experiment->points[(size_t) j * stride], axis->key, other);
                if (strcmp(text, other) == 0) {
                    const config_setting_t *group = config_setting_get_elem(axes, a);
                    return invalid(reader, config_setting_get_member(group, "values"), "values",
                                   "values that differ", error);
                }
            }
        }
    }
    return STATUS_OK;
}

/* An axis along which nothing changes would look like a result. */
static enum status check_axes_matter(const struct reader *reader, const config_setting_t *axes,
                                     const struct experiment *experiment, struct error *error)
{
    enum network_kind network = NETWORK_ANN;
    for (uint32_t p = 0; p < experiment->point_count; p++) {
        network = experiment->points[p].network > network ? experiment->points[p].network : network;
    }
    for (uint32_t a = 0; a < experiment->axis_count; a++) {
        const struct setting *setting = setting_find(experiment->axes[a].key);
        const enum network_kind needed = setting != NULL ? setting->network : NETWORK_ANN;
        if (network < needed) {
            const config_setting_t *group = config_setting_get_elem(axes, a);
            return invalid(reader, config_setting_get_member(group, "key"), "key",
                           needed == NETWORK_SNN
                               ? "a key that changes something with network ann"
                               : "a key that changes something where no memristor is written",
                           error);
        }
    }
    return STATUS_OK;
}

/* Before anything runs, rather than when its turn comes. */
static enum status check_point(const struct reader *reader, const config_setting_t *axes,
                               const struct point *point, struct error *error)
{
    struct error wrong;
    const enum status status =
        point->network == NETWORK_ANN ? STATUS_OK : settings_check(&point->settings, &wrong);
    return status == STATUS_OK ? STATUS_OK
                               : error_set(error, status, "%s:%u: a point: %s", reader->path,
                                           config_setting_source_line(axes), wrong.message);
}

static enum status read_points(const struct reader *reader, const config_setting_t *root,
                               struct experiment *experiment, struct error *error)
{
    int network = 0;
    const config_setting_t *setting = configuration_member(reader->path, root, "network", error);
    const config_setting_t *axes = configuration_member(reader->path, root, "axes", error);
    if (setting == NULL || axes == NULL) {
        return STATUS_INVALID;
    }
    enum status status =
        settings_read_name(reader->path, setting, "network", network_kind_names, &network, error);
    struct point base = {
        .network = (enum network_kind) network,
        .approach = network == NETWORK_ANN ? 1 : experiment->approach,
        .settings = *reader->settings,
    };
    if (status == STATUS_OK) {
        status = read_settings(reader, root, experiment, &base, error);
    }
    if (status == STATUS_OK &&
        (config_setting_is_list(axes) != CONFIG_TRUE || config_setting_length(axes) > MAX_AXES)) {
        status =
            invalid(reader, axes, "axes", "a list ( { key = ...; values = [...]; }, ... ) of up to 8", error);
    }
    uint64_t count = 1;
    for (int i = 0; status == STATUS_OK && i < config_setting_length(axes); i++) {
        status = read_axis(reader, config_setting_get_elem(axes, (unsigned) i), experiment, error);
        count *= experiment->axes[i].count;
        if (status == STATUS_OK && count > MAX_POINTS) {
            status = invalid(reader, axes, "axes", "at most 10000 points", error);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    experiment->point_count = (uint32_t) count;
    experiment->points = allocate(count, sizeof *experiment->points);
    for (uint32_t p = 0; p < count && status == STATUS_OK; p++) {
        experiment->points[p] = base;
        uint32_t rest = p;
        for (uint32_t a = experiment->axis_count; a-- > 0 && status == STATUS_OK;) {
            const struct axis *axis = &experiment->axes[a];
            const config_setting_t *values =
                config_setting_get_member(config_setting_get_elem(axes, a), "values");
            status = apply_value(reader, experiment, config_setting_get_elem(values, rest % axis->count),
                                 axis->key, &experiment->points[p], error);
            rest /= axis->count;
        }
        status = status == STATUS_OK ? check_point(reader, axes, &experiment->points[p], error) : status;
    }
    status = status == STATUS_OK ? check_values_differ(reader, axes, experiment, error) : status;
    return status == STATUS_OK ? check_axes_matter(reader, axes, experiment, error) : status;
}

static enum status read_measures(const struct reader *reader, const config_setting_t *root,
                                 struct experiment *experiment, struct error *error)
{
    const config_setting_t *list = configuration_member(reader->path, root, "measure", error);
    if (list == NULL) {
        return STATUS_INVALID;
    }
    if (!is_filled_list(list)) {
        return invalid(reader, list, "measure", "a list of names [ ... ]", error);
    }
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < config_setting_length(list); i++) {
        int index = 0;
        status = settings_read_name(reader->path, config_setting_get_elem(list, (unsigned) i), "measure",
                                    measure_names, &index, error);
        experiment->measured[index] = status == STATUS_OK;
    }
    if (status == STATUS_OK && experiment->measured[MEASURE_TRACE] && experiment->approach != 2) {
        return invalid(reader, list, "measure", "trace with approach 2 only", error);
    }
    return status;
}

static enum status read_numbers(const struct reader *reader, const config_setting_t *group, const char *key,
                                double **numbers, uint32_t *count, struct error *error)
{
    const config_setting_t *list = configuration_member(reader->path, group, key, error);
    if (list == NULL) {
        return STATUS_INVALID;
    }
    if (!is_filled_list(list)) {
        return invalid(reader, list, key, "a list of numbers [ ... ]", error);
    }
    *count = (uint32_t) config_setting_length(list);
    *numbers = allocate(*count, sizeof **numbers);
    const struct number_key number = {key, true, -1e12, 1e12};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < *count && status == STATUS_OK; i++) {
        status = configuration_value(reader->path, config_setting_get_elem(list, i), &number, &(*numbers)[i],
                                     error);
    }
    return status;
}

/* The point of one axis that has this value there. */
static enum status find_point(const struct reader *reader, const struct experiment *experiment,
                              const config_setting_t *value, uint32_t *found, struct error *error)
{
    const char *key = experiment->axes[0].key;
    struct point point = experiment->points[0];
    char text[32], other[32];
    enum status status = apply_value(reader, experiment, value, key, &point, error);
    if (status != STATUS_OK) {
        return status;
    }
    point_key_text(&point, key, text);
    for (*found = 0; *found < experiment->point_count; (*found)++) {
        point_key_text(&experiment->points[*found], key, other);
        if (strcmp(text, other) == 0) {
            return STATUS_OK;
        }
    }
    return invalid(reader, value, "at", "values of the axis", error);
}

static enum status read_at(const struct reader *reader, const config_setting_t *group,
                           const struct experiment *experiment, struct published *published,
                           struct error *error)
{
    const config_setting_t *list = configuration_member(reader->path, group, "at", error);
    if (list == NULL) {
        return STATUS_INVALID;
    }
    if (!is_filled_list(list)) {
        return invalid(reader, list, "at", "a list of values [ ... ]", error);
    }
    published->count = (uint32_t) config_setting_length(list);
    published->at = allocate(published->count, sizeof *published->at);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < published->count && status == STATUS_OK; i++) {
        status = find_point(reader, experiment, config_setting_get_elem(list, i), &published->at[i], error);
    }
    return status;
}

static enum status read_published_one(const struct reader *reader, const config_setting_t *group,
                                      struct experiment *experiment, struct error *error)
{
    static const char *const keys[] = {"measure", "at", "values", NULL};
    struct published *published = &experiment->published[experiment->published_count++];
    enum status status = configuration_check_keys(reader->path, group, keys, error);
    if (status != STATUS_OK) {
        return status;
    }
    const config_setting_t *measure = configuration_member(reader->path, group, "measure", error);
    if (measure == NULL) {
        return STATUS_INVALID;
    }
    int index = 0;
    uint32_t values = 0;
    status = settings_read_name(reader->path, measure, "measure", measure_names, &index, error);
    published->measure = (enum measure) index;
    if (status == STATUS_OK && !experiment->measured[index]) {
        status = invalid(reader, measure, "measure", "one that the experiment measures", error);
    }
    if (status == STATUS_OK) {
        status = read_at(reader, group, experiment, published, error);
    }
    if (status == STATUS_OK) {
        status = read_numbers(reader, group, "values", &published->values, &values, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (values != published->count) {
        return invalid(reader, config_setting_get_member(group, "values"), "values", "as many as in at",
                       error);
    }
    return STATUS_OK;
}

static enum status read_published(const struct reader *reader, const config_setting_t *root,
                                  struct experiment *experiment, struct error *error)
{
    const config_setting_t *list = config_setting_get_member(root, "published");
    if (list == NULL) {
        return STATUS_OK;
    }
    if (config_setting_is_list(list) != CONFIG_TRUE || experiment->axis_count != 1) {
        return invalid(reader, list, "published", "a list ( { ... }, ... ), and one axis", error);
    }
    experiment->published = allocate((size_t) config_setting_length(list), sizeof *experiment->published);
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < config_setting_length(list); i++) {
        status = read_published_one(reader, config_setting_get_elem(list, (unsigned) i), experiment, error);
    }
    return status;
}

static enum status read_experiment(const struct reader *reader, const config_setting_t *root,
                                   struct experiment *experiment, struct error *error)
{
    static const char *const keys[] = {"name",     "description", "approach", "network",   "seeds",
                                       "settings", "axes",        "measure",  "published", NULL};
    enum status status = configuration_check_keys(reader->path, root, keys, error);
    if (status == STATUS_OK) {
        status = read_name(reader, root, &experiment->name, error);
    }
    if (status == STATUS_OK) {
        status = read_text(reader, root, "description", &experiment->description, error);
    }
    if (status == STATUS_OK) {
        status = read_whole(reader, root, "approach", 2, &experiment->approach, error);
    }
    if (status == STATUS_OK) {
        status = read_whole(reader, root, "seeds", 10000, &experiment->seeds, error);
    }
    if (status == STATUS_OK) {
        status = read_points(reader, root, experiment, error);
    }
    if (status == STATUS_OK) {
        status = read_measures(reader, root, experiment, error);
    }
    if (status == STATUS_OK) {
        status = read_published(reader, root, experiment, error);
    }
    return status;
}

/* One experiment from its file, which may not be a collection. */
static enum status load_one(const char *path, const struct settings *settings, struct experiment *experiment,
                            struct error *error)
{
    const struct reader reader = {.path = path, .settings = settings};
    config_t configuration;
    enum status status = configuration_open(path, &configuration, error);
    if (status == STATUS_OK) {
        status = read_experiment(&reader, config_root_setting(&configuration), experiment, error);
        config_destroy(&configuration);
    }
    return status;
}

static enum status load_collection(const struct reader *reader, const config_setting_t *root,
                                   const config_setting_t *list, struct experiments *experiments,
                                   struct error *error)
{
    static const char *const keys[] = {"name", "description", "experiments", NULL};
    enum status status = configuration_check_keys(reader->path, root, keys, error);
    if (status == STATUS_OK) {
        status = read_name(reader, root, &experiments->name, error);
    }
    if (status == STATUS_OK) {
        status = read_text(reader, root, "description", &experiments->description, error);
    }
    if (status == STATUS_OK && !is_filled_list(list)) {
        status = invalid(reader, list, "experiments", "a list of names [ ... ]", error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const char *slash = strrchr(reader->path, '/');
    const int folder = slash != NULL ? (int) (slash - reader->path) + 1 : 0;
    experiments->items = allocate((size_t) config_setting_length(list), sizeof *experiments->items);
    for (int i = 0; i < config_setting_length(list) && status == STATUS_OK; i++) {
        const config_setting_t *item = config_setting_get_elem(list, (unsigned) i);
        const char *name = config_setting_get_string(item);
        char path[4096];
        if (name == NULL || strpbrk(name, "/.") != NULL) {
            return invalid(reader, item, "experiments", "names of experiments beside this file", error);
        }
        if (snprintf(path, sizeof path, "%.*s%s.cfg", folder, reader->path, name) >= (int) sizeof path) {
            return invalid(reader, item, "experiments", "shorter names", error);
        }
        status = load_one(path, reader->settings, &experiments->items[experiments->count++], error);
        for (uint32_t j = 0; j + 1 < experiments->count && status == STATUS_OK; j++) {
            if (strcmp(experiments->items[j].name, experiments->items[i].name) == 0) {
                status = invalid(reader, item, "experiments", "experiments of different names", error);
            }
        }
    }
    return status;
}

enum status experiments_load(const char *path, const struct settings *settings,
                             struct experiments *experiments, struct error *error)
{
    const struct reader reader = {.path = path, .settings = settings};
    *experiments = (struct experiments) {0};
    config_t configuration;
    enum status status = configuration_open(path, &configuration, error);
    if (status != STATUS_OK) {
        return status;
    }
    const config_setting_t *root = config_root_setting(&configuration);
    const config_setting_t *list = config_setting_get_member(root, "experiments");
    if (list != NULL) {
        status = load_collection(&reader, root, list, experiments, error);
    } else {
        experiments->items = allocate(1, sizeof *experiments->items);
        experiments->count = 1;
        status = read_experiment(&reader, root, experiments->items, error);
        if (status == STATUS_OK) {
            experiments->name = duplicate_string(experiments->items[0].name);
            experiments->description = duplicate_string(experiments->items[0].description);
        }
    }
    config_destroy(&configuration);
    return status;
}

static void experiment_clear(struct experiment *experiment)
{
    for (uint32_t i = 0; i < experiment->axis_count; i++) {
        free(experiment->axes[i].key);
    }
    for (uint32_t i = 0; i < experiment->published_count; i++) {
        free(experiment->published[i].at);
        free(experiment->published[i].values);
    }
    free(experiment->published);
    free(experiment->points);
    free(experiment->name);
    free(experiment->description);
}

void experiments_clear(struct experiments *experiments)
{
    for (uint32_t i = 0; i < experiments->count; i++) {
        experiment_clear(&experiments->items[i]);
    }
    free(experiments->items);
    free(experiments->name);
    free(experiments->description);
    *experiments = (struct experiments) {0};
}

void point_key_text(const struct point *point, const char *key, char text[32])
{
    if (strcmp(key, "network") == 0) {
        (void) snprintf(text, 32, "%s", network_kind_names[point->network]);
    } else {
        settings_key_text(&point->settings, point->approach, key, text);
    }
}
