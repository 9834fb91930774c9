/* The corpus: building, the same from every source, its file, and the demo corpus; the real data where it is
 * at hand. */
#include "test_text_support.h"

#include "base/file.h"
#include "text/corpus.h"
#include "text/corpus_kind.h"
#include "text/demo_corpus.h"
#include "text/vocabulary.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <set>

namespace
{

using namespace text_support;

struct Free {
    void operator()(struct corpus *corpus) const
    {
        corpus_free(corpus);
    }
};
using Corpus = std::unique_ptr<struct corpus, Free>;

struct Result {
    enum status status = STATUS_OK;
    std::string message;
    Corpus corpus;
};

Result finish(enum status status, struct corpus *corpus, const struct error &error)
{
    Result result;
    result.status = status;
    if (status == STATUS_OK) {
        result.corpus.reset(corpus);
    } else {
        result.message = error.message;
        EXPECT_EQ(corpus, nullptr);
    }
    return result;
}

Result build(const char *data, const char *vectors = nullptr, bool bigrams = false)
{
    struct corpus *corpus = nullptr;
    struct error error = {};
    enum status status = corpus_build(data, vectors, bigrams, &corpus, &error);
    return finish(status, corpus, error);
}

Result load(const std::string &path)
{
    struct corpus *corpus = nullptr;
    struct error error = {};
    enum status status = corpus_load(path.c_str(), &corpus, &error);
    return finish(status, corpus, error);
}

void save(const struct corpus *corpus, const std::string &path)
{
    struct output_file *file = nullptr;
    struct error error = {};
    ASSERT_EQ(output_file_open(path.c_str(), &file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(corpus_save(corpus, file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(output_file_commit(file, &error), STATUS_OK) << error.message;
}

std::vector<uint32_t> ids(const struct review &review)
{
    return {review.ids, review.ids + review.length};
}

const char *const vectors_text = "fine 1 -2 0\ndire -1 2 0.5\nother 9 9 9\n";

/* The sample reviews as a corpus with word vectors. */
Corpus sample_corpus(const TemporaryFolder &folder)
{
    write_folder(folder.path(), sample_reviews());
    write_file(folder / "glove.txt", vectors_text);
    Result result = build(folder.path().c_str());
    EXPECT_EQ(result.status, STATUS_OK) << result.message;
    return std::move(result.corpus);
}

TEST(CorpusBuild, FollowsTheReviews)
{
    TemporaryFolder folder;
    Corpus corpus = sample_corpus(folder);
    ASSERT_NE(corpus, nullptr);
    EXPECT_EQ(corpus->kind, std::filesystem::path(folder.path()).filename()); // aclImdb's folder
    EXPECT_EQ(corpus->source, folder / "aclImdb");
    ASSERT_EQ(corpus->vocabulary_size, 4U); // "rare" is too rare, "never" is of the test part
    EXPECT_STREQ(corpus->words[0], "[unk]");
    EXPECT_STREQ(corpus->words[1], "[pad]");
    EXPECT_STREQ(corpus->words[2], "fine");
    EXPECT_STREQ(corpus->words[3], "dire");
    ASSERT_EQ(corpus->train_count, 5U);
    ASSERT_EQ(corpus->test_count, 3U);
    EXPECT_EQ(corpus->validation_count, 1U);
    EXPECT_EQ(corpus->replaced_bytes, 1U);
    // Negative before positive, then by number: 0, 7; 1, 2, 10.
    const std::vector<int> ratings = {1, 3, 10, 9, 7};
    const std::vector<int> labels = {0, 0, 1, 1, 1};
    for (size_t i = 0; i < 5; i++) {
        EXPECT_EQ(corpus->train[i].rating, ratings[i]);
        EXPECT_EQ(corpus->train[i].positive, labels[i]);
    }
    // "dire dire dire dire\xff fine rare rare rare <br /> dire": the one with the broken byte is another
    // word.
    EXPECT_EQ(ids(corpus->train[0]), (std::vector<uint32_t>{3, 3, 3, 0, 2, 0, 0, 0, 3}));
    EXPECT_EQ(ids(corpus->train[2]), (std::vector<uint32_t>{0})); // the empty one
    EXPECT_EQ(ids(corpus->train[3]), (std::vector<uint32_t>{2, 2, 2, 2}));
    EXPECT_EQ(ids(corpus->test[1]), (std::vector<uint32_t>{2, 3}));
    EXPECT_EQ(corpus->test[0].positive, 0);
    EXPECT_EQ(corpus->test[1].rating, 10);
    EXPECT_EQ(corpus->test[2].rating, 8);
    EXPECT_EQ(corpus->train[0].ids, corpus->ids);
    EXPECT_EQ(corpus->embedding_size, 3U);
    EXPECT_EQ(corpus->words_with_vector, 2U);
    const std::vector<float> embedding(corpus->embedding, corpus->embedding + 12);
    EXPECT_EQ(embedding, (std::vector<float>{0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.75F, 0.0F, 0.5F, 0.25F,
                                             1.0F, 0.625F}));
}

/* Words stay what they are; pairs that are frequent enough come on top, as text_to_ids() finds them, too. */
TEST(CorpusBuild, Bigrams)
{
    const TemporaryFolder folder;
    std::vector<Member> members;
    for (int i = 0; i < 12; i++) {
        const std::string name = std::to_string(i) + "_8.txt";
        members.push_back({"aclImdb/train/pos/" + name, "very good film"});
        members.push_back(
            {"aclImdb/train/neg/" + std::to_string(i) + "_2.txt", i < 9 ? "not good" : "film not"});
    }
    members.push_back({"aclImdb/test/pos/0_9.txt", "a very good film. not good"});
    members.push_back({"aclImdb/test/neg/0_1.txt", "film very not good"});
    write_folder(folder.path(), members);
    write_file(folder / "glove.txt", "good 1 0.25\nvery 0.5 0.75\nfilm 0 0.5\nnot 0.25 0.25\n");
    const Result words = build(folder.path().c_str());
    ASSERT_EQ(words.status, STATUS_OK) << words.message;
    const Result result = build(folder.path().c_str(), nullptr, true);
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    const struct corpus &corpus = *result.corpus;
    // "not good" was seen nine times, "film not" three times.
    const std::vector<std::string> expected = {"[unk]",     "[pad]", "film", "good",
                                               "good film", "not",   "very", "very good"};
    std::vector<std::string> vocabulary(corpus.words, corpus.words + corpus.vocabulary_size);
    std::vector<std::string> sorted = vocabulary;
    std::sort(sorted.begin() + 2, sorted.end());
    EXPECT_EQ(sorted, expected);
    EXPECT_EQ(words.corpus->vocabulary_size, 6U);

    struct word_index *index = word_index_new(corpus.words, corpus.vocabulary_size);
    const auto words_of = [&](const std::vector<uint32_t> &review) {
        std::vector<std::string> all;
        for (const uint32_t id : review) {
            all.push_back(vocabulary[id]);
        }
        return all;
    };
    EXPECT_EQ(words_of(ids(corpus.test[1])),
              (std::vector<std::string>{"[unk]", "very", "good", "very good", "film", "good film", "[unk]",
                                        "not", "good"}));
    EXPECT_EQ(words_of(ids(corpus.test[0])), (std::vector<std::string>{"film", "very", "not", "good"}));
    struct tokenizer tokenizer = {};
    struct id_list list = {};
    const std::string text = "a very good film. not good";
    for (int again = 0; again < 2; again++) {
        text_to_ids(index, &tokenizer, text.data(), text.size(), &list);
        EXPECT_EQ(std::vector<uint32_t>(list.ids, list.ids + list.length), ids(corpus.test[1]));
    }
    free(list.ids);
    tokenizer_free(&tokenizer);

    const auto vector_of = [&](const std::string &word, uint32_t e) {
        return corpus.embedding[word_index_find(index, word.data(), word.size()) * corpus.embedding_size + e];
    };
    for (uint32_t e = 0; e < 2; e++) {
        EXPECT_EQ(vector_of("very good", e), (vector_of("very", e) + vector_of("good", e)) / 2);
        EXPECT_EQ(vector_of("good film", e), (vector_of("good", e) + vector_of("film", e)) / 2);
    }
    EXPECT_EQ(corpus.words_with_vector, 4U);
    word_index_free(index);
}

TEST(CorpusBuild, IsTheSameFromEverySource)
{
    TemporaryFolder folder;
    Corpus from_folder = sample_corpus(folder);
    ASSERT_NE(from_folder, nullptr);
    for (Format format : {Format::tar_gz, Format::tar_zst}) {
        TemporaryFolder other;
        write_archive(other / (format == Format::tar_gz ? "aclImdb.tar.gz" : "aclImdb.tar.zst"),
                      sample_reviews(), format);
        write_archive(other / "glove.txt.gz", {{"glove.txt", vectors_text}}, Format::raw_gz);
        Result result = build(other.path().c_str());
        ASSERT_EQ(result.status, STATUS_OK) << result.message;
        EXPECT_EQ(result.corpus->fingerprint, from_folder->fingerprint);
        // Where it came from is the only difference, and no part of what results depend on.
        EXPECT_STRNE(result.corpus->source, from_folder->source);
    }
}

TEST(CorpusBuild, FingerprintCoversWhatResultsDependOn)
{
    std::set<uint64_t> fingerprints;
    auto add = [&](const std::vector<Member> &members, const char *vectors) {
        TemporaryFolder folder;
        write_folder(folder.path(), members);
        write_file(folder / "glove.txt", vectors_text);
        write_file(folder / "changed.txt", "fine 1 -2 0\ndire -1 2 0.25\n");
        std::string name = std::string(vectors) == "none" ? "none" : folder / vectors;
        Result result = build(folder.path().c_str(), name.c_str());
        ASSERT_EQ(result.status, STATUS_OK) << result.message;
        EXPECT_TRUE(fingerprints.insert(result.corpus->fingerprint).second);
    };
    add(sample_reviews(), "glove.txt");
    add(sample_reviews(), "none");
    add(sample_reviews(), "changed.txt");
    std::vector<Member> members = sample_reviews();
    members[3].path = "aclImdb/train/pos/2_8.txt"; // a rating
    add(members, "glove.txt");
    members = sample_reviews();
    members[1].content = "dire fine"; // an order of words
    add(members, "glove.txt");
    add(with(sample_reviews(), {"aclImdb/test/neg/3_1.txt", ""}), "glove.txt");
}

TEST(CorpusBuild, RefusesWhatItCannotUse)
{
    TemporaryFolder folder;
    EXPECT_EQ(build((folder / "nothing").c_str()).status, STATUS_INVALID);
    Result result = build(folder.path().c_str());
    EXPECT_EQ(result.status, STATUS_INVALID);
    EXPECT_NE(result.message.find(folder.path()), std::string::npos);
    write_folder(folder.path(), sample_reviews());
    result = build(folder.path().c_str(), (folder / "nothing.txt").c_str());
    EXPECT_EQ(result.status, STATUS_INVALID);
    EXPECT_NE(result.message.find("nothing.txt"), std::string::npos);
    result = build(folder.path().c_str());
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    EXPECT_EQ(result.corpus->embedding_size, 0U);
    EXPECT_EQ(result.corpus->embedding, nullptr);
}

void expect_same(const struct corpus *a, const struct corpus *b)
{
    EXPECT_STREQ(a->kind, b->kind);
    EXPECT_STREQ(a->source, b->source);
    ASSERT_EQ(a->vocabulary_size, b->vocabulary_size);
    for (uint32_t id = 0; id < a->vocabulary_size; id++) {
        EXPECT_STREQ(a->words[id], b->words[id]);
    }
    ASSERT_EQ(a->embedding_size, b->embedding_size);
    EXPECT_EQ(a->words_with_vector, b->words_with_vector);
    size_t values = size_t{a->vocabulary_size} * a->embedding_size;
    for (size_t i = 0; i < values; i++) {
        ASSERT_EQ(a->embedding[i], b->embedding[i]);
    }
    ASSERT_EQ(a->train_count, b->train_count);
    ASSERT_EQ(a->test_count, b->test_count);
    EXPECT_EQ(a->validation_count, b->validation_count);
    EXPECT_EQ(a->token_count, b->token_count);
    EXPECT_EQ(a->replaced_bytes, b->replaced_bytes);
    EXPECT_EQ(a->fingerprint, b->fingerprint);
    for (uint32_t i = 0; i < a->train_count + a->test_count; i++) {
        const struct review &left = i < a->train_count ? a->train[i] : a->test[i - a->train_count];
        const struct review &right = i < a->train_count ? b->train[i] : b->test[i - a->train_count];
        ASSERT_EQ(ids(left), ids(right));
        ASSERT_EQ(left.positive, right.positive);
        ASSERT_EQ(left.rating, right.rating);
    }
}

TEST(CorpusFile, ComesBackAsItWas)
{
    TemporaryFolder folder;
    Corpus corpus = sample_corpus(folder);
    Result demo = build(nullptr);
    ASSERT_EQ(demo.status, STATUS_OK);
    for (const struct corpus *original : {corpus.get(), demo.corpus.get()}) {
        save(original, folder / "corpus.msc");
        Result result = load(folder / "corpus.msc");
        ASSERT_EQ(result.status, STATUS_OK) << result.message;
        expect_same(original, result.corpus.get());
        std::string first = read_file(folder / "corpus.msc");
        save(result.corpus.get(), folder / "again.msc");
        EXPECT_EQ(first, read_file(folder / "again.msc"));
    }
}

TEST(CorpusFile, EveryChangedByteIsNoticed)
{
    TemporaryFolder folder;
    Corpus corpus = sample_corpus(folder);
    std::string path = folder / "corpus.msc";
    save(corpus.get(), path);
    const std::string whole = read_file(path);
    for (size_t i = 0; i < whole.size(); i++) {
        for (int change : {0x01, 0x80, 0xFF}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ change);
            write_file(path, changed);
            Result result = load(path);
            ASSERT_EQ(result.status, STATUS_INVALID) << "byte " << i << " changed by " << change;
            ASSERT_NE(result.message.find(path), std::string::npos) << result.message;
        }
    }
}

TEST(CorpusFile, EveryShorterOrLongerFileIsRefused)
{
    TemporaryFolder folder;
    Corpus corpus = sample_corpus(folder);
    std::string path = folder / "corpus.msc";
    save(corpus.get(), path);
    const std::string whole = read_file(path);
    for (size_t length = 0; length < whole.size(); length++) {
        write_file(path, whole.substr(0, length));
        ASSERT_EQ(load(path).status, STATUS_INVALID) << length;
    }
    write_file(path, whole + '\0');
    EXPECT_EQ(load(path).status, STATUS_INVALID);
    EXPECT_EQ(load(folder / "nothing.msc").status, STATUS_INVALID);
    EXPECT_EQ(load(folder.path()).status, STATUS_INVALID);
}

/* A file's contents, to be spoilt in one place and written with a correct checksum. */
struct Contents {
    std::string kind = "imdb";
    std::string source = "here";
    uint32_t size = 3;
    std::vector<std::string> words = {"[unk]", "[pad]", "fine"};
    uint32_t embedding_size = 2;
    uint32_t words_with_vector = 1;
    std::vector<float> embedding = {0.0F, 1.0F, 0.5F, 0.5F, 0.25F, 0.75F};
    uint32_t train_count = 2;
    uint32_t test_count = 1;
    uint32_t validation_count = 1;
    uint32_t replaced_bytes = 0;
    uint64_t token_count = 4;
    struct Entry {
        uint32_t length;
        uint8_t positive;
        uint8_t rating;
    };
    std::vector<Entry> reviews = {{1, 0, 1}, {2, 1, 10}, {1, 1, 0}};
    std::vector<uint32_t> ids = {0, 2, 2, 0};
    std::string more;
};

void put_text(struct container_writer *writer, const std::string &text)
{
    container_put_u32(writer, static_cast<uint32_t>(text.size()));
    container_put(writer, text.data(), text.size());
}

std::string payload(const Contents &contents)
{
    struct container_writer writer = {};
    put_text(&writer, contents.kind);
    put_text(&writer, contents.source);
    container_put_u32(&writer, contents.size);
    for (const std::string &word : contents.words) {
        put_text(&writer, word);
    }
    container_put_u32(&writer, contents.embedding_size);
    container_put_u32(&writer, contents.words_with_vector);
    container_put(&writer, contents.embedding.data(), contents.embedding.size() * sizeof(float));
    container_put_u32(&writer, contents.train_count);
    container_put_u32(&writer, contents.test_count);
    container_put_u32(&writer, contents.validation_count);
    container_put_u32(&writer, contents.replaced_bytes);
    container_put_u64(&writer, contents.token_count);
    for (const Contents::Entry &review : contents.reviews) {
        container_put_u32(&writer, review.length);
        container_put(&writer, &review.positive, 1);
        container_put(&writer, &review.rating, 1);
    }
    container_put(&writer, contents.ids.data(), contents.ids.size() * sizeof(uint32_t));
    container_put(&writer, contents.more.data(), contents.more.size());
    std::string result(reinterpret_cast<const char *>(writer.bytes), writer.length);
    container_free(&writer);
    return result;
}

void write_container(const std::string &path, const std::string &bytes, const char *magic = "MSCORPUS",
                     uint32_t version = 1)
{
    struct container_writer writer = {};
    struct output_file *file = nullptr;
    struct error error = {};
    container_put(&writer, bytes.data(), bytes.size());
    ASSERT_EQ(output_file_open(path.c_str(), &file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(container_write(&writer, magic, version, file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(output_file_commit(file, &error), STATUS_OK) << error.message;
    container_free(&writer);
}

/* Whatever a corpus file holds is part of what corpora are told apart by, but for four things that no result
 * depends on: where it came from and what it is called, unless it is the demo, and two counts. */
TEST(CorpusFile, EveryBitCountsInTheFingerprint)
{
    TemporaryFolder folder;
    const std::string path = folder / "bit.msc";
    const std::string whole = payload(Contents());
    write_container(path, whole);
    const Result good = load(path);
    ASSERT_EQ(good.status, STATUS_OK) << good.message;
    std::set<uint64_t> fingerprints = {good.corpus->fingerprint};
    uint32_t told_apart = 0;
    uint32_t no_matter = 0;
    for (size_t i = 0; i < whole.size(); i++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            std::string bytes = whole;
            bytes[i] = static_cast<char>(static_cast<uint8_t>(bytes[i]) ^ 1u << bit);
            write_container(path, bytes);
            const Result other = load(path);
            if (other.status != STATUS_OK) {
                continue;
            }
            if (std::string(other.corpus->source) != good.corpus->source ||
                std::string(other.corpus->kind) != good.corpus->kind ||
                other.corpus->words_with_vector != good.corpus->words_with_vector ||
                other.corpus->replaced_bytes != good.corpus->replaced_bytes) {
                no_matter++;
                EXPECT_EQ(other.corpus->fingerprint, good.corpus->fingerprint);
                continue;
            }
            told_apart++;
            EXPECT_TRUE(fingerprints.insert(other.corpus->fingerprint).second)
                << "bit " << bit << " of byte " << i;
        }
    }
    EXPECT_GT(told_apart, 50U);
    EXPECT_GT(no_matter, 10U);
}

TEST(CorpusFile, CraftedContentsAreRefused)
{
    TemporaryFolder folder;
    std::string path = folder / "crafted.msc";
    write_container(path, payload(Contents()));
    Result good = load(path);
    ASSERT_EQ(good.status, STATUS_OK) << good.message;
    write_container(path, payload(Contents()), "MSMODEL1");
    EXPECT_EQ(load(path).status, STATUS_INVALID);
    write_container(path, payload(Contents()), "MSCORPUS", 2);
    EXPECT_EQ(load(path).status, STATUS_INVALID);

    const float infinity = std::numeric_limits<float>::infinity();
    const std::vector<std::function<void(Contents &)>> spoils = {
        [](Contents &c) { c.kind = "\x1b[2J"; },
        [](Contents &c) { c.kind = ""; },
        [](Contents &c) { c.kind = std::string("imdb\0", 5); },
        [](Contents &c) { c.source = std::string("a\0b", 3); },
        [](Contents &c) { c.source = "\xff"; },
        [](Contents &c) { c.size = 0; },
        [](Contents &c) { c.size = 1; },
        [](Contents &c) { c.size = 4; },
        [](Contents &c) { c.size = 2; },
        [](Contents &c) { c.size = UINT32_MAX; },
        [](Contents &c) { c.words[0] = "unk"; },
        [](Contents &c) { c.words[1] = "[unk]"; },
        [](Contents &c) { c.words[2] = ""; },
        [](Contents &c) { c.words[2] = "\xC3"; },
        [](Contents &c) { c.words[2] = std::string("a\0", 2); },
        [](Contents &c) { c.embedding_size = 0; },
        [](Contents &c) { c.embedding_size = 3; },
        [](Contents &c) { c.embedding_size = 5000; },
        [](Contents &c) { c.embedding_size = UINT32_MAX; },
        [](Contents &c) { c.embedding_size = 0, c.embedding.clear(); },
        [](Contents &c) { c.words_with_vector = 4; },
        [](Contents &c) { c.embedding[3] = 1.0000001F; },
        [](Contents &c) { c.embedding[3] = -1e-30F; },
        [](Contents &c) { c.embedding[3] = std::nanf(""); },
        [infinity](Contents &c) { c.embedding[3] = infinity; },
        [](Contents &c) { c.train_count = 0; },
        [](Contents &c) { c.train_count = 1; },
        [](Contents &c) { c.train_count = 3; },
        [](Contents &c) { c.train_count = 3, c.test_count = 0; },
        [](Contents &c) { c.train_count = UINT32_MAX; },
        [](Contents &c) { c.train_count = UINT32_MAX, c.test_count = UINT32_MAX; },
        [](Contents &c) { c.test_count = 0; },
        [](Contents &c) { c.test_count = UINT32_MAX; },
        [](Contents &c) { c.validation_count = 0; },
        [](Contents &c) { c.validation_count = 2; },
        [](Contents &c) { c.validation_count = 3; },
        [](Contents &c) { c.token_count = 3; },
        [](Contents &c) { c.token_count = 5; },
        [](Contents &c) { c.token_count = UINT64_MAX; },
        [](Contents &c) { c.token_count = UINT64_C(1) << 62; },
        [](Contents &c) { c.reviews[0].length = 0; },
        [](Contents &c) { c.reviews[1].length = 1; },
        [](Contents &c) { c.reviews[1].length = 3; },
        [](Contents &c) { c.reviews[1].length = UINT32_MAX; },
        [](Contents &c) { c.reviews[0].positive = 2; },
        [](Contents &c) { c.reviews[0].positive = 1, c.reviews[1].positive = 0; },
        [](Contents &c) { c.reviews[2].rating = 11; },
        [](Contents &c) { c.reviews.pop_back(); },
        [](Contents &c) { c.ids[3] = 3; },
        [](Contents &c) { c.ids[3] = UINT32_MAX; },
        [](Contents &c) { c.ids[3] = WORD_PADDING; },
        [](Contents &c) { c.ids.pop_back(); },
        [](Contents &c) { c.ids.push_back(0); },
        [](Contents &c) { c.more = "x"; },
        [](Contents &c) { c.more = "xxxx"; },
    };
    for (size_t i = 0; i < spoils.size(); i++) {
        Contents contents;
        spoils[i](contents);
        write_container(path, payload(contents));
        Result result = load(path);
        EXPECT_EQ(result.status, STATUS_INVALID) << "contents " << i;
        EXPECT_NE(result.message.find(path), std::string::npos) << result.message;
    }
    // Cut off anywhere, with a checksum that fits.
    const std::string whole = payload(Contents());
    for (size_t length = 0; length < whole.size(); length++) {
        write_container(path, whole.substr(0, length));
        EXPECT_EQ(load(path).status, STATUS_INVALID) << length;
    }
}

TEST(CorpusFile, CraftedBytesAreNeverTrusted)
{
    // Any change of one byte, with a checksum that fits: either refused, or everything is in range.
    TemporaryFolder folder;
    std::string path = folder / "crafted.msc";
    const std::string whole = payload(Contents());
    for (size_t i = 0; i < whole.size(); i++) {
        for (int change : {0x01, 0x02, 0x40, 0x80, 0xFF}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ change);
            write_container(path, changed);
            Result result = load(path);
            if (result.status != STATUS_OK) {
                continue;
            }
            const struct corpus *corpus = result.corpus.get();
            uint64_t sum = 0;
            for (uint32_t r = 0; r < corpus->train_count; r++) {
                ASSERT_GT(corpus->train[r].length, 0U);
                sum += corpus->train[r].length;
                for (uint32_t id : ids(corpus->train[r])) {
                    ASSERT_LT(id, corpus->vocabulary_size);
                }
            }
            for (uint32_t r = 0; r < corpus->test_count; r++) {
                sum += corpus->test[r].length;
            }
            ASSERT_EQ(sum, corpus->token_count);
            for (size_t v = 0; v < size_t{corpus->vocabulary_size} * corpus->embedding_size; v++) {
                ASSERT_TRUE(corpus->embedding[v] >= 0.0F && corpus->embedding[v] <= 1.0F);
            }
        }
    }
}

TEST(DemoCorpus, IsBalancedAndOfTheSizeItSays)
{
    Result result = build(nullptr);
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    const struct corpus *corpus = result.corpus.get();
    EXPECT_STREQ(corpus->kind, "demo");
    EXPECT_STREQ(corpus->source, "generated");
    ASSERT_EQ(corpus->train_count, static_cast<uint32_t>(DEMO_TRAIN_COUNT));
    ASSERT_EQ(corpus->test_count, static_cast<uint32_t>(DEMO_TEST_COUNT));
    EXPECT_EQ(corpus->validation_count, 600U);
    EXPECT_EQ(corpus->embedding_size, 0U);
    EXPECT_EQ(corpus->replaced_bytes, 0U);
    EXPECT_GE(corpus->vocabulary_size, 250U);
    EXPECT_LE(corpus->vocabulary_size, 1000U);
    uint32_t positive = 0;
    std::set<std::vector<uint32_t>> different;
    for (uint32_t i = 0; i < corpus->train_count + corpus->test_count; i++) {
        const struct review &review =
            i < corpus->train_count ? corpus->train[i] : corpus->test[i - corpus->train_count];
        positive += review.positive;
        EXPECT_TRUE(review.positive == 1 ? review.rating >= 7 && review.rating <= 10
                                         : review.rating >= 1 && review.rating <= 4);
        EXPECT_GE(review.length, 20U);
        EXPECT_LE(review.length, 180U);
        different.insert(ids(review));
    }
    EXPECT_EQ(positive, 1500U);
    EXPECT_EQ(different.size(), 3000U);
    for (uint32_t i = 0; i < 1000; i++) {
        ASSERT_EQ(corpus->train[i].positive, 0);
        ASSERT_EQ(corpus->train[i + 1000].positive, 1);
    }
}

TEST(DemoCorpus, IsTheSameEverywhere)
{
    Result result = build(nullptr);
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    EXPECT_EQ(result.corpus->fingerprint, UINT64_C(0xf739cb7daaee88b6));
    EXPECT_EQ(build(nullptr).corpus->fingerprint, result.corpus->fingerprint);
}

TEST(RealData, IsAsThePaperHasIt)
{
    const char *data = std::getenv("MEMSPIKE_DATA");
    if (data == nullptr || data[0] == '\0') {
        GTEST_SKIP() << "MEMSPIKE_DATA is not set";
    }
    Result result = build(data);
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    const struct corpus *corpus = result.corpus.get();
    EXPECT_EQ(corpus->train_count, 25000U);
    EXPECT_EQ(corpus->test_count, 25000U);
    EXPECT_EQ(corpus->validation_count, 7500U);
    EXPECT_EQ(corpus->vocabulary_size, 20437U);
    EXPECT_EQ(corpus->replaced_bytes, 0U);
    EXPECT_STREQ(corpus->kind, "imdb");
    for (const struct review *part : {corpus->train, corpus->test}) {
        EXPECT_EQ(part[12499].positive, 0);
        EXPECT_EQ(part[12500].positive, 1);
        for (uint32_t i = 0; i < 25000; i++) {
            ASSERT_TRUE(part[i].positive == 1 ? part[i].rating >= 7 : part[i].rating <= 4);
        }
    }
    if (std::filesystem::exists(std::string(data) + "/glove.imdb.100d.txt.gz")) {
        EXPECT_EQ(corpus->embedding_size, 100U);
        EXPECT_EQ(corpus->words_with_vector, 20435U);
    }
    TemporaryFolder folder;
    save(corpus, folder / "imdb.msc");
    Result again = load(folder / "imdb.msc");
    ASSERT_EQ(again.status, STATUS_OK) << again.message;
    expect_same(corpus, again.corpus.get());

    // One review's label, one word or one star more, and it is another corpus.
    struct corpus *changed = again.corpus.get();
    EXPECT_TRUE(corpus_is_imdb(changed));
    std::swap(changed->ids[0], changed->ids[1]);
    EXPECT_FALSE(corpus_is_imdb(changed));
    std::swap(changed->ids[0], changed->ids[1]);
    changed->test[24999].rating = changed->test[24999].rating == 9 ? 10 : 9;
    EXPECT_FALSE(corpus_is_imdb(changed));
}

/* Results say where reviews come from, and never that they are IMDB's when they are not. */
TEST(CorpusKind, IsTheNameOfTheFolderOrArchive)
{
    const TemporaryFolder folder;
    const struct {
        std::string source, name;
    } names[] = {{"shop", "shop"},
                 {"shop/aclImdb", "shop"},
                 {"shop/.", "shop"},
                 {"more_aclImdb.tar.gz", "more_aclImdb (own reviews)"},
                 {"imdb", "imdb (own reviews)"},
                 {"demo", "demo (own reviews)"},
                 {"b\xff\x1bx", "b??x"}};
    std::filesystem::create_directories(folder / "shop/aclImdb");
    for (const auto &each : names) {
        char *name = corpus_name_of((folder / each.source).c_str());
        EXPECT_EQ(name, each.name);
        free(name);
    }
}

/* A file that only claims to be IMDB. */
TEST(CorpusFile, IsNotImdbBecauseItSaysSo)
{
    const TemporaryFolder folder;
    Corpus corpus = sample_corpus(folder);
    ASSERT_NE(corpus, nullptr);
    const std::string name = corpus->kind;
    free(corpus->kind);
    corpus->kind = strdup("imdb");
    save(corpus.get(), folder / "claim.msc");
    Result loaded = load(folder / "claim.msc");
    ASSERT_EQ(loaded.status, STATUS_OK) << loaded.message;
    EXPECT_EQ(loaded.corpus->kind, name);
    EXPECT_EQ(loaded.corpus->fingerprint, corpus->fingerprint);
}

} // namespace
