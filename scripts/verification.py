#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What has been verified, as data: docs/verification/CAMPAIGN.csv, and the tables of docs/verification.md made from it.

Every row carries the fingerprint of the sources that it stands for, the day and the seconds. When one of these sources has changed
since, the document shows the row as stale; what the sources list and no row tells of is shown as not run, and a row of what they no
longer list is refused.

    scripts/verification.py --write              makes the tables of docs/verification.md
    scripts/verification.py --check              exits with 1 when they are not what the data and the sources say
    scripts/verification.py --list               every row: fresh, stale or not run
    scripts/verification.py start CAMPAIGN KEY=VALUE...   prints a token: before the run
    scripts/verification.py fresh CAMPAIGN KEY=VALUE...   exits with 0 if that row is there, of the sources as they are, with 1 if not
    scripts/verification.py record TOKEN VALUE=... ...    after it: replaces the row. Only where MEMSPIKE_RECORD is 1

A fingerprint takes what the tools read: comments, indentation and empty lines of Verilog, C and C++ do not count (comments that
speak to Verilator do), and of tests/formal/prove.sh not the list of proofs, of which each row has its own line.
"""
import argparse
import collections
import csv
import datetime
import fcntl
import functools
import glob
import hashlib
import json
import os
import re
import sys
import time

import designs

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DATA = os.path.join(ROOT, "docs", "verification")
DOCUMENT = os.path.join(ROOT, "docs", "verification.md")
ABOUT = ["sources", "date", "seconds"]  # the columns that every row has beside its own


# Sources.

@functools.cache
def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


@functools.cache
def code(path):
    """What a tool reads of a source."""
    text = read(path)
    if path == "tests/formal/prove.sh":
        return re.sub(r"(?ms)^proofs=\(.*?^\)", "", text)
    if not path.endswith((".sv", ".v", ".vh", ".c", ".h", ".cpp")):
        return text
    # Strings as they are; in C a quotation mark may stand between apostrophes.
    literal = r'"(?:\\.|[^"\\\n])*"' + ("" if path.endswith((".sv", ".v", ".vh")) else r"|'(?:\\.|[^'\\\n])+'")
    text = re.sub(rf"({literal}|//\s*verilator[^\n]*|/\*\s*verilator.*?\*/)|//[^\n]*|/\*.*?\*/",
                  lambda match: match.group(1) or " ", text, flags=re.DOTALL)
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


@functools.cache
def fingerprint(globs):
    files = sorted({name for pattern in globs for name in glob.glob(pattern, root_dir=ROOT, recursive=True)
                    if os.path.isfile(os.path.join(ROOT, name))})
    total = hashlib.sha256()
    for name in files:
        content = code(name).encode(errors="surrogateescape")
        total.update(f"{name} {len(content)}\n".encode() + content)
    return total.hexdigest()[:16]


@functools.cache
def rtl_below(block, replaced=()):
    """The block's file and those of all blocks in it; what is replaced, and what only that has in it, is not among them."""
    modules = {name[4:-3] for name in glob.glob("rtl/*.sv", root_dir=ROOT)}
    files, waiting = set(), [designs.module(block)]
    while waiting:
        name = waiting.pop()
        if f"rtl/{name}.sv" not in files:
            files.add(f"rtl/{name}.sv")
            waiting += (modules & set(re.findall(r"\w+", code(f"rtl/{name}.sv")))) - set(map(designs.module, replaced))
    return tuple(files)


# Campaigns: which rows there must be, and the sources of each.

def proofs():
    lines = re.search(r"(?ms)^proofs=\((.*?)^\)", read("tests/formal/prove.sh")).group(1)
    return [tuple(line.split("|")) for line in re.findall(r'^ *"([^"]+)"', lines, re.MULTILINE)]


def formal_sources(row):
    settings = row["settings"].split()
    stand_ins = dict(setting.split("=") for setting in settings if setting.endswith(".v"))
    blocks = [row["block"]] + [setting[1:] for setting in settings if setting.startswith("+")]
    files = {"tests/formal/prove.sh", "tests/formal/covers.v"}
    for block in blocks:
        files |= {*rtl_below(block, tuple(stand_ins)), f"tests/formal/{block}.vh"}
    return files | {f"tests/formal/{file}" for file in stand_ins.values()}


