// SPDX-License-Identifier: Apache-2.0
#include "model/cosimulation/lockstep.h"

#include "model/base/memory.h"
#include "model/reference/lif.h"
#include "model/reference/review_sequencer.h"
#include "model/reference/spike_encoder.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Recent events of the reference models; formatted only when there is a difference to report. */
struct event {
    uint64_t clock;
    bool writing;
    /* Of a sample: a phase was sensed. */
    uint32_t phase, spiking_rows;
    int64_t code, membrane; /* of output 0; the membrane with this code in it */
    bool spike;
    /* Of a writing: the controller went to another state. */
    enum write_state state;
    uint32_t device, iteration, reading;
};

struct lockstep {
    struct dut *dut;
    const struct crossbar *crossbar;
    const struct hardware *hardware;
    struct register_values registers;
    bool writing;
    uint64_t clock; /* since the start */
    uint64_t compared;
    uint64_t event_count;
    struct event events[LOCKSTEP_EVENTS];

    uint32_t sample;
    uint64_t end; /* of the sample, in clocks: an early decision brings it forward */
    bool decided;
    struct spike_encoder *encoder;
    uint8_t *rows;              /* [phase] of a step */
    int32_t *codes;             /* [phase][output][tile] of a step */
    struct lif_neuron *neurons; /* one an output */

    struct write_verify writer;
    struct write_result *results; /* one a device */
    uint32_t reading;             /* what the RTL got last */
    bool result_requested;
    uint32_t result_device;
};

/* The meaning of a compared number, for words and units in messages. */
enum value_kind { VALUE_NUMBER, VALUE_STATE, VALUE_ENDING, VALUE_OHM };

static const char *const state_names[] = {"idle", "fetch", "read", "check", "predict", "pulse"};
static const char *const ending_names[] = {"untouched", "converged", "stalled", "exhausted"};

struct lockstep *lockstep_open(struct dut *dut, const struct crossbar *crossbar,
                               const struct register_values *registers)
{
    const struct hardware *hardware = dut->hardware;
    struct lockstep *lockstep = allocate(1, sizeof *lockstep);
    lockstep->dut = dut;
    lockstep->crossbar = crossbar;
    lockstep->hardware = hardware;
    lockstep->registers = *registers;
    lockstep->encoder = spike_encoder_open(hardware);
    lockstep->rows = allocate_vectors(hardware->phases, spike_encoder_clock_bytes(hardware));
    lockstep->codes = allocate((size_t) hardware->phases * hardware->codes, sizeof *lockstep->codes);
    lockstep->neurons = allocate(hardware->outputs, sizeof *lockstep->neurons);
    lockstep->results = allocate(hardware->devices, sizeof *lockstep->results);
    return lockstep;
}

void lockstep_close(struct lockstep *lockstep)
{
    if (lockstep != NULL) {
        spike_encoder_close(lockstep->encoder);
        free(lockstep->rows);
        free(lockstep->codes);
        free(lockstep->neurons);
        free(lockstep->results);
        free(lockstep);
    }
}

static void start(struct lockstep *lockstep, bool writing)
{
    lockstep->writing = writing;
    lockstep->clock = 0;
    lockstep->compared = 0;
    lockstep->event_count = 0;
}

void lockstep_start_sample(struct lockstep *lockstep, const uint16_t *rates, uint32_t seed, uint32_t sample)
{
    start(lockstep, false);
    lockstep->sample = sample;
    lockstep->end = sample_clocks(lockstep->hardware, lockstep->registers.steps);
    lockstep->decided = false;
    spike_encoder_load(lockstep->encoder, lockstep->registers.rate_coded);
    spike_encoder_set_rates(lockstep->encoder, 0, rates);
    spike_encoder_seed_slot(lockstep->encoder, 0, seed);
    for (uint32_t output = 0; output < lockstep->hardware->outputs; output++) {
        lockstep->neurons[output] = lif_start(&lockstep->registers.neurons);
    }
}

void lockstep_start_writing(struct lockstep *lockstep, const uint32_t *targets, uint32_t first_device,
                            uint32_t last_device)
{
    start(lockstep, true);
    lockstep->result_requested = false;
    lockstep->writer = (struct write_verify) {
        .hardware = lockstep->hardware,
        .table = &lockstep->registers.pulses,
        .targets = targets,
        .results = lockstep->results,
        .tolerance = lockstep->registers.tolerance,
        .max_pulses = lockstep->registers.max_pulses,
        .reads_log2 = lockstep->registers.reads_log2,
        .first_device = first_device,
        .last_device = last_device,
    };
    write_verify_start(&lockstep->writer);
}

