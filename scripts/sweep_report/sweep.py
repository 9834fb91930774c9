# SPDX-License-Identifier: Apache-2.0
"""What a finished sweep left in its folder, read and checked."""
import csv
import json
import math
import re
import statistics
import zlib

# What is one number: name, unit, factor.
NUMBERS = {
    "accuracy": ("test accuracy", "%", 100),
    "weight_error_std": ("weight error, written (std)", "", 1),
    "read_error_std": ("weight error, one noisy read (std)", "", 1),
    "pulses": ("pulses", "", 1),
    "programming_us": ("programming time", "s", 1e-6),
    "energy_j": ("programming energy", "J", 1),
}
COSTS = ("pulses", "programming_us", "energy_j")
ERRORS = ("weight_error_std", "read_error_std")
SERIES = {"epochs": ("train_accuracy", "validation_accuracy"),
          "weights": ("wanted_weight", "written_weight", "measured_weight"),
          "trace": ("trace_wanted", "trace_measured")}


class BadInput(Exception):
    """The folder is not what it should be; the text is for the user."""


def value_of(text):
    """A number, or the name that it is."""
    try:
        return float(text)
    except ValueError:
        return text


class Experiment:
    """One experiment: `data[point][measurement]` is a list by seed, of numbers or of {index: number}. A point is the tuple
    of its axes' values, numbers as floats."""

    def __init__(self, entry):
        self.name, self.description = str(entry["name"]), str(entry["description"])
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.name):
            raise ValueError("name")
        self.approach, self.network = int(entry["approach"]), str(entry["network"])
        self.keys = [str(axis["key"]) for axis in entry["axes"]]
        self.values = [[value_of(value) for value in axis["values"]] for axis in entry["axes"]]
        self.seeds = [int(seed) for seed in entry["seeds"]]
        self.measured = [str(name) for name in entry["measured"]]
        self.settings = dict(entry["first_point"])
        self.published = {str(series["measurement"]): dict(zip(map(value_of, series["at"]), series["values"]))
                          for series in entry["published"]}
        if not self.seeds or not all(self.values) or not set(self.measured) <= NUMBERS.keys() | SERIES.keys():
            raise ValueError("seeds, values or measured")
        self.points = [()]
        for values in self.values:
            self.points = [point + (value,) for point in self.points for value in values]
        self.data = {point: {} for point in self.points}

    def network_at(self, point):
        return point[self.keys.index("network")] if "network" in self.keys else self.network

    def has(self, point, measurement):
        """Software has no hardware to measure."""
        return self.network_at(point) != "ann" or measurement in ("accuracy", "epochs", *SERIES["epochs"])

    def numbers(self):
        return [name for name in NUMBERS if name in self.measured]

    def mean(self, point, measurement):
        return statistics.fmean(self.data[point][measurement])

    def deviation(self, point, measurement):
        """Of a sample; None for one seed."""
        values = self.data[point][measurement]
        return statistics.stdev(values) if len(values) > 1 else None


def read_rows(path, experiments):
    """Put every row of the table where it belongs."""
    by_name = {experiment.name: experiment for experiment in experiments}
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream, strict=True)
        fixed = {"experiment", "approach", "network", "seed", "measurement", "index", "value"}
        if not fixed <= set(reader.fieldnames or []):
            raise BadInput(f"{path}:1: expected the columns experiment, approach, network, ..., seed, measurement, index, "
                           "value")
        for row in reader:
            where = f"{path}:{reader.line_num}"
            experiment = by_name.get(row["experiment"])
            if experiment is None:
                raise BadInput(f"{where}: experiment: expected one of those in sweep.json")
            try:
                point = tuple(value_of(row[key]) for key in experiment.keys)
                seed = experiment.seeds.index(int(row["seed"]))
                series = experiment.data[point].setdefault(row["measurement"], [None] * len(experiment.seeds))
                value = float(row["value"])
                if not math.isfinite(value):
                    raise ValueError
                if row["index"]:
                    series[seed] = series[seed] or {}
                    series[seed][int(row["index"])] = value
                else:
                    series[seed] = value
            except (KeyError, TypeError, ValueError):
                raise BadInput(f"{where}: expected a point and a seed of sweep.json, and a number at the end") from None


def check_complete(path, experiment):
    for point in experiment.points:
        for name in experiment.measured:
            for measurement in SERIES.get(name, (name,)):
                found = experiment.data[point].get(measurement, [None])
                kind = dict if name in SERIES else float
                if experiment.has(point, name) and not all(isinstance(value, kind) for value in found):
                    raise BadInput(f"{path}: {experiment.name}: expected {measurement} for every point and seed; "
                                   f"there is none for ({', '.join(map(str, point))})")
                if kind is dict and experiment.has(point, name):
                    indices = experiment.data[point][SERIES[name][0]]
                    if any(a.keys() != b.keys() for a, b in zip(indices, found)):
                        raise BadInput(f"{path}: {experiment.name}: expected {measurement} wherever there is "
                                       f"{SERIES[name][0]}")


def check_checksums(folder):
    """Whether the files are as the sweep left them; a folder made by hand has no checksums."""
    path = folder / "sweep.crc32"
    if not path.exists():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    names = ("sweep.csv", "sweep.json")
    found = [f"{zlib.crc32((folder / name).read_bytes()):08x}  {name}\n".encode() for name in names]
    again = "expected what `memspike sweep` wrote: the same command writes it again"
    if len(lines) != len(names) or any(line[8:] != other[8:] for line, other in zip(lines, found)):
        raise BadInput(f"{path}: is damaged; {again}")
    for name, line, other in zip(names, lines, found):
        if line != other:
            raise BadInput(f"{folder / name}: its checksum does not match the one in {path}; {again}")


def read_sweep(folder):
    """The JSON as it is, and the experiments with their data."""
    path = folder / "sweep.json"
    try:
        sweep = json.loads(path.read_text(encoding="utf-8"))
        experiments = [Experiment(entry) for entry in sweep["experiments"]]
        for key in ("name", "description", "version", "corpus", "corpus_fingerprint", "array", "device",
                    "device_fingerprint"):
            if not isinstance(sweep[key], str):
                raise ValueError(key)
        for key in ("train_reviews", "test_reviews", "seed"):
            if not isinstance(sweep[key], int):
                raise ValueError(key)
        dict(sweep["configuration"])
    except json.JSONDecodeError as wrong:
        raise BadInput(f"{path}:{wrong.lineno}: {wrong.msg}; expected JSON as `memspike sweep` writes it") from None
    except (AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise BadInput(f"{path}: {wrong}: is missing or wrong; expected JSON as `memspike sweep` writes it") from None
    path = folder / "sweep.csv"
    try:
        read_rows(path, experiments)
    except (csv.Error, UnicodeDecodeError) as wrong:
        raise BadInput(f"{path}: {wrong}; expected CSV as `memspike sweep` writes it") from None
    for experiment in experiments:
        check_complete(path, experiment)
    return sweep, experiments


def settings_number(experiment, point, key):
    return point[experiment.keys.index(key)] if key in experiment.keys else experiment.settings[key]


def first_epoch(experiment, point):
    """Reviews, wanted and measured weight in epoch 1, as the paper draws it, of the first seed."""
    wanted, measured = (experiment.data[point][name][0] for name in SERIES["trace"])
    reviews = sorted(wanted)
    reviews = reviews[:max(1, round(len(reviews) / settings_number(experiment, point, "epochs")))]
    return reviews, [wanted[review] for review in reviews], [measured[review] for review in reviews]
