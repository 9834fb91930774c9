// SPDX-License-Identifier: Apache-2.0
/* The RTL's neurons, driven at the analogue boundary with chosen codes, against plain wide integers. */
#include "support/hardware.h"

#include <algorithm>

namespace
{

using support::Dut;
using support::Random;

struct Settings {
    uint32_t steps = 1;
    int32_t threshold = 0;
    int32_t membrane_start = 0;
    uint32_t leak = 0;
};

/* The contract, one step at a time, without a limit on the size of a number. */
class Neuron
{
  public:
    Neuron(const struct hardware &hardware, const Settings &settings)
        : settings_(settings), largest_((__int128{1} << (hardware.membrane_bits - 1)) - 1),
          smallest_(-largest_ - 1), membrane_(settings.membrane_start)
    {
    }
    void add(int64_t code, bool first, bool last)
    {
        __int128 sum = membrane_ + code;
        if (first) {
            if (settings_.leak != 0) {
                // A shift to the right divides and rounds down, for negative numbers too.
                const __int128 divisor = __int128{1} << settings_.leak;
                __int128 leak = membrane_ / divisor;
                if (membrane_ % divisor < 0) {
                    leak--;
                }
                sum -= leak;
            }
            if (spike_) {
                sum -= settings_.threshold;
            }
        }
        saturated_up_ = saturated_up_ || sum > largest_;
        saturated_down_ = saturated_down_ || sum < smallest_;
        membrane_ = std::min(std::max(sum, smallest_), largest_);
        if (last) {
            spike_ = membrane_ > settings_.threshold;
            count_ = (count_ + (spike_ ? 1 : 0)) & 0xffff;
        }
    }
    int64_t membrane() const
    {
        return static_cast<int64_t>(membrane_);
    }
    bool spike() const
    {
        return spike_;
    }
    uint32_t count() const
    {
        return count_;
    }
    bool saturated_up() const
    {
        return saturated_up_;
    }
    bool saturated_down() const
    {
        return saturated_down_;
    }

  private:
    Settings settings_;
    __int128 largest_, smallest_, membrane_;
    bool spike_ = false;
    uint32_t count_ = 0;
    bool saturated_up_ = false, saturated_down_ = false;
};

int64_t membrane_register(Dut &dut, uint32_t output)
{
    const uint64_t low = dut.read(REGISTER_MEMBRANE_LOW + 4 * output);
    const uint64_t high = dut.read(REGISTER_MEMBRANE_HIGH + 4 * output);
    return static_cast<int64_t>(high << 32 | low);
}

class Lif : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    using Codes = std::function<int32_t(uint64_t step, uint32_t phase, uint32_t output)>;

    void compare(const Settings &settings, const Codes &codes)
    {
        const struct hardware &hardware = *GetParam();
        dut_.write(REGISTER_STEPS, settings.steps);
        dut_.write(REGISTER_THRESHOLD, static_cast<uint32_t>(settings.threshold));
        dut_.write(REGISTER_MEMBRANE_START, static_cast<uint32_t>(settings.membrane_start));
        dut_.write(REGISTER_LEAK, settings.leak);
        neurons_.assign(hardware.outputs, Neuron(hardware, settings));
        uint64_t wrong = 0;
        const uint64_t clocks = dut_.review(
            [&](uint64_t number) {
                for (uint32_t output = 0; output < hardware.outputs; output++) {
                    const auto phase = static_cast<uint32_t>(number % hardware.phases);
                    const int32_t code = codes(number / hardware.phases, phase, output);
                    dut_.set_code(output, code);
                    neurons_[output].add(code, phase == 0, phase == hardware.phases - 1);
                }
            },
            [&](uint64_t number) {
                for (uint32_t output = 0; output < hardware.outputs && wrong < 5; output++) {
                    const Neuron &neuron = neurons_[output];
                    const int64_t membrane = dut_membrane(dut_.get(), output);
                    const bool spike = dut_spike(dut_.get(), output);
                    if (membrane != neuron.membrane() || spike != neuron.spike()) {
                        wrong++;
                        ADD_FAILURE() << "phase number " << number << ", output " << output << ": V "
                                      << membrane << ", expected " << neuron.membrane() << "; spike " << spike
                                      << ", expected " << neuron.spike();
                    }
                }
            });
        EXPECT_EQ(clocks, uint64_t{settings.steps} * hardware.phases + 2);
        EXPECT_EQ(dut_.phases(), uint64_t{settings.steps} * hardware.phases);
        EXPECT_EQ(dut_.read(REGISTER_CLOCKS), clocks);
        for (uint32_t output = 0; output < hardware.outputs; output++) {
            EXPECT_EQ(dut_.read(REGISTER_COUNT + 4 * output), neurons_[output].count())
                << "output " << output;
            EXPECT_EQ(membrane_register(dut_, output), neurons_[output].membrane()) << "output " << output;
        }
    }
    int32_t smallest_code() const
    {
        return -largest_code() - static_cast<int32_t>(GetParam()->tiles);
    }
    int32_t largest_code() const
    {
        return dut_.largest_code();
    }

