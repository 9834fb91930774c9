#!/usr/bin/env bash
# Install what memspike needs: Debian packages only. Safe to run again; installs only what is missing.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/setup.sh [--check]

Installs the Debian or Ubuntu packages that building, testing and running memspike needs; uses sudo only when not root.

  --check   install nothing; list what is missing and exit with 1 if anything is

examples:
  scripts/setup.sh
  scripts/setup.sh --check
END
}

packages=(
    build-essential cmake ninja-build pkg-config git ca-certificates # building
    verilator                                    # RTL to C++
    iverilog yosys                               # lint and synthesis
    nextpnr-ice40 fpga-icestorm fpga-icestorm-chipdb # FPGA boards: place and route, bitstreams
    cvc4                                         # solver of the formal proofs
    clang libclang-rt-dev libomp-dev             # libFuzzer; the thread sanitizer, which knows the OpenMP of Clang
    valgrind                                     # memory errors without instrumentation
    libarchive-dev libutf8proc-dev uthash-dev    # reviews: archives, Unicode, hashing
    libconfig-dev libjansson-dev libxxhash-dev   # configuration, JSON, checksums
    libgsl-dev libcsv-dev                        # `memspike fit`: least squares, CSV files
    librandom123-dev                             # counter-based random numbers
    libopenmpi-dev openmpi-bin                   # sweeps on many machines
    libsystemc-dev                               # the SystemC platform
    gtkwave zlib1g-dev                           # waveforms: viewer and fst2vcd, compression of the files; checksums
    xvfb xauth                                   # a display for the screenshots of the views
    libgtest-dev ngspice python3-numpy           # tests; a second opinion on the lines of a crossbar, and on all the rest
    shellcheck clang-format clang-tidy           # checks of the sources
    python3 curl unzip zstd                      # scripts
    python3-matplotlib                           # plots of `memspike report` and `memspike fit`
)
# Tests look at the report in a browser where there is one. Ubuntu has it as a snap only, which is left to the user.
if grep -qx 'ID=debian' /etc/os-release 2>/dev/null; then
    packages+=(chromium)
fi

check_only=false
case "${1:-}" in
    "") ;;
    --check) check_only=true ;;
    -h | --help) usage; exit 0 ;;
    *) echo "setup.sh: $1: unknown option; see scripts/setup.sh --help" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup.sh: this machine has no apt-get; install these packages' counterparts by hand:" >&2
    printf '  %s\n' "${packages[@]}" >&2
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
    echo "setup: everything is installed"
    exit 0
fi
if $check_only; then
    echo "setup: missing: ${missing[*]}"
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup.sh: not root and no sudo; as root, run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "setup: done"
