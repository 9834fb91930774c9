#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure what the digital part costs, by block: its area, and how much of it switches.

    scripts/cost.py                              all arrays, into data/costs/digital.cfg
    scripts/cost.py --array 100x1 -o 100x1.cfg   some of them

Yosys synthesises each array into two-input gates and flip-flops, block by block. Icarus Verilog puts the netlist through
testbench/activity_tb.sv: transfers, reviews, writing. What every net of every block does is counted. So the counts are measured on
gates; what a count costs in joule comes from data/costs/coefficients.cfg, for which the same flow counts a 32-bit addition (--adder),
whose energy is published. The arrays take some minutes together. Needs Yosys and Icarus Verilog.
"""
import argparse
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import designs

ROOT = pathlib.Path(__file__).resolve().parent.parent
ARRAYS = [name for name, parameters in designs.arrays().items() if parameters["INPUTS"] == "100"]  # that take word vectors of 100 values
ACTIVITIES = {1: "transfers", 2: "poisson", 3: "rate", 4: "writing", 5: "idle"}
GATES = "synth -top {top}; setundef -init -zero; dfflegalize -cell $_DFF_P_ 0; abc -g NAND,NOR; opt_clean"


def run(command, folder, **options):
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **options)
    if result.returncode:
        sys.exit(f"cost.py: {command[0]}: {(result.stderr or result.stdout).strip()[-400:]}")
    return result.stdout


def gates_of_modules(text):
    """Cells by module of what `stat` says: NAND2-equivalents, a flip-flop for 6 (24 transistors of a NAND's 4)."""
    weights = {"$_NOT_": 0.5, "$_NAND_": 1, "$_NOR_": 1, "$_DFF_P_": 6}
    areas, flip_flops, module = {}, {}, None
    for line in text.splitlines():
        if found := re.match(r"=== (.*) ===", line):
            module = found[1]
            areas[module], flip_flops[module] = 0, 0
        elif (found := re.match(r"\s+(\$_\S+)\s+(\d+)$", line)) and module != "design hierarchy":
            if found[1] not in weights:
                sys.exit(f"cost.py: {module}: cell {found[1]}: expected {', '.join(weights)}")
            areas[module] += weights[found[1]] * int(found[2])
            flip_flops[module] += int(found[2]) if found[1] == "$_DFF_P_" else 0
    return areas, flip_flops


def counted_as(block):
    """What a block counts as: the top level by itself is `top`, and a block in another one belongs to that."""
    while block in designs.INNER:
        block = designs.INNER[block]
    return "top" if block == "memspike" else block


def count_toggles(path, divide):
    """{activity: {block: toggles}}, {activity: clocks} of a VCD file; `divide` names the signal of the activity."""
    nets, scope, activity, values, toggles, clocks = {}, [], 0, {}, {}, {}
    clock = activity_id = None
    with open(path, encoding="ascii") as stream:
        for line in stream:
            if line.startswith("$scope"):
                scope.append(line.split()[2])
            elif line.startswith("$upscope"):
                scope.pop()
            elif line.startswith("$var"):
                words = line.split()
                if words[4] == divide:
                    activity_id = words[3]
                elif scope[-1:] == ["activity_tb"] and words[4] == "clk":
                    clock = words[3]
                elif words[3] != clock and (words[3] not in nets or len(scope) > nets[words[3]][0]):
                    nets[words[3]] = (len(scope), counted_as(designs.block_of(scope)))
            elif line[0] in "01xz":
                identifier = line[1:].rstrip("\n")
                if identifier == clock:
                    clocks[activity] = clocks.get(activity, 0) + (line[0] == "1")
                elif identifier in nets:
                    old = values.get(identifier, "x")
                    values[identifier] = line[0]
                    if activity and old in "01" and old != line[0]:
                        count = toggles.setdefault(activity, {})
                        count[nets[identifier][1]] = count.get(nets[identifier][1], 0) + 1
            elif line[0] == "b":
                value, identifier = line[1:].split()
                if identifier == activity_id:
                    activity = int(value.replace("x", "0"), 2)
                elif identifier in nets:
                    old = values.get(identifier, "")
                    values[identifier] = value
                    if activity and old:
                        width = max(len(old), len(value))
                        changed = sum(a != b for a, b in zip(old.zfill(width), value.zfill(width)))
                        count = toggles.setdefault(activity, {})
                        count[nets[identifier][1]] = count.get(nets[identifier][1], 0) + changed
    return toggles, clocks


def measure(name, folder):
    sources = [str(ROOT / source) for source in designs.files("rtl/memspike.f")]
    run(["yosys", "-q", "-p", f"read_verilog -sv {' '.join(sources)}; chparam {designs.parameters(name)} memspike; {GATES.format(top='memspike')}; "
         "tee -q -o stat.txt stat; write_verilog -noattr netlist.v"], folder)
    areas, flip_flops = gates_of_modules((folder / "stat.txt").read_text())
    by_block = {}
    for module, area in areas.items():
        block = counted_as(next((block for block in designs.BLOCKS if block != "memspike" and block in module), "memspike"))
        old = by_block.get(block, (0, 0))
        by_block[block] = (old[0] + area, old[1] + flip_flops[module])
    parameters = {"DIFFERENTIAL": "0", **designs.arrays()[name]}
    defines = [f"-D{key}={parameters[key]}" for key in ("INPUTS", "LANES", "OUTPUTS", "DIFFERENTIAL")]
    run(["iverilog", "-g2012", "-o", "sim", *defines, str(ROOT / "rtl/memspike_registers.sv"), str(ROOT / "rtl/memspike_widths.sv"),
         "netlist.v", str(ROOT / "testbench/activity_tb.sv")], folder)
    run(["vvp", "-n", "sim"], folder)
    toggles, clocks = count_toggles(folder / "activity.vcd", "activity")
    return by_block, toggles, clocks


def text_of(name, by_block, toggles, clocks):
    lines = [f"array_{name} = {{"]
    lines.append("  # NAND2-equivalents, and flip-flops among them; nets that switch in a clock of each activity")
    for block in sorted(by_block):
        area, flip_flops = by_block[block]
        rates = ", ".join(f"{ACTIVITIES[a]} = {toggles.get(a, {}).get(block, 0) / clocks[a]:.1f}" for a in sorted(ACTIVITIES))
        rates = rates.replace(", ", "; ")
        lines.append(f"  {block} = {{ gates = {math.ceil(area)}; flip_flops = {flip_flops}; {rates}; }};")
    return "\n".join(lines + ["};", ""])


def adder(folder):
    """Nets that switch in a 32-bit addition of random numbers, by the same flow."""
    (folder / "adder.v").write_text("module adder(input clk, input [31:0] a, b, output reg [31:0] s); "
                                    "always @(posedge clk) s <= a + b; endmodule\n")
    run(["yosys", "-q", "-p", f"read_verilog -sv adder.v; {GATES.format(top='adder')}; write_verilog -noattr netlist.v"], folder)
    random.seed(1)
    vectors = "".join(f"    @(negedge clk) begin a = 32'd{random.getrandbits(32)}; b = 32'd{random.getrandbits(32)}; end\n"
                      for _ in range(1000))
    (folder / "adder_tb.v").write_text(
        "module activity_tb; logic clk = 0; always #5 clk = !clk; integer activity = 1; logic [31:0] a = 0, b = 0; wire [31:0] s;\n"
        "adder dut(.clk, .a, .b, .s);\ninitial begin $dumpfile(\"activity.vcd\"); $dumpvars(0, activity_tb);\n" + vectors +
        "    $finish; end endmodule\n")
    run(["iverilog", "-g2012", "-o", "sim", "netlist.v", "adder_tb.v"], folder)
    run(["vvp", "-n", "sim"], folder)
    toggles, clocks = count_toggles(folder / "activity.vcd", "activity")
    return sum(toggles[1].values()) / clocks[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--array", action="append", choices=ARRAYS)
    parser.add_argument("--adder", action="store_true", help="only count the addition")
    parser.add_argument("-o", "--output", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.array and not arguments.output:
        parser.error("--array: expected -o FILE too; data/costs/digital.cfg holds all arrays")
    arguments.output = arguments.output or ROOT / "data/costs/digital.cfg"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if arguments.adder:
            print(f"{adder(folder):.1f} nets switch in a 32-bit addition")
            return
        text = ("# What the digital part costs, by block: made by scripts/cost.py, which says how.\n")
        for array in arguments.array or ARRAYS:
            print(array, file=sys.stderr)
            text += text_of(array, *measure(array, folder))
        arguments.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
