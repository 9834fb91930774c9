// SPDX-License-Identifier: Apache-2.0
// The library as others see it, its header and libmemspike.so: networks of texts and of features.
#include "support/library.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace
{

Corpus demo_corpus()
{
    memspike_corpus *corpus = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_corpus_build(nullptr, nullptr, false, nullptr, &corpus, &error), MEMSPIKE_OK)
        << error.message;
    return Corpus(corpus);
}

Deployment deploy(const Network &network, const Settings &settings, const Device &device,
                  memspike_placement placement)
{
    memspike_deployment *deployment = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_deploy(network.get(), settings.get(), device.get(), placement, &deployment, &error),
              MEMSPIKE_OK)
        << error.message;
    return Deployment(deployment);
}

TEST(LibraryNetwork, ReadsTexts)
{
    const Corpus corpus = demo_corpus();
    const memspike_corpus_about about = memspike_corpus_describe(corpus.get());
    EXPECT_STREQ(about.kind, "demo");
    const Settings settings = settings_with({{"engine", "model"}, {"epochs", "2"}});
    const Device device = paper_device();
    memspike_network *made = nullptr;
    memspike_error error = {""};
    ASSERT_EQ(memspike_network_train(corpus.get(), settings.get(), nullptr, 1, nullptr, &made, &error),
              MEMSPIKE_OK)
        << error.message;
    Network network(made);
    EXPECT_EQ(memspike_network_describe(network.get()).features, 0U);
    memspike_epoch epoch = {};
    EXPECT_TRUE(memspike_network_get_epoch(network.get(), 2, &epoch));
    EXPECT_GT(epoch.validation_accuracy, 0.7);
    EXPECT_FALSE(memspike_network_get_epoch(network.get(), 3, &epoch));
    EXPECT_FALSE(memspike_network_get_epoch(network.get(), 0, &epoch));
    // A deployment does without the network that it was made from.
    const Deployment deployment = deploy(network, settings, device, MEMSPIKE_MEMRISTORS);
    memspike_result result = {};
    std::vector<memspike_tested> tested(200);
    ASSERT_EQ(memspike_test(deployment.get(), corpus.get(), 200, &result, tested.data(), nullptr, &error),
              MEMSPIKE_OK)
        << error.message;
    EXPECT_EQ(result.reviews, 200U);
    uint32_t right = 0, spikes_of_all = 0;
    for (uint32_t i = 0; i < tested.size(); i++) {
        EXPECT_EQ(tested[i].number, i * about.test / 200);
        right += tested[i].label == tested[i].answer;
        spikes_of_all += tested[i].spikes[0];
    }
    EXPECT_EQ(right / 200.0, result.accuracy);
    EXPECT_NEAR(spikes_of_all / 200.0 / 1000, result.firing_rate_mean, 1e-9);
    // The same in software, without spikes.
    const Deployment software = deploy(network, settings, device, MEMSPIKE_SOFTWARE);
    memspike_result known = {};
    ASSERT_EQ(memspike_test(software.get(), corpus.get(), 200, &known, tested.data(), nullptr, &error),
              MEMSPIKE_OK)
        << error.message;
    EXPECT_EQ(known.accuracy, std::count_if(tested.begin(), tested.end(), [](const memspike_tested &each) {
                                  return each.label == each.answer;
                              }) / 200.0);
    EXPECT_EQ(tested[7].spikes[0], 0);
    EXPECT_EQ(memspike_network_set_remark(network.get(), "a remark", &error), MEMSPIKE_INVALID);
    EXPECT_STREQ(memspike_network_remark(network.get()), "");
    network.reset();
    EXPECT_GT(result.accuracy, 0.7);
    EXPECT_GT(memspike_deployment_report(deployment.get()).statistics.pulses, 100U);
    EXPECT_EQ(
        memspike_test(deployment.get(), corpus.get(), about.test + 1, &result, nullptr, nullptr, &error),
        MEMSPIKE_INVALID);
    const char *const texts[] = {"A wonderful film with a great story and superb acting.", "qqqq",
                                 "A dull, awful and boring film."};
    int32_t answers[3] = {};
    uint16_t spikes[3] = {};
    ASSERT_EQ(memspike_classify(deployment.get(), texts, 3, answers, spikes, nullptr, &error), MEMSPIKE_OK)
        << error.message;
    EXPECT_EQ(answers[0], 1);
    EXPECT_EQ(answers[1], -1);
    EXPECT_EQ(answers[2], 0);
    EXPECT_EQ(spikes[1], 0);
    EXPECT_EQ(memspike_predict(deployment.get(), nullptr, 0, answers, nullptr, nullptr, &error),
              MEMSPIKE_INVALID);
}

