// SPDX-License-Identifier: Apache-2.0
#include "run/trainer.h"

#include "base/interrupt.h"
#include "base/progress.h"
#include "model/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the machine of approach 2 is trained with: all settings but those that the training itself holds, and
 * those that only tests of approach 1, or of a model that is trained, make use of. */
static const char *const not_the_machines[] = {"epochs",   "learning_rate",    "gain", "noise_correction",
                                               "decision", "drift_correction", NULL};

static char *machine_text(const struct settings *settings)
{
    char *text = settings_text(settings, 2, not_the_machines);
    char *all = NULL;
    if (!engine_on_board(settings->engine)) {
        return text;
    }
    if (asprintf(&all, "crossbar emulator, %s", text) < 0) {
        abort();
    }
    free(text);
    return all;
}

static enum status open_machine(struct trainer *trainer, enum network_kind kind, struct error *error)
{
    const struct settings *settings = trainer->settings;
    struct training *training = &trainer->training;
    if (settings->readout == READOUT_MEMBRANE && !(settings->threshold[1] > 0)) {
        return error_set(error, STATUS_INVALID,
                         "readout: the membrane is read in units of Vth, which is %g; expected a Vth above 0",
                         settings->threshold[1] * settings->hardware->inputs);
    }
    /* Training needs the firing rate, not only the answer. */
    struct settings undecided = *settings;
    undecided.early_decision = false;
    enum status status = machine_create(&trainer->machine, &undecided, trainer->device, 2, error);
    if (status != STATUS_OK) {
        return status;
    }
    const double threshold = settings->threshold[1] * settings->hardware->inputs;
    trainer->online = (struct online) {
        .crossbar = trainer->machine.crossbar,
        .engine = trainer->machine.engine,
        .steps = settings->steps,
        .threshold = threshold,
        .start = settings->membrane_start * threshold,
        .rule = settings->update_rule,
        .readout = settings->readout,
        .memristors = kind == NETWORK_MEMRISTOR,
        .fresh = !settings->drawn,
    };
    training->machine = (struct trained_machine) {
        .settings = machine_text(settings),
        .array = duplicate_string(settings->hardware->name),
        .device = device_fingerprint(trainer->machine.device),
        .memristors = kind == NETWORK_MEMRISTOR,
        .devices = settings->hardware->devices,
        .measured = allocate(settings->hardware->devices, sizeof(float)),
        .best = allocate(settings->hardware->devices, sizeof(double)),
    };
    status = online_begin(training, &trainer->online, error);
    training->machine.state = crossbar_save(trainer->machine.crossbar);
    return status;
}

