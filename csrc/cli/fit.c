// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"
#include "cli/commands.h"
#include "cli/script.h"
#include "device_file/device_file.h"
#include "fit/device_fit.h"
#include "model/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const constant_names[2][FIT_CONSTANTS] = {{"A_p", "t_p", "a0_p", "a1_p"},
                                                             {"A_n", "t_n", "a0_n", "a1_n"}};

static void print_fit(const struct device_fit *fit)
{
    static const char *const units[FIT_CONSTANTS] = {"1/(ohm s)", "V", "ohm", "ohm/V"};
    for (int s = 0; s < 2; s++) {
        const struct fitted_side *side = &fit->sides[s];
        (void) printf("%s%s pulses    %u at %u voltages\n", s > 0 ? "\n" : "",
                      s == 0 ? "positive" : "negative", side->pulses, side->voltage_count);
        for (int i = 0; i < FIT_CONSTANTS; i++) {
            (void) printf("  %-4s %14.6g  +- %-10.2g %-10s (%.1f %%)\n", constant_names[s][i],
                          side->constants[i], side->errors[i], units[i],
                          100 * fabs(side->errors[i] / side->constants[i]));
        }
        (void) printf("  residuals          %.2f %% rms, %.2f %% at most (line %llu)\n", 100 * side->rms,
                      100 * fabs(side->largest), (unsigned long long) side->largest_line);
        (void) printf("  voltage  pulses   k, 1/(ohm s)   alone       r, ohm   alone     rms     mean\n");
        for (uint32_t i = 0; i < side->voltage_count; i++) {
            const struct fitted_voltage *voltage = &side->voltages[i];
            char rate[16] = "-";
            char asymptote[16] = "-";
            if (voltage->own_rate > 0) {
                (void) snprintf(rate, sizeof rate, "%.4g", voltage->own_rate);
                (void) snprintf(asymptote, sizeof asymptote, "%.0f", voltage->own_asymptote);
            }
            (void) printf("  %+6.3g V %6u   %12.4g   %-9s %8.0f   %-8s %5.2f %% %+6.2f %%\n",
                          voltage->voltage, voltage->pulses, voltage->rate, rate, voltage->asymptote,
                          asymptote, 100 * voltage->rms, 100 * voltage->mean);
        }
    }
}

static json_t *side_json(const struct device_fit *fit, int s)
{
    const struct fitted_side *side = &fit->sides[s];
    json_t *constants = json_object();
    json_t *errors = json_object();
    json_t *voltages = json_array();
    for (int i = 0; i < FIT_CONSTANTS; i++) {
        (void) json_object_set_new(constants, constant_names[s][i], json_real(side->constants[i]));
        (void) json_object_set_new(errors, constant_names[s][i], json_real(side->errors[i]));
    }
    for (uint32_t i = 0; i < side->voltage_count; i++) {
        const struct fitted_voltage *voltage = &side->voltages[i];
        json_t *entry = json_pack("{s:f, s:i, s:f, s:f, s:f, s:f}", "voltage_v", voltage->voltage, "pulses",
                                  (int) voltage->pulses, "rate", voltage->rate, "asymptote_ohm",
                                  voltage->asymptote, "rms", voltage->rms, "mean", voltage->mean);
        if (voltage->own_rate > 0) {
            (void) json_object_set_new(entry, "own_rate", json_real(voltage->own_rate));
            (void) json_object_set_new(entry, "own_asymptote_ohm", json_real(voltage->own_asymptote));
        }
        (void) json_array_append_new(voltages, entry);
    }
    return json_pack("{s:i, s:o, s:o, s:f, s:f, s:I, s:o}", "pulses", (int) side->pulses, "constants",
                     constants, "standard_errors", errors, "rms", side->rms, "largest", side->largest,
                     "largest_line", (json_int_t) side->largest_line, "voltages", voltages);
}

static json_t *fit_json(const char *path, const struct measurements *measurements,
                        const struct device_fit *fit)
{
    json_t *pulses = json_array();
    for (uint32_t i = 0; i < measurements->count; i++) {
        const struct measured_pulse *pulse = &measurements->pulses[i];
        (void) json_array_append_new(
            pulses, json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "voltage_v", pulse->voltage, "width_us",
                              pulse->seconds * 1e6, "before_ohm", pulse->before, "after_ohm", pulse->after,
                              "predicted_ohm", fit->predicted[i], "residual", fit->residuals[i]));
    }
    return json_pack("{s:s, s:o, s:o, s:o}", "measurements", path, "positive", side_json(fit, 0), "negative",
                     side_json(fit, 1), "pulses", pulses);
}

/* The device file without its ending. */
static char *stem_of(const char *path)
{
    char *stem = duplicate_string(path);
    char *ending = strrchr(stem, '.');
    if (ending != NULL && strchr(ending, '/') == NULL && ending != stem && ending[-1] != '/') {
        *ending = '\0';
    }
    return stem;
}

/* Its last part, the device's name. */
static const char *name_of(const char *stem)
{
    const char *slash = strrchr(stem, '/');
    return slash != NULL ? slash + 1 : stem;
}

