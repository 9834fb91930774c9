#!/usr/bin/env bash
# What users bring and what they are told of it, from end to end: the list of predictions; reviews, word vectors and
# measurements as other programs write them; what is left out of them.
#   tests/e2e/texts.sh MEMSPIKE SOURCE_FOLDER
# shellcheck source=tests/e2e/support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

# list FILE CONDITION: of the rows (lists of whole numbers) and the names of the columns in a list of predictions, and of
# the result r beside it
list() {
    python3 -c "
import csv, json, sys
names, *rows = csv.reader(open(sys.argv[1]))
rows = [[int(field) for field in row] for row in rows]
r = json.load(open(sys.argv[2]))
sys.exit(not ($3))" "$1" "$2"
}

# Predictions.
check "prepare" run prepare -o corpus.msc
check "train" run train --corpus corpus.msc -o model.msm
check "train for stars" run train --corpus corpus.msc --array 100x8d --task rating --preset rating --epochs 1 -o stars.msm
for engine in rtl model systemc; do
    check "predictions of $engine" run test model.msm --corpus corpus.msc --engine $engine --limit 40 --read-noise 0.05 --predictions $engine.csv --rates --json $engine.json
    check "right answers are the accuracy" list $engine.csv $engine.json 'len(rows) == 40 and abs(sum(row[2] == row[3] for row in rows) / 40 - r["accuracy"]) < 1e-12 and 0.5 < r["accuracy"] < 1'
    check "spikes are the firing rate" list $engine.csv $engine.json 'abs(sum(row[4] for row in rows) / 40 / r["steps"] - r["firing_rate_mean"]) < 1e-12 and all(row[3] == (2 * row[4] > r["steps"]) for row in rows)'
done
check "columns" list rtl.csv rtl.json 'names == ["review", "seed", "label", "answer", "spikes_0"] + [f"rate_{i}" for i in range(100)] and all(len(row) == 105 and all(0 <= rate < 65536 for rate in row[5:]) for row in rows)'
check "--limit takes reviews spread evenly" list rtl.csv rtl.json '[row[0] for row in rows] == [i * 1000 // 40 for i in range(40)] and [row[2] for row in rows] == [0] * 20 + [1] * 20 and len({row[1] for row in rows}) == 40'
check "RTL and twins predict the same" cmp rtl.csv model.csv
check "so does the platform" cmp rtl.csv systemc.csv
check "without rates" run test model.msm --corpus corpus.msc --engine model --limit 40 --read-noise 0.05 --predictions short.csv --json short.json
check "the same but for them" cmp short.csv <(cut -d, -f1-5 rtl.csv)
check "predictions after early decisions" run test model.msm --corpus corpus.msc --engine model --preset fast --limit 40 --predictions early.csv --json early.json
check "spikes until then" list early.csv early.json 'abs(sum(row[4] for row in rows) / 40 / r["steps"] - r["firing_rate_mean"]) < 1e-12 and abs(sum(row[2] == row[3] for row in rows) / 40 - r["accuracy"]) < 1e-12 and r["configuration"]["decision"] == "early"'
check "predictions of stars" run test stars.msm --corpus corpus.msc --array 100x8d --preset rating --engine model --predictions stars.csv --json stars.json
check "eight outputs; labels and answers are stars" list stars.csv stars.json 'names[4:] == [f"spikes_{i}" for i in range(8)] and [[sum(row[2] == label["stars"] and row[3] == stars for row in rows) for stars in (1, 2, 3, 4, 7, 8, 9, 10)] for label in r["ratings"]] == [label["answers"] for label in r["ratings"]] and len(rows) == 1000'
check "predictions of the digital array" run test model.msm --corpus corpus.msc --engine emulator --limit 10 --predictions emulator.csv --json emulator.json
check "its answers" list emulator.csv emulator.json 'len(rows) == 10 and abs(sum(row[2] == row[3] for row in rows) / 10 - r["accuracy"]) < 1e-12'
refuses "rates without predictions" '--rates: expected --predictions' test model.msm --corpus corpus.msc --rates
refuses "predictions of the software" '--predictions: expected --network snn or memristor' test model.msm --corpus corpus.msc --network ann --predictions x.csv
refuses "predictions over the model" 'model.msm: is an input too' test model.msm --corpus corpus.msc --predictions model.msm
refuses "two outputs in one" 'x.csv: is named for two outputs' test model.msm --corpus corpus.msc --predictions x.csv --json x.csv
check "nothing is left of what was refused" [ -z "$(find . -name '*.unfinished-*' -o -name x.csv)" ]

echo "$passed checks passed, $failed failed"
[ $failed -eq 0 ]
