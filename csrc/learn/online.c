#include "learn/online.h"

#include "base/random.h"
#include "learn/adagrad.h"
#include "learn/word_counts.h"
#include "model/spike_encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const readout_names[] = {"count", "membrane", NULL};

const char *const update_rule_names[] = {"paper", "accumulate", "surrogate", NULL};

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
    float *wanted;                /* E */
    float *measured;              /* E */
    uint16_t *rates;              /* E */
    uint16_t *counts;             /* outputs */
    struct word_counts words;
    int64_t membrane;         /* after the last step, where it is observed */
    int64_t threshold, start; /* Vth and V0 as the hardware holds them */
    /* For the surrogate gradient. */
    uint32_t active_steps;   /* in which h' is not 0 */
    uint32_t *active_spikes; /* E: of each input in these steps */
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
        .wanted = allocate(hardware->inputs, sizeof *work->wanted),
        .measured = allocate(hardware->inputs, sizeof *work->measured),
        .rates = allocate(hardware->inputs, sizeof *work->rates),
        .counts = allocate(hardware->outputs, sizeof *work->counts),
        .threshold = (int64_t) floor(ldexp(online->threshold, CODE_FRACTION) + 0.5),
        .start = (int64_t) floor(ldexp(online->start, CODE_FRACTION) + 0.5),
        .active_spikes = allocate(hardware->inputs, sizeof *work->active_spikes),
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
    free(work->wanted);
    free(work->measured);
    free(work->rates);
    free(work->counts);
    free(work->active_spikes);
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

/* Bring the weights to the crossbar. Unless they accumulate in software, they then are what the controller
 * last read. */
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
    for (uint32_t i = 0; i < hardware->inputs && status == STATUS_OK && online->rule != UPDATE_ACCUMULATE;
         i++) {
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

static void observe_step(void *context, uint32_t step, const uint8_t *spikes, const int64_t *membranes)
{
    (void) step;
    struct workspace *work = context;
    work->membrane = membranes[0];
    if (work->membrane > 0 && work->membrane < 2 * work->threshold) {
        work->active_steps++;
        for (uint32_t i = 0; i < work->hardware->inputs; i++) {
            work->active_spikes[i] += spikes[i];
        }
    }
}

/* Run the review on the hardware: work->counts. For the surrogate gradient, x becomes the inputs' spikes
 * under h', and *share the share of the steps in which h' is not 0. */
static enum status fire(struct workspace *work, uint32_t number, float *share, struct error *error)
{
    const struct online *online = work->online;
    *share = 1;
    if (online->rule != UPDATE_SURROGATE && online->readout == READOUT_COUNT) {
        return engine_infer(online->engine, work->rates, &number, 1, work->counts, NULL, error);
    }
    work->active_steps = 0;
    memset(work->active_spikes, 0, work->hardware->inputs * sizeof *work->active_spikes);
    const struct step_observer observer = {.step = observe_step, .context = work};
    enum status status = engine_observe(online->engine, work->rates, number, work->counts, &observer, error);
    if (online->rule != UPDATE_SURROGATE) {
        return status;
    }
    /* The factor 1/(2 Vth) of both gradients cancels out in Adagrad, as in equations 15 and 16. */
    for (uint32_t i = 0; i < work->hardware->inputs; i++) {
        work->x[i] = (float) work->active_spikes[i] / (float) online->steps;
    }
    *share = (float) work->active_steps / (float) online->steps;
    return status;
}

/* The firing rate of the review that the hardware has just run. */
static double measured_rate(const struct workspace *work)
{
    double spikes = work->counts[0];
    if (work->online->readout == READOUT_MEMBRANE) {
        spikes -= work->membrane > work->threshold ? 1 : 0;
        spikes += (double) (work->membrane - work->start) / (double) work->threshold;
    }
    return spikes / work->online->steps;
}

static void observe_learned(struct workspace *work, uint32_t number)
{
    const struct online_observer *observer = work->online->observer;
    for (uint32_t i = 0; i < work->hardware->inputs; i++) {
        const uint32_t device = hardware_device(work->hardware, i, 0);
        work->measured[i] = work->online->memristors
                                ? measured_weight(work->device, work->results[device].reading)
                                : work->wanted[i];
    }
    observer->learned(observer->context, number, work->wanted, work->measured);
}

static enum status learn_review(void *context, struct training *training, const struct review *review,
                                uint32_t number, double *loss, bool *positive, struct error *error)
{
    struct workspace *work = context;
    struct network *network = &training->network;
    const uint32_t size = network->embedding_size;
    float share;
    rates_of_review(network, review, work->x, work->rates);
    enum status status = fire(work, TRAIN_REVIEWS + number, &share, error);
    if (status != STATUS_OK) {
        return status;
    }
    double gradient;
    *loss = rate_loss(size, measured_rate(work), review->positive, &gradient);
    *positive = 2 * work->counts[0] > work->online->steps;
    memcpy(work->old_weights, network->weights, size * sizeof(float));
    adagrad_update(network->weights, training->weight_squares, work->x, size, (float) gradient,
                   (float) training->settings.learning_rate);
    training_learn_words(training, &work->words, review, gradient * share, work->old_weights);
    memcpy(work->wanted, network->weights, size * sizeof(float));
    status = place_weights(work, network->weights, error);
    if (status == STATUS_OK && work->online->observer != NULL) {
        observe_learned(work, number);
    }
    return status;
}

static enum status validate(void *context, const struct training *training, const struct corpus *corpus,
                            const uint32_t *reviews, struct epoch_result *result, struct error *error)
{
    struct workspace *work = context;
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
    const bool one_by_one = work->online->readout != READOUT_COUNT;
    enum status status = STATUS_OK;
    if (!one_by_one) {
        status = engine_infer(work->online->engine, rates, numbers, count, counts, NULL, error);
    }
    double loss = 0;
    struct confusion confusion = {0};
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        if (one_by_one) {
            float share;
            memcpy(work->rates, rates + (size_t) i * hardware->inputs, hardware->inputs * sizeof *rates);
            status = fire(work, numbers[i], &share, error);
        } else {
            work->counts[0] = counts[(size_t) i * hardware->outputs];
        }
        int positive = corpus->train[reviews[i]].positive;
        double gradient;
        loss += rate_loss(hardware->inputs, measured_rate(work), positive, &gradient);
        confusion_count(&confusion, positive, 2 * work->counts[0] > work->online->steps);
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
    struct trained_machine *machine = &training->machine;
    const uint32_t devices = crossbar_hardware(online->crossbar)->devices;
    const uint32_t epochs_before = training->epochs_done;
    struct workspace work;
    workspace_open(&work, training, online);
    enum status status = STATUS_OK;
    if (!online->memristors) {
        status = place_weights(&work, training->network.weights, error);
    }
    const struct learner learner = {&work, learn_review, validate};
    if (status == STATUS_OK) {
        status = training_run_epoch(training, corpus, &learner, error);
    }
    workspace_close(&work);
    crossbar_state_clear(&machine->state);
    machine->state = crossbar_save(online->crossbar);
    machine->statistics = *engine_statistics(online->engine);
    if (training->epochs_done > epochs_before && training->best_epoch == training->epochs_done) {
        memcpy(machine->best, machine->state.resistances, devices * sizeof *machine->best);
    }
    return status;
}
