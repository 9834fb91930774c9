#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The long form of verification: hours. docs/verification.md publishes what it measures.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/verify.sh [STEP...]

Runs the steps, by default all of them, and stops at the first that fails; what each prints is also in build/verify/STEP.log.
What they measured is recorded in docs/verification/*.csv, from which the tables of docs/verification.md are made.

  form        the static analyzer over all C sources, as deep as it goes
  formal      proofs of the rules of every block, for every build
  coverage    lines and toggles of the RTL, functional points, lines of C
  mutation    some 400 mutants, of every array, against lock-step alone and the tests
  gates       lock-step tests on the synthesised netlist
  fuzz        over ten million inputs for the readers and the register port
  faults      200 kills, full disks, read-only folders, closed pipes, damaged files
  threads     the whole test run under the thread sanitizer
  memory      every command but bench and report under valgrind
  upsets      30,000 flipped bits in registers, on the built-in demo corpus
  soak        random machines in lock-step for an hour

examples:
  scripts/verify.sh
  scripts/verify.sh formal faults
END
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
esac
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(form formal coverage mutation gates fuzz faults threads memory upsets soak)

form() {
    scripts/build.sh release
    scripts/check_sources.sh --deep
}
formal() { tests/formal/prove.sh; }
coverage() { scripts/coverage.py; }
mutation() { scripts/mutate.py; }
gates() { scripts/gate_level.sh; }
fuzz() { scripts/fuzz.sh; }
faults() { scripts/faults.sh; }
soak() { scripts/soak.sh 3600; }
threads() {
    # By Clang: its OpenMP tells the sanitizer what waits for what, and GCC's does not. Open MPI is not instrumented.
    scripts/build.sh release verilated_models
    CC=clang-19 CXX=clang++-19 cmake -S . -B build/threads -G Ninja -DCMAKE_BUILD_TYPE=Debug -DMEMSPIKE_THREAD_SANITIZER=ON -DMEMSPIKE_MPI=OFF \
        "-DMEMSPIKE_VERILATED=$PWD/build/release"
    local token failures tests failed=0 log=build/verify/threads.ctest.log
    token=$(scripts/verification.py start threads sanitizer=threads)
    cmake --build build/threads -j "${MEMSPIKE_JOBS:-$(nproc)}"
    # With three threads also where there are fewer processors. OpenMP itself is not instrumented.
    TSAN_OPTIONS=ignore_noninstrumented_modules=1 OMP_NUM_THREADS=3 ctest --test-dir build/threads --no-tests=error --output-on-failure -j "$(nproc)" -LE release_only | tee "$log" || failed=$?
    read -r failures tests < <(sed -nE 's/.*tests passed, ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$log")
    scripts/verification.py record "$token" tests="$tests" failures="$failures"
    return "$failed"
}
upsets() {
    scripts/build.sh release
    local work
    work=$(mktemp -d)
    build/release/memspike prepare --data demo --quiet -o "$work/corpus.msc"
    build/release/memspike train --quiet --corpus "$work/corpus.msc" -o "$work/model.msm"
    scripts/upsets.py --model "$work/model.msm" --corpus "$work/corpus.msc" --array 100x1 --injections 20000
    scripts/upsets.py --model "$work/model.msm" --corpus "$work/corpus.msc" --array 10x10
    rm -r "$work"
}
memory() {
    scripts/build.sh release
    local work token commands=0 memspike=$PWD/build/release/memspike
    token=$(scripts/verification.py start memory tool=valgrind)
    work=$(mktemp -d)
    cat >"$work/sweep.cfg" <<'END'
name = "memory";
description = "Under valgrind";
approach = 1;
network = "memristor";
seeds = 1;
settings = { steps = 20; epochs = 1; };
axes = ( { key = "read_noise"; values = [0.0, 0.1]; } );
measure = ["accuracy", "weights"];
END
    # The SystemC platform is left out: it switches between stacks of its own, which valgrind takes for errors.
    while read -ra command; do
        echo "memspike ${command[*]}"
        if ! (cd "$work" && valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
            --errors-for-leak-kinds=definite "$memspike" "${command[@]}" >/dev/null 2>report </dev/null); then
            cat "$work/report"
            return 1
        fi
        commands=$((commands + 1))
    done <<'END'
prepare --quiet -o corpus.msc
prepare --quiet --bigrams -o bigrams.msc
train --quiet --epochs 1 --corpus corpus.msc -o model.msm
train --quiet --epochs 1 --corpus corpus.msc --approach 2 --steps 20 -o inside.msm
test inside.msm --quiet --corpus corpus.msc --limit 5
test model.msm --quiet --corpus corpus.msc --limit 5 --engine rtl --threads 1
test model.msm --quiet --corpus corpus.msc --limit 3 --engine rtl --check --array 10x10 --threads 2
classify model.msm excellent
program model.msm --quiet --check --pulses pulses.csv
sweep ./sweep.cfg --quiet --corpus corpus.msc --threads 2 -o swept
sweep ./sweep.cfg --quiet --corpus corpus.msc -o swept
trace model.msm --quiet --corpus corpus.msc --review 1 -o review.fst
info model.msm
END
    rm -r "$work"
    scripts/verification.py record "$token" commands="$commands" failures=0
}

mkdir -p build/verify
export MEMSPIKE_RECORD=1
for step in "${steps[@]}"; do
    if ! declare -F "$step" >/dev/null; then
        echo "verify.sh: $step: no such step; see scripts/verify.sh --help" >&2
        exit 2
    fi
    echo "== $step"
    "$step" 2>&1 | tee "build/verify/$step.log"
done
scripts/verification.py --write
