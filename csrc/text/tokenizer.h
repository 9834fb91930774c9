// SPDX-License-Identifier: Apache-2.0
/* Text to tokens, by the "basic English" rules:
 *   - lower-case as Unicode does without a language (SpecialCasing included: a capital sigma that ends a word
 *     becomes the final one, a dotted capital I becomes i and a combining dot), then
 *   - ' . , ( ) ! ? are tokens of their own wherever they stand,
 *   - " is dropped, so that what stood around it joins (also inside <br />),
 *   - ; : and <br /> separate words, as white space does,
 *   - the rest is split on Unicode white space (the code points on which Python's str.split splits).
 * Every byte that is not part of valid UTF-8, and every NUL, becomes one U+FFFD and is counted. A byte-order
 * mark before the text is not part of it. */
#ifndef MEMSPIKE_CSRC_TEXT_TOKENIZER_H
#define MEMSPIKE_CSRC_TEXT_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Working memory, used again for every text. Start with all zero; tokenizer_free releases it. */
struct tokenizer {
    char *token;             /* owned; the token being put together */
    size_t capacity;         /* bytes of it */
    uint64_t replaced_bytes; /* bytes that became U+FFFD, over all texts so far */
};

/* Takes a token: `length` bytes (at least 1) of UTF-8 without NUL, not zero-terminated, valid during the
 * call. */
typedef void token_function(void *context, const char *token, size_t length);

/* Call `take` for every token of `text` (`length` bytes, any content), in order. */
void tokenize(struct tokenizer *tokenizer, const char *text, size_t length, token_function *take,
              void *context);

void tokenizer_free(struct tokenizer *tokenizer);

#ifdef __cplusplus
}
#endif
#endif
