#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From the RTL to a bitstream for an FPGA board, its reports, and its simulation before and after place and route.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

usage() {
    cat <<'END_OF_USAGE'
usage: scripts/fpga/flow.sh BOARD [STEP] [--output DIR] [--seed N]

BOARD is hx8k (iCE40-HX8K breakout board), hx8k-pll (the same at 24 MHz), icebreaker (iCE40-UP5K) or ecp5 (ECP5 evaluation board). STEP is one of

  build     synthesis, place and route, timing against the board's clock, bitstream, report (the default)
  synth     synthesis and its report only
  sim       board_simulator-rtl: the RTL with its UART on a pseudo-terminal (not hx8k-pll)
  postsim   board_simulator-post: the same from the netlist that is unpacked from the bitstream (hx8k), or from the
            synthesised one where the unpacker does not know the multipliers (icebreaker)
  prog      load the bitstream onto the board
  clean     remove what was made

Everything, logs included, goes to DIR [build/fpga/BOARD]. The same sources and the same --seed [the board's own] give the same
bitstream.

examples:
  scripts/fpga/flow.sh hx8k && scripts/fpga/flow.sh hx8k prog
  scripts/fpga/flow.sh hx8k postsim && build/fpga/hx8k/board_simulator-post
END_OF_USAGE
}
fail() {
    echo "flow.sh: $1" >&2
    exit "${2:-2}"
}

board="" step=build output="" seed=""
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --output | --seed)
            [ $# -ge 2 ] || fail "$1: expected a value behind it"
            if [ "$1" = --output ]; then output=$2; else seed=$2; fi
            shift ;;
        hx8k | hx8k-pll | icebreaker | ecp5) board=$1 ;;
        build | synth | sim | postsim | prog | clean) step=$1 ;;
        *) fail "$1: expected a board (hx8k, hx8k-pll, icebreaker, ecp5), a step or an option; see scripts/fpga/flow.sh --help" ;;
    esac
    shift
done
[ -n "$board" ] || fail "expected a board: hx8k, hx8k-pll, icebreaker or ecp5; see scripts/fpga/flow.sh --help"
output=${output:-$root/build/fpga/$board}

# What belongs to a board: its FPGA, the options of the tools, the seed with which it was found to meet its clock.
clock_mhz=12 top=memspike_$board pins=$board.pcf parameters=""
case $board in
    hx8k) synth="synth_ice40" place=(--hx8k --package ct256) package=ct256 timing=hx8k own_seed=1 ;;
    hx8k-pll) clock_mhz=24 top=memspike_hx8k pins=hx8k.pcf parameters="chparam -set PLL 1 memspike_hx8k; "
        synth="synth_ice40" place=(--hx8k --package ct256) package=ct256 timing=hx8k own_seed=1 ;;
    icebreaker) synth="synth_ice40 -dsp" place=(--up5k --package sg48) package=sg48 timing=up5k own_seed=1 ;;
    ecp5) pins=ecp5.lpf synth="synth_ecp5" place=(--um5g-85k --package CABGA381) package="" timing="" own_seed=1 ;;
esac
seed=${seed:-$own_seed}
pins=$root/rtl/fpga/boards/$pins

mapfile -t sources < <(sed "s|^|$root/rtl/|" "$root/rtl/memspike.f" && sed "s|^|$root/rtl/fpga/|" "$root/rtl/fpga/memspike_board.f")
sources+=("$root/rtl/fpga/boards/$top.sv")

need() {
    command -v "$1" >/dev/null || fail "$1 is not installed: scripts/setup.sh installs the tools for iCE40" 1
}
# Whether what a step makes is older than what it is made from.
stale() {
    local made=$1 source
    [ -e "$made" ] || return 0
    for source in "${@:2}"; do
        [ "$source" -nt "$made" ] && return 0
    done
    return 1
}
# run LOG COMMAND...: its output goes to the log, of which the end is shown if it fails.
run() {
    local log=$output/$1
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        fail "$1 failed; the whole log is $log" 1
    fi
}

