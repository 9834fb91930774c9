#include "port_twin.h"

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

static uint32_t *value(struct port_twin *twin, uint32_t address)
{
    for (uint32_t i = 0; i < PORT_SETTINGS; i++) {
        if (settings[i].address == address) {
            return &twin->values[i];
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

static void start_review(struct port_twin *twin)
{
    twin->running = REVIEW;
    twin->clock = 0;
    twin->decided = false;
    twin->end = review_clocks(twin->hardware, *value(twin, REGISTER_STEPS));
    twin->neuron_settings = (struct lif_settings) {
        .threshold = (int32_t) *value(twin, REGISTER_THRESHOLD),
        .membrane_start = (int32_t) *value(twin, REGISTER_MEMBRANE_START),
        .leak = *value(twin, REGISTER_LEAK),
    };
    spike_encoder_load(twin->encoder, *value(twin, REGISTER_ENCODER) != 0);
    spike_encoder_set_rates(twin->encoder, 0, twin->rates);
    spike_encoder_seed_slot(twin->encoder, 0, *value(twin, REGISTER_SEED));
}

static void start_writing(struct port_twin *twin)
{
    uint32_t first, last;
    (void) find_device(twin->hardware, *value(twin, REGISTER_FIRST_DEVICE), &first);
    (void) find_device(twin->hardware, *value(twin, REGISTER_LAST_DEVICE), &last);
    twin->running = WRITING;
    twin->clock = 0;
    twin->table.entries = *value(twin, REGISTER_PULSE_ENTRIES);
    twin->writer = (struct write_verify) {
        .hardware = twin->hardware,
        .table = &twin->table,
        .targets = twin->targets,
        .results = twin->results,
        .tolerance = *value(twin, REGISTER_TOLERANCE),
        .max_pulses = *value(twin, REGISTER_MAX_PULSES),
        .reads_log2 = *value(twin, REGISTER_VERIFY_READS),
        .first_device = first,
        .last_device = last,
    };
    write_verify_start(&twin->writer);
}

static bool write_setting(struct port_twin *twin, uint32_t address, uint32_t data)
{
    uint32_t device;
    if (address == REGISTER_PULSE_ENTRIES && (data & 0x1f) > PULSE_ENTRIES) {
        return false;
    }
    if ((address == REGISTER_FIRST_DEVICE || address == REGISTER_LAST_DEVICE) &&
        !find_device(twin->hardware, data, &device)) {
        return false;
    }
    for (uint32_t i = 0; i < PORT_SETTINGS; i++) {
        if (settings[i].address == address) {
            twin->values[i] = data & settings[i].mask;
            return true;
        }
    }
    return false;
}

bool port_twin_write(struct port_twin *twin, uint32_t address, uint32_t data)
{
    const struct hardware *hardware = twin->hardware;
    const uint32_t entry = address / 4 % PULSE_ENTRIES;
    if (twin->running != NOTHING || address % 4 != 0) {
        return false;
    }
    if (address == REGISTER_CONTROL) {
        if ((data & 3) == 1) {
            start_review(twin);
        } else if ((data & 3) == 2) {
            start_writing(twin);
        }
        return (data & 3) != 3;
    }
    if (in(address, REGISTER_PULSE_WIDTH, PULSE_ENTRIES)) {
        twin->table.width_us[entry] = data & 0xffff;
        twin->table.negative[entry] = (data >> 16 & 1) != 0;
        return true;
    }
    if (in(address, REGISTER_PULSE_RATE, PULSE_ENTRIES)) {
        twin->table.rate[entry] = data;
        return true;
    }
    if (in(address, REGISTER_PULSE_ASYMPTOTE, PULSE_ENTRIES)) {
        twin->table.asymptote[entry] = data & 0xffffff;
        return true;
    }
    if (in(address, REGISTER_RATE_PAIR, 512)) {
        const uint32_t index = (address - REGISTER_RATE_PAIR) / 4 * 2;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        twin->rates[phase * hardware->lanes + lane] = (uint16_t) data;
        if (lane + 1 < hardware->lanes) {
            twin->rates[phase * hardware->lanes + lane + 1] = (uint16_t) (data >> 16);
        }
        return true;
    }
    if (in(address, REGISTER_RATE, 1024)) {
        const uint32_t index = (address - REGISTER_RATE) / 4;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        twin->rates[phase * hardware->lanes + lane] = (uint16_t) data;
        return true;
    }
    if (in(address, REGISTER_TARGET, 4096)) {
        uint32_t device;
        if (!find_device(hardware, (address - REGISTER_TARGET) / 4, &device)) {
            return false;
        }
        twin->targets[device] = data & 0xffffff;
        return true;
    }
    return write_setting(twin, address, data);
}

static bool read_result(const struct port_twin *twin, uint32_t index, struct answer *answer)
{
    uint32_t device;
    if (!find_device(twin->hardware, index, &device)) {
        return false;
    }
    const struct write_result *result = &twin->results[device];
    answer->undefined = !twin->defined[device];
    answer->data = (uint32_t) result->ending << 30 | result->pulses << 24 | result->reading;
    return true;
}

static bool read_output(const struct port_twin *twin, uint32_t address, uint32_t *data)
{
    const bool count = in(address, REGISTER_COUNT, 1024);
    const bool low = in(address, REGISTER_MEMBRANE_LOW, 512);
    const uint32_t first = count ? REGISTER_COUNT : low ? REGISTER_MEMBRANE_LOW : REGISTER_MEMBRANE_HIGH;
    const uint32_t output = (address - first) / 4;
    if (output >= twin->hardware->outputs) {
        return false;
    }
    const struct lif_neuron *neuron = &twin->neurons[output];
    *data = (uint32_t) (count ? neuron->count : low ? neuron->membrane : neuron->membrane >> 32);
    return true;
}

bool port_twin_read(struct port_twin *twin, uint32_t address, struct answer *answer)
{
    const struct hardware *hardware = twin->hardware;
    if (address % 4 != 0) {
        return false;
    }
    if (in(address, REGISTER_RESULT, 4096)) {
        return read_result(twin, (address - REGISTER_RESULT) / 4, answer);
    }
    if (in(address, REGISTER_COUNT, 1024) || in(address, REGISTER_MEMBRANE_LOW, 512) ||
        in(address, REGISTER_MEMBRANE_HIGH, 512)) {
        return read_output(twin, address, &answer->data);
    }
    const uint32_t *setting = value(twin, address);
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
        {REGISTER_STATUS, twin->running},
        {REGISTER_CLOCKS, twin->clock},
        {REGISTER_CONVERGED, twin->writer.converged},
        {REGISTER_STALLED, twin->writer.stalled},
        {REGISTER_EXHAUSTED, twin->writer.exhausted},
        {REGISTER_PULSES, twin->writer.pulses},
        {REGISTER_PULSE_TIME, twin->writer.pulse_time},
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

bool port_twin_sensing(const struct port_twin *twin)
{
    return twin->running == REVIEW && twin->clock >= REVIEW_SENSE_LATENCY && !twin->decided;
}

uint32_t port_twin_phase(const struct port_twin *twin)
{
    return (twin->clock - REVIEW_SENSE_LATENCY) % twin->hardware->phases;
}

/* The codes of a phase come in at the end of this clock. */
static void take_codes(struct port_twin *twin, const int32_t *codes)
{
    const struct hardware *hardware = twin->hardware;
    const uint32_t steps = *value(twin, REGISTER_STEPS);
    const uint32_t phase = port_twin_phase(twin);
    const uint32_t step = (twin->clock - REVIEW_SENSE_LATENCY) / hardware->phases + 1;
    const bool last = phase == hardware->phases - 1;
    bool decided = *value(twin, REGISTER_EARLY_DECISION) != 0;
    for (uint32_t o = 0; o < hardware->outputs; o++) {
        twin->neurons[o] = lif_next(twin->neurons[o], &twin->neuron_settings, lif_largest(hardware),
                                    tile_sum(hardware, codes, 1, o, 0), phase == 0, last);
        decided = decided && lif_decided(twin->neurons[o].count, step, steps);
    }
    if (last && decided) {
        twin->decided = true;
        twin->end = decided_review_clocks(hardware, step, steps);
    }
}

static void review_clock(struct port_twin *twin, const int32_t *codes)
{
    if (twin->clock == 0) {
        for (uint32_t o = 0; o < twin->hardware->outputs; o++) {
            twin->neurons[o] = lif_start(&twin->neuron_settings);
        }
    } else if (port_twin_sensing(twin)) {
        take_codes(twin, codes);
    }
    twin->clock++;
    if (twin->clock >= twin->end) {
        twin->running = NOTHING;
    } else if (port_twin_sensing(twin) && port_twin_phase(twin) == 0) {
        spike_encoder_run(twin->encoder, twin->hardware->phases, twin->rows);
    }
}

static void writing_clock(struct port_twin *twin, uint32_t reading)
{
    struct write_verify *writer = &twin->writer;
    const uint32_t device = writer->device;
    twin->clock++;
    if (twin->clock < writer->clock + writer->duration) {
        return;
    }
    write_verify_next(writer, reading);
    if (writer->device != device) {
        twin->defined[device] = true;
    }
    if (writer->state == WRITE_IDLE) {
        twin->running = NOTHING;
    }
}

void port_twin_clock(struct port_twin *twin, const int32_t *codes, uint32_t reading)
{
    if (twin->running == REVIEW) {
        review_clock(twin, codes);
    } else if (twin->running == WRITING) {
        writing_clock(twin, reading);
    }
}

void port_twin_reset(struct port_twin *twin)
{
    const struct hardware *hardware = twin->hardware;
    if (twin->running == WRITING) {
        twin->defined[twin->writer.device] = false; /* it may just be ending */
    }
    memset(twin->values, 0, sizeof twin->values);
    *value(twin, REGISTER_LAST_DEVICE) = (hardware->columns - 1) * hardware->row_stride + hardware->lanes - 1;
    memset(twin->neurons, 0, hardware->outputs * sizeof *twin->neurons);
    twin->writer = (struct write_verify) {.hardware = hardware};
    twin->running = NOTHING;
    twin->clock = 0;
}

void port_twin_open(struct port_twin *twin, const struct hardware *hardware)
{
    *twin = (struct port_twin) {
        .hardware = hardware,
        .rates = allocate(hardware->inputs, sizeof *twin->rates),
        .targets = allocate(hardware->devices, sizeof *twin->targets),
        .results = allocate(hardware->devices, sizeof *twin->results),
        .defined = allocate(hardware->devices, sizeof *twin->defined),
        .encoder = spike_encoder_open(hardware),
        .rows = allocate_vectors(hardware->phases, spike_encoder_clock_bytes(hardware)),
        .neurons = allocate(hardware->outputs, sizeof *twin->neurons),
    };
    memset(twin->defined, true, hardware->devices * sizeof *twin->defined);
}
