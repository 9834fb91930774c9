#!/usr/bin/env bash
# The paper's figures of approach 1, and what the remedies promise, on the real reviews in $MEMSPIKE_DATA with one seed; all figures
# with all their seeds are a campaign: see docs/results.md.
#   tests/e2e/figures.sh MEMSPIKE SOURCE_FOLDER
set -euo pipefail
memspike=$1
source_folder=$2
if [ -z "${MEMSPIKE_DATA:-}" ]; then
    echo "skipped: MEMSPIKE_DATA is not set"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$memspike" prepare -o corpus.msc >/dev/null
"$memspike" sweep fig4 --corpus corpus.msc --seeds 1 -o fig4 >/dev/null
python3 "$source_folder/scripts/check_figures.py" fig4
"$memspike" sweep fig4e --preset robust --corpus corpus.msc --seeds 1 -o robust4e >/dev/null
python3 "$source_folder/scripts/check_figures.py" robust4e --robust
# The corners of figure 5f, where the paper's rule loses its way: in noise, and in steps below the tolerance.
sed -e 's/0.005, 0.01, 0.02, 0.03, 0.04, 0.05\]; }/0.005, 0.05]; }/' -e 's/\[0.0, .*\]/[0.0, 0.05]/' \
    "$source_folder/data/experiments/fig5f.cfg" >corners.cfg
[ "$("$memspike" sweep ./corners.cfg --list --seeds 1 | tail -1)" = "4 points; 4 runs, those that they share counted once" ]
"$memspike" sweep ./corners.cfg --preset robust --corpus corpus.msc --seeds 1 -o corners >/dev/null
python3 "$source_folder/scripts/check_figures.py" corners --robust
