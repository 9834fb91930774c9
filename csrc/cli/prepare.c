// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"
#include "base/wall_clock.h"
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>

static enum status run(struct options *options, struct error *error)
{
    enum status status = options_expect(options, 0, "none", error);
    if (status != STATUS_OK) {
        return status;
    }
    if (options->output == NULL) {
        return error_set(error, STATUS_INVALID, "no output named; expected -o corpus.msc");
    }
    struct output_file *file = NULL;
    struct output_file *json_file = NULL;
    status = output_file_open(options->output, &file, error);
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    struct corpus *corpus = NULL;
    double started = seconds_now();
    if (status == STATUS_OK) {
        status = open_corpus(options, &corpus, error);
    }
    double seconds = seconds_now() - started;
    if (status == STATUS_OK) {
        status = corpus_save(corpus, file, error);
    }
    if (status == STATUS_OK) {
        status = output_file_commit(file, error);
        file = NULL;
    }
    if (status == STATUS_OK) {
        char fingerprint[17];
        (void) snprintf(fingerprint, sizeof fingerprint, "%016llx", (unsigned long long) corpus->fingerprint);
        if (print_table(options)) {
            (void) printf("corpus            %s, from %s\n", corpus->kind, corpus->source);
            (void) printf("training reviews  %u, of which %u validate\n", corpus->train_count,
                          corpus->validation_count);
            (void) printf("test reviews      %u\n", corpus->test_count);
            (void) printf("vocabulary        %u entries\n", corpus->vocabulary_size);
            (void) printf("tokens            %llu\n", (unsigned long long) corpus->token_count);
            if (corpus->embedding_size > 0) {
                (void) printf("word vectors      %u values, for %u words\n", corpus->embedding_size,
                              corpus->words_with_vector);
            } else {
                (void) printf("word vectors      none: training starts from flat random ones\n");
            }
            if (corpus->replaced_bytes > 0) {
                (void) printf("not UTF-8         %u bytes, read as U+FFFD\n", corpus->replaced_bytes);
            }
            (void) printf("fingerprint       %s\n", fingerprint);
            (void) printf("read in           %.1f s\n", seconds);
        }
        json_t *json = json_pack(
            "{s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:i, s:i, s:s, s:f}", "corpus", corpus->kind, "source",
            corpus->source, "train_reviews", (int) corpus->train_count, "validation_reviews",
            (int) corpus->validation_count, "test_reviews", (int) corpus->test_count, "vocabulary",
            (int) corpus->vocabulary_size, "tokens", (json_int_t) corpus->token_count, "embedding_size",
            (int) corpus->embedding_size, "words_with_vector", (int) corpus->words_with_vector, "fingerprint",
            fingerprint, "seconds", seconds);
        status = write_json(options, json, json_file, error);
        json_file = NULL;
    }
    output_file_discard(file);
    output_file_discard(json_file);
    corpus_free(corpus);
    return status;
}

static const enum option_id options_taken[] = {OPTION_DATA,   OPTION_VECTORS, OPTION_BIGRAMS,
                                               OPTION_OUTPUT, OPTION_JSON,    OPTION_END};

const struct command command_prepare = {
    .name = "prepare",
    .summary = "read reviews and word vectors once, into a corpus file",
    .usage = "[--data DIR] -o corpus.msc",
    .text = "Reads the reviews (the IMDB folder aclImdb/ or its archive, in place), makes the vocabulary of "
            "the words\n"
            "seen at least ten times in the training reviews, looks up their vectors, and writes it all to "
            "one file.\n"
            "Without any data the built-in demo corpus is used; `--data demo` asks for it.\n\n"
            "examples:\n"
            "  memspike prepare -o corpus.msc                   data from $MEMSPIKE_DATA or data/imdb, or "
            "the demo\n"
            "  memspike prepare --data ~/imdb -o corpus.msc\n"
            "  memspike prepare --data ~/imdb --bigrams -o bigrams.msc     pairs of words such as \"not "
            "good\" are "
            "words, too\n"
            "  memspike prepare --data aclImdb_v1.tar.gz --vectors glove.6B.100d.txt -o corpus.msc",
    .options = options_taken,
    .run = run,
};
