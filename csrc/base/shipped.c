// SPDX-License-Identifier: Apache-2.0
#include "base/shipped.h"

#include "model/base/memory.h"
#include "model/base/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *share_folder(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets the environment */
    const char *home = getenv("MEMSPIKE_SHARE");
    return home != NULL ? duplicate_string(home) : place_find(PLACE_SHARE);
}

char *shipped_file(const char *folder, const char *name)
{
    if (strpbrk(name, "/.") != NULL) {
        return duplicate_string(name);
    }
    char *share = share_folder();
    char *path = NULL;
    if (asprintf(&path, "%s/%s/%s.cfg", share, folder, name) < 0) {
        path = NULL;
    }
    free(share);
    return allocated(path);
}
