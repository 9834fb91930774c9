// SPDX-License-Identifier: Apache-2.0
/* The corpus: building, the same from every source, its name, and the demo corpus; the real data where it is
 * at hand. */
#include "support/corpus.h"
#include "text/corpus_kind.h"
#include "text/demo_corpus.h"
#include "text/vocabulary.h"

#include <algorithm>
#include <set>

namespace
{

using namespace text_support;

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
    EXPECT_EQ(ids_of(corpus->train[0]), (std::vector<uint32_t>{3, 3, 3, 0, 2, 0, 0, 0, 3}));
    EXPECT_EQ(ids_of(corpus->train[2]), (std::vector<uint32_t>{0})); // the empty one
    EXPECT_EQ(ids_of(corpus->train[3]), (std::vector<uint32_t>{2, 2, 2, 2}));
    EXPECT_EQ(ids_of(corpus->test[1]), (std::vector<uint32_t>{2, 3}));
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
    const CorpusResult words = build_corpus(folder.path().c_str());
    ASSERT_EQ(words.status, STATUS_OK) << words.message;
    const CorpusResult result = build_corpus(folder.path().c_str(), nullptr, true);
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
    EXPECT_EQ(words_of(ids_of(corpus.test[1])),
              (std::vector<std::string>{"[unk]", "very", "good", "very good", "film", "good film", "[unk]",
                                        "not", "good"}));
    EXPECT_EQ(words_of(ids_of(corpus.test[0])), (std::vector<std::string>{"film", "very", "not", "good"}));
    struct tokenizer tokenizer = {};
    struct id_list list = {};
    const std::string text = "a very good film. not good";
    for (int again = 0; again < 2; again++) {
        text_to_ids(index, &tokenizer, text.data(), text.size(), &list);
        EXPECT_EQ(std::vector<uint32_t>(list.ids, list.ids + list.length), ids_of(corpus.test[1]));
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
        CorpusResult result = build_corpus(other.path().c_str());
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
        CorpusResult result = build_corpus(folder.path().c_str(), name.c_str());
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
    EXPECT_EQ(build_corpus((folder / "nothing").c_str()).status, STATUS_INVALID);
    CorpusResult result = build_corpus(folder.path().c_str());
    EXPECT_EQ(result.status, STATUS_INVALID);
    EXPECT_NE(result.message.find(folder.path()), std::string::npos);
    write_folder(folder.path(), sample_reviews());
    result = build_corpus(folder.path().c_str(), (folder / "nothing.txt").c_str());
    EXPECT_EQ(result.status, STATUS_INVALID);
    EXPECT_NE(result.message.find("nothing.txt"), std::string::npos);
    result = build_corpus(folder.path().c_str());
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    EXPECT_EQ(result.corpus->embedding_size, 0U);
    EXPECT_EQ(result.corpus->embedding, nullptr);
}

TEST(DemoCorpus, IsBalancedAndOfTheSizeItSays)
{
    CorpusResult result = build_corpus(nullptr);
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
        different.insert(ids_of(review));
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
    CorpusResult result = build_corpus(nullptr);
    ASSERT_EQ(result.status, STATUS_OK) << result.message;
    EXPECT_EQ(result.corpus->fingerprint, UINT64_C(0xf739cb7daaee88b6));
    EXPECT_EQ(build_corpus(nullptr).corpus->fingerprint, result.corpus->fingerprint);
}

TEST(RealData, IsAsThePaperHasIt)
{
    const char *data = std::getenv("MEMSPIKE_DATA");
    if (data == nullptr || data[0] == '\0') {
        GTEST_SKIP() << "MEMSPIKE_DATA is not set";
    }
    CorpusResult result = build_corpus(data);
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
    save_corpus(corpus, folder / "imdb.msc");
    CorpusResult again = load_corpus(folder / "imdb.msc");
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

} // namespace
