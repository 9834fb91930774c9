// SPDX-License-Identifier: Apache-2.0
/* The crossbar emulator of the FPGA boards against its C reference model, clock by clock: with and without
 * multipliers, with noise and without, over random devices, pulses, readings and spikes. */
#include "device_file/device_file.h"
#include "model/hardware/registers.h"
#include "model/reference/crossbar_emulator.h"
#include "support/hardware.h"

#include "Vemulator_adders.h"
#include "Vemulator_multipliers.h"
#include "verilated.h"

#include <algorithm>
#include <memory>

namespace
{

using support::Random;

constexpr uint32_t clocks_per_us = 12;
constexpr uint32_t convert_clocks = 50;

template <class Model> class CrossbarEmulator : public ::testing::Test
{
  protected:
    CrossbarEmulator()
        : hardware_(support::plain_hardware("10x10", 100, 10, 1, clocks_per_us)),
          top_(std::make_unique<Model>(&context_))
    {
        struct emulator_values none = {};
        crossbar_emulator_init(&reference_, &hardware_, &none);
        top_->clk_i = 0;
        top_->rst_ni = 0;
        clock();
        top_->rst_ni = 1;
        clock();
    }
    ~CrossbarEmulator() override
    {
        crossbar_emulator_clear(&reference_);
    }
    CrossbarEmulator(const CrossbarEmulator &) = delete;
    CrossbarEmulator &operator=(const CrossbarEmulator &) = delete;

    void clock()
    {
        top_->clk_i = 1;
        top_->eval();
        top_->clk_i = 0;
        top_->eval();
    }
    void request(bool write, uint32_t address, uint32_t data, bool good = true)
    {
        top_->host_valid_i = 1;
        top_->host_write_i = write;
        top_->host_address_i = address;
        top_->host_data_i = data;
        top_->eval();
        uint32_t waited = 0;
        for (; !top_->host_ready_o; waited++) {
            ASSERT_LE(waited, convert_clocks);
            clock();
        }
        clock();
        top_->host_valid_i = 0;
        top_->eval();
        ASSERT_TRUE(top_->host_valid_o);
        ASSERT_EQ(!top_->host_error_o, good) << std::hex << address;
    }
    void wait_converted()
    {
        for (uint32_t i = 0; i < convert_clocks; i++) {
            clock();
        }
        ASSERT_TRUE(top_->host_ready_o);
    }
    static uint32_t index(uint32_t device)
    {
        return device / 10 * 16 + device % 10;
    }
    void set_values(const struct emulator_values &values)
    {
        reference_.values = values;
        request(true, REGISTER_EMULATOR_SCALE, values.scale);
        request(true, REGISTER_EMULATOR_OFFSET, values.offset);
        request(true, REGISTER_EMULATOR_NOISE, values.noise);
        for (uint32_t i = 0; i < PULSE_ENTRIES; i++) {
            request(true, REGISTER_EMULATOR_RATE + 4 * i, values.rates[i]);
            request(true, REGISTER_EMULATOR_ASYMPTOTE + 4 * i, values.asymptotes[i]);
        }
    }
    void set_noise_seed(uint32_t seed)
    {
        reference_.lfsr = seed;
        request(true, REGISTER_EMULATOR_NOISE_SEED, seed);
    }
    void set_device(uint32_t device, uint32_t resistance)
    {
        crossbar_emulator_set(&reference_, device, resistance);
        request(true, REGISTER_EMULATOR_RESISTANCE + 4 * index(device), resistance);
    }
    void name_device(uint32_t device)
    {
        top_->row_i = device % 10;
        top_->column_i = device / 10;
    }
    /* As write_verify does: name the device one clock before, and read it in the clock after its pulse. */
    void read_device(uint32_t device)
    {
        top_->read_i = 1;
        top_->eval();
        ASSERT_EQ(top_->reading_o, crossbar_emulator_read(&reference_, device)) << "device " << device;
        clock();
        top_->read_i = 0;
    }
    void pulse(uint32_t device, uint32_t entry, bool negative, uint32_t width)
    {
        top_->pulse_i = 1;
        top_->pulse_entry_i = entry;
        top_->pulse_negative_i = negative;
        for (uint32_t i = 0; i < width * clocks_per_us; i++) {
            clock();
        }
        top_->pulse_i = 0;
        crossbar_emulator_pulse(&reference_, device, entry, negative, width);
    }
    /* All phases of a step. */
    void sense(Random &random)
    {
        for (uint32_t phase = 0; phase < 10; phase++) {
            const auto rows = static_cast<uint32_t>(random.below(1024));
            top_->sense_i = 1;
            top_->sense_phase_i = phase;
            top_->rows_i = rows;
            top_->eval();
            ASSERT_EQ(static_cast<int32_t>(top_->code_o), crossbar_emulator_sense(&reference_, phase, rows))
                << "phase " << phase << ", rows " << rows;
            clock();
        }
    }
    struct emulator_values random_values(Random &random, uint32_t noise)
    {
        struct emulator_values values = {};
        values.noise = noise;
        values.scale = static_cast<uint32_t>(random.between(500 << 16, 6000 << 16));
        values.offset = static_cast<uint32_t>(random.below(1 << 17));
        for (uint32_t i = 0; i < PULSE_ENTRIES; i++) {
            /* Now and then so fast that a step is limited. */
            values.rates[i] = static_cast<uint32_t>(random.bits() >> (random.chance(0.3) ? 32 : 38));
            values.asymptotes[i] = static_cast<uint32_t>(random.below(1 << RESISTANCE_BITS));
        }
        return values;
    }

    VerilatedContext context_;
    struct hardware hardware_;
    std::unique_ptr<Model> top_;
    struct crossbar_emulator reference_ = {};
};

using Models = ::testing::Types<Vemulator_adders, Vemulator_multipliers>;
TYPED_TEST_SUITE(CrossbarEmulator, Models);

TYPED_TEST(CrossbarEmulator, IsItsReferenceModel)
{
    Random random(11);
    for (uint32_t round = 0; round < 24 && !this->HasFatalFailure(); round++) {
        const struct emulator_values values = this->random_values(random, round % 8);
        this->set_values(values);
        this->set_noise_seed(static_cast<uint32_t>(1 + random.below((1u << 31) - 1)));
        for (uint32_t device = 0; device < 100; device++) {
            const bool extreme = random.chance(0.1);
            this->set_device(device, extreme ? (random.chance(0.5) ? 0 : UINT32_MAX)
                                             : static_cast<uint32_t>(random.bits()));
        }
        this->wait_converted();
        for (uint32_t i = 0; i < 20; i++) {
            this->sense(random);
        }
        this->top_->sense_i = 0;
        for (uint32_t i = 0; i < 60 && !this->HasFatalFailure(); i++) {
            const auto device = static_cast<uint32_t>(random.below(100));
            this->name_device(device);
            this->clock();
            const auto entry = static_cast<uint32_t>(random.below(PULSE_ENTRIES));
            this->pulse(device, entry, random.chance(0.5), static_cast<uint32_t>(1 + random.below(20)));
            for (uint64_t reads = random.below(4) + 1; reads > 0; reads--) {
                this->read_device(device);
            }
            this->wait_converted();
        }
        /* The codes of the devices that pulses have moved. */
        this->sense(random);
        this->top_->sense_i = 0;
        this->clock();
        for (uint32_t device = 0; device < 100; device++) {
            this->request(false, REGISTER_EMULATOR_RESISTANCE + 4 * this->index(device), 0);
            ASSERT_EQ(this->top_->host_data_o, this->reference_.resistances[device]);
        }
    }
}

/* What the paper's device does under its pulses: as the crossbar in floating point does, but for the fixed
 * point. */
TYPED_TEST(CrossbarEmulator, IsNearTheCrossbar)
{
    const support::Device device = support::paper_device();
    const struct crossbar_settings settings = {5, 0, 0, 0, 0, 0, 0};
    const struct pulse_table &pulses = device->pulses[0];
    const struct hardware hardware =
        support::plain_hardware("10x10", 100, 10, 1, 1); // Euler steps of 1 us too
    struct crossbar *crossbar = crossbar_open(&hardware, device.get(), &settings);
    crossbar_set_pulses(crossbar, &pulses);
    struct emulator_values values = {};
    struct error error = {};
    ASSERT_EQ(emulator_values_make(crossbar, &pulses, &values, &error), STATUS_OK) << error.message;
    this->set_values(values);
    for (uint32_t d = 0; d < 100; d++) {
        this->set_device(d, emulator_resistance(crossbar_resistances(crossbar)[d]));
    }
    this->wait_converted();
    for (uint32_t i = 0; i < 200; i++) {
        const uint32_t d = i % 100;
        const uint32_t entry = i % pulses.count;
        const struct pulse &each = pulses.pulses[entry];
        this->name_device(d);
        this->clock();
        this->pulse(d, entry, each.voltage < 0, each.width_us);
        this->wait_converted();
        crossbar_pulse_clocks(crossbar, d, entry, each.width_us);
        const double resistance = crossbar_resistances(crossbar)[d];
        EXPECT_NEAR(emulator_ohm(this->reference_.resistances[d]), resistance, 0.001 * resistance);
        const double weight = std::min(1.0, std::max(0.0, device_weight(device.get(), resistance)));
        EXPECT_NEAR(this->reference_.conductances[d] / 4096.0, weight, 0.003);
    }
    crossbar_close(crossbar);
}

TYPED_TEST(CrossbarEmulator, RefusesWhatIsNotThere)
{
    for (const uint32_t address :
         {0xC000u + 4 * 10, 0xC000u + 4 * 160, 0xCFFCu, 0xD010u, 0xD0FCu, 0xD180u, 0xE000u, 0xFFFCu}) {
        this->request(true, address, 1, false);
        this->request(false, address, 0, false);
    }
    this->request(false, REGISTER_EMULATOR_SCALE, 0, false);
}

TEST(EmulatorValues, RefusesWhatBoardsCannotDo)
{
    const support::Device device = support::paper_device();
    const auto refused = [&](const char *name, uint32_t lanes, uint32_t outputs, double noise, uint32_t adc,
                             double stuck = 0) {
        const struct hardware hardware = support::plain_hardware(name, 100, lanes, outputs, 1);
        const struct crossbar_settings settings = {5, noise, adc, 0, 0, 0, stuck};
        struct crossbar *crossbar = crossbar_open(&hardware, device.get(), &settings);
        struct emulator_values values = {};
        struct error error = {};
        const enum status status = emulator_values_make(crossbar, &device->pulses[0], &values, &error);
        crossbar_close(crossbar);
        return status == STATUS_INVALID && error.message[0] != '\0';
    };
    EXPECT_FALSE(refused("10x10", 10, 1, 0.1, 0));
    EXPECT_TRUE(refused("100x1", 100, 1, 0, 0));
    EXPECT_TRUE(refused("25x4", 25, 1, 0, 0));
    EXPECT_TRUE(refused("10x20", 10, 2, 0, 0));
    EXPECT_TRUE(refused("10x10", 10, 1, 0.001, 0));
    EXPECT_TRUE(refused("10x10", 10, 1, 0, 8));
    EXPECT_TRUE(refused("10x10", 10, 1, 0, 0, 0.01));
    struct device *loaded = nullptr;
    struct error error = {};
    ASSERT_EQ(device_load(MEMSPIKE_SOURCE_DIR "/data/devices/vteam.cfg", &loaded, &error), STATUS_OK)
        << error.message;
    const support::Device other(loaded);
    const struct hardware hardware = support::plain_hardware("10x10", 100, 10, 1, 1);
    const struct crossbar_settings settings = {};
    struct crossbar *crossbar = crossbar_open(&hardware, other.get(), &settings);
    struct emulator_values values = {};
    EXPECT_EQ(emulator_values_make(crossbar, &other->pulses[0], &values, &error), STATUS_INVALID);
    EXPECT_NE(std::string(error.message).find("vteam"), std::string::npos) << error.message;
    crossbar_close(crossbar);
}

} // namespace
