// SPDX-License-Identifier: Apache-2.0
// A test bench of one's own around the RTL: Verilator's class, libmemspike's crossbar at its analogue boundary, a host on its
// register port. It writes a ramp of weights, runs samples, and compares with the engine `model`, bit for bit.
//
// Built by examples/CMakeLists.txt.
#include "Vmemspike.h"

#include <memspike/memspike.h>
#include <memspike/registers.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace
{

const char *const array_name = "10x10"; // INPUTS = 100, LANES = 10
constexpr uint32_t inputs = 100, lanes = 10, devices = 100;

void check(memspike_status status, const memspike_error &error)
{
    if (status != MEMSPIKE_OK) {
        std::fprintf(stderr, "testbench: %s\n", error.message);
        std::exit(1);
    }
}

// Crossbar and engine with the settings of this bench; two of them begin alike.
struct Array {
    memspike_settings *settings = nullptr;
    memspike_device *device = nullptr;
    memspike_crossbar *crossbar = nullptr;
    memspike_engine *engine = nullptr;
    std::vector<double> targets = std::vector<double>(devices);

    Array()
    {
        memspike_error error;
        check(memspike_settings_create("paper", &settings, &error), error);
        for (const auto &[name, value] :
             {std::pair("engine", "model"), std::pair("array", array_name), std::pair("read_noise", "0.05"),
              std::pair("steps", "200"), std::pair("tolerance", "0.01")}) {
            check(memspike_settings_set(settings, name, value, &error), error);
        }
        check(memspike_device_load("paper", &device, &error), error);
        check(memspike_crossbar_create(settings, device, &crossbar, &error), error);
        check(memspike_engine_create(settings, 1, crossbar, &engine, &error), error);
        std::vector<double> weights(inputs);
        for (uint32_t i = 0; i < inputs; i++) {
            weights[i] = 0.1 + 0.008 * i;
        }
        check(memspike_crossbar_targets(crossbar, weights.data(), targets.data(), &error), error);
    }
    ~Array()
    {
        memspike_engine_free(engine);
        memspike_crossbar_free(crossbar);
        memspike_device_free(device);
        memspike_settings_free(settings);
    }
    Array(const Array &) = delete;
    Array &operator=(const Array &) = delete;
};

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
    static constexpr unsigned code_bits = 17; // of code_i with 10 lanes

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
            chip_.code_i = static_cast<uint32_t>(code) & ((1U << code_bits) - 1);
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

    // The writing: the map has room for 16 rows a column.
    for (uint32_t d = 0; d < devices; d++) {
        bench.write(REGISTER_TARGET + 4 * (d / lanes * 16 + d % lanes),
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
        bench.write(REGISTER_RATE_PAIR + 4 * (i / lanes * 8 + i % lanes / 2), rate << 16 | rate);
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
