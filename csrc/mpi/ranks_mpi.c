// SPDX-License-Identifier: Apache-2.0
/* Ranks over MPI; everything of MPI is here. Built as a module of its own, which ranks_open() loads.
 *
 * Nobody waits inside MPI, whose own waiting keeps a processor busy; there is a sleep between looks. A
 * rank to which a call fails counts as lost; most MPIs end all ranks when one dies before any call can fail,
 * and only those that go on (Open MPI 5 with `mpirun --with-ft ulfm`) ever get there. Of the calls only a
 * receive that was posted is sure to fail there, while sending to the dead and probing them succeeds: so one
 * is posted, all the time, for every rank whose death matters. As it needs to know its size, a message is
 * two: what comes, and its data. */
#include "base/ranks.h"

#include "model/base/memory.h"
#include "model/base/module.h"

#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_HEADER, TAG_DATA };

struct header {
    uint32_t kind;
    uint32_t length; /* of the data, bytes */
};

struct sent {
    struct sent *next;
    uint32_t to;
    MPI_Request requests[2];
    struct header header;
    uint8_t data[];
};

/* A rank whose messages, and whose death, this one hears of. */
struct partner {
    bool lost;
    MPI_Request request; /* posted while it is not lost */
    struct header header;
    uint8_t *data; /* NULL while the header is to come */
};

struct mpi_ranks {
    struct ranks ranks; /* first: what others see */
    struct partner *partners;
    uint32_t partner_count; /* all ranks for rank 0, else those below this one */
    uint32_t next;          /* the rank to look at first, so that all are heard */
    struct sent *sent;      /* not yet known to have left */
};

MODULE_EXPORT enum status ranks_mpi_open(struct ranks **ranks, struct error *error);

static void post(struct partner *partner, uint32_t rank)
{
    const bool header = partner->data == NULL;
    if (MPI_Irecv(header ? (void *) &partner->header : partner->data,
                  (int) (header ? sizeof partner->header : partner->header.length), MPI_BYTE, (int) rank,
                  header ? TAG_HEADER : TAG_DATA, MPI_COMM_WORLD, &partner->request) != MPI_SUCCESS) {
        partner->lost = true;
    }
}

/* Forget what has left. */
static void settle(struct mpi_ranks *mpi)
{
    struct sent *rest = mpi->sent;
    mpi->sent = NULL;
    while (rest != NULL) {
        struct sent *sent = rest;
        int complete = 0;
        rest = sent->next;
        const bool failed = mpi->partners[sent->to].lost ||
                            MPI_Testall(2, sent->requests, &complete, MPI_STATUSES_IGNORE) != MPI_SUCCESS;
        if (failed) {
            mpi->partners[sent->to].lost = true; /* the data is left to MPI, which may still hold it */
        } else if (complete != 0) {
            free(sent);
        } else {
            sent->next = mpi->sent;
            mpi->sent = sent;
        }
    }
}

static void send_message(struct ranks *ranks, uint32_t to, uint32_t kind, const void *data, size_t length)
{
    struct mpi_ranks *mpi = (struct mpi_ranks *) ranks;
    if (mpi->partners[to].lost) {
        return;
    }
    struct sent *sent = allocate(1, sizeof *sent + length);
    sent->to = to;
    sent->header = (struct header) {.kind = kind, .length = (uint32_t) length};
    if (length > 0) {
        memcpy(sent->data, data, length);
    }
    if (MPI_Isend(&sent->header, sizeof sent->header, MPI_BYTE, (int) to, TAG_HEADER, MPI_COMM_WORLD,
                  &sent->requests[0]) != MPI_SUCCESS ||
        MPI_Isend(sent->data, (int) length, MPI_BYTE, (int) to, TAG_DATA, MPI_COMM_WORLD,
                  &sent->requests[1]) != MPI_SUCCESS) {
        mpi->partners[to].lost = true; /* the header is left to MPI */
        return;
    }
    sent->next = mpi->sent;
    mpi->sent = sent;
}

static bool receive_from(struct mpi_ranks *mpi, uint32_t rank, struct message *message)
{
    struct partner *partner = &mpi->partners[rank];
    while (!partner->lost) {
        int complete = 0;
        if (MPI_Test(&partner->request, &complete, MPI_STATUS_IGNORE) != MPI_SUCCESS) {
            partner->lost = true;
        } else if (complete == 0) {
            return false;
        } else if (partner->data == NULL) {
            partner->data = allocate(partner->header.length, 1);
            post(partner, rank);
        } else {
            *message = (struct message) {.from = rank,
                                         .kind = partner->header.kind,
                                         .data = partner->data,
                                         .length = partner->header.length};
            partner->data = NULL;
            post(partner, rank);
            return true;
        }
    }
    return false;
}

