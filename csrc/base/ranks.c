// SPDX-License-Identifier: Apache-2.0
#include "base/ranks.h"

#include "base/progress.h"
#include "model/base/memory.h"
#include "model/base/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_COMES, KIND_VERDICT };

/* What the module with MPI exports. */
typedef enum status (*ranks_opener)(struct ranks **ranks, struct error *error);

/* A launcher's environment variables. */
struct launch {
    const char *variable; /* that names the size */
    long size;            /* processes; 1 without a launcher */
    long number;          /* of this one */
};

static struct launch find_launch(void)
{
    /* Of Open MPI, of MPICH and its kin, of srun: the first that is there, as an mpirun may run under srun. A
     * batch script of Slurm has SLURM_NTASKS, but is no task. */
    static const struct {
        const char *size, *number;
    } launchers[] = {
        {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
        {"PMI_SIZE", "PMI_RANK"},
        {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
    };
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++) {
        const char *size = getenv(launchers[i].size);     /* NOLINT(concurrency-mt-unsafe) */
        const char *number = getenv(launchers[i].number); /* NOLINT(concurrency-mt-unsafe) */
        if (size != NULL) {
            return (struct launch) {.variable = launchers[i].size,
                                    .size = strtol(size, NULL, 10),
                                    .number = number != NULL ? strtol(number, NULL, 10) : 0};
        }
    }
    return (struct launch) {.size = 1};
}

enum { SECOND_SPEAKER_MILLISECONDS = 2000 }; /* when rank 0 fails too, the launcher ends this rank first */

enum status ranks_expect_none(const char *command, const char *sharing, struct error *error)
{
    const struct launch launch = find_launch();
    if (launch.size <= 1) {
        return STATUS_OK;
    }
    if (launch.number > 0) {
        ranks_pause(SECOND_SPEAKER_MILLISECONDS);
        return STATUS_INVALID;
    }
    return error_set(error, STATUS_INVALID,
                     "%s: started as %ld processes at once (%s), each of which would do all of it; expected "
                     "one process; several share the work of: %s",
                     command, launch.size, launch.variable, sharing);
}

static void silence(void)
{
    progress_quiet();
    if (freopen("/dev/null", "w", stdout) == NULL) {
        (void) fclose(stdout);
    }
}

enum status ranks_open(struct ranks **ranks, struct error *error)
{
    const struct launch launch = find_launch();
    const long size = launch.size, number = launch.number;
    *ranks = NULL;
    if (size <= 1) {
        return STATUS_OK;
    }
    if (number > 0) {
        silence();
    }
    struct error why = {.message = ""};
    /* For all, because what MPI itself loads looks for MPI's symbols. */
    const ranks_opener open = (ranks_opener) module_find("memspike_mpi", "ranks_mpi_open", true, &why);
    enum status status = STATUS_OK;
    if (open == NULL) {
        status = error_set(error, STATUS_INVALID,
                           "started as one of %ld processes, but without MPI (%s); expected a build that "
                           "finds MPI, or one process",
                           size, why.message);
    } else {
        status = open(ranks, error);
    }
    if (*ranks != NULL && (*ranks)->count != (uint32_t) size) {
        status =
            error_set(error, STATUS_INVALID,
                      "started as one of %ld processes, of which MPI sees %u; expected the mpirun of the "
                      "MPI that memspike was built with, or srun --mpi=pmix",
                      size, (*ranks)->count);
        (*ranks)->close(*ranks);
        *ranks = NULL;
    }
    if (status != STATUS_OK && number > 0) {
        ranks_pause(SECOND_SPEAKER_MILLISECONDS);
    }
    return status;
}

size_t first_difference(const char *a, const char *b)
{
    size_t line = 0;
    for (size_t i = 0; a[i] == b[i] && a[i] != '\0'; i++) {
        line = a[i] == '\n' ? i + 1 : line;
    }
    return line;
}

/* A rank's contribution: its status, and its lines or its message. */
static enum status judge(const struct message *message, const char *lines, struct error *error)
{
    const enum status status = (enum status) message->data[0];
    const char *text = (const char *) message->data + 1;
    if (status != STATUS_OK) {
        return error_set(error, status, "rank %u: %s", message->from, text);
    }
    if (strcmp(text, lines) == 0) {
        return STATUS_OK;
    }
    const size_t line = first_difference(text, lines);
    return error_set(error, STATUS_INVALID,
                     "rank %u: has \"%.*s\" where rank 0 has \"%.*s\"; expected the same on every rank",
                     message->from, (int) strcspn(text + line, "\n"), text + line,
                     (int) strcspn(lines + line, "\n"), lines + line);
}

/* Receive from all others; a failure of rank 0 itself takes precedence. */
static enum status hear_all(struct ranks *ranks, enum status status, const char *lines, struct error *error)
{
    bool *heard = allocate(ranks->count, sizeof *heard);
    uint32_t missing = ranks->count - 1, worst = ranks->count;
    while (missing > 0) {
        struct message message;
        bool received = false;
        while (ranks->receive(ranks, &message)) {
            received = true;
            struct error one = {.message = ""};
            const enum status judged = judge(&message, lines, &one);
            /* The lowest rank's, in whatever order they arrive. */
            if (judged != STATUS_OK && message.from < worst &&
                (status == STATUS_OK || worst < ranks->count)) {
                worst = message.from;
                status = error_set(error, judged, "%s", one.message);
            }
            missing -= heard[message.from] ? 0 : 1;
            heard[message.from] = true;
            free(message.data);
        }
        for (uint32_t rank = 1; rank < ranks->count; rank++) {
            if (!heard[rank] && ranks->lost(ranks, rank)) {
                heard[rank] = true;
                missing--;
                if (status == STATUS_OK) {
                    status = error_set(error, STATUS_FAILED, "rank %u: ended before the work began", rank);
                }
            }
        }
        if (!received && missing > 0) {
            ranks_pause(1);
        }
    }
    free(heard);
    return status;
}

static enum status wait_for_verdict(struct ranks *ranks, struct error *error)
{
    struct message message;
    while (!ranks->receive(ranks, &message)) {
        if (ranks->lost(ranks, 0)) {
            return error_set(error, STATUS_FAILED, "rank 0: ended before the work began");
        }
        ranks_pause(1);
    }
    const enum status status = (enum status) message.data[0];
    free(message.data);
    return status;
}

enum status ranks_agree(struct ranks *ranks, enum status status, const char *lines, struct error *error)
{
    ranks->agreed = true;
    if (ranks->number == 0) {
        status = hear_all(ranks, status, lines != NULL ? lines : "", error);
        const uint8_t verdict = (uint8_t) status;
        for (uint32_t rank = 1; rank < ranks->count; rank++) {
            ranks->send(ranks, rank, KIND_VERDICT, &verdict, sizeof verdict);
        }
        ranks->failed = status != STATUS_OK;
        return status;
    }
    const char *text = lines != NULL ? lines : "";
    if (status != STATUS_OK) {
        text = error->message;
    }
    const size_t length = strlen(text) + 1;
    uint8_t *data = allocate(length + 1, 1);
    data[0] = (uint8_t) status;
    memcpy(data + 1, text, length);
    ranks->send(ranks, 0, KIND_COMES, data, length + 1);
    free(data);
    status = wait_for_verdict(ranks, error);
    ranks->failed = status != STATUS_OK;
    return status;
}

bool ranks_speaks(struct ranks *ranks)
{
    for (uint32_t rank = 0; rank < ranks->number; rank++) {
        if (!ranks->lost(ranks, rank)) {
            return false;
        }
    }
    return true;
}

enum status ranks_close(struct ranks *ranks, enum status status, struct error *error)
{
    if (ranks == NULL) {
        return status;
    }
    if (!ranks->agreed) {
        status = ranks_agree(ranks, status, NULL, error);
    }
    const bool told = ranks->failed && ranks->number > 0 && !ranks->lost(ranks, 0);
    if (!ranks_speaks(ranks)) {
        error->message[0] = '\0';
    }
    ranks->close(ranks);
    return told ? STATUS_OK : status;
}
