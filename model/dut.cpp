// One Verilated model behind the C interface. Compiled once for each set of hardware parameters, with
//   MODEL         the Verilated class, MODEL_HEADER its header, MODEL_ROOT_HEADER that of what is in it
//   MODEL_OPENER  the name of the function that makes an instance
//   MODEL_CLOCK_MEMORY  in MODEL_ROOT_HEADER, what the model remembers of its clock, if known
//   MODEL_TRACED  defined for the build that can record waveforms, of testbench/memspike_trace.v
#include "model/dut.h"

#include <verilated.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include MODEL_HEADER
#include MODEL_ROOT_HEADER

#ifdef MEMSPIKE_COVERAGE
#include "support/rtl_coverage.h"
#endif
#ifdef MODEL_TRACED
#include <verilated_fst_c.h>
#endif

namespace
{
#ifdef MEMSPIKE_MUTANTS
/* What is busy for longer without a pause never ends: the longest writing of a random machine takes some
 * millions. */
constexpr uint64_t MUTANT_CLOCKS = 20000000;
constexpr int MUTANT_WITHOUT_END = 3; /* for scripts/mutate.py */
#endif
#ifdef MODEL_TRACED
/* Often enough for the writer's memory to stay in the cache, seldom enough for the file to stay small. */
constexpr uint64_t CLOCKS_BETWEEN_FLUSHES = 4096;

/* A recording under way. */
struct Recorder {
    struct dut_recording recording;
    VerilatedFstC file;
    std::vector<int32_t> slots; /* of each device among the chosen; -1 for the others */
    int64_t clock = -1;         /* of the review or writing */
    bool ended = false;
    uint64_t recorded = 0;
};
#endif

struct Instance {
    struct dut dut;
    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<MODEL> top;
    std::vector<int32_t> codes;
    std::vector<uint32_t> rows;
#ifdef MEMSPIKE_COVERAGE
    std::unique_ptr<coverage::Observer> observer;
#endif
#ifdef MEMSPIKE_MUTANTS
    uint64_t busy_clocks = 0;
#endif
#ifdef MODEL_TRACED
    std::unique_ptr<Recorder> recorder; /* gone before the model that it looks into */
#endif
};

// Verilator's ports are integers up to 64 bits and arrays of words beyond.
template <typename Port> void port_to_words(const Port &port, uint32_t *words)
{
    std::memcpy(words, &port, sizeof port);
}

template <typename Port> uint64_t port_bits(const Port &port, uint32_t first, uint32_t width)
{
    uint64_t value = 0;
    for (uint32_t bit = 0; bit < width; bit++) {
        const uint32_t index = first + bit;
        uint32_t word;
        std::memcpy(&word, reinterpret_cast<const unsigned char *>(&port) + index / 32 * 4,
                    sizeof port < 4 ? sizeof port : 4);
        value |= static_cast<uint64_t>(word >> (index % 32) & 1) << bit;
    }
    return value;
}

template <typename Port> void port_set_codes(Port &port, const int32_t *codes, uint32_t count, uint32_t width)
{
    const uint64_t mask = (UINT64_C(1) << width) - 1;
    if (count == 1) {
        const uint64_t code = static_cast<uint64_t>(codes[0]) & mask;
        std::memcpy(&port, &code, sizeof port < 8 ? sizeof port : 8);
        return;
    }
    std::vector<uint32_t> words((static_cast<size_t>(count) * width + 31) / 32 + 2);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t position = static_cast<uint64_t>(i) * width;
        const uint64_t code = (static_cast<uint64_t>(codes[i]) & mask) << (position % 32);
        words[position / 32] |= static_cast<uint32_t>(code);
        words[position / 32 + 1] |= static_cast<uint32_t>(code >> 32);
    }
    std::memcpy(&port, words.data(), sizeof port);
}

Instance *instance_of(struct dut *dut)
{
    return reinterpret_cast<Instance *>(dut);
}

const Instance *instance_of(const struct dut *dut)
{
    return reinterpret_cast<const Instance *>(dut);
}

void set_inputs(Instance *instance)
{
    MODEL &top = *instance->top;
    const struct dut_pins &pins = instance->dut.pins;
    top.rst_ni = !pins.reset;
    top.request_valid_i = pins.request_valid;
    top.request_write_i = pins.request_write;
    top.request_address_i = pins.request_address;
    top.request_data_i = pins.request_data;
    top.response_ready_i = pins.response_ready;
    top.reading_i = pins.reading;
    const struct hardware *hardware = instance->dut.hardware;
    port_set_codes(top.code_i, pins.codes, hardware->codes, hardware->tile_code_bits);
}

