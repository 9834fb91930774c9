// SPDX-License-Identifier: Apache-2.0
/* The reader of device files: what arrives, what tells devices apart, and what is refused, where. */
#include "device_file/device_file.h"
#include "support/files.h"
#include "support/hardware.h"

#include <unistd.h>

#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

namespace
{

/* A device file in a folder of its own. */
class DeviceFile : public ::testing::Test
{
  protected:
    void load(const std::string &path)
    {
        struct device *device = nullptr;
        struct error error = {};
        status_ = device_load(path.c_str(), &device, &error);
        message_ = error.message;
        device_.reset(device);
    }
    void load_text(const std::string &text)
    {
        support::write_file(path_, text);
        load(path_);
    }
    /* The good file with `from` replaced. */
    static std::string changed(const std::string &from, const std::string &to)
    {
        std::string text = good;
        const size_t position = text.find(from);
        EXPECT_NE(position, std::string::npos) << from;
        return text.replace(position, from.size(), to);
    }
    /* One line that names file and line and says what is wrong. line < 0: there is none to name. */
    void expect_refused(const std::string &path, int line, const std::string &part)
    {
        EXPECT_EQ(status_, STATUS_INVALID) << message_;
        EXPECT_EQ(device_, nullptr);
        EXPECT_EQ(message_.find('\n'), std::string::npos) << message_;
        const std::string opening = line < 0 ? path + ":" : path + ":" + std::to_string(line) + ":";
        EXPECT_EQ(message_.rfind(opening, 0), 0u) << message_ << " should begin with " << opening;
        EXPECT_NE(message_.find(part), std::string::npos) << message_ << " should say " << part;
    }
    void refuse(const std::string &from, const std::string &to, int line, const std::string &part)
    {
        SCOPED_TRACE(to);
        load_text(changed(from, to));
        expect_refused(path_, line, part);
    }

