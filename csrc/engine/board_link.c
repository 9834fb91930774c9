// SPDX-License-Identifier: Apache-2.0
#include "engine/board_link.h"

#include "model/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
    MARK = 0xA5,
    HEAD = 3, /* mark, sequence, length */
    CRC_BYTES = 2,
    FRAME_BYTES = HEAD + FRAME_PAYLOAD + CRC_BYTES,
    WRITE_WORDS = 0,
    WRITE_HALVES = 1,
    READ_WORDS = 2,
    OPERATION_HEAD = 3, /* kind and count, address */
    ATTEMPTS = 8,       /* each waits twice as long as the one before, up to MAX_PATIENCE times */
    ATTEMPTS_AT_FIRST = 4,
    MAX_PATIENCE = 16,
    CRC_START = 0xFFFF,
    CRC_POLYNOMIAL = 0x1021,
};

struct board_link {
    char *port;
    int file;
    double timeout;
    uint8_t
        sequence; /* of the last frame; 0 for the first one, which the board never takes for a repetition */
    bool answered;
    struct board_link_statistics statistics;
    /* Received bytes that are not yet part of an answer. */
    uint32_t received;
    uint8_t input[FRAME_BYTES];
};

uint16_t frame_crc(uint16_t crc, const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        crc ^= (uint16_t) (bytes[i] << 8);
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t) (crc << 1 ^ ((crc & 0x8000) != 0 ? CRC_POLYNOMIAL : 0));
        }
    }
    return crc;
}

void board_frame_begin(struct board_frame *frame)
{
    frame->length = 1; /* the answer's length comes first */
    frame->reads = 0;
}

static void put_head(struct board_frame *frame, uint32_t kind, uint32_t address, uint32_t count)
{
    frame->payload[frame->length++] = (uint8_t) (kind << 6 | count);
    frame->payload[frame->length++] = (uint8_t) (address >> 8);
    frame->payload[frame->length++] = (uint8_t) address;
}

bool board_frame_write(struct board_frame *frame, uint32_t address, const uint32_t *data, uint32_t count)
{
    bool halves = true;
    for (uint32_t i = 0; i < count; i++) {
        halves = halves && data[i] <= UINT16_MAX;
    }
    const uint32_t bytes = halves ? 2 : 4;
    if (frame->length + OPERATION_HEAD + bytes * count > FRAME_PAYLOAD) {
        return false;
    }
    put_head(frame, halves ? WRITE_HALVES : WRITE_WORDS, address, count);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t byte = 0; byte < bytes; byte++) {
            frame->payload[frame->length++] = (uint8_t) (data[i] >> 8 * byte);
        }
    }
    return true;
}

bool board_frame_read(struct board_frame *frame, uint32_t address, uint32_t count)
{
    if (frame->length + OPERATION_HEAD > FRAME_PAYLOAD || frame->reads + count > FRAME_READS) {
        return false;
    }
    put_head(frame, READ_WORDS, address, count);
    frame->reads += count;
    return true;
}

enum status board_link_open(const char *port, double timeout, struct board_link **link, struct error *error)
{
    int file = open(port, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        return error_set_errno(error, STATUS_INVALID, "%s: expected the serial port of a board", port);
    }
    struct termios line;
    if (tcgetattr(file, &line) != 0) {
        (void) close(file);
        return error_set(error, STATUS_INVALID, "%s: is no serial port; expected that of a board", port);
    }
    cfmakeraw(&line);
    line.c_cflag |= CLOCAL | CREAD;
    (void) cfsetspeed(&line, B1000000);
    (void) tcsetattr(file, TCSANOW, &line);
    (void) tcflush(file, TCIOFLUSH);
    struct board_link *opened = allocate(1, sizeof *opened);
    opened->port = duplicate_string(port);
    opened->file = file;
    opened->timeout = timeout;
    *link = opened;
    return STATUS_OK;
}

void board_link_close(struct board_link *link)
{
    if (link != NULL) {
        (void) close(link->file);
        free(link->port);
        free(link);
    }
}

const struct board_link_statistics *board_link_statistics(const struct board_link *link)
{
    return &link->statistics;
}

static double now(void)
{
    struct timespec time;
    (void) clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + 1e-9 * (double) time.tv_nsec;
}

/* Wait for an event on the line until `deadline`. */
static bool wait_for(const struct board_link *link, short event, double deadline)
{
    struct pollfd wanted = {.fd = link->file, .events = event};
    double left = deadline - now();
    return left > 0 && poll(&wanted, 1, (int) (1e3 * left) + 1) > 0 && (wanted.revents & event) != 0;
}

