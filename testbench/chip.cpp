// SPDX-License-Identifier: Apache-2.0
// The chip of one set of hardware parameters. Compiled once for each, with
//   MODEL       the Verilated class, MODEL_HEADER its header
//   MODEL_MAKER the name of the function that makes a chip
#include "testbench/chip.h"

#include "model/chip/dut_observer.h"

#include <cstring>
#include <type_traits>

#include <verilated.h>

#include MODEL_HEADER

namespace platform
{
namespace
{

/* Verilator's SystemC pins are bool, uint32_t, uint64_t or sc_bv, by their width. */
template <typename Value> uint32_t word_of(const Value &value, uint32_t index)
{
    if constexpr (std::is_integral_v<Value>) {
        return static_cast<uint32_t>(static_cast<uint64_t>(value) >> 32 * index);
    } else {
        return value.get_word(static_cast<int>(index));
    }
}

template <typename Value> uint64_t bits_of(const Value &value, uint32_t first, uint32_t width)
{
    uint64_t bits = 0;
    for (uint32_t bit = 0; bit < width; bit++) {
        const uint32_t index = first + bit;
        bits |= static_cast<uint64_t>(word_of(value, index / 32) >> (index % 32) & 1) << bit;
    }
    return bits;
}

template <typename Value>
void write_codes(sc_core::sc_signal<Value> &to, const int32_t *codes, uint32_t count, uint32_t width)
{
    const uint64_t mask = (UINT64_C(1) << width) - 1;
    if constexpr (std::is_integral_v<Value>) {
        uint64_t all = 0;
        for (uint32_t i = 0; i < count; i++) {
            all |= (static_cast<uint64_t>(codes[i]) & mask) << (i * width);
        }
        to.write(static_cast<Value>(all));
    } else {
        Value all;
        for (uint32_t i = 0; i < count; i++) {
            const int first = static_cast<int>(i * width);
            all.range(first + static_cast<int>(width) - 1, first) = static_cast<uint64_t>(codes[i]) & mask;
        }
        to.write(all);
    }
}

template <typename Port> using Wire = sc_core::sc_signal<typename std::remove_reference_t<Port>::data_type>;

/* A Verilated SystemC module takes the thread's context, which may be that of an RTL model that is gone. The
 * chip stays to the end, and so does this. */
struct Context {
    Context()
    {
        Verilated::threadContextp(new VerilatedContext);
    }
};

class VerilatedChip final : public Chip
{
  public:
    VerilatedChip(const struct hardware *hardware, const char *name) : hardware_(hardware), top_(name)
    {
        top_.clk_i(clk);
        top_.rst_ni(rst_n);
        top_.awvalid_i(bus.awvalid);
        top_.awready_o(bus.awready);
        top_.awaddr_i(bus.awaddr);
        top_.wvalid_i(bus.wvalid);
        top_.wready_o(bus.wready);
        top_.wdata_i(bus.wdata);
        top_.wstrb_i(bus.wstrb);
        top_.bvalid_o(bus.bvalid);
        top_.bready_i(bus.bready);
        top_.bresp_o(bus.bresp);
        top_.arvalid_i(bus.arvalid);
        top_.arready_o(bus.arready);
        top_.araddr_i(bus.araddr);
        top_.rvalid_o(bus.rvalid);
        top_.rready_i(bus.rready);
        top_.rdata_o(bus.rdata);
        top_.rresp_o(bus.rresp);
        top_.busy_o(busy);
        top_.sense_o(sense);
        top_.sense_phase_o(sense_phase_);
        top_.rows_o(rows_);
        top_.code_i(code_);
        top_.row_o(row_);
        top_.column_o(column_);
        top_.read_o(read);
        top_.reading_i(reading_);
        top_.pulse_o(pulse);
        top_.pulse_negative_o(pulse_negative_);
        top_.pulse_entry_o(pulse_entry_);
        top_.membrane_o(membrane_);
        top_.spike_o(spike_);
        top_.count_o(count_);
        top_.write_state_o(write_state_);
        top_.write_iteration_o(write_iteration_);
        top_.prediction_valid_o(prediction_valid_);
        top_.prediction_entry_o(prediction_entry_);
        top_.prediction_o(prediction_);
    }

