# SPDX-License-Identifier: Apache-2.0
"""What cmake --install leaves, moved to another folder, and run where neither the sources nor the build are to be seen: about 20 s."""
import os
import pty
import re
import select
import shutil
import subprocess

import pytest
import support


@pytest.fixture(scope="module", name="prefix")
def fixture_prefix(memspike, tmp_path_factory):
    """Installed, and then moved."""
    folder = tmp_path_factory.mktemp("install")
    subprocess.run(["cmake", "--install", memspike.parent, "--prefix", folder / "first"], check=True, stdout=subprocess.DEVNULL)
    (folder / "first").rename(folder / "moved here")
    return folder / "moved here"


@pytest.fixture(name="installed")
def fixture_installed(prefix, here, memspike, source):
    """The installed command, for which there is neither a source nor a build folder."""
    hide = 'for folder in "$1" "$2"; do mount -t tmpfs none "$folder"; done; shift 2; exec "$@"'
    launcher = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-ec", hide, "sh", memspike.parent, source]
    ran = subprocess.run([*launcher, "ls", "-A", source], check=False, capture_output=True, text=True)
    if ran.returncode != 0:
        pytest.skip(f"this machine lets nobody hide a folder: {ran.stderr.strip()}")
    assert ran.stdout == ""
    return support.Here(prefix / "bin/memspike", here.folder, launcher)


def only(folder, pattern):
    found = list(folder.glob(pattern))
    assert len(found) == 1, found
    return found[0]


def test_a_moved_installation_needs_neither_sources_nor_build(installed, prefix):
    installed.run("prepare --data demo -o corpus.msc")
    installed.run("train --corpus corpus.msc --epochs 1 -o model.msm")
    assert installed.result("test model.msm --corpus corpus.msc --limit 20")["reviews"] == 20
    traced = installed.run("trace model.msm --corpus corpus.msc -o review.fst")
    assert f"'--chdir={prefix}/share/memspike/views' " in traced.out.replace("--chdir='", "'--chdir=")
    installed.run("info --device vteam")
    assert str(prefix / "share/memspike/scripts/fetch_data.sh") in installed.run("train --epochs 1 -o other.msm").err


def test_the_demo_of_a_moved_installation(installed, prefix):
    """The numbers of its commands, which give the same bytes, and what to do next."""
    said = installed.run("demo")
    result, after = said.out.split("== result: ")[1].split("next:\n")
    for name, label in (("ann", "ANN (software)"), ("snn", "SNN on the RTL"), ("memristor", "SNN with memristors")):
        assert re.search(rf"{re.escape(label)} +{100 * installed.json(f'memspike-demo/{name}.json')['accuracy']:.2f} ", result)
    assert result.startswith("DEMO CORPUS of generated sentences, not comparable with the paper's IMDB figures, seed 1\n")
    assert str(prefix / "share/memspike/scripts/fetch_data.sh") in after
    installed.run("train --corpus memspike-demo/corpus.msc -o again.msm")
    support.same(installed / "again.msm", installed / "memspike-demo/model.msm")
    again = installed.result("test memspike-demo/model.msm --corpus memspike-demo/corpus.msc")
    before = installed.json("memspike-demo/memristor.json")
    assert {**again, "seconds": 0, "clocks_per_second": 0} == {**before, "seconds": 0, "clocks_per_second": 0}


def test_the_demo_refuses_what_it_cannot_read(here):
    here.refused("2 arguments given; expected at most one, the data folder", "demo one two")
    here.write("file", "")
    here.refused("file: is a file; expected a folder for the results", "demo -o file")
    assert "nowhere" in here.run("demo nowhere", status=2).err
    assert not (here / "memspike-demo").exists()


def test_a_moved_installation_draws_reports(installed, prefix):
    installed.write("few.cfg", 'name = "few"; description = "few steps"; approach = 1; network = "snn"; seeds = 1; '
                               'settings = { epochs = 1; }; axes = ( { key = "steps"; values = [10, 20]; } ); measure = ["accuracy"];')
    installed.run("sweep ./few.cfg --data demo --quiet -o sweep")
    installed.run("report sweep --quiet")
    assert (installed / "sweep/report.html").exists()
    assert not list(prefix.rglob("__pycache__"))


