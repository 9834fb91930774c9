#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Set everything up and run all tests.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    cat <<'END'
usage: scripts/test.sh [--quick]

Installs what is missing, builds, checks the sources' form (clang-format, clang-tidy, shellcheck), runs all tests, and
runs the tests of C code again under the address and undefined-behaviour sanitizers. With $MEMSPIKE_DATA set to
a folder with the IMDB reviews, the tests on real data run too.

  --quick   release build and tests only

examples:
  scripts/test.sh
  MEMSPIKE_DATA=~/imdb scripts/test.sh
END
}
quick=false
case "${1:-}" in
    "") ;;
    --quick) quick=true ;;
    -h | --help) usage; exit 0 ;;
    *) echo "test.sh: $1: unknown option; see scripts/test.sh --help" >&2; exit 2 ;;
esac

# What Python, Yosys and others keep for the next time stays in the build folder.
mkdir -p build/home
export PYTHONPYCACHEPREFIX=$PWD/build/pycache XDG_STATE_HOME=$PWD/build/state

scripts/setup.sh
scripts/build.sh release
if ! $quick; then
    scripts/check_sources.sh
fi
# One more than there are processors, since some wait for others to end.
jobs=$(($(nproc) + 1))
HOME=$PWD/build/home ctest --preset release --no-tests=error -j "$jobs"
if ! $quick; then
    scripts/build.sh debug
    HOME=$PWD/build/home ctest --preset debug --no-tests=error -j "$jobs" -LE release_only
fi
