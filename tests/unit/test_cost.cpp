// SPDX-License-Identifier: Apache-2.0
/* The model of cost: what is counted and what it is multiplied with. */
#include "run/cost.h"

#include "support/hardware.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace
{

class Cost : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        settings_.hardware = hardware_find("10x10");
        settings_.verify_reads = 2;
        settings_.rate_coded = true;
    }
    enum status load(const std::string &folder)
    {
        return costs_load(folder.c_str(), settings_.hardware, device_.get(), &costs_, &error_);
    }

    // NOLINTBEGIN(misc-non-private-member-variables-in-classes): what the tests of a fixture share
    support::Device device_ = support::paper_device();
    struct settings settings_ = {};
    struct costs costs_ = {};
    struct error error_ = {};
    // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(Cost, ShippedOnesAreReadForTheArraysThatWereMeasured)
{
    const std::string folder = MEMSPIKE_SOURCE_DIR "/data/costs";
    for (const struct hardware *hardware : support::all_hardware()) {
        settings_.hardware = hardware;
        ASSERT_EQ(load(folder), STATUS_OK) << error_.message;
        EXPECT_GT(costs_.joule_per_net, 1e-17);
        EXPECT_LT(costs_.joule_per_net, 1e-14);
        const std::string name = hardware->name;
        EXPECT_EQ(costs_.digital, name == "100x1" || name == "10x10" || name == "100x1d") << name;
        double gates = 0;
        for (const double block : costs_.gates) {
            gates += block;
        }
        EXPECT_EQ(gates > 10000, costs_.digital) << gates;
    }
}

TEST_F(Cost, OfAReviewAndAWritingByHand)
{
    costs_.clock_hz = 1e6;
    costs_.read_voltage = 0.5;
    costs_.adc_joule_per_step = 1e-12;
    costs_.adc_ideal_bits = 3;
    costs_.joule_per_net = 1e-15;
    costs_.verified_siemens = 1e-3;
    costs_.switching[2][COST_RATE] = 100;
    costs_.switching[6][COST_RATE] = 20;
    costs_.switching[0][COST_TRANSFERS] = 7;
    costs_.switching[6][COST_WRITING] = 50;
    costs_.switching[0][COST_IDLE] = 1;
    struct test_result result = {};
    result.confusion.counts[0][0] = 3;
    result.confusion.counts[1][0] = 1;
    result.sample_clocks = 4 * 162; // 16 steps of ten phases
    result.transfer_clocks = 4 * 54;
    result.output_spikes_mean = 8;
    result.rate_sum_mean = 50;
    result.row_siemens_mean = 0.01;
    const struct cost review = cost_of_sample(&costs_, &settings_, &result);
    EXPECT_DOUBLE_EQ(review.clocks, 162);
    EXPECT_DOUBLE_EQ(review.seconds, 216e-6);
    EXPECT_DOUBLE_EQ(review.input_spikes, 800);
    EXPECT_DOUBLE_EQ(review.output_spikes, 8);
    EXPECT_DOUBLE_EQ(review.array_joule, 16 * 0.01 * 0.25 / 1e6);
    EXPECT_DOUBLE_EQ(review.adc_joule, 160 * 8e-12);
    EXPECT_DOUBLE_EQ(review.digital_joule, (162 * 120 + 54 * 7) * 1e-15);
    EXPECT_DOUBLE_EQ(cost_joule(&review), review.array_joule + review.adc_joule + review.digital_joule);

    struct engine_statistics statistics = {};
    statistics.pulses = 10;
    statistics.programming_us = 300;
    statistics.converged = 4;
    statistics.stalled = 1;
    statistics.write_clocks = 1300;
    statistics.energy_j = 1e-6;
    settings_.adc_bits = 4;
    const struct cost writing = cost_of_writing(&costs_, &settings_, &statistics);
    EXPECT_DOUBLE_EQ(writing.seconds, 300e-6 + 1000e-6);
    EXPECT_DOUBLE_EQ(writing.array_joule, 1e-6 + 30 * 0.5e-3 * 0.25 / 1e6);
    EXPECT_DOUBLE_EQ(writing.adc_joule, 30 * 16e-12);
    EXPECT_DOUBLE_EQ(writing.digital_joule, (1000 * 50 + 300) * 1e-15);
}

// A block that scripts/cost.py writes and nobody reads would be missing from every sum.
TEST_F(Cost, BlocksAreThoseOfTheShippedFile)
{
    std::ifstream stream(MEMSPIKE_SOURCE_DIR "/data/costs/digital.cfg");
    std::set<std::string> written;
    for (std::string line; std::getline(stream, line);) {
        if (const size_t end = line.find(" = { gates = "); end != std::string::npos) {
            written.insert(line.substr(2, end - 2));
        }
    }
    EXPECT_EQ(written, std::set<std::string>(cost_block_names, cost_block_names + COST_BLOCKS));
}

TEST_F(Cost, WrongFilesAreNamed)
{
    std::string pattern = (std::filesystem::temp_directory_path() / "memspike_cost_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    EXPECT_EQ(load(pattern), STATUS_INVALID);
    EXPECT_NE(std::string(error_.message).find("coefficients.cfg"), std::string::npos) << error_.message;
    std::filesystem::copy_file(MEMSPIKE_SOURCE_DIR "/data/costs/coefficients.cfg",
                               pattern + "/coefficients.cfg");
    std::ofstream(pattern + "/digital.cfg") << "array_10x10 = { spike_encoder = { gates = 5; }; };\n";
    EXPECT_EQ(load(pattern), STATUS_INVALID);
    EXPECT_NE(std::string(error_.message).find("digital.cfg:1: "), std::string::npos) << error_.message;
    std::ofstream(pattern + "/coefficients.cfg") << "clock_hz = 0.0;\n";
    EXPECT_EQ(load(pattern), STATUS_INVALID);
    std::filesystem::remove_all(pattern);
}

} // namespace
