#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Try both commands of the README on a fresh Debian machine. See --help.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/systems.sh bookworm|trixie [--data DIR] [--verilator SUITE] [--folder DIR] [--keep]
                          [--packages DIR] [--mirror URL] [--record]

Makes a minimal Debian 12 (bookworm) or 13 (trixie) with debootstrap in a folder of its own, with an ordinary user who may use
sudo; clones what is committed here; runs scripts/demo.sh and scripts/test.sh as that user; looks at what they left behind;
and prints a table: seconds, megabytes, tests. Needs root (for debootstrap and chroot) and the package debootstrap.

  --data DIR         the reviews, for both commands; the machine may only read them
  --verilator SUITE  instead: unpack the Verilator of that suite (testing, sid) beside, lint the RTL with it, build memspike,
                     and run RTL and C reference models in lock-step on three arrays
  --folder DIR       make the machine in this folder, which must not exist; otherwise a temporary one under /var/tmp
  --keep             leave the machine there for a look: scripts/systems.sh --enter DIR
  --packages DIR     keep downloaded packages here and take them from here; the table counts them as fetched all the same
  --mirror URL       Debian's archive; debootstrap's own choice otherwise
  --record           write the table's row to docs/systems/, too; scripts/systems.py makes docs/systems.md of all of them

The rows are build/systems/*.json, the logs build/systems/*.log. Exit status 1 when a command or a test failed or something was
left outside of the checkout's build folder.

examples:
  sudo scripts/systems.sh bookworm
  sudo scripts/systems.sh trixie --data ~/imdb --record
  sudo scripts/systems.sh trixie --verilator sid
END
}

# shellcheck source=scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"

if [ "${1:-}" = --enter ]; then
    root=${2:?--enter: expected the folder of a machine that was kept}
    make_devices "$root"
    as_user bash -c "cd '$checkout' && exec bash -i"
    exit
fi

suite="" data="" verilator="" folder=""
keep=false record=false
while [ $# -gt 0 ]; do
    case "$1" in
        --data | --verilator | --folder | --packages | --mirror)
            [ -n "${2:-}" ] || fail 2 "$1: expected a value"
            declare "${1#--}=$2"
            shift
            ;;
        --keep) keep=true ;;
        --record) record=true ;;
        bookworm | trixie) suite=$1 ;;
        *) fail 2 "$1: expected bookworm, trixie or an option; see scripts/systems.sh --help" ;;
    esac
    shift
done
[ -n "$suite" ] || fail 2 "which system? expected bookworm or trixie"
[ -z "$data" ] || [ -d "$data" ] || fail 2 "--data $data: is no folder"
[ -z "$folder" ] || [ ! -e "$folder" ] || fail 2 "--folder $folder: exists already"

cd "$(dirname "$0")/.."
[ -z "$data" ] || data=$(readlink -f "$data")
root=${folder:-$(mktemp -d /var/tmp/memspike-"$suite".XXXXXX)}
mkdir -p "$root"
root=$(readlink -f "$root")
chmod 755 "$root"
remove() {
    if $keep; then
        echo "kept: $root"
    else
        remove_machine "$root"
    fi
}
trap remove EXIT
trap 'exit 130' HUP INT TERM

name=$suite${verilator:+-verilator-$verilator}
results=build/systems
mkdir -p "$results"
rm -f "$results/$name".{json,log}
log=$(readlink -f "$results")/$name.log

echo "== $suite: a minimal system (log: $results/$name.log)"
make_machine "$suite" sudo,ca-certificates,git
echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
clone_into_machine
if [ -n "$data" ]; then
    mkdir "$root/data"
    mount --bind "$data" "$root/data"
    mount -o remount,bind,ro "$root/data"
    environment+=(MEMSPIKE_DATA=/data)
fi

# shellcheck disable=SC2016 # dpkg-query's own
installed() { chroot "$root" dpkg-query -W -f '${Package}:${Architecture}=${Version}\n' | sort; }
used() { du -skx "$root/usr" | cut -f 1; }
fetched() { # fetched BEFORE AFTER: bytes of the packages that came in between
    comm -13 "$1" "$2" | sed 's/:all=/=/' | xargs -r chroot "$root" apt-cache show 2>/dev/null | awk '/^Size:/ { sum += $2 } END { print sum + 0 }'
}
# shellcheck disable=SC2016 # dpkg-query's own
version() { chroot "$root" dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed -E 's/^[0-9]+://; s/[-+~].*//'; }

