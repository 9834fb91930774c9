// SPDX-License-Identifier: Apache-2.0
/* Approach 2: training the spiking network itself, with its weights in the memristors (the paper's
 * section 2.3).
 *
 * For each review the hardware counts the output's spikes; the error is formed from the firing rate r,
 *     a = gain (E/2) (r - 1/2),   p = sigmoid(a),   g = p - label,
 * and the gradients by equations 15 and 16: g x for the weights (x the mean word vector) and, for each
 * occurrence of a word, g w / length for its vector (w the weights as measured). The factor E/2 brings the
 * firing rate to the scale of the network's output; without it the sigmoid never leaves its middle. gain is
 * the network's, 1 in the paper. With an output for each class each has its own, and the gradients of the
 * outputs add up in the word vectors.
 *
 * A weight with a sign is the difference of two devices; a step moves one of them where it can. */
#ifndef MEMSPIKE_CSRC_LEARN_ONLINE_H
#define MEMSPIKE_CSRC_LEARN_ONLINE_H

#include "engine/engine.h"
#include "learn/training.h"
#include "model/crossbar/crossbar.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the firing rate r is formed from, N the output's spikes and z those of the last step. */
enum readout {
    READOUT_COUNT,    /* r = N/T, as in the paper */
    READOUT_MEMBRANE, /* r = (N - z + (V - V0)/Vth)/T: counts the rest on the membrane, too, so that r is the
                         mean current itself, however few the steps */
};

/* NULL-ended names by readout. */
extern const char *const readout_names[];

enum update_rule {
    UPDATE_PAPER,      /* target = measured weight + step */
    UPDATE_ACCUMULATE, /* a full-precision weight in software collects the steps; the controller writes the
                          device when it is off by more than the tolerance */
    UPDATE_SURROGATE,  /* as `paper`, with a surrogate gradient: see below */
};

/* UPDATE_SURROGATE's gradient (equations 17 and 18), with s the inputs' spikes:
 *
 *   g/T  sum over the steps of h'(V - Vth) s,   h' = 1/(2 Vth) for 0 < V < 2 Vth, else 0
 *
 * It needs the spikes and the membrane of every step from the hardware; the others need one count. */

/* NULL-ended names by rule, as the --update option takes them. */
extern const char *const update_rule_names[];

/* Sees every review that was learned from. */
struct online_observer {
    /* `number` counts the reviews of all epochs, from 0. wanted and measured (outputs x E each): the weights
     * that were asked for, and what the controller last read of them. */
    void (*learned)(void *context, uint32_t number, const float *wanted, const float *measured);
    void *context;
};

/* The hardware that is trained on; all borrowed. */
struct online {
    struct crossbar *crossbar;
    struct engine *engine;
    uint32_t steps;   /* T of the engine */
    double threshold; /* Vth */
    double start;     /* and V0 */
    enum update_rule rule;
    enum readout readout;
    bool memristors; /* false: weights are placed ideally, without the controller */
    bool fresh;      /* memristors: start from fresh devices; false: write the drawn weights first */
    const struct online_observer *observer; /* may be NULL */
};

/* Take the weights that training starts from: as measured on fresh memristors, or as training_begin() drew
 * them. Call once, after training_begin() and with room in training->machine.measured, unless the training
 * goes on from a checkpoint. */
MUST_CHECK enum status online_begin(struct training *training, const struct online *online,
                                    struct error *error);

/* The rest of the epoch on the hardware, as training_run_epoch() does it. Keeps training->machine up to date:
 * its state, its statistics and, after the best epoch, `best`. */
MUST_CHECK enum status online_epoch(struct training *training, const struct corpus *corpus,
                                    const struct online *online, const struct progress_report *report,
                                    struct error *error);

#ifdef __cplusplus
}
#endif
#endif
