// SPDX-License-Identifier: Apache-2.0
#include "run/settings.h"

#include "base/configuration.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const encoder_names[] = {"poisson", "rate", NULL};
static const char *const decision_names[] = {"full", "early", NULL};
static const char *const start_names[] = {"fresh", "drawn", NULL};
static const char *const correction_names[] = {"none", "threshold", NULL};

/* Ends of ranges that 0 and 1 do not belong to. */
#define ABOVE_0 DBL_TRUE_MIN
#define BELOW_1 (1 - DBL_EPSILON / 2)

#define AT(member) offsetof(struct settings, member)
const struct setting settings_table[] = {
    {"epochs", SETTING_WHOLE, NETWORK_ANN, AT(epochs), 1, MAX_EPOCHS, "", NULL, "N",
     "passes over the training reviews"},
    {"learning_rate", SETTING_NUMBER, NETWORK_ANN, AT(learning_rate), ABOVE_0, 100, "", NULL, "X",
     "Adagrad's rate"},
    {"encoder", SETTING_SWITCH, NETWORK_SNN, AT(rate_coded), 0, 0, "", encoder_names, "KIND",
     "poisson or rate (sigma-delta)"},
    {"steps", SETTING_WHOLE, NETWORK_SNN, AT(steps), 1, MAX_STEPS, "", NULL, "T", "time steps of a review"},
    {"threshold", SETTING_BY_APPROACH, NETWORK_ANN, AT(threshold), -100, 100, "E", NULL, NULL,
     "Vth as a fraction of E, the number of inputs (the option --threshold takes Vth itself)"},
    {"leak", SETTING_WHOLE, NETWORK_SNN, AT(leak), 0, MAX_LEAK, "", NULL, NULL,
     "V loses V >> leak every step; 0: no leak"},
    {"membrane_start", SETTING_NUMBER, NETWORK_SNN, AT(membrane_start), -100, 100, "Vth", NULL, NULL,
     "V before the first step, as a fraction of Vth"},
    {"tolerance", SETTING_NUMBER, NETWORK_MEMRISTOR, AT(tolerance), 0, BELOW_1, "", NULL, "X",
     "R tolerance, a fraction: 0.005 is 0.5 %"},
    {"max_pulses", SETTING_WHOLE, NETWORK_MEMRISTOR, AT(max_pulses), 0, MAX_MAX_PULSES, "", NULL, "N",
     "most pulses for one device (maxN)"},
    {"read_noise", SETTING_NUMBER, NETWORK_SNN, AT(read_noise), 0, BELOW_1, "", NULL, "X",
     "largest relative error of a read, a fraction: 0.1 is 10 %"},
    {"adc_bits", SETTING_WHOLE, NETWORK_SNN, AT(adc_bits), 0, 24, "bit", NULL, "N",
     "resolution of the column ADC; 0: ideal"},
    {"adc_full_scale", SETTING_NUMBER, NETWORK_SNN, AT(adc_full_scale), 0, 1e6, "current of weight 1", NULL,
     "X", "column current at which the ADC saturates; 0: rows of a tile"},
    {"update", SETTING_CHOICE, NETWORK_SNN, AT(update_rule), 0, 0, "", update_rule_names, "RULE",
     "approach 2: paper, accumulate or surrogate"},
    {"verify_reads", SETTING_POWER, NETWORK_MEMRISTOR, AT(verify_reads), 1, MAX_VERIFY_READS, "", NULL, "K",
     "readings that a verify read takes the mean of"},
    {"tolerance_margin", SETTING_NUMBER, NETWORK_MEMRISTOR, AT(tolerance_margin), 0, 100,
     "standard deviation", NULL, "X", "keep R tolerance at or above X standard deviations of a verify read"},
    {"guard_band", SETTING_NUMBER, NETWORK_SNN, AT(guard_band), 0, BELOW_1, "", NULL, "G",
     "map weights to Rmin (1 + G) to Rmax (1 - G)"},
    {"noise_correction", SETTING_SWITCH, NETWORK_SNN, AT(noise_correction), 0, 0, "", correction_names,
     "KIND", "approach 1: none, or threshold: Vth makes up for the noise's bias"},
    {"decision", SETTING_SWITCH, NETWORK_SNN, AT(early_decision), 0, 0, "", decision_names, NULL,
     "full, or early: a review ends as soon as the remaining steps cannot change its answer"},
    {"readout", SETTING_CHOICE, NETWORK_SNN, AT(readout), 0, 0, "", readout_names, NULL,
     "approach 2: firing rate by the count of spikes, or membrane: with what is left on the membrane"},
    {"stuck_open", SETTING_NUMBER, NETWORK_SNN, AT(stuck_open), 0, 1, "", NULL, NULL,
     "share of devices that no pulse changes: no conductance"},
    {"stuck_closed", SETTING_NUMBER, NETWORK_SNN, AT(stuck_closed), 0, 1, "", NULL, NULL,
     "share of devices that no pulse changes: as a wire"},
    {"stuck_anywhere", SETTING_NUMBER, NETWORK_SNN, AT(stuck_anywhere), 0, 1, "", NULL, NULL,
     "share of devices that no pulse changes: at a resistance anywhere in the range"},
    {"gain", SETTING_BY_APPROACH, NETWORK_ANN, AT(gain), ABOVE_0, 1000, "", NULL, "X",
     "factor on the outputs before the sigmoid"},
    {"start", SETTING_SWITCH, NETWORK_SNN, AT(drawn), 0, 0, "", start_names, NULL,
     "approach 2: memristors fresh, as they come, or drawn: weights are written into them first"},
    {"drift_correction", SETTING_SWITCH, NETWORK_SNN, AT(drift_correction), 0, 0, "", correction_names, NULL,
     "none, or threshold: Vth falls with the conductances, by the device's median drift"},
    {.name = NULL},
};
#undef AT
enum { SETTINGS = sizeof settings_table / sizeof *settings_table - 1 };

