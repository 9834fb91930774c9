// SPDX-License-Identifier: Apache-2.0
#include "model/base/module.h"

#include "model/base/memory.h"
#include "model/base/place.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *find_in(const char *path, const char *symbol, bool for_all, struct error *error)
{
    if (access(path, R_OK) != 0) {
        (void) error_set(error, STATUS_INVALID, "%s: is not built", path);
        return NULL;
    }
    void *module = dlopen(path, RTLD_NOW | (for_all ? RTLD_GLOBAL : RTLD_LOCAL));
    void *address = module != NULL ? dlsym(module, symbol) : NULL;
    if (address == NULL) {
        (void) error_set(error, STATUS_INVALID, "%s: cannot be loaded: %s", path,
                         dlerror()); /* NOLINT(concurrency-mt-unsafe) */
    }
    return address;
}

void *module_find(const char *name, const char *symbol, bool for_all, struct error *error)
{
    char *folder = place_find(PLACE_MODULES);
    char *path = NULL;
    if (asprintf(&path, "%s/%s.so", folder, name) < 0) {
        path = NULL;
    }
    free(folder);
    void *address = find_in(allocated(path), symbol, for_all, error);
    free(path);
    return address;
}
