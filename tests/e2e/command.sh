#!/usr/bin/env bash
# The command from end to end on the demo corpus: the whole way of the data, the same bytes for the same seed, and one
# clear line with exit status 2, and nothing lost, for everything that is wrong with what it is given.
#   tests/e2e/command.sh MEMSPIKE SOURCE_FOLDER
# shellcheck source=tests/e2e/support.sh
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

good="a superb and wonderful film, great acting"
bad="dull, awful and boring, terrible acting"

touch start

# The way of the data.
check "prepare" run prepare -o corpus.msc --json corpus.json
check "prepare says demo" holds corpus.json 'r["corpus"] == "demo" and r["train_reviews"] == 2000 and r["test_reviews"] == 1000'
check "train" run train --corpus corpus.msc -o model.msm --json ann.json
check "train learns" holds ann.json 'r["accuracy"] > 0.8 and len(r["epochs"]) == 5 and r["corpus"] == "demo"'
for array in 100x1 10x10; do
    check "test snn $array" run test model.msm --corpus corpus.msc --network snn --array $array --limit 300 --json "snn_$array.json"
    check "snn $array near the ANN" holds "snn_$array.json" 'r["accuracy"] > 0.78 and r["reviews"] == 300 and "pulses" not in r'
    check "test memristor $array" run test model.msm --corpus corpus.msc --array $array --limit 300 --json "memristor_$array.json"
    check "memristor $array near the ANN" holds "memristor_$array.json" 'r["accuracy"] > 0.78 and r["pulses"] > 100 and r["converged"] + r["stalled"] + r["exhausted"] == 100 and r["energy_j"] > 0'
done
check "clocks of 100x1" holds snn_100x1.json 'r["clocks"] == 300 * 1002'
check "clocks of 10x10" holds snn_10x10.json 'r["clocks"] == 300 * 10002'
check "test ann" run test model.msm --corpus corpus.msc --network ann --json ann_test.json
check "train and test agree on the ANN" holds ann.json 'r["accuracy"] == load("ann_test.json")["accuracy"]'
check "program" run program model.msm --pulses pulses.csv --json program.json
check "every pulse is listed, and widths add up" holds program.json '(lambda rows: len(rows) == r["pulses"] and sum(float(row.split(",")[6]) for row in rows) == r["programming_us"])(open("pulses.csv").readlines()[1:])'
check "prepare with pairs of words" run prepare --bigrams -o bigrams.msc --json bigrams.json
check "pairs make the vocabulary larger" holds bigrams.json 'r["vocabulary"] > load("corpus.json")["vocabulary"]'
check "train on pairs of words" run train --corpus bigrams.msc --epochs 1 -o bigrams.msm
check "a model of pairs classifies" says '^positive' "$memspike" classify bigrams.msm "$good"
check "classify a good review" says '^positive' "$memspike" classify model.msm "$good"
check "classify a bad review" says '^negative' "$memspike" classify model.msm "$bad"
sed 's/"early"/"full"/' "$source_folder/data/presets/fast.cfg" >full.cfg
check "classify shows the firing rate of all steps" alike "$memspike" classify model.msm "a superb film" --json - --preset fast ./full.cfg
check "classify standard input" says '^positive' asked "$good" "$memspike" classify model.msm
check "classify as JSON" says '"sentiment"' "$memspike" classify model.msm --json - "wonderful"
check "classify an empty text" run classify model.msm ""
# Weights with a sign, and a neuron for each class.
check "train with signs" run train --corpus bigrams.msc --array 100x1d --preset signed --epochs 2 -o signed.msm
check "a pair of devices a weight" run test signed.msm --corpus bigrams.msc --array 100x1d --preset signed --limit 300 --json signed.json
check "signed weights near the ANN" holds signed.json 'r["accuracy"] > 0.8 and r["converged"] + r["stalled"] + r["exhausted"] == 200'
check "their twins" run test signed.msm --corpus bigrams.msc --array 100x1d --preset signed --check --read-noise 0.05 --limit 20
check "their platform" run test signed.msm --corpus bigrams.msc --array 100x1d --preset signed --engine systemc --check --limit 3
check "program lists both sides" bash -c "'$memspike' program signed.msm --array 100x1d --preset signed --json signed_program.json >/dev/null 2>&1"
check "of every weight" holds signed_program.json 'len(r["devices"]) == 200 and {d["side"] for d in r["devices"]} == {0, 1} and min(d["wanted_weight"] for d in r["devices"]) >= 0'
check "train inside pairs" run train --corpus corpus.msc --array 100x1d --preset signed --approach 2 --epochs 1 -o signed2.msm
check "and on the RTL" run train --corpus corpus.msc --array 100x1d --preset signed --approach 2 --epochs 1 --engine rtl -o signed2_rtl.msm
check "to the same bytes" same signed2.msm signed2_rtl.msm
check "train for stars" run train --corpus corpus.msc --array 100x8d --task rating --preset rating -o stars.msm
check "test for stars" run test stars.msm --corpus corpus.msc --array 100x8d --preset rating --engine model --json stars.json
check "stars are on the right side" holds stars.json 'r["task"] == "rating" and r["sentiment_accuracy"] > 0.7 and r["accuracy"] > 0.17 and sum(sum(row["answers"]) for row in r["ratings"]) == 1000'
check "RTL and twins count the same stars" run test stars.msm --corpus corpus.msc --array 100x8d --preset rating --check --limit 5
check "classify tells stars" says '^(7|8|9|10) of 10 stars' "$memspike" classify stars.msm --array 100x8d --preset rating "$good"
check "info tells the task" says 'task rating, 8 outputs, weights from -1 to 1' "$memspike" info stars.msm
refuses "stars on one neuron" 'the task rating takes 8 outputs, but the array 100x1 has 1' train --corpus corpus.msc --task rating -o x.msm
refuses "signs without pairs" 'have a sign, but the array 100x1 has no pairs' test signed.msm --corpus bigrams.msc
refuses "eight classes on one pair" 'has 8 outputs, but the array 100x1d 1' test stars.msm --corpus corpus.msc --array 100x1d
# What it costs.
check "table1 with costs" run table1 --corpus corpus.msc --preset fast --epochs 1 --json table1_cost.json
check "costs have all parts" holds table1_cost.json 'all(c[k] > 0 for w in r["writing"] for a in ("approach1", "approach2") for c in (w[a]["cost"], w[a]["review_cost"]) for k in ("seconds", "array_j", "adc_j", "digital_j")) and sum(b["gates"] for b in r["area"].values()) > 10000'
check "info" says 100x1 "$memspike" info
check "info of a model" says 'approach 1' "$memspike" info model.msm
for command in prepare train test classify program table1 report fit bench info; do
    check "help of $command" says "memspike $command" "$memspike" $command --help
