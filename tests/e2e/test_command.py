# SPDX-License-Identifier: Apache-2.0
"""The command from end to end on the demo corpus: the whole way of the data, the same bytes for the same seed, and one
clear line with exit status 2, and nothing lost, for everything that is wrong with what it is given."""
import csv
import fcntl
import json
import math
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import tarfile

import pytest

from support import differ, in_time, same, same_but_time, says, times, until, write_reviews

GOOD = "a superb and wonderful film, great acting"
BAD = "dull, awful and boring, terrible acting"
ARRAYS = ("100x1", "10x10")
SIGNED = "--array 100x1d --preset signed"


# ---- the way of the data ----
def test_prepare_says_that_it_is_the_demo_corpus(made, corpus):
    told = made.json(corpus.with_suffix(".json"))
    assert told["corpus"] == "demo" and told["train_reviews"] == 2000 and told["test_reviews"] == 1000


def test_train_learns(made, model):
    told = made.json(model.with_suffix(".json"))
    assert told["accuracy"] > 0.8 and len(told["epochs"]) == 5 and told["corpus"] == "demo"


@pytest.mark.parametrize("array, clocks", [("100x1", 1002), ("10x10", 10002)])
def test_snn_comes_near_the_ann_in_so_many_clocks(trained, array, clocks):
    told = trained.result(f"test model.msm --corpus corpus.msc --network snn --array {array} --limit 300")
    assert told["accuracy"] > 0.78 and told["reviews"] == 300 and "pulses" not in told
    assert told["clocks"] == 300 * clocks


@pytest.mark.parametrize("array", ARRAYS)
def test_memristors_come_near_the_ann(trained, array):
    told = trained.result(f"test model.msm --corpus corpus.msc --array {array} --limit 300")
    assert told["accuracy"] > 0.78 and told["pulses"] > 100 and told["energy_j"] > 0
    assert told["converged"] + told["stalled"] + told["exhausted"] == 100


def test_train_and_test_agree_on_the_ann(trained, made, model):
    told = trained.result("test model.msm --corpus corpus.msc --network ann")
    assert told["accuracy"] == made.json(model.with_suffix(".json"))["accuracy"]


def test_program_lists_every_pulse_and_widths_add_up(trained):
    told = trained.result("program model.msm --pulses pulses.csv")
    rows = trained.text("pulses.csv").splitlines()[1:]
    assert rows and len(rows) == told["pulses"]
    assert sum(float(row.split(",")[6]) for row in rows) == told["programming_us"]


def test_pairs_of_words_make_the_vocabulary_larger(made, corpus, bigrams):
    assert made.json(bigrams.with_suffix(".json"))["vocabulary"] > made.json(corpus.with_suffix(".json"))["vocabulary"]


def test_a_model_of_pairs_of_words_classifies(here, bigrams):
    here.run("train --epochs 1 -o bigrams.msm --corpus", bigrams)
    assert says(here.run("classify bigrams.msm", GOOD).out, "^positive")


@pytest.mark.parametrize("text, sentiment", [(GOOD, "positive"), (BAD, "negative")])
def test_classify(trained, text, sentiment):
    assert says(trained.run("classify model.msm", text).out, f"^{sentiment}")


def test_classify_shows_the_firing_rate_of_all_steps(trained, source):
    early = (source / "data/presets/fast.cfg").read_text(encoding="utf-8")
    assert '"early"' in early
    trained.write("full.cfg", early.replace('"early"', '"full"'))
    fast, full = (trained.run("classify model.msm", "a superb film", "--json", "-", "--preset", preset).out for preset in ("fast", "./full.cfg"))
    assert fast and fast == full


def test_classify_reads_standard_input(trained):
    assert says(trained.run("classify model.msm", stdin=GOOD + "\n").out, "^positive")


def test_classify_as_json(trained):
    assert "sentiment" in json.loads(trained.run("classify model.msm --json - wonderful").out)


def test_classify_takes_an_empty_text(trained):
    trained.run("classify model.msm", "")


# ---- weights with a sign, and a neuron for each class ----
def test_signed_weights_come_near_the_ann_on_a_pair_of_devices_each(here, bigrams, signed):
    here.take(bigrams, signed)
    told = here.result(f"test signed.msm --corpus bigrams.msc {SIGNED} --limit 300")
    assert told["accuracy"] > 0.8 and told["converged"] + told["stalled"] + told["exhausted"] == 200


