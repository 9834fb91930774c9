// SPDX-License-Identifier: Apache-2.0
/* Training, epoch by epoch. It can stop after any review and continue later to the same bits. */
#ifndef MEMSPIKE_CSRC_LEARN_TRAINING_H
#define MEMSPIKE_CSRC_LEARN_TRAINING_H

#include "base/progress_report.h"
#include "engine/engine.h"
#include "learn/network.h"
#include "learn/word_counts.h"
#include "model/crossbar/crossbar.h"
#include "text/corpus.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MAX_EPOCHS = 1000 };

struct training_settings {
    uint32_t approach; /* 1: train the ANN, convert it afterwards; 2: train the SNN on the hardware */
    uint64_t seed;
    uint32_t epochs;
    double learning_rate;
    enum learning_task task;
    bool has_sign;   /* weights in [-1,1] */
    double boundary; /* of network.h, as a fraction of E: 1/4 in the paper, which is Vth/2 */
    double gain;
    bool fixed_vectors; /* only the weights learn: word vectors that are features. Not in checkpoints. */
};

struct epoch_result {
    double train_loss, train_accuracy; /* online: each review before its update */
    double validation_loss, validation_accuracy;
    double seconds;
};

/* How far the epoch under way has come. */
struct epoch_progress {
    uint32_t reviews; /* learned from */
    double loss;      /* added up over them */
    struct confusion confusion;
};

/* The machine that approach 2 trains on, and its state. All zero for approach 1. */
struct trained_machine {
    char *settings;  /* everything else that decides the training, as text; owned */
    char *array;     /* name of the hardware; owned */
    uint64_t device; /* device_fingerprint() */
    bool memristors; /* the weights are in memristors; else they are placed ideally */
    uint32_t devices;
    struct crossbar_state state; /* as it stands */
    float *measured;             /* devices: the weight that the controller last read of each */
    double *best;                /* devices: the resistances after the best epoch */
    struct engine_statistics statistics;
};

struct training {
    struct training_settings settings;
    uint32_t epochs_done;
    struct epoch_progress progress;
    struct epoch_result epochs[MAX_EPOCHS];
    struct network network;   /* as it stands */
    float *weight_squares;    /* Adagrad's s for w: outputs x E */
    float *embedding_squares; /* and for the embedding: V x E */
    uint32_t best_epoch;      /* counted from 1; 0 before the first */
    struct network best;      /* after the epoch with the lowest validation loss */
    struct trained_machine machine;
};

/* The start: w uniform in [1/8, 7/8] (a memristor reaches the ends of its range only slowly, so none starts
 * there), and with a sign as far as 1 around twice the boundary, at which the mean vector then lies; the
 * corpus's embedding or, without one, a flat random one (0.5 +- 0.1) of `embedding_size` values.
 * Release with training_clear(). */
void training_begin(struct training *training, const struct corpus *corpus,
                    const struct training_settings *settings, uint32_t embedding_size);
void training_clear(struct training *training);

/* How to learn from a review and how to validate: in software, or on the hardware. */
struct learner {
    void *context;
    /* Learn from the review. *loss and *answer: loss and class before that. `number` counts the reviews of
     * all epochs. */
    enum status (*learn)(void *context, struct training *training, const struct review *review,
                         uint32_t number, double *loss, uint32_t *answer, struct error *error);
    /* Fill the result's validation half from the corpus->validation_count reviews. */
    enum status (*validate)(void *context, const struct training *training, const struct corpus *corpus,
                            const uint32_t *reviews, struct epoch_result *result, struct error *error);
};

/* The rest of the epoch: all training reviews in the epoch's order, batch size 1, then the validation
 * reviews; the network is kept if it is the best so far. Stops early, with STATUS_OK and the epoch not
 * counted, when interrupt_caught(). Reports the training reviews; `report` may be NULL. */
MUST_CHECK enum status training_run_epoch(struct training *training, const struct corpus *corpus,
                                          const struct learner *learner, const struct progress_report *report,
                                          struct error *error);
/* The same in software (approach 1), where nothing can fail. */
void training_epoch(struct training *training, const struct corpus *corpus,
                    const struct progress_report *report);

/* Which of the training reviews train and which validate: a permutation of all of them (allocated, owned by
 * the caller); the last corpus->validation_count validate. */
uint32_t *training_split(const struct corpus *corpus, uint64_t seed);

/* The split with the training reviews in the order of the epoch to come; allocated, owned by the caller. */
uint32_t *training_order(const struct training *training, const struct corpus *corpus);

/* Update a review's word vectors: those of an output with weights w by errors x shares x w / length per
 * occurrence, the outputs added up. `errors` and `shares` are one an output, shares NULL for 1 each;
 * `weights` (outputs x E) is overwritten. `words` is working space for the vocabulary. Does nothing where the
 * vectors are fixed. */
void training_learn_words(struct training *training, struct word_counts *words, const struct review *review,
                          const double *errors, const float *shares, float *weights);

/* STATUS_INVALID when a review of the corpus is of none of the task's classes. */
MUST_CHECK enum status training_check_labels(const struct corpus *corpus, enum learning_task task,
                                             struct error *error);

#ifdef __cplusplus
}
#endif
#endif
