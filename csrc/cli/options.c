#include "cli/options.h"

#include "base/progress.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct option_text {
    const char *name;
    char letter;       /* 0: none */
    const char *value; /* placeholder; NULL: takes none */
    const char *help;
};

static const struct option_text texts[OPTION_COUNT] = {
    [OPTION_DATA] = {"data", 0, "DIR",
                     "reviews: a folder with aclImdb/ or its archive [$MEMSPIKE_DATA, data/imdb, demo]"},
    [OPTION_VECTORS] = {"vectors", 0, "FILE",
                        "word vectors in GloVe's text format, as text, .gz, .xz, .zst or .zip; \"none\" for "
                        "none [found in DIR]"},
    [OPTION_BIGRAMS] = {"bigrams", 0, NULL, "pairs of words are words, too"},
    [OPTION_CORPUS] = {"corpus", 0, "FILE", "a corpus made by `memspike prepare`, instead of --data"},
    [OPTION_OUTPUT] = {"output", 'o', "FILE", "where to write the result (sweep: a folder)"},
    [OPTION_TASK] = {"task", 0, "TASK", "sentiment, or rating: 1 to 4 and 7 to 10 stars [sentiment]"},
    [OPTION_APPROACH] = {"approach", 0, "N",
                         "1: train the ANN, to be converted; 2: train the SNN on the hardware [1]"},
    [OPTION_EPOCHS] = {"epochs", 0, "N", "passes over the training reviews"},
    [OPTION_LEARNING_RATE] = {"learning-rate", 0, "X", "Adagrad's rate"},
    [OPTION_GAIN] = {"gain", 0, "X", "what outputs are multiplied by before the sigmoid"},
    [OPTION_UPDATE] = {"update", 0, "RULE", "approach 2: paper, accumulate or surrogate"},
    [OPTION_RESUME] = {"resume", 0, NULL, "go on with the training in the output file, if it is there"},
    [OPTION_DEVICE] = {"device", 0, "NAME", "device file, or its name in data/devices [paper]"},
    [OPTION_PRESET] = {"preset", 0, "NAME", "set of settings: a file, or its name in data/presets [paper]"},
    [OPTION_ARRAY] = {"array", 0, "NAME", "hardware build, rows x columns; see `memspike info` [100x1]"},
    [OPTION_ENGINE] = {"engine", 0, "KIND", "what runs the hardware; see `memspike info`"},
    [OPTION_PORT] = {"port", 0, "PORT", "serial port of an FPGA board, for --engine uart"},
    [OPTION_TIMEOUT] = {"timeout", 0, "S", "seconds to wait for a board's answer before asking again [0.5]"},
    [OPTION_CHECK] = {"check", 0, NULL, "run RTL and C twins in lock-step and stop at the first difference"},
    [OPTION_NETWORK] = {"network", 0, "KIND", "ann (software), snn (ideal weights) or memristor [memristor]"},
    [OPTION_STEPS] = {"steps", 0, "T", "time steps of a review, 1 to 65535"},
    [OPTION_THRESHOLD] = {"threshold", 0, "VTH", "membrane threshold Vth"},
    [OPTION_ENCODER] = {"encoder", 0, "KIND", "poisson or rate (sigma-delta)"},
    [OPTION_TOLERANCE] = {"tolerance", 0, "X", "R tolerance, a fraction: 0.005 is 0.5 %"},
    [OPTION_MAX_PULSES] = {"max-pulses", 0, "N", "most pulses for one device (maxN), 0 to 63"},
    [OPTION_VERIFY_READS] = {"verify-reads", 0, "K",
                             "readings that a verify read takes the mean of: a power of two up to 128"},
    [OPTION_TOLERANCE_MARGIN] = {"tolerance-margin", 0, "X",
                                 "keep R tolerance at or above X standard deviations of a verify read"},
    [OPTION_GUARD_BAND] = {"guard-band", 0, "G", "map weights to Rmin (1 + G) to Rmax (1 - G)"},
    [OPTION_NOISE_CORRECTION] = {"noise-correction", 0, "KIND",
                                 "approach 1: none, or threshold: Vth makes up for the noise's bias"},
    [OPTION_READ_NOISE] = {"read-noise", 0, "X", "largest relative error of a read, a fraction: 0.1 is 10 %"},
    [OPTION_ADC_BITS] = {"adc-bits", 0, "N", "resolution of the column ADC; 0: ideal"},
    [OPTION_ADC_FULL_SCALE] = {"adc-full-scale", 0, "X",
                               "column current at which the ADC saturates; 0: rows of a tile"},
    [OPTION_LIMIT] = {"limit", 0, "N",
                      "use only N of the M test reviews, spread evenly: i M / N for each i from 0 to N - 1"},
    [OPTION_PREDICTIONS] = {"predictions", 0, "FILE", "list what each review came to in a CSV file"},
    [OPTION_RATES] = {"rates", 0, NULL, "and the rates that the hardware was given"},
    [OPTION_PULSES] = {"pulses", 0, "FILE", "list every pulse in a CSV file"},
    [OPTION_REVIEW] = {"review", 0, "N", "number of the test review, from 0 [0]"},
    [OPTION_PROGRAM] = {"program", 0, NULL, "record how the devices are written instead of a review"},
    [OPTION_DEVICES] = {"devices", 0, "LIST",
                        "up to 16 devices, column x rows + row, as 3,7,20-29; --program writes only them"},
    [OPTION_WINDOW] = {"window", 0, "FROM:TO", "record these clocks only, counted from the start"},
    [OPTION_EVENT] = {"event", 0, "WHAT[:N]",
                      "record around an event: write, converged, stalled, exhausted, spike, mismatch"},
    [OPTION_BEFORE] = {"before", 0, "N", "clocks to record before the event [200]"},
    [OPTION_AFTER] = {"after", 0, "N", "clocks to record after the event [200]"},
    [OPTION_OPEN] = {"open", 0, NULL, "open the file in GTKWave, with the view that fits"},
    [OPTION_SEED] = {"seed", 0, "N", "seed of everything random [1, or the model's]"},
    [OPTION_SEEDS] = {"seeds", 0, "N", "how many seeds, counted up from --seed [1, or the experiment's]"},
    [OPTION_ROUNDS] = {"rounds", 0, "N", "how often everything is measured [5]"},
    [OPTION_QUICK] = {"quick", 0, NULL, "one short round, small sizes: whether it runs, not how fast"},
    [OPTION_LIST] = {"list", 0, NULL, "only print the points"},
    [OPTION_THREADS] = {"threads", 0, "N",
                        "reviews (or points) side by side; results do not depend on it [all processors]"},
    [OPTION_JSON] = {"json", 0, "FILE",
                     "write the result as JSON too; \"-\" for standard output instead of the table"},
    [OPTION_QUIET] = {"quiet", 'q', NULL, "no progress and no remarks on standard error"},
    [OPTION_HELP] = {"help", 'h', NULL, "show this help"},
};

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
    return texts[id].name;
}

