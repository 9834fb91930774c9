// SPDX-License-Identifier: Apache-2.0
/* Predict-write-verify in the RTL, clock by clock, against an independent reference: its endings, its counts,
 * its limits. */
#include "support/write_verify.h"

#include <algorithm>
#include <cmath>

namespace
{

using namespace write_verify_support;

std::vector<Entry> random_table(Random &random, size_t count)
{
    std::vector<Entry> table;
    while (table.size() < count) {
        // Equal predictions: the first of them is to win.
        if (!table.empty() && random.chance(0.25)) {
            table.push_back(table[random.below(table.size())]);
            table.back().width = static_cast<uint32_t>(random.between(0, 20));
        } else {
            table.push_back(random_entry(random));
        }
    }
    return table;
}

std::vector<Entry> paper_table()
{
    const support::Device device = support::paper_device();
    std::vector<Entry> table;
    for (uint32_t i = 0; i < device->pulses[0].count; i++) {
        const struct pulse &pulse = device->pulses[0].pulses[i];
        table.push_back({pulse.voltage < 0, pulse.width_us, pulse.rate_fixed, pulse.asymptote_fixed});
    }
    return table;
}

TEST_P(WriteVerify, RandomWritings)
{
    const struct hardware &hardware = *GetParam();
    uint64_t endings[4] = {};
    for (uint64_t seed = 0; seed < 120 && !HasFailure(); seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        Writing writing;
        writing.table = random_table(random, 1 + random.below(PULSE_ENTRIES));
        const uint32_t tolerances[] = {0, 1, 83886, 167772, 1677722, resistance_mask};
        writing.tolerance =
            random.chance(0.1) ? tolerances[random.below(6)] : static_cast<uint32_t>(random.below(1 << 20));
        writing.max_pulses = random.chance(0.1)   ? 0
                             : random.chance(0.1) ? uint32_t{MAX_MAX_PULSES}
                                                  : static_cast<uint32_t>(random.between(1, 8));
        writing.reads_log2 = random.chance(0.5) ? 0 : static_cast<uint32_t>(random.below(8));
        writing.first = static_cast<uint32_t>(random.below(hardware.devices));
        writing.last =
            std::min(hardware.devices - 1, writing.first + static_cast<uint32_t>(random.below(24)));
        for (uint32_t device = 0; device < hardware.devices; device++) {
            writing.targets.push_back(random.chance(0.1) ? 0
                                      : random.chance(0.1)
                                          ? static_cast<uint32_t>(random.below(1 << RESISTANCE_BITS))
                                          : fixed(random.uniform(2200, 19000)));
        }
        // Devices that follow the entries' own closed form, clock by clock, read with noise.
        std::vector<double> resistances(hardware.devices);
        for (double &resistance : resistances) {
            resistance = random.uniform(1000, 25000);
        }
        const double noise = random.chance(0.5) ? random.uniform(0, 0.2) : 0;
        const Outcome outcome = run(
            writing,
            [&](uint32_t device) { return fixed(resistances[device] * (1 + noise * random.uniform(-1, 1))); },
            [&](uint32_t device, const Entry &entry) {
                const double asymptote = std::ldexp(entry.asymptote, -RESISTANCE_FRACTION);
                const double left = std::fabs(asymptote - resistances[device]);
                const bool moves = entry.negative == (resistances[device] > asymptote);
                const double rate =
                    std::ldexp(entry.rate, -PULSE_RATE_FRACTION) / (entry.width * hardware.clocks_per_us);
                const double change = left - left / (1 + rate * left);
                resistances[device] += !moves ? 0 : entry.negative ? -change : change;
            });
        for (int ending = 0; ending < 4; ending++) {
            endings[ending] += outcome.endings[ending];
        }
    }
    // All four endings have been seen, and often.
    EXPECT_GT(endings[untouched], 50u);
    EXPECT_GT(endings[converged], 50u);
    EXPECT_GT(endings[stalled], 50u);
    EXPECT_GT(endings[exhausted], 50u);
}

TEST_P(WriteVerify, EachEnding)
{
    const struct hardware &hardware = *GetParam();
    Writing writing = all_devices(fixed(5000));
    writing.table = paper_table();
    writing.max_pulses = 5;
    writing.tolerance = 1 << (TOLERANCE_FRACTION - 4);
    const Pulser nothing = [](uint32_t, const Entry &) {};

    // In tolerance at once: three clocks a device, and those in which the sequential hardware multiplies.
    const uint32_t product = hardware.sequential ? 24 : 0;
    Outcome outcome = run(writing, [](uint32_t) { return fixed(5001); }, nothing);
    EXPECT_EQ(outcome.endings[converged], hardware.devices);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), (3 + product) * hardware.devices);

    // A device that does not answer to its pulses runs out of them.
    outcome = run(writing, [](uint32_t) { return fixed(9000); }, nothing);
    EXPECT_EQ(outcome.endings[exhausted], hardware.devices);
    EXPECT_EQ(outcome.pulses, 5u * hardware.devices);

    // Targets beyond the asymptote, from a reading beyond it too: no pulse moves it.
    writing.targets.assign(hardware.devices, fixed(1000));
    outcome = run(writing, [](uint32_t) { return fixed(2000); }, nothing);
    EXPECT_EQ(outcome.endings[stalled], hardware.devices);
    EXPECT_EQ(outcome.pulses, 0u);

    // Left alone: two clocks a device.
    writing.targets.assign(hardware.devices, 0);
    outcome = run(writing, [](uint32_t) { return fixed(9000); }, nothing);
    EXPECT_EQ(outcome.endings[untouched], hardware.devices);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), (2 + product) * hardware.devices);
}

