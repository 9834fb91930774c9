#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzz every reader, and the register port of the RTL, with libFuzzer under the address and undefined-behaviour sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/fuzz.sh [PERCENT [READER...]]

Runs each reader, from the inputs in tests/fuzz/corpus on: over ten million executions in all, or PERCENT (default: 100) of
that. `registers` is the register port of the Verilated RTL, by random transfers in lock-step with the reference models. Exits with 1 at
the first finding, whose input is left in build/fuzz/findings; once mended, it belongs in tests/fuzz/corpus/READER, where
every test run replays it.

examples:
  scripts/fuzz.sh
  scripts/fuzz.sh 1 corpus model
END
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    *[!0-9]*) echo "fuzz.sh: $1: expected a percentage; see scripts/fuzz.sh --help" >&2; exit 2 ;;
esac
percent=${1:-100}
# Executions of each: files that are read line by line, or unpacked, take a hundred times as long.
declare -A executions=([review]=5200000 [corpus]=2500000 [model]=2500000 [vectors]=100000 [device]=20000 [preset]=20000
    [experiment]=20000 [archive]=20000 [measurements]=100000 [registers]=200000)
readers=("${@:2}")
[ ${#readers[@]} -gt 0 ] || mapfile -t readers < <(printf '%s\n' "${!executions[@]}" | sort)
for reader in "${readers[@]}"; do
    if [ -z "${executions[$reader]:-}" ]; then
        echo "fuzz.sh: $reader: expected one of ${!executions[*]}" >&2
        exit 2
    fi
done

scripts/build.sh release memspike modules # with the libraries below
mkdir -p build/fuzz/findings
# The readers, watched by the fuzzer; what they call beside is linked as the release build has it.
sources=(model/base/{error,memory}.c csrc/base/{output_file,container,configuration}.c csrc/text/{corpus,corpus_kind,data_folder,reviews,stored_text,tokenizer,vectors,vocabulary}.c
    csrc/learn/checkpoint.c csrc/run/settings.c csrc/sweep/experiment.c csrc/fit/measurements.c csrc/device_file/device_file.c model/device/*.c
    model/reference/{write_verify,pulse_predictor,spike_encoder}.c
    tests/fuzz/{fuzz,registers,port_reference,libfuzzer}.c)
libraries=(build/release/libmemspike_*.a)
read -ra packages <<<"$(pkg-config --cflags --libs libarchive libutf8proc libconfig jansson libxxhash zlib cminpack)"
clang-19 -std=gnu17 -D_GNU_SOURCE -DMEMSPIKE_SOURCE_DIR="\"$PWD\"" -O1 -g -fno-omit-frame-pointer -ffp-contract=off \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. -Icsrc "${sources[@]}" -o build/fuzz/fuzz_readers \
    -Wl,--start-group "${libraries[@]}" -Wl,--end-group "${packages[@]}" -lcsv -lgomp -lstdc++ -lm -ldl

# libconfig loses the text of a string that a file leaves open: its leak, not ours.
echo 'leak:libconfig.so' >build/fuzz/suppressions
# What was freed is watched for 8 MB longer instead of 256: twice as fast.
export ASAN_OPTIONS=quarantine_size_mb=8
export LSAN_OPTIONS=suppressions=$PWD/build/fuzz/suppressions:print_suppressions=0
total=0
for reader in "${readers[@]}"; do
    mkdir -p "build/fuzz/corpus/$reader"
    log=build/fuzz/$reader.log
    token=$(scripts/verification.py start fuzz reader="$reader")
    if ! MEMSPIKE_FUZZ_TARGET=$reader build/fuzz/fuzz_readers -runs="$((executions[$reader] * percent / 100))" -max_len=4096 -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 "-artifact_prefix=build/fuzz/findings/$reader-" "build/fuzz/corpus/$reader" \
        "tests/fuzz/corpus/$reader" >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "fuzz.sh: a finding in $reader; the log is $log" >&2
        exit 1
    fi
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    total=$((total + count))
    echo "$reader: $count executions, no finding"
    scripts/verification.py record "$token" executions="$count"
done
echo "$total executions in all, no finding"
