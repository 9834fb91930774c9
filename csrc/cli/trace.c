// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"
#include "base/shell_word.h"
#include "base/wall_clock.h"
#include "cli/commands.h"
#include "engine/wave_event.h"
#include "model/base/memory.h"
#include "model/chip/dut.h"
#include "model/reference/spike_encoder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What to record, from the options. */
struct plan {
    struct wave_request waves;
    uint32_t *devices; /* chosen ones, ascending */
    bool around_event;
    enum wave_event event;
    uint32_t event_number;
    uint64_t event_clock;
    uint32_t event_device; /* of a writing */
    uint16_t *rates;       /* of the review */
};

/* The hardware with the weights in it, and its state. */
struct stage {
    const struct options *options;
    const struct model *model;
    struct machine machine;
    uint32_t *targets; /* of a writing */
};

/* A whole number at *text, which moves on behind it. */
static bool take_number(const char **text, uint64_t *number)
{
    char *end = NULL;
    if (**text < '0' || **text > '9') {
        return false;
    }
    errno = 0;
    *number = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0;
}

static enum status parse_devices(const char *text, const struct hardware *hardware, struct plan *plan,
                                 struct error *error)
{
    bool *chosen = allocate(hardware->devices, sizeof *chosen);
    const char *at = text;
    bool good = text != NULL;
    for (bool more = good; more && good;) {
        uint64_t first = 0;
        good = take_number(&at, &first);
        uint64_t last = first;
        if (good && *at == '-') {
            at++;
            good = take_number(&at, &last);
        }
        good = good && first <= last && last < hardware->devices;
        for (uint64_t d = first; good && d <= last; d++) {
            chosen[d] = true;
        }
        more = *at == ',';
        at += more ? 1 : 0;
    }
    enum status status = STATUS_OK;
    if (text != NULL && (!good || *at != '\0')) {
        status = error_set(error, STATUS_INVALID,
                           "--devices %s: expected a list as 3,7,20-29 of numbers from 0 to %u", text,
                           hardware->devices - 1);
    }
    plan->devices = allocate(hardware->devices, sizeof *plan->devices);
    for (uint32_t d = 0; d < hardware->devices; d++) {
        if (chosen[d] || (text == NULL && d < MAX_CHOSEN)) {
            plan->devices[plan->waves.device_count++] = d;
        }
    }
    plan->waves.devices = plan->devices;
    free(chosen);
    if (status == STATUS_OK && plan->waves.device_count > MAX_CHOSEN) {
        status = error_set(error, STATUS_INVALID, "--devices %s: %u devices; expected %d at most", text,
                           plan->waves.device_count, MAX_CHOSEN);
    }
    return status;
}

static enum status parse_window(const char *text, struct plan *plan, struct error *error)
{
    const char *at = text;
    bool good = take_number(&at, &plan->waves.first_clock) && *at == ':';
    at += good ? 1 : 0;
    good = good && take_number(&at, &plan->waves.last_clock) && *at == '\0';
    if (!good || plan->waves.last_clock < plan->waves.first_clock) {
        return error_set(error, STATUS_INVALID, "--window %s: expected two clocks FROM:TO, as 100:250", text);
    }
    return STATUS_OK;
}

static enum status parse_event(const char *text, bool writing, struct plan *plan, struct error *error)
{
    const char *colon = strchr(text, ':');
    const size_t length = colon != NULL ? (size_t) (colon - text) : strlen(text);
    uint64_t number = 1;
    bool good = false;
    for (int i = 0; wave_event_names[i] != NULL; i++) {
        if (strlen(wave_event_names[i]) == length && strncmp(text, wave_event_names[i], length) == 0) {
            plan->event = (enum wave_event) i;
            good = true;
        }
    }
    if (colon != NULL) {
        const char *at = colon + 1;
        good = good && take_number(&at, &number) && *at == '\0' && number >= 1 && number <= UINT32_MAX;
    }
    if (!good) {
        return error_set(
            error, STATUS_INVALID,
            "--event %s: expected write, converged, stalled, exhausted, spike or mismatch, and its "
            "number behind a colon, as write:3",
            text);
    }
    if (plan->event != WAVE_EVENT_MISMATCH && writing != (plan->event != WAVE_EVENT_SPIKE)) {
        return error_set(error, STATUS_INVALID, "--event %s: happens in a %s; expected it %s --program", text,
                         writing ? "review" : "writing", writing ? "without" : "with");
    }
    if (plan->event == WAVE_EVENT_MISMATCH && number > 1) {
        return error_set(error, STATUS_INVALID,
                         "--event %s: the checker stops at the first; expected mismatch", text);
    }
    plan->around_event = true;
    plan->event_number = (uint32_t) number;
    return STATUS_OK;
}