    void look(struct dut_pins &pins) const override
    {
        pins.busy = busy.read();
        pins.sense = sense.read();
        pins.read = read.read();
        pins.pulse = pulse.read();
        pins.pulse_negative = pulse_negative_.read();
        pins.pulse_entry = static_cast<uint8_t>(pulse_entry_.read());
        pins.sense_phase = static_cast<uint16_t>(sense_phase_.read());
        pins.row = static_cast<uint16_t>(row_.read());
        pins.column = static_cast<uint16_t>(column_.read());
        pins.write_state = static_cast<uint8_t>(write_state_.read());
        pins.write_iteration = static_cast<uint8_t>(write_iteration_.read());
        pins.prediction_valid = prediction_valid_.read();
        pins.prediction_entry = static_cast<uint8_t>(prediction_entry_.read());
        pins.prediction = static_cast<uint32_t>(prediction_.read());
    }

    void rows(uint32_t *words) const override
    {
        const auto &value = rows_.read();
        for (uint32_t word = 0; word < (hardware_->lanes + 31) / 32; word++) {
            words[word] = word_of(value, word);
        }
    }

    uint32_t sense_phase() const override
    {
        return static_cast<uint32_t>(sense_phase_.read());
    }

    int64_t membrane(uint32_t output) const override
    {
        const uint32_t width = hardware_->membrane_bits;
        const uint64_t sign = UINT64_C(1) << (width - 1);
        return static_cast<int64_t>((bits_of(membrane_.read(), output * width, width) ^ sign) - sign);
    }

    bool spike(uint32_t output) const override
    {
        return bits_of(spike_.read(), output, 1) != 0;
    }

    uint16_t count(uint32_t output) const override
    {
        return static_cast<uint16_t>(bits_of(count_.read(), output * 16, 16));
    }

    void set_codes(const int32_t *codes) override
    {
        write_codes(code_, codes, hardware_->codes, hardware_->tile_code_bits);
    }

    void set_reading(uint32_t reading) override
    {
        reading_.write(reading);
    }

  private:
    const struct hardware *hardware_;
    Context context_;
    MODEL top_;
    Wire<decltype(MODEL::sense_phase_o)> sense_phase_;
    Wire<decltype(MODEL::rows_o)> rows_;
    Wire<decltype(MODEL::code_i)> code_;
    Wire<decltype(MODEL::row_o)> row_;
    Wire<decltype(MODEL::column_o)> column_;
    Wire<decltype(MODEL::reading_i)> reading_;
    Wire<decltype(MODEL::pulse_negative_o)> pulse_negative_;
    Wire<decltype(MODEL::pulse_entry_o)> pulse_entry_;
    Wire<decltype(MODEL::membrane_o)> membrane_;
    Wire<decltype(MODEL::spike_o)> spike_;
    Wire<decltype(MODEL::count_o)> count_;
    Wire<decltype(MODEL::write_state_o)> write_state_;
    Wire<decltype(MODEL::write_iteration_o)> write_iteration_;
    Wire<decltype(MODEL::prediction_valid_o)> prediction_valid_;
    Wire<decltype(MODEL::prediction_entry_o)> prediction_entry_;
    Wire<decltype(MODEL::prediction_o)> prediction_;
};

} // namespace

std::unique_ptr<Chip> MODEL_MAKER(const struct hardware *hardware, const char *name);

std::unique_ptr<Chip> MODEL_MAKER(const struct hardware *hardware, const char *name)
{
    auto chip = std::make_unique<VerilatedChip>(hardware, name);
    observe_to_the_end(hardware, Verilated::threadContextp());
    return chip;
}

} // namespace platform