void options_print_help(const struct command *command)
{
    (void) printf("usage: memspike %s %s\n\n%s\n\noptions:\n", command->name, command->usage, command->text);
    for (int id = 1; id < OPTION_COUNT; id++) {
        if (takes(command, (enum option_id) id)) {
            char head[40];
            (void) snprintf(head, sizeof head, "%s%c%s--%s%s%s", texts[id].letter != 0 ? "-" : "",
                            texts[id].letter != 0 ? texts[id].letter : ' ',
                            texts[id].letter != 0 ? ", " : "   ", texts[id].name,
                            texts[id].value != NULL ? " " : "",
                            texts[id].value != NULL ? texts[id].value : "");
            (void) printf("  %-26s %s", head, texts[id].help);
            if (id == OPTION_ENGINE) {
                (void) printf(" [%s]", engine_kind_names[command->engine]);
            }
            (void) printf("\n");
        }
    }
}

static enum status parse_number(const char *name, const char *text, double least, double most, bool whole,
                                double *value, struct error *error)
{
    char *end = NULL;
    errno = 0;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !(number >= least && number <= most) ||
        (whole && number != floor(number))) {
        return error_set(error, STATUS_INVALID, "--%s %s: expected %s from %.15g to %.15g", name, text,
                         whole ? "a whole number" : "a number", least, most);
    }
    *value = number;
    return STATUS_OK;
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

