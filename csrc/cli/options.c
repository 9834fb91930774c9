// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include "base/progress.h"
#include "base/shipped.h"
#include "model/base/memory.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The options that are no settings; `offset` counts in struct options. Of an option that is a setting there
 * is only where it goes to: all else is its row's in settings_table. */
#define ROW(kind_, name_, member, placeholder_, help_)                                                       \
    .name = (name_), .kind = SETTING_##kind_, .offset = offsetof(struct options, member),                    \
    .placeholder = (placeholder_), .help = (help_)
#define FLAG(name, member, help) ROW(SWITCH, name, member, NULL, help)
#define SETTING(member) {.offset = offsetof(struct options, settings.member)}
static const struct setting rows[OPTION_COUNT] = {
    [OPTION_DATA] = {ROW(TEXT, "data", data, "DIR",
                         "reviews: a folder with aclImdb/ or its archive [$MEMSPIKE_DATA, data/imdb, demo]")},
    [OPTION_VECTORS] = {ROW(
        TEXT, "vectors", vectors, "FILE",
        "word vectors in GloVe's text format, as text, .gz, .xz, .zst or .zip; \"none\" for "
        "none [found in DIR]")},
    [OPTION_BIGRAMS] = {FLAG("bigrams", bigrams, "pairs of words are words, too")},
    [OPTION_CORPUS] = {ROW(TEXT, "corpus", corpus, "FILE",
                           "a corpus made by `memspike prepare`, instead of --data")},
    [OPTION_OUTPUT] = {ROW(TEXT, "output", output, "FILE", "where to write the result (sweep: a folder)")},
    [OPTION_TASK] = {ROW(CHOICE, "task", settings.task, "TASK",
                         "sentiment, or rating: 1 to 4 and 7 to 10 stars [sentiment]"),
                     .names = task_names},
    [OPTION_APPROACH] = {ROW(WHOLE, "approach", approach, "N",
                             "1: train the ANN, to be converted; 2: train the SNN on the hardware [1]"),
                         .least = 1, .most = 2},
    [OPTION_EPOCHS] = SETTING(epochs),
    [OPTION_LEARNING_RATE] = SETTING(learning_rate),
    [OPTION_GAIN] = SETTING(gain),
    [OPTION_UPDATE] = SETTING(update_rule),
    [OPTION_RESUME] = {FLAG("resume", resume, "go on with the training in the output file, if it is there")},
    [OPTION_DEVICE] = {ROW(TEXT, "device", device, "NAME",
                           "device file, or its name in data/devices [paper]"),
                       .network = NETWORK_SNN},
    [OPTION_PRESET] = {ROW(TEXT, "preset", preset, "NAME",
                           "set of settings: a file, or its name in data/presets [paper]")},
    [OPTION_ARRAY] = {ROW(TEXT, "array", settings.hardware, "NAME",
                          "hardware build, rows x columns; see `memspike info` [100x1]")},
    [OPTION_ENGINE] = {ROW(CHOICE, "engine", settings.engine, "KIND",
                           "what runs the hardware; see `memspike info`"),
                       .names = engine_kind_names, .network = NETWORK_SNN},
    [OPTION_PORT] = {ROW(TEXT, "port", settings.port, "PORT",
                         "serial port of an FPGA board, for --engine uart"),
                     .network = NETWORK_SNN},
    [OPTION_TIMEOUT] = {ROW(NUMBER, "timeout", settings.timeout, "S",
                            "seconds to wait for a board's answer before asking again [0.5]"),
                        .least = 0.001, .most = 3600, .network = NETWORK_SNN},
    [OPTION_CHECK] = {FLAG("check", settings.check,
                           "run RTL and C reference models in lock-step and stop at the first difference"),
                      .network = NETWORK_SNN},
    [OPTION_NETWORK] = {ROW(CHOICE, "network", network, "KIND",
                            "ann (software), snn (ideal weights) or memristor [memristor]"),
                        .names = network_kind_names},
    [OPTION_STEPS] = SETTING(steps),
    /* Vth itself, where the setting is a fraction of E, which the array decides. */
    [OPTION_THRESHOLD] = {ROW(NUMBER, "threshold", threshold, "VTH", "membrane threshold Vth"),
                          .least = 1 - MEMBRANE_LIMIT, .most = MEMBRANE_LIMIT - 1},
    [OPTION_ENCODER] = SETTING(rate_coded),
    [OPTION_TOLERANCE] = SETTING(tolerance),
    [OPTION_MAX_PULSES] = SETTING(max_pulses),
    [OPTION_VERIFY_READS] = SETTING(verify_reads),
    [OPTION_TOLERANCE_MARGIN] = SETTING(tolerance_margin),
    [OPTION_GUARD_BAND] = SETTING(guard_band),
    [OPTION_READ_NOISE] = SETTING(read_noise),
    [OPTION_NOISE_CORRECTION] = SETTING(noise_correction),
    [OPTION_ADC_BITS] = SETTING(adc_bits),
    [OPTION_ADC_FULL_SCALE] = SETTING(adc_full_scale),
    [OPTION_LIMIT] =
        {ROW(WHOLE, "limit", limit, "N",
             "use only N of the M test reviews, spread evenly: i M / N for each i from 0 to N - 1"),
         .least = 1, .most = UINT32_MAX},
    [OPTION_PREDICTIONS] = {ROW(TEXT, "predictions", predictions, "FILE",
                                "list what each review came to in a CSV file")},
    [OPTION_RATES] = {FLAG("rates", rates, "and the rates that the hardware was given")},
    [OPTION_PULSES] = {ROW(TEXT, "pulses", pulses, "FILE", "list every pulse in a CSV file")},
    [OPTION_REVIEW] = {ROW(WHOLE, "review", review, "N", "number of the test review, from 0 [0]"),
                       .most = UINT32_MAX},
    [OPTION_PROGRAM] = {FLAG("program", program, "record how the devices are written instead of a review")},
    [OPTION_DEVICES] = {ROW(
        TEXT, "devices", devices, "LIST",
        "up to 16 devices, column x rows + row, as 3,7,20-29; --program writes only them")},
    [OPTION_WINDOW] = {ROW(TEXT, "window", window, "FROM:TO",
                           "record these clocks only, counted from the start")},
    [OPTION_EVENT] = {ROW(TEXT, "event", event, "WHAT[:N]",
                          "record around an event: write, converged, stalled, exhausted, spike, mismatch")},
    [OPTION_BEFORE] = {ROW(WHOLE, "before", before, "N", "clocks to record before the event [200]"),
                       .most = UINT32_MAX},
    [OPTION_AFTER] = {ROW(WHOLE, "after", after, "N", "clocks to record after the event [200]"),
                      .most = UINT32_MAX},
    [OPTION_OPEN] = {FLAG("open", open, "open the file in GTKWave, with the view that fits")},
    [OPTION_SEED] = {ROW(TEXT, "seed", settings.seed, "N", "seed of everything random [1, or the model's]")},
    [OPTION_SEEDS] = {ROW(WHOLE, "seeds", seeds, "N",
                          "how many seeds, counted up from --seed [1, or the experiment's]"),
                      .least = 1, .most = 10000},
    [OPTION_ROUNDS] = {ROW(WHOLE, "rounds", rounds, "N", "how often everything is measured [5]"), .least = 1,
                       .most = 1000},
    [OPTION_QUICK] = {FLAG("quick", quick, "one short round, small sizes: whether it runs, not how fast")},
    [OPTION_LIST] = {FLAG("list", list, "only print the points")},
    [OPTION_THREADS] = {ROW(WHOLE, "threads", settings.threads, "N",
                            "reviews (or points) side by side; results do not depend on it [all processors]"),
                        .least = 1, .most = 1024},
    [OPTION_JSON] = {ROW(TEXT, "json", json, "FILE",
                         "write the result as JSON too; \"-\" for standard output instead of the table")},
    [OPTION_QUIET] = {FLAG("quiet", quiet, "no progress and no remarks on standard error")},
    [OPTION_HELP] = {.name = "help", .help = "show this help"},
};

