# SPDX-License-Identifier: Apache-2.0
"""memspike sweep under mpirun on the demo corpus: four ranks give the bytes of one process, also after the death of one
rank or of all and after an interrupt; what is wrong on one rank is said once and makes no folder. Skipped when memspike
was built without MPI, or there is no mpirun."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from support import Here, in_time, same_folders, says, times, until, write_reviews, write_sweep

SWEEP_BOTH = "sweep ./both.cfg --corpus corpus.msc --threads 1"


@pytest.fixture(scope="module", name="mpirun")
def fixture_mpirun(memspike):
    """The launcher and its options; what it says its version is."""
    if not (memspike.parent / "modules" / "memspike_mpi.so").exists():
        pytest.skip(f"built without MPI: no modules/memspike_mpi.so beside {memspike}")
    if not shutil.which("mpirun"):
        pytest.skip("no mpirun here")
    version = subprocess.run(["mpirun", "--version"], capture_output=True, encoding="utf-8", timeout=60, check=True).stdout
    launcher = ["mpirun"]
    if re.search("Open MPI|OpenRTE", version):
        launcher += ["--oversubscribe", *(["--allow-run-as-root"] if os.getuid() == 0 else [])]
    with pytest.MonkeyPatch.context() as patch:
        # MPI leaves memory behind in modules that it has unloaded, which no list of suppressions can name: with sanitizers, these tests
        # look for everything but leaks.
        patch.setenv("ASAN_OPTIONS", ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"])))
        yield launcher, version


def ready(there, corpus):
    write_sweep(there)
    there.take(corpus)
    return there


@pytest.fixture(scope="module", name="one")
def fixture_one(folder, corpus):
    """The folder one of the sweep by one process, and what that printed."""
    there = ready(folder("one"), corpus)
    return there / "one", there.run(f"{SWEEP_BOTH} -o one").out


@pytest.fixture(scope="module", name="four")
def fixture_four(mpirun, memspike, tmp_path_factory, corpus):
    """The folder four of the sweep by four ranks, and what they said."""
    there = ready(Here(memspike, tmp_path_factory.mktemp("four"), [*mpirun[0], "-n", "4"]), corpus)
    return there / "four", there.run(f"{SWEEP_BOTH} -o four")


@pytest.fixture(name="ranks")
def fixture_ranks(mpirun, memspike, here, corpus):
    """Of the test's own folder, with the experiments and corpus.msc: the command by so many ranks."""
    ready(here, corpus)
    return lambda count: Here(memspike, here.folder, [*mpirun[0], "-n", str(count)])


# ---- the same bytes ----
def test_four_ranks_give_the_same_bytes_at_every_point(one, four):
    same_folders(one[0], four[0])


def test_results_are_printed_once(one, four):
    printed, other = (said.replace("four", "one") for said in (one[1], four[1].out))
    assert printed and printed == other


def test_the_demo_corpus_is_mentioned_once(four):
    assert times(four[1].err, "built-in demo corpus") == 1


def test_a_finished_sweep_has_nothing_left_to_do(ranks, here, four):
    here.take(four[0])
    assert says(ranks(4).run(f"{SWEEP_BOTH} -o four").out, "^four holds 11 of 11 runs already")


def test_help_is_printed_once(ranks):
    assert times(ranks(4).run("sweep --help").out, "^usage:") == 1


def test_one_rank_gives_the_same_bytes(ranks, one):
    ranks(1).run(f"{SWEEP_BOTH} -o alone")
    same_folders(one[0], "alone")


def test_the_command_itself_is_not_linked_with_mpi(mpirun, memspike):
    libraries = subprocess.run(["ldd", memspike], capture_output=True, encoding="utf-8", timeout=60, check=True).stdout
    assert says(libraries, "libc") and not says(libraries, "libmpi")


