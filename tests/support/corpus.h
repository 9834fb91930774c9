// SPDX-License-Identifier: Apache-2.0
/* Corpora of the tests: built, stored and loaded, with what was said of one that is none. */
#ifndef MEMSPIKE_TESTS_SUPPORT_CORPUS_H
#define MEMSPIKE_TESTS_SUPPORT_CORPUS_H

#include "base/output_file.h"
#include "support/text.h"
#include "text/corpus.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace text_support
{

struct CorpusCloser {
    void operator()(struct corpus *corpus) const
    {
        corpus_free(corpus);
    }
};
using Corpus = std::unique_ptr<struct corpus, CorpusCloser>;

struct CorpusResult {
    enum status status = STATUS_OK;
    std::string message;
    Corpus corpus;
};

/* What a reader or the builder has come to. */
inline CorpusResult corpus_result(enum status status, struct corpus *corpus, const struct error &error)
{
    CorpusResult result;
    result.status = status;
    if (status == STATUS_OK) {
        result.corpus.reset(corpus);
    } else {
        result.message = error.message;
        EXPECT_EQ(corpus, nullptr);
    }
    return result;
}

inline CorpusResult build_corpus(const char *data, const char *vectors = nullptr, bool bigrams = false)
{
    struct corpus *corpus = nullptr;
    struct error error = {};
    enum status status = corpus_build(data, vectors, bigrams, &corpus, &error);
    return corpus_result(status, corpus, error);
}

inline CorpusResult load_corpus(const std::string &path)
{
    struct corpus *corpus = nullptr;
    struct error error = {};
    enum status status = corpus_load(path.c_str(), &corpus, &error);
    return corpus_result(status, corpus, error);
}

inline void save_corpus(const struct corpus *corpus, const std::string &path)
{
    struct output_file *file = nullptr;
    struct error error = {};
    ASSERT_EQ(output_file_open(path.c_str(), &file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(corpus_save(corpus, file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(output_file_commit(file, &error), STATUS_OK) << error.message;
}

inline std::vector<uint32_t> ids_of(const struct review &review)
{
    return {review.ids, review.ids + review.length};
}

/* Vectors for both words of the sample reviews, and for another. */
const char *const vectors_text = "fine 1 -2 0\ndire -1 2 0.5\nother 9 9 9\n";

/* The sample reviews as a corpus with word vectors. */
inline Corpus sample_corpus(const TemporaryFolder &folder)
{
    write_folder(folder.path(), sample_reviews());
    write_file(folder / "glove.txt", vectors_text);
    CorpusResult result = build_corpus(folder.path().c_str());
    EXPECT_EQ(result.status, STATUS_OK) << result.message;
    return std::move(result.corpus);
}

/* In all that a file keeps. */
inline void expect_same(const struct corpus *a, const struct corpus *b)
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
        ASSERT_EQ(ids_of(left), ids_of(right));
        ASSERT_EQ(left.positive, right.positive);
        ASSERT_EQ(left.rating, right.rating);
    }
}

} // namespace text_support

#endif