/* Viewers go by the extension. The waveform writer removes what has the name, so it must be a file. */
static enum status check_format(const char *output, struct error *error)
{
    struct stat found;
    if (output != NULL && stat(output, &found) == 0 && !S_ISREG(found.st_mode)) {
        return error_set(error, STATUS_INVALID, "-o %s: is no regular file; waveforms need one", output);
    }
    const size_t length = output != NULL ? strlen(output) : 0;
    if (length > 4 &&
        (strcasecmp(output + length - 4, ".lxt") == 0 || strcasecmp(output + length - 4, ".ghw") == 0 ||
         strcasecmp(output + length - 4, ".vpd") == 0)) {
        return error_set(error, STATUS_INVALID, "-o %s: would be FST; expected a name that ends in .fst",
                         output);
    }
    if (length < 4 || strcasecmp(output + length - 4, ".vcd") != 0) {
        return STATUS_OK;
    }
    char *fst = NULL;
    if (asprintf(&fst, "%.*s.fst", (int) length - 4, output) < 0) {
        abort();
    }
    char *from = shell_word(fst);
    char *to = shell_word(output);
    const enum status status = error_set(
        error, STATUS_INVALID, "-o %s: would be FST, not VCD; expected -o %s, and then fst2vcd -f %s -o %s",
        output, from, from, to);
    free(fst);
    free(from);
    free(to);
    return status;
}

static enum status make_plan(const struct options *options, struct plan *plan, struct error *error)
{
    *plan = (struct plan) {.waves = {.last_clock = UINT64_MAX}};
    if (options->window != NULL && options->event != NULL) {
        return error_set(error, STATUS_INVALID, "--window and --event: expected one of them");
    }
    static const enum option_id of_reviews[] = {
        OPTION_NETWORK,        OPTION_STEPS, OPTION_THRESHOLD, OPTION_ENCODER, OPTION_ADC_BITS,
        OPTION_ADC_FULL_SCALE, OPTION_DATA,  OPTION_VECTORS,   OPTION_REVIEW,  OPTION_CORPUS};
    for (size_t i = 0; options->program && i < sizeof of_reviews / sizeof *of_reviews; i++) {
        if (options->given[of_reviews[i]]) {
            return error_set(error, STATUS_INVALID, "--%s: expected without --program only: reviews take it",
                             option_name(of_reviews[i]));
        }
    }
    if (options->event == NULL && (options->given[OPTION_BEFORE] || options->given[OPTION_AFTER])) {
        return error_set(error, STATUS_INVALID, "--before and --after: expected with --event");
    }
    enum status status = check_format(options->output, error);
    if (status == STATUS_OK) {
        status = parse_devices(options->devices, options->settings.hardware, plan, error);
    }
    if (status == STATUS_OK && options->window != NULL) {
        status = parse_window(options->window, plan, error);
    }
    if (status == STATUS_OK && options->event != NULL) {
        status = parse_event(options->event, options->program, plan, error);
    }
    return status;
}

static enum status load_review(const struct options *options, const struct model *model, struct plan *plan,
                               struct error *error)
{
    struct corpus *corpus = NULL;
    enum status status = open_corpus(options, &corpus, error);
    if (status == STATUS_OK) {
        status = model_check_corpus(model, corpus, error);
    }
    if (status == STATUS_OK && options->review >= corpus->test_count) {
        status = error_set(error, STATUS_INVALID, "--review %u: expected a test review from 0 to %u",
                           options->review, corpus->test_count - 1);
    }
    if (status == STATUS_OK) {
        const struct network *network = &model->training.best;
        const struct review *review = &corpus->test[options->review];
        float *x = allocate(network->embedding_size, sizeof *x);
        plan->rates = allocate(network->embedding_size, sizeof *plan->rates);
        network_mean(network, review->ids, review->length, x);
        for (uint32_t e = 0; e < network->embedding_size; e++) {
            plan->rates[e] = rate_from_value(x[e]);
        }
        free(x);
    }
    corpus_free(corpus);
    return status;
}

