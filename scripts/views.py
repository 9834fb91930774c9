#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the GTKWave views of testbench/waves/ for the arrays that are built, from one description of what they show.

    scripts/views.py                     write them
    scripts/views.py --check             exit with 1 and name the file if one of them is not what this script makes
    scripts/views.py --signals FILE FST  exit with 1 and name what a view names and the trace does not have (needs fst2vcd)
"""
import argparse
import pathlib
import re
import subprocess
import sys

import designs

ROOT = pathlib.Path(__file__).resolve().parent.parent
WAVES = ROOT / "testbench" / "waves"
TOP = "TOP.memspike_trace."

# GTKWave's display flags.
BIT, UNSIGNED, HEX, REAL = 0x28, 0x24, 0x22, 0x20
TRANSLATED = 0x2022
STEP = 0x88420  # analogue, in steps, scaled over all of time
RED, ORANGE, YELLOW, GREEN, BLUE, INDIGO, VIOLET = range(1, 8)

TRANSLATIONS = {
    "write_states.txt": ["0 idle", "1 fetch", "2 read", "3 check", "4 predict", "5 pulse"],
    "review_states.txt": ["0 idle", "1 load", "2 run", "3 drain"],
    "signs.txt": ["0 up", "1 down"],
}


class View:
    """A save file that grows line by line."""

    def __init__(self, comment):
        self.lines = [f"[*] {comment}", "[*] Made by scripts/views.py; change that script, not this file.", "[timestart] 0",
                      "[size] 1500 900", "[pos] -1 -1", "[sst_width] 0", "[signals_width] 330", "[sst_expanded] 0"]

    def comment(self, text):
        self.lines += ["@200", f"-{text}"]

    def group(self, name, closed=False):
        self.lines += ["@c00200" if closed else "@800200", f"-{name}"]
        return f"@{'1401200' if closed else '1000200'}", f"-{name}"

    def end(self, group):
        self.lines += group

    def show(self, name, width, flags, color, translation=None):
        self.lines += [f"[color] {color}", f"@{flags:x}"]
        if translation:
            self.lines.append(f"^1 {translation}")
        self.lines.append(TOP + name + (f"[{width - 1}:0]" if width else ""))

    def analogue(self, name, color, height):
        """A real number, drawn `height` rows high."""
        self.show(name, 0, STEP, color)
        self.lines += ["@20000"] + ["-"] * (height - 1)

    def raster(self, name, width):
        """Every bit of a vector, the lowest on top."""
        vector = f"{TOP}{name}[{width - 1}:0]"
        self.lines += [f"[color] {INDIGO}", "@800022", vector, "@28"]
        for bit in range(width):
            self.lines += [f"[color] {INDIGO}", f"({width - 1 - bit}){vector}"]
        self.lines += ["@1001200", "-group_end"]

    def text(self):
        return "\n".join(self.lines) + "\n"


def localparam(path, name):
    """A number that the RTL or a test bench gives a name."""
    return int(re.search(rf"localparam int {name} = (\d+)[;,]", (ROOT / path).read_text(encoding="utf-8")).group(1))


CODE_FRACTION = localparam("rtl/memspike_widths.sv", "CODE_FRAC")
CHOSEN = localparam("testbench/memspike_trace.sv", "CHOSEN")


def bits(count):
    return max((count - 1).bit_length(), 1)


def code_bits(lanes):
    return (lanes << CODE_FRACTION).bit_length() + 1


def inference(name, lanes, phases, outputs):
    view = View(f"memspike trace: a review on {name}")
    group = view.group("time")
    view.show("dut.clocks_q", 32, UNSIGNED, YELLOW)
    view.show("review_state", 2, TRANSLATED, YELLOW, "review_states.txt")
    view.show("dut.u_sequencer.step_q", 16, UNSIGNED, YELLOW)
    view.show("sense_o", 0, BIT, YELLOW)
    view.show("sense_phase_o", bits(phases), UNSIGNED, YELLOW)
    view.end(group)
    for output in range(outputs):
        group = view.group(f"output {output}", closed=output > 0)
        view.comment("in currents of a device of weight 1")
        view.analogue(f"g_output[{output}].column_current", ORANGE, 3)
        view.show(f"g_output[{output}].code", code_bits(lanes), 0x420, ORANGE)
        view.comment("above the threshold: spike, then reset")
        view.analogue(f"g_output[{output}].membrane", GREEN, 5)
        view.show(f"g_output[{output}].threshold", 0, REAL, RED)
        view.show(f"g_output[{output}].spike", 0, BIT, RED)
        view.show(f"g_output[{output}].count", 16, UNSIGNED, RED)
        view.end(group)
    view.comment("spikes of the rows, as a raster")
    view.raster("rows_o", lanes)
    return view.text()


def programming(name, lanes, columns):
    view = View(f"memspike trace --program: writing devices on {name}")
    group = view.group("controller")
    view.show("dut.clocks_q", 32, UNSIGNED, YELLOW)
    view.show("write_state_o", 3, TRANSLATED, YELLOW, "write_states.txt")
    view.show("row_o", bits(lanes), UNSIGNED, YELLOW)
    view.show("column_o", bits(columns), UNSIGNED, YELLOW)
    view.show("write_iteration_o", 6, UNSIGNED, YELLOW)
    view.end(group)
    group = view.group("device that is written, in ohm")
    view.comment("what it is, and what it should become")
    view.analogue("g_addressed.resistance", GREEN, 5)
    view.analogue("g_addressed.target", RED, 3)
    view.show("read_o", 0, BIT, BLUE)
    view.show("reading_i", 24, UNSIGNED, BLUE)
    view.end(group)
    group = view.group("pulses")
    view.show("pulse_o", 0, BIT, ORANGE)
    view.show("pulse_negative_o", 0, 0x2028, ORANGE, "signs.txt")
    view.show("pulse_entry_o", 4, UNSIGNED, ORANGE)
    view.comment("width in us, negative: R falls")
    view.analogue("g_addressed.pulse_width", ORANGE, 3)
    view.end(group)
    group = view.group("endings")
    for ending in ("converged", "stalled", "exhausted"):
        view.show(f"dut.{ending}", 16, UNSIGNED, VIOLET)
    view.show("dut.pulses", 32, UNSIGNED, VIOLET)
    view.show("dut.pulse_time", 32, UNSIGNED, VIOLET)
    view.end(group)
    for slot in range(CHOSEN):
        group = view.group(f"chosen device {slot}", closed=slot > 1)
        view.show(f"g_device[{slot}].number", 32, UNSIGNED, INDIGO)
        view.analogue(f"g_device[{slot}].resistance", GREEN, 2)
        view.show(f"g_device[{slot}].target", 0, REAL, RED)
        view.end(group)
    return view.text()


def files():
    made = {}
    for name, parameters in designs.arrays().items():
        lanes, outputs = int(parameters["LANES"]), int(parameters["OUTPUTS"])
        phases = int(parameters["INPUTS"]) // lanes
        sides = 1 + int(parameters.get("DIFFERENTIAL", 0))
        made[f"inference_{name}.gtkw"] = inference(name, lanes, phases, outputs)
        made[f"programming_{name}.gtkw"] = programming(name, lanes, phases * outputs * sides)
    for name, lines in TRANSLATIONS.items():
        made[name] = "\n".join(lines) + "\n"
    return made


def check_signals(view, trace):
    header = subprocess.run(["fst2vcd", trace], check=True, capture_output=True, text=True).stdout
    header = header.split("$enddefinitions", 1)[0]
    scope, there = [], set()
    for line in header.splitlines():
        words = line.split()
        if words[:1] == ["$scope"]:
            scope.append(words[2])
        elif words[:1] == ["$upscope"]:
            scope.pop()
        elif words[:1] == ["$var"]:
            there.add(".".join(scope + [words[4]]) + (words[5] if words[5] != "$end" else ""))
    named = [line for line in pathlib.Path(view).read_text(encoding="utf-8").splitlines() if re.match(r"(\(\d+\))?TOP\.", line)]
    named = [line.split(")", 1)[-1] for line in named]
    missing = [name for name in named if name not in there]
    for name in missing:
        print(f"{view}: {name}: is not in {trace}", file=sys.stderr)
    if not missing:
        print(f"{view}: {len(named)} signals, all in {trace}")
    return bool(missing) or not named


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--signals", nargs=2, metavar=("FILE", "FST"))
    arguments = parser.parse_args()
    if arguments.signals:
        return check_signals(*arguments.signals)
    stale = 0
    for name, text in files().items():
        path = WAVES / name
        if not arguments.check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(ROOT)}: is not what scripts/views.py makes: run it", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
