#!/usr/bin/env bash
# Run the lock-step tests on the synthesised netlist instead of the RTL.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/gate_level.sh [HARDWARE...]

Synthesises memspike with Yosys down to gates and flip-flops for each set of parameters (default: 100x1 10x10), Verilates the
netlists in place of the RTL (build/gates) and runs test_lockstep and test_register_port on them.

examples:
  scripts/gate_level.sh
  scripts/gate_level.sh 10x10
END
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    -*) echo "gate_level.sh: $1: unknown option; see scripts/gate_level.sh --help" >&2; exit 2 ;;
esac
[ $# -gt 0 ] || set -- 100x1 10x10

netlists=$PWD/build/gates/netlists
mkdir -p "$netlists"
filter=
for name in "$@"; do
    parameters=$(sed -n "s/^ *\"$name \([0-9]*\) \([0-9]*\) \([0-9]*\) \([0-9]*\)\".*/-set INPUTS \1 -set LANES \2 -set OUTPUTS \3 -set CLOCKS_PER_US \4/p" CMakeLists.txt)
    if [ -z "$parameters" ]; then
        echo "gate_level.sh: $name: no set of hardware parameters in CMakeLists.txt" >&2
        exit 2
    fi
    echo "synthesising $name ..."
    sources=(rtl/memspike_registers.v)
    for source in rtl/*.v; do
        [ "$source" = rtl/memspike_registers.v ] || sources+=("$source")
    done
    # Memories stay memories, as a chip has them; everything else becomes gates. The encoder's memory has a write port for each
    # bit: merged, they would take 25,000 gates of enables, which bit by bit are mostly constant.
    yosys -q -w 'Replacing memory' -p "read_verilog -sv ${sources[*]}; chparam $parameters memspike; hierarchy -check -top memspike; proc; flatten; \
opt_clean; select -set enables t:\$memwr_v2 %ci:+[EN] t:\$memwr_v2 %d %ci1 t:\$mux %i; simplemap @enables; \
opt -fast; techmap; opt -fast; abc -fast -g AND,OR,XOR,MUX; opt_clean; \
tee -o $netlists/$name.stat stat; rename -top memspike; write_verilog -noattr $netlists/$name.v" >/dev/null
    grep -E 'Number of cells' "$netlists/$name.stat"
    filter+=":*array_$name*"
done
cmake -S . -B build/gates -G Ninja -DCMAKE_BUILD_TYPE=Release "-DMEMSPIKE_NETLISTS=$netlists" >build/gates.log
cmake --build build/gates --target test_lockstep test_register_port >>build/gates.log
for test in test_lockstep test_register_port; do
    build/gates/tests/$test --gtest_filter="${filter#:}" --gtest_brief=1
done
