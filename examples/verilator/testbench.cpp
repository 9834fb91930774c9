// SPDX-License-Identifier: Apache-2.0
// A test bench of one's own around the RTL: Verilator's class, libmemspike's crossbar at its analogue boundary, a host on its
// register port. It writes a ramp of weights, runs samples, and compares with the engine `model`, bit for bit.
//
// Built by examples/CMakeLists.txt.
#include "../array.h"
#include "Vmemspike.h"

#include <memspike/registers.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace
{

constexpr uint32_t inputs = Array::inputs, lanes = Array::lanes, devices = Array::devices;

// The chip and what the crossbar answers it.
class Bench
{
  public:
    explicit Bench(memspike_crossbar *crossbar) : crossbar_(crossbar)
    {
        chip_.response_ready_i = 1;
        chip_.rst_ni = 0;
        clock();
        clock();
        chip_.rst_ni = 1;
    }
    void write(uint32_t address, uint32_t data)
    {
        chip_.request_valid_i = 1;
        chip_.request_write_i = 1;
        chip_.request_address_i = static_cast<uint16_t>(address);
        chip_.request_data_i = data;
        clock();
        chip_.request_valid_i = 0;
        if (!chip_.response_valid_o || chip_.response_error_o) {
            std::fprintf(stderr, "testbench: register 0x%04x does not take 0x%08x\n", address, data);
            std::exit(1);
        }
    }
    // Until the sample or writing is over; returns its clocks.
    uint64_t run(uint32_t control, uint32_t sample)
    {
        sample_ = sample;
        step_ = UINT32_MAX;
        write(REGISTER_CONTROL, control);
        uint64_t clocks = 0;
        while (chip_.busy_o) {
            clock();
            clocks++;
        }
        return clocks;
    }
    uint16_t count() const
    {
        return static_cast<uint16_t>(chip_.count_o);
    }

  private:
    void clock()
    {
        chip_.clk_i = 0;
        chip_.eval();
        chip_.clk_i = 1;
        chip_.eval();
        answer();
    }
    // By the end of the clock, what its outputs ask for.
    void answer()
    {
        const uint32_t device = chip_.column_o * lanes + chip_.row_o;
        if (chip_.sense_o) {
            step_ += chip_.sense_phase_o == 0;
            const uint32_t rows = chip_.rows_o;
            int32_t code = 0;
            memspike_crossbar_sense_phase(crossbar_, sample_, step_, chip_.sense_phase_o, &rows, &code);
            chip_.code_i = static_cast<uint32_t>(code) & ((1U << Array::code_bits) - 1);
        }
        if (chip_.read_o) {
            chip_.reading_i = memspike_crossbar_read_device(crossbar_, device);
        }
        if (chip_.pulse_o) {
            memspike_crossbar_pulse_clock(crossbar_, device, chip_.pulse_entry_o);
        }
    }

    Vmemspike chip_;
    memspike_crossbar *crossbar_;
    uint32_t sample_ = 0, step_ = 0;
};

} // namespace

int main()
{
    Array on_rtl, on_model;
    memspike_error error;
    Bench bench(on_rtl.crossbar);
    std::vector<memspike_transfer> transfers(memspike_engine_transfers(on_rtl.engine, nullptr, 0));
    memspike_engine_transfers(on_rtl.engine, transfers.data(), static_cast<uint32_t>(transfers.size()));
    for (const memspike_transfer &transfer : transfers) {
        bench.write(transfer.address, transfer.data);
    }

    for (uint32_t d = 0; d < devices; d++) {
        bench.write(REGISTER_TARGET + 4 * (d / lanes * Array::window + d % lanes),
                    memspike_word_of_resistance(on_rtl.targets[d]));
    }
    const uint64_t clocks = bench.run(1U << REGISTER_CONTROL_WRITING_SHIFT, 0);
    check(memspike_engine_write(on_model.engine, on_model.targets.data(), nullptr, nullptr, nullptr, &error),
          error);
    std::vector<double> written(devices), expected(devices);
    memspike_crossbar_get_resistances(on_rtl.crossbar, written.data());
    memspike_crossbar_get_resistances(on_model.crossbar, expected.data());
    memspike_statistics statistics;
    memspike_engine_statistics(on_model.engine, &statistics);
    bool same = written == expected;
    std::printf("writing: %llu clocks, %llu pulses, resistances %s\n",
                static_cast<unsigned long long>(clocks), static_cast<unsigned long long>(statistics.pulses),
                same ? "equal" : "DIFFER");

    const std::vector<float> values(inputs, 0.4F);
    const uint32_t rate = memspike_rate_of_value(0.4);
    for (uint32_t i = 0; i < inputs; i += 2) {
        bench.write(REGISTER_RATE_PAIR + 4 * (i / lanes * (Array::window / 2) + i % lanes / 2),
                    rate << 16 | rate);
    }
    for (uint32_t sample = 0; sample < 3; sample++) {
        bench.write(REGISTER_SEED, memspike_engine_seed(on_rtl.engine, sample));
        bench.run(1U << REGISTER_CONTROL_REVIEW_SHIFT, sample);
        uint16_t spikes = 0;
        check(memspike_engine_run(on_model.engine, values.data(), sample, 1, &spikes, nullptr, &error),
              error);
        std::printf("sample %u: %u spikes, the model's %u\n", sample, bench.count(), spikes);
        same = same && bench.count() == spikes;
    }
    std::puts(same ? "PASS" : "FAIL");
    return same ? 0 : 1;
}
