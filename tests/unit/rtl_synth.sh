#!/usr/bin/env bash
# The RTL through Yosys: it synthesises, without a latch, a loop or a net with two drivers; and wrong parameters stop the
# elaboration in every tool, with a sentence.
#
#     tests/unit/rtl_synth.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../rtl"

sources=(memspike_registers.v)
for source in *.v; do
  if [[ $source != memspike_registers.v ]]; then
    sources+=("$source")
  fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read_all="read_verilog -sv ${sources[*]}"

# Latches before and after they are mapped to gates.
# shellcheck disable=SC2016 # a dollar of Yosys
no_latch='select -assert-none t:$dlatch t:$adlatch t:$dlatchsr t:$_DLATCH*'

failures=0
# synthesise WHAT TOP PARAMETERS COMMANDS [FURTHER]: PARAMETERS are NAME=VALUE or none; FURTHER commands run once all is checked.
synthesise() {
  local output parameter settings=()
  for parameter in $3; do
    settings+=(-set "${parameter%=*}" "${parameter#*=}")
  done
  if ! output=$(yosys -q -p "$read_all; ${settings[*]:+chparam ${settings[*]} $2;} hierarchy -check -top $2; $4; \
check -assert; $no_latch; ${5:-}" 2>&1); then
    printf '%s: yosys\n%s\n' "$1" "$(tail -n 40 <<<"$output")" >&2
    failures=$((failures + 1))
  fi
}

# Coarsely, which is where latches, loops and double drivers show; they do not depend on how many rows there are, but
# Yosys's time does, steeply. A small array with all that the RTL can have goes down to gates; e2e_fpga_netlist goes
# down to the cells of an FPGA, and to its bits.
coarse="proc; opt_clean"
synthesise "memspike, 100x1" memspike "" "$coarse"
synthesise "memspike, 10x10" memspike "LANES=10" "$coarse"
synthesise "memspike, 100x8d" memspike "OUTPUTS=8 DIFFERENTIAL=1" "$coarse"
synthesise "memspike, two phases of tiles" memspike "INPUTS=10 LANES=5 OUTPUTS=4 CLOCKS_PER_US=3 TILES=5" "$coarse"
synthesise "memspike, sequential" memspike "INPUTS=8 LANES=4 SEQUENTIAL=1" "$coarse"
synthesise "memspike, gates" memspike "INPUTS=4 LANES=2 OUTPUTS=2 TILES=2 DIFFERENTIAL=1" \
  "synth -top memspike -noabc -run begin:check"

# Rule A2 of memspike_axi.v: no path leads from an input of the bus to an output of it but through a register. So with
# the registers gone, none does.
# shellcheck disable=SC2016 # dollars of Yosys
synthesise "memspike_axi, no path through it" memspike_axi "INPUTS=8 LANES=4" "rename -top top; proc; flatten; memory; \
opt_clean" 'cd top; select -assert-none t:$mem*; select -assert-min 10 t:$*ff*; delete t:$*ff*; '"\
"'select -assert-count 5 o:*valid_o o:*ready_o; select -assert-none o:*valid_o o:*ready_o %u o:*resp_o %u o:rdata_o %u '"\
"'%ci* i:*valid_i i:*ready_i %u i:*addr_i %u i:wdata_i %u i:wstrb_i %u %i; cd'

# refused MODULE SENTENCE NAME=VALUE...: every tool stops, and shows the sentence.
refused() {
  local module=$1 sentence=$2 settings=() definitions=() overrides=() setting tool output
  shift 2
  for setting in "$@"; do
    settings+=(-set "${setting%=*}" "${setting#*=}")
    definitions+=("-G$setting")
    overrides+=("-P$module.$setting")
  done
  for tool in yosys verilator iverilog; do
    case $tool in
      yosys) set -- -q -p "read_verilog -defer -sv ${sources[*]}; chparam ${settings[*]} $module; hierarchy -check -top $module" ;;
      verilator) set -- --lint-only -Wall --top-module "$module" "${definitions[@]}" "${sources[@]}" ;;
      iverilog) set -- -g2012 -o "$work/compiled" -s "$module" "${overrides[@]}" "${sources[@]}" ;;
    esac
    if output=$("$tool" "$@" 2>&1); then
      printf '%s: accepted by %s\n' "$sentence" "$tool" >&2
      failures=$((failures + 1))
    elif [[ $output != *"$sentence"* ]]; then
      printf '%s: not said by %s\n%s\n' "$sentence" "$tool" "$output" >&2
      failures=$((failures + 1))
    fi
  done
}
refused memspike error_LANES_must_divide_INPUTS LANES=30
refused memspike error_the_register_map_holds_1024_rates_4096_devices_and_512_outputs INPUTS=10 LANES=10 OUTPUTS=513
refused memspike error_TILES_must_divide_LANES TILES=3
refused memspike error_DIFFERENTIAL_must_be_0_or_1 DIFFERENTIAL=2
refused memspike error_CLOCKS_PER_US_must_be_at_least_1 CLOCKS_PER_US=0
refused lif_array error_MEMBRANE_W_must_be_at_least_34_and_more_than_CODE_W MEMBRANE_W=33
exit "$((failures > 0))"