done
check "version" says '^memspike [0-9]' "$memspike" --version

# Measurements: that they are all there, never how fast.
check "bench" bash -c "'$memspike' bench --quick --json bench.json >bench.txt 2>bench_err.txt && [ ! -s bench_err.txt ]"
check "bench measures every block" holds bench.json 'len(r["blocks"]) == 14 and {"tokenizer", "mean word vector", "Adagrad update", "random blocks", "LIF neurons", "crossbar, read noise", "memristor pulse"} <= {b["block"] for b in r["blocks"]}'
check "bench measures all engines" holds bench.json '[(e["engine"], e["work"]) for e in r["engines"]] == [("rtl", "register port"), ("rtl", "reviews"), ("rtl", "writing the array"), ("model", "reviews"), ("model", "writing the array"), ("systemc", "reviews"), ("systemc", "writing the array")]'
check "bench counts clocks of the RTL alone" holds bench.json 'all((e["clocks_per_second"] > 0) == (e["engine"] == "rtl") for e in r["engines"] + [row | t for t in r["linearity"] for row in t["rows"]])'
check "bench varies reviews, steps and inputs" holds bench.json '{(e, v) for e in ("rtl", "model") for v in ("reviews", "steps")} | {("model", "inputs")} <= {(t["engine"], t["varied"]) for t in r["linearity"]}'
check "times of bench are times" holds bench.json 'all(0 < m["seconds_least"] <= m["seconds"] <= m["seconds_most"] and abs(m["seconds_per_unit"] * m["units"] / m["seconds"] - 1) < 1e-12 for m in r["blocks"] + r["engines"] + [row for t in r["linearity"] for row in t["rows"]])'
check "ratios of bench" holds bench.json 'all(row["ratio"] == row["seconds_per_unit"] / t["rows"][0]["seconds_per_unit"] for t in r["linearity"] for row in t["rows"])'
check "sizes of bench" holds bench.json 'all(row["units"] / row[t["varied"]] == t["rows"][0]["units"] / t["rows"][0][t["varied"]] and row[t["varied"]] > t["rows"][i][t["varied"]] for t in r["linearity"] for i, row in enumerate(t["rows"][1:]))'
check "bench says that it was quick" holds bench.json 'r["quick"] and r["rounds"] == 1 and r["threads"] == 1 and r["array"] == "100x1"'
check "bench prints its tables" holds bench.json "0 < len(r['linearity']) == $(grep -c '^time against .*, engine ' bench.txt)"
check "bench of one engine on another array" run bench --quick --engine model --array 25x8 --seed 7 --steps 200 --threads 2 --json bench_model.json
check "it is of that engine and array" holds bench_model.json '{e["engine"] for e in r["engines"] + r["linearity"]} == {"model"} and r["array"] == "25x8" and r["seed"] == 7 and r["threads"] == 2 and r["steps"] == 8'
check "bench as JSON alone" says '"linearity"' "$memspike" bench --quick --engine model --json -

