// SPDX-License-Identifier: Apache-2.0
/* Fuzzing of the register port: the bytes are transfers, waits, stalls and resets, and what the analogue side
 * answers. The Verilated RTL and its reference model (port_reference.h) go through them clock by clock; both
 * must show the same at every clock, the answers to the host included, so that no request stays without one.
 *
 *   byte 0   which of the hardware's sets
 *   then     (operation in bits 0-2, number n in bits 3-7), and what the operation takes behind it:
 *     WAIT          n + 1 clocks
 *     STALLS        1 byte: in which of eight clocks the host takes an answer
 *     WRITE, READ   1 byte: which register of the map, 1 byte: which word of it; a write: 4 bytes of data
 *     RAW_WRITE, RAW_READ   2 bytes of address; a write: 4 bytes of data
 *     ANALOGUE      1 byte: seed of codes and readings, 1 byte: how small they are
 *     RESET         n 0: reset; otherwise as many times 32 clocks, until nothing runs
 * */
#include "fuzz.h"
#include "port_reference.h"

#include "model/base/memory.h"
#include "model/chip/dut.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum operation { WAIT, STALLS, WRITE, READ, RAW_WRITE, RAW_READ, ANALOGUE, RESET };

/* An input whose review or writing takes longer ends before it does. */
enum { MOST_CLOCKS = 4000, MOST_STALLED_CLOCKS = 8, MOST_HARDWARE = 16 };

#define NAMED(name, words, ...) {REGISTER_##name, words},
static const struct {
    uint16_t address, words;
} map[] = {REGISTER_LIST(NAMED)};

/* The RTL, its reference model, and the answer that the reference model has for the host. */
struct chip {
    struct dut *dut;
    struct port_reference reference;
    struct answer answer;
    uint32_t analogue, smallness, stalls;
    uint32_t clocks; /* of this input */
};

static void expect(const struct chip *chip, const char *what, int64_t rtl, int64_t reference)
{
    if (rtl != reference) {
        (void) fprintf(stderr,
                       "registers, %s, clock %u (%u of what runs): %s: RTL %" PRId64
                       ", reference model %" PRId64 "\n",
                       chip->dut->hardware->name, chip->clocks, chip->reference.clock, what, rtl, reference);
        abort();
    }
}

/* What the RTL shows after a clock. */
static void compare(struct chip *chip)
{
    const struct hardware *hardware = chip->dut->hardware;
    const struct dut_pins *pins = &chip->dut->pins;
    const struct port_reference *reference = &chip->reference;
    const struct write_verify *writer = &reference->writer;
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
    expect(chip, "busy", pins->busy, reference->running != NOTHING);
    expect(chip, "sense", pins->sense, port_reference_sensing(reference));
    if (port_reference_sensing(reference)) {
        const uint8_t *rows =
            reference->rows + port_reference_phase(reference) * spike_encoder_clock_bytes(hardware);
        expect(chip, "phase", pins->sense_phase, port_reference_phase(reference));
        for (uint32_t row = 0; row < hardware->lanes; row += 8) {
            const uint32_t mask = hardware->lanes - row < 8 ? (1u << (hardware->lanes - row)) - 1 : 0xff;
            expect(chip, "spikes of eight rows", pins->rows[row / 32] >> row % 32 & mask,
                   rows[row / 8] & mask);
        }
    }
    for (uint32_t o = 0; o < hardware->outputs; o++) {
        expect(chip, "membrane", dut_membrane(chip->dut, o), reference->neurons[o].membrane);
        expect(chip, "spike", dut_spike(chip->dut, o), reference->neurons[o].spike);
        expect(chip, "count", dut_count(chip->dut, o), reference->neurons[o].count);
    }
    const bool pulse = writer->state == WRITE_PULSE;
    expect(chip, "state", pins->write_state, writer->state);
    expect(chip, "read", pins->read, writer->state == WRITE_READ && writer->target != 0);
    expect(chip, "pulse", pins->pulse, pulse);
    if (reference->running == WRITING) {
        assert(hardware->lanes > 0);
        expect(chip, "row", pins->row, writer->device % hardware->lanes);
        expect(chip, "column", pins->column, writer->device / hardware->lanes);
        expect(chip, "iteration", pins->write_iteration, writer->iteration);
    }
    const int predicted = writer->state == WRITE_PREDICT
                              ? pulse_predictor_entry((uint32_t) (reference->clock - writer->clock),
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
    const struct hardware *hardware = chip->dut->hardware;
    struct dut_pins *pins = &chip->dut->pins;
    const uint32_t code_bits = hardware->tile_code_bits;
    for (uint32_t i = 0; i < hardware->codes; i++) {
        pins->codes[i] = (int32_t) draw(chip) >> (32 - code_bits + chip->smallness % code_bits);
    }
    pins->reading = draw(chip) >> (32 - RESISTANCE_BITS + chip->smallness % RESISTANCE_BITS);

    const bool taken = pins->request_valid && (!chip->answer.valid || pins->response_ready);
    const enum running running = chip->reference.running;
    struct answer answer = {.valid = taken};
    bool started = false;
    if (taken && pins->request_write) {
        answer.error = !port_reference_write(&chip->reference, pins->request_address, pins->request_data);
        started = chip->reference.running != running;
    } else if (taken) {
        answer.error = !port_reference_read(&chip->reference, pins->request_address, &answer);
    }
    if (taken || pins->response_ready) {
        chip->answer = answer;
    }
    if (!started) {
        port_reference_clock(&chip->reference, pins->codes, pins->reading);
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
    port_reference_reset(&chip->reference);
    chip->answer = (struct answer) {.valid = false};
    chip->dut->pins.response_ready = true;
    dut_reset(chip->dut);
    compare(chip);
}

/* The tables as after power-up. The results of earlier inputs stay, in the RTL and here. */
static void begin(struct chip *chip)
{
    const struct hardware *hardware = chip->dut->hardware;
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
    port_reference_open(&chip->reference, hardware);
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
        for (uint32_t i = 0; i < number && chip->reference.running != NOTHING; i++) {
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
    /* Whatever runs comes to the reference model's end, and every setting and counter is what the reference
     * model has. */
    chip->stalls = 0xff;
    while (chip->reference.running != NOTHING && !over(chip)) {
        wait_clocks(chip, 1);
    }
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        request(chip, false, map[i].address, 0);
    }
    chip->dut->pins.response_ready = true;
    (void) clock_both(chip);
}
