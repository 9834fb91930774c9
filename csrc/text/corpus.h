// SPDX-License-Identifier: Apache-2.0
/* A corpus: labelled reviews as word ids, their vocabulary, and the word vectors to start from. */
#ifndef MEMSPIKE_CSRC_TEXT_CORPUS_H
#define MEMSPIKE_CSRC_TEXT_CORPUS_H

#include "model/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORD_UNKNOWN = 0,              /* id of [unk] */
    WORD_PADDING = 1,              /* id of [pad]; no review holds it, since the batch size is 1 */
    VOCABULARY_MINIMUM_COUNT = 10, /* occurrences in training that make a word part of the vocabulary */
};

struct review {
    const uint32_t *ids; /* `length` word ids, inside the corpus */
    uint32_t length;
    uint8_t positive; /* label: 1 positive, 0 negative */
    uint8_t rating;   /* stars, 1 to 10; 0 when unknown */
};

struct corpus {
    char *kind;               /* "imdb", "demo", or what other reviews are called: see corpus_kind.h */
    char *source;             /* where it came from, for people: a folder, an archive's name, "generated" */
    uint32_t vocabulary_size; /* V, with [unk] and [pad] */
    char **words;             /* V zero-terminated UTF-8 words, by id: specials, by falling count, by bytes */
    uint32_t embedding_size;  /* E; 0 when there are no word vectors */
    float *embedding;         /* V x E in [0,1], row by row; NULL when there are no word vectors */
    uint32_t words_with_vector; /* words of the vocabulary that the vectors' file holds */
    uint32_t train_count;       /* training reviews, validation ones included */
    uint32_t test_count;
    uint32_t validation_count; /* how many of the training reviews validate (30 %); the seed says which */
    struct review *train;      /* train_count, ordered by label (neg first) and number in the file's name */
    struct review *test;       /* test_count */
    uint32_t *ids;             /* storage of all reviews */
    uint64_t token_count;      /* length of ids */
    uint32_t replaced_bytes;   /* bytes of the reviews that were not UTF-8, or NUL, and became U+FFFD */
    uint64_t fingerprint;      /* checksum of everything above that results depend on; models remember it */
};

/* Read reviews and word vectors and build a corpus.
 *
 * `data` is a folder that holds `aclImdb/` or an archive `*aclImdb*.tar.gz` or `*.tar.zst`, and optionally
 * word vectors (see data_folder.h); or the path of `aclImdb` itself or of such an archive. NULL makes the
 * demo corpus. `vectors` names the file of word vectors, overriding the search; "none" leaves them out; NULL
 * searches. With `bigrams` every two tokens in a row are a word, too, if the vocabulary takes them: seen at
 * least as often as a word must be; their vectors start at the mean of their words' vectors. Shows progress.
 * On success *corpus is owned by the caller. */
MUST_CHECK enum status corpus_build(const char *data, const char *vectors, bool bigrams,
                                    struct corpus **corpus, struct error *error);

/* Read and write the corpus file (.msc). Reading checks magic, version, checksum and that every id, label and
 * count is in range, so that what it returns can be trusted. */
MUST_CHECK enum status corpus_load(const char *path, struct corpus **corpus, struct error *error);
struct output_file;
MUST_CHECK enum status corpus_save(const struct corpus *corpus, struct output_file *file,
                                   struct error *error);

/* NULL is harmless. */
void corpus_free(struct corpus *corpus);

#ifdef __cplusplus
}
#endif
#endif
