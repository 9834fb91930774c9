#!/usr/bin/env bash
# The long form of verification: hours. docs/verification.md publishes what it measures.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/verify.sh [STEP...]

Runs the steps, by default all of them, and stops at the first that fails; what each prints is also in build/verify/STEP.log.

  formal      proofs of the rules of every block, both builds and the odd one
  coverage    lines and toggles of the RTL, functional points, lines of C
  mutation    404 mutants against the tests
  gates       lock-step tests on the synthesised netlist
  fuzz        over ten million inputs for the readers
  faults      200 kills, full disks, damaged files
  threads     tests of the engines under the thread sanitizer, with one thread; not run yet
  memory      a short run under valgrind; not run yet
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
[ ${#steps[@]} -gt 0 ] || steps=(formal coverage mutation gates fuzz faults threads memory soak)

formal() { tests/formal/prove.sh; }
coverage() { scripts/coverage.py; }
mutation() { scripts/mutate.py; }
gates() { scripts/gate_level.sh; }
fuzz() { scripts/fuzz.sh; }
faults() { scripts/faults.sh; }
soak() { scripts/soak.sh 3600; }
threads() {
    # One OpenMP thread: GCC's OpenMP locks are invisible to the sanitizer, which would report every barrier.
    cmake -S . -B build/threads -G Ninja -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_C_FLAGS=-fsanitize=thread -O1" \
        "-DCMAKE_CXX_FLAGS=-fsanitize=thread -O1" -DMEMSPIKE_MPI=OFF
    cmake --build build/threads --target test_engine test_lockstep
    OMP_NUM_THREADS=1 build/threads/tests/test_lockstep --gtest_brief=1
    OMP_NUM_THREADS=1 build/threads/tests/test_engine --gtest_brief=1
}
memory() {
    scripts/build.sh release
    local work
    work=$(mktemp -d)
    valgrind --quiet --error-exitcode=9 build/release/memspike prepare --quiet -o "$work/corpus.msc"
    valgrind --quiet --error-exitcode=9 build/release/memspike train --quiet --epochs 1 --corpus "$work/corpus.msc" -o "$work/model.msm"
    valgrind --quiet --error-exitcode=9 build/release/memspike test "$work/model.msm" --quiet --corpus "$work/corpus.msc" --limit 5 \
        --engine rtl --threads 1
    rm -r "$work"
}

mkdir -p build/verify
for step in "${steps[@]}"; do
    if ! declare -F "$step" >/dev/null; then
        echo "verify.sh: $step: no such step; see scripts/verify.sh --help" >&2
        exit 2
    fi
    echo "== $step"
    "$step" 2>&1 | tee "build/verify/$step.log"
done
