// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"
#include "library/objects.h"
#include "model/base/memory.h"
#include "run/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The vocabulary of a network of features: [unk], [pad], a word for each of them, and the remark. */
enum { SPECIAL_WORDS = 2, WORDS_BESIDE_FEATURES = SPECIAL_WORDS + 1 };
static const char *const special_words[SPECIAL_WORDS] = {"[unk]", "[pad]"};
static const char before_remark[] = "remark: "; /* since no word may be empty */
/* What the corpus of such a network is called. */
static const char kind_of_features[] = "features, %u classes";

struct shared_model *shared_model_take(struct shared_model *shared)
{
    (void) atomic_fetch_add(&shared->users, 1);
    return shared;
}

void shared_model_drop(struct shared_model *shared)
{
    if (shared != NULL && atomic_fetch_sub(&shared->users, 1) == 1) {
        model_free(shared->model);
        free(shared);
    }
}

static struct memspike_network *network_of(struct model *model)
{
    struct memspike_network *network = allocate(1, sizeof *network);
    network->shared = allocate(1, sizeof *network->shared);
    *network->shared =
        (struct shared_model) {.model = model, .classes = task_classes(model->training.best.task)};
    atomic_init(&network->shared->users, 1);
    uint32_t classes = 0;
    if (model->vocabulary_size > WORDS_BESIDE_FEATURES &&
        strcmp(model->words[SPECIAL_WORDS], "feature 0") == 0 &&
        strncmp(model->words[model->vocabulary_size - 1], before_remark, strlen(before_remark)) == 0 &&
        sscanf(model->corpus_kind, kind_of_features, &classes) ==
            1 && /* NOLINT(cert-err34-c): checked next */
        classes >= 2 &&
        classes <= MAX_CLASSES) {
        network->shared->classes = classes;
        network->shared->features = model->vocabulary_size - WORDS_BESIDE_FEATURES;
    }
    return network;
}

/* All epochs, and the training taken out of the trainer. */
static enum status run(struct trainer *trainer, struct training *training, struct error *error)
{
    const enum status status = trainer_run(trainer, error);
    if (status == STATUS_OK) {
        *training = trainer->training;
        trainer->training = (struct training) {0};
    }
    return status;
}

static enum status train(const struct corpus *corpus, const struct settings *settings,
                         const struct device *device, uint32_t approach, bool fixed_vectors,
                         struct training *training, struct error *error)
{
    if (approach < 1 || approach > 2) {
        return error_set(error, STATUS_INVALID, "approach %u; expected 1 or 2", approach);
    }
    if (approach == 2 && device == NULL) {
        return error_set(error, STATUS_INVALID, "approach 2 trains in memristors; expected a device");
    }
    struct trainer trainer = {0};
    enum status status = settings_check(settings, error);
    if (status == STATUS_OK) {
        status = trainer_open(&trainer, corpus, settings, device, approach, NETWORK_MEMRISTOR, error);
    }
    if (status == STATUS_OK) {
        trainer.training.settings.fixed_vectors = fixed_vectors;
        status = run(&trainer, training, error);
    }
    trainer_close(&trainer);
    return status;
}

memspike_status memspike_network_train(const memspike_corpus *corpus, const memspike_settings *settings,
                                       const memspike_device *device, uint32_t approach,
                                       const memspike_listener *listener, memspike_network **network,
                                       memspike_error *error)
{
    *network = NULL;
    const struct corpus *texts = corpus->corpus;
    struct model *model = allocate(1, sizeof *model);
    struct listening listening;
    listening_begin(&listening, listener);
    const enum status trained = train(texts, &settings->values, device != NULL ? device->device : NULL,
                                      approach, false, &model->training, error_of(error));
    const memspike_status status = listening_end(&listening, trained, error);
    if (status != MEMSPIKE_OK) {
        model_free(model);
        return status;
    }
    model->path = duplicate_string("the network");
    model->corpus_fingerprint = texts->fingerprint;
    model->corpus_kind = duplicate_string(texts->kind);
    model->vocabulary_size = texts->vocabulary_size;
    model->words = (char **) allocate(texts->vocabulary_size, sizeof *model->words);
    for (uint32_t i = 0; i < texts->vocabulary_size; i++) {
        model->words[i] = duplicate_string(texts->words[i]);
    }
    *network = network_of(model);
    return MEMSPIKE_OK;
}

