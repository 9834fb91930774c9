#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/verification.py on a copy: what is recorded appears, what its sources outgrow is stale, and nothing else may be claimed.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r --parents CMakeLists.txt docs/verification.md scripts rtl tests/formal csrc/cli/main.c "$work"
cd "$work"
export MEMSPIKE_RECORD=1

fail() {
    echo "verification.sh: $*" >&2
    exit 1
}
refused() { # refused PATTERN COMMAND...: fails and says so
    local pattern=$1 message
    shift
    if message=$("$@" 2>&1); then
        fail "not refused: $*"
    fi
    grep -q "$pattern" <<<"$message" || fail "$*: $message: lacks $pattern"
}
row() { # the line of the document
    scripts/verification.py --write
    scripts/verification.py --check
    grep '^| axi_queue |' docs/verification.md
}
start() { scripts/verification.py start formal block=axi_queue settings=WIDTH=33 depth=2 cover=6; }

rm -rf docs/verification
row | grep -q 'not run' || fail "a proof without a row is not 'not run'"
token=$(start)
MEMSPIKE_RECORD=0 scripts/verification.py record "$token" state=proven
row | grep -q 'not run' || fail "recorded without being asked to"
scripts/verification.py record "$token" state=proven
row | grep -qF "| proven, covered |" || fail "what was recorded is not there"
row >fresh.txt || fail "a fresh row is not there"
if grep -qE 'stale|not run' fresh.txt; then fail "a fresh row is stale"; fi

# Comments and layout do not matter, code does.
{ echo "// a comment"; sed 's/^  /    /' rtl/memspike_axi_queue.sv; } >changed && mv changed rtl/memspike_axi_queue.sv
scripts/verification.py --check || fail "a comment makes a row stale"
echo 'module more; endmodule' >>rtl/memspike_axi_queue.sv
refused '\*\*stale\*\*' scripts/verification.py --check
row | grep -qF '**stale**, ' || fail "a row whose source has changed is not stale"
sed -i 's/\*\*stale\*\*, //' docs/verification.md
refused 'docs/verification.md says' scripts/verification.py --check
scripts/verification.py --write

# What its block does not hold, it does not stand for.
token=$(start)
echo 'module more2; endmodule' >>rtl/memspike_lif_array.sv
scripts/verification.py record "$token" state=proven
row >other.txt || fail "the row is not there"
if grep -q 'stale' other.txt; then fail "another block's source makes a row stale"; fi
# And a run that its own sources change under counts for nothing.
token=$(start)
echo 'module more3; endmodule' >>rtl/memspike_axi_queue.sv
refused 'have changed while it ran' scripts/verification.py record "$token" state=broken
row | grep -qF '| proven, covered |' || fail "a run whose sources changed was recorded"
# A row of a proof that the list lacks is refused, and without it the proof is not in the document.
sed -i '/"axi_queue|/d' tests/formal/prove.sh
refused 'axi_queue .* no longer list it' scripts/verification.py --write
refused 'axi_queue .* no longer list it' scripts/verification.py --check
sed -i '/^axi_queue,/d' docs/verification/formal.csv
scripts/verification.py --write
grep -q '^| axi_queue' docs/verification.md && fail "a proof that is not in the list is in the document"
grep -q '^| tile_adder' docs/verification.md || fail "the document has no proofs"
refused 'expected one of formal' scripts/verification.py start nothing a=b
refused 'expected block, settings, depth, cover' scripts/verification.py start formal a=b