static double ohm_of(int64_t fixed)
{
    return (double) fixed / (1 << RESISTANCE_FRACTION);
}

static struct event *add_event(struct lockstep *lockstep)
{
    struct event *event = &lockstep->events[lockstep->event_count++ % LOCKSTEP_EVENTS];
    *event = (struct event) {.clock = lockstep->clock, .writing = lockstep->writing};
    return event;
}

/* The last events, newest first, so that what may not fit is the oldest. */
static void describe_events(const struct lockstep *lockstep, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint64_t age = 1; age <= LOCKSTEP_EVENTS && age <= lockstep->event_count && used < size; age++) {
        const struct event *event = &lockstep->events[(lockstep->event_count - age) % LOCKSTEP_EVENTS];
        int written;
        if (event->writing) {
            written = snprintf(text + used, size - used, "%s%" PRIu64 " %s %u.%u R=%.4f", age > 1 ? ", " : "",
                               event->clock, state_names[event->state], event->device, event->iteration,
                               ohm_of(event->reading));
        } else {
            written = snprintf(text + used, size - used, "%s%" PRIu64 " p%u r%u c%" PRId64 " V%" PRId64 "%s",
                               age > 1 ? ", " : "", event->clock, event->phase, event->spiking_rows,
                               event->code, event->membrane, event->spike ? " z" : "");
        }
        used += written > 0 ? (size_t) written : 0;
    }
}

static void describe_value(char *text, size_t size, enum value_kind kind, int64_t value)
{
    const char *const *names = kind == VALUE_STATE ? state_names : ending_names;
    const int64_t count = kind == VALUE_STATE ? sizeof state_names / sizeof *state_names
                                              : sizeof ending_names / sizeof *ending_names;
    if (kind == VALUE_OHM) {
        (void) snprintf(text, size, "%.4f ohm", ohm_of(value));
    } else if (kind != VALUE_NUMBER && value >= 0 && value < count) {
        (void) snprintf(text, size, "%s", names[value]);
    } else {
        (void) snprintf(text, size, "%" PRId64, value);
    }
}

static enum status differ(const struct lockstep *lockstep, const char *what, enum value_kind kind,
                          int64_t rtl, int64_t reference, struct error *error)
{
    char events[1024], of_rtl[32], of_reference[32];
    describe_events(lockstep, events, sizeof events);
    describe_value(of_rtl, sizeof of_rtl, kind, rtl);
    describe_value(of_reference, sizeof of_reference, kind, reference);
    return error_set(error, STATUS_FAILED,
                     "lock-step: clock %" PRIu64 " of a %s: %s: RTL %s, reference model %s; %" PRIu64
                     " %s were equal before; last events, newest first (%s): %s",
                     lockstep->clock, lockstep->writing ? "writing" : "review", what, of_rtl, of_reference,
                     lockstep->compared, lockstep->writing ? "transitions" : "phases",
                     lockstep->writing ? "clock state device.pulses reading in ohm"
                                       : "clock phase rows, code and V of output 0, z: it spikes",
                     events);
}

static enum status compare(const struct lockstep *lockstep, const char *what, int64_t rtl, int64_t reference,
                           struct error *error)
{
    return rtl == reference ? STATUS_OK : differ(lockstep, what, VALUE_NUMBER, rtl, reference, error);
}

/* The same for one of several: `what` takes its number. */
static enum status compare_one_as(const struct lockstep *lockstep, const char *what, uint32_t number,
                                  enum value_kind kind, int64_t rtl, int64_t reference, struct error *error)
{
    if (rtl == reference) {
        return STATUS_OK;
    }
    char name[64];
    (void) snprintf(name, sizeof name, "%s %u", what, number);
    return differ(lockstep, name, kind, rtl, reference, error);
}

static enum status compare_one(const struct lockstep *lockstep, const char *what, uint32_t number,
                               int64_t rtl, int64_t reference, struct error *error)
{
    return compare_one_as(lockstep, what, number, VALUE_NUMBER, rtl, reference, error);
}

static enum status compare_neurons(const struct lockstep *lockstep, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t o = 0; o < lockstep->hardware->outputs && status == STATUS_OK; o++) {
        const struct lif_neuron *neuron = &lockstep->neurons[o];
        status = compare_one(lockstep, "membrane of output", o, dut_membrane(lockstep->dut, o),
                             neuron->membrane, error);
        if (status == STATUS_OK) {
            status = compare_one(lockstep, "spike of output", o, dut_spike(lockstep->dut, o), neuron->spike,
                                 error);
        }
        if (status == STATUS_OK) {
            status = compare_one(lockstep, "count of output", o, dut_count(lockstep->dut, o), neuron->count,
                                 error);
        }
    }
    return status;
}

