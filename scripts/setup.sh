#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Install what memspike needs: Debian packages only. Safe to run again; installs only what is missing.
set -euo pipefail

usage() {
    cat <<'END'
usage: scripts/setup.sh [--for demo|package|test|docs] [--check]

Installs the Debian packages that memspike needs (Ubuntu: not tried); uses sudo only when not root.

  --for demo     what building and running the command needs, and scripts/demo.sh
  --for package  to make Debian packages of it: scripts/packages.sh
  --for test     all of it (default): the tests, the checks of the sources, FPGA boards, many machines, plots and views too
  --for docs     the site of documents: scripts/docs.sh
  --check        install nothing; list what is missing and exit with 1 if anything is

examples:
  scripts/setup.sh
  scripts/setup.sh --for demo
  scripts/setup.sh --check
END
}

# What for, which packages, and why: "demo" is in the others, too.
table() {
    cat <<'END'
demo build-essential cmake ninja-build pkg-config git ca-certificates # building
demo verilator                                    # RTL to C++
demo zlib1g-dev                                   # compression of waveforms; checksums
demo libarchive-dev libutf8proc-dev uthash-dev    # reviews: archives, Unicode, hashing
demo libconfig-dev libjansson-dev libxxhash-dev   # configuration, JSON, checksums
demo libcminpack-dev libcsv-dev                   # `memspike fit`: least squares, CSV files
demo librandom123-dev                             # counter-based random numbers
demo libsystemc-dev                               # the SystemC platform
demo python3 curl unzip zstd                      # scripts
test python3-numpy python3-cffi python3-setuptools # memspike for Python: arrays, calls of the library, pip
test libgtest-dev python3-pytest                  # tests
test ngspice                                      # a second opinion on the lines of a crossbar; NumPy's is on all the rest
test iverilog yosys                               # lint and synthesis
test cvc4                                         # solver of the formal proofs
test nextpnr-ice40 fpga-icestorm fpga-icestorm-chipdb # FPGA boards: place and route, bitstreams
test clang-19 libclang-rt-19-dev libomp-19-dev     # libFuzzer; the thread sanitizer, which knows the OpenMP of Clang
package help2man file dpkg-dev python3-cffi       # manual pages; what a package depends on; the declarations of python3-memspike
test help2man zsh fish                            # manual pages; shells whose completions are tested
test valgrind                                     # memory errors without instrumentation
test mypy                                         # the types of memspike for Python
test reuse                                        # a licence for every file
test abigail-tools                                # the library's binary interface
test shellcheck clang-format-19 clang-tidy-19     # checks of the sources, by the same on every system: each version has a form of its own
test libopenmpi-dev openmpi-bin                   # sweeps on many machines
docs doxygen python3-sphinx python3-breathe python3-myst-parser python3-sphinx-rtd-theme python3-numpy python3-cffi # the site of documents
test python3-matplotlib                           # plots of `memspike report` and `memspike fit`
test gtkwave xvfb xauth                           # waveforms: viewer and fst2vcd; a display for pictures of the views
END
    # Tests look at the report in a browser where there is one. Ubuntu has it as a snap only, which is left to the user.
    if grep -qx 'ID=debian' /etc/os-release 2>/dev/null; then
        echo "test chromium # the report in a browser"
    fi
    # The Verilators of Debian 12 and 13 bring it along.
    if ! grep -qxE 'VERSION_ID="1[23]"' /etc/os-release 2>/dev/null; then
        echo "demo liblz4-dev # compression of waveforms by newer Verilators"
    fi
}

check_only=false
purpose="test"
while [ $# -gt 0 ]; do
    case "$1" in
        --check) check_only=true ;;
        --for)
            purpose=${2-}
            shift
            case "$purpose" in
                demo | package | test | docs) ;;
                *) echo "setup.sh: --for '$purpose': expected demo, package, test or docs" >&2; exit 2 ;;
            esac
            ;;
        -h | --help) usage; exit 0 ;;
        *) echo "setup.sh: $1: unknown option; see scripts/setup.sh --help" >&2; exit 2 ;;
    esac
    shift
done
packages=()
while read -ra row; do
    for word in "${row[@]:1}"; do
        [ "$word" != "#" ] || break
        packages+=("$word")
    done
done < <(table | grep -E "^($purpose|demo) ")

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
