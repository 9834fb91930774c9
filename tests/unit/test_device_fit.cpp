// SPDX-License-Identifier: Apache-2.0
/* Constants of the switching model from synthetic measurements. */
#include "fit/device_fit.h"

#include "device_file/device_file.h"
#include "support/hardware.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace
{

using support::Random;

struct Free {
    void operator()(struct device_fit *fit) const
    {
        device_fit_free(fit);
        delete fit;
    }
};
using Fit = std::unique_ptr<struct device_fit, Free>;

struct Campaign {
    std::vector<double> voltages = {0.3, 0.6, 0.9, 1.2, 1.5, -0.5, -0.7, -0.9, -1.1, -1.24};
    uint32_t pulses = 3000; /* of each voltage */
    double noise = 0.01;    /* of each reading, relative */
    double shortest_us = 20, longest_us = 5000;
};

/* Devices all over their range, pulses that do little to pulses that do nearly all they can. */
std::vector<struct measured_pulse> measure(const struct switching &switching, const Campaign &campaign,
                                           uint64_t seed)
{
    Random random(seed);
    std::mt19937_64 generator(seed);
    std::normal_distribution<double> error(1, campaign.noise);
    std::vector<struct measured_pulse> pulses;
    for (const double voltage : campaign.voltages) {
        const struct pulse law = pulse_of_voltage(&switching, voltage);
        for (uint32_t i = 0; i < campaign.pulses; i++) {
            const double before = voltage > 0 ? law.asymptote * random.uniform(0.2, 1.0)
                                              : law.asymptote + random.uniform(0, 20000);
            const double seconds = std::round(std::exp(random.uniform(std::log(campaign.shortest_us),
                                                                      std::log(campaign.longest_us)))) *
                                   1e-6;
            const double after = memristor_after(before, &law, seconds);
            pulses.push_back(
                {voltage, seconds, before * error(generator), after * error(generator), pulses.size() + 2});
        }
    }
    return pulses;
}

enum status fit_pulses(std::vector<struct measured_pulse> &pulses, Fit &fit, struct error &error)
{
    fit.reset(new struct device_fit());
    const struct measurements measurements = {static_cast<uint32_t>(pulses.size()), pulses.data()};
    return device_fit("here", &measurements, fit.get(), &error);
}

const struct switching &paper()
{
    static const support::Device device = support::paper_device();
    return device->switching;
}

TEST(DeviceFit, ExactMeasurementsGiveTheConstants)
{
    // Voltages at which the rate depends on t: MemTorch's is flat from 0.2 V on.
    const std::vector<std::pair<const char *, std::vector<double>>> cases = {
        {"paper", Campaign().voltages},
        {"messaris2017", {0.5, 0.6, 0.7, 0.8, -0.5, -0.6, -0.7, -0.8}},
        {"memtorch_tiox", {0.03, 0.06, 0.12, -0.01, -0.02, -0.05}},
    };
    for (const auto &[name, voltages] : cases) {
        const support::Device device = support::device_named(name);
        Campaign campaign;
        campaign.noise = 0;
        campaign.pulses = 100;
        campaign.voltages = voltages;
        std::vector<struct measured_pulse> pulses = measure(device->switching, campaign, 1);
        Fit fit;
        struct error error = {};
        ASSERT_EQ(fit_pulses(pulses, fit, error), STATUS_OK) << name << ": " << error.message;
        for (uint32_t i = 0; i < switching_constant_count(SWITCHING_DATA_DRIVEN); i++) {
            const double wanted = device->switching.constants[i];
            EXPECT_NEAR(fit->switching.constants[i] / wanted, 1, 1e-3)
                << name << ": " << switching_constants(SWITCHING_DATA_DRIVEN)[i].name;
        }
    }
}

// 1 % noise on both readings of every pulse: within 5 %, and the standard errors say how far.
TEST(DeviceFit, PapersConstantsFromNoisyMeasurements)
{
    double squares = 0;
    int constants = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        std::vector<struct measured_pulse> pulses = measure(paper(), Campaign(), seed);
        Fit fit;
        struct error error = {};
        ASSERT_EQ(fit_pulses(pulses, fit, error), STATUS_OK) << error.message;
        for (uint32_t i = 0; i < switching_constant_count(SWITCHING_DATA_DRIVEN); i++) {
            EXPECT_NEAR(fit->switching.constants[i] / paper().constants[i], 1, 0.05)
                << "seed " << seed << ", " << switching_constants(SWITCHING_DATA_DRIVEN)[i].name;
        }
        static const int places[2][FIT_CONSTANTS] = {{DATA_A_P, DATA_T_P, DATA_A0_P, DATA_A1_P},
                                                     {DATA_A_N, DATA_T_N, DATA_A0_N, DATA_A1_N}};
        for (int side = 0; side < 2; side++) {
            EXPECT_NEAR(fit->sides[side].rms, 0.01, 0.0003);
            for (int i = 0; i < FIT_CONSTANTS; i++) {
                const double off = (fit->sides[side].constants[i] - paper().constants[places[side][i]]) /
                                   fit->sides[side].errors[i];
                EXPECT_LT(std::fabs(off), 5) << "seed " << seed << ", side " << side << ", constant " << i;
                squares += off * off;
                constants++;
            }
        }
    }
    // As far off as the standard errors say, neither more nor less.
    EXPECT_GT(std::sqrt(squares / constants), 0.4);
    EXPECT_LT(std::sqrt(squares / constants), 2);
}

