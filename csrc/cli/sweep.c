// SPDX-License-Identifier: Apache-2.0
#include "sweep/sweep.h"
#include "base/interrupt.h"
#include "base/output_file.h"
#include "base/shipped.h"
#include "cli/commands.h"
#include "model/base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Of an experiment's point, without the seed; ends without a newline. */
static void print_point(const struct experiment *experiment, const struct point *point)
{
    char text[32];
    (void) printf("%-8s approach %u, %s", experiment->name, point->approach,
                  network_kind_names[point->network]);
    for (uint32_t a = 0; a < experiment->axis_count; a++) {
        if (strcmp(experiment->axes[a].key, "network") != 0) {
            point_key_text(point, experiment->axes[a].key, text);
            (void) printf(", %s %s", experiment->axes[a].key, text);
        }
    }
}

static void print_list(const struct sweep *sweep)
{
    uint32_t points = 0;
    for (uint32_t e = 0; e < sweep->experiments->count; e++) {
        const struct experiment *experiment = &sweep->experiments->items[e];
        for (uint32_t p = 0; p < experiment->point_count; p++) {
            print_point(experiment, &experiment->points[p]);
            (void) printf("; seeds %" PRIu64 " to %" PRIu64 "\n", sweep->settings->seed,
                          sweep->settings->seed + sweep_seeds(sweep, experiment) - 1);
        }
        points += experiment->point_count;
    }
    (void) printf("%u points; %u runs, those that they share counted once\n", points, sweep->task_count);
}

/* The published value for a point of one axis; NULL for none. */
static const double *find_published(const struct experiment *experiment, const struct point *point,
                                    enum measure measure)
{
    for (uint32_t i = 0; i < experiment->published_count; i++) {
        const struct published *published = &experiment->published[i];
        for (uint32_t j = 0; j < published->count && published->measure == measure; j++) {
            if (point == &experiment->points[published->at[j]]) {
                return &published->values[j];
            }
        }
    }
    return NULL;
}

static void print_mean(const struct experiment *experiment, const struct point *point, enum measure measure,
                       double mean)
{
    const double scale = measure == MEASURE_ACCURACY ? 100 : 1;
    const char *unit = measure == MEASURE_ACCURACY ? " %" : "";
    const double *published = find_published(experiment, point, measure);
    (void) printf("; %s %.4g%s", measure_names[measure], scale * mean, unit);
    if (published != NULL) {
        (void) printf(" (paper %.4g%s)", scale * *published, unit);
    }
}

/* Means over the seeds of what is one number. */
static void print_results(const struct sweep *sweep)
{
    for (uint32_t e = 0; e < sweep->experiments->count; e++) {
        const struct experiment *experiment = &sweep->experiments->items[e];
        const uint32_t seeds = sweep_seeds(sweep, experiment);
        for (uint32_t p = 0; p < experiment->point_count; p++) {
            const struct point *point = &experiment->points[p];
            double accuracy = 0, written = 0, read = 0;
            for (uint32_t s = 0; s < seeds; s++) {
                const struct task_result *result = &sweep->tasks[sweep->task_of[e][p * seeds + s]].result;
                accuracy += result->accuracy / seeds;
                written += result->weight_error_std / seeds;
                read += result->read_error_std / seeds;
            }
            print_point(experiment, point);
            print_mean(experiment, point, MEASURE_ACCURACY, accuracy);
            if (experiment->measured[MEASURE_WEIGHT_ERROR_STD]) {
                print_mean(experiment, point, MEASURE_WEIGHT_ERROR_STD, written);
            }
            if (experiment->measured[MEASURE_READ_ERROR_STD]) {
                print_mean(experiment, point, MEASURE_READ_ERROR_STD, read);
            }
            (void) printf("\n");
        }
    }
}

