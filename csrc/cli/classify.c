// SPDX-License-Identifier: Apache-2.0
#include "base/byte_order_mark.h"
#include "base/output_file.h"
#include "cli/commands.h"
#include "model/base/memory.h"
#include "model/reference/spike_encoder.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_SHOWN = 6, MAX_TEXT = 1 << 24 };

/* What a word adds to y's distance from the decision boundary (of a rating: to how far the answer's output
 * lies above the mean of all): its occurrences' share of the mean vector, weighted. All words together make
 * the whole distance. */
struct push {
    uint32_t id;
    uint32_t count;
    double amount;
};

static int by_amount(const void *a, const void *b)
{
    const struct push *x = a;
    const struct push *y = b;
    if (x->amount != y->amount) {
        return x->amount < y->amount ? 1 : -1;
    }
    return x->id < y->id ? -1 : x->id > y->id;
}

static int by_id(const void *a, const void *b)
{
    const struct push *x = a;
    const struct push *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* How far the answer's output lies above the boundary, or above the mean of all outputs. */
static double distance(const struct network *network, double boundary, uint32_t answer, const float *x)
{
    if (network->task == TASK_SENTIMENT) {
        return network_output(network, x, 0) - boundary;
    }
    double y[MAX_CLASSES];
    double mean = 0;
    network_outputs(network, x, y);
    for (uint32_t output = 0; output < network->outputs; output++) {
        mean += y[output] / network->outputs;
    }
    return y[answer] - mean;
}

static struct push *push_of_words(const struct network *network, double boundary, uint32_t answer,
                                  const struct id_list *ids, uint32_t *count)
{
    struct push *pushes = allocate(ids->length, sizeof *pushes);
    for (size_t i = 0; i < ids->length; i++) {
        pushes[i].id = ids->ids[i];
        pushes[i].count = 1;
    }
    qsort(pushes, ids->length, sizeof *pushes, by_id);
    uint32_t used = 0;
    for (size_t i = 0; i < ids->length; i++) {
        if (used > 0 && pushes[used - 1].id == pushes[i].id) {
            pushes[used - 1].count++;
        } else {
            pushes[used++] = pushes[i];
        }
    }
    for (uint32_t i = 0; i < used; i++) {
        const float *vector = network->embedding + (size_t) pushes[i].id * network->embedding_size;
        pushes[i].amount =
            distance(network, boundary, answer, vector) * pushes[i].count / (double) ids->length;
    }
    qsort(pushes, used, sizeof *pushes, by_amount);
    *count = used;
    return pushes;
}

/* The text: the arguments joined by spaces, or standard input for none or "-". */
static enum status read_text(const struct options *options, char **text, size_t *length, struct error *error)
{
    bool standard_input = options->argument_count == 1 ||
                          (options->argument_count == 2 && strcmp(options->arguments[1], "-") == 0);
    size_t capacity = 1;
    if (!standard_input) {
        for (int i = 1; i < options->argument_count; i++) {
            capacity += strlen(options->arguments[i]) + 1;
        }
        *text = allocate(capacity, 1);
        char *end = *text;
        for (int i = 1; i < options->argument_count; i++) {
            size_t size = strlen(options->arguments[i]);
            memcpy(end, options->arguments[i], size);
            end += size;
            *end++ = ' ';
        }
        *length = (size_t) (end - *text);
        return STATUS_OK;
    }
    *text = allocate(MAX_TEXT + 1, 1);
    *length = fread(*text, 1, MAX_TEXT + 1, stdin);
    if (ferror(stdin) != 0) {
        return error_set_errno(error, STATUS_INVALID, "standard input: cannot be read");
    }
    if (is_utf16(*text, *length)) {
        return error_set(error, STATUS_INVALID, "standard input: is UTF-16; expected UTF-8");
    }
    if (*length > MAX_TEXT) {
        return error_set(error, STATUS_INVALID, "standard input: longer than %d bytes; expected one review",
                         MAX_TEXT);
    }
    return STATUS_OK;
}

/* What the hardware says of a review. */
struct firing {
    double rates[MAX_CLASSES]; /* by output */
    uint32_t answer;           /* the class */
};

static enum status fire(const struct options *options, const struct model *model, const struct device *device,
                        const struct id_list *ids, struct firing *firing, struct error *error)
{
    const struct network *network = &model->training.best;
    struct machine machine;
    struct write_report report;
    enum network_kind kind = options->network == NETWORK_SNN ? NETWORK_SNN : NETWORK_MEMRISTOR;
    /* The firing rate is shown, which takes all steps. */
    struct settings settings = options->settings;
    settings.early_decision = false;
    const struct deployment deployment = {&model->training, &settings, device};
    enum status status = machine_open(&machine, &deployment, kind, &report, error);
    if (status == STATUS_OK) {
        const struct hardware *hardware = options->settings.hardware;
        float *x = allocate(hardware->inputs, sizeof *x);
        uint16_t *rates = allocate(hardware->inputs, sizeof *rates);
        uint16_t *counts = allocate(hardware->outputs, sizeof *counts);
        uint32_t number = 0;
        network_mean(network, ids->ids, (uint32_t) ids->length, x);
        for (uint32_t e = 0; e < hardware->inputs; e++) {
            rates[e] = rate_from_value(x[e]);
        }
        status = engine_infer(machine.engine, rates, &number, 1, counts, NULL, error);
        for (uint32_t output = 0; output < network->outputs; output++) {
            firing->rates[output] = (double) counts[output] / options->settings.steps;
        }
        firing->answer = answer_of_counts(network, counts, options->settings.steps);
        free(x);
        free(rates);
        free(counts);
    }
    machine_close(&machine);
    return status;
}

/* A word of a review may hold control characters, which a terminal would obey. */
static void print_word(const char *word)
{
    const unsigned char *at = (const unsigned char *) word;
    for (; *at != '\0'; at++) {
        bool second_set = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0; /* U+0080 to U+009F */
        if (*at < 0x20 || *at == 0x7f || second_set) {
            (void) putchar('?');
            at += second_set;
        } else {
            (void) putchar(*at);
        }
    }
}

static void print_pushes(const char *direction, const struct model *model, const struct push *pushes,
                         uint32_t count, bool towards_positive)
{
    (void) printf("%s", direction);
    uint32_t shown = 0;
    for (uint32_t i = 0; i < count && shown < WORDS_SHOWN; i++) {
        const struct push *push = &pushes[towards_positive ? i : count - 1 - i];
        if (towards_positive ? push->amount <= 0 : push->amount >= 0) {
            break;
        }
        (void) fputs(shown > 0 ? ", " : " ", stdout);
        print_word(model->words[push->id]);
        (void) printf(" %+.3f", push->amount);
        shown++;
    }
    (void) printf("%s\n", shown == 0 ? " nothing" : "");
}

static json_t *result_json(const struct model *model, const struct options *options,
                           const struct firing *firing, double output, const struct push *pushes,
                           uint32_t count)
{
    json_t *words = json_array();
    for (uint32_t i = 0; i < count; i++) {
        (void) json_array_append_new(words,
                                     json_pack("{s:s, s:i, s:f}", "word", model->words[pushes[i].id], "count",
                                               (int) pushes[i].count, "push", pushes[i].amount));
    }
    if (model->training.best.task == TASK_RATING) {
        json_t *rates = json_array();
        for (uint32_t i = 0; i < RATING_CLASSES; i++) {
            (void) json_array_append_new(rates, json_pack("{s:i, s:f}", "stars", (int) stars_of_class(i),
                                                          "firing_rate", firing->rates[i]));
        }
        return json_pack("{s:s, s:I, s:i, s:o, s:o}", "corpus", model->corpus_kind, "seed",
                         (json_int_t) options->settings.seed, "stars", (int) stars_of_class(firing->answer),
                         "firing_rates", rates, "words", words);
    }
    return json_pack("{s:s, s:I, s:s, s:f, s:f, s:o}", "corpus", model->corpus_kind, "seed",
                     (json_int_t) options->settings.seed, "sentiment",
                     firing->answer != 0 ? "positive" : "negative", "firing_rate", firing->rates[0],
                     "probability", software_probability(&model->training, &options->settings, output),
                     "words", words);
}

static void print_answer(const struct options *options, const struct model *model,
                         const struct firing *firing, double output)
{
    if (model->training.best.task == TASK_RATING) {
        (void) printf("%u of 10 stars%s\nfiring rates      ", stars_of_class(firing->answer),
                      corpus_note(model->corpus_kind));
        for (uint32_t i = 0; i < RATING_CLASSES; i++) {
            (void) printf(" %u: %.3f%s", stars_of_class(i), firing->rates[i],
                          i + 1 < RATING_CLASSES ? "," : " (the most spikes win)\n");
        }
        return;
    }
    (void) printf("%s%s\n", firing->answer != 0 ? "positive" : "negative", corpus_note(model->corpus_kind));
    (void) printf("firing rate        %.3f (positive above 0.5); in software p(positive) = %.3f\n",
                  firing->rates[0], software_probability(&model->training, &options->settings, output));
}

/* Without a known word the network has no input: every such text would get the same answer. */
static enum status no_answer(const struct options *options, const struct model *model,
                             struct output_file *json_file, struct error *error)
{
    if (print_table(options)) {
        (void) printf("no answer%s\n", corpus_note(model->corpus_kind));
        (void) printf("words              none that is in the vocabulary\n");
    }
    json_t *json = model->training.best.task == TASK_RATING
                       ? json_pack("{s:s, s:I, s:n, s:n, s:[]}", "corpus", model->corpus_kind, "seed",
                                   (json_int_t) options->settings.seed, "stars", "firing_rates", "words")
                       : json_pack("{s:s, s:I, s:n, s:n, s:n, s:[]}", "corpus", model->corpus_kind, "seed",
                                   (json_int_t) options->settings.seed, "sentiment", "firing_rate",
                                   "probability", "words");
    return write_json(options, json, json_file, error);
}

static enum status classify(const struct options *options, const struct model *model,
                            const struct device *device, const char *text, size_t length,
                            struct output_file **json_file, struct error *error)
{
    struct word_index *index = word_index_new(model->words, model->vocabulary_size);
    struct tokenizer tokenizer = {0};
    struct id_list ids = {0};
    text_to_ids(index, &tokenizer, text, length, &ids);
    uint32_t unknown = 0;
    for (size_t i = 0; i < ids.length; i++) {
        unknown += ids.ids[i] == WORD_UNKNOWN;
    }
    struct firing firing = {0};
    const bool known = unknown < ids.length;
    enum status status = known ? fire(options, model, device, &ids, &firing, error)
                               : no_answer(options, model, *json_file, error);
    if (!known) {
        *json_file = NULL;
    } else if (status == STATUS_OK) {
        const double boundary = software_boundary(&model->training, &options->settings);
        uint32_t count;
        struct push *pushes = push_of_words(&model->training.best, boundary, firing.answer, &ids, &count);
        double output = boundary;
        for (uint32_t i = 0; i < count; i++) {
            output += pushes[i].amount;
        }
        if (print_table(options)) {
            print_answer(options, model, &firing, output);
            const bool rating = model->training.best.task == TASK_RATING;
            print_pushes(rating ? "towards it        " : "towards positive  ", model, pushes, count, true);
            print_pushes(rating ? "away from it      " : "towards negative  ", model, pushes, count, false);
            (void) printf("words              %zu, of which %u not in the vocabulary\n", ids.length, unknown);
        }
        status = write_json(options, result_json(model, options, &firing, output, pushes, count), *json_file,
                            error);
        *json_file = NULL;
        free(pushes);
    }
    free(ids.ids);
    tokenizer_free(&tokenizer);
    word_index_free(index);
    return status;
}

static enum status run(struct options *options, struct error *error)
{
    if (options->argument_count < 1) {
        return error_set(error, STATUS_INVALID, "no model named; expected model.msm \"a review\"");
    }
    if (options->network == NETWORK_ANN) {
        return error_set(error, STATUS_INVALID,
                         "--network ann: expected snn or memristor; the answer of the software "
                         "network stands beside theirs anyway");
    }
    struct model *model = NULL;
    struct device *device = NULL;
    struct output_file *json_file = NULL;
    char *text = NULL;
    size_t length = 0;
    enum status status = open_model(options, &model, error);
    if (status == STATUS_OK) {
        status = open_device_for(options, model, &device, error);
    }
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    if (status == STATUS_OK) {
        status = read_text(options, &text, &length, error);
    }
    if (status == STATUS_OK) {
        status = classify(options, model, device, text, length, &json_file, error);
    }
    free(text);
    output_file_discard(json_file);
    device_free(device);
    model_free(model);
    return status;
}

static const enum option_id options_taken[] = {OPTION_NETWORK,
                                               OPTION_ENGINE,
                                               OPTION_PORT,
                                               OPTION_TIMEOUT,
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
                                               OPTION_SEED,
                                               OPTION_JSON,
                                               OPTION_END};

const struct command command_classify = {
    .name = "classify",
    .summary = "tell the sentiment of a review, and which words tipped it",
    .usage = "model.msm \"a review\" [options]",
    .text = "Writes the model into the crossbar, runs the review on the hardware, and shows the sentiment, "
            "the output\n"
            "neuron's firing rate, and the words that pushed it most, in units of the network's output (all "
            "words\n"
            "together make its distance from the decision boundary). Without a text, or with \"-\", it reads "
            "standard input.\n"
            "To a text without a word of the vocabulary there is no answer: in JSON, null.\n\n"
            "examples:\n"
            "  memspike classify model.msm \"A wonderful little production.\"\n"
            "  memspike classify model.msm --read-noise 0.1 < review.txt\n"
            "  memspike classify model.msm --json - \"Dull, predictable and far too long.\"",
    .options = options_taken,
    .run = run,
};
