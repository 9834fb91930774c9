#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation of the RTL: does a test notice when the hardware is changed?

Yosys changes the design of each array in many places (one gate's input or output stuck, inverted, swapped for another): every block
the same number of times, and one that only one array has three times as often. One netlist an array holds all of its mutants, and
a number chooses which one is alive, so that one build serves all. Each mutant runs in lock-step on random machines; what the
lock-step checkers do not notice (that of the engine, on random machines and at the far ends of the counters, and that of the register port, clock by
clock) is compared with the original by ABC's equivalence checker, and a mutant proven equal is taken out, as is one that is equal for a reason
that EQUAL below states; the rest meets the other tests until one fails, and what none of them notices the proof of its block. What nothing notices is listed.

    scripts/mutate.py [--each N] [--first N] [--first-seed S] [--output FILE] [ARRAY...]
    scripts/mutate.py --lockstep-alone     without the other tests
    scripts/mutate.py --resume             goes on with a run that was cut short
    scripts/mutate.py --again              only what no test noticed in the last run, with the tests as they are now
"""
import argparse
import collections
import concurrent.futures
import filecmp
import itertools
import json
import os
import random
import re
import subprocess
import sys
import time

import designs
import verification

ROOT = designs.ROOT
# Each block's own cells of the flattened design: those below its instance, without those of the blocks in it.
CELLS = {block: f"c:*{instance}.*" if instance else "c:* c:*u_* %d c:$auto* %d" for block, instance in designs.BLOCKS.items()}
CELLS.update({outer: f"{CELLS[outer]} c:*{designs.BLOCKS[inner]}.* %d" for inner, outer in designs.INNER.items()})
# Only these have the block, or have it so: a predictor that does one entry after the other, codes of several tiles.
ALONE = {("8x8", "pulse_predictor"), ("25x8", "tile_adder")}
# What the lock-step checkers run on; @ stands for the tests of the array, % for random inputs of its register port. What is not equal
# either meets as many random machines more as the tests have.
LOCKSTEP = {"lockstep": ["test_lockstep --gtest_filter=*RandomMachines/@:*LongestReview/@"], "registers": ["fuzz_replay registers %"],
            "extremes": ["test_extremes --gtest_filter=*/@"]}
MORE_LOCKSTEP = {"machines": ["MEMSPIKE_FIRST_SEED=41 MEMSPIKE_SEEDS=100 test_lockstep --gtest_filter=*RandomMachines/@"]}
# What is equal, although the equivalence checker does not see it, since it asks for every state and not only for those that are reached:
# array, block, the mutation as far as it is told from others, the line of the block's file that it lies in, where it names one, and why
# nothing can notice. To be read again when the block changes; tests/unit/reasons.py looks whether the lines are there.
EQUAL = [
    ("10x10", "pulse_predictor", r"-mode const1 .*\$ternary\S* -port B -portbit 0 ",
     r"\(negative \? compare_asymptote_q < resistance_i : compare_asymptote_q > resistance_i\)",
     "a pulse away from the target is taken for one towards it, and predicts R farther from the target than R is"),
    ("8x8", "write_verify", "-mode cnot1 .* -port Y -portbit 23 -ctrlbit 31 ", r"if \(!rst_ni\) begin", "pulses of 2^31: 64 devices take 63 each"),
    ("100x8d", "write_verify", "-mode cnot1 .* -port Q -portbit 24 -ctrlbit 18 -wire pulses ", None, "pulses of 2^18: 1,600 devices take 63 each"),
    ("100x1d", "review_sequencer", "-mode const1 .* -wire sense_first ", None, "the first phase, where there is one: seen only with sense_valid"),
    ("100x8d", "review_sequencer", "-mode const1 .*-port A -portbit 0 ", r"if \(!rst_ni\) begin", "sense_first under reset: seen only with sense_valid"),
    ("100x1d", "lif_array", r"-mode inv .*\$ternary\S* -port B -portbit 10 ", r"\? Smallest : Largest;", "V at its smallest: out of reach, rule L5"),
    ("100x8d", "lif_array", "-mode const1 .*-port A -portbit 22 ", r"if \(sense_first_i\) begin", "a phase that is not the first, where there is one"),
    ("100x1d", "pulse_predictor", "-mode const1 .*-port A -portbit 19 ", r"else if \(busy_q\) begin", "the asymptote to compare with, while idle: read anew before use"),
    ("100x8d", "divider", "-mode inv .*-port A -portbit 7 ", r"if \(enable_i\) begin", "the divider's stages while idle: what they hold is compared with nothing"),
    ("100x8d", "review_sequencer", "-mode cnot1 .*-port A -portbit 7 -ctrlbit 12 ", r"case \(state\)", "steps done, while nothing runs: 0 again before they count"),
    ("10x10", "review_sequencer", "-mode cnot1 .*-port A -portbit 13 -ctrlbit 9 ", r"case \(state\)", "steps done, while nothing runs: 0 again before they count"),
    ("100x8d", "spike_encoder", "-mode cnot1 .*-port A -portbit 3 -ctrlbit 84 ", r"if \(advance_i\) begin", "numbers of a lane while nothing runs: loaded anew before they count"),
]
# The others, the fastest and most telling first.
TESTS = ["test_lockstep --gtest_filter=*/@:-*RandomMachines*:*LongestReview*", "test_engine_kinds", "test_register_port", "test_register_port_commands",
         "test_lif", "test_write_verify", "test_pulse_predictor", "test_engine", "test_engine_writing",
         "test_encoder --gtest_filter=*/@:-*Variance*:*Uncorrelated*"]  # those are statistics, minutes long here
# A mutant that stays busy is ended by model/chip/mutant_watchdog.cpp after a number of clocks; this is for one that a test waits for otherwise.
SECONDS = 1200
WITHOUT_END = 3  # the watchdog's exit status
INPUTS = 100  # of the register port, each up to 4,000 clocks
FOLDER = os.path.join(ROOT, "build", "mutants")


def yosys(commands):
    path = os.path.join(FOLDER, "script.%d.ys" % os.getpid())
    with open(path, "w", encoding="utf-8") as file:
        file.write(commands)
    try:
        return subprocess.run(["yosys", "-q", "-s", path], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout
    except subprocess.CalledProcessError as problem:
        sys.exit(problem.stdout[-2000:])


def design(array):
    # The encoder's memory has a write port for each bit, each as wide as a word. Merged, they would take 25,000 gates that no
    # chip has and that a simulation cannot bear; bit by bit the enables are mostly constant.
    return (designs.read_rtl(array) + "flatten\n"
            "opt_clean\nselect -set enables t:$memwr_v2 %ci:+[EN] t:$memwr_v2 %d %ci1 t:$mux %i\nsimplemap @enables\n"
            "opt_expr\nopt_clean\nopt_merge\nopt_clean\nrename -top memspike\n")


Mutant = collections.namedtuple("Mutant", "array block number command")  # the number counts from 1 within its array


def netlist(array):
    """A file of the design of what rtl/ is now; made once, as that takes minutes."""
    path = os.path.join(FOLDER, f"{array}.{verification.fingerprint(('rtl/*.sv',))}{designs.parameters(array).replace(' ', '')}.il")
    if not os.path.exists(path):
        yosys(design(array) + f"write_rtlil {path}.new\n")
        os.replace(path + ".new", path)
    return path


def list_mutants(array, each, seed):
    paths = {block: os.path.join(FOLDER, f"{array}.{block}.list") for block in CELLS}
    commands = f"read_rtlil {netlist(array)}\n"
    for block, cells in CELLS.items():
        if os.path.exists(paths[block]):
            os.remove(paths[block])
        number = 3 * each if (array, block) in ALONE else each
        commands += f"select -set block {cells}\nmutate -list {number} -seed {seed} -o {paths[block]} @block t:$meminit* %d\n"
    yosys(commands)
    found = []
    for block, path in paths.items():
        with open(path, encoding="utf-8") as file:
            found += [(block, line.strip()) for line in file if line.startswith("mutate") and " -port CLK " not in line]
    return [Mutant(array, block, number, command) for number, (block, command) in enumerate(found, 1)]


def alive(mutant):
    return mutant.command.replace("mutate ", f"mutate -ctrl mutant 16 {mutant.number} ", 1) + "\n"


def build(arrays, mutants, jobs):
    netlists = os.path.join(FOLDER, "netlists")
    os.makedirs(netlists, exist_ok=True)
    for array in arrays:
        path = os.path.join(netlists, array + ".v")
        yosys(f"read_rtlil {netlist(array)}\n" + "".join(alive(mutant) for mutant in mutants if mutant.array == array) +
              f"write_verilog -noattr {path}.new\n")
        if os.path.exists(path) and filecmp.cmp(path, path + ".new", shallow=False):
            os.remove(path + ".new")  # and nothing is built anew
        else:
            os.replace(path + ".new", path)
    names = {test.split()[0] for test in TESTS + sum(LOCKSTEP.values(), [])}
    with open(os.path.join(FOLDER, "build.log"), "w", encoding="utf-8") as log:
        for command in ([os.path.join(ROOT, "scripts", "build.sh"), "release", "verilated_models"],
                        ["cmake", "-S", ROOT, "-B", FOLDER, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                         f"-DMEMSPIKE_NETLISTS={netlists}", "-DMEMSPIKE_MUTANTS=ON", "-DMEMSPIKE_VERILATED=" + os.path.join(ROOT, "build", "release")],
                        ["cmake", "--build", FOLDER, "-j", str(jobs), "--target", *sorted(names)]):
            subprocess.run(command, check=True, stdout=log, stderr=log)


def register_inputs(array):
    """Files for tests/fuzz/registers.c, whose first byte chooses the array; the same every time."""
    folder = os.path.join(FOLDER, "inputs", array)
    paths = [os.path.join(folder, f"{number:03}") for number in range(INPUTS)]
    if not os.path.isdir(folder):
        os.makedirs(folder)
        numbers = random.Random(array)
        for path in paths:
            with open(path, "wb") as file:
                file.write(bytes([list(designs.arrays()).index(array)]) + numbers.randbytes(3000))
    return paths


def notice(array, number, tests):
    """The first of the tests that fails on a mutant; None when none does."""
    environment = dict(os.environ, MEMSPIKE_MUTANT=str(number), OMP_NUM_THREADS="1")
    environment.setdefault("MEMSPIKE_SEEDS", "40")
    for test in tests:
        words = test.replace("@", "array_" + array).split()
        settings = dict(word.split("=", 1) for word in itertools.takewhile(lambda word: not word.startswith("test_") and "=" in word, words))
        name, *arguments = words[len(settings):]
        if "%" in arguments:
            arguments = arguments[:-1] + register_inputs(array)
        else:
            arguments = (arguments or [f"--gtest_filter=*/array_{array}"]) + ["--gtest_fail_fast", "--gtest_brief=1"]
        try:
            result = subprocess.run([os.path.join(FOLDER, "tests", name), *arguments],
                                    env={**environment, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS,
                                    check=False)
            if result.returncode != 0:
                return name + (" (without end)" if result.returncode == WITHOUT_END else "")
        except subprocess.TimeoutExpired:
            return name + " (without end)"
    return None


def prove(mutant):
    """Whether the proof of the mutant's block notices it; None where the cell has no name by which to find it there."""
    found = re.search(r"-mode (\w+) .*-cell \S*?\$(\w+)\$rtl/([\w.]+):(\d+)\$\d+ (-port \w+ -portbit \d+(?: -ctrlbit \d+)?)", mutant.command + " ")
    if not found:
        return None
    mode, kind, file, line, port = found.groups()
    number = next(number for number, row in enumerate(verification.proofs()) if row[0] == mutant.block)
    change = f"select -assert-count 1 t:${kind} a:src=*{file}:{line}.* %i; rename -enumerate -pattern mutated_% t:${kind} a:src=*{file}:{line}.* %i; mutate -mode {mode} -module {designs.module(mutant.block)} -cell mutated_0 {port}"
    result = subprocess.run([os.path.join(ROOT, "tests", "formal", "prove.sh"), str(number)], env={**os.environ, "MEMSPIKE_MUTATION": change},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0 and ("NOT PROVEN" not in result.stdout or "ERROR" in result.stdout):
        sys.exit(f"mutate.py: {mutant.array} {mutant.number}: the proof did not run: {result.stdout[-300:]}")
    return "prove.sh" if result.returncode != 0 else None


def read_and_inverter_graph(path):
    """A binary AIGER file: number of inputs, next states of the latches, outputs, pairs of literals of the AND gates."""
    with open(path, "rb") as file:
        _, inputs, latches, outputs, gates = map(int, file.readline().split()[1:6])
        states = [int(file.readline().split()[0]) for _ in range(latches)]
        outputs = [int(file.readline()) for _ in range(outputs)]
        pairs = []
        for gate in range(gates):
            literal = 2 * (inputs + latches + 1 + gate)
            pair = []
            for _ in range(2):
                shift = 0
                byte = 128
                while byte >= 128:
                    byte = file.read(1)[0]
                    literal -= (byte & 127) << shift
                    shift += 7
                pair.append(literal)
            pairs.append(pair)
    return inputs, states, outputs, pairs


def constant_registers(graph, fixed, reset):
    """Which bits of registers keep one value from a reset on, whatever the inputs that are not in FIXED do: by simulation with unknowns."""
    inputs, states, _, pairs = graph
    unknown = 2
    opposite = (1, 0, unknown)
    first_state, first_pair = inputs + 1, inputs + 1 + len(states)
    values = [0] + [fixed.get(number, unknown) for number in range(inputs)] + [unknown] * (len(states) + len(pairs))

    def following():
        for at, (left, right) in enumerate(pairs, first_pair):
            a, b = values[left >> 1], values[right >> 1]
            a, b = (opposite[a] if left & 1 else a), (opposite[b] if right & 1 else b)
            values[at] = 0 if a == 0 or b == 0 else 1 if a == b == 1 else unknown
        return [opposite[values[literal >> 1]] if literal & 1 else values[literal >> 1] for literal in states]

    values[1 + reset] = 0
    for _ in range(3):  # clocks of reset
        values[first_state:first_pair] = following()
    values[1 + reset] = unknown
    while True:
        joined = [old if old == new else unknown for old, new in zip(values[first_state:first_pair], following())]
        if joined == values[first_state:first_pair]:
            return {number: value for number, value in enumerate(joined) if value != unknown}
        values[first_state:first_pair] = joined


def write_and_inverter_graph(path, graph, fixed, constant):
    """The same with the inputs in FIXED tied to 0 or 1; what reads a latch in CONSTANT reads that value."""
    inputs, states, outputs, pairs = graph
    literals = [0]
    free = 0
    for number in range(inputs):
        free += number not in fixed
        literals.append(fixed.get(number, 2 * free))
    literals += [constant.get(number, 2 * (free + 1 + number)) for number in range(len(states))]
    literals += [2 * (free + 1 + len(states) + number) for number in range(len(pairs))]

    def literal(old):
        return literals[old >> 1] ^ (old & 1)

    with open(path, "wb") as file:
        file.write(b"aig %d %d %d %d %d\n" % (free + len(states) + len(pairs), free, len(states), len(outputs), len(pairs)))
        file.write(b"".join(b"%d\n" % literal(old) for old in states + outputs))
        for gate, pair in enumerate(pairs):
            before = 2 * (free + len(states) + 1 + gate)
            for operand in sorted(map(literal, pair), reverse=True):
                difference = before - operand
                before = operand
                while difference > 127:
                    file.write(bytes([difference & 127 | 128]))
                    difference >>= 7
                file.write(bytes([difference]))


def equivalents(array, survivors):
    """Which of an array's mutants are proven equal: every output and the next state of every register, memories among
    them, are the same functions of inputs and registers, where bits of registers that both keep from a reset on have their value.
    Sound, not complete: what differs in other states that are never reached is not found equal."""
    if not survivors:
        return set()
    base = os.path.join(FOLDER, array + ".equivalence")
    yosys(f"read_rtlil {netlist(array)}\n" + "".join(map(alive, survivors)) +
          "memory_map\nopt_expr -mux_undef\nopt_clean\ndffunmap\nsimplemap\nopt_expr\nopt_merge\nopt_clean\ntechmap\nopt_expr\n"
          f"opt_clean\naigmap\nsetundef -zero\nopt_clean\nwrite_aiger -map {base}.map {base}.all.aig\n")
    with open(base + ".map", encoding="utf-8") as file:
        entries = [line.split() for line in file]
    choice = {int(entry[2]): int(entry[1]) for entry in entries if entry[0] == "input" and entry[3] == "mutant"}
    (reset,) = (int(entry[1]) for entry in entries if entry[0] == "input" and entry[3] == "rst_ni")
    graph = read_and_inverter_graph(base + ".all.aig")
    def chosen(number):
        return {at: number >> bit & 1 for bit, at in choice.items()}

    proven = set()
    constant = constant_registers(graph, chosen(0), reset)
    write_and_inverter_graph(f"{base}.original.aig", graph, chosen(0), constant)
    for number in (mutant.number for mutant in survivors):
        write_and_inverter_graph(f"{base}.{number}.aig", graph, chosen(number), constant)
        result = subprocess.run(["yosys-abc", "-c", f"cec {base}.original.aig {base}.{number}.aig"], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        os.remove(f"{base}.{number}.aig")
        if "Networks are equivalent" in result:
            # The mutant must not lose what was taken for given.
            if constant.items() <= constant_registers(graph, chosen(number), reset).items():
                proven.add(number)
        elif "Value in Network" not in result:
            sys.exit(f"mutate.py: mutant {number}: no verdict on its equivalence: {result[-300:]}")
    return proven


def lines_of(mutant):
    """The lines of the block's file that a mutation lies in."""
    name = designs.module(mutant.block) + ".sv"
    text = verification.read("rtl/" + name).split("\n")
    return [text[int(line) - 1] for line in re.findall(rf"\brtl/{name}:(\d+)", mutant.command) if 0 < int(line) <= len(text)]


def reason(mutant):
    """Why a mutant of EQUAL is equal; None for others."""
    return next((why for array, block, pattern, line, why in EQUAL if (array, block) == mutant[:2] and re.search(pattern, mutant.command + " ")
                 and (line is None or any(re.search(line, text) for text in lines_of(mutant)))), None)


def table(rows, groups):
    print(f"| {groups} | mutants | equivalent | for a reason | lock-step | % | tests | % | of |\n|---|---|---|---|---|---|---|---|---|")
    for group in [*dict.fromkeys(row[groups] for row in rows), "all"]:
        mine = [row for row in rows if group in ("all", row[groups])]
        of = sum(not row["equivalent"] and row["reason"] is None for row in mine)
        reasons = sum(row["reason"] is not None for row in mine)
        lockstep = sum(row["lockstep"] is not None for row in mine)
        tests = lockstep + sum(row["lockstep"] is None and row["noticed_by"] is not None for row in mine)
        print(f"| {group} | {len(mine)} | {len(mine) - of - reasons} | {reasons} | {lockstep} | {100 * lockstep / max(1, of):.1f} "
              f"| {tests} | {100 * tests / max(1, of):.1f} | {of} |")


def parsed_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arrays", nargs="*", metavar="ARRAY", help="default: all that CMakeLists.txt lists")
    parser.add_argument("--each", type=int, default=7, help="mutants of each block of each array (default: 7)")
    parser.add_argument("--first", type=int, help="run only so many of them: the next run may take all, with nothing built anew")
    parser.add_argument("--first-seed", type=int, default=1, help="seed of the choice (default: 1)")
    parser.add_argument("--output", default=os.path.join(FOLDER, "result.json"), help="where the result goes")
    parser.add_argument("--lockstep-alone", action="store_true", help="no other test than the lock-step checker")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was cut short")
    parser.add_argument("--again", action="store_true", help="only what no test noticed in the last run")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tests side by side (default: all processors)")
    options = parser.parse_args()
    options.arrays = options.arrays or list(designs.arrays())
    return options


def read_progress(path, known, again):
    """What a run before found out; AGAIN forgets what no test noticed."""
    with open(path, encoding="utf-8") as file:
        for mutant, verdicts in map(json.loads, file):
            if Mutant(*mutant) not in known:
                sys.exit(f"mutate.py: {path}: is of other mutants; expected a run with the same options and RTL")
            known[Mutant(*mutant)].update(verdicts)
    for mutant, verdicts in known.items():
        for stage in (*LOCKSTEP, *MORE_LOCKSTEP, "tests"):
            if again and mutant.number != 0 and verdicts.get(stage, "") is None:
                del verdicts[stage]


def run_stages(options, known, file):
    """Fill KNOWN, stage after stage: a mutant meets the next one if none before noticed it. Each verdict goes to FILE at once."""
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        def stage(name, function, chosen):
            chosen = [mutant for mutant in chosen if name not in known[mutant]]
            for done, (mutant, verdict) in enumerate(zip(chosen, pool.map(function, chosen)), 1):
                known[mutant][name] = verdict
                file.write(json.dumps([mutant, {name: verdict}]) + "\n")
                file.flush()
                if mutant.number == 0 and verdict is not None:
                    sys.exit(f"mutate.py: {mutant.array}: {verdict} fails on the design without a mutation")
                if done % 20 == 0:
                    print(f"{name}: {done} of {len(chosen)}", flush=True)

        def missed(name, chosen):
            return [mutant for mutant in chosen if mutant.number == 0 or known[mutant][name] is None]

        waiting = [mutant for mutant in known if not known[mutant].get("equivalent")]
        for name, tests in LOCKSTEP.items():
            stage(name, lambda mutant, tests=tests: notice(mutant.array, mutant.number, tests), waiting)
            waiting = missed(name, waiting)
        for array in options.arrays:
            mine = [mutant for mutant in waiting if mutant.array == array and mutant.number != 0 and not reason(mutant)]
            proven = equivalents(array, [mutant for mutant in mine if "equivalent" not in known[mutant]])
            stage("equivalent", lambda mutant, proven=proven: mutant.number in proven, mine)
        waiting = [mutant for mutant in waiting if not known[mutant].get("equivalent") and not reason(mutant)]
        waiting = [mutant for mutant in waiting if any(other.number != 0 and other.array == mutant.array for other in waiting)]
        for name, tests in MORE_LOCKSTEP.items():
            stage(name, lambda mutant, tests=tests: notice(mutant.array, mutant.number, tests), waiting)
            waiting = missed(name, waiting)
        if not options.lockstep_alone:
            stage("tests", lambda mutant: notice(mutant.array, mutant.number, TESTS), waiting)
            stage("proofs", prove, [mutant for mutant in missed("tests", waiting) if mutant.number != 0])


def result_rows(mutants, known):
    lockstep = {mutant: next(filter(None, map(known[mutant].get, (*LOCKSTEP, *MORE_LOCKSTEP))), None) for mutant in mutants}
    return [{**mutant._asdict(), "lockstep": lockstep[mutant], "equivalent": known[mutant].get("equivalent", False),
             "reason": None if lockstep[mutant] or known[mutant].get("equivalent") else reason(mutant),
             "proofs": known[mutant].get("proofs"), "noticed_by": lockstep[mutant] or known[mutant].get("tests")} for mutant in mutants]


def record(runs, rows):
    for (array, block), run in runs.items():
        mine = [row for row in rows if (row["array"], row["block"]) == (array, block)]
        if mine:
            run.record(mutants=len(mine), equivalent=sum(row["equivalent"] for row in mine), equal=sum(row["reason"] is not None for row in mine),
                       lockstep=sum(row["lockstep"] is not None for row in mine), proofs=sum(row["proofs"] is not None for row in mine), tests=sum(row["noticed_by"] is not None for row in mine))


def list_unnoticed(rows):
    """What the lock-step checkers did not notice, and what did."""
    for row in rows:
        if row["lockstep"] is None and not row["equivalent"] and row["reason"] is None:
            source = re.findall(r"-src (\S+)", row["command"])
            print(f"{row['noticed_by'] or 'survives'}:", row["array"], row["number"], row["block"], row["command"].split(" -src")[0], *source)


def main():
    options = parsed_options()
    arrays = options.arrays
    os.makedirs(FOLDER, exist_ok=True)
    runs = {(array, block): verification.Run("mutation", {"array": array, "block": block}) for array in arrays for block in CELLS}
    # Every array with a choice of its own.
    mutants = [mutant for index, array in enumerate(arrays) for mutant in list_mutants(array, options.each, options.first_seed + index)]
    print(f"{len(mutants)} mutants; building ...", flush=True)
    started = time.time()
    build(arrays, mutants, options.jobs)
    print(f"built in {time.time() - started:.0f} s", flush=True)
    # What is known: by mutant, what each lock-step said, whether it is equal, what the other tests said. Those without a mutation have
    # number 0, and come first. Block by block in turn, so that a run that is cut short has seen all of them.
    order = {mutant: index for _, mine in itertools.groupby(mutants, lambda mutant: mutant[:2]) for index, mutant in enumerate(mine)}
    mutants = sorted((mutant for mutant in mutants if order[mutant] < (options.first or len(mutants))), key=order.get)
    known = {Mutant(array, "none", 0, ""): {} for array in arrays} | {mutant: {} for mutant in mutants}
    progress = options.output + ".progress"
    goes_on = options.again or options.resume
    if goes_on:
        read_progress(progress, known, options.again)
    with open(progress, "a" if goes_on else "w", encoding="utf-8") as file:
        run_stages(options, known, file)
    rows = result_rows(mutants, known)
    with open(options.output, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
    table(rows, "block")
    table(rows, "array")
    if not options.lockstep_alone:
        record(runs, rows)
    list_unnoticed(rows)


if __name__ == "__main__":
    main()