static json_t *axes_json(const struct experiment *experiment)
{
    json_t *axes = json_array();
    uint32_t stride = experiment->point_count;
    for (uint32_t a = 0; a < experiment->axis_count; a++) {
        json_t *values = json_array();
        stride /= experiment->axes[a].count;
        for (uint32_t i = 0; i < experiment->axes[a].count; i++) {
            char text[32];
            point_key_text(&experiment->points[(size_t) i * stride], experiment->axes[a].key, text);
            (void) json_array_append_new(values, value_json(text));
        }
        (void) json_array_append_new(
            axes, json_pack("{s:s, s:o}", "key", experiment->axes[a].key, "values", values));
    }
    return axes;
}

static json_t *experiment_json(const struct sweep *sweep, const struct experiment *experiment)
{
    json_t *measured = json_array(), *seeds = json_array(), *published = json_array();
    for (int i = 0; i < MEASURES; i++) {
        if (experiment->measured[i]) {
            (void) json_array_append_new(measured, json_string(measure_names[i]));
        }
    }
    for (uint32_t i = 0; i < sweep_seeds(sweep, experiment); i++) {
        (void) json_array_append_new(seeds, json_integer((json_int_t) sweep->settings->seed + i));
    }
    for (uint32_t i = 0; i < experiment->published_count; i++) {
        const struct published *series = &experiment->published[i];
        json_t *at = json_array(), *values = json_array();
        for (uint32_t j = 0; j < series->count; j++) {
            char text[32];
            point_key_text(&experiment->points[series->at[j]], experiment->axes[0].key, text);
            (void) json_array_append_new(at, value_json(text));
            (void) json_array_append_new(values, json_real(series->values[j]));
        }
        (void) json_array_append_new(published,
                                     json_pack("{s:s, s:o, s:o}", "measurement",
                                               measure_names[series->measure], "at", at, "values", values));
    }
    return json_pack("{s:s, s:s, s:i, s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "name", experiment->name,
                     "description", experiment->description, "approach", (int) experiment->approach,
                     "network", network_kind_names[experiment->points[0].network], "points",
                     (int) experiment->point_count, "first_point",
                     settings_json(&experiment->points[0].settings), "axes", axes_json(experiment),
                     "measured", measured, "seeds", seeds, "published", published);
}

static json_t *result_json(const struct sweep *sweep)
{
    char fingerprint[32], device[32];
    json_t *experiments = json_array();
    for (uint32_t e = 0; e < sweep->experiments->count; e++) {
        (void) json_array_append_new(experiments, experiment_json(sweep, &sweep->experiments->items[e]));
    }
    (void) snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, sweep->corpus->fingerprint);
    (void) snprintf(device, sizeof device, "%016" PRIx64, device_fingerprint(sweep->device));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:I, s:o, s:o}", "name",
                     sweep->experiments->name, "description", sweep->experiments->description, "version",
                     sweep->version, "corpus", sweep->corpus->kind, "corpus_fingerprint", fingerprint,
                     "train_reviews", (int) sweep->corpus->train_count, "test_reviews",
                     (int) sweep->corpus->test_count, "array", sweep->settings->hardware->name, "device",
                     sweep->device->name, "device_fingerprint", device, "seed",
                     (json_int_t) sweep->settings->seed, "configuration", settings_json(sweep->settings),
                     "experiments", experiments);
}

/* FOLDER/NAME, to be freed. */
static char *path_in(const char *folder, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) >= 0 ? path : duplicate_string(name);
}

/* The checksum that `memspike report` compares: CRC-32, which Python has too. */
static enum status print_checksum(const char *folder, const char *name, FILE *stream, struct error *error)
{
    unsigned char block[1 << 14];
    char *path = path_in(folder, name);
    FILE *file = fopen(path, "rb");
    uLong checksum = crc32(0, NULL, 0);
    for (bool more = file != NULL; more;) {
        const size_t length = fread(block, 1, sizeof block, file);
        checksum = crc32(checksum, block, (uInt) length);
        more = length == sizeof block;
    }
    enum status status = STATUS_OK;
    if (file == NULL || ferror(file) != 0) {
        status = error_set_errno(error, STATUS_FAILED, "%s: cannot be read", path);
    }
    if (file != NULL) {
        (void) fclose(file);
    }
    (void) fprintf(stream, "%08lx  %s\n", checksum, name);
    free(path);
    return status;
}

