#!/usr/bin/env python3
"""Whether tests/formal/prove.sh has every block as it is in every set of hardware parameters of CMakeLists.txt.

The blocks and parameters that Yosys elaborates are compared with the lines of the script's table. What has no line is printed, and the
exit status is then 1.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import designs  # noqa: E402
import verification  # noqa: E402

COPIES = {("lif_array", "OUTPUTS")}  # neurons that have nothing to do with each other: one is proven


def parameters(block, text, pattern):
    return {name: value for name, value in re.findall(pattern, text, re.MULTILINE) if (block, name) not in COPIES}


def elaborated(array):
    """(block, its parameters) for each block of the array."""
    with tempfile.TemporaryDirectory() as folder:
        design = os.path.join(folder, "design.il")
        subprocess.run(["yosys", "-q", "-p", f"{designs.read_rtl(array).removesuffix('proc; ')} write_rtlil {design}"], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        with open(design, encoding="utf-8") as file:
            text = file.read()
    for name, body in re.findall(r"(?ms)^module (\S+)\n(.*?)^end$", text):
        block = re.search(r"\\([a-z]\w*)", name).group(1)
        yield block, parameters(block, body, r"^  parameter \\(\w+) (-?\d+)$")


def proven():
    """The same for each line of the table that proves rules which need not hold from any state."""
    for block, settings, _, _ in verification.proofs():
        if "-DANY_STATE" not in settings:
            yield block, {**parameters(block, verification.read(f"rtl/{block}.v"), r"^ *parameter int (\w+) = (\d+)"),
                          **parameters(block, settings, r"\b([A-Z_]+)=(\d+)")}


def main():
    lines, missing = list(proven()), 0
    for array in designs.arrays():
        for block, given in elaborated(array):
            if (block, given) not in lines:
                missing += 1
                print(f"prove.sh: no line for {block} as it is in {array}: {' '.join(f'{name}={value}' for name, value in given.items())}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
