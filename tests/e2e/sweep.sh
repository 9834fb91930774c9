#!/usr/bin/env bash
# memspike sweep on the demo corpus: the same bytes with any number of threads, on both engines and after a kill; a
# folder of something else and bad files are refused and lose nothing; every shipped experiment can be listed.
#   tests/e2e/sweep.sh MEMSPIKE SOURCE_FOLDER
# shellcheck source=tests/e2e/support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
subcommand=(sweep)

same_sweep() { same "$1/sweep.csv" "$2/sweep.csv" && same "$1/sweep.json" "$2/sweep.json"; }
rows() { grep -cE "$1" "$2/sweep.csv"; }
accuracy() { # accuracy FOLDER LINE: of the first row that starts so
    grep -m 1 "^$2,accuracy," "$1/sweep.csv" | sed 's/.*,//'
}

cat >writing.cfg <<'END'
name = "writing";
description = "approach 1";
approach = 1;
network = "memristor";
seeds = 2;
settings = { steps = 60; epochs = 2; };
axes = ( { key = "tolerance"; values = [0.01, 0.1]; }, { key = "read_noise"; values = [0.0, 0.05]; } );
measure = ["accuracy", "weight_error_std", "read_error_std", "pulses", "programming_us", "energy_j", "weights"];
END
cat >inside.cfg <<'END'
name = "inside";
description = "approach 2, and software beside it";
approach = 2;
network = "memristor";
seeds = 1;
settings = { steps = 60; epochs = 2; };
axes = ( { key = "network"; values = ["ann", "snn", "memristor"]; } );
measure = ["accuracy", "epochs", "trace", "pulses"];
published = ();
END
cat >both.cfg <<'END'
name = "both";
description = "everything";
experiments = ["writing", "inside"];
END
"$memspike" prepare -o corpus.msc >/dev/null 2>&1
"$memspike" prepare --bigrams -o other_corpus.msc >/dev/null 2>&1
sweep=(./both.cfg --corpus corpus.msc)

