# SPDX-License-Identifier: Apache-2.0
"""The page of a report, in HTML."""
import html
import re
import statistics

from .sweep import COSTS, NUMBERS, SERIES, first_epoch
from .words import FIGURES, conditions, is_demo, label, name_number, name_point, name_reviews, name_seeds, name_setting, name_value, title_of

TABLE1 = [("table1_approach1", "ann", "approach 1: ANN in software"),
          ("table1_approach1", "snn", "approach 1: converted to the SNN, ideal weights"),
          ("table1_approach1", "memristor", "approach 1: SNN, weights written into memristors"),
          ("table1_approach2", "snn", "approach 2: SNN trained on the hardware, ideal weights"),
          ("table1_approach2", "memristor", "approach 2: SNN trained in the memristors")]


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
