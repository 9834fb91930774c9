#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Set everything up and run the main job: read the reviews, train, convert to the spiking network, write the memristors
# with the RTL's controller, and test on the Verilated RTL.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/demo.sh [DATA]

DATA is a folder with the IMDB reviews (aclImdb/ or its archive) and optionally word vectors; without it $MEMSPIKE_DATA,
data/imdb (filled by scripts/fetch_data.sh), or the built-in demo corpus is used. Results go to build/demo.

examples:
  scripts/demo.sh
  scripts/fetch_data.sh && scripts/demo.sh
  scripts/demo.sh ~/imdb
END
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    -*) echo "demo.sh: $1: unknown option; see scripts/demo.sh --help" >&2; exit 2 ;;
esac
if [ $# -gt 1 ]; then
    echo "demo.sh: $# arguments given; expected at most one, the data folder" >&2
    exit 2
fi
data=()
[ $# -eq 0 ] || data=(--data "$1")

scripts/setup.sh --for demo
# What it runs, and no more: the RTL of other arrays, waveforms and SystemC come with scripts/build.sh.
scripts/build.sh release memspike rtl_100x1
memspike=build/release/memspike
out=build/demo
mkdir -p "$out"

echo
echo "== reviews"
"$memspike" prepare "${data[@]}" -o "$out/corpus.msc" --json "$out/corpus.json"
echo
echo "== training (approach 1, the paper's ANN)"
"$memspike" train --corpus "$out/corpus.msc" -o "$out/model.msm" --json "$out/ann.json"
echo
echo "== spiking network on the RTL, ideal weights"
"$memspike" test "$out/model.msm" --corpus "$out/corpus.msc" --network snn --json "$out/snn.json"
echo
echo "== spiking network on the RTL, weights written into memristors by the RTL's controller"
"$memspike" test "$out/model.msm" --corpus "$out/corpus.msc" --network memristor --json "$out/memristor.json"
echo
echo "== one review"
"$memspike" classify "$out/model.msm" "A wonderful film with a great story and superb acting."

echo
python3 - "$out" <<'END'
import json, sys
out = sys.argv[1]
load = lambda name: json.load(open(f"{out}/{name}.json"))
ann, snn, memristor = load("ann"), load("snn"), load("memristor")
reviews = {"demo": "DEMO CORPUS of generated sentences, not comparable with the paper's IMDB figures",
           "imdb": f"{ann['reviews']} IMDB test reviews"}.get(
    ann["corpus"], f"{ann['reviews']} test reviews of {ann['corpus']}, not comparable with the paper's IMDB figures")
print(f"== result: {reviews}, seed {ann['seed']}")
print("accuracy in %              memspike   paper (IMDB)")
for name, result, paper in (("ANN (software)", ann, 86.02), ("SNN on the RTL", snn, 85.89),
                            ("SNN with memristors", memristor, 85.88)):
    print(f"{name:26} {100 * result['accuracy']:8.2f}   {paper:8.2f}")
print(f"programming                {memristor['pulses']} pulses, {memristor['programming_us'] / 1e3:.1f} ms, "
      f"{memristor['energy_j'] * 1e6:.0f} uJ")
END
# As a shell takes them.
printf -v memspike %q "$memspike"
printf -v out %q "$out"
cat <<END

next:
  $memspike classify $out/model.msm "your own review"
  $memspike program $out/model.msm --pulses pulses.csv        every pulse that wrote the weights
  $memspike test $out/model.msm --corpus $out/corpus.msc --read-noise 0.1
  scripts/build.sh                                            the RTL of the other arrays, waveforms, SystemC
  $memspike --help
END
[ -e "$out/corpus.json" ] && grep -q '"corpus": "demo"' "$out/corpus.json" &&
    echo "  scripts/fetch_data.sh && scripts/demo.sh                    the same on the real IMDB reviews"
exit 0
