// SPDX-License-Identifier: Apache-2.0
/* The built-in demo corpus: film reviews that a small grammar writes, for trying things out where the real
 * data is not at hand. Half of them are positive; negations ("not good", "hardly a masterpiece") and mixed
 * opinions keep a count of good and bad words from telling all of them apart. The same on every machine. */
#ifndef MEMSPIKE_CSRC_TEXT_DEMO_CORPUS_H
#define MEMSPIKE_CSRC_TEXT_DEMO_CORPUS_H

#include "text/reviews.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DEMO_TRAIN_COUNT = 2000,
    DEMO_TEST_COUNT = 1000,
};

/* Call `take` for every review, in the order of a corpus: training before test, negative before positive. */
void demo_reviews_read(review_function *take, void *context);

#ifdef __cplusplus
}
#endif
#endif