# The same command with the same seed gives the same bytes, whatever the number of threads.
check "train again" run train --corpus corpus.msc -o again.msm
check "the same model" same model.msm again.msm
check "another seed" run train --corpus corpus.msc --seed 2 -o other.msm
check "another model" differ model.msm other.msm
for threads in 1 3; do
    check "noisy test, $threads threads" run test model.msm --corpus corpus.msc --limit 100 --read-noise 0.1 --threads $threads --json "noise$threads.json"
done
check "threads do not matter" same_but_time noise1.json noise3.json
check "noise matters" holds noise1.json 'r["weight_error_std"] != load("program.json")["weight_error_std"]'

# The remedies against noise, in lock-step: better written, in less pulse time.
check "noise of 20 %" run test model.msm --corpus corpus.msc --limit 20 --read-noise 0.2 --tolerance 0.005 --json paper.json
check "noise of 20 %, robust" run test model.msm --corpus corpus.msc --limit 20 --read-noise 0.2 --preset robust --check --json robust.json
check "robust writes better" holds robust.json 'r["weight_error_std"] < load("paper.json")["weight_error_std"]'
check "robust writes faster" holds robust.json '2 * r["programming_us"] < load("paper.json")["programming_us"]'
check "what it ran with" holds robust.json 'r["configuration"]["verify_reads"] == 16 and r["configuration"]["read_noise"] == 0.2 and r["configuration"]["noise_correction"] == "threshold"'

# A training that stops and goes on ends in the same bytes.
interrupted=false
for attempt in $(seq 20); do
    rm -f resumed.msm
    "$memspike" train --corpus corpus.msc --epochs 5 --quiet -o resumed.msm >/dev/null 2>&1 &
    pid=$!
    while [ ! -e resumed.msm ] && kill -0 $pid 2>/dev/null; do :; done
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ -e resumed.msm ] && says '[1-4] of 5 epochs done' "$memspike" info resumed.msm; then
        interrupted=true
        break
    fi
done
check "a training killed between epochs, in $attempt attempts" $interrupted
check "resume" run train --corpus corpus.msc --resume -o resumed.msm
check "resumed to the same bytes" same model.msm resumed.msm
refuses "resume with another seed" 'resumed.msm: holds a training with other settings' train --corpus corpus.msc --resume --seed 9 -o resumed.msm

# Approach 2: the same bytes from RTL and twins, and from a training that was interrupted or killed.
approach2=(train --corpus corpus.msc --approach 2 --epochs 2 --steps 100)
check "approach 2" run "${approach2[@]}" -o inside.msm --json inside.json
check "approach 2 learns" holds inside.json 'r["accuracy"] > 0.8 and r["pulses"] > 1000 and r["programming_us"] > 0 and r["energy_j"] > 0 and r["network"] == "memristor" and r["update"] == "paper"'
check "approach 2 on the RTL" run "${approach2[@]}" --engine rtl -o inside_rtl.msm --json inside_rtl.json
check "RTL and twins train to the same bytes" same inside.msm inside_rtl.msm
check "and say the same" same_but_time inside.json inside_rtl.json
for rule in accumulate surrogate; do
    check "rule $rule" run "${approach2[@]}" --update $rule -o $rule.msm --json $rule.json
    check "rule $rule learns" holds $rule.json 'r["accuracy"] > 0.8'
    check "rule $rule on the RTL" run "${approach2[@]}" --update $rule --engine rtl -o ${rule}_rtl.msm
    check "rule $rule: the same bytes" same $rule.msm ${rule}_rtl.msm
done
check "approach 2 with ideal weights" run "${approach2[@]}" --network snn -o ideal.msm --json ideal.json
check "which writes nothing" holds ideal.json 'r["accuracy"] > 0.8 and r["pulses"] == 0 and r["energy_j"] == 0'
check "test what was trained inside" run test inside.msm --corpus corpus.msc --steps 100 --json inside_test.json
check "it is tested as it was left" holds inside_test.json 'r["weights"] == "trained" and r["pulses"] == 0 and r["accuracy"] == load("inside.json")["accuracy"]'
refuses "an option of writing where nothing is written" '--tolerance: expected without a model trained inside these memristors' test inside.msm --corpus corpus.msc --steps 100 --tolerance 0.3
check "in another array it is written" run test inside.msm --corpus corpus.msc --array 10x10 --limit 50 --json moved.json
check "by pulses" holds moved.json 'r["weights"] == "written" and r["pulses"] > 0'
check "classify what was trained inside" says '^positive' "$memspike" classify inside.msm "$good"
check "info of what was trained inside" says 'with memristors: encoder poisson, steps 100, .*update paper' "$memspike" info inside.msm

