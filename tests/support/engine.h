// SPDX-License-Identifier: Apache-2.0
/* The tests of the engine: one to open, reviews for it, and a crossbar with weights in it. */
#ifndef MEMSPIKE_TESTS_SUPPORT_ENGINE_H
#define MEMSPIKE_TESTS_SUPPORT_ENGINE_H

#include "engine/engine.h"
#include "support/hardware.h"

#include <memory>
#include <string>
#include <vector>

namespace engine_support
{

using support::Array;
using support::Random;
using support::resistances_of;

struct EngineCloser {
    void operator()(struct engine *engine) const
    {
        engine_close(engine);
    }
};
using EngineOwner = std::unique_ptr<struct engine, EngineCloser>;

/* All pulses of a writing. */
struct Recorder {
    std::vector<struct pulse_event> events;

    static void record(void *context, const struct pulse_event *event)
    {
        static_cast<Recorder *>(context)->events.push_back(*event);
    }
};

struct Sample {
    std::vector<uint16_t> rates; /* reviews x inputs */
    std::vector<uint32_t> numbers;
};

class Engine : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    struct engine_settings settings() const
    {
        struct engine_settings settings = {};
        settings.seed = 77;
        settings.steps = 60;
        settings.threshold = GetParam()->inputs / 4.0;
        settings.tolerance = 0.005;
        settings.max_pulses = 5;
        settings.verify_reads = 1;
        settings.pulses = device_->pulses[0];
        settings.threads = 1;
        return settings;
    }
    Array array(double noise, uint64_t seed = 5) const
    {
        const struct crossbar_settings settings = {seed, noise, 0, 0, 0, 0, 0};
        return Array(crossbar_open(GetParam(), device_.get(), &settings));
    }
    static EngineOwner open(const Array &array, const struct engine_settings &settings,
                            enum engine_kind kind = ENGINE_RTL)
    {
        struct engine *engine = nullptr;
        struct error error = {};
        EXPECT_EQ(engine_open(kind, array.get(), &settings, &engine, &error), STATUS_OK) << error.message;
        return EngineOwner(engine);
    }
    Sample sample(uint32_t reviews, uint64_t seed) const
    {
        Random random(seed);
        Sample sample;
        for (uint32_t review = 0; review < reviews; review++) {
            sample.numbers.push_back(1000 + review * 3);
            for (uint32_t input = 0; input < GetParam()->inputs; input++) {
                sample.rates.push_back(static_cast<uint16_t>(random.bits()));
            }
        }
        return sample;
    }
    std::vector<uint16_t> infer(const EngineOwner &engine, const Sample &sample) const
    {
        std::vector<uint16_t> counts(sample.numbers.size() * GetParam()->outputs, 0xffff);
        struct error error = {};
        EXPECT_EQ(engine_infer(engine.get(), sample.rates.data(), sample.numbers.data(),
                               static_cast<uint32_t>(sample.numbers.size()), counts.data(), nullptr, &error),
                  STATUS_OK)
            << error.message;
        return counts;
    }
    void set_random_weights(const Array &array, uint64_t seed)
    {
        Random random(seed);
        weights_.clear();
        std::vector<double> resistances;
        for (uint32_t device = 0; device < GetParam()->devices; device++) {
            // What is subtracted is less, so that currents are positive.
            const bool second = device / GetParam()->lanes % GetParam()->sides == 1;
            weights_.push_back(random.uniform(0.02, second ? 0.3 : 0.98));
            resistances.push_back(device_resistance(device_.get(), weights_.back()));
        }
        crossbar_set_resistances(array.get(), resistances.data());
    }
    double weight(uint32_t input, uint32_t output) const
    {
        const uint32_t device = hardware_device(GetParam(), input, output);
        return weights_[device] - (GetParam()->sides > 1 ? weights_[device + GetParam()->lanes] : 0);
    }
    void expect_refused(const struct engine_settings &settings, const std::string &part) const
    {
        const Array crossbar = array(0);
        struct engine *engine = nullptr;
        struct error error = {};
        EXPECT_EQ(engine_open(ENGINE_RTL, crossbar.get(), &settings, &engine, &error), STATUS_INVALID)
            << part;
        EXPECT_EQ(engine, nullptr);
        EXPECT_EQ(std::string(error.message).rfind(part, 0), 0u)
            << error.message << " should begin with " << part;
    }

    support::Device device_ = support::paper_device();
    std::vector<double> weights_;
};

} // namespace engine_support

#endif
