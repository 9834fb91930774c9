#include "run/settings.h"

#include "base/configuration.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const encoder_names[] = {"poisson", "rate", NULL};

const char *const decision_names[] = {"full", "early", NULL};

const char *const start_names[] = {"fresh", "drawn", NULL};

const char *const drift_correction_names[] = {"none", "threshold", NULL};

const char *const noise_correction_names[] = {"none", "threshold", NULL};

/* What a key of a preset holds. */
enum key_kind {
    KEY_NUMBER, /* double */
    KEY_PAIR,   /* double[2], by approach */
    KEY_WHOLE,  /* uint32_t */
    KEY_POWER,  /* of two; uint32_t */
    KEY_FLAG,   /* bool, false the first of two names */
    KEY_CHOICE, /* enum, one of the names */
};

struct key {
    const char *name;
    enum network_kind network; /* the least on which it has an effect */
    enum key_kind kind;
    double above, below;      /* limits of numbers, both left out */
    size_t offset;            /* in struct settings */
    const char *const *names; /* NULL-ended; NULL for numbers */
};

/* Every key: the one list from which presets and experiments are read, printed and told from others. */
#define KEYS(KEY)                                                                                            \
    KEY("epochs", NETWORK_ANN, KEY_WHOLE, 0, 1001, epochs, NULL)                                             \
    KEY("learning_rate", NETWORK_ANN, KEY_NUMBER, 0, 100, learning_rate, NULL)                               \
    KEY("encoder", NETWORK_SNN, KEY_FLAG, 0, 0, rate_coded, encoder_names)                                   \
    KEY("steps", NETWORK_SNN, KEY_WHOLE, 0, MAX_STEPS + 1, steps, NULL)                                      \
    KEY("threshold", NETWORK_ANN, KEY_PAIR, -100, 100, threshold, NULL)                                      \
    KEY("leak", NETWORK_SNN, KEY_WHOLE, -1, 32, leak, NULL)                                                  \
    KEY("membrane_start", NETWORK_SNN, KEY_NUMBER, -100, 100, membrane_start, NULL)                          \
    KEY("tolerance", NETWORK_MEMRISTOR, KEY_NUMBER, JUST_BELOW_0, 1, tolerance, NULL)                        \
    KEY("max_pulses", NETWORK_MEMRISTOR, KEY_WHOLE, -1, MAX_MAX_PULSES + 1, max_pulses, NULL)                \
    KEY("read_noise", NETWORK_SNN, KEY_NUMBER, JUST_BELOW_0, 1, read_noise, NULL)                            \
    KEY("adc_bits", NETWORK_SNN, KEY_WHOLE, -1, 25, adc_bits, NULL)                                          \
    KEY("adc_full_scale", NETWORK_SNN, KEY_NUMBER, JUST_BELOW_0, 1e6, adc_full_scale, NULL)                  \
    KEY("update", NETWORK_SNN, KEY_CHOICE, 0, 0, update_rule, update_rule_names)                             \
    KEY("verify_reads", NETWORK_MEMRISTOR, KEY_POWER, 0, MAX_VERIFY_READS + 1, verify_reads, NULL)           \
    KEY("tolerance_margin", NETWORK_MEMRISTOR, KEY_NUMBER, JUST_BELOW_0, 100, tolerance_margin, NULL)        \
    KEY("guard_band", NETWORK_SNN, KEY_NUMBER, JUST_BELOW_0, 1, guard_band, NULL)                            \
    KEY("noise_correction", NETWORK_SNN, KEY_FLAG, 0, 0, noise_correction, noise_correction_names)           \
    KEY("decision", NETWORK_SNN, KEY_FLAG, 0, 0, early_decision, decision_names)                             \
    KEY("readout", NETWORK_SNN, KEY_CHOICE, 0, 0, readout, readout_names)                                    \
    KEY("stuck_open", NETWORK_SNN, KEY_NUMBER, JUST_BELOW_0, 1, stuck_open, NULL)                            \
    KEY("stuck_closed", NETWORK_SNN, KEY_NUMBER, JUST_BELOW_0, 1, stuck_closed, NULL)                        \
    KEY("stuck_anywhere", NETWORK_SNN, KEY_NUMBER, JUST_BELOW_0, 1, stuck_anywhere, NULL)                    \
    KEY("gain", NETWORK_ANN, KEY_PAIR, 0, 1000, gain, NULL)                                                  \
    KEY("start", NETWORK_SNN, KEY_FLAG, 0, 0, drawn, start_names)                                            \
    KEY("drift_correction", NETWORK_SNN, KEY_FLAG, 0, 0, drift_correction, drift_correction_names)
#define NAME(name, network, kind, above, below, member, names) name,
#define ROW(name, network, kind, above, below, member, names)                                                \
    {name, network, kind, above, below, offsetof(struct settings, member), names},

