// SPDX-License-Identifier: Apache-2.0
/* What a corpus is called in results: "imdb", "demo", or the name under which its reviews were given. */
#ifndef MEMSPIKE_CSRC_TEXT_CORPUS_KIND_H
#define MEMSPIKE_CSRC_TEXT_CORPUS_KIND_H

#include "text/corpus.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const char kind_imdb[];
extern const char kind_demo[];

/* Whether these are the 50,000 labelled reviews of the Large Movie Review Dataset: as many, with the same
 * words, labels and stars in the same order. Word vectors and bigrams make no difference. */
bool corpus_is_imdb(const struct corpus *corpus);

/* The name of the folder or archive `source`: of a folder `aclImdb` that of the folder in which it stands.
 * One that could be taken for IMDB or the demo says that it is neither. UTF-8; owned by the caller. */
char *corpus_name_of(const char *source);

/* Whether a file may use this name: not NULL, not empty, and unchanged by corpus_readable(). */
bool corpus_kind_valid(const char *kind);

/* `text` as valid UTF-8; control characters and invalid bytes become '?'. Owned by the caller. */
char *corpus_readable(const char *text);

#ifdef __cplusplus
}
#endif
#endif