static enum status send_bytes(struct board_link *link, const uint8_t *bytes, uint32_t count, double deadline,
                              struct error *error)
{
    uint32_t sent = 0;
    while (sent < count) {
        ssize_t written = write(link->file, bytes + sent, count - sent);
        if (written > 0) {
            sent += (uint32_t) written;
        } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
            return error_set_errno(error, STATUS_FAILED, "%s: could not be written", link->port);
        } else if (!wait_for(link, POLLOUT, deadline)) {
            break; /* no answer will come: the caller asks again */
        }
    }
    link->statistics.bytes += sent;
    return STATUS_OK;
}

static void drop(struct board_link *link, uint32_t count)
{
    link->received -= count;
    memmove(link->input, link->input + count, link->received);
}

/* Find the answer in the received bytes; drop bytes that begin no frame, and other frames. */
static bool find_answer(struct board_link *link, struct board_frame *frame)
{
    while (link->received > 0) {
        if (link->input[0] != MARK) {
            drop(link, 1);
            continue;
        }
        if (link->received < HEAD) {
            return false;
        }
        const uint32_t length = link->input[2];
        const uint32_t total = HEAD + length + CRC_BYTES;
        if (link->input[1] != link->sequence || length != 4 * frame->reads + 1) {
            drop(link, 1); /* a late answer to a frame that was repeated, or none */
            continue;
        }
        if (link->received < total) {
            return false;
        }
        uint16_t crc = frame_crc(CRC_START, link->input + 1, HEAD - 1 + length);
        if (link->input[total - 2] != crc >> 8 || link->input[total - 1] != (crc & 0xFF)) {
            drop(link, 1);
            continue;
        }
        return true;
    }
    return false;
}

static enum status take_answer(struct board_link *link, struct board_frame *frame, struct error *error)
{
    const uint8_t *data = link->input + HEAD;
    for (size_t i = 0; i < frame->reads; i++) {
        frame->values[i] = (uint32_t) data[4 * i] | (uint32_t) data[4 * i + 1] << 8 |
                           (uint32_t) data[4 * i + 2] << 16 | (uint32_t) data[4 * i + 3] << 24;
    }
    const bool refused = data[4 * (size_t) frame->reads] != 0;
    drop(link, HEAD + 4 * frame->reads + 1 + CRC_BYTES);
    link->answered = true;
    return refused ? error_set(error, STATUS_FAILED,
                               "%s: the board refused a transfer; it may lack what the settings ask for",
                               link->port)
                   : STATUS_OK;
}

/* Read the line until the answer arrives, or for `timeout` seconds of silence. */
static bool receive_answer(struct board_link *link, struct board_frame *frame, double timeout)
{
    double deadline = now() + timeout;
    while (wait_for(link, POLLIN, deadline)) {
        ssize_t count = read(link->file, link->input + link->received, sizeof link->input - link->received);
        if (count <= 0) {
            if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
                continue;
            }
            return false;
        }
        link->received += (uint32_t) count;
        link->statistics.bytes += (uint32_t) count;
        if (find_answer(link, frame)) {
            return true;
        }
        if (link->received == sizeof link->input) {
            drop(link, 1);
        }
    }
    return false;
}

enum status board_link_exchange(struct board_link *link, struct board_frame *frame, struct error *error)
{
    if (link->answered) {
        link->sequence = (uint8_t) (link->sequence % 255 + 1);
    }
    uint8_t bytes[FRAME_BYTES] = {MARK, link->sequence, (uint8_t) frame->length};
    frame->payload[0] = (uint8_t) (4 * frame->reads + 1);
    memcpy(bytes + HEAD, frame->payload, frame->length);
    uint16_t crc = frame_crc(CRC_START, bytes + 1, HEAD - 1 + frame->length);
    bytes[HEAD + frame->length] = (uint8_t) (crc >> 8);
    bytes[HEAD + frame->length + 1] = (uint8_t) crc;
    const uint32_t attempts = link->answered ? ATTEMPTS : ATTEMPTS_AT_FIRST;
    link->statistics.frames++;
    link->received = 0;
    for (uint32_t attempt = 0; attempt < attempts; attempt++) {
        uint32_t patience = 1u << attempt;
        double timeout = link->timeout * (patience < MAX_PATIENCE ? patience : MAX_PATIENCE);
        enum status status =
            send_bytes(link, bytes, HEAD + frame->length + CRC_BYTES, now() + timeout, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (receive_answer(link, frame, timeout)) {
            return take_answer(link, frame, error);
        }
        link->statistics.repeated++;
        link->received = 0;
    }
    return error_set(error, STATUS_INVALID, "%s: no board answers; expected one with memspike, at %d baud",
                     link->port, LINK_BAUD);
}
