// SPDX-License-Identifier: Apache-2.0
#include "model/cosimulation/analogue.h"

#include "model/cosimulation/interface_event.h"
#include "model/reference/write_verify.h"

#include <stddef.h>

const char *const interface_event_names[INTERFACE_EVENTS] = {
    "writes",
    "reads",
    "address with data",
    "address before data",
    "data before address",
    "address waited",
    "write answer waited",
    "read answer waited",
    "writes refused",
    "reads refused",
    "transfers while busy",
    "reviews",
    "phases sensed",
    "output spikes",
    "writings",
    "readings",
    "pulses up",
    "pulses down",
    "converged",
    "stalled",
    "exhausted",
};

void analogue_writing_clock(struct analogue_writing *writing, struct dut_pins *pins, uint64_t clock)
{
    struct pulse_event *event = &writing->event;
    const uint32_t device = pins->column * writing->hardware->lanes + pins->row;
    event->clock = clock;
    if (writing->pulsing && !pins->pulse) {
        writing->pulsing = false;
        event->after = crossbar_resistances(writing->crossbar)[event->device];
        if (writing->observer != NULL) {
            writing->observer->pulse(writing->observer->context, event);
        }
    }
    if (pins->read) {
        pins->reading = crossbar_read(writing->crossbar, device);
        writing->sum += pins->reading;
        writing->readings++;
        if (writing->readings == 1u << writing->reads_log2) {
            event->reading = mean_reading(writing->sum, writing->reads_log2);
            writing->sum = writing->readings = 0;
        }
    }
    if (pins->pulse) {
        if (!writing->pulsing) {
            writing->pulsing = true;
            event->device = device;
            event->iteration = pins->write_iteration;
            event->entry = pins->pulse_entry;
            event->target = writing->targets[device];
            event->before = crossbar_resistances(writing->crossbar)[device];
        }
        crossbar_pulse(writing->crossbar, device, pins->pulse_entry);
    }
}
