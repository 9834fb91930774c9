#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether tests/formal/prove.sh has every block of rtl/ as it is in every set of hardware parameters of CMakeLists.txt, and on
every FPGA board.

The blocks and parameters that Yosys elaborates are compared with the lines of the script's table. What has no line is printed, and the
exit status is then 1.
"""
import glob
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


def boards():
    """Name: the Yosys commands that read it."""
    tops = [os.path.basename(path)[:-3] for path in sorted(glob.glob("rtl/fpga/boards/*.sv", root_dir=ROOT))]
    files = designs.files("rtl/memspike.f", "rtl/fpga/memspike_board.f") + [f"rtl/fpga/boards/{top}.sv" for top in tops]
    return {top: f"read_verilog -sv -defer -Irtl/fpga {' '.join(files)}; read_verilog -sv -lib -specify +/ice40/cells_sim.v; "
                 f"hierarchy -check -top {top}; " for top in tops}


def elaborated(commands):
    """(block, its parameters) for each block of rtl/ in the design."""
    with tempfile.TemporaryDirectory() as folder:
        design = os.path.join(folder, "design.il")
        subprocess.run(["yosys", "-q", "-p", f"{commands} write_rtlil {design}"], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        with open(design, encoding="utf-8") as file:
            text = file.read()
    for name, body in re.findall(r"(?ms)^module (\S+)\n(.*?)^end$", text):
        module = re.search(r"\\([A-Za-z]\w*)", name).group(1)
        block = module if module in ("memspike", "memspike_axi") else module.removeprefix("memspike_")
        if os.path.exists(os.path.join(ROOT, "rtl", module + ".sv")):
            yield block, parameters(block, body, r"^  parameter \\(\w+) (-?\d+)$")


def proven():
    """The same for each line of the table that proves the block's rules as they are, not a variant of some of them."""
    for block, settings, _, _ in verification.proofs():
        if not re.search(r"-D(?!SEQUENTIAL\b)", settings):
            yield block, {**parameters(block, verification.read(f"rtl/{designs.module(block)}.sv"), r"^ *parameter int (\w+) = (\d+)"),
                          **parameters(block, settings, r"\b([A-Z_]+)=(\d+)")}


def main():
    lines, missing = list(proven()), 0
    builds = {array: designs.read_rtl(array).removesuffix("proc; ").replace("-sv", "-sv -defer", 1) for array in designs.arrays()} | boards()
    for build, commands in builds.items():
        for block, given in elaborated(commands):
            if (block, given) not in lines:
                missing += 1
                print(f"prove.sh: no line for {block} as it is in {build}: {' '.join(f'{name}={value}' for name, value in given.items())}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
