# SPDX-License-Identifier: Apache-2.0
"""memspike sweep on the demo corpus: the same bytes with any number of threads, on both engines and after a kill; a
folder of something else and bad files are refused and lose nothing; every shipped experiment can be listed."""
import pathlib
import re
import signal

import pytest

import support
from support import in_time, same, says, times, until, write_sweep

BOTH = "sweep ./both.cfg --corpus corpus.msc"


def same_sweep(one, other):
    for name in ("sweep.csv", "sweep.json"):
        same(pathlib.Path(one) / name, pathlib.Path(other) / name)


@pytest.fixture(scope="session", name="one")
def fixture_one(folder, corpus):
    """The folder one of the finished sweep, by one thread; its experiments and corpus.msc lie beside it."""
    there = folder("sweeps")
    write_sweep(there)
    there.take(corpus)
    there.run(f"{BOTH} --threads 1 -o one")
    return there / "one"


@pytest.fixture(name="ready")
def fixture_ready(here, corpus):
    """The test's own folder, with the experiments and corpus.msc in it."""
    write_sweep(here)
    here.take(corpus)
    return here


@pytest.fixture(name="done")
def fixture_done(ready, one):
    """And a copy of the finished sweep."""
    ready.take(one)
    return ready


def test_help(here):
    assert "memspike sweep paper" in here.run("sweep --help").out


@pytest.mark.parametrize("options, runs", [("", 11), ("--seeds 4", 28)])
def test_list(ready, options, runs):
    assert says(ready.run(f"sweep ./both.cfg --list {options}").out, f"^7 points; {runs} runs, those that they share counted once$")


SHIPPED = sorted(path.stem for path in (pathlib.Path(support.__file__).parent / "../../data/experiments").glob("*.cfg"))


def test_experiments_are_shipped():
    assert SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_experiment_can_be_listed(here, name):
    assert says(here.run(f"sweep {name} --list").out, "^[0-9]+ points; [0-9]+ runs")


# ---- the same bytes in whatever way ----
@pytest.mark.parametrize("options", ["--threads 3", "--engine rtl"])
def test_the_same_bytes_with(ready, one, options):
    ready.run(f"{BOTH} {options} -o other")
    same_sweep(one, "other")


def test_a_finished_sweep_has_nothing_left_to_do(done, one):
    assert says(done.run(f"{BOTH} -o one").out, "^one holds 11 of 11 runs already")
    same_sweep(one, "one")


# ---- what is in it ----
def test_the_head_of_the_table(one):
    assert (one / "sweep.csv").read_text().splitlines()[0] == "experiment,approach,network,tolerance,read_noise,seed,measurement,index,value"


@pytest.mark.parametrize("what, pattern, count", [
    ("an accuracy of every run", ",accuracy,", 11),
    ("weights of every synapse", "^writing,.*,wanted_weight,[0-9]+,0", 800),
    ("no pulses of software", "^inside,1,ann,.*,pulses,", 0),
    ("epochs", "^inside,.*,(train|validation)_accuracy,[12],0", 12),
    ("the trace, 2 epochs of 1400 reviews", "^inside,2,memristor,.*,trace_(wanted|measured),[0-9]+,0", 32),
    ("the trace every 175 reviews", "^inside,2,memristor,.*,trace_measured,2625,", 1),
])
def test_the_table_has(one, what, pattern, count):
    table = (one / "sweep.csv").read_text()
    assert len(table.splitlines()) > 900 and times(table, pattern) == count, what


def test_the_result_tells_of_its_experiments(one):
    told = support.Here("", one).json("sweep.json")
    assert told["name"] == "both" and told["seed"] == 1 and told["version"] and told["corpus"] == "demo"
    assert told["configuration"]["steps"] == 1000
    writing, inside = told["experiments"]
    assert writing["name"] == "writing" and inside["name"] == "inside"
    assert writing["first_point"]["steps"] == 60 and writing["seeds"] == [1, 2]
    assert writing["axes"][1] == {"key": "read_noise", "values": [0, 0.05]}


# ---- the other commands find the same ----
def accuracy(folder, point):
    """Of the first row of this point."""
    found = re.search(f"(?m)^{re.escape(point)},accuracy,.*,([^,]+)$", (folder / "sweep.csv").read_text())
    return float(found.group(1))


def test_test_finds_the_same_accuracy(ready, one):
    ready.run("train --corpus corpus.msc --epochs 2 --seed 2 -o two.msm")
    told = ready.result("test two.msm --corpus corpus.msc --steps 60 --tolerance 0.1 --read-noise 0.05")
    assert told["accuracy"] == accuracy(one, "writing,1,memristor,0.1,0.05,2")


def test_train_finds_the_same_accuracy(ready, one):
    told = ready.result("train --corpus corpus.msc --epochs 2 --approach 2 --steps 60 -o inside.msm")
    assert told["accuracy"] == accuracy(one, "inside,2,memristor,0.0005,0,1")


# ---- stopped anywhere, it goes on ----
def points(folder):
    return sorted(path.name for path in pathlib.Path(folder).glob("points/*.point"))


