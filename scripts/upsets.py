#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Single-event upsets: what does a flipped bit in a register do to a review?

Yosys lists every register of the RTL and every word of its memories. Reviews run on the Verilated RTL with the weights
written into memristors; in each, at a random clock, one bit flips: every bit of every register once, then the blocks in turn, a
bit of its registers and memories by chance. The design must end by itself and be as before once its settings are written anew, without a reset. The
table says by block how many answers changed, and what accuracy is left if a bit of the block flips in every review.

    scripts/upsets.py --model model.msm --corpus corpus.msc [--array 10x10] [--injections 10000] [--csv upsets.csv]

Exits with 1 when the design did not end, or did not recover.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

import designs
import verification

ROOT = designs.ROOT
FIELDS = ["block", "register", "element", "bit", "review", "clock", "positive", "clean", "clean_spikes",
          "upset", "upset_spikes", "clocks", "ending", "after"]


def block_of(path):
    return designs.block_of(path.split("."))


def registers(array):
    """Block, path, element and bits of every register and memory word, as Yosys sees them."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run(["yosys", "-q", "-w", "Replacing memory", "-p",
                        designs.read_rtl(array) + "opt_clean; flatten; opt_clean; memory -nomap -nordff; opt_clean; "
                        f"rename -top memspike; write_json {file.name}"],
                       cwd=ROOT, check=True)
        module = json.load(file)["modules"]["memspike"]
    rows = []
    left = set()
    for cell in module["cells"].values():
        if "dff" in cell["type"]:
            left.update(cell["connections"]["Q"])
        elif cell["type"].startswith("$mem"):
            path = cell["parameters"]["MEMID"].removeprefix("\\")
            for word in range(int(cell["parameters"]["SIZE"], 2)):
                rows.append((block_of(path), path, str(word), int(cell["parameters"]["WIDTH"], 2)))
    # A register has many names, one a port that it goes through. Its own ends in _q or _b, or is an output of the block deepest down.
    own = [name for name in module["netnames"] if name.split("[")[-2 if name.endswith("]") else -1].endswith(("_q", "_b", "_o"))]
    for name in sorted(own, key=lambda name: (not re.search(r"_[qb](\[|$)", name.split(".")[-1]), -name.count("."), name)):
        bits = module["netnames"][name]["bits"]
        if not all(bit in left for bit in bits):
            continue
        left.difference_update(bits)
        path, element = (name[:-1].rsplit("[", 1)) if name.endswith("]") else (name, "-")
        rows.append((block_of(path), path, element, len(bits)))
    if left:
        sys.exit(f"upsets.py: {len(left)} bits of registers have no name of their own")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a trained model")
    parser.add_argument("--corpus", required=True, help="the corpus it was made from")
    parser.add_argument("--array", default="10x10", choices=["10x10", "100x1"], help="hardware (default: 10x10)")
    parser.add_argument("--preset", default=os.path.join(ROOT, "data", "presets", "paper.cfg"), help="settings (default: paper)")
    parser.add_argument("--injections", type=int, default=10000, help="upsets in all (default: 10000)")
    parser.add_argument("--csv", help="every injection, one a line")
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "release", "tests", "upsets"), help="the simulator")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="side by side (default: all processors)")
    options = parser.parse_args()

    rows = registers(options.array)
    runs = {block: verification.Run("upsets", {"array": options.array, "block": block}) for block in designs.BLOCKS}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listing:
        listing.write("".join(" ".join(map(str, row)) + "\n" for row in rows))
        listing.flush()
        parts = max(options.jobs, 1)

        def run(part):
            return subprocess.run([options.program, options.model, options.corpus, options.array, listing.name, options.preset,
                                   str(options.injections), str(part), str(parts)], stdout=subprocess.PIPE, text=True, check=False)

        with concurrent.futures.ThreadPoolExecutor(parts) as pool:
            results = list(pool.map(run, range(parts)))
    if any(result.returncode for result in results):
        sys.exit(2)
    injections = [dict(zip(FIELDS, line.split())) for result in results for line in result.stdout.splitlines()]
    if options.csv:
        with open(options.csv, "w", encoding="utf-8") as file:
            file.write(",".join(FIELDS) + "\n" + "".join(",".join(one.values()) + "\n" for one in injections))

    bits = collections.Counter()
    for block, _, _, width in rows:
        bits[block] += width
    print("| block | bits | upsets | without end | not recovered | pulsed a device | spikes changed % | answer changed % | accuracy % without | with |\n"
          "|---|---|---|---|---|---|---|---|---|---|")
    for block in [*designs.BLOCKS, "all"]:
        mine = [one for one in injections if block in ("all", one["block"])]
        if not mine:
            continue

        def count(condition):
            return sum(map(condition, mine))

        values = {
            "bits": sum(bits.values()) if block == "all" else bits[block], "upsets": len(mine), "without_end": count(lambda one: one["ending"] == "busy"),
            "not_recovered": count(lambda one: one["after"] == "wrong"), "pulsed": count(lambda one: one["ending"] == "pulsed"),
            "spikes": count(lambda one: one["clean_spikes"] != one["upset_spikes"]), "answers": count(lambda one: one["clean"] != one["upset"]),
            "clean_right": count(lambda one: one["clean"] == one["positive"]), "upset_right": count(lambda one: one["upset"] == one["positive"]),
            "longest": max(int(one["clocks"]) for one in mine)}
        if block in runs:
            runs[block].record(**values)
        print("| " + " | ".join([block, *(str(values[name]) for name in ("bits", "upsets", "without_end", "not_recovered", "pulsed")),
                                 *(f"{100 * values[name] / len(mine):.2f}" for name in ("spikes", "answers", "clean_right", "upset_right"))]) + " |")
    longest = max(int(one["clocks"]) for one in injections)
    print(f"\n{len({(one['register'], one['element'], one['bit']) for one in injections})} of {sum(bits.values())} bits flipped; "
          f"the longest review took {longest} clocks")
    for one in injections:
        if one["ending"] == "busy" or one["after"] == "wrong":
            print("upsets.py:", " ".join(one.values()), file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
