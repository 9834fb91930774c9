// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"
#include "cli/commands.h"
#include "model/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* How often each event on the platform's interfaces was seen. */
static void print_coverage(const struct engine_statistics *statistics)
{
    int seen = 0;
    for (int event = 0; event < INTERFACE_EVENTS; event++) {
        seen += statistics->interface_events[event] > 0;
    }
    (void) printf("coverage           %d of %d interface events\n", seen, INTERFACE_EVENTS);
    for (int event = 0; event < INTERFACE_EVENTS; event++) {
        (void) printf("  %-22s %llu\n", interface_event_names[event],
                      (unsigned long long) statistics->interface_events[event]);
    }
}

/* How the answers lie about the stars. */
static void print_stars(const struct confusion *confusion)
{
    (void) printf("answers by stars  ");
    for (uint32_t answer = 0; answer < RATING_CLASSES; answer++) {
        (void) printf("%6u", stars_of_class(answer));
    }
    for (uint32_t label = 0; label < RATING_CLASSES; label++) {
        (void) printf("\n  %2u stars         ", stars_of_class(label));
        for (uint32_t answer = 0; answer < RATING_CLASSES; answer++) {
            (void) printf("%6u", confusion->counts[label][answer]);
        }
    }
    (void) printf("\nright side         %.2f %% (1 to 4 stars against 7 to 10)\n",
                  100 * rating_sentiment_accuracy(confusion));
}

/* A board has a serial line and a digital array, so a chip's cost does not apply. */
static bool has_cost(const struct test_result *result, const struct settings *settings)
{
    return result->kind != NETWORK_ANN && settings->engine != ENGINE_EMULATOR &&
           settings->engine != ENGINE_UART;
}

static void print_cost(const struct test_result *result, const struct options *options,
                       const struct costs *costs)
{
    const struct cost review = cost_of_sample(costs, &options->settings, result);
    print_review_cost("cost of a review", &review);
    if (result->kind == NETWORK_MEMRISTOR && result->write.placement == PLACED_BY_WRITING) {
        const struct cost writing = cost_of_writing(costs, &options->settings, &result->statistics);
        print_writing_cost("cost of writing", &writing);
    }
}

static void print_result(const struct test_result *result, enum learning_task task,
                         const struct corpus *corpus, const struct options *options)
{
    static const char *const names[] = {"ANN in software", "SNN, ideal weights", "SNN with memristors"};
    const struct confusion *confusion = &result->confusion;
    const struct engine_statistics *statistics = &result->statistics;
    const struct settings *settings = &options->settings;
    (void) printf("network            %s%s\n", names[result->kind], corpus_note(corpus->kind));
    if (result->kind != NETWORK_ANN) {
        (void) printf("hardware           %s, engine %s, T = %u, read noise %g %%\n",
                      settings->hardware->name, engine_kind_names[settings->engine], settings->steps,
                      100 * settings->read_noise);
    }
    (void) printf("accuracy           %.2f %% of %u reviews\n", 100 * confusion_accuracy(confusion),
                  confusion_total(confusion));
    if (task == TASK_SENTIMENT) {
        (void) printf("positive reviews   %6u right  %6u wrong\n", confusion->counts[1][1],
                      confusion->counts[1][0]);
        (void) printf("negative reviews   %6u right  %6u wrong\n", confusion->counts[0][0],
                      confusion->counts[0][1]);
    } else {
        print_stars(confusion);
    }
    if (result->kind != NETWORK_ANN) {
        (void) printf("clocks             %llu in reviews, %llu in transfers\n",
                      (unsigned long long) statistics->sample_clocks,
                      (unsigned long long) statistics->transfer_clocks);
        (void) printf("mean firing rate   %.4f%s\n", result->firing_rate_mean,
                      settings->early_decision ? ", without the spikes after early decisions" : "");
        (void) printf("wall time          %.2f s, %.2f million clocks per second\n", result->seconds,
                      (double) result->clocks / result->seconds * 1e-6);
    }
    if (settings->check && result->kind != NETWORK_ANN) {
        (void) printf("lock-step          %llu phases and %llu controller transitions compared, all equal\n",
                      (unsigned long long) statistics->compared_steps,
                      (unsigned long long) statistics->compared_transitions);
    }
    if (settings->check && settings->engine == ENGINE_SYSTEMC && result->kind != NETWORK_ANN) {
        print_coverage(statistics);
    }
    if (result->kind == NETWORK_MEMRISTOR && result->write.placement == PLACED_BY_TRAINING) {
        (void) printf("weights            in the memristors as training left them\n");
    } else if (result->kind == NETWORK_MEMRISTOR) {
        (void) printf(
            "programming        %llu pulses, %llu us, %.3g J, %llu clocks; R tolerance %g %%, maxN %u\n",
            (unsigned long long) statistics->pulses, (unsigned long long) statistics->programming_us,
            statistics->energy_j, (unsigned long long) statistics->write_clocks, 100 * settings->tolerance,
            settings->max_pulses);
        (void) printf("devices            %llu converged, %llu stalled, %llu exhausted\n",
                      (unsigned long long) statistics->converged, (unsigned long long) statistics->stalled,
                      (unsigned long long) statistics->exhausted);
    }
    if (result->kind == NETWORK_MEMRISTOR) {
        (void) printf("weight error       %.4f standard deviation, %.4f mean, %.4f at most\n",
                      result->write.weight_error_std, result->write.weight_error_mean,
                      result->write.weight_error_max);
    }
}

