// SPDX-License-Identifier: Apache-2.0
#include "port_reference.h"

#include "model/base/memory.h"
#include "model/hardware/registers.h"
#include "model/reference/review_sequencer.h"

#include <string.h>

#define ROW(name, words, readable, writable, mask, reset, value)                                             \
    {REGISTER_##name, (readable) && (writable), mask, reset, value},
static const struct {
    uint32_t address;
    bool setting; /* can be written and read back */
    uint32_t mask;
    enum memspike_register_reset reset;
    uint32_t value;
} registers[PORT_REGISTERS] = {REGISTER_LIST(ROW)};
#undef ROW

/* PORT_REGISTERS when none has the address. */
static uint32_t find_register(uint32_t address)
{
    uint32_t i = 0;
    while (i < PORT_REGISTERS && registers[i].address != address) {
        i++;
    }
    return i;
}

/* NULL when the address is no setting's. */
static uint32_t *value(struct port_reference *reference, uint32_t address)
{
    const uint32_t i = find_register(address);
    return i < PORT_REGISTERS && registers[i].setting ? &reference->values[i] : NULL;
}

static uint32_t mask(uint32_t address)
{
    const uint32_t i = find_register(address);
    return i < PORT_REGISTERS ? registers[i].mask : 0;
}

static bool in(uint32_t address, uint32_t first, uint32_t words)
{
    return address >= first && address < first + 4 * words;
}

/* The device of a word of a window or of a register; false when there is none. */
static bool find_device(const struct hardware *hardware, uint32_t index, uint32_t *device)
{
    const uint32_t column = index / hardware->row_stride, row = index % hardware->row_stride;
    *device = column * hardware->lanes + row;
    return row < hardware->lanes && column < hardware->columns;
}

static void start_review(struct port_reference *reference)
{
    reference->running = REVIEW;
    reference->clock = 0;
    reference->decided = false;
    reference->end = sample_clocks(reference->hardware, *value(reference, REGISTER_STEPS));
    reference->neuron_settings = (struct lif_settings) {
        .threshold = (int32_t) *value(reference, REGISTER_THRESHOLD),
        .membrane_start = (int32_t) *value(reference, REGISTER_MEMBRANE_START),
        .leak = *value(reference, REGISTER_LEAK),
    };
    spike_encoder_load(reference->encoder, *value(reference, REGISTER_ENCODER) != 0);
    spike_encoder_set_rates(reference->encoder, 0, reference->rates);
    spike_encoder_seed_slot(reference->encoder, 0, *value(reference, REGISTER_SEED));
}

static void start_writing(struct port_reference *reference)
{
    uint32_t first, last;
    (void) find_device(reference->hardware, *value(reference, REGISTER_FIRST_DEVICE), &first);
    (void) find_device(reference->hardware, *value(reference, REGISTER_LAST_DEVICE), &last);
    reference->running = WRITING;
    reference->clock = 0;
    reference->table.entries = *value(reference, REGISTER_PULSE_ENTRIES);
    reference->writer = (struct write_verify) {
        .hardware = reference->hardware,
        .table = &reference->table,
        .targets = reference->targets,
        .results = reference->results,
        .tolerance = *value(reference, REGISTER_TOLERANCE),
        .max_pulses = *value(reference, REGISTER_MAX_PULSES),
        .reads_log2 = *value(reference, REGISTER_VERIFY_READS),
        .first_device = first,
        .last_device = last,
    };
    write_verify_start(&reference->writer);
}

static bool write_setting(struct port_reference *reference, uint32_t address, uint32_t data)
{
    uint32_t device;
    uint32_t *setting = value(reference, address);
    if (setting == NULL || (address == REGISTER_PULSE_ENTRIES && (data & mask(address)) > PULSE_ENTRIES)) {
        return false;
    }
    if ((address == REGISTER_FIRST_DEVICE || address == REGISTER_LAST_DEVICE) &&
        !find_device(reference->hardware, data, &device)) {
        return false;
    }
    *setting = data & mask(address);
    return true;
}

bool port_reference_write(struct port_reference *reference, uint32_t address, uint32_t data)
{
    const struct hardware *hardware = reference->hardware;
    const uint32_t entry = address / 4 % PULSE_ENTRIES;
    if (reference->running != NOTHING || address % 4 != 0) {
        return false;
    }
    if (address == REGISTER_CONTROL) {
        const bool review = REGISTER_FIELD(data, CONTROL_REVIEW) != 0;
        const bool writing = REGISTER_FIELD(data, CONTROL_WRITING) != 0;
        if (review && !writing) {
            start_review(reference);
        } else if (writing && !review) {
            start_writing(reference);
        }
        return !(review && writing);
    }
    if (in(address, REGISTER_PULSE_WIDTH, REGISTER_PULSE_WIDTH_WORDS)) {
        reference->table.width_us[entry] = REGISTER_FIELD(data, PULSE_WIDTH_WIDTH);
        reference->table.negative[entry] = REGISTER_FIELD(data, PULSE_WIDTH_NEGATIVE) != 0;
        return true;
    }
    if (in(address, REGISTER_PULSE_RATE, REGISTER_PULSE_RATE_WORDS)) {
        reference->table.rate[entry] = data;
        return true;
    }
    if (in(address, REGISTER_PULSE_ASYMPTOTE, REGISTER_PULSE_ASYMPTOTE_WORDS)) {
        reference->table.asymptote[entry] = data & mask(REGISTER_PULSE_ASYMPTOTE);
        return true;
    }
    if (in(address, REGISTER_RATE_PAIR, REGISTER_RATE_PAIR_WORDS)) {
        const uint32_t index = (address - REGISTER_RATE_PAIR) / 4 * 2;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        reference->rates[phase * hardware->lanes + lane] = (uint16_t) REGISTER_FIELD(data, RATE_PAIR_LOWER);
        if (lane + 1 < hardware->lanes) {
            reference->rates[phase * hardware->lanes + lane + 1] =
                (uint16_t) REGISTER_FIELD(data, RATE_PAIR_UPPER);
        }
        return true;
    }
    if (in(address, REGISTER_RATE, REGISTER_RATE_WORDS)) {
        const uint32_t index = (address - REGISTER_RATE) / 4;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        reference->rates[phase * hardware->lanes + lane] = (uint16_t) (data & mask(REGISTER_RATE));
        return true;
    }
    if (in(address, REGISTER_TARGET, REGISTER_TARGET_WORDS)) {
        uint32_t device;
        if (!find_device(hardware, (address - REGISTER_TARGET) / 4, &device)) {
            return false;
        }
        reference->targets[device] = data & mask(REGISTER_TARGET);
        return true;
    }
    return write_setting(reference, address, data);
}

static bool read_result(const struct port_reference *reference, uint32_t index, struct answer *answer)
{
    uint32_t device;
    if (!find_device(reference->hardware, index, &device)) {
        return false;
    }
    const struct write_result *result = &reference->results[device];
    answer->undefined = !reference->defined[device];
    answer->data = REGISTER_WITH(result->ending, RESULT_ENDING) |
                   REGISTER_WITH(result->pulses, RESULT_PULSES) |
                   REGISTER_WITH(result->reading, RESULT_READING);
    return true;
}

static bool read_output(const struct port_reference *reference, uint32_t address, uint32_t *data)
{
    const bool count = in(address, REGISTER_COUNT, REGISTER_COUNT_WORDS);
    const bool low = in(address, REGISTER_MEMBRANE_LOW, REGISTER_MEMBRANE_LOW_WORDS);
    const uint32_t first = count ? REGISTER_COUNT : low ? REGISTER_MEMBRANE_LOW : REGISTER_MEMBRANE_HIGH;
    const uint32_t output = (address - first) / 4;
    if (output >= reference->hardware->outputs) {
        return false;
    }
    const struct lif_neuron *neuron = &reference->neurons[output];
    *data = (uint32_t) (count ? neuron->count : low ? neuron->membrane : neuron->membrane >> 32);
    return true;
}

bool port_reference_read(struct port_reference *reference, uint32_t address, struct answer *answer)
{
    const struct hardware *hardware = reference->hardware;
    if (address % 4 != 0) {
        return false;
    }
    if (in(address, REGISTER_RESULT, REGISTER_RESULT_WORDS)) {
        return read_result(reference, (address - REGISTER_RESULT) / 4, answer);
    }
    if (in(address, REGISTER_COUNT, REGISTER_COUNT_WORDS) ||
        in(address, REGISTER_MEMBRANE_LOW, REGISTER_MEMBRANE_LOW_WORDS) ||
        in(address, REGISTER_MEMBRANE_HIGH, REGISTER_MEMBRANE_HIGH_WORDS)) {
        return read_output(reference, address, &answer->data);
    }
    const uint32_t *setting = value(reference, address);
    const struct {
        uint32_t address, value;
    } others[] = {
        {REGISTER_ID, REGISTER_ID_RESET},
        {REGISTER_MAP_VERSION, REGISTER_MAP_VERSION_RESET},
        {REGISTER_INPUTS, hardware->inputs},
        {REGISTER_LANES, hardware->lanes},
        {REGISTER_OUTPUTS, hardware->outputs},
        {REGISTER_CLOCKS_PER_US, hardware->clocks_per_us},
        {REGISTER_TILES, hardware->tiles},
        {REGISTER_DIFFERENTIAL, hardware->sides - 1},
        {REGISTER_STATUS, REGISTER_WITH(reference->running == REVIEW, STATUS_REVIEW) |
                              REGISTER_WITH(reference->running == WRITING, STATUS_WRITING)},
        {REGISTER_CLOCKS, reference->clock},
        {REGISTER_CONVERGED, reference->writer.converged},
        {REGISTER_STALLED, reference->writer.stalled},
        {REGISTER_EXHAUSTED, reference->writer.exhausted},
        {REGISTER_PULSES, reference->writer.pulses},
        {REGISTER_PULSE_TIME, reference->writer.pulse_time},
    };
    if (setting != NULL) {
        answer->data = *setting;
        return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].address == address) {
            answer->data = others[i].value;
            return true;
        }
    }
    return false;
}

