// SPDX-License-Identifier: Apache-2.0
/* What the RTL's register port starts: what a host does while it runs, reset in the middle of it, one right
 * after the other, the longest, and those that end early. */
#include "support/register_port.h"

#include <algorithm>

namespace
{

using namespace register_port_support;

TEST_P(RegisterPort, WritesDuringAReviewAreErrorsAndChangeNothing)
{
    const std::vector<uint32_t> counts = review_counts(dut_);
    const auto before = settings();
    dut_.write(REGISTER_STEPS, 20000);
    dut_.write(REGISTER_CONTROL, 1);
    for (const Register &reg : map_) {
        for (uint32_t n = 0; n < std::min(reg.count, 20u); n++) {
            EXPECT_FALSE(dut_write(dut_.get(), reg.offset + 4 * n, 1)) << reg.name;
        }
        EXPECT_FALSE(dut_write(dut_.get(), REGISTER_CONTROL, 2));
        EXPECT_EQ(dut_.read(REGISTER_STATUS), 1u);
    }
    finish(dut_);
    EXPECT_EQ(dut_.read(REGISTER_STATUS), 0u);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), 20000u * GetParam()->phases + 2);
    dut_.write(REGISTER_STEPS, 200);
    EXPECT_EQ(settings(), before);
    EXPECT_EQ(review_counts_again(dut_), counts); // the rates are what they were
}

TEST_P(RegisterPort, WritesDuringAWritingAreErrorsAndChangeNothing)
{
    const auto results_of = [&] {
        finish(dut_);
        std::vector<uint32_t> results = {dut_.read(REGISTER_CLOCKS), dut_.read(REGISTER_PULSES),
                                         dut_.read(REGISTER_PULSE_TIME)};
        for (uint32_t device = 0; device < GetParam()->devices; device++) {
            results.push_back(dut_.read(REGISTER_RESULT + 4 * hardware_window_index(GetParam(), device)));
        }
        return results;
    };
    start_writing(dut_);
    const std::vector<uint32_t> undisturbed = results_of();
    const auto before = settings();
    EXPECT_EQ(undisturbed[1], 3 * GetParam()->devices);
    dut_.write(REGISTER_CONTROL, 2);
    for (const Register &reg : map_) {
        for (uint32_t n = 0; n < std::min(reg.count, 20u); n++) {
            EXPECT_FALSE(dut_write(dut_.get(), reg.offset + 4 * n, 1)) << reg.name;
        }
        EXPECT_EQ(dut_.read(REGISTER_STATUS), 2u);
    }
    EXPECT_EQ(results_of(), undisturbed);
    EXPECT_EQ(settings(), before);
    dut_.write(REGISTER_CONTROL, 2);
    EXPECT_EQ(results_of(), undisturbed); // targets and pulses are what they were
}

TEST_P(RegisterPort, ResetInTheMiddleOfAReview)
{
    const auto settings_of_fresh = settings();
    Dut fresh(GetParam());
    const std::vector<uint32_t> counts = review_counts(fresh);
    EXPECT_GT(counts[0], 0u);
    // From the first clock, which loads, to the last, which drains.
    for (const uint32_t clocks : {0u, 1u, 2u, 3u, 10u, 57u, 200 * GetParam()->phases + 1}) {
        review_counts(dut_);
        dut_.write(REGISTER_THRESHOLD, 1);
        dut_.write(REGISTER_ENCODER, 1);
        dut_.write(REGISTER_LEAK, 3);
        dut_.write(REGISTER_CONTROL, 1);
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            dut_.pins().codes[output] = 4096;
        }
        for (uint32_t clock = 0; clock < clocks; clock++) {
            dut_.clock();
        }
        EXPECT_TRUE(dut_.pins().busy);
        dut_.pins().reset = true;
        dut_.clock();
        expect_quiet();
        dut_.pins().reset = false;
        dut_.clock();
        expect_quiet();
        EXPECT_EQ(settings(), settings_of_fresh);
        EXPECT_EQ(review_counts(dut_), counts) << "after " << clocks << " clocks";
    }
}

