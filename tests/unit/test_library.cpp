// SPDX-License-Identifier: Apache-2.0
// The library as others see it, its header and libmemspike.so: settings, devices, crossbars, engines.
#include "../../model/hardware/registers.h" // as an installed memspike has it in memspike/registers.h
#include "support/library.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace
{

std::string value_of(const Settings &settings, const char *name, uint32_t approach = 1)
{
    char text[64] = "";
    memspike_error error = {""};
    EXPECT_EQ(memspike_settings_get(settings.get(), name, approach, text, sizeof text, &error), MEMSPIKE_OK)
        << error.message;
    return text;
}

TEST(Library, SaysItsVersion)
{
    EXPECT_EQ(std::string(memspike_version()).find("0."), 0U);
}

TEST(Library, ListsItsArrays)
{
    memspike_array array = {};
    std::vector<std::string> names;
    for (uint32_t i = 0; memspike_array_get(i, &array); i++) {
        names.emplace_back(array.name);
        EXPECT_EQ(array.rows * array.columns, array.devices);
        EXPECT_EQ(array.rows * array.phases, array.inputs);
    }
    ASSERT_GE(names.size(), 6U);
    EXPECT_EQ(names[0], "100x1");
}

TEST(LibrarySettings, EverySettingSaysWhatItTakesAndKeepsWhatItIsGiven)
{
    const Settings settings = settings_with({});
    memspike_setting setting = {};
    uint32_t count = 0;
    for (; memspike_setting_get(count, &setting); count++) {
        EXPECT_STRNE(setting.help, "") << setting.name;
        EXPECT_STRNE(setting.expected, "") << setting.name;
        const std::string value = value_of(settings, setting.name);
        memspike_error error = {""};
        EXPECT_EQ(memspike_settings_set(settings.get(), setting.name, value.c_str(), &error), MEMSPIKE_OK)
            << error.message;
        EXPECT_EQ(value_of(settings, setting.name), value);
    }
    EXPECT_GT(count, 30U);
}

TEST(LibrarySettings, RefusesWhatASettingDoesNotTake)
{
    const Settings settings = settings_with({});
    const std::vector<std::vector<const char *>> refused = {
        {"read_noise", "1", "read_noise: 1; expected a number from 0 to below 1"},
        {"array", "3x3", "array: 3x3; expected one of 100x1"},
        {"seed", "-1", "seed: -1; expected a whole number"},
        {"seed", "18446744073709551616", "seed: 18446744073709551616; expected"},
        {"seed", "", "seed: ; expected"},
        {"engine", "fpga", "engine: fpga; expected one of rtl"},
        {"colour", "red", "colour: no such setting"},
    };
    for (const auto &each : refused) {
        memspike_error error = {""};
        EXPECT_EQ(memspike_settings_set(settings.get(), each[0], each[1], &error), MEMSPIKE_INVALID);
        EXPECT_EQ(std::string(error.message).find(each[2]), 0U) << error.message;
    }
    char text[8];
    EXPECT_EQ(memspike_settings_get(settings.get(), "steps", 3, text, sizeof text, nullptr),
              MEMSPIKE_INVALID);
    EXPECT_EQ(memspike_settings_get(settings.get(), "colour", 1, text, sizeof text, nullptr),
              MEMSPIKE_INVALID);
}

TEST(LibrarySettings, ACopyIsItsOwn)
{
    const Settings settings =
        settings_with({{"seed", "18446744073709551615"}, {"port", "/dev/ttyUSB7"}, {"check", "yes"}});
    memspike_settings *made = nullptr;
    ASSERT_EQ(memspike_settings_copy(settings.get(), &made, nullptr), MEMSPIKE_OK);
    const Settings copy(made);
    ASSERT_EQ(memspike_settings_set(copy.get(), "port", "/dev/null", nullptr), MEMSPIKE_OK);
    EXPECT_EQ(value_of(settings, "port"), "/dev/ttyUSB7");
    EXPECT_EQ(value_of(copy, "seed"), "18446744073709551615");
    EXPECT_EQ(value_of(copy, "check"), "yes");
}

TEST(LibrarySettings, APresetThatIsNotThereIsNamed)
{
    memspike_settings *settings = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_settings_create("nowhere.cfg", &settings, &error), MEMSPIKE_INVALID);
    EXPECT_EQ(settings, nullptr);
    EXPECT_EQ(std::string(error.message).find("nowhere.cfg: "), 0U) << error.message;
}

