// SPDX-License-Identifier: Apache-2.0
#include "bench/bench.h"
#include "base/output_file.h"
#include "cli/commands.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 16 };

/* Behind the point, for four digits. */
static int places_of(double value)
{
    if (fabs(value) < 10) {
        return 3;
    }
    return fabs(value) < 100 ? 2 : 1;
}

/* Four digits and a unit: "12.34 us". */
static void write_seconds(double seconds, char text[TEXT_BYTES])
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof *units && fabs(seconds) < units[i].seconds) {
        i++;
    }
    const double value = seconds / units[i].seconds;
    (void) snprintf(text, TEXT_BYTES, "%.*f %s", places_of(value), value, units[i].name);
}

/* "12.34 M". */
static void write_rate(double rate, char text[TEXT_BYTES])
{
    static const struct {
        double size;
        const char *name;
    } units[] = {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}, {1, ""}};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof *units && rate < units[i].size) {
        i++;
    }
    const double value = rate / units[i].size;
    (void) snprintf(text, TEXT_BYTES, "%.*f%s", places_of(value), value, units[i].name);
}

static void print_times(double median, double least, double most)
{
    const double seconds[] = {median, least, most};
    for (int i = 0; i < 3; i++) {
        char text[TEXT_BYTES];
        write_seconds(seconds[i], text);
        (void) printf("  %10s", text);
    }
}

static void print_single(const struct bench_case *measured)
{
    char name[64];
    char rate[TEXT_BYTES];
    (void) snprintf(name, sizeof name, "%s%s%s", measured->engine != NULL ? measured->engine : "",
                    measured->engine != NULL ? ": " : "", measured->name);
    (void) printf("%-28s %-11s", name, measured->unit);
    print_times(measured->median / measured->units, measured->least / measured->units,
                measured->most / measured->units);
    write_rate(measured->units / measured->median, rate);
    (void) printf("  %8s", rate);
    if (measured->clocks > 0) {
        write_rate(measured->clocks / measured->median, rate);
        (void) printf("  %8s", rate);
    }
    (void) printf("\n");
}

static void print_linearity(const struct bench *bench, const struct bench_table *table)
{
    const struct bench_case *first = &bench->cases[table->first_case];
    (void) printf("\ntime against %s, engine %s: %s\n", table->varied, table->engine, table->held);
    (void) printf("%-8s %8s  %10s  %10s  %10s  %10s  %6s\n", "array", table->varied, "median", "least",
                  "most", "a unit", "ratio");
    for (uint32_t row = 0; row < table->rows; row++) {
        char unit[TEXT_BYTES];
        (void) printf("%-8s %8.0f", first[row].name, first[row].size);
        print_times(first[row].median, first[row].least, first[row].most);
        write_seconds(bench_per_unit(&first[row]), unit);
        (void) printf("  %10s  %6.2f\n", unit, bench_ratio(bench, table, row));
    }
    char fixed[TEXT_BYTES];
    char slope[TEXT_BYTES];
    write_seconds(table->fixed_seconds, fixed);
    write_seconds(table->slope_seconds, slope);
    (void) printf("a unit: %s; exponent %.3f; straight line %s + %s x %s, off by at most %.1f %%\n",
                  first->unit, table->exponent, fixed, slope, table->varied, 100 * table->deviation);
}

static void print_bench(const struct bench *bench, const struct bench_settings *settings)
{
    const struct settings *own = &settings->settings;
    (void) printf("array %s, T = %u, %u thread%s, seed %llu; %u round%s of about %g ms%s\n",
                  own->hardware->name, bench_steps(settings), own->threads, own->threads == 1 ? "" : "s",
                  (unsigned long long) own->seed, settings->rounds, settings->rounds == 1 ? "" : "s",
                  1e3 * bench_round_seconds(settings),
                  settings->quick ? " (--quick: too short to say how fast)" : "");
    (void) printf("crossbars on their own: ADC of %u bits, read noise %g %%\n\n", bench_adc_bits(own),
                  100 * bench_read_noise(own));
    (void) printf("%-28s %-11s  %10s  %10s  %10s  %8s  %8s\n", "block", "a unit", "median", "least", "most",
                  "units/s", "clocks/s");
    for (uint32_t i = 0; i < bench->single_count; i++) {
        print_single(&bench->cases[i]);
    }
    bool rtl = false, rtl_inputs = false;
    for (uint32_t t = 0; t < bench->table_count; t++) {
        const struct bench_table *table = &bench->tables[t];
        const bool of_rtl = strcmp(table->engine, engine_kind_names[ENGINE_RTL]) == 0;
        rtl = rtl || of_rtl;
        rtl_inputs = rtl_inputs || (of_rtl && strcmp(table->varied, "inputs") == 0);
        print_linearity(bench, table);
    }
    if (rtl && !rtl_inputs) {
        (void) printf(
            "\nno time against inputs for engine rtl: of the arrays that are built, no two differ in "
            "nothing but\ntheir inputs; see `memspike bench --help`\n");
    }
}

static json_t *time_json(const struct bench_case *measured)
{
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "unit", measured->unit, "units",
                     measured->units, "seconds", measured->median, "seconds_least", measured->least,
                     "seconds_most", measured->most, "seconds_per_unit", bench_per_unit(measured),
                     "units_per_second", measured->units / measured->median, "clocks_per_second",
                     measured->clocks / measured->median);
}

