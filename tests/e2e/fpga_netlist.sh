#!/usr/bin/env bash
# Through place and route: the HX8K bitstream meets its clock, and the netlist unpacked from it, simulated with its UART on a
# pseudo-terminal, gives what the board's C twin gives. Takes minutes; skipped (77) where the tools are not.
#   tests/e2e/fpga_netlist.sh MEMSPIKE SOURCE_FOLDER [REVIEWS]
# With REVIEWS the weights are written into the emulated memristors first, which takes many clocks.
# shellcheck source=tests/e2e/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
reviews=${3:-}
for tool in yosys nextpnr-ice40 icepack icetime icebox_vlog; do
    command -v $tool >/dev/null || { echo "fpga_netlist: skipped, $tool is not installed"; exit 77; }
done
flow=$source_folder/scripts/fpga/flow.sh

run train --epochs 1 -o model.msm || { echo "FAILED: train" >&2; exit 1; }
check "the bitstream, at the board's clock" "$flow" hx8k build --output "$work/flow"
check "the netlist" "$flow" hx8k postsim --output "$work/flow"
"$work/flow/board_simulator-post" >port.txt 2>simulator.txt &
simulator=$!
trap 'kill $simulator 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 200); do
    [ -s port.txt ] && break
    sleep 0.05
done
if [ -n "$reviews" ]; then
    arguments=(--limit "$reviews" --read-noise 0.1)
else
    arguments=(--limit 3 --network snn --read-noise 0.1)
fi
test_on() {
    "$memspike" test model.msm --quiet --json - "${arguments[@]}" "${@:2}" |
        grep -vE '"(engine|seconds|clocks_per_second|transfer_clocks)"' >"$1" && grep -q '"reviews"' "$1"
}
check "the twin" test_on twin.json --engine emulator
check "the netlist answers" test_on netlist.json --engine uart --port "$(cat port.txt)" --timeout 5
check "netlist and twin agree" diff -u twin.json netlist.json
grep -E '"(accuracy|reviews|clocks|pulses|firing_rate_mean)"' netlist.json
check "the demo runs" "$work/flow/board_simulator-post" --presses 1 >press.txt
check "the demo answers" grep -qxE 'positive|negative' press.txt

echo "fpga_netlist: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
