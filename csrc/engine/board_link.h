// SPDX-License-Identifier: Apache-2.0
/* The serial link to an FPGA board's register port: frames with length, CRC and sequence number, repeated
 * until they are answered. rtl/fpga/memspike_frame_port.sv describes them. */
#ifndef MEMSPIKE_CSRC_ENGINE_BOARD_LINK_H
#define MEMSPIKE_CSRC_ENGINE_BOARD_LINK_H

#include "model/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FRAME_PAYLOAD = 255,
    FRAME_READS = 63, /* words that an answer holds at most */
    LINK_BAUD = 1000000,
};

/* Operations that are sent together, and the words that they read. */
struct board_frame {
    uint32_t length;
    uint32_t reads;
    uint8_t payload[FRAME_PAYLOAD];
    uint32_t values[FRAME_READS];
};

void board_frame_begin(struct board_frame *frame);
/* Add a write, or a read, of `count` (1 to 63) successive words. False, and nothing is added, when the frame
 * has no room for them. */
bool board_frame_write(struct board_frame *frame, uint32_t address, const uint32_t *data, uint32_t count);
bool board_frame_read(struct board_frame *frame, uint32_t address, uint32_t count);

struct board_link;

/* Traffic so far. */
struct board_link_statistics {
    uint64_t frames, repeated, bytes;
};

/* `port` is a serial port or a pseudo-terminal; `timeout` how many seconds to wait for an answer before
 * asking again. STATUS_INVALID when it cannot be opened. Owned by the caller. */
MUST_CHECK enum status board_link_open(const char *port, double timeout, struct board_link **link,
                                       struct error *error);
/* NULL is harmless. */
void board_link_close(struct board_link *link);
/* Send the frame and wait for its answer, which fills frame->values. STATUS_INVALID when the board does not
 * answer, however often it is asked; STATUS_FAILED when it refuses an operation. */
MUST_CHECK enum status board_link_exchange(struct board_link *link, struct board_frame *frame,
                                           struct error *error);
const struct board_link_statistics *board_link_statistics(const struct board_link *link);

uint16_t frame_crc(uint16_t crc, const uint8_t *bytes, uint32_t count);

#ifdef __cplusplus
}
#endif
#endif
