#!/usr/bin/env bash
# Faults from outside: kills, full disks, read-only folders, closed pipes, damaged files. Nothing may be lost or wrong in silence.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END2'
usage: scripts/faults.sh [KILLS [WHAT...]]

Runs prepare, train (both approaches: train, train2), sweep and table1 on the demo corpus, kills each -9 at random moments
(KILLS in all, default: 200), starts it again until it ends, and compares what it leaves with an undisturbed run, byte for
byte; no half-written file may stay. Then `files`: writes onto a full disk, into a read-only folder and into a closed pipe,
and reads every kind of saved file cut short and with a bit flipped: each must end with one line on standard error and a
failing exit status. WHAT chooses among prepare, train, train2, sweep, table1 and files.

What a failed comparison compared is kept in build/faults.

environment:
  MEMSPIKE_BUILD  build directory (default: build/release)

examples:
  scripts/faults.sh
  scripts/faults.sh 20
  scripts/faults.sh 40 sweep
  scripts/faults.sh 0 files
END2
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    *[!0-9]*) echo "faults.sh: $1: expected a number of kills; see scripts/faults.sh --help" >&2; exit 2 ;;
esac
kills=${1:-200}
chosen=("${@:2}")
[ ${#chosen[@]} -gt 0 ] || chosen=(prepare train train2 sweep table1 files)
memspike=$PWD/${MEMSPIKE_BUILD:-build/release}/memspike
[ -x "$memspike" ] || scripts/build.sh release
kept=$PWD/build/faults
rm -rf "$kept"
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

"$memspike" prepare --quiet -o corpus.msc >/dev/null 2>&1
"$memspike" train --quiet --corpus corpus.msc -o model.msm >/dev/null 2>&1
cat >grid.cfg <<'END2'
name = "faults";
description = "For the test of faults";
approach = 1;
network = "memristor";
seeds = 2;
axes = ( { key = "read_noise"; values = [0.0, 0.1]; } );
measure = ["accuracy", "pulses"];
END2

# What is killed, and what it leaves; @ stands for the run's own name.
declare -A commands=(
    [prepare]="prepare --quiet -o @.msc"
    [train]="train --quiet --resume --corpus corpus.msc -o @.msm"
    [train2]="train --quiet --resume --corpus corpus.msc --approach 2 -o @.msm"
    [sweep]="sweep ./grid.cfg --quiet --engine model --corpus corpus.msc -o @.dir"
    [table1]="table1 --quiet --engine model --corpus corpus.msc --seeds 1 --json @.json"
)
# run NAME WHAT: in the foreground, to the end.
run() {
    local arguments
    read -ra arguments <<<"${commands[$2]//@/$1}"
    "$memspike" "${arguments[@]}" >"$1.out" 2>"$1.err"
}
# What the run of a name has left besides its messages.
files_of() {
    find "$1".* -type f ! -name "$1.out" ! -name "$1.err" | sed "s/^$1//" | sort
}
without_times() {
    grep -vE 'seconds|clocks_per_second|[0-9] s\b' "$1"
}
# same NAME NAME: whether the runs left the same files with the same bytes; says what differs.
same() {
    local name
    if ! diff <(files_of "$1") <(files_of "$2"); then
        return 1
    fi
    for name in $(files_of "$1"); do
        case $name in
            *.json) cmp <(without_times "$1$name") <(without_times "$2$name") || return 1 ;;
            *) cmp "$1$name" "$2$name" || return 1 ;;
        esac
    done
    # Messages of a resumed run say that it is one.
    [ "$3" != table1 ] || cmp <(without_times "$1.out") <(without_times "$2.out")
}

done_kills=0
killable=()
for what in "${chosen[@]}"; do
    [ "$what" = files ] || killable+=("$what")
done
for what in ${killable[@]+"${killable[@]}"}; do
    if [ -z "${commands[$what]:-}" ]; then
        echo "faults.sh: $what: expected prepare, train, train2, sweep, table1 or files" >&2
        exit 2
    fi
    started=$(date +%s%N)
    if ! run "$what" "$what"; then
        fail "$what does not run: $(head -n 1 "$what.err")"
        continue
    fi
    milliseconds=$((($(date +%s%N) - started) / 1000000))
    share=$(((kills + ${#killable[@]} - 1) / ${#killable[@]}))
    killed=0
    attempts=0
    failures_before=$failures
    while [ "$killed" -lt "$share" ] && [ "$attempts" -lt $((share * 3)) ]; do
        attempts=$((attempts + 1))
        rm -rf again.*
        # Up to three kills in a row, then to the end.
        for _ in 1 2 3; do
            read -ra arguments <<<"${commands[$what]//@/again}"
            "$memspike" "${arguments[@]}" >/dev/null 2>&1 &
            pid=$!
            moment=$((RANDOM * milliseconds / 32768))
            sleep "$((moment / 1000)).$(printf '%03d' $((moment % 1000)))"
            if kill -9 "$pid" 2>/dev/null; then
                killed=$((killed + 1))
            fi
            wait "$pid" 2>/dev/null || true
        done
        if ! run again "$what"; then
            fail "$what after a kill: $(head -n 1 again.err)"
        elif ! same "$what" again "$what" >difference 2>&1; then
            fail "$what after a kill leaves something else: $(tr '\n' ' ' <difference)"
            mkdir -p "$kept/$what-$attempts"
            cp -r "$what".* again.* "$kept/$what-$attempts"
        fi
    done
    done_kills=$((done_kills + killed))
    echo "$what: killed $killed times, run to its end $attempts times, $((failures - failures_before)) failures"
done
echo "$done_kills kills in all"