const struct setting *setting_find(const char *name)
{
    for (const struct setting *setting = settings_table; setting->name != NULL; setting++) {
        if (strcmp(name, setting->name) == 0) {
            return setting;
        }
    }
    return NULL;
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

int name_index(const char *const *names, const char *name)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(name, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

const char *names_expected(const char *const *names, char text[SETTING_WORDS])
{
    (void) snprintf(text, SETTING_WORDS, "one of ");
    for (int i = 0; names[i] != NULL; i++) {
        strncat(text, i > 0 ? ", " : "", SETTING_WORDS - strlen(text) - 1);
        strncat(text, names[i], SETTING_WORDS - strlen(text) - 1);
    }
    return text;
}

const char *setting_range(const struct setting *setting, char text[SETTING_WORDS])
{
    char least[32], most[32];
    const bool above_0 = setting->least == ABOVE_0, below_1 = setting->most == BELOW_1;
    (void) snprintf(text, SETTING_WORDS, "%s%s%s to %s%s",
                    setting->kind == SETTING_POWER ? "a power of two " : "",
                    above_0 ? "above 0 and up" : "from ", above_0 ? "" : number_text(setting->least, least),
                    below_1 ? "below " : "", number_text(below_1 ? 1 : setting->most, most));
    return text;
}

const char *setting_expected(const struct setting *setting, char text[SETTING_WORDS])
{
    static const char *const what[] = {[SETTING_NUMBER] = "a number ",
                                       [SETTING_BY_APPROACH] = "a number ",
                                       [SETTING_WHOLE] = "a whole number ",
                                       [SETTING_POWER] = ""};
    char range[SETTING_WORDS];
    if (setting->names != NULL) {
        return names_expected(setting->names, text);
    }
    (void) snprintf(text, SETTING_WORDS, "%s%.128s", what[setting->kind], setting_range(setting, range));
    return text;
}

static bool put_number(const struct setting *setting, void *base, double number)
{
    void *value = (char *) base + setting->offset;
    if (!(number >= setting->least && number <= setting->most)) {
        return false;
    }
    if (setting->kind == SETTING_NUMBER || setting->kind == SETTING_BY_APPROACH) {
        ((double *) value)[0] = number;
        if (setting->kind == SETTING_BY_APPROACH) {
            ((double *) value)[1] = number;
        }
        return true;
    }
    const uint32_t whole = (uint32_t) number;
    if (whole != number || (setting->kind == SETTING_POWER && (whole & (whole - 1)) != 0)) {
        return false;
    }
    *(uint32_t *) value = whole;
    return true;
}

bool setting_put(const struct setting *setting, void *base, const char *text)
{
    void *value = (char *) base + setting->offset;
    if (setting->names == NULL) {
        char *end = NULL;
        const double number = strtod(text, &end);
        return end != text && *end == '\0' && put_number(setting, base, number);
    }
    const int index = name_index(setting->names, text);
    if (index < 0) {
        return false;
    }
    if (setting->kind == SETTING_SWITCH) {
        *(bool *) value = index == 1;
    } else {
        memcpy(value, &index, sizeof index);
    }
    return true;
}

static enum status refuse(const char *path, const config_setting_t *entry, const char *key,
                          const char *expected, struct error *error)
{
    return error_set(error, STATUS_INVALID, "%s:%u: %s: expected %s", path, config_setting_source_line(entry),
                     key, expected);
}

enum status settings_read_name(const char *path, const config_setting_t *entry, const char *key,
                               const char *const *names, int *index, struct error *error)
{
    const char *name = config_setting_get_string(entry);
    const int found = name != NULL ? name_index(names, name) : -1;
    char expected[SETTING_WORDS];
    if (found < 0) {
        return refuse(path, entry, key, names_expected(names, expected), error);
    }
    *index = found;
    return STATUS_OK;
}

enum status settings_check_keys(const char *path, const config_setting_t *group, struct error *error)
{
    const char *keys[SETTINGS + 1] = {NULL};
    for (int i = 0; i < SETTINGS; i++) {
        keys[i] = settings_table[i].name;
    }
    return configuration_check_keys(path, group, keys, error);
}

/* A group with a number for each approach. */
static enum status read_by_approach(const char *path, const config_setting_t *group,
                                    const struct setting *setting, struct settings *settings,
                                    struct error *error)
{
    static const char *const approaches[] = {"approach1", "approach2", NULL};
    enum status status = configuration_check_keys(path, group, approaches, error);
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        struct setting one = *setting;
        one.name = approaches[i];
        one.kind = SETTING_NUMBER;
        one.offset += (size_t) i * sizeof(double);
        const config_setting_t *entry = configuration_member(path, group, approaches[i], error);
        status = entry != NULL ? settings_read(path, entry, &one, false, settings, error) : STATUS_INVALID;
    }
    return status;
}

enum status settings_read(const char *path, const config_setting_t *entry, const struct setting *setting,
                          bool one_for_both, struct settings *settings, struct error *error)
{
    if (setting->kind == SETTING_BY_APPROACH &&
        !(one_for_both && config_setting_is_number(entry) == CONFIG_TRUE)) {
        return read_by_approach(path, entry, setting, settings, error);
    }
    const char *name = config_setting_get_string(entry);
    const bool taken = setting->names != NULL ? name != NULL && setting_put(setting, settings, name)
                                              : put_number(setting, settings, configuration_as_number(entry));
    char expected[SETTING_WORDS];
    return taken ? STATUS_OK : refuse(path, entry, setting->name, setting_expected(setting, expected), error);
}

void settings_key_text(const struct settings *settings, uint32_t approach, const char *name, char text[32])
{
    const struct setting *setting = setting_find(name);
    assert(setting != NULL);
    const void *value = (const char *) settings + setting->offset;
    int index = 0;
    switch (setting->kind) {
    case SETTING_NUMBER:
        (void) number_text(*(const double *) value, text);
        break;
    case SETTING_BY_APPROACH:
        (void) number_text(((const double *) value)[approach - 1], text);
        break;
    case SETTING_WHOLE:
    case SETTING_POWER:
        (void) number_text(*(const uint32_t *) value, text);
        break;
    case SETTING_SWITCH:
        (void) snprintf(text, 32, "%s", setting->names[*(const bool *) value ? 1 : 0]);
        break;
    default:
        memcpy(&index, value, sizeof index);
        (void) snprintf(text, 32, "%s", setting->names[index]);
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
    for (const struct setting *setting = settings_table; setting->name != NULL; setting++) {
        if (name_index(but, setting->name) < 0) {
            char text[32];
            settings_key_text(settings, approach, setting->name, text);
            (void) fprintf(stream, "%s%s %s", ftell(stream) > 0 ? ", " : "", setting->name, text);
        }
    }
    (void) fclose(stream);
    return all;
}

static enum status read_preset(const char *path, const config_setting_t *root, struct settings *settings,
                               struct error *error)
{
    enum status status = settings_check_keys(path, root, error);
    for (int i = 0; i < SETTINGS && status == STATUS_OK; i++) {
        const config_setting_t *entry = configuration_member(path, root, settings_table[i].name, error);
        status = entry != NULL ? settings_read(path, entry, &settings_table[i], false, settings, error)
                               : STATUS_INVALID;
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
