// SPDX-License-Identifier: Apache-2.0
#include "base/configuration.h"

#include "base/byte_order_mark.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum status configuration_open(const char *path, config_t *configuration, struct error *error)
{
    struct stat information;
    if (stat(path, &information) != 0) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    }
    if (!S_ISREG(information.st_mode)) {
        return error_set(error, STATUS_INVALID, "%s: not a file; expected a configuration file", path);
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    }
    char start[3];
    const size_t length = fread(start, 1, sizeof start, file);
    enum status status = STATUS_OK;
    config_init(configuration);
    if (ferror(file) != 0 || fseek(file, (long) utf8_mark(start, length), SEEK_SET) != 0) {
        status = error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    } else if (is_utf16(start, length)) {
        status = error_set(error, STATUS_INVALID, "%s: is UTF-16; expected UTF-8", path);
    } else if (config_read(configuration, file) != CONFIG_TRUE) {
        status = error_set(error, STATUS_INVALID, "%s:%d: %s", path, config_error_line(configuration),
                           config_error_text(configuration));
    }
    if (status != STATUS_OK) {
        config_destroy(configuration);
    }
    (void) fclose(file);
    return status;
}

enum status configuration_parse(const char *text, const char *path, config_t *configuration,
                                struct error *error)
{
    config_init(configuration);
    if (config_read_string(configuration, text) != CONFIG_TRUE) {
        (void) error_set(error, STATUS_INVALID, "%s:%d: %s", path, config_error_line(configuration),
                         config_error_text(configuration));
        config_destroy(configuration);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status configuration_check_keys(const char *path, const config_setting_t *group, const char *const *keys,
                                     struct error *error)
{
    const char *name = config_setting_name(group);
    if (config_setting_is_group(group) != CONFIG_TRUE) {
        return error_set(error, STATUS_INVALID, "%s:%u: %s: expected a group { ... }", path,
                         config_setting_source_line(group), name != NULL ? name : "this item");
    }
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *member = config_setting_get_elem(group, (unsigned) i);
        bool known = false;
        for (const char *const *key = keys; *key != NULL && !known; key++) {
            known = strcmp(config_setting_name(member), *key) == 0;
        }
        if (!known) {
            char expected[256] = "";
            for (const char *const *key = keys; *key != NULL; key++) {
                strncat(expected, key == keys ? "" : ", ", sizeof expected - strlen(expected) - 1);
                strncat(expected, *key, sizeof expected - strlen(expected) - 1);
            }
            return error_set(error, STATUS_INVALID, "%s:%u: unknown key \"%s\"; expected one of %s", path,
                             config_setting_source_line(member), config_setting_name(member), expected);
        }
    }
    return STATUS_OK;
}

double configuration_as_number(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return (double) config_setting_get_int64(setting);
    case CONFIG_TYPE_FLOAT:
        return config_setting_get_float(setting);
    default:
        return NAN;
    }
}

enum status configuration_value(const char *path, const config_setting_t *setting,
                                const struct number_key *key, double *value, struct error *error)
{
    const double found = configuration_as_number(setting);
    if (!(found > key->above && found < key->below)) {
        return error_set(error, STATUS_INVALID, "%s:%u: %s: expected a number above %g and below %g", path,
                         config_setting_source_line(setting), key->name, key->above, key->below);
    }
    *value = found;
    return STATUS_OK;
}

enum status configuration_number(const char *path, const config_setting_t *group,
                                 const struct number_key *key, double *value, struct error *error)
{
    const config_setting_t *setting = config_setting_get_member(group, key->name);
    if (setting == NULL) {
        if (!key->required) {
            return STATUS_OK;
        }
        return error_set(error, STATUS_INVALID, "%s:%u: the key \"%s\" is missing", path,
                         config_setting_source_line(group), key->name);
    }
    return configuration_value(path, setting, key, value, error);
}

config_setting_t *configuration_member(const char *path, const config_setting_t *group, const char *key,
                                       struct error *error)
{
    config_setting_t *setting = config_setting_get_member(group, key);
    if (setting == NULL) {
        (void) error_set(error, STATUS_INVALID, "%s:%u: the key \"%s\" is missing", path,
                         config_setting_source_line(group), key);
    }
    return setting;
}
