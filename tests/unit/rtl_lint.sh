#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The RTL through the linters of Verilator and Icarus: not a single line of output, for the sets of parameters that are
# built and for odd ones, as a whole and every module by itself.
#
#     tests/unit/rtl_lint.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../rtl"

mapfile -t sources < <(cat memspike.f memspike_axi.f)
modules=()
for source in "${sources[@]}"; do
  [[ $source == memspike_registers.sv || $source == memspike_widths.sv ]] || modules+=("${source%.sv}")
done

# What Icarus writes, and gives a mode: never a file of the system's.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failures=0
# silent WHAT COMMAND...: succeeds and says nothing, but for the report that newer Verilators end with.
silent() {
  local what=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  output=$(sed -E '/^- (V e r i l a t i o n {3}R e p o r t|Verilator): /d' <<<"$output")
  if [[ $status -ne 0 || -n $output ]]; then
    printf '%s: %s\n%s\n' "$what" "$1" "$output" >&2
    failures=$((failures + 1))
  fi
}

# Inputs, lanes, outputs, clocks per microsecond, tiles, differential.
for parameters in "100 100 1 1 1 0" "100 10 1 1 1 0" "50 25 4 3 5 0" "7 1 1 1 1 1" "1 1 1 1 1 0" "6 1 3 2 1 1" \
  "64 32 2 5 4 1" "100 100 8 1 1 1"; do
  read -r inputs lanes outputs clocks_per_us tiles differential <<<"$parameters"
  # The top in Verilog-2001 is read as no more than that.
  for top in memspike memspike_axi memspike_top; do
    silent "$top with $parameters" verilator --lint-only +1364-2001ext+v -Wall --top-module "$top" "-GINPUTS=$inputs" \
      "-GLANES=$lanes" "-GOUTPUTS=$outputs" "-GCLOCKS_PER_US=$clocks_per_us" "-GTILES=$tiles" \
      "-GDIFFERENTIAL=$differential" "${sources[@]}" memspike_top.v
    silent "$top with $parameters" iverilog -g2012 -Wall -o "$work/compiled" -s "$top" "-P$top.INPUTS=$inputs" \
      "-P$top.LANES=$lanes" "-P$top.OUTPUTS=$outputs" "-P$top.CLOCKS_PER_US=$clocks_per_us" \
      "-P$top.TILES=$tiles" "-P$top.DIFFERENTIAL=$differential" "${sources[@]}" memspike_top.v
  done
  silent "memspike with $parameters, for FPGAs" verilator --lint-only -Wall --top-module memspike "-GINPUTS=$inputs" \
    "-GLANES=$lanes" "-GOUTPUTS=$outputs" "-GCLOCKS_PER_US=$clocks_per_us" "-GTILES=$tiles" \
    "-GDIFFERENTIAL=$differential" -GSEQUENTIAL=1 -GRATE_CODING=0 -GEARLY_DECISION=0 -GLEAK_W=3 -GREADABLE_SETTINGS=0 \
    -GRATE_PAIRS=0 "${sources[@]}"
done
for module in "${modules[@]}"; do
  silent "$module" verilator --lint-only -Wall --top-module "$module" "${sources[@]}"
  silent "$module" iverilog -g2012 -Wall -o "$work/compiled" -s "$module" "${sources[@]}"
done
# The FPGA boards.
mapfile -t -O "${#sources[@]}" sources < <(sed 's|^|fpga/|' fpga/memspike_board.f)
for board in fpga/boards/*.sv; do
  top=$(basename "$board" .sv)
  silent "$top" verilator --lint-only -Wall --top-module "$top" "${sources[@]}" "$board"
  silent "$top" iverilog -g2012 -Wall -o "$work/compiled" -s "$top" "${sources[@]}" "$board"
done
# Each source is in one of the lists of files, once.
if ! diff <(printf '%s\n' "${sources[@]}" | sort) <(printf '%s\n' *.sv fpga/*.sv | sort) >&2; then
  echo "rtl_lint.sh: rtl/*.f and rtl/fpga/*.f are not the sources that are there" >&2
  failures=$((failures + 1))
fi
exit "$((failures > 0))"
