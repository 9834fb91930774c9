#include "learn/training.h"

#include "base/interrupt.h"
#include "base/progress.h"
#include "base/random.h"
#include "learn/adagrad.h"
#include "learn/word_counts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start_network(struct network *network, const struct corpus *corpus, uint64_t seed)
{
    struct random_stream weights = {.seed = seed, .purpose = RANDOM_WEIGHTS};
    for (uint32_t e = 0; e < network->embedding_size; e++) {
        network->weights[e] = (float) (0.125 + 0.75 * random_unit(random_next(&weights)));
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
    *training = (struct training){.settings = *settings};
    network_create(&training->network, corpus->vocabulary_size, embedding_size);
    network_create(&training->best, corpus->vocabulary_size, embedding_size);
    training->weight_squares = allocate(embedding_size, sizeof(float));
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
    crossbar_state_clear(&training->machine.state);
    *training = (struct training){0};
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

double training_loss(const struct network *network, const float *x, int positive, double *error,
                     double *output)
{
    *output = network_output(network, x);
    double probability = network_probability(network, *output);
    *error = probability - positive;
    /* -log of the label's probability, written so that a probability of 0 or 1 cannot make it infinite. */
    double logit = *output - 0.25 * network->embedding_size;
    double signed_logit = positive ? logit : -logit;
    return signed_logit > 0 ? log1p(exp(-signed_logit)) : -signed_logit + log1p(exp(signed_logit));
}

/* Learning in software. */
struct software {
    struct word_counts words;
    float *x;           /* E */
    float *old_weights; /* E */
};

static enum status learn_in_software(void *context, struct training *training, const struct review *review,
                                     uint32_t number, double *loss, bool *positive, struct error *error)
{
    (void) number;
    (void) error;
    struct software *software = context;
    struct network *network = &training->network;
    const uint32_t size = network->embedding_size;
    const float rate = (float) training->settings.learning_rate;
    double gradient, output;
    network_mean(network, review->ids, review->length, software->x);
    *loss = training_loss(network, software->x, review->positive, &gradient, &output);
    *positive = output > 0.25 * size;
    memcpy(software->old_weights, network->weights, size * sizeof(float));
    adagrad_update(network->weights, training->weight_squares, software->x, size, (float) gradient, rate);
    training_learn_words(training, &software->words, review, gradient, software->old_weights);
    return STATUS_OK;
}

void training_learn_words(struct training *training, struct word_counts *words, const struct review *review,
                          double gradient, const float *weights)
{
    const uint32_t size = training->network.embedding_size;
    const float rate = (float) training->settings.learning_rate;
    word_counts_of_review(words, review);
    for (uint32_t i = 0; i < words->size; i++) {
        size_t row = (size_t) words->ids[i] * size;
        float scale = (float) (gradient * words->counts[i] / review->length);
        adagrad_update(training->network.embedding + row, training->embedding_squares + row, weights, size,
                       scale, rate);
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
        double gradient, output;
        network_mean(network, review->ids, review->length, software->x);
        loss += training_loss(network, software->x, review->positive, &gradient, &output);
        confusion_count(&confusion, review->positive, output > 0.25 * network->embedding_size);
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
    training->progress = (struct epoch_progress){0};
}

enum status training_run_epoch(struct training *training, const struct corpus *corpus,
                               const struct learner *learner, struct error *error)
{
    const uint32_t count = corpus->train_count - corpus->validation_count;
    struct epoch_progress *done = &training->progress;
    double started = seconds_now();
    uint32_t *split = training_order(training, corpus);
    char label[32];
    (void) snprintf(label, sizeof label, "epoch %u of %u", training->epochs_done + 1,
                    training->settings.epochs);
    struct progress progress;
    progress_begin(&progress, label, count);
    enum status status = STATUS_OK;
    while (done->reviews < count && status == STATUS_OK && !interrupt_caught()) {
        const struct review *review = &corpus->train[split[done->reviews]];
        double loss = 0;
        bool positive = false;
        status = learner->learn(learner->context, training, review,
                                training->epochs_done * count + done->reviews, &loss, &positive, error);
        done->loss += loss;
        confusion_count(&done->confusion, review->positive, positive);
        done->reviews++;
        progress_update(&progress, done->reviews);
    }
    progress_end(&progress);
    if (status == STATUS_OK && done->reviews == count) {
        struct epoch_result *result = &training->epochs[training->epochs_done];
        *result = (struct epoch_result){.train_loss = count > 0 ? done->loss / count : 0,
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

void training_epoch(struct training *training, const struct corpus *corpus)
{
    struct software software = {
        .x = allocate(training->network.embedding_size, sizeof(float)),
        .old_weights = allocate(training->network.embedding_size, sizeof(float)),
    };
    word_counts_open(&software.words, corpus->vocabulary_size);
    const struct learner learner = {&software, learn_in_software, validate_in_software};
    (void) (training_run_epoch(training, corpus, &learner, NULL) == STATUS_OK);
    word_counts_close(&software.words);
    free(software.x);
    free(software.old_weights);
}
