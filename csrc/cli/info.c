#include "cli/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
                          switching_models[device->switching.model].name, 100 * misprediction);
        }
    }
}

static void print_nonidealities(const struct device *device)
{
    const struct nonidealities *nonidealities = &device->nonidealities;
    const struct switching_constant *constants = switching_models[device->switching.model].constants;
    if (nonidealities->row_ohm > 0) {
        (void) printf("  lines: %g ohm between neighbours of a row, %g ohm of a column\n",
                      nonidealities->row_ohm, nonidealities->column_ohm);
    }
    if (nonidealities->write_variation > 0) {
        (void) printf("  the speed of pulses varies by %g %% from pulse to pulse\n",
                      100 * nonidealities->write_variation);
    }
    for (int i = 0; constants[i].name != NULL; i++) {
        if (nonidealities->device_variation[i] > 0) {
            (void) printf("  %s varies by %g %% from device to device\n", constants[i].name,
                          100 * nonidealities->device_variation[i]);
        }
    }
    if (nonidealities->drift_time > nonidealities->drift_start) {
        (void) printf("  conductances drift as t^-nu, nu = %g +- %g, from %g s to %g s\n",
                      nonidealities->drift_exponent, nonidealities->drift_spread, nonidealities->drift_start,
                      nonidealities->drift_time);
    }
    if (nonidealities->drift_reference != 0) {
        (void) printf("  and so does the reference column\n");
    }
    if (nonidealities->noise_scale > 0) {
        (void) printf(
            "  read noise of min(%g (Gmax/G)^%g, %g) sqrt(ln((t + %g s) / %g s)), t = %g s, %g s in "
            "verify reads\n",
            nonidealities->noise_scale, nonidealities->noise_exponent, nonidealities->noise_most,
            nonidealities->noise_read_s, 2 * nonidealities->noise_read_s, nonidealities->noise_time_s,
            nonidealities->noise_verify_s);
    }
    if (nonidealities->disturb_s > 0) {
        (void) printf("  reading has been %g V for %g s\n", nonidealities->disturb_voltage,
                      nonidealities->disturb_s);
    }
    if (nonidealities->half_select > 0) {
        (void) printf("  devices of the same row and column see %g %% of a pulse's voltage\n",
                      100 * nonidealities->half_select);
    }
    if (nonidealities->adc_offset > 0 || nonidealities->adc_gain > 0) {
        (void) printf("  ADCs: offset %g currents of weight 1, gain error %g %% (standard deviations)\n",
                      nonidealities->adc_offset, 100 * nonidealities->adc_gain);
    }
    if (nonidealities->dac_full_scale > 0) {
        (void) printf("  DAC of the pulses: %u bits over +-%g V, gain error %g %%, offset %g V\n",
                      nonidealities->dac_bits, nonidealities->dac_full_scale, 100 * nonidealities->dac_gain,
                      nonidealities->dac_offset);
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

static enum status run(struct options *options, struct error *error)
{
    if (options->argument_count > 0) {
        enum status expected = options_expect(options, 1, "at most a model, for example model.msm", error);
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
    .summary = "show the arrays, engines and device at hand, or what a model holds",
    .usage = "[model.msm] [--device NAME]",
    .text = "examples:\n"
            "  memspike info\n"
            "  memspike info model.msm\n"
            "  memspike info --device my_device.cfg",
    .options = options_taken,
    .run = run,
};
