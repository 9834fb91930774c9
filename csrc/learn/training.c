// SPDX-License-Identifier: Apache-2.0
#include "learn/training.h"

#include "base/interrupt.h"
#include "base/wall_clock.h"
#include "learn/adagrad.h"
#include "learn/word_counts.h"
#include "model/base/memory.h"
#include "model/base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void start_network(struct network *network, const struct corpus *corpus, uint64_t seed)
{
    struct random_stream weights = {.seed = seed, .purpose = RANDOM_WEIGHTS};
    const double middle = 2 * network->boundary / network->embedding_size;
    const double lowest = network->has_sign ? 2 * middle - 1 : 0.125;
    const double highest = network->has_sign ? 1 : 0.875;
    for (size_t i = 0; i < (size_t) network->outputs * network->embedding_size; i++) {
        const double weight = lowest + (highest - lowest) * random_unit(random_next(&weights));
        network->weights[i] = (float) fmax(weight, network_lowest_weight(network));
    }
    size_t size = (size_t) network->vocabulary_size * network->embedding_size;
    if (corpus->embedding != NULL) {
        memcpy(network->embedding, corpus->embedding, size * sizeof(float));
        return;
    }
    struct random_stream embedding = {.seed = seed, .purpose = RANDOM_EMBEDDING};
    for (size_t i = 0; i < size; i++) {
        network->embedding[i] = (float) (0.4 + 0.2 * random_unit(random_next(&embedding)));
    }
}

void training_begin(struct training *training, const struct corpus *corpus,
                    const struct training_settings *settings, uint32_t embedding_size)
{
    *training = (struct training) {.settings = *settings};
    struct network *const networks[] = {&training->network, &training->best};
    for (int i = 0; i < 2; i++) {
        network_create(networks[i], settings->task, settings->has_sign, corpus->vocabulary_size,
                       embedding_size);
        networks[i]->boundary = settings->boundary * embedding_size;
        networks[i]->gain = settings->gain;
    }
    training->weight_squares = allocate((size_t) training->network.outputs * embedding_size, sizeof(float));
    training->embedding_squares = allocate((size_t) corpus->vocabulary_size * embedding_size, sizeof(float));
    start_network(&training->network, corpus, settings->seed);
}

void training_clear(struct training *training)
{
    network_clear(&training->network);
    network_clear(&training->best);
    free(training->weight_squares);
    free(training->embedding_squares);
    free(training->machine.settings);
    free(training->machine.array);
    free(training->machine.best);
    free(training->machine.measured);
    crossbar_state_clear(&training->machine.state);
    *training = (struct training) {0};
}

uint32_t *training_split(const struct corpus *corpus, uint64_t seed)
{
    uint32_t *order = allocate(corpus->train_count, sizeof *order);
    for (uint32_t i = 0; i < corpus->train_count; i++) {
        order[i] = i;
    }
    struct random_stream stream = {.seed = seed, .purpose = RANDOM_SPLIT};
    random_shuffle(&stream, order, corpus->train_count);
    return order;
}

enum status training_check_labels(const struct corpus *corpus, enum learning_task task, struct error *error)
{
    for (uint32_t i = 0; i < corpus->train_count + corpus->test_count; i++) {
        const struct review *review =
            i < corpus->train_count ? &corpus->train[i] : &corpus->test[i - corpus->train_count];
        if (task_label(task, review) < 0) {
            return error_set(error, STATUS_INVALID,
                             "%s: a review has %u stars in its file's name; expected 1 to 4 or 7 to 10",
                             corpus->source, review->rating);
        }
    }
    return STATUS_OK;
}

/* Learning in software. */
struct software {
    struct word_counts words;
    float *x;           /* E */
    float *old_weights; /* outputs x E */
};

static enum status learn_in_software(void *context, struct training *training, const struct review *review,
                                     uint32_t number, double *loss, uint32_t *answer, struct error *error)
{
    (void) number;
    (void) error;
    struct software *software = context;
    struct network *network = &training->network;
    const size_t size = network->embedding_size;
    double y[MAX_CLASSES];
    double errors[MAX_CLASSES];
    network_mean(network, review->ids, review->length, software->x);
    network_outputs(network, software->x, y);
    *loss = network_loss(network, y, (uint32_t) task_label(network->task, review), errors);
    *answer = network_answer(network, y);
    memcpy(software->old_weights, network->weights, network->outputs * size * sizeof(float));
    for (uint32_t output = 0; output < network->outputs; output++) {
        adagrad_update(network->weights + output * size, training->weight_squares + output * size,
                       software->x, (uint32_t) size, (float) errors[output],
                       (float) training->settings.learning_rate, network_lowest_weight(network));
    }
    training_learn_words(training, &software->words, review, errors, NULL, software->old_weights);
    return STATUS_OK;
}