TEST(LibraryDevice, WeightsAndResistancesAreEachOthersInverse)
{
    const Device device = paper_device();
    double minimum = 0, maximum = 0;
    memspike_device_range(device.get(), &minimum, &maximum);
    EXPECT_LT(minimum, maximum);
    EXPECT_STRNE(memspike_device_name(device.get()), "");
    EXPECT_DOUBLE_EQ(memspike_device_weight(device.get(), minimum), 1);
    EXPECT_NEAR(memspike_device_weight(device.get(), maximum), 0, 1e-12);
    EXPECT_NEAR(memspike_device_resistance(device.get(), 0.5), 2 / (1 / minimum + 1 / maximum), 1e-9);
}

TEST(LibraryDevice, WhatIsNoDeviceFileIsRefusedByNameAndLine)
{
    memspike_device *device = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_device_parse("name = \"x\";\nswitching = {", "mine", &device, &error),
              MEMSPIKE_INVALID);
    EXPECT_EQ(device, nullptr);
    EXPECT_EQ(std::string(error.message).find("mine:2: "), 0U) << error.message;
    EXPECT_EQ(memspike_device_load("no-such-device", &device, &error), MEMSPIKE_INVALID);
}

// Pulses that this device's own crossbar takes, as an instrument would list them.
std::vector<memspike_measured_pulse> measured_pulses()
{
    // u' = u / (1 + k t u) by hand, with constants of the paper's size.
    std::vector<memspike_measured_pulse> pulses;
    for (int i = 0; i < 400; i++) {
        const double voltage = (i % 2 != 0 ? -1 : 1) * (i % 4 < 2 ? 0.8 : 0.9);
        const double rate =
            (voltage > 0 ? 0.12 : 79) * (std::exp(std::fabs(voltage) / (voltage > 0 ? 0.3 : 0.5)) - 1);
        const double asymptote = voltage > 0 ? 5000 + 4000 * voltage : 13000 + 9000 * voltage;
        const double before = 5200 + 8.0 * i;
        const double distance = std::fabs(asymptote - before);
        const double seconds = 1e-6 * (10 + i % 7);
        const double left = distance / (1 + rate * seconds * distance);
        pulses.push_back({voltage, seconds, before, asymptote + (before > asymptote ? left : -left)});
    }
    return pulses;
}

TEST(LibraryDevice, AFitIsADeviceThatCanBeSavedAndLoaded)
{
    const auto pulses = measured_pulses();
    memspike_device *fitted = nullptr;
    memspike_fitted_side sides[2] = {};
    memspike_error error = {""};
    ASSERT_EQ(memspike_device_fit(pulses.data(), pulses.size(), "mine", &fitted, sides, &error), MEMSPIKE_OK)
        << error.message;
    const Device device(fitted);
    EXPECT_EQ(sides[0].pulses + sides[1].pulses, pulses.size());
    EXPECT_NEAR(sides[0].constants[2], 5000, 50);
    EXPECT_STREQ(memspike_device_name(device.get()), "mine");

    const std::string path = testing::TempDir() + "library_fit.cfg";
    ASSERT_EQ(memspike_device_save(device.get(), path.c_str(), &error), MEMSPIKE_OK) << error.message;
    memspike_device *loaded = nullptr;
    ASSERT_EQ(memspike_device_load(path.c_str(), &loaded, &error), MEMSPIKE_OK) << error.message;
    const Device again(loaded);
    EXPECT_DOUBLE_EQ(memspike_device_resistance(again.get(), 0.3),
                     memspike_device_resistance(device.get(), 0.3));
    EXPECT_EQ(memspike_device_save(again.get(), path.c_str(), &error), MEMSPIKE_INVALID);
    std::remove(path.c_str());
}

TEST(LibraryDevice, AFitRefusesWhatIsNoMeasurement)
{
    auto pulses = measured_pulses();
    memspike_device *device = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_device_fit(pulses.data(), pulses.size(), "a \"name\"", &device, nullptr, &error),
              MEMSPIKE_INVALID);
    EXPECT_EQ(memspike_device_fit(pulses.data(), 1, "mine", &device, nullptr, &error), MEMSPIKE_INVALID);
    pulses[7].voltage = 0;
    EXPECT_EQ(memspike_device_fit(pulses.data(), pulses.size(), "mine", &device, nullptr, &error),
              MEMSPIKE_INVALID);
    EXPECT_EQ(std::string(error.message).find("pulse 7: voltage 0 V"), 0U) << error.message;
    pulses[7] = {0.8, 1e-6, 5000, NAN};
    EXPECT_EQ(memspike_device_fit(pulses.data(), pulses.size(), "mine", &device, nullptr, &error),
              MEMSPIKE_INVALID);
    EXPECT_EQ(device, nullptr);
}