# What runs the RTL in lock-step with its reference models, and the tests that do.
LOCKSTEP = ("model/*/*", "tests/support/hardware.h", "tests/support/pulses.h", "tests/cosim/test_lockstep.cpp", "tests/fuzz/registers.c",
            "tests/fuzz/port_reference.*")
PORT_TESTS = ("tests/support/register_port.h", "tests/cosim/test_register_port*.cpp")
KINDS_TEST = ("tests/support/engine.h", "tests/cosim/test_engine_kinds.cpp")
BLOCK_TESTS = (*PORT_TESTS, *KINDS_TEST, "tests/support/write_verify.h",
               *(f"tests/cosim/test_{name}.cpp" for name in ("lif", "write_verify", "pulse_predictor", "engine", "engine_writing", "encoder")))
READERS = {  # of scripts/fuzz.sh
    "review": ["csrc/text/tokenizer.*"], "corpus": ["csrc/text/corpus*"], "model": ["csrc/learn/checkpoint.*"],
    "vectors": ["csrc/text/vectors.*"], "archive": ["csrc/text/reviews.*", "csrc/text/stored_text.*", "csrc/text/data_folder.*"],
    "device": ["csrc/device_file/*", "model/device/*"], "preset": ["csrc/run/settings.*"], "experiment": ["csrc/sweep/experiment.*"],
    "measurements": ["csrc/fit/measurements.*"], "registers": ["rtl/*.sv", "model/*/*"],
}


def c_folders():
    return sorted({os.path.dirname(name) for pattern in ("csrc/*/*.c", "model/*/*.c") for name in glob.glob(pattern, root_dir=ROOT)})


def fuzz_readers():
    listed = re.findall(r"\[(\w+)\]=", re.search(r"(?s)executions=\((.*?)\)", read("scripts/fuzz.sh")).group(1))
    if sorted(listed) != sorted(READERS):
        sys.exit(f"verification.py: scripts/fuzz.sh: the readers {', '.join(listed)}: expected those whose sources are known: {', '.join(READERS)}")
    return listed


Campaign = collections.namedtuple("Campaign", "keys values expected sources")
CAMPAIGNS = {
    "formal": Campaign(["block", "settings", "depth", "cover"], ["state"], proofs, formal_sources),
    "coverage_rtl": Campaign(["array"], ["lines", "lines_of", "toggles", "toggles_of", "points", "points_of"],
                             lambda: [(array,) for array in designs.arrays()],
                             lambda row: {"rtl/*.sv", "scripts/coverage.py", "tests/support/*", "tests/cosim/*", *LOCKSTEP}),
    "coverage_c": Campaign(["folder"], ["lines", "lines_of"],
                           lambda: [(folder,) for folder in c_folders()],
                           lambda row: {row["folder"] + "/*", "scripts/coverage.py", "tests/unit/*.cpp", "tests/e2e/*", "tests/cosim/*", "tests/support/*"}),
    "mutation": Campaign(["array", "block"], ["mutants", "equivalent", "equal", "lockstep", "tests", "proofs"],
                         lambda: [(array, "memspike") for array in designs.arrays()],
                         lambda row: {*rtl_below(row["block"]), *(rtl_below("pulse_predictor_sequential") if row["block"] == "pulse_predictor" else ()),
                                      "scripts/mutate.py", *LOCKSTEP, *BLOCK_TESTS, "tests/cosim/test_extremes.cpp"}),
    "gates": Campaign(["array"], ["cells", "tests"], lambda: [(array,) for array in designs.arrays()],
                      lambda row: {*rtl_below("memspike"), "scripts/gate_level.sh", *PORT_TESTS, *KINDS_TEST, *LOCKSTEP}),
    "fuzz": Campaign(["reader"], ["executions"], lambda: [(reader,) for reader in fuzz_readers()],
                     lambda row: {*READERS[row["reader"]], "model/base/error.*", "model/base/memory.*", "csrc/base/output_file.*", "csrc/base/container.*", "csrc/base/configuration.*", "csrc/base/byte_order_mark.h", "tests/fuzz/*.c",
                                  "tests/fuzz/*.h"}),
    "faults": Campaign(["what"], ["times", "failures"], lambda: [(what,) for what in ("prepare", "train", "train2", "sweep", "table1", "files")],
                       lambda row: {"scripts/faults.sh", "csrc/**/*", "model/*/*"}),
    "upsets": Campaign(["array", "block"],
                       ["bits", "upsets", "without_end", "not_recovered", "pulsed", "spikes", "answers", "clean_right", "upset_right", "longest"],
                       lambda: [("100x1", "memspike"), ("10x10", "memspike")],
                       lambda row: {*rtl_below("memspike"), "scripts/upsets.py", "tests/upsets/*", "model/*/*"}),
    "threads": Campaign(["sanitizer"], ["tests", "failures"], lambda: [("threads",)], lambda row: {"csrc/**/*", "model/*/*", "tests/**/*", "rtl/*.sv", "testbench/*"}),
    "memory": Campaign(["tool"], ["commands", "failures"], lambda: [("valgrind",)], lambda row: {"csrc/**/*", "model/*/*", "scripts/verify.sh"}),
    "soak": Campaign(["what"], ["seeds", "arrays", "failures"], lambda: [("random machines",)], lambda row: {"rtl/*.sv", "scripts/soak.sh", *LOCKSTEP}),
}


