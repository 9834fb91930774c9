// SPDX-License-Identifier: Apache-2.0
/* Configuration files (libconfig), read strictly: an unknown key is an error that names file and line. */
#ifndef MEMSPIKE_CSRC_BASE_CONFIGURATION_H
#define MEMSPIKE_CSRC_BASE_CONFIGURATION_H

#include "model/base/error.h"

#include <libconfig.h>
#include <stdbool.h>

/* Parse the file. On success *configuration is to be released with config_destroy(). */
MUST_CHECK enum status configuration_open(const char *path, config_t *configuration, struct error *error);
/* The same for a text; `path` is what messages call it. */
MUST_CHECK enum status configuration_parse(const char *text, const char *path, config_t *configuration,
                                           struct error *error);

/* STATUS_INVALID when the group holds a key that is not in `keys` (ended by NULL), or is no group. */
MUST_CHECK enum status configuration_check_keys(const char *path, const config_setting_t *group,
                                                const char *const *keys, struct error *error);

/* A number, also one written as an integer; NAN when it is none. */
double configuration_as_number(const config_setting_t *setting);

/* A key whose value is a number. */
struct number_key {
    const char *name;
    bool required;
    double above, below; /* its limits, both left out */
};

/* Read a number; integers are taken too. A missing key that is not required leaves *value as it is. */
MUST_CHECK enum status configuration_number(const char *path, const config_setting_t *group,
                                            const struct number_key *key, double *value, struct error *error);

/* The same for a setting at hand; the key only names it in messages. */
MUST_CHECK enum status configuration_value(const char *path, const config_setting_t *setting,
                                           const struct number_key *key, double *value, struct error *error);

/* The member of a group; NULL with a filled message when it is missing. */
config_setting_t *configuration_member(const char *path, const config_setting_t *group, const char *key,
                                       struct error *error);

#endif
