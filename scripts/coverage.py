#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Coverage of RTL and C over all tests, as a table.

Builds with counters (build/coverage), runs the tests, adds up what they have counted, and prints lines and toggles of every
RTL block and set of parameters, the points of functional coverage that nothing reached, and the lines of every C folder.

    scripts/coverage.py [--tests REGEX] [--no-run]
"""
import argparse
import collections
import glob
import json
import os
import re
import shutil
import subprocess

import designs
import verification

ROOT = designs.ROOT
BUILD = os.path.join(ROOT, "build", "coverage")
COUNTS = os.path.join(BUILD, "counts")
ONE_PHASE = "one phase a step: always the first and the last"
# Lines of the RTL that no test can reach, with the reason: (file, pattern of the source line, why).
EXCLUSIONS = [
    (r"memspike_write_verify\.sv", r"default: state_q <= Idle", "only a single-event upset leads there: proven by rule W5"),
    (r"memspike_write_verify\.sv", r"Fetch: if \(fetched\)", "waits only in the sequential build, whose line it is too"),
    (r"memspike_register_port\.sv", r"READABLE_SETTINGS == 0", "a parameter of FPGA boards: proven by rule H5"),
    (r"memspike_spike_encoder\.sv", r"function automatic",
     "a constant function: computed by the tools, not in the hardware"),
    (r"memspike_lif_array\.sv", r"if \(sense_(first|last)_i\)", ONE_PHASE),
    (r"memspike_review_sequencer\.sv", r"if \(last\)", ONE_PHASE),
    (r".*", r"logic unused|assign unused", "nets that take what a set of parameters does not use"),
]


def bits(parameters):
    """Bits of an array that no test can toggle: (signal, lowest of them, why). Bits that Yosys finds to be constant are left out as well."""
    devices = (1 + int(parameters.get("DIFFERENTIAL", 0))) * int(parameters["OUTPUTS"]) * int(parameters["INPUTS"])
    rows = [
        (r"(converged|stalled|exhausted)(_[io])?", devices.bit_length(), "not so many devices"),
        (r"pulses(_[io])?", (63 * devices).bit_length(), "63 pulses a device at most"),
        (r"pulse_time(_[io])?", 22, "pulses of more than four seconds in one writing"),
        (r"clocks(_[iq])?", 22, "more than four million clocks"),
        (r"half", 7, "half of 128 readings at most"),
        (r"best_distance_q", 24, "it starts from a difference of 24 bits, and only becomes less"),
    ]
    if parameters["INPUTS"] == parameters["LANES"]:
        rows.append((r"(sense_)?phase(_next)?(_[ioq])?", 0, ONE_PHASE))
    return rows


def constant_bits(hardware):
    """Names of the bits that have no register and no gate of a kind behind them: (scope and signal, bit)."""
    path = os.path.join(BUILD, f"constant.{hardware}.json")
    subprocess.run(["yosys", "-q", "-w", "Replacing memory", "-p",
                    f"{designs.read_rtl(hardware)}flatten; opt -full -keepdc; wreduce; opt -full -keepdc; rename -top memspike; "
                    f"write_json {path}"], cwd=ROOT, check=True)
    with open(path, encoding="utf-8") as stream:
        nets = json.load(stream)["modules"]["memspike"]["netnames"]
    return {(f"memspike.{name}", bit) for name, net in nets.items() for bit, value in enumerate(net["bits"]) if isinstance(value, str)}


def run_tests(pattern, jobs):
    shutil.rmtree(COUNTS, ignore_errors=True)
    os.makedirs(COUNTS)
    for path in glob.glob(BUILD + "/**/*.gcda", recursive=True):
        os.remove(path)
    environment = dict(os.environ, MEMSPIKE_COVERAGE_DIR=COUNTS)
    command = ["ctest", "--preset", "coverage", "-j", str(jobs), "-LE", "release_only"]
    if subprocess.run(command + (["-R", pattern] if pattern else []), cwd=ROOT, env=environment, check=False).returncode != 0:
        print("coverage.py: a test failed; what it reached until then counts", flush=True)


def excluded(file, line, one_phase, sources={}):
    if file not in sources:
        with open(os.path.join(ROOT, file), encoding="utf-8") as stream:
            sources[file] = stream.read().split("\n")
    text = sources[file][line - 1]
    return any(re.fullmatch(name, os.path.basename(file)) and re.search(pattern, text) for name, pattern, why in EXCLUSIONS
               if why != ONE_PHASE or one_phase)


def never_toggles(constants, parameters, scope, signal):
    """The signal is NAME or NAME[BIT], with the element of an array before it."""
    name, bit = (signal[:-1].rsplit("[", 1) + ["0"])[:2] if signal.endswith("]") else (signal, "0")
    return (f"{scope}.{name}", int(bit)) in constants or any(
        re.fullmatch(pattern, name) and int(bit) >= lowest for pattern, lowest, _ in bits(parameters))


def rtl():
    counts = collections.defaultdict(collections.Counter)  # [hardware][point]
    constants = {}
    arrays = designs.arrays()
    for path in glob.glob(COUNTS + "/*.dat"):
        hardware = os.path.basename(path).split(".")[0]
        with open(path, encoding="latin-1") as stream:
            for line in stream:
                if line.startswith("C '"):
                    key, count = line[3:].rsplit("' ", 1)
                    fields = dict(part.split("\x02", 1) for part in key.split("\x01") if "\x02" in part)
                    file = "rtl/" + os.path.basename(fields["f"])
                    kind = "toggles" if fields["page"].startswith("v_toggle") else "lines"
                    # The chip's adapter has the same memspike inside that is simulated alone.
                    scope = re.sub(r"^.*?(TOP\.|u_)memspike(?=\.|$)", "memspike", fields["h"])
                    scope = re.sub(r"^.*memspike_axi", "memspike_axi", scope)
                    if hardware not in constants:
                        constants[hardware] = constant_bits(hardware)
                    parameters = arrays[hardware]
                    if not (excluded(file, int(fields["l"]), parameters["INPUTS"] == parameters["LANES"]) or
                            kind == "toggles" and never_toggles(constants[hardware], parameters, scope, fields["o"])):
                        counts[hardware][file, kind, fields["l"], fields.get("n"), fields.get("o"), scope] += int(count)
    print("| hardware | block | lines % | of | toggles % | of |\n|---|---|---|---|---|---|")
    values = collections.defaultdict(dict)
    for hardware in sorted(counts):
        for file in sorted({point[0] for point in counts[hardware]}) + ["all"]:
            row = [hardware, os.path.basename(file)]
            for kind in ("lines", "toggles"):
                mine = [count for point, count in counts[hardware].items() if point[1] == kind and file in ("all", point[0])]
                reached = sum(count > 0 for count in mine)
                row += [f"{100 * reached / len(mine):.1f}" if mine else "-", str(len(mine))]
                values[hardware].update({kind: reached, kind + "_of": len(mine)})  # the last is all
            print("| " + " | ".join(row) + " |")
    with open(os.path.join(BUILD, "missed.txt"), "w", encoding="utf-8") as stream:
        for hardware in sorted(counts):
            for point, count in sorted(counts[hardware].items(), key=str):
                if count == 0:
                    stream.write(f"{hardware} {point}\n")
    return values


def functional():
    counts = collections.defaultdict(collections.Counter)
    for path in glob.glob(COUNTS + "/*.points"):
        with open(path, encoding="utf-8") as stream:
            for line in stream:
                count, point = line.rstrip("\n").split(" ", 1)
                counts[os.path.basename(path).split(".")[0]][point] += int(count)
    print("\n| hardware | functional points | reached | missing |\n|---|---|---|---|")
    for hardware, points in sorted(counts.items()):
        missing = sorted(point for point, count in points.items() if count == 0)
        print(f"| {hardware} | {len(points)} | {len(points) - len(missing)} | {', '.join(missing) or 'none'} |")
    return {hardware: {"points": sum(count > 0 for count in points.values()), "points_of": len(points)} for hardware, points in counts.items()}


def software():
    # A source that is compiled several times, as for each instruction set, has reached what any of its objects has.
    reached = collections.defaultdict(lambda: collections.defaultdict(int))  # [file][line]
    for path in glob.glob(BUILD + "/**/*.gcda", recursive=True):
        output = subprocess.run(["gcov", "--json-format", "--stdout", path], cwd=BUILD, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, check=False).stdout
        for file in json.loads(output)["files"] if output else []:
            name = os.path.relpath(os.path.join(BUILD, file["file"]), ROOT)
            if name.startswith(("model/", "csrc/")) and name.endswith(".c"):
                for line in file["lines"]:
                    reached[name][line["line_number"]] += line["count"]
    lines = collections.defaultdict(dict)
    for name, counts in reached.items():
        lines[os.path.dirname(name)][name] = (sum(count > 0 for count in counts.values()), len(counts))
    print("\n| C folder | lines % | of |\n|---|---|---|")
    values = {}
    for folder in sorted(lines):
        hit, total = (sum(value[i] for value in lines[folder].values()) for i in (0, 1))
        print(f"| {folder} | {100 * hit / total:.1f} | {total} |")
        values[folder] = {"lines": hit, "lines_of": total}
    with open(os.path.join(BUILD, "missed_files.txt"), "w", encoding="utf-8") as stream:
        for name, (hit, total) in sorted((item for folder in lines.values() for item in folder.items()), key=lambda item: item[1][0] - item[1][1]):
            stream.write(f"{name}: {total - hit} of {total} lines not reached\n")
    return values


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", help="only the tests that match (default: all)")
    parser.add_argument("--no-run", action="store_true", help="print what the last run has counted")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tests side by side (default: all processors)")
    options = parser.parse_args()
    runs = [verification.Run("coverage_rtl", {"array": array}) for array in designs.arrays()]
    runs += [verification.Run("coverage_c", {"folder": folder}) for folder in verification.c_folders()]
    if not options.no_run:
        subprocess.run([os.path.join(ROOT, "scripts", "build.sh"), "coverage"], check=True)
        run_tests(options.tests, options.jobs)
    counted, points = rtl(), functional()
    found = {hardware: {**counted[hardware], **points.get(hardware, {})} for hardware in counted} | software()
    for run in runs:
        (value,) = run.keys.values()
        if value in found and not options.no_run and not options.tests:
            run.record(**found[value])


if __name__ == "__main__":
    main()
