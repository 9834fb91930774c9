#include "experiment/settings.h"

#include "base/configuration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const encoder_names[] = {"poisson", "rate", NULL};

const char *const decision_names[] = {"full", "early", NULL};

const char *const start_names[] = {"fresh", "drawn", NULL};

const char *const drift_correction_names[] = {"none", "threshold", NULL};

const char *const noise_correction_names[] = {"none", "threshold", NULL};

const char *const preset_keys[] = {"epochs",
                                   "learning_rate",
                                   "encoder",
                                   "steps",
                                   "threshold",
                                   "leak",
                                   "membrane_start",
                                   "tolerance",
                                   "max_pulses",
                                   "read_noise",
                                   "adc_bits",
                                   "adc_full_scale",
                                   "update",
                                   "verify_reads",
                                   "tolerance_margin",
                                   "guard_band",
                                   "noise_correction",
                                   "decision",
                                   "readout",
                                   "stuck_open",
                                   "stuck_closed",
                                   "stuck_anywhere",
                                   "gain",
                                   "start",
                                   "drift_correction",
                                   NULL};

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

static enum status read_whole(const char *path, const config_setting_t *setting, const char *key,
                              uint32_t least, uint32_t most, uint32_t *value, struct error *error)
{
    double number = 0;
    enum status status =
        configuration_value(path, setting, key, (double) least - 1, (double) most + 1, &number, error);
    if (status == STATUS_OK && number != floor(number)) {
        return error_set(error, STATUS_INVALID, "%s:%u: %s: expected a whole number", path,
                         config_setting_source_line(setting), key);
    }
    if (status == STATUS_OK) {
        *value = (uint32_t) number;
    }
    return status;
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

static enum status read_verify_reads(const char *path, const config_setting_t *setting, const char *key,
                                     uint32_t *reads, struct error *error)
{
    enum status status = read_whole(path, setting, key, 1, MAX_VERIFY_READS, reads, error);
    if (status == STATUS_OK && (*reads & (*reads - 1)) != 0) {
        return error_set(error, STATUS_INVALID, "%s:%u: %s: expected a power of two from 1 to %d", path,
                         config_setting_source_line(setting), key, MAX_VERIFY_READS);
    }
    return status;
}

enum status settings_read_key(const char *path, const config_setting_t *setting, const char *key,
                              struct settings *settings, struct error *error)
{
    const double just_below_0 = -1e-300;
    const struct {
        const char *key;
        double above, below;
        double *value;
    } numbers[] = {
        {"learning_rate", 0, 100, &settings->learning_rate},
        {"membrane_start", -100, 100, &settings->membrane_start},
        {"tolerance", just_below_0, 1, &settings->tolerance},
        {"tolerance_margin", just_below_0, 100, &settings->tolerance_margin},
        {"guard_band", just_below_0, 1, &settings->guard_band},
        {"read_noise", just_below_0, 1, &settings->read_noise},
        {"adc_full_scale", just_below_0, 1e6, &settings->adc_full_scale},
        {"stuck_open", just_below_0, 1, &settings->stuck_open},
        {"stuck_closed", just_below_0, 1, &settings->stuck_closed},
        {"stuck_anywhere", just_below_0, 1, &settings->stuck_anywhere},
    };
    const struct {
        const char *key;
        uint32_t least, most;
        uint32_t *value;
    } wholes[] = {
        {"epochs", 1, 1000, &settings->epochs},   {"steps", 1, MAX_STEPS, &settings->steps},
        {"leak", 0, 31, &settings->leak},         {"max_pulses", 0, MAX_MAX_PULSES, &settings->max_pulses},
        {"adc_bits", 0, 24, &settings->adc_bits},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(key, numbers[i].key) == 0) {
            return configuration_value(path, setting, key, numbers[i].above, numbers[i].below,
                                       numbers[i].value, error);
        }
    }
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        if (strcmp(key, wholes[i].key) == 0) {
            return read_whole(path, setting, key, wholes[i].least, wholes[i].most, wholes[i].value, error);
        }
    }
    int index = 0;
    enum status status;
    if (strcmp(key, "verify_reads") == 0) {
        return read_verify_reads(path, setting, key, &settings->verify_reads, error);
    }
    if (strcmp(key, "threshold") == 0) {
        status = read_pair(path, setting, -100, 100, settings->threshold, error);
    } else if (strcmp(key, "gain") == 0) {
        status = read_pair(path, setting, 0, 1000, settings->gain, error);
    } else if (strcmp(key, "encoder") == 0) {
        status = settings_read_name(path, setting, key, encoder_names, &index, error);
        settings->rate_coded = index == 1;
    } else if (strcmp(key, "noise_correction") == 0) {
        status = settings_read_name(path, setting, key, noise_correction_names, &index, error);
        settings->noise_correction = index == 1;
    } else if (strcmp(key, "decision") == 0) {
        status = settings_read_name(path, setting, key, decision_names, &index, error);
        settings->early_decision = index == 1;
    } else if (strcmp(key, "drift_correction") == 0) {
        status = settings_read_name(path, setting, key, drift_correction_names, &index, error);
        settings->drift_correction = index == 1;
    } else if (strcmp(key, "start") == 0) {
        status = settings_read_name(path, setting, key, start_names, &index, error);
        settings->fresh = index == 0;
    } else if (strcmp(key, "readout") == 0) {
        status = settings_read_name(path, setting, key, readout_names, &index, error);
        settings->readout = (enum readout) index;
    } else {
        status = settings_read_name(path, setting, key, update_rule_names, &index, error);
        settings->update_rule = (enum update_rule) index;
    }
    return status;
}

