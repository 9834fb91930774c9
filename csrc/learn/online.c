// SPDX-License-Identifier: Apache-2.0
#include "learn/online.h"

#include "learn/adagrad.h"
#include "learn/word_counts.h"
#include "model/base/memory.h"
#include "model/base/random.h"
#include "model/base/rounding.h"
#include "model/reference/spike_encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const readout_names[] = {"count", "membrane", NULL};

const char *const update_rule_names[] = {"paper", "accumulate", "surrogate", NULL};

/* Numbers of the reviews for the random numbers: test reviews from 0, the others above them. */
enum { TRAIN_REVIEWS = 1 << 30 };
static const uint32_t validation_reviews = 1u << 31;

struct workspace {
    const struct online *online;
    const struct hardware *hardware;
    const struct device *device;
    const struct network *network;
    float *measured_devices;      /* devices: the weight that was last read of each; the training's */
    uint32_t *targets;            /* devices */
    struct write_result *results; /* devices */
    double *resistances;          /* devices */
    float *x;                     /* E */
    float *old_weights;           /* outputs x E */
    float *wanted;                /* outputs x E */
    float *measured;              /* outputs x E */
    uint16_t *rates;              /* E */
    uint16_t *counts;             /* outputs of the hardware */
    struct word_counts words;
    int64_t membranes[MAX_CLASSES]; /* after the last step, where it is observed */
    int64_t threshold, start;       /* Vth and V0 as the hardware holds them */
    /* For the surrogate gradient. */
    uint32_t active_steps[MAX_CLASSES]; /* in which h' is not 0 */
    uint32_t *active_spikes;            /* outputs x E: of each input in these steps */
    float *active_x;                    /* the same over T */
};