/* Spikes and codes of a whole step, at its first phase. */
static void run_step(struct lockstep *lockstep, uint32_t step)
{
    const struct hardware *hardware = lockstep->hardware;
    spike_encoder_run(lockstep->encoder, hardware->phases, lockstep->rows);
    const struct sense_run run = {
        .samples = &lockstep->sample,
        .slots = 1,
        .first_step = step,
        .steps = 1,
        .rows = lockstep->rows,
        .slot_bytes = spike_encoder_slot_bytes(hardware),
        .clock_bytes = spike_encoder_clock_bytes(hardware),
        .codes = lockstep->codes,
        .code_slots = 1,
    };
    crossbar_sense_run(lockstep->crossbar, &run);
}

static enum status compare_rows(const struct lockstep *lockstep, const uint8_t *rows, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t row = 0; row < lockstep->hardware->lanes && status == STATUS_OK; row++) {
        status =
            compare_one(lockstep, "spike of row", row, lockstep->dut->pins.rows[row / 32] >> row % 32 & 1,
                        rows[row / 8] >> row % 8 & 1, error);
    }
    return status;
}

static void add_sample_event(struct lockstep *lockstep, uint32_t phase, const uint8_t *rows,
                             const int32_t *codes)
{
    struct event *event = add_event(lockstep);
    event->phase = phase;
    for (uint32_t byte = 0; byte < (lockstep->hardware->lanes + 7) / 8; byte++) {
        event->spiking_rows += (uint32_t) __builtin_popcount(rows[byte]);
    }
    event->code = tile_sum(lockstep->hardware, codes, 1, 0, 0);
    event->membrane = lockstep->neurons[0].membrane;
    event->spike = lockstep->neurons[0].spike != 0;
}

/* After `step` steps. */
static void decide(struct lockstep *lockstep, uint32_t step)
{
    lockstep->decided = lockstep->registers.early_decision;
    for (uint32_t o = 0; o < lockstep->hardware->outputs; o++) {
        lockstep->decided =
            lockstep->decided && lif_decided(lockstep->neurons[o].count, step, lockstep->registers.steps);
    }
    if (lockstep->decided) {
        lockstep->end = decided_sample_clocks(lockstep->hardware, step, lockstep->registers.steps);
    }
}

static enum status check_sample(struct lockstep *lockstep, struct error *error)
{
    const struct hardware *hardware = lockstep->hardware;
    const struct dut_pins *pins = &lockstep->dut->pins;
    enum status status = compare(lockstep, "busy", 1, lockstep->clock < lockstep->end, error);
    if (status == STATUS_OK && lockstep->clock >= SAMPLE_LOAD_CLOCKS) {
        status = compare_neurons(lockstep, error);
    }
    const bool sense = lockstep->clock >= SAMPLE_SENSE_LATENCY && !lockstep->decided;
    if (status == STATUS_OK) {
        status = compare(lockstep, "sense", pins->sense, sense, error);
    }
    if (status != STATUS_OK || !sense) {
        return status;
    }
    const uint64_t sensed = lockstep->clock - SAMPLE_SENSE_LATENCY;
    const uint32_t phase = (uint32_t) (sensed % hardware->phases);
    if (phase == 0) {
        run_step(lockstep, (uint32_t) (sensed / hardware->phases));
    }
    const uint8_t *rows = lockstep->rows + phase * spike_encoder_clock_bytes(hardware);
    const int32_t *codes = lockstep->codes + (size_t) phase * hardware->codes;
    status = compare(lockstep, "phase", pins->sense_phase, phase, error);
    if (status == STATUS_OK) {
        status = compare_rows(lockstep, rows, error);
    }
    const char *const code = hardware->tiles > 1 ? "code (output x tiles + tile)" : "code of output";
    for (uint32_t i = 0; i < hardware->codes && status == STATUS_OK; i++) {
        status = compare_one(lockstep, code, i, pins->codes[i], codes[i], error);
    }
    for (uint32_t o = 0; o < hardware->outputs && status == STATUS_OK; o++) {
        lockstep->neurons[o] =
            lif_next(lockstep->neurons[o], &lockstep->registers.neurons, lif_largest(hardware),
                     tile_sum(hardware, codes, 1, o, 0), phase == 0, phase == hardware->phases - 1);
    }
    if (status == STATUS_OK) {
        add_sample_event(lockstep, phase, rows, codes);
        lockstep->compared++;
    }
    if (phase == hardware->phases - 1) {
        decide(lockstep, (uint32_t) (sensed / hardware->phases) + 1);
    }
    return status;
}