@pytest.mark.parametrize("options", ["--check --read-noise 0.05 --limit 20", "--engine systemc --check --limit 3"], ids=["reference_models", "platform"])
def test_pairs_are_equal_in(here, bigrams, signed, options):
    here.take(bigrams, signed)
    here.run(f"test signed.msm --corpus bigrams.msc {SIGNED} {options}")


def test_program_lists_both_sides_of_every_weight(here, signed):
    here.take(signed)
    devices = here.result(f"program signed.msm {SIGNED}")["devices"]
    assert len(devices) == 200 and {device["side"] for device in devices} == {0, 1}
    assert min(device["wanted_weight"] for device in devices) >= 0


def test_rtl_and_reference_models_train_inside_pairs_to_the_same_bytes(here, corpus):
    here.take(corpus)
    for engine in ("", "--engine rtl"):
        here.run(f"train --corpus corpus.msc {SIGNED} --approach 2 --epochs 1 {engine} -o inside{engine[-3:]}.msm")
    same("inside.msm", "insidertl.msm")


def test_stars_are_on_the_right_side(here, corpus, stars):
    here.take(corpus, stars)
    told = here.result("test stars.msm --corpus corpus.msc --array 100x8d --preset rating --engine model")
    assert told["task"] == "rating" and told["sentiment_accuracy"] > 0.7 and told["accuracy"] > 0.17
    assert sum(sum(row["answers"]) for row in told["ratings"]) == 1000


def test_rtl_and_reference_models_count_the_same_stars(here, corpus, stars):
    here.take(corpus, stars)
    here.run("test stars.msm --corpus corpus.msc --array 100x8d --preset rating --check --limit 5")


def test_classify_tells_stars(here, stars):
    here.take(stars)
    assert says(here.run("classify stars.msm --array 100x8d --preset rating", GOOD).out, "^(7|8|9|10) of 10 stars")


def test_info_tells_the_task(here, stars):
    here.take(stars)
    assert says(here.run("info stars.msm").out, "task rating, 8 outputs, weights from -1 to 1")


@pytest.mark.parametrize("pattern, line", [
    ("the task rating takes 8 outputs, but the array 100x1 has 1", "train --corpus bigrams.msc --task rating -o x.msm"),
    ("have a sign, but the array 100x1 has no pairs", "test signed.msm --corpus bigrams.msc"),
    ("has 8 outputs, but the array 100x1d 1", "test stars.msm --corpus corpus.msc --array 100x1d"),
], ids=["stars on one neuron", "signs without pairs", "eight classes on one pair"])
def test_a_model_for_another_array_is_refused(here, corpus, bigrams, signed, stars, pattern, line):
    here.take(corpus, bigrams, signed, stars)
    here.refused(pattern, line)


# ---- what it costs, and what it says of itself ----
def test_table1_has_costs_of_all_parts(here, corpus):
    here.take(corpus)
    told = here.result("table1 --corpus corpus.msc --preset fast --epochs 1")
    costs = [row[approach][cost] for row in told["writing"] for approach in ("approach1", "approach2") for cost in ("cost", "review_cost")]
    assert costs and all(cost[key] > 0 for cost in costs for key in ("seconds", "array_j", "adc_j", "digital_j"))
    assert sum(block["gates"] for block in told["area"].values()) > 10000


def test_info(here):
    assert "100x1" in here.run("info").out


def test_info_of_settings(here):
    assert says(here.run("info settings").out, r"^\| `read_noise` \| a number from 0 to below 1 \| .*`--read-noise X`")


def test_info_of_a_model(trained):
    assert "approach 1" in trained.run("info model.msm").out


@pytest.mark.parametrize("command", "prepare train test classify program table1 report fit bench info".split())
def test_help_of(here, command):
    assert f"memspike {command}" in here.run(f"{command} --help").out


def test_version(here):
    assert says(here.run("--version").out, r"^memspike [0-9]")


# ---- measurements: that they are all there, never how fast ----
@pytest.fixture(scope="module", name="bench")
def fixture_bench(folder):
    there = folder("bench")
    return there.run("bench --quick --json bench.json"), there.json("bench.json")


def test_bench_complains_of_nothing(bench):
    assert bench[0].err == ""


def test_bench_measures_every_block(bench):
    blocks = bench[1]["blocks"]
    assert len(blocks) == 14
    assert {"tokenizer", "mean word vector", "Adagrad update", "random blocks", "LIF neurons", "crossbar, read noise",
            "memristor pulse"} <= {block["block"] for block in blocks}


