/* Training, epoch by epoch, with everything that is needed to stop after any epoch and go on later to the
 * same bits. */
#ifndef MEMSPIKE_LEARN_TRAINING_H
#define MEMSPIKE_LEARN_TRAINING_H

#include "learn/network.h"
#include "text/corpus.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MAX_EPOCHS = 1000 };

struct training_settings {
    uint32_t approach; /* 1: train the ANN, convert it afterwards */
    uint64_t seed;
    uint32_t epochs;
    double learning_rate;
};

struct epoch_result {
    double train_loss, train_accuracy; /* online: each review before its update */
    double validation_loss, validation_accuracy;
    double seconds;
};

struct training {
    struct training_settings settings;
    uint32_t epochs_done;
    struct epoch_result epochs[MAX_EPOCHS];
    struct network network;   /* as it stands */
    float *weight_squares;    /* Adagrad's s for w: E */
    float *embedding_squares; /* and for the embedding: V x E */
    uint32_t best_epoch;      /* counted from 1; 0 before the first */
    struct network best;      /* after the epoch with the lowest validation loss */
};

/* The start: w uniform in [1/8, 7/8] (a memristor reaches the ends of its range only slowly, so none starts
 * there), the corpus's embedding or, without one, a flat random one (0.5 +- 0.1) of `embedding_size` values.
 * Release with training_clear(). */
void training_begin(struct training *training, const struct corpus *corpus,
                    const struct training_settings *settings, uint32_t embedding_size);
void training_clear(struct training *training);

/* One more epoch: all training reviews in the epoch's order, batch size 1, then the validation reviews. */
void training_epoch(struct training *training, const struct corpus *corpus);

/* Which of the training reviews train and which validate: a permutation of all of them (allocated, owned by
 * the caller); the last corpus->validation_count validate. */
uint32_t *training_split(const struct corpus *corpus, uint64_t seed);

/* The split with the training reviews in the order of the epoch to come; allocated, owned by the caller. */
uint32_t *training_order(const struct training *training, const struct corpus *corpus);

/* Close an epoch whose result is filled in: keep the network if it is the best so far, and count the epoch.
 */
void training_end_epoch(struct training *training);

/* Gradient of the binary cross-entropy for one review: (p - label) x for w, and per occurrence of a word
 * (p - label) w / length for its vector. Returns the loss; *error receives p - label. */
double training_loss(const struct network *network, const float *x, int positive, double *error,
                     double *output);

#ifdef __cplusplus
}
#endif
#endif
