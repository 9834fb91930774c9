/* The network: review -> mean word vector x (E values in [0,1]) -> one linear layer w (E values in [0,1]) ->
 * one output. */
#ifndef MEMSPIKE_LEARN_NETWORK_H
#define MEMSPIKE_LEARN_NETWORK_H

#include "text/corpus.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct network {
    uint32_t embedding_size;  /* E */
    uint32_t vocabulary_size; /* V */
    float *weights;           /* E, in [0,1] */
    float *embedding;         /* V x E, row by row, in [0,1] */
};

/* A zeroed network; release with network_clear(). */
void network_create(struct network *network, uint32_t vocabulary_size, uint32_t embedding_size);
void network_clear(struct network *network);
void network_copy(struct network *to, const struct network *from);

/* x (E): the mean of the word vectors of `count` ids, count > 0. */
void network_mean(const struct network *network, const uint32_t *ids, uint32_t count, float *x);
/* y = sum of w x. */
double network_output(const struct network *network, const float *x);
/* The probability of "positive": sigmoid(y - E/4) (the paper's offset, -25 for E = 100). */
double network_probability(const struct network *network, double output);

/* Result of classifying a set of reviews. */
struct confusion {
    uint32_t true_positive, true_negative, false_positive, false_negative;
};

void confusion_count(struct confusion *confusion, int positive_label, int positive_answer);
uint32_t confusion_total(const struct confusion *confusion);
double confusion_accuracy(const struct confusion *confusion);

#ifdef __cplusplus
}
#endif
#endif