TEST(DeviceFit, SaysWhatIsMissing)
{
    const std::vector<std::pair<std::vector<double>, std::string>> cases = {
        {{0.9, 1.2, -1.2}, "here: pulses of 1 negative voltage change R clearly; expected at least 2"},
        {{0.9, 1.2}, "here: pulses of 0 negative voltages change R clearly"},
        {{-0.9, -1.2}, "here: pulses of 0 positive voltages change R clearly"},
        // So little of a change that it drowns.
        {{0.9, 1.2, -1.2, -1e-6}, "here: pulses of 1 negative voltage change R clearly"},
    };
    for (const auto &[voltages, message] : cases) {
        Campaign campaign;
        campaign.voltages = voltages;
        campaign.pulses = 50;
        std::vector<struct measured_pulse> pulses = measure(paper(), campaign, 3);
        Fit fit;
        struct error error = {};
        EXPECT_EQ(fit_pulses(pulses, fit, error), STATUS_INVALID);
        EXPECT_EQ(std::string(error.message).substr(0, message.size()), message);
    }
}

// Pulses that all reach the limit of R tell that limit, and nothing of how fast they got there: refused, or with
// a standard error of more than a tenth.
TEST(DeviceFit, PulsesThatAreAllTooLongDoNotTellT)
{
    Campaign campaign;
    campaign.voltages = {0.9, 1.3, -0.8, -1.2};
    campaign.pulses = 100;
    campaign.shortest_us = 1e8;
    campaign.longest_us = 1e9;
    int refused = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        std::vector<struct measured_pulse> pulses = measure(paper(), campaign, seed);
        Fit fit;
        struct error error = {};
        if (fit_pulses(pulses, fit, error) != STATUS_OK) {
            EXPECT_NE(std::string(error.message).find("pulses do not determine the constants; expected"),
                      std::string::npos)
                << error.message;
            refused++;
            continue;
        }
        for (const struct fitted_side &side : fit->sides) {
            EXPECT_GT(side.errors[1], std::fabs(side.constants[1]) / 10) << "seed " << seed;
        }
    }
    EXPECT_GT(refused, 0);
}

// Where nothing changes, what rounding leaves is no change either.
TEST(DeviceFit, RefusesPulsesThatDoNothing)
{
    const std::string message = "here: pulses of 0 positive voltages change R clearly";
    Campaign campaign;
    campaign.pulses = 100;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        std::vector<struct measured_pulse> pulses = measure(paper(), campaign, seed);
        for (struct measured_pulse &pulse : pulses) {
            pulse.after = pulse.before;
        }
        Fit fit;
        struct error error = {};
        EXPECT_EQ(fit_pulses(pulses, fit, error), STATUS_INVALID) << "seed " << seed;
        EXPECT_EQ(std::string(error.message).substr(0, message.size()), message) << "seed " << seed;
    }
}

// A rate that is proportional to the voltage: t is the largest that a device file takes, and A and t are known
// together only.
TEST(DeviceFit, AStraightLineHasTheLargestT)
{
    struct switching straight = paper();
    straight.constants[DATA_T_P] = 1e6;
    straight.constants[DATA_A_P] = 0.15e6;
    Campaign campaign;
    campaign.noise = 1e-5;
    campaign.pulses = 300;
    std::vector<struct measured_pulse> pulses = measure(straight, campaign, 6);
    Fit fit;
    struct error error = {};
    ASSERT_EQ(fit_pulses(pulses, fit, error), STATUS_OK) << error.message;
    const struct fitted_side &side = fit->sides[0];
    EXPECT_NEAR(std::fabs(side.constants[1]), 999, 1e-2);
    EXPECT_NEAR(side.constants[0] / side.constants[1], 0.15, 0.001);
    EXPECT_GT(side.errors[1], 1);
    EXPECT_NEAR(side.errors[0] / std::fabs(side.constants[0]), side.errors[1] / std::fabs(side.constants[1]),
                1e-4);
}

TEST(DeviceFit, RefusesNoPulsesAndMoreThanCanBeCounted)
{
    for (const uint32_t count : {0u, 536870912u}) {
        const struct measurements measurements = {count, nullptr};
        Fit fit(new struct device_fit());
        struct error error = {};
        EXPECT_EQ(device_fit("here", &measurements, fit.get(), &error), STATUS_INVALID);
        EXPECT_EQ(std::string(error.message),
                  "here: has " + std::to_string(count) + " pulses; expected 1 to 536870911");
    }
}

