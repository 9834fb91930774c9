// SPDX-License-Identifier: Apache-2.0
#include "model/base/module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

/* Beside the program, wherever that was moved to; or where this was built, for a program that lies elsewhere.
 */
static void find_file(const char *name, char *path, size_t size)
{
    char program[MAX_PATH];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash != NULL) {
        *slash = '\0';
        const int written = snprintf(path, size, "%s/modules/%s.so", program, name);
        if (written > 0 && (size_t) written < size && access(path, R_OK) == 0) {
            return;
        }
    }
    (void) snprintf(path, size, "%s/%s.so", MEMSPIKE_MODULES_DIR, name);
}

void *module_find(const char *name, const char *symbol, bool for_all, struct error *error)
{
    char path[MAX_PATH];
    find_file(name, path, sizeof path);
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