def test_bench_measures_all_engines(bench):
    assert [(row["engine"], row["work"]) for row in bench[1]["engines"]] == [
        ("rtl", "register port"), ("rtl", "reviews"), ("rtl", "writing the array"), ("model", "reviews"), ("model", "writing the array"),
        ("systemc", "reviews"), ("systemc", "writing the array")]


def test_bench_counts_clocks_of_the_rtl_alone(bench):
    rows = bench[1]["engines"] + [row | table for table in bench[1]["linearity"] for row in table["rows"]]
    assert len(rows) > len(bench[1]["engines"])
    assert all((row["clocks_per_second"] > 0) == (row["engine"] == "rtl") for row in rows)


def test_bench_says_that_it_was_quick(bench):
    told = bench[1]
    assert told["quick"] and told["rounds"] == 1 and told["threads"] == 1 and told["array"] == "100x1"


def test_bench_prints_its_tables(bench):
    assert 0 < len(bench[1]["linearity"]) == times(bench[0].out, "^time against .*, engine ")


def test_bench_of_one_engine_on_another_array(here):
    told = here.result("bench --quick --engine model --array 25x8 --seed 7 --steps 200 --threads 2")
    assert {row["engine"] for row in told["engines"] + told["linearity"]} == {"model"}
    assert told["array"] == "25x8" and told["seed"] == 7 and told["threads"] == 2 and told["steps"] == 8


def test_bench_as_json_alone(here):
    assert json.loads(here.run("bench --quick --engine model --json -").out)["linearity"]


# ---- the same command with the same seed gives the same bytes, whatever the number of threads ----
def test_the_same_seed_gives_the_same_model(trained):
    trained.run("train --corpus corpus.msc -o again.msm")
    same("model.msm", "again.msm")


def test_another_seed_gives_another_model(trained):
    trained.run("train --corpus corpus.msc --seed 2 -o other.msm")
    differ("model.msm", "other.msm")


def test_threads_do_not_matter_and_noise_does(trained):
    for threads in (1, 3):
        trained.run(f"test model.msm --corpus corpus.msc --limit 100 --read-noise 0.1 --threads {threads} --json noise{threads}.json")
    same_but_time("noise1.json", "noise3.json")
    assert trained.json("noise1.json")["weight_error_std"] != trained.result("program model.msm")["weight_error_std"]


def test_remedies_against_noise_write_better_and_faster(trained):
    noisy = "test model.msm --corpus corpus.msc --limit 20 --read-noise 0.2"
    paper = trained.result(f"{noisy} --tolerance 0.005")
    robust = trained.result(f"{noisy} --preset robust --check")
    assert robust["weight_error_std"] < paper["weight_error_std"]
    assert 2 * robust["programming_us"] < paper["programming_us"]
    used = robust["configuration"]
    assert used["verify_reads"] == 16 and used["read_noise"] == 0.2 and used["noise_correction"] == "threshold"


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


