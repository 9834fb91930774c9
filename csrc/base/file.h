/* Files that are never half-written, and a checked binary container.
 *
 * An output file is written under a temporary name beside its place and renamed when it is complete, so that
 * a reader sees either the old file or the new one. What a killed writer has left of one is removed by the
 * next that writes to the same place. */
#ifndef MEMSPIKE_BASE_FILE_H
#define MEMSPIKE_BASE_FILE_H

#include "model/base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct output_file;

/* Have interrupts (SIGINT, SIGTERM, SIGHUP), a closed pipe (SIGPIPE) and a disk that is too small for a file
 * written through memory (SIGBUS) remove the temporary files that exist before they end the program. */
void output_files_remove_on_signals(void);
/* sigaction(), but SIGHUP and SIGPIPE stay ignored if they are: that was somebody's wish (nohup), while
 * shells ignore SIGINT for whatever runs in the background. */
void signal_catch(int signal_number, const struct sigaction *action);

/* Open the temporary file beside `path`. A place that is no regular file (a terminal, a pipe) is written
 * directly; a link stays one. Do this before long work, so that an unwritable place is found at once. On
 * success *file is owned by the caller until output_file_commit or output_file_discard. A place that cannot
 * be written is STATUS_INVALID. */
MUST_CHECK enum status output_file_open(const char *path, struct output_file **file, struct error *error);
/* The stream to write to; owned by the file. */
FILE *output_file_stream(struct output_file *file);
/* The name to write to, for what opens its files itself instead of using the stream. */
const char *output_file_path(const struct output_file *file);
/* Have a message of what used output_file_path() name the place instead, where the file is to be. */
void output_file_name_place(const struct output_file *file, struct error *error);
/* Flush, synchronise and rename; frees the file whatever happens. A write that failed anywhere before is
 * reported here. */
MUST_CHECK enum status output_file_commit(struct output_file *file, struct error *error);
/* Remove the temporary file and free; NULL is harmless. */
void output_file_discard(struct output_file *file);
/* Whether a file in a folder is called as temporary files are: NAME.unfinished-XXXXXX. */
bool output_file_is_temporary(const char *name);

/* A name as one word of a shell's line, quoted if need be; owned by the caller. */
char *shell_word(const char *text);

/* The container that corpus and model files share: 8 bytes of magic, version (u32), zero (u32), payload
 * length (u64), XXH3-64 checksum of the payload (u64), payload; little endian. */
struct container_writer {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
};

void container_put(struct container_writer *writer, const void *data, size_t length);
void container_put_u32(struct container_writer *writer, uint32_t value);
void container_put_u64(struct container_writer *writer, uint64_t value);
void container_put_f64(struct container_writer *writer, double value);
/* Length (u32) and bytes. */
void container_put_string(struct container_writer *writer, const char *text);
void container_free(struct container_writer *writer);
/* Write magic (exactly 8 bytes), version, checksum and payload. */
MUST_CHECK enum status container_write(const struct container_writer *writer, const char magic[8],
                                       uint32_t version, struct output_file *file, struct error *error);

struct container_reader {
    const char *path; /* for messages; borrowed */
    uint8_t *bytes;   /* the payload; owned */
    size_t length;
    size_t position;
    bool overrun;      /* something was taken beyond the end; what was taken then reads as zero */
    uint64_t checksum; /* of the payload */
};

/* Read and check the whole file. `kind` names what the file should be ("corpus", "model") in messages. */
MUST_CHECK enum status container_open(const char *path, const char magic[8], uint32_t version,
                                      const char *kind, struct container_reader *reader, struct error *error);
/* Copy `length` bytes out; on overrun fills with zero and remembers it. */
void container_take(struct container_reader *reader, void *data, size_t length);
uint32_t container_take_u32(struct container_reader *reader);
uint64_t container_take_u64(struct container_reader *reader);
double container_take_f64(struct container_reader *reader);
/* A new zero-terminated string, owned by the caller; empty on overrun. */
char *container_take_string(struct container_reader *reader);
/* Whether `count` items of `size` bytes are still there; marks an overrun if not. Ask before allocating for
 * them. */
bool container_has(struct container_reader *reader, uint64_t count, size_t size);
void container_close(struct container_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