interrupted=false
for attempt in $(seq 20); do
    rm -f stopped.msm stopped.json
    "$memspike" "${approach2[@]}" --engine rtl --json stopped.json -o stopped.msm >/dev/null 2>stopped.txt &
    pid=$!
    sleep "0.$((attempt % 7 + 1))"
    kill -INT $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ -e stopped.msm ] && says 'under way' "$memspike" info stopped.msm; then
        interrupted=true
        break
    fi
done
check "a training interrupted in an epoch, in $attempt attempts" $interrupted
check "it says how to go on" grep -q 'stopped.msm holds .* --resume goes on' stopped.txt
check "no result of it" [ ! -e stopped.json ]
refuses "resume with another tolerance" 'stopped.msm: was trained with other settings .*tolerance 0.01' "${approach2[@]}" --tolerance 0.01 --resume -o stopped.msm
refuses "resume with ideal weights" 'stopped.msm: was trained on the array 100x1 with memristors' "${approach2[@]}" --network snn --resume -o stopped.msm
refuses "resume another approach" 'stopped.msm: holds a training with other settings' train --corpus corpus.msc --epochs 2 --resume -o stopped.msm
check "it goes on" run "${approach2[@]}" --resume -o stopped.msm --json stopped.json
check "to the same bytes" same stopped.msm inside.msm
check "and the same result" same_but_time inside.json stopped.json
interrupted=false
for attempt in $(seq 20); do
    rm -f killed.msm
    "$memspike" "${approach2[@]}" --engine rtl -o killed.msm >/dev/null 2>&1 &
    pid=$!
    while [ ! -e killed.msm ] && kill -0 $pid 2>/dev/null; do :; done
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    if says '1 of 2 epochs done' "$memspike" info killed.msm; then
        interrupted=true
        break
    fi
done
check "approach 2 killed, in $attempt attempts" $interrupted
check "it goes on after that" run "${approach2[@]}" --resume -o killed.msm
check "to the same bytes again" same killed.msm inside.msm
check "what the killed runs left half-written is gone" no_leftovers
refuses "a hardware option for approach 1" '--tolerance: expected with --approach 2' train --corpus corpus.msc --tolerance 0.1 -o x.msm
refuses "approach 2 in software" '--network ann: expected snn or memristor' train --corpus corpus.msc --approach 2 --network ann -o x.msm

# Table 1: the same whatever the engine.
check "table1" run table1 --corpus corpus.msc --seeds 2 --epochs 1 --steps 50 --json table_model.json
check "table1 on the RTL" run table1 --corpus corpus.msc --seeds 2 --epochs 1 --steps 50 --engine rtl --json table_rtl.json
check "the same table" same_but_time table_model.json table_rtl.json
check "all of it" holds table_model.json 'all(len(r[c]["runs"]) == 2 and r[c]["mean"] > 0.7 for c in ("ann", "snn_approach1", "memristor_approach1", "snn_approach2", "memristor_approach2")) and all(w[a]["pulses"] > 0 for w in r["writing"] for a in ("approach1", "approach2"))'

# Bad input.
mkdir empty locked half half/aclImdb
refuses "no such command" 'nonsense: no such command' nonsense
refuses "no command" 'no command given'
refuses "unknown option" '--nonsense: unknown option' test --nonsense
refuses "missing value" '--steps: expected a value' test model.msm --steps
refuses "missing folder" 'missing: ' prepare --data missing -o x.msc
refuses "empty folder" 'empty: .*aclImdb' prepare --data empty -o x.msc
refuses "empty aclImdb" 'half' prepare --data half -o x.msc
refuses "no output" 'expected -o' prepare
refuses "unwritable output" 'nowhere/x.msc: cannot be written' prepare -o nowhere/x.msc
refuses "output is a folder" 'empty: is a folder' prepare -o empty
refuses "unwritable model" 'nowhere/x.msm: cannot be written' train --corpus corpus.msc -o nowhere/x.msm
refuses "unwritable JSON" 'nowhere/x.json: cannot be written' test model.msm --corpus corpus.msc --json nowhere/x.json
refuses "unwritable pulses" 'nowhere/x.csv: cannot be written' program model.msm --pulses nowhere/x.csv
if [ "$(id -u)" -ne 0 ]; then
    chmod a-w locked
    refuses "read-only folder" 'locked/x.msc: cannot be written' prepare -o locked/x.msc