static void add_confusion(json_t *json, enum learning_task task, const struct confusion *confusion)
{
    if (task == TASK_SENTIMENT) {
        json_t *counts =
            json_pack("{s:i, s:i, s:i, s:i}", "true_positive", (int) confusion->counts[1][1], "true_negative",
                      (int) confusion->counts[0][0], "false_positive", (int) confusion->counts[0][1],
                      "false_negative", (int) confusion->counts[1][0]);
        (void) json_object_update_missing(json, counts);
        json_decref(counts);
        return;
    }
    json_t *matrix = json_array();
    for (uint32_t label = 0; label < RATING_CLASSES; label++) {
        json_t *answers = json_array();
        for (uint32_t answer = 0; answer < RATING_CLASSES; answer++) {
            (void) json_array_append_new(answers, json_integer(confusion->counts[label][answer]));
        }
        (void) json_array_append_new(
            matrix, json_pack("{s:i, s:o}", "stars", (int) stars_of_class(label), "answers", answers));
    }
    (void) json_object_set_new(json, "ratings", matrix);
    (void) json_object_set_new(json, "sentiment_accuracy", json_real(rating_sentiment_accuracy(confusion)));
}

static json_t *result_json(const struct test_result *result, enum learning_task task,
                           const struct costs *costs, const struct corpus *corpus,
                           const struct options *options)
{
    const struct confusion *confusion = &result->confusion;
    const struct engine_statistics *statistics = &result->statistics;
    const struct settings *settings = &options->settings;
    json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:f, s:i, s:f}", "corpus", corpus->kind, "task",
                             task_names[task], "network", network_kind_names[result->kind], "seed",
                             (json_int_t) settings->seed, "accuracy", confusion_accuracy(confusion),
                             "reviews", (int) confusion_total(confusion), "seconds", result->seconds);
    add_confusion(json, task, confusion);
    if (result->kind != NETWORK_ANN) {
        json_t *hardware =
            json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:I, s:I, s:f}", "weights",
                      placement_names[result->write.placement], "array", settings->hardware->name, "engine",
                      engine_kind_names[settings->engine], "steps", (int) settings->steps, "read_noise",
                      settings->read_noise, "firing_rate_mean", result->firing_rate_mean, "clocks",
                      (json_int_t) statistics->sample_clocks, "transfer_clocks",
                      (json_int_t) statistics->transfer_clocks, "clocks_per_second",
                      (double) result->clocks / result->seconds);
        (void) json_object_update_missing(json, hardware);
        (void) json_object_set_new(json, "configuration", settings_json(settings));
        if (has_cost(result, settings)) {
            const struct cost review = cost_of_sample(costs, settings, result);
            (void) json_object_set_new(json, "review_cost", cost_json(&review));
        }
        json_decref(hardware);
    }
    if (result->kind == NETWORK_MEMRISTOR) {
        json_t *write = json_pack(
            "{s:f, s:i, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "tolerance", settings->tolerance,
            "max_pulses", (int) settings->max_pulses, "pulses", (json_int_t) statistics->pulses,
            "programming_us", (json_int_t) statistics->programming_us, "energy_j", statistics->energy_j,
            "write_clocks", (json_int_t) statistics->write_clocks, "converged",
            (json_int_t) statistics->converged, "stalled", (json_int_t) statistics->stalled, "exhausted",
            (json_int_t) statistics->exhausted, "weight_error_std", result->write.weight_error_std,
            "weight_error_mean", result->write.weight_error_mean, "weight_error_max",
            result->write.weight_error_max);
        (void) json_object_update_missing(json, write);
        if (result->write.placement == PLACED_BY_WRITING && has_cost(result, settings)) {
            const struct cost writing = cost_of_writing(costs, settings, statistics);
            (void) json_object_set_new(json, "writing_cost", cost_json(&writing));
        }
        json_decref(write);
    }
    return json;
}

