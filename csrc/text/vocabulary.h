// SPDX-License-Identifier: Apache-2.0
/* Counting words, making the vocabulary from the counts, and finding a word's id in it. */
#ifndef MEMSPIKE_CSRC_TEXT_VOCABULARY_H
#define MEMSPIKE_CSRC_TEXT_VOCABULARY_H

#include "text/tokenizer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Distinct words and how often they occurred. Words are numbered from 0 in the order in which they were first
 * seen. */
struct word_counter;

struct word_counter *word_counter_new(void);
/* Add `occurrences` of a word (bytes without NUL, `length` at least 1; they are copied) and return its
 * number. With 0 occurrences the word only gets a number: so words of the test reviews, which the vocabulary
 * must not know of. */
uint32_t word_counter_add(struct word_counter *counter, const char *word, size_t length,
                          uint32_t occurrences);
/* NULL is harmless. */
void word_counter_free(struct word_counter *counter);

struct vocabulary {
    uint32_t size; /* V */
    char **words;  /* V zero-terminated words, by id */
};

/* [unk] (WORD_UNKNOWN) and [pad] (WORD_PADDING), then the words that occurred at least `minimum_count` times,
 * by falling count, words of the same count by their bytes. A word of the texts that is spelt "[unk]" or
 * "[pad]" makes no entry. The vocabulary's words, and *id_of, are owned by the caller: (*id_of)[number] is
 * the id of every counted word, WORD_UNKNOWN if it is not in the vocabulary. */
void vocabulary_make(const struct word_counter *counter, uint32_t minimum_count,
                     struct vocabulary *vocabulary, uint32_t **id_of);
void vocabulary_free(struct vocabulary *vocabulary);

/* From words to ids. */
struct word_index;

/* `words` are `count` zero-terminated words by id, [unk] and [pad] first; borrowed, they must outlive the
 * index. */
struct word_index *word_index_new(char *const *words, uint32_t count);
/* The word's id; WORD_UNKNOWN for words that are not in the vocabulary and for "[unk]" and "[pad]"
 * themselves. */
uint32_t word_index_find(const struct word_index *index, const char *word, size_t length);
/* NULL is harmless. */
void word_index_free(struct word_index *index);

/* Two tokens in a row as one word of the vocabulary: "not good". No token holds a space, so that no word is
 * taken for a bigram. Start with all zero; bigram_free() releases it. */
struct bigram {
    char *text;      /* of the last token and the one before, or of the last token alone */
    size_t length;   /* of the text */
    size_t previous; /* of the token before, 0 if there is none */
    size_t capacity;
};

/* The next token of a text. True when text and length are those of a bigram now. */
bool bigram_next(struct bigram *bigram, const char *token, size_t length);
/* A new text begins. */
void bigram_restart(struct bigram *bigram);
void bigram_free(struct bigram *bigram);
/* Where the second word of a bigram of the vocabulary begins; NULL for a word. */
const char *bigram_second(const char *word);

/* A growing list of ids, used again for every text. Start with all zero; free(ids) releases it. */
struct id_list {
    uint32_t *ids;
    size_t length;
    size_t capacity;
};

void id_list_add(struct id_list *list, uint32_t id);

/* Replace what `list` holds by the ids of the words of `text`, as a review of a corpus has them, bigrams
 * included if the vocabulary has any: a text without any token has the one id WORD_UNKNOWN. */
void text_to_ids(const struct word_index *index, struct tokenizer *tokenizer, const char *text, size_t length,
                 struct id_list *list);

#ifdef __cplusplus
}
#endif
#endif