static enum status parse_name(const char *option, const char *text, const char *const *names, int *index,
                              struct error *error)
{
    char expected[256] = "";
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(text, names[i]) == 0) {
            *index = i;
            return STATUS_OK;
        }
        strncat(expected, i > 0 ? ", " : "", sizeof expected - strlen(expected) - 1);
        strncat(expected, names[i], sizeof expected - strlen(expected) - 1);
    }
    return error_set(error, STATUS_INVALID, "--%s %s: expected one of %s", option, text, expected);
}

static enum status parse_array(const char *text, const struct hardware **hardware, struct error *error)
{
    const char *names[32] = {NULL};
    const struct hardware *list = hardware_list();
    for (size_t i = 0; list[i].name != NULL && i + 1 < sizeof names / sizeof *names; i++) {
        names[i] = list[i].name;
    }
    int index = 0;
    enum status status = parse_name("array", text, names, &index, error);
    *hardware = &list[index];
    return status;
}

/* Numbers among the options, with their ranges. */
struct number {
    double least, most;
    enum option_id id;
    bool whole;
};

static const struct number numbers[] = {
    {1, 2, OPTION_APPROACH, true},
    {1, 1000, OPTION_EPOCHS, true},
    {1e-9, 100, OPTION_LEARNING_RATE, false},
    {1e-9, 1000, OPTION_GAIN, false},
    {1, MAX_STEPS, OPTION_STEPS, true},
    {-524287, 524287, OPTION_THRESHOLD, false},
    {0.001, 3600, OPTION_TIMEOUT, false},
    {0, 0.999999, OPTION_TOLERANCE, false},
    {0, MAX_MAX_PULSES, OPTION_MAX_PULSES, true},
    {1, MAX_VERIFY_READS, OPTION_VERIFY_READS, true},
    {0, 100, OPTION_TOLERANCE_MARGIN, false},
    {0, 0.999999, OPTION_GUARD_BAND, false},
    {0, 0.999999, OPTION_READ_NOISE, false},
    {0, 24, OPTION_ADC_BITS, true},
    {0, 1e6, OPTION_ADC_FULL_SCALE, false},
    {1, 4294967295.0, OPTION_LIMIT, true},
    {0, 4294967295.0, OPTION_REVIEW, true},
    {0, 4294967295.0, OPTION_BEFORE, true},
    {0, 4294967295.0, OPTION_AFTER, true},
    {1, 1024, OPTION_THREADS, true},
    {1, 10000, OPTION_SEEDS, true},
    {1, 1000, OPTION_ROUNDS, true},
};

static void apply_number(struct options *options, enum option_id id, double value)
{
    struct settings *settings = &options->settings;
    switch (id) {
    case OPTION_APPROACH:
        options->approach = (uint32_t) value;
        break;
    case OPTION_EPOCHS:
        settings->epochs = (uint32_t) value;
        break;
    case OPTION_LEARNING_RATE:
        settings->learning_rate = value;
        break;
    case OPTION_GAIN:
        settings->gain[0] = settings->gain[1] = value;
        break;
    case OPTION_STEPS:
        settings->steps = (uint32_t) value;
        break;
    case OPTION_THRESHOLD:
        options->threshold = value;
        break;
    case OPTION_TIMEOUT:
        settings->timeout = value;
        break;
    case OPTION_TOLERANCE:
        settings->tolerance = value;
        break;
    case OPTION_MAX_PULSES:
        settings->max_pulses = (uint32_t) value;
        break;
    case OPTION_VERIFY_READS:
        settings->verify_reads = (uint32_t) value;
        break;
    case OPTION_TOLERANCE_MARGIN:
        settings->tolerance_margin = value;
        break;
    case OPTION_GUARD_BAND:
        settings->guard_band = value;
        break;
    case OPTION_READ_NOISE:
        settings->read_noise = value;
        break;
    case OPTION_ADC_BITS:
        settings->adc_bits = (uint32_t) value;
        break;
    case OPTION_ADC_FULL_SCALE:
        settings->adc_full_scale = value;
        break;
    case OPTION_LIMIT:
        options->limit = (uint32_t) value;
        break;
    case OPTION_REVIEW:
        options->review = (uint32_t) value;
        break;
    case OPTION_BEFORE:
        options->before = (uint32_t) value;
        break;
    case OPTION_AFTER:
        options->after = (uint32_t) value;
        break;
    case OPTION_SEEDS:
        options->seeds = (uint32_t) value;
        break;
    case OPTION_ROUNDS:
        options->rounds = (uint32_t) value;
        break;
    default:
        settings->threads = (uint32_t) value;
        break;
    }
}