    static constexpr const char *good =
        "name = \"test\";\n"                                                // 1
        "switching = {\n"                                                   // 2
        "  A_p = 0.2; A_n = -0.8; a0_p = 37087; a0_n = 43430;\n"            // 3
        "  a1_p = -20193.0; a1_n = 34333.0; t_p = 1.66; t_n = 1.51;\n"      // 4
        "};\n"                                                              // 5
        "resistance = {\n"                                                  // 6
        "  minimum = 2230; maximum = 18913; start = 11000; spread = 4e3;\n" // 7
        "};\n"                                                              // 8
        "pulses = {\n"                                                      // 9
        "  approach1 = ( { voltage = 0.9;\n"                                // 10
        "    widths_us = [1, 20]; },\n"                                     // 11
        "    { voltage = -1.2; widths_us = [5]; } );\n"                     // 12
        "  approach2 = ( { voltage = 1;\n"                                  // 13
        "    widths_us = [7]; } );\n"                                       // 14
        "};\n";                                                             // 15
    const support::TemporaryFolder folder_;
    const std::string path_ = folder_ / "device.cfg";
    enum status status_ = STATUS_OK;
    std::string message_;
    support::Device device_;
};

TEST_F(DeviceFile, Good)
{
    load_text(good);
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_STREQ(device_->name, "test");
    EXPECT_EQ(device_->minimum_resistance, 2230);
    EXPECT_EQ(device_->maximum_resistance, 18913);
    EXPECT_EQ(device_->start_resistance, 11000);
    EXPECT_EQ(device_->start_spread, 4000);
    ASSERT_EQ(device_->pulses[0].count, 3u);
    ASSERT_EQ(device_->pulses[1].count, 1u);
    EXPECT_EQ(device_->pulses[0].pulses[1].width_us, 20u);
    EXPECT_EQ(device_->pulses[0].pulses[2].voltage, -1.2);
    EXPECT_NEAR(device_->pulses[0].pulses[2].rate, 0.8 * (std::exp(1.2 / 1.51) - 1), 1e-12);
    EXPECT_NEAR(device_->pulses[0].pulses[2].asymptote, 43430 - 1.2 * 34333, 1e-9);
    EXPECT_EQ(device_->pulses[1].pulses[0].width_us, 7u);
}

/* Every row of a model's table. */
std::vector<struct nonideality> nonidealities_of(enum switching_model model)
{
    std::vector<struct nonideality> rows;
    struct nonideality row = {};
    for (uint32_t i = 0; nonideality_at(model, i, &row); i++) {
        rows.push_back(row);
    }
    return rows;
}

std::string name_of(const struct nonideality &row)
{
    char text[NONIDEALITY_TEXT];
    return nonideality_name(&row, text);
}

/* A device file whose non-idealities have these values. */
std::string with_nonidealities(const std::string &text, const std::vector<struct nonideality> &rows,
                               const std::map<std::string, double> &values)
{
    std::ostringstream all;
    all.precision(17);
    all << text << "nonidealities = {\n";
    for (size_t i = 0; i < rows.size(); i++) {
        const std::string group = rows[i].group != nullptr ? rows[i].group : "";
        const bool first = i == 0 || rows[i - 1].group == nullptr || rows[i - 1].group != group;
        const bool last = i + 1 == rows.size() || rows[i + 1].group == nullptr || rows[i + 1].group != group;
        all << (!group.empty() && first ? group + " = { " : "") << rows[i].key << " = " << std::showpoint
            << values.at(name_of(rows[i])) << "; " << (!group.empty() && last ? "};\n" : "");
    }
    all << "};\n";
    return all.str();
}

/* Whatever a device file says of non-idealities arrives, and tells its device from others. */
TEST_F(DeviceFile, EveryNonidealityArrivesAndTellsDevicesApart)
{
    for (const char *const name : {"paper", "vteam", "oblea2010"}) {
        const std::string ideal = support::project_file("data/devices/" + std::string(name) + ".cfg");
        load_text(ideal);
        ASSERT_EQ(status_, STATUS_OK) << message_;
        EXPECT_FALSE(nonidealities_any(device_->switching.model, &device_->nonidealities));
        std::set<uint64_t> fingerprints = {device_fingerprint(device_.get())};
        const std::vector<struct nonideality> rows = nonidealities_of(device_->switching.model);
        std::map<std::string, double> values = {{"drift.start_s", 20},   {"drift.time_s", 40},
                                                {"drift.reference", 0},  {"read_noise.read_s", 1e-6},
                                                {"dac.full_scale_v", 2}, {"dac.bits", 8}};
        for (const struct nonideality &row : rows) {
            values.emplace(name_of(row), 0.0625);
        }
        load_text(with_nonidealities(ideal, rows, values));
        ASSERT_EQ(status_, STATUS_OK) << message_;
        EXPECT_TRUE(nonidealities_any(device_->switching.model, &device_->nonidealities));
        EXPECT_TRUE(fingerprints.insert(device_fingerprint(device_.get())).second);
        for (const struct nonideality &row : rows) {
            // The others do not depend on the model, whose pulses take long to fit.
            if (device_->switching.model != SWITCHING_DATA_DRIVEN &&
                name_of(row).rfind("device_variation.", 0) != 0) {
                continue;
            }
            std::map<std::string, double> other = values;
            double &value = other[name_of(row)];
            value = row.whole ? value + 1 : value * 1.5;
            load_text(with_nonidealities(ideal, rows, other));
            ASSERT_EQ(status_, STATUS_OK) << message_;
            EXPECT_EQ(nonideality_value(&device_->nonidealities, &row), value) << name_of(row);
            EXPECT_TRUE(fingerprints.insert(device_fingerprint(device_.get())).second) << name_of(row);
            // And by itself.
            struct nonidealities &of = device_->nonidealities;
            of = {};
            std::memcpy(reinterpret_cast<char *>(&of) + row.offset, &value, sizeof value);
            EXPECT_TRUE(nonidealities_any(device_->switching.model, &device_->nonidealities)) << name_of(row);
            EXPECT_TRUE(fingerprints.insert(device_fingerprint(device_.get())).second) << name_of(row);
        }
    }
}

TEST(Nonidealities, TheTableHoldsEveryMemberOnce)
{
    std::set<size_t> offsets;
    for (const struct nonideality &row : nonidealities_of(SWITCHING_YAKOPCIC)) { // of ten constants
        EXPECT_TRUE(offsets.insert(row.offset).second) << name_of(row);
    }
    EXPECT_EQ(offsets.size() * sizeof(double), sizeof(struct nonidealities));
    EXPECT_EQ(*offsets.rbegin(), sizeof(struct nonidealities) - sizeof(double));
}

TEST_F(DeviceFile, RangesOfNonidealitiesAreKept)
{
    for (const struct nonideality &row : nonidealities_of(SWITCHING_DATA_DRIVEN)) {
        for (const double value : {row.above, row.below, std::nan("")}) {
            std::ostringstream text;
            text.precision(17);
            text << std::showpoint << row.key << " = " << value << ";";
            const std::string in_group =
                row.group != nullptr ? std::string(row.group) + " = { " + text.str() + " };" : text.str();
            load_text(std::string(good) + "nonidealities = {\n" + in_group + "\n};\n");
            EXPECT_EQ(status_, STATUS_INVALID) << in_group;
        }
    }
}

TEST_F(DeviceFile, EverythingElseTellsDevicesApart)
{
    load_text(good);
    ASSERT_EQ(status_, STATUS_OK) << message_;
    std::set<uint64_t> fingerprints = {device_fingerprint(device_.get())};
    const std::pair<const char *, const char *> changes[] = {
        {"A_p = 0.2", "A_p = 0.21"},
        {"A_n = -0.8", "A_n = -0.81"},
        {"a0_p = 37087", "a0_p = 37088"},
        {"a0_n = 43430", "a0_n = 43431"},
        {"a1_p = -20193.0", "a1_p = -20194.0"},
        {"a1_n = 34333.0", "a1_n = 34334.0"},
        {"t_p = 1.66", "t_p = 1.67"},
        {"t_n = 1.51", "t_n = 1.52"},
        {"minimum = 2230", "minimum = 2231"},
        {"maximum = 18913", "maximum = 18914"},
        {"start = 11000", "start = 11001"},
        {"spread = 4e3", "spread = 4001"},
        {"voltage = 0.9", "voltage = 0.91"},
        {"voltage = -1.2", "voltage = -1.21"},
        {"voltage = 1;", "voltage = 1.01;"},
        {"widths_us = [1, 20]", "widths_us = [2, 20]"},
        {"widths_us = [1, 20]", "widths_us = [1, 20, 20]"},
        {"widths_us = [5]", "widths_us = [6]"},
        {"widths_us = [7]", "widths_us = [8]"},
    };
    for (const auto &[from, to] : changes) {
        load_text(changed(from, to));
        ASSERT_EQ(status_, STATUS_OK) << message_;
        EXPECT_TRUE(fingerprints.insert(device_fingerprint(device_.get())).second) << to;
    }
    load_text(changed("\"test\"", "\"other\""));
    EXPECT_EQ(fingerprints.count(device_fingerprint(device_.get())), 1U);
    // As it was before there were more kinds of non-idealities: what was trained with a device knows it
    // still.
    EXPECT_EQ(device_fingerprint(support::paper_device().get()), UINT64_C(0xfa184eaf0eff6f1a));
}

TEST_F(DeviceFile, NonidealitiesThatCannotBe)
{
    const std::pair<const char *, const char *> cases[] = {
        {"read_disturb = { voltage_v = 0.0; time_s = 1.0; };", "read_disturb: 0 V changes nothing"},
        {"dac = { full_scale_v = 2.0; };", "dac: changes nothing"},
        {"dac = { full_scale_v = 1.0; bits = 8; };", "dac: full_scale_v 1 V is less than the pulses' -1.2 V"},
        {"dac = { full_scale_v = 2.0; bits = 1; };", "dac: 1 bit has no level beside 0 V"},
        {"dac = { full_scale_v = 2.0; bits = 7.5; };", "dac.bits: 7.5: expected a whole number"},
    };
    for (const auto &[text, message] : cases) {
        load_text(std::string(good) + "nonidealities = {\n  " + text + "\n};\n");
        expect_refused(path_, 17, message);
    }
}

TEST_F(DeviceFile, UnknownKeys)
{
    refuse("name = \"test\";", "name = \"test\"; nme = 1;", 1, "nme");
    refuse("A_p = 0.2;", "A_p = 0.2; A_q = 0.2;", 3, "A_q");
    refuse("spread = 4e3;", "spread = 4e3; speed = 1;", 7, "speed");
    refuse("  approach1", "  approach3 = 1;\n  approach1", 10, "approach3");
    refuse("{ voltage = 0.9;", "{ voltage = 0.9; width = 3;", 10, "width");
}

TEST_F(DeviceFile, MissingKeys)
{
    load_text("");
    EXPECT_EQ(status_, STATUS_INVALID);
    refuse("name = \"test\";", "", 0, "name");
    for (const std::string key : {"A_p = 0.2;", "A_n = -0.8;", "a0_p = 37087;", "a0_n = 43430;",
                                  "a1_p = -20193.0;", "a1_n = 34333.0;", "t_p = 1.66;", "t_n = 1.51;"}) {
        refuse(key, "", 2, key.substr(0, key.find(' ')));
    }
    refuse("start = 11000;", "", 6, "start");
    refuse("spread = 4e3;", "", 6, "spread");
    refuse("voltage = 0.9;", "", 10, "voltage");
    refuse("widths_us = [5];", "", 12, "widths_us");
    refuse("  approach2 = ( { voltage = 1;\n    widths_us = [7]; } );\n", "", 9, "approach2");
    for (const std::string group : {"switching", "resistance", "pulses"}) {
        refuse(group + " = {", "other = {",
               group == "switching"    ? 2
               : group == "resistance" ? 6
                                       : 9,
               "other");
    }
}

TEST_F(DeviceFile, Widths)
{
    for (const std::string width :
         {"0", "-1", "1.5", "65536", "99999999999L", "1000000000000000000000", "\"3\"", "true", "3.0"}) {
        load_text(changed("[1, 20]", "(1, " + width + ")"));
        expect_refused(path_, 11, "");
    }
    refuse("[1, 20]", "[]", 11, "widths_us");
    refuse("[1, 20]", "20", 11, "widths_us");
    load_text(changed("[1, 20]", "[1, 65535]"));
    EXPECT_EQ(status_, STATUS_OK) << message_;
}

TEST_F(DeviceFile, AtMostSixteenPulses)
{
    // With the one of -1.2 V there are 16, then 17.
    load_text(changed("[1, 20]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]"));
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(device_->pulses[0].count, 16u);
    refuse("[1, 20]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]", 12, "16");
}

TEST_F(DeviceFile, Resistances)
{
    refuse("minimum = 2230;", "minimum = 18913;", 6, "minimum");
    refuse("minimum = 2230;", "minimum = 20000;", 6, "minimum");
    refuse("minimum = 2230;", "minimum = 0;", 7, "minimum");
    refuse("minimum = 2230;", "minimum = -5;", 7, "minimum");
    refuse("maximum = 18913;", "maximum = 65536;", 7, "maximum");
    refuse("start = 11000;", "start = 0;", 7, "start");
    refuse("start = 11000;", "start = 70000;", 7, "start");
    refuse("spread = 4e3;", "spread = 11000;", 7, "spread");
    refuse("spread = 4e3;", "spread = -1;", 7, "spread");
    load_text(changed("spread = 4e3;", "spread = 0;"));
    EXPECT_EQ(status_, STATUS_OK) << message_;
}

TEST_F(DeviceFile, NumbersThatAreNone)
{
    for (const std::string number : {"\"0.2\"", "[0.2]", "true", "1e999", "-1e999", "{ }"}) {
        refuse("A_p = 0.2;", "A_p = " + number + ";", 3, "A_p");
        refuse("a0_p = 37087;", "a0_p = " + number + ";", 3, "a0_p");
        refuse("start = 11000;", "start = " + number + ";", 7, "start");
    }
    for (const std::string number : {"nan", "inf", "-inf", "NaN", "0x", "--1", "1.2.3"}) {
        refuse("A_p = 0.2;", "A_p = " + number + ";", 3, "");
        refuse("start = 11000;", "start = " + number + ";", 7, "");
    }
    refuse("name = \"test\";", "name = 5;", 1, "name");
}

TEST_F(DeviceFile, Voltages)
{
    refuse("voltage = 0.9;", "voltage = 0;", 11, "voltage");
    refuse("voltage = 0.9;", "voltage = 11;", 10, "voltage");
    refuse("voltage = 0.9;", "voltage = \"1\";", 10, "voltage");
    // An asymptote out of range: r(2 V) = -3,299 ohm.
    refuse("voltage = 0.9;", "voltage = 2;", 11, "ohm");
}

TEST_F(DeviceFile, SignsOfTheSwitchingConstants)
{
    refuse("A_p = 0.2;", "A_p = -0.2;", 3, "A_p");
    refuse("A_n = -0.8;", "A_n = 0.8;", 3, "A_n");
    refuse("t_p = 1.66;", "t_p = 0;", 4, "t_p");
    refuse("t_n = 1.51;", "t_n = -1;", 3, "t_n"); // A_n would have to be positive then
    load_text(changed("A_p = 0.2;", "A_p = -0.2;"));
    EXPECT_EQ(status_, STATUS_INVALID);
}

TEST_F(DeviceFile, RateOutOfTheTablesRange)
{
    refuse("A_p = 0.2;", "A_p = 1e8;", 11, "k t");
    refuse("A_p = 0.2;", "A_p = 1e-12;", 11, "k t");
    refuse("t_p = 1.66;", "t_p = 0.0001;", 11, "k t"); // the exponential overflows
}

TEST_F(DeviceFile, NoGroupsAndNoLists)
{
    refuse("switching = {\n", "switching = 5; resistance2 = {\n", 2, "");
    refuse("approach2 = ( { voltage = 1;\n    widths_us = [7]; } );", "approach2 = ( );", 13, "approach2");
    refuse("approach2 = ( { voltage = 1;\n    widths_us = [7]; } );", "approach2 = 7;", 13, "approach2");
    refuse("approach2 = ( { voltage = 1;\n    widths_us = [7]; } );", "approach2 = ( 7 );", 13, "");
    load_text(changed("pulses = {", "pulses = ( {") + ");");
    EXPECT_EQ(status_, STATUS_INVALID);
}

TEST_F(DeviceFile, TruncatedAnywhere)
{
    const std::string text = good;
    for (size_t size = 0; size + 3 < text.size(); size++) {
        load_text(text.substr(0, size));
        ASSERT_EQ(status_, STATUS_INVALID) << "after " << size << " characters";
        ASSERT_EQ(message_.rfind(path_ + ":", 0), 0u) << message_;
        ASSERT_EQ(message_.find('\n'), std::string::npos) << message_;
    }
    // Noise in the middle, not text at all.
    load_text(std::string("\0\x01\xff\xfe\n;;", 7));
    expect_refused(path_, -1, "");
}

TEST_F(DeviceFile, NotAFile)
{
    load(folder_ / "none.cfg");
    expect_refused(folder_ / "none.cfg", -1, "");
    load(folder_.path());
    expect_refused(folder_.path(), -1, "not a file");
    load("/dev/null");
    expect_refused("/dev/null", -1, "not a file");
    if (geteuid() != 0) { // root reads everything
        load_text(good);
        std::filesystem::permissions(path_, std::filesystem::perms::none);
        load(path_);
        expect_refused(path_, -1, "");
    }
}

} // namespace
