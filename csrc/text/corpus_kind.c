// SPDX-License-Identifier: Apache-2.0
#include "text/corpus_kind.h"

#include "model/base/memory.h"
#include "text/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include <xxhash.h>

const char kind_imdb[] = "imdb";
const char kind_demo[] = "demo";

enum { IMDB_REVIEWS = 25000 }; /* in each part */
/* Of the published archive as read here. */
static const uint64_t imdb_digest = UINT64_C(0x8286d8884a9fd4f7);

/* Labels, stars and words of all reviews. */
static uint64_t digest_of(const struct corpus *corpus)
{
    /* A word's number among the words: bigrams lie between them, and which words there are does not depend on
     * them. */
    uint32_t *number_of = allocate(corpus->vocabulary_size, sizeof *number_of);
    uint32_t words = 0;
    uint64_t digest = 0;
    for (uint32_t id = 0; id < corpus->vocabulary_size; id++) {
        number_of[id] = UINT32_MAX;
        if (bigram_second(corpus->words[id]) == NULL) {
            number_of[id] = words++;
            digest = XXH3_64bits_withSeed(corpus->words[id], strlen(corpus->words[id]), digest);
        }
    }
    uint32_t *text = allocate(corpus->token_count, sizeof *text);
    for (uint32_t i = 0; i < corpus->train_count + corpus->test_count; i++) {
        const struct review *review =
            i < corpus->train_count ? &corpus->train[i] : &corpus->test[i - corpus->train_count];
        uint32_t length = 0;
        for (uint32_t word = 0; word < review->length; word++) {
            text[length] = number_of[review->ids[word]];
            length += text[length] != UINT32_MAX;
        }
        const uint32_t labels[] = {length, review->positive, review->rating};
        digest = XXH3_64bits_withSeed(labels, sizeof labels, digest);
        digest = XXH3_64bits_withSeed(text, length * sizeof *text, digest);
    }
    free(text);
    free(number_of);
    return digest;
}

bool corpus_is_imdb(const struct corpus *corpus)
{
    return corpus->train_count == IMDB_REVIEWS && corpus->test_count == IMDB_REVIEWS &&
           digest_of(corpus) == imdb_digest;
}

char *corpus_readable(const char *text)
{
    char *readable = duplicate_string(text);
    const size_t length = strlen(readable);
    for (size_t at = 0; at < length;) {
        utf8proc_int32_t character = 0;
        const utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *) readable + at,
                                                       (utf8proc_ssize_t) (length - at), &character);
        if (used <= 0 || character < 0x20 || (character >= 0x7f && character < 0xa0)) {
            memset(readable + at, '?', used > 0 ? (size_t) used : 1);
        }
        at += used > 0 ? (size_t) used : 1;
    }
    return readable;
}

bool corpus_kind_valid(const char *kind)
{
    if (kind == NULL || kind[0] == '\0') {
        return false;
    }
    char *readable = corpus_readable(kind);
    const bool valid = strcmp(kind, readable) == 0;
    free(readable);
    return valid;
}

/* Cut the last component off; what was cut, or "" when nothing is left. */
static const char *cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return "";
    }
    *slash = '\0';
    return slash + 1;
}

char *corpus_name_of(const char *source)
{
    static const char *const endings[] = {".tar.gz", ".tgz", ".tar.zst", ".tar"};
    /* Names such as "." are those of the folders that they stand for. */
    char *path = realpath(source, NULL);
    path = path != NULL ? path : duplicate_string(source);
    char *last = duplicate_string(cut_last(path));
    if (strcmp(last, "aclImdb") == 0) {
        free(last);
        last = duplicate_string(cut_last(path));
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t length = strlen(last), tail = strlen(endings[i]);
        if (length > tail && strcmp(last + length - tail, endings[i]) == 0) {
            last[length - tail] = '\0';
            break;
        }
    }
    char *readable = corpus_readable(last[0] != '\0' ? last : "reviews");
    const bool misleading = strcasestr(readable, kind_imdb) != NULL || strcmp(readable, kind_demo) == 0;
    char *name = NULL;
    if (asprintf(&name, "%s%s", readable, misleading ? " (own reviews)" : "") < 0) {
        abort();
    }
    free(readable);
    free(last);
    free(path);
    return name;
}
