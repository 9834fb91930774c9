// SPDX-License-Identifier: Apache-2.0
#include "base/shipped.h"
#include "cli/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_device(const struct device *device)
{
    (void) printf("device \"%s\"\n", device->name);
    (void) printf("  weight 1 at %.1f ohm, weight 0 at %.1f ohm; fresh devices %.0f +- %.0f ohm\n",
                  device->minimum_resistance, device->maximum_resistance, device->start_resistance,
                  device->start_spread);
    for (int approach = 0; approach < 2; approach++) {
        const struct pulse_table *table = &device->pulses[approach];
        (void) printf("  pulses of approach %d:", approach + 1);
        double voltage = 0;
        for (uint32_t i = 0; i < table->count; i++) {
            if (table->pulses[i].voltage != voltage) {
                voltage = table->pulses[i].voltage;
                (void) printf("%s %+g V (towards %.0f ohm) x", i > 0 ? " us," : "", voltage,
                              table->pulses[i].asymptote);
            }
            (void) printf(" %u", table->pulses[i].width_us);
        }
        (void) printf(" us\n");
        double misprediction = 0;
        for (uint32_t i = 0; i < table->count; i++) {
            misprediction = fmax(misprediction, table->pulses[i].misprediction);
        }
        if (misprediction > 0) {
            (void) printf("    model %s: the controller's predictions are off by up to %.1f %%\n",
                          switching_name(device->switching.model), 100 * misprediction);
        }
    }
}

static void print_nonidealities(const struct device *device)
{
    struct nonideality row;
    for (uint32_t i = 0; nonideality_at(device->switching.model, i, &row); i++) {
        const double value = nonideality_value(&device->nonidealities, &row);
        if (value != 0) {
            char name[NONIDEALITY_TEXT];
            (void) printf("  %s %g%s%s: %s\n", nonideality_name(&row, name), value,
                          row.unit[0] != '\0' ? " " : "", row.unit, row.what);
        }
    }
}

static enum status print_model(const struct options *options, struct error *error)
{
    struct model *model = NULL;
    enum status status = checkpoint_load(options->arguments[0], &model, error);
    if (status == STATUS_OK) {
        const struct training *training = &model->training;
        (void) printf("model %s\n", model->path);
        (void) printf("  corpus %s, fingerprint %016llx, vocabulary %u\n", model->corpus_kind,
                      (unsigned long long) model->corpus_fingerprint, model->vocabulary_size);
        (void) printf("  approach %u, seed %llu, %u inputs, %u of %u epochs done, best %u\n",
                      training->settings.approach, (unsigned long long) training->settings.seed,
                      training->network.embedding_size, training->epochs_done, training->settings.epochs,
                      training->best_epoch);
        (void) printf("  task %s, %u output%s, weights from %d to 1, gain %g\n",
                      task_names[training->settings.task], training->network.outputs,
                      training->network.outputs > 1 ? "s" : "", training->settings.has_sign ? -1 : 0,
                      training->settings.gain);
        if (training->progress.reviews > 0) {
            (void) printf("  epoch %u under way: %u reviews\n", training->epochs_done + 1,
                          training->progress.reviews);
        }
        if (training->settings.approach == 2) {
            const struct trained_machine *machine = &training->machine;
            (void) printf("  trained on the array %s with %s: %s\n", machine->array,
                          machine->memristors ? "memristors" : "ideally placed weights", machine->settings);
        }
        for (uint32_t i = 0; i < training->epochs_done; i++) {
            (void) printf(
                "  epoch %u: training accuracy %.2f %%, validation accuracy %.2f %%, validation loss %.4f\n",
                i + 1, 100 * training->epochs[i].train_accuracy,
                100 * training->epochs[i].validation_accuracy, training->epochs[i].validation_loss);
        }
    }
    model_free(model);
    return status;
}

