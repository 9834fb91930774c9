# SPDX-License-Identifier: Apache-2.0
"""Trainings that are interrupted or killed and go on, and those inside the memristors: the same bytes every time."""
import pathlib
import signal
import subprocess

import pytest

from support import GOOD, in_time, same, same_but_time, says, until


# ---- a training that stops and goes on ends in the same bytes ----
def test_a_training_killed_between_epochs_goes_on_to_the_same_bytes(trained):
    def killed():
        pathlib.Path("resumed.msm").unlink(missing_ok=True)
        with trained.started("train --corpus corpus.msc --epochs 5 --quiet -o resumed.msm") as training:
            until(pathlib.Path("resumed.msm").exists, training, "an epoch's model")
        return says(trained.run("info resumed.msm").out, "[1-4] of 5 epochs done")

    in_time(killed)
    trained.refused("resumed.msm: holds a training with other settings", "train --corpus corpus.msc --resume --seed 9 -o resumed.msm")
    trained.run("train --corpus corpus.msc --resume -o resumed.msm")
    same("model.msm", "resumed.msm")
    trained.refused("resumed.msm: holds a training with other settings", "train --corpus corpus.msc --resume --seed 9 -o resumed.msm")


# ---- approach 2: the same bytes from RTL and reference models, and from a training that was interrupted or killed ----
APPROACH2 = "train --corpus corpus.msc --approach 2 --epochs 2 --steps 100"


@pytest.fixture(scope="module", name="inside")
def fixture_inside(folder, corpus):
    """inside.msm, trained by approach 2, and inside.json."""
    there = folder("inside")
    there.take(corpus)
    there.run(f"{APPROACH2} -o inside.msm --json inside.json")
    return there / "inside.msm"


@pytest.fixture(name="with_inside")
def fixture_with_inside(here, corpus, inside):
    here.take(corpus, inside, inside.with_suffix(".json"))
    return here


def test_approach_2_learns(with_inside):
    told = with_inside.json("inside.json")
    assert told["accuracy"] > 0.8 and told["pulses"] > 1000 and told["programming_us"] > 0 and told["energy_j"] > 0
    assert told["network"] == "memristor" and told["update"] == "paper"


def test_rtl_and_reference_models_train_to_the_same_bytes_and_say_the_same(with_inside):
    with_inside.run(f"{APPROACH2} --engine rtl -o inside_rtl.msm --json inside_rtl.json")
    same("inside.msm", "inside_rtl.msm")
    same_but_time("inside.json", "inside_rtl.json")


@pytest.mark.parametrize("rule", ["accumulate", "surrogate"])
def test_other_rules_learn_to_the_same_bytes_on_the_rtl(here, corpus, rule):
    here.take(corpus)
    assert here.result(f"{APPROACH2} --update {rule} -o model.msm")["accuracy"] > 0.8
    here.run(f"{APPROACH2} --update {rule} --engine rtl -o rtl.msm")
    same("model.msm", "rtl.msm")


def test_approach_2_with_ideal_weights_writes_nothing(here, corpus):
    here.take(corpus)
    told = here.result(f"{APPROACH2} --network snn -o ideal.msm")
    assert told["accuracy"] > 0.8 and told["pulses"] == 0 and told["energy_j"] == 0


def test_what_was_trained_inside_is_tested_as_it_was_left(with_inside):
    told = with_inside.result("test inside.msm --corpus corpus.msc --steps 100")
    assert told["weights"] == "trained" and told["pulses"] == 0 and told["accuracy"] == with_inside.json("inside.json")["accuracy"]


def test_an_option_of_writing_is_refused_where_nothing_is_written(with_inside):
    with_inside.refused("--tolerance: expected without a model trained inside these memristors",
                        "test inside.msm --corpus corpus.msc --steps 100 --tolerance 0.3")


def test_what_was_trained_inside_is_written_into_another_array(with_inside):
    told = with_inside.result("test inside.msm --corpus corpus.msc --array 10x10 --limit 50")
    assert told["weights"] == "written" and told["pulses"] > 0


