// SPDX-License-Identifier: Apache-2.0
#ifndef MEMSPIKE_CSRC_BASE_SHELL_WORD_H
#define MEMSPIKE_CSRC_BASE_SHELL_WORD_H

/* A name as one word of a shell command, quoted where it must be; owned by the caller. */
char *shell_word(const char *text);

#endif
