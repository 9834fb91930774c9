#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the SystemVerilog packages, the C header and the manual's tables from the register map's one source: rtl/registers.csv, and
rtl/fpga/registers.csv for what FPGA boards have besides.

    scripts/registers.py            write the four files
    scripts/registers.py --check    exit with 1 and name the file if one of them is not what the source says

A register of the source has `bits` bits, all of them in `count` words. `fields` are parts of it: NAME=BIT or NAME=HIGHEST:LOWEST; the
description names their bits as {NAME}. `reset` is what a reset leaves in it:

    a number
    parameter      what the parameter of its name says
    last_device    the last device of the array
    kept           what was there before
    none           nothing: it holds nothing
"""
import argparse
import csv
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = [ROOT / "rtl" / "registers.csv", ROOT / "rtl" / "fpga" / "registers.csv"]
LICENCE = "// SPDX-License-" "Identifier: Apache-2.0"  # apart, since `reuse` would take it for this file's
NOTE = "Made by scripts/registers.py from rtl/registers.csv; change that file, not this one."
ACCESS = {"ro": "read", "wo": "write", "rw": "read, write"}
RESETS = {"parameter": "the parameter", "last_device": "the last device", "kept": "kept", "none": "-"}  # and in the manual's words


def fields_of(text):
    """[(name, lowest bit, bits)]."""
    fields = []
    for field in text.split():
        name, bits = field.split("=")
        highest, _, lowest = bits.partition(":")
        fields.append((name, int(lowest or highest), int(highest) - int(lowest or highest) + 1))
    return fields


def read_registers():
    registers = []
    for source in SOURCES:
        with source.open(newline="", encoding="utf-8") as stream:
            registers += [dict(row, source=source.name) for row in csv.DictReader(stream)]
    end = 0
    for register in registers:
        where = f"{register['source']}: {register['name']}"
        register["offset"] = int(register["offset"], 0)
        register["count"] = int(register["count"])
        register["bits"] = int(register["bits"])
        register["fields"] = fields_of(register["fields"])
        size = 4 * register["count"]
        if register["offset"] % 4 or register["offset"] < end:
            sys.exit(f"{where}: offset {register['offset']:#x} is not a free word")
        if register["count"] & register["count"] - 1 or register["offset"] % size:
            sys.exit(f"{where}: {register['count']} words at {register['offset']:#x}: expected a power of two, at a multiple of their size")
        if register["access"] not in ACCESS:
            sys.exit(f"{where}: access {register['access']}: expected {', '.join(ACCESS)}")
        if register["reset"] not in RESETS:
            register["reset"] = int(register["reset"], 0)
            if register["reset"] >> register["bits"]:
                sys.exit(f"{where}: reset {register['reset']:#x} has more than {register['bits']} bits")
        if sum(bits for _, _, bits in register["fields"]) not in (0, register["bits"]):
            sys.exit(f"{where}: its fields are not its {register['bits']} bits")
        end = register["offset"] + size
    return registers


def is_emulator(register):
    return register["name"].startswith("EMULATOR_")


def package(name, registers):
    """Each register's address under its name; NAME_W, its bits; NAME_RESET; of a field NAME_FIELD_LSB and NAME_FIELD_W; of a window
    NAME_WORDS, NAME_INDEX_W and NAME_WINDOW, the bits of an address that say that it lies in it."""
    lines = [LICENCE, f"// {NOTE}", f"package {name};", "  // verilator lint_off UNUSEDPARAM"]
    for r in registers:
        lines.append(f"  localparam logic [15:0] {r['name']} = 16'h{r['offset']:04X};")
        lines.append(f"  localparam int {r['name']}_W = {r['bits']};")
        if isinstance(r["reset"], int):
            lines.append(f"  localparam logic [{r['bits'] - 1}:0] {r['name']}_RESET = {r['bits']}'h{r['reset']:X};")
        for field, lowest, bits in r["fields"]:
            lines.append(f"  localparam int {r['name']}_{field}_LSB = {lowest};")
            lines.append(f"  localparam int {r['name']}_{field}_W = {bits};")
        if r["count"] > 1:
            lines.append(f"  localparam int {r['name']}_WORDS = {r['count']};")
            lines.append(f"  localparam int {r['name']}_INDEX_W = {r['count'].bit_length() - 1};")
            lines.append(f"  localparam logic [15:0] {r['name']}_WINDOW = 16'h{0x10000 - 4 * r['count']:04X};")
    settings = [r["name"] for r in registers if r["access"] == "rw" and r["count"] == 1]
    if settings:
        lines += ["", "  // Whether the host writes the register and, where the build allows it, reads it back.",
                  "  function automatic logic is_setting(input logic [15:0] address);", "    case (address)"]
        lines += [f"      {name}{',' if name != settings[-1] else ': is_setting = 1' + chr(39) + 'b1;'}" for name in settings]
        lines += ["      default: is_setting = 1'b0;", "    endcase", "  endfunction"]
    return "\n".join(lines + ["  // verilator lint_on UNUSEDPARAM", "endpackage", ""])


def verilog(registers):
    return package("memspike_registers", [r for r in registers if not is_emulator(r)])


def emulator_verilog(registers):
    return package("memspike_emulator_registers", [r for r in registers if is_emulator(r)])


def continued(line):
    """A line of a macro, as clang-format leaves it."""
    return f"{line:<109}\\"


def enumeration(name, values):
    return [f"enum {name} {{"] + [f"    {value}," for value in values] + ["};", ""]


def header(registers):
    lines = [LICENCE, f"/* {NOTE} */", "#ifndef MEMSPIKE_MODEL_HARDWARE_REGISTERS_H", "#define MEMSPIKE_MODEL_HARDWARE_REGISTERS_H", "", "#include <stdint.h>", ""]
    lines += enumeration("memspike_register", [f"REGISTER_{r['name']} = 0x{r['offset']:04X}" for r in registers])
    lines += ["/* How many words a window has. */"]
    lines += enumeration("memspike_register_words", [f"REGISTER_{r['name']}_WORDS = {r['count']}" for r in registers if r["count"] > 1])
    lines += ["/* How many bits a register has, or each word of a window. */"]
    lines += enumeration("memspike_register_bits", [f"REGISTER_{r['name']}_BITS = {r['bits']}" for r in registers])
    lines += ["/* What a reset leaves: the value in the list below, or what the word says. */"]
    lines += enumeration("memspike_register_reset", [f"RESET_{word.upper()}" for word in ["value", *RESETS]])
    lines += ["/* Where a reset leaves another value than 0. */"]
    lines += enumeration("memspike_register_value", [f"REGISTER_{r['name']}_RESET = 0x{r['reset']:X}" for r in registers
                                                     if isinstance(r["reset"], int) and r["reset"]])
    lines += ["/* Fields: the lowest bit, and the mask of a value before it is shifted there. */"]
    lines += enumeration("memspike_register_field", [
        text for r in registers for field, lowest, bits in r["fields"]
        for text in (f"REGISTER_{r['name']}_{field}_SHIFT = {lowest}", f"REGISTER_{r['name']}_{field}_MASK = 0x{(1 << bits) - 1:X}")])
    lines += ["/* A field of a word, and a word with that field, as REGISTER_FIELD(word, RESULT_ENDING). */",
              "#define REGISTER_FIELD(word, field) ((word) >> REGISTER_##field##_SHIFT & REGISTER_##field##_MASK)",
              "#define REGISTER_WITH(value, field)                                                                          \\",
              "    (((uint32_t) (value) & REGISTER_##field##_MASK) << REGISTER_##field##_SHIFT)", "",
              "/* The chip's own: name, words, whether it can be read and written, mask, what a reset leaves, and the value",
              " * if that is one. */", continued("#define REGISTER_LIST(REGISTER)")]
    for r in registers:
        if not is_emulator(r):
            word, value = ("VALUE", r["reset"]) if isinstance(r["reset"], int) else (r["reset"].upper(), 0)
            lines.append(continued(f"    REGISTER({r['name']}, {r['count']}, {int(r['access'] != 'wo')}, {int(r['access'] != 'ro')}, "
                                   f"0x{(1 << r['bits']) - 1:X}u, RESET_{word}, 0x{value:X}u)"))
    return "\n".join(lines + ["    /* end */", "", "#endif", ""])


def manual(registers):
    head = ["| address | name | access | bits | reset | meaning |", "|---|---|---|---|---|---|"]
    lines = [f"<!-- {NOTE} -->", "# Register map", "",
             "Byte addresses of 32-bit words. A transfer to any other address, a write to a read-only register, a read of a",
             "write-only one, and any write while a review or a writing runs are answered with an error and change nothing.",
             "Bits of a written word beyond a register's own are ignored.", "",
             "*Reset* is what a reset leaves. *Kept* is what was there before. That holds 0 after power-up in simulators and FPGAs, whose",
             "memories have initial contents; in a chip without them, write before you read.", "",
             "On the AXI4-Lite bus a refused transfer is answered with SLVERR. A write without a strobe (WSTRB = 0) does nothing, whatever",
             "its address, and is answered with OKAY; one with some of its strobes is refused.", ""] + head
    for r in registers:
        if is_emulator(r) and "## FPGA boards" not in lines:
            lines += ["", "## FPGA boards", "",
                      "They have a digital crossbar besides, whose registers follow; see [fpga.md](fpga.md).", ""] + head
        address = f"0x{r['offset']:04X}"
        bits = {name: f"{lowest + width - 1}-{lowest}" if width > 1 else str(lowest) for name, lowest, width in r["fields"]}
        description = r["description"].format(**bits).replace("|", "\\|")
        reset = RESETS.get(r["reset"]) or (str(r["reset"]) if r["reset"] < 10 else f"0x{r['reset']:X}")
        if r["count"] > 1:
            address += f" + 4 n, n < {r['count']}"
        lines.append(f"| {address} | {r['name']} | {ACCESS[r['access']]} | {r['bits']} | {reset} | {description} |")
    return "\n".join(lines + [""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    registers = read_registers()
    outputs = {"rtl/memspike_registers.sv": verilog, "rtl/fpga/memspike_emulator_registers.sv": emulator_verilog,
               "model/hardware/registers.h": header, "docs/registers.md": manual}
    stale = 0
    for name, make in outputs.items():
        path, text = ROOT / name, make(registers)
        if not arguments.check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{name}: is not what rtl/registers.csv says: run scripts/registers.py", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
