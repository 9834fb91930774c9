// SPDX-License-Identifier: Apache-2.0
#include "text/vocabulary.h"

#include "model/base/memory.h"
#include "text/corpus.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define uthash_malloc(size) allocate(1, size)
#define HASH_FUNCTION(key, length, hash) ((hash) = (unsigned) XXH3_64bits(key, length))
#include <uthash.h>

static const char *const special_words[] = {"[unk]", "[pad]"};
enum { SPECIAL_WORDS = 2 };

struct counted_word {
    UT_hash_handle hh;
    uint32_t number;
    uint32_t length;
    uint64_t count;
    char text[]; /* zero-terminated */
};

struct word_counter {
    struct counted_word *table; /* uthash's head; its own list is in the order of the numbers */
    uint32_t words;
};

struct word_counter *word_counter_new(void)
{
    return allocate(1, sizeof(struct word_counter));
}

uint32_t word_counter_add(struct word_counter *counter, const char *word, size_t length, uint32_t occurrences)
{
    struct counted_word *found = NULL;
    unsigned hash = 0;
    /* NOLINTBEGIN: the macros are uthash's */
    HASH_VALUE(word, length, hash);
    HASH_FIND_BYHASHVALUE(hh, counter->table, word, length, hash, found);
    if (found == NULL) {
        found = allocate(1, sizeof *found + length + 1);
        memcpy(found->text, word, length);
        found->length = (uint32_t) length;
        found->number = counter->words++;
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, counter->table, found->text, length, hash, found);
    }
    /* NOLINTEND */
    found->count += occurrences;
    return found->number;
}

void word_counter_free(struct word_counter *counter)
{
    if (counter == NULL) {
        return;
    }
    struct counted_word *word = counter->table;
    /* NOLINTNEXTLINE: the macro is uthash's; it frees the table and leaves the words */
    HASH_CLEAR(hh, counter->table);
    while (word != NULL) {
        struct counted_word *next = word->hh.next;
        free(word);
        word = next;
    }
    free(counter);
}

static int compare_words(const void *left, const void *right)
{
    const struct counted_word *a = *(const struct counted_word *const *) left;
    const struct counted_word *b = *(const struct counted_word *const *) right;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return strcmp(a->text, b->text); /* compares as unsigned bytes */
}

static int is_special(const char *word)
{
    return strcmp(word, special_words[WORD_UNKNOWN]) == 0 || strcmp(word, special_words[WORD_PADDING]) == 0;
}

void vocabulary_make(const struct word_counter *counter, uint32_t minimum_count,
                     struct vocabulary *vocabulary, uint32_t **id_of)
{
    const struct counted_word **kept = (const struct counted_word **) allocate(counter->words, sizeof *kept);
    uint32_t kept_count = 0;
    for (const struct counted_word *word = counter->table; word != NULL; word = word->hh.next) {
        if (word->count >= minimum_count && is_special(word->text) == 0) {
            kept[kept_count++] = word;
        }
    }
    qsort((void *) kept, kept_count, sizeof(void *), compare_words);

    vocabulary->size = kept_count + SPECIAL_WORDS;
    vocabulary->words = (char **) allocate(vocabulary->size, sizeof *vocabulary->words);
    *id_of = allocate(counter->words, sizeof **id_of); /* zero is WORD_UNKNOWN */
    for (uint32_t id = 0; id < SPECIAL_WORDS; id++) {
        vocabulary->words[id] = duplicate_string(special_words[id]);
    }
    for (uint32_t i = 0; i < kept_count; i++) {
        vocabulary->words[i + SPECIAL_WORDS] = duplicate_string(kept[i]->text);
        (*id_of)[kept[i]->number] = i + SPECIAL_WORDS;
    }
    free((void *) kept);
}

