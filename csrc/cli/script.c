// SPDX-License-Identifier: Apache-2.0
#include "cli/script.h"

#include "model/base/memory.h"
#include "model/base/place.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char interpreter[] = "/usr/bin/python3";

char *script_path(const char *name)
{
    char *folder = place_find(PLACE_SCRIPTS);
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0) {
        path = NULL;
    }
    free(folder);
    return allocated(path);
}

static enum status run(const char *script, const char *const *arguments, FILE *input, struct error *error)
{
    enum { MOST = 8 };
    /* -B: nothing is written beside the script. posix_spawn() does not change them. */
    char *all[MOST + 4] = {(char *) interpreter, "-B", (char *) script};
    for (int i = 0; i < MOST && arguments[i] != NULL; i++) {
        all[i + 3] = (char *) arguments[i];
    }
    posix_spawn_file_actions_t actions;
    (void) posix_spawn_file_actions_init(&actions);
    if (input != NULL) {
        (void) posix_spawn_file_actions_adddup2(&actions, fileno(input), STDIN_FILENO);
    }
    pid_t child;
    int ending = 0;
    errno = posix_spawn(&child, interpreter, &actions, NULL, all, environ);
    const int problem = errno;
    (void) posix_spawn_file_actions_destroy(&actions);
    errno = problem;
    if (problem != 0) {
        return error_set_errno(error, STATUS_FAILED,
                               "%s: cannot be run; expected the packages python3 and python3-matplotlib",
                               interpreter);
    }
    while (waitpid(child, &ending, 0) < 0) {
        if (errno != EINTR) {
            return error_set_errno(error, STATUS_FAILED, "%s: could not be waited for", interpreter);
        }
    }
    if (!WIFEXITED(ending)) {
        return error_set(error, STATUS_FAILED, "%s: was ended by signal %d", script, WTERMSIG(ending));
    }
    switch (WEXITSTATUS(ending)) {
    case STATUS_OK:
        return STATUS_OK;
    case STATUS_INVALID:
        return STATUS_INVALID;
    default:
        return STATUS_FAILED;
    }
}

enum status script_run(const char *name, const char *const *arguments, FILE *input, struct error *error)
{
    char *script = script_path(name);
    enum status status =
        access(script, R_OK) == 0
            ? run(script, arguments, input, error)
            : error_set_errno(error, STATUS_INVALID, "%s: cannot be read; expected memspike's scripts there",
                              script);
    free(script);
    return status;
}
