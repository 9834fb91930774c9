#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The RTL through Yosys: it synthesises, without a latch, a loop or a net with two drivers.
#
#     tests/unit/rtl_synth.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../rtl"

mapfile -t sources < <(cat memspike.f memspike_axi.f)
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
synthesise "memspike, eight pairs" memspike "INPUTS=20 LANES=20 OUTPUTS=8 DIFFERENTIAL=1" "$coarse"
synthesise "memspike, two phases of tiles" memspike "INPUTS=10 LANES=5 OUTPUTS=4 CLOCKS_PER_US=3 TILES=5" "$coarse"
synthesise "memspike, sequential" memspike "INPUTS=8 LANES=4 SEQUENTIAL=1" "$coarse"
synthesise "memspike, gates" memspike "INPUTS=4 LANES=2 OUTPUTS=2 TILES=2 DIFFERENTIAL=1" \
  "synth -top memspike -noabc -run begin:check"

# Rule A2 of memspike_axi.sv: no path leads from an input of the bus to an output of it but through a register. So with
# the registers gone, none does.
# shellcheck disable=SC2016 # dollars of Yosys
synthesise "memspike_axi, no path through it" memspike_axi "INPUTS=8 LANES=4" "rename -top top; proc; flatten; memory; \
opt_clean" 'cd top; select -assert-none t:$mem*; select -assert-min 10 t:$*ff*; delete t:$*ff*; '"\
"'select -assert-count 5 o:?valid_o o:*ready_o; select -assert-none o:?valid_o o:*ready_o %u o:*resp_o %u o:rdata_o %u '"\
"'%ci* i:*valid_i i:*ready_i %u i:*addr_i %u i:wdata_i %u i:wstrb_i %u %i; cd'

exit "$((failures > 0))"
