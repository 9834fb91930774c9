#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A board on a pseudo-terminal that does nothing but answer: it keeps what is written, reads it back, and is never busy.

    scripts/fpga/recording_board.py [REGISTER=VALUE ...]    prints the pseudo-terminal's name; ends with its host

Registers are byte addresses: `0x000C=25` is a board of 25 lanes. As a module it records frames; see demo_pages.py.
"""
import os
import pathlib
import pty
import sys
import tty

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import registers  # noqa: E402

MARK = 0xA5
PARAMETERS = {"INPUTS": 100, "LANES": 10, "OUTPUTS": 1, "CLOCKS_PER_US": 12, "TILES": 1}
MAP = {register["name"]: register for register in registers.read_registers()}
BUILD = {register["offset"]: register["reset"] if isinstance(register["reset"], int) else PARAMETERS.get(name, 0)
         for name, register in MAP.items()}
STATUS = MAP["STATUS"]["offset"]


def crc_of(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x1021 if crc & 0x8000 else 0)
            crc &= 0xFFFF
    return crc


def operations(payload):
    """(kind, address, data bytes, count) of each operation in a request's payload."""
    position = 1
    while position < len(payload) and payload[position] & 63:
        kind, count = payload[position] >> 6, payload[position] & 63
        address = payload[position + 1] << 8 | payload[position + 2]
        size = (4, 2, 0, 2)[kind] * count
        yield kind, address, payload[position + 3:position + 3 + size], count
        position += 3 + size


class Board:
    def __init__(self, changed=()):
        self.registers = dict(BUILD)
        self.registers.update(changed)
        self.payloads = []  # of the requests
        self.master, self.slave = pty.openpty()
        tty.setraw(self.master)
        self.name = os.ttyname(self.slave)

    def answer(self, payload):
        self.payloads.append(payload)
        words = []
        for kind, address, data, count in operations(payload):
            for i in range(count):
                if kind == 2:
                    words.append(self.registers.get(address + 4 * i, 0))
                else:
                    size = 4 if kind == 0 else 2
                    value = int.from_bytes(data[size * i:size * (i + 1)], "little")
                    self.registers[address + 4 * i] = value << 16 if kind == 3 else value
        self.registers[STATUS] = 0
        return b"".join(word.to_bytes(4, "little") for word in words) + b"\0"

    def serve(self, done=lambda: False):
        """Answer frames until done() is true after one of them."""
        data = b""
        while not done():
            data += os.read(self.master, 4096)
            while len(data) >= 3 and len(data) >= data[2] + 5:
                frame, data = data[:data[2] + 5], data[data[2] + 5:]
                if frame[0] != MARK or crc_of(frame[1:-2]) != int.from_bytes(frame[-2:], "big"):
                    raise ValueError("not a frame")
                body = self.answer(frame[3:-2])
                body = bytes([frame[1], len(body)]) + body
                os.write(self.master, bytes([MARK]) + body + crc_of(body).to_bytes(2, "big"))


def main():
    if any(argument in ("-h", "--help") for argument in sys.argv[1:]):
        print(__doc__.strip())
        return 0
    pairs = [argument.split("=") for argument in sys.argv[1:]]
    board = Board({int(address, 0): int(value, 0) for address, value in pairs})
    print(board.name, flush=True)
    board.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