const char *const preset_keys[] = {KEYS(NAME) NULL};
static const struct key table[] = {KEYS(ROW)};

/* NULL when there is none of this name. */
static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(name, table[i].name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

enum network_kind settings_key_network(const char *key)
{
    const struct key *found = find_key(key);
    return found != NULL ? found->network : NETWORK_ANN;
}

const char *number_text(double number, char text[32])
{
    if (fabs(number) < 1e15 && number == floor(number)) {
        (void) snprintf(text, 32, "%.0f", number);
        return text;
    }
    for (int digits = 1; digits <= 17; digits++) {
        (void) snprintf(text, 32, "%.*g", digits, number);
        if (strtod(text, NULL) == number) {
            break;
        }
    }
    return text;
}

enum status settings_read_name(const char *path, const config_setting_t *setting, const char *key,
                               const char *const *names, int *index, struct error *error)
{
    const char *name = config_setting_get_string(setting);
    char expected[256] = "";
    for (int i = 0; names[i] != NULL; i++) {
        if (name != NULL && strcmp(name, names[i]) == 0) {
            *index = i;
            return STATUS_OK;
        }
        strncat(expected, i > 0 ? ", " : "", sizeof expected - strlen(expected) - 1);
        strncat(expected, names[i], sizeof expected - strlen(expected) - 1);
    }
    return error_set(error, STATUS_INVALID, "%s:%u: %s: expected one of %s", path,
                     config_setting_source_line(setting), key, expected);
}

/* A number for each approach. */
static enum status read_pair(const char *path, const config_setting_t *setting, double above, double below,
                             double values[2], struct error *error)
{
    static const char *const approaches[] = {"approach1", "approach2", NULL};
    enum status status = configuration_check_keys(path, setting, approaches, error);
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        status = configuration_number(path, setting, approaches[i], true, above, below, &values[i], error);
    }
    return status;
}

enum status settings_read_key(const char *path, const config_setting_t *setting, const char *name,
                              struct settings *settings, struct error *error)
{
    const struct key *key = find_key(name);
    void *value = key != NULL ? (char *) settings + key->offset : NULL;
    double number = 0;
    int index = 0;
    enum status status = STATUS_OK;
    if (key == NULL) {
        return error_set(error, STATUS_INVALID, "%s:%u: %s: expected a key of presets", path,
                         config_setting_source_line(setting), name);
    }
    switch (key->kind) {
    case KEY_NUMBER:
        return configuration_value(path, setting, name, key->above, key->below, value, error);
    case KEY_PAIR:
        return read_pair(path, setting, key->above, key->below, value, error);
    case KEY_FLAG:
    case KEY_CHOICE:
        status = settings_read_name(path, setting, name, key->names, &index, error);
        if (status == STATUS_OK && key->kind == KEY_FLAG) {
            *(bool *) value = index == 1;
        } else if (status == STATUS_OK) {
            memcpy(value, &index, sizeof index);
        }
        return status;
    default:
        break;
    }
    status = configuration_value(path, setting, name, key->above, key->below, &number, error);
    if (status == STATUS_OK && number != floor(number)) {
        return error_set(error, STATUS_INVALID, "%s:%u: %s: expected a whole number", path,
                         config_setting_source_line(setting), name);
    }
    const uint32_t whole = (uint32_t) number;
    if (status == STATUS_OK && key->kind == KEY_POWER && (whole & (whole - 1)) != 0) {
        return error_set(error, STATUS_INVALID, "%s:%u: %s: expected a power of two from 1 to %g", path,
                         config_setting_source_line(setting), name, key->below - 1);
    }
    if (status == STATUS_OK) {
        *(uint32_t *) value = whole;
    }
    return status;
}

void settings_key_text(const struct settings *settings, uint32_t approach, const char *name, char text[32])
{
    const struct key *key = find_key(name);
    assert(key != NULL);
    const void *value = (const char *) settings + key->offset;
    int index = 0;
    switch (key->kind) {
    case KEY_NUMBER:
        (void) number_text(*(const double *) value, text);
        break;
    case KEY_PAIR:
        (void) number_text(((const double *) value)[approach - 1], text);
        break;
    case KEY_WHOLE:
    case KEY_POWER:
        (void) number_text(*(const uint32_t *) value, text);
        break;
    case KEY_FLAG:
        (void) snprintf(text, 32, "%s", key->names[*(const bool *) value ? 1 : 0]);
        break;
    case KEY_CHOICE:
        memcpy(&index, value, sizeof index);
        (void) snprintf(text, 32, "%s", key->names[index]);
        break;
    }
}