/* Follow the reference model to its next state when it is time. */
static void move_writer(struct lockstep *lockstep)
{
    struct write_verify *writer = &lockstep->writer;
    if (writer->state == WRITE_IDLE || lockstep->clock < writer->clock + writer->duration) {
        return;
    }
    struct dut_pins *pins = &lockstep->dut->pins;
    uint32_t device = writer->device;
    write_verify_next(writer, lockstep->reading);
    lockstep->compared++;
    struct event *event = add_event(lockstep);
    event->state = writer->state;
    event->device = writer->device;
    event->iteration = writer->iteration;
    event->reading = writer->reading;
    /* A device has ended: read its result if the register port is free. */
    if (writer->device != device && !pins->request_valid && pins->response_ready) {
        lockstep->result_requested = true;
        lockstep->result_device = device;
        pins->request_valid = true;
        pins->request_write = false;
        pins->request_address =
            (uint16_t) (REGISTER_RESULT + 4 * hardware_window_index(lockstep->hardware, device));
    }
}

static enum status compare_result(const struct lockstep *lockstep, uint32_t device, uint32_t value,
                                  struct error *error)
{
    const struct write_result rtl = dut_result(value);
    const struct write_result *reference = &lockstep->results[device];
    enum status status = compare_one_as(lockstep, "ending of device", device, VALUE_ENDING, rtl.ending,
                                        reference->ending, error);
    if (status == STATUS_OK) {
        status = compare_one(lockstep, "pulses of device", device, rtl.pulses, reference->pulses, error);
    }
    if (status == STATUS_OK) {
        status = compare_one_as(lockstep, "reading of device", device, VALUE_OHM, rtl.reading,
                                reference->reading, error);
    }
    return status;
}

/* Every prediction in the clock in which the predictor compares it, whether it is chosen or not: a choice
 * alone says little of the arithmetic behind it. */
static enum status compare_prediction(const struct lockstep *lockstep, struct error *error)
{
    const struct dut_pins *pins = &lockstep->dut->pins;
    const struct write_verify *writer = &lockstep->writer;
    const int entry = writer->state != WRITE_PREDICT
                          ? -1
                          : pulse_predictor_entry((uint32_t) (lockstep->clock - writer->clock),
                                                  writer->table->entries, lockstep->hardware->sequential);
    enum status status = compare(lockstep, "entry predicted (-1: none)",
                                 pins->prediction_valid ? pins->prediction_entry : -1, entry, error);
    if (status == STATUS_OK && entry >= 0) {
        status =
            compare_one_as(lockstep, "prediction of entry", (uint32_t) entry, VALUE_OHM, pins->prediction,
                           pulse_predict(writer->table, (uint32_t) entry, writer->reading), error);
    }
    return status;
}

static enum status compare_controller(const struct lockstep *lockstep, struct error *error)
{
    const struct dut_pins *pins = &lockstep->dut->pins;
    const struct write_verify *writer = &lockstep->writer;
    const uint32_t lanes = lockstep->hardware->lanes;
    const bool pulse = writer->state == WRITE_PULSE;
    const struct {
        const char *name;
        enum value_kind kind;
        int64_t rtl, reference;
    } values[] = {
        {"state", VALUE_STATE, pins->write_state, writer->state},
        {"row", VALUE_NUMBER, pins->row, writer->device % lanes},
        {"column", VALUE_NUMBER, pins->column, writer->device / lanes},
        {"iteration", VALUE_NUMBER, pins->write_iteration, writer->iteration},
        {"read", VALUE_NUMBER, pins->read, writer->state == WRITE_READ && writer->target != 0},
        {"pulse", VALUE_NUMBER, pins->pulse, pulse},
        {"pulse entry", VALUE_NUMBER, pins->pulse_entry,
         pulse ? writer->prediction.entry : pins->pulse_entry},
        {"pulse sign", VALUE_NUMBER, pins->pulse_negative,
         pulse ? writer->prediction.negative : pins->pulse_negative},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (values[i].rtl != values[i].reference) {
            return differ(lockstep, values[i].name, values[i].kind, values[i].rtl, values[i].reference,
                          error);
        }
    }
    return compare_prediction(lockstep, error);
}