    Dut dut_{GetParam()};
    std::vector<Neuron> neurons_;
};

TEST_P(Lif, SubtractsTheThresholdOneStepAfterTheSpike)
{
    // All of a step's current in its first phase: 5 a step against a threshold of 12.
    const uint32_t first_phase_only[] = {5, 10, 15, 8, 13, 6, 11, 16};
    const bool spikes[] = {false, false, true, false, true, false, false, true};
    Settings settings;
    settings.threshold = 12;
    for (uint32_t steps = 1; steps <= 8; steps++) {
        settings.steps = steps;
        compare(settings, [](uint64_t, uint32_t phase, uint32_t) { return phase == 0 ? 5 : 0; });
        // The reference is held against numbers worked out by hand.
        ASSERT_EQ(neurons_[0].membrane(), first_phase_only[steps - 1]);
        ASSERT_EQ(neurons_[0].spike(), spikes[steps - 1]);
    }
}

TEST_P(Lif, DoesNotSpikeAtTheThreshold)
{
    for (const int32_t threshold : {0, 1, 100 << CODE_FRACTION, -1, -77}) {
        Settings settings;
        settings.threshold = threshold;
        settings.membrane_start = threshold;
        settings.steps = 3;
        compare(settings, [](uint64_t, uint32_t, uint32_t) { return 0; });
        for (const Neuron &neuron : neurons_) {
            ASSERT_EQ(neuron.count(), 0u);
        }
        // One unit more is a spike in the first step; for a positive threshold it is the only one.
        settings.membrane_start = threshold + 1;
        compare(settings, [](uint64_t, uint32_t, uint32_t) { return 0; });
        for (const Neuron &neuron : neurons_) {
            ASSERT_EQ(neuron.count(), threshold > 0 ? 1u : 3u);
        }
    }
}

TEST_P(Lif, RandomSettingsAndCodes)
{
    Random random(1);
    for (int round = 0; round < 60; round++) {
        Settings settings;
        settings.steps = static_cast<uint32_t>(random.between(1, 200));
        const auto magnitude = static_cast<uint32_t>(random.between(1, 31));
        settings.threshold = static_cast<int32_t>(random.bits()) >> magnitude;
        settings.membrane_start = static_cast<int32_t>(random.bits()) >> random.between(0, 31);
        settings.leak = random.chance(0.5) ? static_cast<uint32_t>(random.between(1, 31)) : 0;
        const bool negative_codes = random.chance(0.3);
        compare(settings, [&](uint64_t, uint32_t, uint32_t) {
            return static_cast<int32_t>(random.between(negative_codes ? smallest_code() : 0, largest_code()));
        });
        if (HasFailure()) {
            FAIL() << "round " << round;
        }
    }
}

TEST_P(Lif, LeakOfEverySize)
{
    Random random(2);
    for (uint32_t leak = 0; leak <= 31; leak++) {
        for (const int32_t start : {INT32_MAX, INT32_MIN, 4095, -4095, 1, -1}) {
            Settings settings;
            settings.steps = 12;
            settings.leak = leak;
            settings.membrane_start = start;
            settings.threshold = 50 << CODE_FRACTION;
            compare(settings, [&](uint64_t, uint32_t, uint32_t) {
                return static_cast<int32_t>(random.between(0, 3 << CODE_FRACTION));
            });
        }
    }
}

TEST_P(Lif, ThresholdAndStartAtTheirLimits)
{
    for (const int32_t threshold : {INT32_MIN, -1, 0, 1, INT32_MAX}) {
        for (const int32_t start : {INT32_MIN, -1, 0, 1, INT32_MAX}) {
            for (const bool up : {false, true}) {
                Settings settings;
                settings.steps = 30;
                settings.threshold = threshold;
                settings.membrane_start = start;
                compare(settings,
                        [&](uint64_t, uint32_t, uint32_t) { return up ? largest_code() : smallest_code(); });
            }
        }
    }
}

