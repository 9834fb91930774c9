#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run the lock-step tests on the synthesised netlist instead of the RTL.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/gate_level.sh [HARDWARE...]

Synthesises memspike with Yosys down to gates and flip-flops for each set of parameters (default: all), Verilates the
netlists in place of the RTL (build/gates) and runs the tests of lock-step, engine kinds and register port on them.

examples:
  scripts/gate_level.sh
  scripts/gate_level.sh 10x10
END
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    -*) echo "gate_level.sh: $1: unknown option; see scripts/gate_level.sh --help" >&2; exit 2 ;;
esac
[ $# -gt 0 ] || mapfile -t all < <(scripts/designs.py)
[ $# -gt 0 ] || set -- "${all[@]}"

tests=(test_lockstep test_engine_kinds test_register_port test_register_port_commands)
netlists=$PWD/build/gates/netlists
rm -rf "$netlists"
mkdir -p "$netlists"
declare -A tokens cells
for name in "$@"; do
    tokens[$name]=$(scripts/verification.py start gates array="$name")
    echo "synthesising $name ..."
    commands=$(scripts/designs.py "$name")
    # Memories stay memories, as a chip has them; everything else becomes gates. The encoder's memory has a write port for each
    # bit: merged, they would take 25,000 gates of enables, which bit by bit are mostly constant.
    yosys -q -w 'Replacing memory' -p "$commands flatten; \
opt_clean; select -set enables t:\$memwr_v2 %ci:+[EN] t:\$memwr_v2 %d %ci1 t:\$mux %i; simplemap @enables; \
opt -fast; techmap; opt -fast; abc -fast -g AND,OR,XOR,MUX; opt_clean; \
tee -o $netlists/$name.stat stat -top memspike; rename -top memspike; write_verilog -noattr $netlists/$name.v" >/dev/null
    # The last count is of the whole design; Yosys up to 0.23 and later ones write it differently.
    cells[$name]=$(sed -nE 's/^ *Number of cells: *([0-9]+)$/\1/p; s/^ *([0-9]+) ([0-9.e+]+ )?cells$/\1/p' "$netlists/$name.stat" | tail -n 1)
    echo "$name: ${cells[$name]} cells"
done
scripts/build.sh release verilated_models
cmake -S . -B build/gates -G Ninja -DCMAKE_BUILD_TYPE=Release "-DMEMSPIKE_NETLISTS=$netlists" "-DMEMSPIKE_VERILATED=$PWD/build/release" >build/gates.log
cmake --build build/gates -j "${MEMSPIKE_JOBS:-$(nproc)}" --target "${tests[@]}" >>build/gates.log
for name in "$@"; do
    passed=0
    for test in "${tests[@]}"; do
        build/gates/tests/"$test" --gtest_filter="*/array_$name" >"build/gates/$test.$name.log"
        passed=$((passed + $(sed -nE 's/^\[  PASSED  \] ([0-9]+) tests?\.$/\1/p' "build/gates/$test.$name.log")))
    done
    echo "$name: $passed tests passed"
    [ "$passed" -gt 0 ]
    scripts/verification.py record "${tokens[$name]}" cells="${cells[$name]}" tests="$passed"
done