static enum status write_checksums(const char *folder, struct error *error)
{
    char *path = path_in(folder, "sweep.crc32");
    struct output_file *file = NULL;
    enum status status = output_file_open(path, &file, error);
    free(path);
    if (status != STATUS_OK) {
        return status;
    }
    status = print_checksum(folder, "sweep.csv", output_file_stream(file), error);
    if (status == STATUS_OK) {
        status = print_checksum(folder, "sweep.json", output_file_stream(file), error);
    }
    if (status != STATUS_OK) {
        output_file_discard(file);
        return status;
    }
    return output_file_commit(file, error);
}

static enum status write_files(const struct sweep *sweep, const char *folder, struct error *error)
{
    char *csv = path_in(folder, "sweep.csv"), *json_path = path_in(folder, "sweep.json");
    struct output_file *file = NULL;
    enum status status = output_file_open(csv, &file, error);
    if (status == STATUS_OK) {
        sweep_print_csv(sweep, output_file_stream(file));
        status = output_file_commit(file, error);
    }
    if (status == STATUS_OK) {
        status = output_file_open(json_path, &file, error);
    }
    if (status == STATUS_OK) {
        const struct options named = {.json = json_path};
        status = write_json(&named, result_json(sweep), file, error);
    }
    if (status == STATUS_OK) {
        status = write_checksums(folder, error);
    }
    free(csv);
    free(json_path);
    return status;
}

