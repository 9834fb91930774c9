# SPDX-License-Identifier: Apache-2.0
"""memspike trace: every view names only signals that the traces have, windows and events lie where they should, a whole review
stays small, bad input is refused; and the platform gives the numbers of the RTL and of the reference models."""
import os
import re
import subprocess
import sys

import pytest

from support import same_but_time, says

ARRAYS = ("100x1", "10x10")


@pytest.fixture(scope="module", name="model")
def fixture_model(folder, corpus):
    """One epoch is enough here."""
    there = folder("one_epoch")
    there.run("train --epochs 1 -o model.msm --corpus", corpus)
    return there / "model.msm"


def names_only_its_signals(source, view, waveforms):
    """Every signal of the view is in the waveforms."""
    checked = subprocess.run([sys.executable, source / "scripts/views.py", "--signals", source / "testbench/waves" / view, waveforms],
                             capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("array", ARRAYS)
def test_the_view_of_a_review_names_its_signals(trained, source, array):
    trained.run(f"trace model.msm --corpus corpus.msc --review 5 --array {array} -o review.fst")
    names_only_its_signals(source, f"inference_{array}.gtkw", "review.fst")


@pytest.mark.parametrize("array", ARRAYS)
def test_the_view_of_a_writing_names_its_signals(trained, source, array):
    trained.run(f"trace model.msm --program --devices 3,7-9 --array {array} -o write.fst")
    names_only_its_signals(source, f"programming_{array}.gtkw", "write.fst")


@pytest.fixture(scope="module", name="engines")
def fixture_engines(folder, corpus, model):
    """The results of every engine on every array: test_rtl_100x1.json, program_rtl_100x1.json, ..."""
    there = folder("engines")
    there.take(corpus, model)
    for array in ARRAYS:
        for engine in ("rtl", "model", "systemc"):
            there.run(f"test model.msm --corpus corpus.msc --array {array} --limit 200 --engine {engine} --json test_{engine}_{array}.json")
            there.run(f"program model.msm --array {array} --engine {engine} --json program_{engine}_{array}.json")
    return there


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("engine", ["model", "systemc"])
@pytest.mark.parametrize("command", ["test", "program"])
def test_the_rtl_gives_the_same_as(engines, command, engine, array):
    same_but_time(engines / f"{command}_rtl_{array}.json", engines / f"{command}_{engine}_{array}.json")


def test_a_whole_review_is_small(trained):
    told = trained.result("trace model.msm --corpus corpus.msc --review 5 -o review.fst")
    assert told["clocks"] == 1002 and told["recorded_clocks"] == 1003 and 0 < told["bytes"] < 20000000


def test_the_platform_checks_and_covers(trained):
    answer = trained.run("test model.msm --corpus corpus.msc --limit 10 --engine systemc --check")
    assert says(answer.out, "coverage           21 of 21")


def test_a_window(trained):
    told = trained.result("trace model.msm --corpus corpus.msc --window 100:149 -o window.fst")
    assert told["recorded_clocks"] == 50 and told["first_clock"] == 100


def pulse_begins(waveforms):
    """When the first recorded pulse begins, in ns."""
    vcd = subprocess.run(["fst2vcd", waveforms], capture_output=True, encoding="utf-8", timeout=600, check=True).stdout
    code = re.search(r"^\$var wire 1 (\S+) pulse_o ", vcd, re.MULTILINE).group(1)
    before, found, _ = vcd.partition(f"\n1{code}\n")
    assert found
    return int(before.rpartition("\n#")[2].split("\n")[0])


def test_an_event_lies_where_it_should(trained):
    told = trained.result("trace model.msm --program --event write:3 --before 10 --after 5 -o event.fst")
    assert told["recorded_clocks"] == 16
    assert 1000 * (told["first_clock"] + 10) == pulse_begins("event.fst")


def test_an_ending_is_an_event(trained):
    trained.run("trace model.msm --program --tolerance 0.0005 --event exhausted -o exhausted.fst")
    assert (trained / "exhausted.fst").stat().st_size > 0


def test_the_line_that_opens_it(trained):
    answer = trained.run("trace model.msm --corpus corpus.msc --event spike:2 -o spike.fst")
    assert says(answer.out, f"^gtkwave --chdir=.* {re.escape(str(trained / 'spike.fst'))} inference_100x1.gtkw$")


def test_a_pipe_as_output_is_refused_and_stays(trained):
    os.mkfifo("pipe")
    trained.refused("-o pipe: is no regular file", "trace model.msm --program -o pipe")
    assert (trained / "pipe").is_fifo()


@pytest.mark.parametrize("pattern, options", [
    ("expected -o FILE.fst", "--program"),
    ("-o x.lxt: would be FST", "--program -o x.lxt"),
    ("--steps: expected without --program", "--program --steps 5 -o x.fst"),
    ("--devices 100: expected a list", "--program --devices 100 -o x.fst"),
    ("--devices 3,: expected a list", "--program --devices 3, -o x.fst"),
    ("expected 16 at most", "--program --devices 0-16 -o x.fst"),
    ("--window 9:3: expected two clocks", "--program --window 9:3 -o x.fst"),
    ("--window 5000:6000: lies behind", "--corpus corpus.msc --window 5000:6000 -o x.fst"),
    ("--event rain: expected write", "--program --event rain -o x.fst"),
    ("expected it without --program", "--program --event spike -o x.fst"),
    ("--event write:60000: does not happen", "--program --event write:60000 -o x.fst"),
    ("RTL and reference models are equal in all 1002 clocks", "--corpus corpus.msc --event mismatch -o x.fst"),
    ("--review 1000: expected a test review from 0 to 999", "--corpus corpus.msc --review 1000 -o x.fst"),
    ("nowhere/x.fst: cannot be written", "--program -o nowhere/x.fst"),
], ids=["no output", "another format", "an option of reviews", "device out of range", "no list", "too many devices", "window the wrong way",
        "window behind the end", "unknown event", "event of a review", "event that never comes", "no mismatch", "no such review", "unwritable"])
def test_refused(trained, pattern, options):
    trained.refused(pattern, f"trace model.msm {options}")
