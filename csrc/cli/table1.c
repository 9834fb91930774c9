// SPDX-License-Identifier: Apache-2.0
#include "sweep/table1.h"
#include "base/output_file.h"
#include "cli/commands.h"
#include "text/corpus_kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_row(void *context, const struct table1 *table, uint32_t row)
{
    (void) context;
    const double *accuracy = table->accuracy + (size_t) row * TABLE1_COLUMNS;
    (void) printf("%-12" PRIu64, table->first_seed + row);
    for (int column = 0; column < TABLE1_COLUMNS; column++) {
        (void) printf("  %-14.2f", 100 * accuracy[column]);
    }
    for (int approach = 0; approach < 2; approach++) {
        const struct table1_writing *writing = &table->writing[(size_t) 2 * row + (size_t) approach];
        (void) printf("  %8" PRIu64 "  %8.3f  %9.4f", writing->pulses,
                      (double) writing->programming_us * 1e-6, writing->energy_j * 1e3);
    }
    (void) printf("\n");
    (void) fflush(stdout);
}

static void print_head(const struct corpus *corpus, const struct settings *settings)
{
    (void) printf("test accuracy in %% of %u reviews%s; array %s, engine %s, T = %u\n", corpus->test_count,
                  corpus_note(corpus->kind), settings->hardware->name, engine_kind_names[settings->engine],
                  settings->steps);
    static const char *const heads[2][TABLE1_COLUMNS] = {
        {"ANN", "SNN", "memristors", "SNN", "memristors"},
        {"software", "approach 1", "approach 1", "approach 2", "approach 2"},
    };
    for (int line = 0; line < 2; line++) {
        (void) printf("%-12s", line == 0 ? "" : "seed");
        for (int column = 0; column < TABLE1_COLUMNS; column++) {
            (void) printf("  %-14s", heads[line][column]);
        }
        (void) printf("%s\n", line == 0 ? "  writing, approach 1            training, approach 2"
                                        : "    pulses    time/s  energy/mJ    pulses    time/s  energy/mJ");
    }
    (void) fflush(stdout); // through a pipe too, the head is there while the first row is worked out
}

static void print_summary(const struct table1 *table, const struct corpus *corpus)
{
    (void) printf("%-12s", "mean +- std");
    for (int column = 0; column < TABLE1_COLUMNS; column++) {
        double mean, deviation;
        table1_statistics(table, (enum table1_column) column, &mean, &deviation);
        (void) printf("  %.2f +- %-5.2f", 100 * mean, 100 * deviation);
    }
    (void) printf("\n%-12s", "paper (IMDB)");
    for (int column = 0; column < TABLE1_COLUMNS; column++) {
        (void) printf("  %-14.2f", table1_published[column]);
    }
    (void) printf("%s\n", strcmp(corpus->kind, kind_imdb) == 0 ? "" : "  of other reviews");
}

/* Means over the seeds: a sum of costs is one of each part. */
static struct cost mean_cost(const struct table1 *table, int approach, bool of_review)
{
    struct cost mean = {0};
    for (uint32_t row = 0; row < table->seeds; row++) {
        const struct table1_writing *of_row = &table->writing[(size_t) 2 * row + (size_t) approach];
        const struct cost *cost = of_review ? &of_row->review : &of_row->writing;
        mean.seconds += cost->seconds / table->seeds;
        mean.array_joule += cost->array_joule / table->seeds;
        mean.adc_joule += cost->adc_joule / table->seeds;
        mean.digital_joule += cost->digital_joule / table->seeds;
        mean.input_spikes += cost->input_spikes / table->seeds;
        mean.output_spikes += cost->output_spikes / table->seeds;
        mean.clocks += cost->clocks / table->seeds;
        mean.transfer_clocks += cost->transfer_clocks / table->seeds;
    }
    return mean;
}

static void print_costs(const struct table1 *table, const struct costs *costs)
{
    static const char *const reviews[] = {"review, approach 1", "review, approach 2"};
    static const char *const writings[] = {"writing, appr. 1", "training, appr. 2"};
    (void) printf("\ncost with memristors, means: counts times the coefficients of data/costs/, a model\n");
    for (int approach = 0; approach < 2; approach++) {
        const struct cost review = mean_cost(table, approach, true);
        const struct cost writing = mean_cost(table, approach, false);
        print_review_cost(reviews[approach], &review);
        print_writing_cost(writings[approach], &writing);
    }
    double gates = 0;
    double flip_flops = 0;
    for (int block = 0; block < COST_BLOCKS; block++) {
        gates += costs->gates[block];
        flip_flops += costs->flip_flops[block];
    }
    if (!costs->digital) {
        return;
    }
    (void) printf("%-18s %.0f gates (NAND2-equivalents), %.0f flip-flops among them:", "area", gates,
                  flip_flops);
    for (int block = 0; block < COST_BLOCKS; block++) {
        if (costs->gates[block] > 0) {
            (void) printf(" %s %.1f %%", cost_block_names[block], 100 * costs->gates[block] / gates);
        }
    }
    (void) printf("\n");
}

static json_t *area_json(const struct costs *costs)
{
    json_t *area = json_object();
    for (int block = 0; block < COST_BLOCKS && costs->digital; block++) {
        (void) json_object_set_new(
            area, cost_block_names[block],
            json_pack("{s:f, s:f}", "gates", costs->gates[block], "flip_flops", costs->flip_flops[block]));
    }
    return area;
}

