#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formal proofs of the rules that the heads of rtl/*.sv number, for every build: by induction, so without a bound, and a cover run
# for each, which shows that what it assumes leaves the block room to work.
#
#     tests/formal/prove.sh [--stale] [BLOCK|NUMBER...]
#
# Runs all proofs, or those of these blocks or with these numbers, in this order, and prints one line a proof; --stale leaves out what is
# recorded as proven with the sources as they are, --list only prints what would be run. With MEMSPIKE_RECORD=1 each is recorded
# (scripts/verification.py).
#
# Environment: MEMSPIKE_PROOF_LOGS, a folder that keeps the logs and the traces of what failed; MEMSPIKE_MUTATION, Yosys commands that
# change each block before it is proven, to see whether its proof notices: 'mutate -mode inv -module BLOCK -cell NAME -port A -portbit 0'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../rtl"

# The proofs: block; what it is proven with (NAME=VALUE sets a parameter, -DNAME a variant of the rules, REPLACED=FILE a
# module that stands behind its own rules in tests/formal/FILE, !SIGNAL or ~INSTANCE lets it be anything, +BLOCK proves that block's rules
# along with it); depth of the induction, with "gates" before
# it where bits are proven (which arithmetic asks for), not words; depth of the cover run, - for none.
proofs=(
  "divider|-|gates2|27"
  "divider|FRACTION=6 DENOMINATOR_W=9 -DMULTIPLIED|gates2|9"
  "lif_array|OUTPUTS=1 CODE_W=20 MEMBRANE_W=37|gates3|8"
  "lif_array|OUTPUTS=1 CODE_W=17 MEMBRANE_W=38|gates3|8"
  "lif_array|OUTPUTS=1 CODE_W=19 MEMBRANE_W=37|gates3|8"
  "lif_array|OUTPUTS=1 CODE_W=17 MEMBRANE_W=37|gates3|8"
  "lif_array|OUTPUTS=1 CODE_W=20 MEMBRANE_W=37 -DNO_LIMIT|gates3|8"
  "lif_array|OUTPUTS=1 CODE_W=17 MEMBRANE_W=38 -DNO_LIMIT|gates3|8"
  "lif_array|OUTPUTS=1 CODE_W=19 MEMBRANE_W=37 -DNO_LIMIT|gates3|8"
  "lif_array|OUTPUTS=1 CODE_W=17 MEMBRANE_W=37 -DNO_LIMIT|gates3|8"
  "review_sequencer|PHASES=10|2|30"
  "review_sequencer|PHASES=1|2|10"
  "review_sequencer|PHASES=2|2|12"
  "review_sequencer|PHASES=8|2|26"
  "review_sequencer|PHASES=1 -DANY_STATE|2|4"
  "review_sequencer|PHASES=10 -DANY_STATE|2|4"
  "review_sequencer|PHASES=2 -DANY_STATE|2|4"
  "review_sequencer|PHASES=8 -DANY_STATE|2|4"
  "early_decision|OUTPUTS=4|2|8"
  "early_decision|OUTPUTS=1|2|8"
  "early_decision|OUTPUTS=8|2|8"
  "spike_encoder|INPUTS=100 LANES=100|gates2|6"
  "spike_encoder|INPUTS=100 LANES=10|gates3|16"
  "spike_encoder|INPUTS=100 LANES=10 RATE_CODING=0|gates3|16"
  "spike_encoder|INPUTS=50 LANES=25|gates3|8"
  "spike_encoder|INPUTS=64 LANES=8|gates3|14"
  "pulse_predictor|divider=divider_rules.v|gates3|36"
  "pulse_predictor|-DPRODUCT divider=divider_rules.v|gates3|10"
  "pulse_predictor|-DANY_STATE divider=divider_rules.v|2|4"
  "pulse_predictor_sequential|!quotient_q|gates3|116"
  "pulse_predictor_sequential|-DARITHMETIC !word_q|gates2|60"
  "pulse_predictor_sequential|-DANY_STATE|2|4"
  "write_verify|ROWS=100 COLUMNS=1 !in_tolerance pulse_predictor=pulse_predictor_rules.v|gates3|48"
  "write_verify|ROWS=10 COLUMNS=10 !in_tolerance pulse_predictor=pulse_predictor_rules.v|gates3|48"
  "write_verify|ROWS=25 COLUMNS=8 CLOCKS_PER_US=3 !in_tolerance pulse_predictor=pulse_predictor_rules.v|gates3|48"
  "write_verify|ROWS=8 COLUMNS=8 CLOCKS_PER_US=2 SEQUENTIAL=1 !in_tolerance pulse_predictor_sequential=pulse_predictor_rules.v -DSEQUENTIAL|gates3|100"
  "write_verify|ROWS=10 COLUMNS=10 CLOCKS_PER_US=12 SEQUENTIAL=1 !in_tolerance pulse_predictor_sequential=pulse_predictor_rules.v -DSEQUENTIAL|gates3|130"
  "write_verify|ROWS=100 COLUMNS=2 !in_tolerance pulse_predictor=pulse_predictor_rules.v|gates3|48"
  "write_verify|ROWS=100 COLUMNS=16 !in_tolerance pulse_predictor=pulse_predictor_rules.v|gates3|48"
  "write_verify|ROWS=100 COLUMNS=1 -DTOLERANCE pulse_predictor=pulse_predictor_rules.v|gates3|6"
  "write_verify|ROWS=8 COLUMNS=8 CLOCKS_PER_US=2 SEQUENTIAL=1 -DTOLERANCE pulse_predictor_sequential=pulse_predictor_rules.v -DSEQUENTIAL|gates3|32"
  "write_verify|ROWS=100 COLUMNS=1 -DANY_STATE pulse_predictor=pulse_predictor_rules.v|2|4"
  "write_verify|ROWS=10 COLUMNS=10 -DANY_STATE pulse_predictor=pulse_predictor_rules.v|2|4"
  "write_verify|ROWS=25 COLUMNS=8 CLOCKS_PER_US=3 -DANY_STATE pulse_predictor=pulse_predictor_rules.v|2|4"
  "write_verify|ROWS=8 COLUMNS=8 CLOCKS_PER_US=2 SEQUENTIAL=1 -DANY_STATE pulse_predictor_sequential=pulse_predictor_rules.v -DSEQUENTIAL|2|4"
  "write_verify|ROWS=10 COLUMNS=10 CLOCKS_PER_US=12 SEQUENTIAL=1 -DANY_STATE pulse_predictor_sequential=pulse_predictor_rules.v -DSEQUENTIAL|2|4"
  "write_verify|ROWS=100 COLUMNS=2 -DANY_STATE pulse_predictor=pulse_predictor_rules.v|2|4"
  "write_verify|ROWS=100 COLUMNS=16 -DANY_STATE pulse_predictor=pulse_predictor_rules.v|2|4"
  "register_port|INPUTS=100 LANES=100|2|6"
  "register_port|INPUTS=100 LANES=10 MEMBRANE_W=38|2|6"
  "register_port|INPUTS=100 LANES=10 MEMBRANE_W=38 CLOCKS_PER_US=12 RATE_CODING=0 EARLY_DECISION=0 READABLE_SETTINGS=0 RATE_PAIRS=0|2|6"
  "register_port|INPUTS=100 LANES=10 MEMBRANE_W=38 CLOCKS_PER_US=12 RATE_CODING=0 EARLY_DECISION=0 LEAK_W=3 READABLE_SETTINGS=0 RATE_PAIRS=0|2|6"
  "register_port|INPUTS=50 LANES=25 OUTPUTS=4 TILES=5 MEMBRANE_W=37 CLOCKS_PER_US=3|2|6"
  "register_port|INPUTS=64 LANES=8 MEMBRANE_W=37 CLOCKS_PER_US=2|2|6"
  "register_port|INPUTS=100 LANES=100 DIFFERENTIAL=1|2|6"
  "register_port|INPUTS=100 LANES=100 OUTPUTS=8 DIFFERENTIAL=1|2|6"
  "memspike|INPUTS=100 LANES=100 ~u_encoder ~u_neurons ~u_decision pulse_predictor=pulse_predictor_rules.v|gates3|10"
  "memspike|INPUTS=100 LANES=10 ~u_encoder ~u_neurons ~u_decision pulse_predictor=pulse_predictor_rules.v|gates3|10"
  "memspike|INPUTS=50 LANES=25 OUTPUTS=4 TILES=5 CLOCKS_PER_US=3 ~u_encoder ~u_neurons ~u_decision pulse_predictor=pulse_predictor_rules.v|gates3|10"
  "memspike|INPUTS=64 LANES=8 CLOCKS_PER_US=2 SEQUENTIAL=1 ~u_encoder ~u_neurons ~u_decision pulse_predictor_sequential=pulse_predictor_rules.v -DSEQUENTIAL|gates3|34"
  "memspike|INPUTS=100 LANES=10 CLOCKS_PER_US=12 SEQUENTIAL=1 RATE_CODING=0 EARLY_DECISION=0 READABLE_SETTINGS=0 RATE_PAIRS=0 ~u_encoder ~u_neurons pulse_predictor_sequential=pulse_predictor_rules.v -DSEQUENTIAL|gates3|34"
  "memspike|INPUTS=100 LANES=10 CLOCKS_PER_US=12 SEQUENTIAL=1 RATE_CODING=0 EARLY_DECISION=0 LEAK_W=3 READABLE_SETTINGS=0 RATE_PAIRS=0 ~u_encoder ~u_neurons pulse_predictor_sequential=pulse_predictor_rules.v -DSEQUENTIAL|gates3|34"
  "memspike|INPUTS=100 LANES=100 DIFFERENTIAL=1 ~u_encoder ~u_neurons ~u_decision pulse_predictor=pulse_predictor_rules.v|gates3|10"
  "memspike|INPUTS=100 LANES=100 OUTPUTS=8 DIFFERENTIAL=1 ~u_encoder ~u_neurons ~u_decision pulse_predictor=pulse_predictor_rules.v|gates3|10"
  "tile_adder|OUTPUTS=4 TILES=5 TILE_CODE_W=16|2|4"
  "tile_adder|OUTPUTS=1|2|4"
  "tile_adder|OUTPUTS=1 TILE_CODE_W=17|2|4"
  "tile_adder|OUTPUTS=8|2|4"
  "axi_queue|WIDTH=33|2|6"
  "memspike_axi|+axi_queue memspike=memspike_rules.v|2|12"
)

