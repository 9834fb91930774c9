// SPDX-License-Identifier: Apache-2.0
#include "text/corpus.h"

#include "base/container.h"
#include "base/progress.h"
#include "model/base/memory.h"
#include "text/corpus_kind.h"
#include "text/data_folder.h"
#include "text/demo_corpus.h"
#include "text/reviews.h"
#include "text/stored_text.h"
#include "text/tokenizer.h"
#include "text/vectors.h"
#include "text/vocabulary.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const char corpus_magic[8] = {'M', 'S', 'C', 'O', 'R', 'P', 'U', 'S'};
enum { CORPUS_VERSION = 1 };

/* ---- building ---- */

/* A review as it was read: its words' numbers in the counter, from `start` on. */
struct collected {
    size_t start;
    uint32_t length;
    uint32_t number;
    uint8_t test;
    uint8_t positive;
    uint8_t rating;
};

/* Marks the numbers of bigrams, which are dropped, not [unk], when they are outside the vocabulary. */
static const uint32_t bigram_flag = UINT32_C(1) << 31;

struct builder {
    bool bigrams;
    struct bigram bigram;
    struct tokenizer tokenizer;
    struct word_counter *counter;
    struct id_list words; /* numbers of all reviews' words, in the source's order */
    struct collected *reviews;
    size_t count;
    size_t capacity;
    uint32_t
        occurrences; /* that a token of the review at hand counts for the vocabulary: 1 in training, else 0 */
};

static void collect_token(void *context, const char *token, size_t length)
{
    struct builder *builder = context;
    id_list_add(&builder->words, word_counter_add(builder->counter, token, length, builder->occurrences));
    if (builder->bigrams && bigram_next(&builder->bigram, token, length)) {
        const struct bigram *bigram = &builder->bigram;
        id_list_add(&builder->words, bigram_flag | word_counter_add(builder->counter, bigram->text,
                                                                    bigram->length, builder->occurrences));
    }
}

static void collect_review(void *context, const struct review_text *review)
{
    struct builder *builder = context;
    if (builder->count == builder->capacity) {
        builder->capacity = builder->capacity > 0 ? builder->capacity * 2 : 1024;
        builder->reviews = reallocate(builder->reviews, builder->capacity, sizeof *builder->reviews);
    }
    size_t start = builder->words.length;
    builder->occurrences = review->test ? 0 : 1;
    bigram_restart(&builder->bigram);
    tokenize(&builder->tokenizer, review->text, review->length, collect_token, builder);
    builder->reviews[builder->count++] =
        (struct collected) {.start = start,
                            .length = (uint32_t) (builder->words.length - start),
                            .number = review->number,
                            .test = review->test ? 1 : 0,
                            .positive = review->positive ? 1 : 0,
                            .rating = review->rating};
}

static int compare_collected(const void *left, const void *right)
{
    const struct collected *a = left;
    const struct collected *b = right;
    if (a->test != b->test) {
        return a->test < b->test ? -1 : 1;
    }
    if (a->positive != b->positive) {
        return a->positive < b->positive ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

/* 30 % of the training reviews, and at least one. */
static uint32_t validation_share(uint32_t train_count)
{
    uint32_t share = (uint32_t) ((uint64_t) train_count * 3 / 10);
    return share > 0 ? share : 1;
}

/* Turn the numbers of a review's words into ids; bigrams that are not in the vocabulary drop out. Returns how
 * many are left. */
static uint32_t number_to_ids(uint32_t *numbers, uint32_t length, const uint32_t *id_of)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < length; i++) {
        const uint32_t id = id_of[numbers[i] & ~bigram_flag];
        if (id != WORD_UNKNOWN || (numbers[i] & bigram_flag) == 0) {
            numbers[kept++] = id;
        }
    }
    return kept;
}