bool port_reference_sensing(const struct port_reference *reference)
{
    return reference->running == REVIEW && reference->clock >= SAMPLE_SENSE_LATENCY && !reference->decided;
}

uint32_t port_reference_phase(const struct port_reference *reference)
{
    return (reference->clock - SAMPLE_SENSE_LATENCY) % reference->hardware->phases;
}

/* The codes of a phase come in at the end of this clock. */
static void take_codes(struct port_reference *reference, const int32_t *codes)
{
    const struct hardware *hardware = reference->hardware;
    const uint32_t steps = *value(reference, REGISTER_STEPS);
    const uint32_t phase = port_reference_phase(reference);
    const uint32_t step = (reference->clock - SAMPLE_SENSE_LATENCY) / hardware->phases + 1;
    const bool last = phase == hardware->phases - 1;
    bool decided = *value(reference, REGISTER_EARLY_DECISION) != 0;
    for (uint32_t o = 0; o < hardware->outputs; o++) {
        reference->neurons[o] =
            lif_next(reference->neurons[o], &reference->neuron_settings, lif_largest(hardware),
                     tile_sum(hardware, codes, 1, o, 0), phase == 0, last);
        decided = decided && lif_decided(reference->neurons[o].count, step, steps);
    }
    if (last && decided) {
        reference->decided = true;
        reference->end = decided_sample_clocks(hardware, step, steps);
    }
}