/* Where the predictions are listed. */
struct list {
    FILE *stream;
    const struct hardware *hardware;
    enum learning_task task;
    bool rates;
};

static void list_names(const struct list *list)
{
    (void) fprintf(list->stream, "review,seed,label,answer");
    for (uint32_t output = 0; output < list->hardware->outputs; output++) {
        (void) fprintf(list->stream, ",spikes_%u", output);
    }
    for (uint32_t input = 0; list->rates && input < list->hardware->inputs; input++) {
        (void) fprintf(list->stream, ",rate_%u", input);
    }
    (void) fputc('\n', list->stream);
}

static uint32_t name_of_class(enum learning_task task, uint32_t class_number)
{
    return task == TASK_RATING ? stars_of_class(class_number) : class_number;
}

static void list_review(void *context, const struct tested_sample *tested)
{
    const struct list *list = context;
    (void) fprintf(list->stream, "%u,%u,%u,%u", tested->number, tested->seed,
                   name_of_class(list->task, tested->label), name_of_class(list->task, tested->answer));
    for (uint32_t output = 0; output < list->hardware->outputs; output++) {
        (void) fprintf(list->stream, ",%u", tested->spikes[output]);
    }
    for (uint32_t input = 0; list->rates && input < list->hardware->inputs; input++) {
        (void) fprintf(list->stream, ",%u", tested->rates[input]);
    }
    (void) fputc('\n', list->stream);
}

static enum status open_predictions(const struct options *options, struct output_file **file,
                                    struct error *error)
{
    if (options->predictions == NULL) {
        return STATUS_OK;
    }
    if (options->network == NETWORK_ANN) {
        return error_set(error, STATUS_INVALID,
                         "--predictions: expected --network snn or memristor, which count spikes");
    }
    return output_file_open(options->predictions, file, error);
}

static enum status test_model(const struct model *model, const struct corpus *corpus,
                              const struct device *device, const struct options *options,
                              struct output_file *predictions, struct test_result *result,
                              struct error *error)
{
    const struct deployment deployment = {&model->training, &options->settings, device};
    struct test_set set = test_set_spread(corpus, options->limit);
    struct list list = {
        .hardware = options->settings.hardware, .task = model->training.best.task, .rates = options->rates};
    const struct test_observer observer = {list_review, &list};
    if (predictions != NULL) {
        list.stream = output_file_stream(predictions);
        list_names(&list);
    }
    enum status status =
        run_test(&deployment, options->network, &set, predictions != NULL ? &observer : NULL, result, error);
    test_set_clear(&set);
    return status;
}