fi
(ulimit -f 20 && exec "$memspike" prepare --data demo -q -o large.msc >/dev/null 2>large.txt)
check "a limit of a file's size fails" [ $? -eq 1 ]
check "and is said" grep -q '^memspike: large.msc: could not be written: ' large.txt
check "and leaves nothing" [ -z "$(find . -name 'large.msc*')" ]
refuses "T = 0" '--steps 0: expected a whole number from 1 to 65535' test model.msm --corpus corpus.msc --steps 0
refuses "T too large" '--steps 65536: expected' test model.msm --corpus corpus.msc --steps 65536
refuses "T not whole" '--steps 1.5: expected' test model.msm --corpus corpus.msc --steps 1.5
refuses "negative noise" '--read-noise -0.1: expected' test model.msm --corpus corpus.msc --read-noise -0.1
refuses "noise of one" '--read-noise 1: expected' test model.msm --corpus corpus.msc --read-noise 1
refuses "readings no power of two" 'verify reads: 3: expected a power of two' test model.msm --corpus corpus.msc --verify-reads 3
refuses "a guard band too wide" 'guard band: 0.9: leaves none' test model.msm --corpus corpus.msc --guard-band 0.9
refuses "a margin that makes the tolerance 1" 'tolerance margin: 9 standard deviations of a verify read make a tolerance of 2.598' program model.msm --read-noise 0.5 --tolerance-margin 9
refuses "a margin of no noise" '--tolerance-margin 3: reads have no noise' program model.msm --tolerance-margin 3
refuses "a correction of no noise" '--noise-correction threshold: reads have no noise' test model.msm --corpus corpus.msc --noise-correction threshold
refuses "a full scale of an ideal ADC" '--adc-full-scale 9: an ideal ADC has none' test model.msm --corpus corpus.msc --adc-full-scale 9
refuses "one bit for a difference" 'adc bits: 1: is the sign alone on the pairs of columns of the array 100x1d' test model.msm --corpus corpus.msc --array 100x1d --adc-bits 1
refuses "more reviews than there are" '--limit 4294967295: the corpus has [0-9]+ test reviews; expected 1 to [0-9]+' test model.msm --corpus corpus.msc --limit 4294967295
for option in "--engine rtl" "--check" "--steps 5" "--device paper" "--read-noise 0.1" "--adc-bits 8" "--encoder rate"; do
    # shellcheck disable=SC2086 # a name and its value
    refuses "${option%% *} of no hardware" "${option%% *}: expected with --network snn or memristor only" test model.msm --corpus corpus.msc --network ann $option
done
for option in --tolerance=0.1 --max-pulses=3 --verify-reads=4; do
    for network in ann snn; do
        refuses "${option%=*} of weights that nobody writes ($network)" "${option%=*}: expected with --network memristor only" test model.msm --corpus corpus.msc --network $network $option
    done
done
refuses "an output on standard output" 'standard output takes a result' test model.msm --corpus corpus.msc --predictions -
refuses "a timeout of no board" '--timeout 2: expected --engine uart too' test model.msm --corpus corpus.msc --timeout 2
refuses "unknown correction" '--noise-correction all: expected one of none, threshold' test model.msm --corpus corpus.msc --noise-correction all
refuses "unknown array" '--array 7x7: expected one of 100x1, 10x10' test model.msm --corpus corpus.msc --array 7x7
refuses "unknown engine" '--engine fast: expected one of rtl' test model.msm --corpus corpus.msc --engine fast
refuses "unknown preset" 'nonsense' test model.msm --corpus corpus.msc --preset nonsense
refuses "bench of no rounds" '--rounds 0: expected a whole number from 1' bench --rounds 0
refuses "bench of rounds, but quick" 'expected it without --rounds' bench --quick --rounds 3
refuses "bench of a file" '1 argument given; expected none' bench model.msm
refuses "bench on an unknown engine" '--engine fast: expected one of rtl' bench --engine fast
refuses "bench with another's option" '--corpus: unknown option' bench --corpus corpus.msc
refuses "bench into nowhere" 'nowhere/x.json: cannot be written' bench --json nowhere/x.json
refuses "bad seed" '--seed x: expected' train --corpus corpus.msc --seed x -o x.msm
refuses "array of another size" 'takes 50' test model.msm --corpus corpus.msc --array 25x8
refuses "no model" 'missing.msm: cannot be read' test missing.msm --corpus corpus.msc
refuses "two models" 'expected a model' test model.msm model.msm
refuses "a corpus for a model" 'not a memspike model' test corpus.msc --corpus corpus.msc
refuses "a model for a corpus" 'not a memspike corpus' test model.msm --corpus model.msm
refuses "output over an input" 'corpus.msc: is an input too' train --corpus corpus.msc -o corpus.msc
refuses "two outputs in one" 'same.msm: is named for two outputs' train --corpus corpus.msc -o same.msm --json same.msm
refuses "vectors for the demo" 'the demo corpus takes no word vectors' prepare --data demo --vectors v.txt -o x.msc
sed 's/^stuck_open.*/stuck_open = 0.75;/; s/^stuck_closed.*/stuck_closed = 0.5;/' "$source_folder/data/presets/paper.cfg" >stuck.cfg
refuses "more stuck devices than there are" 'stuck_open, stuck_closed, stuck_anywhere: 1.25' test model.msm --corpus corpus.msc --preset ./stuck.cfg --limit 2
refuses "membranes in units of nothing" 'readout: .*Vth' train --approach 2 --preset fast --threshold 0 --corpus corpus.msc -o nothing.msm
refuses "classify in software" 'expected snn or memristor' classify model.msm --network ann good
refuses "unknown letter" '-x: unknown option' test model.msm -xq
refuses "corpus and data" 'expected it alone' test model.msm --corpus corpus.msc --data empty

