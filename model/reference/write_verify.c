// SPDX-License-Identifier: Apache-2.0
#include "model/reference/write_verify.h"

#include <stdbool.h>
#include <stddef.h>

static void enter(struct write_verify *writer, enum write_state state, uint32_t duration)
{
    writer->clock += writer->duration;
    writer->state = state;
    writer->duration = duration;
}

void write_verify_start(struct write_verify *writer)
{
    writer->clock = 0;
    writer->duration = 0;
    writer->device = writer->first_device;
    writer->iteration = 0;
    writer->readings = 0;
    writer->sum = 0;
    writer->converged = 0;
    writer->stalled = 0;
    writer->exhausted = 0;
    writer->pulses = 0;
    writer->pulse_time = 0;
    enter(writer, WRITE_FETCH, write_fetch_clocks(writer->hardware));
}

/* The device is done: on to the next one, or to the end. */
static void end_device(struct write_verify *writer, enum write_ending ending)
{
    if (writer->results != NULL) {
        writer->results[writer->device] = (struct write_result) {
            .ending = ending,
            .pulses = writer->iteration,
            .reading = ending == ENDING_UNTOUCHED ? 0 : writer->reading,
        };
    }
    writer->converged += ending == ENDING_CONVERGED;
    writer->stalled += ending == ENDING_STALLED;
    writer->exhausted += ending == ENDING_EXHAUSTED;
    writer->iteration = 0;
    bool last = writer->device == writer->last_device || writer->device == writer->hardware->devices - 1;
    writer->device++;
    enter(writer, last ? WRITE_IDLE : WRITE_FETCH, last ? 0 : write_fetch_clocks(writer->hardware));
}

/* |target - R| / target <= tolerance without a division. */
static bool in_tolerance(const struct write_verify *writer)
{
    uint64_t difference = writer->target > writer->reading ? writer->target - writer->reading
                                                           : writer->reading - writer->target;
    return difference << TOLERANCE_FRACTION <= (uint64_t) writer->tolerance * writer->target;
}

/* Their mean when all readings are there, rounded half up. */
static void take_reading(struct write_verify *writer, uint32_t reading)
{
    const uint32_t reads = 1u << writer->reads_log2;
    writer->sum += reading;
    writer->readings++;
    if (writer->readings < reads) {
        enter(writer, WRITE_READ, 1);
        return;
    }
    writer->reading = mean_reading(writer->sum, writer->reads_log2);
    writer->readings = 0;
    writer->sum = 0;
    enter(writer, WRITE_CHECK, 1);
}

static void check(struct write_verify *writer)
{
    if (in_tolerance(writer)) {
        end_device(writer, ENDING_CONVERGED);
    } else if (writer->iteration >= writer->max_pulses) {
        end_device(writer, ENDING_EXHAUSTED);
    } else {
        writer->prediction = pulse_choose(writer->table, writer->reading, writer->target);
        enter(writer, WRITE_PREDICT,
              pulse_predictor_clocks(writer->table->entries, writer->hardware->sequential));
    }
}

static void predicted(struct write_verify *writer)
{
    if (!writer->prediction.found) {
        end_device(writer, ENDING_STALLED);
        return;
    }
    uint32_t width_us = writer->prediction.width_us;
    writer->iteration++;
    writer->pulses++;
    writer->pulse_time += width_us;
    enter(writer, WRITE_PULSE, width_us * writer->hardware->clocks_per_us);
}

void write_verify_next(struct write_verify *writer, uint32_t reading)
{
    switch (writer->state) {
    case WRITE_IDLE:
        break;
    case WRITE_FETCH:
        writer->target = writer->targets[writer->device];
        enter(writer, WRITE_READ, 1);
        break;
    case WRITE_READ:
        if (writer->target == 0) {
            end_device(writer, ENDING_UNTOUCHED);
        } else {
            take_reading(writer, reading);
        }
        break;
    case WRITE_CHECK:
        check(writer);
        break;
    case WRITE_PREDICT:
        predicted(writer);
        break;
    case WRITE_PULSE:
        enter(writer, WRITE_READ, 1);
        break;
    }
}
