# SPDX-License-Identifier: Apache-2.0
"""Names of what was measured, where, and with what, as plots and page say them."""
import math

from .sweep import NUMBERS, SERIES

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
