# SPDX-License-Identifier: Apache-2.0
"""Device files: those that are wrong are refused, RTL and reference models write alike with the others, and `memspike fit` makes
one from measured pulses."""
import csv
import math
import random

import pytest

from support import same, says, times


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
    trained.run("test model.msm --corpus corpus.msc --device ./nonideal.cfg --check --array 10x10 --limit 20 --read-noise 0.05")


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
@pytest.fixture(scope="module", name="measured")
def fixture_measured(folder):
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