work=$(mktemp -d)
trap 'rm -rf "$work"; remove' EXIT
failed=false
steps=()
# step NAME COMMAND...: in the checkout, as the user; a line of JSON about it. Everything that is not the package
# manager's must stay in the checkout's build folder.
step() {
    local title=$1 status=0 start tests skipped left
    shift
    echo "== $suite: $title"
    installed >"$work/before"
    local megabytes
    megabytes=$(used)
    touch "$work/start"
    start=$(date +%s)
    # shellcheck disable=SC2016 # for the shell in the machine
    (as_user bash -c 'cd "$1" && shift && exec "$@"' x "$checkout" "$@") >"$work/output" 2>&1 || status=$?
    local seconds=$(($(date +%s) - start))
    installed >"$work/after"
    cat "$work/output" >>"$log"
    # Where an ordinary user can write: its home and the folders that are open to all. Debian's Verilator has ccache run the
    # compiler, whose cache is the user's.
    left=$({ find "$root/home" "$root/tmp" "$root/var/tmp" "$root/dev/shm" -newer "$work/start" ! -type d \
        ! -path "$root$checkout/build/*" ! -path "$root$checkout/.git/*" ! -path "$root$home/.cache/ccache/*"
        [ "$(stat -c '%a %t %T' "$root/dev/null")" = "666 1 3" ] || echo "$root/dev/null"; } | sed "s|^$root||")
    tests=$(sed -nE 's/.* ([0-9]+) tests failed out of ([0-9]+)$/\1 \2/p' "$work/output" | awk '{ f += $1; n += $2 } END { printf "%d %d", n - f, f }')
    skipped=$(grep -cE '\*\*\*Skipped' "$work/output" || true)
    steps+=("$(python3 - "$title" "$status" "$seconds" "$(fetched "$work/before" "$work/after")" "$(($(used) - megabytes))" "$tests" "$skipped" "$left" <<'END'
import json, sys
title, status, seconds, fetched, used, tests, skipped, left = sys.argv[1:]
passed, failed = map(int, tests.split())
print(json.dumps({"command": title, "exit_status": int(status), "seconds": int(seconds), "fetched_mb": round(int(fetched) / 1e6),
                  "installed_mb": round(int(used) * 1024 / 1e6), "tests_passed": passed, "tests_failed": failed,
                  "tests_skipped": int(skipped), "left_behind": left.split("\n") if left else []}))
END
    )")
    if [ "$status" -ne 0 ]; then
        failed=true
        tail -n 25 "$work/output" >&2
        echo "systems.sh: $title: exit status $status" >&2
    fi
    if [ -n "$left" ]; then
        failed=true
        echo "systems.sh: $title: left behind outside of build/:" >&2
        head -n 20 <<<"$left" >&2
    fi
}

verilator_version=""
if [ -z "$verilator" ]; then
    step scripts/demo.sh scripts/demo.sh
    step scripts/test.sh scripts/test.sh
else
    step "scripts/setup.sh --for demo" scripts/setup.sh --for demo
    as_root apt-get install -y -qq --no-install-recommends iverilog liblz4-dev >>"$log" 2>&1
    archive=$(awk '$1 == "deb" { print $2; exit }' "$root/etc/apt/sources.list")
    echo "deb $archive $verilator main" >"$root/opt/newer.list"
    mkdir -p "$root/opt/lists/partial" "$root/opt/newer"
    newer=(-o Dir::Etc::SourceList=/opt/newer.list -o Dir::Etc::SourceParts=- -o Dir::State::Lists=/opt/lists)
    as_root apt-get "${newer[@]}" update -qq >>"$log" 2>&1
    as_root sh -c 'cd /opt && apt-get "$@" download verilator && dpkg -x verilator_*.deb newer' x "${newer[@]}" >>"$log" 2>&1
    environment+=(VERILATOR_ROOT=/opt/newer/usr/share/verilator CMAKE_PREFIX_PATH=/opt/newer/usr PATH=/opt/newer/usr/bin:/usr/bin:/bin:/usr/sbin:/sbin)
    verilator_version=$(as_user verilator --version | awk '{ print $2 }')
    step "tests/unit/rtl_lint.sh" tests/unit/rtl_lint.sh
    step "scripts/build.sh release memspike modules" scripts/build.sh release memspike modules
    # shellcheck disable=SC2016 # for the shell in the machine
    step "memspike test --check, trace" bash -c 'set -e; mkdir -p build/check; cd build/check; memspike=../release/memspike
        $memspike prepare --data demo --quiet -o corpus.msc
        $memspike train --quiet --corpus corpus.msc -o model.msm
        for array in 100x1 10x10; do
            $memspike test model.msm --corpus corpus.msc --quiet --check --limit 10 --array "$array"
        done
        $memspike train --quiet --corpus corpus.msc --array 100x1d --preset signed --epochs 1 -o signed.msm
        $memspike test signed.msm --corpus corpus.msc --quiet --check --limit 10 --array 100x1d --preset signed
        $memspike trace model.msm --corpus corpus.msc --review 1 -o review.fst'
fi

python3 - "$root$checkout/build/demo" "$results/$name.json" "$suite" "$(cat "$root/etc/debian_version")" "$verilator_version" \
    "$([ -n "$data" ] && echo the reviews || echo the demo corpus)" "Verilator $(version verilator)" "GCC $(version gcc)" "CMake $(version cmake)" \
    "SystemC $(version libsystemc-dev)" "Open MPI $(version openmpi-bin)" "Icarus $(version iverilog)" "Yosys $(version yosys)" \
    -- "${steps[@]}" <<'END'
import datetime, json, os, sys
demo, out, suite, debian, verilator, corpus = sys.argv[1:7]
end = sys.argv.index("--")
tools = dict(tool.rsplit(" ", 1) if not tool.endswith(" ") else (tool.strip(), "") for tool in sys.argv[7:end])
tools = {name: version for name, version in tools.items() if version}
if verilator:
    tools["Verilator"] = verilator
row = {"system": f"Debian {debian} ({suite})", "newer_verilator": bool(verilator), "date": datetime.date.today().isoformat(),
       "processors": os.cpu_count(), "data": corpus, "tools": tools, "steps": [json.loads(step) for step in sys.argv[end + 1:]]}
try:
    snn = json.load(open(f"{demo}/snn.json"))
    row["rtl_seconds_for_25000_reviews"] = round(snn["seconds"] * 25000 / snn["reviews"], 2)
except OSError:
    pass
json.dump(row, open(out, "w"), indent=1)
open(out, "a").write("\n")
END
if $record; then
    mkdir -p docs/systems
    cp "$results/$name.json" docs/systems/
    scripts/systems.py
fi
scripts/systems.py --show "$results/$name.json"
! $failed
