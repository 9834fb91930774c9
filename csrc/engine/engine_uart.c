// SPDX-License-Identifier: Apache-2.0
/* The engine on an FPGA board, over a serial line. Samples run one after the other; a frame that gets lost is
 * sent again. */
#include "engine/engine_kind.h"

#include "engine/board_link.h"
#include "model/base/memory.h"
#include "model/chip/dut.h"
#include "model/hardware/registers.h"
#include "model/reference/crossbar_emulator.h"
#include "model/reference/spike_encoder.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLOCKS_PER_BYTE = 120, /* ten bits at a twelfth of the boards' 12 MHz */
    START_SAMPLE = REGISTER_WITH(1, CONTROL_REVIEW),
    START_WRITING = REGISTER_WITH(1, CONTROL_WRITING),
    MAX_WORDS = 62, /* of an operation in an otherwise empty frame */
    STATUS_BUSY = REGISTER_WITH(1, STATUS_REVIEW) | REGISTER_WITH(1, STATUS_WRITING),
};

struct worker {
    struct board_link *link;
    uint64_t counted_bytes; /* of the line, in the statistics already */
    uint32_t *resistances;  /* as the board holds them */
    bool placed;
};

static void uart_close(void *opened)
{
    struct worker *worker = opened;
    board_link_close(worker->link);
    free(worker->resistances);
    free(worker);
}

/* uart_check() has opened the only one. */
static void *uart_open(const struct engine *engine)
{
    (void) engine;
    return NULL;
}

/* Write words to successive registers; the frame goes out whenever it is full. */
static enum status put(struct board_link *link, struct board_frame *frame, uint32_t address,
                       const uint32_t *data, uint32_t count, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t done = 0; done < count && status == STATUS_OK;) {
        uint32_t part = count - done < MAX_WORDS ? count - done : MAX_WORDS;
        if (!board_frame_write(frame, address + 4 * done, data + done, part)) {
            status = board_link_exchange(link, frame, error);
            board_frame_begin(frame);
        } else {
            done += part;
        }
    }
    return status;
}

static enum status put_one(struct board_link *link, struct board_frame *frame, uint32_t address,
                           uint32_t data, struct error *error)
{
    return put(link, frame, address, &data, 1, error);
}

static enum status expect(const char *port, const char *what, uint32_t value, uint32_t expected,
                          struct error *error)
{
    return value == expected
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, "%s: the board holds another build, %s = %u; expected %u",
                           port, what, value, expected);
}

static enum status check_build(const struct engine *engine, struct board_link *link, struct error *error)
{
    const char *port = engine->settings.port;
    const struct hardware hardware = board_hardware(engine->hardware);
    struct board_frame frame;
    board_frame_begin(&frame);
    (void) board_frame_read(&frame, REGISTER_ID, 6);
    enum status status = board_link_exchange(link, &frame, error);
    if (status == STATUS_OK && frame.values[0] != REGISTER_ID_RESET) {
        status = error_set(error, STATUS_INVALID, "%s: the board's ID is 0x%08X; expected memspike's, 0x%08X",
                           port, frame.values[0], (uint32_t) REGISTER_ID_RESET);
    }
    const struct {
        const char *name;
        uint32_t value;
    } expected[] = {
        {"MAP_VERSION", REGISTER_MAP_VERSION_RESET},
        {"INPUTS", hardware.inputs},
        {"LANES", hardware.lanes},
        {"OUTPUTS", hardware.outputs},
    };
    for (uint32_t i = 0; i < sizeof expected / sizeof *expected && status == STATUS_OK; i++) {
        status = expect(port, expected[i].name, frame.values[1 + i], expected[i].value, error);
    }
    /* A faster clock only makes pulses take more clocks. */
    const uint32_t clocks_per_us = frame.values[5];
    if (status == STATUS_OK && (clocks_per_us == 0 || clocks_per_us % hardware.clocks_per_us != 0)) {
        status = expect(port, "CLOCKS_PER_US", clocks_per_us, hardware.clocks_per_us, error);
    }
    return status;
}

