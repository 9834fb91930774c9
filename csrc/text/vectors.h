// SPDX-License-Identifier: Apache-2.0
/* Word vectors in GloVe's text format: a line for every word, "word v1 ... vE", plain, compressed with gzip,
 * xz or Zstandard, or in a zip archive. */
#ifndef MEMSPIKE_CSRC_TEXT_VECTORS_H
#define MEMSPIKE_CSRC_TEXT_VECTORS_H

#include "model/base/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    VECTORS_MAXIMUM_SIZE = 4096,          /* largest E */
    VECTORS_MAXIMUM_LINE_BYTES = 1 << 20, /* longest line */
};

struct vectors {
    uint32_t size;  /* E, the numbers behind the first line's word */
    uint32_t found; /* words of the vocabulary that the file holds */
    float *matrix;  /* V x E row by row, row = word id, in [0,1]; owned */
};

/* Of several names of files of word vectors: the only one, or else the only one with "imdb" in it, or else
 * the only one with "100d", the size of the arrays; NULL when no rule leaves one. */
const char *vectors_choose(char *const *names, size_t count);

/* Read the vectors of the `count` (V) words, zero-terminated and by id; [unk] and [pad] come first and have
 * none. Only their rows are kept in memory, whatever the file's size. Words without a vector get the vector
 * 0; then the whole matrix is mapped to [0,1]: (value - least) / (greatest - least).
 *
 * Of the `.txt` files in a zip archive vectors_choose() takes one, and a note says which. Of a word that is
 * there twice the first line counts, and a note says so. A byte-order mark before the first word is passed
 * over.
 *
 * A word may contain spaces: the last E fields of a line are the numbers. STATUS_INVALID, with a message that
 * names file and line, when the file cannot be read, is empty or cut off, a line has too few or too many
 * numbers, or something that is no finite decimal number, and when the file is UTF-16, holds none of the
 * words, or is an archive out of which no file can be chosen. Shows progress. On success the matrix is owned
 * by the caller. */
MUST_CHECK enum status vectors_read(const char *path, char *const *words, uint32_t count,
                                    struct vectors *vectors, struct error *error);

#ifdef __cplusplus
}
#endif
#endif
