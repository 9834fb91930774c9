// SPDX-License-Identifier: Apache-2.0
/* The main job, by the commands that a user would give one after the other. */
#include "base/output_file.h"
#include "base/shell_word.h"
#include "cli/commands.h"
#include "cli/script.h"
#include "model/base/memory.h"
#include "text/corpus_kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum file { CORPUS, CORPUS_JSON, MODEL, ANN_JSON, SNN_JSON, MEMRISTOR_JSON, FILES };
static const char *const file_names[FILES] = {"corpus.msc", "corpus.json", "model.msm",
                                              "ann.json",   "snn.json",    "memristor.json"};

/* The rows of the result, with what the paper has. */
static const struct {
    enum file file;
    const char *name;
    double paper;
} networks[] = {
    {ANN_JSON, "ANN (software)", 86.02},
    {SNN_JSON, "SNN on the RTL", 85.89},
    {MEMRISTOR_JSON, "SNN with memristors", 85.88},
};

/* A command with these words behind its name, ended by NULL. */
static enum status step(bool quiet, const char *title, const struct command *command,
                        const char *const *words, struct error *error)
{
    enum { MOST = 12 };
    /* Parsing changes their order, and nothing else. */
    char *arguments[MOST] = {(char *) command->name};
    int count = 1;
    for (; words[count - 1] != NULL && count + 2 < MOST; count++) {
        arguments[count] = (char *) words[count - 1];
    }
    if (quiet) {
        arguments[count++] = "--quiet";
    }
    (void) printf("\n== %s\n", title);
    (void) fflush(stdout);
    struct options options;
    bool help = false;
    enum status status = options_parse(command, count, arguments, &options, &help, error);
    if (status == STATUS_OK) {
        status = options_check_outputs(&options, error);
    }
    return status == STATUS_OK ? command->run(&options, error) : status;
}

static enum status run_steps(const struct options *options, char *const files[FILES], struct error *error)
{
    const bool given = options->argument_count > 0;
    const char *const prepare[] = {"-o",
                                   files[CORPUS],
                                   "--json",
                                   files[CORPUS_JSON],
                                   given ? "--data" : NULL,
                                   given ? options->arguments[0] : NULL,
                                   NULL};
    const char *const train[] = {"--corpus", files[CORPUS],   "-o", files[MODEL],
                                 "--json",   files[ANN_JSON], NULL};
    const char *const snn[] = {files[MODEL], "--corpus", files[CORPUS],   "--network",
                               "snn",        "--json",   files[SNN_JSON], NULL};
    const char *const memristor[] = {files[MODEL], "--corpus", files[CORPUS],         "--network",
                                     "memristor",  "--json",   files[MEMRISTOR_JSON], NULL};
    const char *const classify[] = {files[MODEL], "A wonderful film with a great story and superb acting.",
                                    NULL};
    const struct {
        const char *title;
        const struct command *command;
        const char *const *words;
    } steps[] = {
        {"reviews", &command_prepare, prepare},
        {"training (approach 1, the paper's ANN)", &command_train, train},
        {"spiking network on the RTL, ideal weights", &command_test, snn},
        {"spiking network on the RTL, weights written into memristors by the RTL's controller", &command_test,
         memristor},
        {"one review", &command_classify, classify},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == STATUS_OK; i++) {
        status = step(options->quiet, steps[i].title, steps[i].command, steps[i].words, error);
    }
    return status;
}

static double number(const json_t *result, const char *key)
{
    return json_number_value(json_object_get(result, key));
}

/* Whether it was the demo corpus. */
static bool print_result(json_t *const results[])
{
    const json_t *ann = results[0];
    const json_t *memristor = results[2];
    const char *kind = json_string_value(json_object_get(ann, "corpus"));
    const bool demo = strcmp(kind, kind_demo) == 0;
    static const char other[] = ", not comparable with the paper's IMDB figures";
    (void) printf("\n== result: ");
    if (demo) {
        (void) printf("DEMO CORPUS of generated sentences%s", other);
    } else if (strcmp(kind, kind_imdb) == 0) {
        (void) printf("%.0f IMDB test reviews", number(ann, "reviews"));
    } else {
        (void) printf("%.0f test reviews of %s%s", number(ann, "reviews"), kind, other);
    }
    (void) printf(", seed %.0f\naccuracy in %%              memspike   paper (IMDB)\n", number(ann, "seed"));
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        (void) printf("%-26s %8.2f   %8.2f\n", networks[i].name, 100 * number(results[i], "accuracy"),
                      networks[i].paper);
    }
    (void) printf("programming                %.0f pulses, %.1f ms, %.0f uJ\n", number(memristor, "pulses"),
                  number(memristor, "programming_us") / 1e3, number(memristor, "energy_j") * 1e6);
    return demo;
}