static enum status configure(const struct engine *engine, struct board_link *link,
                             const struct emulator_values *emulator, struct error *error)
{
    const struct register_values *values = &engine->registers;
    const struct predictor_table *pulses = &values->pulses;
    uint32_t widths[PULSE_ENTRIES];
    for (uint32_t i = 0; i < pulses->entries; i++) {
        widths[i] = predictor_width_word(pulses, i);
    }
    const uint32_t threshold = (uint32_t) values->neurons.threshold;
    const uint32_t start = (uint32_t) values->neurons.membrane_start;
    const struct {
        uint32_t address;
        uint32_t count;
        const uint32_t *data;
    } writes[] = {
        {REGISTER_STEPS, 1, &values->steps},
        {REGISTER_THRESHOLD, 1, &threshold},
        {REGISTER_MEMBRANE_START, 1, &start},
        {REGISTER_LEAK, 1, &values->neurons.leak},
        {REGISTER_TOLERANCE, 1, &values->tolerance},
        {REGISTER_MAX_PULSES, 1, &values->max_pulses},
        {REGISTER_VERIFY_READS, 1, &values->reads_log2},
        {REGISTER_PULSE_ENTRIES, 1, &pulses->entries},
        {REGISTER_PULSE_WIDTH, pulses->entries, widths},
        {REGISTER_PULSE_RATE, pulses->entries, pulses->rate},
        {REGISTER_PULSE_ASYMPTOTE, pulses->entries, pulses->asymptote},
        {REGISTER_EMULATOR_SCALE, 1, &emulator->scale},
        {REGISTER_EMULATOR_OFFSET, 1, &emulator->offset},
        {REGISTER_EMULATOR_NOISE, 1, &emulator->noise},
        {REGISTER_EMULATOR_RATE, pulses->entries, emulator->rates},
        {REGISTER_EMULATOR_ASYMPTOTE, pulses->entries, emulator->asymptotes},
    };
    struct board_frame frame;
    board_frame_begin(&frame);
    /* The board's last user may have left it busy. */
    enum status status = put_one(link, &frame, REGISTER_ENCODER, 0, error);
    for (uint32_t i = 0; i < sizeof writes / sizeof *writes && status == STATUS_OK; i++) {
        status = put(link, &frame, writes[i].address, writes[i].data, writes[i].count, error);
    }
    return status == STATUS_OK ? board_link_exchange(link, &frame, error) : status;
}

/* Ask for `words` registers after the status until the board is idle; `frame` holds their values. */
static enum status wait_idle(struct board_link *link, struct board_frame *frame, uint32_t address,
                             uint32_t words, struct error *error)
{
    enum status status;
    do {
        board_frame_begin(frame);
        (void) board_frame_read(frame, REGISTER_STATUS, 2); /* and the clocks */
        (void) board_frame_read(frame, address, words);
        status = board_link_exchange(link, frame, error);
    } while (status == STATUS_OK && (frame->values[0] & STATUS_BUSY) != 0);
    return status;
}

