/* Fuzzing of the register port: the bytes are transfers, waits, stalls and resets, and what the analogue side
 * answers. The Verilated RTL and a second register map, written from docs/registers.md on top of the twins,
 * go through them clock by clock; both must show the same at every clock, the answers to the host included,
 * so that no request stays without one.
 *
 *   byte 0   which of the hardware's sets
 *   then     (operation in bits 0-2, number n in bits 3-7), and what the operation takes behind it:
 *     WAIT          n + 1 clocks
 *     STALLS        1 byte: in which of eight clocks the host takes an answer
 *     WRITE, READ   1 byte: which register of the map, 1 byte: which word of it; a write: 4 bytes of data
 *     RAW_WRITE, RAW_READ   2 bytes of address; a write: 4 bytes of data
 *     ANALOGUE      1 byte: seed of codes and readings, 1 byte: how small they are
 *     RESET         n 0: reset; otherwise as many times 32 clocks, until nothing runs
 */
#include "fuzz.h"

#include "model/base/error.h"
#include "model/chip/dut.h"
#include "model/reference/lif.h"
#include "model/reference/review_sequencer.h"
#include "model/reference/spike_encoder.h"
#include "model/reference/write_verify.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum operation { WAIT, STALLS, WRITE, READ, RAW_WRITE, RAW_READ, ANALOGUE, RESET };
enum running { NOTHING, REVIEW, WRITING };

/* An input whose review or writing takes longer ends before it does. */
enum { MOST_CLOCKS = 4000, MOST_STALLED_CLOCKS = 8, MOST_HARDWARE = 16 };

#define NAMED(name, words, readable, writable) {REGISTER_##name, words},
static const struct {
    uint16_t address, words;
} map[] = {REGISTER_LIST(NAMED)};

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
enum { SETTINGS = sizeof settings / sizeof *settings };

struct answer {
    bool valid, error;
    bool undefined; /* its data may be anything */
    uint32_t data;
};

struct chip {
    struct dut *dut;
    const struct hardware *hardware;
    uint32_t values[SETTINGS];
    struct predictor_table table;
    uint16_t *rates;   /* inputs */
    uint32_t *targets; /* devices, as are the next two */
    struct write_result *results;
    bool *defined; /* whether the result is */
    struct answer answer;
    enum running running;
    uint32_t clock; /* since the start; where it ended afterwards */

    uint64_t end; /* of the review, in clocks */
    bool decided;
    struct spike_encoder *encoder;
    uint8_t *rows; /* [phase] of a step */
    struct lif_settings neuron_settings;
    struct lif_neuron *neurons; /* one an output */
    struct write_verify writer;

    uint32_t analogue, smallness, stalls;
    uint32_t clocks; /* of this input */
};

static uint32_t *value(struct chip *chip, uint32_t address)
{
    for (uint32_t i = 0; i < SETTINGS; i++) {
        if (settings[i].address == address) {
            return &chip->values[i];
        }
    }
    return NULL;
}

