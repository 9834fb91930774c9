// SPDX-License-Identifier: Apache-2.0
#include "bench/bench.h"

#include "base/progress.h"
#include "base/wall_clock.h"
#include "bench/bench_blocks.h"
#include "model/base/memory.h"
#include "model/base/random.h"
#include "model/chip/dut.h"
#include "run/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TABLE_ROWS = 5,
    REVIEWS = 250, /* where something else is varied */
    QUICK_SHARE = 25,
    MOST_BUILDS = 16, /* rows of a table over hardware builds */
};

static const uint32_t review_sizes[TABLE_ROWS] = {250, 500, 1000, 2000, 4000};
static const uint32_t step_sizes[TABLE_ROWS] = {125, 250, 500, 1000, 2000};
/* All within what the register map can address. */
static const uint32_t input_sizes[TABLE_ROWS] = {50, 100, 200, 400, 800};

double bench_per_unit(const struct bench_case *measured)
{
    return measured->median / measured->units;
}

double bench_ratio(const struct bench *bench, const struct bench_table *table, uint32_t row)
{
    const struct bench_case *first = &bench->cases[table->first_case];
    return bench_per_unit(first + row) / bench_per_unit(first);
}

/* Measuring. */

double bench_round_seconds(const struct bench_settings *settings)
{
    return settings->quick ? 0.001 : 0.05;
}

void bench_add(struct bench *bench, const struct bench_case *added)
{
    bench->cases = reallocate(bench->cases, bench->case_count + 1, sizeof *bench->cases);
    bench->cases[bench->case_count++] = *added;
}

static enum status time_calls(const struct bench_case *measured, uint64_t calls, double *seconds)
{
    const double started = seconds_now();
    enum status status = STATUS_OK;
    for (uint64_t i = 0; i < calls && status == STATUS_OK; i++) {
        status = measured->call(measured->context);
    }
    *seconds = seconds_now() - started;
    return status;
}

/* The number of calls in a round, and their time. The first call, with cold caches, is not timed. */
static enum status plan(const struct bench_case *measured, double round_seconds, uint64_t *calls,
                        double *seconds)
{
    enum status status = measured->call(measured->context);
    double elapsed = 0;
    for (*calls = 1; status == STATUS_OK; *calls *= 2) {
        status = time_calls(measured, *calls, &elapsed);
        if (elapsed >= round_seconds / 4) {
            break;
        }
    }
    const double share = elapsed > 0 ? round_seconds / elapsed : 1;
    *seconds = elapsed;
    if (share > 1) {
        *calls = (uint64_t) ceil((double) *calls * share);
        *seconds = round_seconds;
    }
    return status;
}

static void conclude(struct bench_case *measured, double *times, uint32_t rounds)
{
    measured->median = bench_median(times, rounds);
    measured->least = times[0];
    measured->most = times[rounds - 1];
    measured->clocks = measured->clocks_of != NULL ? measured->clocks_of(measured->context) : 0;
}

enum status bench_measure(struct bench *bench, uint32_t rounds, double round_seconds)
{
    const uint32_t count = bench->case_count;
    uint64_t *calls = allocate(count, sizeof *calls);
    double *planned = allocate(count, sizeof *planned);
    double *times = allocate((size_t) count * rounds, sizeof *times);
    struct progress progress;
    enum status status = STATUS_OK;
    double round = 0;
    progress_begin(&progress, "warming up", count);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        status = plan(&bench->cases[i], round_seconds, &calls[i], &planned[i]);
        round += planned[i];
        progress_update(&progress, i + 1);
    }
    progress_end(&progress);
    double done = 0;
    progress_begin(&progress, "measuring", (uint64_t) (round * rounds * 1e6));
    for (uint32_t r = 0; r < rounds && status == STATUS_OK; r++) {
        for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
            double seconds = 0;
            status = time_calls(&bench->cases[i], calls[i], &seconds);
            times[(size_t) i * rounds + r] = seconds / (double) calls[i];
            done += planned[i];
            progress_update(&progress, (uint64_t) (done * 1e6));
        }
    }
    progress_end(&progress);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        conclude(&bench->cases[i], times + (size_t) i * rounds, rounds);
    }
    free(calls);
    free(planned);
    free(times);
    return status;
}

