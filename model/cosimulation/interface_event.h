// SPDX-License-Identifier: Apache-2.0
/* What the SystemC platform has seen on its interfaces. */
#ifndef MEMSPIKE_MODEL_COSIMULATION_INTERFACE_EVENT_H
#define MEMSPIKE_MODEL_COSIMULATION_INTERFACE_EVENT_H

#ifdef __cplusplus
extern "C" {
#endif

/* On the bus, and at the analogue boundary. */
enum interface_event {
    EVENT_WRITE,
    EVENT_READ,
    EVENT_ADDRESS_WITH_DATA, /* of a write */
    EVENT_ADDRESS_FIRST,
    EVENT_DATA_FIRST,
    EVENT_ADDRESS_WAITED,
    EVENT_WRITE_ANSWER_WAITED,
    EVENT_READ_ANSWER_WAITED,
    EVENT_WRITE_REFUSED,
    EVENT_READ_REFUSED,
    EVENT_TRANSFER_WHILE_BUSY,
    EVENT_SAMPLE,
    EVENT_PHASE_SENSED,
    EVENT_OUTPUT_SPIKE,
    EVENT_WRITING,
    EVENT_READING,
    EVENT_PULSE_UP, /* R rises */
    EVENT_PULSE_DOWN,
    EVENT_CONVERGED,
    EVENT_STALLED,
    EVENT_EXHAUSTED,
    INTERFACE_EVENTS
};

/* What they are called in a report. */
extern const char *const interface_event_names[INTERFACE_EVENTS];

#ifdef __cplusplus
}
#endif
#endif