static void expect(const struct chip *chip, const char *what, int64_t rtl, int64_t twin)
{
    if (rtl != twin) {
        (void) fprintf(stderr,
                       "registers, %s, clock %u (%u of what runs): %s: RTL %" PRId64 ", twin %" PRId64 "\n",
                       chip->hardware->name, chip->clocks, chip->clock, what, rtl, twin);
        abort();
    }
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

static void start_review(struct chip *chip)
{
    chip->running = REVIEW;
    chip->clock = 0;
    chip->decided = false;
    chip->end = review_clocks(chip->hardware, *value(chip, REGISTER_STEPS));
    chip->neuron_settings = (struct lif_settings) {
        .threshold = (int32_t) *value(chip, REGISTER_THRESHOLD),
        .membrane_start = (int32_t) *value(chip, REGISTER_MEMBRANE_START),
        .leak = *value(chip, REGISTER_LEAK),
    };
    spike_encoder_load(chip->encoder, *value(chip, REGISTER_ENCODER) != 0);
    spike_encoder_set_rates(chip->encoder, 0, chip->rates);
    spike_encoder_seed_slot(chip->encoder, 0, *value(chip, REGISTER_SEED));
}

static void start_writing(struct chip *chip)
{
    uint32_t first, last;
    (void) find_device(chip->hardware, *value(chip, REGISTER_FIRST_DEVICE), &first);
    (void) find_device(chip->hardware, *value(chip, REGISTER_LAST_DEVICE), &last);
    chip->running = WRITING;
    chip->clock = 0;
    chip->table.entries = *value(chip, REGISTER_PULSE_ENTRIES);
    chip->writer = (struct write_verify) {
        .hardware = chip->hardware,
        .table = &chip->table,
        .targets = chip->targets,
        .results = chip->results,
        .tolerance = *value(chip, REGISTER_TOLERANCE),
        .max_pulses = *value(chip, REGISTER_MAX_PULSES),
        .reads_log2 = *value(chip, REGISTER_VERIFY_READS),
        .first_device = first,
        .last_device = last,
    };
    write_verify_start(&chip->writer);
}

static bool write_setting(struct chip *chip, uint32_t address, uint32_t data)
{
    uint32_t device;
    if (address == REGISTER_PULSE_ENTRIES && (data & 0x1f) > PULSE_ENTRIES) {
        return false;
    }
    if ((address == REGISTER_FIRST_DEVICE || address == REGISTER_LAST_DEVICE) &&
        !find_device(chip->hardware, data, &device)) {
        return false;
    }
    for (uint32_t i = 0; i < SETTINGS; i++) {
        if (settings[i].address == address) {
            chip->values[i] = data & settings[i].mask;
            return true;
        }
    }
    return false;
}

/* What a write does; false: an error. */
static bool take_write(struct chip *chip, uint32_t address, uint32_t data)
{
    const struct hardware *hardware = chip->hardware;
    const uint32_t entry = address / 4 % PULSE_ENTRIES;
    if (chip->running != NOTHING || address % 4 != 0) {
        return false;
    }
    if (address == REGISTER_CONTROL) {
        if ((data & 3) == 1) {
            start_review(chip);
        } else if ((data & 3) == 2) {
            start_writing(chip);
        }
        return (data & 3) != 3;
    }
    if (in(address, REGISTER_PULSE_WIDTH, PULSE_ENTRIES)) {
        chip->table.width_us[entry] = data & 0xffff;
        chip->table.negative[entry] = (data >> 16 & 1) != 0;
        return true;
    }
    if (in(address, REGISTER_PULSE_RATE, PULSE_ENTRIES)) {
        chip->table.rate[entry] = data;
        return true;
    }
    if (in(address, REGISTER_PULSE_ASYMPTOTE, PULSE_ENTRIES)) {
        chip->table.asymptote[entry] = data & 0xffffff;
        return true;
    }
    if (in(address, REGISTER_RATE_PAIR, 512)) {
        const uint32_t index = (address - REGISTER_RATE_PAIR) / 4 * 2;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        chip->rates[phase * hardware->lanes + lane] = (uint16_t) data;
        if (lane + 1 < hardware->lanes) {
            chip->rates[phase * hardware->lanes + lane + 1] = (uint16_t) (data >> 16);
        }
        return true;
    }
    if (in(address, REGISTER_RATE, 1024)) {
        const uint32_t index = (address - REGISTER_RATE) / 4;
        const uint32_t lane = index % hardware->row_stride, phase = index / hardware->row_stride;
        if (lane >= hardware->lanes || phase >= hardware->phases) {
            return false;
        }
        chip->rates[phase * hardware->lanes + lane] = (uint16_t) data;
        return true;
    }
    if (in(address, REGISTER_TARGET, 4096)) {
        uint32_t device;
        if (!find_device(hardware, (address - REGISTER_TARGET) / 4, &device)) {
            return false;
        }
        chip->targets[device] = data & 0xffffff;
        return true;
    }
    return write_setting(chip, address, data);
}

static bool read_result(const struct chip *chip, uint32_t index, struct answer *answer)
{
    uint32_t device;
    if (!find_device(chip->hardware, index, &device)) {
        return false;
    }
    const struct write_result *result = &chip->results[device];
    answer->undefined = !chip->defined[device];
    answer->data = (uint32_t) result->ending << 30 | result->pulses << 24 | result->reading;
    return true;
}

static bool read_output(const struct chip *chip, uint32_t address, uint32_t *data)
{
    const bool count = in(address, REGISTER_COUNT, 1024);
    const bool low = in(address, REGISTER_MEMBRANE_LOW, 512);
    const uint32_t first = count ? REGISTER_COUNT : low ? REGISTER_MEMBRANE_LOW : REGISTER_MEMBRANE_HIGH;
    const uint32_t output = (address - first) / 4;
    if (output >= chip->hardware->outputs) {
        return false;
    }
    const struct lif_neuron *neuron = &chip->neurons[output];
    *data = (uint32_t) (count ? neuron->count : low ? neuron->membrane : neuron->membrane >> 32);
    return true;
}

/* What a read finds; false: an error. */
static bool take_read(struct chip *chip, uint32_t address, struct answer *answer)
{
    const struct hardware *hardware = chip->hardware;
    if (address % 4 != 0) {
        return false;
    }
    if (in(address, REGISTER_RESULT, 4096)) {
        return read_result(chip, (address - REGISTER_RESULT) / 4, answer);
    }
    if (in(address, REGISTER_COUNT, 1024) || in(address, REGISTER_MEMBRANE_LOW, 512) ||
        in(address, REGISTER_MEMBRANE_HIGH, 512)) {
        return read_output(chip, address, &answer->data);
    }
    const uint32_t *setting = value(chip, address);
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
        {REGISTER_STATUS, chip->running},
        {REGISTER_CLOCKS, chip->clock},
        {REGISTER_CONVERGED, chip->writer.converged},
        {REGISTER_STALLED, chip->writer.stalled},
        {REGISTER_EXHAUSTED, chip->writer.exhausted},
        {REGISTER_PULSES, chip->writer.pulses},
        {REGISTER_PULSE_TIME, chip->writer.pulse_time},
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

static bool sensing(const struct chip *chip)
{
    return chip->running == REVIEW && chip->clock >= REVIEW_SENSE_LATENCY && !chip->decided;
}

static uint32_t sensed_phase(const struct chip *chip)
{
    return (chip->clock - REVIEW_SENSE_LATENCY) % chip->hardware->phases;
}

/* The codes of a phase come in at the end of this clock. */
static void take_codes(struct chip *chip)
{
    const struct hardware *hardware = chip->hardware;
    const uint32_t steps = *value(chip, REGISTER_STEPS);
    const uint32_t phase = sensed_phase(chip);
    const uint32_t step = (chip->clock - REVIEW_SENSE_LATENCY) / hardware->phases + 1;
    const bool last = phase == hardware->phases - 1;
    bool decided = *value(chip, REGISTER_EARLY_DECISION) != 0;
    for (uint32_t o = 0; o < hardware->outputs; o++) {
        chip->neurons[o] = lif_next(chip->neurons[o], &chip->neuron_settings, lif_largest(hardware),
                                    tile_sum(hardware, chip->dut->pins.codes, 1, o, 0), phase == 0, last);
        decided = decided && lif_decided(chip->neurons[o].count, step, steps);
    }
    if (last && decided) {
        chip->decided = true;
        chip->end = decided_review_clocks(hardware, step, steps);
    }
}

static void review_clock(struct chip *chip)
{
    if (chip->clock == 0) {
        for (uint32_t o = 0; o < chip->hardware->outputs; o++) {
            chip->neurons[o] = lif_start(&chip->neuron_settings);
        }
    } else if (sensing(chip)) {
        take_codes(chip);
    }
    chip->clock++;
    if (chip->clock >= chip->end) {
        chip->running = NOTHING;
    } else if (sensing(chip) && sensed_phase(chip) == 0) {
        spike_encoder_run(chip->encoder, chip->hardware->phases, chip->rows);
    }
}

static void writing_clock(struct chip *chip)
{
    struct write_verify *writer = &chip->writer;
    const uint32_t device = writer->device;
    chip->clock++;
    if (chip->clock < writer->clock + writer->duration) {
        return;
    }
    write_verify_next(writer, chip->dut->pins.reading);
    if (writer->device != device) {
        chip->defined[device] = true;
    }
    if (writer->state == WRITE_IDLE) {
        chip->running = NOTHING;
    }
}

/* What the RTL shows after a clock. */
static void compare(struct chip *chip)
{
    const struct hardware *hardware = chip->hardware;
    const struct dut_pins *pins = &chip->dut->pins;
    const struct write_verify *writer = &chip->writer;
    struct answer *answer = &chip->answer;
    expect(chip, "response", pins->response_valid, answer->valid);
    if (answer->valid) {
        if (answer->undefined) {
            answer->data = pins->response_data; /* but steady */
            answer->undefined = false;
        }
        expect(chip, "error of the response", pins->response_error, answer->error);
        expect(chip, "data of the response", pins->response_data, answer->data);
    }
    expect(chip, "request ready", pins->request_ready, !answer->valid || pins->response_ready);
    expect(chip, "busy", pins->busy, chip->running != NOTHING);
    expect(chip, "sense", pins->sense, sensing(chip));
    if (sensing(chip)) {
        const uint8_t *rows = chip->rows + sensed_phase(chip) * spike_encoder_clock_bytes(hardware);
        expect(chip, "phase", pins->sense_phase, sensed_phase(chip));
        for (uint32_t row = 0; row < hardware->lanes; row += 8) {
            const uint32_t mask = hardware->lanes - row < 8 ? (1u << (hardware->lanes - row)) - 1 : 0xff;
            expect(chip, "spikes of eight rows", pins->rows[row / 32] >> row % 32 & mask,
                   rows[row / 8] & mask);
        }
    }
    for (uint32_t o = 0; o < hardware->outputs; o++) {
        expect(chip, "membrane", dut_membrane(chip->dut, o), chip->neurons[o].membrane);
        expect(chip, "spike", dut_spike(chip->dut, o), chip->neurons[o].spike);
        expect(chip, "count", dut_count(chip->dut, o), chip->neurons[o].count);
    }
    const bool pulse = writer->state == WRITE_PULSE;
    expect(chip, "state", pins->write_state, writer->state);
    expect(chip, "read", pins->read, writer->state == WRITE_READ && writer->target != 0);
    expect(chip, "pulse", pins->pulse, pulse);
    if (chip->running == WRITING) {
        assert(hardware->lanes > 0);
        expect(chip, "row", pins->row, writer->device % hardware->lanes);
        expect(chip, "column", pins->column, writer->device / hardware->lanes);
        expect(chip, "iteration", pins->write_iteration, writer->iteration);
    }
    const int predicted = writer->state == WRITE_PREDICT
                              ? pulse_predictor_entry((uint32_t) (chip->clock - writer->clock),
                                                      writer->table->entries, hardware->sequential)
                              : -1;
    expect(chip, "entry predicted", pins->prediction_valid ? pins->prediction_entry : -1, predicted);
    if (predicted >= 0) {
        expect(chip, "prediction", pins->prediction,
               pulse_predict(writer->table, (uint32_t) predicted, writer->reading));
    }
    if (pulse) {
        expect(chip, "pulse entry", pins->pulse_entry, writer->prediction.entry);
        expect(chip, "pulse sign", pins->pulse_negative, writer->prediction.negative);
    }
}

/* The next number of the analogue side: any bits. */
static uint32_t draw(struct chip *chip)
{
    chip->analogue = chip->analogue * 1664525u + 1013904223u;
    return chip->analogue ^ chip->analogue >> 15;
}

/* One clock of both, with the request that the pins hold. True when it was taken. */
static bool clock_both(struct chip *chip)
{
    struct dut_pins *pins = &chip->dut->pins;
    const uint32_t code_bits = chip->hardware->tile_code_bits;
    for (uint32_t i = 0; i < chip->hardware->codes; i++) {
        pins->codes[i] = (int32_t) draw(chip) >> (32 - code_bits + chip->smallness % code_bits);
    }
    pins->reading = draw(chip) >> (32 - RESISTANCE_BITS + chip->smallness % RESISTANCE_BITS);

    const bool taken = pins->request_valid && (!chip->answer.valid || pins->response_ready);
    const enum running running = chip->running;
    struct answer answer = {.valid = taken};
    bool started = false;
    if (taken && pins->request_write) {
        answer.error = !take_write(chip, pins->request_address, pins->request_data);
        started = chip->running != running;
    } else if (taken) {
        answer.error = !take_read(chip, pins->request_address, &answer);
    }
    if (taken || pins->response_ready) {
        chip->answer = answer;
    }
    if (!started && running == REVIEW) {
        review_clock(chip);
    } else if (!started && running == WRITING) {
        writing_clock(chip);
    }
    dut_clock(chip->dut);
    chip->clocks++;
    compare(chip);
    return taken;
}

static bool over(const struct chip *chip)
{
    return chip->clocks >= MOST_CLOCKS;
}

static bool host_ready(const struct chip *chip)
{
    return (chip->stalls >> chip->clocks % 8 & 1) != 0;
}

static void wait_clocks(struct chip *chip, uint32_t clocks)
{
    for (uint32_t i = 0; i < clocks && !over(chip); i++) {
        chip->dut->pins.response_ready = host_ready(chip);
        (void) clock_both(chip);
    }
}

static void request(struct chip *chip, bool write, uint32_t address, uint32_t data)
{
    struct dut_pins *pins = &chip->dut->pins;
    pins->request_write = write;
    pins->request_address = (uint16_t) address;
    pins->request_data = data;
    for (uint32_t waited = 0;; waited++) {
        pins->request_valid = true;
        pins->response_ready = waited >= MOST_STALLED_CLOCKS || host_ready(chip);
        if (clock_both(chip)) {
            break;
        }
    }
    pins->request_valid = false;
}

static void reset(struct chip *chip)
{
    const struct hardware *hardware = chip->hardware;
    if (chip->running == WRITING) {
        chip->defined[chip->writer.device] = false; /* it may just be ending */
    }
    memset(chip->values, 0, sizeof chip->values);
    *value(chip, REGISTER_LAST_DEVICE) = (hardware->columns - 1) * hardware->row_stride + hardware->lanes - 1;
    memset(chip->neurons, 0, hardware->outputs * sizeof *chip->neurons);
    chip->writer = (struct write_verify) {.hardware = hardware};
    chip->answer = (struct answer) {.valid = false};
    chip->running = NOTHING;
    chip->clock = 0;
    chip->dut->pins.response_ready = true;
    dut_reset(chip->dut);
    compare(chip);
}

/* The tables as after power-up. The results of earlier inputs stay, in the RTL and here. */
static void begin(struct chip *chip)
{
    const struct hardware *hardware = chip->hardware;
    chip->clocks = 0;
    chip->analogue = chip->smallness = 0;
    chip->stalls = 0xff;
    chip->dut->pins.request_valid = false;
    reset(chip);
    for (uint32_t input = 0; input < hardware->inputs; input++) {
        request(chip, true, REGISTER_RATE + 4 * hardware_window_index(hardware, input), 0);
    }
    for (uint32_t device = 0; device < hardware->devices; device++) {
        request(chip, true, REGISTER_TARGET + 4 * hardware_window_index(hardware, device), 0);
    }
    for (uint32_t entry = 0; entry < PULSE_ENTRIES; entry++) {
        request(chip, true, REGISTER_PULSE_WIDTH + 4 * entry, 0);
        request(chip, true, REGISTER_PULSE_RATE + 4 * entry, 0);
        request(chip, true, REGISTER_PULSE_ASYMPTOTE + 4 * entry, 0);
    }
    chip->clocks = 0;
}

static struct chip *chip_open(const struct hardware *hardware)
{
    struct chip *chip = allocate(1, sizeof *chip);
    chip->dut = dut_open(hardware);
    chip->hardware = hardware;
    chip->rates = allocate(hardware->inputs, sizeof *chip->rates);
    chip->targets = allocate(hardware->devices, sizeof *chip->targets);
    chip->results = allocate(hardware->devices, sizeof *chip->results);
    chip->defined = allocate(hardware->devices, sizeof *chip->defined);
    memset(chip->defined, true, hardware->devices * sizeof *chip->defined);
    chip->encoder = spike_encoder_open(hardware);
    chip->rows = allocate_vectors(hardware->phases, spike_encoder_clock_bytes(hardware));
    chip->neurons = allocate(hardware->outputs, sizeof *chip->neurons);
    return chip;
}

struct bytes {
    const uint8_t *data;
    size_t size, position;
};

/* Little endian; zero beyond the end. */
static uint32_t take(struct bytes *bytes, uint32_t count)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < count; i++, bytes->position++) {
        number |= bytes->position < bytes->size ? (uint32_t) bytes->data[bytes->position] << 8 * i : 0;
    }
    return number;
}

