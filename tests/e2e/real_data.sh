#!/usr/bin/env bash
# The main job on the real reviews in $MEMSPIKE_DATA: the figures that do not need a campaign over seeds.
#   tests/e2e/real_data.sh MEMSPIKE
set -euo pipefail
memspike=$1
if [ -z "${MEMSPIKE_DATA:-}" ]; then
    echo "skipped: MEMSPIKE_DATA is not set"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$memspike" prepare -o corpus.msc --json corpus.json >/dev/null
"$memspike" train --corpus corpus.msc -o model.msm --json ann.json >/dev/null
"$memspike" test model.msm --corpus corpus.msc --network snn --json snn.json >/dev/null
"$memspike" test model.msm --corpus corpus.msc --json memristor.json >/dev/null
"$memspike" test model.msm --corpus corpus.msc --array 10x10 --limit 400 --json small.json >/dev/null
for tolerance in 0.005 0.01 0.05 0.1 0.2; do
    "$memspike" program model.msm --tolerance $tolerance --json "program_$tolerance.json" >/dev/null
done
for array in 100x1 10x10; do
    for engine in rtl model systemc; do
        "$memspike" test model.msm --corpus corpus.msc --array $array --engine $engine --limit 200 \
            --json "engine_${array}_$engine.json" >/dev/null
    done
done
python3 - <<'END'
import json, sys
load = lambda name: json.load(open(name + ".json"))
corpus, ann, snn, memristor, small = map(load, ("corpus", "ann", "snn", "memristor", "small"))
results = [
    ("25,000 + 25,000 reviews", corpus["train_reviews"] == corpus["test_reviews"] == 25000),
    ("vocabulary of 20,437 entries", corpus["vocabulary"] == 20437),
    (f"ANN {ann['accuracy']} at least 0.859", ann["accuracy"] >= 0.859),
    (f"SNN {snn['accuracy']} within 0.3 points of the ANN", abs(snn["accuracy"] - ann["accuracy"]) <= 0.003),
    (f"memristors {memristor['accuracy']} within 0.2 points of the SNN",
     abs(memristor["accuracy"] - snn["accuracy"]) <= 0.002),
    (f"10x10 {small['accuracy']} on 400 reviews", small["accuracy"] > 0.8),
    ("clocks of a review", snn["clocks"] == 25000 * 1002 and small["clocks"] == 400 * 10002),
]
# Figure 4c of the paper: standard deviation of the weight error.
for tolerance, published in (("0.005", .0070), ("0.01", .0077), ("0.05", .0240), ("0.1", .0380), ("0.2", .0585)):
    measured = load("program_" + tolerance)["weight_error_std"]
    results.append((f"weight error {measured:.4f} at tolerance {tolerance}, published {published}",
                    abs(measured - published) <= 0.4 * published))
# Engines differ in nothing but what they are called and how long they take.
for array in ("100x1", "10x10"):
    same = [{key: value for key, value in load(f"engine_{array}_{engine}").items()
             if key not in ("engine", "seconds", "clocks_per_second")} for engine in ("rtl", "model", "systemc")]
    results.append((f"rtl, model and systemc agree on 200 reviews and a writing, {array}", same[0] == same[1] == same[2]))
failed = [what for what, good in results if not good]
for what in failed:
    print("FAILED:", what)
print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
sys.exit(bool(failed))
END
