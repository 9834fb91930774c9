// SPDX-License-Identifier: Apache-2.0
/* The checked binary container of corpus files, model files and checkpoints: 8 bytes of magic, version (u32),
 * zero (u32), payload length (u64), XXH3-64 checksum of the payload (u64), payload; little endian. */
#ifndef MEMSPIKE_CSRC_BASE_CONTAINER_H
#define MEMSPIKE_CSRC_BASE_CONTAINER_H

#include "base/output_file.h"
#include "model/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