/* The engines. */

/* A machine with random weights, and random reviews for it or random targets. */
struct engine_work {
    struct hardware hardware;
    char name[24];
    struct machine machine;
    struct error *error;
    double calls;
    uint32_t count; /* of reviews */
    uint16_t *rates;
    uint32_t *numbers;
    uint16_t *spike_counts;
    double *resistances; /* of fresh devices */
    uint32_t *targets;
};

static enum status run_reviews(void *context)
{
    struct engine_work *work = context;
    work->calls++;
    return engine_infer(work->machine.engine, work->rates, work->numbers, work->count, work->spike_counts,
                        NULL, work->error);
}

static enum status run_writing(void *context)
{
    struct engine_work *work = context;
    work->calls++;
    crossbar_set_resistances(work->machine.crossbar, work->resistances);
    return engine_write(work->machine.engine, work->targets, NULL, NULL, work->error);
}

static double clocks_of_call(void *context)
{
    const struct engine_work *work = context;
    const struct engine_statistics *statistics = engine_statistics(work->machine.engine);
    return (double) (statistics->sample_clocks + statistics->write_clocks + statistics->transfer_clocks) /
           work->calls;
}

static void close_work(void *context)
{
    struct engine_work *work = context;
    machine_close(&work->machine);
    free(work->rates);
    free(work->numbers);
    free(work->spike_counts);
    free(work->resistances);
    free(work->targets);
    free(work);
}

/* settings->hardware is copied: it need not outlive the call. */
static enum status open_work(const struct settings *settings, const struct device *device, uint32_t count,
                             struct engine_work **opened, struct error *error)
{
    struct engine_work *work = allocate(1, sizeof *work);
    struct settings own = *settings;
    work->hardware = *settings->hardware;
    (void) snprintf(work->name, sizeof work->name, "%s", settings->hardware->name);
    work->hardware.name = work->name;
    own.hardware = &work->hardware;
    work->error = error;
    work->count = count;
    enum status status = machine_create(&work->machine, &own, device, 1, error);
    if (status != STATUS_OK) {
        close_work(work);
        return status;
    }
    const uint32_t devices = work->hardware.devices;
    struct random_stream random = {.seed = settings->seed, .purpose = RANDOM_BENCH, .index = 1};
    work->rates = allocate((size_t) count * work->hardware.inputs, sizeof *work->rates);
    work->numbers = allocate(count, sizeof *work->numbers);
    work->spike_counts = allocate((size_t) count * work->hardware.outputs, sizeof *work->spike_counts);
    work->resistances = allocate(devices, sizeof *work->resistances);
    work->targets = allocate(devices, sizeof *work->targets);
    for (size_t i = 0; i < (size_t) count * work->hardware.inputs; i++) {
        work->rates[i] = (uint16_t) random_next(&random);
    }
    for (uint32_t i = 0; i < count; i++) {
        work->numbers[i] = i;
    }
    memcpy(work->resistances, crossbar_resistances(work->machine.crossbar),
           devices * sizeof *work->resistances);
    double *weights = allocate(devices, sizeof *weights);
    for (uint32_t d = 0; d < devices; d++) {
        const double weight = 0.125 + 0.75 * random_unit(random_next(&random));
        weights[d] = device_resistance(device, weight);
        work->targets[d] = resistance_to_fixed(weights[d]);
    }
    crossbar_set_resistances(work->machine.crossbar, weights);
    free(weights);
    *opened = work;
    return STATUS_OK;
}

