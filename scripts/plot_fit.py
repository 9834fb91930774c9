#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draw what `memspike fit` found, which runs this.

    scripts/plot_fit.py OUT.svg < fit.json

Exit status: 0 done, 1 the machine failed, 2 the picture cannot be written.
"""
import errno
import io
import json
import pathlib
import sys

from drawing import STYLES, EngFormatter, Figure, matplotlib, write_whole

OHM = EngFormatter(sep="")
MOST_POINTS = 300  # of a voltage: more cannot be told apart, and make the file large


def thin(pulses):
    return pulses[::1 + len(pulses) // MOST_POINTS]


def style_of(index):
    return STYLES[index % len(STYLES)]


def draw_pulses(axes, pulses, voltages):
    """Measured against fitted, each voltage in its own colour."""
    for index, voltage in enumerate(voltages):
        mine = thin([pulse for pulse in pulses if pulse["voltage_v"] == voltage["voltage_v"]])
        colour, marker, _ = style_of(index)
        axes.plot([pulse["predicted_ohm"] for pulse in mine], [pulse["after_ohm"] for pulse in mine], marker, color=colour,
                  markersize=2.5, alpha=0.6, linestyle="none", label=f"{voltage['voltage_v']:+g} V")
    ends = [min(pulse["predicted_ohm"] for pulse in pulses), max(pulse["predicted_ohm"] for pulse in pulses)]
    axes.plot(ends, ends, color="black", linewidth=0.8)
    axes.xaxis.set_major_formatter(OHM)
    axes.yaxis.set_major_formatter(OHM)
    axes.set_xlabel("R after the pulse, fitted, in ohm")
    axes.set_ylabel("measured, in ohm")
    axes.legend(frameon=False, fontsize="x-small", markerscale=2)


def draw_law(axes, side, sign, own, fitted, label, logarithmic):
    """A law over the voltage: the fit as a line, each voltage alone as a point."""
    voltages = sorted(side["voltages"], key=lambda voltage: abs(voltage["voltage_v"]))
    axes.plot([voltage["voltage_v"] for voltage in voltages], [voltage[fitted] for voltage in voltages], "-", color=STYLES[0][0],
              label="fit")
    told = [voltage for voltage in voltages if own in voltage]
    axes.plot([voltage["voltage_v"] for voltage in told], [voltage[own] for voltage in told], STYLES[1][1], color=STYLES[1][0],
              label="this voltage alone")
    if logarithmic:
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_formatter(OHM)
    axes.set_xlabel(f"{sign} voltage in V")
    axes.set_ylabel(label)
    axes.legend(frameon=False, fontsize="x-small")


def draw_residuals(axes, pulses, voltages):
    for index, voltage in enumerate(voltages):
        mine = thin([pulse for pulse in pulses if pulse["voltage_v"] == voltage["voltage_v"]])
        colour, marker, _ = style_of(index)
        axes.plot([pulse["before_ohm"] for pulse in mine], [100 * pulse["residual"] for pulse in mine], marker, color=colour,
                  markersize=2.5, alpha=0.6, linestyle="none")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.xaxis.set_major_formatter(OHM)
    axes.set_xlabel("R before the pulse, in ohm")
    axes.set_ylabel("residual in % of a reading")


def draw(fit):
    matplotlib.rcdefaults()
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "fit", "font.size": 9, "axes.spines.top": False,
                                "axes.spines.right": False})
    figure = Figure(figsize=(13, 6.4), constrained_layout=True)
    axes = figure.subplots(2, 4)
    for row, (sign, positive) in enumerate((("positive", True), ("negative", False))):
        side = fit[sign]
        pulses = [pulse for pulse in fit["pulses"] if (pulse["voltage_v"] > 0) == positive]
        draw_pulses(axes[row][0], pulses, side["voltages"])
        draw_law(axes[row][1], side, sign, "own_rate", "rate", "rate k in 1/(ohm s)", True)
        draw_law(axes[row][2], side, sign, "own_asymptote_ohm", "asymptote_ohm", "limit r in ohm", False)
        draw_residuals(axes[row][3], pulses, side["voltages"])
        axes[row][3].set_title(f"{100 * side['rms']:.2g} % rms", fontsize="small", loc="right")
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Creator": None, "Date": None, "Format": None, "Type": None})
    return stream.getvalue()


def main():
    path = pathlib.Path(sys.argv[1])
    try:
        write_whole(path, draw(json.load(sys.stdin)))
    except OSError as wrong:
        print(f"memspike: {path}: {wrong.strerror}; expected a place that can be written", file=sys.stderr)
        return 1 if wrong.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