std::vector<double> ramp(const memspike_array &array)
{
    std::vector<double> weights(static_cast<size_t>(array.outputs) * array.inputs);
    for (size_t i = 0; i < weights.size(); i++) {
        const double unit = static_cast<double>(i % 89) / 88;
        weights[i] = array.pairs ? 2 * unit - 1 : unit;
    }
    return weights;
}

class LibraryCrossbar : public testing::TestWithParam<const char *>
{
};

TEST_P(LibraryCrossbar, WeightsGoInAndComeOut)
{
    const Crossbar crossbar = crossbar_of(settings_with({{"array", GetParam()}}), paper_device());
    const memspike_array array = memspike_crossbar_array(crossbar.get());
    const std::vector<double> weights = ramp(array);
    std::vector<double> targets(array.devices), found(weights.size()), resistances(array.devices);
    memspike_error error = {""};
    ASSERT_EQ(memspike_crossbar_targets(crossbar.get(), weights.data(), targets.data(), &error), MEMSPIKE_OK)
        << error.message;
    ASSERT_EQ(memspike_crossbar_set_resistances(crossbar.get(), targets.data(), &error), MEMSPIKE_OK)
        << error.message;
    memspike_crossbar_get_weights(crossbar.get(), found.data());
    memspike_crossbar_get_resistances(crossbar.get(), resistances.data());
    EXPECT_EQ(resistances, targets);
    for (size_t i = 0; i < weights.size(); i++) {
        EXPECT_NEAR(found[i], weights[i], 1e-9) << i;
    }
    // Without noise a column's current is the sum of the weights whose inputs spike.
    std::vector<uint8_t> spikes(array.inputs * 2);
    std::vector<double> currents(array.outputs * 2), read(array.devices);
    for (uint32_t i = 0; i < array.inputs; i += 3) {
        spikes[array.inputs + i] = 1;
    }
    memspike_crossbar_sense(crossbar.get(), 0, spikes.data(), 2, currents.data());
    for (uint32_t output = 0; output < array.outputs; output++) {
        double sum = 0;
        for (uint32_t i = 0; i < array.inputs; i += 3) {
            sum += weights[static_cast<size_t>(output) * array.inputs + i];
        }
        EXPECT_EQ(currents[output], 0);
        EXPECT_NEAR(currents[array.outputs + output], sum, 0.01);
    }
    memspike_crossbar_read(crossbar.get(), read.data());
    for (uint32_t d = 0; d < array.devices; d++) {
        EXPECT_NEAR(read[d], targets[d], 0.01);
    }
    EXPECT_EQ(memspike_crossbar_energy(crossbar.get()), 0);
}
INSTANTIATE_TEST_SUITE_P(Arrays, LibraryCrossbar,
                         testing::Values("100x1", "10x10", "25x8", "8x8", "100x1d", "100x8d"));

TEST(LibraryCrossbarLimits, WeightsAndResistancesOutsideOfTheirRangeAreRefused)
{
    const Crossbar crossbar = crossbar_of(settings_with({{"stuck_open", "0.1"}}), paper_device());
    const memspike_array array = memspike_crossbar_array(crossbar.get());
    std::vector<double> values(array.devices, 0.5), targets(array.devices);
    memspike_error error = {""};
    values[3] = 1.5;
    EXPECT_EQ(memspike_crossbar_targets(crossbar.get(), values.data(), targets.data(), &error),
              MEMSPIKE_INVALID);
    EXPECT_STREQ(error.message, "weight of output 0, input 3: 1.5; expected 0 to 1");
    values[3] = -1;
    EXPECT_EQ(memspike_crossbar_set_resistances(crossbar.get(), values.data(), &error), MEMSPIKE_INVALID);
    EXPECT_EQ(std::string(error.message).find("device 3: -1 ohm"), 0U) << error.message;
    const auto stuck = std::make_unique<bool[]>(array.devices);
    memspike_crossbar_get_stuck(crossbar.get(), stuck.get());
    const auto count = std::count(stuck.get(), stuck.get() + array.devices, true);
    EXPECT_GE(count, 3); // each one by itself, with a chance of 10 %
    EXPECT_LE(count, 20);
}

