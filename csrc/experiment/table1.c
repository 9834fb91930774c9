#include "experiment/table1.h"

#include "experiment/run.h"
#include "learn/online.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const table1_names[TABLE1_COLUMNS] = {"ann", "snn_approach1", "memristor_approach1",
                                                  "snn_approach2", "memristor_approach2"};
const double table1_published[TABLE1_COLUMNS] = {86.02, 85.89, 85.88, 85.92, 84.86};

static struct training_settings training_settings_of(const struct settings *settings, uint32_t approach)
{
    return (struct training_settings){
        .approach = approach,
        .seed = settings->seed,
        .epochs = settings->epochs,
        .learning_rate = settings->learning_rate,
    };
}

/* The ANN, and what becomes of it on the hardware. */
static enum status run_approach1(const struct corpus *corpus, const struct settings *settings,
                                 const struct device *device, struct table1 *table, uint32_t row,
                                 struct error *error)
{
    static const enum network_kind kinds[] = {NETWORK_ANN, NETWORK_SNN, NETWORK_MEMRISTOR};
    struct training_settings training_settings = training_settings_of(settings, 1);
    struct training training;
    training_begin(&training, corpus, &training_settings, settings->hardware->inputs);
    while (training.epochs_done < training.settings.epochs) {
        training_epoch(&training, corpus);
    }
    enum status status = STATUS_OK;
    for (int i = 0; i < 3 && status == STATUS_OK; i++) {
        struct test_result result;
        status = run_test(&training.best, corpus->test, NULL, corpus->test_count, settings, device, 1,
                          kinds[i], &result, error);
        table->accuracy[row * TABLE1_COLUMNS + (uint32_t) i] = confusion_accuracy(&result.confusion);
        if (kinds[i] == NETWORK_MEMRISTOR) {
            table->weight_error_std[row] = result.write.weight_error_std;
            table->pulses[row] = result.statistics.pulses;
            table->programming_us[row] = result.statistics.programming_us;
            table->energy_j[row] = result.statistics.energy_j;
        }
    }
    training_clear(&training);
    return status;
}

/* The spiking network trained on the hardware, with ideal weights or in memristors. */
static enum status run_approach2(const struct corpus *corpus, const struct settings *settings,
                                 const struct device *device, enum network_kind kind, double *accuracy,
                                 struct error *error)
{
    struct training_settings training_settings = training_settings_of(settings, 2);
    struct training training;
    struct machine machine;
    training_begin(&training, corpus, &training_settings, settings->hardware->inputs);
    enum status status = machine_create(&machine, settings, device, 2, error);
    double *best = allocate(settings->hardware->devices, sizeof *best);
    if (status == STATUS_OK) {
        struct online online = {
            .crossbar = machine.crossbar,
            .engine = machine.engine,
            .steps = settings->steps,
            .rule = settings->update_rule,
            .memristors = kind == NETWORK_MEMRISTOR,
        };
        online_begin(&training, &online);
        while (training.epochs_done < training.settings.epochs && status == STATUS_OK) {
            status = online_epoch(&training, corpus, &online, error);
            if (training.best_epoch == training.epochs_done) {
                memcpy(best, crossbar_resistances(machine.crossbar),
                       settings->hardware->devices * sizeof *best);
            }
        }
    }
    if (status == STATUS_OK) {
        struct test_result result = {.kind = kind};
        crossbar_set_resistances(machine.crossbar, best);
        status = machine_test(&machine, &training.best, corpus->test, NULL, corpus->test_count,
                              settings->steps, &result, error);
        *accuracy = confusion_accuracy(&result.confusion);
    }
    free(best);
    machine_close(&machine);
    training_clear(&training);
    return status;
}

static enum status run_seed(const struct corpus *corpus, const struct settings *settings,
                            const struct device *device, struct table1 *table, uint32_t row,
                            struct error *error)
{
    struct settings seeded = *settings;
    seeded.seed = table->first_seed + row;
    double *accuracy = table->accuracy + (size_t) row * TABLE1_COLUMNS;
    enum status status = run_approach1(corpus, &seeded, device, table, row, error);
    if (status == STATUS_OK) {
        status = run_approach2(corpus, &seeded, device, NETWORK_SNN, &accuracy[TABLE1_SNN_APPROACH2], error);
    }
    if (status == STATUS_OK) {
        status = run_approach2(corpus, &seeded, device, NETWORK_MEMRISTOR,
                               &accuracy[TABLE1_MEMRISTOR_APPROACH2], error);
    }
    return status;
}

enum status table1_run(const struct corpus *corpus, const struct settings *settings,
                       const struct device *device, uint32_t seeds, struct table1 *table,
                       void (*report)(void *context, const struct table1 *table, uint32_t row), void *context,
                       struct error *error)
{
    *table = (struct table1){
        .seeds = seeds,
        .first_seed = settings->seed,
        .accuracy = allocate((size_t) seeds * TABLE1_COLUMNS, sizeof(double)),
        .weight_error_std = allocate(seeds, sizeof(double)),
        .pulses = allocate(seeds, sizeof(uint64_t)),
        .programming_us = allocate(seeds, sizeof(uint64_t)),
        .energy_j = allocate(seeds, sizeof(double)),
    };
    if (corpus->embedding_size != 0 && corpus->embedding_size != settings->hardware->inputs) {
        return error_set(
            error, STATUS_INVALID,
            "the word vectors have %u values, but the array %s takes %u: choose another with --array",
            corpus->embedding_size, settings->hardware->name, settings->hardware->inputs);
    }
    enum status status = STATUS_OK;
    for (uint32_t row = 0; row < seeds && status == STATUS_OK; row++) {
        status = run_seed(corpus, settings, device, table, row, error);
        if (status == STATUS_OK && report != NULL) {
            report(context, table, row);
        }
    }
    return status;
}

void table1_clear(struct table1 *table)
{
    free(table->accuracy);
    free(table->weight_error_std);
    free(table->pulses);
    free(table->programming_us);
    free(table->energy_j);
    *table = (struct table1){0};
}

void table1_statistics(const struct table1 *table, enum table1_column column, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (uint32_t row = 0; row < table->seeds; row++) {
        sum += table->accuracy[row * TABLE1_COLUMNS + column];
    }
    *mean = sum / table->seeds;
    for (uint32_t row = 0; row < table->seeds; row++) {
        double difference = table->accuracy[row * TABLE1_COLUMNS + column] - *mean;
        squares += difference * difference;
    }
    *deviation = table->seeds > 1 ? sqrt(squares / (table->seeds - 1)) : 0;
}
