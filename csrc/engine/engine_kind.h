// SPDX-License-Identifier: Apache-2.0
/* Internal to the engine: what its kinds share, and what each of them provides. */
#ifndef MEMSPIKE_CSRC_ENGINE_ENGINE_KIND_H
#define MEMSPIKE_CSRC_ENGINE_ENGINE_KIND_H

#include "engine/engine.h"
#include "model/chip/dut.h"
#include "model/chip/register_values.h"
#include "model/reference/crossbar_emulator.h"

#include <stddef.h>
#include <stdint.h>

/* Samples for one worker to run; arrays as in engine_infer(). */
struct sample_batch {
    const uint16_t *rates;
    const uint32_t *sample_numbers;
    uint32_t count;
    uint16_t *spike_counts;
    const struct step_observer *observer; /* NULL for none; with one there is one sample */
};

/* The array that a writing reference model writes to: verify readings, true resistances in ohm, whole
 * pulses. */
struct writing_array {
    void *context;
    uint32_t (*read)(void *context, uint32_t device);
    double (*resistance)(void *context, uint32_t device);
    void (*pulse)(void *context, const struct write_verify *writer);
};
/* A writing on the reference model of the controller in `hardware`, added to `statistics`. `results` and
 * `observer` may be NULL. */
void run_reference_writing(const struct engine *engine, const struct hardware *hardware,
                           const struct writing_array *array, const uint32_t *targets,
                           struct write_result *results, const struct pulse_observer *observer,
                           struct engine_statistics *statistics);
/* More clocks than any writing can take: every device uses all its pulses, each of the longest width. */
uint64_t writing_bound(const struct engine *engine);
/* The totals of the last writing, added to `statistics`. False when the hardware answers with an error. */
MUST_CHECK bool read_write_totals(struct dut *dut, struct engine_statistics *statistics);

/* The difference that a checker stopped at. */
struct failure {
    const uint32_t *targets; /* of a writing; NULL: a sample */
    const uint16_t *rates;
    uint32_t sample;
    uint64_t clock;
};
/* Restore the crossbar, run the RTL again up to that clock and record the last clocks in
 * settings.failure_waves; the message then says where. Does nothing when that is NULL. */
void replay_with_waves(const struct engine *engine, const struct failure *failure, struct error *error);

struct engine_kind_operations {
    bool one_worker;            /* cannot run samples side by side */
    uint32_t samples_per_batch; /* at most: large enough to amortise its scheduling */
    /* About as many, of samples that run one after the other: whoever asks to stop waits for a batch. 0 where
     * they run side by side. */
    uint32_t clocks_per_batch;
    /* Whether the kind supports engine->settings; NULL if it supports all. It may open the first worker. */
    enum status (*check)(struct engine *engine, struct error *error);
    /* A worker holds what one thread needs. NULL when the hardware misbehaves. */
    void *(*open)(const struct engine *engine);
    void (*close)(void *worker);
    /* Both add to `statistics`, but for the energy. */
    enum status (*infer)(const struct engine *engine, void *worker, const struct sample_batch *batch,
                         struct engine_statistics *statistics, struct error *error);
    enum status (*write)(const struct engine *engine, void *worker, const uint32_t *targets,
                         struct write_result *results, const struct pulse_observer *observer,
                         struct engine_statistics *statistics, struct error *error);
};

extern const struct engine_kind_operations engine_rtl_operations;
extern const struct engine_kind_operations engine_model_operations;
extern const struct engine_kind_operations engine_emulator_operations;
extern const struct engine_kind_operations engine_uart_operations;
/* engine_systemc_operations are those of csrc/engine/engine_systemc.cpp, a module (model/base/module.h). */

struct engine {
    const struct engine_kind_operations *operations;
    struct crossbar *crossbar;
    const struct hardware *hardware;
    struct engine_settings settings;
    struct register_values registers; /* what the settings come to */
    struct engine_statistics statistics;
    uint32_t *forbidden_seeds;   /* one a lane */
    struct error *first_failure; /* of a checker, with its note; empty before */
    uint32_t threads;
    void **workers; /* one a thread, opened when it is first needed */
};

/* For the two kinds with a crossbar emulator: refuse settings that a board does not support; and copy the
 * resistances after a writing back to the crossbar. */
MUST_CHECK enum status engine_check_board(const struct engine *engine, struct emulator_values *values,
                                          struct error *error);
void engine_take_resistances(const struct engine *engine, const uint32_t *resistances);

#endif
