// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"
#include "library/objects.h"
#include "model/base/memory.h"
#include "model/reference/spike_encoder.h"
#include "text/tokenizer.h"

#include <stdlib.h>
#include <string.h>

static const struct network *network_of(const memspike_deployment *deployment)
{
    return &deployment->shared->model->training.best;
}

memspike_status memspike_deploy(const memspike_network *network, const memspike_settings *settings,
                                const memspike_device *device, memspike_placement placement,
                                memspike_deployment **deployment, memspike_error *error)
{
    static const enum network_kind kinds[] = {NETWORK_ANN, NETWORK_SNN, NETWORK_MEMRISTOR};
    *deployment = NULL;
    if ((int) placement < MEMSPIKE_SOFTWARE || placement > MEMSPIKE_MEMRISTORS) {
        return (memspike_status) error_set(error_of(error), STATUS_INVALID, "placement %d; expected 0 to 2",
                                           (int) placement);
    }
    if (placement != MEMSPIKE_SOFTWARE && device == NULL) {
        return (memspike_status) error_set(error_of(error), STATUS_INVALID,
                                           "a network on hardware; expected a device");
    }
    struct memspike_deployment *made = allocate(1, sizeof *made);
    made->shared = shared_model_take(network->shared);
    made->settings = settings->values;
    made->port = settings->port != NULL ? duplicate_string(settings->port) : NULL;
    made->settings.port = made->port;
    made->kind = kinds[placement];
    const struct model *model = made->shared->model;
    if (made->shared->features == 0) {
        made->words = word_index_new(model->words, model->vocabulary_size);
    }
    enum status status = STATUS_OK;
    if (placement != MEMSPIKE_SOFTWARE) {
        made->device = device_duplicate(device->device);
        const struct deployment hardware = {&model->training, &made->settings, made->device};
        struct listening listening;
        listening_begin(&listening, NULL);
        status = machine_open(&made->machine, &hardware, made->kind, &made->report, error_of(error));
        status = (enum status) listening_end(&listening, status, error);
    }
    if (status != STATUS_OK) {
        memspike_deployment_free(made);
        made = NULL;
    }
    *deployment = made;
    return (memspike_status) status;
}

void memspike_deployment_free(memspike_deployment *deployment)
{
    if (deployment != NULL) {
        machine_close(&deployment->machine);
        device_free(deployment->device);
        word_index_free(deployment->words);
        shared_model_drop(deployment->shared);
        free(deployment->port);
        free(deployment);
    }
}

memspike_write_report memspike_deployment_report(const memspike_deployment *deployment)
{
    memspike_write_report report = {deployment->report.weight_error_mean,
                                    deployment->report.weight_error_std,
                                    deployment->report.weight_error_max,
                                    {0}};
    if (deployment->machine.engine != NULL) {
        report.statistics = statistics_of(engine_statistics(deployment->machine.engine));
    }
    return report;
}

/* Inputs to be answered: x[count][inputs]. */
struct questions {
    const float *x;
    uint32_t count;
    const bool *left_out; /* count: there is no answer to it; NULL for none */
};

static void answer_in_software(const memspike_deployment *deployment, const struct questions *questions,
                               int32_t *answers)
{
    const struct network *network = network_of(deployment);
    const double boundary = software_boundary(&deployment->shared->model->training, &deployment->settings);
    for (uint32_t i = 0; i < questions->count; i++) {
        double y[MAX_CLASSES];
        network_outputs(network, questions->x + (size_t) i * network->embedding_size, y);
        answers[i] =
            (int32_t) (network->task == TASK_SENTIMENT ? y[0] > boundary : network_answer(network, y));
    }
}

static enum status answer_on_hardware(memspike_deployment *deployment, const struct questions *questions,
                                      int32_t *answers, uint16_t *spikes, struct error *error)
{
    const struct network *network = network_of(deployment);
    const struct hardware *hardware = deployment->settings.hardware;
    const size_t values = (size_t) questions->count * hardware->inputs;
    uint16_t *rates = allocate(values, sizeof *rates);
    uint32_t *numbers = allocate(questions->count, sizeof *numbers);
    uint16_t *counts = allocate((size_t) questions->count * hardware->outputs, sizeof *counts);
    for (size_t i = 0; i < values; i++) {
        rates[i] = rate_from_value(questions->x[i]);
    }
    for (uint32_t i = 0; i < questions->count; i++) {
        numbers[i] = i;
    }
    struct progress progress = {.label = "running samples"};
    const struct progress_report report = progress_bar(&progress);
    const enum status status =
        engine_infer(deployment->machine.engine, rates, numbers, questions->count, counts, &report, error);
    for (uint32_t i = 0; i < questions->count && status == STATUS_OK; i++) {
        const uint16_t *count = counts + (size_t) i * hardware->outputs;
        answers[i] = (int32_t) answer_of_counts(network, count, deployment->settings.steps);
        for (uint32_t output = 0; output < network->outputs && spikes != NULL; output++) {
            spikes[(size_t) i * network->outputs + output] = count[output];
        }
    }
    free(rates);
    free(numbers);
    free(counts);
    return status;
}

static enum status answer(memspike_deployment *deployment, const struct questions *questions,
                          int32_t *answers, uint16_t *spikes, struct error *error)
{
    const uint32_t outputs = network_of(deployment)->outputs;
    if (spikes != NULL) {
        memset(spikes, 0, (size_t) questions->count * outputs * sizeof *spikes);
    }
    enum status status = STATUS_OK;
    if (deployment->kind == NETWORK_ANN) {
        answer_in_software(deployment, questions, answers);
    } else {
        status = answer_on_hardware(deployment, questions, answers, spikes, error);
    }
    for (uint32_t i = 0; i < questions->count && questions->left_out != NULL && status == STATUS_OK; i++) {
        if (questions->left_out[i]) {
            answers[i] = -1;
            if (spikes != NULL) {
                memset(spikes + (size_t) i * outputs, 0, outputs * sizeof *spikes);
            }
        }
    }
    return status;
}

