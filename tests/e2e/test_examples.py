# SPDX-License-Identifier: Apache-2.0
"""The examples, built as somebody would who has memspike installed: about 50 s, most of them Verilator's models."""
import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.release_only


@pytest.fixture(scope="module", name="prefix")
def fixture_prefix(memspike, tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    subprocess.run(["cmake", "--install", memspike.parent, "--prefix", folder / "prefix"], check=True, stdout=subprocess.DEVNULL)
    return folder / "prefix"


@pytest.fixture(scope="module", name="examples")
def fixture_examples(prefix):
    """A copy of the installed ones."""
    return shutil.copytree(prefix / "share/doc/memspike/examples", prefix.parent / "examples")


@pytest.fixture(scope="module", name="built")
def fixture_built(prefix, examples):
    build = prefix.parent / "build"
    ran([f"-DCMAKE_PREFIX_PATH={prefix}", "-S", examples, "-B", build], "cmake")
    ran(["--build", build, "-j2"], "cmake")
    return build


def ran(arguments, *command, folder=None, changes=None):
    done = subprocess.run([*command, *arguments], capture_output=True, encoding="utf-8", cwd=folder, env={**os.environ, **(changes or {})}, timeout=600,
                          check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def environment_of(prefix):
    found = {name: str(next(prefix.rglob(pattern)).parent) for name, pattern in (("PKG_CONFIG_PATH", "memspike.pc"), ("LD_LIBRARY_PATH", "libmemspike.so"))}
    return found


def test_c_by_pkg_config(prefix, examples):
    changes = environment_of(prefix)
    flags = ran(["--cflags", "--libs", "memspike"], "pkg-config", changes=changes).split()
    ran(["-std=c99", "-Wall", "-Wextra", "-Werror", "write_and_run.c", *flags, "-o", "write_and_run"], "cc", folder=examples / "c")
    assert ran([], examples / "c/write_and_run", changes=changes) == "458 pulses, 4.93e-05 J; 496 spikes in 1000 steps\n"


def test_the_header_alone_in_c_plus_plus(prefix):
    (prefix.parent / "alone.cpp").write_text("#include <memspike/memspike.h>\n#include <memspike/registers.h>\nint main() {}\n", encoding="utf-8")
    ran(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{prefix}/include", prefix.parent / "alone.cpp"], "c++")


SPIKES = ("sample 0: 79 spikes", "sample 1: 80 spikes", "sample 2: 79 spikes")


@pytest.mark.parametrize("bench", ["testbench", "host"])
def test_the_rtl_in_a_bench_of_ones_own(built, bench):
    """In C++ and in SystemC, each against the reference model."""
    said = ran([], built / bench).splitlines()
    assert "PASS" in said
    for line in SPIKES:
        assert any(each.startswith(line) for each in said), said


def test_the_array_in_verilog(prefix, examples):
    changes = environment_of(prefix)
    folder = examples / "icarus"
    flags = ran(["--cflags", "--libs", "memspike"], "pkg-config", changes=changes).split()
    rtl = ran(["--variable=rtldir", "memspike"], "pkg-config", changes=changes).strip()
    with open(os.path.join(rtl, "memspike.f"), encoding="utf-8") as lines:
        sources = [os.path.join(rtl, line.strip()) for line in lines if line.strip()]
    ran(["--name=crossbar_vpi", "crossbar_vpi.c", *flags], "iverilog-vpi", folder=folder, changes=changes)
    ran(["-g2012", "-o", "testbench", *sources, "testbench.sv"], "iverilog", folder=folder)
    said = ran(["-M.", "-mcrossbar_vpi", "testbench"], "vvp", folder=folder, changes=changes).splitlines()
    assert said == ["writing: 118897 us of pulses; device 99 has 2526 ohm", *SPIKES]
