#include "port_twin.h"

#include "model/base/error.h"
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
static uint32_t *value(struct port_twin *twin, uint32_t address)
{
    const uint32_t i = find_register(address);
    return i < PORT_REGISTERS && registers[i].setting ? &twin->values[i] : NULL;
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
    uint32_t *setting = value(twin, address);
    if (setting == NULL || (address == REGISTER_PULSE_ENTRIES && (data & mask(address)) > PULSE_ENTRIES)) {
        return false;
    }
    if ((address == REGISTER_FIRST_DEVICE || address == REGISTER_LAST_DEVICE) &&
        !find_device(twin->hardware, data, &device)) {
        return false;
    }
    *setting = data & mask(address);
    return true;
}

bool port_twin_write(struct port_twin *twin, uint32_t address, uint32_t data)
{
    const struct hardware *hardware = twin->hardware;
    const uint32_t entry = address / 4 % PULSE_ENTRIES;
    if (twin->running != NOTHING || address % 4 != 0) {
        return false;
    }
    if (address == REGISTER_CONTROL) {
        const bool review = REGISTER_FIELD(data, CONTROL_REVIEW) != 0;
        const bool writing = REGISTER_FIELD(data, CONTROL_WRITING) != 0;
        if (review && !writing) {
            start_review(twin);
        } else if (writing && !review) {
            start_writing(twin);
        }
        return !(review && writing);
    }
    if (in(address, REGISTER_PULSE_WIDTH, REGISTER_PULSE_WIDTH_WORDS)) {
        twin->table.width_us[entry] = REGISTER_FIELD(data, PULSE_WIDTH_WIDTH);
        twin->table.negative[entry] = REGISTER_FIELD(data, PULSE_WIDTH_NEGATIVE) != 0;
        return true;
    }
    if (in(address, REGISTER_PULSE_RATE, REGISTER_PULSE_RATE_WORDS)) {
        twin->table.rate[entry] = data;
        return true;
    }
    if (in(address, REGISTER_PULSE_ASYMPTOTE, REGISTER_PULSE_ASYMPTOTE_WORDS)) {
        twin->table.asymptote[entry] = data & mask(REGISTER_PULSE_ASYMPTOTE);
        return true;
    }
    if (in(address, REGISTER_RATE_PAIR, REGISTER_RATE_PAIR_WORDS)) {
        const uint32_t index = (address - REGISTER_RATE_PAIR) / 4 * 2;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        twin->rates[phase * hardware->lanes + lane] = (uint16_t) REGISTER_FIELD(data, RATE_PAIR_LOWER);
        if (lane + 1 < hardware->lanes) {
            twin->rates[phase * hardware->lanes + lane + 1] =
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
        twin->rates[phase * hardware->lanes + lane] = (uint16_t) (data & mask(REGISTER_RATE));
        return true;
    }
    if (in(address, REGISTER_TARGET, REGISTER_TARGET_WORDS)) {
        uint32_t device;
        if (!find_device(hardware, (address - REGISTER_TARGET) / 4, &device)) {
            return false;
        }
        twin->targets[device] = data & mask(REGISTER_TARGET);
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
    answer->data = REGISTER_WITH(result->ending, RESULT_ENDING) |
                   REGISTER_WITH(result->pulses, RESULT_PULSES) |
                   REGISTER_WITH(result->reading, RESULT_READING);
    return true;
}

static bool read_output(const struct port_twin *twin, uint32_t address, uint32_t *data)
{
    const bool count = in(address, REGISTER_COUNT, REGISTER_COUNT_WORDS);
    const bool low = in(address, REGISTER_MEMBRANE_LOW, REGISTER_MEMBRANE_LOW_WORDS);
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
    if (in(address, REGISTER_RESULT, REGISTER_RESULT_WORDS)) {
        return read_result(twin, (address - REGISTER_RESULT) / 4, answer);
    }
    if (in(address, REGISTER_COUNT, REGISTER_COUNT_WORDS) ||
        in(address, REGISTER_MEMBRANE_LOW, REGISTER_MEMBRANE_LOW_WORDS) ||
        in(address, REGISTER_MEMBRANE_HIGH, REGISTER_MEMBRANE_HIGH_WORDS)) {
        return read_output(twin, address, &answer->data);
    }
    const uint32_t *setting = value(twin, address);
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
        {REGISTER_STATUS, REGISTER_WITH(twin->running == REVIEW, STATUS_REVIEW) |
                              REGISTER_WITH(twin->running == WRITING, STATUS_WRITING)},
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
    const uint32_t last_device = (hardware->columns - 1) * hardware->row_stride + hardware->lanes - 1;
    for (uint32_t i = 0; i < PORT_REGISTERS; i++) {
        twin->values[i] = registers[i].reset == RESET_LAST_DEVICE ? last_device : registers[i].value;
    }
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
