// SPDX-License-Identifier: Apache-2.0
#include "base/interrupt.h"
#include "base/output_file.h"
#include "base/wall_clock.h"
#include "cli/commands.h"
#include "run/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static enum status save(const struct training *training, const struct corpus *corpus, const char *path,
                        struct error *error)
{
    struct output_file *file = NULL;
    enum status status = output_file_open(path, &file, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = checkpoint_save(training, corpus, file, error);
    if (status != STATUS_OK) {
        output_file_discard(file);
        return status;
    }
    return output_file_commit(file, error);
}

static void print_head(void)
{
    (void) printf("epoch   training loss  accuracy   validation loss  accuracy   seconds\n");
    (void) fflush(stdout); // through a pipe too, the head is there while the first epoch goes on
}

static void print_epoch(const struct training *training, uint32_t epoch)
{
    const struct epoch_result *result = &training->epochs[epoch];
    (void) printf("%5u   %13.4f  %6.2f %%   %15.4f  %6.2f %%   %7.2f\n", epoch + 1, result->train_loss,
                  100 * result->train_accuracy, result->validation_loss, 100 * result->validation_accuracy,
                  result->seconds);
    (void) fflush(stdout);
}

static json_t *result_json(const struct trainer *trainer, const struct test_result *test, double seconds)
{
    const struct training *training = &trainer->training;
    json_t *epochs = json_array();
    for (uint32_t i = 0; i < training->epochs_done; i++) {
        const struct epoch_result *epoch = &training->epochs[i];
        (void) json_array_append_new(
            epochs, json_pack("{s:i, s:f, s:f, s:f, s:f}", "epoch", (int) i + 1, "train_loss",
                              epoch->train_loss, "train_accuracy", epoch->train_accuracy, "validation_loss",
                              epoch->validation_loss, "validation_accuracy", epoch->validation_accuracy));
    }
    json_t *json = json_pack("{s:s, s:i, s:I, s:o, s:i, s:f, s:i, s:f}", "corpus", trainer->corpus->kind,
                             "approach", (int) training->settings.approach, "seed",
                             (json_int_t) training->settings.seed, "epochs", epochs, "best_epoch",
                             (int) training->best_epoch, "accuracy", confusion_accuracy(&test->confusion),
                             "reviews", (int) confusion_total(&test->confusion), "seconds", seconds);
    if (training->settings.approach == 2) {
        const struct settings *settings = trainer->settings;
        const struct engine_statistics *statistics = &training->machine.statistics;
        json_t *hardware = json_pack(
            "{s:s, s:s, s:s, s:i, s:f, s:f, s:i, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I}", "network",
            network_kind_names[test->kind], "array", settings->hardware->name, "update",
            update_rule_names[settings->update_rule], "steps", (int) settings->steps, "read_noise",
            settings->read_noise, "tolerance", settings->tolerance, "max_pulses", (int) settings->max_pulses,
            "clocks", (json_int_t) statistics->sample_clocks, "write_clocks",
            (json_int_t) statistics->write_clocks, "pulses", (json_int_t) statistics->pulses,
            "programming_us", (json_int_t) statistics->programming_us, "energy_j", statistics->energy_j,
            "converged", (json_int_t) statistics->converged, "stalled", (json_int_t) statistics->stalled,
            "exhausted", (json_int_t) statistics->exhausted);
        (void) json_object_update_missing(json, hardware);
        (void) json_object_set_new(json, "configuration", settings_json(settings));
        json_decref(hardware);
    }
    return json;
}

/* Resume from the output file, if --resume is given and the file exists. */
static enum status resume(const struct options *options, struct trainer *trainer, struct error *error)
{
    struct stat information;
    if (!options->resume || stat(options->output, &information) != 0) {
        return STATUS_OK;
    }
    struct model *model = NULL;
    enum status status = checkpoint_load(options->output, &model, error);
    if (status == STATUS_OK) {
        status = trainer_resume(trainer, model, error);
    }
    model_free(model);
    return status;
}

/* Epoch by epoch, each saved. An interrupt is saved, too. */
static enum status train(const struct options *options, struct trainer *trainer, struct error *error)
{
    const struct training *training = &trainer->training;
    enum status status = resume(options, trainer, error);
    if (status != STATUS_OK) {
        return status;
    }
    bool table = print_table(options);
    if (table) {
        print_head();
    }
    for (uint32_t i = 0; i < training->epochs_done && table; i++) {
        print_epoch(training, i);
    }
    interrupt_catch();
    while (training->epochs_done < training->settings.epochs && !interrupt_caught()) {
        const uint32_t before = training->epochs_done;
        status = trainer_epoch(trainer, error);
        if (status == STATUS_OK) {
            status = save(training, trainer->corpus, options->output, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (table && training->epochs_done > before) {
            print_epoch(training, before);
        }
    }
    return STATUS_OK;
}

static void print_result(const struct trainer *trainer, const struct test_result *test, double seconds)
{
    static const char *const where[] = {"in software (ANN)", "with ideal weights (SNN)",
                                        "in the memristors (SNN)"};
    const struct training *training = &trainer->training;
    (void) printf("best epoch %u; test accuracy %s %.2f %% of %u reviews%s; trained in %.1f s\n",
                  training->best_epoch, where[test->kind], 100 * confusion_accuracy(&test->confusion),
                  confusion_total(&test->confusion), corpus_note(trainer->corpus->kind), seconds);
    if (test->kind == NETWORK_MEMRISTOR) {
        const struct engine_statistics *statistics = &training->machine.statistics;
        (void) printf(
            "writing: %llu pulses, %.3f s of pulse time, %.3g J; devices %llu times converged, %llu "
            "stalled, %llu exhausted\n",
            (unsigned long long) statistics->pulses, (double) statistics->programming_us * 1e-6,
            statistics->energy_j, (unsigned long long) statistics->converged,
            (unsigned long long) statistics->stalled, (unsigned long long) statistics->exhausted);
    }
}

/* Trained, interrupted, or failed. */
static enum status train_and_test(const struct options *options, struct trainer *trainer,
                                  struct output_file **json_file, struct error *error)
{
    const struct training *training = &trainer->training;
    double started = seconds_now();
    enum status status = train(options, trainer, error);
    double seconds = seconds_now() - started;
    if (status != STATUS_OK) {
        return status;
    }
    if (training->epochs_done < training->settings.epochs) {
        (void) fprintf(stderr, "memspike: interrupted; %s holds %u epochs and %u reviews: --resume goes on\n",
                       options->output, training->epochs_done, training->progress.reviews);
        output_file_discard(*json_file);
        *json_file = NULL;
        interrupt_obey();
        return STATUS_FAILED;
    }
    struct test_result test;
    enum network_kind kind = training->settings.approach == 1 ? NETWORK_ANN : options->network;
    status = trainer_test(trainer, kind, &test, error);
    if (status == STATUS_OK && print_table(options)) {
        print_result(trainer, &test, seconds);
    }
    if (status == STATUS_OK) {
        status = write_json(options, result_json(trainer, &test, seconds), *json_file, error);
        *json_file = NULL;
    }
    return status;
}

/* Settings of the hardware have no effect on approach 1. */
static enum status check_approach(const struct options *options, struct error *error)
{
    static const char expected[] = "with --approach 2 only; approach 1 trains in software";
    if (options->approach == 1 && (options->given[OPTION_NETWORK] || options->given[OPTION_THREADS])) {
        return error_set(error, STATUS_INVALID, "--%s: expected %s",
                         option_name(options->given[OPTION_NETWORK] ? OPTION_NETWORK : OPTION_THREADS),
                         expected);
    }
    if (options->approach == 1) {
        const enum status status = options_refuse(options, NETWORK_SNN, expected, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (options->approach == 2 && options->network == NETWORK_ANN) {
        return error_set(error, STATUS_INVALID, "--network ann: expected snn or memristor for approach 2");
    }
    return STATUS_OK;
}

static enum status run(struct options *options, struct error *error)
{
    enum status status = options_expect(options, 0, "none", error);
    if (status == STATUS_OK) {
        status = check_approach(options, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (options->output == NULL) {
        return error_set(error, STATUS_INVALID, "no output named; expected -o model.msm");
    }
    /* Check now, not after the first epoch, that the model can be written. */
    struct output_file *probe = NULL;
    status = output_file_open(options->output, &probe, error);
    output_file_discard(probe);
    struct output_file *json_file = NULL;
    struct device *device = NULL;
    struct corpus *corpus = NULL;
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    if (status == STATUS_OK) {
        status = open_device(options, &device, error);
    }
    if (status == STATUS_OK) {
        status = open_corpus(options, &corpus, error);
    }
    if (status == STATUS_OK) {
        struct trainer trainer;
        status = trainer_open(&trainer, corpus, &options->settings, device, options->approach,
                              options->network, error);
        if (status == STATUS_OK) {
            status = train_and_test(options, &trainer, &json_file, error);
        }
        trainer_close(&trainer);
    }
    output_file_discard(json_file);
    device_free(device);
    corpus_free(corpus);
    return status;
}

static const enum option_id options_taken[] = {OPTION_DATA,
                                               OPTION_VECTORS,
                                               OPTION_CORPUS,
                                               OPTION_OUTPUT,
                                               OPTION_APPROACH,
                                               OPTION_PRESET,
                                               OPTION_EPOCHS,
                                               OPTION_LEARNING_RATE,
                                               OPTION_ARRAY,
                                               OPTION_SEED,
                                               OPTION_TASK,
                                               OPTION_GAIN,
                                               OPTION_RESUME,
                                               OPTION_JSON,
                                               OPTION_NETWORK,
                                               OPTION_UPDATE,
                                               OPTION_ENGINE,
                                               OPTION_CHECK,
                                               OPTION_DEVICE,
                                               OPTION_STEPS,
                                               OPTION_THRESHOLD,
                                               OPTION_ENCODER,
                                               OPTION_TOLERANCE,
                                               OPTION_MAX_PULSES,
                                               OPTION_READ_NOISE,
                                               OPTION_VERIFY_READS,
                                               OPTION_TOLERANCE_MARGIN,
                                               OPTION_GUARD_BAND,
                                               OPTION_ADC_BITS,
                                               OPTION_ADC_FULL_SCALE,
                                               OPTION_THREADS,
                                               OPTION_END};

const struct command command_train = {
    .name = "train",
    .summary = "train the network on the training reviews",
    .usage = "[--approach 1|2] [--corpus corpus.msc] -o model.msm",
    .text =
        "Approach 1 trains the network in software (the paper's ANN), to be converted afterwards. Approach 2 "
        "trains the\n"
        "spiking network on the hardware: each review is run as spikes, and the new weights are written "
        "into the\n"
        "memristors by the hardware's predict-write-verify controller (or, with --network snn, placed "
        "ideally). Both:\n"
        "batch size 1, Adagrad, weights and word vectors kept in [0,1], the epoch with the lowest "
        "validation loss kept.\n"
        "On an array with pairs of columns (100x1d) weights have a sign, and are kept in [-1,1]. --task "
        "rating has an\n"
        "output for each of eight classes of stars (100x8d); the one with most spikes wins.\n\n"
        "--update says how approach 2 writes. paper: target = measured weight + step. accumulate: software "
        "collects the\n"
        "steps in full precision, and a device is written when it is off by more than the tolerance. "
        "surrogate: as\n"
        "paper, with gradients from every step's spikes and membrane potential instead of one spike "
        "count.\n\n"
        "The model is saved after every epoch and on interrupt; a training that was stopped in whatever way "
        "goes on with\n"
        "--resume and ends in the same bytes.\n\n"
        "examples:\n"
        "  memspike train -o model.msm\n"
        "  memspike train --corpus corpus.msc --seed 2 -o model2.msm\n"
        "  memspike train --corpus corpus.msc --resume -o model.msm\n"
        "  memspike train --corpus corpus.msc --approach 2 -o inside.msm\n"
        "  memspike train --corpus bigrams.msc --array 100x1d --preset signed -o signed.msm\n"
        "  memspike train --corpus corpus.msc --array 100x8d --task rating -o stars.msm\n"
        "  memspike train --corpus corpus.msc --approach 2 --update accumulate --read-noise 0.01 -o "
        "noisy.msm\n"
        "  memspike train --corpus corpus.msc --approach 2 --engine rtl -o rtl.msm    on the RTL: the same "
        "bytes, slower",
    .options = options_taken,
    .engine = ENGINE_MODEL,
    .run = run,
};
