#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draw the results of a finished sweep; `memspike report DIR` runs this.

    scripts/report.py DIR [--quiet]

Reads DIR/sweep.csv and DIR/sweep.json and writes DIR/figures/*.svg and DIR/report.html, which holds the same plots. Exit
status: 0 done, 1 the machine failed, 2 the folder is not as `memspike sweep` leaves it.
"""
import csv
import errno
import html
import io
import json
import logging
import math
import os
import pathlib
import re
import statistics
import sys
import textwrap
import time
import zlib

# Whatever the user's settings of matplotlib are, the bytes are the same.
os.environ.pop("MPLBACKEND", None)
logging.getLogger("matplotlib").setLevel(logging.ERROR)
try:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter, NullFormatter
except ImportError as missing:
    sys.exit(f"memspike: python3 cannot load matplotlib ({missing}); expected the package python3-matplotlib")

# Okabe and Ito's colours, told apart with every kind of colour vision, without the yellow, which paper swallows; marker
# and line tell them apart again.
STYLES = [("#0072B2", "o", "-"), ("#D55E00", "s", "--"), ("#009E73", "^", "-."), ("#CC79A7", "D", ":"),
          ("#E69F00", "v", (0, (5, 1))), ("#56B4E9", "P", (0, (3, 1, 1, 1, 1, 1))), ("#000000", "X", (0, (1, 1)))]
MEASURED, PAPER = STYLES[0], STYLES[1]
WIDTH = 4.8  # of a plot, in inches: letters stay legible when a telephone shrinks it
LEAST_SPAN = 4  # of an axis of accuracies, in points: differences as small as those of seeds are to look small
MOST_LINES = 2 * len(STYLES)
MOST_PANELS = 12
MOST_CELLS = 30  # of a heat map, along one axis

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
AXES = {  # label, factor
    "steps": ("length T of the spike trains", 1),
    "tolerance": ("R tolerance in %", 100),
    "read_noise": ("read noise in %", 100),
    "threshold": ("threshold Vth / E", 1),
    "max_pulses": ("most pulses for a device, maxN", 1),
    "adc_bits": ("bits of the ADC", 1),
    "stuck_open": ("devices stuck open in %", 100),
    "stuck_closed": ("devices stuck closed in %", 100),
    "stuck_anywhere": ("devices stuck anywhere in %", 100),
    "network": ("network", 1),
}
NETWORKS = {"ann": "ANN in software", "snn": "SNN, ideal weights", "memristor": "SNN with memristors"}
# Of the paper's figures: what they show, and what the paper says where it gives no numbers.
FIGURES = {
    "fig3b": ("epochs", "The paper draws these curves without numbers; the test accuracies are in its Table 1."),
    "fig4a": ("accuracy", ""),
    "fig4b": ("accuracy", ""),
    "fig4c": ("errors", ""),
    "fig4d": ("weights", "The paper shows this as a cloud without numbers."),
    "fig4e": ("accuracy", ""),
    "fig4f": ("errors", ""),
    "fig5a": ("trace", "The paper gives no numbers: writing stops once the change asked for is below the tolerance."),
    "fig5b": ("epochs", "The paper gives no numbers: no change that matters below 4 %, and at 5 % training fails."),
    "fig5c": ("accuracy", "The paper gives no numbers: no change that matters below 4 %, and at 5 % training fails."),
    "fig5d": ("trace", "The paper gives no numbers: with noise above the tolerance the weight does not converge."),
    "fig5e": ("trace", "The paper gives no numbers: all noise is below the tolerance, and the weight converges."),
    "fig5f": ("accuracy", "The paper gives no numbers: training fails where the read noise exceeds the tolerance."),
}
TABLE1 = [("table1_approach1", "ann", "approach 1: ANN in software"),
          ("table1_approach1", "snn", "approach 1: converted to the SNN, ideal weights"),
          ("table1_approach1", "memristor", "approach 1: SNN, weights written into memristors"),
          ("table1_approach2", "snn", "approach 2: SNN trained on the hardware, ideal weights"),
          ("table1_approach2", "memristor", "approach 2: SNN trained in the memristors")]


class BadInput(Exception):
    """The folder is not what it should be; the text is for the user."""


# Reading.


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


# Text.


def plain(number):
    return f"{number:.4g}"


def label(key):
    return AXES.get(key, (key.replace("_", " "), 1))[0]


def name_value(key, value):
    """A value of an axis, alone."""
    if key == "network":
        return NETWORKS.get(value, str(value))
    return plain(value * AXES.get(key, ("", 1))[1]) if isinstance(value, float) else str(value)


def name_point(experiment, point):
    """Values with their keys: 'R tolerance 0.5 %'."""
    parts = []
    for key, value in zip(experiment.keys, point):
        text = name_value(key, value)
        if key != "network":
            text = f"{label(key).replace(' in %', '')} {text}" + (" %" if label(key).endswith(" in %") else "")
        parts.append(text)
    return ", ".join(parts) or NETWORKS.get(experiment.network, experiment.network)


def title_of(experiment):
    """'fig4a' is Figure 4a; other names stay."""
    return f"Figure {experiment.name[3:]}" if experiment.name in FIGURES else experiment.name


def name_number(measurement, mean, deviation=None):
    """With its unit; time and energy with the prefix that suits them."""
    _, unit, factor = NUMBERS[measurement]
    mean, deviation = mean * factor, None if deviation is None else deviation * factor
    if unit in ("s", "J"):
        exponent = min(0, max(-3, math.floor(math.log10(mean) / 3))) if mean > 0 else 0
        unit = ("", "m", "µ", "n")[-exponent] + unit
        mean, deviation = mean / 1000**exponent, None if deviation is None else deviation / 1000**exponent
    if unit == "%":
        text = f"{mean:.2f}" + ("" if deviation is None else f" ± {deviation:.2f}")
    elif measurement == "pulses":
        text = f"{mean:,.0f}" + ("" if deviation is None else f" ± {deviation:,.0f}")
    else:
        text = f"{mean:.3g}" + ("" if deviation is None else f" ± {deviation:.2g}")
    return f"{text} {unit}".strip()


def is_demo(sweep):
    return sweep["corpus"] == "demo"


def name_reviews(sweep, counted):
    """The reviews in a caption, and whether their figures stand beside the paper's."""
    number = f"{sweep['test_reviews']:,} test " if counted else ""
    if sweep["corpus"] == "imdb":
        return f"{sweep['test_reviews']:,} IMDB test reviews" if counted else "IMDB reviews"
    name = "the DEMO CORPUS of generated sentences" if is_demo(sweep) else sweep["corpus"]
    return f"{number}reviews of {name}: not comparable with the paper"


def name_seeds(seeds):
    return f"seed {seeds[0]} alone" if len(seeds) == 1 else "seeds " + ", ".join(map(str, seeds))


# Plots: each function fills a Figure and returns what it shows, in words.


def draw_legend(axes):
    """Above the axes, where it hides nothing."""
    handles, names = axes.get_legend_handles_labels()
    # Lines come before error bars there, which would put the paper first.
    handles, names = zip(*sorted(zip(handles, names), key=lambda entry: entry[1] == "paper"))
    names = [textwrap.fill(name, 42) for name in names]
    axes.legend(handles, names, loc="lower left", bbox_to_anchor=(0, 1), ncol=2 if max(map(len, names)) <= 18 else 1,
                frameon=False, borderaxespad=0.2, handlelength=3, fontsize="small")


def set_ticks(axes, positions, names):
    """Name every position, but of those that would touch only the first."""
    axes.set_xticks(positions)
    axes.set_xticks([], minor=True)
    low, high = axes.get_xlim()
    scale = math.log10 if axes.get_xscale() == "log" else float
    shown, end = [], -1
    for position, name in zip(positions, names):
        place = (scale(position) - scale(low)) / ((scale(high) - scale(low)) or 1)
        half = (len(name) + 1) * 0.0085
        shown.append(name if place - half >= end else "")
        end = place + half if shown[-1] else end
    axes.set_xticklabels(shown)


def draw_lines(figure, experiment, measurements):
    """One axis: a panel for each measurement (errors share one), with what was published."""
    key, values = experiment.keys[0], experiment.values[0]
    named = not all(isinstance(value, float) for value in values)
    factor = AXES.get(key, ("", 1))[1]
    shared = all(name in ERRORS for name in measurements)
    panels = 1 if shared else len(measurements)
    figure.set_size_inches(WIDTH if not named else max(WIDTH, len(values)), 0.6 + 2.7 * panels)
    panel_axes = figure.subplots(panels, 1, squeeze=False, sharex=True)[:, 0]
    published_any = False
    for i, name in enumerate(measurements):
        axes = panel_axes[0 if shared else i]
        text, unit, scale = NUMBERS[name]
        there = [value for value in values if experiment.has((value,), name)]
        if not named:
            there.sort()
        place = {value: values.index(value) if named else value * factor for value in there}
        means = [experiment.mean((value,), name) * scale for value in there]
        spread = None
        if len(experiment.seeds) > 1:
            spread = [experiment.deviation((value,), name) * scale for value in there]
        style = STYLES[2] if shared and i else MEASURED
        axes.errorbar(list(place.values()), means, yerr=spread, color=style[0], marker=style[1],
                      linestyle="none" if named else style[2], capsize=3, markersize=6,
                      label="memspike" if not shared else ("memspike, written", "memspike, one noisy read")[i])
        published = experiment.published.get(name, {})
        if published:
            published_any = True
            at = [value for value in values if value in published]
            if not named:
                at.sort()
            axes.plot([place[value] for value in at], [published[value] * scale for value in at], color=PAPER[0],
                      marker=PAPER[1], markerfacecolor="white", linestyle="none" if named else PAPER[2], markersize=6,
                      label="paper")
        axes.set_ylabel("weight error (std)" if shared else f"{text}{' in %' if unit == '%' else ''}")
        axes.grid(axis="y", color="#d9d9d9", linewidth=0.6)
        if name in COSTS:
            if min(means, default=0) > 0 and max(means) / min(means) > 20:
                axes.set_yscale("log")
            axes.yaxis.set_major_formatter(EngFormatter(unit))
            axes.yaxis.set_minor_formatter(NullFormatter())
        elif name == "accuracy":
            low, high = axes.get_ylim()
            if high - low < LEAST_SPAN:
                axes.set_ylim((low + high - LEAST_SPAN) / 2, (low + high + LEAST_SPAN) / 2)
    first = panel_axes[0]
    if shared and len(measurements) > 1 or published_any:
        draw_legend(first)
    positions = list(range(len(values))) if named else sorted(value * factor for value in values)
    names = [name_value(key, value) for value in (values if named else sorted(values))]
    if named:
        first.set_xlim(-0.5, len(values) - 0.5)
    elif positions[0] > 0 and positions[-1] / positions[0] >= 20:
        first.set_xscale("log")
    set_ticks(panel_axes[-1], positions, names)
    panel_axes[-1].set_xlabel(label(key))
    return (f"{', '.join(NUMBERS[name][0] for name in measurements)} against {label(key).replace(' in %', '')}"
            f"{', with what the paper published' if published_any else ''}."
            f"{' Standard deviations (std) over the synapses.' if shared else ''}")


def draw_epochs(figure, experiment):
    figure.set_size_inches(WIDTH, 5.8)
    points = experiment.points[:MOST_LINES]
    panels = figure.subplots(2, 1, sharex=True)
    for axes, measurement, text in zip(panels, SERIES["epochs"], ("training", "validation")):
        for i, point in enumerate(points):
            by_seed = experiment.data[point][measurement]
            epochs = sorted(by_seed[0])
            columns = [[series[epoch] for series in by_seed] for epoch in epochs]
            spread = [100 * statistics.stdev(column) for column in columns] if len(by_seed) > 1 else None
            colour, marker, line = STYLES[i % len(STYLES)]
            axes.errorbar(epochs, [100 * statistics.fmean(column) for column in columns], yerr=spread, capsize=3,
                          color=colour, marker=marker, linestyle=line, markersize=5,
                          markerfacecolor=colour if i < len(STYLES) else "white", label=name_point(experiment, point))
        axes.set_ylabel(f"{text} accuracy in %")
        axes.grid(axis="y", color="#d9d9d9", linewidth=0.6)
    panels[1].xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    panels[1].set_xlabel("epoch")
    draw_legend(panels[0])
    return (f"Accuracy on training and validation reviews by epoch, {len(points)} of {len(experiment.points)} settings."
            if len(points) < len(experiment.points) else "Accuracy on training and validation reviews by epoch.")


def panels_of(figure, experiment, height, **sharing):
    """A panel for every point; those without hardware have none."""
    points = [point for point in experiment.points if experiment.has(point, "weights")][:MOST_PANELS]
    figure.set_size_inches(WIDTH, 0.8 + height * len(points))
    panels = figure.subplots(len(points), 1, squeeze=False, **sharing)[:, 0]
    for axes, point in zip(panels, points):
        if len(experiment.points) > 1:
            axes.set_title(textwrap.fill(name_point(experiment, point), 50), loc="right", fontsize="small")
    return zip(panels, points)


def draw_weights(figure, experiment):
    for i, (axes, point) in enumerate(panels_of(figure, experiment, 4.2)):
        wanted, written, measured = (experiment.data[point][name][0] for name in SERIES["weights"])
        axes.plot([0, 1], [0, 1], color="black", linewidth=0.8, label="as wanted")
        for series, style, text in ((measured, PAPER, "as one noisy read finds it"), (written, MEASURED, "as written")):
            axes.plot(wanted.values(), series.values(), color=style[0], marker=style[1], linestyle="none", markersize=4,
                      markerfacecolor="none", label=text)
        axes.set_aspect("equal")
        axes.set_xlabel("wanted weight")
        axes.set_ylabel("weight in the memristor")
        if i == 0:
            draw_legend(axes)
    return "Written and measured weight of every synapse against the wanted one; the line is where they are equal."


def first_epoch(experiment, point):
    """Reviews, wanted and measured weight in epoch 1, as the paper draws it, of the first seed."""
    wanted, measured = (experiment.data[point][name][0] for name in SERIES["trace"])
    reviews = sorted(wanted)
    reviews = reviews[:max(1, round(len(reviews) / settings_number(experiment, point, "epochs")))]
    return reviews, [wanted[review] for review in reviews], [measured[review] for review in reviews]


def settings_number(experiment, point, key):
    return point[experiment.keys.index(key)] if key in experiment.keys else experiment.settings[key]


def draw_trace(figure, experiment):
    axes = None
    height = 3.2 if len(experiment.points) == 1 else 1.7
    for i, (axes, point) in enumerate(panels_of(figure, experiment, height, sharex=True, sharey=True)):
        reviews, wanted, measured = first_epoch(experiment, point)
        axes.plot(reviews, wanted, color=MEASURED[0], linewidth=1.3, label="expected")
        axes.plot(reviews, measured, color=PAPER[0], marker="o", linestyle="none", markersize=2.6, label="measured")
        axes.set_ylabel("weight")
        axes.grid(axis="y", color="#d9d9d9", linewidth=0.6)
        if i == 0:
            draw_legend(axes)
    axes.set_xlabel("reviews learned from")
    return "Expected and measured weight of synapse 0 during epoch 1."


def draw_map(figure, experiment, measurement):
    """Two axes: the first down, the second across."""
    text, unit, scale = NUMBERS[measurement]
    rows, columns = experiment.values
    grid = [[experiment.mean((row, column), measurement) * scale if experiment.has((row, column), measurement)
             else math.nan for column in columns] for row in rows]
    figure.set_size_inches(max(WIDTH, 1.5 + 0.56 * len(columns)), 1.3 + 0.42 * len(rows))
    axes = figure.subplots()
    present = [value for row in grid for value in row if not math.isnan(value)]
    lowest, highest = min(present, default=0), max(present, default=1)
    if unit == "%":
        lowest = min(lowest, highest - 5)  # tenths of a point are no contrast
    image = axes.imshow(grid, cmap="cividis", aspect="auto", origin="lower", vmin=lowest, vmax=highest)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if math.isnan(grid[i][j]):
                continue
            dark = image.norm(grid[i][j]) < 0.5
            axes.text(j, i, f"{grid[i][j]:.1f}" if unit == "%" else f"{grid[i][j]:.3g}", ha="center", va="center",
                      color="white" if dark else "black", fontsize="small")
            if set(experiment.keys) == {"tolerance", "read_noise"} and row == column:
                for colour, width in (("white", 3.5), ("black", 1.5)):
                    axes.add_patch(matplotlib.patches.Rectangle((j - 0.44, i - 0.44), 0.88, 0.88, fill=False,
                                                                edgecolor=colour, linewidth=width))
    axes.set_xticks(range(len(columns)))
    axes.set_xticklabels([name_value(experiment.keys[1], value) for value in columns])
    axes.set_yticks(range(len(rows)))
    axes.set_yticklabels([name_value(experiment.keys[0], value) for value in rows])
    axes.set_xlabel(label(experiment.keys[1]))
    axes.set_ylabel(textwrap.fill(label(experiment.keys[0]), 24))
    figure.colorbar(image, ax=axes).set_label(textwrap.fill(f"{text}{f' in {unit}' if unit else ''}", 24))
    outlined = " Framed: read noise equal to the R tolerance." if set(experiment.keys) == {"tolerance", "read_noise"} else ""
    across = " and ".join(label(key).replace(" in %", "") for key in experiment.keys)
    return f"{text} over {across}.{outlined}"


def plots_of(experiment):
    """What there is to draw: (part of the name, function, arguments)."""
    plots = []
    numbers = experiment.numbers()
    axes = len(experiment.keys)
    if axes == 1:
        plain_numbers = [name for name in numbers if name not in COSTS]
        groups = [("accuracy", [name for name in plain_numbers if name == "accuracy"]),
                  ("errors", [name for name in plain_numbers if name in ERRORS])]
        if not plain_numbers:
            groups.append(("cost", numbers))
        plots += [(part, draw_lines, names) for part, names in groups if names]
    elif axes == 2 and max(map(len, experiment.values)) <= MOST_CELLS:
        wanted = [name for name in numbers if name not in COSTS] or numbers
        plots += [(name, draw_map, name) for name in wanted]
    hardware = any(experiment.has(point, "weights") for point in experiment.points)
    for name, function in (("epochs", draw_epochs), ("weights", draw_weights), ("trace", draw_trace)):
        if name in experiment.measured and (hardware or name == "epochs"):
            plots.append((name, function, None))
    only = FIGURES.get(experiment.name, ("",))[0]
    return [plot for plot in plots if plot[0] == only] or plots


def render(sweep, name, function, *arguments):
    """The SVG, every id of it unique on the page, and what it shows."""
    matplotlib.rcParams["svg.hashsalt"] = name
    figure = Figure(constrained_layout=True)
    if sweep["corpus"] != "imdb":
        figure.suptitle("DEMO CORPUS: generated sentences" if is_demo(sweep) else
                        textwrap.shorten(f"reviews of {sweep['corpus']}", 60, placeholder=" ...").replace("$", r"\$"),
                        fontsize="medium", fontweight="bold")
    shows = function(figure, *arguments)
    shows = shows[0].upper() + shows[1:]
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Creator": None, "Date": None, "Format": None, "Type": None})
    svg = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}.", stream.getvalue())
    svg = re.sub(r"<svg ", f'<svg role="img" aria-label="{html.escape(shows)}" ', svg, count=1)
    return svg, shows


# The page.


def escape(text):
    """For HTML; a unit stays on its number's line."""
    return html.escape(text).replace(" %", "\u00a0%")


def element(tag, content, **attributes):
    text = "".join(f' {name.rstrip("_")}="{html.escape(str(value))}"' for name, value in attributes.items())
    return f"<{tag}{text}>{content}</{tag}>"


def is_numeric(cell):
    return cell == "–" or re.fullmatch(r"[-+]?[0-9][0-9.,]*( ± [0-9.,]+)?( \S{1,2})?", cell) is not None


def table(head, rows, caption):
    """Cells are plain text; the first of a row names it. The table scrolls in a box of its own."""
    parts = ["<thead><tr>"]
    parts += [element("th", html.escape(cell), scope="col") for cell in head]
    parts.append("</tr></thead><tbody>")
    text = [{} if all(map(is_numeric, column)) else {"class_": "text"} for column in zip(*rows)]
    for row in rows:
        parts.append("<tr>" + element("th", escape(row[0]), scope="row") +
                     "".join(element("td", escape(cell), **kind) for cell, kind in zip(row[1:], text[1:])) + "</tr>")
    parts.append("</tbody>")
    name = html.escape(caption)
    return (element("p", escape(caption), class_="caption") +
            f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">' +
            f'<table aria-label="{name}">' + "\n".join(parts) + "</table></div>")


def numbers_table(experiment):
    """Mean and deviation of every number at every point, beside what was published."""
    names = experiment.numbers()
    head = [label(key) for key in experiment.keys] or [""]
    for name in names:
        head.append(NUMBERS[name][0])
        if name in experiment.published:
            head.append("paper")
    rows = []
    for point in experiment.points:
        row = [name_value(key, value) for key, value in zip(experiment.keys, point)] or [name_point(experiment, point)]
        for name in names:
            row.append(name_number(name, experiment.mean(point, name), experiment.deviation(point, name))
                       if experiment.has(point, name) else "–")
            if name in experiment.published:
                published = experiment.published[name].get(point[0])
                row.append("–" if published is None else name_number(name, published))
        rows.append(row)
    return table(head, rows, f"{title_of(experiment)}: {name_seeds(experiment.seeds)}"
                 + (", mean ± standard deviation" if len(experiment.seeds) > 1 else ""))


def series_tables(experiment):
    tables = []
    keys = [label(key) for key in experiment.keys]

    def point_cells(point):
        return [name_value(key, value) for key, value in zip(experiment.keys, point)]

    if "epochs" in experiment.measured:
        rows = []
        for point in experiment.points:
            for epoch in experiment.data[point]["train_accuracy"][0]:
                cells = []
                for measurement in SERIES["epochs"]:
                    values = [series[epoch] for series in experiment.data[point][measurement]]
                    cells.append(name_number("accuracy", statistics.fmean(values),
                                             statistics.stdev(values) if len(values) > 1 else None))
                rows.append(point_cells(point) + [str(epoch)] + cells)
        tables.append(table(keys + ["epoch", "training accuracy", "validation accuracy"], rows,
                            f"{title_of(experiment)}: accuracy by epoch, {name_seeds(experiment.seeds)}"))
    hardware = [point for point in experiment.points if experiment.has(point, "weights")]
    if "weights" in experiment.measured and hardware:
        rows = []
        for point in hardware:
            wanted, written, measured = (experiment.data[point][name][0] for name in SERIES["weights"])
            rows += [point_cells(point) + [str(synapse)] + [f"{series[synapse]:.4f}"
                                                            for series in (wanted, written, measured)] for synapse in wanted]
        tables.append(table(keys + ["synapse", "wanted", "written", "measured"], rows,
                            f"{title_of(experiment)}: weights, seed {experiment.seeds[0]}"))
    if "trace" in experiment.measured and hardware:
        rows = []
        for point in hardware:
            rows += [point_cells(point) + [str(review), f"{wanted:.4f}", f"{measured:.4f}"]
                     for review, wanted, measured in zip(*first_epoch(experiment, point))]
        tables.append(table(keys + ["reviews learned from", "expected", "measured"], rows,
                            f"{title_of(experiment)}: weight of synapse 0 in epoch 1, seed {experiment.seeds[0]}"))
    return tables


def name_setting(key, value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(number)}" for name, number in value.items())
    return f"{plain(value * 100)} %" if key in ("tolerance", "read_noise") else \
        plain(value) if isinstance(value, float) else str(value)


def conditions(sweep, experiment, part):
    """What a figure was measured on."""
    corpus = name_reviews(sweep, part not in SERIES)
    network = "" if "network" in experiment.keys else f", {NETWORKS.get(experiment.network, experiment.network)}"
    own = [f"{label(key).replace(' in %', '')} {name_setting(key, value)}"
           for key, value in experiment.settings.items()
           if key not in experiment.keys and value != sweep["configuration"].get(key)]
    seeds = f"Seed {experiment.seeds[0]} alone."
    if len(experiment.seeds) > 1 and part in ("weights", "trace"):
        seeds = f"Drawn: seed {experiment.seeds[0]} of {', '.join(map(str, experiment.seeds))}."
    elif len(experiment.seeds) > 1:
        seeds = f"Means over seeds {', '.join(map(str, experiment.seeds))}; bars are standard deviations." \
            if len(experiment.keys) < 2 or part == "epochs" else f"Means over seeds {', '.join(map(str, experiment.seeds))}."
    if experiment.approach == 2 and any(experiment.network_at(point) == "ann" for point in experiment.points):
        network += ", ANN of approach 1"
    return (f"Approach {experiment.approach}{network}; {corpus}{'; ' if own else ''}{', '.join(own)}. {seeds}")


def figure_element(name, svg, caption):
    # The prologue is for files of their own, and the style would apply to the whole page, which has it.
    inline = re.sub(r"<style[^>]*>.*?</style>", "", svg[svg.index("<svg"):], flags=re.DOTALL)
    return element("figure", element("div", inline, class_="plot") + element("figcaption", caption), id=f"figure.{name}")


def figure_part(sweep, experiment, drawn):
    """All that the page says of an experiment. `drawn` are (part, file's name, SVG, what it shows)."""
    title, note = title_of(experiment), FIGURES.get(experiment.name, ("", ""))[1]
    parts = [element("h3", html.escape(title)), element("p", escape(experiment.description) + ".")]
    for part, name, svg, shows in drawn:
        caption = f"{shows} {conditions(sweep, experiment, part)} {note}".strip()
        parts.append(figure_element(name, svg, f"<strong>{escape(title)}.</strong> {escape(caption)}"))
    tables = [numbers_table(experiment)] if experiment.numbers() else []
    tables += series_tables(experiment)
    if not drawn:
        parts.append(element("p", escape(conditions(sweep, experiment, "table"))))
        parts += tables
    else:
        parts.append("<details>" + element("summary", f"Numbers of {html.escape(title)}") + "\n".join(tables) +
                     "</details>")
    return element("section", "\n".join(parts), class_="experiment", id=experiment.name)


def run_part(sweep, experiments):
    """What was run."""
    corpus = sweep["corpus"] if sweep["corpus"] == "imdb" else \
        f"{'demo: generated sentences' if is_demo(sweep) else sweep['corpus']}, NOT comparable with the paper"
    facts = [("sweep", f"{sweep['name']}: {sweep['description']}"), ("memspike", f"version {sweep['version']}"),
             ("corpus", f"{corpus}; fingerprint {sweep['corpus_fingerprint']}"),
             ("reviews", f"{sweep['train_reviews']:,} for training and validation, {sweep['test_reviews']:,} for testing"),
             ("array", f"{sweep['array']} (rows x columns)"),
             ("device", f"{sweep['device']}; fingerprint {sweep['device_fingerprint']}"), ("first seed", str(sweep["seed"]))]
    parts = ["<h2>What was run</h2>"]
    parts.append(element("dl", "\n".join(element("dt", html.escape(name)) + element("dd", html.escape(text))
                                         for name, text in facts)))
    rows = []
    for experiment in experiments:
        own = [f"{key} {name_setting(key, value)}" for key, value in experiment.settings.items()
               if key not in experiment.keys and value != sweep["configuration"].get(key)]
        rows.append([experiment.name, str(experiment.approach),
                     " × ".join(f"{key} ({len(values)})" for key, values in zip(experiment.keys, experiment.values)) or "–",
                     str(len(experiment.points)), ", ".join(map(str, experiment.seeds)), ", ".join(own) or "–"])
    parts.append(table(["experiment", "approach", "varied", "points", "seeds", "own settings"], rows,
                       "The experiments"))
    parts.append("<details><summary>Configuration</summary>" + table(
        ["key", "value"], [[key, name_setting(key, value)] for key, value in sweep["configuration"].items()],
        "Configuration where an experiment says nothing else") + "</details>")
    return element("section", "\n".join(parts), id="run")


def table1_part(sweep, experiments):
    by_name = {experiment.name: experiment for experiment in experiments}
    rows, seeds = [], []
    for name, network, text in TABLE1:
        experiment = by_name.get(name)
        if experiment is None or (network,) not in experiment.data or "accuracy" not in experiment.measured:
            continue
        point = (network,)
        mean = experiment.mean(point, "accuracy")
        published = experiment.published.get("accuracy", {}).get(network)
        row = [text, name_number("accuracy", mean, experiment.deviation(point, "accuracy")),
               "–" if published is None else name_number("accuracy", published),
               "–" if published is None else f"{100 * (mean - published):+.2f}"]
        row += [name_number(cost, experiment.mean(point, cost), experiment.deviation(point, cost))
                if network == "memristor" and cost in experiment.measured else "–" for cost in COSTS]
        rows.append(row)
        seeds += [[text, str(seed), name_number("accuracy", accuracy)]
                  for seed, accuracy in zip(experiment.seeds, experiment.data[point]["accuracy"])]
    if not rows:
        return ""
    caption = ("Test accuracy and what it took to program the memristors: writing them once (approach 1), all of training "
               f"(approach 2). {name_reviews(sweep, True)}; mean ± standard deviation where there are several seeds")
    return element("section", "<h2>Table 1</h2>" + table(
        ["", "memspike", "paper", "difference in points", "pulses", "programming time", "programming energy"], rows,
        caption) + "<details><summary>Every seed of Table 1</summary>" + table(
            ["", "seed", "test accuracy"], seeds, "Table 1 by seed") + "</details>", id="table1")


def cost_groups(experiments):
    """Experiments with what programming took, those of the same runs together."""
    groups = []
    for experiment in experiments:
        if not set(COSTS) & set(experiment.measured):
            continue
        costs = [(point, name, experiment.data[point][name]) for point in experiment.points for name in COSTS
                 if name in experiment.measured and experiment.has(point, name)]
        for group in groups:
            if group[0] == (experiment.keys, experiment.approach, costs):
                group[1].append(experiment)
                break
        else:
            groups.append(((experiment.keys, experiment.approach, costs), [experiment]))
    return [group for _, group in groups]


def cost_part(groups, drawn):
    if not groups:
        return ""
    rows = []
    for group in groups:
        experiment = group[0]
        for point in experiment.points:
            if experiment.has(point, "pulses") and experiment.network_at(point) == "memristor":
                rows.append([", ".join(map(title_of, group)), str(experiment.approach), name_point(experiment, point)] +
                            [name_number(name, experiment.mean(point, name), experiment.deviation(point, name))
                             if name in experiment.measured else "–" for name in COSTS])
    parts = ["<h2>Programming time and energy</h2>",
             "<p>Time is the length of all pulses, energy V²/R added up over them; reading and the digital part are not in "
             "it. Approach 1 writes all memristors once, approach 2 at every review of its training.</p>"]
    parts.append(element("div", "\n".join(figure_element(name, svg, escape(caption)) for _, name, svg, caption in drawn),
                         class_="experiments"))
    parts.append("<details><summary>Programming time and energy of every point</summary>" + table(
        ["experiment", "approach", "point", "pulses", "programming time", "programming energy"], rows,
        "Programming, mean over the seeds of each experiment, ± standard deviation where there are several") + "</details>")
    return element("section", "\n".join(parts), id="programming")


PAGE_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: white; color: #1a1a1a;
  font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.2; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #1a1a1a; }
h3 { margin: 1.5rem 0 0; }
.demo { padding: 0.75rem 1rem; border: 4px solid #D55E00; font-weight: bold; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.2rem 1rem; }
dt { font-weight: bold; }
dd { margin: 0; overflow-wrap: anywhere; }
.experiments { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 0 2rem; }
.experiment { min-width: 0; }
figure { margin: 0.5rem 0; }
.plot { overflow-x: auto; }
.plot svg { display: block; width: 100%; max-width: 34rem; height: auto; }
svg * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption { max-width: 40rem; font-size: 0.9rem; }
.scroll { overflow-x: auto; margin: 0.75rem 0; }
details .scroll { max-height: 32rem; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.caption { margin: 0.75rem 0 -0.5rem; max-width: 60rem; font-size: 0.9rem; font-weight: bold; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid #b0b0b0; text-align: right; white-space: nowrap; }
th:first-child, thead th, td.text { text-align: left; }
thead th, td.text, tbody th { white-space: normal; }
thead th { vertical-align: bottom; }
td.text, tbody th { min-width: 9rem; }
thead th { border-bottom: 2px solid #1a1a1a; }
summary { cursor: pointer; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid #0072B2; }
@page { margin: 15mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .experiments { display: block; }
  .scroll, .plot, details .scroll { overflow: visible; max-height: none; }
  table { font-size: 7.5pt; }
  th, td { padding: 0.1rem 0.4rem; }
  figcaption, .caption { font-size: 9pt; }
  .plot svg { max-width: 12cm; }
  figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  details:not([open]) { display: none; }
}
"""


def page(sweep, parts):
    title = f"memspike report: {sweep['name']}"
    banner = ""
    if is_demo(sweep):
        banner = element("p", "DEMO CORPUS: everything on this page was measured on a small corpus of generated sentences. "
                         "It shows that the machine runs; its figures are not comparable with the paper's.", class_="demo")
    elif sweep["corpus"] != "imdb":
        banner = element("p", f"Everything on this page was measured on reviews of {html.escape(sweep['corpus'])}; the paper's figures, "
                         "where they stand beside it, are of the IMDB reviews and not comparable.", class_="demo")
    # An empty picture in place of the one that browsers ask for.
    return ("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            f"<link rel=\"icon\" href=\"data:,\">\n<title>{html.escape(title)}</title>\n<style>{PAGE_STYLE}</style>\n</head>\n"
            f"<body>\n<header><h1>{html.escape(title)}</h1>{banner}</header>\n<main>\n" + "\n".join(parts) +
            "\n</main>\n</body>\n</html>\n")


# Writing.


def write_whole(path, text):
    """Under another name first, so that nobody finds half a file."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        part.unlink(missing_ok=True)


class Progress:
    """On a terminal, from the second second on."""

    def __init__(self, total, quiet):
        self.total, self.done, self.drawn = total, 0, False
        self.shown = not quiet and sys.stderr.isatty()
        self.started = time.monotonic()

    def step(self):
        self.done += 1
        if self.shown and time.monotonic() - self.started > 2:
            self.drawn = True
            print(f"\rreport: {self.done} of {self.total} plots ", end="", file=sys.stderr, flush=True)

    def end(self):
        if self.drawn:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def report(folder, quiet):
    check_checksums(folder)
    sweep, experiments = read_sweep(folder)
    matplotlib.rcdefaults()
    matplotlib.rcParams.update({"svg.fonttype": "none", "font.size": 10, "axes.spines.top": False,
                                "axes.spines.right": False, "figure.max_open_warning": 0})
    shown = [experiment for experiment in experiments if experiment.name not in {name for name, _, _ in TABLE1}]
    plots = {experiment.name: plots_of(experiment) for experiment in shown}
    groups = cost_groups(experiments)
    lines = [group for group in groups if len(group[0].keys) == 1
             and group[0].keys[0] != "network" and any(name not in COSTS for name in group[0].numbers())]
    progress = Progress(sum(map(len, plots.values())) + len(lines), quiet)
    figures = {}

    def draw(name, function, *arguments):
        figures[name], shows = render(sweep, name, function, *arguments)
        progress.step()
        return name, figures[name], shows

    parts = [run_part(sweep, experiments), table1_part(sweep, experiments)]
    sections = []
    for experiment in shown:
        drawn = []
        for part, function, argument in plots[experiment.name]:
            name = experiment.name if len(plots[experiment.name]) == 1 else f"{experiment.name}.{part}"
            drawn.append((part, *draw(name, function, experiment, *([argument] if argument else []))))
        sections.append(figure_part(sweep, experiment, drawn))
    if sections:
        parts.append(element("section", "<h2>Figures</h2>" + element("div", "\n".join(sections), class_="experiments"),
                             id="figures"))
    drawn = []
    for group in lines:
        experiment = group[0]
        names = [name for name in COSTS if name in experiment.measured]
        name, svg, shows = draw(f"{experiment.name}.programming", draw_lines, experiment, names)
        drawn.append(("programming", name, svg,
                      f"{shows} The runs of {', '.join(map(title_of, group))}. {conditions(sweep, experiment, 'cost')}"))
    parts.append(cost_part(groups, drawn))
    progress.end()
    (folder / "figures").mkdir(exist_ok=True)
    for name, svg in figures.items():
        write_whole(folder / "figures" / f"{name}.svg", svg)
    write_whole(folder / "report.html", page(sweep, parts))


def main():
    folder = pathlib.Path(sys.argv[1])
    try:
        report(folder, "--quiet" in sys.argv[2:])
    except BadInput as wrong:
        print(f"memspike: {wrong}", file=sys.stderr)
        return 2
    except OSError as wrong:
        print(f"memspike: {wrong.filename or folder}: {wrong.strerror}; expected a folder that can be written",
              file=sys.stderr)
        return 1 if wrong.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
