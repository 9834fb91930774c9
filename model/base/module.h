// SPDX-License-Identifier: Apache-2.0
/* Code that is loaded when it is first needed: a shared object in the folder of modules, PLACE_MODULES. A
 * program without its modules does all that needs none of them. */
#ifndef MEMSPIKE_MODEL_BASE_MODULE_H
#define MEMSPIKE_MODEL_BASE_MODULE_H

#include "model/base/error.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the one function or table that a module exports; everything else in it is its own. */
#define MODULE_EXPORT __attribute__((visibility("default")))

/* The address of `symbol` in NAME.so there, which then stays loaded. Several threads may ask at once. NULL,
 * and a message that names the file, when the module is not there or lacks the symbol. `for_all`: what the
 * module itself loads may use its symbols. */
MUST_CHECK void *module_find(const char *name, const char *symbol, bool for_all, struct error *error);

#ifdef __cplusplus
}
#endif
#endif
