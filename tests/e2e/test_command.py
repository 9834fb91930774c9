# SPDX-License-Identifier: Apache-2.0
"""The command from end to end on the demo corpus: the whole way of the data, what it costs, what the command says of itself, and
the same bytes for the same seed."""
import json
import re
import subprocess

import pytest

from support import GOOD, differ, same, same_but_time, says, times

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


def test_what_is_linked_leaves_the_binary_under_its_licence(memspike, source):
    """Each library has a row in docs/dependencies.md whose licence allows it, or comes with the compiler."""
    text = (source / "docs/dependencies.md").read_text(encoding="utf-8").partition("## For tests")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    needed = subprocess.run(["readelf", "-dW", memspike, *memspike.parent.glob("modules/*.so")], capture_output=True, encoding="utf-8", timeout=60, check=True)
    names = {name.lower() for name in re.findall(r"\(NEEDED\).*\[(?:lib)?([A-Za-z0-9_+]+)", needed.stdout)}
    assert {"archive", "csv", "cminpack"} <= names
    for name in names - {"c", "m", "ld", "gcc_s", "stdc++", "asan", "ubsan", "tsan", "omp"}:
        licences = [row[2] for row in rows if name in row[0].lower().replace(" ", "")]
        assert licences and not re.match(r"A?GPL(?!.*exception)", licences[0]), name


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
