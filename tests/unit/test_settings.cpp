// SPDX-License-Identifier: Apache-2.0
/* Presets: the shipped one, and everything that a file may have wrong. */
#include "device_file/device_file.h"
#include "run/run.h"
#include "run/settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace
{

const std::vector<std::string> keys = {
    "epochs",       "learning_rate",    "encoder",   "steps",        "threshold",
    "leak",         "membrane_start",   "tolerance", "max_pulses",   "read_noise",
    "adc_bits",     "adc_full_scale",   "update",    "verify_reads", "tolerance_margin",
    "guard_band",   "noise_correction", "decision",  "readout",      "stuck_open",
    "stuck_closed", "stuck_anywhere",   "gain",      "start",        "drift_correction"};

/* A preset with one key to a line, in the order of `keys`: the first is on line 1. */
std::map<std::string, std::string> good_values()
{
    return {{"epochs", "3"},
            {"learning_rate", "0.25"},
            {"encoder", "\"rate\""},
            {"steps", "50"},
            {"threshold", "{ approach1 = 0.5; approach2 = 0.75; }"},
            {"leak", "4"},
            {"membrane_start", "-0.5"},
            {"tolerance", "0.01"},
            {"max_pulses", "7"},
            {"read_noise", "0.05"},
            {"adc_bits", "8"},
            {"adc_full_scale", "12"},
            {"update", "\"accumulate\""},
            {"verify_reads", "16"},
            {"tolerance_margin", "2.5"},
            {"guard_band", "0.125"},
            {"noise_correction", "\"threshold\""},
            {"decision", "\"early\""},
            {"readout", "\"membrane\""},
            {"stuck_open", "0.01"},
            {"stuck_closed", "0.02"},
            {"stuck_anywhere", "0.03"},
            {"gain", "{ approach1 = 4; approach2 = 2; }"},
            {"start", "\"drawn\""},
            {"drift_correction", "\"threshold\""}};
}

std::string text_of(const std::map<std::string, std::string> &values)
{
    std::string text;
    for (const std::string &key : keys) {
        auto value = values.find(key);
        text += value == values.end() ? "\n" : key + " = " + value->second + ";\n";
    }
    return text;
}

class Preset : public testing::Test
{
  protected:
    void SetUp() override
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "memspike_settings_XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        path_ = folder_ + "/preset.cfg";
    }
    void TearDown() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    enum status load_path(const std::string &path)
    {
        error_ = {};
        settings_ = {};
        settings_.seed = 77;
        settings_.threads = 3;
        return settings_load_preset(path.c_str(), &settings_, &error_);
    }
    enum status load(const std::string &text)
    {
        std::ofstream(path_, std::ios::binary) << text;
        return load_path(path_);
    }
    /* The preset with one value replaced. */
    enum status load_with(const std::string &key, const std::string &value)
    {
        std::map<std::string, std::string> values = good_values();
        values[key] = value;
        return load(text_of(values));
    }
    bool message_has(const std::string &part) const
    {
        return std::string(error_.message).find(part) != std::string::npos;
    }
    /* "file:line: " of a key. */
    std::string place(const std::string &key) const
    {
        size_t line = 1;
        while (keys[line - 1] != key) {
            line++;
        }
        return path_ + ":" + std::to_string(line) + ": ";
    }

    // NOLINTBEGIN(misc-non-private-member-variables-in-classes): what the tests of a fixture share
    std::string folder_;
    std::string path_;
    struct settings settings_ = {};
    struct error error_ = {};
    // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(Preset, PaperIsThePapers)
{
    ASSERT_EQ(load_path(MEMSPIKE_SOURCE_DIR "/data/presets/paper.cfg"), STATUS_OK) << error_.message;
    EXPECT_EQ(settings_.epochs, 5U);
    EXPECT_EQ(settings_.learning_rate, 0.05);
    EXPECT_FALSE(settings_.rate_coded);
    EXPECT_EQ(settings_.steps, 1000U);
    EXPECT_EQ(settings_.threshold[0], 0.5);
    EXPECT_EQ(settings_.threshold[1], 0.5675);
    EXPECT_EQ(settings_.membrane_start, 0);
    EXPECT_EQ(settings_.leak, 0U);
    EXPECT_EQ(settings_.max_pulses, 5U);
    EXPECT_EQ(settings_.read_noise, 0);
    EXPECT_EQ(settings_.adc_bits, 0U);
    EXPECT_EQ(settings_.update_rule, UPDATE_PAPER);
    EXPECT_EQ(settings_.verify_reads, 1U);
    EXPECT_EQ(settings_.tolerance_margin, 0);
    EXPECT_EQ(settings_.guard_band, 0);
    EXPECT_FALSE(settings_.noise_correction);
    EXPECT_FALSE(settings_.early_decision);
    EXPECT_EQ(settings_.readout, READOUT_COUNT);
    EXPECT_EQ(settings_.gain[0], 1);
    EXPECT_EQ(settings_.gain[1], 1);
    EXPECT_FALSE(settings_.drawn);
}

/* The preset `name`, loaded over *settings, differs from the paper's in these keys only. */
void expect_differs_in(struct settings *settings, const std::string &name,
                       const std::set<std::string> &different)
{
    struct error error;
    const std::string folder = MEMSPIKE_SOURCE_DIR "/data/presets/";
    ASSERT_EQ(settings_load_preset((folder + "paper.cfg").c_str(), settings, &error), STATUS_OK)
        << error.message;
    const struct settings paper = *settings;
    ASSERT_EQ(settings_load_preset((folder + name).c_str(), settings, &error), STATUS_OK) << error.message;
    for (const struct setting *setting = settings_table; setting->name != nullptr; setting++) {
        const std::string key = setting->name;
        char expected[32], text[32];
        settings_key_text(&paper, 1, key.c_str(), expected);
        settings_key_text(settings, 1, key.c_str(), text);
        EXPECT_EQ(std::string(text) != expected, different.count(key) == 1) << key << " " << text;
    }
    if (different.count("threshold") == 0) {
        EXPECT_EQ(settings->threshold[1], paper.threshold[1]);
    }
}

TEST_F(Preset, RobustIsThePapersWithRemedies)
{
    expect_differs_in(
        &settings_, "robust.cfg",
        {"verify_reads", "tolerance_margin", "guard_band", "noise_correction", "update", "tolerance"});
}

TEST_F(Preset, FastIsThePapersInFewSteps)
{
    expect_differs_in(&settings_, "fast.cfg", {"encoder", "steps", "membrane_start", "decision", "readout"});
    EXPECT_EQ(settings_.steps % 2, 0U) << "an answer is a count above half of the steps";
}

TEST_F(Preset, AccurateSignedAndRatingGoOnFromFast)
{
    std::set<std::string> different = {"encoder",    "steps", "membrane_start", "decision", "readout",
                                       "max_pulses", "gain",  "guard_band",     "start"};
    expect_differs_in(&settings_, "accurate.cfg", different);
    EXPECT_EQ(settings_.steps % 2, 0U);
    different.insert("threshold");
    expect_differs_in(&settings_, "signed.cfg", different);
    EXPECT_EQ(settings_.threshold[1], settings_.threshold[0]);
    different.erase("decision");
    expect_differs_in(&settings_, "rating.cfg", different);
}

TEST_F(Preset, EveryKeyArrives)
{
    ASSERT_EQ(load(text_of(good_values())), STATUS_OK) << error_.message;
    EXPECT_EQ(settings_.epochs, 3U);
    EXPECT_EQ(settings_.learning_rate, 0.25);
    EXPECT_TRUE(settings_.rate_coded);
    EXPECT_EQ(settings_.steps, 50U);
    EXPECT_EQ(settings_.threshold[0], 0.5);
    EXPECT_EQ(settings_.threshold[1], 0.75);
    EXPECT_EQ(settings_.leak, 4U);
    EXPECT_EQ(settings_.membrane_start, -0.5);
    EXPECT_EQ(settings_.tolerance, 0.01);
    EXPECT_EQ(settings_.max_pulses, 7U);
    EXPECT_EQ(settings_.read_noise, 0.05);
    EXPECT_EQ(settings_.adc_bits, 8U);
    EXPECT_EQ(settings_.adc_full_scale, 12);
    EXPECT_EQ(settings_.update_rule, UPDATE_ACCUMULATE);
    EXPECT_TRUE(settings_.early_decision);
    EXPECT_EQ(settings_.readout, READOUT_MEMBRANE);
    EXPECT_EQ(settings_.verify_reads, 16U);
    EXPECT_EQ(settings_.tolerance_margin, 2.5);
    EXPECT_EQ(settings_.guard_band, 0.125);
    EXPECT_TRUE(settings_.noise_correction);
    // No part of presets.
    EXPECT_EQ(settings_.seed, 77U);
    EXPECT_EQ(settings_.threads, 3U);
}

TEST_F(Preset, MissingKeyIsNamed)
{
    for (const std::string &key : keys) {
        std::map<std::string, std::string> values = good_values();
        values.erase(key);
        EXPECT_EQ(load(text_of(values)), STATUS_INVALID) << key;
        EXPECT_TRUE(message_has(path_ + ":")) << error_.message;
        EXPECT_TRUE(message_has("\"" + key + "\" is missing")) << error_.message;
    }
    for (const char *values : {"{ approach1 = 0.5; }", "{ approach2 = 0.5; }", "{ }"}) {
        EXPECT_EQ(load_with("threshold", values), STATUS_INVALID);
        EXPECT_TRUE(message_has(place("threshold"))) << error_.message;
        EXPECT_TRUE(message_has("is missing")) << error_.message;
    }
    EXPECT_EQ(load(""), STATUS_INVALID);
    EXPECT_TRUE(message_has(path_)) << error_.message;
}

TEST_F(Preset, UnknownKeyIsNamedWithItsLine)
{
    EXPECT_EQ(load(text_of(good_values()) + "stepz = 5;\n"), STATUS_INVALID);
    EXPECT_TRUE(message_has(path_ + ":" + std::to_string(keys.size() + 1) + ": ")) << error_.message;
    EXPECT_TRUE(message_has("stepz")) << error_.message;
    EXPECT_TRUE(message_has("steps")) << error_.message; // what was expected
    EXPECT_EQ(load_with("threshold", "{ approach1 = 0.5; approach2 = 0.5; approach3 = 0.5; }"),
              STATUS_INVALID);
    EXPECT_TRUE(message_has(place("threshold"))) << error_.message;
    EXPECT_TRUE(message_has("approach3")) << error_.message;
}

TEST_F(Preset, WrongTypesAreNamedWithTheirLine)
{
    for (const std::string &key : keys) {
        for (const char *value : {"true", "[ 1, 2 ]", "( 1, \"x\" )", "{ a = 1; }", "\"other\""}) {
            EXPECT_EQ(load_with(key, value), STATUS_INVALID) << key << " = " << value;
            EXPECT_TRUE(message_has(place(key))) << error_.message;
            EXPECT_TRUE(message_has("expected") || message_has("unknown key")) << error_.message;
        }
    }
    for (const char *key :
         {"encoder", "update", "threshold", "noise_correction", "gain", "start", "drift_correction"}) {
        EXPECT_EQ(load_with(key, "1"), STATUS_INVALID);
        EXPECT_TRUE(message_has(place(key))) << error_.message;
    }
    for (const char *key : {"epochs", "steps", "leak", "max_pulses", "adc_bits", "verify_reads"}) {
        EXPECT_EQ(load_with(key, "2.5"), STATUS_INVALID) << key;
        EXPECT_TRUE(message_has(path_)) << error_.message;
        EXPECT_TRUE(message_has("whole number") || message_has("power of two")) << error_.message;
        EXPECT_TRUE(message_has(place(key))) << error_.message;
        EXPECT_EQ(load_with(key, "2.0"), STATUS_OK) << error_.message;
    }
}

TEST_F(Preset, RangesAreKept)
{
    struct Limits {
        const char *key;
        std::vector<std::string> inside, outside;
    };
    const std::string max_steps = std::to_string(MAX_STEPS);
    const std::string max_pulses = std::to_string(MAX_MAX_PULSES);
    const std::vector<Limits> all = {
        {"epochs", {"1", "1000"}, {"0", "1001", "-1", "4294967297L", "9223372036854775807L"}},
        {"learning_rate", {"1e-300", "1e-9", "100"}, {"0", "0.0", "-0.05", "100.1", "1e400"}},
        {"steps", {"1", max_steps}, {"0", "-1", std::to_string(MAX_STEPS + 1L) + "L"}},
        {"leak", {"0", "31"}, {"-1", "32"}},
        {"membrane_start", {"-100.0", "100"}, {"-100.1", "100.1"}},
        {"tolerance", {"0", "0.0", "0.99999999"}, {"-0.001", "1", "1.5"}},
        {"max_pulses", {"0", max_pulses}, {"-1", std::to_string(MAX_MAX_PULSES + 1)}},
        {"read_noise", {"0", "0.99999999"}, {"-0.001", "1"}},
        {"adc_bits", {"0", "24"}, {"-1", "25"}},
        {"verify_reads", {"1", "2", "128"}, {"0", "-1", "3", "96", "256"}},
        {"tolerance_margin", {"0", "100"}, {"-0.1", "100.1"}},
        {"guard_band", {"0", "0.99999999"}, {"-0.001", "1"}},
        {"stuck_open", {"0", "1"}, {"-0.001", "1.001"}},
        {"stuck_closed", {"0", "1"}, {"-0.001", "1.001"}},
        {"stuck_anywhere", {"0", "1"}, {"-0.001", "1.001"}},
        {"adc_full_scale", {"0", "1e6"}, {"-1", "1000001"}},
    };
    for (const Limits &limits : all) {
        for (const std::string &value : limits.inside) {
            EXPECT_EQ(load_with(limits.key, value), STATUS_OK) << error_.message;
            EXPECT_TRUE(setting_put(setting_find(limits.key), &settings_, value.c_str())) << value;
        }
        for (const std::string &value : limits.outside) {
            EXPECT_EQ(load_with(limits.key, value), STATUS_INVALID) << limits.key << " = " << value;
            EXPECT_TRUE(message_has(place(limits.key))) << error_.message;
            EXPECT_TRUE(message_has(limits.key)) << error_.message;
            EXPECT_FALSE(setting_put(setting_find(limits.key), &settings_, value.c_str())) << value;
        }
    }
    EXPECT_EQ(load_with("threshold", "{ approach1 = 100; approach2 = 0.5; }"), STATUS_OK) << error_.message;
    EXPECT_EQ(load_with("threshold", "{ approach1 = 100.1; approach2 = 0.5; }"), STATUS_INVALID);
    EXPECT_TRUE(message_has(place("threshold"))) << error_.message;
    EXPECT_TRUE(message_has("approach1: expected a number from -100 to 100")) << error_.message;
    EXPECT_EQ(load_with("read_noise", "1"), STATUS_INVALID);
    EXPECT_TRUE(message_has("read_noise: expected a number from 0 to below 1")) << error_.message;
    EXPECT_EQ(load_with("learning_rate", "0"), STATUS_INVALID);
    EXPECT_TRUE(message_has("learning_rate: expected a number above 0 and up to 100")) << error_.message;
    EXPECT_EQ(load_with("verify_reads", "3"), STATUS_INVALID);
    EXPECT_TRUE(message_has("verify_reads: expected a power of two from 1 to 128")) << error_.message;
}

TEST_F(Preset, NamesAreListed)
{
    EXPECT_EQ(load_with("encoder", "\"Poisson\""), STATUS_INVALID);
    EXPECT_TRUE(message_has("poisson, rate")) << error_.message;
    EXPECT_EQ(load_with("update", "\"\""), STATUS_INVALID);
    EXPECT_TRUE(message_has("paper, accumulate")) << error_.message;
    EXPECT_EQ(load_with("noise_correction", "\"calibrated\""), STATUS_INVALID);
    EXPECT_TRUE(message_has("none, threshold")) << error_.message;
}

/* A verify read of K readings R (1 + u), u uniform in [-n, n], has a standard deviation of n / sqrt(3 K). */
TEST_F(Preset, ToleranceKeepsItsMargin)
{
    ASSERT_EQ(load(text_of(good_values())), STATUS_OK) << error_.message;
    settings_.tolerance = 0.01;
    settings_.verify_reads = 1;
    settings_.tolerance_margin = 0;
    settings_.read_noise = 0.2;
    EXPECT_EQ(settings_tolerance(&settings_), 0.01);
    settings_.tolerance_margin = 3;
    EXPECT_DOUBLE_EQ(settings_tolerance(&settings_), 0.2 * std::sqrt(3.0));
    settings_.verify_reads = 64;
    EXPECT_DOUBLE_EQ(settings_tolerance(&settings_), 0.2 * std::sqrt(3.0) / 8);
    settings_.read_noise = 0.01;
    EXPECT_EQ(settings_tolerance(&settings_), 0.01);
    settings_.read_noise = 0.9;
    settings_.tolerance_margin = 99;
    EXPECT_GT(settings_tolerance(&settings_), 1);
}

TEST_F(Preset, SettingsThatDoNotGoTogetherAreRefused)
{
    ASSERT_EQ(load_path(MEMSPIKE_SOURCE_DIR "/data/presets/paper.cfg"), STATUS_OK) << error_.message;
    settings_.hardware = hardware_find("100x1");
    ASSERT_EQ(settings_check(&settings_, &error_), STATUS_OK) << error_.message;
    const struct settings good = settings_;

    // A tolerance that all devices are within from the start. sqrt(3 x 1) / 0.5 deviations make it 1.
    settings_.read_noise = 0.5;
    settings_.tolerance_margin = std::sqrt(3.0) / 0.5;
    ASSERT_GE(settings_tolerance(&settings_), 1);
    EXPECT_EQ(settings_check(&settings_, &error_), STATUS_INVALID);
    EXPECT_TRUE(message_has("tolerance margin: 3.4641")) << error_.message;
    settings_.tolerance_margin *= 0.99;
    EXPECT_EQ(settings_check(&settings_, &error_), STATUS_OK) << error_.message;

    settings_ = good;
    settings_.stuck_open = settings_.stuck_closed = 0.75;
    EXPECT_EQ(settings_check(&settings_, &error_), STATUS_INVALID);
    EXPECT_TRUE(message_has("1.5 of the devices in all")) << error_.message;

    // One bit is the sign of a difference; without pairs it is a level.
    settings_ = good;
    settings_.adc_bits = 1;
    EXPECT_EQ(settings_check(&settings_, &error_), STATUS_OK) << error_.message;
    for (const struct hardware *hardware = hardware_list(); hardware->name != nullptr; hardware++) {
        settings_.hardware = hardware;
        EXPECT_EQ(settings_check(&settings_, &error_), hardware->sides > 1 ? STATUS_INVALID : STATUS_OK)
            << hardware->name;
    }
    EXPECT_TRUE(message_has("adc bits: 1: is the sign alone")) << error_.message;
}

TEST_F(Preset, GuardBandNarrowsTheResistances)
{
    ASSERT_EQ(load(text_of(good_values())), STATUS_OK) << error_.message;
    struct device *device = nullptr;
    ASSERT_EQ(device_load(MEMSPIKE_SOURCE_DIR "/data/devices/paper.cfg", &device, &error_), STATUS_OK);
    struct device guarded;
    settings_.guard_band = 0.1;
    ASSERT_EQ(settings_device(&settings_, device, &guarded, &error_), STATUS_OK);
    EXPECT_DOUBLE_EQ(device_resistance(&guarded, 1), 1.1 * device->minimum_resistance);
    EXPECT_NEAR(device_resistance(&guarded, 0), 0.9 * device->maximum_resistance, 1e-6);
    EXPECT_NE(device_fingerprint(&guarded), device_fingerprint(device));
    settings_.guard_band = 0.9;
    EXPECT_EQ(settings_device(&settings_, device, &guarded, &error_), STATUS_INVALID);
    EXPECT_TRUE(message_has("guard band: 0.9")) << error_.message;
    device_free(device);
}

/* The factor against the mean of readings drawn one by one. */
TEST_F(Preset, NoiseGainIsThatOfNoisyReadings)
{
    struct device *device = nullptr;
    ASSERT_EQ(device_load(MEMSPIKE_SOURCE_DIR "/data/devices/paper.cfg", &device, &error_), STATUS_OK);
    std::vector<float> weights = {0, 0.01F, 0.3F, 0.6F, 0.97F, 1};
    struct network network = {};
    network.embedding_size = static_cast<uint32_t>(weights.size());
    network.outputs = 1;
    network.weights = weights.data();
    EXPECT_EQ(noise_gain(hardware_find("100x1"), device, &network, 0), 1);
    for (const double noise : {0.01, 0.2, 0.6}) {
        const int draws = 100'000;
        double quiet = 0, noisy = 0;
        for (const float weight : weights) {
            const double resistance = device_resistance(device, weight);
            quiet += weight;
            for (int i = 0; i < draws; i++) {
                const double u = (2.0 * i + 1) / draws - 1;
                const double reading = device_weight(device, resistance * (1 + noise * u));
                noisy += std::min(1.0, std::max(0.0, reading)) / draws;
            }
        }
        EXPECT_NEAR(noise_gain(hardware_find("100x1"), device, &network, noise), noisy / quiet, 1e-6)
            << noise;
    }
    // Pairs of columns: the same factor, whatever the weights, also where they add up to less than nothing.
    weights = {-1.0F, 1.0F, -0.7F, 0.0F, -0.99F, 0.1F};
    network.has_sign = true;
    for (const double noise : {0.01, 0.2, 0.6}) {
        EXPECT_DOUBLE_EQ(noise_gain(hardware_find("100x1d"), device, &network, noise),
                         std::log((1 + noise) / (1 - noise)) / (2 * noise));
    }
    EXPECT_EQ(noise_gain(hardware_find("100x1d"), device, &network, 0), 1);
    network.has_sign = false;
    std::fill(weights.begin(), weights.end(), 0.0F);
    EXPECT_EQ(noise_gain(hardware_find("100x1"), device, &network, 0.1), 1);
    device_free(device);
}

TEST_F(Preset, BrokenSyntaxIsNamedWithItsLine)
{
    EXPECT_EQ(load("epochs = 5;\nsteps = = 3;\n"), STATUS_INVALID);
    EXPECT_TRUE(message_has(path_ + ":2: ")) << error_.message;
    EXPECT_EQ(load(text_of(good_values()) + "epochs = 4;\n"), STATUS_INVALID); // twice
    EXPECT_TRUE(message_has(path_ + ":" + std::to_string(keys.size() + 1) + ": ")) << error_.message;
    EXPECT_EQ(load(std::string("\x7f\x45LF\0\1\2\3", 8)), STATUS_INVALID);
    EXPECT_TRUE(message_has(path_)) << error_.message;
}

TEST_F(Preset, OtherThanAFileIsRefused)
{
    EXPECT_EQ(load_path(folder_ + "/nothing.cfg"), STATUS_INVALID);
    EXPECT_TRUE(message_has("nothing.cfg")) << error_.message;
    EXPECT_EQ(load_path(folder_), STATUS_INVALID);
    EXPECT_TRUE(message_has(folder_)) << error_.message;
    EXPECT_EQ(load_path("/dev/null"), STATUS_INVALID);
    const std::string pipe = folder_ + "/pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(load_path(pipe), STATUS_INVALID); // at once
    EXPECT_TRUE(message_has(pipe)) << error_.message;
}

} // namespace