void get_outputs(Instance *instance)
{
    const MODEL &top = *instance->top;
    struct dut_pins &pins = instance->dut.pins;
    pins.busy = top.busy_o;
    pins.sense = top.sense_o;
    pins.read = top.read_o;
    pins.pulse = top.pulse_o;
    pins.pulse_negative = top.pulse_negative_o;
    pins.pulse_entry = top.pulse_entry_o;
    pins.request_ready = top.request_ready_o;
    pins.response_valid = top.response_valid_o;
    pins.response_error = top.response_error_o;
    pins.response_data = top.response_data_o;
    pins.sense_phase = top.sense_phase_o;
    pins.row = top.row_o;
    pins.column = top.column_o;
    pins.write_state = top.write_state_o;
    pins.write_iteration = top.write_iteration_o;
    pins.prediction_valid = top.prediction_valid_o;
    pins.prediction_entry = top.prediction_entry_o;
    pins.prediction = top.prediction_o;
    port_to_words(top.rows_o, instance->rows.data());
}

#ifdef MODEL_TRACED
double ohm(uint32_t fixed)
{
    return std::ldexp(static_cast<double>(fixed), -RESISTANCE_FRACTION);
}

/* The clock is high: its number, and the devices as they are in it. */
void set_waves(Instance *instance, Recorder &recorder)
{
    MODEL &top = *instance->top;
    const struct dut_recording &recording = recorder.recording;
    const struct hardware *hardware = instance->dut.hardware;
    const uint32_t device = top.column_o * hardware->lanes + top.row_o;
    const double width = recording.pulses->width_us[top.pulse_entry_o];
    top.pulse_width_i = top.pulse_o == 0 ? 0 : top.pulse_negative_o != 0 ? -width : width;
    if (device >= hardware->devices) {
        return;
    }
    top.resistance_i = recording.resistances[device];
    top.target_i = recording.targets != nullptr ? ohm(recording.targets[device]) : 0;
    if (recorder.slots[device] >= 0) {
        top.chosen_resistance_i[recorder.slots[device]] = recording.resistances[device];
    }
}

/* Half clocks since the start of what is recorded, in the nanoseconds of the file. */
void dump(Instance *instance, Recorder &recorder, bool second_half)
{
    const struct dut_recording &recording = recorder.recording;
    const auto clock = static_cast<uint64_t>(recorder.clock);
    if (recorder.ended || recorder.clock < 0 || clock < recording.first_clock ||
        clock > recording.last_clock) {
        return;
    }
    if (!second_half && ++recorder.recorded % CLOCKS_BETWEEN_FLUSHES == 0) {
        recorder.file.flush();
    }
    recorder.file.dump((2 * clock + second_half) * 500 / instance->dut.hardware->clocks_per_us);
}

/* Inputs change while the clock is low, in the second half of the clock that they belong to. */
void record_low(Instance *instance)
{
    Recorder *recorder = instance->recorder.get();
    if (recorder != nullptr) {
        dump(instance, *recorder, true);
    }
}

void record_high(Instance *instance)
{
    Recorder *recorder = instance->recorder.get();
    if (recorder == nullptr || recorder->ended) {
        return;
    }
    MODEL &top = *instance->top;
    const struct dut_pins &pins = instance->dut.pins;
    const bool starts = pins.request_valid && pins.request_write && pins.request_address == REGISTER_CONTROL;
    if (recorder->clock >= 0 || starts) {
        recorder->clock++;
        set_waves(instance, *recorder);
        top.eval();
        dump(instance, *recorder, false);
        recorder->ended = top.busy_o == 0;
    }
}

uint64_t record_end(struct dut *dut)
{
    Instance *instance = instance_of(dut);
    Recorder &recorder = *instance->recorder;
    if (!recorder.ended) {
        set_inputs(instance);
        instance->top->clk_i = 0;
        instance->top->eval();
        dump(instance, recorder, true);
    }
    recorder.file.close();
    const uint64_t recorded = recorder.recorded;
    instance->recorder.reset();
    return recorded;
}

