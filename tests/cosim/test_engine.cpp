// SPDX-License-Identifier: Apache-2.0
/* The engine's reviews on the Verilated RTL: reproducible, whatever runs side by side, and true to its
 * statistics; and the settings that it takes. */
#include "support/engine.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace
{

using namespace engine_support;

TEST_P(Engine, ThreadsOrderAndChunksDoNotMatter)
{
    const struct hardware &hardware = *GetParam();
    const uint32_t reviews = 100;
    const Sample all = sample(reviews, 60);
    for (const double noise : {0.0, 0.1}) {
        std::vector<uint16_t> expected;
        for (const uint32_t threads : {1u, 2u, 5u, 0u}) {
            SCOPED_TRACE("noise " + std::to_string(noise) + ", threads " + std::to_string(threads));
            const Array crossbar = array(noise);
            set_random_weights(crossbar, 61);
            struct engine_settings each = settings();
            each.threads = threads;
            const EngineOwner engine = open(crossbar, each);
            const std::vector<uint16_t> counts = infer(engine, all);
            if (expected.empty()) {
                expected = counts;
                EXPECT_GT(*std::max_element(counts.begin(), counts.end()), 5);
            }
            ASSERT_EQ(counts, expected);
            // Shuffled, and in chunks of odd sizes.
            Random random(62);
            std::vector<uint32_t> order(reviews);
            for (uint32_t i = 0; i < reviews; i++) {
                order[i] = i;
            }
            for (uint32_t i = reviews; i > 1; i--) {
                std::swap(order[i - 1], order[random.below(i)]);
            }
            for (uint32_t first = 0; first < reviews;) {
                const auto count = std::min(reviews - first, static_cast<uint32_t>(random.between(0, 40)));
                Sample part;
                for (uint32_t i = first; i < first + count; i++) {
                    part.numbers.push_back(all.numbers[order[i]]);
                    const auto begin = all.rates.begin() + ptrdiff_t{order[i]} * hardware.inputs;
                    part.rates.insert(part.rates.end(), begin, begin + hardware.inputs);
                }
                const std::vector<uint16_t> part_counts = infer(engine, part);
                for (uint32_t i = 0; i < count; i++) {
                    for (uint32_t output = 0; output < hardware.outputs; output++) {
                        ASSERT_EQ(part_counts[i * hardware.outputs + output],
                                  expected[order[first + i] * hardware.outputs + output])
                            << "review " << order[first + i];
                    }
                }
                first += count;
            }
        }
    }
}

/* The reference models spread a review that is alone over their vectors. */
TEST_P(Engine, AloneOrInCompany)
{
    const uint32_t reviews = 6;
    const Sample all = sample(reviews, 90);
    for (const uint32_t steps : {1u, 7u, 60u, 257u}) {
        for (const double noise : {0.0, 0.1}) {
            for (const bool rate_coded : {false, true}) {
                SCOPED_TRACE(std::to_string(steps) + " steps, noise " + std::to_string(noise) +
                             (rate_coded ? ", rate-coded" : ""));
                const Array crossbar = array(noise);
                set_random_weights(crossbar, 91);
                struct engine_settings each = settings();
                each.steps = steps;
                each.rate_coded = rate_coded;
                const EngineOwner engine = open(crossbar, each, ENGINE_MODEL);
                const std::vector<uint16_t> together = infer(engine, all);
                std::vector<uint16_t> alone;
                for (uint32_t i = 0; i < reviews; i++) {
                    Sample one;
                    one.numbers = {all.numbers[i]};
                    one.rates.assign(all.rates.begin() + i * GetParam()->inputs,
                                     all.rates.begin() + (i + 1) * GetParam()->inputs);
                    const std::vector<uint16_t> counts = infer(engine, one);
                    alone.insert(alone.end(), counts.begin(), counts.end());
                }
                EXPECT_EQ(alone, together);
            }
        }
    }
}

/* An early decision costs no answer, and its clocks are those of the steps until it is certain. */
TEST_P(Engine, EarlyDecisionsAreSafe)
{
    const struct hardware &hardware = *GetParam();
    const uint32_t reviews = 40;
    const Sample all = sample(reviews, 94);
    for (const enum engine_kind kind : {ENGINE_RTL, ENGINE_MODEL}) {
        for (const uint32_t steps : {1u, 2u, 15u, 16u, 200u}) {
            SCOPED_TRACE(std::string(engine_kind_names[kind]) + ", " + std::to_string(steps) + " steps");
            const Array crossbar = array(0.05);
            set_random_weights(crossbar, 95);
            struct engine_settings each = settings();
            each.steps = steps;
            double current = 0;
            for (size_t i = 0; i < all.rates.size(); i++) {
                for (uint32_t output = 0; output < hardware.outputs; output++) {
                    current += weight(static_cast<uint32_t>(i % hardware.inputs), output) * all.rates[i] /
                               65536.0 / hardware.outputs;
                }
            }
            each.threshold = 2 * current / reviews; // half of the steps: answers of both kinds
            each.membrane_start = steps % 2 == 0 ? each.threshold : 0;
            const EngineOwner full = open(crossbar, each, kind);
            each.early_decision = true;
            const EngineOwner early = open(crossbar, each, kind);
            const std::vector<uint16_t> counts = infer(full, all);
            const std::vector<uint16_t> first = infer(early, all);
            uint32_t positive = 0;
            for (size_t i = 0; i < counts.size(); i++) {
                EXPECT_EQ(2u * first[i] > steps, 2u * counts[i] > steps) << "count " << i;
                EXPECT_LE(first[i], counts[i]);
                positive += 2u * counts[i] > steps ? 1 : 0;
            }
            const uint64_t clocks = engine_statistics(early.get())->sample_clocks;
            const uint64_t all_clocks = engine_statistics(full.get())->sample_clocks;
            EXPECT_LE(clocks, all_clocks);
            if (steps == 200) {
                EXPECT_GT(positive, counts.size() / 10);
                EXPECT_LT(positive, counts.size() * 9 / 10);
                // An answer takes half of the steps at the least.
                EXPECT_GT(clocks, all_clocks / 2);
                // And all outputs have to be certain.
                EXPECT_LT(clocks, hardware.outputs > 4 ? all_clocks : all_clocks * 99 / 100);
            }
        }
    }
}

struct Step {
    std::vector<uint8_t> spikes;
    std::vector<int64_t> membranes;
    bool operator==(const Step &other) const
    {
        return spikes == other.spikes && membranes == other.membranes;
    }
};

/* Each kind shows an observer the same steps, and what they show adds up to the count. */
TEST_P(Engine, ObservedSteps)
{
    const struct hardware &hardware = *GetParam();
    const Sample one = sample(1, 92);
    std::vector<Step> seen[2];
    for (const enum engine_kind kind : {ENGINE_RTL, ENGINE_MODEL}) {
        const Array crossbar = array(0.05);
        set_random_weights(crossbar, 93);
        const EngineOwner engine = open(crossbar, settings(), kind);
        struct Context {
            std::vector<Step> *steps;
            const struct hardware *hardware;
        } context = {&seen[kind == ENGINE_RTL ? 0 : 1], &hardware};
        struct step_observer observer = {};
        observer.context = &context;
        observer.step = [](void *opened, uint32_t step, const uint8_t *spikes, const int64_t *membranes) {
            const Context &to = *static_cast<Context *>(opened);
            EXPECT_EQ(step, to.steps->size());
            to.steps->push_back(
                {{spikes, spikes + to.hardware->inputs}, {membranes, membranes + to.hardware->outputs}});
        };
        std::vector<uint16_t> counts(hardware.outputs);
        struct error error = {};
        ASSERT_EQ(
            engine_observe(engine.get(), one.rates.data(), one.numbers[0], counts.data(), &observer, &error),
            STATUS_OK)
            << error.message;
        EXPECT_EQ(counts, infer(engine, one));
        const std::vector<Step> &steps = *context.steps;
        ASSERT_EQ(steps.size(), settings().steps);
        const int64_t threshold = std::llround(std::ldexp(settings().threshold, CODE_FRACTION));
        for (uint32_t output = 0; output < hardware.outputs; output++) {
            EXPECT_EQ(std::count_if(steps.begin(), steps.end(),
                                    [&](const Step &step) { return step.membranes[output] > threshold; }),
                      counts[output]);
        }
        for (uint32_t input = 0; input < hardware.inputs; input++) {
            const auto spikes = static_cast<double>(std::count_if(
                steps.begin(), steps.end(), [&](const Step &step) { return step.spikes[input] == 1; }));
            const double rate = one.rates[input] / 65536.0;
            EXPECT_NEAR(spikes, rate * settings().steps,
                        5 * std::sqrt(rate * (1 - rate) * settings().steps) + 1);
        }
    }
    EXPECT_TRUE(seen[0] == seen[1]);
}

TEST_P(Engine, SeedAndReviewNumberMatter)
{
    const Array crossbar = array(0);
    set_random_weights(crossbar, 61);
    struct engine_settings each = settings();
    each.steps = 300;
    const Sample all = sample(40, 60);
    const std::vector<uint16_t> counts = infer(open(crossbar, each), all);
    Sample renumbered = all;
    for (uint32_t &number : renumbered.numbers) {
        number++;
    }
    EXPECT_NE(infer(open(crossbar, each), renumbered), counts);
    each.seed++;
    EXPECT_NE(infer(open(crossbar, each), all), counts);
    each.seed--;
    EXPECT_EQ(infer(open(crossbar, each), all), counts);
}

TEST_P(Engine, StatisticsOfReviews)
{
    const struct hardware &hardware = *GetParam();
    const Array crossbar = array(0);
    struct engine_settings each = settings();
    each.threads = 2;
    each.steps = 37;
    const EngineOwner engine = open(crossbar, each);
    infer(engine, sample(50, 63));
    infer(engine, sample(3, 64));
    infer(engine, sample(0, 64));
    const struct engine_statistics &statistics = *engine_statistics(engine.get());
    EXPECT_EQ(statistics.samples, 53u);
    EXPECT_EQ(statistics.sample_clocks, 53u * (37 * hardware.phases + 2));
    // Rates, seed and command in; clocks and counts out.
    EXPECT_EQ(statistics.transfer_clocks,
              53u * (hardware.phases * ((hardware.lanes + 1) / 2) + 2 + 1 + hardware.outputs));
    EXPECT_EQ(statistics.writings, 0u);
    EXPECT_EQ(statistics.pulses, 0u);
    EXPECT_EQ(engine_hardware(engine.get()), &hardware);
}

// All that flows into V comes out as spikes, but for what is left in V and the last spike's reset:
//   Q = sum of the codes = Vth x (count - last spike) + V(T),   0 <= V(T) <= Vth + sum of w
// as long as the mean current is below Vth. So count = Q / Vth within 2 + sum of w / Vth.
TEST_P(Engine, CountsFollowTheMeanCurrent)
{
    const struct hardware &hardware = *GetParam();
    const Array crossbar = array(0);
    set_random_weights(crossbar, 65);
    const Sample all = sample(30, 66);
    for (const bool rate_coded : {false, true}) {
        struct engine_settings each = settings();
        each.steps = 1000;
        each.threshold = hardware.inputs / 2.0;
        each.rate_coded = rate_coded;
        const std::vector<uint16_t> counts = infer(open(crossbar, each), all);
        for (uint32_t review = 0; review < all.numbers.size(); review++) {
            for (uint32_t output = 0; output < hardware.outputs; output++) {
                double mean = 0;
                double variance = 0;
                double total = 0;
                for (uint32_t input = 0; input < hardware.inputs; input++) {
                    const double w = weight(input, output);
                    const double rate = all.rates[review * hardware.inputs + input] / 65536.0;
                    mean += w * rate;
                    variance += w * w * rate * (1 - rate);
                    total += std::fabs(w);
                }
                // Sigma-delta spikes are off by at most a half for each input; Poisson ones scatter.
                double slack = rate_coded ? total / 2 : 5 * std::sqrt(each.steps * variance);
                slack += each.steps * hardware.phases * 0x1p-13; // rounding of the codes
                const double expected = each.steps * mean / each.threshold;
                EXPECT_NEAR(counts[review * hardware.outputs + output], expected,
                            2 + (total + slack) / each.threshold)
                    << "review " << review << ", output " << output;
            }
        }
    }
}

// The noise of a review's step belongs to that review and step, not to when it was run: the same counts as
// from the RTL with a crossbar that is told both by hand.
TEST_P(Engine, NoiseIsNamedByReviewAndStep)
{
    const struct hardware &hardware = *GetParam();
    const Array crossbar = array(0.3);
    set_random_weights(crossbar, 70);
    struct engine_settings each = settings();
    each.steps = 400;
    each.threshold = hardware.inputs / 3.0;
    const Sample all = sample(20, 71);
    const std::vector<uint16_t> counts = infer(open(crossbar, each), all);
    std::vector<uint32_t> forbidden;
    for (uint32_t lane = 0; lane < hardware.lanes; lane++) {
        forbidden.push_back(spike_encoder_forbidden(lane));
    }
    support::Dut dut(&hardware);
    dut.write(REGISTER_STEPS, each.steps);
    dut.write(REGISTER_THRESHOLD,
              static_cast<uint32_t>(std::lround(std::ldexp(each.threshold, CODE_FRACTION))));
    for (uint32_t review = 0; review < all.numbers.size(); review++) {
        const auto begin = all.rates.begin() + ptrdiff_t{review} * hardware.inputs;
        dut.write_rates(std::vector<uint16_t>(begin, begin + hardware.inputs));
        const uint32_t number = all.numbers[review];
        dut.write(REGISTER_SEED, spike_encoder_seed(&hardware, forbidden.data(), each.seed, number));
        dut.review([&](uint64_t phase) {
            crossbar_sense(crossbar.get(), number, static_cast<uint32_t>(phase / hardware.phases),
                           static_cast<uint32_t>(phase % hardware.phases), dut.pins().rows, dut.pins().codes);
        });
        for (uint32_t output = 0; output < hardware.outputs; output++) {
            ASSERT_EQ(counts[review * hardware.outputs + output], dut.read(REGISTER_COUNT + 4 * output))
                << "review " << review << ", output " << output;
        }
    }
}

TEST_P(Engine, BadSettingsAreRefused)
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    struct engine_settings bad = settings();
    for (const uint32_t steps : {0u, 65536u, UINT32_MAX}) {
        bad.steps = steps;
        expect_refused(bad, "steps:");
    }
    bad = settings();
    for (const double value : {524288.0, -524288.0, 1e300, nan, infinity, -infinity}) {
        bad = settings();
        bad.threshold = value;
        expect_refused(bad, "threshold:");
        bad = settings();
        bad.membrane_start = value;
        expect_refused(bad, "membrane start:");
    }
    bad = settings();
    bad.leak = 32;
    expect_refused(bad, "leak:");
    bad = settings();
    for (const double value : {-1e-9, 1.0, 2.0, nan, infinity}) {
        bad.tolerance = value;
        expect_refused(bad, "tolerance:");
    }
    bad = settings();
    for (const uint32_t value : {0u, 3u, 256u}) {
        bad.verify_reads = value;
        expect_refused(bad, "verify reads:");
    }
    bad = settings();
    bad.max_pulses = 64;
    expect_refused(bad, "max pulses:");
    bad = settings();
    bad.pulses.count = 17;
    expect_refused(bad, "pulses:");
}

