// SPDX-License-Identifier: Apache-2.0
/* The RTL's spike encoder, seen at the analogue boundary: bit-exact against a lane-by-lane reference, and
 * measured. */
#include "support/hardware.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace
{

using support::Dut;
using support::Random;

constexpr uint32_t state_mask = 0x7fffffff;

/* One lane, written from the contract: a 31-bit Fibonacci LFSR, x^31 + x^28 + 1, one position at a time. */
class Lane
{
  public:
    Lane(uint32_t lane, uint32_t seed)
    {
        uint64_t key = (uint64_t{lane} + 1) * 0x2C1B3C6D % (uint64_t{1} << 31);
        key ^= key >> 15;
        key = key * 0x297A2D39 % (uint64_t{1} << 31);
        key ^= key >> 14;
        const uint32_t m = lane / 31;
        const uint32_t j = lane % 31;
        for (uint32_t b = 0; b < 31; b++) {
            const uint32_t seed_bit = seed >> ((b * (m + 2) + j) % 31) & 1;
            state_ |= ((static_cast<uint32_t>(key) >> b & 1) ^ seed_bit) << b;
        }
    }
    /* Draws a number. */
    bool spike(uint16_t rate)
    {
        const bool spikes = (state_ & 0xffff) < rate;
        for (int position = 0; position < 16; position++) {
            const uint32_t bit = (state_ >> 30 ^ state_ >> 27) & 1;
            state_ = (state_ << 1 | bit) & state_mask;
        }
        return spikes;
    }
    uint32_t state() const
    {
        return state_;
    }

  private:
    uint32_t state_ = 0;
};

uint32_t good_seed(const struct hardware &hardware, Random &random)
{
    for (;;) {
        const auto seed = static_cast<uint32_t>(random.bits()) & state_mask;
        bool good = true;
        for (uint32_t lane = 0; lane < hardware.lanes; lane++) {
            good = good && Lane(lane, seed).state() != 0;
        }
        if (good) {
            return seed;
        }
    }
}

std::vector<uint16_t> random_rates(const struct hardware &hardware, Random &random)
{
    std::vector<uint16_t> rates(hardware.inputs);
    for (uint16_t &rate : rates) {
        rate = static_cast<uint16_t>(random.bits());
    }
    rates[0] = 0;
    rates[1] = 1;
    rates[2] = 65535;
    return rates;
}

class Encoder : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    /* Runs a review and calls `spike(step, input, spike)` for every input in every step. */
    template <typename Spike> void run(uint32_t seed, uint32_t steps, Spike spike)
    {
        const struct hardware &hardware = *GetParam();
        dut_.write(REGISTER_SEED, seed);
        dut_.write(REGISTER_STEPS, steps);
        dut_.review([&](uint64_t number) {
            const auto phase = static_cast<uint32_t>(number % hardware.phases);
            for (uint32_t lane = 0; lane < hardware.lanes; lane++) {
                spike(number / hardware.phases, phase * hardware.lanes + lane, dut_.row(lane));
            }
        });
        EXPECT_EQ(dut_.phases(), uint64_t{steps} * hardware.phases);
    }
    /* The variance of the mean current over reviews is 0.9 to 1.1 of that of independent spikes. */
    void expect_variance_of_independent_spikes(uint32_t steps, uint32_t reviews);
    Dut dut_{GetParam()};
};

TEST_P(Encoder, PoissonIsTheReferenceBitForBit)
{
    const struct hardware &hardware = *GetParam();
    Random random(10);
    for (int round = 0; round < 40; round++) {
        const std::vector<uint16_t> rates = random_rates(hardware, random);
        dut_.write_rates(rates);
        const uint32_t seed = round == 0 ? 1 : good_seed(hardware, random);
        std::vector<Lane> lanes;
        for (uint32_t lane = 0; lane < hardware.lanes; lane++) {
            lanes.emplace_back(lane, seed);
            // The C side knows the same start states.
            ASSERT_EQ(lanes.back().state(), spike_encoder_start(lane, seed));
        }
        uint64_t wrong = 0;
        run(seed, round == 0 ? 1000 : 50, [&](uint64_t, uint32_t input, bool spike) {
            wrong += lanes[input % hardware.lanes].spike(rates[input]) != spike ? 1 : 0;
        });
        ASSERT_EQ(wrong, 0u) << "round " << round;
    }
}