for file in corpus.msc model.msm; do
    head -c 100000 $file >cut.bin
    printf 'xyz' >short.bin
    : >nothing.bin
    cp $file flipped.bin
    printf '\x55' | dd of=flipped.bin bs=1 seek=20001 conv=notrunc status=none
    cp $file newer.bin
    printf '\x63' | dd of=newer.bin bs=1 seek=8 conv=notrunc status=none
    for bad in cut:damaged short:'not a memspike' nothing:'not a memspike' flipped:damaged newer:'of version 99; expected version'; do
        name=${bad%%:*}.bin
        if [ $file = corpus.msc ]; then
            refuses "$name of $file" "$name: .*${bad#*:}" train --corpus "$name" -o x.msm
        else
            refuses "$name of $file" "$name: .*${bad#*:}" test "$name" --corpus corpus.msc
        fi
    done
done

# A model made for another corpus: other reviews, from a folder in the official layout.
for group in train/pos train/neg test/pos test/neg; do
    mkdir -p "reviews/aclImdb/$group"
    for i in $(seq 0 11); do
        word=$([[ $group == */pos ]] && echo good || echo bad)
        echo "This film is $word , really $word ." >"reviews/aclImdb/$group/${i}_$([[ $word = good ]] && echo 9 || echo 2).txt"
    done
done
check "prepare from a folder" run prepare --data reviews -o other.msc --json other.json
check "it is not the demo" holds other.json 'r["corpus"] == "reviews" and r["train_reviews"] == 24'
refuses "model of another corpus" 'model.msm: made for another corpus' test model.msm --corpus other.msc
tar -czf aclImdb.tar.gz -C reviews aclImdb
check "prepare from an archive" run prepare --data aclImdb.tar.gz -o archive.msc
fingerprint() { "$memspike" prepare --data "$1" -o a.msc 2>/dev/null | grep fingerprint; }
check "folder and archive give the same ids" alike fingerprint aclImdb.tar.gz reviews
head -c 400 aclImdb.tar.gz >cut_aclImdb.tar.gz
refuses "archive cut off" 'cut_aclImdb.tar.gz' prepare --data cut_aclImdb.tar.gz -o x.msc
printf 'film 0.1 0.2\ngood 0.3\n' >short_glove.txt
refuses "short vector line" 'short_glove.txt: line 2' prepare --data reviews --vectors short_glove.txt -o x.msc
printf 'film 0.1 0.2\ngood 0.3 0.1\nfilm 0.1 0.2\n' >twice_glove.txt
twice() { "$memspike" prepare --data reviews --vectors twice_glove.txt -o twice.msc 2>&1; }
check "a word twice" says 'twice_glove.txt: lines whose word was there before: 1, the first of them line 3 \("film"\)' twice
printf 'film 0.1 0.2\ngood 0.3 0.1\n' >glove.txt
refuses "vectors of another size" 'takes 100' train --data reviews --vectors glove.txt -o x.msm

# Device files.
device=$source_folder/data/devices/paper.cfg
sed 's/A_p = /A_q = /' "$device" >key.cfg
sed 's/widths_us = \[1, 2, 10, 20, 50, 100\]/widths_us = [1, -2]/' "$device" >width.cfg
sed 's/start = 11000.0;/start = 11000.0; minimum = 9000.0; maximum = 3000.0;/' "$device" >range.cfg
sed 's/t_p = 1.6591;//' "$device" >missing.cfg
head -c 600 "$device" >cut.cfg
refuses "unknown key" 'key.cfg:[0-9]+: unknown key "A_q"' program model.msm --device ./key.cfg
refuses "negative width" 'width.cfg:[0-9]+: widths_us: expected whole microseconds' program model.msm --device ./width.cfg
refuses "Rmin >= Rmax" 'range.cfg:[0-9]+: resistance: minimum 9000 ohm must be below maximum 3000' program model.msm --device ./range.cfg
refuses "missing key" 'missing.cfg:[0-9]+: the key "t_p" is missing' program model.msm --device ./missing.cfg
refuses "device file cut off" 'cut.cfg:[0-9]+: ' program model.msm --device ./cut.cfg
sed 's/model = "vteam"/model = "vtaem"/' "$source_folder/data/devices/vteam.cfg" >model.cfg
refuses "unknown switching model" 'model.cfg:[0-9]+: model: expected one of "data_driven", "vteam", "yakopcic"' info --device ./model.cfg
for name in messaris2017 memtorch_tiox oblea2010 vteam; do
    check "RTL and twins write $name alike" run program model.msm --device "$name" --check