def test_a_moved_installation_has_memspike_for_python(installed, prefix):
    script = ("import memspike\nprint(memspike.Crossbar(engine='rtl', steps=10).run([0.5] * 100), memspike.__file__)\n"
              "print({line.split(maxsplit=5)[5].strip() for line in open('/proc/self/maps') if 'libmemspike' in line})")
    ran = subprocess.run([*installed.launcher, "/usr/bin/python3", "-B", "-c", script], cwd=installed.folder, capture_output=True, text=True,
                         env=support.environment(PYTHONPATH=prefix / "lib/python3/dist-packages"), check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count(str(prefix)) == 2


@pytest.mark.parametrize("option, folder", [("-f", "share/memspike/rtl"), ("-F", ".")])
def test_the_rtl_compiles_from_its_file_lists(prefix, option, folder):
    """-F takes the names of a list as they lie beside it, -f as they lie in the current folder."""
    lists = [os.path.relpath(prefix / "share/memspike/rtl" / name, prefix / folder) for name in ("memspike.f", "memspike_axi.f")]
    for top, files in (("memspike", lists[:1]), ("memspike_axi", lists)):
        subprocess.run(["verilator", "--lint-only", "-Wall", "--top-module", top, *(word for file in files for word in (option, file))],
                       cwd=prefix / folder, check=True)


@pytest.fixture(scope="module", name="commands")
def fixture_commands(memspike):
    """The options that each command tells of in its help."""
    names = re.findall(r"^  (\w+)  ", subprocess.run([memspike, "--help"], check=True, capture_output=True, text=True).stdout, re.MULTILINE)
    assert {"train", "test"} < set(names)
    return {name: re.findall(r"^  ...  ?(--[\w-]+)", subprocess.run([memspike, name, "--help"], check=True, capture_output=True, text=True).stdout,
                             re.MULTILINE) for name in names}


@pytest.mark.skipif(not shutil.which("help2man"), reason="help2man is not installed")
def test_every_command_has_a_manual_page_with_its_options(prefix, commands):
    pages = prefix / "share/man/man1"
    assert {page.name for page in pages.iterdir()} == {"memspike.1", *(f"memspike-{name}.1" for name in commands)}
    for name, options in commands.items():
        text = (pages / f"memspike-{name}.1").read_text(encoding="utf-8").replace("\\", "")
        assert "--help" in options
        assert [option for option in options if option not in text] == []


def bash(prefix, line):
    words = line.split(" ")
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _memspike; printf "%s\\n" "${COMPREPLY[@]}"'
    file = prefix / "share/bash-completion/completions/memspike"
    return subprocess.run(["bash", "-euc", script, "bash", file, *words], check=True, capture_output=True, text=True).stdout


def fish(prefix, line):
    script = "source $argv[1]; complete -C $argv[2]"
    file = prefix / "share/fish/vendor_completions.d/memspike.fish"
    return subprocess.run(["fish", "--no-config", "-c", script, file, line], check=True, capture_output=True, text=True).stdout


def zsh(prefix, line):
    """In a terminal: what is shown when the tabulator key is pressed."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "COLUMNS": "200", "LINES": "100"})
    functions = only(prefix, "share/zsh/*")
    shown = ""
    os.write(terminal, f"fpath=('{functions}' $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=1000\n"
                       "zle-line-init() { print -n rea''dy }; zle -N zle-line-init\n".encode())
    # Ready is the editor of the line; before it, the terminal itself takes the keys.
    for last, keys in (("ready", f"{line}\t\t\x15echo do''ne\n"), ("done\r\n", "exit\n")):  # control-U clears the line
        shown = ""
        while last not in shown:
            assert select.select([terminal], [], [], 60)[0], f"expected {last!r}, not {shown!r}"
            shown += os.read(terminal, 65536).decode(errors="replace")
        os.write(terminal, keys.encode())
    os.close(terminal)
    os.waitpid(child, 0)
    return shown


@pytest.mark.parametrize("shell", [bash, zsh, fish])
@pytest.mark.parametrize("line, offered, not_offered", [
    ("memspike ", ["train", "classify"], "--engine"),
    ("memspike test --", ["--engine", "--read-noise"], "--epochs"),
    ("memspike test --engine ", ["rtl", "model"], "100x1"),
    ("memspike program --array ", ["100x1", "10x10"], "systemc"),
    ("memspike train --device ", ["paper", "vteam"], "robust"),
    ("memspike sweep ", ["fig4a", "few_steps"], "vteam"),
])
def test_shells_complete_commands_options_and_values(prefix, shell, line, offered, not_offered):
    if not shutil.which(shell.__name__):
        pytest.skip(f"{shell.__name__} is not installed")
    shown = shell(prefix, line)
    words = set(re.findall(r"[\w-]+", re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", " ", shown)))
    assert [word for word in offered if word not in words] == [], shown
    assert not_offered not in words