def test_what_was_trained_inside_classifies(with_inside):
    assert says(with_inside.run("classify inside.msm", GOOD).out, "^positive")


def test_info_of_what_was_trained_inside(with_inside):
    assert says(with_inside.run("info inside.msm").out, "with memristors: encoder poisson, steps 100, .*update paper")


@pytest.fixture(scope="module", name="stopped")
def fixture_stopped(folder, corpus):
    """A folder with a training that was interrupted in its first epoch, stopped.msm, and what it said, stopped.txt."""
    there = folder("stopped")
    there.take(corpus)

    def interrupted():
        (there / "stopped.msm").unlink(missing_ok=True)
        with open(there / "stopped.txt", "wb") as said, \
             there.started(f"{APPROACH2} --engine rtl --json stopped.json -o stopped.msm", stdout=subprocess.PIPE, stderr=said) as training:
            # The head of its table is printed when the first epoch begins.
            assert training.stdout.readline().startswith(b"epoch ")
            training.send_signal(signal.SIGINT)
            training.stdout.read()
            training.wait()
        return (there / "stopped.msm").exists() and says(there.run("info stopped.msm").out, "under way")

    in_time(interrupted)
    return there.folder


@pytest.fixture(name="with_stopped")
def fixture_with_stopped(here, stopped):
    here.take(*stopped.iterdir())
    return here


def test_an_interrupted_training_says_how_to_go_on(with_stopped):
    assert says(with_stopped.text("stopped.txt"), r"stopped.msm holds .* --resume goes on")


def test_an_interrupted_training_has_no_result(with_stopped):
    assert not (with_stopped / "stopped.json").exists()


@pytest.mark.parametrize("pattern, line", [
    ("stopped.msm: was trained with other settings .*tolerance 0.01", f"{APPROACH2} --tolerance 0.01"),
    ("stopped.msm: was trained on the array 100x1 with memristors", f"{APPROACH2} --network snn"),
    ("stopped.msm: holds a training with other settings", "train --corpus corpus.msc --epochs 2"),
], ids=["another tolerance", "ideal weights", "another approach"])
def test_an_interrupted_training_is_not_resumed_with(with_stopped, pattern, line):
    with_stopped.refused(pattern, f"{line} --resume -o stopped.msm")


def test_an_interrupted_training_goes_on_to_the_same_bytes_and_result(with_stopped, inside):
    with_stopped.run(f"{APPROACH2} --resume -o stopped.msm --json stopped.json")
    same("stopped.msm", inside)
    same_but_time("stopped.json", inside.with_suffix(".json"))


def test_approach_2_killed_between_epochs_goes_on_to_the_same_bytes(here, corpus, inside):
    here.take(corpus)

    def killed():
        pathlib.Path("killed.msm").unlink(missing_ok=True)
        with here.started(f"{APPROACH2} --engine rtl -o killed.msm") as training:
            until(pathlib.Path("killed.msm").exists, training, "an epoch's model")
        return says(here.run("info killed.msm").out, "1 of 2 epochs done")

    in_time(killed)
    here.write("killed.msm.unfinished-ab12CD", "half")
    here.run(f"{APPROACH2} --resume -o killed.msm")
    same("killed.msm", inside)
    assert here.leftovers() == []


def test_table1_is_the_same_on_the_rtl_and_complete(here, corpus):
    here.take(corpus)
    for engine in ("model", "rtl"):
        here.run(f"table1 --corpus corpus.msc --seeds 2 --epochs 1 --steps 50 --engine {engine} --json {engine}.json")
    same_but_time("model.json", "rtl.json")
    told = here.json("model.json")
    for column in ("ann", "snn_approach1", "memristor_approach1", "snn_approach2", "memristor_approach2"):
        assert len(told[column]["runs"]) == 2 and told[column]["mean"] > 0.7
    assert told["writing"] and all(row[approach]["pulses"] > 0 for row in told["writing"] for approach in ("approach1", "approach2"))