/* Make vocabulary, reviews and ids from what was collected. */
static void finish_reviews(struct builder *builder, struct corpus *corpus)
{
    struct vocabulary vocabulary;
    uint32_t *id_of = NULL;
    vocabulary_make(builder->counter, VOCABULARY_MINIMUM_COUNT, &vocabulary, &id_of);
    corpus->vocabulary_size = vocabulary.size;
    corpus->words = vocabulary.words;
    word_counter_free(builder->counter);
    builder->counter = NULL;

    uint32_t empty = 0;
    qsort(builder->reviews, builder->count, sizeof *builder->reviews, compare_collected);
    for (size_t i = 0; i < builder->count; i++) {
        struct collected *review = &builder->reviews[i];
        review->length = number_to_ids(builder->words.ids + review->start, review->length, id_of);
        corpus->token_count += review->length > 0 ? review->length : 1;
        corpus->test_count += review->test;
        empty += review->length == 0;
    }
    corpus->train_count = (uint32_t) builder->count - corpus->test_count;
    corpus->validation_count = validation_share(corpus->train_count);
    corpus->train = allocate(corpus->train_count, sizeof *corpus->train);
    corpus->test = allocate(corpus->test_count, sizeof *corpus->test);
    corpus->ids = allocate(corpus->token_count, sizeof *corpus->ids);
    uint32_t *next = corpus->ids;
    for (size_t i = 0; i < builder->count; i++) {
        const struct collected *review = &builder->reviews[i];
        struct review *place =
            i < corpus->train_count ? &corpus->train[i] : &corpus->test[i - corpus->train_count];
        *place = (struct review) {.ids = next,
                                  .length = review->length > 0 ? review->length : 1,
                                  .positive = review->positive,
                                  .rating = review->rating};
        for (uint32_t word = 0; word < review->length; word++) {
            *next++ = builder->words.ids[review->start + word];
        }
        if (review->length == 0) {
            *next++ = WORD_UNKNOWN; /* so that no mean is taken over nothing */
        }
    }
    free(id_of);
    if (empty > 0) {
        note("reviews without a word: %u, each taken as one unknown word", empty);
    }
    uint64_t replaced = builder->tokenizer.replaced_bytes;
    corpus->replaced_bytes = replaced < UINT32_MAX ? (uint32_t) replaced : UINT32_MAX;
}

/* Every part is hashed with the digest of what came before as its seed. */
static uint64_t hash_u32(uint64_t digest, uint32_t value)
{
    return XXH3_64bits_withSeed(&value, sizeof value, digest);
}

static uint64_t hash_reviews(uint64_t digest, const struct review *reviews, uint32_t count)
{
    digest = hash_u32(digest, count);
    for (uint32_t i = 0; i < count; i++) {
        digest = hash_u32(digest, reviews[i].length);
        digest = hash_u32(digest, reviews[i].positive);
        digest = hash_u32(digest, reviews[i].rating);
    }
    return digest;
}

/* Everything that results depend on. */
static uint64_t fingerprint(const struct corpus *corpus)
{
    /* What a corpus is called depends on where it lies, and says nothing of what is in it. */
    const char *layout = strcmp(corpus->kind, kind_demo) == 0 ? kind_demo : kind_imdb;
    uint64_t digest = XXH3_64bits(layout, strlen(layout));
    digest = hash_u32(digest, corpus->vocabulary_size);
    for (uint32_t id = 0; id < corpus->vocabulary_size; id++) {
        digest = XXH3_64bits_withSeed(corpus->words[id], strlen(corpus->words[id]), digest);
    }
    digest = hash_u32(digest, corpus->embedding_size);
    if (corpus->embedding_size > 0) {
        size_t values = (size_t) corpus->vocabulary_size * corpus->embedding_size;
        digest = XXH3_64bits_withSeed(corpus->embedding, values * sizeof *corpus->embedding, digest);
    }
    digest = hash_u32(digest, corpus->validation_count);
    digest = hash_reviews(digest, corpus->train, corpus->train_count);
    digest = hash_reviews(digest, corpus->test, corpus->test_count);
    return XXH3_64bits_withSeed(corpus->ids, corpus->token_count * sizeof *corpus->ids, digest);
}