static enum status add_work(struct bench *bench, const struct bench_settings *bench_settings,
                            const struct settings *settings, uint32_t count, const struct bench_case *form,
                            struct error *error)
{
    struct engine_work *work = NULL;
    enum status status = open_work(settings, bench_settings->device, count, &work, error);
    if (status == STATUS_OK) {
        struct bench_case added = *form;
        added.engine = engine_kind_names[settings->engine];
        added.context = work;
        added.close = close_work;
        added.clocks_of = settings->engine == ENGINE_RTL ? clocks_of_call : NULL;
        bench_add(bench, &added);
    }
    return status;
}

/* The register port, which has no reference model: it is measured on the Verilated hardware. */
struct port_work {
    struct dut *dut;
    struct error *error;
};

static enum status run_transfers(void *context)
{
    struct port_work *work = context;
    const struct hardware *hardware = work->dut->hardware;
    for (uint32_t i = 0; i < hardware->inputs; i++) {
        if (!dut_write(work->dut, REGISTER_RATE + 4 * hardware_window_index(hardware, i), i)) {
            return error_set(work->error, STATUS_FAILED, "the hardware model refuses a rate");
        }
    }
    return STATUS_OK;
}

static double clocks_of_transfers(void *context)
{
    const struct port_work *work = context;
    return work->dut->hardware->inputs;
}

static void close_port(void *context)
{
    struct port_work *work = context;
    dut_close(work->dut);
    free(work);
}

static enum status add_register_port(struct bench *bench, const struct settings *settings,
                                     struct error *error)
{
    const enum status status = dut_load(settings->hardware, false, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct port_work *work = allocate(1, sizeof *work);
    work->dut = dut_open(settings->hardware);
    work->error = error;
    const struct bench_case added = {
        .name = "register port",
        .engine = engine_kind_names[ENGINE_RTL],
        .unit = "transfer",
        .units = settings->hardware->inputs,
        .call = run_transfers,
        .clocks_of = clocks_of_transfers,
        .context = work,
        .close = close_port,
    };
    bench_add(bench, &added);
    return STATUS_OK;
}

static uint32_t shrink(const struct bench_settings *settings, uint32_t size)
{
    const uint32_t shrunk = settings->quick ? size / QUICK_SHARE : size;
    return shrunk > 0 ? shrunk : 1;
}

static enum status add_engine(struct bench *bench, const struct bench_settings *bench_settings,
                              const struct settings *settings, struct error *error)
{
    const uint32_t reviews = shrink(bench_settings, REVIEWS);
    const struct bench_case forms[] = {
        {"reviews", NULL, "review", reviews, .call = run_reviews},
        {"writing the array", NULL, "array", 1, .call = run_writing},
    };
    enum status status =
        settings->engine == ENGINE_RTL ? add_register_port(bench, settings, error) : STATUS_OK;
    for (size_t i = 0; i < sizeof forms / sizeof *forms && status == STATUS_OK; i++) {
        status = add_work(bench, bench_settings, settings, reviews, &forms[i], error);
    }
    return status;
}

/* Tables. */

static struct bench_table *begin_table(struct bench *bench, const char *varied,
                                       const struct settings *settings)
{
    bench->tables = reallocate(bench->tables, bench->table_count + 1, sizeof *bench->tables);
    struct bench_table *table = &bench->tables[bench->table_count++];
    *table = (struct bench_table) {
        .varied = varied, .engine = engine_kind_names[settings->engine], .first_case = bench->case_count};
    return table;
}

/* A row with given size and units: `count` reviews with the settings. */
static enum status add_row(struct bench *bench, const struct bench_settings *bench_settings,
                           const struct settings *settings, uint32_t count, const struct bench_case *row,
                           struct error *error)
{
    struct bench_case form = *row;
    form.call = run_reviews;
    (void) snprintf(form.name, sizeof form.name, "%s", settings->hardware->name);
    return add_work(bench, bench_settings, settings, count, &form, error);
}

static enum status add_review_table(struct bench *bench, const struct bench_settings *bench_settings,
                                    const struct settings *settings, struct error *error)
{
    struct bench_table *table = begin_table(bench, "reviews", settings);
    (void) snprintf(table->held, sizeof table->held, "array %s, T = %u", settings->hardware->name,
                    settings->steps);
    table->rows = TABLE_ROWS;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < TABLE_ROWS && status == STATUS_OK; i++) {
        const uint32_t count = shrink(bench_settings, review_sizes[i]);
        const struct bench_case row = {.size = count, .unit = "review", .units = count};
        status = add_row(bench, bench_settings, settings, count, &row, error);
    }
    return status;
}

