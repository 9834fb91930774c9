// SPDX-License-Identifier: Apache-2.0
#include "text/stored_text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

char *stored_text_take(struct container_reader *reader)
{
    size_t before = reader->position;
    char *text = container_take_string(reader);
    size_t length = strlen(text);
    if (reader->overrun || reader->position - before != sizeof(uint32_t) + length) {
        free(text);
        return NULL;
    }
    for (size_t at = 0; at < length;) {
        utf8proc_int32_t character = 0;
        utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *) text + at,
                                                 (utf8proc_ssize_t) (length - at), &character);
        if (used <= 0) {
            free(text);
            return NULL;
        }
        at += (size_t) used;
    }
    return text;
}
