#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lines of the RTL that scripts/mutate.py and scripts/coverage.py leave out, each for a reason, are still there.

    tests/unit/reasons.py    exits with 1 and names each that is not
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.dont_write_bytecode = True
import coverage  # noqa: E402
import designs  # noqa: E402
import mutate  # noqa: E402


def main():
    wanted = [("mutate.py", re.escape(designs.module(block) + ".sv"), line) for _, block, _, line, _ in mutate.EQUAL if line]
    wanted += [("coverage.py", file, line) for file, line, _ in coverage.EXCLUSIONS]
    texts = {}
    for path in glob.glob(os.path.join(ROOT, "rtl", "*.sv")):
        with open(path, encoding="utf-8") as file:
            texts[os.path.basename(path)] = file.read().split("\n")
    missing = [f"scripts/{script}: {file}: {line}: no such line" for script, file, line in dict.fromkeys(wanted)
               if not any(re.search(line, text) for name in texts if re.fullmatch(file, name) for text in texts[name])]
    for text in missing:
        print("reasons.py:", text, file=sys.stderr)
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
