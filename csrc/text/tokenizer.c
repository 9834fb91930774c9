// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer.h"

#include "base/byte_order_mark.h"
#include "model/base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum {
    REPLACEMENT_CHARACTER = 0xFFFD,
    CAPITAL_SIGMA = 0x3A3,
    SMALL_SIGMA = 0x3C3,
    SMALL_FINAL_SIGMA = 0x3C2,
    CAPITAL_I_WITH_DOT = 0x130,
    COMBINING_DOT_ABOVE = 0x307,
    /* No input byte becomes more than this many: an invalid byte becomes the three of U+FFFD; a valid
     * character of two bytes becomes at most three (U+023A, and U+0130 with its combining dot). */
    GROWTH = 3,
};

struct scan {
    struct tokenizer *tokenizer;
    const utf8proc_uint8_t *text;
    size_t length;
    size_t token_length;
    token_function *take;
    void *context;
};

static void flush(struct scan *scan)
{
    if (scan->token_length > 0) {
        scan->take(scan->context, scan->tokenizer->token, scan->token_length);
        scan->token_length = 0;
    }
}

static void append(struct scan *scan, utf8proc_int32_t character)
{
    utf8proc_uint8_t *end = (utf8proc_uint8_t *) scan->tokenizer->token + scan->token_length;
    scan->token_length += (size_t) utf8proc_encode_char(character, end);
}

static bool is_white_space(utf8proc_int32_t character)
{
    return (character >= 0x09 && character <= 0x0D) || (character >= 0x1C && character <= 0x20) ||
           character == 0x85 || character == 0xA0 || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200A) || character == 0x2028 || character == 0x2029 ||
           character == 0x202F || character == 0x205F || character == 0x3000;
}

/* The character at `position` and its length; an invalid byte gives U+FFFD, length 1 and *valid false. */
static utf8proc_int32_t decode(const struct scan *scan, size_t position, size_t *length, bool *valid)
{
    utf8proc_int32_t character = 0;
    utf8proc_ssize_t used =
        utf8proc_iterate(scan->text + position, (utf8proc_ssize_t) (scan->length - position), &character);
    *valid = used > 0;
    *length = *valid ? (size_t) used : 1;
    return *valid ? character : REPLACEMENT_CHARACTER;
}

/* The character that ends before `position`. */
static utf8proc_int32_t decode_before(const struct scan *scan, size_t position, size_t *length)
{
    for (size_t back = 1; back <= 4 && back <= position; back++) {
        bool valid = false;
        utf8proc_int32_t character = decode(scan, position - back, length, &valid);
        if (valid && *length == back) {
            return character;
        }
    }
    *length = 1;
    return REPLACEMENT_CHARACTER;
}

/* Unicode's Cased: letters with a case, what else has a mapping (such as Roman numerals), and the ordinal
 * indicators. */
static bool is_cased(utf8proc_int32_t character)
{
    utf8proc_category_t category = utf8proc_category(character);
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
           category == UTF8PROC_CATEGORY_LT || utf8proc_tolower(character) != character ||
           utf8proc_toupper(character) != character || character == 0xAA || character == 0xBA;
}

/* Unicode's Case_Ignorable: marks, modifiers, format characters, and the punctuation that may stand inside
 * words. */
static bool is_case_ignorable(utf8proc_int32_t character)
{
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return true;
    default:
        break;
    }
    switch (character) {
    case '\'':
    case '.':
    case ':':
    case 0xB7:
    case 0x387:
    case 0x55F:
    case 0x5F4:
    case 0x2018:
    case 0x2019:
    case 0x2024:
    case 0x2027:
    case 0xFE13:
    case 0xFE52:
    case 0xFE55:
    case 0xFF07:
    case 0xFF0E:
    case 0xFF1A:
        return true;
    default:
        return false;
    }
}

/* Whether the capital sigma at `position` ends a word: a cased letter before it and none behind it, whatever
 * case-ignorable characters stand between. A sigma is cased itself, so that these walks never overlap and the
 * text is still scanned in linear time. */
static bool is_final_sigma(const struct scan *scan, size_t position)
{
    size_t at = position;
    bool cased = false;
    while (at > 0) {
        size_t length = 1;
        utf8proc_int32_t character = decode_before(scan, at, &length);
        if (!is_case_ignorable(character)) {
            cased = is_cased(character);
            break;
        }
        at -= length;
    }
    if (!cased) {
        return false;
    }
    at = position + 2;
    while (at < scan->length) {
        size_t length = 1;
        bool valid = false;
        utf8proc_int32_t character = decode(scan, at, &length, &valid);
        if (!is_case_ignorable(character)) {
            return !is_cased(character);
        }
        at += length;
    }
    return true;
}