/* An option's row: its own, or its setting's. */
static const struct setting *row_of(enum option_id id)
{
    const struct setting *row = &rows[id];
    if (row->name == NULL) {
        row = settings_table;
        while (offsetof(struct options, settings) + row->offset != rows[id].offset) {
            row++;
            assert(row->name != NULL);
        }
    }
    return row;
}

/* 0: none */
static char letter_of(enum option_id id)
{
    return (char) (id == OPTION_OUTPUT ? 'o' : id == OPTION_QUIET ? 'q' : id == OPTION_HELP ? 'h' : '\0');
}

static bool takes(const struct command *command, enum option_id id)
{
    if (id == OPTION_HELP || id == OPTION_QUIET) {
        return true;
    }
    for (const enum option_id *taken = command->options; *taken != OPTION_END; taken++) {
        if (*taken == id) {
            return true;
        }
    }
    return false;
}

const char *option_name(enum option_id id)
{
    static char names[OPTION_COUNT][32];
    if (names[id][0] == '\0') {
        (void) snprintf(names[id], sizeof names[id], "%s", row_of(id)->name);
        for (char *at = names[id]; *at != '\0'; at++) {
            *at = (char) (*at == '_' ? '-' : *at);
        }
    }
    return names[id];
}

const char *option_of_setting(const struct setting *setting)
{
    for (enum option_id id = 1; id < OPTION_COUNT; id++) {
        if (row_of(id) == setting) {
            return option_name(id);
        }
    }
    return NULL;
}

