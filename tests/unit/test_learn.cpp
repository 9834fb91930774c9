// SPDX-License-Identifier: Apache-2.0
/* Training: gradients, Adagrad, split and order of the reviews, the epoch that is kept, what it learns. */
#include "support/learn.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <set>
#include <utility>
#include <vector>

// Headers without C++ linkage of their own.
extern "C" {
#include "learn/word_counts.h"
// C's restrict is none of C++'s words.
#define restrict __restrict
#include "learn/adagrad.h"
#undef restrict
}

namespace
{

using namespace learn_support;

/* A network with random weights and word vectors. */
class RandomNetwork
{
  public:
    RandomNetwork(uint32_t vocabulary_size, uint32_t embedding_size, std::mt19937 &random)
    {
        network_create(&network_, TASK_SENTIMENT, false, vocabulary_size, embedding_size);
        std::uniform_real_distribution<float> uniform(0.1F, 0.9F);
        std::generate_n(network_.weights, embedding_size, [&] { return uniform(random); });
        std::generate_n(network_.embedding, size_t{vocabulary_size} * embedding_size,
                        [&] { return uniform(random); });
    }
    ~RandomNetwork()
    {
        network_clear(&network_);
    }
    RandomNetwork(const RandomNetwork &) = delete;
    RandomNetwork &operator=(const RandomNetwork &) = delete;

    const struct network &get() const
    {
        return network_;
    }

