#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the pages of the boards' demo from a trained model: rtl/fpga/demo_pages.hex.

    scripts/fpga/demo_pages.py build/release/memspike model.msm [--corpus corpus.msc] > rtl/fpga/demo_pages.hex

It lets the command test four reviews, which lie evenly among the test reviews, on a board that only records what it is sent:
its settings and ideal resistances (to whole ohm) become pages 0 and 1, the reviews pages 2 to 5, 256 bytes each. The
labels of the four and what the C reference model of the board says of them are in docs/fpga.md.
"""
import subprocess
import sys
import threading

import recording_board

PAGE = 256
REVIEWS = 4
SETTINGS = [recording_board.MAP[name]["offset"] for name in (
    "STEPS", "ENCODER", "THRESHOLD", "MEMBRANE_START", "LEAK", "EMULATOR_SCALE", "EMULATOR_OFFSET", "EMULATOR_NOISE")]
RESISTANCE, CONTROL = (recording_board.MAP[name]["offset"] for name in ("EMULATOR_RESISTANCE", "CONTROL"))


def operation(kind, address, data, count):
    return bytes([kind << 6 | count, address >> 8, address & 0xFF]) + data


def setup_page(payloads):
    page = b""
    for payload in payloads:
        for kind, address, data, count in recording_board.operations(payload):
            if address in SETTINGS and kind != 2:
                page += operation(kind, address, data, count)
            elif RESISTANCE <= address < RESISTANCE + 4 * recording_board.MAP["EMULATOR_RESISTANCE"]["count"] and kind == 0:
                ohm = [(int.from_bytes(data[4 * i:4 * i + 4], "little") + 0x8000) >> 16 for i in range(count)]
                page += operation(3, address, b"".join(value.to_bytes(2, "little") for value in ohm), count)
    return page


def main():
    if len(sys.argv) < 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    board = recording_board.Board()
    threading.Thread(target=board.serve, daemon=True).start()
    subprocess.run([sys.argv[1], "test", sys.argv[2], *sys.argv[3:], "--engine", "uart", "--port", board.name, "--network",
                    "snn", "--limit", str(REVIEWS), "--quiet"], check=True, stdout=subprocess.DEVNULL)
    reviews = [payload[1:] for payload in board.payloads
               if any(address == CONTROL for _, address, _, _ in recording_board.operations(payload))]
    pages = [setup_page(board.payloads).ljust(2 * PAGE - 1, b"\0")] + [review.ljust(PAGE - 1, b"\0") for review in reviews]
    text = b"".join(page + b"\0" for page in pages)
    if len(reviews) != REVIEWS or len(text) != (2 + REVIEWS) * PAGE:
        print("demo_pages.py: the operations do not fit their pages", file=sys.stderr)
        return 1
    print("\n".join(f"{byte:02x}" for byte in text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
