// SPDX-License-Identifier: Apache-2.0
/* Training on the hardware: the rules' gradients and what they leave in the devices. */
#include "model/base/memory.h"
#include "support/learn.h"

#include "support/hardware.h"

#include "learn/online.h"

#include <algorithm>
#include <cmath>

namespace
{

using namespace learn_support;

class Online : public testing::Test
{
  protected:
    void SetUp() override
    {
        hardware_ = support::plain_hardware("12x1", embedding_size, embedding_size, 1, 1);
    }
    void TearDown() override
    {
        engine_close(engine_);
        crossbar_close(crossbar_);
    }
    /* Another array for the tests that follow. */
    void take(uint32_t outputs, bool pairs)
    {
        const struct hardware_parameters parameters = {embedding_size, embedding_size, outputs, 1, pairs, 1};
        hardware_ = hardware_make("made", &parameters);
    }
    struct online open(enum update_rule rule, bool memristors)
    {
        engine_close(engine_);
        crossbar_close(crossbar_);
        const struct crossbar_settings crossbar_settings = {};
        crossbar_ = crossbar_open(&hardware_, device_.get(), &crossbar_settings);
        struct engine_settings settings = {};
        settings.steps = steps;
        settings.threshold = threshold;
        settings.membrane_start = start_;
        settings.tolerance = 0.001;
        settings.max_pulses = max_pulses_;
        settings.verify_reads = 1;
        settings.pulses = device_->pulses[1];
        settings.threads = 1;
        struct error error = {};
        EXPECT_EQ(engine_open(ENGINE_MODEL, crossbar_, &settings, &engine_, &error), STATUS_OK)
            << error.message;
        struct online online = {};
        online.crossbar = crossbar_;
        online.engine = engine_;
        online.steps = steps;
        online.threshold = threshold;
        online.start = start_;
        online.rule = rule;
        online.memristors = memristors;
        online.fresh = true;
        return online;
    }
    void begin(Training &training, const struct online &online)
    {
        struct error error = {};
        training->machine.devices = hardware_.devices;
        training->machine.best = static_cast<double *>(allocate(hardware_.devices, sizeof(double)));
        training->machine.measured = static_cast<float *>(allocate(hardware_.devices, sizeof(float)));
        ASSERT_EQ(online_begin(training.get(), &online, &error), STATUS_OK) << error.message;
    }
    float written(uint32_t input) const
    {
        const double resistance = crossbar_resistances(crossbar_)[hardware_device(&hardware_, input, 0)];
        const double reading = std::ldexp(resistance_to_fixed(resistance), -RESISTANCE_FRACTION);
        return static_cast<float>(std::fmin(1, std::fmax(0, device_weight(device_.get(), reading))));
    }

    /* Put the weights into the crossbar; returns the rates of the mean vector x. */
    std::vector<uint16_t> place(const std::vector<float> &start, const std::vector<float> &x)
    {
        std::vector<double> resistances(hardware_.devices);
        std::vector<uint16_t> rates(embedding_size);
        for (uint32_t i = 0; i < embedding_size; i++) {
            resistances[hardware_device(&hardware_, i, 0)] = device_resistance(device_.get(), start[i]);
            rates[i] = rate_from_value(x[i]);
        }
        crossbar_set_resistances(crossbar_, resistances.data());
        return rates;
    }