  private:
    struct network network_ = {};
};

/* The loss of a review, all of it in double. */
double plain_loss(const std::vector<double> &weights, const std::vector<double> &embedding,
                  const std::vector<uint32_t> &words, bool positive)
{
    const size_t size = weights.size();
    double logit = -0.25 * static_cast<double>(size);
    for (uint32_t id : words) {
        for (size_t e = 0; e < size; e++) {
            logit += weights[e] * embedding[id * size + e] / static_cast<double>(words.size());
        }
    }
    return std::log1p(std::exp(positive ? -logit : logit));
}

/* The slope of `loss` in `value`, by central differences. */
template <typename Function> double slope(double &value, const Function &loss)
{
    const double step = 1e-6;
    const double middle = value;
    value = middle + step;
    const double above = loss();
    value = middle - step;
    const double below = loss();
    value = middle;
    return (above - below) / (2 * step);
}

TEST(Gradient, IsTheSlopeOfTheLoss)
{
    std::mt19937 random(1);
    const uint32_t vocabulary_size = 7;
    for (uint32_t embedding_size : {1U, 3U, 16U, 50U, 100U}) {
        for (uint32_t length : {1U, 2U, 9U, 40U}) { // words repeat in the longer ones
            RandomNetwork made(vocabulary_size, embedding_size, random);
            const struct network &network = made.get();
            std::vector<uint32_t> words(length);
            std::generate(words.begin(), words.end(), [&] { return random() % vocabulary_size; });
            for (bool positive : {false, true}) {
                std::vector<double> weights(network.weights, network.weights + embedding_size);
                std::vector<double> embedding(network.embedding,
                                              network.embedding + size_t{vocabulary_size} * embedding_size);
                auto plain = [&] { return plain_loss(weights, embedding, words, positive); };

                std::vector<float> x(embedding_size);
                double error = 0;
                double output = 0;
                network_mean(&network, words.data(), length, x.data());
                output = network_output(&network, x.data(), 0);
                double loss = network_loss(&network, &output, positive ? 1 : 0, &error);
                EXPECT_NEAR(loss, plain(), 1e-5);
                EXPECT_NEAR(error, network_probability(&network, output) - (positive ? 1 : 0), 1e-15);
                for (uint32_t e = 0; e < embedding_size; e++) {
                    ASSERT_NEAR(error * x[e], slope(weights[e], plain), 1e-5);
                }
                for (uint32_t id = 0; id < vocabulary_size; id++) {
                    const double count = static_cast<double>(std::count(words.begin(), words.end(), id));
                    for (uint32_t e = 0; e < embedding_size; e++) {
                        ASSERT_NEAR(error * network.weights[e] * count / length,
                                    slope(embedding[size_t{id} * embedding_size + e], plain), 1e-5);
                    }
                }
            }
        }
    }
}

TEST(Gradient, LossStaysFiniteFarOut)
{
    std::mt19937 random(2);
    RandomNetwork made(2, 4000, random);
    const struct network &network = made.get();
    for (float value : {0.0F, 1.0F}) {
        std::fill_n(network.weights, 4000, value);
        std::vector<float> x(4000, 1.0F);
        double error = 0;
        double output = 0;
        const double logit = value > 0 ? 3000 : -1000;
        output = network_output(&network, x.data(), 0);
        EXPECT_NEAR(network_loss(&network, &output, 1, &error), std::max(-logit, 0.0), 1e-9);
        EXPECT_NEAR(error, value - 1, 1e-12);
        EXPECT_NEAR(network_loss(&network, &output, 0, &error), std::max(logit, 0.0), 1e-9);
        EXPECT_NEAR(error, value, 1e-12);
    }
}

TEST(Network, ProbabilityHasAQuarterOfItsSizeAsOffset)
{
    for (uint32_t size : {1U, 50U, 100U}) {
        struct network network = {};
        network_create(&network, TASK_SENTIMENT, false, 2, size);
        EXPECT_DOUBLE_EQ(network_probability(&network, 0.25 * size), 0.5);
        EXPECT_DOUBLE_EQ(network_probability(&network, 0.25 * size + 1), 1 / (1 + std::exp(-1.0)));
        network.gain = 3;
        EXPECT_DOUBLE_EQ(network_probability(&network, 0.25 * size + 1), 1 / (1 + std::exp(-3.0)));
        network_clear(&network);
    }
}

/* An output for each of eight classes: the gradient of the loss by each output is what `errors` holds,
 * without the gain; the answer is the largest; five and six stars are none. */
TEST(Network, RatingsAreEightClasses)
{
    struct network network = {};
    network_create(&network, TASK_RATING, true, 2, 3);
    ASSERT_EQ(network.outputs, 8U);
    network.gain = 2;
    const uint8_t stars[] = {1, 2, 3, 4, 7, 8, 9, 10};
    for (uint32_t label = 0; label < 8; label++) {
        struct review review = {};
        review.rating = stars[label];
        EXPECT_EQ(task_label(TASK_RATING, &review), static_cast<int>(label));
        EXPECT_EQ(stars_of_class(label), stars[label]);
        double y[8];
        double errors[8];
        double ignored[8];
        for (uint32_t output = 0; output < 8; output++) {
            y[output] = network.boundary + 0.3 * ((output * 5) % 8) - 1;
        }
        (void) network_loss(&network, y, label, errors);
        for (uint32_t output = 0; output < 8; output++) {
            const double step = 1e-6;
            double more[8];
            std::copy(y, y + 8, more);
            more[output] += step;
            double less[8];
            std::copy(y, y + 8, less);
            less[output] -= step;
            const double slope = (network_loss(&network, more, label, ignored) -
                                  network_loss(&network, less, label, ignored)) /
                                 (2 * step);
            EXPECT_NEAR(errors[output], slope / network.gain, 1e-8);
        }
        EXPECT_EQ(network_answer(&network, y), 3U); // 5 x 3 mod 8 = 7
    }
    for (const int other : {0, 5, 6}) {
        struct review review = {};
        review.rating = static_cast<uint8_t>(other);
        EXPECT_EQ(task_label(TASK_RATING, &review), -1);
    }
    const uint16_t counts[] = {3, 9, 9, 2, 0, 0, 0, 9};
    EXPECT_EQ(answer_of_counts(&network, counts, 9), 1U); // the first of equals
    network_clear(&network);
}

TEST(Network, PairsHoldWeightsWithASign)
{
    for (const double weight : {-1.0, -0.95, -0.3, 0.0, 0.2, 0.9, 1.0}) {
        double pair[2];
        pair_of_weight(weight, pair);
        EXPECT_NEAR(pair[0] - pair[1], weight, 1e-15);
        EXPECT_GE(std::min(pair[0], pair[1]), 0);
        EXPECT_LE(std::max(pair[0], pair[1]), 1);
        EXPECT_NEAR(std::min(pair[0], pair[1]), std::min(PAIR_BASE, 1 - std::fabs(weight)), 1e-15);
    }
}

TEST(Network, ConfusionCountsWhatWasSaid)
{
    struct confusion confusion = {};
    EXPECT_EQ(confusion_accuracy(&confusion), 0);
    const uint32_t wanted[] = {1, 1, 1, 0, 0, 0, 0, 0, 0, 0};
    const uint32_t said[] = {1, 1, 0, 0, 0, 0, 0, 1, 1, 1};
    for (int i = 0; i < 10; i++) {
        confusion_count(&confusion, wanted[i], said[i]);
    }
    EXPECT_EQ(confusion.counts[1][1], 2U);
    EXPECT_EQ(confusion.counts[1][0], 1U);
    EXPECT_EQ(confusion.counts[0][0], 4U);
    EXPECT_EQ(confusion.counts[0][1], 3U);
    EXPECT_EQ(confusion_total(&confusion), 10U);
    EXPECT_DOUBLE_EQ(confusion_accuracy(&confusion), 0.6);
}

TEST(WordCounts, AreInTheOrderOfFirstOccurrence)
{
    struct word_counts words;
    word_counts_open(&words, 6);
    const std::vector<uint32_t> first = {5, 0, 5, 2, 0, 5};
    const std::vector<uint32_t> second = {2};
    struct review review = {first.data(), 6, 1, 0};
    word_counts_of_review(&words, &review);
    EXPECT_EQ(std::vector<uint32_t>(words.ids, words.ids + words.size), (std::vector<uint32_t>{5, 0, 2}));
    EXPECT_EQ(std::vector<uint32_t>(words.counts, words.counts + words.size),
              (std::vector<uint32_t>{3, 2, 1}));
    review = {second.data(), 1, 1, 0};
    word_counts_of_review(&words, &review);
    ASSERT_EQ(words.size, 1U);
    EXPECT_EQ(words.ids[0], 2U);
    EXPECT_EQ(words.counts[0], 1U);
    word_counts_close(&words);
}

TEST(Adagrad, FollowsAPlainComputationAndStaysInRange)
{
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(0, 1);
    std::uniform_real_distribution<double> either(-1, 1);
    for (uint32_t count : {1U, 7U, 8U, 33U, 100U}) {
        std::vector<float> parameters(count);
        std::vector<float> squares(count, 0);
        std::vector<float> direction(count);
        std::generate(parameters.begin(), parameters.end(), [&] { return uniform(random); });
        std::vector<double> plain(parameters.begin(), parameters.end());
        std::vector<double> sums(count, 0);
        const float rate = 0.05F;
        const float lowest = count % 2 == 0 ? -1.0F : 0.0F;
        for (int step = 0; step < 200; step++) {
            const float scale = static_cast<float>(either(random));
            std::generate(direction.begin(), direction.end(), [&] { return uniform(random); });
            adagrad_update(parameters.data(), squares.data(), direction.data(), count, scale, rate, lowest);
            for (uint32_t i = 0; i < count; i++) {
                const double gradient = static_cast<double>(scale) * direction[i];
                sums[i] += gradient * gradient;
                plain[i] -= 0.05 * gradient / (std::sqrt(sums[i]) + 1e-8);
                plain[i] = std::min(1.0, std::max(static_cast<double>(lowest), plain[i]));
                ASSERT_NEAR(parameters[i], plain[i], 2e-5);
                ASSERT_NEAR(squares[i], sums[i], 1e-4);
                ASSERT_TRUE(parameters[i] >= lowest && parameters[i] <= 1);
            }
        }
    }
}

TEST(Adagrad, StopsAtBothEndsAndWithoutAGradient)
{
    float parameters[] = {0.02F, 0.98F, 0.5F};
    float squares[] = {0, 0, 0};
    const float direction[] = {1, -1, 0};
    adagrad_update(parameters, squares, direction, 3, 1, 0.05F, 0); // the first step is the rate
    EXPECT_EQ(parameters[0], 0.0F);
    EXPECT_EQ(parameters[1], 1.0F);
    EXPECT_EQ(parameters[2], 0.5F);
    adagrad_update(parameters, squares, direction, 3, -1, 0.05F, 0);
    EXPECT_NEAR(parameters[0], 0.05 / std::sqrt(2.0), 1e-6);
    EXPECT_NEAR(parameters[1], 1 - 0.05 / std::sqrt(2.0), 1e-6);
}

std::vector<uint32_t> split_of(const struct corpus *corpus, uint64_t seed)
{
    uint32_t *split = training_split(corpus, seed);
    std::vector<uint32_t> result(split, split + corpus->train_count);
    std::free(split);
    return result;
}

TEST(Split, IsAPermutationThatTheSeedChooses)
{
    TinyCorpus tiny;
    const struct corpus *corpus = tiny.get();
    EXPECT_EQ(corpus->validation_count * 10, corpus->train_count * 3);
    std::set<std::vector<uint32_t>> different;
    for (uint64_t seed : {UINT64_C(0), UINT64_C(1), UINT64_C(2), UINT64_C(1) << 32, UINT64_MAX}) {
        std::vector<uint32_t> split = split_of(corpus, seed);
        EXPECT_EQ(split, split_of(corpus, seed));
        EXPECT_TRUE(different.insert(split).second);
        std::sort(split.begin(), split.end());
        for (uint32_t i = 0; i < corpus->train_count; i++) {
            ASSERT_EQ(split[i], i);
        }
    }
}

TEST(Split, BuiltCorporaValidateWith30Percent)
{
    struct corpus *corpus = nullptr;
    struct error error = {};
    ASSERT_EQ(corpus_build(nullptr, nullptr, false, &corpus, &error), STATUS_OK) << error.message;
    EXPECT_EQ(corpus->validation_count * 10, corpus->train_count * 3);
    corpus_free(corpus);
}

TEST(Order, PermutesTheTrainingPartOnlyAndDiffersByEpoch)
{
    TinyCorpus tiny;
    const struct corpus *corpus = tiny.get();
    const uint32_t training_count = corpus->train_count - corpus->validation_count;
    Training training(corpus, settings(7, 5));
    const std::vector<uint32_t> split = split_of(corpus, 7);
    std::vector<uint32_t> sorted_training(split.begin(), split.begin() + training_count);
    std::sort(sorted_training.begin(), sorted_training.end());
    std::set<std::vector<uint32_t>> different;
    for (uint32_t epoch = 0; epoch < 5; epoch++) {
        training->epochs_done = epoch;
        uint32_t *made = training_order(training.get(), corpus);
        std::vector<uint32_t> order(made, made + corpus->train_count);
        std::free(made);
        EXPECT_TRUE(different.insert(order).second);
        EXPECT_TRUE(std::equal(order.begin() + training_count, order.end(), split.begin() + training_count));
        std::sort(order.begin(), order.begin() + training_count);
        EXPECT_TRUE(std::equal(sorted_training.begin(), sorted_training.end(), order.begin()));
    }
}

TEST(Training, StartsWhereItShould)
{
    TinyCorpus flat;
    Training training(flat.get(), settings(3, 1));
    for (uint32_t e = 0; e < embedding_size; e++) {
        EXPECT_GE(training->network.weights[e], 0.125F);
        EXPECT_LE(training->network.weights[e], 0.875F);
    }
    for (uint32_t i = 0; i < flat.get()->vocabulary_size * embedding_size; i++) {
        EXPECT_GE(training->network.embedding[i], 0.4F);
        EXPECT_LE(training->network.embedding[i], 0.6F);
    }
    Training other(flat.get(), settings(4, 1));
    EXPECT_NE(weights(training->network), weights(other->network));

    TinyCorpus with_vectors(true);
    Training given(with_vectors.get(), settings(3, 1));
    EXPECT_EQ(weights(given->network), weights(training->network));
    EXPECT_EQ(std::memcmp(given->network.embedding, with_vectors.get()->embedding,
                          sizeof(float) * embedding_size * with_vectors.get()->vocabulary_size),
              0);
}

/* An epoch in double: what training_epoch() does, written out. */
TEST(Training, EpochFollowsAPlainComputation)
{
    TinyCorpus tiny(true);
    const struct corpus *corpus = tiny.get();
    Training training(corpus, settings(5, 1));
    std::vector<double> w(training->network.weights, training->network.weights + embedding_size);
    std::vector<double> vectors(corpus->embedding,
                                corpus->embedding + size_t{corpus->vocabulary_size} * embedding_size);
    std::vector<double> w_sums(w.size(), 0);
    std::vector<double> vector_sums(vectors.size(), 0);
    auto adagrad = [](double &value, double &sum, double gradient) {
        sum += gradient * gradient;
        value = std::clamp(value - 0.05 * gradient / (std::sqrt(sum) + 1e-8), 0.0, 1.0);
    };
    const uint32_t count = corpus->train_count - corpus->validation_count;
    uint32_t *order = training_order(training.get(), corpus);
    double loss = 0;
    double validation_loss = 0;
    for (uint32_t i = 0; i < corpus->train_count; i++) {
        const struct review &review = corpus->train[order[i]];
        const std::vector<uint32_t> words(review.ids, review.ids + review.length);
        const double here = plain_loss(w, vectors, words, review.positive == 1);
        if (i >= count) {
            validation_loss += here;
            continue;
        }
        loss += here;
        const double probability = std::exp(-plain_loss(w, vectors, words, true));
        const double error = probability - review.positive;
        const std::vector<double> old = w;
        for (size_t e = 0; e < embedding_size; e++) {
            double x = 0;
            for (uint32_t id : words) {
                x += vectors[size_t{id} * embedding_size + e] / static_cast<double>(words.size());
            }
            adagrad(w[e], w_sums[e], error * x);
        }
        for (uint32_t id : std::set<uint32_t>(words.begin(), words.end())) {
            const double share = static_cast<double>(std::count(words.begin(), words.end(), id)) /
                                 static_cast<double>(words.size());
            for (size_t e = 0; e < embedding_size; e++) {
                adagrad(vectors[size_t{id} * embedding_size + e],
                        vector_sums[size_t{id} * embedding_size + e], error * old[e] * share);
            }
        }
    }
    std::free(order);
    training_epoch(training.get(), corpus, nullptr);
    EXPECT_NEAR(training->epochs[0].train_loss, loss / count, 1e-4);
    EXPECT_NEAR(training->epochs[0].validation_loss, validation_loss / corpus->validation_count, 1e-4);
    for (size_t e = 0; e < w.size(); e++) {
        EXPECT_NEAR(training->network.weights[e], w[e], 1e-4);
    }
    for (size_t i = 0; i < vectors.size(); i++) {
        EXPECT_NEAR(training->network.embedding[i], vectors[i], 1e-4);
    }
}

TEST(Training, ReportsEveryReviewOfTheEpoch)
{
    TinyCorpus tiny;
    Training training(tiny.get(), settings(1, 2));
    const uint64_t count = tiny.get()->train_count - tiny.get()->validation_count;
    std::vector<std::pair<uint64_t, uint64_t>> reports;
    const struct progress_report report = {[](void *context, uint64_t done, uint64_t total) {
                                               static_cast<decltype(reports) *>(context)->emplace_back(done,
                                                                                                       total);
                                           },
                                           &reports};
    training_epoch(training.get(), tiny.get(), &report);
    ASSERT_EQ(reports.size(), count + 1);
    for (uint64_t i = 0; i <= count; i++) {
        EXPECT_EQ(reports[i], std::make_pair(i, count));
    }
}

TEST(Training, KeepsTheNetworkOfTheLowestValidationLoss)
{
    TinyCorpus tiny;
    Training training(tiny.get(), settings(1, 6));
    const double losses[] = {0.9, 0.5, 0.6, 0.5, 0.4, 0.7};
    const uint32_t best[] = {1, 2, 2, 2, 5, 5}; // the first of equals
    for (uint32_t epoch = 0; epoch < 6; epoch++) {
        training->network.weights[0] = static_cast<float>(epoch + 1) / 8;
        training->network.embedding[3] = static_cast<float>(epoch + 1) / 16;
        struct learner learner = {};
        double loss = losses[epoch];
        learner.context = &loss;
        learner.learn = [](void *, struct training *, const struct review *, uint32_t, double *, uint32_t *,
                           struct error *) { return STATUS_OK; };
        learner.validate = [](void *context, const struct training *, const struct corpus *, const uint32_t *,
                              struct epoch_result *result, struct error *) {
            result->validation_loss = *static_cast<double *>(context);
            return STATUS_OK;
        };
        ASSERT_EQ(training_run_epoch(training.get(), tiny.get(), &learner, nullptr, nullptr), STATUS_OK);
        EXPECT_EQ(training->epochs_done, epoch + 1);
        EXPECT_EQ(training->best_epoch, best[epoch]);
        EXPECT_EQ(training->best.weights[0], static_cast<float>(best[epoch]) / 8);
        EXPECT_EQ(training->best.embedding[3], static_cast<float>(best[epoch]) / 16);
        EXPECT_EQ(training->network.weights[0], static_cast<float>(epoch + 1) / 8);
    }
}

TEST(Training, IsTheSameEveryTime)
{
    TinyCorpus tiny;
    Training first(tiny.get(), settings(11, 3));
    Training second(tiny.get(), settings(11, 3));
    Training other(tiny.get(), settings(12, 3));
    for (int epoch = 0; epoch < 3; epoch++) {
        for (Training *training : {&first, &second, &other}) {
            training_epoch(training->get(), tiny.get(), nullptr);
        }
    }
    expect_same(*first.get(), *second.get());
    EXPECT_NE(weights(first->network), weights(other->network));
}

TEST(Training, LearnsTheTinyCorpus)
{
    TinyCorpus tiny;
    const struct corpus *corpus = tiny.get();
    Training training(corpus, settings(1, 20));
    for (int epoch = 0; epoch < 20; epoch++) {
        training_epoch(training.get(), corpus, nullptr);
    }
    EXPECT_EQ(training->epochs_done, 20U);
    EXPECT_LT(training->epochs[19].train_loss, 0.5 * training->epochs[0].train_loss);
    EXPECT_GE(training->epochs[19].train_accuracy, 0.95);
    ASSERT_GE(training->best_epoch, 1U);
    EXPECT_GE(training->epochs[training->best_epoch - 1].validation_accuracy, 0.95);
    struct confusion confusion = {};
    std::vector<float> x(embedding_size);
    for (uint32_t i = 0; i < corpus->test_count; i++) {
        const struct review &review = corpus->test[i];
        network_mean(&training->best, review.ids, review.length, x.data());
        double probability =
            network_probability(&training->best, network_output(&training->best, x.data(), 0));
        confusion_count(&confusion, review.positive, probability > 0.5 ? 1 : 0);
    }
    EXPECT_GE(confusion_accuracy(&confusion), 0.95);
}

/* With a sign, and with a class for each of the tiny corpus's stars, of which its words tell the side. */
TEST(Training, LearnsWithSignsAndClasses)
{
    TinyCorpus tiny;
    struct error error = {};
    for (const enum learning_task task : {TASK_SENTIMENT, TASK_RATING}) {
        ASSERT_EQ(training_check_labels(tiny.get(), task, &error), STATUS_OK) << error.message;
        struct training_settings signs = settings(2, 20);
        signs.task = task;
        signs.has_sign = true;
        signs.boundary = 0.125;
        signs.gain = 2;
        Training training(tiny.get(), signs);
        const std::vector<float> start = weights(training->network);
        EXPECT_EQ(start.size(), task_outputs(task) * embedding_size);
        EXPECT_LT(*std::min_element(start.begin(), start.end()), 0);
        for (const float weight : start) {
            EXPECT_GE(weight, -0.5F); // around twice the boundary
            EXPECT_LE(weight, 1.0F);
        }
        for (int epoch = 0; epoch < 20; epoch++) {
            training_epoch(training.get(), tiny.get(), nullptr);
        }
        EXPECT_LT(training->epochs[19].train_loss, 0.8 * training->epochs[0].train_loss);
        EXPECT_GE(training->epochs[19].train_accuracy, task == TASK_SENTIMENT ? 0.95 : 0.25);
        for (const float weight : weights(training->network)) {
            EXPECT_GE(weight, -1.0F);
            EXPECT_LE(weight, 1.0F);
        }
    }
    struct corpus unrated = *tiny.get();
    struct review review = unrated.train[3];
    review.rating = 5;
    unrated.train = &review;
    unrated.train_count = 1;
    EXPECT_EQ(training_check_labels(&unrated, TASK_RATING, &error), STATUS_INVALID);
    EXPECT_NE(std::string(error.message).find("5 stars"), std::string::npos) << error.message;
    EXPECT_EQ(training_check_labels(&unrated, TASK_SENTIMENT, &error), STATUS_OK);
}

} // namespace