void options_print_help(const struct command *command)
{
    (void) printf("usage: memspike %s %s\n\n%s\n\noptions:\n", command->name, command->usage, command->text);
    for (enum option_id id = 1; id < OPTION_COUNT; id++) {
        if (takes(command, id)) {
            const struct setting *row = row_of(id);
            const char letter = letter_of(id);
            char head[40], range[SETTING_WORDS];
            (void) snprintf(head, sizeof head, "%s%c%s--%s%s%s", letter != 0 ? "-" : "",
                            letter != 0 ? letter : ' ', letter != 0 ? ", " : "   ", option_name(id),
                            row->placeholder != NULL ? " " : "",
                            row->placeholder != NULL ? row->placeholder : "");
            (void) printf("  %-26s %s", head, row->help);
            if (row != &rows[id] && row->names == NULL) {
                (void) printf("; %s", setting_range(row, range));
            }
            if (id == OPTION_ENGINE) {
                (void) printf(" [%s]", engine_kind_names[command->engine]);
            }
            (void) printf("\n");
        }
    }
}

/* What the option's value may be; see options_print_row(). */
static void print_words(enum option_id id)
{
    if (id == OPTION_DEVICE || id == OPTION_PRESET) {
        (void) printf("%ss/", option_name(id));
    }
    const char *const *names = row_of(id)->names;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        (void) printf("%s%s", i > 0 ? " " : "", names[i]);
    }
    const struct hardware *list = hardware_list();
    for (size_t i = 0; id == OPTION_ARRAY && list[i].name != NULL; i++) {
        (void) printf("%s%s", i > 0 ? " " : "", list[i].name);
    }
}

void options_print_row(const struct command *command)
{
    (void) printf("command\t%s\t%s\t%s%s\n", command->name, command->summary,
                  command->shipped != NULL ? command->shipped : "", command->shipped != NULL ? "/" : "");
    for (enum option_id id = 1; id < OPTION_COUNT; id++) {
        if (takes(command, id)) {
            const struct setting *row = row_of(id);
            const char letter[] = {letter_of(id), '\0'};
            (void) printf("option\t%s\t%s\t%s\t%s\t%s\t", command->name, option_name(id), letter,
                          row->placeholder != NULL ? row->placeholder : "", row->help);
            print_words(id);
            (void) printf("\n");
        }
    }
}

static enum status parse_seed(const char *text, uint64_t *seed, struct error *error)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || strchr(text, '-') != NULL || number > INT64_MAX) {
        return error_set(error, STATUS_INVALID, "--seed %s: expected a whole number from 0 to 2^63-1", text);
    }
    *seed = number;
    return STATUS_OK;
}

static enum status parse_array(const char *text, const struct hardware **hardware, struct error *error)
{
    const char *names[32] = {NULL};
    const struct hardware *list = hardware_list();
    for (size_t i = 0; list[i].name != NULL && i + 1 < sizeof names / sizeof *names; i++) {
        names[i] = list[i].name;
    }
    const int index = name_index(names, text);
    char expected[SETTING_WORDS];
    if (index < 0) {
        return error_set(error, STATUS_INVALID, "--array %s: expected %s", text,
                         names_expected(names, expected));
    }
    *hardware = &list[index];
    return STATUS_OK;
}

/* Options override the preset, so the preset is loaded first. */
static enum status apply(struct options *options, enum option_id id, const char *text, struct error *error)
{
    if (id == OPTION_ARRAY) {
        return parse_array(text, &options->settings.hardware, error);
    }
    if (id == OPTION_SEED) {
        return parse_seed(text, &options->settings.seed, error);
    }
    const struct setting *row = row_of(id);
    void *base = row == &rows[id] ? (void *) options : (void *) &options->settings;
    void *place = (char *) base + row->offset;
    char expected[SETTING_WORDS];
    if (row->placeholder == NULL) {
        *(bool *) place = true;
    } else if (row->kind == SETTING_TEXT) {
        *(const char **) place = text;
    } else if (!setting_put(row, base, text)) {
        return error_set(error, STATUS_INVALID, "--%s %s: expected %s", option_name(id), text,
                         setting_expected(row, expected));
    }
    return STATUS_OK;
}

