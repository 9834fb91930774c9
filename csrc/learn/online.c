#include "learn/online.h"

#include "base/progress.h"
#include "base/random.h"
#include "learn/adagrad.h"
#include "learn/word_counts.h"
#include "model/spike_encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const update_rule_names[] = {"paper", "accumulate", NULL};

/* Reviews are named for the random numbers: those of the test from 0, the others out of their way. */
enum { TRAIN_REVIEWS = 1 << 30 };
static const uint32_t validation_reviews = 1u << 31;

struct workspace {
    const struct online *online;
    const struct hardware *hardware;
    const struct device *device;
    uint32_t *targets;            /* devices */
    struct write_result *results; /* devices */
    double *resistances;          /* devices */
    float *x;                     /* E */
    float *old_weights;           /* E */
    uint16_t *rates;              /* E */
    uint16_t *counts;             /* outputs */
    struct word_counts words;
};

static void workspace_open(struct workspace *work, const struct training *training,
                           const struct online *online)
{
    const struct hardware *hardware = crossbar_hardware(online->crossbar);
    *work = (struct workspace){
        .online = online,
        .hardware = hardware,
        .device = crossbar_device(online->crossbar),
        .targets = allocate(hardware->devices, sizeof *work->targets),
        .results = allocate(hardware->devices, sizeof *work->results),
        .resistances = allocate(hardware->devices, sizeof *work->resistances),
        .x = allocate(hardware->inputs, sizeof *work->x),
        .old_weights = allocate(hardware->inputs, sizeof *work->old_weights),
        .rates = allocate(hardware->inputs, sizeof *work->rates),
        .counts = allocate(hardware->outputs, sizeof *work->counts),
    };
    word_counts_open(&work->words, training->network.vocabulary_size);
}

static void workspace_close(struct workspace *work)
{
    free(work->targets);
    free(work->results);
    free(work->resistances);
    free(work->x);
    free(work->old_weights);
    free(work->rates);
    free(work->counts);
    word_counts_close(&work->words);
}

static float measured_weight(const struct device *device, uint32_t reading)
{
    double weight = device_weight(device, ldexp((double) reading, -RESISTANCE_FRACTION));
    return (float) fmin(1.0, fmax(0.0, weight));
}

void online_begin(struct training *training, const struct online *online)
{
    const struct hardware *hardware = crossbar_hardware(online->crossbar);
    for (uint32_t i = 0; i < hardware->inputs && online->memristors; i++) {
        uint32_t reading = crossbar_read(online->crossbar, hardware_device(hardware, i, 0));
        training->network.weights[i] = measured_weight(crossbar_device(online->crossbar), reading);
    }
}

/* Probability of "positive", its error and the loss from a firing rate. */
static double rate_loss(uint32_t embedding_size, double firing_rate, int positive, double *error)
{
    double logit = 0.5 * embedding_size * (firing_rate - 0.5);
    *error = 1.0 / (1.0 + exp(-logit)) - positive;
    double signed_logit = positive ? logit : -logit;
    return signed_logit > 0 ? log1p(exp(-signed_logit)) : -signed_logit + log1p(exp(signed_logit));
}

/* Bring the weights to the crossbar. With the paper's rule the weights then are what the controller last
 * read. */
static enum status place_weights(struct workspace *work, float *weights, struct error *error)
{
    const struct online *online = work->online;
    const struct hardware *hardware = work->hardware;
    if (!online->memristors) {
        for (uint32_t i = 0; i < hardware->inputs; i++) {
            work->resistances[hardware_device(hardware, i, 0)] = device_resistance(work->device, weights[i]);
        }
        /* Outputs that are not used stay at weight 0. */
        for (uint32_t d = 0; d < hardware->devices; d++) {
            if (work->resistances[d] == 0) {
                work->resistances[d] = device_resistance(work->device, 0);
            }
        }
        crossbar_set_resistances(online->crossbar, work->resistances);
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < hardware->inputs; i++) {
        work->targets[hardware_device(hardware, i, 0)] =
            resistance_to_fixed(device_resistance(work->device, weights[i]));
    }
    enum status status = engine_program(online->engine, work->targets, work->results, NULL, error);
    for (uint32_t i = 0; i < hardware->inputs && status == STATUS_OK && online->rule == UPDATE_PAPER; i++) {
        weights[i] = measured_weight(work->device, work->results[hardware_device(hardware, i, 0)].reading);
    }
    return status;
}