/* As a shell takes them. */
static void print_next_steps(char *const files[FILES], bool demo)
{
    char *memspike = shell_word(program_invocation_name);
    char *corpus = shell_word(files[CORPUS]);
    char *model = shell_word(files[MODEL]);
    (void) printf("\nnext:\n"
                  "  %s classify %s \"your own review\"\n"
                  "  %s program %s --pulses pulses.csv        every pulse that wrote the weights\n"
                  "  %s test %s --corpus %s --read-noise 0.1\n"
                  "  %s --help\n",
                  memspike, model, memspike, model, memspike, model, corpus, memspike);
    if (demo) {
        char *path = script_path("fetch_data.sh");
        char *script = shell_word(path);
        (void) printf("  %s data/imdb && %s demo    the same on the real IMDB reviews\n", script, memspike);
        free(script);
        free(path);
    }
    free(model);
    free(corpus);
    free(memspike);
}

static enum status report(char *const files[FILES], struct error *error)
{
    enum { NETWORKS = sizeof networks / sizeof *networks };
    json_t *results[NETWORKS] = {NULL};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < NETWORKS && status == STATUS_OK; i++) {
        json_error_t why;
        results[i] = json_load_file(files[networks[i].file], 0, &why);
        if (results[i] == NULL) {
            status = error_set(error, STATUS_FAILED, "%s: could not be read again: %s",
                               files[networks[i].file], why.text);
        }
    }
    if (status == STATUS_OK) {
        print_next_steps(files, print_result(results));
    }
    for (size_t i = 0; i < NETWORKS; i++) {
        json_decref(results[i]);
    }
    return status;
}

static enum status run(struct options *options, struct error *error)
{
    if (options->argument_count > 1) {
        return options_expect(options, 1, "at most one, the data folder", error);
    }
    const char *folder = options->output != NULL ? options->output : "memspike-demo";
    const bool is_new = access(folder, F_OK) != 0;
    enum status status = output_folder_make(folder, error);
    if (status != STATUS_OK) {
        return status;
    }
    char *files[FILES];
    for (size_t i = 0; i < FILES; i++) {
        if (asprintf(&files[i], "%s/%s", folder, file_names[i]) < 0) {
            files[i] = NULL;
        }
        files[i] = allocated(files[i]);
    }
    status = run_steps(options, files, error);
    if (status == STATUS_OK) {
        status = report(files, error);
    }
    if (status != STATUS_OK && is_new) {
        (void) rmdir(folder); /* unless something is in it */
    }
    for (size_t i = 0; i < FILES; i++) {
        free(files[i]);
    }
    return status;
}

static const enum option_id options_taken[] = {OPTION_OUTPUT, OPTION_END};

const struct command command_demo = {
    .name = "demo",
    .summary = "the main job, from reviews to memristors, beside the paper's figures",
    .usage = "[DATA] [-o DIR]",
    .text =
        "Reads the reviews, trains the network, converts it to the spiking network, writes its weights into "
        "memristors\n"
        "with the RTL's controller, tests on the RTL, and classifies a review: `memspike prepare`, `train`, "
        "`test` and\n"
        "`classify` one after the other. What they write goes to the folder DIR, memspike-demo without "
        "-o.\n\n"
        "DATA is a folder with the IMDB reviews (aclImdb/ or its archive) and optionally word vectors; "
        "without it\n"
        "$MEMSPIKE_DATA, data/imdb, or the built-in demo corpus is used, a small one of generated "
        "sentences.\n\n"
        "examples:\n"
        "  memspike demo\n"
        "  memspike demo ~/imdb\n"
        "  memspike demo ~/imdb -o results",
    .options = options_taken,
    .engine = ENGINE_RTL,
    .run = run,
};