# ---- bad input: what is refused, what the line must match, and the command; in a folder with corpus.msc, model.msm and more ----
TEST = "test model.msm --corpus corpus.msc"
REFUSED = [
    ("a hardware option for approach 1", "--tolerance: expected with --approach 2", "train --corpus corpus.msc --tolerance 0.1 -o x.msm"),
    ("approach 2 in software", "--network ann: expected snn or memristor", "train --corpus corpus.msc --approach 2 --network ann -o x.msm"),
    ("no such command", "nonsense: no such command", "nonsense"),
    ("no command", "no command given", ""),
    ("unknown option", "--nonsense: unknown option", "test --nonsense"),
    ("missing value", "--steps: expected a value", "test model.msm --steps"),
    ("missing folder", "missing: ", "prepare --data missing -o x.msc"),
    ("empty folder", "empty: .*aclImdb", "prepare --data empty -o x.msc"),
    ("empty aclImdb", "half", "prepare --data half -o x.msc"),
    ("no output", "expected -o", "prepare"),
    ("unwritable output", "nowhere/x.msc: cannot be written", "prepare -o nowhere/x.msc"),
    ("output is a folder", "empty: is a folder", "prepare -o empty"),
    ("unwritable model", "nowhere/x.msm: cannot be written", "train --corpus corpus.msc -o nowhere/x.msm"),
    ("unwritable JSON", "nowhere/x.json: cannot be written", f"{TEST} --json nowhere/x.json"),
    ("unwritable pulses", "nowhere/x.csv: cannot be written", "program model.msm --pulses nowhere/x.csv"),
    ("T = 0", "--steps 0: expected a whole number from 1 to 65535", f"{TEST} --steps 0"),
    ("T too large", "--steps 65536: expected", f"{TEST} --steps 65536"),
    ("T not whole", "--steps 1.5: expected", f"{TEST} --steps 1.5"),
    ("negative noise", "--read-noise -0.1: expected", f"{TEST} --read-noise -0.1"),
    ("noise of one", "--read-noise 1: expected", f"{TEST} --read-noise 1"),
    ("readings no power of two", "--verify-reads 3: expected a power of two from 1 to 128", f"{TEST} --verify-reads 3"),
    ("a guard band too wide", "guard band: 0.9: leaves none", f"{TEST} --guard-band 0.9"),
    ("a margin that makes the tolerance 1", "tolerance margin: 9 standard deviations of a verify read make a tolerance of 2.598",
     "program model.msm --read-noise 0.5 --tolerance-margin 9"),
    ("a margin of no noise", "--tolerance-margin 3: reads have no noise", "program model.msm --tolerance-margin 3"),
    ("a correction of no noise", "--noise-correction threshold: reads have no noise", f"{TEST} --noise-correction threshold"),
    ("a full scale of an ideal ADC", "--adc-full-scale 9: an ideal ADC has none", f"{TEST} --adc-full-scale 9"),
    ("one bit for a difference", "adc bits: 1: is the sign alone on the pairs of columns of the array 100x1d", f"{TEST} --array 100x1d --adc-bits 1"),
    ("more reviews than there are", "--limit 4294967295: the corpus has [0-9]+ test reviews; expected 1 to [0-9]+", f"{TEST} --limit 4294967295"),
    *((f"{option.split()[0]} of no hardware", f"{option.split()[0]}: expected with --network snn or memristor only", f"{TEST} --network ann {option}")
      for option in ("--engine rtl", "--check", "--steps 5", "--device paper", "--read-noise 0.1", "--adc-bits 8", "--encoder rate")),
    *((f"{option.split('=')[0]} of weights that nobody writes ({network})", f"{option.split('=')[0]}: expected with --network memristor only",
       f"{TEST} --network {network} {option}")
      for option in ("--tolerance=0.1", "--max-pulses=3", "--verify-reads=4") for network in ("ann", "snn")),
    ("an output on standard output", "standard output takes a result", f"{TEST} --predictions -"),
    ("a timeout of no board", "--timeout 2: expected --engine uart too", f"{TEST} --timeout 2"),
    ("unknown correction", "--noise-correction all: expected one of none, threshold", f"{TEST} --noise-correction all"),
    ("unknown array", "--array 7x7: expected one of 100x1, 10x10", f"{TEST} --array 7x7"),
    ("unknown engine", "--engine fast: expected one of rtl", f"{TEST} --engine fast"),
    ("unknown preset", "nonsense", f"{TEST} --preset nonsense"),
    ("bench of no rounds", "--rounds 0: expected a whole number from 1", "bench --rounds 0"),
    ("bench of rounds, but quick", "expected it without --rounds", "bench --quick --rounds 3"),
    ("bench of a file", "1 argument given; expected none", "bench model.msm"),
    ("bench on an unknown engine", "--engine fast: expected one of rtl", "bench --engine fast"),
    ("bench with another's option", "--corpus: unknown option", "bench --corpus corpus.msc"),
    ("bench into nowhere", "nowhere/x.json: cannot be written", "bench --json nowhere/x.json"),
    ("bad seed", "--seed x: expected", "train --corpus corpus.msc --seed x -o x.msm"),
    ("array of another size", "takes 50", f"{TEST} --array 25x8"),
    ("no model", "missing.msm: cannot be read", "test missing.msm --corpus corpus.msc"),
    ("two models", "expected a model", "test model.msm model.msm"),
    ("a corpus for a model", "not a memspike model", "test corpus.msc --corpus corpus.msc"),
    ("a model for a corpus", "not a memspike corpus", "test model.msm --corpus model.msm"),
    ("output over an input", "corpus.msc: is an input too", "train --corpus corpus.msc -o corpus.msc"),
    ("two outputs in one", "same.msm: is named for two outputs", "train --corpus corpus.msc -o same.msm --json same.msm"),
    ("vectors for the demo", "the demo corpus takes no word vectors", "prepare --data demo --vectors v.txt -o x.msc"),
    ("more stuck devices than there are", "stuck_open, stuck_closed, stuck_anywhere: 1.25", f"{TEST} --preset ./stuck.cfg --limit 2"),
    ("membranes in units of nothing", "readout: .*Vth", "train --approach 2 --preset fast --threshold 0 --corpus corpus.msc -o nothing.msm"),
    ("classify in software", "expected snn or memristor", "classify model.msm --network ann good"),
    ("unknown letter", "-x: unknown option", "test model.msm -xq"),
    ("corpus and data", "expected it alone", f"{TEST} --data empty"),
    ("no device file", "none.cfg: cannot be read", "program model.msm --device ./none.cfg"),
]


