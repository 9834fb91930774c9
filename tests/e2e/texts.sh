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

# A text without a known word has no answer.
for text in "" "zzyzx qqfx"; do
    check "no answer to '$text'" says '^no answer \(demo corpus\)$' "$memspike" classify model.msm -q --json none.json "$text"
    check "and null in JSON" holds none.json 'r["sentiment"] is None and r["firing_rate"] is None and r["probability"] is None and r["words"] == [] and r["corpus"] == "demo"'
done
check "no stars" says '^no answer' "$memspike" classify stars.msm --array 100x8d --preset rating -q --json no_stars.json zzyzx
check "null stars in JSON" holds no_stars.json 'r["stars"] is None and r["firing_rates"] is None and r["words"] == []'
check "a review with one known word" run classify model.msm --json known.json "zzyzx wonderful"
check "one known word is enough" holds known.json 'r["sentiment"] == "positive"'

# Reviews of one's own are called by their folder's name, in results and captions.
for group in train/pos train/neg test/pos test/neg; do
    mkdir -p "shop/aclImdb/$group"
    for i in $(seq 0 11); do
        word=$([[ $group == */pos ]] && echo good || echo bad)
        echo "This film is $word , really $word ." >"shop/aclImdb/$group/${i}_$([[ $word = good ]] && echo 9 || echo 2).txt"
    done
done
numbers=$(python3 -c 'print(*[i / 100 for i in range(100)])')
printf 'film %s\ngood %s\n' "$numbers" "${numbers//0.9/0.1}" >vectors.txt
said() { # said WHAT PATTERN ARGUMENTS...: it works, and says so on standard error
    "$memspike" "${@:3}" >out.txt 2>err.txt
    check "$1" [ $? -eq 0 ]
    check "$1: is said" grep -qE -- "$2" err.txt
}
check "prepare one's own" run prepare --data shop --vectors none -o shop.msc --json shop.json
check "they are called so" holds shop.json 'r["corpus"] == "shop"'
check "train on them" run train --corpus shop.msc -o shop.msm --json trained.json
check "also there" holds trained.json 'r["corpus"] == "shop"'
check "also in the table" says '^network .* \(shop\)$' "$memspike" test shop.msm --corpus shop.msc --engine model -q
check "also in a review's answer" says '\(shop\)$' "$memspike" classify shop.msm -q "good film"
cat >small.cfg <<'END'
name = "small";
description = "Accuracy over tolerance";
approach = 1;
network = "memristor";
seeds = 1;
axes = ( { key = "tolerance"; values = [0.01, 0.1]; } );
measure = ["accuracy"];
END
check "a sweep" run sweep ./small.cfg --corpus shop.msc -o swept
check "its report does not call them IMDB" bash -c "'$memspike' report swept >/dev/null 2>&1 && grep -q 'reviews of shop' swept/report.html && ! grep -q 'IMDB test reviews' swept/report.html"
mkdir imdb && cp -r shop/aclImdb imdb
check "a folder called imdb" run prepare --data imdb --vectors none -o imdb.msc --json imdb.json
check "does not make them IMDB" holds imdb.json 'r["corpus"] == "imdb (own reviews)"'
check "and is the same corpus" python3 -c 'import json; a, b = (json.load(open(n)) for n in ("shop.json", "imdb.json")); assert a["fingerprint"] == b["fingerprint"]'

# What is left out is said or refused.
mkdir -p imdb/aclImdb/train/unsup
echo "no label" >imdb/aclImdb/train/unsup/0_0.txt
: >imdb/aclImdb/train/pos/90_9.txt
said "reviews without label" 'aclImdb: files passed over: 1 without a label \(unsup\)$' prepare --data imdb --vectors none -o x.msc
check "and without a word" grep -q 'reviews without a word: 1, ' err.txt
mkdir imdb/aclImdb/train/neutral && echo "so so" >imdb/aclImdb/train/neutral/0_5.txt
refuses "a third class" 'train/neutral: a third class; expected pos and neg' prepare --data imdb --vectors none -o y.msc
tar -czf third_aclImdb.tar.gz -C imdb aclImdb
refuses "a third class in an archive" 'aclImdb/train/neutral: a third class' prepare --data third_aclImdb.tar.gz --vectors none -o y.msc
touch shop/._aclImdb.tar.gz
tar -czf shop/aclImdb.tar.gz -C shop aclImdb && mv shop/aclImdb shop_unpacked
check "a hidden file beside an archive" run prepare --data shop --vectors none -o archive.msc --json archive.json
check "the same reviews" python3 -c 'import json; a, b = (json.load(open(n)) for n in ("shop.json", "archive.json")); assert a["fingerprint"] == b["fingerprint"]'

# Word vectors.
python3 - <<'END'
import zipfile
with zipfile.ZipFile("shop/glove.6B.zip", "w") as archive:
    text = open("vectors.txt").read()
    for size in (50, 100, 200):
        archive.writestr(f"glove.6B.{size}d.txt", "\n".join(" ".join((line.split() * 3)[:size + 1]) for line in text.splitlines()) if size != 100 else text)
END
check "vectors" run prepare --data shop --vectors vectors.txt -o plain.msc --json plain.json
said "vectors out of a zip archive" 'glove.6B.zip: word vectors out of glove.6B.100d.txt, one of 3 files' prepare --data shop -o zip.msc --json zip.json
check "the same" python3 -c 'import json; a, b = (json.load(open(n)) for n in ("plain.json", "zip.json")); assert a["fingerprint"] == b["fingerprint"] and b["words_with_vector"] == 2'
mkdir shop/glove.6B && cp vectors.txt shop/glove.6B/glove.6B.100d.txt && cp vectors.txt shop/glove.6B/glove.6B.50d.txt
said "vectors out of a folder" 'word vectors out of glove.6B/glove.6B.100d.txt, one of 3 files' prepare --data shop -o folder.msc --json folder.json
check "the same again" python3 -c 'import json; a, b = (json.load(open(n)) for n in ("plain.json", "folder.json")); assert a["fingerprint"] == b["fingerprint"]'

# Waveforms.
refuses "VCD" '-o x.vcd: would be FST, not VCD; expected -o x.fst, and then fst2vcd -f x.fst -o x.vcd' trace model.msm --program -o x.vcd
mkdir "it's a folder"
"$memspike" trace model.msm --program --tolerance 0.0005 --event exhausted -o "it's a folder/x.fst" --json event.json >trace.txt 2>/dev/null
pasted() { # the printed line gives gtkwave three words, the second of them the file
    eval "set -- $(grep ^gtkwave trace.txt)"
    [ $# -eq 4 ] && [ "$3" = "$PWD/it's a folder/x.fst" ] && [ -e "$3" ]
}
check "a line that can be pasted" pasted
check "all pulses" run program model.msm --tolerance 0.0005 --json devices.json
check "the device of an event" python3 -c 'import json; e, p = (json.load(open(n)) for n in ("event.json", "devices.json")); assert e["event_device"] == min(i for i, d in enumerate(p["devices"]) if d["ending"] == "exhausted")'
check "is printed" python3 -c 'import json, sys; e = json.load(open("event.json")); sys.exit(("exhausted at clock %d, device %d" % (e["event_clock"], e["event_device"])) not in open("trace.txt").read().splitlines()[1])'

echo "$passed checks passed, $failed failed"
[ $failed -eq 0 ]
