// SPDX-License-Identifier: Apache-2.0
// As dut.cpp, of testbench/memspike_trace.sv, which records waveforms.
#include "model/chip/verilated_dut.h"

#include <verilated_fst_c.h>

#include <cmath>

#include MODEL_HEADER

namespace
{

/* Often enough for the writer's memory to stay in the cache, seldom enough for the file to stay small. */
constexpr uint64_t CLOCKS_BETWEEN_FLUSHES = 4096;

/* A recording under way. */
struct Recorder {
    struct dut_recording recording;
    VerilatedFstC file;
    std::vector<int32_t> slots; /* of each device among the chosen; -1 for the others */
    int64_t clock = -1;         /* of the sample or writing */
    bool ended = false;
    uint64_t recorded = 0;
};

struct Traced {
    verilated_dut::Instance<MODEL> base;
    std::unique_ptr<Recorder> recorder; /* gone before the model that it looks into */

    static Traced *of(struct dut *dut)
    {
        return reinterpret_cast<Traced *>(dut);
    }
};

double ohm(uint32_t fixed)
{
    return std::ldexp(static_cast<double>(fixed), -RESISTANCE_FRACTION);
}

/* The clock is high: its number, and the devices as they are in it. */
void set_waves(Traced *instance, Recorder &recorder)
{
    MODEL &top = *instance->base.top;
    const struct dut_recording &recording = recorder.recording;
    const struct hardware *hardware = instance->base.dut.hardware;
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
void dump(Traced *instance, Recorder &recorder, bool second_half)
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
    recorder.file.dump((2 * clock + second_half) * 500 / instance->base.dut.hardware->clocks_per_us);
}

/* Inputs change while the clock is low, in the second half of the clock that they belong to. */
void record_low(Traced *instance)
{
    Recorder *recorder = instance->recorder.get();
    if (recorder != nullptr) {
        dump(instance, *recorder, true);
    }
}

void record_high(Traced *instance)
{
    Recorder *recorder = instance->recorder.get();
    if (recorder == nullptr || recorder->ended) {
        return;
    }
    MODEL &top = *instance->base.top;
    const struct dut_pins &pins = instance->base.dut.pins;
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
    Traced *instance = Traced::of(dut);
    Recorder &recorder = *instance->recorder;
    if (!recorder.ended) {
        instance->base.set_inputs();
        instance->base.top->clk_i = 0;
        instance->base.top->eval();
        dump(instance, recorder, true);
    }
    recorder.file.close();
    const uint64_t recorded = recorder.recorded;
    instance->recorder.reset();
    return recorded;
}

enum status record(struct dut *dut, const struct dut_recording *recording, struct error *error)
{
    Traced *instance = Traced::of(dut);
    const uint32_t devices = dut->hardware->devices;
    auto recorder = std::make_unique<Recorder>();
    recorder->recording = *recording;
    recorder->slots.assign(devices, -1);
    static_assert(sizeof(instance->base.top->chosen_i) == MAX_CHOSEN * sizeof(uint32_t),
                  "CHOSEN is MAX_CHOSEN");
    for (uint32_t slot = 0; slot < MAX_CHOSEN; slot++) {
        const bool used = slot < recording->chosen_count;
        const uint32_t device = used ? recording->chosen[slot] : 0;
        MODEL &top = *instance->base.top;
        top.chosen_i[slot] = used ? device : UINT32_MAX;
        top.chosen_resistance_i[slot] = used ? recording->resistances[device] : 0;
        top.chosen_target_i[slot] =
            used && recording->targets != nullptr ? ohm(recording->targets[device]) : 0;
        if (used) {
            recorder->slots[device] = static_cast<int32_t>(slot);
        }
    }
    instance->base.top->trace(&recorder->file, 99);
    recorder->file.set_time_unit("1ns");
    recorder->file.set_time_resolution("1ns");
    recorder->file.open(recording->path);
    if (!recorder->file.isOpen()) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be written", recording->path);
    }
    instance->recorder = std::move(recorder);
    return STATUS_OK;
}

void clock(struct dut *dut)
{
    Traced *instance = Traced::of(dut);
    MODEL &top = *instance->base.top;
    instance->base.set_inputs();
    top.clk_i = 0;
    top.eval();
    instance->base.observe();
    record_low(instance);
    top.clk_i = 1;
    top.eval();
    record_high(instance);
    instance->base.get_outputs();
}

void close(struct dut *dut)
{
    Traced *instance = Traced::of(dut);
    if (instance->recorder != nullptr) {
        (void) record_end(dut);
    }
    instance->base.end();
    delete instance;
}

using Instance = verilated_dut::Instance<MODEL>;
const struct dut_model model = {clock,          clock,      Instance::settle,   close,
                                record,         record_end, Instance::membrane, Instance::spike,
                                Instance::count};

} // namespace

extern "C" MODULE_EXPORT struct dut *MODEL_OPENER(const struct hardware *hardware);

struct dut *MODEL_OPENER(const struct hardware *hardware)
{
    auto *instance = new Traced{{hardware, &model}, nullptr};
    instance->base.context->traceEverOn(true);
    instance->base.top = std::make_unique<MODEL>(instance->base.context.get());
    return &instance->base.dut;
}