static json_t *result_json(const struct bench *bench, const struct bench_settings *settings)
{
    const struct settings *own = &settings->settings;
    json_t *blocks = json_array();
    json_t *engines = json_array();
    json_t *tables = json_array();
    for (uint32_t i = 0; i < bench->single_count; i++) {
        const struct bench_case *measured = &bench->cases[i];
        json_t *json = time_json(measured);
        if (measured->engine != NULL) {
            (void) json_object_set_new(json, "engine", json_string(measured->engine));
            (void) json_object_set_new(json, "work", json_string(measured->name));
            (void) json_array_append_new(engines, json);
        } else {
            (void) json_object_set_new(json, "block", json_string(measured->name));
            (void) json_array_append_new(blocks, json);
        }
    }
    for (uint32_t t = 0; t < bench->table_count; t++) {
        const struct bench_table *table = &bench->tables[t];
        json_t *rows = json_array();
        for (uint32_t row = 0; row < table->rows; row++) {
            const struct bench_case *measured = &bench->cases[table->first_case + row];
            json_t *json = time_json(measured);
            (void) json_object_set_new(json, table->varied, json_integer((json_int_t) measured->size));
            (void) json_object_set_new(json, "array", json_string(measured->name));
            (void) json_object_set_new(json, "ratio", json_real(bench_ratio(bench, table, row)));
            (void) json_array_append_new(rows, json);
        }
        (void) json_array_append_new(
            tables, json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:o}", "varied", table->varied, "engine",
                              table->engine, "held", table->held, "exponent", table->exponent,
                              "fixed_seconds", table->fixed_seconds, "slope_seconds", table->slope_seconds,
                              "line_deviation", table->deviation, "rows", rows));
    }
    return json_pack("{s:s, s:s, s:I, s:i, s:i, s:i, s:f, s:b, s:i, s:f, s:o, s:o, s:o}", "array",
                     own->hardware->name, "device", settings->device->name, "seed", (json_int_t) own->seed,
                     "steps", (int) bench_steps(settings), "threads", (int) own->threads, "rounds",
                     (int) settings->rounds, "round_seconds", bench_round_seconds(settings), "quick",
                     settings->quick ? 1 : 0, "crossbar_adc_bits", (int) bench_adc_bits(own),
                     "crossbar_read_noise", bench_read_noise(own), "blocks", blocks, "engines", engines,
                     "linearity", tables);
}

static enum status run(struct options *options, struct error *error)
{
    struct device *device = NULL;
    struct output_file *json_file = NULL;
    enum status status = options_expect(options, 0, "none", error);
    if (status == STATUS_OK && options->quick && options->given[OPTION_ROUNDS]) {
        status = error_set(error, STATUS_INVALID, "--quick is one round; expected it without --rounds");
    }
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    if (status == STATUS_OK) {
        status = open_device(options, &device, error);
    }
    if (status == STATUS_OK) {
        struct bench_settings settings = {
            .settings = options->settings,
            .device = device,
            .one_engine = options->given[OPTION_ENGINE],
            .rounds = options->quick ? 1 : options->rounds,
            .quick = options->quick,
        };
        if (!options->given[OPTION_THREADS]) {
            settings.settings.threads = 1;
        }
        struct bench bench;
        status = bench_run(&settings, &bench, error);
        if (status == STATUS_OK && print_table(options)) {
            print_bench(&bench, &settings);
        }
        if (status == STATUS_OK) {
            status = write_json(options, result_json(&bench, &settings), json_file, error);
            json_file = NULL;
        }
        bench_clear(&bench);
    }
    output_file_discard(json_file);
    device_free(device);
    return status;
}

static const enum option_id options_taken[] = {OPTION_ARRAY,   OPTION_ENGINE, OPTION_DEVICE, OPTION_PRESET,
                                               OPTION_STEPS,   OPTION_ROUNDS, OPTION_QUICK,  OPTION_SEED,
                                               OPTION_THREADS, OPTION_JSON,   OPTION_END};

const struct command command_bench = {
    .name = "bench",
    .summary = "measure how long everything takes, and how it grows",
    .usage = "[--engine rtl|model] [options]",
    .text =
        "Measures every block on its own, then a review and the writing of an array on each engine (--engine "
        "for one\n"
        "of them), then tables of time against reviews, steps and inputs. Works on random rates and weights; "
        "needs no\n"
        "data. Everything is measured in every round (--rounds); median, least and most of the rounds are "
        "shown. Engines\n"
        "run on one thread unless --threads says otherwise, blocks always do.\n\n"
        "A unit of the encoder, the crossbar and the neurons is a time step of one review with all inputs "
        "and "
        "outputs,\n"
        "of the memristor an Euler step of 1/CLOCKS_PER_US us, of random blocks four 32-bit numbers, of the "
        "register\n"
        "port a transfer. The controller is measured without the devices: each pulse does what was "
        "predicted. "
        "The\n"
        "Adagrad update works on one vector that stays in the cache, the mean word vector on 20,000 random "
        "ones.\n\n"
        "In the tables, `ratio` is a row's time for a unit by the first row's: 1.00 all the way down is "
        "proportional,\n"
        "and it falls where more work spreads fixed costs, such as the transfer of a review's rates. The "
        "exponent is\n"
        "fitted to log time against log size; the straight line, which lets fixed costs be, shows linear "
        "growth behind\n"
        "them.\n\n"
        "Inputs are varied on arrays that the reference models (engine `model`) take without being built: "
        "with a\n"
        "row for each input, and with 50 rows and more phases. The RTL is only there as it is built; builds "
        "of one phase and one "
        "output\n"
        "are compared when there are at least two of them:\n"
        "  cmake --preset release -DMEMSPIKE_EXTRA_HARDWARE=\"50x1 50 50 1 1;200x1 200 200 1 1\"\n\n"
        "examples:\n"
        "  memspike bench\n"
        "  memspike bench --engine model --rounds 11 --json bench.json\n"
        "  memspike bench --array 10x10 --steps 250\n"
        "  memspike bench --quick                          does it all run? its times mean little",
    .options = options_taken,
    .run = run,
};
