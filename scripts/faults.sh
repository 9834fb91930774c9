#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
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
verification=$PWD/scripts/verification.py
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
same_without_times() {
    local one other
    one=$(without_times "$1") && other=$(without_times "$2") && [ -n "$one" ] && diff <(echo "$one") <(echo "$other")
}
without_times() {
    grep -vE 'seconds|clocks_per_second|[0-9] s\b' "$1"
}
# same NAME NAME: whether the runs left the same files with the same bytes; says what differs.
same() {
    local name names
    names=$(files_of "$1")
    if [ -z "$names" ] || ! diff <(echo "$names") <(files_of "$2"); then
        return 1
    fi
    for name in $names; do
        case $name in
            *.json) same_without_times "$1$name" "$2$name" || return 1 ;;
            *) cmp "$1$name" "$2$name" || return 1 ;;
        esac
    done
    # Messages of a resumed run say that it is one.
    [ "$3" != table1 ] || same_without_times "$1.out" "$2.out"
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
    token=$("$verification" start faults what="$what")
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
    "$verification" record "$token" times="$killed" failures="$((failures - failures_before))"
done
echo "$done_kills kills in all"

# refused WHAT COMMAND...: ends with a status that is not 0 and not a crash's, and one line.
refusals=0
refused() {
    local what=$1 status=0 message
    shift
    refusals=$((refusals + 1))
    message=$("$@" 2>&1 >/dev/null) || status=$?
    if [ "$status" -eq 0 ] || [ "$status" -ge 126 ]; then
        fail "$what: exit status $status: $message"
    elif [ "$(wc -l <<<"$message")" -ne 1 ] || [ -z "$message" ]; then
        fail "$what: expected one line, got: $message"
    fi
}
# shellcheck disable=SC2317 # called through refused
# limited KILOBYTES COMMAND...: with files of at most so many, as on a full disk.
limited() {
    (
        trap '' XFSZ
        ulimit -f "$1"
        shift
        exec "$@"
    )
}
nothing_left() { # nothing_left WHAT FOLDER
    if [ -n "$(find "$2" -mindepth 1 -name '*.unfinished-*' -o -mindepth 1 -type f -name 'new*')" ]; then
        fail "$1: a file that was not written whole is there: $(find "$2" -mindepth 1 -type f | tr '\n' ' ')"
    fi
}
# What each command that writes files is asked to write into a folder, @.
writers=(
    "prepare --quiet -o @/new.msc"
    "train --quiet --corpus corpus.msc -o @/new.msm"
    "train --quiet --corpus corpus.msc --approach 2 --steps 20 --epochs 1 -o @/new.msm"
    "sweep ./grid.cfg --quiet --corpus corpus.msc -o @/new"
    "test model.msm --quiet --corpus corpus.msc --limit 5 --json @/new.json"
    "program model.msm --quiet --pulses @/new.csv"
    "table1 --quiet --corpus corpus.msc --seeds 1 --epochs 1 --steps 20 --json @/new.json"
    "trace model.msm --quiet --corpus corpus.msc --review 1 -o @/new.fst"
)
# each_writer WHAT FOLDER COMMAND...: every one of them, through the command, must be refused.
each_writer() {
    local what=$1 folder=$2 writer arguments
    shift 2
    for writer in "${writers[@]}"; do
        read -ra arguments <<<"${writer//@/$folder}"
        refused "$what: memspike $writer" "$@" "$memspike" "${arguments[@]}"
        nothing_left "$what: memspike $writer" "$folder"
        rm -rf "${folder:?}"/new*
    done
}

test_full_disk() {
    mkdir full
    each_writer "onto a full disk" full limited 0
    # A real one; not everybody may make it.
    if mount -t tmpfs -o size=64k none full 2>/dev/null; then
        cat /dev/zero >full/others 2>/dev/null || true
        each_writer "onto a disk that is full" full env
        truncate -s 53248 full/others
        refused "waveforms onto a disk that fills up" "$memspike" trace model.msm --quiet --corpus corpus.msc --review 1 -o full/new.fst
        nothing_left "waveforms onto a disk that fills up" full
        umount full
    fi
    refused "corpus to /dev/full" "$memspike" prepare --quiet -o /dev/full
    for command in --help "train --help" info "test model.msm --quiet --corpus corpus.msc --limit 5 --json -"; do
        refused "$command to /dev/full" sh -c "'$memspike' $command >/dev/full"
    done
}

test_unwritable_folder() {
    local as_user=(env)
    mkdir closed
    chmod 500 closed
    # Root may write anywhere: as nobody, then.
    if [ "$(id -u)" -eq 0 ]; then
        chmod 755 closed .
        as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    "${as_user[@]}" "$memspike" info model.msm >/dev/null || fail "cannot be run by ${as_user[*]}"
    each_writer "into a read-only folder" closed "${as_user[@]}"
    refused "into a folder that is not there" "$memspike" prepare --quiet -o no/where.msc
}

