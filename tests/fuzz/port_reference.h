// SPDX-License-Identifier: Apache-2.0
/* A second register map, written from docs/registers.md on top of the reference models: what the register
 * port answers, and what runs behind it, clock by clock. */
#ifndef MEMSPIKE_TESTS_FUZZ_PORT_REFERENCE_H
#define MEMSPIKE_TESTS_FUZZ_PORT_REFERENCE_H

#include "model/hardware/hardware.h"
#include "model/hardware/registers.h"
#include "model/reference/lif.h"
#include "model/reference/spike_encoder.h"
#include "model/reference/write_verify.h"

#include <stdbool.h>
#include <stdint.h>

enum running { NOTHING, REVIEW, WRITING };

#define ONE_MORE(...) +1
enum { PORT_REGISTERS = 0 REGISTER_LIST(ONE_MORE) };
#undef ONE_MORE

struct answer {
    bool valid, error;
    bool undefined; /* its data may be anything */
    uint32_t data;
};

struct port_reference {
    const struct hardware *hardware;
    uint32_t values[PORT_REGISTERS]; /* of those that can be written and read back */
    struct predictor_table table;
    uint16_t *rates;   /* inputs */
    uint32_t *targets; /* devices, as are the next two */
    struct write_result *results;
    bool *defined; /* whether the result is */
    enum running running;
    uint32_t clock; /* since the start; where it ended afterwards */

    uint64_t end; /* of the review, in clocks */
    bool decided;
    struct spike_encoder *encoder;
    uint8_t *rows; /* [phase] of a step */
    struct lif_settings neuron_settings;
    struct lif_neuron *neurons; /* one an output */
    struct write_verify writer;
};

/* As after power-up; the fuzzer keeps it to its end. The hardware is borrowed. */
void port_reference_open(struct port_reference *reference, const struct hardware *hardware);
/* What a reset leaves: rates, targets, pulses and results stay. */
void port_reference_reset(struct port_reference *reference);
/* What a write does, and what a read finds; false: an error. */
bool port_reference_write(struct port_reference *reference, uint32_t address, uint32_t data);
bool port_reference_read(struct port_reference *reference, uint32_t address, struct answer *answer);
/* A clock of what runs, with the codes (hardware->codes) and the reading at its end. */
void port_reference_clock(struct port_reference *reference, const int32_t *codes, uint32_t reading);
/* Whether a phase is sensed in this clock, and which. */
bool port_reference_sensing(const struct port_reference *reference);
uint32_t port_reference_phase(const struct port_reference *reference);

#endif
