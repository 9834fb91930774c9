// SPDX-License-Identifier: Apache-2.0
#include "sweep/sweep.h"

#include <string.h>

/* The keys that any experiment varies, each once; preset keys need no other names. */
struct columns {
    uint32_t count;
    const char *keys[32];
};

static struct columns columns_of(const struct experiments *experiments)
{
    struct columns columns = {0};
    for (const struct setting *setting = settings_table; setting->name != NULL; setting++) {
        bool varies = false;
        for (uint32_t e = 0; e < experiments->count; e++) {
            for (uint32_t a = 0; a < experiments->items[e].axis_count; a++) {
                varies = varies || strcmp(experiments->items[e].axes[a].key, setting->name) == 0;
            }
        }
        if (varies) {
            columns.keys[columns.count++] = setting->name;
        }
    }
    return columns;
}

/* Everything of a row before the measurement. */
struct row {
    FILE *stream;
    const struct experiment *experiment;
    const struct point *point;
    uint64_t seed;
    const struct columns *columns;
};

/* index < 0: a measurement that is one number. */
static void print_row(const struct row *row, const char *measurement, int64_t index, double value)
{
    char text[32];
    (void) fprintf(row->stream, "%s,%u,%s", row->experiment->name, row->point->approach,
                   network_kind_names[row->point->network]);
    for (uint32_t i = 0; i < row->columns->count; i++) {
        point_key_text(row->point, row->columns->keys[i], text);
        (void) fprintf(row->stream, ",%s", text);
    }
    (void) fprintf(row->stream, ",%llu,%s,", (unsigned long long) row->seed, measurement);
    if (index >= 0) {
        (void) fprintf(row->stream, "%lld", (long long) index);
    }
    (void) fprintf(row->stream, ",%s\n", number_text(value, text));
}

static void print_series(const struct row *row, const char *measurement, const double *values, uint32_t count,
                         uint32_t first)
{
    for (uint32_t i = 0; i < count; i++) {
        print_row(row, measurement, (int64_t) first + i, values[i]);
    }
}

static void print_task(const struct row *row, const struct task_result *result)
{
    const bool *measured = row->experiment->measured;
    const struct {
        enum measure measure;
        double value;
    } numbers[] = {
        {MEASURE_ACCURACY, result->accuracy},
        {MEASURE_WEIGHT_ERROR_STD, result->weight_error_std},
        {MEASURE_READ_ERROR_STD, result->read_error_std},
        {MEASURE_PULSES, (double) result->pulses},
        {MEASURE_PROGRAMMING_US, (double) result->programming_us},
        {MEASURE_ENERGY_J, result->energy_j},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        /* Software has no hardware to measure. */
        if (measured[numbers[i].measure] &&
            (row->point->network != NETWORK_ANN || numbers[i].measure == MEASURE_ACCURACY)) {
            print_row(row, measure_names[numbers[i].measure], -1, numbers[i].value);
        }
    }
    if (measured[MEASURE_EPOCHS]) {
        print_series(row, "train_accuracy", result->train_accuracy, result->epoch_count, 1);
        print_series(row, "validation_accuracy", result->validation_accuracy, result->epoch_count, 1);
    }
    if (measured[MEASURE_WEIGHTS]) {
        print_series(row, "wanted_weight", result->wanted, result->weight_count, 0);
        print_series(row, "written_weight", result->written, result->weight_count, 0);
        print_series(row, "measured_weight", result->measured, result->weight_count, 0);
    }
    for (uint32_t i = 0; i < result->trace_count && measured[MEASURE_TRACE]; i++) {
        print_row(row, "trace_wanted", result->trace_review[i], result->trace_wanted[i]);
        print_row(row, "trace_measured", result->trace_review[i], result->trace_measured[i]);
    }
}

void sweep_print_csv(const struct sweep *sweep, FILE *stream)
{
    const struct columns columns = columns_of(sweep->experiments);
    (void) fprintf(stream, "experiment,approach,network");
    for (uint32_t i = 0; i < columns.count; i++) {
        (void) fprintf(stream, ",%s", columns.keys[i]);
    }
    (void) fprintf(stream, ",seed,measurement,index,value\n");
    for (uint32_t e = 0; e < sweep->experiments->count; e++) {
        const struct experiment *experiment = &sweep->experiments->items[e];
        const uint32_t seeds = sweep_seeds(sweep, experiment);
        for (uint32_t i = 0; i < experiment->point_count * seeds; i++) {
            const struct task *task = &sweep->tasks[sweep->task_of[e][i]];
            const struct row row = {.stream = stream,
                                    .experiment = experiment,
                                    .point = &experiment->points[i / seeds],
                                    .seed = task->seed,
                                    .columns = &columns};
            print_task(&row, &task->result);
        }
    }
}