/* A bigram starts at the mean of its words' vectors. */
static void average_bigrams(struct corpus *corpus)
{
    struct word_index *index = word_index_new(corpus->words, corpus->vocabulary_size);
    for (uint32_t id = 0; id < corpus->vocabulary_size; id++) {
        const char *first = corpus->words[id];
        const char *second = bigram_second(first);
        if (second == NULL) {
            continue;
        }
        const uint32_t size = corpus->embedding_size;
        const float *a =
            corpus->embedding + (size_t) word_index_find(index, first, (size_t) (second - first) - 1) * size;
        const float *b = corpus->embedding + (size_t) word_index_find(index, second, strlen(second)) * size;
        for (uint32_t e = 0; e < size; e++) {
            corpus->embedding[(size_t) id * size + e] = (a[e] + b[e]) / 2;
        }
    }
    word_index_free(index);
}

static enum status build_from_data(const char *data, const char *vectors_file, struct builder *builder,
                                   struct corpus *corpus, struct error *error)
{
    struct data_sources sources;
    enum status status = data_sources_find(data, vectors_file, &sources, error);
    if (status != STATUS_OK) {
        return status;
    }
    corpus->source = corpus_readable(sources.reviews);
    status = reviews_read(sources.reviews, collect_review, builder, error);
    if (status == STATUS_OK) {
        finish_reviews(builder, corpus);
        corpus->kind = corpus_is_imdb(corpus) ? duplicate_string(kind_imdb) : corpus_name_of(sources.reviews);
    }
    if (status == STATUS_OK && sources.vectors != NULL) {
        struct vectors vectors;
        status = vectors_read(sources.vectors, corpus->words, corpus->vocabulary_size, &vectors, error);
        if (status == STATUS_OK) {
            corpus->embedding_size = vectors.size;
            corpus->embedding = vectors.matrix;
            corpus->words_with_vector = vectors.found;
            average_bigrams(corpus);
        }
    }
    data_sources_free(&sources);
    return status;
}

enum status corpus_build(const char *data, const char *vectors, bool bigrams, struct corpus **corpus,
                         struct error *error)
{
    struct corpus *built = allocate(1, sizeof *built);
    struct builder builder = {.bigrams = bigrams, .counter = word_counter_new()};
    enum status status = STATUS_OK;
    if (data == NULL) {
        built->kind = duplicate_string(kind_demo);
        built->source = duplicate_string("generated");
        demo_reviews_read(collect_review, &builder);
        finish_reviews(&builder, built);
    } else {
        status = build_from_data(data, vectors, &builder, built, error);
    }
    tokenizer_free(&builder.tokenizer);
    word_counter_free(builder.counter);
    bigram_free(&builder.bigram);
    free(builder.words.ids);
    free(builder.reviews);
    if (status != STATUS_OK) {
        corpus_free(built);
        return status;
    }
    built->fingerprint = fingerprint(built);
    *corpus = built;
    return STATUS_OK;
}

void corpus_free(struct corpus *corpus)
{
    if (corpus == NULL) {
        return;
    }
    if (corpus->words != NULL) {
        for (uint32_t id = 0; id < corpus->vocabulary_size; id++) {
            free(corpus->words[id]);
        }
    }
    free((void *) corpus->words);
    free(corpus->kind);
    free(corpus->source);
    free(corpus->embedding);
    free(corpus->train);
    free(corpus->test);
    free(corpus->ids);
    free(corpus);
}

/* ---- the file ----
 *
 * kind, source; V, words; E, words with vector, V x E floats; training, test and validation reviews, bytes
 * replaced, ids in all; then for every review, training ones first, length (u32), label (u8), rating (u8);
 * then all ids. */

static void put_reviews(struct container_writer *writer, const struct review *reviews, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        container_put_u32(writer, reviews[i].length);
        container_put(writer, &reviews[i].positive, 1);
        container_put(writer, &reviews[i].rating, 1);
    }
}

