# SPDX-License-Identifier: Apache-2.0
"""The plots of a report: each draw_ function fills a Figure and returns what it shows, in words."""
import html
import io
import math
import re
import statistics
import textwrap

from drawing import STYLES, EngFormatter, Figure, NullFormatter, matplotlib

from .sweep import COSTS, ERRORS, NUMBERS, SERIES, first_epoch
from .words import AXES, FIGURES, is_demo, label, name_point, name_value

MEASURED, PAPER = STYLES[0], STYLES[1]
WIDTH = 4.8  # of a plot, in inches: letters stay legible when a telephone shrinks it
LEAST_SPAN = 4  # of an axis of accuracies, in points: differences as small as those of seeds are to look small
MOST_LINES = 2 * len(STYLES)
MOST_PANELS = 12
MOST_CELLS = 30  # of a heat map, along one axis


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
