// SPDX-License-Identifier: Apache-2.0
/* The model file: comes back as it was, goes on to the same bits, and nothing in it is trusted. */
#include "model/base/memory.h"
#include "support/learn.h"

#include "base/container.h"
#include "base/output_file.h"
#include "learn/checkpoint.h"
#include "support/container.h"
#include "support/files.h"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <sys/stat.h>

namespace
{

using namespace learn_support;
using support::read_file;
using support::write_file;

struct Free {
    void operator()(struct model *model) const
    {
        model_free(model);
    }
};
using Model = std::unique_ptr<struct model, Free>;

struct Result {
    enum status status = STATUS_OK;
    std::string message;
    Model model;
};

Result load(const std::string &path)
{
    Result result;
    struct model *model = nullptr;
    struct error error = {};
    result.status = checkpoint_load(path.c_str(), &model, &error);
    if (result.status == STATUS_OK) {
        result.model.reset(model);
    } else {
        result.message = error.message;
        EXPECT_EQ(model, nullptr);
        EXPECT_NE(result.message.find(path), std::string::npos) << result.message;
    }
    return result;
}

void save(const struct training *training, const struct corpus *corpus, const std::string &path)
{
    struct output_file *file = nullptr;
    struct error error = {};
    ASSERT_EQ(output_file_open(path.c_str(), &file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(checkpoint_save(training, corpus, file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(output_file_commit(file, &error), STATUS_OK) << error.message;
}

class ModelFile : public testing::Test
{
  protected:
    /* A file after one epoch, as bytes. */
    std::string trained()
    {
        TinyCorpus tiny;
        Training training(tiny.get(), settings(1, 2));
        training_epoch(training.get(), tiny.get(), nullptr);
        save(training.get(), tiny.get(), path_);
        return read_file(path_);
    }

    // NOLINTBEGIN(misc-non-private-member-variables-in-classes): what the tests of a fixture share
    const support::TemporaryFolder folder_;
    const std::string path_ = folder_ / "model.msm";
    // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(ModelFile, ComesBackAsItWas)
{
    for (bool with_vectors : {false, true}) {
        TinyCorpus tiny(with_vectors);
        const struct corpus *corpus = tiny.get();
        Training training(corpus, settings(UINT64_C(0xfedcba9876543210), 4));
        for (int epoch = 0; epoch < 3; epoch++) {
            training_epoch(training.get(), corpus, nullptr);
        }
        save(training.get(), corpus, path_);
        Result result = load(path_);
        ASSERT_EQ(result.status, STATUS_OK) << result.message;
        EXPECT_EQ(result.model->path, path_);
        EXPECT_EQ(result.model->corpus_fingerprint, corpus->fingerprint);
        EXPECT_STREQ(result.model->corpus_kind, "imdb");
        ASSERT_EQ(result.model->vocabulary_size, corpus->vocabulary_size);
        for (uint32_t id = 0; id < corpus->vocabulary_size; id++) {
            EXPECT_STREQ(result.model->words[id], corpus->words[id]);
        }
        expect_same(result.model->training, *training.get());
        struct error error = {};
        EXPECT_EQ(model_check_corpus(result.model.get(), corpus, &error), STATUS_OK) << error.message;
        save(&result.model->training, corpus, folder_ / "again.msm");
        EXPECT_EQ(read_file(path_), read_file(folder_ / "again.msm"));
    }
}

TEST_F(ModelFile, GoingOnEqualsNeverHavingStopped)
{
    TinyCorpus tiny;
    const struct corpus *corpus = tiny.get();
    Training whole(corpus, settings(2, 5));
    for (int epoch = 0; epoch < 5; epoch++) {
        training_epoch(whole.get(), corpus, nullptr);
    }
    save(whole.get(), corpus, folder_ / "whole.msm");
    const std::string expected = read_file(folder_ / "whole.msm");

    Training start(corpus, settings(2, 5));
    training_epoch(start.get(), corpus, nullptr);
    save(start.get(), corpus, path_);
    for (int epoch = 1; epoch < 5; epoch++) { // stopped after every epoch
        Result result = load(path_);
        ASSERT_EQ(result.status, STATUS_OK) << result.message;
        training_epoch(&result.model->training, corpus, nullptr);
        save(&result.model->training, corpus, path_);
    }
    EXPECT_EQ(read_file(path_), expected);
}

/* What approach 2 adds: the machine. And an epoch that is not done. */
TEST_F(ModelFile, KeepsTheDevicesAndAnEpochUnderWay)
{
    TinyCorpus tiny;
    struct training_settings approach2 = settings(3, 4);
    approach2.approach = 2;
    Training training(tiny.get(), approach2);
    training->progress = {7, 3.25, {{{2, 1}, {3, 1}}}};
    struct trained_machine &machine = training->machine;
    machine.settings = duplicate_string("T 1000");
    machine.array = duplicate_string("25x8");
    machine.device = UINT64_C(0x123456789);
    machine.memristors = true;
    machine.devices = 3;
    machine.state = {static_cast<double *>(allocate(3, sizeof(double))),
                     static_cast<uint32_t *>(allocate(3, sizeof(uint32_t))), 0.125};
    machine.best = static_cast<double *>(allocate(3, sizeof(double)));
    machine.measured = static_cast<float *>(allocate(3, sizeof(float)));
    for (uint32_t d = 0; d < 3; d++) {
        machine.state.resistances[d] = 1000.5 + d;
        machine.state.read_counts[d] = UINT32_MAX - d;
        machine.best[d] = 2000.25 + d;
        machine.measured[d] = 0.25F * static_cast<float>(d);
    }
    machine.statistics = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.5, 12, 13, 0, {}};
    save(training.get(), tiny.get(), path_);
    Result result = load(path_);
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    expect_same(result.model->training, *training.get());
    EXPECT_EQ(result.model->training.progress.reviews, 7U);
    EXPECT_EQ(result.model->training.progress.loss, 3.25);
    EXPECT_EQ(result.model->training.progress.confusion.counts[0][0], 2U);
    const struct trained_machine &loaded = result.model->training.machine;
    EXPECT_STREQ(loaded.settings, "T 1000");
    EXPECT_STREQ(loaded.array, "25x8");
    EXPECT_EQ(loaded.device, machine.device);
    EXPECT_TRUE(loaded.memristors);
    ASSERT_EQ(loaded.devices, 3U);
    EXPECT_EQ(std::memcmp(loaded.state.resistances, machine.state.resistances, 3 * sizeof(double)), 0);
    EXPECT_EQ(std::memcmp(loaded.state.read_counts, machine.state.read_counts, 3 * sizeof(uint32_t)), 0);
    EXPECT_EQ(loaded.state.energy, 0.125);
    EXPECT_EQ(std::memcmp(loaded.best, machine.best, 3 * sizeof(double)), 0);
    EXPECT_EQ(std::memcmp(loaded.measured, machine.measured, 3 * sizeof(float)), 0);
    EXPECT_EQ(std::memcmp(&loaded.statistics, &machine.statistics, sizeof machine.statistics), 0);
    save(&result.model->training, tiny.get(), folder_ / "again.msm");
    EXPECT_EQ(read_file(path_), read_file(folder_ / "again.msm"));

    for (double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
        machine.state.resistances[1] = bad;
        save(training.get(), tiny.get(), path_);
        EXPECT_EQ(load(path_).status, STATUS_INVALID) << bad;
        machine.state.resistances[1] = 1;
        machine.best[2] = bad;
        save(training.get(), tiny.get(), path_);
        EXPECT_EQ(load(path_).status, STATUS_INVALID) << bad;
        machine.best[2] = 1;
        machine.state.energy = bad;
        save(training.get(), tiny.get(), path_);
        EXPECT_EQ(load(path_).status, STATUS_INVALID) << bad;
        machine.state.energy = 0;
    }
    for (const float bad : {-0.5F, 1.5F, std::nanf("")}) {
        machine.measured[0] = bad;
        save(training.get(), tiny.get(), path_);
        EXPECT_EQ(load(path_).status, STATUS_INVALID) << bad;
    }
}

TEST_F(ModelFile, EveryChangedByteIsNoticed)
{
    const std::string whole = trained();
    const size_t beginning = 400; // the header and all single values
    for (size_t i = 0; i < whole.size(); i += i < beginning ? 1 : 13) {
        for (int change : {0x01, 0x80, 0xFF}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ change);
            write_file(path_, changed);
            ASSERT_EQ(load(path_).status, STATUS_INVALID) << "byte " << i << " changed by " << change;
        }
    }
}

TEST_F(ModelFile, EveryShorterOrLongerFileIsRefused)
{
    const std::string whole = trained();
    for (size_t length = 0; length < whole.size(); length += length < 400 ? 1 : 17) {
        write_file(path_, whole.substr(0, length));
        ASSERT_EQ(load(path_).status, STATUS_INVALID) << length;
    }
    write_file(path_, whole.substr(0, whole.size() - 1));
    EXPECT_EQ(load(path_).status, STATUS_INVALID);
    write_file(path_, whole + '\0');
    EXPECT_EQ(load(path_).status, STATUS_INVALID);
}

TEST_F(ModelFile, OtherThanAFileIsRefusedAtOnce)
{
    EXPECT_EQ(load(folder_ / "nothing.msm").status, STATUS_INVALID);
    EXPECT_EQ(load(folder_.path()).status, STATUS_INVALID);
    EXPECT_EQ(load("/dev/null").status, STATUS_INVALID);
    EXPECT_EQ(load("/dev/zero").status, STATUS_INVALID);
    const std::string pipe = folder_ / "pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(load(pipe).status, STATUS_INVALID); // nobody writes to it
}

/* A file's contents, to be spoilt in one place and written with a correct checksum. */
struct Contents {
    uint64_t fingerprint = UINT64_C(0x0123456789abcdef);
    std::string kind = "demo";
    uint32_t approach = 1;
    uint64_t seed = 1;
    uint32_t epochs = 5;
    double learning_rate = 0.05;
    uint32_t task = 0;
    uint32_t has_sign = 0;
    double boundary = 0.25;
    double gain = 1;
    uint32_t vocabulary_size = 3;
    uint32_t embedding_size = 2;
    uint32_t epochs_done = 2;
    uint32_t best_epoch = 2;
    uint32_t progress_reviews = 0;
    double progress_loss = 0;
    std::vector<uint32_t> progress_confusion = {0, 0, 0, 0};
    std::vector<double> results = {0.7, 0.5, 0.6, 0.5, 0.6, 0.75, 0.5, 1.0};
    std::vector<std::string> words = {"[unk]", "[pad]", "\xC2\x96"}; // real reviews have such words
    std::vector<float> weights = {0.0F, 1.0F};
    std::vector<float> embedding = {0.5F, 0.25F, 0.0F, 1.0F, 0.5F, 0.5F};
    std::vector<float> weight_squares = {0.0F, 123.0F};
    std::vector<float> embedding_squares = {0, 0, 0, 0, 0.5F, 9};
    std::vector<float> best_weights = {0.125F, 0.875F};
    std::vector<float> best_embedding = {0.5F, 0.25F, 0.0F, 1.0F, 0.5F, 0.5F};
    std::string more;
};

std::string payload(const Contents &contents)
{
    struct container_writer writer = {};
    container_put_u64(&writer, contents.fingerprint);
    support::put_text(&writer, contents.kind);
    container_put_u32(&writer, contents.approach);
    container_put_u64(&writer, contents.seed);
    container_put_u32(&writer, contents.epochs);
    container_put_f64(&writer, contents.learning_rate);
    container_put_u32(&writer, contents.task);
    container_put_u32(&writer, contents.has_sign);
    container_put_f64(&writer, contents.boundary);
    container_put_f64(&writer, contents.gain);
    container_put_u32(&writer, contents.vocabulary_size);
    container_put_u32(&writer, contents.embedding_size);
    container_put_u32(&writer, contents.epochs_done);
    container_put_u32(&writer, contents.best_epoch);
    container_put_u32(&writer, contents.progress_reviews);
    container_put_f64(&writer, contents.progress_loss);
    container_put(&writer, contents.progress_confusion.data(), 4 * sizeof(uint32_t));
    for (double value : contents.results) {
        container_put_f64(&writer, value);
    }
    for (const std::string &word : contents.words) {
        support::put_text(&writer, word);
    }
    for (const std::vector<float> *values :
         {&contents.weights, &contents.embedding, &contents.weight_squares, &contents.embedding_squares,
          &contents.best_weights, &contents.best_embedding}) {
        container_put(&writer, values->data(), values->size() * sizeof(float));
    }
    container_put(&writer, contents.more.data(), contents.more.size());
    return support::taken(&writer);
}

/* As a model file, unless it says otherwise. */
void write_model(const std::string &path, const std::string &bytes, const char *magic = "MSMODEL\n",
                 uint32_t version = 3)
{
    support::write_container(path, bytes, magic, version);
}

/* Each makes something of good contents that must be refused. */
using Spoils = std::vector<std::function<void(Contents &)>>;

Spoils of_the_training()
{
    const double wide_nan = std::nan("");
    const double wide_infinity = std::numeric_limits<double>::infinity();
    return {
        [](Contents &c) { c.kind = ""; },
        [](Contents &c) { c.kind = "\xff"; },
        [](Contents &c) { c.kind = std::string("demo\0", 5); },
        [](Contents &c) { c.kind = "\x1b[2J"; },
        [](Contents &c) { c.approach = 0; },
        [](Contents &c) { c.approach = 3; },
        [](Contents &c) { c.epochs = 1; },
        [](Contents &c) { c.epochs = MAX_EPOCHS + 1; },
        [](Contents &c) { c.epochs = UINT32_MAX, c.epochs_done = UINT32_MAX; },
        [](Contents &c) { c.epochs_done = 0; },
        [](Contents &c) { c.epochs_done = 1; },
        [](Contents &c) { c.epochs_done = 3; },
        [](Contents &c) { c.epochs_done = UINT32_MAX; },
        [](Contents &c) { c.best_epoch = 0; },
        [](Contents &c) { c.best_epoch = 1; }, // is not the best
        [](Contents &c) { c.best_epoch = 3; },
        [](Contents &c) { c.best_epoch = UINT32_MAX; },
        [](Contents &c) { c.results[6] = 0.6; },     // as good as the first, which then is the best
        [](Contents &c) { c.progress_reviews = 1; }, // neither right nor wrong
        [](Contents &c) { c.progress_confusion[2] = 1; },
        [](Contents &c) {
            c.progress_reviews = 1, c.progress_confusion[0] = 1; // after the last epoch
            c.epochs = 2;
        },
        [](Contents &c) { c.progress_loss = -1; },
        [wide_nan](Contents &c) { c.progress_loss = wide_nan; },
        [](Contents &c) { c.task = 1; }, // too few weights
        [](Contents &c) { c.task = 2; },
        [](Contents &c) { c.has_sign = 2; },
        [wide_nan](Contents &c) { c.boundary = wide_nan; },
        [](Contents &c) { c.gain = 0; },
        [wide_infinity](Contents &c) { c.gain = wide_infinity; },
        [](Contents &c) { c.learning_rate = 0; },
        [](Contents &c) { c.learning_rate = -1; },
        [wide_nan](Contents &c) { c.learning_rate = wide_nan; },
        [wide_infinity](Contents &c) { c.learning_rate = wide_infinity; },
        [](Contents &c) { c.results[0] = -0.1; },
        [wide_nan](Contents &c) { c.results[0] = wide_nan; },
        [wide_infinity](Contents &c) { c.results[0] = wide_infinity; },
        [](Contents &c) { c.results[1] = 1.1; },
        [wide_nan](Contents &c) { c.results[5] = wide_nan; },
        [](Contents &c) { c.results[2] = -0.1; },
        [wide_nan](Contents &c) { c.results[2] = wide_nan; },
        [wide_infinity](Contents &c) { c.results[2] = wide_infinity; },
        [](Contents &c) { c.results[7] = -0.1; },
    };
}

Spoils of_the_vocabulary()
{
    return {
        [](Contents &c) { c.vocabulary_size = 0; },
        [](Contents &c) { c.vocabulary_size = 1; },
        [](Contents &c) { c.vocabulary_size = 2; },
        [](Contents &c) { c.vocabulary_size = 4; },
        [](Contents &c) { c.vocabulary_size = UINT32_MAX; },
        [](Contents &c) { c.vocabulary_size = UINT32_MAX, c.embedding_size = UINT32_MAX; },
        [](Contents &c) { c.embedding_size = 0; },
        [](Contents &c) { c.embedding_size = 1; },
        [](Contents &c) { c.embedding_size = 3; },
        [](Contents &c) { c.embedding_size = 1 << 16; },
        [](Contents &c) { c.embedding_size = UINT32_MAX; },
        [](Contents &c) { c.words[2] = ""; },
        [](Contents &c) { c.words[2] = "\xff"; },
        [](Contents &c) { c.words[2] = "\xC3"; },
        [](Contents &c) { c.words[2] = "\xED\xA0\x80"; }, // a surrogate
        [](Contents &c) { c.words[2] = "\xC0\xAF"; },     // longer than needed
        [](Contents &c) { c.words[2] = std::string("a\0", 2); },
        [](Contents &c) { c.words.pop_back(); },
        [](Contents &c) { c.words.emplace_back("more"); },
    };
}

Spoils of_the_weights()
{
    const float nan = std::nanf("");
    const float infinity = std::numeric_limits<float>::infinity();
    return {
        [nan](Contents &c) { c.weights[1] = nan; },
        [infinity](Contents &c) { c.weights[1] = infinity; },
        [](Contents &c) { c.weights[1] = 1.0000001F; },
        [](Contents &c) { c.weights[0] = -1e-30F; },
        [nan](Contents &c) { c.embedding[5] = nan; },
        [](Contents &c) { c.embedding[5] = 1.5F; },
        [](Contents &c) { c.embedding[0] = -0.5F; },
        [nan](Contents &c) { c.weight_squares[0] = nan; },
        [infinity](Contents &c) { c.weight_squares[0] = infinity; },
        [](Contents &c) { c.weight_squares[0] = -1; },
        [nan](Contents &c) { c.embedding_squares[5] = nan; },
        [infinity](Contents &c) { c.embedding_squares[0] = infinity; },
        [](Contents &c) { c.embedding_squares[0] = -1; },
        [nan](Contents &c) { c.best_weights[0] = nan; },
        [](Contents &c) { c.best_weights[1] = 2; },
        [nan](Contents &c) { c.best_embedding[0] = nan; },
        [](Contents &c) { c.best_embedding[5] = -1; },
        [](Contents &c) { c.best_embedding.pop_back(); },
        [](Contents &c) { c.more = "x"; },
        [](Contents &c) { c.more = "xxxx"; },
    };
}

TEST_F(ModelFile, CraftedContentsAreRefused)
{
    write_model(path_, payload(Contents()));
    Result good = load(path_);
    ASSERT_EQ(good.status, STATUS_OK) << good.message;
    EXPECT_EQ(good.model->training.best_epoch, 2U);
    EXPECT_STREQ(good.model->words[2], "\xC2\x96");
    EXPECT_EQ(good.model->training.best.weights[1], 0.875F);
    write_model(path_, payload(Contents()), "MSCORPUS");
    EXPECT_EQ(load(path_).status, STATUS_INVALID);
    write_model(path_, payload(Contents()), "MSMODEL\n", 2);
    EXPECT_EQ(load(path_).status, STATUS_INVALID);

    for (const Spoils &spoils : {of_the_training(), of_the_vocabulary(), of_the_weights()}) {
        for (size_t i = 0; i < spoils.size(); i++) {
            Contents contents;
            spoils[i](contents);
            write_model(path_, payload(contents));
            EXPECT_EQ(load(path_).status, STATUS_INVALID) << "contents " << i << " of " << spoils.size();
        }
    }
    // Cut off anywhere, with a checksum that fits.
    const std::string whole = payload(Contents());
    for (size_t length = 0; length < whole.size(); length++) {
        write_model(path_, whole.substr(0, length));
        EXPECT_EQ(load(path_).status, STATUS_INVALID) << length;
    }
}

TEST_F(ModelFile, CraftedBytesAreNeverTrusted)
{
    // Any change of one byte, with a checksum that fits: either refused, or everything is in range.
    const std::string whole = payload(Contents());
    for (size_t i = 0; i < whole.size(); i++) {
        for (int change : {0x01, 0x40, 0x80, 0xFF}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ change);
            write_model(path_, changed);
            Result result = load(path_);
            if (result.status != STATUS_OK) {
                continue;
            }
            const struct training &training = result.model->training;
            ASSERT_EQ(result.model->vocabulary_size, training.network.vocabulary_size);
            ASSERT_LE(training.settings.epochs, static_cast<uint32_t>(MAX_EPOCHS));
            ASSERT_LE(training.epochs_done, training.settings.epochs);
            ASSERT_EQ(training.best_epoch >= 1, training.epochs_done >= 1);
            ASSERT_LE(training.best_epoch, training.epochs_done);
            for (const struct network *network : {&training.network, &training.best}) {
                for (uint32_t e = 0; e < network->embedding_size; e++) {
                    ASSERT_TRUE(network->weights[e] >= 0 && network->weights[e] <= 1);
                }
                for (uint32_t v = 0; v < network->vocabulary_size * network->embedding_size; v++) {
                    ASSERT_TRUE(network->embedding[v] >= 0 && network->embedding[v] <= 1);
                }
            }
        }
    }
}

TEST_F(ModelFile, AnotherCorpusIsRefused)
{
    write_model(path_, payload(Contents()));
    Result result = load(path_);
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    TinyCorpus tiny;
    struct corpus corpus = *tiny.get();
    auto check = [&] {
        struct error error = {};
        enum status status = model_check_corpus(result.model.get(), &corpus, &error);
        if (status != STATUS_OK) {
            EXPECT_NE(std::string(error.message).find(path_), std::string::npos) << error.message;
        }
        return status;
    };
    // The fingerprint is the same, but the vocabulary is a larger one: its ids would lie outside the model.
    ASSERT_EQ(corpus.fingerprint, result.model->corpus_fingerprint);
    EXPECT_EQ(check(), STATUS_INVALID);
    corpus.vocabulary_size = 3;
    EXPECT_EQ(check(), STATUS_OK);
    corpus.embedding_size = 2;
    EXPECT_EQ(check(), STATUS_OK);
    corpus.embedding_size = 12;
    EXPECT_EQ(check(), STATUS_INVALID);
    corpus.embedding_size = 0;
    corpus.fingerprint ^= 1;
    EXPECT_EQ(check(), STATUS_INVALID);
}

} // namespace
