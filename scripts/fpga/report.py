#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an FPGA build comes to: its row of the table in docs/fpga.md.

    scripts/fpga/report.py build/fpga/hx8k
"""
import json
import pathlib
import re
import sys

REVIEW_CLOCKS = 10002  # T = 1000 on 10x10
BYTES_PER_SECOND = 1e5  # 1,000,000 baud
# Frames of a review: rates, seeds and start (252 bytes) and their answer (6), then the question for the count (14) and its
# answer (18), asked about three times.
REVIEW_BYTES = 252 + 6 + 3 * (14 + 18)


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    folder = pathlib.Path(sys.argv[1])
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    cells = (folder / "cells.txt").read_text(encoding="utf-8")
    used = report["utilization"]
    # The slowest of the clocks, measured by its constraint: a PLL makes a second one.
    clock = min(report["fmax"].values(), key=lambda each: each["achieved"] / each["constraint"])
    clock_hz = 1e6 * clock["constraint"]

    def count(pattern):
        return sum(int(number) for number in re.findall(rf"^\s+(?:{pattern})\s+(\d+)$", cells, re.M))

    print(f"board           {folder.name}")
    print(f"LUT4            {count('SB_LUT4|TRELLIS_SLICE|LUT4')}")
    print(f"flip-flops      {count('(?:SB_DFF|TRELLIS_FF)[A-Z]*')}")
    for name, what in (("ICESTORM_LC", "logic cells"), ("ICESTORM_RAM", "block RAMs"), ("ICESTORM_DSP", "multipliers"),
                       ("TRELLIS_COMB", "logic cells"), ("DP16KD", "block RAMs")):
        if name in used:
            print(f"{what:15} {used[name]['used']} of {used[name]['available']}")
    print(f"Fmax            {clock['achieved']:.2f} MHz; the clock is {clock_hz * 1e-6:g} MHz")
    seconds = REVIEW_CLOCKS / clock_hz + REVIEW_BYTES / BYTES_PER_SECOND
    print(f"reviews         {clock_hz / REVIEW_CLOCKS:.0f} a second on the array, {1 / seconds:.0f} over the wire")
    return 0


if __name__ == "__main__":
    sys.exit(main())