void training_learn_words(struct training *training, struct word_counts *words, const struct review *review,
                          const double *errors, const float *shares, float *weights)
{
    const struct network *network = &training->network;
    const uint32_t size = network->embedding_size;
    const float rate = (float) training->settings.learning_rate;
    if (training->settings.fixed_vectors) {
        return;
    }
    double gradient = errors[0] * (shares != NULL ? shares[0] : 1.0F);
    if (network->outputs > 1) {
        /* One direction for all outputs. */
        for (uint32_t e = 0; e < size; e++) {
            double sum = 0;
            for (uint32_t output = 0; output < network->outputs; output++) {
                sum += errors[output] * (shares != NULL ? shares[output] : 1.0F) *
                       weights[(size_t) output * size + e];
            }
            weights[e] = (float) sum;
        }
        gradient = 1;
    }
    word_counts_of_review(words, review);
    for (uint32_t i = 0; i < words->size; i++) {
        size_t row = (size_t) words->ids[i] * size;
        float scale = (float) (gradient * words->counts[i] / review->length);
        adagrad_update(network->embedding + row, training->embedding_squares + row, weights, size, scale,
                       rate, 0.0F);
    }
}

static enum status validate_in_software(void *context, const struct training *training,
                                        const struct corpus *corpus, const uint32_t *reviews,
                                        struct epoch_result *result, struct error *error)
{
    (void) error;
    struct software *software = context;
    const struct network *network = &training->network;
    double loss = 0;
    struct confusion confusion = {0};
    for (uint32_t i = 0; i < corpus->validation_count; i++) {
        const struct review *review = &corpus->train[reviews[i]];
        const uint32_t label = (uint32_t) task_label(network->task, review);
        double y[MAX_CLASSES];
        double errors[MAX_CLASSES];
        network_mean(network, review->ids, review->length, software->x);
        network_outputs(network, software->x, y);
        loss += network_loss(network, y, label, errors);
        confusion_count(&confusion, label, network_answer(network, y));
    }
    result->validation_loss = corpus->validation_count > 0 ? loss / corpus->validation_count : 0;
    result->validation_accuracy = confusion_accuracy(&confusion);
    return STATUS_OK;
}

uint32_t *training_order(const struct training *training, const struct corpus *corpus)
{
    uint32_t *split = training_split(corpus, training->settings.seed);
    struct random_stream order = {
        .seed = training->settings.seed, .purpose = RANDOM_ORDER, .index = training->epochs_done};
    random_shuffle(&order, split, corpus->train_count - corpus->validation_count);
    return split;
}

static void end_epoch(struct training *training)
{
    uint32_t best = training->best_epoch;
    const struct epoch_result *result = &training->epochs[training->epochs_done];
    training->epochs_done++;
    if (best == 0 || result->validation_loss < training->epochs[best - 1].validation_loss) {
        training->best_epoch = training->epochs_done;
        network_copy(&training->best, &training->network);
    }
    training->progress = (struct epoch_progress) {0};
}

enum status training_run_epoch(struct training *training, const struct corpus *corpus,
                               const struct learner *learner, const struct progress_report *report,
                               struct error *error)
{
    const uint32_t count = corpus->train_count - corpus->validation_count;
    struct epoch_progress *done = &training->progress;
    double started = seconds_now();
    uint32_t *split = training_order(training, corpus);
    report_progress(report, 0, count);
    enum status status = STATUS_OK;
    while (done->reviews < count && status == STATUS_OK && !interrupt_caught()) {
        const struct review *review = &corpus->train[split[done->reviews]];
        double loss = 0;
        uint32_t answer = 0;
        status = learner->learn(learner->context, training, review,
                                training->epochs_done * count + done->reviews, &loss, &answer, error);
        done->loss += loss;
        confusion_count(&done->confusion, (uint32_t) task_label(training->network.task, review), answer);
        done->reviews++;
        report_progress(report, done->reviews, count);
    }
    if (status == STATUS_OK && done->reviews == count) {
        struct epoch_result *result = &training->epochs[training->epochs_done];
        *result = (struct epoch_result) {.train_loss = count > 0 ? done->loss / count : 0,
                                         .train_accuracy = confusion_accuracy(&done->confusion)};
        status = learner->validate(learner->context, training, corpus, split + count, result, error);
        result->seconds = seconds_now() - started;
        if (status == STATUS_OK) {
            end_epoch(training);
        }
    }
    free(split);
    return status;
}

void training_epoch(struct training *training, const struct corpus *corpus,
                    const struct progress_report *report)
{
    struct software software = {
        .x = allocate(training->network.embedding_size, sizeof(float)),
        .old_weights =
            allocate((size_t) training->network.outputs * training->network.embedding_size, sizeof(float)),
    };
    word_counts_open(&software.words, corpus->vocabulary_size);
    const struct learner learner = {&software, learn_in_software, validate_in_software};
    (void) (training_run_epoch(training, corpus, &learner, report, NULL) == STATUS_OK);
    word_counts_close(&software.words);
    free(software.x);
    free(software.old_weights);
}