static enum status check_samples(const memspike_samples *samples, const struct hardware *hardware,
                                 struct error *error)
{
    if (samples->features < 1 || samples->features > hardware->inputs) {
        return error_set(error, STATUS_INVALID, "%u features; expected 1 to %u, the inputs of the array %s",
                         samples->features, hardware->inputs, hardware->name);
    }
    if (samples->classes < 2 || samples->classes > MAX_CLASSES) {
        return error_set(error, STATUS_INVALID, "%u classes; expected 2 to %d", samples->classes,
                         MAX_CLASSES);
    }
    if (samples->classes > 2 && hardware->outputs < MAX_CLASSES) {
        return error_set(error, STATUS_INVALID,
                         "%u classes take an output each, but the array %s has %u; expected one with %d, as "
                         "100x8d",
                         samples->classes, hardware->name, hardware->outputs, MAX_CLASSES);
    }
    if (samples->count < 1 || samples->validation < 1 || samples->validation >= samples->count) {
        return error_set(error, STATUS_INVALID,
                         "%u of %u samples for validation; expected at least 1, and 1 that is not",
                         samples->validation, samples->count);
    }
    for (uint32_t i = 0; i < samples->count; i++) {
        if (samples->labels[i] < 0 || (uint32_t) samples->labels[i] >= samples->classes) {
            return error_set(error, STATUS_INVALID, "sample %u: label %d; expected 0 to %u", i,
                             samples->labels[i], samples->classes - 1);
        }
    }
    return STATUS_OK;
}

/* A corpus in which each sample is a text of one word, whose vector is the sample. */
static enum status corpus_of_samples(const memspike_samples *samples, uint32_t inputs, struct corpus *corpus,
                                     struct error *error)
{
    const size_t values = (size_t) samples->count * inputs;
    uint16_t *rates = allocate(values, sizeof *rates);
    const enum status status =
        rates_from_samples(samples->values, samples->count, samples->features, inputs, rates, error);
    free(rates);
    if (status != STATUS_OK) {
        return status;
    }
    *corpus = (struct corpus) {
        .vocabulary_size = samples->count,
        .embedding_size = inputs,
        .embedding = allocate(values, sizeof(float)),
        .train_count = samples->count,
        .validation_count = samples->validation,
        .train = allocate(samples->count, sizeof(struct review)),
        .ids = allocate(samples->count, sizeof(uint32_t)),
    };
    for (uint32_t i = 0; i < samples->count; i++) {
        float *vector = corpus->embedding + (size_t) i * inputs;
        memcpy(vector, samples->values + (size_t) i * samples->features, samples->features * sizeof *vector);
        for (uint32_t input = samples->features; input < inputs; input++) {
            vector[input] = 1;
        }
        const uint32_t label = (uint32_t) samples->labels[i];
        corpus->ids[i] = i;
        corpus->train[i] = (struct review) {.ids = &corpus->ids[i],
                                            .length = 1,
                                            .positive = label == 1,
                                            .rating = (uint8_t) stars_of_class(label)};
    }
    return STATUS_OK;
}

/* The samples are no part of the network: instead of them, a vocabulary of features without vectors. */
static void forget_samples(struct model *model, const memspike_samples *samples)
{
    struct training *training = &model->training;
    struct network *const networks[] = {&training->network, &training->best};
    model->path = duplicate_string("the network");
    if (asprintf(&model->corpus_kind, kind_of_features, samples->classes) < 0) {
        abort();
    }
    model->vocabulary_size = WORDS_BESIDE_FEATURES + samples->features;
    model->words = (char **) allocate(model->vocabulary_size, sizeof *model->words);
    for (uint32_t i = 0; i < model->vocabulary_size; i++) {
        if (i < SPECIAL_WORDS) {
            model->words[i] = duplicate_string(special_words[i]);
        } else if (i + 1 == model->vocabulary_size) {
            model->words[i] = duplicate_string(before_remark);
        } else if (asprintf(&model->words[i], "feature %u", i - SPECIAL_WORDS) < 0) {
            abort();
        }
    }
    const size_t size = (size_t) model->vocabulary_size * training->best.embedding_size;
    for (int i = 0; i < 2; i++) {
        free(networks[i]->embedding);
        networks[i]->embedding = allocate(size, sizeof(float));
        networks[i]->vocabulary_size = model->vocabulary_size;
    }
    free(training->embedding_squares);
    training->embedding_squares = allocate(size, sizeof(float));
}

