#!/usr/bin/env bash
# A board on the wire, end to end: the command against the simulated board gives what the board's C twin gives, over a good
# line and over a bad one; and what it says when the board is not there, or another one.
#   tests/e2e/fpga.sh MEMSPIKE SOURCE_FOLDER BOARD_SIMULATOR
# shellcheck source=tests/e2e/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"
simulator=$3
started=()
trap 'kill "${started[@]}" 2>/dev/null; rm -rf "$work"' EXIT

# start_board NAME COMMAND...: $port is its pseudo-terminal.
start_board() {
    "${@:2}" >"$1.port" 2>"$1.log" &
    started+=($!)
    for _ in $(seq 200); do
        [ -s "$1.port" ] && break
        sleep 0.05
    done
    port=$(cat "$1.port")
}
run train --epochs 1 -o model.msm || { echo "FAILED: train" >&2; exit 1; }

# What has to be equal: everything but who measured it, and how fast.
test_on() { # test_on FILE ARGUMENTS...
    "$memspike" test model.msm --steps 300 --quiet --json - "${@:2}" 2>test_err.txt |
        grep -vE '"(engine|seconds|clocks_per_second|transfer_clocks)"' >"$1" && grep -q '"reviews"' "$1" && return
    cat test_err.txt >&2
    return 1
}
agree() { grep -q . "$1" && diff -u "$1" "$2" >&2; }

# Weights placed, weights written, and written and read under noise.
start_board good "$simulator"
# shellcheck disable=SC2034 # the loop uses it by its name, as the next
ideal=(--network snn --limit 20)
# shellcheck disable=SC2034
written=(--limit 10 --tolerance 0.02)
noisy=(--limit 10 --tolerance 0.05 --read-noise 0.1 --verify-reads 4)
for kind in ideal written noisy; do
    declare -n arguments=$kind
    check "$kind: the twin" test_on "$kind.twin" --engine emulator "${arguments[@]}"
    check "$kind: the board" test_on "$kind.board" --engine uart --port "$port" "${arguments[@]}"
    check "$kind: board and twin agree" agree "$kind.twin" "$kind.board"
done
check "noise makes a difference" unlike grep firing_rate_mean noisy.twin written.twin

# One frame in a hundred loses, doubles or corrupts a byte, or is lost or doubled as a whole; then one in ten.
reviews=(--network snn --limit 100)
check "the twin, 100 reviews" test_on many.twin --engine emulator "${reviews[@]}"
for rate in 0.01 0.1; do
    start_board "bad$rate" "$simulator" --faults $rate 7
    check "a line with faults, $rate" test_on many.board --engine uart --port "$port" --timeout 0.1 "${reviews[@]}"
    check "a line with faults, $rate: no review lost, no result changed" agree many.twin many.board
    check "a line with faults, $rate: there were some" grep -q damaged "bad$rate.log"
done
start_board badwriting "$simulator" --faults 0.05 3
check "writing over a bad line" test_on noisy.bad --engine uart --port "$port" --timeout 0.1 "${noisy[@]}"
check "writing over a bad line changes nothing" agree noisy.twin noisy.bad

# The demo behind the button goes on from review to review, and round.
two_presses() { "$1" -n 2 presses.txt; }
check "the demo runs" "$simulator" --presses 6 >presses.txt
check "the demo answers each press" test "$(grep -cE '^(positive|negative)$' presses.txt)" -eq 6
check "the demo has four reviews" alike two_presses head tail
check "the demo's reviews differ" test "$(sort -u presses.txt | wc -l)" -eq 2

# What cannot be done is said in one line.
subcommand=(test model.msm)
refuses "no port" '--port' --engine uart
refuses "a port for another engine" '--engine uart' --port /dev/null
refuses "a port that is not there" '/dev/nowhere: .*serial port' --engine uart --port /dev/nowhere
refuses "a file as a port" 'model.msm: .*serial port' --engine uart --port model.msm
refuses "no serial port" '/dev/null: is no serial port' --engine uart --port /dev/null
refuses "an array that no board has" 'array 100x1: .*10x10' --engine emulator --array 100x1
refuses "the rate-coded encoder" 'rate-coded' --engine emulator --encoder rate
refuses "a finite ADC" 'ADC' --engine emulator --adc-bits 6
refuses "lock-step" 'check' --engine emulator --check
refuses "a timeout of nothing" 'timeout' --engine uart --timeout 0
recording=$source_folder/scripts/fpga/recording_board.py
start_board lanes "$recording" 0x000C=25
refuses "another build" 'another build, LANES = 25; expected 10' --engine uart --port "$port"
start_board other "$recording" 0x0000=0
refuses "something else" "ID is 0x00000000; expected memspike's" --engine uart --port "$port"
start_board silent python3 -c 'import os, pty, time, tty
master, slave = pty.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
time.sleep(600)'
refuses "nobody there" 'no board answers' --engine uart --port "$port" --timeout 0.05
subcommand=(program model.msm)
start_board pulses "$simulator"
refuses "pulses over the wire" '--engine emulator' --engine uart --port "$port" --pulses pulses.csv
check "pulses of the twin" run --engine emulator --pulses pulses.csv
check "pulses are listed" test -s pulses.csv

echo "fpga: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
