/* Word vectors in GloVe's text format: a line for every word, "word v1 ... vE", plain or compressed with
 * gzip. */
#ifndef MEMSPIKE_TEXT_VECTORS_H
#define MEMSPIKE_TEXT_VECTORS_H

#include "base/error.h"

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

/* Read the vectors of the `count` (V) words, zero-terminated and by id; [unk] and [pad] come first and have
 * none. Only their rows are kept in memory, whatever the file's size. Words without a vector get the vector
 * 0; then the whole matrix is mapped to [0,1]: (value - least) / (greatest - least).
 *
 * A word may contain spaces: the last E fields of a line are the numbers. STATUS_INVALID, with a message that
 * names file and line, when the file cannot be read, is empty or cut off, a line has too few or too many
 * numbers, something that is no finite decimal number, or a word that an earlier line had, and when the file
 * holds none of the words. Shows progress. On success the matrix is owned by the caller. */
MUST_CHECK enum status vectors_read(const char *path, char *const *words, uint32_t count,
                                    struct vectors *vectors, struct error *error);

#ifdef __cplusplus
}
#endif
#endif
