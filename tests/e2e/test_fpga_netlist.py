# SPDX-License-Identifier: Apache-2.0
"""Through place and route: the HX8K bitstream meets its clock, and the netlist unpacked from it, simulated with its UART on a
pseudo-terminal, gives what the board's C reference model gives. Takes minutes; skipped where the tools are not. With --netlist-reviews N the
weights are written into the emulated memristors first, which takes many clocks."""
import shutil
import subprocess

import pytest

from support import TIME, board, same_but_time

pytestmark = pytest.mark.release_only


@pytest.fixture(scope="module", name="flow")
def fixture_flow(source, tmp_path_factory):
    """A folder with the bitstream, at the board's clock, and the simulator of its netlist."""
    missing = [tool for tool in ("yosys", "nextpnr-ice40", "icepack", "icetime", "icebox_vlog") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"not installed: {' '.join(missing)}")
    output = tmp_path_factory.mktemp("flow")
    for step in ("build", "postsim"):
        ran = subprocess.run([source / "scripts/fpga/flow.sh", "hx8k", step, "--output", output], capture_output=True, encoding="utf-8",
                             timeout=1800, check=False)
        assert ran.returncode == 0, f"{step}: {ran.stdout[-3000:]}{ran.stderr[-3000:]}"
    return output


def test_netlist_and_reference_model_agree(here, flow, pytestconfig):
    reviews = pytestconfig.getoption("--netlist-reviews")
    test = f"test model.msm --quiet --read-noise 0.1 --limit {reviews or 3}" + ("" if reviews else " --network snn")
    here.run("train --epochs 1 -o model.msm")
    here.run(f"{test} --engine emulator --json reference.json")
    with board("board.txt", flow / "board_simulator-post") as port:
        here.run(f"{test} --engine uart --port {port} --timeout 5 --json netlist.json", seconds=None if reviews else 1500)
    same_but_time("reference.json", "netlist.json", (*TIME, "transfer_clocks"))
    found = here.json("netlist.json")
    assert found["reviews"] == (reviews or 3)
    print({key: found[key] for key in ("accuracy", "reviews", "clocks", "pulses", "firing_rate_mean") if key in found})


def test_the_demo_behind_the_button_answers(flow):
    pressed = subprocess.run([flow / "board_simulator-post", "--presses", "1"], capture_output=True, encoding="utf-8", timeout=1800, check=True)
    assert pressed.stdout in ("positive\n", "negative\n")