struct Seen {
    std::vector<memspike_pulse> pulses;
};

TEST(LibraryEngine, WritesAndRunsTheSameOnRtlAndModel)
{
    std::vector<uint16_t> spikes[2];
    std::vector<double> resistances[2];
    Seen seen[2];
    memspike_statistics statistics[2] = {};
    const char *const kinds[] = {"rtl", "model"};
    for (int kind = 0; kind < 2; kind++) {
        const Settings settings = settings_with(
            {{"engine", kinds[kind]}, {"read_noise", "0.1"}, {"steps", "50"}, {"tolerance", "0.02"}});
        const Device device = paper_device();
        const Crossbar crossbar = crossbar_of(settings, device);
        const Engine engine = engine_of(settings, crossbar);
        const memspike_array array = memspike_crossbar_array(crossbar.get());
        std::vector<double> targets(array.devices);
        std::vector<memspike_written> written(array.devices);
        memspike_error error = {""};
        const std::vector<double> weights = ramp(array);
        ASSERT_EQ(memspike_crossbar_targets(crossbar.get(), weights.data(), targets.data(), &error),
                  MEMSPIKE_OK);
        targets[5] = 0;
        ASSERT_EQ(memspike_engine_write(
                      engine.get(), targets.data(), written.data(),
                      [](void *context, const memspike_pulse *pulse) {
                          static_cast<Seen *>(context)->pulses.push_back(*pulse);
                      },
                      &seen[kind], &error),
                  MEMSPIKE_OK)
            << error.message;
        EXPECT_EQ(written[5].ending, MEMSPIKE_UNTOUCHED);
        std::vector<float> values(static_cast<size_t>(array.inputs) * 20, 0.4F);
        spikes[kind].resize(20);
        ASSERT_EQ(
            memspike_engine_run(engine.get(), values.data(), 0, 20, spikes[kind].data(), nullptr, &error),
            MEMSPIKE_OK)
            << error.message;
        resistances[kind].resize(array.devices);
        memspike_crossbar_get_resistances(crossbar.get(), resistances[kind].data());
        memspike_engine_statistics(engine.get(), &statistics[kind]);
        EXPECT_GT(memspike_crossbar_energy(crossbar.get()), 0);
    }
    EXPECT_EQ(spikes[0], spikes[1]);
    EXPECT_EQ(resistances[0], resistances[1]);
    EXPECT_EQ(std::memcmp(&statistics[0], &statistics[1], sizeof statistics[0]), 0);
    ASSERT_GT(seen[0].pulses.size(), 50U);
    ASSERT_EQ(seen[0].pulses.size(), seen[1].pulses.size());
    EXPECT_EQ(seen[0].pulses.size(), statistics[0].pulses);
    for (size_t i = 0; i < seen[0].pulses.size(); i++) {
        EXPECT_EQ(seen[0].pulses[i].after, seen[1].pulses[i].after);
        EXPECT_EQ(seen[0].pulses[i].clock, seen[1].pulses[i].clock);
        EXPECT_EQ(seen[0].pulses[i].voltage > 0, seen[0].pulses[i].after > seen[0].pulses[i].before);
    }
}

TEST(LibraryEngine, AnObservedSampleIsTheSameSample)
{
    const Settings settings = settings_with({{"engine", "model"}, {"steps", "40"}, {"array", "25x8"}});
    const Device device = paper_device();
    const Crossbar crossbar = crossbar_of(settings, device);
    const Engine engine = engine_of(settings, crossbar);
    const memspike_array array = memspike_crossbar_array(crossbar.get());
    const std::vector<float> values(array.inputs, 0.3F);
    std::vector<uint16_t> run(array.outputs), observed(array.outputs);
    std::vector<uint8_t> rows(static_cast<size_t>(array.inputs) * 40);
    std::vector<double> membranes(static_cast<size_t>(array.outputs) * 40);
    memspike_error error = {""};
    ASSERT_EQ(memspike_engine_run(engine.get(), values.data(), 7, 1, run.data(), nullptr, &error),
              MEMSPIKE_OK);
    ASSERT_EQ(memspike_engine_observe(engine.get(), values.data(), 7, observed.data(), rows.data(),
                                      membranes.data(), &error),
              MEMSPIKE_OK);
    EXPECT_EQ(run, observed);
    const auto share =
        static_cast<double>(std::count(rows.begin(), rows.end(), 1)) / static_cast<double>(rows.size());
    EXPECT_NEAR(share, 0.3, 0.05);
    ASSERT_EQ(
        memspike_engine_observe(engine.get(), values.data(), 7, observed.data(), nullptr, nullptr, &error),
        MEMSPIKE_OK);
}

