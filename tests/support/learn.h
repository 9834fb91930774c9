// SPDX-License-Identifier: Apache-2.0
/* What the tests of training share: a corpus made by hand, and trainings that clean up. */
#ifndef MEMSPIKE_TESTS_SUPPORT_LEARN_H
#define MEMSPIKE_TESTS_SUPPORT_LEARN_H

#include "learn/training.h"
#include "text/corpus.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace learn_support
{

const uint32_t embedding_size = 12;

/* 100 training and 40 test reviews: of four words that either label has, two that say "positive" and two that
 * say "negative". Release is the destructor's work; corpus_free() has no part in it. */
class TinyCorpus
{
  public:
    explicit TinyCorpus(bool with_vectors = false)
    {
        const uint32_t train_count = 100;
        const uint32_t test_count = 40;
        std::mt19937 random(9);
        for (const char *word : {"[unk]", "[pad]", "the", "film", "was", "and", "fine", "lovely", "dire"}) {
            words_.emplace_back(word);
        }
        words_.emplace_back("gr\xC3\xA4sslich");
        for (std::string &word : words_) {
            pointers_.push_back(word.data());
        }
        texts_.resize(train_count + test_count);
        reviews_.resize(texts_.size());
        for (uint32_t i = 0; i < texts_.size(); i++) {
            const bool positive = i < train_count ? i >= train_count / 2 : i >= train_count + test_count / 2;
            const uint32_t length = 4 + random() % 12;
            for (uint32_t word = 0; word < length; word++) {
                texts_[i].push_back(word % 2 == 0 ? (positive ? 6 : 8) + random() % 2 : 2 + random() % 4);
            }
            reviews_[i] = {texts_[i].data(), length, static_cast<uint8_t>(positive ? 1 : 0),
                           static_cast<uint8_t>(positive ? 7 + i % 4 : 1 + i % 4)};
            corpus_.token_count += length;
        }
        corpus_.kind = kind_;
        corpus_.source = source_;
        corpus_.vocabulary_size = static_cast<uint32_t>(words_.size());
        corpus_.words = pointers_.data();
        corpus_.train_count = train_count;
        corpus_.test_count = test_count;
        corpus_.validation_count = 30;
        corpus_.train = reviews_.data();
        corpus_.test = reviews_.data() + train_count;
        corpus_.fingerprint = UINT64_C(0x0123456789abcdef);
        if (with_vectors) {
            vectors_.resize(words_.size() * embedding_size);
            std::uniform_real_distribution<float> uniform(0, 1);
            for (float &value : vectors_) {
                value = uniform(random);
            }
            corpus_.embedding_size = embedding_size;
            corpus_.embedding = vectors_.data();
        }
    }
    ~TinyCorpus() = default;
    TinyCorpus(const TinyCorpus &) = delete;
    TinyCorpus &operator=(const TinyCorpus &) = delete;

    const struct corpus *get() const
    {
        return &corpus_;
    }

  private:
    char kind_[5] = "imdb";
    char source_[5] = "here";
    std::vector<std::string> words_;
    std::vector<char *> pointers_;
    std::vector<std::vector<uint32_t>> texts_;
    std::vector<struct review> reviews_;
    std::vector<float> vectors_;
    struct corpus corpus_ = {};
};

inline struct training_settings settings(uint64_t seed, uint32_t epochs)
{
    struct training_settings result = {};
    result.approach = 1;
    result.seed = seed;
    result.epochs = epochs;
    result.learning_rate = 0.05;
    result.boundary = 0.25;
    result.gain = 1;
    return result;
}

class Training
{
  public:
    Training(const struct corpus *corpus, const struct training_settings &settings)
    {
        training_begin(&training_, corpus, &settings, embedding_size);
    }
    ~Training()
    {
        training_clear(&training_);
    }
    Training(const Training &) = delete;
    Training &operator=(const Training &) = delete;

    struct training *get()
    {
        return &training_;
    }
    struct training *operator->()
    {
        return &training_;
    }

  private:
    struct training training_ = {};
};

inline std::vector<float> weights(const struct network &network)
{
    return {network.weights, network.weights + size_t{network.outputs} * network.embedding_size};
}

inline void expect_same(const struct network &a, const struct network &b)
{
    ASSERT_EQ(a.embedding_size, b.embedding_size);
    ASSERT_EQ(a.vocabulary_size, b.vocabulary_size);
    ASSERT_EQ(a.task, b.task);
    ASSERT_EQ(a.outputs, b.outputs);
    EXPECT_EQ(a.has_sign, b.has_sign);
    EXPECT_EQ(a.boundary, b.boundary);
    EXPECT_EQ(a.gain, b.gain);
    EXPECT_EQ(weights(a), weights(b));
    EXPECT_EQ(
        std::memcmp(a.embedding, b.embedding, sizeof(float) * size_t{a.vocabulary_size} * a.embedding_size),
        0);
}

/* All but the seconds that it took. */
inline void expect_same(const struct training &a, const struct training &b)
{
    EXPECT_EQ(a.settings.approach, b.settings.approach);
    EXPECT_EQ(a.settings.seed, b.settings.seed);
    EXPECT_EQ(a.settings.epochs, b.settings.epochs);
    EXPECT_EQ(a.settings.learning_rate, b.settings.learning_rate);
    ASSERT_EQ(a.epochs_done, b.epochs_done);
    EXPECT_EQ(a.best_epoch, b.best_epoch);
    for (uint32_t i = 0; i < a.epochs_done; i++) {
        EXPECT_EQ(a.epochs[i].train_loss, b.epochs[i].train_loss);
        EXPECT_EQ(a.epochs[i].train_accuracy, b.epochs[i].train_accuracy);
        EXPECT_EQ(a.epochs[i].validation_loss, b.epochs[i].validation_loss);
        EXPECT_EQ(a.epochs[i].validation_accuracy, b.epochs[i].validation_accuracy);
    }
    expect_same(a.network, b.network);
    expect_same(a.best, b.best);
    const uint32_t size = a.network.embedding_size;
    EXPECT_EQ(std::memcmp(a.weight_squares, b.weight_squares, sizeof(float) * size * a.network.outputs), 0);
    EXPECT_EQ(std::memcmp(a.embedding_squares, b.embedding_squares,
                          sizeof(float) * size_t{a.network.vocabulary_size} * size),
              0);
}

} // namespace learn_support

#endif
