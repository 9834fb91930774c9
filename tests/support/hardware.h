// SPDX-License-Identifier: Apache-2.0
/* What the tests of the hardware and its model share: repeatable numbers, the sets of hardware parameters, an
 * instance of the RTL with its protocol, the paper's device. */
#ifndef MEMSPIKE_TESTS_SUPPORT_HARDWARE_H
#define MEMSPIKE_TESTS_SUPPORT_HARDWARE_H

#include "device_file/device_file.h"
#include "model/chip/dut.h"
#include "model/crossbar/crossbar.h"
#include "model/device/device.h"
#include "model/hardware/hardware.h"
#include "model/reference/spike_encoder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace support
{

/* The same numbers everywhere: the standard library's distributions are its implementer's choice, the
 * generator is not. */
class Random
{
  public:
    explicit Random(uint64_t seed) : generator_(seed)
    {
    }
    uint64_t bits()
    {
        return generator_();
    }
    /* [0, bound); the bias of the remainder does not matter to a test. */
    uint64_t below(uint64_t bound)
    {
        return generator_() % bound;
    }
    int64_t between(int64_t lowest, int64_t highest)
    {
        return lowest + static_cast<int64_t>(below(static_cast<uint64_t>(highest - lowest) + 1));
    }
    double unit()
    {
        return static_cast<double>(generator_() >> 11) * 0x1p-53;
    }
    double uniform(double lowest, double highest)
    {
        return lowest + (highest - lowest) * unit();
    }
    bool chance(double probability)
    {
        return unit() < probability;
    }

  private:
    std::mt19937_64 generator_;
};

/* A variable that chooses how much is tested. */
inline uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
    const char *text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

inline std::vector<const struct hardware *> all_hardware()
{
    std::vector<const struct hardware *> all;
    for (const struct hardware *hardware = hardware_list(); hardware->name != nullptr; hardware++) {
        all.push_back(hardware);
    }
    return all;
}

/* A set of one's own, with nothing special about it. */
inline struct hardware plain_hardware(const char *name, uint32_t inputs, uint32_t lanes, uint32_t outputs,
                                      uint32_t clocks_per_us)
{
    const struct hardware_parameters parameters = {inputs, lanes, outputs, 1, false, clocks_per_us};
    return hardware_make(name, &parameters);
}

/* For INSTANTIATE_TEST_SUITE_P: test names must be identifiers. */
inline std::string hardware_test_name(const ::testing::TestParamInfo<const struct hardware *> &info)
{
    return std::string("array_") + info.param->name;
}

struct DeviceCloser {
    void operator()(struct device *device) const
    {
        device_free(device);
    }
};
using Device = std::unique_ptr<struct device, DeviceCloser>;

struct CrossbarCloser {
    void operator()(struct crossbar *crossbar) const
    {
        crossbar_close(crossbar);
    }
};
using Array = std::unique_ptr<struct crossbar, CrossbarCloser>;

/* Where the devices are: ohm, by device. */
inline std::vector<double> resistances_of(const Array &array)
{
    const double *resistances = crossbar_resistances(array.get());
    return {resistances, resistances + crossbar_hardware(array.get())->devices};
}

/* A file of data/devices. */
inline Device device_named(const std::string &name)
{
    struct device *device = nullptr;
    struct error error = {};
    const std::string path = MEMSPIKE_SOURCE_DIR "/data/devices/" + name + ".cfg";
    EXPECT_EQ(device_load(path.c_str(), &device, &error), STATUS_OK) << error.message;
    return Device(device);
}

inline Device paper_device()
{
    return device_named("paper");
}

/* An instance of the RTL. */
class Dut
{
  public:
    explicit Dut(const struct hardware *hardware) : dut_(dut_open(hardware))
    {
    }
    ~Dut()
    {
        dut_close(dut_);
    }
    Dut(const Dut &) = delete;
    Dut &operator=(const Dut &) = delete;

    struct dut *get()
    {
        return dut_;
    }
    struct dut_pins &pins()
    {
        return dut_->pins;
    }
    const struct hardware &hardware() const
    {
        return *dut_->hardware;
    }
    void clock()
    {
        dut_clock(dut_);
    }
    void write(uint32_t address, uint32_t data)
    {
        EXPECT_TRUE(dut_write(dut_, address, data)) << "write to " << std::hex << address;
    }
    uint32_t read(uint32_t address)
    {
        uint32_t data = 0;
        EXPECT_TRUE(dut_read(dut_, address, &data)) << "read of " << std::hex << address;
        return data;
    }
    void write_rates(const std::vector<uint16_t> &rates)
    {
        for (uint32_t i = 0; i < rates.size(); i++) {
            write(REGISTER_RATE + 4 * hardware_window_index(dut_->hardware, i), rates[i]);
        }
    }
    /* What an output's tiles sense together, spread over them. */
    void set_code(uint32_t output, int32_t code)
    {
        const auto tiles = static_cast<int32_t>(hardware().tiles);
        for (int32_t tile = 0; tile < tiles; tile++) {
            const int32_t share = code / (tiles - tile);
            dut_->pins.codes[output * hardware().tiles + static_cast<uint32_t>(tile)] = share;
            code -= share;
        }
    }
    /* The largest that they can; the smallest is one a tile below its negative. */
    int32_t largest_code() const
    {
        return static_cast<int32_t>(hardware().tiles) * ((1 << (hardware().tile_code_bits - 1)) - 1);
    }
    bool row(uint32_t lane) const
    {
        return (dut_->pins.rows[lane / 32] >> (lane % 32) & 1) != 0;
    }
    bool any_row() const
    {
        bool any = false;
        for (uint32_t word = 0; word < (dut_->hardware->lanes + 31) / 32; word++) {
            any = any || dut_->pins.rows[word] != 0;
        }
        return any;
    }

    /* Runs a review with the registers as they are. `phase` is called for every phase with its number within
     * the review, before the clock that takes the codes; `after` behind that clock. Returns the clocks that
     * the review took. */
    uint64_t review(const std::function<void(uint64_t)> &phase,
                    const std::function<void(uint64_t)> &after = {})
    {
        write(REGISTER_CONTROL, 1);
        uint64_t clocks = 0;
        uint64_t number = 0;
        while (dut_->pins.busy) {
            const bool sense = dut_->pins.sense;
            if (sense) {
                EXPECT_EQ(dut_->pins.sense_phase, number % dut_->hardware->phases);
                phase(number);
            }
            clock();
            if (sense) {
                if (after) {
                    after(number);
                }
                number++;
            }
            clocks++;
        }
        phases_ = number;
        return clocks;
    }
    /* Phases of the last review. */
    uint64_t phases() const
    {
        return phases_;
    }

  private:
    struct dut *dut_;
    uint64_t phases_ = 0;
};

} // namespace support

#endif
