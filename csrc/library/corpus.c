// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"
#include "library/objects.h"
#include "model/base/memory.h"

#include <stdlib.h>

static memspike_status give(struct corpus *corpus, memspike_status status, memspike_corpus **made)
{
    *made = NULL;
    if (status == MEMSPIKE_OK) {
        *made = allocate(1, sizeof **made);
        (*made)->corpus = corpus;
    } else {
        corpus_free(corpus);
    }
    return status;
}

memspike_status memspike_corpus_build(const char *data, const char *vectors, bool pairs,
                                      const memspike_listener *listener, memspike_corpus **corpus,
                                      memspike_error *error)
{
    struct corpus *built = NULL;
    struct listening listening;
    listening_begin(&listening, listener);
    const enum status status = corpus_build(data, vectors, pairs, &built, error_of(error));
    return give(built, listening_end(&listening, status, error), corpus);
}

memspike_status memspike_corpus_load(const char *path, memspike_corpus **corpus, memspike_error *error)
{
    struct corpus *loaded = NULL;
    const enum status status = corpus_load(path, &loaded, error_of(error));
    return give(loaded, (memspike_status) status, corpus);
}

memspike_status memspike_corpus_save(const memspike_corpus *corpus, const char *path, memspike_error *error)
{
    struct output_file *file = NULL;
    enum status status = output_file_open(path, &file, error_of(error));
    if (status != STATUS_OK) {
        return (memspike_status) status;
    }
    status = corpus_save(corpus->corpus, file, error_of(error));
    if (status != STATUS_OK) {
        output_file_discard(file);
        return (memspike_status) status;
    }
    return (memspike_status) output_file_commit(file, error_of(error));
}

void memspike_corpus_free(memspike_corpus *corpus)
{
    if (corpus != NULL) {
        corpus_free(corpus->corpus);
        free(corpus);
    }
}

memspike_corpus_about memspike_corpus_describe(const memspike_corpus *corpus)
{
    const struct corpus *about = corpus->corpus;
    return (memspike_corpus_about) {about->kind, about->train_count, about->validation_count,
                                    about->test_count, about->vocabulary_size};
}
