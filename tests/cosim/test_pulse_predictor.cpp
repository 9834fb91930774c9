// SPDX-License-Identifier: Apache-2.0
/* The pulse predictor in the RTL: which pulse it chooses, to the last bit, and how near that is to the closed
 * form. */
#include "model/device/prediction.h"
#include "support/write_verify.h"

#include <algorithm>
#include <cmath>

namespace
{

using namespace write_verify_support;

/* Asked by way of writings, which show what it chose. */
class PulsePredictor : public WriteVerify
{
};

TEST_P(PulsePredictor, FirstOfEquals)
{
    Writing writing = all_devices(fixed(5000));
    const Entry entry = {true, 3, 1u << 18, fixed(2000)};
    writing.table.assign(PULSE_ENTRIES, entry);
    writing.table[0].width = 0; // no width: left out
    for (uint32_t i = 1; i < PULSE_ENTRIES; i++) {
        writing.table[i].width = i;
    }
    writing.max_pulses = 1;
    const Outcome outcome = run(
        writing, [](uint32_t) { return fixed(9000); },
        [](uint32_t, const Entry &entry) { EXPECT_EQ(entry.width, 1u); });
    EXPECT_EQ(outcome.pulses, GetParam()->devices);
}

/* A reading that the entry moves. */
uint32_t random_reading(const Entry &entry, Random &random)
{
    return static_cast<uint32_t>(entry.negative ? random.between(entry.asymptote, resistance_mask)
                                                : random.between(1, entry.asymptote));
}

/* For each bit of the quotient, of many readings the one with which the division comes closest to a tie
 * there: where twice the remainder is just the denominator, or just not, a wrong bit in the divider shows. */
std::vector<uint32_t> readings_near_ties(const Entry &entry, Random &random)
{
    constexpr int quotient_bits = 24;
    std::vector<uint32_t> readings(quotient_bits);
    std::vector<uint64_t> gaps(quotient_bits, UINT64_MAX);
    for (int candidate = 0; candidate < 20000; candidate++) {
        const uint32_t reading = random_reading(entry, random);
        const uint64_t difference = distance(entry.asymptote, reading);
        const uint64_t denominator = (1u << 24) + (entry.rate * difference >> 20);
        uint64_t remainder = difference;
        for (size_t bit = 0; bit < quotient_bits; bit++) {
            remainder *= 2;
            const uint64_t gap = remainder > denominator ? remainder - denominator : denominator - remainder;
            if (gap < gaps[bit]) {
                gaps[bit] = gap;
                readings[bit] = reading;
            }
            remainder -= remainder >= denominator ? denominator : 0;
        }
    }
    return readings;
}

// Pins the RTL's prediction down through what it chooses: with a single entry, a target just beyond the
// middle between R and the prediction gets the pulse, and one just before it does not.
TEST_P(PulsePredictor, PredictionToTheLastBit)
{
    Random random(6);
    const struct hardware &hardware = *GetParam();
    uint64_t pulses = 0;
    uint64_t stalls = 0;
    const uint32_t rounds = std::max(30u, 3000 / hardware.devices);
    for (uint32_t round = 0; round < rounds && !HasFailure(); round++) {
        Entry entry = random_entry(random);
        entry.width = 1;
        Writing writing = all_devices(0);
        writing.table = {entry};
        writing.max_pulses = 1;
        std::vector<uint32_t> readings(hardware.devices);
        const std::vector<uint32_t> near_ties = readings_near_ties(entry, random);
        for (uint32_t device = 0; device < hardware.devices; device += 2) {
            // Two devices with the same reading, on either side of the boundary.
            const uint32_t reading =
                device / 2 < near_ties.size() ? near_ties[device / 2] : random_reading(entry, random);
            const uint32_t middle = static_cast<uint32_t>((uint64_t{reading} + predict(entry, reading)) / 2);
            readings[device] = readings[device + 1] = reading;
            writing.targets[device] = middle;
            writing.targets[device + 1] = middle + 1;
        }
        const Outcome outcome =
            run(writing, [&](uint32_t device) { return readings[device]; }, [](uint32_t, const Entry &) {});
        pulses += outcome.pulses;
        stalls += outcome.endings[stalled];
    }
    EXPECT_GT(pulses, 1000u);
    EXPECT_GT(stalls, 1000u);
}

/* An entry and a reading for which, in the divider's step `step`, twice the remainder is the denominator plus
 * `gap` (1 or -1): a wrong bit anywhere before shows. The denominator d is odd, and half of d + gap times
 * 2^-step, modulo d, is the difference to read. */
bool tie(Random &random, size_t step, int gap, Entry &entry, uint32_t &reading)
{
    for (int tries = 0; tries < 100000; tries++) {
        const auto denominator =
            static_cast<uint64_t>(random.between(1 << 24, (1 << 26) - 1)) | 1; // 24 fraction bits
        uint64_t difference = (denominator + static_cast<uint64_t>(gap)) / 2;
        for (size_t i = 0; i < step; i++) {
            difference = (difference % 2 == 0 ? difference : difference + denominator) / 2;
        }
        if (difference < 4096 || difference > resistance_mask - (2000u << RESISTANCE_FRACTION)) {
            continue;
        }
        const uint64_t rate = (((denominator - (1u << 24)) << 20) + difference - 1) / difference;
        if (rate <= UINT32_MAX && (rate * difference >> 20) + (1u << 24) == denominator) {
            entry = {true, 1, static_cast<uint32_t>(rate), 2000u << RESISTANCE_FRACTION};
            reading = entry.asymptote + static_cast<uint32_t>(difference);
            return true;
        }
    }
    return false;
}

TEST_P(PulsePredictor, PredictionAtTies)
{
    Random random(9);
    for (size_t step = 0; step < 24; step++) {
        for (const int gap : {-1, 1}) {
            for (int round = 0; round < 4; round++) {
                Entry entry;
                uint32_t reading = 0;
                ASSERT_TRUE(tie(random, step, gap, entry, reading)) << step;
                Writing writing = all_devices(0);
                writing.table = {entry};
                writing.max_pulses = 1;
                const auto middle = static_cast<uint32_t>((uint64_t{reading} + predict(entry, reading)) / 2);
                writing.targets[0] = middle;
                writing.targets[1] = middle + 1;
                writing.last = 1;
                run(writing, [&](uint32_t) { return reading; }, [](uint32_t, const Entry &) {});
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Hardware, PulsePredictor, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

// How far can the fixed-point prediction lie from the closed form in double precision?
//   - cutting the denominator D > D' > D - 2^-24:  0 <= u / D' - u / D < u 2^-24 / D'^2 <= 2^-8 ohm, as u <
//   2^16 ohm
//   - the quotient's floor takes less than 2^-8 ohm away, with the opposite sign
//     so both together stay within 2^-8 ohm;
//   - k t is rounded to 2^-36 / ohm, so is off by at most 2^-37; du'/d(k t) = u'^2 in size;
//   - R and r are rounded to 2^-8 ohm, so are off by at most 2^-9; R' is a mean of them with weights that add
//   up to 1.
// With the paper's pulses, where u < 17,000 ohm, the term of k t stays below 2^-37 x 17,000^2 = 0.0021 ohm.
TEST(Prediction, AgreesWithDoublePrecision)
{
    Random random(7);
    const support::Device device = support::paper_device();
    double largest = 0;
    for (int state = 0; state < 200000; state++) {
        struct pulse pulse;
        const bool from_paper = state % 2 == 0;
        if (from_paper) {
            const struct pulse_table &table = device->pulses[random.below(2)];
            pulse = table.pulses[random.below(table.count)];
        } else {
            struct error error = {};
            pulse.width_us = static_cast<uint32_t>(random.between(1, 5000));
            pulse.voltage = random.chance(0.5) ? random.uniform(0.5, 1.7) : random.uniform(-1.26, -0.5);
            ASSERT_EQ(pulse_prepare(&device->switching, 2230, 18913, "here", &pulse, &error), STATUS_OK)
                << error.message;
        }
        const bool negative = pulse.voltage < 0;
        const double highest = negative ? (from_paper ? 19000.0 : 65000.0) : pulse.asymptote;
        const double resistance =
            negative ? random.uniform(pulse.asymptote, highest) : random.uniform(1, highest);
        const Entry entry = {negative, pulse.width_us, pulse.rate_fixed, pulse.asymptote_fixed};
        const double exact = memristor_after(resistance, &pulse, pulse.width_us * 1e-6);
        const double left = std::fabs(exact - pulse.asymptote);
        const double bound = 0x1p-8 + 0x1p-37 * left * left + 0x1p-9 + 1e-9;
        const uint32_t reading = fixed(resistance);
        if (reading == entry.asymptote) {
            continue;
        }
        const double error = std::fabs(std::ldexp(predict(entry, reading), -RESISTANCE_FRACTION) - exact);
        ASSERT_LE(error, bound) << resistance << " ohm, " << pulse.voltage << " V, " << pulse.width_us
                                << " us";
        if (from_paper) {
            largest = std::max(largest, error);
        }
    }
    // In all, for the paper's pulses: well below a hundredth of an ohm.
    EXPECT_LT(largest, 2.0 / 256 + 0.0021);
    EXPECT_GT(largest, 1.0 / 512);
}

} // namespace
