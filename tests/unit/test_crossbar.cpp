// SPDX-License-Identifier: Apache-2.0
/* What the crossbar senses: codes, their noise, the column ADC, pairs of columns. */
#include "model/base/vector.h"
#include "support/crossbar.h"
#include "support/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace
{

using support::Array;
using support::correlation;
using support::Crossbar;
using support::distance_from_uniform;
using support::Random;
using support::uniform_limit;

TEST_P(Crossbar, CodeIsTheSumOfTheWeights)
{
    const struct hardware &hardware = *GetParam();
    Random random(50);
    Array array = open({1, 0, 0, 0, 0, 0, 0});
    for (int round = 0; round < 20; round++) {
        const std::vector<double> resistances = random_resistances(random);
        crossbar_set_resistances(array.get(), resistances.data());
        crossbar_prepare(array.get());
        for (int pattern = 0; pattern < 50; pattern++) {
            const std::vector<uint32_t> rows = random_rows(random, pattern / 49.0);
            for (uint32_t phase = 0; phase < hardware.phases; phase++) {
                const std::vector<int32_t> codes = sense(array, 0, 0, phase, rows);
                for (uint32_t code = 0; code < hardware.codes; code++) {
                    const uint32_t output = code / hardware.tiles;
                    double sum = 0;
                    for (uint32_t i = 0; i < hardware.tile_rows; i++) {
                        const uint32_t lane = code % hardware.tiles * hardware.tile_rows + i;
                        const uint32_t device =
                            hardware_device(&hardware, phase * hardware.lanes + lane, output);
                        const bool on = (rows[lane / 32] >> (lane % 32) & 1) != 0;
                        sum += on ? sensed_weight(resistances[device]) : 0;
                        if (on && hardware.sides > 1) {
                            sum -= sensed_weight(resistances[device + hardware.lanes]);
                        }
                    }
                    const double exact = sum * (1 << CODE_FRACTION);
                    // Each weight is rounded to 30 bits, which matters on a boundary between two codes only.
                    const double slack = hardware.devices * 0x1p-31 * (1 << CODE_FRACTION);
                    ASSERT_GE(codes[code], std::floor(exact - slack + 0.5));
                    ASSERT_LE(codes[code], std::floor(exact + slack + 0.5));
                }
            }
        }
    }
}

TEST_P(Crossbar, LimitsOfTheCode)
{
    Array array = open({1, 0, 0, 0, 0, 0, 0});
    crossbar_set_resistances(array.get(), equal_weights(1.5).data());
    crossbar_prepare(array.get());
    const auto rows = static_cast<int32_t>(GetParam()->tile_rows);
    const bool pairs = GetParam()->sides > 1;
    EXPECT_EQ(sense(array, 0, 0, 0, first_rows(GetParam()->lanes))[0],
              pairs ? std::min(rows * 3 << (CODE_FRACTION - 1), (1 << (GetParam()->tile_code_bits - 1)) - 1)
                    : rows << CODE_FRACTION);
    EXPECT_EQ(sense(array, 0, 0, 0, first_rows(0))[0], 0);
    EXPECT_LT(rows << CODE_FRACTION, 1 << (GetParam()->tile_code_bits - 1));
    crossbar_set_resistances(array.get(), equal_weights(-0.5).data());
    crossbar_prepare(array.get());
    EXPECT_NEAR(sense(array, 0, 0, 0, first_rows(GetParam()->lanes))[0],
                pairs ? std::ldexp(-reference() * rows, CODE_FRACTION) : 0, pairs ? 1 : 0);
    if (pairs) { // stuck at a wire: as far as the amplifier goes, and then the code
        crossbar_set_resistances(array.get(), equal_weights(20).data());
        crossbar_prepare(array.get());
        const auto most =
            static_cast<int32_t>(std::lround(std::ldexp((2 - reference()) * rows, CODE_FRACTION)));
        EXPECT_NEAR(sense(array, 0, 0, 0, first_rows(GetParam()->lanes))[0],
                    std::min(most, (1 << (GetParam()->tile_code_bits - 1)) - 1), 1);
    }
}

TEST_P(Crossbar, BitsBeyondTheRowsDoNothing)
{
    const uint32_t lanes = GetParam()->lanes;
    Random random(51);
    for (const double noise : {0.0, 0.1}) {
        Array array = open({1, noise, 0, 0, 0, 0, 0});
        crossbar_set_resistances(array.get(), equal_weights(0.7).data());
        crossbar_prepare(array.get());
        std::vector<uint32_t> rows = random_rows(random, 0.5);
        const std::vector<int32_t> codes = sense(array, 3, 4, 0, rows);
        for (uint32_t row = lanes; row < 32 * rows.size(); row++) {
            rows[row / 32] |= 1u << (row % 32);
        }
        EXPECT_EQ(sense(array, 3, 4, 0, rows), codes);
    }
}

TEST_P(Crossbar, NoiseBelongsToReviewStepAndDevice)
{
    const struct hardware &hardware = *GetParam();
    Random random(52);
    Array array = open({7, 0.1, 0, 0, 0, 0, 0});
    Array same = open({7, 0.1, 0, 0, 0, 0, 0});
    Array other = open({8, 0.1, 0, 0, 0, 0, 0});
    for (const Array *each : {&array, &same, &other}) {
        crossbar_set_resistances(each->get(), equal_weights(0.5).data());
        crossbar_prepare(each->get());
    }
    struct Call {
        uint32_t review, step, phase;
        std::vector<uint32_t> rows;
        std::vector<int32_t> codes;
    };
    std::vector<Call> calls;
    std::set<std::vector<int32_t>> different;
    for (uint32_t review = 0; review < 10; review++) {
        for (uint32_t step = 0; step < 10; step++) {
            for (uint32_t phase = 0; phase < hardware.phases; phase++) {
                Call call = {review, step, phase, first_rows(hardware.lanes), {}};
                call.codes = sense(array, review, step, phase, call.rows);
                different.insert(call.codes);
                calls.push_back(call);
            }
        }
    }
    // Any order, another crossbar, verify reads in between: the same codes. Another seed: others.
    for (size_t i = calls.size(); i > 1; i--) {
        std::swap(calls[i - 1], calls[random.below(i)]);
    }
    size_t equal = 0;
    for (const Call &call : calls) {
        (void) crossbar_read(same.get(), 0);
        ASSERT_EQ(sense(same, call.review, call.step, call.phase, call.rows), call.codes);
        equal += sense(other, call.review, call.step, call.phase, call.rows) == call.codes ? 1 : 0;
    }
    EXPECT_LT(equal, calls.size() / 20);
    EXPECT_GT(different.size(), calls.size() / 2);
}

TEST_P(Crossbar, NoiseIsTheSameOnEveryProcessor)
{
    const struct hardware &hardware = *GetParam();
    std::vector<std::vector<int32_t>> codes;
    for (const enum vector_unit unit : {VECTOR_UNIT_NONE, VECTOR_UNIT_256, VECTOR_UNIT_512}) {
        vector_unit_limit(unit);
        Array array = open({11, 0.1, 0, 0, 0, 0, 0});
        crossbar_prepare(array.get()); // of fresh devices, all of them different
        Random random(58);
        std::vector<int32_t> all;
        for (uint32_t step = 0; step < 200; step++) {
            std::vector<uint32_t> rows(hardware.lanes / 32 + 1);
            for (uint32_t &word : rows) {
                word = static_cast<uint32_t>(random.bits());
            }
            const std::vector<int32_t> sensed = sense(array, 3, step, step % hardware.phases, rows);
            all.insert(all.end(), sensed.begin(), sensed.end());
        }
        codes.push_back(all);
    }
    EXPECT_EQ(codes[0], codes[1]);
    EXPECT_EQ(codes[0], codes[2]);
}

TEST_P(Crossbar, InferenceNoiseIsUniform)
{
    const struct hardware &hardware = *GetParam();
    const double noise = 0.2;
    Array array = open({9, noise, 0, 0, 0, 0, 0});
    const double weight = 0.5;
    const double resistance = device_resistance(device_.get(), weight);
    const uint32_t steps = 400;
    const std::vector<uint32_t> every_row = first_rows(hardware.lanes);
    // All rows spike, but only one device at a time has a weight. Every device by itself, the draws of all of
    // them together; and each against the next device, step and review.
    std::vector<double> all;
    std::vector<std::vector<double>> by_device;
    for (uint32_t row = 0; row < hardware.tile_rows; row++) {
        std::vector<double> draws;
        std::vector<double> resistances(hardware.devices, 1e9);
        resistances[row] = resistance;
        crossbar_set_resistances(array.get(), resistances.data());
        crossbar_prepare(array.get());
        for (uint32_t step = 0; step < steps; step++) {
            const int32_t code = sense(array, step / 20, step % 20, 0, every_row)[0];
            ASSERT_GE(code, 0);
            ASSERT_LE(code, 1 << CODE_FRACTION);
            const double above = hardware.sides > 1 ? reference() : 0;
            const double reading = device_resistance(device_.get(), std::ldexp(code, -CODE_FRACTION) - above);
            const double u = (reading / resistance - 1) / noise;
            ASSERT_LT(std::fabs(u), 1.003); // a code's rounding is 0.2 % of the noise
            draws.push_back((u + 1) / 2);
        }
        all.insert(all.end(), draws.begin(), draws.end());
        by_device.push_back(draws);
    }
    const double mean = std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
    EXPECT_NEAR(mean, 0.5, 4 / std::sqrt(12.0 * static_cast<double>(all.size())) + 0.001);
    EXPECT_LT(distance_from_uniform(all), uniform_limit(all.size()) + 0.001);
    for (size_t a = 0; a < by_device.size(); a++) {
        for (size_t b = 0; b < a; b++) {
            ASSERT_LT(std::fabs(correlation(by_device[a], by_device[b])),
                      5 / std::sqrt(static_cast<double>(steps)));
        }
        const std::vector<double> now(by_device[a].begin(), by_device[a].end() - 20);
        const std::vector<double> next_step(by_device[a].begin() + 1, by_device[a].end() - 19);
        const std::vector<double> next_review(by_device[a].begin() + 20, by_device[a].end());
        ASSERT_LT(std::fabs(correlation(now, next_step)), 0.25);
        ASSERT_LT(std::fabs(correlation(now, next_review)), 0.25);
    }
}

TEST_P(Crossbar, NoisyWeightsAreClamped)
{
    if (GetParam()->sides > 1) {
        return; // without a reference there is no such end
    }
    Array array = open({10, 0.5, 0, 0, 0, 0, 0});
    for (const double weight : {0.0, 0.02, 0.98, 1.0}) {
        crossbar_set_resistances(array.get(), equal_weights(weight).data());
        crossbar_prepare(array.get());
        int32_t lowest = 1 << CODE_FRACTION;
        int32_t highest = 0;
        for (uint32_t step = 0; step < 500; step++) {
            const int32_t code = sense(array, 0, step, 0, one_row(step % GetParam()->tile_rows))[0];
            lowest = std::min(lowest, code);
            highest = std::max(highest, code);
        }
        EXPECT_GE(lowest, 0);
        EXPECT_LE(highest, 1 << CODE_FRACTION);
        // The limit itself is reached from both of these ends.
        if (weight < 0.5) {
            EXPECT_EQ(lowest, 0);
        } else {
            EXPECT_EQ(highest, 1 << CODE_FRACTION);
        }
    }
}

TEST_P(Crossbar, ConverterHasItsLevelsAndSaturates)
{
    const struct hardware &hardware = *GetParam();
    for (const uint32_t bits : {1u, 2u, 3u, 6u, 10u, 16u}) {
        for (const double full_scale : {0.0, 4.0, 2.5}) {
            SCOPED_TRACE(std::to_string(bits) + " bits, full scale " + std::to_string(full_scale));
            Array array = open({13, 0, bits, full_scale, 0, 0, 0});
            if (hardware.sides > 1 && bits == 1) {
                continue; // nothing but the sign
            }
            // One bit is the sign's where there is one.
            const uint32_t magnitude = bits - (hardware.sides - 1);
            const double largest = full_scale > 0 ? full_scale : hardware.tile_rows;
            const double step = largest / (std::pow(2.0, magnitude) - 1);
            std::set<int32_t> levels;
            int32_t previous = 0;
            for (int tenth = 0; tenth <= 10; tenth++) {
                crossbar_set_resistances(array.get(), equal_weights(tenth / 10.0).data());
                crossbar_prepare(array.get());
                previous = 0;
                for (uint32_t rows = 0; rows <= hardware.tile_rows; rows++) {
                    const int32_t code = sense(array, 0, 0, 0, first_rows(rows))[0];
                    ASSERT_GE(code, previous); // monotone
                    previous = code;
                    levels.insert(code);
                    // Half a level, and half a code.
                    const double sum = std::min(rows * tenth / 10.0, largest);
                    ASSERT_NEAR(std::ldexp(code, -CODE_FRACTION), sum, step / 2 + 0x1p-13 + 1e-6);
                    // Nothing but whole levels.
                    const double level = std::ldexp(code, -CODE_FRACTION) / step;
                    ASSERT_NEAR(level, std::round(level), 0x1p-13 / step + 1e-9);
                }
            }
            EXPECT_LE(levels.size(), size_t{1} << magnitude);
            if (magnitude <= 2 || (magnitude == 3 && hardware.tile_rows > 5)) {
                EXPECT_EQ(levels.size(), size_t{1} << magnitude);
            }
            EXPECT_EQ(*levels.begin(), 0);
            EXPECT_EQ(*levels.rbegin(), std::lround(largest * (1 << CODE_FRACTION)));
        }
    }
}

/* What is subtracted: with the columns of every pair exchanged the codes change their sign, and with equal
 * columns nothing is left but noise. */
TEST_P(Crossbar, PairsAreSensedAsADifference)
{
    const struct hardware &hardware = *GetParam();
    if (hardware.sides == 1) {
        return; // no pairs
    }
    Random random(59);
    const std::vector<double> resistances = random_resistances(random);
    std::vector<double> exchanged(resistances);
    std::vector<double> equal(resistances);
    for (uint32_t d = 0; d < hardware.devices; d++) {
        const bool second = d / hardware.lanes % 2 == 1;
        exchanged[d] = resistances[second ? d - hardware.lanes : d + hardware.lanes];
        equal[d] = resistances[second ? d - hardware.lanes : d];
    }
    const std::vector<uint32_t> rows = first_rows(hardware.lanes);
    for (const uint32_t bits : {0u, 9u}) {
        Array array = open({1, 0, bits, 0, 0, 0, 0});
        const auto codes = [&](const std::vector<double> &of) {
            crossbar_set_resistances(array.get(), of.data());
            crossbar_prepare(array.get());
            return sense(array, 0, 0, 0, rows);
        };
        const std::vector<int32_t> one = codes(resistances);
        const std::vector<int32_t> other = codes(exchanged);
        for (uint32_t code = 0; code < hardware.codes; code++) {
            EXPECT_NEAR(one[code], -other[code], 1) << bits; // halves are rounded up
            EXPECT_NE(one[code], 0);
        }
        for (const int32_t code : codes(equal)) {
            EXPECT_EQ(code, 0);
        }
    }
    Array noisy = open({1, 0.1, 0, 0, 0, 0, 0});
    crossbar_set_resistances(noisy.get(), equal.data());
    crossbar_prepare(noisy.get());
    int32_t lowest = 0;
    int32_t highest = 0;
    for (uint32_t step = 0; step < 50; step++) {
        const int32_t code = sense(noisy, 0, step, 0, rows)[0];
        lowest = std::min(lowest, code);
        highest = std::max(highest, code);
    }
    EXPECT_LT(lowest, 0);
    EXPECT_GT(highest, 0);
}

INSTANTIATE_TEST_SUITE_P(Hardware, Crossbar, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
