#include "base/file.h"
#include "cli/commands.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char interpreter[] = "/usr/bin/python3";

static bool is_file(const char *folder, const char *name)
{
    char *path = NULL;
    struct stat information;
    const bool found = asprintf(&path, "%s/%s", folder, name) >= 0 && stat(path, &information) == 0 &&
                       S_ISREG(information.st_mode);
    free(path);
    return found;
}

static enum status check_folder(const char *folder, struct error *error)
{
    static const char *const names[] = {"sweep.csv", "sweep.json"};
    struct stat information;
    if (stat(folder, &information) != 0) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", folder);
    }
    if (!S_ISDIR(information.st_mode)) {
        return error_set(error, STATUS_INVALID, "%s: is a file; expected the folder of a finished sweep",
                         folder);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!is_file(folder, names[i])) {
            return error_set(error, STATUS_INVALID,
                             "%s: holds no %s; expected the folder of a finished sweep, which `memspike "
                             "sweep NAME -o %s` makes",
                             folder, names[i], folder);
        }
    }
    return STATUS_OK;
}

/* The script lies with the shipped data, or in the source tree beside it; to be freed. */
static char *find_script(struct error *error)
{
    static const char *const places[] = {"report.py", "../scripts/report.py"};
    char *path = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (is_file(share_folder(), places[i])) {
            return asprintf(&path, "%s/%s", share_folder(), places[i]) >= 0 ? path : NULL;
        }
    }
    (void) error_set(error, STATUS_INVALID, "%s: holds neither %s nor %s; expected memspike's data folder",
                     share_folder(), places[0], places[1]);
    return NULL;
}

/* What is wrong with the input the script says itself; the message stays empty then. */
static enum status run_script(const char *script, const struct options *options, struct error *error)
{
    /* posix_spawn() does not change them. */
    char *arguments[] = {(char *) interpreter, (char *) script, options->arguments[0],
                         options->quiet ? "--quiet" : NULL, NULL};
    pid_t child;
    int ending = 0;
    errno = posix_spawn(&child, interpreter, NULL, NULL, arguments, environ);
    if (errno != 0) {
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

static enum status run(struct options *options, struct error *error)
{
    enum status status = options_expect(options, 1, "the folder of a finished sweep", error);
    if (status == STATUS_OK) {
        status = check_folder(options->arguments[0], error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    char *script = find_script(error);
    if (script == NULL) {
        return STATUS_INVALID;
    }
    status = run_script(script, options, error);
    if (status == STATUS_OK) {
        (void) printf("%s/report.html shows it all; %s/figures holds the plots\n", options->arguments[0],
                      options->arguments[0]);
    }
    free(script);
    return status;
}

static const enum option_id options_taken[] = {OPTION_END};

const struct command command_report = {
    .name = "report",
    .summary = "the results of a sweep as a page with plots, beside the paper's",
    .usage = "DIR [options]",
    .text =
        "Draws what a finished sweep left in DIR (sweep.csv and sweep.json): writes DIR/report.html, one "
        "page that needs\n"
        "no network, and the same plots as DIR/figures/*.svg. The page says what was run with which seeds, "
        "and shows\n"
        "every figure beside what the paper published, Table 1, and what it took to program the memristors. "
        "One's own\n"
        "experiments are drawn as lines (one axis), as heat maps (two), and as tables (more).\n\n"
        "The same sweep gives the same bytes. It is drawn by python3 with matplotlib.\n\n"
        "examples:\n"
        "  memspike sweep fig4e --corpus corpus.msc -o fig4e && memspike report fig4e\n"
        "  memspike sweep paper --corpus corpus.msc --seeds 1 -o paper1 && memspike report paper1",
    .options = options_taken,
    .engine = ENGINE_MODEL,
    .run = run,
};
