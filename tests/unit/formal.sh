#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The quick proofs again: of each block that takes less than a minute its first line in the table of tests/formal/prove.sh. All lines, and
# the other blocks: tests/formal/prove.sh --stale.
#
#     tests/unit/formal.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../formal"
table=$(./prove.sh --list review_sequencer early_decision register_port lif_array tile_adder axi_queue)
mapfile -t numbers < <(sed -E 's/ *([0-9]+) +([a-z_]+)\|.*/\1 \2/' <<<"$table" | sort -u -k2,2 -s | cut -d' ' -f1)
[[ ${#numbers[@]} -eq 6 ]] || { echo "formal.sh: ${#numbers[@]} blocks found; expected 6" >&2; exit 1; }
exec ./prove.sh "${numbers[@]}"