TEST_P(Encoder, RateCodedIsAnAccumulatorsCarry)
{
    const struct hardware &hardware = *GetParam();
    Random random(11);
    dut_.write(REGISTER_ENCODER, 1);
    for (int round = 0; round < 10; round++) {
        const std::vector<uint16_t> rates = random_rates(hardware, random);
        dut_.write_rates(rates);
        std::vector<uint32_t> accumulators(hardware.inputs, 0x8000);
        std::vector<uint64_t> counts(hardware.inputs, 0);
        const uint32_t steps = round == 0 ? 2000 : 77;
        uint64_t wrong = 0;
        run(static_cast<uint32_t>(random.bits()), steps, [&](uint64_t, uint32_t input, bool spike) {
            accumulators[input] += rates[input];
            const bool carry = accumulators[input] > 0xffff;
            accumulators[input] &= 0xffff;
            wrong += carry != spike ? 1 : 0;
            counts[input] += spike ? 1 : 0;
        });
        ASSERT_EQ(wrong, 0u) << "round " << round;
        for (uint32_t input = 0; input < hardware.inputs; input++) {
            ASSERT_EQ(counts[input], (uint64_t{steps} * rates[input] + 0x8000) >> 16) << "input " << input;
        }
    }
    // And back: a Poisson review behind a rate-coded one is not changed by it.
    const std::vector<uint16_t> rates = random_rates(hardware, random);
    dut_.write_rates(rates);
    dut_.write(REGISTER_ENCODER, 0);
    std::vector<Lane> lanes;
    for (uint32_t lane = 0; lane < hardware.lanes; lane++) {
        lanes.emplace_back(lane, 99);
    }
    uint64_t wrong = 0;
    run(99, 20, [&](uint64_t, uint32_t input, bool spike) {
        wrong += lanes[input % hardware.lanes].spike(rates[input]) != spike ? 1 : 0;
    });
    EXPECT_EQ(wrong, 0u);
}

TEST_P(Encoder, RateZeroNeverSpikesAndRowsAreQuietOutsideReviews)
{
    const struct hardware &hardware = *GetParam();
    Random random(12);
    dut_.write_rates(std::vector<uint16_t>(hardware.inputs, 0));
    for (const uint32_t mode : {0u, 1u}) {
        dut_.write(REGISTER_ENCODER, mode);
        uint64_t spikes = 0;
        run(good_seed(hardware, random), 5000,
            [&](uint64_t, uint32_t, bool spike) { spikes += spike ? 1 : 0; });
        EXPECT_EQ(spikes, 0u);
    }
    dut_.write_rates(std::vector<uint16_t>(hardware.inputs, 65535));
    dut_.write(REGISTER_ENCODER, 0);
    dut_.write(REGISTER_STEPS, 3);
    dut_.write(REGISTER_CONTROL, 1);
    for (int clock = 0; clock < 100; clock++) {
        if (!dut_.pins().sense) {
            ASSERT_FALSE(dut_.any_row());
        }
        dut_.clock();
    }
}

TEST_P(Encoder, MeanIsTheRate)
{
    const struct hardware &hardware = *GetParam();
    Random random(13);
    // A hundred rates, in as many reviews as that takes.
    std::vector<uint16_t> all = {0, 1, 65535, 2, 65534, 32768, 655, 100, 64000};
    while (all.size() < 100) {
        all.push_back(static_cast<uint16_t>(random.bits()));
    }
    const uint32_t steps = 20000;
    for (size_t first = 0; first < all.size(); first += hardware.inputs) {
        const std::vector<uint16_t> rates(all.begin() + static_cast<ptrdiff_t>(first),
                                          all.begin() + static_cast<ptrdiff_t>(first + hardware.inputs));
        dut_.write_rates(rates);
        std::vector<uint64_t> counts(hardware.inputs, 0);
        run(good_seed(hardware, random), steps,
            [&](uint64_t, uint32_t input, bool spike) { counts[input] += spike ? 1 : 0; });
        for (uint32_t input = 0; input < hardware.inputs; input++) {
            const double rate = rates[input] / 65536.0;
            const double error = std::sqrt(rate * (1 - rate) / steps);
            const double mean = static_cast<double>(counts[input]) / steps;
            // Four standard errors, and one spike for the rarest rates, where no normal distribution holds.
            EXPECT_NEAR(mean, rate, 4 * error + (rate * steps < 5 ? 1.0 / steps : 0))
                << "rate " << rates[input];
        }
    }
}

