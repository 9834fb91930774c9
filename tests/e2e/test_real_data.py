# SPDX-License-Identifier: Apache-2.0
"""The main job on the real reviews in $MEMSPIKE_DATA: the figures that do not need a campaign over seeds."""
import pytest

from support import environment, same_but_time

pytestmark = pytest.mark.release_only
ARRAYS = ("100x1", "10x10")


@pytest.fixture(scope="module", name="real")
def fixture_real(real_data, folder):
    """A folder with the real corpus and a model, corpus.msc, corpus.json, model.msm and model.json; snn.json."""
    there = folder("real")
    there.run("prepare -o corpus.msc --json corpus.json", env=environment(MEMSPIKE_DATA=real_data))
    there.run("train --corpus corpus.msc -o model.msm --json model.json")
    there.run("test model.msm --corpus corpus.msc --network snn --json snn.json")
    return there


def test_all_reviews_are_there(real):
    told = real.json("corpus.json")
    assert told["train_reviews"] == told["test_reviews"] == 25000


def test_the_vocabulary_is_the_papers(real):
    assert real.json("corpus.json")["vocabulary"] == 20437


def test_the_ann_is_as_good_as_the_papers(real):
    assert real.json("model.json")["accuracy"] >= 0.859


def test_the_snn_is_within_0_3_points_of_the_ann(real):
    told = real.json("snn.json")
    assert abs(told["accuracy"] - real.json("model.json")["accuracy"]) <= 0.003
    assert told["clocks"] == 25000 * 1002


def test_memristors_are_within_0_2_points_of_the_snn(real):
    assert abs(real.result("test model.msm --corpus corpus.msc")["accuracy"] - real.json("snn.json")["accuracy"]) <= 0.002


def test_the_small_array_on_400_reviews(real):
    told = real.result("test model.msm --corpus corpus.msc --array 10x10 --limit 400")
    assert told["accuracy"] > 0.8 and told["clocks"] == 400 * 10002


# Figure 4c of the paper: standard deviation of the weight error.
@pytest.mark.parametrize("tolerance, published", [(0.005, .0070), (0.01, .0077), (0.05, .0240), (0.1, .0380), (0.2, .0585)])
def test_the_weight_error_is_near_the_papers(real, tolerance, published):
    assert abs(real.result(f"program model.msm --tolerance {tolerance}")["weight_error_std"] - published) <= 0.4 * published


@pytest.mark.parametrize("array", ARRAYS)
def test_engines_agree_on_200_reviews_and_a_writing(real, array):
    for engine in ("rtl", "model", "systemc"):
        real.run(f"test model.msm --corpus corpus.msc --array {array} --engine {engine} --limit 200 --json {engine}_{array}.json")
    same_but_time(real / f"rtl_{array}.json", real / f"model_{array}.json")
    same_but_time(real / f"rtl_{array}.json", real / f"systemc_{array}.json")