static void workspace_open(struct workspace *work, const struct training *training,
                           const struct online *online)
{
    const struct hardware *hardware = crossbar_hardware(online->crossbar);
    const size_t weight_count = (size_t) training->network.outputs * hardware->inputs;
    *work = (struct workspace) {
        .online = online,
        .hardware = hardware,
        .device = crossbar_device(online->crossbar),
        .network = &training->network,
        .measured_devices = training->machine.measured,
        .targets = allocate(hardware->devices, sizeof *work->targets),
        .results = allocate(hardware->devices, sizeof *work->results),
        .resistances = allocate(hardware->devices, sizeof *work->resistances),
        .x = allocate(hardware->inputs, sizeof *work->x),
        .old_weights = allocate(weight_count, sizeof *work->old_weights),
        .wanted = allocate(weight_count, sizeof *work->wanted),
        .measured = allocate(weight_count, sizeof *work->measured),
        .rates = allocate(hardware->inputs, sizeof *work->rates),
        .counts = allocate(hardware->outputs, sizeof *work->counts),
        .threshold = (int64_t) round_half_up(ldexp(online->threshold, CODE_FRACTION)),
        .start = (int64_t) round_half_up(ldexp(online->start, CODE_FRACTION)),
        .active_spikes = allocate(weight_count, sizeof *work->active_spikes),
        .active_x = allocate(weight_count, sizeof *work->active_x),
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
    free(work->active_x);
    word_counts_close(&work->words);
}

static float measured_weight(const struct device *device, uint32_t reading)
{
    double weight = device_weight(device, ldexp((double) reading, -RESISTANCE_FRACTION));
    return (float) fmin(1.0, fmax(0.0, weight));
}

/* The first device of a weight; the other one of a pair lies a column further on. */
static uint32_t weight_device(const struct workspace *work, size_t w)
{
    const uint32_t inputs = work->hardware->inputs;
    return hardware_device(work->hardware, (uint32_t) (w % inputs), (uint32_t) (w / inputs));
}

/* A weight as its devices were last read. */
static float read_weight(const struct workspace *work, size_t w)
{
    const float *measured = work->measured_devices + weight_device(work, w);
    return measured[0] - (work->hardware->sides > 1 ? measured[work->hardware->lanes] : 0.0F);
}

static size_t weight_count(const struct workspace *work)
{
    return (size_t) work->network->outputs * work->hardware->inputs;
}

static void place_ideally(struct workspace *work, const float *weights)
{
    const struct hardware *hardware = work->hardware;
    /* Outputs that are not used stay at weight 0. */
    for (uint32_t d = 0; d < hardware->devices; d++) {
        work->resistances[d] = device_resistance(work->device, 0);
    }
    for (size_t w = 0; w < weight_count(work); w++) {
        double *resistances = work->resistances + weight_device(work, w);
        if (hardware->sides == 1) {
            resistances[0] = device_resistance(work->device, (double) weights[w]);
            continue;
        }
        double pair[2];
        pair_of_weight((double) weights[w], pair);
        resistances[0] = device_resistance(work->device, pair[0]);
        resistances[hardware->lanes] = device_resistance(work->device, pair[1]);
    }
    crossbar_set_resistances(work->online->crossbar, work->resistances);
}

static uint32_t target(const struct workspace *work, double weight)
{
    return resistance_to_fixed(device_resistance(work->device, weight));
}

/* What a pair has to become for its difference to change by `step`: the side that is too large goes down to
 * PAIR_BASE, then the other one up, then the first one further down. A side that stays is left alone. */
static void move_pair(struct workspace *work, uint32_t device, double step)
{
    const uint32_t lanes = work->hardware->lanes;
    const uint32_t up = step > 0 ? device : device + lanes;
    const uint32_t down = step > 0 ? device + lanes : device;
    const double high = (double) work->measured_devices[up];
    const double low = (double) work->measured_devices[down];
    const double size = fabs(step);
    const double lowered = fmin(size, fmax(low - PAIR_BASE, 0));
    const double raised = fmin(size - lowered, 1 - high);
    const double further = fmin(size - lowered - raised, low - lowered);
    work->targets[up] = raised > 0 ? target(work, high + raised) : 0;
    work->targets[down] = lowered + further > 0 ? target(work, low - lowered - further) : 0;
}

/* Write the weights to the crossbar. Unless they accumulate in software, they then become the controller's
 * last readings. */
static enum status place_weights(struct workspace *work, float *weights, struct error *error)
{
    const struct online *online = work->online;
    const struct hardware *hardware = work->hardware;
    if (!online->memristors) {
        place_ideally(work, weights);
        return STATUS_OK;
    }
    for (size_t w = 0; w < weight_count(work); w++) {
        const uint32_t device = weight_device(work, w);
        if (hardware->sides > 1) {
            move_pair(work, device, (double) (weights[w] - read_weight(work, w)));
        } else {
            work->targets[device] = target(work, (double) weights[w]);
        }
    }
    enum status status = engine_write(online->engine, work->targets, work->results, NULL, error);
    for (uint32_t d = 0; d < hardware->devices && status == STATUS_OK; d++) {
        if (work->targets[d] != 0) {
            work->measured_devices[d] = measured_weight(work->device, work->results[d].reading);
        }
    }
    for (size_t w = 0; w < weight_count(work) && status == STATUS_OK && online->rule != UPDATE_ACCUMULATE;
         w++) {
        weights[w] = read_weight(work, w);
    }
    return status;
}

enum status online_begin(struct training *training, const struct online *online, struct error *error)
{
    if (!online->memristors) {
        return STATUS_OK;
    }
    const struct device *device = crossbar_device(online->crossbar);
    struct workspace work;
    workspace_open(&work, training, online);
    enum status status = STATUS_OK;
    for (size_t w = 0; w < weight_count(&work); w++) {
        for (uint32_t side = 0; side < work.hardware->sides; side++) {
            const uint32_t d = weight_device(&work, w) + side * work.hardware->lanes;
            training->machine.measured[d] = measured_weight(device, crossbar_read(online->crossbar, d));
        }
        if (online->fresh) {
            training->network.weights[w] = read_weight(&work, w);
        }
    }
    if (!online->fresh) {
        status = place_weights(&work, training->network.weights, error);
    }
    workspace_close(&work);
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
    const uint32_t inputs = work->hardware->inputs;
    for (uint32_t output = 0; output < work->network->outputs; output++) {
        work->membranes[output] = membranes[output];
        if (work->online->rule != UPDATE_SURROGATE || membranes[output] <= 0 ||
            membranes[output] >= 2 * work->threshold) {
            continue;
        }
        work->active_steps[output]++;
        for (uint32_t i = 0; i < inputs; i++) {
            work->active_spikes[(size_t) output * inputs + i] += spikes[i];
        }
    }
}

/* Run the review on the hardware: work->counts. For the surrogate gradient work->active_x becomes the inputs'
 * spikes under h', and `shares` the share of the steps in which h' is not 0, by output; otherwise 1. */
static enum status fire(struct workspace *work, uint32_t number, float *shares, struct error *error)
{
    const struct online *online = work->online;
    for (uint32_t output = 0; output < work->network->outputs; output++) {
        shares[output] = 1;
    }
    if (online->rule != UPDATE_SURROGATE && online->readout == READOUT_COUNT) {
        return engine_infer(online->engine, work->rates, &number, 1, work->counts, NULL, error);
    }
    memset(work->active_steps, 0, sizeof work->active_steps);
    memset(work->active_spikes, 0, weight_count(work) * sizeof *work->active_spikes);
    const struct step_observer observer = {.step = observe_step, .context = work};
    enum status status = engine_observe(online->engine, work->rates, number, work->counts, &observer, error);
    if (online->rule != UPDATE_SURROGATE) {
        return status;
    }
    /* The factor 1/(2 Vth) of both gradients cancels out in Adagrad, as in equations 15 and 16. */
    for (size_t w = 0; w < weight_count(work); w++) {
        work->active_x[w] = (float) work->active_spikes[w] / (float) online->steps;
    }
    for (uint32_t output = 0; output < work->network->outputs; output++) {
        shares[output] = (float) work->active_steps[output] / (float) online->steps;
    }
    return status;
}

/* The firing rate of an output in the review that the hardware has just run. */
static double measured_rate(const struct workspace *work, uint32_t output)
{
    double spikes = work->counts[output];
    if (work->online->readout == READOUT_MEMBRANE) {
        spikes -= work->membranes[output] > work->threshold ? 1 : 0;
        spikes += (double) (work->membranes[output] - work->start) / (double) work->threshold;
    }
    return spikes / work->online->steps;
}

/* Loss and its gradient by the firing rates. */
static double rate_loss(const struct workspace *work, uint32_t label, double *errors)
{
    double logits[MAX_CLASSES] = {0};
    for (uint32_t output = 0; output < work->network->outputs; output++) {
        logits[output] =
            0.5 * work->hardware->inputs * work->network->gain * (measured_rate(work, output) - 0.5);
    }
    return cross_entropy(work->network->task, logits, label, errors);
}

static void observe_learned(struct workspace *work, uint32_t number)
{
    const struct online_observer *observer = work->online->observer;
    for (size_t w = 0; w < weight_count(work); w++) {
        work->measured[w] = work->online->memristors ? read_weight(work, w) : work->wanted[w];
    }
    observer->learned(observer->context, number, work->wanted, work->measured);
}

static enum status learn_review(void *context, struct training *training, const struct review *review,
                                uint32_t number, double *loss, uint32_t *answer, struct error *error)
{
    struct workspace *work = context;
    struct network *network = &training->network;
    const uint32_t size = network->embedding_size;
    float shares[MAX_CLASSES];
    rates_of_review(network, review, work->x, work->rates);
    enum status status = fire(work, TRAIN_REVIEWS + number, shares, error);
    if (status != STATUS_OK) {
        return status;
    }
    double errors[MAX_CLASSES];
    *loss = rate_loss(work, (uint32_t) task_label(network->task, review), errors);
    *answer = answer_of_counts(work->network, work->counts, work->online->steps);
    memcpy(work->old_weights, network->weights, weight_count(work) * sizeof(float));
    for (uint32_t output = 0; output < network->outputs; output++) {
        const size_t first = (size_t) output * size;
        const float *direction = work->online->rule == UPDATE_SURROGATE ? work->active_x + first : work->x;
        adagrad_update(network->weights + first, training->weight_squares + first, direction, size,
                       (float) errors[output], (float) training->settings.learning_rate,
                       network_lowest_weight(network));
    }
    training_learn_words(training, &work->words, review, errors, shares, work->old_weights);
    memcpy(work->wanted, network->weights, weight_count(work) * sizeof(float));
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
            float shares[MAX_CLASSES];
            memcpy(work->rates, rates + (size_t) i * hardware->inputs, hardware->inputs * sizeof *rates);
            status = fire(work, numbers[i], shares, error);
        } else {
            memcpy(work->counts, counts + (size_t) i * hardware->outputs, hardware->outputs * sizeof *counts);
        }
        const uint32_t label = (uint32_t) task_label(work->network->task, &corpus->train[reviews[i]]);
        double errors[MAX_CLASSES];
        loss += rate_loss(work, label, errors);
        confusion_count(&confusion, label,
                        answer_of_counts(work->network, work->counts, work->online->steps));
    }
    result->validation_loss = count > 0 ? loss / count : 0;
    result->validation_accuracy = confusion_accuracy(&confusion);
    free(rates);
    free(numbers);
    free(counts);
    return status;
}

enum status online_epoch(struct training *training, const struct corpus *corpus, const struct online *online,
                         const struct progress_report *report, struct error *error)
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
        status = training_run_epoch(training, corpus, &learner, report, error);
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