static void operate(struct chip *chip, enum operation operation, uint32_t number, struct bytes *bytes)
{
    const bool write = operation == WRITE || operation == RAW_WRITE;
    uint32_t address;
    switch (operation) {
    case WAIT:
        wait_clocks(chip, number + 1);
        break;
    case STALLS:
        chip->stalls = take(bytes, 1);
        break;
    case WRITE:
    case READ: {
        const uint32_t which = take(bytes, 1) % (sizeof map / sizeof *map);
        address = map[which].address + 4 * (take(bytes, 1) % map[which].words);
        request(chip, write, address, write ? take(bytes, 4) : 0);
        break;
    }
    case RAW_WRITE:
    case RAW_READ:
        address = take(bytes, 2);
        request(chip, write, address, write ? take(bytes, 4) : 0);
        break;
    case ANALOGUE:
        chip->analogue = take(bytes, 1);
        chip->smallness = take(bytes, 1);
        break;
    case RESET:
        if (number == 0) {
            reset(chip);
        }
        for (uint32_t i = 0; i < number && chip->running != NOTHING; i++) {
            wait_clocks(chip, 32);
        }
        break;
    }
}

void fuzz_registers(const uint8_t *data, size_t size)
{
    static struct chip *chips[MOST_HARDWARE]; /* for the whole run: they take long to make */
    uint32_t kinds = 1;                       /* there is one at least */
    while (kinds < MOST_HARDWARE && hardware_list()[kinds].name != NULL) {
        kinds++;
    }
    struct bytes bytes = {.data = data, .size = size};
    const uint32_t kind = take(&bytes, 1) % kinds;
    if (chips[kind] == NULL) {
        chips[kind] = chip_open(&hardware_list()[kind]);
    }
    struct chip *chip = chips[kind];
    begin(chip);
    while (bytes.position < size && !over(chip)) {
        const uint32_t byte = take(&bytes, 1);
        operate(chip, (enum operation)(byte % 8), byte / 8, &bytes);
    }
    /* Whatever runs comes to the twin's end, and every setting and counter is what the twin has. */
    chip->stalls = 0xff;
    while (chip->running != NOTHING && !over(chip)) {
        wait_clocks(chip, 1);
    }
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        request(chip, false, map[i].address, 0);
    }
    chip->dut->pins.response_ready = true;
    (void) clock_both(chip);
}
