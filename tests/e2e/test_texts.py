# SPDX-License-Identifier: Apache-2.0
"""What users bring and what they are told of it, from end to end: the list of predictions; reviews, word vectors and
measurements as other programs write them; what is left out of them."""
import csv
import re
import shlex
import tarfile
import zipfile

import pytest

from support import content, same, says, write_reviews

ENGINES = ("rtl", "model", "systemc")
NOISY = "test model.msm --corpus corpus.msc --limit 40 --read-noise 0.05"


# ---- the list of predictions ----
class Predictions:
    """A list of predictions and the result beside it."""

    def __init__(self, there, name):
        with open(there / f"{name}.csv", encoding="utf-8", newline="") as file:
            self.names, *rows = csv.reader(file)
        self.rows = [[int(field) for field in row] for row in rows]
        self.told = there.json(f"{name}.json")
        assert self.rows

    def right(self):
        """The share of answers that are their labels."""
        return sum(row[2] == row[3] for row in self.rows) / len(self.rows)

    def firing_rate(self):
        return sum(row[4] for row in self.rows) / len(self.rows) / self.told["steps"]


@pytest.fixture(scope="module", name="lists")
def fixture_lists(folder, corpus, model):
    """A folder with the predictions of every engine, rtl.csv and rtl.json, ..., and their inputs."""
    there = folder("lists")
    there.take(corpus, model)
    for engine in ENGINES:
        there.run(f"{NOISY} --engine {engine} --predictions {engine}.csv --rates --json {engine}.json")
    return there


@pytest.mark.parametrize("engine", ENGINES)
def test_right_answers_are_the_accuracy(lists, engine):
    found = Predictions(lists, engine)
    assert len(found.rows) == 40 and abs(found.right() - found.told["accuracy"]) < 1e-12 and 0.5 < found.told["accuracy"] < 1


@pytest.mark.parametrize("engine", ENGINES)
def test_spikes_are_the_firing_rate_and_tell_the_answer(lists, engine):
    found = Predictions(lists, engine)
    assert abs(found.firing_rate() - found.told["firing_rate_mean"]) < 1e-12
    assert all(row[3] == (2 * row[4] > found.told["steps"]) for row in found.rows)


def test_columns(lists):
    found = Predictions(lists, "rtl")
    assert found.names == ["review", "seed", "label", "answer", "spikes_0"] + [f"rate_{row}" for row in range(100)]
    assert all(len(row) == 105 and all(0 <= rate < 65536 for rate in row[5:]) for row in found.rows)


