#!/usr/bin/env bash
# memspike report on small sweeps of the demo corpus: the same bytes again, everything on the page that was run, folders
# that are no finished sweep refused with nothing lost, and the page looked at in Chromium, narrow and wide.
#   tests/e2e/report.sh MEMSPIKE SOURCE_FOLDER
# shellcheck source=tests/e2e/support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
subcommand=(report)

# Every kind of plot, at settings that take no time.
experiment() { # experiment NAME APPROACH AXES MEASURES [PUBLISHED]
    cat >"$1.cfg" <<END
name = "$1";
description = "a test of $1 <&> \$x";
approach = $2;
network = "memristor";
seeds = 2;
settings = { steps = 20; epochs = 2; };
axes = ( $3 );
measure = [$4];
${5:+published = ( $5 );}
END
}
tolerance='{ key = "tolerance"; values = [0.005, 0.01, 0.1]; }'
noise='{ key = "read_noise"; values = [0.0, 0.01]; }'
network='{ key = "network"; values = ["ann", "memristor"]; }'
costs='"pulses", "programming_us", "energy_j"'
experiment table1_approach1 1 "$network" "\"accuracy\", $costs" \
    '{ measure = "accuracy"; at = ["ann", "memristor"]; values = [0.8602, 0.8588]; }'
experiment fig4b 1 "$tolerance" "\"accuracy\", $costs" '{ measure = "accuracy"; at = [0.01, 0.1]; values = [0.858, 0.857]; }'
experiment fig4d 1 "" '"weights", "weight_error_std", "read_error_std"'
experiment fig5d 2 "$noise" '"trace", "accuracy"'
experiment own_map 1 "$tolerance, $noise" '"accuracy", "read_error_std"'
experiment own_names 2 "$network" '"accuracy", "epochs", "trace"'
experiment own_table 1 "$tolerance, $noise, { key = \"encoder\"; values = [\"poisson\", \"rate\"]; }" '"accuracy"'
experiment own_costs 1 "$tolerance" "$costs"
cat >all.cfg <<'END'
name = "all";
description = "everything";
experiments = ["table1_approach1", "fig4b", "fig4d", "fig5d", "own_map", "own_names", "own_table", "own_costs"];
END
"$memspike" prepare -o corpus.msc >/dev/null 2>&1
check "a sweep" "$memspike" sweep ./all.cfg --corpus corpus.msc -o all -q >/dev/null
check "a sweep of one seed" "$memspike" sweep ./fig4b.cfg --corpus corpus.msc --seeds 1 -o one -q >/dev/null

check "help" says 'memspike report paper1' "$memspike" report --help
check "report" run all
cp -r all first
rm -r all/figures
check "again" run all
check "the same bytes" diff -r all first
mkdir elsewhere
cp one/sweep.* elsewhere
check "report of one seed" run one
check "from another folder" run elsewhere
check "the same bytes from there" diff -r one/figures elsewhere/figures
check "the same page from there" same one/report.html elsewhere/report.html
check "a plot for each" [ "$(cd all/figures && echo *)" = "fig4b.programming.svg fig4b.svg fig4d.svg fig5d.svg own_costs.svg own_map.accuracy.svg own_map.read_error_std.svg own_names.accuracy.svg own_names.epochs.svg own_names.trace.svg" ]
has() { [ -n "$2" ] && grep -qF -- "$2" "$1/report.html"; }
marked() { # marked FILE...: every plot says what it was made of
    local plot
    for plot; do grep -qF 'DEMO CORPUS' "$plot" || return 1; done
}
check "says that it is the demo corpus" has all 'DEMO CORPUS: everything on this page'
check "no plot without saying so" marked all/figures/*.svg
check "text of the user's is only text" has all "a test of own_map &lt;&amp;&gt; \$x"
check "seeds" has all 'Means over seeds 1, 2; bars are standard deviations.'
check "one seed" has one 'Seed 1 alone.'
check "no deviation of one seed" lacks '[0-9] ± [0-9]' one/report.html
# The page's numbers are the sweep's: the mean and deviation of an accuracy, and the paper's beside it.
row=$(python3 - <<'END'
import csv, statistics
values = [100 * float(row["value"]) for row in csv.DictReader(open("all/sweep.csv"))
          if (row["experiment"], row["tolerance"], row["measurement"]) == ("fig4b", "0.1", "accuracy")]
assert len(values) == 2
print(f'<th scope="row">10</th><td>{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}\u00a0%</td><td>85.70\u00a0%</td>')
END
)
check "accuracy beside the paper's" has all "$row"
check "Table 1" has all 'approach 1: ANN in software'

# Refused, with nothing lost.
bad() { # bad NAME FILE SED: a finished sweep whose FILE is changed, by somebody who meant it
    rm -rf "$1"
    cp -r first "$1"
    rm "$1/sweep.crc32"
    sed -i "$3" "$1/$2"
}
refuses "no folder" '0 arguments given; expected the folder'
refuses "two folders" '2 arguments given' all one
refuses "nowhere" 'nowhere: cannot be read' nowhere
refuses "a file" 'all.cfg: is a file; expected the folder' all.cfg
mkdir empty
refuses "no sweep" 'empty: holds no sweep.csv; expected the folder of a finished sweep' empty
cp one/sweep.csv empty
refuses "an unfinished sweep" 'empty: holds no sweep.json' empty
bad json sweep.json '5s/.*/x/'
refuses "broken JSON" 'json/sweep.json:5: .*expected JSON as' json
bad key sweep.json 's/"version"/"vers"/'
refuses "a key that is missing" "key/sweep.json: 'version': is missing or wrong" key
bad name sweep.json 's/"own_map"/"..\/x"/'
refuses "a name that is a path" 'name/sweep.json: name: is missing or wrong' name
bad head sweep.csv '1s/value/worth/'
refuses "another head" 'head/sweep.csv:1: expected the columns' head
bad number sweep.csv '7s/[^,]*$/x/'
refuses "no number" 'number/sweep.csv:7: expected a point and a seed of sweep.json' number
bad infinite sweep.csv '7s/[^,]*$/inf/'
refuses "no finite number" 'infinite/sweep.csv:7: expected' infinite
bad stranger sweep.csv '9s/^[^,]*/other/'
refuses "an experiment of nobody" 'stranger/sweep.csv:9: experiment: expected' stranger
bad short sweep.csv "\$d"
refuses "a row too few" 'short/sweep.csv: own_costs: expected energy_j for every point and seed' short
bad series sweep.csv '/^own_names.*,trace_wanted,175,/d'
refuses "a value of a series too few" 'series/sweep.csv: own_names: expected trace_measured wherever' series
for file in sweep.csv sweep.json; do
    cp -r first "damaged_$file"
    printf '\x31' | dd of="damaged_$file/$file" bs=1 seek=200 conv=notrunc status=none
    refuses "a damaged $file" "damaged_$file/$file: its checksum does not match" "damaged_$file"
