/* Ranks over MPI; everything of MPI is here. Built as a module of its own, which ranks_open() loads.
 *
 * Nobody waits inside MPI, whose own waiting keeps a processor busy; there is a sleep between looks. A
 * rank to which a call fails counts as lost; most MPIs end all ranks when one dies before any call can fail,
 * and only those that go on (Open MPI 5 with `mpirun --with-ft ulfm`) ever get there. */
#include "base/ranks.h"

#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct sent {
    struct sent *next;
    uint32_t to;
    MPI_Request request;
    uint8_t data[];
};

struct mpi_ranks {
    struct ranks ranks; /* first: what others see */
    bool *lost;
    uint32_t next;     /* the rank to look at first, so that all are heard */
    struct sent *sent; /* not yet known to have left */
};

enum status ranks_mpi_open(struct ranks **ranks, struct error *error);

/* Forget what has left. */
static void settle(struct mpi_ranks *mpi)
{
    struct sent *rest = mpi->sent;
    mpi->sent = NULL;
    while (rest != NULL) {
        struct sent *sent = rest;
        int complete = 0;
        rest = sent->next;
        const bool failed =
            mpi->lost[sent->to] || MPI_Test(&sent->request, &complete, MPI_STATUS_IGNORE) != MPI_SUCCESS;
        if (failed) {
            mpi->lost[sent->to] = true; /* the data is left to MPI, which may still hold it */
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
    if (mpi->lost[to]) {
        return;
    }
    struct sent *sent = allocate(1, sizeof *sent + length);
    sent->to = to;
    if (length > 0) {
        memcpy(sent->data, data, length);
    }
    if (MPI_Isend(sent->data, (int) length, MPI_BYTE, (int) to, (int) kind, MPI_COMM_WORLD, &sent->request) !=
        MPI_SUCCESS) {
        mpi->lost[to] = true;
        free(sent);
        return;
    }
    sent->next = mpi->sent;
    mpi->sent = sent;
}

static bool receive_from(struct mpi_ranks *mpi, uint32_t rank, struct message *message)
{
    int there = 0, length = 0;
    MPI_Status status;
    if (MPI_Iprobe((int) rank, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS) {
        mpi->lost[rank] = true;
        return false;
    }
    if (there == 0) {
        return false;
    }
    (void) MPI_Get_count(&status, MPI_BYTE, &length);
    uint8_t *data = allocate((size_t) length, 1);
    /* It is on its way already: at most its end is waited for. */
    if (MPI_Recv(data, length, MPI_BYTE, (int) rank, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE) !=
        MPI_SUCCESS) {
        mpi->lost[rank] = true;
        free(data);
        return false;
    }
    *message = (struct message){
        .from = rank, .kind = (uint32_t) status.MPI_TAG, .data = data, .length = (size_t) length};
    return true;
}

static bool receive(struct ranks *ranks, struct message *message)
{
    struct mpi_ranks *mpi = (struct mpi_ranks *) ranks;
    settle(mpi);
    /* Messages run between rank 0 and the others only. */
    const uint32_t partners = ranks->number == 0 ? ranks->count : 1;
    for (uint32_t i = 0; i < partners; i++) {
        const uint32_t rank = (mpi->next + i) % partners;
        if (rank != ranks->number && !mpi->lost[rank] && receive_from(mpi, rank, message)) {
            mpi->next = rank + 1;
            return true;
        }
    }
    return false;
}

static bool is_lost(struct ranks *ranks, uint32_t rank)
{
    return ((const struct mpi_ranks *) ranks)->lost[rank];
}

static void close_ranks(struct ranks *ranks)
{
    struct mpi_ranks *mpi = (struct mpi_ranks *) ranks;
    for (settle(mpi); mpi->sent != NULL; settle(mpi)) {
        ranks_pause(1);
    }
    (void) MPI_Finalize();
    free(mpi->lost);
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
    mpi->ranks = (struct ranks){.number = (uint32_t) number,
                                .count = (uint32_t) count,
                                .processors = own_processors(),
                                .send = send_message,
                                .receive = receive,
                                .lost = is_lost,
                                .close = close_ranks};
    mpi->lost = allocate((size_t) count, sizeof *mpi->lost);
    /* From here on the death of another rank is an answer, where the MPI allows it. */
    (void) MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    *ranks = &mpi->ranks;
    return STATUS_OK;
}