static enum status add_step_table(struct bench *bench, const struct bench_settings *bench_settings,
                                  const struct settings *settings, struct error *error)
{
    const uint32_t count = shrink(bench_settings, REVIEWS);
    struct bench_table *table = begin_table(bench, "steps", settings);
    (void) snprintf(table->held, sizeof table->held, "array %s, %u reviews", settings->hardware->name, count);
    table->rows = TABLE_ROWS;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < TABLE_ROWS && status == STATUS_OK; i++) {
        struct settings varied = *settings;
        varied.steps = shrink(bench_settings, step_sizes[i]);
        const struct bench_case row = {
            .size = varied.steps, .unit = "step", .units = (double) count * varied.steps};
        status = add_row(bench, bench_settings, &varied, count, &row, error);
    }
    return status;
}

static enum status add_input_rows(struct bench *bench, const struct bench_settings *bench_settings,
                                  const struct settings *settings, const struct hardware *arrays,
                                  uint32_t count, const char *how, struct error *error)
{
    const uint32_t reviews = shrink(bench_settings, REVIEWS);
    struct bench_table *table = begin_table(bench, "inputs", settings);
    (void) snprintf(table->held, sizeof table->held, "%s, %u reviews, T = %u", how, reviews, settings->steps);
    table->rows = count;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        struct settings varied = *settings;
        varied.hardware = &arrays[i];
        const struct bench_case row = {.size = arrays[i].inputs,
                                       .unit = "input and step",
                                       .units = (double) reviews * settings->steps * arrays[i].inputs};
        status = add_row(bench, bench_settings, &varied, reviews, &row, error);
    }
    return status;
}

/* The reference models take arrays of any size: inputs are added as rows, then as phases. */
static enum status add_made_input_tables(struct bench *bench, const struct bench_settings *bench_settings,
                                         const struct settings *settings, struct error *error)
{
    char names[2][TABLE_ROWS][16];
    struct hardware arrays[2][TABLE_ROWS];
    for (uint32_t i = 0; i < TABLE_ROWS; i++) {
        const uint32_t inputs = input_sizes[i];
        const uint32_t lanes = input_sizes[0];
        (void) snprintf(names[0][i], sizeof names[0][i], "%ux1", inputs);
        (void) snprintf(names[1][i], sizeof names[1][i], "%ux%u", lanes, inputs / lanes);
        arrays[0][i] = hardware_make(
            names[0][i], &(struct hardware_parameters) {
                             .inputs = inputs, .lanes = inputs, .outputs = 1, .clocks_per_us = 1});
        arrays[1][i] = hardware_make(names[1][i],
                                     &(struct hardware_parameters) {
                                         .inputs = inputs, .lanes = lanes, .outputs = 1, .clocks_per_us = 1});
    }
    enum status status = add_input_rows(bench, bench_settings, settings, arrays[0], TABLE_ROWS,
                                        "each on a row of its own", error);
    if (status == STATUS_OK) {
        status = add_input_rows(bench, bench_settings, settings, arrays[1], TABLE_ROWS, "50 rows, in phases",
                                error);
    }
    return status;
}

static int compare_inputs(const void *a, const void *b)
{
    const struct hardware *x = a;
    const struct hardware *y = b;
    return (x->inputs > y->inputs) - (x->inputs < y->inputs);
}

/* The Verilated RTL exists only in the sizes that were built, and only builds that differ in nothing but
 * their inputs are comparable. */