done
cp -r first checksums
truncate -s 30 checksums/sweep.crc32
refuses "damaged checksums" 'checksums/sweep.crc32: is damaged' checksums
check "nothing written where it was refused" diff -r -x 'sweep.*' short first
check "the good report is as it was" diff -r all first
bad blocked sweep.csv ''
rm -r blocked/figures
: >blocked/figures
refuses "a file for the plots' folder" 'blocked/figures: .*expected a folder that can be written' blocked
check "no half-written files" prints "" find . -name '*.part'

mkdir without
echo 'raise ImportError("none")' >without/matplotlib.py
PYTHONPATH=without "$memspike" report all >out.txt 2>err.txt
check "without matplotlib: exit status 1" [ $? -eq 1 ]
check "without matplotlib: one line" [ "$(cat err.txt)" = "memspike: python3 cannot load matplotlib (none); expected the package python3-matplotlib" ]
MEMSPIKE_SHARE=$PWD/without "$memspike" report all >out.txt 2>err.txt
check "without the script" grep -q 'holds neither report.py nor' err.txt

# In a browser. The page gets a script of the test's that tells the page around it what is wrong; it stands in a frame, since
# windows cannot be as narrow as a telephone.
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
title_of_page() { # title_of_page FILE: after all that its scripts do
    "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
        --host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr --virtual-time-budget=20000 \
        --window-size=1500,1000 --dump-dom "file://$work/$1" 2>browser.log | grep -o '<title>.*</title>' | head -n 1
    grep CONSOLE browser.log
}
# A snap's browser, for one, sees no files here.
echo '<title>seen</title>' >seen.html
if [ -z "$browser" ]; then
    echo "SKIPPED: no Chromium here, so the page was not looked at in a browser" >&2
elif [ "$(title_of_page seen.html)" != '<title>seen</title>' ]; then
    echo "SKIPPED: $browser cannot show files in $work, so the page was not looked at in a browser" >&2
else
    cat >look.js <<'END'
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
            const target = /^url\(#(.*)\)$/.exec(attribute.value) || /href$/.test(attribute.name) && /^#(.*)$/.exec(attribute.value);
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
END
    look() { # look PAGE WIDTH: what is wrong with it
        sed "s/WANTED/$2/g" look.js >script.html
        sed '/<head>/r script.html' "$1" >inside.html
        cat >around.html <<END
<title>nothing heard of the page</title><script>addEventListener("message", event => document.title = event.data);</script>
<iframe src="inside.html" style="width: $2px; height: 900px; border: 0"></iframe>
END
        title_of_page around.html
    }
    for width in 360 1400; do
        seen=$(look all/report.html $width)
        check "all plots at width $width: $seen" [ "$seen" = "<title>looked at 10 plots, wrong: nothing</title>" ]
        seen=$(look one/report.html $width)
        check "one seed at width $width: $seen" [ "$seen" = "<title>looked at 2 plots, wrong: nothing</title>" ]
    done
    # That the look finds what is wrong.
    spoils='<img src="nowhere.png"><div style="width: 2000px; background: url(seen.html)">wide</div>'
    spoils+='<script>console.error("loud")</script><svg aria-label="small" width="300" height="200"><text x="290">long</text></svg>'
    sed "s|<h2>Figures|$spoils&|" all/report.html >spoilt.html
    look spoilt.html 1400 >spoilt.txt
    for sign in 'error: &lt;img' 'console: loud' 'refers to nowhere.png' 'page of 2[0-9]+ in' 'blocked: file' \
        'small: "long" sticks out' 'CONSOLE.*loud'; do
        check "a spoilt page is found out: $sign" grep -qE "$sign" spoilt.txt
    done
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
