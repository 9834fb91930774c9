// SPDX-License-Identifier: Apache-2.0
#include "base/shipped.h"
#include "library/objects.h"
#include "model/base/memory.h"

#include <float.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct settings, member)
static const char *const no_or_yes[] = {"no", "yes", NULL};

/* What is no setting of a preset, with the same rows. Those without an offset are put by hand: the array's name
 * is one of a list, the port and the seed have types of their own. */
enum { ROW_ARRAY, ROW_ENGINE, ROW_SEED, ROW_THREADS, ROW_CHECK, ROW_TIMEOUT, ROW_PORT, RUN_ROWS };
static const struct setting run_rows[RUN_ROWS] = {
    [ROW_ARRAY] = {.name = "array",
                   .kind = SETTING_TEXT,
                   .unit = "",
                   .help = "hardware build, rows x columns"},
    [ROW_ENGINE] = {.name = "engine",
                    .kind = SETTING_CHOICE,
                    .offset = AT(engine),
                    .unit = "",
                    .names = engine_kind_names,
                    .help = "what runs the hardware"},
    [ROW_SEED] = {.name = "seed", .kind = SETTING_TEXT, .unit = "", .help = "seed of everything random"},
    [ROW_THREADS] = {.name = "threads",
                     .kind = SETTING_WHOLE,
                     .offset = AT(threads),
                     .least = 0,
                     .most = 4096,
                     .unit = "",
                     .help = "samples side by side, 0 for one a processor; results do not depend on it"},
    [ROW_CHECK] = {.name = "check",
                   .kind = SETTING_SWITCH,
                   .offset = AT(check),
                   .unit = "",
                   .names = no_or_yes,
                   .help = "run RTL and C reference models in lock-step and stop at the first difference"},
    [ROW_TIMEOUT] = {.name = "timeout",
                     .kind = SETTING_NUMBER,
                     .offset = AT(timeout),
                     .least = 0.001,
                     .most = 3600,
                     .unit = "s",
                     .help = "how long to wait for a board's answer before asking again"},
    [ROW_PORT] = {.name = "port", .kind = SETTING_TEXT, .unit = "", .help = "serial port of an FPGA board"},
};

/* The row of this number: first those of presets, then those above; NULL behind the last one. */
static const struct setting *row_at(uint32_t number)
{
    uint32_t presets = 0;
    while (settings_table[presets].name != NULL) {
        presets++;
    }
    if (number < presets) {
        return &settings_table[number];
    }
    return number - presets < RUN_ROWS ? &run_rows[number - presets] : NULL;
}

static const struct setting *row_find(const char *name, struct error *error)
{
    for (uint32_t i = 0; row_at(i) != NULL; i++) {
        if (strcmp(row_at(i)->name, name) == 0) {
            return row_at(i);
        }
    }
    (void) error_set(error, STATUS_INVALID, "%s: no such setting", name);
    return NULL;
}

static void array_names(char *text, size_t size)
{
    (void) snprintf(text, size, "one of ");
    for (const struct hardware *hardware = hardware_list(); hardware->name != NULL; hardware++) {
        const size_t length = strlen(text);
        (void) snprintf(text + length, size - length, "%s%s", hardware == hardware_list() ? "" : ", ",
                        hardware->name);
    }
}

static void expected_of(const struct setting *row, char text[SETTING_WORDS])
{
    if (row == &run_rows[ROW_ARRAY]) {
        array_names(text, SETTING_WORDS);
    } else if (row == &run_rows[ROW_SEED]) {
        (void) snprintf(text, SETTING_WORDS, "a whole number from 0 to 2^64 - 1");
    } else if (row == &run_rows[ROW_PORT]) {
        (void) snprintf(text, SETTING_WORDS, "a path");
    } else {
        (void) setting_expected(row, text);
    }
}

bool memspike_setting_get(uint32_t number, memspike_setting *setting)
{
    const struct setting *row = row_at(number);
    if (row == NULL) {
        return false;
    }
    *setting = (memspike_setting) {.name = row->name, .unit = row->unit, .help = row->help};
    expected_of(row, setting->expected);
    return true;
}

