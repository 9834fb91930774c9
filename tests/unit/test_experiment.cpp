// SPDX-License-Identifier: Apache-2.0
/* Experiment files: the grid they stand for, everything a file may have wrong, and the tasks of a sweep. */
#include "device_file/device_file.h"
#include "sweep/sweep.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace
{

const std::vector<std::string> keys = {"name",     "description", "approach", "network",  "seeds",
                                       "settings", "axes",        "measure",  "published"};

/* An experiment with one key to a line, in the order of `keys`: the first is on line 1. */
std::map<std::string, std::string> good_values()
{
    return {{"name", "\"grid\""},
            {"description", "\"a test\""},
            {"approach", "1"},
            {"network", "\"memristor\""},
            {"seeds", "2"},
            {"settings", "{ steps = 70; threshold = 0.25; }"},
            {"axes", "( { key = \"tolerance\"; values = [0.01, 0.1, 0.2]; } )"},
            {"measure", "[\"accuracy\", \"pulses\"]"},
            {"published", "( { measure = \"accuracy\"; at = [0.1, 0.2]; values = [0.8, 0.7]; } )"}};
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

/* Of a key of presets, another one than the paper's. */
std::string other_value(const std::string &key)
{
    const std::map<std::string, std::string> values = {
        {"encoder", "\"rate\""},
        {"update", "\"accumulate\""},
        {"decision", "\"early\""},
        {"readout", "\"membrane\""},
        {"start", "\"drawn\""},
        {"noise_correction", "\"threshold\""},
        {"drift_correction", "\"threshold\""},
        {"verify_reads", "4"},
        {"epochs", "4"},
        {"steps", "71"},
        {"leak", "3"},
        {"max_pulses", "6"},
        {"adc_bits", "7"},
    };
    const auto found = values.find(key);
    return found != values.end() ? found->second : "0.1875";
}

struct device *paper_device()
{
    struct device *device = nullptr;
    struct error error = {};
    EXPECT_EQ(device_load(MEMSPIKE_SOURCE_DIR "/data/devices/paper.cfg", &device, &error), STATUS_OK)
        << error.message;
    return device;
}

class Experiment : public testing::Test
{
  protected:
    void SetUp() override
    {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "memspike_experiment_XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        path_ = folder_ + "/grid.cfg";
        ASSERT_EQ(settings_load_preset(MEMSPIKE_SOURCE_DIR "/data/presets/paper.cfg", &settings_, &error_),
                  STATUS_OK);
        settings_.seed = 7;
        settings_.hardware = hardware_list();
    }
    void TearDown() override
    {
        experiments_clear(&experiments_);
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    enum status load_path(const std::string &path)
    {
        experiments_clear(&experiments_);
        error_ = {};
        return experiments_load(path.c_str(), &settings_, &experiments_, &error_);
    }
    enum status load(const std::string &text)
    {
        std::ofstream(path_, std::ios::binary) << text;
        return load_path(path_);
    }
    /* The experiment with values replaced; an empty one leaves its key out. */
    enum status load_with(const std::map<std::string, std::string> &others)
    {
        std::map<std::string, std::string> values = good_values();
        for (const auto &[key, value] : others) {
            values[key] = value;
            if (value.empty()) {
                values.erase(key);
            }
        }
        return load(text_of(values));
    }
    bool message_has(const std::string &part) const
    {
        return std::string(error_.message).find(part) != std::string::npos;
    }
    /* Refused, at the line of `key`, with `part` in the message. */
    void refuses(const std::string &key, const std::string &value, const std::string &part)
    {
        size_t line = 1;
        while (keys[line - 1] != key) {
            line++;
        }
        EXPECT_EQ(load_with({{key, value}}), STATUS_INVALID) << key << " = " << value;
        EXPECT_TRUE(message_has(path_ + ":" + std::to_string(line) + ": ")) << error_.message;
        EXPECT_TRUE(message_has(part)) << error_.message;
    }

    // NOLINTBEGIN(misc-non-private-member-variables-in-classes): what the tests of a fixture share
    std::string folder_;
    std::string path_;
    struct settings settings_ = {};
    struct experiments experiments_ = {};
    struct error error_ = {};
    // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(Experiment, EveryKeyArrives)
{
    ASSERT_EQ(load_with({}), STATUS_OK) << error_.message;
    ASSERT_EQ(experiments_.count, 1U);
    EXPECT_STREQ(experiments_.name, "grid");
    const struct experiment &experiment = experiments_.items[0];
    EXPECT_STREQ(experiment.description, "a test");
    EXPECT_EQ(experiment.seeds, 2U);
    ASSERT_EQ(experiment.point_count, 3U);
    const double tolerances[] = {0.01, 0.1, 0.2};
    for (int i = 0; i < 3; i++) {
        const struct point &point = experiment.points[i];
        EXPECT_EQ(point.settings.tolerance, tolerances[i]);
        EXPECT_EQ(point.settings.steps, 70U);
        EXPECT_EQ(point.settings.threshold[0], 0.25);
        EXPECT_EQ(point.settings.threshold[1], 0.25);
        EXPECT_EQ(point.settings.epochs, settings_.epochs); // the preset's
        EXPECT_EQ(point.network, NETWORK_MEMRISTOR);
        EXPECT_EQ(point.approach, 1U);
    }
    for (int i = 0; i < MEASURES; i++) {
        EXPECT_EQ(experiment.measured[i], i == MEASURE_ACCURACY || i == MEASURE_PULSES) << measure_names[i];
    }
    ASSERT_EQ(experiment.published_count, 1U);
    ASSERT_EQ(experiment.published[0].count, 2U);
    EXPECT_EQ(experiment.published[0].at[1], 2U); // the point at 0.2
    EXPECT_EQ(experiment.published[0].values[0], 0.8);
}

TEST_F(Experiment, AxesMakeAGrid)
{
    ASSERT_EQ(load_with({{"approach", "2"},
                         {"published", ""},
                         {"axes", "( { key = \"network\"; values = [\"ann\", \"memristor\"]; },"
                                  "  { key = \"threshold\"; values = [0.5, 0.6, 0.7]; },"
                                  "  { key = \"read_noise\"; values = (0, 0.5); } )"}}),
              STATUS_OK)
        << error_.message;
    const struct experiment &experiment = experiments_.items[0];
    ASSERT_EQ(experiment.point_count, 12U);
    const double thresholds[] = {0.5, 0.6, 0.7};
    for (uint32_t i = 0; i < 12; i++) { // the last axis runs fastest
        const struct point &point = experiment.points[i];
        EXPECT_EQ(point.settings.read_noise, i % 2 * 0.5);
        EXPECT_EQ(point.settings.threshold[1], thresholds[i / 2 % 3]);
        EXPECT_EQ(point.network, i < 6 ? NETWORK_ANN : NETWORK_MEMRISTOR);
        EXPECT_EQ(point.approach, i < 6 ? 1U : 2U); // software is approach 1
    }
    ASSERT_EQ(load_with({{"published", ""}, {"axes", "()"}}), STATUS_OK) << error_.message;
    EXPECT_EQ(experiments_.items[0].point_count, 1U);
}

TEST_F(Experiment, PublishedValuesStandAtNames)
{
    const std::string axes = "( { key = \"network\"; values = [\"ann\", \"snn\", \"memristor\"]; } )";
    ASSERT_EQ(load_with({{"axes", axes},
                         {"published", "( { measure = \"accuracy\"; at = [\"memristor\", \"ann\"];"
                                       "    values = [0.8, 0.7]; } )"}}),
              STATUS_OK)
        << error_.message;
    const struct published &published = experiments_.items[0].published[0];
    ASSERT_EQ(published.count, 2U);
    EXPECT_EQ(published.at[0], 2U);
    EXPECT_EQ(published.at[1], 0U);
    for (const char *at : {"[\"cnn\"]", "[0.1]", "\"ann\""}) {
        EXPECT_EQ(load_with({{"axes", axes},
                             {"published", std::string("( { measure = \"accuracy\"; at = ") + at +
                                               "; values = [0.8]; } )"}}),
                  STATUS_INVALID)
            << at;
    }
}

TEST_F(Experiment, EveryPresetKeyCanVary)
{
    for (const struct setting *setting = settings_table; setting->name != nullptr; setting++) {
        const std::string key = setting->name;
        std::string values = "[1, 2]";
        if (key == "encoder") {
            values = "[\"poisson\", \"rate\"]";
        } else if (key == "update") {
            values = "[\"paper\", \"accumulate\"]";
        } else if (key == "decision") {
            values = "[\"full\", \"early\"]";
        } else if (key == "readout") {
            values = "[\"count\", \"membrane\"]";
        } else if (key == "start") {
            values = "[\"fresh\", \"drawn\"]";
        } else if (key == "noise_correction" || key == "drift_correction") {
            values = "[\"none\", \"threshold\"]";
        } else if (key == "tolerance" || key == "read_noise" || key == "guard_band" ||
                   key.rfind("stuck_", 0) == 0) {
            values = "[0.25, 0.5]";
        }
        ASSERT_EQ(load_with({{"published", ""},
                             {"axes", "( { key = \"" + key + "\"; values = " + values + "; } )"}}),
                  STATUS_OK)
            << error_.message;
        char first[32], second[32];
        point_key_text(&experiments_.items[0].points[0], key.c_str(), first);
        point_key_text(&experiments_.items[0].points[1], key.c_str(), second);
        EXPECT_EQ(values.find('"') == std::string::npos
                      ? "[" + std::string(first) + ", " + second + "]"
                      : "[\"" + std::string(first) + "\", \"" + second + "\"]",
                  values);
    }
}

TEST_F(Experiment, AxesAlongWhichNothingChangesAreRefused)
{
    const auto along = [](const std::string &key, const std::string &values) {
        return "( { key = \"" + key + "\"; values = [" + values + "]; } )";
    };
    for (const char *network : {"\"ann\"", "\"snn\""}) {
        EXPECT_EQ(load_with({{"published", ""}, {"network", network}, {"axes", along("max_pulses", "0, 5")}}),
                  STATUS_INVALID)
            << network;
        EXPECT_NE(std::string(error_.message).find("where no memristor is written"), std::string::npos)
            << error_.message;
    }
    EXPECT_EQ(
        load_with({{"published", ""}, {"network", "\"ann\""}, {"axes", along("read_noise", "0.0, 0.1")}}),
        STATUS_INVALID);
    EXPECT_NE(std::string(error_.message).find("with network ann"), std::string::npos) << error_.message;
    EXPECT_EQ(
        load_with({{"published", ""}, {"network", "\"snn\""}, {"axes", along("read_noise", "0.0, 0.1")}}),
        STATUS_OK)
        << error_.message;
}

/* Of a sweep as it is varied. */
class Identities
{
  public:
    explicit Identities(struct sweep *sweep) : sweep_(sweep)
    {
    }
    /* Whether the sweep has had no such identity yet; now it has. */
    bool is_new()
    {
        return seen_.insert(now()).second;
    }
    bool is_known() const
    {
        return seen_.count(now()) > 0;
    }

  private:
    std::string now() const
    {
        sweep_plan(sweep_);
        const std::unique_ptr<char, decltype(&std::free)> text(sweep_identity(sweep_), std::free);
        sweep_clear(sweep_);
        return text.get();
    }

    struct sweep *sweep_;
    std::set<std::string> seen_;
};

/* Leaves settings that give the same results as before. */
void expect_hardware_apart(Identities &identities, struct settings *settings)
{
    for (settings->hardware = hardware_list() + 1; settings->hardware->name != nullptr;
         settings->hardware++) {
        EXPECT_TRUE(identities.is_new()) << settings->hardware->name;
    }
    // A set of the same name that another build has.
    struct hardware other = *hardware_list();
    settings->hardware = &other;
    for (uint32_t *number :
         {&other.inputs, &other.lanes, &other.outputs, &other.sides, &other.tiles, &other.clocks_per_us}) {
        (*number)++;
        EXPECT_TRUE(identities.is_new()) << number - &other.inputs;
        (*number)--;
    }
    settings->hardware = hardware_list();
    // Engines give the same results, but for the crossbar emulator of boards.
    for (int i = 0; engine_kind_names[i] != nullptr; i++) {
        settings->engine = static_cast<enum engine_kind>(i);
        EXPECT_EQ(identities.is_known(), !engine_on_board(settings->engine)) << engine_kind_names[i];
    }
    settings->engine = ENGINE_MODEL;
}

/* Stored results are taken for another sweep's only if all of this is the same. */
TEST_F(Experiment, EverythingTellsSweepsApart)
{
    ASSERT_EQ(load_with({{"settings", "{ }"}}), STATUS_OK) << error_.message;
    struct corpus corpus = {};
    const std::unique_ptr<struct device, decltype(&device_free)> device(paper_device(), device_free);
    struct sweep sweep = {};
    sweep.experiments = &experiments_;
    sweep.settings = &settings_;
    sweep.corpus = &corpus;
    sweep.device = device.get();
    sweep.version = "1";
    Identities identities(&sweep);
    EXPECT_TRUE(identities.is_new());
    EXPECT_TRUE(identities.is_known());

    // Each key of presets, at every point.
    for (const struct setting *setting = settings_table; setting->name != nullptr; setting++) {
        const std::string key = setting->name;
        ASSERT_EQ(load_with({{"settings", "{ " + key + " = " + other_value(key) + "; }"}}), STATUS_OK)
            << error_.message;
        if (key != "tolerance") { // which the axis sets
            EXPECT_TRUE(identities.is_new()) << key;
        }
    }
    ASSERT_EQ(load_with({{"settings", "{ }"},
                         {"axes", "( { key = \"tolerance\"; values = [0.01, 0.1, 0.25]; } )"},
                         {"published", ""}}),
              STATUS_OK);
    EXPECT_TRUE(identities.is_new()) << "tolerance";
    const std::string steps = "( { key = \"steps\"; values = [10, 20]; } )";
    ASSERT_EQ(load_with({{"settings", "{ }"}, {"axes", steps}, {"published", ""}}), STATUS_OK);
    EXPECT_TRUE(identities.is_new()) << "axis";
    ASSERT_EQ(load_with({{"settings", "{ }"}, {"network", "\"snn\""}, {"axes", steps}, {"published", ""}}),
              STATUS_OK);
    EXPECT_TRUE(identities.is_new()) << "network";
    ASSERT_EQ(load_with({{"settings", "{ }"}}), STATUS_OK) << error_.message;
    EXPECT_TRUE(identities.is_known());

    settings_.seed++;
    EXPECT_TRUE(identities.is_new()) << "seed";
    settings_.seed--;
    corpus.fingerprint++;
    EXPECT_TRUE(identities.is_new()) << "corpus";
    corpus.fingerprint--;
    sweep.version = "2";
    EXPECT_TRUE(identities.is_new()) << "version";
    sweep.version = "1";
    expect_hardware_apart(identities, &settings_);
    struct nonideality row = {};
    for (uint32_t i = 0; nonideality_at(device->switching.model, i, &row); i++) {
        const double value = 0.5;
        device->nonidealities = {};
        std::memcpy(reinterpret_cast<char *>(&device->nonidealities) + row.offset, &value, sizeof value);
        EXPECT_TRUE(identities.is_new()) << row.key;
    }
    device->nonidealities = {};
    EXPECT_TRUE(identities.is_known());
}

TEST_F(Experiment, PointsThatCannotBeAreRefusedBeforeAnyRuns)
{
    const std::string axes = "( { key = \"read_noise\"; values = [0.1, 0.9]; } )";
    EXPECT_EQ(load_with({{"settings", "{ tolerance_margin = 4; }"}, {"axes", axes}, {"published", ""}}),
              STATUS_INVALID);
    EXPECT_TRUE(message_has("grid.cfg:7: a point: tolerance margin: 4")) << error_.message;
    settings_.hardware = hardware_find("100x1d");
    if (settings_.hardware != nullptr) {
        EXPECT_EQ(load_with({{"settings", "{ adc_bits = 1; }"}}), STATUS_INVALID);
        EXPECT_TRUE(message_has("adc bits: 1")) << error_.message;
    }
}

TEST_F(Experiment, MissingKeysAreNamed)
{
    for (const std::string &key : keys) {
        if (key == "settings" || key == "published") {
            EXPECT_EQ(load_with({{key, ""}}), STATUS_OK) << error_.message;
            continue;
        }
        EXPECT_EQ(load_with({{key, ""}}), STATUS_INVALID) << key;
        EXPECT_TRUE(message_has(path_ + ":")) << error_.message;
        EXPECT_TRUE(message_has("\"" + key + "\" is missing")) << error_.message;
    }
    EXPECT_EQ(load(""), STATUS_INVALID);
    EXPECT_EQ(load_path(folder_ + "/none.cfg"), STATUS_INVALID);
    EXPECT_TRUE(message_has("none.cfg: cannot be read")) << error_.message;
}

TEST_F(Experiment, WrongValuesAreNamedWithTheirLine)
{
    refuses("name", "\"a,b\"", "letters");
    refuses("name", "3", "a text");
    refuses("description", "\"\"", "a text");
    refuses("approach", "3", "below 3");
    refuses("approach", "1.5", "a whole number");
    refuses("network", "\"cnn\"", "ann, snn, memristor");
    refuses("seeds", "0", "above 0");
    refuses("settings", "5", "a group");
    refuses("settings", "{ stepz = 5; }", "stepz");
    refuses("settings", "{ steps = 0; }", "from 1 to 65535");
    refuses("axes", "{ key = \"steps\"; }", "a list");
    refuses("axes", "( 5 )", "a group");
    refuses("axes", "( { key = \"stepz\"; values = [1]; } )", "a key of presets");
    refuses("axes", "( { key = \"steps\"; } )", "\"values\" is missing");
    refuses("axes", "( { key = \"steps\"; values = 1; } )", "a list of values");
    refuses("axes", "( { key = \"steps\"; values = []; } )", "a list of values");
    refuses("axes", "( { key = \"steps\"; values = [10, 0]; } )", "steps: expected a whole number from 1");
    refuses("axes", "( { key = \"steps\"; values = [10, 20, 10]; } )", "values that differ");
    refuses("axes", "( { key = \"steps\"; values = [1]; other = 1; } )", "other");
    refuses("axes", "( { key = \"leak\"; values = [1]; }, { key = \"leak\"; values = [2]; } )",
            "another key");
    refuses("measure", "\"accuracy\"", "a list of names");
    refuses("measure", "[\"speed\"]", "accuracy, weight_error_std");
    refuses("measure", "[\"accuracy\", \"trace\"]", "approach 2 only");
    refuses("published", "5", "a list");
    refuses("published", "( { measure = \"energy_j\"; at = [0.1]; values = [1.0]; } )",
            "one that the experiment");
    refuses("published", "( { measure = \"accuracy\"; at = [0.3]; values = [1.0]; } )", "values of the axis");
    refuses("published", "( { measure = \"accuracy\"; at = [0.1]; values = [1.0, 2.0]; } )",
            "as many as in at");
    refuses("published", "( { measure = \"accuracy\"; at = [0.1]; values = [\"a\"]; } )", "a number");
    EXPECT_EQ(load(text_of(good_values()) + "other = 1;\n"), STATUS_INVALID);
    EXPECT_TRUE(message_has(path_ + ":10: unknown key \"other\"")) << error_.message;
    std::string values = "1";
    for (int i = 2; i <= 101; i++) {
        values += ", " + std::to_string(i);
    }
    refuses("axes",
            "( { key = \"steps\"; values = [" + values + "]; }, { key = \"epochs\"; values = [" + values +
                "]; } )",
            "at most 10000");
}

TEST_F(Experiment, ACollectionHoldsItsExperiments)
{
    ASSERT_EQ(load_with({}), STATUS_OK);
    const std::string all = folder_ + "/all.cfg";
    auto collect = [&](const std::string &list) {
        std::ofstream(all) << "name = \"all\";\ndescription = \"d\";\nexperiments = " << list << ";\n";
        return load_path(all);
    };
    ASSERT_EQ(collect("[\"grid\"]"), STATUS_OK) << error_.message;
    EXPECT_STREQ(experiments_.name, "all");
    ASSERT_EQ(experiments_.count, 1U);
    EXPECT_STREQ(experiments_.items[0].name, "grid");
    for (const char *list : {"[]", "5", "[5]", "[\"../grid\"]", "[\"grid\", \"grid\"]"}) {
        EXPECT_EQ(collect(list), STATUS_INVALID) << list;
        EXPECT_TRUE(message_has(all + ":3: ")) << error_.message;
    }
    EXPECT_EQ(collect("[\"missing\"]"), STATUS_INVALID);
    EXPECT_TRUE(message_has("missing.cfg: cannot be read")) << error_.message;
    EXPECT_EQ(collect("[\"all\"]"), STATUS_INVALID); // no collection in a collection
    EXPECT_TRUE(message_has("unknown key \"experiments\"")) << error_.message;
}

TEST_F(Experiment, SharedPointsAreOneTask)
{
    ASSERT_EQ(load_path(MEMSPIKE_SOURCE_DIR "/data/experiments/paper.cfg"), STATUS_OK) << error_.message;
    struct sweep sweep = {};
    sweep.experiments = &experiments_;
    sweep.settings = &settings_;
    sweep.seeds = 2;
    sweep_plan(&sweep);
    std::set<std::string> unique;
    uint32_t points = 0;
    for (uint32_t e = 0; e < experiments_.count; e++) {
        const struct experiment &experiment = experiments_.items[e];
        points += experiment.point_count;
        for (uint32_t p = 0; p < experiment.point_count; p++) {
            for (uint32_t s = 0; s < 2; s++) {
                const struct task &task = sweep.tasks[sweep.task_of[e][p * 2 + s]];
                EXPECT_EQ(task.seed, 7 + s);
                EXPECT_EQ(task.point->network, experiment.points[p].network);
                EXPECT_EQ(task.point->settings.tolerance, experiment.points[p].settings.tolerance);
                EXPECT_EQ(task.point->settings.read_noise, experiment.points[p].settings.read_noise);
                EXPECT_EQ(task.point->settings.steps, experiment.points[p].settings.steps);
            }
        }
    }
    for (uint32_t i = 0; i < sweep.task_count; i++) {
        EXPECT_TRUE(unique.insert(sweep.tasks[i].key).second) << sweep.tasks[i].key;
    }
    EXPECT_LT(sweep.task_count, 2 * points); // figures 4b and 4c, for one, are the same runs
    sweep_clear(&sweep);
}

TEST_F(Experiment, ShippedFilesAreThePapers)
{
    uint32_t files = 0;
    for (const auto &entry : std::filesystem::directory_iterator(MEMSPIKE_SOURCE_DIR "/data/experiments")) {
        ASSERT_EQ(load_path(entry.path().string()), STATUS_OK) << error_.message;
        EXPECT_EQ(experiments_.name, entry.path().stem().string());
        files++;
    }
    EXPECT_EQ(files, 29U);
    ASSERT_EQ(load_path(MEMSPIKE_SOURCE_DIR "/data/experiments/fig4a.cfg"), STATUS_OK);
    const uint32_t steps[] = {100, 250, 500, 1000, 2000, 4000};
    const double accuracy[] = {0.8389, 0.8554, 0.8577, 0.8589, 0.8605, 0.8604};
    ASSERT_EQ(experiments_.items[0].point_count, 6U);
    for (int i = 0; i < 6; i++) {
        EXPECT_EQ(experiments_.items[0].points[i].settings.steps, steps[i]);
        EXPECT_EQ(experiments_.items[0].published[0].at[i], (uint32_t) i);
        EXPECT_EQ(experiments_.items[0].published[0].values[i], accuracy[i]);
    }
}

} // namespace
