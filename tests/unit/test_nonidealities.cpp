// SPDX-License-Identifier: Apache-2.0
/* What devices and lines do beside the switching model. */
#include "support/hardware.h"

#include "model/crossbar/crossbar.h"
#include "model/crossbar/line_resistance.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

namespace
{

using support::Random;

using support::Array;

class Nonidealities : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    Array open(uint64_t seed = 1)
    {
        struct crossbar_settings settings = {};
        settings.seed = seed;
        Array array(crossbar_open(GetParam(), device_.get(), &settings));
        crossbar_set_pulses(array.get(), &device_->pulses[0]);
        return array;
    }
    /* Codes of a phase with all rows on. */
    std::vector<int32_t> sense_all(struct crossbar *array, uint32_t phase = 0)
    {
        const std::vector<uint32_t> rows((GetParam()->lanes + 31) / 32 + 1, UINT32_MAX);
        std::vector<int32_t> codes(GetParam()->codes);
        crossbar_prepare(array);
        crossbar_sense(array, 0, 0, phase, rows.data(), codes.data());
        return codes;
    }
    /* Resistances of a device, but for those of subtracted columns, which have no conductance. */
    static std::vector<double> one_side(double resistance)
    {
        std::vector<double> resistances(GetParam()->devices, resistance);
        for (uint32_t d = 0; d < GetParam()->devices; d++) {
            if (d / GetParam()->lanes % GetParam()->sides == 1) {
                resistances[d] = 1e9;
            }
        }
        return resistances;
    }
    /* How far each device's first pulse of an entry takes it, from 8,000 ohm. */
    std::vector<double> changes(struct crossbar *array, uint32_t entry)
    {
        const uint32_t devices = GetParam()->devices;
        const std::vector<double> start(devices, 8000.0);
        crossbar_set_resistances(array, start.data());
        std::vector<double> found;
        for (uint32_t d = 0; d < devices; d++) {
            crossbar_pulse_clocks(array, d, entry, GetParam()->clocks_per_us);
            found.push_back(crossbar_resistances(array)[d] - 8000.0);
        }
        return found;
    }
    struct nonidealities &nonidealities()
    {
        return device_->nonidealities;
    }
    support::Device device_ = support::paper_device();
};

