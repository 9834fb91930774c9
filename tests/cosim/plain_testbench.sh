#!/usr/bin/env bash
# Run the plain Verilog test bench of the top in Icarus Verilog.
#   tests/cosim/plain_testbench.sh SOURCE_FOLDER
set -euo pipefail
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=(rtl/memspike_registers.v)
for source in rtl/*.v; do
    [ "$source" = rtl/memspike_registers.v ] || sources+=("$source")
done
iverilog -g2012 -Wall -o "$work/memspike_tb" "${sources[@]}" testbench/memspike_tb.v 2>"$work/warnings"
vvp -n "$work/memspike_tb" | tee "$work/output"
[ "$(tail -n 1 "$work/output")" = PASS ]
