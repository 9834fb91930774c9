# SPDX-License-Identifier: Apache-2.0
"""CONTRIBUTING.md holds: the diffs of each of its examples apply to a copy of the sources, and what the document says is seen then.

What an example changes is compiled anew, without optimization, and takes the place of what it was in the build that is tested."""
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess

import pytest

import support

pytestmark = pytest.mark.release_only
EXAMPLES = ("A setting", "A non-ideality", "A switching model", "A register", "A board", "An RTL block")
PARTS = ("CMakeLists.txt", "CONTRIBUTING.md", "cmake", "csrc", "data", "docs", "include", "model", "rtl", "scripts", "testbench", "tests")


def run(*command, **rest):
    ran = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, **rest)
    assert ran.returncode == 0, f"{shlex.join(map(str, command))}: exit status {ran.returncode}\n{ran.stdout[-3000:]}"
    return ran.stdout


@pytest.fixture(scope="module", name="example")
def fixture_example(source):
    """The fenced blocks of an example, in their order: (language, text)."""
    sections = dict(re.findall(r"(?ms)^## ([^\n]+)\n(.*?)(?=^## |\Z)", (source / "CONTRIBUTING.md").read_text(encoding="utf-8")))

    def blocks(name):
        found = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", sections[name])
        assert any(language == "diff" for language, _ in found), f"{name}: no diff"
        return found
    return blocks


@pytest.fixture(scope="module", name="copied")
def fixture_copied(source, tmp_path_factory, example):
    """A copy of the sources with these examples in it."""
    def copy(*names):
        folder = tmp_path_factory.mktemp("copy")
        for part in PARTS:
            if (source / part).is_dir():
                shutil.copytree(source / part, folder / part, symlinks=True, ignore=shutil.ignore_patterns("corpus", "pictures", "__pycache__"))
            else:
                shutil.copy2(source / part, folder / part)
        for name in names:
            for language, text in example(name):
                if language == "diff":
                    run("patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch", input=text, cwd=folder)
                elif language == "sh":
                    run("sh", "-e", "-c", text, cwd=folder)
        return folder
    return copy


class Build:
    """What the build that is tested makes of a changed copy of its sources."""

    def __init__(self, built, source, copy):
        self.built, self.source, self.copy = built, source, copy
        with open(built / "compile_commands.json", encoding="utf-8") as file:
            self.commands = [entry for entry in json.load(file) if entry["file"].startswith(f"{source}/")]
        self.objects = {}

    def name(self, entry):
        return os.path.relpath(entry["file"], self.source)

    def changed(self):
        """The files of the copy that are new or not as they were, and those that include one of them, by whatever way."""
        headers, names = {}, set()
        for path in self.copy.rglob("*"):
            name = str(path.relative_to(self.copy))
            if path.suffix in (".c", ".h", ".cpp"):
                text = path.read_bytes()
                headers[name] = set(re.findall(r'(?m)^#include "([^"]+)"', text.decode()))
                if not (self.source / name).exists() or (self.source / name).read_bytes() != text:
                    names.add(name)
        while True:
            more = {name for name, included in headers.items() if name not in names and any(
                place + header in names for header in included for place in ("", "csrc/", "tests/", os.path.dirname(name) + "/"))}
            if not more:
                return names
            names |= more

    def here(self, word):
        """A word of a command, with the copy in the place of the sources but not of what was built."""
        mark = "\0"
        return word.replace(str(self.built), mark).replace(str(self.source), str(self.copy)).replace(mark, str(self.built))

    def compile(self, *tests):
        """All that has changed of the command, and of the tests only these."""
        changed = self.changed()
        entries = [entry for entry in self.commands if self.name(entry) in changed
                   and (not self.name(entry).startswith("tests/") or self.name(entry) in tests)]
        known = {self.name(entry) for entry in self.commands}
        for name in sorted(changed - known):  # as its neighbours are compiled
            if name.endswith(".c") and name.startswith(("csrc/", "model/")):
                neighbour = next(entry for entry in self.commands if os.path.dirname(self.name(entry)) == os.path.dirname(name))
                entries.append({key: text.replace(self.name(neighbour), name) for key, text in neighbour.items()})
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(self.compile_one, entries))

    def compile_one(self, entry):
        words = [self.here(word) for word in shlex.split(entry["command"])]
        place = words.index("-o") + 1
        made = self.copy / "objects" / words[place]
        made.parent.mkdir(parents=True, exist_ok=True)
        self.objects[words[place]] = words[place] = str(made)
        # The build's precompiled headers are those of another folder: read anew.
        run(*("-O0" if re.fullmatch("-O[1-3]", word) else word for word in words), "-Wno-invalid-pch", cwd=entry["directory"])

    def link(self, target):
        """A program, whose changed objects take the place of its own and of those in copies of its libraries."""
        words = shlex.split(run("ninja", "-C", self.built, "-t", "commands", "-s", target).splitlines()[-1])
        words = words[words.index("&&") + 1:]
        words = words[:words.index("&&")]
        made = self.copy / target
        made.parent.mkdir(exist_ok=True, parents=True)
        words[words.index("-o") + 1] = str(made)
        run(*(self.objects.get(word) or self.library(word) for word in words), cwd=self.built)
        return made

    def library(self, word):
        """A word of a command, or, if it is a library with changed objects, the copy in which they are."""
        found = re.fullmatch(r"lib(\w+)\.a", word)
        objects = [made for name, made in self.objects.items() if found and name.startswith(f"CMakeFiles/{found.group(1)}.dir/")]
        if not objects:
            return word
        library = self.copy / "objects" / word
        if not library.exists():
            shutil.copyfile(self.built / word, library)
            run("ar", "r", library, *objects)
        return library


