// SPDX-License-Identifier: Apache-2.0
/* The Verilated RTL behind a C interface: pins, a clock, and register transfers on top of it.
 *
 * A dut is one instance of the hardware. Pins change between clocks, away from the clock edge: set the
 * inputs, call dut_clock(), read the outputs. Several duts may run in several threads; one belongs to one
 * thread at a time. */
#ifndef MEMSPIKE_MODEL_CHIP_DUT_H
#define MEMSPIKE_MODEL_CHIP_DUT_H

#include "model/base/error.h"
#include "model/chip/register_values.h"
#include "model/hardware/hardware.h"
#include "model/hardware/registers.h"
#include "model/reference/write_verify.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dut_pins {
    /* Inputs */
    bool reset; /* active high here; the RTL's is active low */
    bool request_valid;
    bool request_write;
    bool response_ready;
    uint16_t request_address;
    uint32_t request_data;
    uint32_t reading; /* Q16.8 ohm */
    int32_t *codes;   /* hardware->codes sense codes; owned by the dut, written by the caller */
    /* Outputs, valid after dut_clock() */
    bool busy;
    bool sense;
    bool read;
    bool pulse;
    bool pulse_negative;
    bool request_ready; /* follows response_ready within the clock */
    bool response_valid;
    bool response_error;
    uint8_t pulse_entry;
    uint8_t write_state; /* enum write_state */
    uint8_t write_iteration;
    uint16_t sense_phase;
    uint16_t row;
    uint16_t column;
    uint32_t response_data;
    /* For checkers: whether the predictor compares an entry in this clock, which, and the R that it predicts
     * after the entry's pulse (ohm, RESISTANCE_FRACTION fraction bits, modulo 2^25: see pulse_predict()). */
    bool prediction_valid;
    uint8_t prediction_entry;
    uint32_t prediction;
    const uint32_t *rows; /* spikes, one bit a row */
};

struct dut;

enum { MAX_CHOSEN = 16 }; /* CHOSEN of testbench/memspike_trace.sv: dut_traced.cpp compares them */

/* What to record of a sample or a writing. Clocks count from its start, as in the lock-step checker. */
struct dut_recording {
    const char *path; /* the FST file */
    uint64_t first_clock, last_clock;
    const double *resistances; /* ohm, of all devices: looked at at every clock */
    const uint32_t *targets;   /* Q16.8 ohm, of all devices; NULL for none */
    const uint32_t *chosen;    /* devices to record resistance and target of, MAX_CHOSEN at most */
    uint32_t chosen_count;
    const struct predictor_table *pulses; /* as the dut holds it */
};

struct dut_model {
    void (*clock)(struct dut *dut);
    void (*sense_clock)(struct dut *dut);
    void (*settle)(struct dut *dut);
    void (*close)(struct dut *dut);
    /* NULL but for a dut of dut_open_traced(). */
    enum status (*record)(struct dut *dut, const struct dut_recording *recording, struct error *error);
    uint64_t (*record_end)(struct dut *dut);
    /* For waveforms and checkers. */
    int64_t (*membrane)(const struct dut *dut, uint32_t output);
    bool (*spike)(const struct dut *dut, uint32_t output);
    uint16_t (*count)(const struct dut *dut, uint32_t output);
};

struct dut {
    struct dut_pins pins;
    const struct hardware *hardware;
    const struct dut_model *model;
    uint64_t clocks; /* dut_clock() calls so far */
};

/* Whether the Verilated RTL of this set is built, as a module of its own (model/base/module.h), and loads.
 * `traced`: that of dut_open_traced(). STATUS_INVALID when not. */
MUST_CHECK enum status dut_load(const struct hardware *hardware, bool traced, struct error *error);
/* A new instance, after reset. Owned by the caller. Ends the process when dut_load() would fail. */
struct dut *dut_open(const struct hardware *hardware);
/* The same from the build that can record waveforms, and is slower even when it does not. */
struct dut *dut_open_traced(const struct hardware *hardware);
/* NULL is harmless. */
void dut_close(struct dut *dut);

/* Record the next sample or writing that CONTROL starts; what the recording points to must stay until
 * dut_record_end(). STATUS_INVALID when the file cannot be written. Clock n lies at n / clocks_per_us
 * microseconds; the inputs of a clock change in its middle. */
MUST_CHECK enum status dut_record(struct dut *dut, const struct dut_recording *recording,
                                  struct error *error);
/* Close the file after the half of the current clock that is still missing. Returns the clocks recorded. */
uint64_t dut_record_end(struct dut *dut);

/* One clock: the inputs settle, the clock rises, the outputs are read. */
static inline void dut_clock(struct dut *dut)
{
    dut->clocks++;
    dut->model->clock(dut);
}

/* A clock of a review, for who has changed no input but the codes since the last clock and looks at no pins but
 * busy, sense, sense_phase and rows: the others keep what they were until the next dut_clock(). */
static inline void dut_sense_clock(struct dut *dut)
{
    dut->clocks++;
    dut->model->sense_clock(dut);
}

/* Update the outputs without a clock, after a register was changed from outside. */
static inline void dut_settle(struct dut *dut)
{
    dut->model->settle(dut);
}

/* Hold reset for two clocks. */
void dut_reset(struct dut *dut);

/* Register transfers, one clock each. False when the hardware answers with an error. */
MUST_CHECK bool dut_write(struct dut *dut, uint32_t address, uint32_t data);
MUST_CHECK bool dut_read(struct dut *dut, uint32_t address, uint32_t *data);

/* Load the rates of a sample, hardware->inputs of them, two in each write. */
MUST_CHECK bool dut_write_rates(struct dut *dut, const uint16_t *rates);

/* Load the settings' registers. False when the hardware answers with an error. */
MUST_CHECK bool dut_configure(struct dut *dut, const struct register_values *values);
/* Decode a RESULT register. */
struct write_result dut_result(uint32_t value);

/* An output's membrane potential (CODE_FRACTION fraction bits), whether it spikes, and its spikes so far. */
int64_t dut_membrane(const struct dut *dut, uint32_t output);
bool dut_spike(const struct dut *dut, uint32_t output);
uint16_t dut_count(const struct dut *dut, uint32_t output);

#ifdef __cplusplus
}
#endif
#endif