static enum status uart_check(struct engine *engine, struct error *error)
{
    struct emulator_values values;
    enum status status = engine_check_board(engine, &values, error);
    if (status == STATUS_OK && engine->settings.port == NULL) {
        status =
            error_set(error, STATUS_INVALID,
                      "engine uart: expected --port with the board's serial port, as in --port /dev/ttyUSB1");
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct worker *worker = allocate(1, sizeof *worker);
    worker->resistances = allocate(engine->hardware->devices, sizeof *worker->resistances);
    struct board_frame frame;
    status = board_link_open(engine->settings.port, engine->settings.timeout, &worker->link, error);
    status = status == STATUS_OK ? check_build(engine, worker->link, error) : status;
    status = status == STATUS_OK ? wait_idle(worker->link, &frame, REGISTER_STATUS, 1, error) : status;
    status = status == STATUS_OK ? configure(engine, worker->link, &values, error) : status;
    if (status != STATUS_OK) {
        uart_close(worker);
        return status;
    }
    engine->workers[0] = worker;
    return STATUS_OK;
}

/* The emulator's devices as the crossbar's, a row of the register map at a time. */
static enum status place(const struct engine *engine, struct worker *worker, struct error *error)
{
    const struct hardware *hardware = engine->hardware;
    const double *resistances = crossbar_resistances(engine->crossbar);
    struct board_frame frame;
    board_frame_begin(&frame);
    enum status status = STATUS_OK;
    for (uint32_t column = 0; column < hardware->columns && status == STATUS_OK; column++) {
        const size_t first = (size_t) column * hardware->lanes;
        uint32_t wanted[EMULATOR_LANES];
        for (uint32_t i = 0; i < hardware->lanes; i++) {
            wanted[i] = emulator_resistance(resistances[first + i]);
        }
        uint32_t *held = worker->resistances + first;
        if (!worker->placed || memcmp(held, wanted, hardware->lanes * sizeof *held) != 0) {
            memcpy(held, wanted, hardware->lanes * sizeof *held);
            status =
                put(worker->link, &frame, REGISTER_EMULATOR_RESISTANCE + 4 * column * hardware->row_stride,
                    wanted, hardware->lanes, error);
        }
    }
    if (status == STATUS_OK && frame.length > 1) {
        status = board_link_exchange(worker->link, &frame, error);
    }
    worker->placed = status == STATUS_OK;
    return status;
}

static enum status infer_one(const struct engine *engine, struct worker *worker, const uint16_t *rates,
                             uint32_t sample, uint16_t *spike_count, struct engine_statistics *statistics,
                             struct error *error)
{
    const struct hardware *hardware = engine->hardware;
    const uint32_t seed = engine_sample_seed(engine, sample);
    const uint32_t noise_seed = emulator_sample_seed(engine->settings.seed, sample);
    struct board_frame frame;
    board_frame_begin(&frame);
    enum status status = STATUS_OK;
    for (uint32_t phase = 0; phase < hardware->phases && status == STATUS_OK; phase++) {
        const uint32_t first = phase * hardware->lanes;
        uint32_t words[EMULATOR_LANES];
        for (uint32_t i = 0; i < hardware->lanes; i++) {
            words[i] = rates[first + i];
        }
        status = put(worker->link, &frame, REGISTER_RATE + 4 * phase * hardware->row_stride, words,
                     hardware->lanes, error);
    }
    status = status == STATUS_OK ? put_one(worker->link, &frame, REGISTER_SEED, seed, error) : status;
    status = status == STATUS_OK
                 ? put_one(worker->link, &frame, REGISTER_EMULATOR_NOISE_SEED, noise_seed, error)
                 : status;
    status =
        status == STATUS_OK ? put_one(worker->link, &frame, REGISTER_CONTROL, START_SAMPLE, error) : status;
    status = status == STATUS_OK ? board_link_exchange(worker->link, &frame, error) : status;
    status = status == STATUS_OK ? wait_idle(worker->link, &frame, REGISTER_COUNT, 1, error) : status;
    if (status == STATUS_OK) {
        statistics->samples++;
        statistics->sample_clocks += frame.values[1];
        *spike_count = (uint16_t) frame.values[2];
    }
    return status;
}

static void count_transfers(struct worker *worker, struct engine_statistics *statistics)
{
    const uint64_t bytes = board_link_statistics(worker->link)->bytes;
    statistics->transfer_clocks += (bytes - worker->counted_bytes) * CLOCKS_PER_BYTE;
    worker->counted_bytes = bytes;
}

static enum status uart_infer(const struct engine *engine, void *opened, const struct sample_batch *batch,
                              struct engine_statistics *statistics, struct error *error)
{
    struct worker *worker = opened;
    if (batch->observer != NULL) {
        return error_set(
            error, STATUS_INVALID,
            "engine uart: the wire does not carry every spike; expected --engine emulator, which "
            "gives the same");
    }
    enum status status = place(engine, worker, error);
    for (uint32_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        status = infer_one(engine, worker, batch->rates + (size_t) i * engine->hardware->inputs,
                           batch->sample_numbers[i], batch->spike_counts + i, statistics, error);
    }
    count_transfers(worker, statistics);
    return status;
}

/* One word for each device from a window of the register map. */
static enum status read_devices(const struct engine *engine, struct worker *worker, uint32_t window,
                                uint32_t *words, struct error *error)
{
    const struct hardware *hardware = engine->hardware;
    enum status status = STATUS_OK;
    for (uint32_t column = 0; column < hardware->columns && status == STATUS_OK; column++) {
        const size_t first = (size_t) column * hardware->lanes;
        struct board_frame frame;
        board_frame_begin(&frame);
        (void) board_frame_read(&frame, window + 4 * column * hardware->row_stride, hardware->lanes);
        status = board_link_exchange(worker->link, &frame, error);
        memcpy(words + first, frame.values, hardware->lanes * sizeof *words);
    }
    return status;
}

static enum status start_writing(const struct engine *engine, struct worker *worker, const uint32_t *targets,
                                 uint64_t writing, struct error *error)
{
    const struct hardware *hardware = engine->hardware;
    const uint32_t noise_seed = emulator_writing_seed(engine->settings.seed, writing);
    struct board_frame frame;
    board_frame_begin(&frame);
    enum status status = STATUS_OK;
    for (uint32_t column = 0; column < hardware->columns && status == STATUS_OK; column++) {
        const size_t first = (size_t) column * hardware->lanes;
        status = put(worker->link, &frame, REGISTER_TARGET + 4 * column * hardware->row_stride,
                     targets + first, hardware->lanes, error);
    }
    status = status == STATUS_OK
                 ? put_one(worker->link, &frame, REGISTER_EMULATOR_NOISE_SEED, noise_seed, error)
                 : status;
    status =
        status == STATUS_OK ? put_one(worker->link, &frame, REGISTER_CONTROL, START_WRITING, error) : status;
    return status == STATUS_OK ? board_link_exchange(worker->link, &frame, error) : status;
}

static enum status uart_write(const struct engine *engine, void *opened, const uint32_t *targets,
                              struct write_result *results, const struct pulse_observer *observer,
                              struct engine_statistics *statistics, struct error *error)
{
    struct worker *worker = opened;
    if (observer != NULL) {
        return error_set(
            error, STATUS_INVALID,
            "engine uart: the wire does not carry every pulse; expected --engine emulator, which "
            "gives the same");
    }
    const uint32_t devices = engine->hardware->devices;
    uint32_t *words = allocate(devices, sizeof *words);
    struct board_frame totals;
    enum status status = place(engine, worker, error);
    worker->placed = false; /* until it is known where the writing has ended */
    status =
        status == STATUS_OK ? start_writing(engine, worker, targets, statistics->writings, error) : status;
    status = status == STATUS_OK ? wait_idle(worker->link, &totals, REGISTER_CONVERGED, 5, error) : status;
    if (status == STATUS_OK) {
        const uint32_t *value = totals.values;
        statistics->writings++;
        statistics->write_clocks += value[1];
        statistics->converged += value[2];
        statistics->stalled += value[3];
        statistics->exhausted += value[4];
        statistics->pulses += value[5];
        statistics->programming_us += value[6];
    }
    status = status == STATUS_OK && results != NULL
                 ? read_devices(engine, worker, REGISTER_RESULT, words, error)
                 : status;
    for (uint32_t d = 0; d < devices && results != NULL && status == STATUS_OK; d++) {
        results[d] = dut_result(words[d]);
    }
    status = status == STATUS_OK
                 ? read_devices(engine, worker, REGISTER_EMULATOR_RESISTANCE, worker->resistances, error)
                 : status;
    if (status == STATUS_OK) {
        engine_take_resistances(engine, worker->resistances);
        worker->placed = true;
    }
    count_transfers(worker, statistics);
    free(words);
    return status;
}

const struct engine_kind_operations engine_uart_operations = {
    .one_worker = true,
    .samples_per_batch = 16,
    .check = uart_check,
    .open = uart_open,
    .close = uart_close,
    .infer = uart_infer,
    .write = uart_write,
};
