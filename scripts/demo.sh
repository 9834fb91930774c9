#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Set everything up and run the main job: read the reviews, train, convert to the spiking network, write the memristors
# with the RTL's controller, and test on the Verilated RTL.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/demo.sh [DATA]

DATA is a folder with the IMDB reviews (aclImdb/ or its archive) and optionally word vectors; without it $MEMSPIKE_DATA,
data/imdb (filled by scripts/fetch_data.sh), or the built-in demo corpus is used. Results go to build/demo.

examples:
  scripts/demo.sh
  scripts/fetch_data.sh && scripts/demo.sh
  scripts/demo.sh ~/imdb
END
}
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    -*) echo "demo.sh: $1: unknown option; see scripts/demo.sh --help" >&2; exit 2 ;;
esac
if [ $# -gt 1 ]; then
    echo "demo.sh: $# arguments given; expected at most one, the data folder" >&2
    exit 2
fi

scripts/setup.sh --for demo
# What it runs, and no more: the RTL of other arrays, waveforms and SystemC come with scripts/build.sh.
scripts/build.sh release memspike rtl_100x1
mkdir -p build
build/release/memspike demo -o build/demo "$@"
echo "  scripts/build.sh    the RTL of the other arrays, waveforms, SystemC"