TEST(LibraryNetwork, IsSavedAndLoadedWithItsCorpus)
{
    const std::string model = testing::TempDir() + "library.msm";
    const std::string texts = testing::TempDir() + "library.msc";
    const Settings settings = settings_with({{"engine", "model"}, {"epochs", "1"}, {"steps", "100"}});
    const Device device = paper_device();
    memspike_error error = {""};
    {
        const Corpus corpus = demo_corpus();
        memspike_network *made = nullptr;
        ASSERT_EQ(
            memspike_network_train(corpus.get(), settings.get(), device.get(), 2, nullptr, &made, &error),
            MEMSPIKE_OK)
            << error.message;
        const Network network(made);
        ASSERT_EQ(memspike_network_save(network.get(), model.c_str(), &error), MEMSPIKE_OK) << error.message;
        ASSERT_EQ(memspike_corpus_save(corpus.get(), texts.c_str(), &error), MEMSPIKE_OK) << error.message;
    }
    memspike_corpus *loaded_corpus = nullptr;
    memspike_network *loaded = nullptr;
    ASSERT_EQ(memspike_corpus_load(texts.c_str(), &loaded_corpus, &error), MEMSPIKE_OK) << error.message;
    ASSERT_EQ(memspike_network_load(model.c_str(), &loaded, &error), MEMSPIKE_OK) << error.message;
    const Corpus corpus(loaded_corpus);
    const Network network(loaded);
    EXPECT_EQ(memspike_network_describe(network.get()).approach, 2U);
    std::vector<float> weights(100, -1);
    memspike_network_get_weights(network.get(), weights.data());
    EXPECT_GE(*std::min_element(weights.begin(), weights.end()), 0);
    const Deployment deployment = deploy(network, settings, device, MEMSPIKE_MEMRISTORS);
    memspike_result result = {};
    ASSERT_EQ(memspike_test(deployment.get(), corpus.get(), 0, &result, nullptr, nullptr, &error),
              MEMSPIKE_OK)
        << error.message;
    EXPECT_GT(result.accuracy, 0.6);
    EXPECT_EQ(memspike_network_load("nowhere.msm", &loaded, &error), MEMSPIKE_INVALID);
    EXPECT_EQ(loaded, nullptr);
    EXPECT_EQ(memspike_corpus_load("nowhere.msc", &loaded_corpus, &error), MEMSPIKE_INVALID);
    EXPECT_EQ(memspike_network_save(network.get(), "no/folder/x.msm", &error), MEMSPIKE_INVALID);
    std::remove(model.c_str());
    std::remove(texts.c_str());
}

// Three blobs in 6 dimensions, or two.
struct Blobs {
    std::vector<float> values;
    std::vector<int32_t> labels;
    memspike_samples samples;

    explicit Blobs(uint32_t classes, uint32_t count = 600)
    {
        uint32_t state = 1;
        const auto noise = [&state] {
            state = state * 1664525 + 1013904223;
            return static_cast<float>(state >> 8) / static_cast<float>(1 << 24) - 0.5F;
        };
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t label = i % classes;
            labels.push_back(static_cast<int32_t>(label));
            for (uint32_t f = 0; f < 6; f++) {
                values.push_back(0.5F + (f % classes == label ? 0.2F : -0.1F) + 0.4F * noise());
            }
        }
        samples = {values.data(), labels.data(), count, 6, classes, count / 5};
    }
};

TEST(LibraryNetwork, LearnsFromFeatures)
{
    const Device device = paper_device();
    for (const uint32_t classes : {2U, 3U}) {
        const Blobs blobs(classes);
        const Settings settings = settings_with({{"engine", "model"},
                                                 {"array", classes == 2 ? "100x1d" : "100x8d"},
                                                 {"steps", "200"},
                                                 {"epochs", "20"}});
        memspike_network *made = nullptr;
        memspike_error error = {""};
        ASSERT_EQ(memspike_network_fit(&blobs.samples, settings.get(), nullptr, 1, nullptr, &made, &error),
                  MEMSPIKE_OK)
            << error.message;
        const Network network(made);
        const memspike_network_about about = memspike_network_describe(network.get());
        EXPECT_EQ(about.features, 6U);
        EXPECT_EQ(about.classes, classes);
        // Through a file, too.
        EXPECT_STREQ(memspike_network_remark(network.get()), "");
        ASSERT_EQ(memspike_network_set_remark(network.get(), "first", &error), MEMSPIKE_OK) << error.message;
        ASSERT_EQ(memspike_network_set_remark(network.get(), "blobs, \u00b5", &error), MEMSPIKE_OK)
            << error.message;
        const std::string path = testing::TempDir() + "features.msm";
        ASSERT_EQ(memspike_network_save(network.get(), path.c_str(), &error), MEMSPIKE_OK) << error.message;
        memspike_network *loaded = nullptr;
        ASSERT_EQ(memspike_network_load(path.c_str(), &loaded, &error), MEMSPIKE_OK) << error.message;
        std::remove(path.c_str());
        const Network again(loaded);
        EXPECT_EQ(memspike_network_describe(again.get()).classes, classes);
        EXPECT_EQ(memspike_network_describe(again.get()).features, 6U);
        EXPECT_STREQ(memspike_network_remark(again.get()), "blobs, \u00b5");
        for (const auto placement : {MEMSPIKE_SOFTWARE, MEMSPIKE_IDEAL, MEMSPIKE_MEMRISTORS}) {
            const Deployment deployment = deploy(again, settings, device, placement);
            std::vector<int32_t> answers(blobs.labels.size());
            std::vector<uint16_t> spikes(blobs.labels.size() * about.outputs);
            ASSERT_EQ(memspike_predict(deployment.get(), blobs.values.data(), answers.size(), answers.data(),
                                       spikes.data(), nullptr, &error),
                      MEMSPIKE_OK)
                << error.message;
            size_t right = 0;
            for (size_t i = 0; i < answers.size(); i++) {
                right += answers[i] == blobs.labels[i];
            }
            EXPECT_GT(static_cast<double>(right) / static_cast<double>(answers.size()), 0.85)
                << classes << " classes, placement " << placement;
            const char *const text = "a text";
            EXPECT_EQ(memspike_classify(deployment.get(), &text, 1, answers.data(), nullptr, nullptr, &error),
                      MEMSPIKE_INVALID);
        }
    }
}

