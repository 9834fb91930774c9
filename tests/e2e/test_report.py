# SPDX-License-Identifier: Apache-2.0
"""memspike report on small sweeps of the demo corpus: the same bytes again, everything on the page that was run, folders
that are no finished sweep refused with nothing lost, and the page looked at in Chromium, narrow and wide."""
import csv
import re
import shutil
import statistics
import subprocess

import pytest

from support import environment, same, same_folders, says

# Every kind of plot, at settings that take no time: approach, axes, measurements, published.
TOLERANCE = '{ key = "tolerance"; values = [0.005, 0.01, 0.1]; }'
NOISE = '{ key = "read_noise"; values = [0.0, 0.01]; }'
NETWORK = '{ key = "network"; values = ["ann", "memristor"]; }'
ENCODER = '{ key = "encoder"; values = ["poisson", "rate"]; }'
COSTS = '"pulses", "programming_us", "energy_j"'
EXPERIMENTS = {
    "table1_approach1": (1, NETWORK, f'"accuracy", {COSTS}', '{ measure = "accuracy"; at = ["ann", "memristor"]; values = [0.8602, 0.8588]; }'),
    "fig4b": (1, TOLERANCE, f'"accuracy", {COSTS}', '{ measure = "accuracy"; at = [0.01, 0.1]; values = [0.858, 0.857]; }'),
    "fig4d": (1, "", '"weights", "weight_error_std", "read_error_std"', None),
    "fig5d": (2, NOISE, '"trace", "accuracy"', None),
    "own_map": (1, f"{TOLERANCE}, {NOISE}", '"accuracy", "read_error_std"', None),
    "own_names": (2, NETWORK, '"accuracy", "epochs", "trace"', None),
    "own_table": (1, f"{TOLERANCE}, {NOISE}, {ENCODER}", '"accuracy"', None),
    "own_costs": (1, TOLERANCE, COSTS, None),
}
PLOTS = ("fig4b.programming.svg fig4b.svg fig4d.svg fig5d.svg own_costs.svg own_map.accuracy.svg own_map.read_error_std.svg "
         "own_names.accuracy.svg own_names.epochs.svg own_names.trace.svg").split()


@pytest.fixture(scope="module", name="reported")
def fixture_reported(folder, corpus):
    """A folder with the sweeps all, of all experiments, and one, of one experiment and seed, and their reports."""
    there = folder("reported")
    for name, (approach, axes, measures, published) in EXPERIMENTS.items():
        there.write(f"{name}.cfg", f"""name = "{name}";
description = "a test of {name} <&> $x";
approach = {approach};
network = "memristor";
seeds = 2;
settings = {{ steps = 20; epochs = 2; }};
axes = ( {axes} );
measure = [{measures}];
""" + (f"published = ( {published} );\n" if published else ""))
    names = ", ".join(f'"{name}"' for name in EXPERIMENTS)
    there.write("all.cfg", f'name = "all";\ndescription = "everything";\nexperiments = [{names}];\n')
    there.run("sweep ./all.cfg -o all -q --corpus", corpus)
    there.run("sweep ./fig4b.cfg --seeds 1 -o one -q --corpus", corpus)
    there.run("report all")
    there.run("report one")
    return there


def test_help(here):
    assert "memspike report paper1" in here.run("report --help").out


# ---- the same bytes ----
def test_the_same_sweep_gives_the_same_bytes(here, reported):
    here.take(reported / "all")
    shutil.rmtree(here / "all/figures")
    here.run("report all")
    same_folders(here / "all", reported / "all")


def test_a_folder_of_another_name_gives_the_same_bytes(here, reported):
    (here / "elsewhere").mkdir()
    for path in (reported / "one").glob("sweep.*"):
        shutil.copy(path, here / "elsewhere")
    here.run("report elsewhere")
    same_folders(here / "elsewhere/figures", reported / "one/figures")
    same(here / "elsewhere/report.html", reported / "one/report.html")


