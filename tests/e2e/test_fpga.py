# SPDX-License-Identifier: Apache-2.0
"""A board on the wire, end to end: the command against the simulated board gives what the board's C reference model gives, over a good
line and over a bad one; and what it says when the board is not there, or another one."""
import os
import pty
import subprocess
import sys
import tty

import pytest

from support import TIME, board, same_but_time, says

# What may differ: who measured it, and how fast.
MEASURED = (*TIME, "transfer_clocks")
KINDS = {
    "ideal": "--network snn --limit 20",
    "written": "--limit 10 --tolerance 0.02",
    "noisy": "--limit 10 --tolerance 0.05 --read-noise 0.1 --verify-reads 4",
    "many": "--network snn --limit 100",
}
TEST = "test model.msm --steps 300 --quiet"


@pytest.fixture(scope="module", name="model")
def fixture_model(folder):
    """One epoch is enough here."""
    there = folder("one_epoch")
    there.run("train --epochs 1 -o model.msm")
    return there / "model.msm"


@pytest.fixture(name="ready")
def fixture_ready(here, model):
    """The test's own folder, with model.msm in it."""
    here.take(model)
    return here


@pytest.fixture(scope="module", name="simulator")
def fixture_simulator(memspike):
    """The simulated board."""
    return memspike.parent / "board_simulator"


@pytest.fixture(scope="module", name="reference")
def fixture_reference(folder, model):
    """The result of the board's C reference model, by kind."""
    there = folder("references")
    there.take(model)

    def result(kind):
        path = there / f"{kind}.json"
        if not path.exists():
            there.run(f"{TEST} {KINDS[kind]} --engine emulator --json {path.name}")
            assert there.json(path.name)["reviews"] > 0
        return path

    return result


# ---- over a good line ----
@pytest.mark.parametrize("kind", ["ideal", "written", "noisy"])
def test_board_and_reference_model_agree(ready, simulator, reference, kind):
    with board("board.txt", simulator) as port:
        ready.run(f"{TEST} {KINDS[kind]} --engine uart --port {port} --json board.json")
    same_but_time(reference(kind), "board.json", MEASURED)


def test_noise_makes_a_difference(ready, reference):
    ready.take(reference("noisy"), reference("written"))
    assert ready.json("noisy.json")["firing_rate_mean"] != ready.json("written.json")["firing_rate_mean"]


# ---- over a bad one: so many frames lose, double or corrupt a byte, or are lost or doubled as a whole ----
@pytest.mark.parametrize("kind, rate, seed", [("many", 0.01, 7), ("many", 0.1, 7), ("noisy", 0.05, 3)],
                         ids=["one frame in 100", "one frame in 10", "writing, one frame in 20"])
def test_a_line_with_faults_loses_and_changes_nothing(ready, simulator, reference, kind, rate, seed):
    with board("board.txt", simulator, "--faults", str(rate), str(seed)) as port:
        ready.run(f"{TEST} {KINDS[kind]} --engine uart --port {port} --timeout 0.1 --json board.json")
    same_but_time(reference(kind), "board.json", MEASURED)
    assert says(ready.text("board.txt"), "[1-9][0-9]* of [0-9]+ frames damaged")


# ---- the demo behind the button ----
def test_the_demo_answers_each_press_and_goes_round_its_four_reviews(simulator):
    pressed = subprocess.run([simulator, "--presses", "6"], capture_output=True, encoding="utf-8", timeout=600, check=True).stdout.splitlines()
    assert len(pressed) == 6 and set(pressed) == {"positive", "negative"}
    assert pressed[:2] == pressed[4:]


# ---- what cannot be done is said in one line ----
@pytest.mark.parametrize("pattern, options", [
    ("--port", "--engine uart"), ("--engine uart", "--port /dev/null"), ("/dev/nowhere: .*serial port", "--engine uart --port /dev/nowhere"),
    ("model.msm: .*serial port", "--engine uart --port model.msm"), ("/dev/null: is no serial port", "--engine uart --port /dev/null"),
    ("array 100x1: .*10x10", "--engine emulator --array 100x1"), ("rate-coded", "--engine emulator --encoder rate"),
    ("ADC", "--engine emulator --adc-bits 6"), ("check", "--engine emulator --check"), ("timeout", "--engine uart --timeout 0"),
], ids=["no port", "a port for another engine", "a port that is not there", "a file as a port", "no serial port", "an array that no board has",
        "the rate-coded encoder", "a finite ADC", "lock-step", "a timeout of nothing"])
def test_refused(ready, pattern, options):
    ready.refused(pattern, f"test model.msm {options}")


@pytest.mark.parametrize("register, pattern", [
    ("0x000C=25", "another build, LANES = 25; expected 10"), ("0x0000=0", "ID is 0x00000000; expected memspike's"),
], ids=["another build", "something else"])
def test_another_board_is_refused(ready, source, tmp_path_factory, register, pattern):
    log = tmp_path_factory.mktemp("board") / "log.txt"
    with board(log, sys.executable, source / "scripts/fpga/recording_board.py", register) as port:
        ready.refused(pattern, f"test model.msm --engine uart --port {port}")


def test_nobody_there_is_refused(ready):
    ends = pty.openpty()
    try:
        tty.setraw(ends[1])
        ready.refused("no board answers", f"test model.msm --engine uart --port {os.ttyname(ends[1])} --timeout 0.05")
    finally:
        for end in ends:
            os.close(end)


def test_pulses_over_the_wire_are_refused(ready, simulator, tmp_path_factory):
    with board(tmp_path_factory.mktemp("board") / "log.txt", simulator) as port:
        ready.refused("--engine emulator", f"program model.msm --engine uart --port {port} --pulses pulses.csv")


def test_pulses_of_the_reference_model_are_listed(ready):
    ready.run("program model.msm --engine emulator --pulses pulses.csv")
    assert len(ready.text("pulses.csv").splitlines()) > 1
