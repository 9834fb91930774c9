// SPDX-License-Identifier: Apache-2.0
/* Where the reviews and the word vectors are. */
#ifndef MEMSPIKE_CSRC_TEXT_DATA_FOLDER_H
#define MEMSPIKE_CSRC_TEXT_DATA_FOLDER_H

#include "model/base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct data_sources {
    char *reviews; /* folder `aclImdb` or archive; owned */
    char *vectors; /* file of word vectors, owned; NULL for none */
};

/* Find the sources of `data`, which is one of
 *   a folder that holds a folder `aclImdb` or else one archive `*aclImdb*.tar.gz`, `.tgz` or `.tar.zst`;
 *   a folder that holds `train` and `test`: `aclImdb` itself, whatever its name;
 *   an archive.
 * Word vectors are `glove*.txt`, as it is or compressed (`.gz`, `.xz`, `.zst`), or `glove*.zip`, in the
 * folder, or in the folder that holds `aclImdb` or the archive, or in a folder `glove*` there. Of several
 * vectors_choose() takes one, and a note says which. Hidden files are none. `vectors` overrides the search: a
 * file's name, or "none". STATUS_INVALID when nothing fits or several things do. On success free with
 * data_sources_free. */
MUST_CHECK enum status data_sources_find(const char *data, const char *vectors, struct data_sources *sources,
                                         struct error *error);
void data_sources_free(struct data_sources *sources);

#ifdef __cplusplus
}
#endif
#endif