double mean(const std::vector<double> &values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation(const std::vector<double> &values)
{
    const double middle = mean(values);
    double sum = 0;
    for (const double value : values) {
        sum += (value - middle) * (value - middle);
    }
    return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST_P(Nonidealities, EachPulseHasItsOwnSpeed)
{
    const double ideal = changes(open().get(), 0)[0];
    nonidealities().write_variation = 0.3;
    std::vector<double> factors;
    for (uint64_t seed = 1; seed <= 2000 / GetParam()->devices + 1; seed++) {
        for (const double change : changes(open(seed).get(), 0)) {
            factors.push_back(change / ideal);
        }
    }
    const double root = std::sqrt(static_cast<double>(factors.size()));
    EXPECT_NEAR(mean(factors), 1, 4 * 0.3 / root);
    EXPECT_NEAR(deviation(factors), 0.3, 4 * 0.3 / root);

    // The same pulse clock by clock; another one once the device has been read.
    const Array whole = open();
    const Array parts = open();
    crossbar_pulse_clocks(whole.get(), 3, 0, 20);
    for (int clock = 0; clock < 20; clock++) {
        crossbar_pulse(parts.get(), 3, 0);
    }
    EXPECT_EQ(crossbar_resistances(whole.get())[3], crossbar_resistances(parts.get())[3]);
    const Array read = open();
    (void) crossbar_read(read.get(), 3);
    crossbar_pulse_clocks(read.get(), 3, 0, 20);
    EXPECT_NE(crossbar_resistances(whole.get())[3], crossbar_resistances(read.get())[3]);
}

TEST_P(Nonidealities, EachDeviceHasItsOwnConstants)
{
    const double ideal = changes(open().get(), 0)[0];
    nonidealities().device_variation[DATA_A_P] = 0.2;
    const Array array = open();
    const std::vector<double> first = changes(array.get(), 0);
    EXPECT_EQ(changes(array.get(), 0), first); // the device's, not the pulse's
    EXPECT_NE(changes(open(2).get(), 0), first);
    // Only positive pulses: A_n is as it was.
    nonidealities().device_variation[DATA_A_P] = 0;
    const uint32_t negative = 6;
    ASSERT_LT(device_->pulses[0].pulses[negative].voltage, 0);
    const std::vector<double> ideal_negative = changes(open().get(), negative);
    nonidealities().device_variation[DATA_A_P] = 0.2;
    EXPECT_EQ(changes(open().get(), negative), ideal_negative);
    std::vector<double> factors;
    for (uint64_t seed = 1; seed <= 2000 / GetParam()->devices + 1; seed++) {
        for (const double change : changes(open(seed).get(), 0)) {
            factors.push_back(change / ideal);
        }
    }
    const double root = std::sqrt(static_cast<double>(factors.size()));
    EXPECT_NEAR(mean(factors), 1, 4 * 0.2 / root);
    EXPECT_NEAR(deviation(factors), 0.2, 4 * 0.2 / root);
}

// However wild: no resistance below 0, and none that is no number.
TEST_P(Nonidealities, WildConstantsDoNoHarm)
{
    for (const char *const name : {"paper", "oblea2010", "vteam"}) {
        device_ = support::device_named(name);
        for (double &variation : nonidealities().device_variation) {
            variation = 0.99;
        }
        nonidealities().write_variation = 0.99;
        nonidealities().row_ohm = nonidealities().column_ohm = 50;
        for (uint64_t seed = 1; seed <= 5; seed++) {
            const Array array = open(seed);
            for (uint32_t d = 0; d < GetParam()->devices; d++) {
                for (uint32_t i = 0; i < device_->pulses[0].count; i++) {
                    crossbar_pulse_clocks(array.get(), d, i, 50);
                    const double resistance = crossbar_resistances(array.get())[d];
                    ASSERT_TRUE(std::isfinite(resistance) && resistance > 0) << name << " " << resistance;
                }
            }
        }
    }
}

TEST_P(Nonidealities, ConductancesDrift)
{
    const std::vector<double> start = one_side(4000.0);
    nonidealities().drift_start = 20;
    nonidealities().drift_exponent = 0.05;
    for (const double time : {20.0, 200.0, 1e6}) {
        nonidealities().drift_time = time;
        const Array array = open();
        crossbar_set_resistances(array.get(), start.data());
        const double drifted = 4000 / std::pow(time / 20, -0.05);
        const double weight = GetParam()->sides > 1
                                  ? device_weight(device_.get(), drifted) - device_weight(device_.get(), 1e9)
                                  : std::max(device_weight(device_.get(), drifted), 0.0);
        const double wanted = GetParam()->tile_rows * weight;
        for (const int32_t code : sense_all(array.get())) {
            EXPECT_NEAR(std::ldexp(code, -CODE_FRACTION), wanted, 1e-3) << time;
        }
        EXPECT_EQ(crossbar_read(array.get(), 0), resistance_to_fixed(4000)); // verified before
    }
    // Devices drift at rates of their own.
    nonidealities().drift_spread = 0.02;
    const Array one = open(1);
    const Array two = open(2);
    crossbar_set_resistances(one.get(), start.data());
    crossbar_set_resistances(two.get(), start.data());
    EXPECT_NE(sense_all(one.get()), sense_all(two.get()));
}

/* A reference that drifts with them, or the other column of a pair: currents fall by the one factor. */
TEST_P(Nonidealities, DriftIsAFactorWithAReferenceThatDrifts)
{
    const std::vector<double> start = one_side(4000.0);
    nonidealities().drift_start = 20;
    nonidealities().drift_exponent = 0.05;
    nonidealities().drift_time = 2000;
    nonidealities().drift_reference = 1;
    const Array array = open();
    crossbar_set_resistances(array.get(), start.data());
    const double factor = std::pow(100, -0.05);
    EXPECT_DOUBLE_EQ(nonidealities_median_drift(&nonidealities()), factor);
    const double none = GetParam()->sides > 1 ? device_weight(device_.get(), 1e9) : 0; // of the other side
    for (const int32_t code : sense_all(array.get())) {
        EXPECT_NEAR(std::ldexp(code, -CODE_FRACTION),
                    GetParam()->tile_rows * factor * (device_weight(device_.get(), 4000) - none), 1e-3);
    }
}

TEST_P(Nonidealities, ReadingDisturbsByTheSwitchingModel)
{
    const std::vector<double> start = one_side(4000.0);
    nonidealities().disturb_voltage = 0.3;
    nonidealities().disturb_s = 2e-6;
    const Array array = open();
    crossbar_set_resistances(array.get(), start.data());
    const struct pulse read = pulse_of_voltage(&device_->switching, 0.3);
    const double after = memristor_after(4000, &read, 2e-6);
    ASSERT_GT(after, 4010);
    const double none = GetParam()->sides > 1 ? device_weight(device_.get(), 1e9) : 0;
    for (const int32_t code : sense_all(array.get())) {
        EXPECT_NEAR(std::ldexp(code, -CODE_FRACTION),
                    GetParam()->tile_rows * (device_weight(device_.get(), after) - none), 1e-3);
    }
    EXPECT_EQ(crossbar_resistances(array.get())[0], 4000); // until it is read
}

TEST_P(Nonidealities, PulsesReachTheRowAndTheColumn)
{
    const struct hardware &hardware = *GetParam();
    const std::vector<double> start(hardware.devices, 8000.0);
    nonidealities().half_select = 0.5;
    const Array array = open();
    const Array parts = open();
    crossbar_set_resistances(array.get(), start.data());
    crossbar_set_resistances(parts.get(), start.data());
    const uint32_t chosen = hardware.devices - 1;
    const double seconds = 1e-6 / hardware.clocks_per_us;
    crossbar_pulse_clocks(array.get(), chosen, 0, 3);
    for (int clock = 0; clock < 3; clock++) {
        crossbar_pulse(parts.get(), chosen, 0);
    }
    const double voltage = device_->pulses[0].pulses[0].voltage;
    const struct pulse whole = pulse_of_voltage(&device_->switching, voltage);
    const struct pulse half = pulse_of_voltage(&device_->switching, voltage / 2);
    double chosen_after = 8000;
    double beside_after = 8000;
    for (int clock = 0; clock < 3; clock++) {
        chosen_after = memristor_step(chosen_after, &whole, seconds);
        beside_after = memristor_step(beside_after, &half, seconds);
    }
    uint32_t beside = 0;
    for (uint32_t d = 0; d < hardware.devices; d++) {
        const uint32_t row = d % hardware.lanes;
        const bool same_row = row == chosen % hardware.lanes;
        const bool same_column =
            d / hardware.lanes == chosen / hardware.lanes && row / hardware.tile_rows == hardware.tiles - 1;
        const bool neighbour = d != chosen && (same_row || same_column);
        beside += neighbour ? 1 : 0;
        EXPECT_EQ(crossbar_resistances(array.get())[d], d == chosen ? chosen_after
                                                        : neighbour ? beside_after
                                                                    : 8000)
            << d;
        EXPECT_EQ(crossbar_resistances(array.get())[d], crossbar_resistances(parts.get())[d]);
    }
    EXPECT_EQ(beside, hardware.columns - 1 + hardware.tile_rows - 1);
    EXPECT_EQ(crossbar_energy(array.get()), crossbar_energy(parts.get()));
}

/* Each reading by itself: its mean is the conductance, its deviation the formula's, and no two are alike. */
TEST_P(Nonidealities, NoiseDependsOnTheConductance)
{
    const struct hardware &hardware = *GetParam();
    nonidealities().noise_scale = 0.0088;
    nonidealities().noise_exponent = 0.65;
    nonidealities().noise_most = 0.2;
    nonidealities().noise_read_s = 250e-9;
    nonidealities().noise_time_s = 1;
    nonidealities().noise_verify_s = 1e-4;
    const double minimum = device_->minimum_resistance;
    const double range = 1 / minimum - 1 / device_->maximum_resistance;
    for (const double resistance : {2500.0, 8000.0}) {
        const Array array = open();
        std::vector<double> start(hardware.devices, 1e9);
        start[0] = resistance;
        crossbar_set_resistances(array.get(), start.data());
        crossbar_prepare(array.get());
        const double share = std::min(0.0088 * std::pow(resistance / minimum, 0.65), 0.2);
        const std::vector<uint32_t> rows(hardware.lanes / 32 + 2, 1);
        std::vector<double> sensed;
        std::vector<double> verified;
        std::vector<int32_t> codes(hardware.codes);
        for (uint32_t step = 0; step < 4000; step++) {
            crossbar_sense(array.get(), 7, step, 0, rows.data(), codes.data());
            sensed.push_back(std::ldexp(codes[0], -CODE_FRACTION));
            verified.push_back(1 / std::ldexp(crossbar_read(array.get(), 0), -RESISTANCE_FRACTION));
        }
        const double in_weights = 1 / (resistance * range);
        const double sensed_share = share * std::sqrt(std::log((1 + 250e-9) / 500e-9));
        const double verified_share = share * std::sqrt(std::log((1e-4 + 250e-9) / 500e-9));
        EXPECT_NEAR(deviation(sensed), sensed_share * in_weights, 0.05 * sensed_share * in_weights);
        EXPECT_NEAR(deviation(verified), verified_share / resistance, 0.05 * verified_share / resistance);
        EXPECT_NEAR(mean(verified), 1 / resistance, 4 * verified_share / resistance / std::sqrt(4000));
    }
}

TEST_P(Nonidealities, ConvertersHaveOffsetAndGain)
{
    const struct hardware &hardware = *GetParam();
    const auto codes = [&](uint64_t seed, double weight) {
        const Array array = open(seed);
        const std::vector<double> start = one_side(device_resistance(device_.get(), weight));
        crossbar_set_resistances(array.get(), start.data());
        return sense_all(array.get(), hardware.phases - 1);
    };
    const std::vector<int32_t> ideal_low = codes(1, 0.2);
    const std::vector<int32_t> ideal_high = codes(1, 0.6);
    nonidealities().adc_offset = 0.05;
    nonidealities().adc_gain = 0.02;
    std::vector<double> offsets;
    std::vector<double> gains;
    for (uint64_t seed = 1; seed <= 1200 / hardware.codes + 1; seed++) {
        const std::vector<int32_t> low = codes(seed, 0.2);
        const std::vector<int32_t> high = codes(seed, 0.6);
        for (uint32_t code = 0; code < hardware.codes; code++) {
            const double gain = static_cast<double>(high[code] - low[code]) /
                                static_cast<double>(ideal_high[code] - ideal_low[code]);
            gains.push_back(gain);
            offsets.push_back(std::ldexp(low[code] - gain * ideal_low[code], -CODE_FRACTION));
        }
    }
    const double root = std::sqrt(static_cast<double>(gains.size()));
    EXPECT_NEAR(mean(gains), 1, 4 * 0.02 / root + 1e-3);
    EXPECT_NEAR(deviation(gains), 0.02, 4 * 0.02 / root);
    EXPECT_NEAR(mean(offsets), 0, 4 * 0.05 / root + 1e-3);
    EXPECT_NEAR(deviation(offsets), 0.05, 4 * 0.05 / root);
}

TEST_P(Nonidealities, ADacHasLevelsGainAndOffset)
{
    struct nonidealities &dac = nonidealities();
    EXPECT_EQ(nonidealities_dac(&dac, -1.23), -1.23); // none
    dac.dac_full_scale = 2;
    dac.dac_gain = 0.5;
    dac.dac_offset = 0.25;
    EXPECT_DOUBLE_EQ(nonidealities_dac(&dac, -1), -1.25);
    dac.dac_bits = 3; // -2, -4/3, -2/3, 0, ...
    EXPECT_DOUBLE_EQ(nonidealities_dac(&dac, 0.9), 1.5 * 2 / 3 + 0.25);
    EXPECT_DOUBLE_EQ(nonidealities_dac(&dac, -1.2), -1.5 * 4 / 3 + 0.25);
    EXPECT_DOUBLE_EQ(nonidealities_dac(&dac, 9), 3.25);
    dac.dac_gain = dac.dac_offset = 0;
    const Array array = open();
    const double seconds = 1e-6 / GetParam()->clocks_per_us;
    const struct pulse pulse = pulse_of_voltage(&device_->switching, 2.0 / 3); // asked for 0.9 V
    const std::vector<double> start(GetParam()->devices, 8000.0);
    crossbar_set_resistances(array.get(), start.data());
    crossbar_pulse(array.get(), 1, 0);
    EXPECT_EQ(crossbar_resistances(array.get())[1], memristor_step(8000, &pulse, seconds));
}

TEST_P(Nonidealities, LinesLieInSeriesWhileADeviceIsWrittenAndVerified)
{
    const uint32_t lanes = GetParam()->lanes;
    const uint32_t rows = GetParam()->tile_rows;
    nonidealities().row_ohm = 3;
    nonidealities().column_ohm = 2;
    const Array array = open();
    const std::vector<double> start(GetParam()->devices, 5000.0);
    crossbar_set_resistances(array.get(), start.data());
    for (uint32_t d = 0; d < GetParam()->devices; d++) {
        const double series = 3.0 * (d / lanes + 1) + 2.0 * (rows - d % lanes % rows);
        EXPECT_EQ(crossbar_read(array.get(), d), resistance_to_fixed(5000 + series));
    }
    // The pulse's voltage is divided.
    const double series = 3 + 2.0 * rows;
    const struct pulse divided =
        pulse_of_voltage(&device_->switching, device_->pulses[0].pulses[0].voltage * 5000 / (5000 + series));
    crossbar_pulse(array.get(), 0, 0);
    EXPECT_EQ(crossbar_resistances(array.get())[0],
              memristor_step(5000, &divided, 1e-6 / GetParam()->clocks_per_us));
}

TEST_P(Nonidealities, LinesTakeTheirShareOfTheCurrent)
{
    const struct hardware &hardware = *GetParam();
    const Array ideal = open();
    const std::vector<double> start = one_side(4000.0);
    crossbar_set_resistances(ideal.get(), start.data());
    const std::vector<int32_t> without = sense_all(ideal.get());
    std::vector<int32_t> before = without;
    for (const double ohm : {1e-4, 0.5, 5.0}) {
        nonidealities().row_ohm = nonidealities().column_ohm = ohm;
        const Array array = open();
        crossbar_set_resistances(array.get(), start.data());
        const std::vector<int32_t> codes = sense_all(array.get());
        for (uint32_t output = 0; output < hardware.codes; output++) {
            if (ohm < 1e-3) {
                EXPECT_NEAR(codes[output], without[output], 1e-3 * without[output]);
            } else {
                EXPECT_LT(codes[output], before[output]) << ohm;
            }
        }
        before = codes;
    }
}

INSTANTIATE_TEST_SUITE_P(Hardware, Nonidealities, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

/* Column currents in ampere of an array whose rows are at 0 or 1 volt, by ngspice. */
std::vector<double> simulate(uint32_t rows, uint32_t columns, double row_ohm, double column_ohm,
                             const std::vector<double> &resistances, const std::vector<bool> &spikes)
{
    const std::string path = ::testing::TempDir() + "lines.cir";
    std::ofstream netlist(path);
    netlist.precision(17);
    netlist << "a crossbar\n";
    for (uint32_t i = 0; i < rows; i++) {
        netlist << "vr" << i << " d" << i << " 0 " << (spikes[i] ? 1 : 0) << "\n";
        for (uint32_t j = 0; j < columns; j++) {
            const std::string here = std::to_string(i) + "_" + std::to_string(j);
            netlist << "rr" << here << " "
                    << (j == 0 ? "d" + std::to_string(i)
                               : "a" + std::to_string(i) + "_" + std::to_string(j - 1))
                    << " a" << here << " " << row_ohm << "\n";
            netlist << "rm" << here << " a" << here << " b" << here << " " << resistances[j * rows + i]
                    << "\n";
            netlist << "rc" << here << " b" << here << " "
                    << (i + 1 == rows ? "g" + std::to_string(j)
                                      : "b" + std::to_string(i + 1) + "_" + std::to_string(j))
                    << " " << column_ohm << "\n";
        }
    }
    netlist << ".control\nset numdgt=12\nop\n";
    for (uint32_t j = 0; j < columns; j++) {
        netlist << "print i(vc" << j << ")\n";
    }
    netlist << "quit\n.endc\n";
    for (uint32_t j = 0; j < columns; j++) {
        netlist << "vc" << j << " g" << j << " 0 0\n";
    }
    netlist << ".end\n";
    netlist.close();
    std::vector<double> currents;
    FILE *output = popen(("ngspice -b " + path + " 2>/dev/null").c_str(), "r");
    char line[256];
    while (output != nullptr && std::fgets(line, sizeof line, output) != nullptr) {
        double value = 0;
        if (std::sscanf(line, "i(vc%*u) = %lf", &value) == 1) {
            currents.push_back(value);
        }
    }
    EXPECT_TRUE(output != nullptr && pclose(output) == 0);
    (void) std::remove(path.c_str());
    return currents;
}

// Kirchhoff's equations, solved by somebody else.
TEST(LineResistance, AgreesWithNgspice)
{
    if (std::system("command -v ngspice >/dev/null") != 0) {
        GTEST_SKIP() << "no ngspice";
    }
    Random random(8);
    const struct {
        uint32_t rows, columns;
        double row_ohm, column_ohm;
    } arrays[] = {{1, 1, 5, 7},     {3, 2, 100, 10},    {10, 10, 2.5, 2.5}, {100, 1, 1, 10},
                  {5, 20, 20, 0.1}, {32, 32, 2.5, 2.5}, {32, 32, 20, 20}};
    for (const auto &array : arrays) {
        std::vector<double> resistances(size_t{array.rows} * array.columns);
        for (double &resistance : resistances) {
            resistance = std::exp(random.uniform(std::log(1000), std::log(50000)));
        }
        std::vector<bool> spikes(array.rows);
        for (uint32_t i = 0; i < array.rows; i++) {
            spikes[i] = i == 0 || random.chance(0.5);
        }
        std::vector<double> conductances(resistances.size());
        line_effective_conductances(array.rows, array.columns, array.row_ohm, array.column_ohm,
                                    resistances.data(), conductances.data());
        const std::vector<double> currents =
            simulate(array.rows, array.columns, array.row_ohm, array.column_ohm, resistances, spikes);
        ASSERT_EQ(currents.size(), array.columns);
        for (uint32_t j = 0; j < array.columns; j++) {
            double current = 0;
            double ideal = 0;
            for (uint32_t i = 0; i < array.rows; i++) {
                current += spikes[i] ? conductances[j * array.rows + i] : 0;
                ideal += spikes[i] ? 1 / resistances[j * array.rows + i] : 0;
            }
            EXPECT_NEAR(current / currents[j], 1, 1e-6)
                << array.rows << " x " << array.columns << ", column " << j;
            EXPECT_LT(current, ideal);
        }
    }
}

} // namespace