static enum status add_built_input_table(struct bench *bench, const struct bench_settings *bench_settings,
                                         const struct settings *settings, struct error *error)
{
    struct hardware arrays[MOST_BUILDS];
    uint32_t count = 0;
    for (const struct hardware *built = hardware_list(); built->name != NULL && count < MOST_BUILDS;
         built++) {
        bool fits = built->phases == 1 && built->codes == 1 && built->sides == 1;
        for (uint32_t i = 0; i < count; i++) {
            fits = fits && arrays[i].inputs != built->inputs;
        }
        if (fits) {
            arrays[count++] = *built;
        }
    }
    qsort(arrays, count, sizeof *arrays, compare_inputs);
    if (count < 2) {
        return STATUS_OK;
    }
    return add_input_rows(bench, bench_settings, settings, arrays, count, "each on a row of its own", error);
}

static enum status add_tables(struct bench *bench, const struct bench_settings *bench_settings,
                              const struct settings *settings, struct error *error)
{
    enum status status = add_review_table(bench, bench_settings, settings, error);
    if (status == STATUS_OK) {
        status = add_step_table(bench, bench_settings, settings, error);
    }
    if (status == STATUS_OK) {
        status = settings->engine != ENGINE_MODEL
                     ? add_built_input_table(bench, bench_settings, settings, error)
                     : add_made_input_tables(bench, bench_settings, settings, error);
    }
    return status;
}

/* All of it. */

uint32_t bench_steps(const struct bench_settings *settings)
{
    return shrink(settings, settings->settings.steps);
}

uint32_t bench_adc_bits(const struct settings *settings)
{
    return settings->adc_bits > 0 ? settings->adc_bits : 8;
}

double bench_read_noise(const struct settings *settings)
{
    return settings->read_noise > 0 ? settings->read_noise : 0.1;
}

typedef enum status add_function(struct bench *bench, const struct bench_settings *bench_settings,
                                 const struct settings *settings, struct error *error);

static enum status add_for_engines(struct bench *bench, const struct bench_settings *settings,
                                   add_function *add, struct error *error)
{
    enum status status = STATUS_OK;
    for (int kind = 0; engine_kind_names[kind] != NULL && status == STATUS_OK; kind++) {
        const bool board = engine_on_board(kind); /* only 10x10, and not for speed */
        if (!board && (!settings->one_engine || settings->settings.engine == (enum engine_kind) kind)) {
            struct settings own = settings->settings;
            own.engine = (enum engine_kind) kind;
            own.steps = bench_steps(settings);
            status = add(bench, settings, &own, error);
        }
    }
    return status;
}

enum status bench_run(const struct bench_settings *settings, struct bench *bench, struct error *error)
{
    *bench = (struct bench) {0};
    enum status status = bench_add_blocks(bench, settings, error);
    if (status == STATUS_OK) {
        status = add_for_engines(bench, settings, add_engine, error);
    }
    bench->single_count = bench->case_count;
    if (status == STATUS_OK) {
        status = add_for_engines(bench, settings, add_tables, error);
    }
    if (status == STATUS_OK) {
        status = bench_measure(bench, settings->rounds, bench_round_seconds(settings));
    }
    for (uint32_t t = 0; t < bench->table_count && status == STATUS_OK; t++) {
        struct bench_table *table = &bench->tables[t];
        double *sizes = allocate(table->rows, sizeof *sizes);
        double *seconds = allocate(table->rows, sizeof *seconds);
        for (uint32_t i = 0; i < table->rows; i++) {
            sizes[i] = bench->cases[table->first_case + i].size;
            seconds[i] = bench->cases[table->first_case + i].median;
        }
        table->exponent = bench_exponent(sizes, seconds, table->rows);
        bench_line(sizes, seconds, table->rows, &table->fixed_seconds, &table->slope_seconds,
                   &table->deviation);
        free(sizes);
        free(seconds);
    }
    return status;
}

void bench_clear(struct bench *bench)
{
    for (uint32_t i = 0; i < bench->case_count; i++) {
        if (bench->cases[i].close != NULL) {
            bench->cases[i].close(bench->cases[i].context);
        }
    }
    free(bench->cases);
    free(bench->tables);
    *bench = (struct bench) {0};
}