# ---- what is on the page ----
def test_every_experiment_has_its_plots(reported):
    assert sorted(path.name for path in (reported / "all/figures").iterdir()) == PLOTS


@pytest.mark.parametrize("plot", PLOTS)
def test_a_plot_says_that_it_is_of_the_demo_corpus(reported, plot):
    assert "DEMO CORPUS" in reported.text(f"all/figures/{plot}")


@pytest.mark.parametrize("folder_name, text", [
    ("all", "DEMO CORPUS: everything on this page"), ("all", "a test of own_map &lt;&amp;&gt; $x"),
    ("all", "Means over seeds 1, 2; bars are standard deviations."), ("one", "Seed 1 alone."), ("all", "approach 1: ANN in software"),
], ids=["that it is the demo corpus", "text of the user's as text only", "seeds", "one seed", "Table 1"])
def test_the_page_says(reported, folder_name, text):
    assert text in reported.text(f"{folder_name}/report.html")


def test_one_seed_has_no_deviation(reported):
    deviation = "[0-9] ± [0-9]"
    assert says(reported.text("all/report.html"), deviation) and not says(reported.text("one/report.html"), deviation)


def test_the_page_has_the_mean_and_deviation_of_the_sweep_beside_the_papers(reported):
    with open(reported / "all/sweep.csv", encoding="utf-8", newline="") as file:
        values = [100 * float(row["value"]) for row in csv.DictReader(file)
                  if (row["experiment"], row["tolerance"], row["measurement"]) == ("fig4b", "0.1", "accuracy")]
    assert len(values) == 2
    row = f'<th scope="row">10</th><td>{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}\u00a0%</td><td>85.70\u00a0%</td>'
    assert row in reported.text("all/report.html")


# ---- refused, with nothing lost ----
@pytest.mark.parametrize("pattern, line", [
    ("0 arguments given; expected the folder", "report"), ("2 arguments given", "report all one"), ("nowhere: cannot be read", "report nowhere"),
    ("all.cfg: is a file; expected the folder", "report all.cfg"),
    ("empty: holds no sweep.csv; expected the folder of a finished sweep", "report empty"),
    ("unfinished: holds no sweep.json", "report unfinished"),
], ids=["no folder", "two folders", "nowhere", "a file", "no sweep", "an unfinished sweep"])
def test_refused(here, reported, pattern, line):
    here.take(reported / "all", reported / "one", reported / "all.cfg")
    (here / "empty").mkdir()
    (here / "unfinished").mkdir()
    shutil.copy(reported / "one/sweep.csv", here / "unfinished")
    here.refused(pattern, line)


def line_becomes(number, old, new):
    """A change of the line of this number, as regular expressions of sed have it."""
    def changed(text):
        lines = text.splitlines(keepends=True)
        lines[number - 1] = re.sub(f"(?m){old}", new, lines[number - 1].rstrip("\n"), count=1) + "\n"
        return "".join(lines)
    return changed


SPOILT = [
    ("broken JSON", "sweep.json", line_becomes(5, "^.*$", "x"), "spoilt/sweep.json:5: .*expected JSON as"),
    ("a key that is missing", "sweep.json", lambda text: text.replace('"version"', '"vers"'), "spoilt/sweep.json: 'version': is missing or wrong"),
    ("a name that is a path", "sweep.json", lambda text: text.replace('"own_map"', '"../x"'), "spoilt/sweep.json: name: is missing or wrong"),
    ("another head", "sweep.csv", line_becomes(1, "value", "worth"), "spoilt/sweep.csv:1: expected the columns"),
    ("no number", "sweep.csv", line_becomes(7, "[^,]*$", "x"), "spoilt/sweep.csv:7: expected a point and a seed of sweep.json"),
    ("no finite number", "sweep.csv", line_becomes(7, "[^,]*$", "inf"), "spoilt/sweep.csv:7: expected"),
    ("an experiment of nobody", "sweep.csv", line_becomes(9, "^[^,]*", "other"), "spoilt/sweep.csv:9: experiment: expected"),
    ("a row too few", "sweep.csv", lambda text: text[:text.rstrip("\n").rindex("\n") + 1],
     "spoilt/sweep.csv: own_costs: expected energy_j for every point and seed"),
    ("a value of a series too few", "sweep.csv", lambda text: re.sub("(?m)^own_names.*,trace_wanted,175,.*\n", "", text),
     "spoilt/sweep.csv: own_names: expected trace_measured wherever"),
]