    static constexpr uint32_t steps = 200;
    static constexpr double threshold = 0.5675 * embedding_size;
    // NOLINTBEGIN(misc-non-private-member-variables-in-classes): what the tests of a fixture share
    struct hardware hardware_ = {};
    support::Device device_ = support::paper_device();
    struct crossbar *crossbar_ = nullptr;
    struct engine *engine_ = nullptr;
    double start_ = 0; // V before the first step
    uint32_t max_pulses_ = 5;
    // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(Online, LearnsWhatTheCorpusSays)
{
    TinyCorpus tiny;
    for (enum update_rule rule : {UPDATE_PAPER, UPDATE_ACCUMULATE, UPDATE_SURROGATE}) {
        for (bool memristors : {false, true}) {
            SCOPED_TRACE(std::string(update_rule_names[rule]) + (memristors ? ", memristors" : ""));
            const struct online online = open(rule, memristors);
            Training training(tiny.get(), settings(1, 30));
            begin(training, online);
            struct error error = {};
            for (int epoch = 0; epoch < 30; epoch++) {
                ASSERT_EQ(online_epoch(training.get(), tiny.get(), &online, nullptr, &error), STATUS_OK)
                    << error.message;
            }
            EXPECT_GT(training->epochs[training->best_epoch - 1].validation_accuracy, 0.9);
            EXPECT_EQ(training->machine.statistics.pulses > 0, memristors);
        }
    }
}

/* With the paper's rule the weights are what the controller last read; with the accumulating one they are
 * not, but no device that converged is off by more than the tolerance. */
TEST_F(Online, WeightsAndDevices)
{
    TinyCorpus tiny;
    struct error error = {};
    for (enum update_rule rule : {UPDATE_PAPER, UPDATE_SURROGATE}) {
        SCOPED_TRACE(update_rule_names[rule]);
        const struct online online = open(rule, true);
        Training measured(tiny.get(), settings(1, 2));
        begin(measured, online);
        for (uint32_t i = 0; i < embedding_size; i++) {
            EXPECT_EQ(measured->network.weights[i], written(i));
        }
        ASSERT_EQ(online_epoch(measured.get(), tiny.get(), &online, nullptr, &error), STATUS_OK)
            << error.message;
        for (uint32_t i = 0; i < embedding_size; i++) {
            EXPECT_EQ(measured->network.weights[i], written(i));
        }
        EXPECT_EQ(std::memcmp(measured->machine.best, crossbar_resistances(crossbar_),
                              hardware_.devices * sizeof(double)),
                  0);
    }

    const struct online online = open(UPDATE_ACCUMULATE, true);
    Training accumulate(tiny.get(), settings(1, 2));
    begin(accumulate, online);
    ASSERT_EQ(online_epoch(accumulate.get(), tiny.get(), &online, nullptr, &error), STATUS_OK)
        << error.message;
    uint32_t differ = 0;
    for (uint32_t i = 0; i < embedding_size; i++) {
        differ += accumulate->network.weights[i] != written(i) ? 1 : 0;
        EXPECT_NEAR(accumulate->network.weights[i], written(i), 0.05);
    }
    EXPECT_GT(differ, embedding_size / 2);
}

/* Pairs of devices: a weight is their difference as last read, and a step writes one of them where it can.
 * From drawn weights, which are written first. */
TEST_F(Online, PairsAndClasses)
{
    TinyCorpus tiny;
    struct error error = {};
    max_pulses_ = MAX_MAX_PULSES; // of at most 100 us each
    for (const enum learning_task task : {TASK_SENTIMENT, TASK_RATING}) {
        for (const bool memristors : {false, true}) {
            SCOPED_TRACE(std::string(task_names[task]) + (memristors ? ", memristors" : ""));
            take(task_outputs(task), true);
            struct online online = open(UPDATE_PAPER, memristors);
            online.fresh = false;
            struct training_settings signs = settings(3, 12);
            signs.task = task;
            signs.has_sign = true;
            signs.boundary = 0.25;
            Training training(tiny.get(), signs);
            const std::vector<float> drawn = weights(training->network);
            begin(training, online);
            for (size_t i = 0; i < drawn.size(); i++) {
                EXPECT_NEAR(training->network.weights[i], drawn[i], memristors ? 0.15 : 0);
            }
            for (int epoch = 0; epoch < 12; epoch++) {
                ASSERT_EQ(online_epoch(training.get(), tiny.get(), &online, nullptr, &error), STATUS_OK)
                    << error.message;
            }
            EXPECT_GE(training->epochs[11].train_accuracy, task == TASK_SENTIMENT ? 0.9 : 0.2);
            EXPECT_LT(training->epochs[11].train_loss, training->epochs[0].train_loss);
            for (uint32_t i = 0; i < drawn.size() && memristors; i++) {
                const uint32_t d = hardware_device(&hardware_, i % embedding_size, i / embedding_size);
                const double difference =
                    device_weight(device_.get(), crossbar_resistances(crossbar_)[d]) -
                    device_weight(device_.get(), crossbar_resistances(crossbar_)[d + hardware_.lanes]);
                EXPECT_NEAR(training->network.weights[i], difference, 1e-3);
            }
        }
    }
}

/* One review, and the gradients that Adagrad's squares then hold: equations 15 and 16, and 17 and 18. */
TEST_F(Online, GradientsOfOneReview)
{
    TinyCorpus tiny;
    struct corpus corpus = *tiny.get();
    corpus.train_count = 1;
    corpus.validation_count = 0;
    const struct review &review = corpus.train[0];
    for (enum update_rule rule : {UPDATE_PAPER, UPDATE_SURROGATE}) {
        SCOPED_TRACE(update_rule_names[rule]);
        const struct online online = open(rule, false);
        Training training(&corpus, settings(5, 1));
        begin(training, online);
        const std::vector<float> start = weights(training->network);
        std::vector<float> x(embedding_size);
        network_mean(&training->network, review.ids, review.length, x.data());
        struct error error = {};
        ASSERT_EQ(online_epoch(training.get(), &corpus, &online, nullptr, &error), STATUS_OK)
            << error.message;

        // The same review again, with the weights from before.
        const std::vector<uint16_t> rates = place(start, x);
        struct Sums {
            std::vector<double> spikes = std::vector<double>(embedding_size);
            double steps = 0;
        } sums;
        struct step_observer observer = {};
        observer.context = &sums;
        observer.step = [](void *context, uint32_t, const uint8_t *spikes, const int64_t *membranes) {
            const double membrane = std::ldexp(static_cast<double>(membranes[0]), -CODE_FRACTION);
            if (membrane > 0 && membrane < 2 * threshold) {
                Sums &to = *static_cast<Sums *>(context);
                to.steps++;
                for (uint32_t i = 0; i < embedding_size; i++) {
                    to.spikes[i] += spikes[i];
                }
            }
        };
        uint16_t count = 0;
        ASSERT_EQ(engine_observe(engine_, rates.data(), 1u << 30, &count, &observer, &error), STATUS_OK)
            << error.message;
        const double a = embedding_size / 2.0 * (static_cast<double>(count) / steps - 0.5);
        const double g = 1 / (1 + std::exp(-a)) - review.positive;
        const bool surrogate = rule == UPDATE_SURROGATE;
        EXPECT_GT(sums.steps, 0);
        for (uint32_t i = 0; i < embedding_size; i++) {
            const double gradient = g * (surrogate ? sums.spikes[i] / steps : static_cast<double>(x[i]));
            EXPECT_NEAR(std::sqrt(training->weight_squares[i]), std::fabs(gradient), 1e-6);
        }
        for (uint32_t id = 0; id < corpus.vocabulary_size; id++) {
            const auto occurrences =
                static_cast<double>(std::count(review.ids, review.ids + review.length, id));
            for (uint32_t i = 0; i < embedding_size; i++) {
                const double gradient = g * (surrogate ? sums.steps / steps : 1) * occurrences /
                                        review.length * static_cast<double>(start[i]);
                EXPECT_NEAR(std::sqrt(training->embedding_squares[id * embedding_size + i]),
                            std::fabs(gradient), 1e-6);
            }
        }
    }
}

/* What learning takes for the firing rate is then the mean current over Vth, wherever V starts. */
TEST_F(Online, MembraneReadoutIsTheMeanCurrent)
{
    TinyCorpus tiny;
    struct corpus corpus = *tiny.get();
    corpus.train_count = 1;
    corpus.validation_count = 0;
    const struct review &review = corpus.train[0];
    for (const double start : {0.0, threshold, 0.3 * threshold}) {
        start_ = start;
        struct online online = open(UPDATE_PAPER, false);
        online.readout = READOUT_MEMBRANE;
        Training training(&corpus, settings(5, 1));
        begin(training, online);
        const std::vector<float> weights_before = weights(training->network);
        std::vector<float> x(embedding_size);
        network_mean(&training->network, review.ids, review.length, x.data());
        struct error error = {};
        ASSERT_EQ(online_epoch(training.get(), &corpus, &online, nullptr, &error), STATUS_OK)
            << error.message;

        const std::vector<uint16_t> rates = place(weights_before, x);
        std::vector<double> spikes(embedding_size);
        struct step_observer observer = {};
        observer.context = &spikes;
        observer.step = [](void *context, uint32_t, const uint8_t *step_spikes, const int64_t *) {
            for (uint32_t i = 0; i < embedding_size; i++) {
                (*static_cast<std::vector<double> *>(context))[i] += step_spikes[i];
            }
        };
        uint16_t count = 0;
        ASSERT_EQ(engine_observe(engine_, rates.data(), 1u << 30, &count, &observer, &error), STATUS_OK)
            << error.message;
        double current = 0;
        for (uint32_t i = 0; i < embedding_size; i++) {
            current += spikes[i] * static_cast<double>(weights_before[i]) / steps;
        }
        const double a = embedding_size / 2.0 * (current / threshold - 0.5);
        const double g = 1 / (1 + std::exp(-a)) - review.positive;
        for (uint32_t i = 0; i < embedding_size; i++) {
            EXPECT_NEAR(std::sqrt(training->weight_squares[i]), std::fabs(g * static_cast<double>(x[i])),
                        1e-4)
                << "start " << start;
        }
    }
}

} // namespace
