#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Parameters that cannot work stop the elaboration, in Verilator, Icarus Verilog and Yosys, with a message that names the
# parameter; the values next to them that can work do not.
#
#     tests/unit/rtl_parameters.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../rtl"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mapfile -t sources < <(cat memspike.f && sed 's|^|fpga/|' fpga/memspike_board.f)

tools=(verilator icarus yosys)
failures=0
# elaborate TOP [PARAMETER=VALUE ...]: leaves each tool's exit status and what it said in $scratch/TOOL.{status,log}.
elaborate() {
  local top=$1 set tool
  shift
  local verilator=() icarus=() yosys=""
  for set in "$@"; do
    verilator+=("-G$set")
    icarus+=("-P$top.$set")
    yosys+=" -chparam ${set%%=*} ${set#*=}"
  done

  for tool in "${tools[@]}"; do
    local status=0
    case $tool in
      verilator) verilator --lint-only -Wno-fatal --top-module "$top" "${verilator[@]}" "${sources[@]}" ;;
      icarus) iverilog -g2012 -o "$scratch/netlist" -s "$top" "${icarus[@]}" "${sources[@]}" ;;
      yosys) yosys -q -p "read_verilog -sv -defer ${sources[*]}; hierarchy -check -top $top$yosys" ;;
    esac >"$scratch/$tool.log" 2>&1 || status=$?
    echo "$status" >"$scratch/$tool.status"
  done
}

# refuses MODULE TOP PARAMETER=VALUE...: every tool fails and names the module error_MODULE.
refuses() {
  local module=error_$1 tool
  shift
  elaborate "$@"
  for tool in "${tools[@]}"; do
    if [[ $(<"$scratch/$tool.status") == 0 ]] || ! grep -q "$module" "$scratch/$tool.log"; then
      printf '%s: %s: expected to fail with %s; exit status %s:\n' "$*" "$tool" "$module" "$(<"$scratch/$tool.status")" >&2
      cat "$scratch/$tool.log" >&2
      failures=$((failures + 1))
    fi
  done
}

# takes TOP PARAMETER=VALUE...
takes() {
  local tool
  elaborate "$@"
  for tool in "${tools[@]}"; do
    if [[ $(<"$scratch/$tool.status") != 0 ]]; then
      printf '%s: %s: refused:\n' "$*" "$tool" >&2
      cat "$scratch/$tool.log" >&2
      failures=$((failures + 1))
    fi
  done
}

refuses INPUTS_and_LANES_must_be_at_least_1 memspike INPUTS=0 LANES=10
refuses LANES_must_divide_INPUTS memspike INPUTS=100 LANES=30
refuses TILES_must_divide_LANES memspike LANES=100 TILES=3
refuses OUTPUTS_must_be_at_least_1 memspike_register_port OUTPUTS=0
refuses DIFFERENTIAL_must_be_0_or_1 memspike INPUTS=8 LANES=8 DIFFERENTIAL=2
refuses SEQUENTIAL_must_be_0_or_1 memspike_write_verify SEQUENTIAL=2
for flag in RATE_CODING EARLY_DECISION READABLE_SETTINGS RATE_PAIRS; do
  refuses "${flag}_must_be_0_or_1" memspike_register_port "$flag=2"
done
refuses LEAK_W_must_be_1_to_5 memspike_register_port LEAK_W=6
refuses LEAK_W_must_be_1_to_5 memspike_register_port LEAK_W=0
takes memspike INPUTS=8 LANES=8 DIFFERENTIAL=0 SEQUENTIAL=0 RATE_CODING=0 EARLY_DECISION=0 READABLE_SETTINGS=0 RATE_PAIRS=0 LEAK_W=1
takes memspike INPUTS=8 LANES=8 DIFFERENTIAL=1 SEQUENTIAL=1 RATE_CODING=1 EARLY_DECISION=1 READABLE_SETTINGS=1 RATE_PAIRS=1 LEAK_W=5
refuses CLOCKS_PER_US_must_be_at_least_1 memspike_write_verify CLOCKS_PER_US=0
refuses the_register_map_holds_1024_rates_4096_devices_and_512_outputs memspike_register_port INPUTS=2048 LANES=64
refuses MEMBRANE_W_must_be_at_least_34_and_more_than_CODE_W memspike_lif_array MEMBRANE_W=33
# Yosys elaborates all 900 lanes before it looks for the missing module: more than a minute.
tools=(verilator icarus)
refuses more_than_899_lanes_would_repeat_a_permutation_of_the_seed memspike_spike_encoder INPUTS=900 LANES=900
tools+=(yosys)
refuses CLOCKS_PER_BIT_must_be_at_least_4 memspike_uart_receiver CLOCKS_PER_BIT=3
takes memspike_uart_receiver CLOCKS_PER_BIT=4
refuses CLOCKS_PER_BIT_must_be_at_least_2 memspike_uart_transmitter CLOCKS_PER_BIT=1
takes memspike_uart_transmitter CLOCKS_PER_BIT=2
refuses MULTIPLIERS_must_be_0_or_1 memspike_crossbar_emulator MULTIPLIERS=2
refuses the_emulator_takes_1_to_16_lanes_and_at_least_12_clocks_a_microsecond memspike_crossbar_emulator LANES=20
refuses TIMEOUT_must_be_at_least_2 memspike_frame_port TIMEOUT=1
takes memspike_frame_port TIMEOUT=2
exit "$((failures > 0))"
