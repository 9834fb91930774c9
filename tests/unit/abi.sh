#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The library's binary interface is the recorded one, tests/unit/libmemspike.abi: no function, structure or enumerator of the header that programs
# were built with has changed or gone. What is meant is recorded again with --write, and with another SOVERSION if it breaks them.
#
#     tests/unit/abi.sh LIBMEMSPIKE [--write]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
recorded=$here/libmemspike.abi
[[ $# -ge 1 && -e $1 ]] || { echo "abi.sh: ${1:-nothing given}: expected libmemspike.so" >&2; exit 2; }
command -v abidw >/dev/null || { echo "abi.sh: abidw is not installed: scripts/setup.sh installs it" >&2; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
abidw --headers-dir "$here/../../include" --drop-private-types --no-show-locs --no-corpus-path --no-comp-dir-path "$1" >"$scratch/found.abi"
if [[ ${2:-} == --write ]]; then
  cp "$scratch/found.abi" "$recorded"
  exit
fi
# A library without debugging information would tell of no type: then nothing could differ.
grep -q "memspike_statistics" "$scratch/found.abi" || { echo "abi.sh: $1 tells of no structures; expected debugging information" >&2; exit 1; }
abidiff --no-show-locs "$recorded" "$scratch/found.abi" || {
  echo "abi.sh: the interface is not the recorded one: if that is meant, tests/unit/abi.sh LIBMEMSPIKE --write" >&2
  exit 1
}
