// SPDX-License-Identifier: Apache-2.0
#include "model/base/place.h"

#include "model/base/memory.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULES MEMSPIKE_LIBRARY_PATH "/memspike/modules"

/* Installed, below the prefix; and where a build has it. */
static const struct {
    const char *installed, *built;
} places[] = {
    [PLACE_MODULES] = {MODULES, MEMSPIKE_BUILD_DIR "/modules"},
    [PLACE_SHARE] = {MEMSPIKE_SHARE_PATH "/memspike", MEMSPIKE_SOURCE_DIR "/data"},
    [PLACE_VIEWS] = {MEMSPIKE_SHARE_PATH "/memspike/views", MEMSPIKE_SOURCE_DIR "/testbench/waves"},
    [PLACE_SCRIPTS] = {MEMSPIKE_SHARE_PATH "/memspike/scripts", MEMSPIKE_SOURCE_DIR "/scripts"},
};

/* The length of the folder `path` without "/" and `tail`, or as it is when it does not end so. */
static size_t length_without(const char *path, size_t length, const char *tail)
{
    const size_t cut = strlen(tail) + 1;
    const bool fits =
        length >= cut && path[length - cut] == '/' && strncmp(path + length - cut + 1, tail, cut - 1) == 0;
    return fits ? length - cut : length;
}

char *place_of_code(enum place place, const char *file)
{
    static const char *const homes[] = {MEMSPIKE_PROGRAM_PATH, MODULES, MEMSPIKE_LIBRARY_PATH};
    const char *slash = strrchr(file, '/');
    const size_t folder = slash != NULL ? (size_t) (slash - file) : 0;
    /* Code that was put elsewhere has what it needs below its own folder. */
    size_t prefix = folder;
    for (size_t i = 0; i < sizeof homes / sizeof *homes && prefix == folder; i++) {
        prefix = length_without(file, folder, homes[i]);
    }
    char *path = NULL;
    if (asprintf(&path, "%.*s/%s", (int) prefix, file, places[place].installed) < 0) {
        path = NULL;
    }
    /* A prefix may lie in the folder of the build. */
    static const char build[] = MEMSPIKE_BUILD_DIR "/";
    if (strncmp(file, build, sizeof build - 1) == 0 && access(allocated(path), F_OK) != 0) {
        free(path);
        path = duplicate_string(places[place].built);
    }
    return allocated(path);
}

char *place_find(enum place place)
{
    Dl_info information;
    struct link_map *object = NULL;
    const bool known =
        dladdr1((const void *) &places, &information, (void **) &object, RTLD_DL_LINKMAP) != 0 &&
        object != NULL;
    /* The program itself has no name there: what it was called as may be any word. */
    char *file = realpath(known && object->l_name[0] != '\0' ? object->l_name : "/proc/self/exe", NULL);
    char *path = place_of_code(place, file != NULL ? file : "");
    free(file);
    return path;
}