static void review_clock(struct port_reference *reference, const int32_t *codes)
{
    if (reference->clock == 0) {
        for (uint32_t o = 0; o < reference->hardware->outputs; o++) {
            reference->neurons[o] = lif_start(&reference->neuron_settings);
        }
    } else if (port_reference_sensing(reference)) {
        take_codes(reference, codes);
    }
    reference->clock++;
    if (reference->clock >= reference->end) {
        reference->running = NOTHING;
    } else if (port_reference_sensing(reference) && port_reference_phase(reference) == 0) {
        spike_encoder_run(reference->encoder, reference->hardware->phases, reference->rows);
    }
}

static void writing_clock(struct port_reference *reference, uint32_t reading)
{
    struct write_verify *writer = &reference->writer;
    const uint32_t device = writer->device;
    reference->clock++;
    if (reference->clock < writer->clock + writer->duration) {
        return;
    }
    write_verify_next(writer, reading);
    if (writer->device != device) {
        reference->defined[device] = true;
    }
    if (writer->state == WRITE_IDLE) {
        reference->running = NOTHING;
    }
}

void port_reference_clock(struct port_reference *reference, const int32_t *codes, uint32_t reading)
{
    if (reference->running == REVIEW) {
        review_clock(reference, codes);
    } else if (reference->running == WRITING) {
        writing_clock(reference, reading);
    }
}

void port_reference_reset(struct port_reference *reference)
{
    const struct hardware *hardware = reference->hardware;
    if (reference->running == WRITING) {
        reference->defined[reference->writer.device] = false; /* it may just be ending */
    }
    const uint32_t last_device = (hardware->columns - 1) * hardware->row_stride + hardware->lanes - 1;
    for (uint32_t i = 0; i < PORT_REGISTERS; i++) {
        reference->values[i] = registers[i].reset == RESET_LAST_DEVICE ? last_device : registers[i].value;
    }
    memset(reference->neurons, 0, hardware->outputs * sizeof *reference->neurons);
    reference->writer = (struct write_verify) {.hardware = hardware};
    reference->running = NOTHING;
    reference->clock = 0;
}

void port_reference_open(struct port_reference *reference, const struct hardware *hardware)
{
    *reference = (struct port_reference) {
        .hardware = hardware,
        .rates = allocate(hardware->inputs, sizeof *reference->rates),
        .targets = allocate(hardware->devices, sizeof *reference->targets),
        .results = allocate(hardware->devices, sizeof *reference->results),
        .defined = allocate(hardware->devices, sizeof *reference->defined),
        .encoder = spike_encoder_open(hardware),
        .rows = allocate_vectors(hardware->phases, spike_encoder_clock_bytes(hardware)),
        .neurons = allocate(hardware->outputs, sizeof *reference->neurons),
    };
    memset(reference->defined, true, hardware->devices * sizeof *reference->defined);
}
