#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Open traces in the real GTKWave on a virtual display and take a picture of each.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END_OF_HELP'
usage: scripts/screenshots.sh DIR [FILE.fst VIEW.gtkw FROM_NS TO_NS NAME]

Without a file: records a review and a writing on every array that has views, with a model trained on the demo corpus, opens
each with its view in GTKWave under Xvfb, and leaves DIR/VIEW.png; it fails when GTKWave does not open one or misses a
signal or a translate file. With a file: one picture of it, DIR/NAME.png, of the time from FROM_NS to TO_NS.

examples:
  scripts/screenshots.sh build/pictures
  scripts/screenshots.sh docs/pictures memspike_mismatch.fst inference_100x1.gtkw 0 20000 bug
END_OF_HELP
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    "") usage >&2; exit 2 ;;
esac
if ! command -v gtkwave >/dev/null || ! command -v xvfb-run >/dev/null; then
    echo "screenshots.sh: gtkwave or xvfb-run is missing; run scripts/setup.sh" >&2
    exit 1
fi
mkdir -p "$1"
pictures=$(cd "$1" && pwd)
waves=$PWD/testbench/waves
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work # GTKWave's settings

# The trace lies beside the views, so that the window's title names it alone.
cp -r "$waves" "$work/waves"

picture() { # picture FST VIEW FROM_NS TO_NS NAME
    cp "$1" "$work/waves/$(basename "$1")"
    cat >"$work/grab.tcl" <<END_OF_SCRIPT
gtkwave::setZoomRangeTimes ${3}ns ${4}ns
gtkwave::/File/Grab_To_File $pictures/$5.png
gtkwave::/File/Quit
END_OF_SCRIPT
    rm -f "$pictures/$5.png"
    timeout 120 xvfb-run -a -s "-screen 0 1500x900x24" gtkwave --chdir="$work/waves" --script "$work/grab.tcl" "$(basename "$1")" "$2" \
        >"$work/log" 2>&1 || true
    if [ ! -s "$pictures/$5.png" ] || grep -qiE "could not|not found|unable" "$work/log"; then
        cat "$work/log" >&2
        echo "screenshots.sh: $2: GTKWave did not open it well" >&2
        exit 1
    fi
    echo "$pictures/$5.png"
}

if [ $# -eq 6 ]; then
    picture "$(realpath "$2")" "$3" "$4" "$5" "$6"
    exit 0
fi
memspike=build/release/memspike
"$memspike" prepare --quiet -o "$work/corpus.msc" >/dev/null 2>&1
"$memspike" train --quiet --corpus "$work/corpus.msc" --epochs 1 -o "$work/model.msm" >/dev/null
for view in "$waves"/*_100x1.gtkw "$waves"/*_10x10.gtkw; do
    name=$(basename "$view" .gtkw)
    if [[ $name = programming_* ]]; then
        "$memspike" trace "$work/model.msm" --program --devices 3,7 --array "${name#*_}" -o "$work/$name.fst" >/dev/null
        picture "$work/$name.fst" "$name.gtkw" 0 3000000 "$name"
    else
        "$memspike" trace "$work/model.msm" --corpus "$work/corpus.msc" --array "${name#*_}" -o "$work/$name.fst" >/dev/null
        picture "$work/$name.fst" "$name.gtkw" 0 60000 "$name"
    fi
done
