// SPDX-License-Identifier: Apache-2.0
#include "cli/script.h"

#include "base/shipped.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char interpreter[] = "/usr/bin/python3";

/* To be freed. */
static char *find_script(const char *name, struct error *error)
{
    static const char *const folders[] = {"scripts", "../scripts"};
    char *share = share_folder();
    char *script = NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && script == NULL; i++) {
        char *path = NULL;
        struct stat information;
        if (asprintf(&path, "%s/%s/%s", share, folders[i], name) >= 0 && stat(path, &information) == 0 &&
            S_ISREG(information.st_mode)) {
            script = path;
        } else {
            free(path);
        }
    }
    if (script == NULL) {
        (void) error_set(error, STATUS_INVALID,
                         "%s: holds neither scripts/%s nor ../scripts/%s; expected memspike's data folder",
                         share, name, name);
    }
    free(share);
    return script;
}

static enum status run(const char *script, const char *const *arguments, FILE *input, struct error *error)
{
    enum { MOST = 8 };
    char *all[MOST + 3] = {(char *) interpreter, (char *) script}; /* posix_spawn() does not change them */
    for (int i = 0; i < MOST && arguments[i] != NULL; i++) {
        all[i + 2] = (char *) arguments[i];
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
    char *script = find_script(name, error);
    enum status status = script != NULL ? run(script, arguments, input, error) : STATUS_INVALID;
    free(script);
    return status;
}