TEST(DeviceFit, TheDeviceFileHoldsTheFit)
{
    Campaign campaign;
    campaign.pulses = 200;
    campaign.noise = 0.001;
    std::vector<struct measured_pulse> pulses = measure(paper(), campaign, 5);
    Fit fit;
    struct error error = {};
    ASSERT_EQ(fit_pulses(pulses, fit, error), STATUS_OK) << error.message;
    const std::string path = ::testing::TempDir() + "device_fit.cfg";
    FILE *stream = std::fopen(path.c_str(), "w");
    ASSERT_NE(stream, nullptr);
    const struct measurements measurements = {static_cast<uint32_t>(pulses.size()), pulses.data()};
    device_fit_write(fit.get(), &measurements, "fitted", "here", stream);
    ASSERT_EQ(std::fclose(stream), 0);
    struct device *device = nullptr;
    ASSERT_EQ(device_load(path.c_str(), &device, &error), STATUS_OK) << error.message;
    EXPECT_STREQ(device->name, "fitted");
    for (uint32_t i = 0; i < switching_constant_count(SWITCHING_DATA_DRIVEN); i++) {
        EXPECT_NEAR(device->switching.constants[i] / fit->switching.constants[i], 1, 1e-9);
    }
    EXPECT_EQ(device->pulses[0].count, 16u);
    device_free(device);
    (void) std::remove(path.c_str());
}

TEST(Measurements, LinesEndEitherWayAndColumnsStandInAnyOrder)
{
    const std::string path = ::testing::TempDir() + "measurements.csv";
    std::ofstream(path, std::ios::binary) << "after_ohm,device,\"width_us\",before_ohm,voltage_v\r\n"
                                             "5100,\"a, \"\"b\"\"\",10,5000,0.9\r\n"
                                             "\r\n"
                                             "4000,7,100.5,5100,-1.2\n"
                                             "\n"
                                             "4001,7,1e2,5101,-1.2";
    struct measurements measurements;
    struct error error = {};
    ASSERT_EQ(measurements_read(path.c_str(), &measurements, &error), STATUS_OK) << error.message;
    ASSERT_EQ(measurements.count, 3u);
    EXPECT_EQ(measurements.pulses[0].after, 5100);
    EXPECT_EQ(measurements.pulses[0].line, 2u);
    EXPECT_EQ(measurements.pulses[1].voltage, -1.2);
    EXPECT_DOUBLE_EQ(measurements.pulses[1].seconds, 100.5e-6);
    EXPECT_EQ(measurements.pulses[1].line, 4u);
    EXPECT_EQ(measurements.pulses[2].before, 5101);
    EXPECT_EQ(measurements.pulses[2].line, 6u);
    measurements_free(&measurements);
    (void) std::remove(path.c_str());
}

TEST(Measurements, MayBeginWithAByteOrderMark)
{
    const std::string path = ::testing::TempDir() + "marked.csv";
    std::ofstream(path, std::ios::binary)
        << "\xef\xbb\xbfvoltage_v,width_us,before_ohm,after_ohm\n0.9,10,5000,5100\n";
    struct measurements measurements;
    struct error error = {};
    ASSERT_EQ(measurements_read(path.c_str(), &measurements, &error), STATUS_OK) << error.message;
    ASSERT_EQ(measurements.count, 1u);
    EXPECT_EQ(measurements.pulses[0].voltage, 0.9);
    measurements_free(&measurements);
    (void) std::remove(path.c_str());
}

TEST(Measurements, WhatIsWrongIsNamedWithItsLine)
{
    const std::string head = "voltage_v,width_us,before_ohm,after_ohm\n";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", ": holds no pulses"},
        {head, ": holds no pulses"},
        {"voltage_v,width_us,before_ohm\n1,2,3\n",
         ":1: names no column after_ohm, but voltage_v, width_us, before_ohm; expected"},
        {"V;us;R0;R1\n", ":1: names no column voltage_v, but V;us;R0;R1; expected"},
        {std::string("\xff\xfev\0", 4), ": is UTF-16"},
        {"voltage_v," + head, ":1: names the column voltage_v twice"},
        {head + "1,2,3,4\n1,2,3\n", ":3: has only 3 fields"},
        {head + "1,2,3,4\n1,x,3,4\n", ":3: width_us: \"x\": expected microseconds"},
        {head + "1,-2,3,4\n", ":2: width_us: \"-2\": expected microseconds, above 0"},
        {head + "0,2,3,4\n", ":2: voltage_v: \"0\": expected volt"},
        {head + "1,2,nan,4\n", ":2: before_ohm: \"nan\": expected ohm"},
        {head + "1,2,3,inf\n", ":2: after_ohm: \"inf\": expected ohm"},
        {head + "1,2,3,\n", ":2: after_ohm: \"\": expected ohm"},
        {head + "1,2,3,\"4\n", ":2: a quotation mark is left open"},
    };
    const std::string path = ::testing::TempDir() + "wrong.csv";
    for (const auto &[text, message] : cases) {
        std::ofstream(path, std::ios::binary) << text;
        struct measurements measurements;
        struct error error = {};
        EXPECT_EQ(measurements_read(path.c_str(), &measurements, &error), STATUS_INVALID) << text;
        EXPECT_EQ(std::string(error.message).substr(0, path.size() + message.size()), path + message);
    }
    (void) std::remove(path.c_str());
}

} // namespace