// What a bench around the RTL asks for, clock by clock, is what the engine's own run had.
TEST(LibraryBench, TheBoundaryAnswersAsTheCrossbarDoes)
{
    const Settings settings =
        settings_with({{"engine", "model"}, {"array", "25x8"}, {"read_noise", "0.1"}, {"steps", "20"}});
    const Device device = paper_device();
    const Crossbar crossbar = crossbar_of(settings, device);
    const Crossbar twin = crossbar_of(settings, device);
    const Engine engine = engine_of(settings, crossbar);
    const memspike_array array = memspike_crossbar_array(crossbar.get());
    constexpr uint32_t tiles = 5;
    std::vector<uint8_t> spikes(array.inputs);
    for (uint32_t i = 0; i < array.inputs; i++) {
        spikes[i] = i % 3 == 0;
    }
    std::vector<double> currents(array.outputs), sums(array.outputs);
    memspike_crossbar_sense(crossbar.get(), 4, spikes.data(), 1, currents.data());
    for (uint32_t phase = 0; phase < array.phases; phase++) {
        uint32_t rows = 0;
        std::vector<int32_t> codes(array.outputs * tiles);
        for (uint32_t row = 0; row < array.rows; row++) {
            rows |= static_cast<uint32_t>(spikes[phase * array.rows + row]) << row;
        }
        memspike_crossbar_sense_phase(crossbar.get(), 4, 0, phase, &rows, codes.data());
        for (size_t code = 0; code < codes.size(); code++) {
            sums[code / tiles] += codes[code] / 4096.0;
        }
    }
    EXPECT_EQ(sums, currents);

    std::vector<double> read(array.devices);
    memspike_crossbar_read(twin.get(), read.data());
    for (uint32_t d = 0; d < array.devices; d++) {
        EXPECT_EQ(memspike_crossbar_read_device(crossbar.get(), d), read[d] * 256);
    }

    std::vector<double> before(array.devices), after(array.devices);
    memspike_crossbar_get_resistances(crossbar.get(), before.data());
    memspike_crossbar_pulse_clock(crossbar.get(), 7, 0);
    memspike_crossbar_get_resistances(crossbar.get(), after.data());
    EXPECT_NE(after[7], before[7]);
    after[7] = before[7];
    EXPECT_EQ(after, before);
}

TEST(LibraryBench, AHostLearnsWhatToWrite)
{
    const Settings settings = settings_with({{"engine", "model"}, {"steps", "321"}, {"max_pulses", "9"}});
    const Device device = paper_device();
    const Crossbar crossbar = crossbar_of(settings, device);
    const Engine engine = engine_of(settings, crossbar);
    const uint32_t count = memspike_engine_transfers(engine.get(), nullptr, 0);
    std::vector<memspike_transfer> transfers(count + 1, {0xFFFF, 0});
    EXPECT_EQ(memspike_engine_transfers(engine.get(), transfers.data(), count), count);
    EXPECT_EQ(transfers[count].address, 0xFFFFU); // no more than there was room for
    const auto written = [&transfers](uint32_t address) {
        const auto found = std::find_if(transfers.begin(), transfers.end(),
                                        [address](const auto &each) { return each.address == address; });
        return found != transfers.end() ? static_cast<int64_t>(found->data) : -1;
    };
    EXPECT_EQ(written(REGISTER_STEPS), 321);
    EXPECT_EQ(written(REGISTER_MAX_PULSES), 9);
    EXPECT_GT(written(REGISTER_PULSE_ENTRIES), 0);
    EXPECT_EQ(written(REGISTER_SEED), -1); // which each sample has its own of
    EXPECT_NE(memspike_engine_seed(engine.get(), 0), memspike_engine_seed(engine.get(), 1));
    EXPECT_EQ(memspike_rate_of_value(0.25), 16384);
    EXPECT_EQ(memspike_rate_of_value(1), 65535);
    EXPECT_EQ(memspike_word_of_resistance(5000.5), 5000U * 256 + 128);
}