/* Options that change what the preset says come after it is loaded. */
static enum status apply(struct options *options, enum option_id id, const char *text, struct error *error)
{
    int index = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].id == id) {
            double value = 0;
            status = parse_number(texts[id].name, text, numbers[i].least, numbers[i].most, numbers[i].whole,
                                  &value, error);
            if (status == STATUS_OK) {
                apply_number(options, id, value);
            }
            return status;
        }
    }
    switch (id) {
    case OPTION_ARRAY:
        return parse_array(text, &options->settings.hardware, error);
    case OPTION_ENGINE:
        status = parse_name("engine", text, engine_kind_names, &index, error);
        options->settings.engine = (enum engine_kind) index;
        return status;
    case OPTION_NETWORK:
        status = parse_name("network", text, network_kind_names, &index, error);
        options->network = (enum network_kind) index;
        return status;
    case OPTION_TASK:
        status = parse_name("task", text, task_names, &index, error);
        options->settings.task = (enum learning_task) index;
        return status;
    case OPTION_ENCODER:
        status = parse_name("encoder", text, encoder_names, &index, error);
        options->settings.rate_coded = index == 1;
        return status;
    case OPTION_UPDATE:
        status = parse_name("update", text, update_rule_names, &index, error);
        options->settings.update_rule = (enum update_rule) index;
        return status;
    case OPTION_NOISE_CORRECTION:
        status = parse_name("noise-correction", text, noise_correction_names, &index, error);
        options->settings.noise_correction = index == 1;
        return status;
    case OPTION_SEED:
        return parse_seed(text, &options->settings.seed, error);
    default:
        break;
    }
    if (id == OPTION_CHECK) {
        options->settings.check = true;
    } else if (id == OPTION_RATES) {
        options->rates = true;
    } else if (id == OPTION_RESUME) {
        options->resume = true;
    } else if (id == OPTION_BIGRAMS) {
        options->bigrams = true;
    } else if (id == OPTION_QUICK) {
        options->quick = true;
    } else if (id == OPTION_LIST) {
        options->list = true;
    } else if (id == OPTION_PROGRAM) {
        options->program = true;
    } else if (id == OPTION_OPEN) {
        options->open = true;
    } else if (id == OPTION_QUIET) {
        options->quiet = true;
    } else {
        const char **const strings[OPTION_COUNT] = {
            [OPTION_DATA] = &options->data,
            [OPTION_VECTORS] = &options->vectors,
            [OPTION_CORPUS] = &options->corpus,
            [OPTION_OUTPUT] = &options->output,
            [OPTION_DEVICE] = &options->device,
            [OPTION_PULSES] = &options->pulses,
            [OPTION_JSON] = &options->json,
            [OPTION_PRESET] = &options->preset,
            [OPTION_DEVICES] = &options->devices,
            [OPTION_WINDOW] = &options->window,
            [OPTION_EVENT] = &options->event,
            [OPTION_PORT] = &options->settings.port,
            [OPTION_PREDICTIONS] = &options->predictions,
        };
        *strings[id] = text;
    }
    return STATUS_OK;
}