@pytest.mark.parametrize("pattern, line", [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(trained, source, pattern, line):
    (trained / "empty").mkdir()
    (trained / "half/aclImdb").mkdir(parents=True)
    if "stuck.cfg" in line:
        preset = (source / "data/presets/paper.cfg").read_text(encoding="utf-8")
        preset, opened = re.subn("(?m)^stuck_open.*", "stuck_open = 0.75;", preset)
        preset, closed = re.subn("(?m)^stuck_closed.*", "stuck_closed = 0.5;", preset)
        assert opened == closed == 1
        trained.write("stuck.cfg", preset)
    trained.refused(pattern, line)


def test_a_read_only_folder_is_refused(here):
    if os.getuid() == 0:
        pytest.skip("root may write into every folder")
    (here / "locked").mkdir(mode=0o555)
    here.refused("locked/x.msc: cannot be written", "prepare -o locked/x.msc")


def test_a_limit_of_a_files_size_is_said_and_leaves_nothing(here):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20 * 1024, 20 * 1024))

    answer = here.run("prepare --data demo -q -o large.msc", status=1, preexec_fn=limit)
    assert says(answer.err, "^memspike: large.msc: could not be written: ")
    assert here.contents() == {}


def spoil(content, how):
    """A saved file as it must not be."""
    if how == "flipped":
        return content[:20001] + b"\x55" + content[20002:]
    if how == "newer":
        return content[:8] + b"\x63" + content[9:]
    return {"cut": content[:100000], "short": b"xyz", "nothing": b""}[how]


@pytest.mark.parametrize("how, pattern", [("cut", "damaged"), ("short", "not a memspike"), ("nothing", "not a memspike"),
                                          ("flipped", "damaged"), ("newer", "of version 99; expected version")])
@pytest.mark.parametrize("kind, line", [("corpus.msc", "train --corpus {} -o x.msm"), ("model.msm", "test {} --corpus corpus.msc")],
                         ids=["corpus", "model"])
def test_a_damaged_file_is_refused(trained, kind, line, how, pattern):
    whole = (trained / kind).read_bytes()
    bad = spoil(whole, how)
    assert bad != whole
    (trained / f"{how}.bin").write_bytes(bad)
    trained.refused(f"{how}.bin: .*{pattern}", line.format(f"{how}.bin"))


# ---- other reviews, from a folder in the official layout ----
@pytest.fixture(name="reviews")
def fixture_reviews(here):
    write_reviews(here / "reviews")
    return here


def pack(folder, archive):
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, "aclImdb")


def test_reviews_of_a_folder_are_not_the_demo(reviews):
    told = reviews.result("prepare --data reviews -o other.msc")
    assert told["corpus"] == "reviews" and told["train_reviews"] == 24


def test_a_model_of_another_corpus_is_refused(reviews, model):
    reviews.take(model)
    reviews.run("prepare --data reviews -o other.msc")
    reviews.refused("model.msm: made for another corpus", "test model.msm --corpus other.msc")


def test_folder_and_archive_give_the_same_ids(reviews):
    pack("reviews/aclImdb", "aclImdb.tar.gz")
    fingerprints = [re.findall("fingerprint.*", reviews.run(f"prepare --data {data} -o {data}.msc").out) for data in ("aclImdb.tar.gz", "reviews")]
    assert len(fingerprints[0]) == 1 and fingerprints[0] == fingerprints[1]


def test_an_archive_cut_off_is_refused(reviews):
    pack("reviews/aclImdb", "aclImdb.tar.gz")
    whole = (reviews / "aclImdb.tar.gz").read_bytes()
    assert len(whole) > 400
    (reviews / "cut_aclImdb.tar.gz").write_bytes(whole[:400])
    reviews.refused("cut_aclImdb.tar.gz", "prepare --data cut_aclImdb.tar.gz -o x.msc")


def test_a_short_line_of_word_vectors_is_refused(reviews):
    reviews.write("short_glove.txt", "film 0.1 0.2\ngood 0.3\n")
    reviews.refused("short_glove.txt: line 2", "prepare --data reviews --vectors short_glove.txt -o x.msc")


