#!/usr/bin/env python3
"""Make the Verilog packages, the C header and the manual's tables from the register map's one source: rtl/registers.csv, and
rtl/fpga/registers.csv for what FPGA boards have besides.

    scripts/registers.py            write the four files
    scripts/registers.py --check    exit with 1 and name the file if one of them is not what the source says
"""
import argparse
import csv
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = [ROOT / "rtl" / "registers.csv", ROOT / "rtl" / "fpga" / "registers.csv"]
MAP_VERSION = 4
NOTE = "Made by scripts/registers.py from rtl/registers.csv; change that file, not this one."


def read_registers():
    registers = []
    for source in SOURCES:
        with source.open(newline="", encoding="utf-8") as stream:
            registers += [dict(row, source=source.name) for row in csv.DictReader(stream)]
    end = 0
    for register in registers:
        register["offset"] = int(register["offset"], 0)
        register["count"] = int(register["count"])
        register["bits"] = int(register["bits"])
        if register["offset"] % 4 or register["offset"] < end:
            sys.exit(f"{register['source']}: {register['name']}: offset {register['offset']:#x} is not a free word")
        if register["access"] not in ("ro", "rw", "wo"):
            sys.exit(f"{register['source']}: {register['name']}: access {register['access']}: expected ro, rw or wo")
        end = register["offset"] + 4 * register["count"]
    return registers


def is_emulator(register):
    return register["name"].startswith("EMULATOR_")


def package(name, lines, registers):
    lines = [f"// {NOTE}", f"package {name};"] + lines
    for r in registers:
        lines.append(f"  localparam logic [15:0] {r['name']} = 16'h{r['offset']:04X};")
    return "\n".join(lines + ["endpackage", ""])


def verilog(registers):
    return package("memspike_registers", [f"  localparam logic [31:0] MAP_VERSION_VALUE = 32'd{MAP_VERSION};"],
                   [r for r in registers if not is_emulator(r)])


def emulator_verilog(registers):
    return package("memspike_emulator_registers", [], [r for r in registers if is_emulator(r)])


def continued(line):
    """A line of a macro, as clang-format leaves it."""
    return f"{line:<109}\\"


def header(registers):
    lines = [f"/* {NOTE} */", "#ifndef MEMSPIKE_MODEL_REGISTERS_H", "#define MEMSPIKE_MODEL_REGISTERS_H", "",
             "enum memspike_register {"]
    for r in registers:
        lines.append(f"    REGISTER_{r['name']} = 0x{r['offset']:04X},")
    lines += ["};", "", "/* The chip's own: name, words, whether it can be read and written. */", continued("#define REGISTER_LIST(REGISTER)")]
    lines += [continued(f"    REGISTER({r['name']}, {r['count']}, {int(r['access'] != 'wo')}, {int(r['access'] != 'ro')})")
              for r in registers if not is_emulator(r)]
    lines += ["    /* end */", "", f"enum {{ REGISTER_MAP_VERSION_VALUE = {MAP_VERSION} }};", "", "#endif", ""]
    return "\n".join(lines)


def manual(registers):
    access = {"ro": "read", "wo": "write", "rw": "read, write"}
    lines = [f"<!-- {NOTE} -->", "# Register map", "",
             "Byte addresses of 32-bit words. A transfer to any other address, a write to a read-only register, a read of a",
             "write-only one, and any write while a review or a writing runs are answered with an error and change nothing.",
             "Bits of a written word beyond a register's own are ignored.", "",
             "A reset brings settings, counts and totals back to 0 (LAST_DEVICE: to the last device of the array); it does not touch",
             "the windows RATE, TARGET, RESULT and PULSE_*. Those hold 0 after power-up in simulators and FPGAs, whose memories have initial",
             "contents; in a chip without them, write before you read.", "",
             "On the AXI4-Lite bus a refused transfer is answered with SLVERR. A write without a strobe (WSTRB = 0) does nothing, whatever",
             "its address, and is answered with OKAY; one with some of its strobes is refused.", "",
             "| address | name | access | bits | meaning |", "|---|---|---|---|---|"]
    for r in registers:
        if is_emulator(r) and "## FPGA boards" not in lines:
            lines += ["", "## FPGA boards", "",
                      "They have a digital crossbar besides, whose registers follow; see [fpga.md](fpga.md).", "",
                      "| address | name | access | bits | meaning |", "|---|---|---|---|---|"]
        address = f"0x{r['offset']:04X}"
        description = r["description"].replace("|", "\\|")
        if r["count"] > 1:
            address += f" + 4 n, n < {r['count']}"
        lines.append(f"| {address} | {r['name']} | {access[r['access']]} | {r['bits']} | {description} |")
    return "\n".join(lines + [""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    registers = read_registers()
    outputs = {"rtl/memspike_registers.sv": verilog, "rtl/fpga/memspike_emulator_registers.sv": emulator_verilog, "model/hardware/registers.h": header,
               "docs/registers.md": manual}
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
