#include "base/file.h"
#include "base/progress.h"
#include "cli/commands.h"

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
}

static void print_epoch(const struct training *training, uint32_t epoch)
{
    const struct epoch_result *result = &training->epochs[epoch];
    (void) printf("%5u   %13.4f  %6.2f %%   %15.4f  %6.2f %%   %7.2f\n", epoch + 1, result->train_loss,
                  100 * result->train_accuracy, result->validation_loss, 100 * result->validation_accuracy,
                  result->seconds);
    (void) fflush(stdout);
}

static json_t *result_json(const struct training *training, const struct corpus *corpus,
                           const struct test_result *test, double seconds)
{
    json_t *epochs = json_array();
    for (uint32_t i = 0; i < training->epochs_done; i++) {
        const struct epoch_result *epoch = &training->epochs[i];
        (void) json_array_append_new(
            epochs, json_pack("{s:i, s:f, s:f, s:f, s:f}", "epoch", (int) i + 1, "train_loss",
                              epoch->train_loss, "train_accuracy", epoch->train_accuracy, "validation_loss",
                              epoch->validation_loss, "validation_accuracy", epoch->validation_accuracy));
    }
    return json_pack("{s:s, s:i, s:I, s:o, s:i, s:f, s:i, s:f}", "corpus", corpus->kind, "approach",
                     (int) training->settings.approach, "seed", (json_int_t) training->settings.seed,
                     "epochs", epochs, "best_epoch", (int) training->best_epoch, "accuracy",
                     confusion_accuracy(&test->confusion), "reviews", (int) confusion_total(&test->confusion),
                     "seconds", seconds);
}

/* Go on with what the output file holds, when --resume asks for it and it is there. */
static enum status resume(const struct options *options, const struct corpus *corpus,
                          struct training *training, struct error *error)
{
    struct stat information;
    if (!options->resume || stat(options->output, &information) != 0) {
        return STATUS_OK;
    }
    struct model *model = NULL;
    enum status status = checkpoint_load(options->output, &model, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct training_settings *old = &model->training.settings;
    const struct training_settings *new = &training->settings;
    status = model_check_corpus(model, corpus, error);
    if (status == STATUS_OK && (old->approach != new->approach || old->seed != new->seed ||
                                old->epochs != new->epochs || old->learning_rate != new->learning_rate ||
                                model->training.network.embedding_size != training->network.embedding_size)) {
        status = error_set(
            error, STATUS_INVALID,
            "%s: holds a training with other settings (approach %u, seed %llu, %u epochs, rate %g); "
            "expected the same ones to resume",
            options->output, old->approach, (unsigned long long) old->seed, old->epochs, old->learning_rate);
    }
    if (status == STATUS_OK) {
        training_clear(training);
        *training = model->training;
        model->training = (struct training){0};
    }
    model_free(model);
    return status;
}

static enum status train(const struct options *options, const struct corpus *corpus,
                         struct training *training, struct error *error)
{
    enum status status = resume(options, corpus, training, error);
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
    while (training->epochs_done < training->settings.epochs) {
        training_epoch(training, corpus);
        status = save(training, corpus, options->output, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (table) {
            print_epoch(training, training->epochs_done - 1);
        }
    }
    return STATUS_OK;
}

static enum status run(struct options *options, struct error *error)
{
    enum status status = options_expect(options, 0, "none", error);
    if (status != STATUS_OK) {
        return status;
    }
    if (options->output == NULL) {
        return error_set(error, STATUS_INVALID, "no output named; expected -o model.msm");
    }
    /* Found out now rather than after the first epoch: can the model be written? */
    struct output_file *probe = NULL;
    status = output_file_open(options->output, &probe, error);
    output_file_discard(probe);
    struct output_file *json_file = NULL;
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    struct corpus *corpus = NULL;
    if (status == STATUS_OK) {
        status = open_corpus(options, &corpus, error);
    }
    const struct hardware *hardware = options->settings.hardware;
    if (status == STATUS_OK && corpus->embedding_size != 0 && corpus->embedding_size != hardware->inputs) {
        status = error_set(
            error, STATUS_INVALID,
            "the word vectors have %u values, but the array %s takes %u: choose another with --array",
            corpus->embedding_size, hardware->name, hardware->inputs);
    }
    if (status == STATUS_OK) {
        struct training training;
        struct training_settings settings = {
            .approach = options->approach,
            .seed = options->settings.seed,
            .epochs = options->settings.epochs,
            .learning_rate = options->settings.learning_rate,
        };
        double started = seconds_now();
        training_begin(&training, corpus, &settings, hardware->inputs);
        status = train(options, corpus, &training, error);
        double seconds = seconds_now() - started;
        if (status == STATUS_OK) {
            struct test_result test;
            status = run_test(&training.best, corpus->test, NULL, corpus->test_count, &options->settings,
                              NULL, training.settings.approach, NETWORK_ANN, &test, error);
            if (print_table(options)) {
                (void) printf("best epoch %u; test accuracy in software (ANN) %.2f %% of %u reviews%s; "
                              "trained in %.1f s\n",
                              training.best_epoch, 100 * confusion_accuracy(&test.confusion),
                              corpus->test_count, corpus_note(corpus->kind), seconds);
            }
            if (status == STATUS_OK) {
                status =
                    write_json(options, result_json(&training, corpus, &test, seconds), json_file, error);
                json_file = NULL;
            }
        }
        training_clear(&training);
    }
    output_file_discard(json_file);
    corpus_free(corpus);
    return status;
}

static const enum option_id options_taken[] = {
    OPTION_DATA,   OPTION_VECTORS,       OPTION_CORPUS, OPTION_OUTPUT, OPTION_APPROACH, OPTION_PRESET,
    OPTION_EPOCHS, OPTION_LEARNING_RATE, OPTION_ARRAY,  OPTION_SEED,   OPTION_RESUME,   OPTION_JSON,
    OPTION_END};

const struct command command_train = {
    .name = "train",
    .summary = "train the network on the training reviews",
    .usage = "[--approach 1] [--corpus corpus.msc] -o model.msm",
    .text = "Approach 1 trains the network in software (the paper's ANN): batch size 1, Adagrad, weights and "
            "word vectors\n"
            "kept in [0,1], the epoch with the lowest validation loss kept. The model is saved after every "
            "epoch; a\n"
            "training that was stopped goes on with --resume and ends in the same bytes.\n\n"
            "examples:\n"
            "  memspike train -o model.msm\n"
            "  memspike train --corpus corpus.msc --seed 2 -o model2.msm\n"
            "  memspike train --corpus corpus.msc --resume -o model.msm",
    .options = options_taken,
    .run = run,
};