void vocabulary_free(struct vocabulary *vocabulary)
{
    for (uint32_t id = 0; id < vocabulary->size; id++) {
        free(vocabulary->words[id]);
    }
    free((void *) vocabulary->words);
    *vocabulary = (struct vocabulary) {0};
}

struct indexed_word {
    UT_hash_handle hh;
    uint32_t id;
};

struct word_index {
    struct indexed_word *table; /* uthash's head */
    struct indexed_word *words; /* storage of all of them */
};

struct word_index *word_index_new(char *const *words, uint32_t count)
{
    struct word_index *index = allocate(1, sizeof *index);
    index->words = allocate(count, sizeof *index->words);
    for (uint32_t id = SPECIAL_WORDS; id < count; id++) {
        struct indexed_word *word = &index->words[id];
        word->id = id;
        /* NOLINTNEXTLINE: the macro is uthash's */
        HASH_ADD_KEYPTR(hh, index->table, words[id], strlen(words[id]), word);
    }
    return index;
}

uint32_t word_index_find(const struct word_index *index, const char *word, size_t length)
{
    struct indexed_word *found = NULL;
    /* NOLINTNEXTLINE: the macro is uthash's */
    HASH_FIND(hh, index->table, word, length, found);
    return found != NULL ? found->id : WORD_UNKNOWN;
}

void word_index_free(struct word_index *index)
{
    if (index == NULL) {
        return;
    }
    /* NOLINTNEXTLINE: the macro is uthash's */
    HASH_CLEAR(hh, index->table);
    free(index->words);
    free(index);
}

bool bigram_next(struct bigram *bigram, const char *token, size_t length)
{
    /* The last token moves to the front. */
    const size_t last = bigram->previous > 0 ? bigram->previous + 1 : 0;
    const size_t last_length = bigram->length - last;
    if (bigram->capacity < last_length + length + 2) {
        bigram->capacity = 2 * (last_length + length + 2);
        bigram->text = reallocate(bigram->text, bigram->capacity, 1);
    }
    memmove(bigram->text, bigram->text + last, last_length);
    bigram->previous = last_length;
    bigram->length = last_length;
    if (last_length > 0) {
        bigram->text[bigram->length++] = ' ';
    }
    memcpy(bigram->text + bigram->length, token, length);
    bigram->length += length;
    return last_length > 0;
}

void bigram_restart(struct bigram *bigram)
{
    bigram->length = 0;
    bigram->previous = 0;
}

void bigram_free(struct bigram *bigram)
{
    free(bigram->text);
    *bigram = (struct bigram) {0};
}

const char *bigram_second(const char *word)
{
    const char *space = strchr(word, ' ');
    return space != NULL ? space + 1 : NULL;
}

void id_list_add(struct id_list *list, uint32_t id)
{
    if (list->length == list->capacity) {
        list->capacity = list->capacity > 0 ? list->capacity * 2 : 1024;
        list->ids = reallocate(list->ids, list->capacity, sizeof *list->ids);
    }
    list->ids[list->length++] = id;
}

struct encoding {
    const struct word_index *index;
    struct id_list *list;
    struct bigram bigram;
};

static void encode_token(void *context, const char *token, size_t length)
{
    struct encoding *encoding = context;
    id_list_add(encoding->list, word_index_find(encoding->index, token, length));
    if (bigram_next(&encoding->bigram, token, length)) {
        const uint32_t id = word_index_find(encoding->index, encoding->bigram.text, encoding->bigram.length);
        if (id != WORD_UNKNOWN) {
            id_list_add(encoding->list, id);
        }
    }
}

void text_to_ids(const struct word_index *index, struct tokenizer *tokenizer, const char *text, size_t length,
                 struct id_list *list)
{
    struct encoding encoding = {.index = index, .list = list};
    list->length = 0;
    tokenize(tokenizer, text, length, encode_token, &encoding);
    bigram_free(&encoding.bigram);
    if (list->length == 0) {
        id_list_add(list, WORD_UNKNOWN);
    }
}
