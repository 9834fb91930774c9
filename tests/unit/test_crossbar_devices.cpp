// SPDX-License-Identifier: Apache-2.0
/* The crossbar's devices: fresh, read, pulsed, stuck, saved and restored; the pulses' energy. */
#include "support/crossbar.h"
#include "support/statistics.h"

#include <cmath>
#include <numeric>

namespace
{

using support::Array;
using support::correlation;
using support::Crossbar;
using support::distance_from_uniform;
using support::Random;
using support::resistances_of;
using support::uniform_limit;

TEST_P(Crossbar, VerifyNoiseIsUniform)
{
    const double noise = 0.1;
    Array array = open({11, noise, 0, 0, 0, 0, 0});
    const double resistance = 8000;
    crossbar_set_resistances(array.get(), std::vector<double>(GetParam()->devices, resistance).data());
    const size_t reads = 20000;
    std::vector<double> draws[2];
    for (size_t read = 0; read < reads; read++) {
        for (uint32_t device = 0; device < 2; device++) {
            const double reading = std::ldexp(crossbar_read(array.get(), device), -RESISTANCE_FRACTION);
            ASSERT_GE(reading, resistance * (1 - noise) - 0.01);
            ASSERT_LE(reading, resistance * (1 + noise) + 0.01);
            draws[device].push_back((reading / resistance - 1 + noise) / (2 * noise));
        }
    }
    for (const std::vector<double> &device : draws) {
        EXPECT_LT(distance_from_uniform(device), uniform_limit(reads));
        EXPECT_NEAR(std::accumulate(device.begin(), device.end(), 0.0) / reads, 0.5,
                    4 / std::sqrt(12.0 * reads));
        const std::vector<double> now(device.begin(), device.end() - 1);
        const std::vector<double> next(device.begin() + 1, device.end());
        EXPECT_LT(std::fabs(correlation(now, next)), 5 / std::sqrt(static_cast<double>(reads)));
    }
    EXPECT_LT(std::fabs(correlation(draws[0], draws[1])), 5 / std::sqrt(static_cast<double>(reads)));
    // A device's n-th reading does not depend on what else was read.
    Array alone = open({11, noise, 0, 0, 0, 0, 0});
    crossbar_set_resistances(alone.get(), std::vector<double>(GetParam()->devices, resistance).data());
    for (size_t read = 0; read < 100; read++) {
        const double reading = std::ldexp(crossbar_read(alone.get(), 1), -RESISTANCE_FRACTION);
        ASSERT_EQ((reading / resistance - 1 + noise) / (2 * noise), draws[1][read]);
    }
}

TEST_P(Crossbar, GoesOnFromWhatWasSaved)
{
    const struct crossbar_settings settings = {3, 0.2, 0, 0, 0, 0, 0};
    const Array whole = open(settings);
    const Array other = open(settings);
    crossbar_set_pulses(whole.get(), &device_->pulses[0]);
    crossbar_set_pulses(other.get(), &device_->pulses[0]);
    const auto use = [](const Array &array) {
        std::vector<uint32_t> readings;
        for (uint32_t device = 0; device < GetParam()->devices; device++) {
            for (uint32_t i = 0; i <= device % 3; i++) {
                readings.push_back(crossbar_read(array.get(), device));
                crossbar_pulse(array.get(), device, device % 2 != 0 ? 0 : 8);
            }
        }
        return readings;
    };
    use(whole);
    struct crossbar_state state = crossbar_save(whole.get());
    crossbar_restore(other.get(), &state);
    crossbar_state_clear(&state);
    EXPECT_EQ(use(whole), use(other));
    EXPECT_EQ(crossbar_energy(whole.get()), crossbar_energy(other.get()));
    for (uint32_t device = 0; device < GetParam()->devices; device++) {
        EXPECT_EQ(crossbar_resistances(whole.get())[device], crossbar_resistances(other.get())[device]);
    }
}

TEST_P(Crossbar, ReadWithoutNoiseIsTheResistance)
{
    Random random(53);
    Array array = open({12, 0, 0, 0, 0, 0, 0});
    const std::vector<double> resistances = random_resistances(random);
    crossbar_set_resistances(array.get(), resistances.data());
    for (uint32_t device = 0; device < GetParam()->devices; device++) {
        EXPECT_EQ(crossbar_resistances(array.get())[device], resistances[device]);
        EXPECT_EQ(crossbar_read(array.get(), device), resistance_to_fixed(resistances[device]));
    }
}

TEST_P(Crossbar, PulsesMoveTheirDeviceAndCostEnergy)
{
    const struct hardware &hardware = *GetParam();
    Random random(54);
    Array array = open({14, 0, 0, 0, 0, 0, 0});
    const struct pulse_table &table = device_->pulses[0];
    crossbar_set_pulses(array.get(), &table);
    std::vector<double> expected = resistances_of(array);
    EXPECT_EQ(crossbar_energy(array.get()), 0);
    double energy = 0;
    for (int round = 0; round < 200; round++) {
        const auto device = static_cast<uint32_t>(random.below(hardware.devices));
        const auto entry = static_cast<uint32_t>(random.below(table.count));
        const struct pulse &pulse = table.pulses[entry];
        const double seconds = 1e-6 / hardware.clocks_per_us;
        for (uint32_t clock = 0; clock < pulse.width_us * hardware.clocks_per_us; clock++) {
            energy += pulse.voltage * pulse.voltage / expected[device] * seconds;
            expected[device] = memristor_step(expected[device], &pulse, seconds);
            crossbar_pulse(array.get(), device, entry);
        }
    }
    for (uint32_t device = 0; device < hardware.devices; device++) {
        EXPECT_EQ(crossbar_resistances(array.get())[device], expected[device]);
    }
    EXPECT_NEAR(crossbar_energy(array.get()), energy, 1e-9 * energy);
    EXPECT_GT(energy, 0);
    // Sensing follows.
    crossbar_prepare(array.get());
    const double weight = sensed_weight(expected[0]);
    const double subtracted = hardware.sides > 1 ? sensed_weight(expected[hardware.lanes]) : 0;
    EXPECT_NEAR(sense(array, 0, 0, 0, one_row(0))[0], (weight - subtracted) * (1 << CODE_FRACTION), 0.51);
}

TEST_P(Crossbar, StuckDevicesKeepTheirResistance)
{
    struct crossbar_settings settings = {};
    settings.stuck_open = 0.1;
    settings.stuck_closed = 0.15;
    settings.stuck_anywhere = 0.2;
    uint32_t stuck = 0;
    uint32_t open_ones = 0;
    uint32_t closed_ones = 0;
    uint32_t moved = 0;
    const uint64_t arrays = 40;
    for (settings.seed = 1; settings.seed <= arrays; settings.seed++) {
        const Array array = open(settings);
        crossbar_set_pulses(array.get(), &device_->pulses[1]);
        Random random(settings.seed);
        const std::vector<double> fresh = resistances_of(array);
        crossbar_set_resistances(array.get(), random_resistances(random).data());
        for (uint32_t d = 0; d < GetParam()->devices; d++) {
            const double before = crossbar_resistances(array.get())[d];
            const double energy = crossbar_energy(array.get());
            crossbar_pulse(array.get(), d, 0);
            const double after = crossbar_resistances(array.get())[d];
            EXPECT_GT(crossbar_energy(array.get()), energy);
            if (!crossbar_stuck(array.get(), d)) {
                moved += before != after; // one beyond the pulse's asymptote does not
                continue;
            }
            EXPECT_EQ(fresh[d], before);
            EXPECT_EQ(before, after);
            const double weight = device_weight(device_.get(), after);
            stuck++;
            open_ones += weight < 0;
            closed_ones += weight > 1;
        }
    }
    EXPECT_GT(moved, 0u);
    // Three standard deviations around the shares.
    const double devices = static_cast<double>(arrays) * GetParam()->devices;
    EXPECT_NEAR(stuck / devices, 0.45, 3 * std::sqrt(0.45 * 0.55 / devices));
    EXPECT_NEAR(open_ones / devices, 0.1, 3 * std::sqrt(0.1 * 0.9 / devices));
    EXPECT_NEAR(closed_ones / devices, 0.15, 3 * std::sqrt(0.15 * 0.85 / devices));
}

TEST_P(Crossbar, FreshDevices)
{
    Array array = open({15, 0, 0, 0, 0, 0, 0});
    Array same = open({15, 0.2, 8, 0, 0, 0, 0});
    Array other = open({16, 0, 0, 0, 0, 0, 0});
    std::vector<double> positions;
    uint32_t equal = 0;
    for (uint32_t device = 0; device < GetParam()->devices; device++) {
        const double resistance = crossbar_resistances(array.get())[device];
        EXPECT_GE(resistance, 7000);
        EXPECT_LE(resistance, 15000);
        EXPECT_EQ(crossbar_resistances(same.get())[device], resistance);
        equal += crossbar_resistances(other.get())[device] == resistance ? 1 : 0;
        positions.push_back((resistance - 7000) / 8000);
    }
    EXPECT_EQ(equal, 0u);
    EXPECT_LT(distance_from_uniform(positions), uniform_limit(positions.size()));
    EXPECT_EQ(crossbar_hardware(array.get()), GetParam());
    EXPECT_EQ(crossbar_device(array.get()), device_.get());
    crossbar_close(nullptr);
}

INSTANTIATE_TEST_SUITE_P(Hardware, Crossbar, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
