// SPDX-License-Identifier: Apache-2.0
/* The RTL's register port: the map, its errors, and stalls. */
#include "support/register_port.h"

#include <deque>

namespace
{

using namespace register_port_support;

TEST_P(RegisterPort, Constants)
{
    const struct hardware &hardware = *GetParam();
    EXPECT_EQ(dut_.read(REGISTER_ID), 0x4D53504Bu);
    EXPECT_EQ(dut_.read(REGISTER_MAP_VERSION), static_cast<uint32_t>(REGISTER_MAP_VERSION_RESET));
    EXPECT_EQ(dut_.read(REGISTER_INPUTS), hardware.inputs);
    EXPECT_EQ(dut_.read(REGISTER_LANES), hardware.lanes);
    EXPECT_EQ(dut_.read(REGISTER_OUTPUTS), hardware.outputs);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS_PER_US), hardware.clocks_per_us);
    EXPECT_EQ(dut_.read(REGISTER_TILES), hardware.tiles);
    EXPECT_EQ(dut_.read(REGISTER_DIFFERENTIAL), hardware.sides - 1);
    EXPECT_EQ(dut_.read(REGISTER_STATUS), 0u);
}

TEST_P(RegisterPort, SettingsAfterReset)
{
    const auto as_the_map_says = [&] {
        for (const Register &reg : map_) {
            if (reg.access == "rw") {
                const uint32_t last = hardware_window_index(GetParam(), GetParam()->devices - 1);
                const uint32_t reset = reg.reset == "last_device"
                                           ? last
                                           : static_cast<uint32_t>(std::stoul(reg.reset, nullptr, 0));
                EXPECT_EQ(dut_.read(reg.offset), reset) << reg.name;
            }
        }
    };
    as_the_map_says();
    for (const Register &reg : map_) {
        if (reg.access == "rw") {
            dut_.write(reg.offset, value_fits(*GetParam(), reg, UINT32_MAX) ? UINT32_MAX : 1);
        }
    }
    dut_reset(dut_.get());
    as_the_map_says();
}

// Every byte address, read and written with a value that fits: an answer without an error where the map has a
// word, an error everywhere else.
TEST_P(RegisterPort, EveryAddress)
{
    const struct hardware &hardware = *GetParam();
    std::vector<char> readable(0x10000, 0);
    std::vector<char> writable(0x10000, 0);
    for (const Register &reg : map_) {
        for (uint32_t n = 0; n < reg.count; n++) {
            const bool exists = word_exists(hardware, reg, n);
            readable[reg.offset + 4 * n] = exists && reg.readable();
            writable[reg.offset + 4 * n] = exists && reg.writable();
        }
    }
    uint32_t wrong = 0;
    for (uint32_t address = 0; address < 0x10000 && wrong < 10; address++) {
        uint32_t data;
        if (dut_read(dut_.get(), address, &data) != (readable[address] != 0)) {
            ADD_FAILURE() << "read of " << std::hex << address;
            wrong++;
        }
        if (readable[address] == 0 && data != 0) {
            ADD_FAILURE() << "data in the error of " << std::hex << address;
            wrong++;
        }
        // Zero fits every register and starts nothing.
        if (dut_write(dut_.get(), address, 0) != (writable[address] != 0)) {
            ADD_FAILURE() << "write to " << std::hex << address;
            wrong++;
        }
    }
}

TEST_P(RegisterPort, SettingsKeepTheirBits)
{
    Random random(20);
    for (int round = 0; round < 50; round++) {
        std::map<std::string, uint32_t> expected = settings();
        for (const Register &reg : map_) {
            if (reg.access == "rw") {
                const uint32_t value = fitting_value(reg, random);
                dut_.write(reg.offset, value);
                expected[reg.name] = value & reg.mask();
            }
        }
        ASSERT_EQ(settings(), expected);
    }
    // All ones, where a register takes them.
    for (const Register &reg : map_) {
        if (reg.access == "rw" && value_fits(*GetParam(), reg, UINT32_MAX)) {
            dut_.write(reg.offset, UINT32_MAX);
            EXPECT_EQ(dut_.read(reg.offset), reg.mask()) << reg.name;
        }
    }
}

TEST_P(RegisterPort, ErrorsChangeNothing)
{
    Random random(21);
    const struct hardware &hardware = *GetParam();
    for (const Register &reg : map_) {
        if (reg.access == "rw") {
            dut_.write(reg.offset, fitting_value(reg, random));
        }
    }
    const auto before = settings();
    // Values out of their ranges.
    for (uint32_t entries = PULSE_ENTRIES + 1; entries < 32; entries++) {
        EXPECT_FALSE(dut_write(dut_.get(), REGISTER_PULSE_ENTRIES, entries));
    }
    for (const uint32_t address : {REGISTER_FIRST_DEVICE, REGISTER_LAST_DEVICE}) {
        const uint32_t devices = hardware.row_stride * hardware.columns;
        for (const uint32_t device : {devices, devices + 1, UINT32_MAX, 0x10000u, 0x80000000u, hardware.lanes,
                                      devices - hardware.row_stride + hardware.lanes}) {
            // Where the stride is the number of lanes, this is the next column's first device.
            EXPECT_EQ(dut_write(dut_.get(), address, device), device_exists(hardware, device)) << device;
        }
        dut_.write(address, before.at(address == REGISTER_FIRST_DEVICE ? "FIRST_DEVICE" : "LAST_DEVICE"));
    }
    // Both commands at once.
    EXPECT_FALSE(dut_write(dut_.get(), REGISTER_CONTROL, 3));
    EXPECT_FALSE(dut_.pins().busy);
    // Misaligned, unknown, read-only.
    for (const Register &reg : map_) {
        for (uint32_t offset = 1; offset < 4; offset++) {
            EXPECT_FALSE(dut_write(dut_.get(), reg.offset + offset, UINT32_MAX));
        }
        if (!reg.writable()) {
            EXPECT_FALSE(dut_write(dut_.get(), reg.offset, UINT32_MAX)) << reg.name;
        }
    }
    EXPECT_EQ(settings(), before);
    EXPECT_FALSE(dut_.pins().busy);
}

