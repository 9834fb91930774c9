# SPDX-License-Identifier: Apache-2.0
"""Single-event upsets, a short campaign on the demo corpus: the design ends and recovers, flips are seen where they must be, the
work may be parted anyhow, and what is no register is refused."""
import csv
import re
import subprocess
import sys

import pytest

from support import content, same

pytestmark = pytest.mark.release_only


@pytest.fixture(scope="module", name="upsets")
def fixture_upsets(memspike):
    """The program that flips bits."""
    path = memspike.parent / "tests" / "upsets"
    if not path.exists():
        pytest.skip(f"{path} is not built: the builds with sanitizers and coverage do without")
    return path


@pytest.fixture(scope="module", name="campaign")
def fixture_campaign(upsets, source, folder, corpus, model):
    """A folder with the same campaign twice: one.csv and one.txt by one process, two.csv and two.txt by two."""
    there = folder("campaign")
    for jobs, name in ((1, "one"), (2, "two")):
        ran = subprocess.run([sys.executable, source / "scripts/upsets.py", "--program", upsets, "--model", model, "--corpus", corpus,
                              "--array", "100x1", "--injections", "400", "--jobs", str(jobs), "--csv", there / f"{name}.csv"],
                             capture_output=True, encoding="utf-8", timeout=900, check=False)
        # Exit status 0: every single-event upset ended, and the design recovered.
        assert ran.returncode == 0, ran.stderr
        there.write(f"{name}.txt", ran.stdout)
    return there


def flipped(campaign, register):
    """Of single-event upsets in registers of this name: how many, and how many changed the spikes."""
    with open(campaign / "one.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if re.search(register, row["register"])]
    assert rows
    return len(rows), sum(row["clean_spikes"] != row["upset_spikes"] for row in rows)


def test_every_upset_is_told_of(campaign):
    assert len(campaign.text("one.csv").splitlines()) == 401


def test_a_flip_in_a_neuron_changes_its_spikes(campaign):
    upsets, changed = flipped(campaign, r"^u_neurons\.")
    assert 2 * changed > upsets  # a start clears what it holds, and low bits of the membrane matter little


def test_the_divider_has_no_part_in_reviews(campaign):
    assert flipped(campaign, "u_divider")[1] == 0


def test_two_parts_give_the_same_upsets_and_table(campaign):
    assert sorted(content(campaign / "one.csv").splitlines()) == sorted(content(campaign / "two.csv").splitlines())
    same(campaign / "one.txt", campaign / "two.txt")


@pytest.mark.parametrize("register, said", [
    ("threshold_i", "u_neurons.threshold_i: is no register"), ("no_such_q", "u_neurons.no_such_q: not in the Verilated model")],
    ids=["a wire", "what is not there"])
def test_refused(upsets, source, corpus, model, here, register, said):
    here.write("wires.txt", f"lif_array u_neurons.{register} - 32\n")
    ran = subprocess.run([upsets, model, corpus, "100x1", "wires.txt", source / "data/presets/paper.cfg", "40", "0", "1"],
                         capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert ran.returncode == 2 and said in ran.stderr
