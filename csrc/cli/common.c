// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "base/output_file.h"
#include "base/shipped.h"
#include "cli/script.h"
#include "device_file/device_file.h"
#include "text/corpus_kind.h"
#include "text/data_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char default_data[] = "data/imdb";

static bool exists(const char *path)
{
    struct stat information;
    return stat(path, &information) == 0;
}

/* An empty folder, perhaps left by a failed download, counts as none. */
static bool holds_reviews(const char *folder)
{
    struct data_sources sources;
    if (data_sources_find(folder, "none", &sources, NULL) != STATUS_OK) {
        return false;
    }
    data_sources_free(&sources);
    return true;
}

enum status open_corpus(const struct options *options, struct corpus **corpus, struct error *error)
{
    enum status status;
    if (options->corpus != NULL) {
        if (options->data != NULL || options->vectors != NULL) {
            return error_set(error, STATUS_INVALID,
                             "--corpus holds reviews and vectors already; expected it alone");
        }
        status = corpus_load(options->corpus, corpus, error);
    } else {
        const char *environment = getenv("MEMSPIKE_DATA"); /* NOLINT(concurrency-mt-unsafe) */
        const char *data = options->data;
        if (data == NULL && environment != NULL && environment[0] != '\0') {
            data = environment;
        }
        if (data == NULL && holds_reviews(default_data)) {
            data = default_data;
        }
        if (data != NULL && data[0] == '\0') {
            return error_set(error, STATUS_INVALID,
                             "--data: the name is empty; expected a folder or an archive");
        }
        if (data != NULL && strcmp(data, "demo") == 0 && !exists(data)) {
            data = NULL;
        }
        if (data == NULL && options->vectors != NULL && strcmp(options->vectors, "none") != 0) {
            return error_set(error, STATUS_INVALID,
                             "--vectors %s: the demo corpus takes no word vectors; expected --data too",
                             options->vectors);
        }
        status = corpus_build(data, options->vectors, options->bigrams, corpus, error);
    }
    if (status == STATUS_OK && strcmp((*corpus)->kind, kind_demo) == 0 && !options->quiet) {
        char *script = script_path("fetch_data.sh");
        (void) fprintf(
            stderr,
            "memspike: using the built-in demo corpus, generated sentences: %s gets the real reviews\n",
            script);
        free(script);
    }
    return status;
}

enum status open_device(const struct options *options, struct device **device, struct error *error)
{
    char *path = shipped_file("devices", options->device);
    enum status status = device_load(path, device, error);
    free(path);
    return status;
}

enum status open_device_for(const struct options *options, const struct model *model, struct device **device,
                            struct error *error)
{
    enum status status = open_device(options, device, error);
    const struct deployment deployment = {&model->training, &options->settings, *device};
    if (status == STATUS_OK && options->network == NETWORK_MEMRISTOR && !options->program &&
        machine_was_trained(&deployment)) {
        status = options_refuse(
            options, NETWORK_MEMRISTOR,
            "without a model trained inside these memristors, to which nothing is written", error);
    }
    return status;
}

enum status open_model(struct options *options, struct model **model, struct error *error)
{
    enum status status = checkpoint_load(options->arguments[0], model, error);
    if (status == STATUS_OK && (*model)->training.best_epoch == 0) {
        status =
            error_set(error, STATUS_INVALID,
                      "%s: holds a training that was stopped in its first epoch; expected it to go on with "
                      "`memspike train --resume` first",
                      (*model)->path);
    }
    if (status == STATUS_OK && !options->given[OPTION_SEED]) {
        options->settings.seed = (*model)->training.settings.seed;
    }
    if (status == STATUS_OK && !options->given[OPTION_THRESHOLD]) {
        const struct training_settings *trained = &(*model)->training.settings;
        options->settings.threshold[trained->approach - 1] = 2 * trained->boundary;
    }
    return status;
}

enum status open_json(const struct options *options, struct output_file **file, struct error *error)
{
    *file = NULL;
    if (options->json == NULL || strcmp(options->json, "-") == 0) {
        return STATUS_OK;
    }
    return output_file_open(options->json, file, error);
}