@pytest.fixture(scope="module", name="changed")
def fixture_changed(memspike, source, copied):
    """The three examples in C, one on top of the other: the copy, the command and the programs of two tests."""
    build = Build(memspike.parent, source, copied("A setting", "A non-ideality", "A switching model"))
    build.compile("tests/unit/test_settings.cpp", "tests/unit/test_nonidealities.cpp")
    # Where a command looks that lies neither in its build nor below an installation's bin: the copy's data, and modules as they were built.
    for name, target in (("share/memspike", build.copy / "data"), ("lib/memspike/modules", memspike.parent / "modules")):
        (build.copy / name).parent.mkdir(parents=True)
        (build.copy / name).symlink_to(target)
    return {name: build.link(name) for name in ("memspike", "tests/test_settings", "tests/test_nonidealities")} | {"copy": build.copy}


@pytest.fixture(name="there")
def fixture_there(changed, trained):
    """The test's own folder, with a model, and the changed command."""
    return support.Here(changed["memspike"], trained.folder)


def firing_rate(there, more=""):
    return there.result(f"test model.msm --corpus corpus.msc --engine model --limit 20 --quiet {more}")["firing_rate_mean"]


def tables(changed):
    """The copy's documents, made by its script."""
    run("python3", changed["copy"] / "scripts/settings.py", changed["memspike"])
    run("python3", changed["copy"] / "scripts/settings.py", "--check", changed["memspike"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_diffs_apply_by_themselves(copied, name):
    copied(name)


def test_setting(there, changed):
    row = r"^\| `threshold_bias` \| a number from -0\.5 to 0\.5 \| Vth \| 0 \| `--threshold-bias X` \| snn \| "
    assert support.says(there.run("info settings").out, row)
    assert support.says(there.run("test --help").out, r"--threshold-bias X .*from -0\.5 to 0\.5")
    there.refused(r"--threshold-bias 0\.6: expected a number from -0\.5 to 0\.5",
                  "test model.msm --corpus corpus.msc --threshold-bias 0.6")
    assert firing_rate(there, "--threshold-bias 0.1") < firing_rate(there)
    tables(changed)
    assert support.says((changed["copy"] / "docs/using.md").read_text(encoding="utf-8"), row)
    assert "[  PASSED  ]" in run(changed["tests/test_settings"], "--gtest_filter=*Preset*", cwd=there.folder)


def test_nonideality(there, changed, source):
    paper = (source / "data/devices/paper.cfg").read_text(encoding="utf-8")
    there.write("warm.cfg", f"{paper}\nnonidealities = {{ warming = 0.1; }};\n")
    there.write("hot.cfg", f"{paper}\nnonidealities = {{ warming = 1.5; }};\n")
    assert support.says(there.run("info --device ./warm.cfg").out, r"^  warming 0\.1: conductances are")
    there.refused(r"hot\.cfg:[0-9]+: warming: ", "info --device ./hot.cfg")
    assert firing_rate(there, "--device ./warm.cfg") > firing_rate(there)
    tables(changed)
    assert support.says((changed["copy"] / "docs/devices.md").read_text(encoding="utf-8"), r"^\| `warming` \|  \| from 0, below 1 \| 0 \| ")
    said = run(changed["tests/test_nonidealities"], "--gtest_filter=*WarmingRaisesWhatIsSensed*", cwd=there.folder)
    assert re.search(r"\[  PASSED  \] [1-9]", said)


def test_switching_model(there):
    assert support.says(there.run("info --device strukov2008").out, r"model linear_drift: the controller's predictions are off by up to [0-9.]+ %")
    told = there.result("program model.msm --device strukov2008 --check")
    assert told["pulses"] > 0


# ---- RTL ----
BENCH = """module bench;
  logic clk_i = 0, rst_ni = 0, request_valid_i = 0, request_write_i = 0, response_ready_i = 1;
  logic [15:0] request_address_i = memspike_registers::SCRATCH;
  logic [31:0] request_data_i = 32'h600DCAFE;
  wire request_ready_o, response_valid_o, response_error_o;
  wire [31:0] response_data_o;
  memspike dut (.clk_i, .rst_ni, .request_valid_i, .request_ready_o, .request_write_i, .request_address_i, .request_data_i,
                .response_valid_o, .response_ready_i, .response_data_o, .response_error_o, .code_i('0), .reading_i('0));
  always #5 clk_i = !clk_i;
  task transfer(input logic write);
    @(negedge clk_i) request_valid_i = 1;
    request_write_i = write;
    @(negedge clk_i) request_valid_i = 0;
    $display("%s %h, error %b", write ? "write" : "read", response_data_o, response_error_o);
  endtask
  initial begin
    repeat (2) @(negedge clk_i);
    rst_ni = 1;
    transfer(0);
    transfer(1);
    transfer(0);
    $finish;
  end
endmodule
"""


def test_register(source, copied, tmp_path):
    folder = copied("A register")
    run("python3", folder / "scripts/registers.py")
    run("python3", folder / "scripts/registers.py", "--check")
    for name in ("rtl/memspike_registers.sv", "model/hardware/registers.h", "docs/registers.md"):
        assert "SCRATCH" in (folder / name).read_text(encoding="utf-8"), name
    sources = (folder / "rtl/memspike.f").read_text(encoding="utf-8").split()
    assert run("verilator", "--lint-only", "-Wall", "--top-module", "memspike", *sources, cwd=folder / "rtl").count("Warning") == 0
    (tmp_path / "bench.sv").write_text(BENCH, encoding="utf-8")
    run("iverilog", "-g2012", "-s", "bench", "-o", tmp_path / "bench", *sources, tmp_path / "bench.sv", cwd=folder / "rtl")
    said = run("vvp", "-N", tmp_path / "bench")
    assert re.findall(r"read (\w+), error (\w)", said) == [("00000000", "0"), ("600dcafe", "0")], said


def test_board(source, copied):
    folder = copied("A board")
    flow = folder / "scripts/fpga/flow.sh"
    assert "myboard" in run(flow, "--help")
    refused = subprocess.run([flow, "no_board"], capture_output=True, encoding="utf-8", check=False)
    assert refused.returncode == 2 and "myboard" in refused.stderr
    rtl = folder / "rtl"
    sources = (rtl / "memspike.f").read_text().split() + ["fpga/" + name for name in (rtl / "fpga/memspike_board.f").read_text().split()]
    top = "fpga/boards/memspike_myboard.sv"
    assert run("verilator", "--lint-only", "-Wall", "--top-module", "memspike_myboard", *sources, top, cwd=rtl) == ""
    ports = set(re.findall(r"(?:input wire|output logic) (\w+)", (rtl / top).read_text(encoding="utf-8")))
    assert set(re.findall(r"set_io (?:-\S+ \S+ )?(\w+) \d+", (rtl / "fpga/boards/myboard.pcf").read_text(encoding="utf-8"))) == ports


def test_block(source, copied, tmp_path):
    folder = copied("An RTL block")
    rtl = folder / "rtl"
    for lint in (("verilator", "--lint-only", "-Wall", "--top-module"), ("iverilog", "-g2012", "-Wall", "-o", tmp_path / "lint", "-s")):
        assert run(*lint, "memspike_activity_counter", "memspike_activity_counter.sv", cwd=rtl) == ""
    proof = folder / "tests/formal/prove.sh"
    assert re.findall(r"^activity_counter +(\w+)", run(proof, "activity_counter"), re.MULTILINE) == ["proven"] * 2
    # And the proof can fail: one of them is enough.
    block = rtl / "memspike_activity_counter.sv"
    right = block.read_text(encoding="utf-8")
    block.write_text(right.replace("sum[32] ? '1 : sum[31:0]", "sum[31:0]"), encoding="utf-8")
    number = re.search(r"^ *(\d+) +activity_counter", run(proof, "--list", "activity_counter"), re.MULTILINE).group(1)
    broken = subprocess.run([proof, number], capture_output=True, encoding="utf-8", check=False)
    assert broken.returncode != 0 and "NOT PROVEN" in broken.stdout
    block.write_text(right, encoding="utf-8")
    run("verilator", "--cc", "--exe", "--build", "-O3", "--prefix", "Vactivity_counter", "--top-module", "memspike_activity_counter", "--Mdir", tmp_path / "made",
        "-CFLAGS", f"-std=c++17 -I{folder} -I{folder}/csrc", "-LDFLAGS", "-lgtest_main -lgtest", "-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0",
        "-o", "test", block, folder / "tests/cosim/test_activity_counter.cpp")
    assert "[  PASSED  ] 1 test" in run(tmp_path / "made/test")
