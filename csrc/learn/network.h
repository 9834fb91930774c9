// SPDX-License-Identifier: Apache-2.0
/* The network: review -> mean word vector x (E values in [0,1]) -> a linear layer w -> an output, or one for
 * each class. The paper's has one output and weights in [0,1]. */
#ifndef MEMSPIKE_CSRC_LEARN_NETWORK_H
#define MEMSPIKE_CSRC_LEARN_NETWORK_H

#include "text/corpus.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What it predicts. */
enum learning_task {
    TASK_SENTIMENT, /* one output: positive or negative */
    TASK_RATING,    /* an output for each of eight classes: 1 to 4 and 7 to 10 stars */
};

/* NULL-ended names by task, as the --task option takes them. */
extern const char *const task_names[];

enum { RATING_CLASSES = 8, MAX_CLASSES = 8 };

/* Outputs that a task takes, and its classes. */
uint32_t task_outputs(enum learning_task task);
uint32_t task_classes(enum learning_task task);
/* The class of a review: 0 negative, 1 positive; of a rating 0 to 7 by rising stars, -1 for one that is none
 * of the eight. */
int task_label(enum learning_task task, const struct review *review);
/* The stars of a class of a rating. */
uint32_t stars_of_class(uint32_t class_number);

struct network {
    enum learning_task task;
    uint32_t embedding_size;  /* E */
    uint32_t vocabulary_size; /* V */
    uint32_t outputs;
    bool has_sign;    /* weights in [-1,1] instead of [0,1] */
    double boundary;  /* an output above it votes for its class, "positive" or its stars; E/4 in the paper */
    double gain;      /* the factor on an output before the sigmoid; 1 in the paper */
    float *weights;   /* outputs x E, output by output */
    float *embedding; /* V x E, row by row, in [0,1] */
};

/* A zeroed network, with the paper's boundary and gain; release with network_clear(). */
void network_create(struct network *network, enum learning_task task, bool has_sign, uint32_t vocabulary_size,
                    uint32_t embedding_size);
void network_clear(struct network *network);
void network_copy(struct network *to, const struct network *from);

/* The smallest possible weight. */
static inline float network_lowest_weight(const struct network *network)
{
    return network->has_sign ? -1.0F : 0.0F;
}

/* The weights of two devices whose difference is `weight`, from -1 to 1. The smaller one is PAIR_BASE where
 * possible: near a fresh device's, and off the largest resistance, which pulses approach only slowly. */
#define PAIR_BASE 0.1
void pair_of_weight(double weight, double pair[2]);

/* x (E): the mean of the word vectors of `count` ids, count > 0. */
void network_mean(const struct network *network, const uint32_t *ids, uint32_t count, float *x);
/* y = sum of w x, of an output. */
double network_output(const struct network *network, const float *x, uint32_t output);
/* Of all outputs. */
void network_outputs(const struct network *network, const float *x, double *y);
/* Sentiment: the probability of "positive", sigmoid(gain (y - boundary)) (the paper's offset: -25 for
 * E = 100). */
double network_probability(const struct network *network, double output);
/* The class that these outputs stand for: above the boundary, or the largest, the first of equals. */
uint32_t network_answer(const struct network *network, const double *y);

/* The class by the hardware's spike counts: of one output, "positive" above half of the steps; of several,
 * the one with the most, the first of equals. */
uint32_t answer_of_counts(const struct network *network, const uint16_t *counts, uint32_t steps);

/* Cross-entropy of a class with these logits, one for each output: the sum of the outputs' binary
 * cross-entropies, each against whether the class is its own. (A softmax would not bound the outputs, but a
 * neuron spikes at most once a step.) `errors` receives the probabilities less 0 or 1: the gradient. */
double cross_entropy(enum learning_task task, const double *logits, uint32_t label, double *errors);
/* The same of a network's outputs. The gradient leaves out the factor `gain`, which Adagrad would cancel. */
double network_loss(const struct network *network, const double *y, uint32_t label, double *errors);

/* Result of classifying a set of reviews. */
struct confusion {
    uint32_t counts[MAX_CLASSES][MAX_CLASSES]; /* [class][answer] */
};

void confusion_count(struct confusion *confusion, uint32_t label, uint32_t answer);
uint32_t confusion_total(const struct confusion *confusion);
double confusion_accuracy(const struct confusion *confusion);
/* Of a rating: the share of answers on the right side of five stars. */
double rating_sentiment_accuracy(const struct confusion *confusion);

#ifdef __cplusplus
}
#endif
#endif
