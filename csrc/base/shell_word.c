// SPDX-License-Identifier: Apache-2.0
#include "base/shell_word.h"

#include "model/base/memory.h"

#include <string.h>

char *shell_word(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
    if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
        return duplicate_string(text);
    }
    char *word = allocate(4 * strlen(text) + 3, 1);
    char *end = word;
    *end++ = '\'';
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            end = stpcpy(end, "'\\''");
        } else {
            *end++ = *text;
        }
    }
    *end = '\'';
    return word;
}
