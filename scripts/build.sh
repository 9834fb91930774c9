#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configure and build a preset, showing the log only when something fails.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/build.sh [release|debug|coverage|package] [TARGET...]

Builds into build/release (default), build/debug (with sanitizers), build/coverage or build/package (what scripts/packages.sh packs);
all of it, or these targets: memspike is the command, rtl_NAME, rtl_trace_NAME (with waveforms) and chip_NAME (for SystemC) are the
Verilated RTL of the array NAME.

examples:
  scripts/build.sh
  scripts/build.sh release memspike rtl_100x1
END
}
case "${1:-release}" in
    release | debug | coverage | package) preset=${1:-release} ;;
    -h | --help) usage; exit 0 ;;
    *) echo "build.sh: $1: expected release, debug, coverage or package" >&2; exit 2 ;;
esac
[ $# -gt 1 ] || set -- "$preset" all
shift

mkdir -p build
log=build/$preset.log
echo "building $preset (log: $log) ..."
configure() {
    # Whose Verilated models it takes: CMakePresets.json.
    [ "$preset" != debug ] || cmake --preset release
    cmake --preset "$preset"
}
if ! { configure && cmake --build --preset "$preset" --target "$@"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "build.sh: the build failed; the whole log is $log" >&2
    exit 1
fi
grep '^-- Without ' "$log" | sed 's/^-- /  /' || true