enum status trainer_open(struct trainer *trainer, const struct corpus *corpus,
                         const struct settings *settings, const struct device *device, uint32_t approach,
                         enum network_kind kind, struct error *error)
{
    const struct hardware *hardware = settings->hardware;
    *trainer = (struct trainer) {.corpus = corpus, .settings = settings, .device = device};
    if (corpus->embedding_size != 0 && corpus->embedding_size != hardware->inputs) {
        return error_set(
            error, STATUS_INVALID,
            "the word vectors have %u values, but the array %s takes %u: choose another with --array",
            corpus->embedding_size, hardware->name, hardware->inputs);
    }
    if (task_outputs(settings->task) > hardware->outputs) {
        return error_set(error, STATUS_INVALID,
                         "the task %s takes %u outputs, but the array %s has %u: choose another with --array",
                         task_names[settings->task], task_outputs(settings->task), hardware->name,
                         hardware->outputs);
    }
    enum status status = training_check_labels(corpus, settings->task, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct training_settings training_settings = {
        .approach = approach,
        .seed = settings->seed,
        .epochs = settings->epochs,
        .learning_rate = settings->learning_rate,
        .task = settings->task,
        .has_sign = hardware->sides > 1,
        .boundary = 0.5 * settings->threshold[approach - 1],
        .gain = settings->gain[approach - 1],
    };
    training_begin(&trainer->training, corpus, &training_settings, hardware->inputs);
    return approach == 2 ? open_machine(trainer, kind, error) : STATUS_OK;
}

void trainer_close(struct trainer *trainer)
{
    machine_close(&trainer->machine);
    training_clear(&trainer->training);
    *trainer = (struct trainer) {0};
}

static enum status same_settings(const struct training *old, const struct training *new, const char *path,
                                 struct error *error)
{
    const struct training_settings *a = &old->settings;
    const struct training_settings *b = &new->settings;
    if (a->approach != b->approach || a->seed != b->seed || a->epochs != b->epochs ||
        a->learning_rate != b->learning_rate || old->network.embedding_size != new->network.embedding_size ||
        a->task != b->task || a->has_sign != b->has_sign || a->boundary != b->boundary ||
        a->gain != b->gain) {
        return error_set(
            error, STATUS_INVALID,
            "%s: holds a training with other settings (task %s, approach %u, seed %llu, %u epochs, rate %g, "
            "weights from %d to 1, Vth/E %g, gain %g); expected the same ones to resume",
            path, task_names[a->task], a->approach, (unsigned long long) a->seed, a->epochs, a->learning_rate,
            a->has_sign ? -1 : 0, 2 * a->boundary, a->gain);
    }
    if (a->approach == 1) {
        return STATUS_OK;
    }
    const struct trained_machine *had = &old->machine;
    const struct trained_machine *have = &new->machine;
    const char *const where[] = {"ideally placed weights (--network snn)", "memristors"};
    if (had->memristors != have->memristors || strcmp(had->array, have->array) != 0 ||
        had->devices != have->devices) {
        return error_set(error, STATUS_INVALID,
                         "%s: was trained on the array %s with %s; expected the same to resume", path,
                         had->array, where[had->memristors]);
    }
    if (had->device != have->device) {
        return error_set(error, STATUS_INVALID,
                         "%s: was trained with another device; expected the same --device to resume", path);
    }
    if (strcmp(had->settings, have->settings) != 0) {
        return error_set(error, STATUS_INVALID,
                         "%s: was trained with other settings (%s); expected the same ones to resume, not %s",
                         path, had->settings, have->settings);
    }
    return STATUS_OK;
}

enum status trainer_resume(struct trainer *trainer, struct model *model, struct error *error)
{
    enum status status = model_check_corpus(model, trainer->corpus, error);
    if (status == STATUS_OK) {
        status = same_settings(&model->training, &trainer->training, model->path, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    training_clear(&trainer->training);
    trainer->training = model->training;
    model->training = (struct training) {0};
    if (trainer->machine.engine != NULL) {
        crossbar_restore(trainer->machine.crossbar, &trainer->training.machine.state);
        engine_restore_statistics(trainer->machine.engine, &trainer->training.machine.statistics);
    }
    return STATUS_OK;
}

enum status trainer_epoch(struct trainer *trainer, struct error *error)
{
    struct training *training = &trainer->training;
    char label[32];
    (void) snprintf(label, sizeof label, "epoch %u of %u", training->epochs_done + 1,
                    training->settings.epochs);
    struct progress progress = {.label = label};
    const struct progress_report report = progress_bar(&progress);
    enum status status = STATUS_OK;
    if (training->settings.approach == 2) {
        status = online_epoch(training, trainer->corpus, &trainer->online, &report, error);
    } else {
        training_epoch(training, trainer->corpus, &report);
    }
    progress_end(&progress);
    return status;
}

enum status trainer_run(struct trainer *trainer, struct error *error)
{
    const struct training *training = &trainer->training;
    enum status status = STATUS_OK;
    while (training->epochs_done < training->settings.epochs && status == STATUS_OK && !interrupt_caught()) {
        status = trainer_epoch(trainer, error);
    }
    return status;
}

enum status trainer_test(const struct trainer *trainer, enum network_kind kind, struct test_result *result,
                         struct error *error)
{
    const struct deployment deployment = {&trainer->training, trainer->settings, trainer->device};
    const struct test_set set = test_set_of(trainer->corpus);
    return run_test(&deployment, kind, &set, NULL, result, error);
}
