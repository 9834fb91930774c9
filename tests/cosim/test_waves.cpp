// SPDX-License-Identifier: Apache-2.0
/* Waveforms: what a recording holds, and that a difference between RTL and reference models leaves one whose
 * last clock is the different one. Differences are planted by changing, at link time, what crossbar_sense()
 * and write_verify_next() say. */
#include "support/hardware.h"

#include "engine/engine_kind.h"
#include "model/base/module.h"
#include "model/crossbar/crossbar.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace
{
int64_t planted_step = -1;
int64_t planted_device = -1;
} // namespace

extern "C" {
void __real_crossbar_sense(const struct crossbar *crossbar, uint32_t review, uint32_t step, uint32_t phase,
                           const uint32_t *rows, int32_t *codes);
void __wrap_crossbar_sense(const struct crossbar *crossbar, uint32_t review, uint32_t step, uint32_t phase,
                           const uint32_t *rows, int32_t *codes);
void __real_write_verify_next(struct write_verify *writer, uint32_t reading);
void __wrap_write_verify_next(struct write_verify *writer, uint32_t reading);
void *__real_module_find(const char *name, const char *symbol, bool for_all, struct error *error);
void *__wrap_module_find(const char *name, const char *symbol, bool for_all, struct error *error);
extern const struct engine_kind_operations engine_systemc_operations;
}

/* SystemC's engine is that of this test, with the differences planted in it. */
void *__wrap_module_find(const char *name, const char *symbol, bool for_all, struct error *error)
{
    return std::string(symbol) == "engine_systemc_operations"
               ? const_cast<struct engine_kind_operations *>(&engine_systemc_operations)
               : __real_module_find(name, symbol, for_all, error);
}

/* The RTL's codes; the reference models sense by crossbar_sense_run(). */
void __wrap_crossbar_sense(const struct crossbar *crossbar, uint32_t review, uint32_t step, uint32_t phase,
                           const uint32_t *rows, int32_t *codes)
{
    __real_crossbar_sense(crossbar, review, step, phase, rows, codes);
    codes[0] ^= planted_step == step && phase == 0;
}

/* The reference model's writer takes the planted device to be on target. */
void __wrap_write_verify_next(struct write_verify *writer, uint32_t reading)
{
    const bool planted = writer->state == WRITE_READ && planted_device == writer->device;
    __real_write_verify_next(writer, planted ? writer->target : reading);
}