memspike_status memspike_settings_create(const char *preset, memspike_settings **settings,
                                         memspike_error *error)
{
    struct memspike_settings *made = allocate(1, sizeof *made);
    made->values.seed = 1;
    made->values.timeout = 0.5;
    made->values.hardware = hardware_list();
    char *path = shipped_file("presets", preset != NULL ? preset : "paper");
    const enum status status = settings_load_preset(path, &made->values, error_of(error));
    free(path);
    if (status != STATUS_OK) {
        free(made);
        made = NULL;
    }
    *settings = made;
    return (memspike_status) status;
}

memspike_status memspike_settings_copy(const memspike_settings *from, memspike_settings **settings,
                                       memspike_error *error)
{
    (void) error;
    struct memspike_settings *made = allocate(1, sizeof *made);
    *made = *from;
    made->port = from->port != NULL ? duplicate_string(from->port) : NULL;
    made->values.port = made->port;
    *settings = made;
    return MEMSPIKE_OK;
}

void memspike_settings_free(memspike_settings *settings)
{
    if (settings != NULL) {
        free(settings->port);
        free(settings);
    }
}

static bool put(struct memspike_settings *settings, const struct setting *row, const char *value)
{
    if (row == &run_rows[ROW_ARRAY]) {
        const struct hardware *hardware = hardware_find(value);
        settings->values.hardware = hardware != NULL ? hardware : settings->values.hardware;
        return hardware != NULL;
    }
    if (row == &run_rows[ROW_PORT]) {
        free(settings->port);
        settings->port = duplicate_string(value);
        settings->values.port = settings->port;
        return true;
    }
    if (row == &run_rows[ROW_SEED]) {
        unsigned long long seed;
        int end = 0;
        if (strspn(value, "0123456789") != strlen(value) || strlen(value) > 20 ||
            sscanf(value, "%llu%n", &seed, &end) != 1) { /* NOLINT(cert-err34-c): its digits are counted */
            return false;
        }
        char text[32];
        (void) snprintf(text, sizeof text, "%llu", seed);
        settings->values.seed = seed;
        return strcmp(text, value + strspn(value, "0")) == 0 || seed == 0;
    }
    return setting_put(row, &settings->values, value);
}

memspike_status memspike_settings_set(memspike_settings *settings, const char *name, const char *value,
                                      memspike_error *error)
{
    const struct setting *row = row_find(name, error_of(error));
    if (row == NULL) {
        return MEMSPIKE_INVALID;
    }
    if (!put(settings, row, value)) {
        char expected[SETTING_WORDS];
        expected_of(row, expected);
        return (memspike_status) error_set(error_of(error), STATUS_INVALID, "%s: %s; expected %s", name,
                                           value, expected);
    }
    return MEMSPIKE_OK;
}

memspike_status memspike_settings_get(const memspike_settings *settings, const char *name, uint32_t approach,
                                      char *text, size_t size, memspike_error *error)
{
    const struct setting *row = row_find(name, error_of(error));
    if (row == NULL) {
        return MEMSPIKE_INVALID;
    }
    if (approach < 1 || approach > 2) {
        return (memspike_status) error_set(error_of(error), STATUS_INVALID, "approach %u; expected 1 or 2",
                                           approach);
    }
    const struct settings *values = &settings->values;
    char number[32] = "";
    const char *value = number;
    if (setting_find(name) != NULL) {
        settings_key_text(values, approach, name, number);
    } else if (row == &run_rows[ROW_ARRAY]) {
        value = values->hardware->name;
    } else if (row == &run_rows[ROW_ENGINE]) {
        value = engine_kind_names[values->engine];
    } else if (row == &run_rows[ROW_SEED]) {
        (void) snprintf(number, sizeof number, "%llu", (unsigned long long) values->seed);
    } else if (row == &run_rows[ROW_THREADS]) {
        (void) snprintf(number, sizeof number, "%u", values->threads);
    } else if (row == &run_rows[ROW_CHECK]) {
        value = no_or_yes[values->check];
    } else if (row == &run_rows[ROW_TIMEOUT]) {
        (void) number_text(values->timeout, number);
    } else {
        value = values->port != NULL ? values->port : "";
    }
    (void) snprintf(text, size, "%s", value);
    return MEMSPIKE_OK;
}