# Those of which the sources do not list every row.
OPEN = {"mutation", "upsets"}


def key_of(campaign, row):
    return tuple(row[name] for name in CAMPAIGNS[campaign].keys)


def load(campaign):
    path = os.path.join(DATA, campaign + ".csv")
    if not os.path.exists(path):
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {key_of(campaign, row): row for row in csv.DictReader(file)}


def sources_now(campaign, keys):
    files = fingerprint(tuple(sorted(CAMPAIGNS[campaign].sources(keys))))
    if "array" not in keys:
        return files
    # An array is also its parameters.
    return hashlib.sha256(f"{files} {designs.arrays().get(keys['array'])}".encode()).hexdigest()[:16]


def is_fresh(campaign, wanted):
    """Whether a row with these keys and values is there, and stands for the sources as they are."""
    return any(row["sources"] == sources_now(campaign, {name: row[name] for name in CAMPAIGNS[campaign].keys})
               for row in load(campaign).values() if wanted.items() <= row.items())


# Recording.

class Run:
    """A run of a campaign, from here on; what it came to is recorded only where that is asked for, and only if the sources did not
    change while it ran."""

    def __init__(self, campaign, keys, sources=None, began=None):
        if campaign not in CAMPAIGNS:
            sys.exit(f"verification.py: {campaign}: expected one of {', '.join(CAMPAIGNS)}")
        if sorted(keys) != sorted(CAMPAIGNS[campaign].keys):
            sys.exit(f"verification.py: {campaign}: {', '.join(keys)}: expected {', '.join(CAMPAIGNS[campaign].keys)}")
        self.campaign, self.keys = campaign, {name: str(value) for name, value in keys.items()}
        self.sources = sources or sources_now(campaign, self.keys)
        self.began = began or time.time()

    def token(self):
        return json.dumps([self.campaign, self.keys, self.sources, self.began])

    def record(self, **values):
        wanted = CAMPAIGNS[self.campaign]
        if sorted(values) != sorted(wanted.values):
            sys.exit(f"verification.py: {self.campaign}: {', '.join(values)}: expected {', '.join(wanted.values)}")
        if os.environ.get("MEMSPIKE_RECORD") != "1":
            return
        for cached in (read, code, fingerprint, rtl_below):
            cached.cache_clear()
        if sources_now(self.campaign, self.keys) != self.sources:
            sys.exit(f"verification.py: {self.campaign} {' '.join(self.keys.values())}: its sources have changed while it ran; not recorded")
        row = {**self.keys, **{name: str(value) for name, value in values.items()}, "sources": self.sources,
               "date": datetime.date.fromtimestamp(self.began).isoformat(), "seconds": str(round(time.time() - self.began))}
        os.makedirs(DATA, exist_ok=True)
        with open(__file__, encoding="utf-8") as lock:  # runs beside one another record, too
            fcntl.flock(lock, fcntl.LOCK_EX)
            rows = load(self.campaign)
            rows[key_of(self.campaign, row)] = row
            if self.campaign not in OPEN:  # what there was once goes
                rows = {key: rows[key] for key in wanted.expected() if key in rows}
            path = os.path.join(DATA, self.campaign + ".csv")
            with open(path + ".new", "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, wanted.keys + wanted.values + ABOUT, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows[key] for key in sorted(rows))
            os.replace(path + ".new", path)


# The tables.

def day(iso):
    date = datetime.date.fromisoformat(iso)
    return f"{date.day} {date:%B %Y}"


def when(campaign, rows):
    """Of rows: the day of the oldest, stale if one of them is; None stands for a row that is not there."""
    if any(row is None for row in rows):
        return "**not run**"
    date = min(row["date"] for row in rows)
    stale = [row for row in rows if row["sources"] != sources_now(campaign, {name: row[name] for name in CAMPAIGNS[campaign].keys})]
    return f"**stale**, {day(min(row['date'] for row in stale))}" if stale else day(date)


def total(name):
    return lambda rows: str(sum(int(row[name]) for row in rows))


def thousands(name):
    return lambda rows: f"{sum(int(row[name]) for row in rows):,}"


def share(part, of, digits=1, less=()):
    """In %: the sum of the columns in PART of that of OF without those in LESS."""
    def text(rows):
        whole = sum(int(row[of]) - sum(int(row[name]) for name in less) for row in rows)
        return f"{100 * sum(int(row[name]) for row in rows for name in part) / whole:.{digits}f}" if whole else "-"
    return text


def first(name):
    return lambda rows: rows[0][name]


def proof_state(rows):
    return rows[0]["state"] + (", covered" if rows[0]["state"] == "proven" and rows[0]["cover"] != "-" else "")


EQUAL = ("equivalent", "equal")
MUTATION = [("mutants", total("mutants")), ("proven equal", total("equivalent")), ("equal for a reason", total("equal")),
            ("lock-step alone %", share(["lockstep"], "mutants", less=EQUAL)), ("tests %", share(["tests"], "mutants", less=EQUAL)),
            ("tests and proofs %", share(["tests", "proofs"], "mutants", less=EQUAL))]
UPSETS = [("bits", total("bits")), ("upsets", total("upsets")), ("without end", total("without_end")), ("not recovered", total("not_recovered")),
          ("pulsed a device", total("pulsed")), ("other spikes %", share(["spikes"], "upsets")), ("other answer %", share(["answers"], "upsets", 2)),
          ("accuracy % without", share(["clean_right"], "upsets", 2)), ("with", share(["upset_right"], "upsets", 2)),
          ("longest review, clocks", lambda rows: str(max(int(row["longest"]) for row in rows)))]
# Name in the document's markers: campaign, columns that a line of the table stands for, further columns, a last line for all.
TABLES = {
    "formal": ("formal", ["block", "settings"], [("state", proof_state), ("seconds", total("seconds"))], False),
    "coverage-rtl": ("coverage_rtl", ["array"], [("lines %", share(["lines"], "lines_of")), ("of", total("lines_of")),
                                                 ("toggles %", share(["toggles"], "toggles_of")), ("of", total("toggles_of")),
                                                 ("functional points", total("points")), ("of", total("points_of"))], True),
    "coverage-c": ("coverage_c", ["folder"], [("lines %", share(["lines"], "lines_of")), ("of", total("lines_of"))], True),
    "mutation-blocks": ("mutation", ["block"], MUTATION, True),
    "mutation-arrays": ("mutation", ["array"], MUTATION, True),
    "gates": ("gates", ["array"], [("cells", total("cells")), ("tests passed", total("tests"))], False),
    "fuzz": ("fuzz", ["reader"], [("executions", thousands("executions")), ("seconds", total("seconds"))], True),
    "faults": ("faults", ["what"], [("times", total("times")), ("failures", total("failures")), ("seconds", total("seconds"))], True),
    "upsets": ("upsets", ["array", "block"], UPSETS, True),
    "threads": ("threads", ["sanitizer"], [("tests", total("tests")), ("failures", total("failures")), ("seconds", total("seconds"))], False),
    "memory": ("memory", ["tool"], [("commands", total("commands")), ("failures", total("failures")), ("seconds", total("seconds"))], False),
    "soak": ("soak", ["what"], [("seeds on each array", total("seeds")), ("arrays", total("arrays")), ("failures", total("failures")), ("seconds", total("seconds"))], False),
}


def all_rows(campaign):
    """Every row that there is or must be, in order: (keys, row or None). What the sources no longer list stands for nothing that is there."""
    rows, wanted = load(campaign), CAMPAIGNS[campaign].expected()
    extra = [key for key in rows if key not in wanted]
    if extra and campaign not in OPEN:
        sys.exit(f"verification.py: docs/verification/{campaign}.csv: {' | '.join(extra[0])}: the sources no longer list it; delete the row")
    ordered = [key for key in wanted if key in rows or not any(key[0] == other[0] for other in extra)]
    return [(dict(zip(CAMPAIGNS[campaign].keys, key)), rows.get(key)) for key in ordered + sorted(extra)]


def table(name):
    campaign, by, columns, with_all = TABLES[name]
    groups = collections.OrderedDict()
    rows = all_rows(campaign)
    for keys, row in rows:
        groups.setdefault(tuple(keys[column] for column in by), []).append(row)
    if with_all and len(groups) > 1:
        groups[("all",) + ("",) * (len(by) - 1)] = [row for _, row in rows]
    lines = ["| " + " | ".join(by + [title for title, _ in columns] + ["date"]) + " |", "|---" * (len(by) + len(columns) + 1) + "|"]
    for key, members in groups.items():
        there = [row for row in members if row]
        cells = [function(there) if there else "" for _, function in columns]
        lines.append("| " + " | ".join([*key, *cells, when(campaign, members)]) + " |")
    return "\n".join(lines)


def document():
    """The document with its tables made anew."""
    def made(match):
        if match.group(1) not in TABLES:
            sys.exit(f"verification.py: docs/verification.md: table {match.group(1)}: expected one of {', '.join(TABLES)}")
        return f"<!-- table {match.group(1)} -->\n{table(match.group(1))}\n<!-- end of table -->"
    text, count = re.subn(r"(?s)<!-- table (\S+) -->\n.*?<!-- end of table -->", made, read("docs/verification.md"))
    if count != len(TABLES):
        sys.exit(f"verification.py: docs/verification.md: {count} tables between markers; expected the {len(TABLES)}: {', '.join(TABLES)}")
    return text


def pairs(words):
    for word in words:
        if "=" not in word:
            sys.exit(f"verification.py: {word}: expected NAME=VALUE")
    return dict(word.split("=", 1) for word in words)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="make the tables")
    what.add_argument("--check", action="store_true", help="compare them")
    what.add_argument("--list", action="store_true", help="every row and its state")
    parser.add_argument("words", nargs="*", metavar="start|fresh|record ...", help="see above")
    options = parser.parse_args()
    if options.write:
        text = document()
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(text)
    elif options.check:
        for old, new in zip(read("docs/verification.md").split("\n"), document().split("\n")):
            if old != new:
                sys.exit(f"verification.py: docs/verification.md says\n  {old}\nand data and sources say\n  {new}\nscripts/verification.py --write mends it")
    elif options.list:
        for campaign in CAMPAIGNS:
            for keys, row in all_rows(campaign):
                print(campaign, " | ".join(keys.values()), when(campaign, [row]), sep=" | ")
    elif options.words[:1] == ["start"] and len(options.words) > 2:
        print(Run(options.words[1], pairs(options.words[2:])).token())
    elif options.words[:1] == ["fresh"] and len(options.words) > 2:
        sys.exit(0 if is_fresh(options.words[1], pairs(options.words[2:])) else 1)
    elif options.words[:1] == ["record"] and len(options.words) > 2:
        Run(*json.loads(options.words[1])).record(**pairs(options.words[2:]))
    else:
        parser.error("expected --write, --check, --list, start or fresh CAMPAIGN KEY=VALUE... or record TOKEN VALUE=...")


if __name__ == "__main__":
    main()
