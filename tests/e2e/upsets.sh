#!/usr/bin/env bash
# Single-event upsets, a short campaign on the demo corpus: the design ends and recovers, flips are seen where they must be, the
# work may be parted anyhow, and what is no register is refused.
#   tests/e2e/upsets.sh MEMSPIKE SOURCE_FOLDER UPSETS
# shellcheck source=tests/e2e/support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
upsets=$3
"$memspike" prepare -o corpus.msc >/dev/null 2>&1
"$memspike" train --quiet --corpus corpus.msc -o model.msm >/dev/null 2>&1
campaign() { "$source_folder/scripts/upsets.py" --program "$upsets" --model model.msm --corpus corpus.msc --array 100x1 "$@"; }
# flipped NAME CONDITION: upsets of registers of this name, of which `changed` of `all` changed the spikes
flipped() { awk -F, -v name="$1" '$2 ~ name { all++; changed += $9 != $11 } END { exit !(all > 0 && ('"$2"')) }' one.csv; }

check "a campaign ends and recovers" campaign --injections 400 --jobs 1 --csv one.csv >one.txt
check "every upset is told of" [ "$(wc -l <one.csv)" -eq 401 ]
check "a flipped count is another count" flipped 'count_q$' '2 * changed > all' # a start clears it
check "the divider has no part in reviews" flipped 'u_divider' 'changed == 0'
check "in two parts" campaign --injections 400 --jobs 2 --csv two.csv >two.txt
check "the same upsets" alike sort one.csv two.csv
check "the same table" same one.txt two.txt

echo "lif_array u_neurons.threshold_i - 32" >wires.txt
"$upsets" model.msm corpus.msc 100x1 wires.txt "$source_folder/data/presets/paper.cfg" 40 0 1 >out.txt 2>err.txt
check "a wire is refused" [ $? -eq 2 ]
check "by name" grep -q 'u_neurons.threshold_i: is no register' err.txt
echo "lif_array u_neurons.no_such_q - 32" >wires.txt
"$upsets" model.msm corpus.msc 100x1 wires.txt "$source_folder/data/presets/paper.cfg" 40 0 1 >out.txt 2>err.txt
check "what is not there is refused" grep -q 'u_neurons.no_such_q: not in the Verilated model' err.txt

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