TEST_P(WriteVerify, RangeWhoseLastDeviceLiesBeforeItsFirst)
{
    Writing writing = all_devices(fixed(5000));
    writing.first = 7;
    run(writing, [](uint32_t) { return fixed(5000); }, [](uint32_t, const Entry &) {}, 3);
}

TEST_P(WriteVerify, NoPulsesAllowed)
{
    Writing writing = all_devices(fixed(5000));
    writing.table = paper_table();
    writing.max_pulses = 0;
    const Outcome outcome =
        run(writing, [](uint32_t) { return fixed(9000); }, [](uint32_t, const Entry &) {});
    EXPECT_EQ(outcome.endings[exhausted], GetParam()->devices);
}

TEST_P(WriteVerify, EmptyTableStallsAfterOneClock)
{
    Writing writing = all_devices(fixed(5000));
    writing.max_pulses = 5;
    const Outcome outcome =
        run(writing, [](uint32_t) { return fixed(9000); }, [](uint32_t, const Entry &) {});
    EXPECT_EQ(outcome.endings[stalled], GetParam()->devices);
    const uint32_t product = GetParam()->sequential ? 24 : 0;
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), (4 + product) * GetParam()->devices);
}

TEST_P(WriteVerify, AllSixtyThreePulses)
{
    Writing writing = all_devices(0);
    writing.targets[3] = fixed(5000);
    writing.table = {{true, 2, 100, fixed(2000)}};
    writing.max_pulses = MAX_MAX_PULSES;
    const Outcome outcome =
        run(writing, [](uint32_t) { return fixed(9000); }, [](uint32_t, const Entry &) {});
    EXPECT_EQ(outcome.pulses, 63u);
    EXPECT_EQ(dut_.read(REGISTER_RESULT + 4 * window(3)), 3u << 30 | 63u << 24 | fixed(9000));
}

TEST_P(WriteVerify, LongestPulse)
{
    Writing writing = all_devices(0);
    writing.targets[0] = fixed(5000);
    writing.table = {{true, 65535, 1u << 16, fixed(2000)}};
    writing.max_pulses = 1;
    uint64_t clocks = 0;
    run(writing, [](uint32_t) { return fixed(9000); }, [&](uint32_t, const Entry &) { clocks++; });
    EXPECT_EQ(clocks, UINT64_C(65535) * GetParam()->clocks_per_us);
}

// |target - R| / target <= tolerance, to the last unit: 2^-8 ohm on either side of both limits.
TEST_P(WriteVerify, ToleranceIsInclusive)
{
    Random random(5);
    const struct hardware &hardware = *GetParam();
    Writing writing = all_devices(0);
    writing.tolerance = 1 << (TOLERANCE_FRACTION - 5); // 1/32
    for (uint32_t &target : writing.targets) {
        target = static_cast<uint32_t>(random.between(1000, 4'000'000));
    }
    for (const int side : {-1, 1}) {
        for (const int beyond : {0, 1}) {
            const Outcome outcome = run(
                writing,
                [&](uint32_t device) {
                    const auto target = static_cast<int64_t>(writing.targets[device]);
                    return static_cast<uint32_t>(target + side * (target / 32 + beyond));
                },
                [](uint32_t, const Entry &) {});
            EXPECT_EQ(outcome.endings[beyond == 0 ? converged : exhausted], hardware.devices);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Hardware, WriteVerify, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
