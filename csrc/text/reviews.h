// SPDX-License-Identifier: Apache-2.0
/* Reading labelled reviews in the layout of the Large Movie Review Dataset,
 * aclImdb/{train,test}/{pos,neg}/NUMBER_RATING.txt, from a folder or out of an archive, which is never
 * unpacked. */
#ifndef MEMSPIKE_CSRC_TEXT_REVIEWS_H
#define MEMSPIKE_CSRC_TEXT_REVIEWS_H

#include "model/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    REVIEW_MAXIMUM_BYTES = 1 << 20, /* of one review; the longest of the dataset has 14 kB */
    REVIEWS_MAXIMUM = 1000000,      /* in one source; the dataset has 50,000 */
};

struct review_text {
    bool test; /* of the test part; else of the training part */
    bool positive;
    uint8_t rating;   /* stars, 1 to 10; 0 when unknown */
    uint32_t number;  /* in the file's name; unique within part and label */
    const char *text; /* `length` bytes of any content, not zero-terminated; valid during the call */
    size_t length;    /* may be 0 */
};

typedef void review_function(void *context, const struct review_text *review);

/* Call `take` for every review. `path` is the folder `aclImdb` itself (whatever its name), or a tar archive,
 * plain or compressed with gzip or Zstandard, that holds a folder `aclImdb`. The order is that of the source:
 * the caller sorts. Other files are passed over, and a note says how many: those in `unsup`, hidden ones,
 * what lies outside of the dataset. Its own lists and counts of words are passed over without a word.
 *
 * STATUS_INVALID, with a message that names the file, when the source cannot be read, is cut off or no
 * archive, when a group is missing or empty, there is a class beside pos and neg or a part beside train and
 * test, a number appears twice in a group, a file in a group has another name, is no regular file or has more
 * than REVIEW_MAXIMUM_BYTES, or a review is UTF-16. Some reviews may have been taken by then. Shows
 * progress. */
MUST_CHECK enum status reviews_read(const char *path, review_function *take, void *context,
                                    struct error *error);

#ifdef __cplusplus
}
#endif
#endif
