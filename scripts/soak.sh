#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run RTL and reference models in lock-step on random machines, for as long as one likes.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/soak.sh [SECONDS]

Compares RTL and C reference models clock by clock on machines drawn at random (parameter set, registers, read noise, pulse list, devices,
stalls of the register port), with fresh seeds until SECONDS (default: 600) have passed. Exits with 1 at the first difference
and prints it with the seed, which repeats it:

  MEMSPIKE_FIRST_SEED=<seed> MEMSPIKE_SEEDS=1 build/release/tests/test_lockstep --gtest_filter='*RandomMachines*'

environment:
  MEMSPIKE_BUILD       build directory (default: build/release, built when it is missing)
  MEMSPIKE_FIRST_SEED  seed of the first machine (default: the current time in seconds x 1000)

examples:
  scripts/soak.sh
  scripts/soak.sh 86400
END
}
seconds=600
case "${1:-}" in
    "") ;;
    -h | --help) usage; exit 0 ;;
    *[!0-9]*) echo "soak.sh: $1: expected a number of seconds; see scripts/soak.sh --help" >&2; exit 2 ;;
    *) seconds=$1 ;;
esac
if [ $# -gt 1 ]; then
    echo "soak.sh: $2: unexpected; see scripts/soak.sh --help" >&2
    exit 2
fi

test_lockstep=${MEMSPIKE_BUILD:-build/release}/tests/test_lockstep
if [ ! -x "$test_lockstep" ]; then
    scripts/build.sh release
fi

token=$(scripts/verification.py start soak what="random machines")
seeds_at_once=20
export MEMSPIKE_SEEDS=$seeds_at_once
first=${MEMSPIKE_FIRST_SEED:-$(($(date +%s) * 1000))}
machines=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
end=$((SECONDS + seconds))
while [ "$SECONDS" -lt "$end" ]; do
    export MEMSPIKE_FIRST_SEED=$((first + machines))
    if ! "$test_lockstep" --gtest_filter='*RandomMachines*' >"$log" 2>&1 ||
        ! grep -q '^\[       OK \] .*RandomMachines' "$log"; then # it passes, too, when it has no such test
        cat "$log" >&2
        exit 1
    fi
    machines=$((machines + seeds_at_once))
    echo "$machines seeds on each parameter set, from $first on: no difference"
done
scripts/verification.py record "$token" seeds="$machines" arrays="$(grep -c 'OK.*RandomMachines/' "$log")" failures=0
