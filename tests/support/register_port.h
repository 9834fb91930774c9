// SPDX-License-Identifier: Apache-2.0
/* The RTL's register map as its one source has it, and an instance of the RTL with reviews and writings to
 * run. */
#ifndef MEMSPIKE_TESTS_SUPPORT_REGISTER_PORT_H
#define MEMSPIKE_TESTS_SUPPORT_REGISTER_PORT_H

#include "support/hardware.h"

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace register_port_support
{

using support::Dut;
using support::Random;

struct Register {
    std::string name;
    uint32_t offset = 0;
    uint32_t count = 0;
    std::string access;
    uint32_t bits = 0;
    std::string reset; // a number, or the word that stands for it

    bool readable() const
    {
        return access != "wo";
    }
    bool writable() const
    {
        return access != "ro";
    }
    uint32_t mask() const
    {
        return bits == 32 ? UINT32_MAX : (1u << bits) - 1;
    }
};

/* The map's one source, so that a new register is covered without a change here. */
inline std::vector<Register> read_map()
{
    std::ifstream stream(MEMSPIKE_SOURCE_DIR "/rtl/registers.csv");
    std::string line;
    std::getline(stream, line);
    EXPECT_EQ(line, "name,offset,count,access,bits,reset,fields,description");
    std::vector<Register> map;
    while (std::getline(stream, line)) {
        std::istringstream fields(line);
        Register found;
        std::string offset, count, bits;
        std::getline(fields, found.name, ',');
        std::getline(fields, offset, ',');
        std::getline(fields, count, ',');
        std::getline(fields, found.access, ',');
        std::getline(fields, bits, ',');
        std::getline(fields, found.reset, ',');
        found.offset = static_cast<uint32_t>(std::stoul(offset, nullptr, 0));
        found.count = static_cast<uint32_t>(std::stoul(count));
        found.bits = static_cast<uint32_t>(std::stoul(bits));
        map.push_back(found);
    }
    EXPECT_GT(map.size(), 30u);
    return map;
}

inline bool device_exists(const struct hardware &hardware, uint32_t index)
{
    return index % hardware.row_stride < hardware.lanes && index / hardware.row_stride < hardware.columns;
}

/* Whether the hardware has what the n-th word of a window stands for. */
inline bool word_exists(const struct hardware &hardware, const Register &reg, uint32_t n)
{
    if (reg.name == "RATE") {
        return n % hardware.row_stride < hardware.lanes && n / hardware.row_stride < hardware.phases;
    }
    if (reg.name == "RATE_PAIR") {
        return 2 * n % hardware.row_stride < hardware.lanes && 2 * n / hardware.row_stride < hardware.phases;
    }
    if (reg.name == "COUNT" || reg.name == "MEMBRANE_LOW" || reg.name == "MEMBRANE_HIGH") {
        return n < hardware.outputs;
    }
    if (reg.name == "TARGET" || reg.name == "RESULT") {
        return device_exists(hardware, n);
    }
    return true;
}

/* Whether a register takes the value. */
inline bool value_fits(const struct hardware &hardware, const Register &reg, uint32_t value)
{
    if (reg.name == "PULSE_ENTRIES") {
        return (value & reg.mask()) <= PULSE_ENTRIES;
    }
    if (reg.name == "FIRST_DEVICE" || reg.name == "LAST_DEVICE") {
        return device_exists(hardware, value);
    }
    return true;
}

class RegisterPort : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    std::map<std::string, uint32_t> settings()
    {
        std::map<std::string, uint32_t> values;
        for (const Register &reg : map_) {
            if (reg.access == "rw") {
                values[reg.name] = dut_.read(reg.offset);
            }
        }
        return values;
    }
    uint32_t fitting_value(const Register &reg, Random &random) const
    {
        for (;;) {
            const auto value = static_cast<uint32_t>(random.bits() >> random.below(64));
            if (value_fits(*GetParam(), reg, value)) {
                return value;
            }
        }
    }
    void set_codes(int32_t code)
    {
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            dut_.set_code(output, code);
        }
    }
    /* The outputs towards the analogue side and the host, right after a clock. */
    void expect_quiet()
    {
        const struct dut_pins &pins = dut_.pins();
        EXPECT_FALSE(pins.busy);
        EXPECT_FALSE(pins.sense);
        EXPECT_FALSE(pins.read);
        EXPECT_FALSE(pins.pulse);
        EXPECT_FALSE(pins.response_valid);
        EXPECT_FALSE(dut_.any_row());
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            EXPECT_EQ(dut_membrane(dut_.get(), output), 0);
            EXPECT_FALSE(dut_spike(dut_.get(), output));
        }
    }
    /* Sets up and runs a review whose codes follow from the rows; returns its counts. */
    std::vector<uint32_t> review_counts(Dut &dut)
    {
        const struct hardware &hardware = *GetParam();
        std::vector<uint16_t> rates(hardware.inputs);
        for (uint32_t input = 0; input < hardware.inputs; input++) {
            rates[input] = static_cast<uint16_t>(input * 601 + 999);
        }
        dut.write_rates(rates);
        dut.write(REGISTER_SEED, 12345);
        dut.write(REGISTER_STEPS, 200);
        dut.write(REGISTER_ENCODER, 0);
        dut.write(REGISTER_LEAK, 0);
        dut.write(REGISTER_MEMBRANE_START, 0);
        dut.write(REGISTER_THRESHOLD, static_cast<uint32_t>(hardware.inputs) << (CODE_FRACTION - 2));
        return review_counts_again(dut);
    }
    std::vector<uint32_t> review_counts_again(Dut &dut)
    {
        dut.review([&](uint64_t) { set_codes(dut); });
        return read_counts(dut);
    }
    void set_codes(Dut &dut)
    {
        const struct hardware &hardware = *GetParam();
        for (uint32_t output = 0; output < hardware.outputs; output++) {
            int32_t code = 0;
            for (uint32_t lane = 0; lane < hardware.lanes; lane++) {
                code += dut.row(lane) ? static_cast<int32_t>((lane * 37 + output * 101) % 4096) : 0;
            }
            dut.pins().codes[output] = code;
        }
    }
    std::vector<uint32_t> read_counts(Dut &dut)
    {
        std::vector<uint32_t> counts;
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            counts.push_back(dut.read(REGISTER_COUNT + 4 * output));
        }
        return counts;
    }
    /* Starts a writing in which every device gets a pulse of 50 us. */
    void start_writing(Dut &dut)
    {
        dut.write(REGISTER_PULSE_ENTRIES, 1);
        dut.write(REGISTER_PULSE_WIDTH, 50 | 1 << 16);
        dut.write(REGISTER_PULSE_RATE, 1 << 20);
        dut.write(REGISTER_PULSE_ASYMPTOTE, 2000 << RESISTANCE_FRACTION);
        dut.write(REGISTER_MAX_PULSES, 3);
        dut.write(REGISTER_TOLERANCE, 0);
        for (uint32_t device = 0; device < GetParam()->devices; device++) {
            dut.write(REGISTER_TARGET + 4 * hardware_window_index(GetParam(), device),
                      4000 << RESISTANCE_FRACTION);
        }
        dut.pins().reading = 9000 << RESISTANCE_FRACTION;
        dut.write(REGISTER_CONTROL, 2);
    }

    /* Until what runs has ended. */
    static void finish(Dut &dut)
    {
        while (dut.pins().busy) {
            dut.clock();
        }
    }

    std::vector<Register> map_ = read_map();
    Dut dut_{GetParam()};
};

} // namespace register_port_support

#endif