def test_a_killed_sweep_goes_on_to_the_same_bytes(ready, one):
    attempts = iter(range(20))

    def killed():
        folder = f"killed{next(attempts)}"
        with ready.started(f"{BOTH} --engine rtl --threads 2 -o {folder}") as sweep:
            until(lambda: points(folder), sweep, "a point")
        if not points(folder) or pathlib.Path(folder, "sweep.json").exists():
            return False
        pathlib.Path(folder).rename("killed")
        return True

    in_time(killed)
    missing = next(name for name in (f"{number:06}.point" for number in range(11)) if name not in points("killed"))
    ready.write(f"killed/points/{missing}.unfinished-ab12CD", "")
    ready.write("killed/sweep.csv.unfinished-ab12CD", "")
    assert says(ready.run(f"{BOTH} -o killed").out, "^killed holds [0-9]+ of 11 runs already")
    same_sweep(one, "killed")
    assert support.Here("", "killed").leftovers() == []


@pytest.mark.parametrize("moment, named", [("before", "sweep.id"), ("after", "*.point")], ids=["before its first point", "after its first point"])
def test_an_interrupted_sweep_goes_on_to_the_same_bytes(ready, one, moment, named):
    attempts = iter(range(20))

    def interrupted():
        folder = f"{moment}{next(attempts)}"
        with ready.started(f"{BOTH} --engine rtl --threads 2 -o {folder}") as sweep:
            until(lambda: any(pathlib.Path(folder).glob(f"points/{named}")), sweep, named)
            sweep.send_signal(signal.SIGINT)
            sweep.send_signal(signal.SIGTERM)
            sweep.wait(600)
        if pathlib.Path(folder, "sweep.json").exists():
            return False
        pathlib.Path(folder).rename("stopped")
        return True

    in_time(interrupted)
    assert pathlib.Path("stopped/points/sweep.id").exists()
    ready.run(f"{BOTH} -o stopped")
    same_sweep(one, "stopped")
    assert support.Here("", "stopped").leftovers() == []


# ---- refused, with nothing lost ----
REFUSED = [
    ("no name", "0 arguments given; expected an experiment", "sweep -o x"),
    ("no folder", "expected -o DIR", "sweep ./both.cfg"),
    ("no such experiment", "fig9z.cfg: cannot be read", "sweep fig9z -o x"),
    ("another experiment's folder", "one: holds points of another sweep", "sweep ./writing.cfg --corpus corpus.msc -o one"),
    ("other seeds", "one: holds points of another sweep", f"{BOTH} --seeds 3 -o one"),
    ("another first seed", "one: holds points of another sweep .*seed 1.* not .*seed 5", f"{BOTH} --seed 5 -o one"),
    ("another array", "one: holds points of another sweep .*array 100x1.* not .*array 10x10", f"{BOTH} --array 10x10 -o one"),
    ("another device", "one: holds points of another sweep .*device [0-9a-f]{16}.* not .*device [0-9a-f]{16}",
     f"{BOTH} --device ./device.cfg -o one"),
    ("another corpus", "one: holds points of another sweep .*corpus [0-9a-f]{16}.* not .*corpus [0-9a-f]{16}",
     "sweep ./both.cfg --corpus bigrams.msc -o one"),
    ("a point that cannot be", "margin.cfg:7: a point: tolerance margin: 9 standard deviations", "sweep ./margin.cfg --corpus corpus.msc -o x"),
    ("somebody's folder", "other: holds other files", f"{BOTH} -o other"),
    ("a file for a folder", "file: is a file", f"{BOTH} -o file"),
    ("a folder in nowhere", "nowhere/x: cannot be made", f"{BOTH} -o nowhere/x"),
    ("a key that is none", "key.cfg:7: key: expected a key of presets", "sweep ./key.cfg --corpus corpus.msc -o x"),
    ("a value out of range", "value.cfg:7: tolerance: expected a number from 0 to below 1", "sweep ./value.cfg --corpus corpus.msc -o x"),
    ("another's option", "--read-noise: unknown option", f"{BOTH} --read-noise 0.1 -o x"),
]


@pytest.mark.parametrize("pattern, line", [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(done, bigrams, source, pattern, line):
    done.take(bigrams)
    done.write("other/notes.txt", "")
    done.write("file", "")
    writing = support.SWEEP["writing.cfg"]
    changes = {"key.cfg": {"tolerance": "tolerants"}, "value.cfg": {"0.01, 0.1": "0.01, 1.5"},
               "margin.cfg": {"settings = { steps": "settings = { tolerance_margin = 9.0; steps", "0.0, 0.05": "0.0, 0.5"}}
    for name, changed in changes.items():
        text = writing
        for old, new in changed.items():
            assert old in text
            text = text.replace(old, new)
        done.write(name, text)
    device = (source / "data/devices/paper.cfg").read_text(encoding="utf-8")
    done.write("device.cfg", device + "nonidealities = { adc = { gain = 0.001; }; };\n")
    done.refused(pattern, line)


def test_a_damaged_point_is_refused_and_without_it_made_anew(done, one):
    (done / "one").rename("damaged")
    point = done / "damaged/points/000002.point"
    whole = point.read_bytes()
    damaged = whole[:200] + b"\x55" + whole[201:]
    assert damaged != whole
    point.write_bytes(damaged)
    done.refused("damaged/points/000002.point: point file is damaged", f"{BOTH} -o damaged")
    point.unlink()
    done.run(f"{BOTH} -o damaged")
    same_sweep(one, "damaged")
