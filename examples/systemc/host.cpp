// SPDX-License-Identifier: Apache-2.0
// memspike as a TLM-2.0 target in a SystemC project of one's own: the RTL by Verilator (--sc), libmemspike's crossbar at its
// analogue boundary, and a host that knows nothing but registers. Built by examples/CMakeLists.txt.
#include "../array.h"
#include "Vmemspike.h"

#include <memspike/registers.h>
#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace
{

constexpr uint32_t inputs = Array::inputs, lanes = Array::lanes;

// The chip behind a socket: a transfer is a word at an address.
class Target : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<Target> socket{"socket"};
    uint32_t sample = 0; // whose noise the crossbar draws

    Target(const sc_core::sc_module_name &name, memspike_crossbar *crossbar)
        : sc_module(name), crossbar_(crossbar)
    {
        socket.register_b_transport(this, &Target::b_transport);
        chip_.clk_i(clock_);
        chip_.rst_ni(reset_n_);
        chip_.request_valid_i(request_valid_);
        chip_.request_ready_o(request_ready_);
        chip_.request_write_i(request_write_);
        chip_.request_address_i(request_address_);
        chip_.request_data_i(request_data_);
        chip_.response_valid_o(response_valid_);
        chip_.response_ready_i(response_ready_);
        chip_.response_data_o(response_data_);
        chip_.response_error_o(response_error_);
        chip_.busy_o(busy_);
        chip_.sense_o(sense_);
        chip_.sense_phase_o(sense_phase_);
        chip_.rows_o(rows_);
        chip_.code_i(code_);
        chip_.row_o(row_);
        chip_.column_o(column_);
        chip_.read_o(read_);
        chip_.reading_i(reading_);
        chip_.pulse_o(pulse_);
        chip_.pulse_negative_o(pulse_negative_);
        chip_.pulse_entry_o(pulse_entry_);
        chip_.membrane_o(membrane_);
        chip_.spike_o(spike_);
        chip_.count_o(count_);
        chip_.write_state_o(write_state_);
        chip_.write_iteration_o(write_iteration_);
        chip_.prediction_valid_o(prediction_valid_);
        chip_.prediction_entry_o(prediction_entry_);
        chip_.prediction_o(prediction_);
        SC_METHOD(answer);
        sensitive << clock_.negedge_event();
        dont_initialize();
    }

  private:
    SC_HAS_PROCESS(Target);

    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
    {
        wait(delay);
        delay = sc_core::SC_ZERO_TIME;
        auto *word = reinterpret_cast<uint32_t *>(payload.get_data_ptr());
        if (!reset_n_.read()) {
            wait(3, sc_core::SC_US);
            reset_n_.write(true);
            response_ready_.write(true);
        }
        wait(clock_.negedge_event());
        request_valid_.write(true);
        request_write_.write(payload.is_write());
        request_address_.write(static_cast<uint32_t>(payload.get_address()));
        request_data_.write(*word);
        wait(clock_.negedge_event());
        request_valid_.write(false);
        if (payload.is_read()) {
            *word = response_data_.read();
        }
        payload.set_response_status(response_valid_.read() && !response_error_.read()
                                        ? tlm::TLM_OK_RESPONSE
                                        : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    // In the middle of a clock, in time for its end.
    void answer()
    {
        const uint32_t device = column_.read() * lanes + row_.read();
        if (sense_.read()) {
            const uint32_t rows = rows_.read();
            int32_t code = 0;
            memspike_crossbar_sense_phase(crossbar_, sample, step_, sense_phase_.read(), &rows, &code);
            code_.write(static_cast<uint32_t>(code) & ((1U << Array::code_bits) - 1));
            step_ += sense_phase_.read() == inputs / lanes - 1;
        } else if (!busy_.read()) {
            step_ = 0;
        }
        if (read_.read()) {
            reading_.write(memspike_crossbar_read_device(crossbar_, device));
        }
        if (pulse_.read()) {
            memspike_crossbar_pulse_clock(crossbar_, device, pulse_entry_.read());
        }
    }

    memspike_crossbar *crossbar_;
    uint32_t step_ = 0;
    Vmemspike chip_{"chip"};
    sc_core::sc_clock clock_{"clock", 1, sc_core::SC_US};
    sc_core::sc_signal<bool> reset_n_, request_valid_, request_ready_, request_write_, response_valid_,
        response_ready_, response_error_;
    sc_core::sc_signal<bool> busy_, sense_, read_, pulse_, pulse_negative_, spike_, prediction_valid_;
    sc_core::sc_signal<uint32_t> request_address_, request_data_, response_data_, sense_phase_, rows_, code_,
        row_, column_, reading_;
    sc_core::sc_signal<uint32_t> pulse_entry_, count_, write_state_, write_iteration_, prediction_entry_,
        prediction_;
    sc_core::sc_signal<uint64_t> membrane_;
};

class Host : public sc_core::sc_module
{
  public:
    tlm_utils::simple_initiator_socket<Host> socket{"socket"};
    bool passed = false;

    Host(const sc_core::sc_module_name &name, Array &array, Target &target)
        : sc_module(name), array_(array), target_(target)
    {
        SC_THREAD(work);
    }

  private:
    SC_HAS_PROCESS(Host);

    uint32_t transfer(bool write, uint32_t address, uint32_t data = 0)
    {
        tlm::tlm_generic_payload payload;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char *>(&data));
        payload.set_data_length(4);
        payload.set_streaming_width(4);
        socket->b_transport(payload, delay);
        if (!payload.is_response_ok()) {
            std::fprintf(stderr, "host: register 0x%04x answers with an error\n", address);
            std::exit(1);
        }
        return data;
    }
    void run(uint32_t control)
    {
        transfer(true, REGISTER_CONTROL, control);
        while (transfer(false, REGISTER_STATUS) != 0) {
            wait(100, sc_core::SC_US);
        }
    }
    void work()
    {
        memspike_error error;
        std::vector<memspike_transfer> transfers(memspike_engine_transfers(array_.engine, nullptr, 0));
        memspike_engine_transfers(array_.engine, transfers.data(), static_cast<uint32_t>(transfers.size()));
        for (const memspike_transfer &each : transfers) {
            transfer(true, each.address, each.data);
        }
        for (uint32_t i = 0; i < inputs; i++) {
            transfer(true, REGISTER_TARGET + 4 * (i / lanes * Array::window + i % lanes),
                     memspike_word_of_resistance(array_.targets[i]));
        }
        run(1U << REGISTER_CONTROL_WRITING_SHIFT);
        std::printf("writing: %u pulses, done at %s\n", transfer(false, REGISTER_PULSES),
                    sc_core::sc_time_stamp().to_string().c_str());
        for (uint32_t i = 0; i < inputs; i++) {
            transfer(true, REGISTER_RATE + 4 * (i / lanes * Array::window + i % lanes),
                     memspike_rate_of_value(0.4));
        }
        passed = true;
        const std::vector<float> values(inputs, 0.4F);
        for (uint32_t sample = 0; sample < 3; sample++) {
            target_.sample = sample;
            transfer(true, REGISTER_SEED, memspike_engine_seed(array_.engine, sample));
            run(1U << REGISTER_CONTROL_REVIEW_SHIFT);
            const uint32_t spikes = transfer(false, REGISTER_COUNT);
            uint16_t expected = 0;
            check(memspike_engine_run(array_.engine, values.data(), sample, 1, &expected, nullptr, &error),
                  error);
            std::printf("sample %u: %u spikes, the model's %u\n", sample, spikes, expected);
            passed = passed && spikes == expected;
        }
        sc_core::sc_stop();
    }

    Array &array_;
    Target &target_;
};

} // namespace

int sc_main(int, char **)
{
    sc_core::sc_report_handler::set_actions("/IEEE_Std_1666/deprecated", sc_core::SC_DO_NOTHING);
    Array array;
    Target target("target", array.crossbar);
    Host host("host", array, target);
    host.socket.bind(target.socket);
    sc_core::sc_start();
    std::puts(host.passed ? "PASS" : "FAIL");
    return host.passed ? 0 : 1;
}
