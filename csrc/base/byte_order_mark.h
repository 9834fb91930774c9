// SPDX-License-Identifier: Apache-2.0
/* The mark with which some programs begin their text files. */
#ifndef MEMSPIKE_CSRC_BASE_BYTE_ORDER_MARK_H
#define MEMSPIKE_CSRC_BASE_BYTE_ORDER_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* How many bytes of UTF-8's mark the text begins with: 3 or none. */
static inline size_t utf8_mark(const void *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Whether it begins with UTF-16's, two bytes that no UTF-8 has. */
static inline bool is_utf16(const void *text, size_t length)
{
    return length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
}

#endif