static json_t *writing_json(const struct table1_writing *writing)
{
    return json_pack("{s:I, s:I, s:f, s:f, s:o, s:o}", "pulses", (json_int_t) writing->pulses,
                     "programming_us", (json_int_t) writing->programming_us, "energy_j", writing->energy_j,
                     "weight_error_std", writing->weight_error_std, "cost", cost_json(&writing->writing),
                     "review_cost", cost_json(&writing->review));
}

static json_t *result_json(const struct table1 *table, const struct costs *costs, const struct corpus *corpus,
                           const struct settings *settings)
{
    json_t *json = json_pack("{s:s, s:s, s:i, s:i, s:I, s:i, s:s}", "corpus", corpus->kind, "array",
                             settings->hardware->name, "steps", (int) settings->steps, "reviews",
                             (int) corpus->test_count, "seed", (json_int_t) table->first_seed, "seeds",
                             (int) table->seeds, "update", update_rule_names[settings->update_rule]);
    (void) json_object_set_new(json, "learning_rate", json_real(settings->learning_rate));
    (void) json_object_set_new(json, "epochs", json_integer(settings->epochs));
    (void) json_object_set_new(json, "gain", json_pack("[f, f]", settings->gain[0], settings->gain[1]));
    (void) json_object_set_new(json, "task", json_string(task_names[settings->task]));
    for (int column = 0; column < TABLE1_COLUMNS; column++) {
        double mean, deviation;
        table1_statistics(table, (enum table1_column) column, &mean, &deviation);
        json_t *runs = json_array();
        for (uint32_t row = 0; row < table->seeds; row++) {
            double accuracy = table->accuracy[row * TABLE1_COLUMNS + (uint32_t) column];
            (void) json_array_append_new(runs, json_real(accuracy));
        }
        (void) json_object_set_new(
            json, table1_names[column],
            json_pack("{s:f, s:f, s:o}", "mean", mean, "std", deviation, "runs", runs));
    }
    json_t *writing = json_array();
    for (uint32_t row = 0; row < table->seeds; row++) {
        const struct table1_writing *of_row = &table->writing[(size_t) 2 * row];
        (void) json_array_append_new(
            writing, json_pack("{s:I, s:o, s:o}", "seed", (json_int_t) table->first_seed + row, "approach1",
                               writing_json(&of_row[0]), "approach2", writing_json(&of_row[1])));
    }
    (void) json_object_set_new(json, "writing", writing);
    (void) json_object_set_new(json, "area", area_json(costs));
    return json;
}

static enum status run(struct options *options, struct error *error)
{
    struct corpus *corpus = NULL;
    struct device *device = NULL;
    struct output_file *json_file = NULL;
    enum status status = options_expect(options, 0, "none", error);
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    if (status == STATUS_OK) {
        status = open_device(options, &device, error);
    }
    struct costs costs;
    if (status == STATUS_OK) {
        status = open_costs(options, device, &costs, error);
    }
    if (status == STATUS_OK) {
        status = open_corpus(options, &corpus, error);
    }
    if (status == STATUS_OK) {
        struct table1 table;
        bool print = print_table(options);
        if (print) {
            print_head(corpus, &options->settings);
        }
        const struct table1_conditions conditions = {corpus, &options->settings, device, &costs};
        const struct table1_observer observer = {.seed = print_row};
        status = table1_run(&conditions, options->seeds, print ? &observer : NULL, &table, error);
        if (status == STATUS_OK && print) {
            print_summary(&table, corpus);
            print_costs(&table, &costs);
        }
        if (status == STATUS_OK) {
            status = write_json(options, result_json(&table, &costs, corpus, &options->settings), json_file,
                                error);
            json_file = NULL;
        }
        table1_clear(&table);
    }
    output_file_discard(json_file);
    device_free(device);
    corpus_free(corpus);
    return status;
}

static const enum option_id options_taken[] = {OPTION_SEEDS,
                                               OPTION_UPDATE,
                                               OPTION_DATA,
                                               OPTION_VECTORS,
                                               OPTION_CORPUS,
                                               OPTION_ENGINE,
                                               OPTION_ARRAY,
                                               OPTION_DEVICE,
                                               OPTION_PRESET,
                                               OPTION_STEPS,
                                               OPTION_TOLERANCE,
                                               OPTION_MAX_PULSES,
                                               OPTION_READ_NOISE,
                                               OPTION_VERIFY_READS,
                                               OPTION_TOLERANCE_MARGIN,
                                               OPTION_GUARD_BAND,
                                               OPTION_NOISE_CORRECTION,
                                               OPTION_SEED,
                                               OPTION_THREADS,
                                               OPTION_JSON,
                                               OPTION_EPOCHS,
                                               OPTION_LEARNING_RATE,
                                               OPTION_GAIN,
                                               OPTION_END};

const struct command command_table1 = {
    .name = "table1",
    .summary = "the paper's Table 1, as mean and standard deviation over seeds",
    .usage = "[--seeds N] [options]",
    .text = "Trains and tests everything that the paper's Table 1 shows, once for each seed, and prints it "
            "beside the\n"
            "paper's figures; below, what a review and a writing cost, and the area of the digital part.\n\n"
            "examples:\n"
            "  memspike table1 --corpus corpus.msc --seeds 5\n"
            "  memspike table1 --corpus corpus.msc --array 10x10 --json table1.json\n"
            "  memspike table1 --corpus bigrams.msc --preset signed --array 100x1d --seeds 5",
    .options = options_taken,
    .engine = ENGINE_MODEL,
    .run = run,
};
