// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

static enum status run(struct options *options, struct error *error)
{
    enum status status = options_expect(options, 1, "the folder of a finished sweep", error);
    if (status == STATUS_OK) {
        status = check_folder(options->arguments[0], error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const char *const arguments[] = {options->arguments[0], options->quiet ? "--quiet" : NULL, NULL};
    status = script_run("report.py", arguments, NULL, error);
    if (status == STATUS_OK) {
        (void) printf("%s/report.html shows it all; %s/figures holds the plots\n", options->arguments[0],
                      options->arguments[0]);
    }
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
