// SPDX-License-Identifier: Apache-2.0
/* The words of a review, each once, with its number of occurrences: what the update of the embedding walks
 * over. */
#ifndef MEMSPIKE_CSRC_LEARN_WORD_COUNTS_H
#define MEMSPIKE_CSRC_LEARN_WORD_COUNTS_H

#include "text/corpus.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct word_counts {
    uint32_t *ids;    /* `size` ids, in the order of their first occurrence */
    uint32_t *counts; /* occurrences of each */
    uint32_t size;
    uint32_t *position; /* by id: where in ids, plus 1; all zero between reviews */
};

void word_counts_open(struct word_counts *words, uint32_t vocabulary_size);
void word_counts_close(struct word_counts *words);
/* Replace what it holds by the words of a review. */
void word_counts_of_review(struct word_counts *words, const struct review *review);

#ifdef __cplusplus
}
#endif
#endif
