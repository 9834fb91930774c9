// SPDX-License-Identifier: Apache-2.0
/* The engine's kinds against each other: whatever runs it, a machine leaves the same behind. */
#include "support/engine.h"
#include "support/pulses.h"

#include <algorithm>

namespace
{

using namespace engine_support;

/* A machine and what it has to do, drawn at random. */
struct Work {
    struct engine_settings settings = {};
    struct crossbar_settings analogue = {};
    uint32_t reviews = 0;
    std::vector<uint16_t> rates; /* reviews x inputs */
    std::vector<uint32_t> numbers;
    std::vector<std::vector<uint32_t>> writings; /* targets by device; reviews follow each */
};

Work random_work(uint64_t seed, const struct hardware &hardware, const struct device &device)
{
    Random random(seed);
    Work work;
    struct engine_settings &settings = work.settings;
    settings.seed = random.bits();
    settings.steps = static_cast<uint32_t>(random.between(1, 150));
    settings.threshold = random.uniform(0.1, 0.6) * hardware.inputs;
    settings.membrane_start = random.uniform(-1, 1) * hardware.inputs;
    settings.leak = random.chance(0.5) ? 0 : static_cast<uint32_t>(random.between(1, 12));
    settings.rate_coded = random.chance(0.3);
    settings.early_decision = random.chance(0.3);
    settings.tolerance = random.uniform(0, 0.02);
    settings.max_pulses = static_cast<uint32_t>(random.below(7));
    settings.verify_reads = random.chance(0.5) ? 1 : 1u << random.below(8);
    settings.pulses = random.chance(0.3) ? device.pulses[1] : support::random_pulses(random, device);
    struct crossbar_settings &analogue = work.analogue;
    analogue.seed = random.bits();
    analogue.read_noise = seed % 2 == 0 ? 0 : random.uniform(0, 0.2);
    analogue.adc_bits = seed % 5 == 0 ? 6 : 0;
    analogue.stuck_open = analogue.stuck_closed = analogue.stuck_anywhere = seed % 3 == 0 ? 0.1 : 0;
    work.reviews = static_cast<uint32_t>(random.between(1, 75));
    for (uint32_t i = 0; i < work.reviews * hardware.inputs; i++) {
        work.rates.push_back(static_cast<uint16_t>(random.bits()));
    }
    for (uint32_t i = 0; i < work.reviews; i++) {
        work.numbers.push_back(static_cast<uint32_t>(random.bits()));
    }
    work.writings.resize(2);
    for (std::vector<uint32_t> &targets : work.writings) {
        for (uint32_t d = 0; d < hardware.devices; d++) {
            const double weight = random.uniform(0, 1);
            targets.push_back(random.chance(0.1) ? 0
                                                 : resistance_to_fixed(device_resistance(&device, weight)));
        }
    }
    return work;
}

/* What an engine has left behind. */
struct Outcome {
    std::vector<uint16_t> counts;
    std::vector<struct write_result> results;
    std::vector<double> resistances;
    std::vector<struct pulse_event> events;
    struct engine_statistics statistics = {};
};

void expect_equal(const Outcome &one, const Outcome &other)
{
    EXPECT_EQ(one.counts, other.counts);
    EXPECT_EQ(one.resistances, other.resistances);
    ASSERT_EQ(one.results.size(), other.results.size());
    for (size_t i = 0; i < one.results.size(); i++) {
        EXPECT_EQ(one.results[i].ending, other.results[i].ending) << "device " << i;
        EXPECT_EQ(one.results[i].pulses, other.results[i].pulses) << "device " << i;
        EXPECT_EQ(one.results[i].reading, other.results[i].reading) << "device " << i;
    }
    ASSERT_EQ(one.events.size(), other.events.size());
    for (size_t i = 0; i < one.events.size(); i++) {
        const struct pulse_event &a = one.events[i];
        const struct pulse_event &b = other.events[i];
        ASSERT_TRUE(a.clock == b.clock && a.device == b.device && a.iteration == b.iteration &&
                    a.entry == b.entry && a.target == b.target && a.reading == b.reading &&
                    a.before == b.before && a.after == b.after)
            << "pulse " << i << " at clock " << a.clock << " and " << b.clock;
    }
    const struct engine_statistics &a = one.statistics;
    const struct engine_statistics &b = other.statistics;
    EXPECT_EQ(a.samples, b.samples);
    EXPECT_EQ(a.sample_clocks, b.sample_clocks);
    EXPECT_EQ(a.transfer_clocks, b.transfer_clocks);
    EXPECT_EQ(a.writings, b.writings);
    EXPECT_EQ(a.write_clocks, b.write_clocks);
    EXPECT_EQ(a.pulses, b.pulses);
    EXPECT_EQ(a.programming_us, b.programming_us);
    EXPECT_EQ(a.converged, b.converged);
    EXPECT_EQ(a.stalled, b.stalled);
    EXPECT_EQ(a.exhausted, b.exhausted);
    EXPECT_EQ(a.energy_j, b.energy_j);
}

struct Variant {
    enum engine_kind kind;
    uint32_t threads;
    bool check;
};

/* How far inference says that it has come. */
struct Reports {
    std::vector<uint64_t> done;
    uint64_t total;
};

void note_report(void *context, uint64_t done, uint64_t total)
{
    auto *reports = static_cast<Reports *>(context);
    reports->done.push_back(done);
    reports->total = total;
}

/* The work on one of the kinds, and what the checker has compared meanwhile. */
void run(const Work &work, const Variant &variant, const struct hardware &hardware,
         const struct device &device, Outcome &outcome)
{
    const Array crossbar(crossbar_open(&hardware, &device, &work.analogue));
    struct engine_settings each = work.settings;
    each.threads = variant.threads;
    each.check = variant.check;
    struct engine *opened = nullptr;
    struct error error = {};
    ASSERT_EQ(engine_open(variant.kind, crossbar.get(), &each, &opened, &error), STATUS_OK) << error.message;
    const EngineOwner engine(opened);
    Recorder recorder;
    const struct pulse_observer observer = {Recorder::record, &recorder};
    for (const std::vector<uint32_t> &targets : work.writings) {
        const bool second = &targets == &work.writings.back();
        std::vector<struct write_result> results(hardware.devices);
        ASSERT_EQ(engine_write(engine.get(), targets.data(), second ? nullptr : results.data(),
                               second ? nullptr : &observer, &error),
                  STATUS_OK)
            << error.message;
        if (!second) {
            outcome.results = results;
        }
        std::vector<uint16_t> counts(size_t{work.reviews} * hardware.outputs);
        Reports reports = {};
        const struct progress_report report = {note_report, &reports};
        ASSERT_EQ(engine_infer(engine.get(), work.rates.data(), work.numbers.data(), work.reviews,
                               counts.data(), &report, &error),
                  STATUS_OK)
            << error.message;
        EXPECT_EQ(reports.total, work.reviews);
        EXPECT_EQ(reports.done.front(), 0U);
        if (variant.threads == 1) { // of several, only the first one reports
            EXPECT_TRUE(std::is_sorted(reports.done.begin(), reports.done.end()));
            EXPECT_EQ(reports.done.back(), work.reviews);
        }
        outcome.counts.insert(outcome.counts.end(), counts.begin(), counts.end());
    }
    outcome.events = recorder.events;
    outcome.resistances = resistances_of(crossbar);
    outcome.statistics = *engine_statistics(engine.get());
    const uint64_t phases = uint64_t{2} * work.reviews * work.settings.steps * hardware.phases;
    EXPECT_LE(outcome.statistics.compared_steps, variant.check ? phases : 0);
    EXPECT_GE(outcome.statistics.compared_steps, !variant.check                 ? 0
                                                 : work.settings.early_decision ? 1
                                                                                : phases);
    EXPECT_EQ(outcome.statistics.compared_transitions > 0, variant.check);
}

class Lockstep : public ::testing::TestWithParam<const struct hardware *>
{
};

TEST_P(Lockstep, EngineKindsAgree)
{
    const support::Device device = support::paper_device();
    const uint64_t seeds = std::min<uint64_t>(support::number_from_environment("MEMSPIKE_SEEDS", 12), 12);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const Work work = random_work(seed, *GetParam(), *device);
        std::vector<Outcome> outcomes;
        for (const Variant variant : {Variant{ENGINE_RTL, 2, false}, Variant{ENGINE_MODEL, 1, false},
                                      Variant{ENGINE_MODEL, 3, false}, Variant{ENGINE_RTL, 2, true},
                                      Variant{ENGINE_SYSTEMC, 2, false}, Variant{ENGINE_SYSTEMC, 1, true}}) {
            SCOPED_TRACE("kind " + std::string(engine_kind_names[variant.kind]) + ", threads " +
                         std::to_string(variant.threads) + ", check " + std::to_string(variant.check));
            Outcome outcome;
            ASSERT_NO_FATAL_FAILURE(run(work, variant, *GetParam(), *device, outcome));
            outcomes.push_back(outcome);
        }
        for (size_t i = 1; i < outcomes.size(); i++) {
            SCOPED_TRACE("variant " + std::to_string(i));
            expect_equal(outcomes[0], outcomes[i]);
        }
    }
}

TEST(EngineKinds, NamesEndWithNull)
{
    EXPECT_STREQ(engine_kind_names[ENGINE_RTL], "rtl");
    engine_close(nullptr);
}

INSTANTIATE_TEST_SUITE_P(Hardware, Lockstep, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