done
# What devices and lines do besides: the same in RTL and twins, and something.
nonideal() {
    cat "$device"
    printf 'nonidealities = {\n%s\n};\n' "$1"
}
nonideal 'line_resistance = { row_ohm = 2.5; column_ohm = 2.5; }; write_variation = 0.3; device_variation = { A_p = 0.1; A_n = 0.1; t_p = 0.02; };
drift = { exponent = 0.05; spread = 0.01; start_s = 20; time_s = 86400; };' >nonideal.cfg
check "RTL and twins write a non-ideal device alike" run program model.msm --device ./nonideal.cfg --check --json nonideal.json
check "and read it alike" run test model.msm --corpus corpus.msc --device ./nonideal.cfg --check --array 10x10 --limit 20 --read-noise 0.05
check "non-ideal devices end elsewhere" holds nonideal.json 'r["devices"] != load("program.json")["devices"]'
nonideal 'read_noise = { scale = 0.0088; exponent = 0.65; most = 0.2; read_s = 250e-9; time_s = 3600; verify_s = 1e-3; };
read_disturb = { voltage_v = 0.1; time_s = 1e-6; }; half_select = 0.02; adc = { offset = 0.05; gain = 0.01; };
dac = { bits = 8; full_scale_v = 2; gain = 0.01; offset_v = -0.005; };
drift = { exponent = 0.05; spread = 0.01; start_s = 20; time_s = 40; reference = 1; };' >periphery.cfg
check "RTL and twins write it alike with bad converters and neighbours" run program model.msm --device ./periphery.cfg --check --json periphery.json
check "and read it alike" run test model.msm --corpus corpus.msc --device ./periphery.cfg --check --array 10x10 --limit 20 --read-noise 0.05
check "they end elsewhere" holds periphery.json 'r["devices"] != load("program.json")["devices"]'
check "info tells of all" says_times 20 '^  [a-z_]+(\.[a-z_]+)? [^ ]+( [sV])?: ' "$memspike" info --device ./periphery.cfg
nonideal 'dac = { bits = 1; full_scale_v = 2; };' >dac.cfg
nonideal 'drift = { exponent = 0.05; start_s = 20; time_s = 40; reference = 0.5; };' >reference.cfg
nonideal 'read_noise = { scale = 0.0088; exponent = 0.65; most = 0.2; read_s = 250e-9; time_s = 1e-9; verify_s = 1; };' >early.cfg
refuses "a DAC of one bit" 'dac.cfg:[0-9]+: dac: 1 bit has no level beside 0 V; expected 2 to 24 bits, or 0' info --device ./dac.cfg
refuses "half a reference" 'reference.cfg:[0-9]+: drift.reference: 0.5: expected a whole number' info --device ./reference.cfg
refuses "noise before the read" 'early.cfg:[0-9]+: read_noise: time_s and verify_s must not be before read_s' info --device ./early.cfg
check "info tells them" says 'line_resistance\.row_ohm 2\.5 ohm: ' "$memspike" info --device ./nonideal.cfg
nonideal 'line_resistance = { row_ohm = 2.5; };' >line.cfg
nonideal 'device_variation = { A_q = 0.1; };' >variation.cfg
nonideal 'drift = { exponent = 0.05; start_s = 20; time_s = 2; };' >drift.cfg
nonideal 'write_variation = 1.5;' >speed.cfg
refuses "one line without the other" 'line.cfg:[0-9]+: the key "column_ohm" is missing' info --device ./line.cfg
refuses "unknown constant" 'variation.cfg:[0-9]+: unknown key "A_q"' info --device ./variation.cfg
refuses "drift backwards" 'drift.cfg:[0-9]+: drift: time_s must not be before start_s' info --device ./drift.cfg
refuses "variation too large" 'speed.cfg:[0-9]+: write_variation: expected a number above' info --device ./speed.cfg
refuses "no device file" 'none.cfg: cannot be read' program model.msm --device ./none.cfg

# A device from measured pulses. Those of a writing have one voltage of each sign.
"$memspike" fit none.csv -o x.cfg >fit.txt 2>&1
if grep -q "built without" fit.txt; then
    echo "SKIPPED: $(cat fit.txt)" >&2
else
    refuses "one voltage is too few" 'pulses.csv: pulses of 1 positive voltage change R clearly; expected at least 2' fit pulses.csv -o x.cfg
    refuses "no place for the device" 'fit: expected -o device.cfg' fit pulses.csv
    refuses "no measurements" 'none.csv: cannot be opened' fit none.csv -o x.cfg
    python3 - >measured.csv <<'END'