/* A crossbar with the weights in it before a review, fresh before a writing. */
static enum status set_stage(struct stage *stage, const struct device *device, struct plan *plan,
                             struct error *error)
{
    const struct options *options = stage->options;
    const struct deployment deployment = {&stage->model->training, &options->settings, device};
    struct write_report report;
    if (!options->program) {
        return machine_open(&stage->machine, &deployment, options->network, &report, error);
    }
    const struct hardware *hardware = options->settings.hardware;
    enum status status = machine_create_for(&stage->machine, &deployment, &report, error);
    stage->targets = allocate(hardware->devices, sizeof *stage->targets);
    if (status == STATUS_OK) {
        machine_targets(&stage->machine, deployment.training, hardware, stage->targets);
        for (uint32_t d = 0, next = 0; d < hardware->devices && options->devices != NULL; d++) {
            const bool chosen = next < plan->waves.device_count && plan->devices[next] == d;
            next += chosen;
            stage->targets[d] = chosen ? stage->targets[d] : 0;
        }
    }
    return status;
}

/* The same operation on another engine over the same crossbar, whose state stays as it was. */
static enum status run_engine(struct stage *stage, const struct plan *plan, enum engine_kind kind,
                              const struct engine_settings *settings, uint64_t *clocks, uint64_t *recorded,
                              struct error *error)
{
    struct engine *engine = NULL;
    struct crossbar_state before = crossbar_save(stage->machine.crossbar);
    enum status status = engine_open(kind, stage->machine.crossbar, settings, &engine, error);
    if (status == STATUS_OK && stage->targets != NULL) {
        status = engine_write(engine, stage->targets, NULL, NULL, error);
    } else if (status == STATUS_OK) {
        uint16_t *counts = allocate(engine_hardware(engine)->outputs, sizeof *counts);
        status = engine_infer(engine, plan->rates, &stage->options->review, 1, counts, NULL, error);
        free(counts);
    }
    if (status == STATUS_OK) {
        const struct engine_statistics *statistics = engine_statistics(engine);
        *clocks = statistics->sample_clocks + statistics->write_clocks;
        *recorded = statistics->recorded_clocks;
    }
    engine_close(engine);
    crossbar_restore(stage->machine.crossbar, &before);
    crossbar_state_clear(&before);
    return status;
}

/* Where the event lies: the window around it. */
static enum status find_window(struct stage *stage, struct plan *plan, const struct engine_settings *settings,
                               struct error *error)
{
    const struct options *options = stage->options;
    struct engine *engine = NULL;
    uint64_t clock = 0;
    uint32_t event_device = 0;
    bool found = false;
    struct crossbar_state before = crossbar_save(stage->machine.crossbar);
    enum status status = engine_open(ENGINE_MODEL, stage->machine.crossbar, settings, &engine, error);
    if (status == STATUS_OK && stage->targets != NULL) {
        found =
            find_in_writing(engine, stage->targets, plan->event, plan->event_number, &clock, &event_device);
    } else if (status == STATUS_OK) {
        status = find_spike(engine, plan->rates, options->review, plan->event_number, &found, &clock, error);
    }
    engine_close(engine);
    crossbar_restore(stage->machine.crossbar, &before);
    crossbar_state_clear(&before);
    if (status == STATUS_OK && !found) {
        status = error_set(error, STATUS_INVALID, "--event %s: does not happen in this %s", options->event,
                           stage->targets != NULL ? "writing" : "review");
    }
    plan->waves.first_clock = clock > options->before ? clock - options->before : 0;
    plan->waves.last_clock = clock + options->after;
    plan->event_clock = clock;
    plan->event_device = event_device;
    return status;
}

static void print_report(const struct stage *stage, const struct plan *plan, uint64_t clocks,
                         uint64_t recorded, double seconds, uint64_t bytes)
{
    const struct options *options = stage->options;
    if (stage->targets != NULL) {
        uint32_t written = 0;
        for (uint32_t d = 0; d < options->settings.hardware->devices; d++) {
            written += stage->targets[d] != 0;
        }
        (void) printf("writing            %u devices of %s%s\n", written, options->settings.hardware->name,
                      corpus_note(stage->model->corpus_kind));
    } else {
        (void) printf("review             %u on %s, T = %u%s\n", options->review,
                      options->settings.hardware->name, options->settings.steps,
                      corpus_note(stage->model->corpus_kind));
    }
    if (plan->around_event && stage->targets != NULL) {
        (void) printf("event              %s at clock %" PRIu64 ", device %u\n", options->event,
                      plan->event_clock, plan->event_device);
    } else if (plan->around_event) {
        (void) printf("event              %s at clock %" PRIu64 "\n", options->event, plan->event_clock);
    }
    (void) printf("clocks             %" PRIu64 ", %" PRIu64 " of them recorded, from clock %" PRIu64 "\n",
                  clocks, recorded, plan->waves.first_clock);
    (void) printf("speed              %.0f kHz, %.3f s\n", (double) clocks / seconds * 1e-3, seconds);
    (void) printf("file               %s, %" PRIu64 " bytes\n", options->output, bytes);
}

