# SPDX-License-Identifier: Apache-2.0
"""Instructions that a clock of the simulated RTL takes, counted by callgrind: unlike seconds, the same on a busy machine. Reviews of two
lengths are run; their difference holds the clocks alone."""
import json
import re
import shutil
import subprocess

import pytest

from support import Here

STEPS = (200, 700)
# A little above what was measured: 598 and 479 on Debian 12, 619 and 494 on Debian 13. Compilers write different code: a row for each pair
# of GCC's and Verilator's versions that was measured.
LIMITS = {
    ("12", "5.006"): {"100x1": 600, "10x10": 490},  # Debian 12
    ("14", "5.032"): {"100x1": 625, "10x10": 500},  # Debian 13
}


def version(pattern, *command):
    """What a tool calls its version, as far as the table of limits tells them apart."""
    said = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True).stdout
    found = re.search(pattern, said)
    assert found, f"{command}: no version in {said}"
    return found.group(1)


def instructions(there, array, steps):
    """Of a whole run, and the clocks in its reviews."""
    counted = Here(there.memspike, there.folder, ("valgrind", "--tool=callgrind", "--callgrind-out-file=callgrind.out"))
    ran = counted.run(f"test model.msm --corpus corpus.msc --quiet --engine rtl --network snn --array {array} --limit 2 --threads 1 "
                      f"--steps {steps} --json counted.json")
    clocks = json.loads((counted / "counted.json").read_text(encoding="utf-8"))["clocks"]
    return int(re.search(r"Collected : (\d+)", ran.err).group(1)), clocks


@pytest.mark.parametrize("array", ["100x1", "10x10"])
def test_a_clock_takes_no_more_instructions(trained, array):
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind is missing; scripts/setup.sh installs it")
    tools = version(r"^(\d+)", "c++", "-dumpversion"), version(r"Verilator (\S+)", "verilator", "--version")
    if tools not in LIMITS:
        pytest.skip(f"no limit was measured with GCC {tools[0]} and Verilator {tools[1]}")
    (fewer, few_clocks), (more, more_clocks) = (instructions(trained, array, steps) for steps in STEPS)
    a_clock = (more - fewer) / (more_clocks - few_clocks)
    print(f"{array}: {a_clock:.1f} instructions a clock")
    assert 100 < a_clock <= LIMITS[tools][array], f"{array}: {a_clock:.1f} instructions a clock"