# closed_pipe COMMAND...: nobody reads what it prints. It ends by SIGPIPE, or, where that is ignored, with one line.
closed_pipe() {
    local pipe status=0
    refusals=$((refusals + 1))
    exec {pipe}> >(:)
    wait $!
    "$memspike" "$@" 1>&"$pipe" 2>err || status=$?
    if [ "$status" -ne 141 ] && { [ "$status" -ne 1 ] || [ "$(wc -l <err)" -ne 1 ]; }; then
        fail "closed pipe: memspike $*: exit status $status: $(head -n 1 err)"
    fi
    status=0
    (
        trap '' PIPE
        exec "$memspike" "$@" 1>&"$pipe" 2>err
    ) || status=$?
    if [ "$status" -ne 1 ] || [ "$(wc -l <err)" -ne 1 ]; then
        fail "closed pipe, ignored: memspike $*: exit status $status: $(head -n 1 err)"
    fi
    exec {pipe}>&-
    nothing_left "closed pipe: memspike $*" .
}
test_closed_pipe() {
    closed_pipe --help
    closed_pipe sweep --help
    closed_pipe info
    closed_pipe info model.msm
    closed_pipe sweep ./grid.cfg --list
    closed_pipe sweep ./grid.cfg --quiet --corpus corpus.msc -o piped
    closed_pipe train --quiet --corpus corpus.msc --epochs 1 -o piped.msm
    closed_pipe test model.msm --quiet --corpus corpus.msc --limit 20 --json -
    closed_pipe test model.msm --quiet --corpus corpus.msc --limit 20 --json piped.json
    closed_pipe program model.msm --quiet --pulses piped.csv
    closed_pipe classify model.msm "a fine film"
}

# Every kind of saved file, and the command that reads it from @.
declare -A readers=(
    [corpus.msc]="test model.msm --quiet --corpus @ --limit 10"
    [bigrams.msc]="train --quiet --corpus @ --epochs 1 -o unwritten.msm"
    [model.msm]="test @ --quiet --corpus corpus.msc --limit 10"
    [partial.msm]="train --quiet --corpus corpus.msc --approach 2 --steps 20 --resume -o @"
    [swept/points/sweep.id]="sweep ./grid.cfg --quiet --corpus corpus.msc -o swept"
    [swept/points/000002.point]="sweep ./grid.cfg --quiet --corpus corpus.msc -o swept"
    [swept/sweep.csv]="report swept"
    [swept/sweep.json]="report swept"
    [swept/sweep.crc32]="report swept"
)
# damage FILE TRY: cut short or with one bit flipped, somewhere.
damage() {
    local size place byte
    size=$(stat -c %s "$1")
    place=$(((RANDOM * 32768 + RANDOM) % size))
    if [ $(($2 % 2)) -eq 0 ]; then
        truncate -s "$place" "$1"
    else
        byte=$(od -An -tu1 -j "$place" -N 1 "$1")
        printf '%b' "\\x$(printf '%x' $((byte ^ (1 << RANDOM % 8))))" | dd of="$1" bs=1 seek="$place" conv=notrunc status=none
    fi
    echo "$place"
}
test_damaged_files() {
    local file arguments pid place
    "$memspike" prepare --quiet --bigrams -o bigrams.msc >/dev/null 2>&1
    "$memspike" sweep ./grid.cfg --quiet --corpus corpus.msc -o swept >/dev/null 2>&1
    # Stopped between two epochs.
    read -ra arguments <<<"${readers[partial.msm]//@/partial.msm}"
    "$memspike" "${arguments[@]}" >/dev/null 2>&1 &
    pid=$!
    while [ ! -e partial.msm ] && kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null || true
    for file in "${!readers[@]}"; do
        read -ra arguments <<<"${readers[$file]//@/$file}"
        cp "$file" whole
        for try in $(seq 1 40); do
            place=$(damage "$file" "$try")
            cp "$file" damaged
            refused "$file damaged at $place" "$memspike" "${arguments[@]}"
            cmp -s "$file" damaged || fail "$file damaged at $place: it was written to"
            cp whole "$file"
        done
        [ ! -e unwritten.msm ] || fail "$file: a model was made of it"
        # And whole it is taken.
        [ "$file" = partial.msm ] || "$memspike" "${arguments[@]}" >/dev/null 2>err || fail "$file, whole: $(head -n 1 err)"
        rm -f unwritten.msm
    done
}

case " ${chosen[*]} " in
    *" files "*)
        token=$("$verification" start faults what=files)
        failures_before=$failures
        test_full_disk
        test_unwritable_folder
        test_closed_pipe
        test_damaged_files
        echo "$refusals times a full disk, a read-only folder, a closed pipe or a damaged file"
        "$verification" record "$token" times="$refusals" failures="$((failures - failures_before))"
        ;;
esac
echo "$failures failures"
exit "$((failures > 0))"