check "help" says 'memspike sweep paper' "$memspike" sweep --help
check "list" says '^7 points; 11 runs, those that they share counted once$' "$memspike" sweep ./both.cfg --list
check "list of more seeds" says '^7 points; 28 runs, those that they share counted once$' "$memspike" sweep ./both.cfg --list --seeds 4
for file in "$source_folder"/data/experiments/*.cfg; do
    name=$(basename "$file" .cfg)
    check "list of $name" says '^[0-9]+ points; [0-9]+ runs' "$memspike" sweep "$name" --list
done

# The same bytes in whatever way.
check "one thread" run "${sweep[@]}" --threads 1 -o one
check "three threads" run "${sweep[@]}" --threads 3 -o three
check "the same bytes" same_sweep one three
check "on the RTL" run "${sweep[@]}" --engine rtl -o rtl
check "the same bytes on the RTL" same_sweep one rtl
check "again: nothing left to do" says '^one holds 11 of 11 runs already' "$memspike" sweep "${sweep[@]}" -o one
check "still the same bytes" same_sweep one three

# What is in it.
check "the head" [ "$(head -n 1 one/sweep.csv)" = "experiment,approach,network,tolerance,read_noise,seed,measurement,index,value" ]
check "an accuracy for every run" [ "$(rows ',accuracy,' one)" = 11 ]
check "weights of every synapse" [ "$(rows '^writing,.*,wanted_weight,[0-9]+,0' one)" = 800 ]
check "software measures no pulses" [ "$(rows '^inside,1,ann,.*,pulses,' one)" = 0 ]
check "epochs" [ "$(rows '^inside,.*,(train|validation)_accuracy,[12],0' one)" = 12 ]
check "the trace, 2 epochs of 1400 reviews" [ "$(rows '^inside,2,memristor,.*,trace_(wanted|measured),[0-9]+,0' one)" = 32 ]
check "every 175 reviews" grep -q '^inside,2,memristor,.*,trace_measured,2625,' one/sweep.csv
check "JSON" holds one/sweep.json 'r["name"] == "both" and r["seed"] == 1 and r["version"] and r["corpus"] == "demo" and r["configuration"]["steps"] == 1000 and [e["name"] for e in r["experiments"]] == ["writing", "inside"] and r["experiments"][0]["first_point"]["steps"] == 60 and r["experiments"][0]["seeds"] == [1, 2] and r["experiments"][0]["axes"][1] == {"key": "read_noise", "values": [0, 0.05]}'

# The other commands find the same.
set_up=(--corpus corpus.msc --epochs 2 --seed 2)
"$memspike" train "${set_up[@]}" -o two.msm >/dev/null 2>&1
"$memspike" test two.msm --corpus corpus.msc --steps 60 --tolerance 0.1 --read-noise 0.05 --json two.json >/dev/null 2>&1
check "test finds the same accuracy" holds two.json "r['accuracy'] == $(accuracy three 'writing,1,memristor,0.1,0.05,2')"
"$memspike" train --corpus corpus.msc --epochs 2 --approach 2 --steps 60 -o inside.msm --json inside.json >/dev/null 2>&1
check "train finds the same accuracy" holds inside.json "r['accuracy'] == $(accuracy three 'inside,2,memristor,0.0005,0,1')"

# Killed anywhere, it goes on.
interrupted=false
for attempt in $(seq 20); do
    rm -rf killed
    "$memspike" sweep "${sweep[@]}" --engine rtl --threads 2 -o killed >/dev/null 2>&1 &
    pid=$!
    while ! ls killed/points/*.point >/dev/null 2>&1 && kill -0 $pid 2>/dev/null; do :; done
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ -n "$(ls killed/points/*.point 2>/dev/null)" ] && [ ! -e killed/sweep.json ]; then
        interrupted=true
        break
    fi
done
check "a sweep killed between points, in $attempt attempts" $interrupted
for missing in $(seq -f %06.0f 0 10); do
    [ -e "killed/points/$missing.point" ] || break
done
: >"killed/points/$missing.point.unfinished-ab12CD"
: >killed/sweep.csv.unfinished-ab12CD
check "it goes on" says '^killed holds [0-9]+ of 11 runs already' "$memspike" sweep "${sweep[@]}" -o killed
check "to the same bytes" same_sweep one killed
check "what was half-written is gone" prints "" find killed -name '*.unfinished-*'
interrupted=false
for attempt in $(seq 20); do
    rm -rf stopped
    "$memspike" sweep "${sweep[@]}" --engine rtl --threads 2 -o stopped >/dev/null 2>stopped.txt &
    pid=$!
    while [ ! -e stopped/points/sweep.id ] && kill -0 $pid 2>/dev/null; do :; done
    sleep "0.$((attempt % 7 + 1))"
    kill -INT $pid 2>/dev/null
    kill -TERM $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ ! -e stopped/sweep.json ]; then
        interrupted=true
        break
    fi
done
check "a sweep interrupted, in $attempt attempts" $interrupted
check "it goes on after that" run "${sweep[@]}" -o stopped
check "to the same bytes again" same_sweep one stopped
check "no temporary files" no_leftovers

# Refused, with nothing lost.
mkdir other
: >other/notes.txt
: >file
cp -r one damaged
printf '\x55' | dd of=damaged/points/000002.point bs=1 seek=200 conv=notrunc status=none
sed 's/tolerance/tolerants/' writing.cfg >key.cfg
sed 's/0.01, 0.1/0.01, 1.5/' writing.cfg >value.cfg
refuses "no name" '0 arguments given; expected an experiment' -o x
refuses "no folder" 'expected -o DIR' ./both.cfg
refuses "no such experiment" 'fig9z.cfg: cannot be read' fig9z -o x
refuses "another experiment's folder" 'one: holds points of another sweep' ./writing.cfg --corpus corpus.msc -o one
refuses "other seeds" 'one: holds points of another sweep' "${sweep[@]}" --seeds 3 -o one
refuses "another first seed" 'one: holds points of another sweep .*seed 1.* not .*seed 5' "${sweep[@]}" --seed 5 -o one
refuses "another array" 'one: holds points of another sweep .*array 100x1.* not .*array 10x10' "${sweep[@]}" --array 10x10 -o one
cat "$source_folder/data/devices/paper.cfg" - >device.cfg <<<'nonidealities = { adc = { gain = 0.001; }; };'
refuses "another device" 'one: holds points of another sweep .*device [0-9a-f]{16}.* not .*device [0-9a-f]{16}' "${sweep[@]}" --device ./device.cfg -o one
refuses "another corpus" 'one: holds points of another sweep .*corpus [0-9a-f]{16}.* not .*corpus [0-9a-f]{16}' ./both.cfg --corpus other_corpus.msc -o one
sed 's/settings = { steps/settings = { tolerance_margin = 9.0; steps/; s/0.0, 0.05/0.0, 0.5/' writing.cfg >margin.cfg
refuses "a point that cannot be" 'margin.cfg:7: a point: tolerance margin: 9 standard deviations' ./margin.cfg --corpus corpus.msc -o x
refuses "somebody's folder" 'other: holds other files' "${sweep[@]}" -o other
refuses "a file for a folder" 'file: is a file' "${sweep[@]}" -o file
refuses "a folder in nowhere" 'nowhere/x: cannot be made' "${sweep[@]}" -o nowhere/x
refuses "a damaged point" 'damaged/points/000002.point: point file is damaged' "${sweep[@]}" -o damaged
refuses "a key that is none" 'key.cfg:7: key: expected a key of presets' ./key.cfg --corpus corpus.msc -o x
refuses "a value out of range" 'value.cfg:7: tolerance: expected a number above' ./value.cfg --corpus corpus.msc -o x
refuses "another's option" '--read-noise: unknown option' "${sweep[@]}" --read-noise 0.1 -o x
check "the good results are as they were" same_sweep one three
check "somebody's folder is as it was" prints notes.txt ls other
check "no folder of a refused sweep" [ ! -e x ]
rm damaged/points/000002.point
check "without the damaged point it is made anew" run "${sweep[@]}" -o damaged
check "the same bytes" same_sweep one damaged

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
