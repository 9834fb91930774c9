// SPDX-License-Identifier: Apache-2.0
/* A training from its start to its test, in software (approach 1) or on the hardware (approach 2), that can
 * stop after any review and go on from its checkpoint. */
#ifndef MEMSPIKE_CSRC_RUN_TRAINER_H
#define MEMSPIKE_CSRC_RUN_TRAINER_H

#include "learn/checkpoint.h"
#include "learn/online.h"
#include "run/run.h"

#ifdef __cplusplus
extern "C" {
#endif

struct trainer {
    const struct corpus *corpus;     /* borrowed */
    const struct settings *settings; /* borrowed */
    const struct device *device;     /* borrowed; NULL for approach 1 */
    struct training training;
    struct machine machine; /* empty for approach 1 */
    struct online online;
};

/* Before the first epoch. `kind` says where approach 2 keeps its weights: NETWORK_MEMRISTOR or NETWORK_SNN
 * (ideally placed). Corpus, settings and device must outlive the trainer. STATUS_INVALID when the word
 * vectors do not fit the array. Release with trainer_close(), also after a failure. */
MUST_CHECK enum status trainer_open(struct trainer *trainer, const struct corpus *corpus,
                                    const struct settings *settings, const struct device *device,
                                    uint32_t approach, enum network_kind kind, struct error *error);
void trainer_close(struct trainer *trainer);

/* Go on where the model stands, whose training is taken out of it. STATUS_INVALID unless it was made from the
 * same corpus with the same settings; the message names the first that differ. */
MUST_CHECK enum status trainer_resume(struct trainer *trainer, struct model *model, struct error *error);

/* The rest of the epoch; STATUS_OK with the epoch not counted when interrupt_caught(). */
MUST_CHECK enum status trainer_epoch(struct trainer *trainer, struct error *error);
/* All epochs that are left, until interrupt_caught(). */
MUST_CHECK enum status trainer_run(struct trainer *trainer, struct error *error);

/* The best network on the test reviews. */
MUST_CHECK enum status trainer_test(const struct trainer *trainer, enum network_kind kind,
                                    struct test_result *result, struct error *error);

#ifdef __cplusplus
}
#endif
#endif
