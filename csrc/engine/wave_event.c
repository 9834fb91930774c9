// SPDX-License-Identifier: Apache-2.0
#include "engine/wave_event.h"

#include "engine/engine_kind.h"
#include "model/base/memory.h"
#include "model/reference/review_sequencer.h"

#include <stdlib.h>

const char *const wave_event_names[] = {"write", "converged", "stalled", "exhausted",
                                        "spike", "mismatch",  NULL};

static uint32_t happened(const struct write_verify *writer, enum wave_event event)
{
    switch (event) {
    case WAVE_EVENT_CONVERGED:
        return writer->converged;
    case WAVE_EVENT_STALLED:
        return writer->stalled;
    case WAVE_EVENT_EXHAUSTED:
        return writer->exhausted;
    default:
        return writer->pulses;
    }
}

bool find_in_writing(const struct engine *engine, const uint32_t *targets, enum wave_event event, uint32_t n,
                     uint64_t *clock, uint32_t *device)
{
    struct crossbar *crossbar = engine->crossbar;
    struct write_verify writer = {
        .hardware = engine->hardware,
        .table = &engine->registers.pulses,
        .targets = targets,
        .tolerance = engine->registers.tolerance,
        .max_pulses = engine->registers.max_pulses,
        .reads_log2 = engine->registers.reads_log2,
        .last_device = engine->hardware->devices - 1,
    };
    bool found = false;
    write_verify_start(&writer);
    while (writer.state != WRITE_IDLE) {
        const uint32_t at_hand = writer.device;
        uint32_t reading = 0;
        if (writer.state == WRITE_READ && writer.target != 0) {
            reading = crossbar_read(crossbar, writer.device);
        } else if (writer.state == WRITE_PULSE) {
            crossbar_pulse_clocks(crossbar, writer.device, writer.prediction.entry, writer.duration);
        }
        write_verify_next(&writer, reading);
        if (!found && happened(&writer, event) >= n) {
            found = true;
            *clock = writer.clock;
            *device = at_hand;
        }
    }
    return found;
}

struct spike_search {
    const struct engine *engine;
    uint32_t left;
    uint64_t clock;
};

static void look_for_spike(void *context, uint32_t step, const uint8_t *spikes, const int64_t *membranes)
{
    struct spike_search *search = context;
    (void) spikes;
    if (search->left == 0 || membranes[0] <= search->engine->registers.neurons.threshold) {
        return;
    }
    search->left--;
    if (search->left == 0) {
        /* The spike appears one clock after the step's last codes. */
        search->clock = SAMPLE_SENSE_LATENCY + (uint64_t) (step + 1) * search->engine->hardware->phases;
    }
}

enum status find_spike(struct engine *engine, const uint16_t *rates, uint32_t sample_number, uint32_t n,
                       bool *found, uint64_t *clock, struct error *error)
{
    struct spike_search search = {.engine = engine, .left = n};
    const struct step_observer observer = {.step = look_for_spike, .context = &search};
    uint16_t *counts = allocate(engine->hardware->outputs, sizeof *counts);
    enum status status = engine_observe(engine, rates, sample_number, counts, &observer, error);
    free(counts);
    *found = search.left == 0;
    *clock = search.clock;
    return status;
}

/* FST: blocks of a type (a byte), a length that counts itself (8 bytes, big-endian), and that much data. */
static bool is_whole(FILE *stream)
{
    enum { BLOCK_HEADER = 0, BLOCK_UNFINISHED = 255, LENGTH_BYTES = 8 };
    uint8_t head[1 + LENGTH_BYTES];
    long long position = 0;
    if (fseeko(stream, 0, SEEK_END) != 0) {
        return false;
    }
    const long long size = ftello(stream);
    while (position < size) {
        if (fseeko(stream, position, SEEK_SET) != 0 || fread(head, sizeof head, 1, stream) != 1) {
            return false;
        }
        uint64_t length = 0;
        for (int i = 1; i <= LENGTH_BYTES; i++) {
            length = length << 8 | head[i];
        }
        if ((position == 0) != (head[0] == BLOCK_HEADER) || head[0] == BLOCK_UNFINISHED ||
            length < LENGTH_BYTES || length > (uint64_t) (size - position - 1)) {
            return false;
        }
        position += 1 + (long long) length;
    }
    return size > 0;
}

enum status wave_file_commit(struct output_file *file, struct error *error)
{
    FILE *stream = fopen(output_file_path(file), "rb");
    const bool whole = stream != NULL && is_whole(stream);
    if (stream != NULL) {
        (void) fclose(stream);
    }
    if (!whole) {
        enum status status =
            error_set(error, STATUS_FAILED, "%s: could not be written: no space is left for it",
                      output_file_path(file));
        output_file_name_place(file, error);
        output_file_discard(file);
        return status;
    }
    return output_file_commit(file, error);
}
