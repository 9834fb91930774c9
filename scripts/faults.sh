#!/usr/bin/env bash
# Faults from outside: kills, full disks, read-only folders, closed pipes, damaged files. Nothing may be lost or wrong in silence.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/faults.sh [KILLS]

Runs prepare, train (both approaches), sweep and table1 on the demo corpus, kills each -9 at random moments (KILLS in all,
default: 200), starts it again until it ends, and compares what it leaves with an undisturbed run, byte for byte. Then
writes onto a full disk, into a read-only folder and into a closed pipe, and reads every saved file cut short and with bits
flipped: each must end with one line on standard error, and no wrong result.

environment:
  MEMSPIKE_BUILD  build directory (default: build/release)

examples:
  scripts/faults.sh
  scripts/faults.sh 20
END
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    *[!0-9]*) echo "faults.sh: $1: expected a number of kills; see scripts/faults.sh --help" >&2; exit 2 ;;
esac
kills=${1:-200}
memspike=$PWD/${MEMSPIKE_BUILD:-build/release}/memspike
[ -x "$memspike" ] || scripts/build.sh release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MEMSPIKE_DATA
cd "$work"
RANDOM=1 # the same moments again, as far as the machine allows

failures=0
fail() {
    echo "faults.sh: $*" >&2
    failures=$((failures + 1))
}

"$memspike" prepare --quiet -o corpus.msc 2>/dev/null >/dev/null
"$memspike" train --quiet --corpus corpus.msc -o model.msm >/dev/null 2>&1
cat >sweep.cfg <<'END'
name = "faults";
description = "For the test of faults";
approach = 1;
network = "memristor";
seeds = 2;
axes = ( { key = "read_noise"; values = [0.0, 0.1]; } );
measure = ["accuracy", "pulses"];
END

# What is killed, and what it leaves; @ stands for the run's own name.
names=(prepare train train2 sweep table1)
commands=(
    "prepare --quiet -o @.msc"
    "train --quiet --corpus corpus.msc -o @.msm"
    "train --quiet --corpus corpus.msc --approach 2 -o @.msm"
    "sweep ./sweep.cfg --quiet --engine model --corpus corpus.msc -o @.dir"
    "table1 --quiet --engine model --corpus corpus.msc --seeds 1"
)
# run NAME INDEX: in the foreground, to the end.
run() {
    local arguments
    read -ra arguments <<<"${commands[$2]//@/$1}"
    "$memspike" "${arguments[@]}" >"$1.out" 2>"$1.err"
}
without_times() {
    grep -vE 'seconds|[0-9] s\b' "$1"
}
# same A B: what the runs of these names left.
same() {
    if [ -d "$1.dir" ]; then
        # Wall times differ.
        diff -r -q -x '*.log' -x 'times*' "$1.dir" "$2.dir" >/dev/null
    elif [ -f "$1.msc" ]; then
        cmp -s "$1.msc" "$2.msc"
    elif [ -f "$1.msm" ]; then
        cmp -s "$1.msm" "$2.msm"
    else
        cmp -s <(without_times "$1.out") <(without_times "$2.out")
    fi
}

done_kills=0
for index in "${!names[@]}"; do
    name=${names[$index]}
    started=$(date +%s%N)
    if ! run "$name" "$index"; then
        fail "$name does not run: $(head -n 1 "$name.err")"
        continue
    fi
    milliseconds=$((($(date +%s%N) - started) / 1000000))
    share=$((kills / ${#names[@]}))
    killed=0
    attempts=0
    while [ "$killed" -lt "$share" ] && [ "$attempts" -lt $((share * 3)) ]; do
        attempts=$((attempts + 1))
        rm -rf again.*
        # Up to three kills in a row, then to the end.
        for _ in 1 2 3; do
            read -ra arguments <<<"${commands[$index]//@/again}"
            "$memspike" "${arguments[@]}" >/dev/null 2>&1 &
            pid=$!
            moment=$((RANDOM * milliseconds / 32768))
            sleep "$((moment / 1000)).$(printf '%03d' $((moment % 1000)))"
            if kill -9 "$pid" 2>/dev/null; then
                killed=$((killed + 1))
            fi
            wait "$pid" 2>/dev/null || true
        done
        if ! run again "$index"; then
            fail "$name after a kill: $(head -n 1 again.err)"
        elif ! same "$name" again; then
            fail "$name after a kill leaves something else"
        fi
    done
    done_kills=$((done_kills + killed))
    echo "$name: killed $killed times, the same bytes in the end"
done
echo "$done_kills kills in all"

# refused WHAT STATUS COMMAND...: ends with a status that is not 0 and not a crash's, and one line.
refused() {
    local what=$1 status=0
    shift
    "$@" >out 2>err || status=$?
    if [ "$status" -eq 0 ] || [ "$status" -ge 126 ]; then
        fail "$what: exit status $status"
    elif [ "$(wc -l <err)" -ne 1 ]; then
        fail "$what: expected one line, got $(wc -l <err)"
    fi
}
# shellcheck disable=SC2317 # called through refused
# limited BLOCKS COMMAND...: with files of at most so many kilobytes, as on a full disk.
limited() {
    (
        trap '' XFSZ
        ulimit -f "$1"
        shift
        exec "$@"
    )
}
refused "corpus onto a full disk" limited 8 "$memspike" prepare --quiet -o full.msc
refused "model onto a full disk" limited 1 "$memspike" train --quiet --corpus corpus.msc -o full.msm
if [ -e full.msc ] || [ -e full.msm ]; then
    fail "a file that was not written whole is there"
fi
refused "corpus to /dev/full" "$memspike" prepare --quiet -o /dev/full
refused "result to /dev/full" sh -c "'$memspike' info >/dev/full"
refused "into a folder that is not there" "$memspike" prepare --quiet -o no/where.msc
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed
    chmod 500 closed
    refused "into a read-only folder" "$memspike" prepare --quiet -o closed/x.msc
fi

# Every saved file, cut and with a bit flipped: found out, or at least no crash and no other answer.
damaged=0
for file in corpus.msc model.msm; do
    size=$(stat -c %s "$file")
    for try in $(seq 1 40); do
        place=$(((RANDOM * 32768 + RANDOM) % size))
        if [ $((try % 2)) -eq 0 ]; then
            head -c "$place" "$file" >"damaged.${file##*.}"
        else
            cp "$file" "damaged.${file##*.}"
            byte=$(od -An -tu1 -j "$place" -N 1 "$file")
            printf '%b' "\\x$(printf '%x' $((byte ^ (1 << RANDOM % 8))))" |
                dd of="damaged.${file##*.}" bs=1 seek="$place" conv=notrunc status=none
        fi
        damaged=$((damaged + 1))
        if [ "$file" = corpus.msc ]; then
            refused "$file damaged at $place" "$memspike" test model.msm --quiet --corpus damaged.msc --limit 10
        else
            refused "$file damaged at $place" "$memspike" test damaged.msm --quiet --corpus corpus.msc --limit 10
        fi
    done
done
echo "$damaged damaged files, $failures failures"
exit "$((failures > 0))"