static enum status check_writing(struct lockstep *lockstep, struct error *error)
{
    struct dut_pins *pins = &lockstep->dut->pins;
    enum status status = STATUS_OK;
    if (lockstep->result_requested) {
        lockstep->result_requested = false;
        pins->request_valid = false;
        status = compare(lockstep, "response", pins->response_valid && !pins->response_error, 1, error);
        if (status == STATUS_OK) {
            status = compare_result(lockstep, lockstep->result_device, pins->response_data, error);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    move_writer(lockstep);
    lockstep->reading = pins->reading;
    return compare_controller(lockstep, error);
}

enum status lockstep_check(struct lockstep *lockstep, struct error *error)
{
    enum status status = lockstep->writing ? check_writing(lockstep, error) : check_sample(lockstep, error);
    lockstep->clock++;
    return status;
}

static enum status compare_register(const struct lockstep *lockstep, const char *name, uint32_t address,
                                    uint32_t reference, struct error *error)
{
    uint32_t rtl = 0;
    enum status status = compare(lockstep, "response", dut_read(lockstep->dut, address, &rtl), 1, error);
    return status == STATUS_OK ? compare(lockstep, name, rtl, reference, error) : status;
}

static enum status end_sample(struct lockstep *lockstep, struct error *error)
{
    const struct hardware *hardware = lockstep->hardware;
    enum status status = compare(lockstep, "busy", 0, lockstep->clock < lockstep->end, error);
    if (status == STATUS_OK) {
        status = compare_neurons(lockstep, error);
    }
    if (status == STATUS_OK) {
        status = compare_register(lockstep, "CLOCKS", REGISTER_CLOCKS, (uint32_t) lockstep->end, error);
    }
    for (uint32_t o = 0; o < hardware->outputs && status == STATUS_OK; o++) {
        const struct lif_neuron *neuron = &lockstep->neurons[o];
        status = compare_register(lockstep, "COUNT", REGISTER_COUNT + 4 * o, (uint32_t) neuron->count, error);
        if (status == STATUS_OK) {
            status = compare_register(lockstep, "MEMBRANE_LOW", REGISTER_MEMBRANE_LOW + 4 * o,
                                      (uint32_t) neuron->membrane, error);
        }
        if (status == STATUS_OK) {
            status = compare_register(lockstep, "MEMBRANE_HIGH", REGISTER_MEMBRANE_HIGH + 4 * o,
                                      (uint32_t) ((uint64_t) neuron->membrane >> 32), error);
        }
    }
    return status;
}

static enum status end_writing(struct lockstep *lockstep, struct error *error)
{
    const struct write_verify *writer = &lockstep->writer;
    lockstep->dut->pins.request_valid = false;
    lockstep->result_requested = false;
    move_writer(lockstep);
    lockstep->dut->pins.request_valid = false; /* all results are read below */
    lockstep->result_requested = false;
    const struct {
        const char *name;
        uint32_t address, reference;
    } totals[] = {
        {"CLOCKS", REGISTER_CLOCKS, writer->clock < UINT32_MAX ? (uint32_t) writer->clock : UINT32_MAX},
        {"CONVERGED", REGISTER_CONVERGED, writer->converged},
        {"STALLED", REGISTER_STALLED, writer->stalled},
        {"EXHAUSTED", REGISTER_EXHAUSTED, writer->exhausted},
        {"PULSES", REGISTER_PULSES, writer->pulses},
        {"PULSE_TIME", REGISTER_PULSE_TIME, writer->pulse_time},
    };
    enum status status = compare(lockstep, "state", WRITE_IDLE, writer->state, error);
    for (size_t i = 0; i < sizeof totals / sizeof *totals && status == STATUS_OK; i++) {
        status = compare_register(lockstep, totals[i].name, totals[i].address, totals[i].reference, error);
    }
    for (uint32_t device = writer->first_device; device < writer->device && status == STATUS_OK; device++) {
        uint32_t value = 0;
        uint32_t address = REGISTER_RESULT + 4 * hardware_window_index(lockstep->hardware, device);
        status = compare(lockstep, "response", dut_read(lockstep->dut, address, &value), 1, error);
        if (status == STATUS_OK) {
            status = compare_result(lockstep, device, value, error);
        }
    }
    return status;
}

enum status lockstep_end(struct lockstep *lockstep, struct error *error)
{
    return lockstep->writing ? end_writing(lockstep, error) : end_sample(lockstep, error);
}

uint64_t lockstep_clock(const struct lockstep *lockstep)
{
    return lockstep->clock > 0 ? lockstep->clock - 1 : 0;
}

uint64_t lockstep_compared(const struct lockstep *lockstep)
{
    return lockstep->compared;
}
