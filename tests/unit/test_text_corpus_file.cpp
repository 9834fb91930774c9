// SPDX-License-Identifier: Apache-2.0
/* The file of a corpus: comes back as it was, and nothing in it is trusted. */
#include "support/container.h"
#include "support/corpus.h"
#include "text/vocabulary.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <set>

namespace
{

using namespace text_support;

TEST(CorpusFile, ComesBackAsItWas)
{
    TemporaryFolder folder;
    Corpus corpus = sample_corpus(folder);
    CorpusResult demo = build_corpus(nullptr);
    ASSERT_EQ(demo.status, STATUS_OK);
    for (const struct corpus *original : {corpus.get(), demo.corpus.get()}) {
        save_corpus(original, folder / "corpus.msc");
        CorpusResult result = load_corpus(folder / "corpus.msc");
        ASSERT_EQ(result.status, STATUS_OK) << result.message;
        expect_same(original, result.corpus.get());
        std::string first = read_file(folder / "corpus.msc");
        save_corpus(result.corpus.get(), folder / "again.msc");
        EXPECT_EQ(first, read_file(folder / "again.msc"));
    }
}

TEST(CorpusFile, EveryChangedByteIsNoticed)
{
    TemporaryFolder folder;
    Corpus corpus = sample_corpus(folder);
    std::string path = folder / "corpus.msc";
    save_corpus(corpus.get(), path);
    const std::string whole = read_file(path);
    for (size_t i = 0; i < whole.size(); i++) {
        for (int change : {0x01, 0x80, 0xFF}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ change);
            write_file(path, changed);
            CorpusResult result = load_corpus(path);
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
    save_corpus(corpus.get(), path);
    const std::string whole = read_file(path);
    for (size_t length = 0; length < whole.size(); length++) {
        write_file(path, whole.substr(0, length));
        ASSERT_EQ(load_corpus(path).status, STATUS_INVALID) << length;
    }
    write_file(path, whole + '\0');
    EXPECT_EQ(load_corpus(path).status, STATUS_INVALID);
    EXPECT_EQ(load_corpus(folder / "nothing.msc").status, STATUS_INVALID);
    EXPECT_EQ(load_corpus(folder.path()).status, STATUS_INVALID);
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

std::string payload(const Contents &contents)
{
    struct container_writer writer = {};
    support::put_text(&writer, contents.kind);
    support::put_text(&writer, contents.source);
    container_put_u32(&writer, contents.size);
    for (const std::string &word : contents.words) {
        support::put_text(&writer, word);
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
    return support::taken(&writer);
}

/* As a corpus file, unless it says otherwise. */
void write_corpus(const std::string &path, const std::string &bytes, const char *magic = "MSCORPUS",
                  uint32_t version = 1)
{
    support::write_container(path, bytes, magic, version);
}

/* Whatever a corpus file holds is part of what corpora are told apart by, but for four things that no result
 * depends on: where it came from and what it is called, unless it is the demo, and two counts. */
TEST(CorpusFile, EveryBitCountsInTheFingerprint)
{
    TemporaryFolder folder;
    const std::string path = folder / "bit.msc";
    const std::string whole = payload(Contents());
    write_corpus(path, whole);
    const CorpusResult good = load_corpus(path);
    ASSERT_EQ(good.status, STATUS_OK) << good.message;
    std::set<uint64_t> fingerprints = {good.corpus->fingerprint};
    uint32_t told_apart = 0;
    uint32_t no_matter = 0;
    for (size_t i = 0; i < whole.size(); i++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            std::string bytes = whole;
            bytes[i] = static_cast<char>(static_cast<uint8_t>(bytes[i]) ^ 1u << bit);
            write_corpus(path, bytes);
            const CorpusResult other = load_corpus(path);
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

/* Each makes something of good contents that must be refused. */
using Spoils = std::vector<std::function<void(Contents &)>>;

Spoils of_the_vocabulary()
{
    const float infinity = std::numeric_limits<float>::infinity();
    return {
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
    };
}

Spoils of_the_reviews()
{
    return {
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
}

TEST(CorpusFile, CraftedContentsAreRefused)
{
    TemporaryFolder folder;
    std::string path = folder / "crafted.msc";
    write_corpus(path, payload(Contents()));
    CorpusResult good = load_corpus(path);
    ASSERT_EQ(good.status, STATUS_OK) << good.message;
    write_corpus(path, payload(Contents()), "MSMODEL1");
    EXPECT_EQ(load_corpus(path).status, STATUS_INVALID);
    write_corpus(path, payload(Contents()), "MSCORPUS", 2);
    EXPECT_EQ(load_corpus(path).status, STATUS_INVALID);

    for (const Spoils &spoils : {of_the_vocabulary(), of_the_reviews()}) {
        for (size_t i = 0; i < spoils.size(); i++) {
            Contents contents;
            spoils[i](contents);
            write_corpus(path, payload(contents));
            CorpusResult result = load_corpus(path);
            EXPECT_EQ(result.status, STATUS_INVALID) << "contents " << i << " of " << spoils.size();
            EXPECT_NE(result.message.find(path), std::string::npos) << result.message;
        }
    }
    // Cut off anywhere, with a checksum that fits.
    const std::string whole = payload(Contents());
    for (size_t length = 0; length < whole.size(); length++) {
        write_corpus(path, whole.substr(0, length));
        EXPECT_EQ(load_corpus(path).status, STATUS_INVALID) << length;
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
            write_corpus(path, changed);
            CorpusResult result = load_corpus(path);
            if (result.status != STATUS_OK) {
                continue;
            }
            const struct corpus *corpus = result.corpus.get();
            uint64_t sum = 0;
            for (uint32_t r = 0; r < corpus->train_count; r++) {
                ASSERT_GT(corpus->train[r].length, 0U);
                sum += corpus->train[r].length;
                for (uint32_t id : ids_of(corpus->train[r])) {
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

/* A file that only claims to be IMDB. */
TEST(CorpusFile, IsNotImdbBecauseItSaysSo)
{
    const TemporaryFolder folder;
    Corpus corpus = sample_corpus(folder);
    ASSERT_NE(corpus, nullptr);
    const std::string name = corpus->kind;
    free(corpus->kind);
    corpus->kind = strdup("imdb");
    save_corpus(corpus.get(), folder / "claim.msc");
    CorpusResult loaded = load_corpus(folder / "claim.msc");
    ASSERT_EQ(loaded.status, STATUS_OK) << loaded.message;
    EXPECT_EQ(loaded.corpus->kind, name);
    EXPECT_EQ(loaded.corpus->fingerprint, corpus->fingerprint);
}

} // namespace