struct Answer {
    bool error;
    uint32_t data;
};

/* A few registers, and what a request to one of them must be answered with. */
struct Registers {
    uint32_t threshold = 0;
    uint32_t seed = 0;
    uint32_t result = 0;

    Answer answer(const struct dut_pins &pins)
    {
        Answer answer = {false, 0};
        if (pins.request_write) {
            threshold = pins.request_address == REGISTER_THRESHOLD ? pins.request_data : threshold;
            seed = pins.request_address == REGISTER_SEED ? pins.request_data & 0x7fffffff : seed;
            answer.error = pins.request_address == REGISTER_ID;
        } else {
            answer.data = pins.request_address == REGISTER_THRESHOLD ? threshold
                          : pins.request_address == REGISTER_SEED    ? seed
                          : pins.request_address == REGISTER_RESULT  ? result
                                                                     : 0x4D53504B;
        }
        return answer;
    }
};

/* Requests to them, back to back, of a host that is not always ready to take an answer. */
class StallingHost
{
  public:
    explicit StallingHost(uint64_t seed) : random_(seed)
    {
    }
    /* The pins of the next clock. */
    void drive(struct dut_pins &pins)
    {
        if (!requesting_) {
            requesting_ = random_.chance(0.8);
            const uint64_t kind = random_.below(6);
            pins.request_write = kind < 3;
            pins.request_data = static_cast<uint32_t>(random_.bits());
            static const uint16_t addresses[] = {REGISTER_THRESHOLD, REGISTER_SEED, REGISTER_ID};
            pins.request_address = kind == 5 ? uint16_t{REGISTER_RESULT} : addresses[random_.below(3)];
        }
        if (stall_ == 0) {
            stall_ = random_.chance(0.4) ? static_cast<uint32_t>(random_.between(1, 7)) : 0;
        } else {
            stall_--;
        }
        pins.request_valid = requesting_;
        pins.response_ready = stall_ == 0;
    }
    void accepted()
    {
        requesting_ = false;
    }

  private:
    Random random_;
    bool requesting_ = false;
    uint32_t stall_ = 0;
};

TEST_P(RegisterPort, StallsLoseDoubleAndReorderNothing)
{
    struct dut_pins &pins = dut_.pins();
    Registers registers;
    // Results to read: they take another way to the port than the other registers.
    start_writing(dut_);
    finish(dut_);
    registers.result = dut_.read(REGISTER_RESULT);
    EXPECT_NE(registers.result, 0u);
    pins.response_ready = true;
    dut_.clock(); // takes the last answer
    dut_.write(REGISTER_THRESHOLD, registers.threshold);
    dut_.write(REGISTER_SEED, registers.seed);
    dut_.clock();
    ASSERT_FALSE(pins.response_valid);

    StallingHost host(22);
    std::deque<Answer> expected;
    uint64_t accepted = 0;
    uint64_t answered = 0;
    for (int clock = 0; clock < 40000; clock++) {
        host.drive(pins);
        const bool was_valid = pins.response_valid;
        const uint32_t old_data = pins.response_data;
        const bool old_error = pins.response_error;
        const bool accept = pins.request_valid && (!was_valid || pins.response_ready);
        const bool taken = was_valid && pins.response_ready;
        if (taken) {
            ASSERT_FALSE(expected.empty());
            ASSERT_EQ(old_error, expected.front().error) << "clock " << clock;
            ASSERT_EQ(old_data, expected.front().data) << "clock " << clock;
            expected.pop_front();
            answered++;
        }
        if (accept) {
            expected.push_back(registers.answer(pins));
            accepted++;
            host.accepted();
        }
        dut_.clock();
        if (was_valid && !taken) {
            ASSERT_TRUE(pins.response_valid);
            ASSERT_EQ(pins.response_data, old_data);
            ASSERT_EQ(pins.response_error, old_error);
        }
        ASSERT_EQ(pins.response_valid, !expected.empty());
        ASSERT_EQ(pins.request_ready, !pins.response_valid || pins.response_ready);
    }
    EXPECT_GE(accepted, answered);
    EXPECT_LE(accepted, answered + 1);
    EXPECT_GT(accepted, 10000u);
}

TEST_P(RegisterPort, OneTransferAClock)
{
    struct dut_pins &pins = dut_.pins();
    pins.response_ready = true;
    pins.request_valid = true;
    for (uint32_t transfer = 0; transfer < 1000; transfer++) {
        // Writes and reads take turns, without a gap.
        pins.request_write = transfer % 2 == 0;
        pins.request_address = REGISTER_THRESHOLD;
        pins.request_data = transfer * 0x01010101u;
        dut_.clock();
        ASSERT_TRUE(pins.request_ready);
        ASSERT_TRUE(pins.response_valid);
        ASSERT_FALSE(pins.response_error);
        ASSERT_EQ(pins.response_data, transfer % 2 == 0 ? 0 : (transfer - 1) * 0x01010101u);
    }
    pins.request_valid = false;
    dut_.clock();
    EXPECT_FALSE(pins.response_valid);
}

INSTANTIATE_TEST_SUITE_P(Hardware, RegisterPort, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