synthesise() {
    stale "$output/$board.json" "${sources[@]}" "$root/rtl/fpga/demo_pages.hex" "$0" || return 0
    need yosys
    local options="-top $top"
    # Reads never meet writes of the same word where it matters. For iCE40, sums stay plain adders, which are smaller there
    # than the carry-save adders that Yosys makes of them.
    if [ "$board" = ecp5 ]; then
        synth+=" $options -json $board.json"
    else
        options+=" -no-rw-check -abc2"
        synth="$synth $options -run begin:map_ram; maccmap -unmap; $synth $options -run map_ram: -json $board.json"
    fi
    cp "$root/rtl/fpga/demo_pages.hex" "$output/"
    (cd "$output" && run synthesis.log yosys -q -l yosys.log \
        -p "read_verilog -sv ${sources[*]}; $parameters$synth; tee -o cells.txt stat")
}
place_and_route() {
    [ "$board" != ecp5 ] || command -v nextpnr-ecp5 >/dev/null ||
        fail "nextpnr-ecp5 is not installed (Debian 12 has no package of it); the synthesis report is $output/cells.txt" 1
    synthesise
    if [ "$board" = ecp5 ]; then
        run place.log nextpnr-ecp5 "${place[@]}" --json "$output/$board.json" --lpf "$pins" --textcfg "$output/$board.config" \
            --freq $clock_mhz --seed "$seed" --report "$output/report.json" -q --log "$output/nextpnr.log"
        run pack.log ecppack "$output/$board.config" "$output/$board.bin"
        return
    fi
    stale "$output/$board.bin" "$output/$board.json" "$pins" || return 0
    need nextpnr-ice40
    rm -f "$output/$board.bin"
    run place.log nextpnr-ice40 "${place[@]}" --json "$output/$board.json" --pcf "$pins" --asc "$output/$board.asc" \
        --freq $clock_mhz --seed "$seed" --report "$output/report.json" -q --log "$output/nextpnr.log"
    run timing.log icetime -d "$timing" -P "$package" -p "$pins" -c $clock_mhz -mt -r "$output/timing.txt" "$output/$board.asc"
    run pack.log icepack "$output/$board.asc" "$output/$board.bin"
}
# simulator NAME SOURCE...: a program from Verilog.
simulator() {
    local name=$1
    shift
    need verilator
    run "$name.log" verilator --cc --exe --build -j 2 -O3 --x-assign fast --x-initial fast --noassert -Wno-fatal -Wno-lint \
        -Wno-style --top-module "$top" --prefix Vboard -Mdir "$output/$name.verilated" -DNO_ICE40_DEFAULT_ASSIGNMENTS \
        -CFLAGS "-std=c++17 -D_GNU_SOURCE -DMODEL=Vboard -DMODEL_HEADER='\"Vboard.h\"'" -MAKEFLAGS "OPT_FAST=-O1 OPT_SLOW=-O0" \
        -o "$output/$name" "$@" "$root/testbench/fpga/board_simulator.cpp"
    echo "$output/$name"
}

case $step in
    clean) rm -rf "$output"; exit 0 ;;
    *) mkdir -p "$output"; output=$(cd "$output" && pwd) ;; # tools run in it
esac
case $step in
    synth)
        synthesise
        cat "$output/cells.txt" ;;
    build)
        place_and_route
        "$root/scripts/fpga/report.py" "$output" ;;
    sim)
        [ "$board" != hx8k-pll ] || fail "sim: there is no RTL of the PLL; expected hx8k, which is the same without it"
        simulator board_simulator-rtl "-GDEMO_FILE=\"$root/rtl/fpga/demo_pages.hex\"" "${sources[@]}" ;;
    postsim)
        case $board in
            hx8k)
                place_and_route
                need icebox_vlog
                run unpack.log iceunpack "$output/$board.bin" "$output/unpacked.asc"
                sed 's/-pullup yes //' "$pins" >"$output/pins.pcf"
                run netlist.log "$root/scripts/fpga/netlist.sh" "$output" "$top" "$package" ;;
            icebreaker)
                synthesise
                run netlist.log yosys -q -p "read_json $output/$board.json; write_verilog -noattr $output/netlist.v" ;;
            *) fail "postsim: expected hx8k or icebreaker, whose cells the simulator has" ;;
        esac
        simulator board_simulator-post "$output/netlist.v" /usr/share/yosys/ice40/cells_sim.v ;;
    prog)
        [ -e "$output/$board.bin" ] || fail "$output/$board.bin is not there: run scripts/fpga/flow.sh $board first"
        case $board in
            hx8k | hx8k-pll | icebreaker) need iceprog; iceprog "$output/$board.bin" ;;
            *) need openFPGALoader; openFPGALoader -b ecp5_evn "$output/$board.bin" ;;
        esac ;;
esac