static void rates_of_review(const struct network *network, const struct review *review, float *x,
                            uint16_t *rates)
{
    network_mean(network, review->ids, review->length, x);
    for (uint32_t e = 0; e < network->embedding_size; e++) {
        rates[e] = rate_from_value(x[e]);
    }
}

static enum status train_review(struct workspace *work, struct training *training,
                                const struct review *review, uint32_t number, double *loss,
                                struct confusion *confusion, struct error *error)
{
    struct network *network = &training->network;
    const uint32_t size = network->embedding_size;
    const float rate = (float) training->settings.learning_rate;
    rates_of_review(network, review, work->x, work->rates);
    enum status status =
        engine_infer(work->online->engine, work->rates, &number, 1, work->counts, NULL, error);
    if (status != STATUS_OK) {
        return status;
    }
    double firing_rate = (double) work->counts[0] / work->online->steps;
    double gradient;
    *loss += rate_loss(size, firing_rate, review->positive, &gradient);
    confusion_count(confusion, review->positive, firing_rate > 0.5);
    memcpy(work->old_weights, network->weights, size * sizeof(float));
    adagrad_update(network->weights, training->weight_squares, work->x, size, (float) gradient, rate);
    status = place_weights(work, network->weights, error);
    word_counts_of_review(&work->words, review);
    for (uint32_t i = 0; i < work->words.size; i++) {
        size_t row = (size_t) work->words.ids[i] * size;
        float scale = (float) (gradient * work->words.counts[i] / review->length);
        adagrad_update(network->embedding + row, training->embedding_squares + row, work->old_weights, size,
                       scale, rate);
    }
    return status;
}

static enum status validate(struct workspace *work, const struct training *training,
                            const struct corpus *corpus, const uint32_t *reviews, struct epoch_result *result,
                            struct error *error)
{
    const struct hardware *hardware = work->hardware;
    const uint32_t count = corpus->validation_count;
    uint16_t *rates = allocate((size_t) count * hardware->inputs, sizeof *rates);
    uint32_t *numbers = allocate(count, sizeof *numbers);
    uint16_t *counts = allocate((size_t) count * hardware->outputs, sizeof *counts);
    for (uint32_t i = 0; i < count; i++) {
        rates_of_review(&training->network, &corpus->train[reviews[i]], work->x,
                        rates + (size_t) i * hardware->inputs);
        numbers[i] = validation_reviews + training->epochs_done * count + i;
    }
    enum status status = engine_infer(work->online->engine, rates, numbers, count, counts, NULL, error);
    double loss = 0;
    struct confusion confusion = {0};
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        double firing_rate = (double) counts[(size_t) i * hardware->outputs] / work->online->steps;
        int positive = corpus->train[reviews[i]].positive;
        double gradient;
        loss += rate_loss(hardware->inputs, firing_rate, positive, &gradient);
        confusion_count(&confusion, positive, firing_rate > 0.5);
    }
    result->validation_loss = count > 0 ? loss / count : 0;
    result->validation_accuracy = confusion_accuracy(&confusion);
    free(rates);
    free(numbers);
    free(counts);
    return status;
}

enum status online_epoch(struct training *training, const struct corpus *corpus, const struct online *online,
                         struct error *error)
{
    const uint32_t count = corpus->train_count - corpus->validation_count;
    struct epoch_result *result = &training->epochs[training->epochs_done];
    double started = seconds_now();
    uint32_t *split = training_order(training, corpus);
    struct workspace work;
    workspace_open(&work, training, online);
    double loss = 0;
    struct confusion confusion = {0};
    char label[32];
    (void) snprintf(label, sizeof label, "epoch %u of %u", training->epochs_done + 1,
                    training->settings.epochs);
    struct progress progress;
    progress_begin(&progress, label, count);
    enum status status = STATUS_OK;
    if (!online->memristors) {
        status = place_weights(&work, training->network.weights, error);
    }
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        uint32_t number = TRAIN_REVIEWS + training->epochs_done * count + i;
        status = train_review(&work, training, &corpus->train[split[i]], number, &loss, &confusion, error);
        progress_update(&progress, i + 1);
    }
    progress_end(&progress);
    *result = (struct epoch_result){.train_loss = count > 0 ? loss / count : 0,
                                    .train_accuracy = confusion_accuracy(&confusion)};
    if (status == STATUS_OK) {
        status = validate(&work, training, corpus, split + count, result, error);
    }
    result->seconds = seconds_now() - started;
    if (status == STATUS_OK) {
        training_end_epoch(training);
    }
    workspace_close(&work);
    free(split);
    return status;
}
