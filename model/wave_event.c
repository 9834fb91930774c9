#include "model/wave_event.h"

#include "model/engine_kind.h"
#include "model/review_sequencer.h"

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
                     uint64_t *clock)
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
    if (search->left > 0 && membranes[0] > search->engine->registers.neurons.threshold &&
        --search->left == 0) {
        /* The spike is there one clock after the step's last codes. */
        search->clock = REVIEW_SENSE_LATENCY + (uint64_t) (step + 1) * search->engine->hardware->phases;
    }
}

enum status find_spike(struct engine *engine, const uint16_t *rates, uint32_t review_number, uint32_t n,
                       bool *found, uint64_t *clock, struct error *error)
{
    struct spike_search search = {.engine = engine, .left = n};
    const struct step_observer observer = {.step = look_for_spike, .context = &search};
    uint16_t *counts = allocate(engine->hardware->outputs, sizeof *counts);
    enum status status = engine_observe(engine, rates, review_number, counts, &observer, error);
    free(counts);
    *found = search.left == 0;
    *clock = search.clock;
    return status;
}