/* The picture must not overwrite another output. */
static enum status check_picture(const struct options *options, struct error *error)
{
    char *stem = stem_of(options->output);
    char *picture = NULL;
    enum status status = STATUS_OK;
    const char *const others[] = {options->output, options->arguments[0], options->json};
    if (asprintf(&picture, "%s.svg", stem) >= 0) {
        for (size_t i = 0; i < sizeof others / sizeof *others && status == STATUS_OK; i++) {
            if (others[i] != NULL && strcmp(others[i], picture) == 0) {
                status =
                    error_set(error, STATUS_INVALID,
                              "%s: is where the picture goes; expected another name for the device", picture);
            }
        }
    }
    free(picture);
    free(stem);
    return status;
}

static enum status draw(const char *stem, const json_t *json, struct error *error)
{
    FILE *input = tmpfile();
    if (input == NULL) {
        return error_set_errno(error, STATUS_FAILED, "a temporary file cannot be made");
    }
    enum status status = STATUS_OK;
    if (json_dumpf(json, input, JSON_COMPACT) != 0 || fflush(input) != 0 || fseek(input, 0, SEEK_SET) != 0) {
        status = error_set_errno(error, STATUS_FAILED, "a temporary file could not be written");
    }
    char *picture = NULL;
    if (status == STATUS_OK && asprintf(&picture, "%s.svg", stem) >= 0) {
        const char *const arguments[] = {picture, NULL};
        status = script_run("plot_fit.py", arguments, input, error);
    }
    free(picture);
    (void) fclose(input);
    return status;
}

/* Read the file back before it is renamed: one that memspike refuses is of no use. */
static enum status write_device(const struct device_fit *fit, const struct measurements *measurements,
                                const char *source, const char *name, struct output_file *file,
                                struct error *error)
{
    struct device *device = NULL;
    struct error problem = {.message = ""};
    device_fit_write(fit, measurements, name, source, output_file_stream(file));
    if (fflush(output_file_stream(file)) == 0 &&
        device_load(output_file_path(file), &device, &problem) != STATUS_OK) {
        output_file_name_place(file, &problem);
        output_file_discard(file);
        return error_set(error, STATUS_INVALID, "%s: the fit makes no device that can be written: %s", source,
                         problem.message);
    }
    device_free(device);
    return output_file_commit(file, error);
}

static enum status fit_device(const struct options *options, struct output_file *file,
                              struct output_file **json_file, struct error *error)
{
    const char *path = options->arguments[0];
    struct measurements measurements;
    struct device_fit fit;
    enum status status = measurements_read(path, &measurements, error);
    if (status != STATUS_OK) {
        output_file_discard(file);
        return status;
    }
    status = device_fit(path, &measurements, &fit, error);
    if (status != STATUS_OK) {
        output_file_discard(file);
        measurements_free(&measurements);
        return status;
    }
    char *stem = stem_of(options->output);
    json_t *json = fit_json(path, &measurements, &fit);
    status = write_device(&fit, &measurements, path, name_of(stem), file, error);
    if (status == STATUS_OK) {
        status = draw(stem, json, error);
    }
    if (status == STATUS_OK && print_table(options)) {
        print_fit(&fit);
        (void) printf("\n%s is the device, %s.svg the picture\n", options->output, stem);
    }
    if (status == STATUS_OK) {
        status = write_json(options, json_incref(json), *json_file, error);
        *json_file = NULL;
    }
    json_decref(json);
    free(stem);
    device_fit_free(&fit);
    measurements_free(&measurements);
    return status;
}

static enum status run(struct options *options, struct error *error)
{
    struct output_file *file = NULL;
    struct output_file *json_file = NULL;
    enum status status = options_expect(options, 1, "a file of measurements, for example pulses.csv", error);
    if (status == STATUS_OK && options->output == NULL) {
        status = error_set(error, STATUS_INVALID, "fit: expected -o device.cfg: where the device goes");
    }
    if (status == STATUS_OK) {
        status = check_picture(options, error);
    }
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    if (status == STATUS_OK) {
        status = output_file_open(options->output, &file, error);
    }
    if (status == STATUS_OK) {
        status = fit_device(options, file, &json_file, error);
    }
    output_file_discard(json_file);
    return status;
}

static const enum option_id options_taken[] = {OPTION_OUTPUT, OPTION_JSON, OPTION_END};

const struct command command_fit = {
    .name = "fit",
    .summary = "a device file from measured pulses",
    .usage = "measurements.csv -o device.cfg [options]",
    .text =
        "Fits the switching model dR/dt = A (exp(|v|/t) - 1) (r - R)^2, r = a0 + a1 v, to pulses that were "
        "measured,\n"
        "prints the constants with their standard errors and what is left unexplained, and writes a device "
        "file for\n"
        "--device and a picture beside it (device.svg). The first line of the CSV file names its columns, of "
        "which\n"
        "voltage_v, width_us, before_ohm and after_ohm must be there: R was read before and after each "
        "pulse, with the\n"
        "same relative error. Each sign needs two voltages at least; the farther they lie apart, the better "
        "A and t are\n"
        "known, and pulses that bring R near its limit tell a0 and a1.\n\n"
        "examples:\n"
        "  memspike fit measurements.csv -o my_device.cfg\n"
        "  memspike fit measurements.csv -o my_device.cfg --json fit.json\n"
        "  memspike program model.msm --device ./my_device.cfg",
    .options = options_taken,
    .engine = ENGINE_MODEL,
    .run = run,
};