static bool receive(struct ranks *ranks, struct message *message)
{
    struct mpi_ranks *mpi = (struct mpi_ranks *) ranks;
    settle(mpi);
    for (uint32_t i = 0; i < mpi->partner_count; i++) {
        const uint32_t rank = (mpi->next + i) % mpi->partner_count;
        if (rank != ranks->number && receive_from(mpi, rank, message)) {
            mpi->next = rank + 1;
            return true;
        }
    }
    return false;
}

static bool is_lost(struct ranks *ranks, uint32_t rank)
{
    return ((const struct mpi_ranks *) ranks)->partners[rank].lost;
}

static void close_ranks(struct ranks *ranks)
{
    struct mpi_ranks *mpi = (struct mpi_ranks *) ranks;
    while (settle(mpi), mpi->sent != NULL) {
        struct message message;
        if (receive(ranks, &message)) { /* which also sees who dies */
            free(message.data);
        } else {
            ranks_pause(1);
        }
    }
    for (uint32_t rank = 0; rank < mpi->partner_count; rank++) {
        struct partner *partner = &mpi->partners[rank];
        if (rank != ranks->number && !partner->lost) {
            int complete = 0;
            (void) MPI_Cancel(&partner->request);
            while (MPI_Test(&partner->request, &complete, MPI_STATUS_IGNORE) == MPI_SUCCESS &&
                   complete == 0) {
                ranks_pause(1);
            }
            free(partner->data);
        }
    }
    (void) MPI_Finalize();
    free(mpi->partners);
    free(mpi);
}

/* Every processor that several ranks of a machine may use is counted for one of them, in turn: right for
 * ranks that are bound to their processors and for those that are not. */
static uint32_t own_processors(void)
{
    MPI_Comm machine;
    cpu_set_t own;
    int number, count;
    CPU_ZERO(&own);
    if (sched_getaffinity(0, sizeof own, &own) != 0 ||
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine) !=
            MPI_SUCCESS) {
        return 1;
    }
    (void) MPI_Comm_rank(machine, &number);
    (void) MPI_Comm_size(machine, &count);
    cpu_set_t *all = allocate((size_t) count, sizeof *all);
    (void) MPI_Allgather(&own, (int) sizeof own, MPI_BYTE, all, (int) sizeof own, MPI_BYTE, machine);
    (void) MPI_Comm_free(&machine);
    uint32_t processors = 0;
    for (int processor = 0; processor < CPU_SETSIZE; processor++) {
        int sharing = 0, before = 0;
        for (int i = 0; i < count; i++) {
            const int has = CPU_ISSET((size_t) processor, &all[i]) ? 1 : 0;
            sharing += has;
            before += i < number ? has : 0;
        }
        const bool may = CPU_ISSET((size_t) processor, &own);
        processors += may && sharing > 0 && processor % sharing == before ? 1 : 0;
    }
    free(all);
    return processors > 0 ? processors : 1;
}

enum status ranks_mpi_open(struct ranks **ranks, struct error *error)
{
    int provided, number, count;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
        provided < MPI_THREAD_FUNNELED) {
        return error_set(error, STATUS_FAILED, "MPI could not be started for a program with threads");
    }
    (void) MPI_Comm_rank(MPI_COMM_WORLD, &number);
    (void) MPI_Comm_size(MPI_COMM_WORLD, &count);
    struct mpi_ranks *mpi = allocate(1, sizeof *mpi);
    mpi->ranks = (struct ranks) {.number = (uint32_t) number,
                                 .count = (uint32_t) count,
                                 .processors = own_processors(),
                                 .send = send_message,
                                 .receive = receive,
                                 .lost = is_lost,
                                 .close = close_ranks};
    mpi->partner_count = number == 0 ? (uint32_t) count : (uint32_t) number;
    mpi->partners = allocate(mpi->partner_count, sizeof *mpi->partners);
    /* From here on the death of another rank is an answer, where the MPI allows it. */
    (void) MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    for (uint32_t rank = 0; rank < mpi->partner_count; rank++) {
        if (rank != mpi->ranks.number) {
            post(&mpi->partners[rank], rank);
        }
    }
    *ranks = &mpi->ranks;
    return STATUS_OK;
}