enum status corpus_save(const struct corpus *corpus, struct output_file *file, struct error *error)
{
    struct container_writer writer = {0};
    container_put_string(&writer, corpus->kind);
    container_put_string(&writer, corpus->source);
    container_put_u32(&writer, corpus->vocabulary_size);
    for (uint32_t id = 0; id < corpus->vocabulary_size; id++) {
        container_put_string(&writer, corpus->words[id]);
    }
    container_put_u32(&writer, corpus->embedding_size);
    container_put_u32(&writer, corpus->words_with_vector);
    if (corpus->embedding_size > 0) {
        size_t values = (size_t) corpus->vocabulary_size * corpus->embedding_size;
        container_put(&writer, corpus->embedding, values * sizeof *corpus->embedding);
    }
    container_put_u32(&writer, corpus->train_count);
    container_put_u32(&writer, corpus->test_count);
    container_put_u32(&writer, corpus->validation_count);
    container_put_u32(&writer, corpus->replaced_bytes);
    container_put_u64(&writer, corpus->token_count);
    put_reviews(&writer, corpus->train, corpus->train_count);
    put_reviews(&writer, corpus->test, corpus->test_count);
    container_put(&writer, corpus->ids, corpus->token_count * sizeof *corpus->ids);
    enum status status = container_write(&writer, corpus_magic, CORPUS_VERSION, file, error);
    container_free(&writer);
    return status;
}

/* The checksum only tells of accidents; what is read is checked as if someone had made it up. */
static enum status wrong(const struct container_reader *reader, struct error *error, const char *what)
{
    return error_set(error, STATUS_INVALID, "%s: corpus file is damaged: %s", reader->path, what);
}

static enum status take_words(struct container_reader *reader, struct corpus *corpus, struct error *error)
{
    uint32_t size = container_take_u32(reader);
    if (size < 2 || !container_has(reader, size, sizeof(uint32_t))) {
        return wrong(reader, error, "its number of words is out of range");
    }
    corpus->words = (char **) allocate(size, sizeof *corpus->words);
    corpus->vocabulary_size = size;
    for (uint32_t id = 0; id < size; id++) {
        corpus->words[id] = stored_text_take(reader);
        if (corpus->words[id] == NULL || corpus->words[id][0] == '\0') {
            return wrong(reader, error, "a word is empty, cut off or no UTF-8");
        }
    }
    if (strcmp(corpus->words[WORD_UNKNOWN], "[unk]") != 0 ||
        strcmp(corpus->words[WORD_PADDING], "[pad]") != 0) {
        return wrong(reader, error, "its first words are not [unk] and [pad]");
    }
    return STATUS_OK;
}

static enum status take_embedding(struct container_reader *reader, struct corpus *corpus, struct error *error)
{
    corpus->embedding_size = container_take_u32(reader);
    corpus->words_with_vector = container_take_u32(reader);
    if (corpus->embedding_size > VECTORS_MAXIMUM_SIZE ||
        corpus->words_with_vector > corpus->vocabulary_size) {
        return wrong(reader, error, "the size or number of its word vectors is out of range");
    }
    if (corpus->embedding_size == 0) {
        return corpus->words_with_vector == 0 ? STATUS_OK
                                              : wrong(reader, error, "its word vectors are missing");
    }
    uint64_t values = (uint64_t) corpus->vocabulary_size * corpus->embedding_size;
    if (!container_has(reader, values, sizeof *corpus->embedding)) {
        return wrong(reader, error, "its word vectors are cut off");
    }
    corpus->embedding = allocate(values, sizeof *corpus->embedding);
    container_take(reader, corpus->embedding, values * sizeof *corpus->embedding);
    for (uint64_t i = 0; i < values; i++) {
        /* Written so that a NaN fails, too. */
        if (!(corpus->embedding[i] >= 0.0F && corpus->embedding[i] <= 1.0F)) {
            return wrong(reader, error, "a value of its word vectors is not in [0,1]");
        }
    }
    return STATUS_OK;
}