/* getopt tells a short option by its letter, a long one that has a value it should not have by its number,
 * and others not at all. */
static enum status unusable_option(const struct command *command, bool value_missing, const char *word,
                                   struct error *error)
{
    char letter[3] = {'-', (char) optopt, '\0'};
    const char *name = optopt > 0 && optopt <= UCHAR_MAX ? letter : word;
    const char *what = "unknown option, or one that takes no value";
    if (value_missing) {
        what = "expected a value behind it";
    } else if (optopt == 0 && strncmp(word, "--", 2) == 0 && strchr(word, '=') == NULL) {
        what = "unknown option, or short for several";
    }
    return error_set(error, STATUS_INVALID, "%s: %s; see `memspike %s --help`", name, what, command->name);
}

enum status options_refuse(const struct options *options, enum network_kind network, const char *expected,
                           struct error *error)
{
    for (enum option_id id = 1; id < OPTION_COUNT; id++) {
        if (options->given[id] && row_of(id)->network >= network) {
            return error_set(error, STATUS_INVALID, "--%s: expected %s", option_name(id), expected);
        }
    }
    return STATUS_OK;
}

/* The same for options without effect on this kind of network. */
static enum status check_network(const struct options *options, struct error *error)
{
    enum status status = STATUS_OK;
    if (options->network != NETWORK_MEMRISTOR) {
        status = options_refuse(options, NETWORK_MEMRISTOR,
                                "with --network memristor only, the one whose weights are written", error);
    }
    if (status == STATUS_OK && options->network == NETWORK_ANN) {
        status = options_refuse(options, NETWORK_SNN, "with --network snn or memristor only", error);
    }
    return status;
}

/* An option without effect is a user's mistake. */
static enum status check_effects(const struct options *options, struct error *error)
{
    const struct settings *settings = &options->settings;
    const bool quiet_reads = settings->read_noise == 0 && !options->given[OPTION_READ_NOISE];
    if (options->given[OPTION_PORT] && settings->engine != ENGINE_UART) {
        return error_set(error, STATUS_INVALID, "--port %s: expected --engine uart too", settings->port);
    }
    if (options->given[OPTION_TIMEOUT] && settings->engine != ENGINE_UART) {
        return error_set(error, STATUS_INVALID, "--timeout %g: expected --engine uart too",
                         settings->timeout);
    }
    if (options->rates && options->predictions == NULL) {
        return error_set(error, STATUS_INVALID, "--rates: expected --predictions FILE too");
    }
    if (options->given[OPTION_ADC_FULL_SCALE] && settings->adc_full_scale > 0 && settings->adc_bits == 0) {
        return error_set(error, STATUS_INVALID,
                         "--adc-full-scale %g: an ideal ADC has none; expected --adc-bits too",
                         settings->adc_full_scale);
    }
    if (options->given[OPTION_TOLERANCE_MARGIN] && settings->tolerance_margin > 0 && quiet_reads) {
        return error_set(error, STATUS_INVALID,
                         "--tolerance-margin %g: reads have no noise; expected --read-noise too",
                         settings->tolerance_margin);
    }
    if (options->given[OPTION_NOISE_CORRECTION] && settings->noise_correction && quiet_reads) {
        return error_set(error, STATUS_INVALID,
                         "--noise-correction threshold: reads have no noise; expected --read-noise too");
    }
    return STATUS_OK;
}

/* The command's options for getopt_long(). */
static void list_options(const struct command *command, struct option long_options[OPTION_COUNT + 1],
                         char letters[OPTION_COUNT])
{
    letters[0] = ':';
    letters[1] = '\0';
    for (enum option_id id = 1; id < OPTION_COUNT; id++) {
        if (takes(command, id)) {
            const bool valued = row_of(id)->placeholder != NULL;
            const char letter[] = {letter_of(id), valued ? ':' : '\0', '\0'};
            *long_options++ = (struct option) {option_name(id), valued ? required_argument : no_argument,
                                               NULL, UCHAR_MAX + 1 + (int) id};
            strncat(letters, letter, OPTION_COUNT - strlen(letters) - 1);
        }
    }
    *long_options = (struct option) {0};
}

