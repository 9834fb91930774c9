// One Verilated model behind the C interface. Compiled once for each set of hardware parameters, with
//   MODEL         the Verilated class, MODEL_HEADER its header
//   MODEL_OPENER  the name of the function that makes an instance
#include "model/dut.h"

#include <verilated.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include MODEL_HEADER

#ifdef MEMSPIKE_COVERAGE
#include "support/rtl_coverage.h"
#endif

namespace
{
struct Instance {
    struct dut dut;
    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<MODEL> top;
    std::vector<int32_t> codes;
    std::vector<uint32_t> rows;
#ifdef MEMSPIKE_COVERAGE
    std::unique_ptr<coverage::Observer> observer;
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

void clock(struct dut *dut)
{
    Instance *instance = instance_of(dut);
    MODEL &top = *instance->top;
    struct dut_pins &pins = dut->pins;
    top.rst_ni = !pins.reset;
    top.request_valid_i = pins.request_valid;
    top.request_write_i = pins.request_write;
    top.request_address_i = pins.request_address;
    top.request_data_i = pins.request_data;
    top.response_ready_i = pins.response_ready;
    top.reading_i = pins.reading;
    port_set_codes(top.code_i, pins.codes, dut->hardware->outputs, dut->hardware->code_bits);
    top.clk_i = 0;
    top.eval();
#ifdef MEMSPIKE_COVERAGE
    instance->observer->clock(dut);
#endif
    top.clk_i = 1;
    top.eval();
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
    port_to_words(top.rows_o, instance->rows.data());
}

void close(struct dut *dut)
{
    Instance *instance = instance_of(dut);
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

const struct dut_model model = {clock, close, membrane, spike, count};
} // namespace

extern "C" struct dut *MODEL_OPENER(const struct hardware *hardware);

struct dut *MODEL_OPENER(const struct hardware *hardware)
{
    auto *instance = new Instance{};
    instance->context = std::make_unique<VerilatedContext>();
    instance->top = std::make_unique<MODEL>(instance->context.get());
#ifdef MEMSPIKE_MUTANTS
    const char *mutant = std::getenv("MEMSPIKE_MUTANT");
    instance->top->mutant = mutant != nullptr ? static_cast<uint16_t>(std::atoi(mutant)) : 0;
#endif
    instance->codes.resize(hardware->outputs);
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