static enum status run_in_folder(struct sweep *sweep, const char *folder, struct ranks *ranks,
                                 struct error *error)
{
    const uint32_t before = sweep_done(sweep);
    if (before > 0) {
        (void) printf("%s holds %u of %u runs already\n", folder, before, sweep->task_count);
        (void) fflush(stdout);
    }
    interrupt_catch();
    enum status status =
        ranks != NULL ? sweep_run_ranks(sweep, folder, ranks, error) : sweep_run(sweep, folder, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (ranks != NULL && ranks->number > 0) {
        return STATUS_OK;
    }
    if (sweep_done(sweep) < sweep->task_count) {
        if (ranks == NULL) { /* rank 0 has said so at once */
            sweep_say_kept(sweep, folder, "interrupted", "the same command goes on");
        }
        return STATUS_FAILED;
    }
    status = write_files(sweep, folder, error);
    if (status == STATUS_OK) {
        print_results(sweep);
        (void) printf("%s/sweep.csv and %s/sweep.json hold it all\n", folder, folder);
    }
    return status;
}

/* Ranks compare their plans before rank 0, the only one that uses the folder, makes it; none begins
 * before. */
static enum status open_folder(struct sweep *sweep, const struct options *options, enum status status,
                               struct error *error)
{
    struct ranks *ranks = options->ranks;
    if (ranks != NULL) {
        char *identity = status == STATUS_OK ? sweep_identity(sweep) : NULL;
        status = ranks_agree(ranks, status, identity, error);
        free(identity);
    }
    if (status == STATUS_OK && (ranks == NULL || ranks->number == 0)) {
        status = sweep_open_folder(sweep, options->output, error);
    }
    return ranks != NULL && !ranks->failed ? ranks_agree(ranks, status, NULL, error) : status;
}

static enum status open_and_run(const struct options *options, struct sweep *sweep, struct error *error)
{
    struct device *device = NULL;
    struct corpus *corpus = NULL;
    enum status status = open_device(options, &device, error);
    if (status == STATUS_OK) {
        status = open_corpus(options, &corpus, error);
    }
    if (status == STATUS_OK) {
        sweep->device = device;
        sweep->corpus = corpus;
        status = options->ranks != NULL ? sweep_check_ranks(sweep, options->ranks, error) : STATUS_OK;
    }
    status = open_folder(sweep, options, status, error);
    if (status == STATUS_OK) {
        status = run_in_folder(sweep, options->output, options->ranks, error);
    }
    device_free(device);
    corpus_free(corpus);
    return status;
}

static enum status run(struct options *options, struct error *error)
{
    enum status status =
        options_expect(options, 1, "an experiment: its name in data/experiments, or a file", error);
    if (status != STATUS_OK) {
        return status;
    }
    if (options->output == NULL && !options->list) {
        return error_set(error, STATUS_INVALID, "no folder named for the results; expected -o DIR");
    }
    struct experiments experiments;
    struct sweep sweep = {
        .experiments = &experiments,
        .settings = &options->settings,
        .version = MEMSPIKE_VERSION,
        .seeds = options->given[OPTION_SEEDS] ? options->seeds : 0,
    };
    char *path = shipped_file(command_sweep.shipped, options->arguments[0]);
    status = experiments_load(path, &options->settings, &experiments, error);
    if (status == STATUS_OK) {
        sweep_plan(&sweep);
        if (options->list) {
            print_list(&sweep);
        } else {
            status = open_and_run(options, &sweep, error);
        }
    }
    sweep_clear(&sweep);
    experiments_clear(&experiments);
    free(path);
    return status;
}

static const enum option_id options_taken[] = {
    OPTION_OUTPUT, OPTION_LIST,  OPTION_DATA,   OPTION_VECTORS, OPTION_CORPUS,  OPTION_SEEDS, OPTION_SEED,
    OPTION_ENGINE, OPTION_ARRAY, OPTION_DEVICE, OPTION_PRESET,  OPTION_THREADS, OPTION_END};

const struct command command_sweep = {
    .name = "sweep",
    .summary = "an experiment: every point of a grid of settings, with several seeds",
    .usage = "NAME -o DIR [options]",
    .shipped = "experiments",
    .text =
        "Runs the experiment NAME of data/experiments, or of a file of one's own (a name with a / or a . in "
        "it). Shipped\n"
        "are the paper's figures fig3b, fig4a to fig4f and fig5a to fig5f, its Table 1 as table1_approach1 "
        "and\n"
        "table1_approach2, and `paper` for all of them. `memspike report DIR` draws the results.\n\n"
        "DIR receives sweep.csv, a row for every point, seed and measurement, sweep.json with the "
        "configuration,\n"
        "the version, the seeds and what was published, and their checksums in sweep.crc32. Every point is "
        "saved in DIR/points when it is done; "
        "a sweep\n"
        "that was stopped in whatever way goes on when the command is given again, and ends in the same "
        "bytes.\n"
        "Points run side by side on all processors; their number, and the engine, change nothing.\n\n"
        "Under mpirun or srun the ranks share one sweep: rank 0 hands out the points one by one, and it "
        "alone "
        "writes DIR\n"
        "and prints. Every rank reads the corpus. --threads is then each rank's [its share of its machine's "
        "processors].\n"
        "With most MPIs the death of a rank ends all ranks; what is saved stays, and the same command goes "
        "on.\n\n"
        "examples:\n"
        "  memspike sweep fig4b --list\n"
        "  memspike sweep fig4b --corpus corpus.msc -o fig4b\n"
        "  memspike sweep paper --corpus corpus.msc --seeds 1 -o paper1\n"
        "  mpirun -n 8 memspike sweep paper --corpus corpus.msc -o paper     on many machines; see "
        "scripts/sweep.sbatch\n"
        "  memspike sweep fig4e --corpus corpus.msc --device ./mine.cfg --seeds 5 -o mine\n"
        "  memspike sweep ./leak.cfg --corpus corpus.msc -o leak       one's own experiment",
    .options = options_taken,
    .engine = ENGINE_MODEL,
    .by_ranks = true,
    .run = run,
};
