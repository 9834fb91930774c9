#!/usr/bin/env bash
# memspike trace: every view names only signals that the traces have, windows and events lie where they should, a whole review
# stays small, bad input is refused; and the platform gives the numbers of the RTL and of the twins.
#   tests/e2e/trace.sh MEMSPIKE SOURCE_FOLDER
# shellcheck source=tests/e2e/support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
signals() { "$source_folder/scripts/views.py" --signals "$source_folder/testbench/waves/$1" "$2" >/dev/null; }
# When the pulse of the recorded write begins, in ns.
pulse() { fst2vcd "$1" >pulse.vcd 2>/dev/null && awk '/^\$var wire 1 [^ ]+ pulse_o /{id=$4} /^#/{t=substr($1,2)} id!="" && $0=="1" id {print t; exit}' pulse.vcd; }
pulse_begins() { local time && time=$(pulse "$1.fst") && holds "$1.json" "1000 * (r['first_clock'] + $2) == ${time:-None}"; }

check "prepare" run prepare -o corpus.msc
check "train" run train --corpus corpus.msc --epochs 1 -o model.msm
for array in 100x1 10x10; do
    check "review on $array" run trace model.msm --corpus corpus.msc --review 5 --array $array -o "review_$array.fst" --json "review_$array.json"
    check "its view" signals "inference_$array.gtkw" "review_$array.fst"
    check "writing on $array" run trace model.msm --program --devices 3,7-9 --array $array -o "write_$array.fst" --json "write_$array.json"
    check "its view" signals "programming_$array.gtkw" "write_$array.fst"
    for engine in rtl model systemc; do
        check "test on $array, $engine" run test model.msm --corpus corpus.msc --array $array --limit 200 --engine $engine --json "$array.$engine.json"
        check "program on $array, $engine" run program model.msm --array $array --engine $engine --json "program_$array.$engine.json"
    done
    for engine in model systemc; do
        check "$engine is rtl on $array" same_but_time "$array.rtl.json" "$array.$engine.json"
        check "and writes so" same_but_time "program_$array.rtl.json" "program_$array.$engine.json"
    done
done
check "a whole review of T = 1000 is small" holds review_100x1.json 'r["clocks"] == 1002 and r["recorded_clocks"] == 1003 and 0 < r["bytes"] < 20000000'
check "the platform checks and covers" says 'coverage           21 of 21' "$memspike" test model.msm --corpus corpus.msc --limit 10 --engine systemc --check
check "window" run trace model.msm --corpus corpus.msc --window 100:149 -o window.fst --json window.json
check "of 50 clocks" holds window.json 'r["recorded_clocks"] == 50 and r["first_clock"] == 100'
check "event" run trace model.msm --program --event write:3 --before 10 --after 5 -o event.fst --json event.json
check "of 16 clocks" holds event.json 'r["recorded_clocks"] == 16'
check "and the third pulse begins 10 clocks after its first" pulse_begins event 10
check "an ending" run trace model.msm --program --tolerance 0.0005 --event exhausted -o exhausted.fst
check "the line that opens it" says "^gtkwave --chdir=.* $PWD/spike.fst inference_100x1.gtkw$" "$memspike" trace model.msm --corpus corpus.msc --event spike:2 -o spike.fst

subcommand=(trace)
refuses "no output" 'expected -o FILE.fst' model.msm --program
mkfifo pipe
refuses "a pipe as output" '-o pipe: is no regular file' model.msm --program -o pipe
check "it is still there" [ -p pipe ]
refuses "another format" '-o x.lxt: would be FST' model.msm --program -o x.lxt
refuses "an option of reviews" '--steps: expected without --program' model.msm --program --steps 5 -o x.fst
refuses "device out of range" '--devices 100: expected a list' model.msm --program --devices 100 -o x.fst
refuses "no list" '--devices 3,: expected a list' model.msm --program --devices 3, -o x.fst
refuses "too many devices" 'expected 16 at most' model.msm --program --devices 0-16 -o x.fst
refuses "window the wrong way" '--window 9:3: expected two clocks' model.msm --program --window 9:3 -o x.fst
refuses "window behind the end" '--window 5000:6000: lies behind' model.msm --corpus corpus.msc --window 5000:6000 -o x.fst
refuses "unknown event" '--event rain: expected write' model.msm --program --event rain -o x.fst
refuses "event of a review" 'expected it without --program' model.msm --program --event spike -o x.fst
refuses "event that never comes" '--event write:60000: does not happen' model.msm --program --event write:60000 -o x.fst
refuses "no mismatch" 'RTL and twins are equal in all 1002 clocks' model.msm --corpus corpus.msc --event mismatch -o x.fst
refuses "no such review" '--review 1000: expected a test review from 0 to 999' model.msm --corpus corpus.msc --review 1000 -o x.fst
refuses "unwritable" 'nowhere/x.fst: cannot be written' model.msm --program -o nowhere/x.fst
check "nothing is left of refused runs" prints "" find . -name 'x.fst*'

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