# ---- stopped between its first point and its end ----
def ranks_of(launcher):
    """The processes that a launcher has started, rank 0 first."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = path.read_text(encoding="utf-8", errors="replace").partition("(")[2].rpartition(")")
            if name == "memspike" and int(rest.split()[1]) == launcher:
                found.append(int(path.parent.name))
    return sorted(found)


def send(wanted, *processes):
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, wanted)


WAYS = {
    "kill_one": lambda launcher: send(signal.SIGKILL, *ranks_of(launcher)[-1:]),
    "kill_first": lambda launcher: send(signal.SIGKILL, *ranks_of(launcher)[:1]),
    "kill_all": lambda launcher: send(signal.SIGKILL, *[launcher, *ranks_of(launcher)]),
    "interrupt_one": lambda launcher: send(signal.SIGTERM, *ranks_of(launcher)[-1:]),
    "interrupt_launcher": lambda launcher: send(signal.SIGINT, launcher),
}


@contextlib.contextmanager
def swept(launcher, there, name):
    """A sweep of four ranks under way, with its first point done; the RTL makes the points last. What they say goes into a file, as
    Open MPI 5 no longer passes on what it is told once it is interrupted itself."""
    shutil.rmtree(there / name, ignore_errors=True)
    (there / f"{name}.err").unlink(missing_ok=True)
    command = [*launcher, "-n", "4", "sh", "-c", 'exec "$@" 2>>"$0"', f"{name}.err", *there.arguments(f"{SWEEP_BOTH} --engine rtl -o {name}", [])]
    with subprocess.Popen(command, cwd=there.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: any((there / name).glob("points/*.point")), process, "a point")
            yield process
        finally:
            if process.poll() is None:
                send(signal.SIGKILL, process.pid, *ranks_of(process.pid))


@pytest.fixture(scope="module", name="stopped")
def fixture_stopped(mpirun, folder, corpus):
    """A sweep that was stopped in one of the ways above, each once: its folder, named as the way, and what was said."""
    there = ready(folder("stopped"), corpus)
    said = {}

    def stop(way):
        def attempt():
            with swept(mpirun[0], there, way) as process:
                WAYS[way](process.pid)
                process.wait(600)
            return not (there / way / "sweep.json").exists()

        if way not in said:
            in_time(attempt, 5)
            # Nothing is said by who was killed.
            said[way] = there.text(f"{way}.err")
        return there / way, said[way]

    return stop


@pytest.mark.parametrize("way", WAYS)
def test_a_stopped_sweep_goes_on_to_the_same_bytes(ranks, here, one, stopped, way):
    here.take(stopped(way)[0])
    assert says(ranks(4).run(f"{SWEEP_BOTH} -o {way}").out, f"^{way} holds [0-9]+ of 11 runs already")
    same_folders(one[0], way)


# Open MPI has interrupted the others before it ended them.
@pytest.mark.parametrize("way, pattern", [
    ("interrupt_one", "^memspike: interrupted; interrupt_one holds"),
    ("kill_one", "^memspike: interrupted; kill_one holds [0-9]+ of 11 runs: the same command goes on$"),
    ("kill_first", "^memspike: .*rank 0 .*kill_first keeps the runs that it had saved: the same command goes on$"),
    ("interrupt_launcher", "^memspike: interrupted; interrupt_launcher holds [0-9]+ of 11 runs: the same command goes on$"),
])
def test_one_line_says_what_is_kept_after(stopped, way, pattern):
    assert times(stopped(way)[1], pattern) == 1, stopped(way)[1]


# ---- where the MPI goes on after a death, so does the sweep: the same bytes, by the ranks that are left ----
@pytest.fixture(scope="module", name="died")
def fixture_died(mpirun, folder, corpus):
    """A sweep that ended by itself after a rank was killed in it: its folder, exit status, and what was said."""
    if not re.search(r"Open MPI\) ([5-9]|[1-9][0-9])", mpirun[1]):
        pytest.skip("no Open MPI 5 here, so no sweep has to outlive a rank")
    there = ready(folder("died"), corpus)
    found = {}

    def die(way, name):
        status = None

        def attempt():
            nonlocal status
            with swept([*mpirun[0], "--with-ft", "ulfm"], there, name) as process:
                WAYS[way](process.pid)
                status = process.wait(120)  # one that hangs fails here
            return says(there.text(f"{name}.err"), "ended before")

        if name not in found:
            in_time(attempt, 5)
            found[name] = there / name, status, there.text(f"{name}.err")
        return found[name]

    return die


def test_a_sweep_outlives_one_of_its_ranks(died, one):
    survived, status, said = died("kill_one", "survived")
    assert status == 0
    same_folders(one[0], survived)
    assert times(said, "^memspike: rank [123] ended before the work was done; survived holds [0-9]+ of 11 runs: "
                       "the other ranks go on with the rest$") == 1


def test_a_sweep_does_not_outlive_rank_0(died):
    beheaded, status, said = died("kill_first", "beheaded")
    assert status != 0 and beheaded.exists() and not (beheaded / "sweep.json").exists()
    assert times(said, "^memspike: rank 0 ended before the work was done; beheaded keeps the runs that it had saved: "
                       "the same command goes on$") == 1


def test_without_rank_0_the_same_command_goes_on_to_the_same_bytes(died, ranks, here, one):
    here.take(died("kill_first", "beheaded")[0])
    ranks(4).run(f"{SWEEP_BOTH} -o beheaded")
    same_folders(one[0], "beheaded")


# ---- what is wrong, once ----
def refused(there, pattern, *command):
    """Exit status 2, one line of memspike's, which matches, nothing on standard output, and no file."""
    before = there.contents()
    ran = subprocess.run([*there.launcher, *map(str, command)], cwd=there.folder, stdin=subprocess.DEVNULL, capture_output=True,
                         encoding="utf-8", timeout=600, check=False)
    lines = [line for line in ran.stderr.splitlines() if line.startswith("memspike: ") and "built-in demo corpus" not in line]
    assert ran.returncode == 2 and ran.stdout == "", ran
    assert len(lines) == 1 and re.search(pattern, lines[0]), ran.stderr
    assert there.contents() == before


