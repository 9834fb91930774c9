#!/usr/bin/env python3
"""Mutation of the RTL: does a test notice when the hardware is changed?

Yosys changes the design of the 10 x 10 array in many places (one gate's input or output stuck, inverted, swapped for another).
One netlist holds all mutants, and a number chooses which one is alive, so that one build serves all. The lock-step tests
and the tests of the blocks run on each until one fails. What no test notices is compared with the original by ABC's
equivalence checker: a mutant proven equal is taken out; the rest is listed.

    scripts/mutate.py [--each N] [--first-seed S] [--output FILE]
    scripts/mutate.py --again      only what no test noticed in the last run, with the tests as they are now
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The blocks: name, the cells of the flattened design that are its own. A new block is one line more.
BLOCKS = [
    ("memspike", "c:* c:*u_* %d c:$auto* %d"),
    ("register_port", "c:*u_registers.*"),
    ("review_sequencer", "c:*u_sequencer.*"),
    ("spike_encoder", "c:*u_encoder.*"),
    ("lif_array", "c:*u_neurons.*"),
    ("early_decision", "c:*u_decision.*"),
    ("write_verify", "c:*u_write_verify.* c:*u_predictor.* %d"),
    ("pulse_predictor", "c:*u_predictor.* c:*u_divider.* %d"),
    ("divider", "c:*u_divider.*"),
]
HARDWARE = "10x10"
PARAMETERS = "-set INPUTS 100 -set LANES 10"
# The fastest and most telling first.
TESTS = ["test_lockstep --gtest_filter=*RandomMachines/array_10x10*:*LongestReview/array_10x10*", "test_register_port", "test_lif", "test_write_verify",
         "test_engine", "test_encoder --gtest_filter=*array_10x10*:-*Variance*:*Uncorrelated*"]  # those are statistics, minutes long here
# A mutant that stays busy is ended by model/dut.cpp after a number of clocks; this is for one that a test waits for otherwise.
SECONDS = 300
WITHOUT_END = 3  # dut.cpp's exit status
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


def design():
    sources = sorted(name for name in os.listdir(os.path.join(ROOT, "rtl")) if name.endswith(".v"))
    sources.remove("memspike_registers.v")
    files = " ".join("rtl/" + name for name in ["memspike_registers.v"] + sources)
    # The encoder's memory has a write port for each bit, each as wide as a word. Merged, they would take 25,000 gates that no
    # chip has and that a simulation cannot bear; bit by bit the enables are mostly constant.
    return (f"read_verilog -sv {files}\nchparam {PARAMETERS} memspike\nhierarchy -check -top memspike\nproc\nflatten\n"
            "opt_clean\nselect -set enables t:$memwr_v2 %ci:+[EN] t:$memwr_v2 %d %ci1 t:$mux %i\nsimplemap @enables\n"
            "opt_expr\nopt_clean\nopt_merge\nopt_clean\nrename -top memspike\n")


def list_mutants(each, seed):
    mutants = []
    for block, cells in BLOCKS:
        path = os.path.join(FOLDER, block + ".list")
        yosys(design() + f"select -set block {cells}\nmutate -list {each} -seed {seed} -o {path} @block\n")
        with open(path, encoding="utf-8") as file:
            mutants += [(block, line.strip()) for line in file if line.startswith("mutate") and " -port CLK " not in line]
    return mutants


def alive(number, command):
    return command.replace("mutate ", f"mutate -ctrl mutant 16 {number} ", 1)


def build(mutants):
    netlists = os.path.join(FOLDER, "netlists")
    os.makedirs(netlists, exist_ok=True)
    commands = design() + "".join(alive(number, command) + "\n" for number, (_, command) in enumerate(mutants, 1))
    yosys(design() + f"write_rtlil {FOLDER}/design.il\n")
    yosys(commands + f"write_verilog -noattr {netlists}/{HARDWARE}.v\n")
    names = {test.split()[0] for test in TESTS}
    with open(os.path.join(FOLDER, "build.log"), "w", encoding="utf-8") as log:
        for command in (["cmake", "-S", ROOT, "-B", FOLDER, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                         f"-DMEMSPIKE_HARDWARE={HARDWARE} 100 10 1 1",
                         f"-DMEMSPIKE_NETLISTS={netlists}", "-DMEMSPIKE_MUTANTS=ON"],
                        ["cmake", "--build", FOLDER, "--target", *sorted(names)]):
            subprocess.run(command, check=True, stdout=log, stderr=log)


def notice(number):
    """The test that fails on a mutant; None when none does."""
    environment = dict(os.environ, MEMSPIKE_MUTANT=str(number), OMP_NUM_THREADS="1", MEMSPIKE_SEEDS="40")
    for test in TESTS:
        name, *arguments = test.split()
        arguments = arguments or [f"--gtest_filter=*array_{HARDWARE}*"]
        try:
            result = subprocess.run([os.path.join(FOLDER, "tests", name), *arguments, "--gtest_fail_fast", "--gtest_brief=1"],
                                    env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS,
                                    check=False)
            if result.returncode != 0:
                return name + (" (without end)" if result.returncode == WITHOUT_END else "")
        except subprocess.TimeoutExpired:
            return name + " (without end)"
    return None


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


def write_and_inverter_graph(path, graph, fixed):
    """The same with the inputs in FIXED tied to 0 or 1."""
    inputs, states, outputs, pairs = graph
    literals = [0]
    free = 0
    for number in range(inputs):
        free += number not in fixed
        literals.append(fixed.get(number, 2 * free))
    literals += [2 * (free + 1 + number) for number in range(len(states) + len(pairs))]

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


def equivalents(survivors):
    """Which of the survivors (number: command) are proven equal: every output and the next state of every register, memories among
    them, are the same functions of inputs and registers. Sound, not complete: what differs in states that are never reached is not
    found equal."""
    base = os.path.join(FOLDER, "equivalence")
    yosys(f"read_rtlil {FOLDER}/design.il\n" + "".join(alive(number, command) + "\n" for number, command in survivors.items()) +
          "memory_map\nopt_expr -mux_undef\nopt_clean\ndffunmap\nsimplemap\nopt_expr\nopt_merge\nopt_clean\ntechmap\nopt_expr\n"
          f"opt_clean\naigmap\nsetundef -zero\nopt_clean\nwrite_aiger -zinit -map {base}.map {base}.all.aig\n")
    with open(base + ".map", encoding="utf-8") as file:
        entries = [line.split() for line in file]
    choice = {int(entry[2]): int(entry[1]) for entry in entries if entry[0] == "input" and entry[3] == "mutant"}
    graph = read_and_inverter_graph(base + ".all.aig")
    proven = set()
    for number in [0, *survivors]:
        write_and_inverter_graph(f"{base}.{number or 'original'}.aig", graph, {at: number >> bit & 1 for bit, at in choice.items()})
        if number:
            result = subprocess.run(["yosys-abc", "-c", f"cec {base}.original.aig {base}.{number}.aig"], check=True, text=True,
                                    stdout=subprocess.PIPE).stdout
            os.remove(f"{base}.{number}.aig")
            if "Networks are equivalent" in result:
                proven.add(number)
            elif "Value in Network" not in result:
                sys.exit(f"mutate.py: mutant {number}: no verdict on its equivalence: {result[-300:]}")
    return proven


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=45, help="mutants of each block (default: 45)")
    parser.add_argument("--first-seed", type=int, default=1, help="seed of the choice (default: 1)")
    parser.add_argument("--output", default=os.path.join(FOLDER, "result.json"), help="where the result goes")
    parser.add_argument("--again", action="store_true", help="only the survivors of the last run")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tests side by side (default: all processors)")
    options = parser.parse_args()
    os.makedirs(FOLDER, exist_ok=True)
    mutants = list_mutants(options.each, options.first_seed)
    print(f"{len(mutants)} mutants; building ...", flush=True)
    build(mutants)
    if notice(0) is not None:
        sys.exit("mutate.py: the tests fail on the design without a mutation")
    # Block by block in turn, so that a run that is cut short has seen all of them.
    order = sorted(range(1, len(mutants) + 1), key=lambda number: ((number - 1) % options.each, number))
    noticed = [None] * len(mutants)
    progress = options.output + ".progress"
    if options.again:
        with open(progress, encoding="utf-8") as file:
            for _, number, command, test in map(json.loads, file):
                if number > len(mutants) or mutants[number - 1][1] != command:
                    sys.exit(f"mutate.py: {progress}: is of other mutants; expected a run with the same options and RTL")
                noticed[number - 1] = test or noticed[number - 1]
        order = [number for number in order if noticed[number - 1] is None]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool, open(progress, "a" if options.again else "w", encoding="utf-8") as file:
        for done, (number, test) in enumerate(zip(order, pool.map(notice, order)), 1):
            noticed[number - 1] = test
            file.write(json.dumps([mutants[number - 1][0], number, mutants[number - 1][1], test]) + "\n")
            file.flush()
            if done % 20 == 0:
                print(f"{done} of {len(order)}", flush=True)
    proven = equivalents({number: mutants[number - 1][1] for number in range(1, len(mutants) + 1) if noticed[number - 1] is None})
    rows = [{"number": number, "block": block, "mutation": command, "noticed_by": noticed[number - 1], "equivalent": number in proven}
            for number, (block, command) in enumerate(mutants, 1)]
    with open(options.output, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
    print("| block | mutants | equivalent | noticed | of | % |\n|---|---|---|---|---|---|")
    for block in [name for name, _ in BLOCKS] + ["all"]:
        mine = [row for row in rows if block in ("all", row["block"])]
        equal = sum(row["equivalent"] for row in mine)
        found = sum(row["noticed_by"] is not None for row in mine)
        print(f"| {block} | {len(mine)} | {equal} | {found} | {len(mine) - equal} | {100 * found / max(1, len(mine) - equal):.1f} |")
    for row in rows:
        if row["noticed_by"] is None and not row["equivalent"]:
            source = re.findall(r"-src (\S+)", row["mutation"])
            print("survives:", row["number"], row["block"], row["mutation"].split(" -src")[0], *source)


if __name__ == "__main__":
    main()