char *settings_text(const struct settings *settings, uint32_t approach, const char *const *but)
{
    char *all = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&all, &size);
    if (stream == NULL) {
        abort();
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool left_out = false;
        for (size_t j = 0; but[j] != NULL; j++) {
            left_out = left_out || strcmp(but[j], table[i].name) == 0;
        }
        if (!left_out) {
            char text[32];
            settings_key_text(settings, approach, table[i].name, text);
            (void) fprintf(stream, "%s%s %s", ftell(stream) > 0 ? ", " : "", table[i].name, text);
        }
    }
    (void) fclose(stream);
    return all;
}

static enum status read_preset(const char *path, const config_setting_t *root, struct settings *settings,
                               struct error *error)
{
    enum status status = configuration_check_keys(path, root, preset_keys, error);
    for (int i = 0; preset_keys[i] != NULL && status == STATUS_OK; i++) {
        const config_setting_t *setting = configuration_member(path, root, preset_keys[i], error);
        if (setting == NULL) {
            return STATUS_INVALID;
        }
        status = settings_read_key(path, setting, preset_keys[i], settings, error);
    }
    return status;
}

enum status settings_load_preset(const char *path, struct settings *settings, struct error *error)
{
    config_t configuration;
    enum status status = configuration_open(path, &configuration, error);
    if (status == STATUS_OK) {
        status = read_preset(path, config_root_setting(&configuration), settings, error);
        config_destroy(&configuration);
    }
    return status;
}

enum status settings_device(const struct settings *settings, const struct device *device,
                            struct device *guarded, struct error *error)
{
    *guarded = *device;
    guarded->minimum_resistance *= 1 + settings->guard_band;
    guarded->maximum_resistance *= 1 - settings->guard_band;
    if (!(guarded->minimum_resistance < guarded->maximum_resistance)) {
        return error_set(error, STATUS_INVALID,
                         "guard band: %g: leaves none of the resistances from %g to %g ohm; expected less",
                         settings->guard_band, device->minimum_resistance, device->maximum_resistance);
    }
    return STATUS_OK;
}

double settings_tolerance(const struct settings *settings)
{
    const double deviation = settings->read_noise / sqrt(3.0 * settings->verify_reads);
    return fmax(settings->tolerance, settings->tolerance_margin * deviation);
}

enum status settings_check(const struct settings *settings, struct error *error)
{
    const double tolerance = settings_tolerance(settings);
    const double stuck = settings->stuck_open + settings->stuck_closed + settings->stuck_anywhere;
    if (!(tolerance < 1)) {
        return error_set(
            error, STATUS_INVALID,
            "tolerance margin: %g standard deviations of a verify read make a tolerance of %g, which "
            "every device is within; expected less than 1",
            settings->tolerance_margin, tolerance);
    }
    if (stuck > 1) {
        return error_set(
            error, STATUS_INVALID,
            "stuck_open, stuck_closed, stuck_anywhere: %g of the devices in all; expected at most 1", stuck);
    }
    if (settings->adc_bits == 1 && settings->hardware->sides > 1) {
        return error_set(
            error, STATUS_INVALID,
            "adc bits: 1: is the sign alone on the pairs of columns of the array %s, where every code "
            "would be 0; expected 0 or 2 to 24",
            settings->hardware->name);
    }
    return STATUS_OK;
}

struct crossbar_settings settings_crossbar(const struct settings *settings)
{
    return (struct crossbar_settings) {
        .seed = settings->seed,
        .read_noise = settings->read_noise,
        .adc_bits = settings->adc_bits,
        .adc_full_scale = settings->adc_full_scale,
        .stuck_open = settings->stuck_open,
        .stuck_closed = settings->stuck_closed,
        .stuck_anywhere = settings->stuck_anywhere,
    };
}

/* Where the checker leaves waveforms, in the current folder, and of how many clocks. */
static const char failure_waves[] = "memspike_mismatch.fst";
enum { FAILURE_CLOCKS = 1000 };

struct engine_settings settings_engine(const struct settings *settings, const struct device *device,
                                       uint32_t approach)
{
    const double threshold = settings->threshold[approach - 1] * settings->hardware->inputs;
    return (struct engine_settings) {
        .seed = settings->seed,
        .steps = settings->steps,
        .threshold = threshold,
        .membrane_start = settings->membrane_start * threshold,
        .leak = settings->leak,
        .rate_coded = settings->rate_coded,
        .early_decision = settings->early_decision,
        .tolerance = settings_tolerance(settings),
        .max_pulses = settings->max_pulses,
        .verify_reads = settings->verify_reads,
        .pulses = device->pulses[approach - 1],
        .threads = settings->threads,
        .check = settings->check,
        .port = settings->port,
        .timeout = settings->timeout,
        .failure_waves = settings->check ? failure_waves : NULL,
        .failure_clocks = FAILURE_CLOCKS,
    };
}