enum status write_json(const struct options *options, json_t *json, struct output_file *file,
                       struct error *error)
{
    const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(17);
    enum status status = STATUS_OK;
    if (file != NULL) {
        FILE *stream = output_file_stream(file);
        if (json == NULL || json_dumpf(json, stream, flags) != 0 || fputc('\n', stream) == EOF) {
            output_file_discard(file);
            json_decref(json);
            return error_set(error, STATUS_FAILED, "%s: could not be written", options->json);
        }
        status = output_file_commit(file, error);
    } else if (options->json != NULL) {
        if (json == NULL || json_dumpf(json, stdout, flags) != 0 || putchar('\n') == EOF) {
            status = error_set_errno(error, STATUS_FAILED, "standard output: could not be written");
        }
    }
    json_decref(json);
    return status;
}

bool print_table(const struct options *options)
{
    return options->json == NULL || strcmp(options->json, "-") != 0;
}

const char *corpus_note(const char *kind)
{
    static char note[256];
    if (strcmp(kind, kind_imdb) == 0) {
        return "";
    }
    (void) snprintf(note, sizeof note, " (%s)", strcmp(kind, kind_demo) == 0 ? "demo corpus" : kind);
    return note;
}

json_t *value_json(const char *text)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (*end != '\0') {
        return json_string(text);
    }
    const json_int_t whole = (json_int_t) number;
    return (double) whole == number ? json_integer(whole) : json_real(number);
}

json_t *settings_json(const struct settings *settings)
{
    json_t *json = json_object();
    for (const struct setting *setting = settings_table; setting->name != NULL; setting++) {
        char first[32], second[32];
        settings_key_text(settings, 1, setting->name, first);
        settings_key_text(settings, 2, setting->name, second);
        (void) json_object_set_new(
            json, setting->name,
            setting->kind == SETTING_BY_APPROACH
                ? json_pack("{s:f, s:f}", "approach1", strtod(first, NULL), "approach2", strtod(second, NULL))
                : value_json(first));
    }
    return json;
}

enum status open_costs(const struct options *options, const struct device *device, struct costs *costs,
                       struct error *error)
{
    char *share = share_folder();
    char *folder = NULL;
    if (asprintf(&folder, "%s/costs", share) < 0) {
        abort();
    }
    enum status status = costs_load(folder, options->settings.hardware, device, costs, error);
    free(folder);
    free(share);
    return status;
}

static void print_energy(const struct cost *cost)
{
    const double joule = cost_joule(cost);
    (void) printf("%.3g J: array %.1f %%, ADC %.1f %%, digital ", joule, 100 * cost->array_joule / joule,
                  100 * cost->adc_joule / joule);
    if (cost->digital_joule > 0) {
        (void) printf("%.1f %%\n", 100 * cost->digital_joule / joule);
    } else {
        (void) printf("not measured for this array\n");
    }
}

void print_review_cost(const char *label, const struct cost *cost)
{
    (void) printf("%-18s %.1f clocks and %.1f transfers, %.3g s, %.0f spikes in and %.1f out, ", label,
                  cost->clocks, cost->transfer_clocks, cost->seconds, cost->input_spikes,
                  cost->output_spikes);
    print_energy(cost);
}

void print_writing_cost(const char *label, const struct cost *cost)
{
    (void) printf("%-18s %.0f clocks, %.3g s, ", label, cost->clocks, cost->seconds);
    print_energy(cost);
}

json_t *cost_json(const struct cost *cost)
{
    json_t *json = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "clocks", cost->clocks, "transfer_clocks",
                             cost->transfer_clocks, "seconds", cost->seconds, "input_spikes",
                             cost->input_spikes, "output_spikes", cost->output_spikes, "array_j",
                             cost->array_joule, "adc_j", cost->adc_joule);
    /* No sum for an array whose digital part was not measured. */
    const bool whole = cost->digital_joule > 0;
    (void) json_object_set_new(json, "digital_j", whole ? json_real(cost->digital_joule) : json_null());
    (void) json_object_set_new(json, "energy_j", whole ? json_real(cost_joule(cost)) : json_null());
    return json;
}