// The reset with a negative threshold adds: 2^31 a step drives V up against its limit, where it stays.
TEST_P(Lif, StopsAtTheLargestValue)
{
    Settings settings;
    settings.steps = 200;
    settings.threshold = INT32_MIN;
    settings.membrane_start = INT32_MAX;
    compare(settings, [&](uint64_t, uint32_t, uint32_t) { return largest_code(); });
    for (const Neuron &neuron : neurons_) {
        EXPECT_TRUE(neuron.saturated_up());
        EXPECT_EQ(neuron.membrane(), (INT64_C(1) << (GetParam()->membrane_bits - 1)) - 1);
    }
    // And it comes down again from there: a lower code, and a leak.
    settings.leak = 2;
    settings.steps = 100;
    compare(settings,
            [&](uint64_t step, uint32_t, uint32_t) { return step < 50 ? largest_code() : -largest_code(); });
}

// Width of V: 65,535 steps of the largest and the smallest codes, from the farthest start, never reach a
// limit, so nothing but a negative threshold saturates, and nothing saturates downwards.
TEST_P(Lif, LongestReviewOfTheLargestCodes)
{
    Settings settings;
    settings.steps = MAX_STEPS;
    settings.threshold = INT32_MAX;
    settings.membrane_start = INT32_MAX;
    compare(settings, [&](uint64_t, uint32_t, uint32_t) { return largest_code(); });
    EXPECT_FALSE(neurons_[0].saturated_up());
    settings.membrane_start = INT32_MIN;
    compare(settings, [&](uint64_t, uint32_t, uint32_t) { return smallest_code(); });
    for (const Neuron &neuron : neurons_) {
        EXPECT_FALSE(neuron.saturated_down());
        EXPECT_EQ(neuron.count(), 0u);
    }
}

TEST_P(Lif, CountsASpikeInEveryStepOfTheLongestReview)
{
    Settings settings;
    settings.steps = MAX_STEPS;
    settings.threshold = 1;
    compare(settings, [&](uint64_t, uint32_t, uint32_t output) { return static_cast<int32_t>(2 + output); });
    for (const Neuron &neuron : neurons_) {
        EXPECT_EQ(neuron.count(), static_cast<uint32_t>(MAX_STEPS));
    }
}

TEST_P(Lif, OneStep)
{
    for (const int32_t code : {0, 1, 2, largest_code()}) {
        Settings settings;
        settings.threshold = 1;
        compare(settings, [&](uint64_t, uint32_t, uint32_t) { return code; });
    }
}

// A step needs the sum over all of its phases: one unit below the threshold in each but the last phase.
TEST_P(Lif, ComparesOnlyAfterTheLastPhase)
{
    const auto phases = static_cast<int32_t>(GetParam()->phases);
    Settings settings;
    settings.steps = 50;
    settings.threshold = 1000;
    // Above the threshold in the middle of each step, and back below it at the end.
    compare(settings, [&](uint64_t, uint32_t phase, uint32_t) {
        if (phases == 1) {
            return 0;
        }
        return static_cast<int32_t>(phase) == phases - 1 ? -5000 : phase == 0 ? 5000 : 0;
    });
    for (const Neuron &neuron : neurons_) {
        EXPECT_EQ(neuron.count(), 0u);
    }
}

TEST_P(Lif, OutputsAreIndependent)
{
    Settings settings;
    settings.steps = 500;
    settings.threshold = 10 << CODE_FRACTION;
    compare(settings, [](uint64_t step, uint32_t phase, uint32_t output) {
        return static_cast<int32_t>((output + 1) * 700 + phase * 13 + step % 7);
    });
    for (uint32_t output = 1; output < GetParam()->outputs; output++) {
        EXPECT_GT(neurons_[output].count(), neurons_[output - 1].count());
    }
}

// A review of no steps is over at once and leaves the start value.
TEST_P(Lif, NoSteps)
{
    Settings settings;
    settings.steps = 0;
    settings.membrane_start = -123;
    compare(settings, [](uint64_t, uint32_t, uint32_t) { return 1; });
}

// Between reviews nothing moves, whatever the codes are.
TEST_P(Lif, HoldsBetweenReviews)
{
    Settings settings;
    settings.steps = 5;
    settings.threshold = 100;
    compare(settings, [](uint64_t, uint32_t, uint32_t) { return 60; });
    for (int clock = 0; clock < 20; clock++) {
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            dut_.set_code(output, largest_code());
        }
        dut_.clock();
        EXPECT_EQ(dut_membrane(dut_.get(), 0), neurons_[0].membrane());
        EXPECT_EQ(dut_spike(dut_.get(), 0), neurons_[0].spike());
    }
    EXPECT_EQ(dut_.read(REGISTER_COUNT), neurons_[0].count());
}

INSTANTIATE_TEST_SUITE_P(Hardware, Lif, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