@pytest.mark.parametrize("name, change, pattern", [row[1:] for row in SPOILT], ids=[row[0] for row in SPOILT])
def test_a_sweep_that_somebody_changed_is_refused(here, reported, name, change, pattern):
    """By somebody who meant it: without its checksums."""
    shutil.copytree(reported / "all", here / "spoilt")
    (here / "spoilt/sweep.crc32").unlink()
    before = here.text(f"spoilt/{name}")
    here.write(f"spoilt/{name}", change(before))
    assert here.text(f"spoilt/{name}") != before
    here.refused(pattern, "report spoilt")


@pytest.mark.parametrize("name", ["sweep.csv", "sweep.json"])
def test_a_damaged_sweep_is_refused(here, reported, name):
    here.take(reported / "all")
    whole = (here / "all" / name).read_bytes()
    damaged = whole[:200] + b"\x31" + whole[201:]
    assert damaged != whole
    (here / "all" / name).write_bytes(damaged)
    here.refused(f"all/{name}: its checksum does not match", "report all")


def test_damaged_checksums_are_refused(here, reported):
    here.take(reported / "all")
    checksums = (here / "all/sweep.crc32").read_bytes()
    assert len(checksums) > 30
    (here / "all/sweep.crc32").write_bytes(checksums[:30])
    here.refused("all/sweep.crc32: is damaged", "report all")


def test_a_file_where_the_plots_belong_is_refused(here, reported):
    here.take(reported / "one")
    (here / "one").rename("blocked")
    shutil.rmtree("blocked/figures")
    here.write("blocked/figures", "")
    here.refused("blocked/figures: .*expected a folder that can be written", "report blocked")


def test_without_matplotlib_one_line_says_so(here, reported):
    here.take(reported / "one")
    here.write("without/matplotlib.py", 'raise ImportError("none")\n')
    answer = here.run("report one", status=1, env=environment(PYTHONPATH="without"))
    assert answer.err == "memspike: python3 cannot load matplotlib (none); expected the package python3-matplotlib\n"


def test_without_the_script_is_refused(here, reported):
    here.take(reported / "one")
    here.memspike = shutil.copy(here.memspike, here / "memspike")
    here.refused("share/memspike/scripts/report.py: cannot be read; expected memspike's scripts there", "report one")


