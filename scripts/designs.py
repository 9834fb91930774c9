#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sets of hardware parameters of CMakeLists.txt, and how Yosys reads the RTL: for the scripts.

    scripts/designs.py              their names
    scripts/designs.py NAME         the Yosys commands that read one
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


# The blocks of the RTL: name, and the instance that it is of whatever holds it; the top has none.
BLOCKS = {
    "memspike": None,
    "register_port": "u_registers",
    "review_sequencer": "u_sequencer",
    "spike_encoder": "u_encoder",
    "tile_adder": "u_tiles",
    "lif_array": "u_neurons",
    "early_decision": "u_decision",
    "write_verify": "u_write_verify",
    "pulse_predictor": "u_predictor",
    "divider": "u_divider",
}
# What lies in another block.
INNER = {"pulse_predictor": "write_verify", "divider": "pulse_predictor"}


def block_of(path):
    """The block of a path of instances: that of the deepest one that is a block."""
    of = {instance: block for block, instance in BLOCKS.items()}
    return next((of[part] for part in reversed(path) if part in of), "memspike")


def arrays():
    """Name: {parameter: value}."""
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
        sets = re.search(r"(?s)set\(MEMSPIKE_HARDWARE\n(.*?)\)", file.read()).group(1)
    found = {}
    for line in re.findall(r'"([^"]+)"', sets):
        name, inputs, lanes, outputs, clocks_per_us, *options = line.split()
        found[name] = {"INPUTS": inputs, "LANES": lanes, "OUTPUTS": outputs, "CLOCKS_PER_US": clocks_per_us,
                       **dict(option.split("=") for option in options)}
    return found


def parameters(name):
    known = arrays()
    if name not in known:
        sys.exit(f"designs.py: {name}: no set of hardware parameters in CMakeLists.txt; expected one of {', '.join(known)}")
    return " ".join(f"-set {parameter} {value}" for parameter, value in known[name].items())


def files(*lists):
    """Paths of what file lists of rtl/ name, in their order: packages come first."""
    found = []
    for name in lists:
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            found += [os.path.join(os.path.dirname(name), source) for source in file.read().split()]
    return found


def module(block):
    """The module, and the name of the file, of a block: modules have the project's name before their own."""
    return block if block.startswith("memspike") else "memspike_" + block


def read_rtl(name):
    """Yosys commands, up to processes."""
    return f"read_verilog -sv {' '.join(files('rtl/memspike.f'))}; chparam {parameters(name)} memspike; hierarchy -check -top memspike; proc; "


if __name__ == "__main__":
    print(read_rtl(sys.argv[1]) if len(sys.argv) > 1 else "\n".join(arrays()))