TEST_P(RegisterPort, ResetInTheMiddleOfAPulse)
{
    Dut fresh(GetParam());
    const std::vector<uint32_t> counts = review_counts(fresh);
    start_writing(dut_);
    while (!dut_.pins().pulse) {
        dut_.clock();
    }
    for (int clock = 0; clock < 20; clock++) {
        dut_.clock();
    }
    ASSERT_TRUE(dut_.pins().pulse);
    dut_.pins().reset = true;
    dut_.clock();
    expect_quiet();
    dut_.pins().reset = false;
    for (int clock = 0; clock < 100; clock++) {
        dut_.clock();
        expect_quiet();
    }
    EXPECT_EQ(dut_.read(REGISTER_PULSES), 0u);
    EXPECT_EQ(dut_.read(REGISTER_PULSE_TIME), 0u);
    EXPECT_EQ(review_counts(dut_), counts);
    // And a whole writing is what it is on a fresh instance.
    std::vector<uint32_t> clocks;
    for (Dut *dut : {&dut_, &fresh}) {
        start_writing(*dut);
        finish(*dut);
        clocks.push_back(dut->read(REGISTER_CLOCKS));
        EXPECT_EQ(dut->read(REGISTER_EXHAUSTED), GetParam()->devices);
    }
    EXPECT_EQ(clocks[0], clocks[1]);
}

TEST_P(RegisterPort, ResetInEveryStateOfAWriting)
{
    std::vector<uint32_t> clocks;
    for (int state = WRITE_FETCH; state <= WRITE_PULSE; state++) {
        start_writing(dut_);
        // Behind a first pulse, so that there is something to forget.
        while (dut_.pins().write_state != state ||
               (state != WRITE_FETCH && dut_.pins().write_iteration == 0)) {
            dut_.clock();
            ASSERT_TRUE(dut_.pins().busy);
        }
        dut_.pins().reset = true;
        dut_.clock();
        expect_quiet();
        dut_.pins().reset = false;
        EXPECT_EQ(dut_.read(REGISTER_PULSES), 0u);
        start_writing(dut_);
        finish(dut_);
        clocks.push_back(dut_.read(REGISTER_CLOCKS));
        EXPECT_EQ(clocks.back(), clocks.front());
        EXPECT_EQ(dut_.read(REGISTER_EXHAUSTED), GetParam()->devices);
    }
}

// The next command in the clock after the last one of a review or a writing.
TEST_P(RegisterPort, OneRightAfterTheOther)
{
    const std::vector<uint32_t> counts = review_counts(dut_);
    start_writing(dut_);
    finish(dut_);
    const std::vector<uint32_t> written = {dut_.read(REGISTER_CLOCKS), dut_.read(REGISTER_PULSES)};
    EXPECT_EQ(review_counts_again(dut_), counts); // the commands below are alone between these
    for (const bool first_is_review : {false, true}) {
        for (const bool second_is_review : {false, true}) {
            for (const bool review : {first_is_review, second_is_review}) {
                if (review) {
                    dut_.review([&](uint64_t) { set_codes(dut_); });
                } else {
                    dut_.write(REGISTER_CONTROL, 2);
                    finish(dut_);
                }
            }
            if (second_is_review) {
                EXPECT_EQ(read_counts(dut_), counts);
            } else {
                EXPECT_EQ(dut_.read(REGISTER_CLOCKS), written[0]);
                EXPECT_EQ(dut_.read(REGISTER_PULSES), written[1]);
            }
        }
    }
}