def test_a_limit_takes_reviews_spread_evenly(lists):
    rows = Predictions(lists, "rtl").rows
    assert [row[0] for row in rows] == [number * 1000 // 40 for number in range(40)]
    assert [row[2] for row in rows] == [0] * 20 + [1] * 20 and len({row[1] for row in rows}) == 40


@pytest.mark.parametrize("engine", ["model", "systemc"])
def test_the_rtl_predicts_the_same_as(lists, engine):
    same(lists / "rtl.csv", lists / f"{engine}.csv")


def test_without_rates_the_list_is_the_same_but_for_them(lists, trained):
    trained.run(f"{NOISY} --engine model --predictions short.csv")
    cut = [",".join(line.split(",")[:5]) for line in lists.text("rtl.csv").splitlines()]
    assert len(cut) == 41 and trained.text("short.csv").splitlines() == cut


def test_predictions_after_early_decisions_count_spikes_until_then(trained):
    trained.run("test model.msm --corpus corpus.msc --engine model --preset fast --limit 40 --predictions early.csv --json early.json")
    found = Predictions(trained, "early")
    assert len(found.rows) == 40 and found.told["configuration"]["decision"] == "early"
    assert abs(found.firing_rate() - found.told["firing_rate_mean"]) < 1e-12 and abs(found.right() - found.told["accuracy"]) < 1e-12


def test_predictions_of_stars_have_eight_outputs_and_stars_for_labels(here, corpus, stars):
    here.take(corpus, stars)
    here.run("test stars.msm --corpus corpus.msc --array 100x8d --preset rating --engine model --predictions stars.csv --json stars.json")
    found = Predictions(here, "stars")
    assert len(found.rows) == 1000 and found.names[4:] == [f"spikes_{output}" for output in range(8)]
    assert found.told["ratings"]
    for label in found.told["ratings"]:
        assert label["answers"] == [sum(row[2] == label["stars"] and row[3] == answer for row in found.rows) for answer in (1, 2, 3, 4, 7, 8, 9, 10)]


def test_predictions_of_the_digital_array(trained):
    trained.run("test model.msm --corpus corpus.msc --engine emulator --limit 10 --predictions emulator.csv --json emulator.json")
    found = Predictions(trained, "emulator")
    assert len(found.rows) == 10 and abs(found.right() - found.told["accuracy"]) < 1e-12


@pytest.mark.parametrize("pattern, options", [
    ("--rates: expected --predictions", "--rates"),
    ("--predictions: expected --network snn or memristor", "--network ann --predictions x.csv"),
    ("model.msm: is an input too", "--predictions model.msm"),
    ("x.csv: is named for two outputs", "--predictions x.csv --json x.csv"),
], ids=["rates without predictions", "predictions of the software", "predictions over the model", "two outputs in one"])
def test_refused(trained, pattern, options):
    trained.refused(pattern, f"test model.msm --corpus corpus.msc {options}")


# ---- a text without a known word has no answer ----
@pytest.mark.parametrize("text", ["", "zzyzx qqfx"], ids=["empty", "unknown words"])
def test_no_answer(here, model, text):
    here.take(model)
    assert says(here.run("classify model.msm -q --json none.json", text).out, r"^no answer \(demo corpus\)$")
    told = here.json("none.json")
    assert told["sentiment"] is None and told["firing_rate"] is None and told["probability"] is None and told["words"] == []
    assert told["corpus"] == "demo"


def test_no_stars(here, stars):
    here.take(stars)
    assert says(here.run("classify stars.msm --array 100x8d --preset rating -q --json none.json zzyzx").out, "^no answer")
    told = here.json("none.json")
    assert told["stars"] is None and told["firing_rates"] is None and told["words"] == []


def test_one_known_word_is_enough(here, model):
    here.take(model)
    assert here.result("classify model.msm", "zzyzx wonderful")["sentiment"] == "positive"


# ---- reviews of one's own are called by their folder's name, in results and captions ----
@pytest.fixture(scope="module", name="shop")
def fixture_shop(folder):
    """A folder with reviews, shop; two word vectors, vectors.txt; shop.msc and shop.json; shop.msm and trained.json."""
    there = folder("shop")
    write_reviews(there / "shop")
    numbers = " ".join(str(i / 100) for i in range(100))
    there.write("vectors.txt", f"film {numbers}\ngood {numbers.replace('0.9', '0.1')}\n")
    there.run("prepare --data shop --vectors none -o shop.msc --json shop.json")
    there.run("train --corpus shop.msc -o shop.msm --json trained.json")
    return there


@pytest.fixture(name="with_shop")
def fixture_with_shop(here, shop):
    here.take(*shop.folder.iterdir())
    return here


@pytest.mark.parametrize("result", ["shop.json", "trained.json"], ids=["prepare", "train"])
def test_own_reviews_are_called_so_by(shop, result):
    assert shop.json(result)["corpus"] == "shop"


def test_own_reviews_are_called_so_in_a_table(with_shop):
    assert says(with_shop.run("test shop.msm --corpus shop.msc --engine model -q").out, r"^network .* \(shop\)$")


def test_own_reviews_are_called_so_in_an_answer(with_shop):
    assert says(with_shop.run("classify shop.msm -q", "good film").out, r"\(shop\)$")


def test_a_report_does_not_call_own_reviews_imdb(with_shop):
    with_shop.write("small.cfg", """name = "small";
description = "Accuracy over tolerance";
approach = 1;
network = "memristor";
seeds = 1;
axes = ( { key = "tolerance"; values = [0.01, 0.1]; } );
measure = ["accuracy"];
""")
    with_shop.run("sweep ./small.cfg --corpus shop.msc -o swept")
    with_shop.run("report swept")
    page = with_shop.text("swept/report.html")
    assert "reviews of shop" in page and "IMDB test reviews" not in page


def test_a_folder_called_imdb_does_not_make_them_imdb(with_shop):
    (with_shop / "shop").rename("imdb")
    told = with_shop.result("prepare --data imdb --vectors none -o imdb.msc")
    assert told["corpus"] == "imdb (own reviews)" and told["fingerprint"] == with_shop.json("shop.json")["fingerprint"]


# ---- what is left out is said or refused ----
def test_reviews_without_label_or_word_are_said(with_shop):
    with_shop.write("shop/aclImdb/train/unsup/0_0.txt", "no label\n")
    with_shop.write("shop/aclImdb/train/pos/90_9.txt", "")
    said = with_shop.run("prepare --data shop --vectors none -o x.msc").err
    assert says(said, r"aclImdb: files passed over: 1 without a label \(unsup\)$") and says(said, "reviews without a word: 1, ")


def test_a_third_class_is_refused(with_shop):
    with_shop.write("shop/aclImdb/train/neutral/0_5.txt", "so so\n")
    with_shop.refused("train/neutral: a third class; expected pos and neg", "prepare --data shop --vectors none -o y.msc")
    with tarfile.open("third_aclImdb.tar.gz", "w:gz") as archive:
        archive.add("shop/aclImdb", "aclImdb")
    with_shop.refused("aclImdb/train/neutral: a third class", "prepare --data third_aclImdb.tar.gz --vectors none -o y.msc")


def test_a_hidden_file_beside_an_archive_is_no_second_one(with_shop):
    (with_shop / "packed").mkdir()
    with_shop.write("packed/._aclImdb.tar.gz", "")
    with tarfile.open("packed/aclImdb.tar.gz", "w:gz") as archive:
        archive.add("shop/aclImdb", "aclImdb")
    told = with_shop.result("prepare --data packed --vectors none -o archive.msc")
    assert told["fingerprint"] == with_shop.json("shop.json")["fingerprint"]


# ---- word vectors ----
@pytest.fixture(scope="module", name="plain")
def fixture_plain(shop):
    """What is told of the reviews of the shop with vectors.txt."""
    told = shop.result("prepare --data shop --vectors vectors.txt -o plain.msc")
    assert told["fingerprint"] != shop.json("shop.json")["fingerprint"]
    return told


def write_zip(there):
    """glove.6B.zip beside the reviews: vectors.txt as those of 100 numbers, and others."""
    text = there.text("vectors.txt")
    with zipfile.ZipFile(there / "shop/glove.6B.zip", "w") as archive:
        for size in (50, 100, 200):
            other = "\n".join(" ".join((line.split() * 3)[:size + 1]) for line in text.splitlines())
            archive.writestr(f"glove.6B.{size}d.txt", text if size == 100 else other)


def test_vectors_come_out_of_a_zip_archive(with_shop, plain):
    write_zip(with_shop)
    answer = with_shop.run("prepare --data shop -o zip.msc --json zip.json")
    assert says(answer.err, "glove.6B.zip: word vectors out of glove.6B.100d.txt, one of 3 files")
    told = with_shop.json("zip.json")
    assert told["fingerprint"] == plain["fingerprint"] and told["words_with_vector"] == 2


def test_vectors_come_out_of_a_folder(with_shop, plain):
    write_zip(with_shop)
    for size in (50, 100):
        with_shop.write(f"shop/glove.6B/glove.6B.{size}d.txt", with_shop.text("vectors.txt"))
    answer = with_shop.run("prepare --data shop -o folder.msc --json folder.json")
    assert says(answer.err, "word vectors out of glove.6B/glove.6B.100d.txt, one of 3 files")
    assert with_shop.json("folder.json")["fingerprint"] == plain["fingerprint"]


# ---- waveforms ----
def test_vcd_is_refused_with_the_way_to_it(here, model):
    here.take(model)
    here.refused(re.escape("-o x.vcd: would be FST, not VCD; expected -o x.fst, and then fst2vcd -f x.fst -o x.vcd"),
                 "trace model.msm --program -o x.vcd")


@pytest.fixture(scope="module", name="event")
def fixture_event(folder, model):
    """A folder with the waveforms of an event, in "it's a folder", event.json, and what was printed."""
    there = folder("event")
    there.take(model)
    (there / "it's a folder").mkdir()
    return there, there.run("trace model.msm --program --tolerance 0.0005 --event exhausted --json event.json -o", "it's a folder/x.fst").out


def test_the_line_that_opens_waveforms_can_be_pasted(event):
    there, printed = event
    lines = [line for line in printed.splitlines() if line.startswith("gtkwave")]
    assert len(lines) == 1
    words = shlex.split(lines[0])
    assert len(words) == 4 and words[2] == str(there / "it's a folder/x.fst") and content(words[2])


def test_the_device_of_an_event_is_found_and_printed(event):
    there, printed = event
    told = there.json("event.json")
    devices = there.result("program model.msm --tolerance 0.0005")["devices"]
    assert told["event_device"] == min(number for number, device in enumerate(devices) if device["ending"] == "exhausted")
    assert f"exhausted at clock {told['event_clock']}, device {told['event_device']}" in printed.splitlines()[1]
