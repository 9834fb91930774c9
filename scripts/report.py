#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draw the results of a finished sweep; `memspike report DIR` runs this.

    scripts/report.py DIR [--quiet]

Reads DIR/sweep.csv and DIR/sweep.json and writes DIR/figures/*.svg and DIR/report.html, which holds the same plots. Exit
status: 0 done, 1 the machine failed, 2 the folder is not as `memspike sweep` leaves it.
"""
import errno
import pathlib
import sys
import time

sys.dont_write_bytecode = True  # what it writes goes to DIR alone
from drawing import matplotlib, write_whole  # noqa: E402
from sweep_report.page import TABLE1, cost_groups, cost_part, element, figure_part, page, run_part, table1_part  # noqa: E402
from sweep_report.plots import draw_lines, plots_of, render  # noqa: E402
from sweep_report.sweep import COSTS, BadInput, check_checksums, read_sweep  # noqa: E402
from sweep_report.words import conditions, title_of  # noqa: E402


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