def test_a_word_with_two_vectors_is_said(reviews):
    reviews.write("twice_glove.txt", "film 0.1 0.2\ngood 0.3 0.1\nfilm 0.1 0.2\n")
    answer = reviews.run("prepare --data reviews --vectors twice_glove.txt -o twice.msc")
    assert says(answer.out + answer.err, r'twice_glove.txt: lines whose word was there before: 1, the first of them line 3 \("film"\)')


def test_vectors_of_another_size_are_refused(reviews):
    reviews.write("glove.txt", "film 0.1 0.2\ngood 0.3 0.1\n")
    reviews.refused("takes 100", "train --data reviews --vectors glove.txt -o x.msm")


# ---- device files ----
def device_file(source, name="paper"):
    return (source / f"data/devices/{name}.cfg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name, old, new, pattern", [
    ("key", "A_p = ", "A_q = ", 'unknown key "A_q"'),
    ("width", "widths_us = [1, 2, 10, 20, 50, 100]", "widths_us = [1, -2]", "widths_us: expected whole microseconds"),
    ("range", "start = 11000.0;", "start = 11000.0; minimum = 9000.0; maximum = 3000.0;",
     "resistance: minimum 9000 ohm must be below maximum 3000"),
    ("missing", "t_p = 1.6591;", "", 'the key "t_p" is missing'),
], ids=["unknown key", "negative width", "Rmin >= Rmax", "missing key"])
def test_a_wrong_device_file_is_refused(here, model, source, name, old, new, pattern):
    here.take(model)
    device = device_file(source)
    assert old in device
    here.write(f"{name}.cfg", device.replace(old, new))
    here.refused(f"{name}.cfg:[0-9]+: {pattern}", f"program model.msm --device ./{name}.cfg")


def test_a_device_file_cut_off_is_refused(here, model, source):
    here.take(model)
    here.write("cut.cfg", device_file(source).encode()[:600].decode(errors="ignore"))
    here.refused("cut.cfg:[0-9]+: ", "program model.msm --device ./cut.cfg")


def test_an_unknown_switching_model_is_refused(here, source):
    device = device_file(source, "vteam")
    assert 'model = "vteam"' in device
    here.write("model.cfg", device.replace('model = "vteam"', 'model = "vtaem"'))
    here.refused('model.cfg:[0-9]+: model: expected one of "data_driven", "vteam", "yakopcic"', "info --device ./model.cfg")


@pytest.mark.parametrize("name", ["messaris2017", "memtorch_tiox", "oblea2010", "vteam"])
def test_rtl_and_reference_models_write_alike(here, model, name):
    here.take(model)
    here.run(f"program model.msm --device {name} --check")


# What devices and lines do besides: the same in RTL and reference models, and something.
NONIDEAL = """
line_resistance = { row_ohm = 2.5; column_ohm = 2.5; }; write_variation = 0.3; device_variation = { A_p = 0.1; A_n = 0.1; t_p = 0.02; };
drift = { exponent = 0.05; spread = 0.01; start_s = 20; time_s = 86400; };"""
PERIPHERY = """
read_noise = { scale = 0.0088; exponent = 0.65; most = 0.2; read_s = 250e-9; time_s = 3600; verify_s = 1e-3; };
read_disturb = { voltage_v = 0.1; time_s = 1e-6; }; half_select = 0.02; adc = { offset = 0.05; gain = 0.01; };
dac = { bits = 8; full_scale_v = 2; gain = 0.01; offset_v = -0.005; };
drift = { exponent = 0.05; spread = 0.01; start_s = 20; time_s = 40; reference = 1; };"""


def write_nonideal(here, source, name, text):
    here.write(name, f"{device_file(source)}nonidealities = {{\n{text}\n}};\n")


@pytest.mark.parametrize("nonidealities", [NONIDEAL, PERIPHERY], ids=["lines and devices", "converters and neighbours"])
def test_rtl_and_reference_models_write_and_read_non_ideal_devices_alike(trained, source, nonidealities):
    write_nonideal(trained, source, "nonideal.cfg", nonidealities)
    told = trained.result("program model.msm --device ./nonideal.cfg --check")
    assert told["devices"] and told["devices"] != trained.result("program model.msm")["devices"]
    trained.run(f"{TEST} --device ./nonideal.cfg --check --array 10x10 --limit 20 --read-noise 0.05")


def test_info_lists_what_a_device_file_may_have(here):
    said = here.run("info nonidealities").out
    assert says(said, r"^\| `drift\.time_s` \| s \| above 0, below 1e\+12 \| - \| ")
    assert times(said, r"^\| `device_variation\.NAME` \|") == 1