TEST(LibraryNetwork, RefusesSamplesThatItCannotLearnFrom)
{
    const Settings settings = settings_with({});
    Blobs blobs(3);
    memspike_network *network = nullptr;
    memspike_error error = {""};
    const auto refused = [&](const char *message) {
        EXPECT_EQ(memspike_network_fit(&blobs.samples, settings.get(), nullptr, 1, nullptr, &network, &error),
                  MEMSPIKE_INVALID);
        EXPECT_EQ(std::string(error.message).find(message), 0U) << error.message;
        EXPECT_EQ(network, nullptr);
    };
    refused("3 classes take an output each, but the array 100x1 has 1");
    blobs = Blobs(2);
    blobs.labels[11] = 2;
    blobs.samples.labels = blobs.labels.data();
    blobs.samples.values = blobs.values.data();
    refused("sample 11: label 2; expected 0 to 1");
    blobs.labels[11] = 1;
    blobs.values[6 * 4 + 2] = -0.5F;
    refused("sample 4, value 2: -0.5; expected 0 to 1");
    blobs.samples.validation = blobs.samples.count;
    refused("600 of 600 samples for validation");
    blobs.samples.features = 101;
    refused("101 features; expected 1 to 100");
    blobs = Blobs(2);
    EXPECT_EQ(memspike_network_fit(&blobs.samples, settings.get(), nullptr, 2, nullptr, &network, &error),
              MEMSPIKE_INVALID);
    EXPECT_EQ(memspike_network_fit(&blobs.samples, settings.get(), nullptr, 3, nullptr, &network, &error),
              MEMSPIKE_INVALID);
}

TEST(LibraryCorpus, ReadingCanBeStopped)
{
    const auto folder = std::filesystem::path(testing::TempDir()) / "library_reviews";
    for (const char *const group : {"train/pos", "train/neg", "test/pos", "test/neg"}) {
        std::filesystem::create_directories(folder / "aclImdb" / group);
        std::ofstream(folder / "aclImdb" / group / "1_8.txt") << "A film.\n";
    }
    const memspike_listener listener = {[](void *, const char *, uint64_t, uint64_t) { return 1; }, nullptr,
                                        nullptr};
    memspike_corpus *corpus = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_corpus_build(folder.c_str(), "none", false, &listener, &corpus, &error),
              MEMSPIKE_INTERRUPTED);
    EXPECT_EQ(corpus, nullptr);
    EXPECT_STREQ(error.message, "interrupted");
    std::filesystem::remove_all(folder);
}

TEST(LibraryNetwork, ALongTrainingCanBeStopped)
{
    const Corpus corpus = demo_corpus();
    const Settings settings = settings_with({{"epochs", "1000"}});
    std::vector<std::string> heard;
    const memspike_listener listener = {[](void *context, const char *what, uint64_t, uint64_t) {
                                            auto *list = static_cast<std::vector<std::string> *>(context);
                                            list->emplace_back(what);
                                            return what == std::string("epoch 3 of 1000") ? 1 : 0;
                                        },
                                        nullptr, &heard};
    memspike_network *network = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_network_train(corpus.get(), settings.get(), nullptr, 1, &listener, &network, &error),
              MEMSPIKE_INTERRUPTED);
    EXPECT_EQ(network, nullptr);
    ASSERT_FALSE(heard.empty());
    EXPECT_EQ(heard.front(), "epoch 1 of 1000");
    EXPECT_EQ(heard.back(), "epoch 3 of 1000");
}

} // namespace