import math, random
random.seed(1)
print("voltage_v,width_us,before_ohm,after_ohm")
for voltage, scale, t, a0, a1 in [(v, 0.21389, 1.6591, 37087, -20193) for v in (0.5, 0.9, 1.3)] + [(v, 0.81302, 1.5148, 43430, 34333) for v in (-0.8, -1.2)]:
    k, r = scale * (math.exp(abs(voltage) / t) - 1), a0 + a1 * voltage
    for width in (50, 200, 1000) * 30:
        u = (r - random.uniform(0.3, 0.95) * r) if voltage > 0 else random.uniform(1000, 15000)
        left = u / (1 + k * u * width * 1e-6)
        before, after = (r - u, r - left) if voltage > 0 else (r + u, r + left)
        print(voltage, width, before * random.gauss(1, 0.001), after * random.gauss(1, 0.001), sep=",")
END
    check "fit" run fit measured.csv -o fitted.cfg --json fit.json
    check "the limits of R are found" holds fit.json 'abs(r["positive"]["constants"]["a0_p"] / 37087 - 1) < 0.02 and abs(r["negative"]["constants"]["a1_n"] / 34333 - 1) < 0.02'
    check "what is left is the noise" holds fit.json 'all(0.0008 < r[s]["rms"] < 0.0012 for s in ("positive", "negative")) and len(r["pulses"]) == 450'
    check "the fit is drawn" grep -q '</svg>' fitted.svg
    check "the same fit, the same bytes" bash -c "'$memspike' fit measured.csv -o fitted2.cfg >/dev/null && [ -s fitted.svg ] && cmp fitted.svg fitted2.svg"
    check "the fitted device can be written" run program model.msm --device ./fitted.cfg --check
    sed '5s/^0.5/0/' measured.csv >zero.csv
    sed '7s/,[^,]*$//' measured.csv >short.csv
    sed '1s/after_ohm/after/' measured.csv >names.csv
    refuses "device and picture in one place" 'x.svg: is where the picture goes' fit measured.csv -o x.svg
    refuses "picture over the JSON" 'x.svg: is where the picture goes' fit measured.csv -o x.cfg --json x.svg
    refuses "voltage 0" 'zero.csv:5: voltage_v: "0": expected volt' fit zero.csv -o x.cfg
    refuses "a field too few" 'short.csv:7: has only 3 fields' fit short.csv -o x.cfg
    refuses "a column is missing" 'names.csv:1: names no column after_ohm' fit names.csv -o x.cfg
fi

# Nothing lost, nothing left: the good files are as they were, no output and no temporary file of a refused run remains.
check "the model is as it was" same model.msm again.msm
check "no output of a refused run" prints "" find . -name 'x.*'
"$memspike" train --corpus corpus.msc --epochs 1000 --json interrupted.json -o interrupted.msm >/dev/null 2>&1 &
pid=$!
sleep 0.3
kill -TERM $pid
wait $pid 2>/dev/null
check "an interrupt leaves no temporary file" no_leftovers
# Who writes the same file at the same time keeps theirs; a file of another name is nobody's business.
: >shared.json.unfinished-abc123
: >shared.json.unfinished-abc12
: >shared.json.backup
mkfifo other.pipe
flock shared.json.unfinished-abc123 cat other.pipe &
sleep 0.2
check "beside another writer" run program model.msm --json shared.json
check "the other's file stays" [ -e shared.json.unfinished-abc123 ]
printf "" >other.pipe
wait
check "without it" run program model.msm --json shared.json
check "it is gone, and no other file" [ "$(echo shared.json*)" = "shared.json shared.json.backup shared.json.unfinished-abc12" ]
rm shared.json.unfinished-abc12
# Nobody reads what it prints.
check "a closed pipe ends it" bash -c "set -o pipefail; trap '' PIPE; '$memspike' program model.msm --json closed.json 2>err.txt | true; [ \${PIPESTATUS[0]} -eq 1 ]" x
: >linked_file.json
ln -s linked_file.json link.json
check "a link stays a link" bash -c "'$memspike' prepare -o l.msc --json link.json >/dev/null 2>&1 && [ -L link.json ] && [ -s linked_file.json ]"
# Not a device: where it went wrong, the machine would be left without.
mkfifo pipe.json
timeout 60 cat pipe.json >piped.json &
check "a pipe stays a pipe" bash -c "'$memspike' program model.msm --json pipe.json >/dev/null && [ -p pipe.json ]"
wait $! || true
check "it is read to its end" bash -c "python3 -m json.tool piped.json >/dev/null"
check "no temporary files" no_leftovers
if [ -c /dev/full ]; then
    for command in --help --version "train --help" info; do
        check "full disk: $command" bash -c "'$memspike' $command >/dev/full 2>err.txt; [ \$? -eq 1 ] && grep -q 'standard output' err.txt"
    done
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