def test_info_tells_of_all_nonidealities(here, source):
    write_nonideal(here, source, "periphery.cfg", PERIPHERY)
    assert times(here.run("info --device ./periphery.cfg").out, r"^  [a-z_]+(\.[a-z_]+)? [^ ]+( [sV])?: ") == 20


def test_info_tells_of_resistive_lines(here, source):
    write_nonideal(here, source, "nonideal.cfg", NONIDEAL)
    assert says(here.run("info --device ./nonideal.cfg").out, r"line_resistance\.row_ohm 2\.5 ohm: ")


@pytest.mark.parametrize("name, text, pattern", [
    ("dac", "dac = { bits = 1; full_scale_v = 2; };", "dac: 1 bit has no level beside 0 V; expected 2 to 24 bits, or 0"),
    ("reference", "drift = { exponent = 0.05; start_s = 20; time_s = 40; reference = 0.5; };", "drift.reference: 0.5: expected a whole number"),
    ("early", "read_noise = { scale = 0.0088; exponent = 0.65; most = 0.2; read_s = 250e-9; time_s = 1e-9; verify_s = 1; };",
     "read_noise: time_s and verify_s must not be before read_s"),
    ("line", "line_resistance = { row_ohm = 2.5; };", 'the key "column_ohm" is missing'),
    ("variation", "device_variation = { A_q = 0.1; };", 'unknown key "A_q"'),
    ("drift", "drift = { exponent = 0.05; start_s = 20; time_s = 2; };", "drift: time_s must not be before start_s"),
    ("speed", "write_variation = 1.5;", "write_variation: expected a number above"),
], ids=["a DAC of one bit", "half a reference", "noise before the read", "one line without the other", "unknown constant", "drift backwards",
        "variation too large"])
def test_a_wrong_nonideality_is_refused(here, source, name, text, pattern):
    write_nonideal(here, source, f"{name}.cfg", text)
    here.refused(f"{name}.cfg:[0-9]+: {pattern}", f"info --device ./{name}.cfg")


# ---- a device from measured pulses ----
@pytest.fixture(scope="module", name="can_fit")
def fixture_can_fit(folder):
    """Skips where the command cannot fit."""
    answer = folder("can_fit").run("fit none.csv -o x.cfg", status=None)
    if "built without" in answer.err:
        pytest.skip(answer.err.strip())