/* Does not come back. */
static enum status open_viewer(const char *command, struct error *error)
{
    (void) fflush(stdout);
    (void) execlp("sh", "sh", "-c", command, (char *) NULL);
    return error_set_errno(error, STATUS_FAILED, "gtkwave: cannot be started");
}

/* The first difference between RTL and reference models, which the checker records and reports. Finding none
 * is an error, too: there is nothing to see. */
static enum status record_mismatch(struct stage *stage, const struct plan *plan, struct error *error)
{
    struct engine_settings settings = *engine_settings_of(stage->machine.engine);
    settings.threads = 1;
    settings.check = true;
    settings.failure_waves = stage->options->output;
    settings.failure_clocks = (uint64_t) stage->options->before + 1;
    uint64_t clocks = 0, recorded = 0;
    enum status status = run_engine(stage, plan, ENGINE_RTL, &settings, &clocks, &recorded, error);
    return status != STATUS_OK
               ? status
               : error_set(error, STATUS_INVALID,
                           "--event mismatch: RTL and reference models are equal in all %" PRIu64 " clocks",
                           clocks);
}

static enum status record(struct stage *stage, struct plan *plan, struct output_file **file,
                          struct output_file **json_file, struct error *error)
{
    const struct options *options = stage->options;
    if (plan->around_event && plan->event == WAVE_EVENT_MISMATCH) {
        output_file_discard(*file); /* what the checker finds goes there */
        *file = NULL;
        return record_mismatch(stage, plan, error);
    }
    struct engine_settings settings = *engine_settings_of(stage->machine.engine);
    settings.threads = 1;
    settings.check = false;
    uint64_t clocks = 0, recorded = 0;
    enum status status = plan->around_event ? find_window(stage, plan, &settings, error) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    plan->waves.path = output_file_path(*file);
    settings.waves = &plan->waves;
    const double started = seconds_now();
    status = run_engine(stage, plan, ENGINE_RTL, &settings, &clocks, &recorded, error);
    const double seconds = seconds_now() - started;
    if (status != STATUS_OK) {
        output_file_name_place(*file, error);
    }
    if (status == STATUS_OK && recorded == 0) {
        status =
            error_set(error, STATUS_INVALID, "--window %s: lies behind the last of the %" PRIu64 " clocks",
                      options->window, clocks);
    }
    struct stat information = {0};
    if (status == STATUS_OK && stat(plan->waves.path, &information) != 0) {
        status = error_set_errno(error, STATUS_FAILED, "%s: could not be written", options->output);
    }
    if (status == STATUS_OK) {
        status = wave_file_commit(*file, error);
        *file = NULL;
    }
    if (status != STATUS_OK) {
        return status;
    }
    char *view = wave_view(options->settings.hardware, stage->targets != NULL);
    char *command = wave_command(options->settings.hardware, stage->targets != NULL, options->output);
    if (print_table(options)) {
        print_report(stage, plan, clocks, recorded, seconds, (uint64_t) information.st_size);
        (void) printf("%s\n", command);
    }
    json_t *json =
        json_pack("{s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:f, s:I, s:s?}", "corpus", stage->model->corpus_kind,
                  "seed", (json_int_t) options->settings.seed, "array", options->settings.hardware->name,
                  "file", options->output, "clocks", (json_int_t) clocks, "recorded_clocks",
                  (json_int_t) recorded, "first_clock", (json_int_t) plan->waves.first_clock, "seconds",
                  seconds, "bytes", (json_int_t) information.st_size, "view", view);
    if (plan->around_event) {
        (void) json_object_set_new(json, "event_clock", json_integer((json_int_t) plan->event_clock));
    }
    if (plan->around_event && stage->targets != NULL) {
        (void) json_object_set_new(json, "event_device", json_integer(plan->event_device));
    }
    status = write_json(options, json, *json_file, error);
    *json_file = NULL;
    if (status == STATUS_OK && options->open) {
        status = open_viewer(command, error);
    }
    free(view);
    free(command);
    return status;
}

