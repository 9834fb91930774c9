#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Time the test of 25,000 reviews beside a PyTorch program, and the SystemC platform beside the RTL, in one run. See --help.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/bench.sh MODEL.msm CORPUS.msc [--rounds N] [--reference PROGRAM]

Runs, N times (default 7) in turn and with two threads each: `memspike test` with ideal weights on the builds 100x1 and
10x10 (the latter on 2,500 reviews), the same with the preset `fast`, and a batched PyTorch simulation of the same network without hardware
(scripts/pytorch_reference.py, or PROGRAM, which prints "... S s per 25,000 reviews ..."). Prints the medians in seconds
for 25,000 reviews and how many times faster than PyTorch that is; and how much longer a clock takes on the SystemC platform than in the RTL
by itself, one thread each. Needs Debian's python3-torch.

example:
  scripts/demo.sh && scripts/bench.sh build/demo/model.msm build/demo/corpus.msc
END
}

rounds=7
reference=scripts/pytorch_reference.py
files=()
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --rounds) rounds=${2:?--rounds: expected a number}; shift ;;
        --reference) reference=${2:?--reference: expected a program}; shift ;;
        -*) echo "bench.sh: $1: unknown option; see scripts/bench.sh --help" >&2; exit 2 ;;
        *) files+=("$1") ;;
    esac
    shift
done
if [ ${#files[@]} -ne 2 ]; then
    echo "bench.sh: ${#files[@]} files given; expected MODEL.msm CORPUS.msc" >&2
    exit 2
fi
if ! [[ $rounds =~ ^[1-9][0-9]*$ ]]; then
    echo "bench.sh: --rounds $rounds: expected a whole number from 1" >&2
    exit 2
fi
memspike=build/release/memspike
engines="rtl model"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seconds_of() { # seconds_of ENGINE ARRAY REVIEWS PRESET [THREADS]
    "$memspike" test "${files[0]}" --corpus "${files[1]}" --network snn --engine "$1" --array "$2" --limit "$3" --preset "$4" \
        --threads "${5:-2}" --quiet --json "$work/result.json" >/dev/null
    python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(r["seconds"] * 25000 / r["reviews"])' \
        "$work/result.json"
}
for round in $(seq "$rounds"); do
    echo "round $round of $rounds" >&2
    for engine in $engines; do
        seconds_of "$engine" 100x1 25000 paper >>"$work/$engine 100x1"
        seconds_of "$engine" 10x10 2500 paper >>"$work/$engine 10x10"
        seconds_of "$engine" 100x1 25000 fast >>"$work/$engine 100x1, fast"
        seconds_of "$engine" 10x10 25000 fast >>"$work/$engine 10x10, fast"
    done
    for array in 100x1 10x10; do
        for engine in rtl systemc; do
            seconds_of "$engine" "$array" 500 paper 1 >>"$work/clock.$engine.$array"
        done
    done
    /usr/bin/python3 "$reference" --threads 2 --reviews 2000 |
        sed -E 's/.*(^| )([0-9.]+) s per 25,000.*/\2/' >>"$work/pytorch"
done
rm -f "$work/result.json"
python3 - "$work" <<'END'
import pathlib, statistics, sys
times = {path.name: [float(line) for line in path.read_text().split()] for path in pathlib.Path(sys.argv[1]).iterdir()}
clocks = {name: times.pop(name) for name in sorted(times) if name.startswith("clock.")}
medians = {name: statistics.median(values) for name, values in times.items()}
print(f"{'engine, array':22} {'median/s':>9} {'min':>8} {'max':>8} {'times faster than PyTorch':>27}")
for name in sorted(times, key=lambda name: -medians[name]):
    print(f"{name:22} {medians[name]:9.2f} {min(times[name]):8.2f} {max(times[name]):8.2f} "
          f"{medians['pytorch'] / medians[name]:27.1f}")
print()
for array in ("100x1", "10x10"):
    ratios = [systemc / rtl for systemc, rtl in zip(clocks[f"clock.systemc.{array}"], clocks[f"clock.rtl.{array}"])]
    print(f"a clock of {array} on the SystemC platform over one of the RTL: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
END
