// SPDX-License-Identifier: Apache-2.0
/* memspike: the command. */
#include "base/interrupt.h"
#include "base/output_file.h"
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_demo,    &command_prepare, &command_train,  &command_test,  &command_classify,
    &command_program, &command_trace,   &command_table1, &command_sweep, &command_report,
    &command_fit,     &command_bench,   &command_info,   NULL,
};

static void print_help(void)
{
    (void) printf("memspike " MEMSPIKE_VERSION
                  ": a cycle-accurate memristor spiking neural network that reads text\n\n"
                  "usage: memspike COMMAND [options]\n\n");
    for (int i = 0; commands[i] != NULL; i++) {
        (void) printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    }
    (void) printf("\nA first run, on real reviews or, without them, on generated ones: `memspike demo`, or "
                  "step by step\n"
                  "  memspike prepare -o corpus.msc\n"
                  "  memspike train --corpus corpus.msc -o model.msm\n"
                  "  memspike test model.msm --corpus corpus.msc\n"
                  "  memspike classify model.msm \"A wonderful little production.\"\n\n"
                  "`memspike COMMAND --help` explains a command. Exit status: 0 done, 1 the machine failed,\n"
                  "2 something given was wrong.\n");
}

static enum status expect_one_process(const struct command *command, struct error *error)
{
    char sharing[200] = "";
    for (int i = 0; commands[i] != NULL; i++) {
        const size_t length = strlen(sharing);
        if (commands[i]->by_ranks) {
            (void) snprintf(sharing + length, sizeof sharing - length, "%s%s", length > 0 ? ", " : "",
                            commands[i]->name);
        }
    }
    return ranks_expect_none(command->name, sharing, error);
}

static enum status run_command(const struct command *command, int argc, char **argv, struct error *error)
{
    struct options options;
    struct ranks *ranks = NULL;
    bool help = false;
    enum status status = command->by_ranks ? ranks_open(&ranks, error) : expect_one_process(command, error);
    if (status == STATUS_OK) {
        status = options_parse(command, argc, argv, &options, &help, error);
        options.ranks = ranks;
        options.quiet = options.quiet || (ranks != NULL && ranks->number > 0);
    }
    if (status == STATUS_OK && help) {
        options_print_help(command);
    } else if (status == STATUS_OK) {
        status = options_check_outputs(&options, error);
    }
    if (status == STATUS_OK && !help) {
        status = command->run(&options, error);
    }
    return ranks_close(ranks, status, error);
}

static enum status run(int argc, char **argv, struct error *error)
{
    if (argc < 2) {
        return error_set(error, STATUS_INVALID, "no command given; see `memspike --help`");
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help();
        return STATUS_OK;
    }
    if (strcmp(name, "--version") == 0) {
        (void) puts("memspike " MEMSPIKE_VERSION);
        return STATUS_OK;
    }
    if (strcmp(name, "--list-options") == 0) { /* for scripts/command_files.py */
        for (int i = 0; commands[i] != NULL; i++) {
            options_print_row(commands[i]);
        }
        return STATUS_OK;
    }
    for (int i = 0; commands[i] != NULL; i++) {
        if (strcmp(name, commands[i]->name) == 0) {
            return run_command(commands[i], argc - 1, argv + 1, error);
        }
    }
    return error_set(error, STATUS_INVALID, "%s: no such command; see `memspike --help`", name);
}

int main(int argc, char **argv)
{
    output_files_remove_on_signals();
    struct error error = {.message = ""};
    enum status status = run(argc, argv, &error);
    errno = 0;
    if (status == STATUS_OK && (fflush(stdout) != 0 || ferror(stdout) != 0)) {
        status = errno != 0 ? error_set_errno(&error, STATUS_FAILED, "standard output: could not be written")
                            : error_set(&error, STATUS_FAILED, "standard output: could not be written");
    }
    /* A program that the command started has reported the error itself. */
    if (status != STATUS_OK && error.message[0] != '\0') {
        (void) fprintf(stderr, "memspike: %s\n", error.message);
    }
    if (status != STATUS_OK) {
        interrupt_obey(); /* a sweep leaves it to here, where the ranks have ended well */
    }
    return (int) status;
}