/* The table that scripts/settings.py puts into docs/devices.md. */
static void print_nonideality_table(void)
{
    (void) printf("| key | unit | range | default | what it does |\n|---|---|---|---|---|\n");
    const enum switching_model model = SWITCHING_DATA_DRIVEN;
    const char *const first_constant = switching_constants(model)[0].name;
    struct nonideality row;
    for (uint32_t i = 0; nonideality_at(model, i, &row); i++) {
        const bool by_constant = row.group != NULL && strcmp(row.group, "device_variation") == 0;
        if (by_constant && strcmp(row.key, first_constant) != 0) {
            continue; /* as the first */
        }
        row.key = by_constant ? "NAME" : row.key;
        char name[NONIDEALITY_TEXT], range[NONIDEALITY_TEXT];
        (void) printf("| `%s` | %s | %s | %s | %s |\n", nonideality_name(&row, name), row.unit,
                      nonideality_range(&row, range), row.required ? "-" : "0", row.what);
    }
}

/* The table that scripts/settings.py puts into docs/using.md. */
static enum status print_settings(struct error *error)
{
    struct settings paper = {0};
    char *preset = shipped_file("presets", "paper");
    enum status status = settings_load_preset(preset, &paper, error);
    free(preset);
    if (status != STATUS_OK) {
        return status;
    }
    (void) printf("| setting | value | unit | in `paper` | option | network | what it does |\n"
                  "|---|---|---|---|---|---|---|\n");
    for (const struct setting *setting = settings_table; setting->name != NULL; setting++) {
        const char *option = option_of_setting(setting);
        const bool by_approach = setting->kind == SETTING_BY_APPROACH;
        char expected[SETTING_WORDS], first[32], second[32];
        settings_key_text(&paper, 1, setting->name, first);
        settings_key_text(&paper, 2, setting->name, second);
        (void) printf("| `%s` | %s%s | %s | %s%s%s | ", setting->name, setting_expected(setting, expected),
                      by_approach ? ", for each approach" : "", setting->unit, first, by_approach ? ", " : "",
                      by_approach ? second : "");
        if (option != NULL) {
            (void) printf("`--%s %s`", option, setting->placeholder);
        }
        (void) printf(" | %s | %s |\n", network_kind_names[setting->network], setting->help);
    }
    return STATUS_OK;
}

static enum status run(struct options *options, struct error *error)
{
    if (options->argument_count == 1 && strcmp(options->arguments[0], "settings") == 0) {
        return print_settings(error);
    }
    if (options->argument_count == 1 && strcmp(options->arguments[0], "nonidealities") == 0) {
        print_nonideality_table();
        return STATUS_OK;
    }
    if (options->argument_count > 0) {
        enum status expected = options_expect(
            options, 1, "at most a model, for example model.msm, or settings, or nonidealities", error);
        return expected == STATUS_OK ? print_model(options, error) : expected;
    }
    struct device *device = NULL;
    enum status status = open_device(options, &device, error);
    if (status != STATUS_OK) {
        return status;
    }
    (void) printf("memspike " MEMSPIKE_VERSION "\n\narrays (--array):\n");
    for (const struct hardware *hardware = hardware_list(); hardware->name != NULL; hardware++) {
        (void) printf("  %-8s %u inputs on %u rows, %u phase%s a step, %u output%s, %u devices%s",
                      hardware->name, hardware->inputs, hardware->lanes, hardware->phases,
                      hardware->phases > 1 ? "s" : "", hardware->outputs, hardware->outputs > 1 ? "s" : "",
                      hardware->devices, hardware->sides > 1 ? " in pairs: weights have a sign" : "");
        if (hardware->tiles > 1) {
            (void) printf(", in %u tiles of %u rows", hardware->tiles, hardware->tile_rows);
        }
        (void) printf("\n");
    }
    (void) printf("\nengines (--engine):");
    for (int i = 0; engine_kind_names[i] != NULL; i++) {
        (void) printf(" %s", engine_kind_names[i]);
    }
    (void) printf("\n\n");
    print_device(device);
    print_nonidealities(device);
    device_free(device);
    return STATUS_OK;
}

static const enum option_id options_taken[] = {OPTION_DEVICE, OPTION_END};

const struct command command_info = {
    .name = "info",
    .summary = "show the arrays, engines and device at hand, the settings, or what a model holds",
    .usage = "[model.msm | settings | nonidealities] [--device NAME]",
    .text = "examples:\n"
            "  memspike info\n"
            "  memspike info model.msm\n"
            "  memspike info settings                      every setting, and the values that it takes\n"
            "  memspike info nonidealities                 every non-ideality that a device file may have\n"
            "  memspike info --device my_device.cfg",
    .options = options_taken,
    .run = run,
};