void settings_key_text(const struct settings *settings, uint32_t approach, const char *key, char text[32])
{
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"epochs", settings->epochs},
        {"learning_rate", settings->learning_rate},
        {"gain", settings->gain[approach - 1]},
        {"steps", settings->steps},
        {"threshold", settings->threshold[approach - 1]},
        {"leak", settings->leak},
        {"membrane_start", settings->membrane_start},
        {"tolerance", settings->tolerance},
        {"tolerance_margin", settings->tolerance_margin},
        {"max_pulses", settings->max_pulses},
        {"verify_reads", settings->verify_reads},
        {"guard_band", settings->guard_band},
        {"read_noise", settings->read_noise},
        {"adc_bits", settings->adc_bits},
        {"adc_full_scale", settings->adc_full_scale},
        {"stuck_open", settings->stuck_open},
        {"stuck_closed", settings->stuck_closed},
        {"stuck_anywhere", settings->stuck_anywhere},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(key, numbers[i].key) == 0) {
            (void) number_text(numbers[i].value, text);
            return;
        }
    }
    const char *name = update_rule_names[settings->update_rule];
    if (strcmp(key, "encoder") == 0) {
        name = encoder_names[settings->rate_coded ? 1 : 0];
    } else if (strcmp(key, "noise_correction") == 0) {
        name = noise_correction_names[settings->noise_correction ? 1 : 0];
    } else if (strcmp(key, "decision") == 0) {
        name = decision_names[settings->early_decision ? 1 : 0];
    } else if (strcmp(key, "drift_correction") == 0) {
        name = drift_correction_names[settings->drift_correction ? 1 : 0];
    } else if (strcmp(key, "start") == 0) {
        name = start_names[settings->fresh ? 0 : 1];
    } else if (strcmp(key, "readout") == 0) {
        name = readout_names[settings->readout];
    }
    (void) snprintf(text, 32, "%s", name);
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
    const double tolerance = fmax(settings->tolerance, settings->tolerance_margin * deviation);
    return fmin(tolerance, nextafter(1.0, 0.0));
}

struct crossbar_settings settings_crossbar(const struct settings *settings)
{
    return (struct crossbar_settings){
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
    return (struct engine_settings){
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
