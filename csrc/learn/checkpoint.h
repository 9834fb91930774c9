// SPDX-License-Identifier: Apache-2.0
/* The model file (.msm): a training's whole state, the vocabulary, and the identity of the corpus. It is
 * enough to classify with; testing, or training further, needs the corpus again. */
#ifndef MEMSPIKE_CSRC_LEARN_CHECKPOINT_H
#define MEMSPIKE_CSRC_LEARN_CHECKPOINT_H

#include "base/output_file.h"
#include "learn/training.h"
#include "text/corpus.h"

#ifdef __cplusplus
extern "C" {
#endif

struct model {
    char *path; /* where it was read from */
    uint64_t corpus_fingerprint;
    char *corpus_kind; /* as of the corpus */
    uint32_t vocabulary_size;
    char **words; /* vocabulary_size */
    struct training training;
};

MUST_CHECK enum status checkpoint_save(const struct training *training, const struct corpus *corpus,
                                       struct output_file *file, struct error *error);
/* Checks magic, version, checksum and every value's range. On success *model is owned by the caller. */
MUST_CHECK enum status checkpoint_load(const char *path, struct model **model, struct error *error);
/* NULL is harmless. */
void model_free(struct model *model);
/* STATUS_INVALID unless the model was made from this corpus. */
MUST_CHECK enum status model_check_corpus(const struct model *model, const struct corpus *corpus,
                                          struct error *error);

#ifdef __cplusplus
}
#endif
#endif