/* `count` reviews whose ids begin at *start; leaves *start behind them. */
static enum status take_reviews(struct container_reader *reader, struct corpus *corpus,
                                struct review *reviews, uint32_t count, uint64_t *start, struct error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        struct review *review = &reviews[i];
        review->length = container_take_u32(reader);
        container_take(reader, &review->positive, 1);
        container_take(reader, &review->rating, 1);
        if (review->length == 0 || review->length > corpus->token_count - *start) {
            return wrong(reader, error, "the length of a review is out of range");
        }
        if (review->positive > 1 || review->rating > 10 ||
            (i > 0 && review->positive < reviews[i - 1].positive)) {
            return wrong(reader, error, "the label or rating of a review is out of range or order");
        }
        review->ids = corpus->ids + *start;
        *start += review->length;
    }
    return STATUS_OK;
}

static enum status take_corpus(struct container_reader *reader, struct corpus *corpus, struct error *error)
{
    enum { REVIEW_BYTES = sizeof(uint32_t) + 2 };
    corpus->kind = stored_text_take(reader);
    if (!corpus_kind_valid(corpus->kind)) {
        return wrong(reader, error, "its name is empty, cut off or no text");
    }
    corpus->source = stored_text_take(reader);
    if (corpus->source == NULL) {
        return wrong(reader, error, "the name of its source is cut off or no UTF-8");
    }
    enum status status = take_words(reader, corpus, error);
    if (status == STATUS_OK) {
        status = take_embedding(reader, corpus, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    corpus->train_count = container_take_u32(reader);
    corpus->test_count = container_take_u32(reader);
    corpus->validation_count = container_take_u32(reader);
    corpus->replaced_bytes = container_take_u32(reader);
    corpus->token_count = container_take_u64(reader);
    uint64_t reviews = (uint64_t) corpus->train_count + corpus->test_count;
    if (corpus->train_count < 2 || corpus->test_count < 1 ||
        corpus->validation_count != validation_share(corpus->train_count) ||
        !container_has(reader, reviews, REVIEW_BYTES)) {
        return wrong(reader, error, "its number of reviews is out of range");
    }
    /* Whatever follows the reviews must be the ids. */
    uint64_t left = reader->length - reader->position - reviews * REVIEW_BYTES;
    if (left % sizeof *corpus->ids != 0 || left / sizeof *corpus->ids != corpus->token_count) {
        return wrong(reader, error, "its number of ids is not what its length makes room for");
    }
    corpus->train = allocate(corpus->train_count, sizeof *corpus->train);
    corpus->test = allocate(corpus->test_count, sizeof *corpus->test);
    corpus->ids = allocate(corpus->token_count, sizeof *corpus->ids);
    uint64_t start = 0;
    status = take_reviews(reader, corpus, corpus->train, corpus->train_count, &start, error);
    if (status == STATUS_OK) {
        status = take_reviews(reader, corpus, corpus->test, corpus->test_count, &start, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (start != corpus->token_count) {
        return wrong(reader, error, "the lengths of its reviews do not sum up to its number of ids");
    }
    container_take(reader, corpus->ids, corpus->token_count * sizeof *corpus->ids);
    for (uint64_t i = 0; i < corpus->token_count; i++) {
        if (corpus->ids[i] >= corpus->vocabulary_size || corpus->ids[i] == WORD_PADDING) {
            return wrong(reader, error, "an id of a review is not in the vocabulary");
        }
    }
    return STATUS_OK;
}

enum status corpus_load(const char *path, struct corpus **corpus, struct error *error)
{
    struct container_reader reader;
    enum status status = container_open(path, corpus_magic, CORPUS_VERSION, "corpus", &reader, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct corpus *loaded = allocate(1, sizeof *loaded);
    status = take_corpus(&reader, loaded, error);
    container_close(&reader);
    if (status != STATUS_OK) {
        corpus_free(loaded);
        return status;
    }
    if (strcmp(loaded->kind, kind_imdb) == 0 && !corpus_is_imdb(loaded)) {
        free(loaded->kind);
        loaded->kind = corpus_name_of(loaded->source);
    }
    loaded->fingerprint = fingerprint(loaded);
    *corpus = loaded;
    return STATUS_OK;
}