/* Read the options and their values, up to --help. */
static enum status read_words(const struct command *command, int count, char **arguments,
                              struct options *options, const char *values[OPTION_COUNT], struct error *error)
{
    struct option long_options[OPTION_COUNT + 1];
    char letters[OPTION_COUNT];
    list_options(command, long_options, letters);
    opterr = 0;
    optind = 0; /* from the start, again, for the commands that the demo gives */
    while (!options->given[OPTION_HELP]) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread here */
        const int found = getopt_long(count, arguments, letters, long_options, NULL);
        if (found == -1) {
            break;
        }
        if (found == '?' || found == ':') {
            return unusable_option(command, found == ':', arguments[optind > 1 ? optind - 1 : 1], error);
        }
        enum option_id id = 1;
        while (id + 1 < OPTION_COUNT && found != UCHAR_MAX + 1 + (int) id && found != letter_of(id)) {
            id++;
        }
        options->given[id] = true;
        values[id] = optarg;
    }
    options->argument_count = count - optind;
    options->arguments = arguments + optind;
    return STATUS_OK;
}

enum status options_parse(const struct command *command, int count, char **arguments, struct options *options,
                          bool *help, struct error *error)
{
    *options = (struct options) {.approach = 1,
                                 .preset = "paper",
                                 .device = "paper",
                                 .network = NETWORK_MEMRISTOR,
                                 .seeds = 1,
                                 .rounds = 5,
                                 .before = 200,
                                 .after = 200};
    options->settings.seed = 1;
    options->settings.engine = command->engine;
    options->settings.timeout = 0.5;
    options->settings.hardware = hardware_list();
    const char *values[OPTION_COUNT] = {NULL};
    enum status status = read_words(command, count, arguments, options, values, error);
    *help = options->given[OPTION_HELP];
    if (status != STATUS_OK || *help) {
        return status;
    }
    if (takes(command, OPTION_PRESET)) {
        const bool given = options->given[OPTION_PRESET];
        char *preset = shipped_file("presets", given ? values[OPTION_PRESET] : options->preset);
        status = settings_load_preset(preset, &options->settings, error);
        free(preset);
    }
    for (enum option_id id = 1; id < OPTION_COUNT && status == STATUS_OK; id++) {
        if (options->given[id]) {
            status = apply(options, id, values[id], error);
        }
    }
    /* The boards' array, unless another one is given. */
    if (status == STATUS_OK && engine_on_board(options->settings.engine) && !options->given[OPTION_ARRAY]) {
        status = parse_array("10x10", &options->settings.hardware, error);
    }
    status = status == STATUS_OK ? check_effects(options, error) : status;
    status = status == STATUS_OK ? check_network(options, error) : status;
    if (options->quiet) {
        progress_quiet();
    }
    if (status == STATUS_OK && options->given[OPTION_THRESHOLD]) {
        double fraction = options->threshold / options->settings.hardware->inputs;
        options->settings.threshold[0] = fraction;
        options->settings.threshold[1] = fraction;
    }
    return status;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

enum status options_check_outputs(const struct options *options, struct error *error)
{
    const char *outputs[] = {options->output, options->json, options->pulses, options->predictions};
    const char *inputs[] = {options->corpus, options->data, options->vectors,
                            options->argument_count > 0 ? options->arguments[0] : NULL};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        if (outputs[i] != NULL && outputs[i] != options->json && strcmp(outputs[i], "-") == 0) {
            return error_set(error, STATUS_INVALID,
                             "-: standard output takes a result (--json -) only; expected a file");
        }
        for (size_t j = 0; j < sizeof inputs / sizeof *inputs && outputs[i] != NULL; j++) {
            if (inputs[j] != NULL && same_file(outputs[i], inputs[j])) {
                return error_set(error, STATUS_INVALID,
                                 "%s: is an input too; expected another name for the output", outputs[i]);
            }
        }
        for (size_t j = 0; j < i && outputs[i] != NULL; j++) {
            if (outputs[j] != NULL && strcmp(outputs[i], "-") != 0 &&
                (strcmp(outputs[i], outputs[j]) == 0 || same_file(outputs[i], outputs[j]))) {
                return error_set(error, STATUS_INVALID,
                                 "%s: is named for two outputs; expected different names", outputs[i]);
            }
        }
    }
    return STATUS_OK;
}

enum status options_expect(const struct options *options, int count, const char *names, struct error *error)
{
    if (options->argument_count != count) {
        return error_set(error, STATUS_INVALID, "%d argument%s given; expected %s", options->argument_count,
                         options->argument_count == 1 ? "" : "s", names);
    }
    return STATUS_OK;
}
