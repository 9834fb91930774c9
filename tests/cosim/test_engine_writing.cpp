// SPDX-License-Identifier: Apache-2.0
/* The engine's writings on the Verilated RTL: pulse by pulse, and true to their statistics. */
#include "support/engine.h"

#include <cmath>

namespace
{

using namespace engine_support;

/* What was wanted of a writing, and what it says that it did. */
struct Writing {
    struct engine_settings settings;
    bool noisy = false;
    std::vector<double> start; /* ohm, by device, as the next two */
    std::vector<uint32_t> targets;
    std::vector<struct write_result> results;
    std::vector<struct pulse_event> events;
};

/* Where its pulses, one by one, lead from the start, and what they take. */
struct Replay {
    std::vector<double> resistances;
    std::vector<uint32_t> pulses; /* by device */
    uint64_t time = 0;            /* us */
    double energy = 0;            /* J */
};

Replay replay(const Writing &writing, const struct hardware &hardware)
{
    Replay replay;
    replay.resistances = writing.start;
    replay.pulses.resize(hardware.devices);
    uint64_t last_clock = 0;
    for (const struct pulse_event &event : writing.events) {
        const struct pulse &pulse = writing.settings.pulses.pulses[event.entry];
        double &resistance = replay.resistances[event.device];
        replay.pulses[event.device]++;
        EXPECT_EQ(event.iteration, replay.pulses[event.device]);
        EXPECT_EQ(event.target, writing.targets[event.device]);
        EXPECT_EQ(event.before, resistance);
        if (!writing.noisy) {
            EXPECT_EQ(event.reading, resistance_to_fixed(event.before));
        }
        EXPECT_GE(event.clock, last_clock);
        last_clock = event.clock;
        for (uint32_t clock = 0; clock < pulse.width_us * hardware.clocks_per_us; clock++) {
            const double seconds = 1e-6 / hardware.clocks_per_us;
            replay.energy += pulse.voltage * pulse.voltage / resistance * seconds;
            resistance = memristor_step(resistance, &pulse, seconds);
        }
        EXPECT_EQ(event.after, resistance);
        replay.time += pulse.width_us;
    }
    return replay;
}

/* That the result of a device fits to where it was led. */
void expect_result(const Writing &writing, const Replay &replayed, uint32_t device)
{
    const struct write_result &result = writing.results[device];
    const uint32_t target = writing.targets[device];
    EXPECT_EQ(result.pulses, replayed.pulses[device]);
    EXPECT_EQ(result.ending == ENDING_UNTOUCHED, target == 0);
    if (result.ending == ENDING_UNTOUCHED) {
        EXPECT_EQ(result.reading, 0u);
        return;
    }
    if (!writing.noisy) {
        EXPECT_EQ(result.reading, resistance_to_fixed(replayed.resistances[device]));
    }
    const double off = std::fabs(static_cast<double>(result.reading) - target) / target;
    EXPECT_EQ(result.ending == ENDING_CONVERGED, off <= writing.settings.tolerance) << "device " << device;
    EXPECT_LE(result.pulses, writing.settings.max_pulses);
    EXPECT_EQ(result.ending == ENDING_EXHAUSTED,
              result.ending != ENDING_CONVERGED && result.pulses == writing.settings.max_pulses);
}

TEST_P(Engine, ProgramsTheArrayAndAccountsForIt)
{
    const struct hardware &hardware = *GetParam();
    for (const double noise : {0.0, 0.02}) {
        SCOPED_TRACE("noise " + std::to_string(noise));
        const Array crossbar = array(noise);
        Writing writing;
        writing.settings = settings();
        writing.noisy = noise > 0;
        writing.start = resistances_of(crossbar);
        writing.results.resize(hardware.devices);
        const EngineOwner engine = open(crossbar, writing.settings);
        Random random(67);
        for (uint32_t device = 0; device < hardware.devices; device++) {
            const double weight = random.uniform(0.05, 0.9);
            writing.targets.push_back(
                random.chance(0.1) ? 0 : resistance_to_fixed(device_resistance(device_.get(), weight)));
        }
        Recorder recorder;
        const struct pulse_observer observer = {Recorder::record, &recorder};
        struct error error = {};
        ASSERT_EQ(
            engine_write(engine.get(), writing.targets.data(), writing.results.data(), &observer, &error),
            STATUS_OK)
            << error.message;
        writing.events = recorder.events;

        const Replay replayed = replay(writing, hardware);
        EXPECT_EQ(resistances_of(crossbar), replayed.resistances);
        const struct engine_statistics statistics = *engine_statistics(engine.get());
        EXPECT_EQ(statistics.writings, 1u);
        EXPECT_EQ(statistics.pulses, writing.events.size());
        EXPECT_EQ(statistics.programming_us, replayed.time);
        EXPECT_NEAR(statistics.energy_j, replayed.energy, 1e-9 * replayed.energy);
        EXPECT_GT(statistics.write_clocks, replayed.time * hardware.clocks_per_us + 2 * hardware.devices);
        uint64_t endings[4] = {};
        for (uint32_t device = 0; device < hardware.devices; device++) {
            endings[writing.results[device].ending]++;
            expect_result(writing, replayed, device);
        }
        EXPECT_EQ(statistics.converged, endings[ENDING_CONVERGED]);
        EXPECT_EQ(statistics.stalled, endings[ENDING_STALLED]);
        EXPECT_EQ(statistics.exhausted, endings[ENDING_EXHAUSTED]);
        if (noise == 0) {
            EXPECT_GT(endings[ENDING_CONVERGED], hardware.devices / 2);
        }
        // Targets and command in; six totals and the results out.
        EXPECT_EQ(statistics.transfer_clocks, 2 * hardware.devices + 1 + 6);

        // Inference sees what was written.
        const Sample all = sample(20, 68);
        const std::vector<uint16_t> counts = infer(engine, all);
        const Array copy = array(noise);
        crossbar_set_resistances(copy.get(), replayed.resistances.data());
        EXPECT_EQ(infer(open(copy, writing.settings), all), counts);
        EXPECT_NE(infer(open(array(noise), writing.settings), all), counts);

        // A second writing adds up; what is in tolerance needs no pulse.
        ASSERT_EQ(engine_write(engine.get(), writing.targets.data(), nullptr, nullptr, &error), STATUS_OK);
        EXPECT_EQ(engine_statistics(engine.get())->writings, 2u);
        if (noise == 0) {
            EXPECT_GE(engine_statistics(engine.get())->converged, endings[ENDING_CONVERGED] * 2);
        }
    }
}

TEST_P(Engine, WritingIsRepeatable)
{
    std::vector<double> first;
    for (int repeat = 0; repeat < 2; repeat++) {
        const Array crossbar = array(0.05);
        const EngineOwner engine = open(crossbar, settings());
        struct error error = {};
        const std::vector<uint32_t> targets(GetParam()->devices, 6000u << RESISTANCE_FRACTION);
        ASSERT_EQ(engine_write(engine.get(), targets.data(), nullptr, nullptr, &error), STATUS_OK)
            << error.message;
        const std::vector<double> now = resistances_of(crossbar);
        if (repeat == 0) {
            first = now;
        }
        EXPECT_EQ(now, first);
    }
}

INSTANTIATE_TEST_SUITE_P(Hardware, Engine, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
