// SPDX-License-Identifier: Apache-2.0
/* RTL and reference models in lock-step at the far ends of their counters, where random machines never come:
 * reviews of about as many steps as there can be, the most pulses, and the longest. */
#include "support/hardware.h"

#include "model/cosimulation/lockstep.h"

namespace
{

using support::Random;

constexpr uint32_t most_steps = 65535;
constexpr uint32_t most_pulses = 63;
constexpr uint32_t longest_pulse_us = 65535;

struct LockstepCloser {
    void operator()(struct lockstep *lockstep) const
    {
        lockstep_close(lockstep);
    }
};
using Checker = std::unique_ptr<struct lockstep, LockstepCloser>;

class Extremes : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    Extremes() : hardware_(GetParam()), device_(support::paper_device()), dut_(hardware_), random_(1)
    {
        device_->start_spread = 4000;
        struct crossbar_settings settings = {};
        settings.seed = 1;
        crossbar_.reset(crossbar_open(hardware_, device_.get(), &settings));
        crossbar_set_pulses(crossbar_.get(), &device_->pulses[0]);
        crossbar_prepare(crossbar_.get());
    }

    void configure()
    {
        ASSERT_TRUE(dut_configure(dut_.get(), &registers_));
        checker_.reset(lockstep_open(dut_.get(), crossbar_.get(), &registers_));
    }

    /* With the registers of configure(), and rates at random. */
    void review(uint32_t seed)
    {
        std::vector<uint16_t> rates;
        for (uint32_t input = 0; input < hardware_->inputs; input++) {
            rates.push_back(static_cast<uint16_t>(random_.bits()));
            ASSERT_TRUE(dut_write(dut_.get(), REGISTER_RATE + 4 * hardware_window_index(hardware_, input),
                                  rates.back()));
        }
        ASSERT_TRUE(dut_write(dut_.get(), REGISTER_SEED, seed));
        ASSERT_TRUE(dut_write(dut_.get(), REGISTER_CONTROL, 1));
        lockstep_start_sample(checker_.get(), rates.data(), seed, seed);
        struct error error = {};
        uint32_t sensed = 0;
        while (dut_.pins().busy) {
            struct dut_pins &pins = dut_.pins();
            if (pins.sense) {
                crossbar_sense(crossbar_.get(), seed, sensed++ / hardware_->phases, pins.sense_phase,
                               pins.rows, pins.codes);
            }
            ASSERT_EQ(lockstep_check(checker_.get(), &error), STATUS_OK) << error.message;
            dut_.clock();
        }
        ASSERT_EQ(lockstep_end(checker_.get(), &error), STATUS_OK) << error.message;
    }

    /* The devices up to the last target, with readings that are no crossbar's: (number of the reading). */
    void write_devices(const std::vector<uint32_t> &targets, const std::function<uint32_t(uint64_t)> &reading)
    {
        configure();
        std::vector<uint32_t> all = targets;
        all.resize(hardware_->devices);
        const auto last = static_cast<uint32_t>(targets.size() - 1);
        for (uint32_t device = 0; device <= last; device++) {
            dut_.write(REGISTER_TARGET + 4 * hardware_window_index(hardware_, device), targets[device]);
        }
        dut_.write(REGISTER_FIRST_DEVICE, 0);
        dut_.write(REGISTER_LAST_DEVICE, hardware_window_index(hardware_, last));
        dut_.write(REGISTER_CONTROL, 2);
        lockstep_start_writing(checker_.get(), all.data(), 0, last);
        struct error error = {};
        uint64_t readings = 0;
        while (dut_.pins().busy) {
            struct dut_pins &pins = dut_.pins();
            if (pins.read) {
                pins.reading = reading(readings++);
            }
            pulsed_ += pins.pulse ? 1 : 0;
            ASSERT_EQ(lockstep_check(checker_.get(), &error), STATUS_OK) << error.message;
            dut_.clock();
        }
        ASSERT_EQ(lockstep_end(checker_.get(), &error), STATUS_OK) << error.message;
    }

    /* COUNT devices, each of which gets all pulses that there can be, without any effect on it. */
    void give_up(uint32_t count, uint32_t width_us)
    {
        registers_.max_pulses = most_pulses;
        registers_.pulses.entries = 2;
        std::vector<uint32_t> targets;
        for (uint32_t entry = 0; entry < 2; entry++) {
            registers_.pulses.negative[entry] = entry == 1;
            registers_.pulses.width_us[entry] = width_us;
            registers_.pulses.rate[entry] = device_->pulses[0].pulses[0].rate_fixed;
            registers_.pulses.asymptote[entry] = resistance_to_fixed(entry == 1 ? 100 : 40000);
        }
        for (uint32_t device = 0; device < count; device++) {
            targets.push_back(resistance_to_fixed(device_resistance(device_.get(), device % 2)));
        }
        write_devices(targets, [](uint64_t) { return resistance_to_fixed(9000); });
        EXPECT_EQ(pulsed_, uint64_t{count} * most_pulses * width_us * hardware_->clocks_per_us);
    }

    const struct hardware *hardware_;
    support::Device device_;
    support::Dut dut_;
    Random random_;
    support::Array crossbar_;
    struct register_values registers_ = {};
    Checker checker_;
    uint64_t pulsed_ = 0; /* clocks */
};

// By the share of the steps that spike, decisions come early and late.
TEST_P(Extremes, LongestReviews)
{
    for (const double threshold : {0.05, 0.25, 0.5}) {
        for (const bool rate_coded : {false, true}) {
            registers_.steps = most_steps - static_cast<uint32_t>(random_.below(1000));
            registers_.rate_coded = rate_coded;
            registers_.early_decision = true;
            registers_.neurons.threshold = static_cast<int32_t>(threshold * hardware_->inputs * 4096);
            configure();
            review(static_cast<uint32_t>(random_.bits() & 0x7fffffff));
            if (HasFatalFailure()) {
                return;
            }
            EXPECT_GT(lockstep_compared(checker_.get()), uint64_t{hardware_->phases} * registers_.steps / 2);
        }
    }
}

// Eight million clocks or more.
TEST_P(Extremes, LongestPulses)
{
    give_up(hardware_->clocks_per_us > 1 ? 1 : 2, longest_pulse_us);
}

TEST_P(Extremes, MostPulses)
{
    give_up(hardware_->devices, 1);
}

// Where every product and every sum is as large as it can be.
TEST_P(Extremes, LargestNumbers)
{
    constexpr uint32_t largest = (1U << 24) - 1;
    for (const uint32_t tolerance : {0U, (1U << TOLERANCE_FRACTION) - 1}) {
        registers_.tolerance = tolerance;
        registers_.max_pulses = 2;
        registers_.reads_log2 = 7;
        registers_.pulses.entries = 4;
        for (uint32_t entry = 0; entry < 4; entry++) {
            registers_.pulses.negative[entry] = entry % 2 == 1;
            registers_.pulses.width_us[entry] = 1;
            registers_.pulses.rate[entry] = entry < 2 ? UINT32_MAX : 1;
            registers_.pulses.asymptote[entry] = entry % 2 == 1 ? 0 : largest;
        }
        // A mean of 128 readings at one end after one at the other.
        write_devices({largest, 1, largest, 1},
                      [](uint64_t reading) { return reading / 128 % 2 == 0 ? 0 : largest; });
        if (HasFatalFailure()) {
            return;
        }
    }
    EXPECT_GT(pulsed_, 0U);
}

INSTANTIATE_TEST_SUITE_P(Hardware, Extremes, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
