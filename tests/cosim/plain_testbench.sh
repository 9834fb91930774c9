#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run the plain SystemVerilog test bench of the top in Icarus Verilog.
#   tests/cosim/plain_testbench.sh SOURCE_FOLDER
set -euo pipefail
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t sources < <(sed 's|^|rtl/|' rtl/memspike.f)
iverilog -g2012 -Wall -o "$work/memspike_tb" "${sources[@]}" testbench/memspike_tb.sv 2>"$work/warnings"
vvp -n "$work/memspike_tb" | tee "$work/output"
[ "$(tail -n 1 "$work/output")" = PASS ]
