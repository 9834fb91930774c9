#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make Debian packages, and try them on a fresh system. See --help.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/packages.sh here
       scripts/packages.sh bookworm|trixie [--builder DIR] [--keep] [--packages DIR] [--mirror URL]

here: installs what that needs, builds, and leaves the packages in build/package/*.deb.

bookworm or trixie: the same by an ordinary user on a minimal Debian 12 or 13, made with debootstrap; then a second one, which has no
compiler, in which the packages are installed and an ordinary user runs `memspike demo`. Needs root (for debootstrap and chroot) and the
package debootstrap. Prints the processor time from `apt install ./memspike*.deb` to the demo's result.

  --builder DIR   build in this machine, of this script's --keep or of scripts/systems.sh's, instead of a fresh one
  --keep          leave the machine that builds there
  --packages DIR  keep downloaded packages here and take them from here
  --mirror URL    Debian's archive; debootstrap's own choice otherwise

The packages are build/packages/SUITE/*.deb, the log is build/packages/SUITE.log.

examples:
  scripts/packages.sh here && sudo apt install ./build/package/memspike*.deb && memspike demo
  sudo scripts/packages.sh bookworm
  sudo scripts/packages.sh trixie --packages ~/debs
END
}

if [ "${1:-}" = here ]; then
    cd "$(dirname "$0")/.."
    scripts/setup.sh --for package
    scripts/build.sh package
    # In a folder of its own: what it is made from lies beside it.
    cpack --config build/package/CPackConfig.cmake -B build/package/packing
    mv build/package/packing/*.deb build/package
    exit
fi

# shellcheck source=scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"

suite="" builder="" keep=false
while [ $# -gt 0 ]; do
    case "$1" in
        --builder | --packages | --mirror)
            [ -n "${2:-}" ] || fail 2 "$1: expected a value"
            declare "${1#--}=$2"
            shift
            ;;
        --keep) keep=true ;;
        bookworm | trixie) suite=$1 ;;
        *) fail 2 "$1: expected bookworm, trixie or an option; see scripts/packages.sh --help" ;;
    esac
    shift
done
[ -n "$suite" ] || fail 2 "which system? expected bookworm or trixie"
[ -z "$builder" ] || [ -d "$builder/home/$user" ] || fail 2 "--builder $builder: expected a machine with the user $user"

cd "$(dirname "$0")/.."
results=build/packages/$suite
rm -rf "$results"
mkdir -p "$results"
log=$(readlink -f build/packages)/$suite.log
: >"$log"
machines=()
remove() {
    local machine
    for machine in "${machines[@]}"; do remove_machine "$machine"; done
}
trap remove EXIT
trap 'exit 130' HUP INT TERM
# told COMMAND...: what it says goes to the log, whose end is shown when it fails.
told() {
    "$@" >>"$log" 2>&1 || { tail -n 25 "$log" >&2; fail 1 "$*: failed; the log is $log"; }
}
# new_machine [INCLUDED]
new_machine() {
    root=$(mktemp -d /var/tmp/memspike-"$suite".XXXXXX)
    chmod 755 "$root"
    machines+=("$root")
    make_machine "$suite" "$@"
}

echo "== $suite: building (log: build/packages/$suite.log)"
if [ -n "$builder" ]; then
    root=$(readlink -f "$builder")
    make_devices "$root"
else
    new_machine sudo,ca-certificates,git
    ! $keep || { machines=() && echo "kept: $root"; }
fi
checkout=$home/packages
clone_into_machine
told as_root "$checkout/scripts/setup.sh" --for package
told as_user "$checkout/scripts/packages.sh" here
cp "$root$checkout"/build/package/*.deb "$results"
built=("$results"/*.deb)

echo "== $suite: installing and running on a fresh machine"
new_machine
! as_root sh -c 'command -v cc verilator' || fail 1 "the fresh machine has a compiler"
cp "${built[@]}" "$root/home/$user"
TIMEFORMAT="%U %S %R"
{ time told as_root sh -c "apt-get install -y -qq --no-install-recommends $home/memspike*.deb"; } 2>"$results/times"
{ time told as_user sh -c "cd && memspike demo && grep -q '\"accuracy\"' memspike-demo/memristor.json"; } 2>>"$results/times"
told as_root sh -c "apt-get install -y -qq --no-install-recommends $home/*.deb"
# The command finds all that it has by name, and Python what the library has.
told as_user sh -c 'cd && memspike info && memspike trace memspike-demo/model.msm --corpus memspike-demo/corpus.msc -o review.fst'
if as_root test -e /usr/lib/python3/dist-packages/memspike; then
    told as_user python3 -c 'import memspike, numpy
crossbar = memspike.Crossbar("paper", engine="rtl")
crossbar.write(numpy.full((1, 100), 0.5))
print(crossbar.run(numpy.full((2, 100), 0.5)))'
fi
awk -v suite="$suite" '{ cpu += $1 + $2; wall += $3 } END { printf "%s: %.1f s of processor time from apt install to the first result, %.1f s in all\n", suite, cpu, wall }' "$results/times"
rm "$results/times"
ls -l "$results"