/* If `<br />` stands at `position`, in either case and whatever quotation marks stand inside, its length,
 * else 0. */
static size_t line_break_length(const struct scan *scan, size_t position)
{
    static const char expected[] = "<br />";
    size_t matched = 0;
    for (size_t at = position; at < scan->length; at++) {
        utf8proc_uint8_t c = scan->text[at];
        if (c == '"') {
            continue;
        }
        if (c >= 'A' && c <= 'Z') {
            c = (utf8proc_uint8_t) (c - 'A' + 'a');
        }
        if (c != (utf8proc_uint8_t) expected[matched]) {
            return 0;
        }
        matched++;
        if (matched == sizeof expected - 1) {
            return at + 1 - position;
        }
    }
    return 0;
}

/* A character beyond ASCII, or an invalid byte. Returns its length. */
static size_t scan_beyond_ascii(struct scan *scan, size_t position)
{
    size_t length = 1;
    bool valid = false;
    utf8proc_int32_t character = decode(scan, position, &length, &valid);
    if (!valid) {
        scan->tokenizer->replaced_bytes++;
        append(scan, REPLACEMENT_CHARACTER);
    } else if (is_white_space(character)) {
        flush(scan);
    } else if (character == CAPITAL_SIGMA) {
        append(scan, is_final_sigma(scan, position) ? SMALL_FINAL_SIGMA : SMALL_SIGMA);
    } else if (character == CAPITAL_I_WITH_DOT) {
        append(scan, 'i');
        append(scan, COMBINING_DOT_ABOVE);
    } else {
        append(scan, utf8proc_tolower(character));
    }
    return length;
}

/* An ASCII character that is neither letter nor digit. Returns its length, or that of the line break that begins
 * here. */
static size_t scan_ascii(struct scan *scan, size_t position)
{
    const utf8proc_uint8_t c = scan->text[position];
    switch (c) {
    case '"':
        break;
    case '\'':
    case '.':
    case ',':
    case '(':
    case ')':
    case '!':
    case '?':
        flush(scan);
        scan->take(scan->context, (const char *) scan->text + position, 1);
        break;
    case ';':
    case ':':
        flush(scan);
        break;
    case '\0':
        scan->tokenizer->replaced_bytes++;
        append(scan, REPLACEMENT_CHARACTER);
        break;
    case '<': {
        const size_t line_break = line_break_length(scan, position);
        if (line_break > 0) {
            flush(scan);
            return line_break;
        }
        scan->tokenizer->token[scan->token_length++] = '<';
        break;
    }
    default:
        if (is_white_space(c)) {
            flush(scan);
        } else {
            scan->tokenizer->token[scan->token_length++] = (char) c;
        }
        break;
    }
    return 1;
}

void tokenize(struct tokenizer *tokenizer, const char *text, size_t length, token_function *take,
              void *context)
{
    struct scan scan = {.tokenizer = tokenizer,
                        .text = (const utf8proc_uint8_t *) text,
                        .length = length,
                        .take = take,
                        .context = context};
    /* Room for the longest token that this text can hold, so that nothing below needs to check. */
    if (tokenizer->capacity / GROWTH <= length) {
        tokenizer->token = reallocate(tokenizer->token, length + 1, GROWTH);
        tokenizer->capacity = (length + 1) * GROWTH;
    }
    size_t skipped = 0;
    for (size_t i = utf8_mark(text, length); i < length; i += skipped) {
        utf8proc_uint8_t c = scan.text[i];
        skipped = 1;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            tokenizer->token[scan.token_length++] = (char) c;
        } else if (c >= 'A' && c <= 'Z') {
            tokenizer->token[scan.token_length++] = (char) (c - 'A' + 'a');
        } else if (c >= 0x80) {
            skipped = scan_beyond_ascii(&scan, i);
        } else {
            skipped = scan_ascii(&scan, i);
        }
    }
    flush(&scan);
}

void tokenizer_free(struct tokenizer *tokenizer)
{
    free(tokenizer->token);
    *tokenizer = (struct tokenizer) {0};
}
