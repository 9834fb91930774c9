// SPDX-License-Identifier: Apache-2.0
#include "learn/word_counts.h"

#include "model/base/memory.h"

#include <stdlib.h>

void word_counts_open(struct word_counts *words, uint32_t vocabulary_size)
{
    *words = (struct word_counts) {
        .ids = allocate(vocabulary_size, sizeof(uint32_t)),
        .counts = allocate(vocabulary_size, sizeof(uint32_t)),
        .position = allocate(vocabulary_size, sizeof(uint32_t)),
    };
}

void word_counts_close(struct word_counts *words)
{
    free(words->ids);
    free(words->counts);
    free(words->position);
    *words = (struct word_counts) {0};
}

void word_counts_of_review(struct word_counts *words, const struct review *review)
{
    words->size = 0;
    for (uint32_t i = 0; i < review->length; i++) {
        uint32_t id = review->ids[i];
        if (words->position[id] == 0) {
            words->ids[words->size] = id;
            words->counts[words->size] = 0;
            words->position[id] = ++words->size;
        }
        words->counts[words->position[id] - 1]++;
    }
    for (uint32_t i = 0; i < words->size; i++) {
        words->position[words->ids[i]] = 0;
    }
}