static enum status run(struct options *options, struct error *error)
{
    struct model *model = NULL;
    struct corpus *corpus = NULL;
    struct device *device = NULL;
    struct output_file *json_file = NULL;
    struct output_file *predictions = NULL;
    enum status status = options_expect(options, 1, "a model, for example model.msm", error);
    if (status == STATUS_OK) {
        status = open_model(options, &model, error);
    }
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    if (status == STATUS_OK) {
        status = open_predictions(options, &predictions, error);
    }
    if (status == STATUS_OK) {
        status = open_device_for(options, model, &device, error);
    }
    if (status == STATUS_OK) {
        status = open_corpus(options, &corpus, error);
    }
    if (status == STATUS_OK) {
        status = model_check_corpus(model, corpus, error);
    }
    if (status == STATUS_OK && options->limit > corpus->test_count) {
        status =
            error_set(error, STATUS_INVALID, "--limit %u: the corpus has %u test reviews; expected 1 to %u",
                      options->limit, corpus->test_count, corpus->test_count);
    }
    if (status == STATUS_OK) {
        struct test_result result;
        status = test_model(model, corpus, device, options, predictions, &result, error);
        struct costs costs;
        if (status == STATUS_OK) {
            status = open_costs(options, device, &costs, error);
        }
        if (status == STATUS_OK && print_table(options)) {
            print_result(&result, model->training.best.task, corpus, options);
            if (has_cost(&result, &options->settings)) {
                print_cost(&result, options, &costs);
            }
        }
        if (status == STATUS_OK) {
            status =
                write_json(options, result_json(&result, model->training.best.task, &costs, corpus, options),
                           json_file, error);
            json_file = NULL;
        }
    }
    if (status == STATUS_OK && predictions != NULL) {
        status = output_file_commit(predictions, error);
        predictions = NULL;
    }
    output_file_discard(predictions);
    output_file_discard(json_file);
    device_free(device);
    corpus_free(corpus);
    model_free(model);
    return status;
}

static const enum option_id options_taken[] = {OPTION_DATA,
                                               OPTION_VECTORS,
                                               OPTION_CORPUS,
                                               OPTION_NETWORK,
                                               OPTION_ENGINE,
                                               OPTION_PORT,
                                               OPTION_TIMEOUT,
                                               OPTION_CHECK,
                                               OPTION_ARRAY,
                                               OPTION_DEVICE,
                                               OPTION_PRESET,
                                               OPTION_STEPS,
                                               OPTION_THRESHOLD,
                                               OPTION_ENCODER,
                                               OPTION_TOLERANCE,
                                               OPTION_MAX_PULSES,
                                               OPTION_READ_NOISE,
                                               OPTION_VERIFY_READS,
                                               OPTION_TOLERANCE_MARGIN,
                                               OPTION_GUARD_BAND,
                                               OPTION_NOISE_CORRECTION,
                                               OPTION_ADC_BITS,
                                               OPTION_ADC_FULL_SCALE,
                                               OPTION_LIMIT,
                                               OPTION_PREDICTIONS,
                                               OPTION_RATES,
                                               OPTION_SEED,
                                               OPTION_THREADS,
                                               OPTION_JSON,
                                               OPTION_END};

const struct command command_test = {
    .name = "test",
    .summary = "classify the test reviews on the hardware",
    .usage = "model.msm [--network ann|snn|memristor] [options]",
    .text =
        "Puts the trained weights on the hardware and classifies the 25,000 test reviews. The default, "
        "`memristor`, writes\n"
        "the weights into the crossbar with the hardware's own predict-write-verify controller first; "
        "`snn` places\n"
        "them ideally; `ann` runs the software network instead.\n\n"
        "--predictions lists each review in a CSV file: its number among the test reviews, the encoder's "
        "seed for it,\n"
        "label and answer (0 negative, 1 positive, or the stars), and the spikes of every output of the "
        "array, after\n"
        "an early decision those until then; --rates adds what the inputs were given, in units of "
        "2^-16.\n\n"
        "examples:\n"
        "  memspike test model.msm --corpus corpus.msc\n"
        "  memspike test model.msm --corpus corpus.msc --network snn\n"
        "  memspike test model.msm --corpus corpus.msc --array 10x10 --limit 500\n"
        "  memspike test model.msm --corpus corpus.msc --read-noise 0.1 --json noise10.json\n"
        "  memspike test model.msm --corpus corpus.msc --engine model   the C reference models: the same "
        "numbers, faster\n"
        "  memspike test model.msm --corpus corpus.msc --predictions reviews.csv --rates\n"
        "  memspike test model.msm --corpus corpus.msc --engine uart --port /dev/ttyUSB1 --limit 100   on an "
        "FPGA board\n"
        "  memspike test model.msm --corpus corpus.msc --check --limit 500   RTL and reference models, "
        "compared at "
        "every step",
    .options = options_taken,
    .run = run,
};
