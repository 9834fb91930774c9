#include "port_reference.h"

#include "model/base/memory.h"
#include "model/hardware/registers.h"
#include "model/reference/review_sequencer.h"

#include <string.h>

/* What can be written and read back. */
static const struct {
    uint16_t address;
    uint32_t mask;
} settings[] = {
    {REGISTER_STEPS, 0xffff},       {REGISTER_SEED, 0x7fffffff},     {REGISTER_ENCODER, 1},
    {REGISTER_THRESHOLD, ~0u},      {REGISTER_MEMBRANE_START, ~0u},  {REGISTER_LEAK, 0x1f},
    {REGISTER_EARLY_DECISION, 1},   {REGISTER_TOLERANCE, 0xffffff},  {REGISTER_MAX_PULSES, 0x3f},
    {REGISTER_PULSE_ENTRIES, 0x1f}, {REGISTER_FIRST_DEVICE, 0xffff}, {REGISTER_LAST_DEVICE, 0xffff},
    {REGISTER_VERIFY_READS, 7},
};
_Static_assert(sizeof settings / sizeof *settings == PORT_SETTINGS, "a value for each of them");

static uint32_t *value(struct port_reference *reference, uint32_t address)
{
    for (uint32_t i = 0; i < PORT_SETTINGS; i++) {
        if (settings[i].address == address) {
            return &reference->values[i];
        }
    }
    return NULL;
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
    if (address == REGISTER_PULSE_ENTRIES && (data & 0x1f) > PULSE_ENTRIES) {
        return false;
    }
    if ((address == REGISTER_FIRST_DEVICE || address == REGISTER_LAST_DEVICE) &&
        !find_device(reference->hardware, data, &device)) {
        return false;
    }
    for (uint32_t i = 0; i < PORT_SETTINGS; i++) {
        if (settings[i].address == address) {
            reference->values[i] = data & settings[i].mask;
            return true;
        }
    }
    return false;
}

bool port_reference_write(struct port_reference *reference, uint32_t address, uint32_t data)
{
    const struct hardware *hardware = reference->hardware;
    const uint32_t entry = address / 4 % PULSE_ENTRIES;
    if (reference->running != NOTHING || address % 4 != 0) {
        return false;
    }
    if (address == REGISTER_CONTROL) {
        if ((data & 3) == 1) {
            start_review(reference);
        } else if ((data & 3) == 2) {
            start_writing(reference);
        }
        return (data & 3) != 3;
    }
    if (in(address, REGISTER_PULSE_WIDTH, PULSE_ENTRIES)) {
        reference->table.width_us[entry] = data & 0xffff;
        reference->table.negative[entry] = (data >> 16 & 1) != 0;
        return true;
    }
    if (in(address, REGISTER_PULSE_RATE, PULSE_ENTRIES)) {
        reference->table.rate[entry] = data;
        return true;
    }
    if (in(address, REGISTER_PULSE_ASYMPTOTE, PULSE_ENTRIES)) {
        reference->table.asymptote[entry] = data & 0xffffff;
        return true;
    }
    if (in(address, REGISTER_RATE_PAIR, 512)) {
        const uint32_t index = (address - REGISTER_RATE_PAIR) / 4 * 2;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        reference->rates[phase * hardware->lanes + lane] = (uint16_t) data;
        if (lane + 1 < hardware->lanes) {
            reference->rates[phase * hardware->lanes + lane + 1] = (uint16_t) (data >> 16);
        }
        return true;
    }
    if (in(address, REGISTER_RATE, 1024)) {
        const uint32_t index = (address - REGISTER_RATE) / 4;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        reference->rates[phase * hardware->lanes + lane] = (uint16_t) data;
        return true;
    }
    if (in(address, REGISTER_TARGET, 4096)) {
        uint32_t device;
        if (!find_device(hardware, (address - REGISTER_TARGET) / 4, &device)) {
            return false;
        }
        reference->targets[device] = data & 0xffffff;
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
    answer->data = (uint32_t) result->ending << 30 | result->pulses << 24 | result->reading;
    return true;
}

static bool read_output(const struct port_reference *reference, uint32_t address, uint32_t *data)
{
    const bool count = in(address, REGISTER_COUNT, 1024);
    const bool low = in(address, REGISTER_MEMBRANE_LOW, 512);
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
    if (in(address, REGISTER_RESULT, 4096)) {
        return read_result(reference, (address - REGISTER_RESULT) / 4, answer);
    }
    if (in(address, REGISTER_COUNT, 1024) || in(address, REGISTER_MEMBRANE_LOW, 512) ||
        in(address, REGISTER_MEMBRANE_HIGH, 512)) {
        return read_output(reference, address, &answer->data);
    }
    const uint32_t *setting = value(reference, address);
    const struct {
        uint32_t address, value;
    } others[] = {
        {REGISTER_ID, 0x4D53504B},
        {REGISTER_MAP_VERSION, REGISTER_MAP_VERSION_VALUE},
        {REGISTER_INPUTS, hardware->inputs},
        {REGISTER_LANES, hardware->lanes},
        {REGISTER_OUTPUTS, hardware->outputs},
        {REGISTER_CLOCKS_PER_US, hardware->clocks_per_us},
        {REGISTER_TILES, hardware->tiles},
        {REGISTER_DIFFERENTIAL, hardware->sides - 1},
        {REGISTER_STATUS, reference->running},
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
    memset(reference->values, 0, sizeof reference->values);
    *value(reference, REGISTER_LAST_DEVICE) =
        (hardware->columns - 1) * hardware->row_stride + hardware->lanes - 1;
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