TEST(LibraryEngine, RefusesWhatItCannotRun)
{
    const Settings settings = settings_with({{"engine", "model"}});
    const Device device = paper_device();
    const Crossbar crossbar = crossbar_of(settings, device);
    memspike_engine *made = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_engine_create(settings.get(), 3, crossbar.get(), &made, &error), MEMSPIKE_INVALID);
    EXPECT_EQ(made, nullptr);
    const Engine engine = engine_of(settings, crossbar);
    std::vector<float> values(100, 0.5F);
    values[9] = 1.5F;
    uint16_t spikes = 0;
    EXPECT_EQ(memspike_engine_run(engine.get(), values.data(), 0, 1, &spikes, nullptr, &error),
              MEMSPIKE_INVALID);
    EXPECT_STREQ(error.message, "sample 0, value 9: 1.5; expected 0 to 1");
    values[9] = NAN;
    EXPECT_EQ(memspike_engine_observe(engine.get(), values.data(), 0, &spikes, nullptr, nullptr, &error),
              MEMSPIKE_INVALID);
    std::vector<double> targets(100, 5000);
    targets[2] = 70000;
    EXPECT_EQ(memspike_engine_write(engine.get(), targets.data(), nullptr, nullptr, nullptr, &error),
              MEMSPIKE_INVALID);
    EXPECT_EQ(std::string(error.message).find("target of device 2: 70000 ohm"), 0U) << error.message;
    EXPECT_STREQ(memspike_engine_kind(0), "rtl");
    EXPECT_EQ(memspike_engine_kind(99), nullptr);
}

TEST(LibraryEngine, AListenerHearsAndStops)
{
    const Settings settings = settings_with({{"engine", "model"}, {"threads", "1"}});
    const Device device = paper_device();
    const Crossbar crossbar = crossbar_of(settings, device);
    const Engine engine = engine_of(settings, crossbar);
    const std::vector<float> values(100 * 5000, 0.5F);
    std::vector<uint16_t> spikes(5000);
    int heard = 0;
    const memspike_listener listener = {[](void *context, const char *what, uint64_t, uint64_t total) {
                                            EXPECT_STREQ(what, "running samples");
                                            EXPECT_EQ(total, 5000U);
                                            return ++*static_cast<int *>(context) == 1 ? 1 : 0;
                                        },
                                        nullptr, &heard};
    memspike_error error = {""};
    EXPECT_EQ(memspike_engine_run(engine.get(), values.data(), 0, 5000, spikes.data(), &listener, &error),
              MEMSPIKE_INTERRUPTED);
    EXPECT_STREQ(error.message, "interrupted");
    EXPECT_EQ(heard, 1);
    memspike_statistics statistics = {};
    memspike_engine_statistics(engine.get(), &statistics);
    EXPECT_LT(statistics.samples, 5000U);
}

TEST(Library, TwoThreadsUseTwoObjectsAtTheSameTime)
{
    std::vector<uint16_t> spikes[3];
    const auto run = [&](int which) {
        const Settings settings =
            settings_with({{"engine", which == 2 ? "model" : "rtl"}, {"steps", "100"}, {"threads", "1"}});
        const Device device = paper_device();
        const Crossbar crossbar = crossbar_of(settings, device);
        const Engine engine = engine_of(settings, crossbar);
        const std::vector<float> values(100 * 200, 0.5F);
        spikes[which].resize(200);
        EXPECT_EQ(
            memspike_engine_run(engine.get(), values.data(), 0, 200, spikes[which].data(), nullptr, nullptr),
            MEMSPIKE_OK);
    };
    std::thread first(run, 0), second(run, 1);
    first.join();
    second.join();
    run(2);
    EXPECT_EQ(spikes[0], spikes[1]);
    EXPECT_EQ(spikes[0], spikes[2]);
}

TEST(Library, NothingIsHarmlessToFree)
{
    memspike_settings_free(nullptr);
    memspike_device_free(nullptr);
    memspike_crossbar_free(nullptr);
    memspike_engine_free(nullptr);
    memspike_corpus_free(nullptr);
    memspike_network_free(nullptr);
    memspike_deployment_free(nullptr);
}

} // namespace