# ---- in a browser ----
# The page gets a script of the test's that tells the page around it what is wrong; it stands in a frame, since windows cannot be as
# narrow as a telephone.
LOOK = """
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<script>
const wrong = [];
addEventListener("error", event => wrong.push("error: " + (event.message || event.target.outerHTML)), true);
addEventListener("securitypolicyviolation", event => wrong.push("blocked: " + event.blockedURI));
const warn = console.error;
console.error = (...words) => { wrong.push("console: " + words.join(" ")); warn(...words); };
addEventListener("load", () => {
    document.querySelectorAll("details").forEach(details => details.open = true);
    const page = document.scrollingElement;
    if (innerWidth !== WANTED) wrong.push(`window of ${innerWidth} in place of WANTED`);
    if (page.scrollWidth > page.clientWidth) wrong.push(`page of ${page.scrollWidth} in ${page.clientWidth}`);
    for (const element of document.querySelectorAll("*"))
        for (const attribute of element.attributes)
            if (/^(src|href|xlink:href|srcset|data|action|poster)$/.test(attribute.name) &&
                !/^(#|data:)/.test(attribute.value)) wrong.push("refers to " + attribute.value);
    const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
    if (new Set(ids).size !== ids.length) wrong.push("ids twice: " + ids.filter((id, i) => ids.indexOf(id) !== i));
    for (const element of document.querySelectorAll("svg *"))
        for (const attribute of element.attributes) {
            const target = /^url\\(#(.*)\\)$/.exec(attribute.value) || /href$/.test(attribute.name) && /^#(.*)$/.exec(attribute.value);
            if (target && !document.getElementById(target[1])) wrong.push("no " + attribute.value);
        }
    const plots = [...document.querySelectorAll("svg")];
    for (const plot of plots) {
        const box = plot.getBoundingClientRect(), name = plot.getAttribute("aria-label");
        if (box.width < 100 || box.height < 100) wrong.push(`${name}: ${box.width} x ${box.height}`);
        const texts = [...plot.querySelectorAll("text")];
        if (!texts.length || !name) wrong.push("a plot without text or a label");
        for (const text of texts) {
            const inner = text.getBoundingClientRect();
            if (inner.left < box.left - 1 || inner.right > box.right + 1 || inner.top < box.top - 1 ||
                inner.bottom > box.bottom + 1) wrong.push(`${name}: "${text.textContent}" sticks out`);
        }
    }
    parent.postMessage(`looked at ${plots.length} plots, wrong: ` + (wrong.join("; ") || "nothing"), "*");
});
</script>
"""
AROUND = """<title>nothing heard of the page</title><script>addEventListener("message", event => document.title = event.data);</script>
<iframe src="inside.html" style="width: WANTEDpx; height: 900px; border: 0"></iframe>
"""


def title_of(browser, page):
    """The title of a page after all that its scripts do, and what they wrote on the console."""
    shown = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={page.parent / 'profile'}",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--virtual-time-budget=20000", "--window-size=1500,1000",
         "--dump-dom", f"file://{page}"], capture_output=True, encoding="utf-8", errors="replace", timeout=600, check=False)
    title = re.search("<title>(.*)</title>", shown.stdout)
    return (title.group(1) if title else ""), [line for line in shown.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture(scope="module", name="browser")
def fixture_browser(tmp_path_factory):
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.skip("no Chromium here, so the page was not looked at in a browser")
    page = tmp_path_factory.mktemp("seen") / "seen.html"
    page.write_text("<title>seen</title>\n", encoding="utf-8")
    if title_of(found, page)[0] != "seen":
        # A snap's, for one, sees only some folders.
        pytest.skip(f"{found} cannot show files in {page.parent}, so the page was not looked at in a browser")
    return found


def look(browser, here, page, width):
    """What is wrong with a page, at this width."""
    head, found, rest = page.partition("<head>\n")
    assert found
    here.write("inside.html", head + found + LOOK.replace("WANTED", str(width)) + rest)
    here.write("around.html", AROUND.replace("WANTED", str(width)))
    return title_of(browser, here / "around.html")


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("name, plots", [("all", 10), ("one", 2)])
def test_nothing_is_wrong_with_the_page_in_a_browser(browser, here, reported, name, plots, width):
    assert look(browser, here, reported.text(f"{name}/report.html"), width) == (f"looked at {plots} plots, wrong: nothing", [])


@pytest.fixture(scope="module", name="spoilt")
def fixture_spoilt(browser, folder, reported):
    """What is seen of a page on which much is wrong."""
    spoils = ('<img src="nowhere.png"><div style="width: 2000px; background: url(seen.html)">wide</div>'
              '<script>console.error("loud")</script><svg aria-label="small" width="300" height="200"><text x="290">long</text></svg>')
    page = reported.text("all/report.html")
    assert "<h2>Figures" in page
    title, console = look(browser, folder("spoilt"), page.replace("<h2>Figures", f"{spoils}<h2>Figures"), 1400)
    return "\n".join([title, *console])


@pytest.mark.parametrize("sign", ["error: &lt;img", "console: loud", "refers to nowhere.png", "page of 2[0-9]+ in", "blocked: file",
                                  'small: "long" sticks out', "CONSOLE.*loud"])
def test_the_look_finds_out_a_spoilt_page(spoilt, sign):
    assert says(spoilt, sign)
