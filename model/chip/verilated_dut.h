// SPDX-License-Identifier: Apache-2.0
/* A Verilated model behind the C interface of dut.h: what dut.cpp, dut_traced.cpp and axi_dut.cpp share. `Model` is the
 * Verilated class of one set of hardware parameters. */
#ifndef MEMSPIKE_MODEL_CHIP_VERILATED_DUT_H
#define MEMSPIKE_MODEL_CHIP_VERILATED_DUT_H

#include "model/base/module.h"
#include "model/chip/dut_observer.h"

#include <verilated.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace verilated_dut
{

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
    std::vector<uint32_t> words((static_cast<size_t>(count) * width + 31) / 32 + 2);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t position = static_cast<uint64_t>(i) * width;
        const uint64_t code = (static_cast<uint64_t>(codes[i]) & mask) << (position % 32);
        words[position / 32] |= static_cast<uint32_t>(code);
        words[position / 32 + 1] |= static_cast<uint32_t>(code >> 32);
    }
    std::memcpy(&port, words.data(), sizeof port);
}

/* The first member is what the C side knows of it. */
template <typename Model> struct Instance {
    struct dut dut = {};
    std::unique_ptr<VerilatedContext> context = std::make_unique<VerilatedContext>();
    std::unique_ptr<Model> top;
    std::vector<int32_t> codes;
    uint64_t code_mask;
    bool one_code;
    std::vector<uint32_t> rows;
    std::unique_ptr<DutObserver> observer;

    Instance(const struct hardware *hardware, const struct dut_model *model)
        : codes(hardware->codes), code_mask((UINT64_C(1) << hardware->tile_code_bits) - 1),
          one_code(hardware->codes == 1), rows(hardware->lanes / 32 + 2),
          observer(make_dut_observer(hardware))
    {
        dut.hardware = hardware;
        dut.model = model;
        dut.pins.codes = codes.data();
        dut.pins.rows = rows.data();
    }

    static Instance *of(struct dut *dut)
    {
        return reinterpret_cast<Instance *>(dut);
    }
    static const Instance *of(const struct dut *dut)
    {
        return reinterpret_cast<const Instance *>(dut);
    }

    void set_inputs()
    {
        const struct dut_pins &pins = dut.pins;
        top->rst_ni = !pins.reset;
        top->request_valid_i = pins.request_valid;
        top->request_write_i = pins.request_write;
        top->request_address_i = pins.request_address;
        top->request_data_i = pins.request_data;
        top->response_ready_i = pins.response_ready;
        set_boundary();
    }

    // `Ports`: Model or what is in it, whose ports have the same names.
    template <typename Ports> void set_codes(Ports &ports)
    {
        if (one_code) {
            const uint64_t code = static_cast<uint64_t>(dut.pins.codes[0]) & code_mask;
            std::memcpy(&ports.code_i, &code, sizeof ports.code_i < 8 ? sizeof ports.code_i : 8);
        } else {
            port_set_codes(ports.code_i, dut.pins.codes, dut.hardware->codes, dut.hardware->tile_code_bits);
        }
    }

    template <typename Ports> void get_sense_outputs(const Ports &ports)
    {
        struct dut_pins &pins = dut.pins;
        pins.busy = ports.busy_o;
        pins.sense = ports.sense_o;
        pins.sense_phase = ports.sense_phase_o;
        port_to_words(ports.rows_o, rows.data());
    }

    void set_boundary()
    {
        top->reading_i = dut.pins.reading;
        set_codes(*top);
    }

    /* The analogue boundary, and what checkers look at. */
    void get_boundary()
    {
        get_sense_outputs(*top);
        struct dut_pins &pins = dut.pins;
        pins.read = top->read_o;
        pins.pulse = top->pulse_o;
        pins.pulse_negative = top->pulse_negative_o;
        pins.pulse_entry = top->pulse_entry_o;
        pins.row = top->row_o;
        pins.column = top->column_o;
        pins.write_state = top->write_state_o;
        pins.write_iteration = top->write_iteration_o;
        pins.prediction_valid = top->prediction_valid_o;
        pins.prediction_entry = top->prediction_entry_o;
        pins.prediction = top->prediction_o;
    }

    void get_outputs()
    {
        struct dut_pins &pins = dut.pins;
        pins.request_ready = top->request_ready_o;
        pins.response_valid = top->response_valid_o;
        pins.response_error = top->response_error_o;
        pins.response_data = top->response_data_o;
        get_boundary();
    }

    void observe()
    {
        if (observer != nullptr) {
            observer->clock(&dut);
        }
    }

    void end()
    {
        top->final();
        if (observer != nullptr) {
            observer->close(context.get());
        }
    }

    static void settle(struct dut *dut)
    {
        Instance *instance = of(dut);
        instance->set_inputs();
        instance->top->eval();
        instance->get_outputs();
    }

    static int64_t membrane(const struct dut *dut, uint32_t output)
    {
        const uint32_t width = dut->hardware->membrane_bits;
        const uint64_t value = port_bits(of(dut)->top->membrane_o, output * width, width);
        const uint64_t sign = UINT64_C(1) << (width - 1);
        return static_cast<int64_t>((value ^ sign) - sign);
    }

    static bool spike(const struct dut *dut, uint32_t output)
    {
        return port_bits(of(dut)->top->spike_o, output, 1) != 0;
    }

    static uint16_t count(const struct dut *dut, uint32_t output)
    {
        return static_cast<uint16_t>(port_bits(of(dut)->top->count_o, output * 16, 16));
    }
};

} // namespace verilated_dut

#endif