@pytest.fixture(scope="module", name="measured")
def fixture_measured(can_fit, folder):
    """measured.csv: pulses of a device whose constants are known, with 0.1 % of noise."""
    there = folder("measured")
    numbers = random.Random(1)
    sides = [(volt, 0.21389, 1.6591, 37087, -20193) for volt in (0.5, 0.9, 1.3)] + [(volt, 0.81302, 1.5148, 43430, 34333) for volt in (-0.8, -1.2)]
    with open(there / "measured.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["voltage_v", "width_us", "before_ohm", "after_ohm"])
        for voltage, scale, t, a0, a1 in sides:
            k, limit = scale * (math.exp(abs(voltage) / t) - 1), a0 + a1 * voltage
            for width in (50, 200, 1000) * 30:
                way = (limit - numbers.uniform(0.3, 0.95) * limit) if voltage > 0 else numbers.uniform(1000, 15000)
                left = way / (1 + k * way * width * 1e-6)
                before, after = (limit - way, limit - left) if voltage > 0 else (limit + way, limit + left)
                table.writerow([voltage, width, before * numbers.gauss(1, 0.001), after * numbers.gauss(1, 0.001)])
    return there / "measured.csv"


@pytest.fixture(scope="module", name="fitted")
def fixture_fitted(folder, measured):
    """A folder with what was fitted: fitted.cfg, fitted.svg, fit.json."""
    there = folder("fitted")
    there.take(measured)
    there.run("fit measured.csv -o fitted.cfg --json fit.json")
    return there


def test_fit_finds_the_limits_of_r(fitted):
    told = fitted.json("fit.json")
    assert abs(told["positive"]["constants"]["a0_p"] / 37087 - 1) < 0.02 and abs(told["negative"]["constants"]["a1_n"] / 34333 - 1) < 0.02


def test_what_fit_leaves_is_the_noise(fitted):
    told = fitted.json("fit.json")
    assert all(0.0008 < told[side]["rms"] < 0.0012 for side in ("positive", "negative")) and len(told["pulses"]) == 450


def test_fit_is_drawn(fitted):
    assert "</svg>" in fitted.text("fitted.svg")


def test_the_same_fit_gives_the_same_bytes(here, measured, fitted):
    here.take(measured)
    here.run("fit measured.csv -o fitted2.cfg")
    same("fitted2.svg", fitted / "fitted.svg")


def test_the_fitted_device_can_be_written(here, model, fitted):
    here.take(model, fitted / "fitted.cfg")
    here.run("program model.msm --device ./fitted.cfg --check")


@pytest.mark.parametrize("pattern, line", [
    ("pulses.csv: pulses of 1 positive voltage change R clearly; expected at least 2", "fit pulses.csv -o x.cfg"),
    ("fit: expected -o device.cfg", "fit pulses.csv"),
    ("none.csv: cannot be opened", "fit none.csv -o x.cfg"),
    ("x.svg: is where the picture goes", "fit measured.csv -o x.svg"),
    ("x.svg: is where the picture goes", "fit measured.csv -o x.cfg --json x.svg"),
    ('zero.csv:5: voltage_v: "0": expected volt', "fit zero.csv -o x.cfg"),
    ("short.csv:7: has only 3 fields", "fit short.csv -o x.cfg"),
    ("names.csv:1: names no column after_ohm", "fit names.csv -o x.cfg"),
], ids=["the pulses of a writing, of one voltage", "no place for the device", "no measurements", "device and picture in one place",
        "picture over the JSON", "voltage 0", "a field too few", "a column is missing"])
def test_fit_refuses(here, model, measured, pattern, line):
    here.take(model, measured)
    here.run("program model.msm --pulses pulses.csv")
    lines = here.text("measured.csv").splitlines()
    assert lines[4].startswith("0.5") and "after_ohm" in lines[0]
    here.write("zero.csv", "\n".join([*lines[:4], "0" + lines[4][3:], *lines[5:], ""]))
    here.write("short.csv", "\n".join([*lines[:6], lines[6].rpartition(",")[0], *lines[7:], ""]))
    here.write("names.csv", "\n".join([lines[0].replace("after_ohm", "after"), *lines[1:], ""]))
    here.refused(pattern, line)


# ---- nothing lost, nothing left ----
def test_an_interrupt_leaves_no_temporary_file(here, corpus):
    here.take(corpus)
    with here.started("train --corpus corpus.msc --epochs 1000 --json interrupted.json -o interrupted.msm") as training:
        assert until((here / "interrupted.msm").exists, training, "an epoch's model")
        training.terminate()
        training.wait(60)
    assert here.leftovers() == [] and not (here / "interrupted.json").exists()


def test_half_written_files_of_nobody_are_removed_and_others_stay(here, model):
    here.take(model)
    for name in ("shared.json.unfinished-abc123", "shared.json.unfinished-abc12", "shared.json.backup"):
        here.write(name, "")
    with open(here / "shared.json.unfinished-abc123", "r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        here.run("program model.msm --json shared.json")
        assert (here / "shared.json.unfinished-abc123").exists()
    here.run("program model.msm --json shared.json")
    assert sorted(path.name for path in here.folder.glob("shared.json*")) == ["shared.json", "shared.json.backup", "shared.json.unfinished-abc12"]


def test_a_closed_pipe_ends_it(here, model):
    here.take(model)
    read, write = os.pipe()
    os.close(read)
    try:
        ended = subprocess.run(here.arguments("program model.msm --json closed.json", []), stdin=subprocess.DEVNULL, stdout=write,
                               stderr=subprocess.PIPE, restore_signals=False, timeout=600, check=False)
    finally:
        os.close(write)
    assert ended.returncode == 1 and ended.stderr


def test_a_link_stays_a_link(here):
    here.write("linked_file.json", "")
    (here / "link.json").symlink_to("linked_file.json")
    here.run("prepare -o l.msc --json link.json")
    assert (here / "link.json").is_symlink() and here.json("linked_file.json")


def test_a_pipe_stays_a_pipe_and_is_read_to_its_end(here, model):
    here.take(model)
    os.mkfifo("pipe.json")
    with subprocess.Popen(["cat", "pipe.json"], stdout=subprocess.PIPE) as reader:
        try:
            here.run("program model.msm --json pipe.json")
            piped, _ = reader.communicate(timeout=60)
        finally:
            reader.kill()
    assert (here / "pipe.json").is_fifo() and json.loads(piped)
    assert here.leftovers() == []


@pytest.mark.parametrize("line", ["--help", "--version", "train --help", "info"])
def test_a_full_disk_is_said(here, line):
    if not pathlib.Path("/dev/full").is_char_device():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(here.arguments(line, []), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=600, check=False)
    assert ended.returncode == 1 and b"standard output" in ended.stderr