static enum status run(struct options *options, struct error *error)
{
    struct stage stage = {.options = options};
    struct model *model = NULL;
    struct device *device = NULL;
    struct output_file *file = NULL;
    struct output_file *json_file = NULL;
    struct plan plan = {0};
    enum status status = options_expect(options, 1, "a model, for example model.msm", error);
    if (status == STATUS_OK && options->output == NULL) {
        status = error_set(error, STATUS_INVALID, "no output named; expected -o FILE.fst");
    }
    if (status == STATUS_OK && options->network == NETWORK_ANN) {
        status = error_set(error, STATUS_INVALID, "--network ann: expected snn or memristor");
    }
    if (status == STATUS_OK) {
        status = make_plan(options, &plan, error);
    }
    if (status == STATUS_OK) {
        status = open_model(options, &model, error);
        stage.model = model;
    }
    if (status == STATUS_OK) {
        status = open_device_for(options, model, &device, error);
    }
    if (status == STATUS_OK && !options->program) {
        status = load_review(options, model, &plan, error);
    }
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    if (status == STATUS_OK) {
        status = output_file_open(options->output, &file, error);
    }
    if (status == STATUS_OK) {
        options->settings.engine = ENGINE_MODEL; /* what comes before, fast */
        status = set_stage(&stage, device, &plan, error);
        if (status == STATUS_OK) {
            status = record(&stage, &plan, &file, &json_file, error);
        }
        machine_close(&stage.machine);
    }
    output_file_discard(file);
    output_file_discard(json_file);
    free(stage.targets);
    free(plan.devices);
    free(plan.rates);
    device_free(device);
    model_free(model);
    return status;
}

static const enum option_id options_taken[] = {OPTION_OUTPUT,       OPTION_REVIEW,
                                               OPTION_PROGRAM,      OPTION_DEVICES,
                                               OPTION_WINDOW,       OPTION_EVENT,
                                               OPTION_BEFORE,       OPTION_AFTER,
                                               OPTION_OPEN,         OPTION_DATA,
                                               OPTION_VECTORS,      OPTION_CORPUS,
                                               OPTION_NETWORK,      OPTION_ARRAY,
                                               OPTION_DEVICE,       OPTION_PRESET,
                                               OPTION_STEPS,        OPTION_THRESHOLD,
                                               OPTION_ENCODER,      OPTION_TOLERANCE,
                                               OPTION_MAX_PULSES,   OPTION_READ_NOISE,
                                               OPTION_VERIFY_READS, OPTION_TOLERANCE_MARGIN,
                                               OPTION_GUARD_BAND,   OPTION_NOISE_CORRECTION,
                                               OPTION_ADC_BITS,     OPTION_ADC_FULL_SCALE,
                                               OPTION_SEED,         OPTION_JSON,
                                               OPTION_END};

const struct command command_trace = {
    .name = "trace",
    .summary = "record waveforms of a review or of the writing, for GTKWave",
    .usage = "model.msm -o FILE.fst [--review N | --program] [options]",
    .text =
        "Runs one test review, or with --program the writing of the devices, on the RTL and records every "
        "signal of it, "
        "with\n"
        "the analogue values beside them as real numbers: column current, membrane and threshold, resistance "
        "and\n"
        "target of the chosen devices. --window keeps some clocks of it; --event finds a moment first and "
        "keeps what\n"
        "lies around it:\n"
        "  write:N  the N-th write pulse       converged, stalled, exhausted  the first device that ends so "
        "(or :N)\n"
        "  spike:N  the N-th output spike      mismatch  the first clock at which RTL and C reference models "
        "differ\n"
        "The last line opens the file in GTKWave; --open does so at once. docs/debugging.md is a guide.\n\n"
        "examples:\n"
        "  memspike trace model.msm --corpus corpus.msc --review 12 -o review.fst\n"
        "  memspike trace model.msm --corpus corpus.msc --event spike:3 --array 10x10 -o spike.fst --open\n"
        "  memspike trace model.msm --program --devices 3,7 -o write.fst\n"
        "  memspike trace model.msm --program --event exhausted --max-pulses 3 -o exhausted.fst\n"
        "  memspike trace model.msm --corpus corpus.msc --event mismatch -o mismatch.fst",
    .options = options_taken,
    .run = run,
};