memspike_status memspike_network_fit(const memspike_samples *samples, const memspike_settings *settings,
                                     const memspike_device *device, uint32_t approach,
                                     const memspike_listener *listener, memspike_network **network,
                                     memspike_error *error)
{
    *network = NULL;
    struct settings values = settings->values;
    values.task = samples->classes > 2 ? TASK_RATING : TASK_SENTIMENT;
    struct corpus corpus = {0};
    struct listening listening;
    struct model *model = allocate(1, sizeof *model);
    listening_begin(&listening, listener);
    enum status trained = check_samples(samples, values.hardware, error_of(error));
    if (trained == STATUS_OK) {
        trained = corpus_of_samples(samples, values.hardware->inputs, &corpus, error_of(error));
    }
    if (trained == STATUS_OK) {
        trained = train(&corpus, &values, device != NULL ? device->device : NULL, approach, true,
                        &model->training, error_of(error));
    }
    free(corpus.embedding);
    free(corpus.train);
    free(corpus.ids);
    const memspike_status status = listening_end(&listening, trained, error);
    if (status != MEMSPIKE_OK) {
        model_free(model);
        return status;
    }
    forget_samples(model, samples);
    *network = network_of(model);
    return MEMSPIKE_OK;
}

memspike_status memspike_network_load(const char *path, memspike_network **network, memspike_error *error)
{
    *network = NULL;
    struct model *model = NULL;
    enum status status = checkpoint_load(path, &model, error_of(error));
    if (status == STATUS_OK && model->training.best_epoch == 0) {
        status = error_set(
            error_of(error), STATUS_INVALID,
            "%s: holds a training that was stopped in its first epoch; expected one that went on", path);
        model_free(model);
    }
    if (status == STATUS_OK) {
        *network = network_of(model);
    }
    return (memspike_status) status;
}

memspike_status memspike_network_save(const memspike_network *network, const char *path,
                                      memspike_error *error)
{
    const struct model *model = network->shared->model;
    const struct corpus corpus = {
        .kind = model->corpus_kind, .fingerprint = model->corpus_fingerprint, .words = model->words};
    struct output_file *file = NULL;
    enum status status = output_file_open(path, &file, error_of(error));
    if (status != STATUS_OK) {
        return (memspike_status) status;
    }
    status = checkpoint_save(&model->training, &corpus, file, error_of(error));
    if (status != STATUS_OK) {
        output_file_discard(file);
        return (memspike_status) status;
    }
    return (memspike_status) output_file_commit(file, error_of(error));
}

memspike_status memspike_network_set_remark(memspike_network *network, const char *remark,
                                            memspike_error *error)
{
    struct model *model = network->shared->model;
    if (network->shared->features == 0) {
        return (memspike_status) error_set(error_of(error), STATUS_INVALID,
                                           "a network of texts was given a remark; expected one of features");
    }
    char **word = &model->words[model->vocabulary_size - 1];
    free(*word);
    if (asprintf(word, "%s%s", before_remark, remark) < 0) {
        abort();
    }
    return MEMSPIKE_OK;
}

const char *memspike_network_remark(const memspike_network *network)
{
    const struct model *model = network->shared->model;
    return network->shared->features == 0 ? ""
                                          : model->words[model->vocabulary_size - 1] + strlen(before_remark);
}

void memspike_network_free(memspike_network *network)
{
    if (network != NULL) {
        shared_model_drop(network->shared);
        free(network);
    }
}

memspike_network_about memspike_network_describe(const memspike_network *network)
{
    const struct training *training = &network->shared->model->training;
    return (memspike_network_about) {
        .inputs = training->best.embedding_size,
        .outputs = training->best.outputs,
        .classes = network->shared->classes,
        .features = network->shared->features,
        .approach = training->settings.approach,
        .epochs = training->epochs_done,
        .best_epoch = training->best_epoch,
        .seed = training->settings.seed,
    };
}

void memspike_network_get_weights(const memspike_network *network, float *weights)
{
    const struct network *best = &network->shared->model->training.best;
    memcpy(weights, best->weights, (size_t) best->outputs * best->embedding_size * sizeof *weights);
}

bool memspike_network_get_epoch(const memspike_network *network, uint32_t epoch, memspike_epoch *result)
{
    const struct training *training = &network->shared->model->training;
    if (epoch < 1 || epoch > training->epochs_done) {
        return false;
    }
    const struct epoch_result *from = &training->epochs[epoch - 1];
    *result = (memspike_epoch) {from->train_loss, from->train_accuracy, from->validation_loss,
                                from->validation_accuracy};
    return true;
}