enum status record(struct dut *dut, const struct dut_recording *recording, struct error *error)
{
    Instance *instance = instance_of(dut);
    const uint32_t devices = dut->hardware->devices;
    auto recorder = std::make_unique<Recorder>();
    recorder->recording = *recording;
    recorder->slots.assign(devices, -1);
    for (uint32_t slot = 0; slot < MAX_CHOSEN; slot++) {
        const bool used = slot < recording->chosen_count;
        const uint32_t device = used ? recording->chosen[slot] : 0;
        MODEL &top = *instance->top;
        top.chosen_i[slot] = used ? device : UINT32_MAX;
        top.chosen_resistance_i[slot] = used ? recording->resistances[device] : 0;
        top.chosen_target_i[slot] =
            used && recording->targets != nullptr ? ohm(recording->targets[device]) : 0;
        if (used) {
            recorder->slots[device] = static_cast<int32_t>(slot);
        }
    }
    instance->top->trace(&recorder->file, 99);
    recorder->file.set_time_unit("1ns");
    recorder->file.set_time_resolution("1ns");
    recorder->file.open(recording->path);
    if (!recorder->file.isOpen()) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be written", recording->path);
    }
    instance->recorder = std::move(recorder);
    return STATUS_OK;
}
#else
void record_low(Instance * /*instance*/)
{
}

void record_high(Instance * /*instance*/)
{
}
#endif

// A clock that falls changes nothing but what Verilator remembers of it, to see it rise; what depends on the
// inputs alone is worked out again when it does. So the memory is set instead, where the build has found its
// name, and nobody looks at the second half of a clock.
#if defined(MEMSPIKE_COVERAGE) || defined(MODEL_TRACED)
#undef MODEL_CLOCK_MEMORY
#endif

void clock(struct dut *dut)
{
    Instance *instance = instance_of(dut);
    MODEL &top = *instance->top;
    set_inputs(instance);
#ifdef MODEL_CLOCK_MEMORY
    top.rootp->MODEL_CLOCK_MEMORY = 0;
#else
    top.clk_i = 0;
    top.eval();
#endif
#ifdef MEMSPIKE_COVERAGE
    instance->observer->clock(dut);
#endif
    record_low(instance);
    top.clk_i = 1;
    top.eval();
    record_high(instance);
    get_outputs(instance);
#ifdef MEMSPIKE_MUTANTS
    instance->busy_clocks = dut->pins.busy ? instance->busy_clocks + 1 : 0;
    if (instance->busy_clocks == MUTANT_CLOCKS) {
        std::_Exit(MUTANT_WITHOUT_END);
    }
#endif
}

void settle(struct dut *dut)
{
    Instance *instance = instance_of(dut);
    set_inputs(instance);
    instance->top->eval();
    get_outputs(instance);
}

void close(struct dut *dut)
{
    Instance *instance = instance_of(dut);
#ifdef MODEL_TRACED
    if (instance->recorder != nullptr) {
        (void) record_end(dut);
    }
#endif
    instance->top->final();
#ifdef MEMSPIKE_COVERAGE
    instance->observer->close(instance->context.get());
#endif
    delete instance;
}

int64_t membrane(const struct dut *dut, uint32_t output)
{
    const uint32_t width = dut->hardware->membrane_bits;
    const uint64_t value = port_bits(instance_of(dut)->top->membrane_o, output * width, width);
    const uint64_t sign = UINT64_C(1) << (width - 1);
    return static_cast<int64_t>((value ^ sign) - sign);
}

bool spike(const struct dut *dut, uint32_t output)
{
    return port_bits(instance_of(dut)->top->spike_o, output, 1) != 0;
}

uint16_t count(const struct dut *dut, uint32_t output)
{
    return static_cast<uint16_t>(port_bits(instance_of(dut)->top->count_o, output * 16, 16));
}

#ifdef MODEL_TRACED
const struct dut_model model = {clock, settle, close, record, record_end, membrane, spike, count};
#else
const struct dut_model model = {clock, settle, close, nullptr, nullptr, membrane, spike, count};
#endif
} // namespace

extern "C" struct dut *MODEL_OPENER(const struct hardware *hardware);

struct dut *MODEL_OPENER(const struct hardware *hardware)
{
    auto *instance = new Instance{};
    instance->context = std::make_unique<VerilatedContext>();
#ifdef MODEL_TRACED
    instance->context->traceEverOn(true);
#endif
    instance->top = std::make_unique<MODEL>(instance->context.get());
#ifdef MEMSPIKE_MUTANTS
    const char *mutant = std::getenv("MEMSPIKE_MUTANT");
    instance->top->mutant = mutant != nullptr ? static_cast<uint16_t>(std::atoi(mutant)) : 0;
#endif
    instance->codes.resize(hardware->codes);
    instance->rows.resize(hardware->lanes / 32 + 2);
    instance->dut.hardware = hardware;
#ifdef MEMSPIKE_COVERAGE
    instance->observer = std::make_unique<coverage::Observer>(hardware);
#endif
    instance->dut.model = &model;
    instance->dut.pins.codes = instance->codes.data();
    instance->dut.pins.rows = instance->rows.data();
    return &instance->dut;
}
