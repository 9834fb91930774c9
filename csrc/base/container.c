// SPDX-License-Identifier: Apache-2.0
#include "base/container.h"

#include "model/base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the container is written in the machine's byte order");

struct header {
    char magic[8];
    uint32_t version;
    uint32_t zero;
    uint64_t length;
    uint64_t checksum;
};

void container_put(struct container_writer *writer, const void *data, size_t length)
{
    if (length == 0) {
        return;
    }
    if (writer->length + length > writer->capacity) {
        size_t capacity = writer->capacity > 0 ? writer->capacity : 4096;
        while (capacity < writer->length + length) {
            capacity *= 2;
        }
        writer->bytes = reallocate(writer->bytes, capacity, 1);
        writer->capacity = capacity;
    }
    memcpy(writer->bytes + writer->length, data, length);
    writer->length += length;
}

void container_put_u32(struct container_writer *writer, uint32_t value)
{
    container_put(writer, &value, sizeof value);
}

void container_put_u64(struct container_writer *writer, uint64_t value)
{
    container_put(writer, &value, sizeof value);
}

void container_put_f64(struct container_writer *writer, double value)
{
    container_put(writer, &value, sizeof value);
}

void container_put_string(struct container_writer *writer, const char *text)
{
    size_t length = strlen(text);
    container_put_u32(writer, (uint32_t) length);
    container_put(writer, text, length);
}

void container_free(struct container_writer *writer)
{
    free(writer->bytes);
    *writer = (struct container_writer) {0};
}

enum status container_write(const struct container_writer *writer, const char magic[8], uint32_t version,
                            struct output_file *file, struct error *error)
{
    struct header header = {.version = version, .length = writer->length};
    memcpy(header.magic, magic, sizeof header.magic);
    header.checksum = XXH3_64bits(writer->bytes, writer->length);
    FILE *stream = output_file_stream(file);
    if (fwrite(&header, sizeof header, 1, stream) != 1 ||
        (writer->length > 0 && fwrite(writer->bytes, writer->length, 1, stream) != 1)) {
        return error_set_errno(error, STATUS_FAILED, "%s: could not be written", output_file_place(file));
    }
    return STATUS_OK;
}

static enum status read_payload(FILE *stream, const char *magic, uint32_t version, const char *kind,
                                struct container_reader *reader, struct error *error)
{
    const char *path = reader->path;
    struct header header;
    struct stat information;
    if (fstat(fileno(stream), &information) != 0) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    }
    if (!S_ISREG(information.st_mode)) {
        return error_set(error, STATUS_INVALID, "%s: not a regular file; expected a memspike %s file", path,
                         kind);
    }
    if (fread(&header, sizeof header, 1, stream) != 1 ||
        memcmp(header.magic, magic, sizeof header.magic) != 0) {
        return error_set(error, STATUS_INVALID, "%s: not a memspike %s file (its first bytes are others)",
                         path, kind);
    }
    if (header.version != version) {
        return error_set(error, STATUS_INVALID,
                         "%s: %s file of version %u; expected version %u: make it anew", path, kind,
                         header.version, version);
    }
    uint64_t there = (uint64_t) information.st_size - sizeof header;
    if (header.zero != 0 || header.length != there) {
        return error_set(error, STATUS_INVALID,
                         "%s: %s file is damaged: %llu bytes follow its header, expected %llu", path, kind,
                         (unsigned long long) there, (unsigned long long) header.length);
    }
    reader->bytes = allocate(header.length, 1);
    reader->length = header.length;
    if (header.length > 0 && fread(reader->bytes, header.length, 1, stream) != 1) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    }
    reader->checksum = XXH3_64bits(reader->bytes, reader->length);
    if (reader->checksum != header.checksum) {
        return error_set(error, STATUS_INVALID, "%s: %s file is damaged: its checksum does not match", path,
                         kind);
    }
    return STATUS_OK;
}

enum status container_open(const char *path, const char magic[8], uint32_t version, const char *kind,
                           struct container_reader *reader, struct error *error)
{
    *reader = (struct container_reader) {.path = path};
    /* Opening a pipe would wait for someone to write to it. */
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    }
    FILE *stream = fdopen(descriptor, "rb");
    if (stream == NULL) {
        enum status status = error_set_errno(error, STATUS_FAILED, "%s: cannot be read", path);
        (void) close(descriptor);
        return status;
    }
    enum status status = read_payload(stream, magic, version, kind, reader, error);
    (void) fclose(stream);
    if (status != STATUS_OK) {
        container_close(reader);
    }
    return status;
}

bool container_has(struct container_reader *reader, uint64_t count, size_t size)
{
    uint64_t left = reader->length - reader->position;
    if (size > 0 && count > left / size) {
        reader->overrun = true;
        return false;
    }
    return true;
}

void container_take(struct container_reader *reader, void *data, size_t length)
{
    if (length == 0) {
        return;
    }
    if (reader->overrun || !container_has(reader, length, 1)) {
        memset(data, 0, length);
        return;
    }
    memcpy(data, reader->bytes + reader->position, length);
    reader->position += length;
}

uint32_t container_take_u32(struct container_reader *reader)
{
    uint32_t value;
    container_take(reader, &value, sizeof value);
    return value;
}

uint64_t container_take_u64(struct container_reader *reader)
{
    uint64_t value;
    container_take(reader, &value, sizeof value);
    return value;
}

double container_take_f64(struct container_reader *reader)
{
    double value;
    container_take(reader, &value, sizeof value);
    return value;
}

char *container_take_string(struct container_reader *reader)
{
    uint32_t length = container_take_u32(reader);
    if (reader->overrun || !container_has(reader, length, 1)) {
        return duplicate_string("");
    }
    char *text = allocate((size_t) length + 1, 1);
    container_take(reader, text, length);
    return text;
}

void container_close(struct container_reader *reader)
{
    free(reader->bytes);
    reader->bytes = NULL;
    reader->length = 0;
}
