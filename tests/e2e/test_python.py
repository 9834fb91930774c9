# SPDX-License-Identifier: Apache-2.0
"""memspike for Python, from the sources and as it is installed: every public name, the same numbers as the command, no copies, Ctrl-C, and
the tutorial. About 10 s."""
import csv
import gc
import inspect
import json
import logging
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import tracemalloc

import numpy as np
import pytest

from support import same, says, write_reviews

WEIGHTS = np.linspace(0, 1, 100)


@pytest.fixture(scope="session", name="ms")
def fixture_ms(environment, memspike, source):  # pylint: disable=unused-argument
    """The package of the sources, on the library beside the command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMSPIKE_LIBRARY", str(memspike.parent / "libmemspike.so.0"))
        patch.syspath_prepend(str(source / "python"))
        import memspike as package
        yield package


@pytest.fixture(scope="session", name="reader")
def fixture_reader(ms):
    """The demo corpus, and what was trained on it."""
    corpus = ms.Corpus.build()
    return corpus, ms.Network.train(corpus)


def blobs(classes, count=600):
    random = np.random.default_rng(3)
    kinds = random.integers(classes, size=count)
    return random.normal(size=(classes, 6))[kinds] * 2 + random.normal(size=(count, 6)), kinds


# ---- what there is ----
def test_every_public_name_says_what_it_is_and_is_tested_here(ms):
    here = pathlib.Path(__file__).read_text(encoding="utf-8")
    for name in ms.__all__:
        assert re.search(rf"\b{name}\b", here), name
        public = getattr(ms, name)
        if inspect.isclass(public):
            assert public.__doc__, name
            for member, kind in vars(public).items():
                if not member.startswith("_") and (callable(kind) or isinstance(kind, (property, classmethod))):
                    assert getattr(public, member).__doc__, f"{name}.{member}"
                    assert re.search(rf"\.{member}\b", here), f"{name}.{member}"


def test_arrays_engines_and_settings_are_those_of_the_command(ms, here):
    info = here.run("info").out
    assert ms.__version__ in info
    assert [array["name"] for array in ms.arrays()][:2] == ["100x1", "10x10"]
    assert all(says(info, rf"\b{array['name']}\b") for array in ms.arrays())
    assert ms.engines()[:2] == ["rtl", "model"]
    assert {"name": "steps", "unit": "", "help": "time steps of a review", "expected": "a whole number from 1 to 65535"} in ms.settings()


def test_settings_are_a_mapping_that_keeps_types(ms):
    settings = ms.Settings("robust", array="10x10", engine="model", check=True, read_noise=np.float32(0.5), steps=np.int64(7), gain=2, seed=2**64 - 1)
    assert [settings[name] for name in ("array", "engine", "check", "read_noise", "steps", "seed")] == ["10x10", "model", True, 0.5, 7, 2**64 - 1]
    assert settings.of(1)["gain"] == settings.of(2)["gain"] == 2
    assert dict(settings) == settings.of(1) and len(settings) == len(ms.settings())
    assert ms.Settings(settings) == settings != ms.Settings(settings, steps=8)
    assert ms.Settings().of(1)["threshold"] != ms.Settings().of(2)["threshold"]
    assert repr(ms.Settings("paper", steps=9)) == "Settings(steps=9)"


@pytest.mark.parametrize("settings, pattern", [
    ({"reed_noise": 0.1}, r"^reed_noise: no such setting; did you mean read_noise\?$"),
    ({"qqq": 0.1}, r"^qqq: no such setting; memspike.settings\(\) lists them$"),
    ({"read_noise": 1}, r"^read_noise: 1; expected a number from 0 to below 1$"),
    ({"preset": "nowhere"}, r"nowhere.cfg: cannot be read"),
])
def test_wrong_settings_are_refused(ms, settings, pattern):
    with pytest.raises(ms.Invalid, match=pattern) as caught:
        ms.Crossbar(**settings)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, ms.Error) and caught.value.status == 2


# ---- devices ----
def test_a_device_converts_numbers_and_arrays(ms):
    device = ms.Device()
    low, high = device.range
    assert device.name == "paper" and device.weight(low) == 1 and abs(device.weight(high)) < 1e-12
    weights = np.linspace(0, 1, 12).reshape(3, 4)
    assert device.resistance(weights).shape == (3, 4)
    np.testing.assert_allclose(device.weight(device.resistance(weights)), weights, atol=1e-12)


def test_a_device_is_parsed_and_saved(ms, here, source):
    text = (source / "data/devices/paper.cfg").read_text(encoding="utf-8")
    parsed = ms.Device.parse(text, name="mine")
    parsed.save(here / "mine.cfg")
    assert ms.Device(here / "mine.cfg").range == parsed.range
    with pytest.raises(ms.Invalid, match=r"^mine:2: "):
        ms.Device.parse('name = "x";\nswitching = {', name="mine")
    with pytest.raises(ms.Invalid, match="was read from a file"):
        ms.Device().save(here / "again.cfg")


def test_a_fit_needs_pulses_of_two_voltages(ms):
    with pytest.raises(ms.Invalid):
        ms.Device.fit(0.9, 1e-6, [5000, 6000], [5100, 6100])
    with pytest.raises(ms.Invalid, match="^pulse 1: voltage 0 V"):
        ms.Device.fit([0.9, 0], 1e-6, [5000, 6000], [5100, 6100])
    assert ms.Device().fit_sides is None  # of one that was fitted: the tutorial


# ---- crossbars and engines ----
@pytest.mark.parametrize("array", ["100x1", "100x8d"])
def test_weights_go_in_and_come_out(ms, array):
    crossbar = ms.Crossbar(array=array)
    outputs, inputs = crossbar.weights.shape
    weights = np.resize(np.linspace(-1 if crossbar.array["pairs"] else 0, 1, 89), (outputs, inputs))
    crossbar.weights = weights
    np.testing.assert_allclose(crossbar.weights, weights, atol=1e-9)
    assert np.array_equal(crossbar.resistances, crossbar.targets(weights)) and crossbar.resistances.shape == crossbar.shape
    np.testing.assert_allclose(crossbar.read(), crossbar.resistances, atol=0.01)
    spikes = np.random.default_rng(1).integers(2, size=(5, inputs))
    np.testing.assert_allclose(crossbar.sense(spikes), spikes @ weights.T, atol=0.02)
    assert np.array_equal(crossbar.sense(spikes[2] > 0), crossbar.sense(spikes)[2]) and crossbar.energy == 0


def test_noise_and_stuck_devices_are_seen(ms):
    crossbar = ms.Crossbar(read_noise=0.1, stuck_open=0.2)
    assert 5 < crossbar.stuck.sum() < 40 and crossbar.stuck.shape == (1, 100)
    before = crossbar.resistances
    crossbar.weights = WEIGHTS
    assert np.array_equal(crossbar.resistances == before, crossbar.stuck)
    assert not np.array_equal(crossbar.read(), crossbar.read())
    spikes = np.ones(100, bool)
    assert crossbar.sense(spikes, sample=1) == crossbar.sense(spikes, sample=1) != crossbar.sense(spikes, sample=2)


@pytest.mark.parametrize("use, pattern", [
    (lambda crossbar: crossbar.targets(WEIGHTS + 0.5), "^weight of output 0, input 50: 1.00505; expected 0 to 1$"),
    (lambda crossbar: crossbar.targets(WEIGHTS[1:]), r"^weights: shape \(1, 99\); expected \(1, 100\)$"),
    (lambda crossbar: setattr(crossbar, "resistances", np.zeros((1, 100))), "^device 0: 0 ohm"),
    (lambda crossbar: crossbar.sense(np.full(100, 0.5)), "^spikes: float64; expected bool or whole numbers$"),
    (lambda crossbar: crossbar.run(np.full(100, 1.5)), "^sample 0, value 0: 1.5; expected 0 to 1$"),
    (lambda crossbar: crossbar.run(np.zeros((3, 99))), r"^values: shape \(3, 99\); expected \(any, 100\)$"),
    (lambda crossbar: crossbar.write(targets=np.full((1, 100), -1)), "^target of device 0: -1 ohm"),
])
def test_what_is_out_of_range_is_refused(ms, use, pattern):
    with pytest.raises(ms.Invalid, match=pattern):
        use(ms.Crossbar(engine="model"))


def test_rtl_and_model_write_and_run_the_same(ms):
    found = []
    for kind in ("rtl", "model"):
        crossbar = ms.Crossbar(engine=kind, read_noise=0.05, steps=50)
        with ms.Engine(crossbar, tolerance=0.02) as engine:
            targets = crossbar.targets(WEIGHTS)
            targets[0, 5] = 0
            written = engine.write(targets=targets, pulses=True)
            spikes = engine.run(np.tile(WEIGHTS, (20, 1)))
            seen = engine.observe(WEIGHTS, number=7)
            found.append([written["every_pulse"], spikes, seen["rows"], seen["membranes"], crossbar.resistances, list(engine.statistics.values())])
            assert engine.statistics["pulses"] == len(written["every_pulse"]) == written["pulses"].sum() > 50
        assert written["ending"][0, 5] == "untouched" and set(np.unique(written["ending"])) <= {"untouched", "converged", "stalled", "exhausted"}
        assert written["reading"].shape == (1, 100) and seen["rows"].shape == (50, 100) and seen["membranes"].shape == (50, 1)
        assert seen["spikes"] == spikes[7]
        assert spikes.dtype == np.uint16 and np.array_equal(crossbar.run(np.tile(WEIGHTS, (3, 1)), 5), spikes[5:8])
    for rtl, model in zip(*found):
        assert np.array_equal(rtl, model)


def test_values_are_not_copied(ms):
    values = np.zeros((50000, 100), np.float32)
    crossbar = ms.Crossbar(engine="model", steps=1)
    tracemalloc.start()
    crossbar.run(values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < values.nbytes / 20
    kept = np.linspace(3000, 9000, 100).reshape(1, 100)
    from memspike._library import array, ffi, pointer
    assert array(kept, float, (1, 100), "kept") is kept and int(ffi.cast("uintptr_t", pointer(kept))) == kept.ctypes.data


def test_objects_live_as_long_as_they_are_needed(ms):
    engine = ms.Engine(ms.Crossbar(engine="model", steps=5))
    gc.collect()
    assert engine.run(WEIGHTS).shape == (1,)
    crossbar = engine.crossbar
    crossbar.close()
    for use in (lambda: crossbar.weights, lambda: engine.run(WEIGHTS), lambda: ms.Engine(crossbar)):
        with pytest.raises(ValueError, match="is closed"):
            use()
    engine.close()


def test_threads_that_share_a_crossbar_wait_for_each_other(ms):
    crossbar = ms.Crossbar(engine="model", steps=200)
    crossbar.weights = WEIGHTS
    wanted, found = crossbar.run(np.tile(WEIGHTS, (200, 1))), []
    threads = [threading.Thread(target=lambda: found.append(crossbar.run(np.tile(WEIGHTS, (200, 1))))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(np.array_equal(each, wanted) for each in found)


# ---- the same as the command ----
def test_corpora_and_models_are_those_of_the_command_byte_for_byte(reader, here, corpus, model, ms):
    texts, network = reader
    texts.save(here / "texts.msc")
    same(here / "texts.msc", corpus)
    network.save(here / "network.msm")
    same(here / "network.msm", model)
    told = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    assert [epoch["validation_loss"] for epoch in network.epochs] == [epoch["validation_loss"] for epoch in told["epochs"]]
    assert network.about["best_epoch"] == told["best_epoch"] and texts.about["kind"] == "demo"
    here.take(corpus)
    here.run("train --corpus corpus.msc --approach 2 --epochs 1 --steps 100 --engine model -o inside.msm")
    ms.Network.train(ms.Corpus.load(corpus), 2, epochs=1, steps=100, engine="model").save(here / "own.msm")
    same(here / "own.msm", here / "inside.msm")


@pytest.mark.parametrize("options, settings", [
    ("--engine rtl", {"engine": "rtl"}),
    ("--engine model --preset robust --read-noise 0.1", {"engine": "model", "preset": "robust", "read_noise": 0.1}),
    ("--network snn --engine model --array 10x10", {"network": "snn", "engine": "model", "array": "10x10"}),
])
def test_a_test_is_that_of_the_command(reader, ms, trained, options, settings):
    corpus, network = reader
    told = trained.result(f"test model.msm --corpus corpus.msc --limit 150 --predictions reviews.csv {options}")
    found = network.test(corpus, limit=150, reviews=True, **settings)
    for name in ("accuracy", "reviews", "firing_rate_mean"):
        assert found[name] == told[name]
    if "network" not in settings:
        for name in ("pulses", "programming_us", "energy_j", "write_clocks", "converged", "stalled", "exhausted", "weight_error_mean",
                     "weight_error_std", "weight_error_max"):
            assert found[name] == told[name]
    assert found["confusion"] == [[told["true_negative"], told["false_positive"]], [told["false_negative"], told["true_positive"]]]
    rows = list(csv.DictReader(trained.text("reviews.csv").splitlines()))
    for name, kept in {"review": "number"}.items() | {(name, name) for name in ("seed", "label", "answer", "spikes_0")}:
        assert [int(row[name]) for row in rows] == found["every_review"][kept].tolist()
    assert ms.Network.load("model.msm").test(corpus, limit=150, **settings)["accuracy"] == told["accuracy"]


def test_pulses_are_those_of_the_command(reader, ms, trained):
    trained.run("program model.msm --pulses pulses.csv")
    rows = list(csv.DictReader(trained.text("pulses.csv").splitlines()))
    pulses = ms.Crossbar().write(reader[1].weights, pulses=True)["every_pulse"]
    assert len(rows) == len(pulses) > 100
    for name in ("device", "iteration", "width_us"):
        assert [int(row[name]) for row in rows] == pulses[name].tolist()
    for name in ("target", "reading", "before", "after"):
        assert [row[f"{name}_ohm"] for row in rows] == [f"{value:.4f}" for value in pulses[name]]


# ---- networks ----
@pytest.mark.parametrize("classes, labels", [(2, ["no", "yes"]), (3, [10, 20, 40])])
def test_a_network_of_features_keeps_its_labels_scale_and_settings(ms, here, classes, labels):
    X, kinds = blobs(classes)
    y = np.array(labels)[kinds]
    network = ms.Network.fit(X, y, epochs=20, engine="model", validation=120)
    assert network.classes_.tolist() == labels and network.settings["array"] == ("100x1d" if classes == 2 else "100x8d")
    assert network.about["features"] == 6 and network.weights.shape == (1 if classes == 2 else 8, 100)
    scores = [network.score(X, y, where) for where in ("ann", "snn", "memristor")]
    assert min(scores) > 0.85
    network.save(here / "own.msm")
    again = ms.Network.load(here / "own.msm")
    assert np.array_equal(again.predict(X, engine="model"), network.predict(X)) and again.predict(X * 100, "ann").dtype == y.dtype
    with network.deploy("memristor") as deployment:
        answers, spikes = deployment.predict(X, spikes=True)
        assert np.array_equal(answers, network.predict(X)) and spikes.shape == (600, network.about["outputs"]) and spikes.max() > 0
        assert deployment.report["pulses"] > 100


def test_features_are_learnt_inside_memristors(ms):
    X, y = blobs(2, 200)
    network = ms.Network.fit(X, y, approach=2, epochs=20, engine="model")
    assert network.about["approach"] == 2 and network.score(X, y) > 0.85
    assert network.deploy("memristor").report["writings"] == 0  # as training left them


def test_features_that_do_not_fit_are_refused(ms):
    X, y = blobs(2)
    for values, labels, more, pattern in ((X, y[1:], {}, r"X: shape \(600, 6\), y: shape \(599,\)"), (X, y, {"scale": False}, "sample 0, value"),
                                          (X, np.arange(600), {}, "600 classes; expected 2 to 8"), (X, y, {"approach": 3}, "approach 3"),
                                          (np.tile(X, (1, 20)), y, {"array": "100x1"}, "120 features; expected 1 to 100")):
        with pytest.raises(ms.Invalid, match=pattern):
            ms.Network.fit(values, labels, **more)
    network = ms.Network.fit(X, y, epochs=1)
    for use in (lambda: network.predict(X[:, :5], "ann"), lambda: network.classify("a text", "ann"), lambda: network.predict(X, "hardware")):
        with pytest.raises(ms.Invalid):
            use()


def test_texts_are_classified(reader, ms):
    _, network = reader
    texts = ["A wonderful film, superb acting.", "qqqq", "A dull, awful and boring film."]
    assert network.classify(texts, engine="model").tolist() == [1, -1, 0]
    with network.deploy("ann") as deployment:
        assert deployment.classify(texts[0]) == 1 and deployment.classify(texts)[1] == -1
    with ms.Deployment(network, "snn", engine="model") as deployment:
        answer, spikes = deployment.classify(texts[2], spikes=True)
        assert answer == 0 and 0 < spikes[0] < 500


def test_what_was_written_is_kept(reader):
    _, network = reader
    network.classify("superb", engine="model")
    kept = network._kept[1]
    network.classify("awful", engine="model")
    assert network._kept[1] is kept
    network.classify("awful", engine="model", read_noise=0.1)
    assert network._kept[1] is not kept


# ---- long calls ----
def test_progress_is_told_and_may_raise(ms, reader):
    heard = []
    ms.Network.train(reader[0], epochs=2, progress=lambda *told: heard.append(told))
    assert heard[0][0] == "epoch 1 of 2" and heard[-1][1] == heard[-1][2] > 0

    class Enough(Exception):
        pass

    def raising(*_):
        raise Enough
    with pytest.raises(Enough):
        ms.Network.train(reader[0], progress=raising)

    def stop(*_):
        raise ms.Interrupted("stopped")
    with pytest.raises(ms.Interrupted, match="stopped") as caught:
        reader[1].deploy(engine="model").test(reader[0], progress=stop)
    assert caught.value.status == 3
    with pytest.raises(TypeError, match="progress: 5"):
        reader[1].test(reader[0], progress=5)
    crossbar = ms.Crossbar(engine="model")
    with pytest.raises(RuntimeError, match="is at work"):
        crossbar.run(np.zeros((5, 100)), progress=lambda *_: crossbar.weights)
    assert crossbar.weights.shape == (1, 100)


def test_notes_go_to_logging(ms, tmp_path, caplog):
    write_reviews(tmp_path)
    (tmp_path / "aclImdb/train/pos/0_9.txt").write_text("", encoding="utf-8")
    with caplog.at_level(logging.INFO, "memspike"):
        corpus = ms.Corpus.build(tmp_path, "none", progress=True)
    assert corpus.about["training"] == 24 and "reviews without a word: 1, each taken as one unknown word" in caplog.messages


@pytest.mark.parametrize("work", [
    "memspike.Network.train(corpus, epochs=1000, progress=said)",
    "memspike.Network.train(corpus, approach=2, epochs=1000, progress=said)",
    "memspike.Network.train(corpus, epochs=1).test(corpus, steps=20000, array='10x10', progress=said)",
], ids=["training", "training on the hardware", "testing"])
def test_ctrl_c_ends_long_work(memspike, source, work):
    script = ("import memspike\nsaid = lambda what, done, total: done and print(what, flush=True)\n"
              f"corpus = memspike.Corpus.build()\ntry:\n    {work}\nexcept KeyboardInterrupt:\n    print('stopped')\n")
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE,
                          env=of_sources(memspike, source)) as process:
        try:
            assert process.stdout.readline()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)  # all of it takes minutes
        finally:
            process.kill()
    assert out.endswith("stopped\n") and not err and process.returncode == 0


# ---- as it is installed ----
def of_sources(memspike, source):
    return {**os.environ, "PYTHONPATH": str(source / "python"), "MEMSPIKE_LIBRARY": str(memspike.parent / "libmemspike.so.0")}


def python(script, env, cwd, status=0):
    ran = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, cwd=cwd, env=env, check=False)
    assert ran.returncode == status, ran.stderr
    return ran


def test_without_its_library_it_says_where_it_looked(memspike, source, tmp_path):
    ran = python("import memspike", {**of_sources(memspike, source), "MEMSPIKE_LIBRARY": "/nowhere.so"}, tmp_path, status=1)
    assert says(ran.stderr, "^ImportError: MEMSPIKE_LIBRARY=/nowhere.so: ")


def test_what_pip_installs_needs_no_header_and_imports_little(memspike, source, tmp_path):
    """What takes long at an import is other packages, of which it needs two, and reading the header, which was done at its installation."""
    subprocess.run([sys.executable, "-B", "setup.py", "-q", "egg_info", "--egg-base", tmp_path, "build", "--build-base", tmp_path / "base", "--build-lib",
                    tmp_path / "lib"], cwd=source / "python", check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "lib/memspike/py.typed").exists()
    env = {**of_sources(memspike, source), "PYTHONPATH": str(tmp_path / "lib")}
    script = ("import sys\nimport numpy, _cffi_backend\nbefore = set(sys.modules)\nimport memspike\n"
              "added = {name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)\n"
              "print(*sorted(added), memspike.__file__, memspike.Crossbar().shape)")
    *added, path, shape = python(script, env, tmp_path).stdout.replace("(1, 100)", "(1,100)").split()
    assert added == ["memspike"] and path.startswith(str(tmp_path)) and shape == "(1,100)"


def test_the_tutorial_prints_what_it_says_and_its_notebook_is_the_same(memspike, source, tmp_path):
    ran = subprocess.run([sys.executable, "-B", source / "scripts/tutorial.py", "--check", tmp_path], env=of_sources(memspike, source),
                         capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert all((tmp_path / name).stat().st_size > 5000 for name in ("python_pulses.png", "python_read_noise.png"))
