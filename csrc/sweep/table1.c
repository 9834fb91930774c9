// SPDX-License-Identifier: Apache-2.0
#include "sweep/table1.h"

#include "model/base/memory.h"
#include "run/trainer.h"

#include <math.h>
#include <stdlib.h>

const char *const table1_names[TABLE1_COLUMNS] = {"ann", "snn_approach1", "memristor_approach1",
                                                  "snn_approach2", "memristor_approach2"};
const double table1_published[TABLE1_COLUMNS] = {86.02, 85.89, 85.88, 85.92, 84.86};

static struct table1_writing writing(const struct table1_conditions *conditions,
                                     const struct test_result *result,
                                     const struct engine_statistics *statistics)
{
    return (struct table1_writing) {
        .review = cost_of_sample(conditions->costs, conditions->settings, result),
        .writing = cost_of_writing(conditions->costs, conditions->settings, statistics),
        .weight_error_std = result->write.weight_error_std,
        .pulses = statistics->pulses,
        .programming_us = statistics->programming_us,
        .energy_j = statistics->energy_j,
    };
}

/* Leaves a trained network. Release with trainer_close(), also after a failure. */
static enum status train(const struct table1_conditions *conditions, uint32_t approach,
                         enum network_kind kind, struct trainer *trainer, struct error *error)
{
    enum status status = trainer_open(trainer, conditions->corpus, conditions->settings, conditions->device,
                                      approach, kind, error);
    return status == STATUS_OK ? trainer_run(trainer, error) : status;
}

/* The ANN, and what becomes of it on the hardware. */
static enum status run_approach1(const struct table1_conditions *conditions, struct table1 *table,
                                 uint32_t row, struct error *error)
{
    static const enum network_kind kinds[] = {NETWORK_ANN, NETWORK_SNN, NETWORK_MEMRISTOR};
    struct trainer trainer;
    enum status status = train(conditions, 1, NETWORK_ANN, &trainer, error);
    for (int i = 0; i < 3 && status == STATUS_OK; i++) {
        struct test_result result;
        status = trainer_test(&trainer, kinds[i], &result, error);
        table->accuracy[row * TABLE1_COLUMNS + (uint32_t) i] = confusion_accuracy(&result.confusion);
        if (kinds[i] == NETWORK_MEMRISTOR) {
            table->writing[(size_t) 2 * row] = writing(conditions, &result, &result.statistics);
        }
    }
    trainer_close(&trainer);
    return status;
}

/* The spiking network trained on the hardware, with ideal weights or in memristors. */
static enum status run_approach2(const struct table1_conditions *conditions, enum network_kind kind,
                                 struct table1 *table, uint32_t row, struct error *error)
{
    struct trainer trainer;
    enum status status = train(conditions, 2, kind, &trainer, error);
    if (status == STATUS_OK) {
        struct test_result result;
        status = trainer_test(&trainer, kind, &result, error);
        const enum table1_column column =
            kind == NETWORK_SNN ? TABLE1_SNN_APPROACH2 : TABLE1_MEMRISTOR_APPROACH2;
        table->accuracy[row * TABLE1_COLUMNS + column] = confusion_accuracy(&result.confusion);
        if (kind == NETWORK_MEMRISTOR) {
            table->writing[(size_t) 2 * row + 1] =
                writing(conditions, &result, &trainer.training.machine.statistics);
        }
    }
    trainer_close(&trainer);
    return status;
}

static enum status run_seed(const struct table1_conditions *conditions, struct table1 *table, uint32_t row,
                            struct error *error)
{
    struct settings settings = *conditions->settings;
    settings.seed = table->first_seed + row;
    struct table1_conditions seeded = *conditions;
    seeded.settings = &settings;
    enum status status = run_approach1(&seeded, table, row, error);
    if (status == STATUS_OK) {
        status = run_approach2(&seeded, NETWORK_SNN, table, row, error);
    }
    if (status == STATUS_OK) {
        status = run_approach2(&seeded, NETWORK_MEMRISTOR, table, row, error);
    }
    return status;
}

enum status table1_run(const struct table1_conditions *conditions, uint32_t seeds,
                       const struct table1_observer *observer, struct table1 *table, struct error *error)
{
    *table = (struct table1) {
        .seeds = seeds,
        .first_seed = conditions->settings->seed,
        .accuracy = allocate((size_t) seeds * TABLE1_COLUMNS, sizeof(double)),
        .writing = allocate((size_t) seeds * 2, sizeof(struct table1_writing)),
    };
    enum status status = STATUS_OK;
    for (uint32_t row = 0; row < seeds && status == STATUS_OK; row++) {
        status = run_seed(conditions, table, row, error);
        if (status == STATUS_OK && observer != NULL) {
            observer->seed(observer->context, table, row);
        }
    }
    return status;
}

void table1_clear(struct table1 *table)
{
    free(table->accuracy);
    free(table->writing);
    *table = (struct table1) {0};
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