const char *share_folder(void)
{
    const char *home =
        getenv("MEMSPIKE_SHARE"); /* NOLINT(concurrency-mt-unsafe): nothing sets the environment */
    return home != NULL ? home : MEMSPIKE_SHARE_DIR;
}

char *shipped_file(const char *folder, const char *name)
{
    if (strpbrk(name, "/.") != NULL) {
        return duplicate_string(name);
    }
    char *path = NULL;
    if (asprintf(&path, "%s/%s/%s.cfg", share_folder(), folder, name) < 0) {
        path = duplicate_string(name);
    }
    return path;
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

/* The least of the networks on which an option has an effect. */
static enum network_kind network_of(enum option_id id)
{
    switch (id) {
    case OPTION_ENGINE:
    case OPTION_PORT:
    case OPTION_TIMEOUT:
    case OPTION_CHECK:
    case OPTION_DEVICE:
        return NETWORK_SNN;
    default:
        break;
    }
    char key[32];
    (void) snprintf(key, sizeof key, "%s", texts[id].name);
    for (char *at = key; *at != '\0'; at++) {
        if (*at == '-') {
            *at = '_';
        }
    }
    return settings_key_network(key);
}

enum status options_refuse(const struct options *options, enum network_kind network, const char *expected,
                           struct error *error)
{
    for (int id = 1; id < OPTION_COUNT; id++) {
        if (options->given[id] && network_of((enum option_id) id) >= network) {
            return error_set(error, STATUS_INVALID, "--%s: expected %s", texts[id].name, expected);
        }
    }
    return STATUS_OK;
}

/* The same of what the kind of network leaves without effect. */
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

/* An option that changes nothing was meant otherwise. */
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

enum status options_parse(const struct command *command, int count, char **arguments, struct options *options,
                          bool *help, struct error *error)
{
    struct option long_options[OPTION_COUNT + 1] = {0};
    char letters[2 * OPTION_COUNT + 2] = ":";
    int used = 0;
    for (int id = 1; id < OPTION_COUNT; id++) {
        if (takes(command, (enum option_id) id)) {
            long_options[used++] =
                (struct option) {texts[id].name, texts[id].value != NULL ? required_argument : no_argument,
                                 NULL, UCHAR_MAX + 1 + id};
            if (texts[id].letter != 0) {
                char letter[3] = {texts[id].letter, texts[id].value != NULL ? ':' : '\0', '\0'};
                strncat(letters, letter, sizeof letters - strlen(letters) - 1);
            }
        }
    }
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
    *help = false;
    opterr = 0;
    optind = 1;
    for (;;) {
        int index = -1;
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread here */
        int found = getopt_long(count, arguments, letters, long_options, &index);
        if (found == -1) {
            break;
        }
        if (found == '?' || found == ':') {
            return unusable_option(command, found == ':', arguments[optind > 1 ? optind - 1 : 1], error);
        }
        enum option_id id = OPTION_END;
        for (int i = 1; i < OPTION_COUNT && id == OPTION_END; i++) {
            if (found == UCHAR_MAX + 1 + i || (texts[i].letter != 0 && found == texts[i].letter)) {
                id = (enum option_id) i;
            }
        }
        if (id == OPTION_HELP) {
            *help = true;
            return STATUS_OK;
        }
        options->given[id] = true;
        values[id] = optarg;
    }
    options->argument_count = count - optind;
    options->arguments = arguments + optind;

    if (options->given[OPTION_PRESET]) {
        options->preset = values[OPTION_PRESET];
    }
    enum status status = STATUS_OK;
    if (takes(command, OPTION_PRESET)) {
        char *preset = shipped_file("presets", options->preset);
        status = settings_load_preset(preset, &options->settings, error);
        free(preset);
    }
    for (int id = 1; id < OPTION_COUNT && status == STATUS_OK; id++) {
        if (options->given[id]) {
            status = apply(options, (enum option_id) id, values[id], error);
        }
    }
    /* The array that boards have, unless another one is asked for. */
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