memspike_status memspike_predict(memspike_deployment *deployment, const float *values, uint32_t count,
                                 int32_t *answers, uint16_t *spikes, const memspike_listener *listener,
                                 memspike_error *error)
{
    const uint32_t features = deployment->shared->features;
    const uint32_t inputs = network_of(deployment)->embedding_size;
    if (features == 0) {
        return (memspike_status) error_set(error_of(error), STATUS_INVALID,
                                           "a network of texts was given features; expected texts");
    }
    float *x = allocate((size_t) count * inputs, sizeof *x);
    uint16_t *rates = allocate((size_t) count * inputs, sizeof *rates);
    struct listening listening;
    listening_begin(&listening, listener);
    enum status status = rates_from_samples(values, count, features, inputs, rates, error_of(error));
    for (size_t i = 0; i < (size_t) count * inputs && status == STATUS_OK; i++) {
        x[i] = i % inputs < features ? values[i / inputs * features + i % inputs] : 1.0F;
    }
    const struct questions questions = {x, count, NULL};
    if (status == STATUS_OK) {
        status = answer(deployment, &questions, answers, spikes, error_of(error));
    }
    free(x);
    free(rates);
    return listening_end(&listening, status, error);
}

/* The mean vector of a text; false for one without a word of the vocabulary. */
static bool read_text(const memspike_deployment *deployment, const char *text, float *x)
{
    struct tokenizer tokenizer = {0};
    struct id_list ids = {0};
    text_to_ids(deployment->words, &tokenizer, text, strlen(text), &ids);
    bool known = false;
    for (size_t i = 0; i < ids.length && !known; i++) {
        known = ids.ids[i] != WORD_UNKNOWN;
    }
    network_mean(network_of(deployment), ids.ids, (uint32_t) ids.length, x);
    free(ids.ids);
    tokenizer_free(&tokenizer);
    return known;
}

memspike_status memspike_classify(memspike_deployment *deployment, const char *const *texts, uint32_t count,
                                  int32_t *answers, uint16_t *spikes, const memspike_listener *listener,
                                  memspike_error *error)
{
    if (deployment->words == NULL) {
        return (memspike_status) error_set(error_of(error), STATUS_INVALID,
                                           "a network of features was given texts; expected features");
    }
    const uint32_t inputs = network_of(deployment)->embedding_size;
    float *x = allocate((size_t) count * inputs, sizeof *x);
    bool *left_out = allocate(count, sizeof *left_out);
    for (uint32_t i = 0; i < count; i++) {
        left_out[i] = !read_text(deployment, texts[i], x + (size_t) i * inputs);
    }
    const struct questions questions = {x, count, left_out};
    struct listening listening;
    listening_begin(&listening, listener);
    const enum status status = answer(deployment, &questions, answers, spikes, error_of(error));
    free(x);
    free(left_out);
    return listening_end(&listening, status, error);
}

/* Where the reviews of a test are listed. */
struct listing {
    memspike_tested *next;
    uint32_t outputs;
};

static void list_tested(void *context, const struct tested_sample *tested)
{
    struct listing *listing = context;
    *listing->next = (memspike_tested) {
        .number = tested->number, .seed = tested->seed, .label = tested->label, .answer = tested->answer};
    for (uint32_t output = 0; output < listing->outputs && tested->spikes != NULL; output++) {
        listing->next->spikes[output] = tested->spikes[output];
    }
    listing->next++;
}

memspike_status memspike_test(memspike_deployment *deployment, const memspike_corpus *corpus, uint32_t limit,
                              memspike_result *result, memspike_tested *tested_reviews,
                              const memspike_listener *listener, memspike_error *error)
{
    const struct model *model = deployment->shared->model;
    enum status status = model_check_corpus(model, corpus->corpus, error_of(error));
    if (status == STATUS_OK && limit > corpus->corpus->test_count) {
        status = error_set(error_of(error), STATUS_INVALID,
                           "limit %u: the corpus has %u test reviews; expected 0 to %u", limit,
                           corpus->corpus->test_count, corpus->corpus->test_count);
    }
    if (status != STATUS_OK) {
        return (memspike_status) status;
    }
    struct test_set set = test_set_spread(corpus->corpus, limit);
    const struct deployment software = {&model->training, &deployment->settings, deployment->device};
    struct test_result tested = {.kind = deployment->kind};
    struct listing listing = {tested_reviews, model->training.best.outputs};
    const struct test_observer observer = {list_tested, &listing};
    const struct test_observer *onlooker = tested_reviews != NULL ? &observer : NULL;
    struct listening listening;
    listening_begin(&listening, listener);
    status = deployment->kind == NETWORK_ANN
                 ? run_test(&software, NETWORK_ANN, &set, onlooker, &tested, error_of(error))
                 : machine_test(&deployment->machine, &model->training.best, &set, deployment->settings.steps,
                                onlooker, &tested, error_of(error));
    test_set_clear(&set);
    if (status == STATUS_OK) {
        *result = (memspike_result) {
            .accuracy = confusion_accuracy(&tested.confusion),
            .reviews = confusion_total(&tested.confusion),
            .firing_rate_mean = tested.firing_rate_mean,
            .sample_clocks = tested.sample_clocks,
            .transfer_clocks = tested.transfer_clocks,
        };
        memcpy(result->confusion, tested.confusion.counts, sizeof result->confusion);
    }
    return listening_end(&listening, status, error);
}