TEST_P(Engine, SettingsAtTheirLimits)
{
    // The largest threshold is never reached, the smallest always exceeded: neither may wrap.
    const Array crossbar = array(0);
    for (const double sign : {1.0, -1.0}) {
        struct engine_settings each = settings();
        each.threshold = sign * std::nextafter(524288.0, 0.0);
        each.steps = 20;
        for (const uint16_t count : infer(open(crossbar, each), sample(2, 69))) {
            EXPECT_EQ(count, sign > 0 ? 0 : 20);
        }
        each = settings();
        each.membrane_start = sign * std::nextafter(524288.0, 0.0);
        each.steps = 20;
        for (const uint16_t count : infer(open(crossbar, each), sample(2, 69))) {
            EXPECT_EQ(count, sign > 0 ? 20 : 0);
        }
    }
    struct engine_settings each = settings();
    each.tolerance = std::nextafter(1.0, 0.0);
    each.max_pulses = MAX_MAX_PULSES;
    each.leak = 31;
    const EngineOwner engine = open(crossbar, each);
    const std::vector<uint32_t> targets(GetParam()->devices, 11000u << RESISTANCE_FRACTION);
    struct error error = {};
    ASSERT_EQ(engine_write(engine.get(), targets.data(), nullptr, nullptr, &error), STATUS_OK)
        << error.message;
    EXPECT_EQ(engine_statistics(engine.get())->converged, GetParam()->devices);
}

INSTANTIATE_TEST_SUITE_P(Hardware, Engine, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