namespace
{

class Waves : public ::testing::TestWithParam<std::tuple<const struct hardware *, enum engine_kind>>
{
  protected:
    void SetUp() override
    {
        folder_ = std::filesystem::temp_directory_path() / ("memspike_waves_" + std::to_string(getpid()));
        std::filesystem::create_directory(folder_);
        path_ = folder_ / "failure.fst";
        device_ = support::paper_device();
        struct crossbar_settings analogue = {};
        analogue.seed = 3;
        crossbar_ = crossbar_open(hardware(), device_.get(), &analogue);
        settings_.seed = 5;
        settings_.steps = 60;
        settings_.threshold = 0.25 * hardware()->inputs;
        settings_.tolerance = 0.01;
        settings_.max_pulses = 5;
        settings_.verify_reads = 1;
        settings_.pulses = device_->pulses[1];
        settings_.threads = 1;
        settings_.check = true;
        settings_.failure_waves = path_.c_str();
        settings_.failure_clocks = 20;
    }
    void TearDown() override
    {
        planted_step = planted_device = -1;
        crossbar_close(crossbar_);
        std::filesystem::remove_all(folder_);
    }
    const struct hardware *hardware() const
    {
        return std::get<0>(GetParam());
    }
    struct engine *open()
    {
        struct engine *engine = nullptr;
        EXPECT_EQ(engine_open(std::get<1>(GetParam()), crossbar_, &settings_, &engine, &error_), STATUS_OK);
        return engine;
    }
    enum status review(struct engine *engine)
    {
        std::vector<uint16_t> rates(hardware()->inputs, 40000);
        std::vector<uint16_t> counts(hardware()->outputs);
        const uint32_t number = 7;
        return engine_infer(engine, rates.data(), &number, 1, counts.data(), nullptr, &error_);
    }
    enum status writing(struct engine *engine)
    {
        const std::vector<uint32_t> targets(hardware()->devices,
                                            resistance_to_fixed(device_resistance(device_.get(), 0.7)));
        return engine_write(engine, targets.data(), nullptr, nullptr, &error_);
    }
    /* The clock that the message names. */
    uint64_t failed_clock() const
    {
        const std::string message = error_.message;
        const size_t at = message.find("clock ");
        EXPECT_NE(at, std::string::npos) << message;
        return std::strtoull(message.c_str() + at + 6, nullptr, 10);
    }
    /* First and last time of an FST file in its unit, ns: the header block holds them, big-endian, behind
     * type and length. */
    std::pair<uint64_t, uint64_t> times() const
    {
        std::ifstream file(path_, std::ios::binary);
        std::vector<unsigned char> header(25);
        file.read(reinterpret_cast<char *>(header.data()), 25);
        EXPECT_TRUE(file.good()) << path_;
        const auto number = [&header](size_t at) {
            uint64_t value = 0;
            for (size_t i = 0; i < 8; i++) {
                value = value << 8 | header[at + i];
            }
            return value;
        };
        return {number(9), number(17)};
    }
    void expect_ends_at(uint64_t clock)
    {
        const uint64_t cpu = hardware()->clocks_per_us;
        EXPECT_EQ(times().second, (2 * clock + 1) * 500 / cpu) << "in the second half of clock " << clock;
        const uint64_t first = clock >= settings_.failure_clocks ? clock + 1 - settings_.failure_clocks : 0;
        EXPECT_EQ(times().first, 2 * first * 500 / cpu);
        EXPECT_NE(std::string(error_.message).find("failure.fst"), std::string::npos) << error_.message;
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "only the waveforms";
    }

    std::filesystem::path folder_, path_;
    support::Device device_;
    struct crossbar *crossbar_ = nullptr;
    struct engine_settings settings_ = {};
    struct error error_ = {};
};

TEST_P(Waves, EndAtAPlantedCode)
{
    struct engine *engine = open();
    ASSERT_EQ(review(engine), STATUS_OK) << error_.message;
    EXPECT_FALSE(std::filesystem::exists(path_));
    planted_step = 31;
    ASSERT_EQ(review(engine), STATUS_FAILED);
    EXPECT_EQ(failed_clock(), 2 + 31 * hardware()->phases) << error_.message;
    EXPECT_NE(std::string(error_.message).find("inference_"), std::string::npos) << error_.message;
    expect_ends_at(failed_clock());
    engine_close(engine);
}

TEST_P(Waves, EndAtAPlantedReading)
{
    struct engine *engine = open();
    planted_device = 3;
    ASSERT_EQ(writing(engine), STATUS_FAILED);
    EXPECT_NE(std::string(error_.message).find("programming_"), std::string::npos) << error_.message;
    expect_ends_at(failed_clock());
    engine_close(engine);
}

TEST_P(Waves, NothingIsLeftWithoutAFileName)
{
    settings_.failure_waves = nullptr;
    struct engine *engine = open();
    planted_step = 3;
    ASSERT_EQ(review(engine), STATUS_FAILED);
    EXPECT_EQ(std::string(error_.message).find("gtkwave"), std::string::npos);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
    engine_close(engine);
}

INSTANTIATE_TEST_SUITE_P(All, Waves,
                         ::testing::Combine(::testing::ValuesIn(support::all_hardware()),
                                            ::testing::Values(ENGINE_RTL, ENGINE_SYSTEMC)),
                         [](const auto &info) {
                             return std::string("array_") + std::get<0>(info.param)->name + "_" +
                                    engine_kind_names[std::get<1>(info.param)];
                         });

} // namespace
