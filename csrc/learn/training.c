#include "learn/training.h"

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

static void update(struct training *training, const struct review *review, const float *x, double error,
                   struct word_counts *words, float *old_weights)
{
    struct network *network = &training->network;
    const uint32_t size = network->embedding_size;
    const float rate = (float) training->settings.learning_rate;
    memcpy(old_weights, network->weights, size * sizeof(float));
    adagrad_update(network->weights, training->weight_squares, x, size, (float) error, rate);
    word_counts_of_review(words, review);
    for (uint32_t i = 0; i < words->size; i++) {
        size_t row = (size_t) words->ids[i] * size;
        float scale = (float) (error * words->counts[i] / review->length);
        adagrad_update(network->embedding + row, training->embedding_squares + row, old_weights, size, scale,
                       rate);
    }
}

static void validate(const struct network *network, const struct corpus *corpus, const uint32_t *reviews,
                     struct epoch_result *result)
{
    float *x = allocate(network->embedding_size, sizeof *x);
    double loss = 0;
    struct confusion confusion = {0};
    for (uint32_t i = 0; i < corpus->validation_count; i++) {
        const struct review *review = &corpus->train[reviews[i]];
        double error, output;
        network_mean(network, review->ids, review->length, x);
        loss += training_loss(network, x, review->positive, &error, &output);
        confusion_count(&confusion, review->positive, output > 0.25 * network->embedding_size);
    }
    result->validation_loss = corpus->validation_count > 0 ? loss / corpus->validation_count : 0;
    result->validation_accuracy = confusion_accuracy(&confusion);
    free(x);
}

uint32_t *training_order(const struct training *training, const struct corpus *corpus)
{
    uint32_t *split = training_split(corpus, training->settings.seed);
    struct random_stream order = {
        .seed = training->settings.seed, .purpose = RANDOM_ORDER, .index = training->epochs_done};
    random_shuffle(&order, split, corpus->train_count - corpus->validation_count);
    return split;
}

void training_end_epoch(struct training *training)
{
    uint32_t best = training->best_epoch;
    const struct epoch_result *result = &training->epochs[training->epochs_done];
    if (best == 0 || result->validation_loss < training->epochs[best - 1].validation_loss) {
        training->best_epoch = training->epochs_done + 1;
        network_copy(&training->best, &training->network);
    }
    training->epochs_done++;
}

void training_epoch(struct training *training, const struct corpus *corpus)
{
    struct network *network = &training->network;
    const uint32_t count = corpus->train_count - corpus->validation_count;
    struct epoch_result *result = &training->epochs[training->epochs_done];
    double started = seconds_now();
    uint32_t *split = training_order(training, corpus);

    struct word_counts words;
    word_counts_open(&words, corpus->vocabulary_size);
    float *x = allocate(network->embedding_size, sizeof *x);
    float *old_weights = allocate(network->embedding_size, sizeof *x);
    double loss = 0;
    struct confusion confusion = {0};
    char label[32];
    (void) snprintf(label, sizeof label, "epoch %u of %u", training->epochs_done + 1,
                    training->settings.epochs);
    struct progress progress;
    progress_begin(&progress, label, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct review *review = &corpus->train[split[i]];
        double error, output;
        network_mean(network, review->ids, review->length, x);
        loss += training_loss(network, x, review->positive, &error, &output);
        confusion_count(&confusion, review->positive, output > 0.25 * network->embedding_size);
        update(training, review, x, error, &words, old_weights);
        progress_update(&progress, i + 1);
    }
    progress_end(&progress);
    *result = (struct epoch_result){.train_loss = count > 0 ? loss / count : 0,
                                    .train_accuracy = confusion_accuracy(&confusion)};
    validate(network, corpus, split + count, result);
    result->seconds = seconds_now() - started;
    training_end_epoch(training);
    word_counts_close(&words);
    free(x);
    free(old_weights);
    free(split);
}
