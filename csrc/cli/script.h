// SPDX-License-Identifier: Apache-2.0
/* Scripts that come along; the modules that they import lie with them. */
#ifndef MEMSPIKE_CSRC_CLI_SCRIPT_H
#define MEMSPIKE_CSRC_CLI_SCRIPT_H

#include "model/base/error.h"

#include <stdio.h>

/* Where one lies. To be freed. */
char *script_path(const char *name) __attribute__((returns_nonnull));

/* Run one in Python to its end. `arguments` go after its name and end with NULL; it reads `input` from where that
 * stands, or nothing when it is NULL. Exit status 2 of the script is STATUS_INVALID, any other but 0
 * STATUS_FAILED; what is wrong it has then said itself, and the message stays empty. */
MUST_CHECK enum status script_run(const char *name, const char *const *arguments, FILE *input,
                                  struct error *error);

#endif
