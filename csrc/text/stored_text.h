// SPDX-License-Identifier: Apache-2.0
/* Text in corpus and model files. */
#ifndef MEMSPIKE_CSRC_TEXT_STORED_TEXT_H
#define MEMSPIKE_CSRC_TEXT_STORED_TEXT_H

#include "base/container.h"

/* A string that is UTF-8 and holds no NUL, owned by the caller; NULL otherwise. It may hold other control
 * characters: real reviews have words of them. */
char *stored_text_take(struct container_reader *reader);

#endif