// The mean current over a review is what a classification rests on. Were successive numbers of a lane, or the
// lanes, correlated, its variance over reviews would be off: advancing the LFSR by one position nearly
// doubles it.
void Encoder::expect_variance_of_independent_spikes(uint32_t steps, uint32_t reviews)
{
    const struct hardware &hardware = *GetParam();
    Random random(14);
    std::vector<double> weights(hardware.inputs);
    std::vector<uint16_t> rates(hardware.inputs);
    double ideal = 0;
    double expected = 0;
    for (uint32_t input = 0; input < hardware.inputs; input++) {
        weights[input] = random.unit();
        // Rates as mean word vectors have them: around a half.
        rates[input] = static_cast<uint16_t>(random.uniform(0.2, 0.8) * 65536);
        const double rate = rates[input] / 65536.0;
        ideal += weights[input] * weights[input] * rate * (1 - rate) / steps;
        expected += weights[input] * rate;
    }
    dut_.write_rates(rates);
    double sum = 0;
    double squares = 0;
    for (uint32_t review = 0; review < reviews; review++) {
        double current = 0;
        run(good_seed(hardware, random), steps,
            [&](uint64_t, uint32_t input, bool spike) { current += spike ? weights[input] : 0; });
        const double offset = current / steps - expected;
        sum += offset;
        squares += offset * offset;
    }
    const double mean = sum / reviews;
    const double variance = (squares - reviews * mean * mean) / (reviews - 1);
    EXPECT_GT(variance / ideal, 0.9);
    EXPECT_LT(variance / ideal, 1.1);
    EXPECT_NEAR(mean, 0, 4 * std::sqrt(ideal / reviews));
}

TEST_P(Encoder, VarianceOfTheMeanCurrentIsThatOfIndependentSpikes)
{
    expect_variance_of_independent_spikes(100, 4000); // standard error of the ratio: 2.2 %
}

// At the length of the paper's reviews, where correlations over longer times would show.
TEST_P(Encoder, VarianceOfTheMeanCurrentOverLongReviews)
{
    expect_variance_of_independent_spikes(1000, 1000); // standard error of the ratio: 4.5 %
}

// Lanes must not follow each other from review to review.
TEST_P(Encoder, LanesAreUncorrelatedOverReviews)
{
    const struct hardware &hardware = *GetParam();
    Random random(15);
    const uint32_t steps = 1000 / hardware.phases;
    const uint32_t reviews = 1500;
    dut_.write_rates(std::vector<uint16_t>(hardware.inputs, 32768));
    std::vector<std::vector<double>> counts(hardware.lanes, std::vector<double>(reviews, 0));
    for (uint32_t review = 0; review < reviews; review++) {
        run(good_seed(hardware, random), steps, [&](uint64_t, uint32_t input, bool spike) {
            counts[input % hardware.lanes][review] += spike ? 1 : 0;
        });
    }
    for (std::vector<double> &lane : counts) {
        const double mean = std::accumulate(lane.begin(), lane.end(), 0.0) / reviews;
        double squares = 0;
        for (double &count : lane) {
            count -= mean;
            squares += count * count;
        }
        for (double &count : lane) {
            count /= std::sqrt(squares);
        }
    }
    double squares = 0;
    double largest = 0;
    uint32_t pairs = 0;
    for (uint32_t a = 0; a < hardware.lanes; a++) {
        for (uint32_t b = 0; b < a; b++) {
            const double r = std::inner_product(counts[a].begin(), counts[a].end(), counts[b].begin(), 0.0);
            squares += r * r;
            largest = std::max(largest, std::fabs(r));
            pairs++;
        }
    }
    const double standard_error = 1 / std::sqrt(static_cast<double>(reviews));
    EXPECT_LT(largest, 5 * standard_error);
    // The mean square of `pairs` such correlations is standard_error^2, give or take sqrt(2 / pairs) of it.
    const double spread = 5 * std::sqrt(2.0 / pairs);
    EXPECT_NEAR(squares / pairs / (standard_error * standard_error), 1.0, spread);
}

INSTANTIATE_TEST_SUITE_P(Hardware, Encoder, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