# Not by `mpirun -n 3 ONE : -n 1 OTHER`: the mpirun of Open MPI 5.0.7 crashes on every colon, with `true` too.
BY_RANK = """#!/bin/sh
if [ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 3 ]; then
    exec "$@"
fi
exec "$1" sweep ./both.cfg --corpus corpus.msc -o refused
"""


@pytest.mark.parametrize("pattern, options", [
    ("rank 3: none.msc: not a memspike corpus", "./both.cfg --corpus none.msc"),
    ('rank 3: has "corpus [0-9a-f]+" where rank 0 has "corpus [0-9a-f]+"', "./both.cfg --corpus other.msc"),
    ('rank 3: has "device [0-9a-f]+" where rank 0 has "device [0-9a-f]+"', "./both.cfg --corpus corpus.msc --device ./other.cfg"),
    ('rank 3: has "sweep writing" where rank 0 has "sweep both"', "./writing.cfg --corpus corpus.msc"),
    ("rank 3: has .*seed 7.* where rank 0 has .*seed 1", "./both.cfg --corpus corpus.msc --seed 7"),
    ('rank 3: has "array 10x10" where rank 0 has "array 100x1"', "./both.cfg --corpus corpus.msc --array 10x10"),
], ids=["a corpus that is none", "another corpus", "another device", "another experiment", "other seeds", "another array"])
def test_what_one_rank_is_given_is_refused(ranks, here, memspike, source, pattern, options):
    here.write("none.msc", "END\n")
    if "other.msc" in options:
        write_reviews(here.folder, 10, "pos words again", "neg words again")
        here.run("prepare --data aclImdb --vectors none -o other.msc")
    device = (source / "data/devices/paper.cfg").read_text(encoding="utf-8")
    assert "start = 11000.0" in device
    here.write("other.cfg", device.replace("start = 11000.0", "start = 12000.0"))
    here.write("by_rank", BY_RANK).chmod(0o755)
    refused(ranks(4), pattern, "./by_rank", memspike, "sweep", *options.split(), "-o", "refused")


@pytest.mark.parametrize("pattern, options", [
    ("--nonsense: unknown option", "./both.cfg --nonsense"), ("fig9z.cfg: cannot be read", "fig9z"),
], ids=["an option that is none", "no such experiment"])
def test_what_all_ranks_are_given_is_refused_once(ranks, memspike, pattern, options):
    refused(ranks(4), pattern, memspike, "sweep", *options.split(), "-o", "refused")


def test_a_command_that_does_not_share_its_work_is_refused(ranks, memspike):
    refused(ranks(2), r"train: started as 2 processes at once \((OMPI_COMM_WORLD_SIZE|PMI_SIZE)\), .*; expected one process; "
                      "several share the work of: sweep$", memspike, "train", "--corpus", "corpus.msc", "-o", "refused")


def test_one_process_is_one(ranks, here):
    ranks(1).run("train --epochs 1 --corpus corpus.msc -o trained.msm")
    assert (here / "trained.msm").stat().st_size > 0
