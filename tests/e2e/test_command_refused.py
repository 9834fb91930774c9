# SPDX-License-Identifier: Apache-2.0
"""What is wrong with what the command is given: one clear line, exit status 2, and nothing lost or left."""
import fcntl
import json
import os
import pathlib
import re
import resource
import subprocess
import tarfile

import pytest

from support import says, until, write_reviews


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