stale=false
list=false
while [[ ${1:-} == -* ]]; do
  case $1 in
    --stale) stale=true ;;
    --list) list=true ;;
    -h | --help)
      sed -n '2,12s/^# \{0,1\}//p' ../tests/formal/prove.sh
      exit 0
      ;;
    *)
      echo "prove.sh: $1: expected --stale, --list or --help" >&2
      exit 2
      ;;
  esac
  shift
done

# What to run, as numbers of lines of the table.
chosen=()
[[ $# -gt 0 ]] || chosen=("${!proofs[@]}")
for wanted in "$@"; do
  found=false
  for number in "${!proofs[@]}"; do
    if [[ $wanted == "$number" || ${proofs[number]} == "$wanted|"* ]]; then
      chosen+=("$number")
      found=true
    fi
  done
  if ! $found; then
    echo "prove.sh: $wanted: expected a block that the table names or a number from 0 to $((${#proofs[@]} - 1))" >&2
    exit 2
  fi
done

work=${MEMSPIKE_PROOF_LOGS:-}
if [[ -z $work ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
solver=${MEMSPIKE_SOLVER:-cvc4}

limit=(timeout "${MEMSPIKE_PROOF_SECONDS:-1800}")
[[ -z ${MEMSPIKE_MUTATION:-} ]] || unset MEMSPIKE_RECORD # what is proven then is not what rtl/ says

# prove_words FILES COMMANDS DEPTH COVER_DEPTH: SMT. Both ways of proving end with the verdict in a line if it is not "proven".
prove_words() {
  if ! { yosys -q -p "$2 memory -nomap -nordff; opt -keepdc -fast; dffunmap; opt_clean; chformal -early; opt_clean; write_smt2 -wires $1.smt2" &&
    "${limit[@]}" yosys-smtbmc -s "$solver" -t "$3" --dump-vcd "$1.base.vcd" "$1.smt2" &&
    "${limit[@]}" yosys-smtbmc -s "$solver" -i -t "$3" --dump-vcd "$1.step.vcd" "$1.smt2"; }; then
    echo "NOT PROVEN"
    return 1
  fi
  if [[ $4 != - ]] && ! "${limit[@]}" yosys-smtbmc -s "$solver" -c -t "$4" "$1.smt2"; then
    echo "NOT COVERED"
    return 1
  fi
}

# prove_gates FILES COMMANDS DEPTH COVER_DEPTH: SAT on the gates, with ABC. It always exits with 0, so its words count.
prove_gates() {
  local gates="chformal -early; setundef -undriven -anyseq; setattr -unset keep; delete -output; opt_clean; techmap; opt_clean; \
dffunmap; aigmap; setundef -anyseq; opt_clean; write_aiger -B -zinit"
  # The encoder's memory has hundreds of write ports, one for each bit, each as wide as a word. Bit by bit their enables are mostly
  # constant. And not all of "memory": sharing would look at each pair of ports.
  local bits="select -set enables t:\$memwr_v2 %ci:+[EN] t:\$memwr_v2 %d %ci1 t:\$mux %i; simplemap @enables; opt_expr -keepdc; opt_clean; \
opt_merge; opt_clean; memory_collect; memory_map; opt -keepdc -fast; dffunmap; opt_clean;"
  if ! { yosys -q -p "$2 $bits chformal -cover -remove; $gates $1.aig" &&
    "${limit[@]}" yosys-abc -c "read_aiger $1.aig; fold; strash; bmc3 -F $(($3 + 1))" | tee "$1.base" &&
    grep -q "^No output asserted in $(($3 + 1)) frames" "$1.base" &&
    "${limit[@]}" yosys-abc -c "read_aiger $1.aig; fold; strash; orpos; ind -F $3" | tee "$1.step" &&
    grep -q '^Networks are equivalent' "$1.step"; }; then
    echo "NOT PROVEN"
    return 1
  fi
  if [[ $4 != - ]] && ! { yosys -q -p "$2 $bits chformal -assert -remove; techmap -map ../tests/formal/covers.v; $gates $1.cover.aig" &&
    "${limit[@]}" yosys-abc -c "read_aiger $1.cover.aig; fold; strash; bmc3 -a -F $4" | tee "$1.cover" &&
    grep -q '^All .* outputs are found to be SAT' "$1.cover"; }; then
    echo "NOT COVERED"
    return 1
  fi
}

# module BLOCK: its module, which has the project's name before its own.
module() { if [[ $1 == memspike* ]]; then echo "$1"; else echo "memspike_$1"; fi; }

# prove NUMBER BLOCK SETTINGS DEPTH COVER_DEPTH
prove() {
  local log=$work/$1.log block=$2 setting source depth=$4 cover_depth=$5 started=$SECONDS
  local any_state="" cuts=() instances=() parameters=() definitions=() replaced=() rules=("$(module "$2").sv") sources=() top
  for setting in $3; do
    case $setting in
      -) ;;
      !*) cuts+=("w:${setting#!}") ;;
      ~*) instances+=("c:${setting#\~}") ;;
      -DANY_STATE)
        definitions+=("$setting")
        any_state="delete t:\$meminit*; " # memories, too
        ;;
      -D*) definitions+=("$setting") ;;
      +*) rules+=("$(module "${setting#+}").sv") ;;
      *.v)
        replaced+=("$(module "${setting%%=*}").sv")
        rules+=("../tests/formal/${setting#*=}")
        ;;
      *) parameters+=(-set "${setting%=*}" "${setting#*=}") ;;
    esac
  done
  top=$(module "$block")
  while read -r source; do
    [[ " ${rules[*]} ${replaced[*]} " == *" $source "* ]] || sources+=("$source")
  done < <(cat memspike.f memspike_axi.f)
  # The rules of the blocks inside are proven by themselves: here they would only be more to prove, or assume what is to be shown.
  local commands="read_verilog -sv ${sources[*]}; read_verilog -sv -formal -I../tests/formal ${definitions[*]} ${rules[*]}; "
  [[ ${#parameters[@]} -eq 0 ]] || commands+="chparam ${parameters[*]} $top; "
  commands+="hierarchy -check -top $top; ${instances[*]:+cutpoint ${instances[*]}; }proc; flatten; $any_state${cuts[*]:+cutpoint ${cuts[*]}; }${MEMSPIKE_MUTATION:+$MEMSPIKE_MUTATION; }opt -keepdc -fast; "
  local verdict=proven token
  token=$(../scripts/verification.py start formal "${row[@]}")
  if [[ $depth == gates* ]]; then
    prove_gates "$work/$1" "$commands" "${depth#gates}" "$cover_depth" >"$log" 2>&1 || verdict=$(tail -n 1 "$log")
  else
    prove_words "$work/$1" "$commands" "$depth" "$cover_depth" >"$log" 2>&1 || verdict=$(tail -n 1 "$log")
  fi
  printf '%-16s %-12s %4d s  %s\n' "$block" "$verdict" "$((SECONDS - started))" "$3"
  ../scripts/verification.py record "$token" state="$verdict"
  if [[ $verdict != proven ]]; then
    grep -E 'ERROR|failed|Unreached|nexpected' "$log" >&2 || tail -n 5 "$log" >&2
    return 1
  fi
}

failures=0
for number in "${chosen[@]}"; do
  IFS='|' read -r block settings depth cover_depth <<<"${proofs[number]}"
  row=(block="$block" settings="$settings" depth="$depth" cover="$cover_depth")
  if $stale && ../scripts/verification.py fresh formal "${row[@]}" state=proven; then
    continue
  elif $list; then
    printf '%2d  %s\n' "$number" "${proofs[number]}"
  else
    prove "$number" "$block" "$settings" "$depth" "$cover_depth" || failures=$((failures + 1))
  fi
done
exit "$((failures > 0))"