// Every step of the longest review is there, and a neuron that spikes in all of them counts them all.
TEST_P(RegisterPort, LongestReview)
{
    const struct hardware &hardware = *GetParam();
    dut_.write(REGISTER_STEPS, 65535);
    dut_.write(REGISTER_THRESHOLD, 1 << CODE_FRACTION);
    dut_.write(REGISTER_MEMBRANE_START, 1 << CODE_FRACTION);
    const int32_t code = (2 << CODE_FRACTION) / static_cast<int32_t>(hardware.phases);
    dut_.review([&](uint64_t) { set_codes(code); });
    EXPECT_EQ(dut_.phases(), 65535u * hardware.phases);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), 65535u * hardware.phases + 2);
    EXPECT_EQ(read_counts(dut_), std::vector<uint32_t>(hardware.outputs, 65535u));
}

// Decided when half of the steps have passed, whichever way: the counters' upper bits are there.
TEST_P(RegisterPort, EarlyDecisionOfTheLongestReviews)
{
    const struct hardware &hardware = *GetParam();
    for (const uint32_t steps : {65535u, 60001u, 41235u, 21845u}) {
        for (const bool spikes : {false, true}) {
            dut_.write(REGISTER_STEPS, steps);
            dut_.write(REGISTER_EARLY_DECISION, 1);
            dut_.write(REGISTER_THRESHOLD, 1 << CODE_FRACTION);
            dut_.write(REGISTER_MEMBRANE_START, 0);
            const int32_t code = spikes ? (2 << CODE_FRACTION) / static_cast<int32_t>(hardware.phases) : 0;
            dut_.review([&](uint64_t) { set_codes(code); });
            // Without a spike they can still be more than half full until fewer than half of them are left.
            EXPECT_EQ(dut_.phases(), (steps + 1) / 2 * hardware.phases) << steps << " " << spikes;
            for (uint32_t output = 0; output < hardware.outputs; output++) {
                EXPECT_EQ(dut_.read(REGISTER_COUNT + 4 * output), spikes ? (steps + 1) / 2 : 0u);
            }
        }
    }
}

// Not a step sooner or later than it is certain, for reviews of every kind of length.
TEST_P(RegisterPort, EarlyDecisionIsTheFirstThatIsCertain)
{
    const struct hardware &hardware = *GetParam();
    Random random(23);
    dut_.write(REGISTER_EARLY_DECISION, 1);
    dut_.write(REGISTER_THRESHOLD, 1 << CODE_FRACTION);
    for (int round = 0; round < 60; round++) {
        const auto steps = static_cast<uint32_t>(random.between(1, round < 30 ? 40 : 1500));
        const int64_t largest = random.between(1, 3) << CODE_FRACTION; // from seldom to nearly always
        dut_.write(REGISTER_STEPS, steps);
        uint32_t certain = 0; // the step in which it became so
        dut_.review(
            [&](uint64_t) {
                for (uint32_t output = 0; output < hardware.outputs; output++) {
                    dut_.pins().codes[output] = static_cast<int32_t>(random.between(-largest / 8, largest));
                }
            },
            [&](uint64_t phase) {
                const auto step = static_cast<uint32_t>(phase / hardware.phases) + 1;
                if (certain != 0 || (phase + 1) % hardware.phases != 0) {
                    return;
                }
                bool all = true;
                for (uint32_t output = 0; output < hardware.outputs; output++) {
                    const uint32_t count = dut_count(dut_.get(), output);
                    all = all && (2 * count > steps || 2 * (count + steps - step) <= steps);
                }
                certain = all ? step : 0;
            });
        EXPECT_EQ(dut_.phases(), uint64_t{certain} * hardware.phases)
            << "round " << round << ", " << steps << " steps";
    }
}

// Membranes and clocks can be watched while a review runs.
TEST_P(RegisterPort, ReadsDuringAReview)
{
    review_counts(dut_);
    dut_.write(REGISTER_STEPS, 2000);
    dut_.write(REGISTER_CONTROL, 1);
    for (uint32_t read = 0; read < 100; read++) {
        EXPECT_EQ(dut_.read(REGISTER_CLOCKS), read);
    }
    dut_reset(dut_.get());
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), 0u);
}

INSTANTIATE_TEST_SUITE_P(Hardware, RegisterPort, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
