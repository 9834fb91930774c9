# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the command in a folder of a test's own, and comparisons that nothing missing or empty passes."""
import contextlib
import json
import os
import pathlib
import re
import select
import shlex
import shutil
import subprocess
import time

DEMO = "built-in demo corpus"
# A text that every model finds positive.
GOOD = "a superb and wonderful film, great acting"
# What two runs of the same may differ in.
TIME = ("seconds", "clocks_per_second", "engine")
# No run takes so long, also with sanitizers; one that hangs fails here and not only at ctest's limit.
LIMIT_S = 1500


class Answer:
    """What a run left: exit status, standard output and standard error."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"exit status {self.status}\n--- standard output\n{self.out[-3000:]}\n--- standard error\n{self.err[-3000:]}"


class Here:
    """A folder, and the command run in it; a launcher starts it, where there is one."""

    def __init__(self, memspike, folder, launcher=()):
        self.memspike = str(memspike)
        self.folder = pathlib.Path(folder)
        self.launcher = tuple(launcher)

    def __truediv__(self, name):
        return self.folder / name

    def arguments(self, line, more):
        """The words of a line, and further arguments as they are: texts with blanks, paths."""
        return [*self.launcher, self.memspike, *shlex.split(line), *map(str, more)]

    def run(self, line, *more, status=0, stdin="", seconds=LIMIT_S, **rest):
        """Run it to its end, which must be of this exit status; None for any."""
        ran = subprocess.run(self.arguments(line, more), cwd=self.folder, input=stdin, capture_output=True, encoding="utf-8",
                             timeout=seconds, check=False, **rest)
        answer = Answer(ran.returncode, ran.stdout, ran.stderr)
        if status is not None and answer.status != status:
            raise AssertionError(f"memspike {line} {shlex.join(map(str, more))}: expected exit status {status}, not {answer}")
        return answer

    def result(self, line, *more):
        """Run it; its result, read from the JSON file that it wrote."""
        name = f"result_{len(list(self.folder.glob('result_*.json')))}.json"
        self.run(line, *more, "--json", name)
        return self.json(name)

    def refused(self, pattern, line, *more, **rest):
        """It must be refused: exit status 2, nothing on standard output, exactly one line on standard error (besides the remark about
        the demo corpus), which matches; and every file is as it was, without a new one, half-written or not."""
        before = self.contents()
        answer = self.run(line, *more, status=2, **rest)
        lines = [said for said in answer.err.splitlines(keepends=True) if DEMO not in said]
        if len(lines) != 1 or not lines[0].endswith("\n") or not re.search(pattern, lines[0].rstrip("\n")):
            raise AssertionError(f"expected one line matching: {pattern}\n{answer}")
        if answer.out:
            raise AssertionError(f"expected nothing on standard output\n{answer}")
        after = self.contents()
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if changed:
            raise AssertionError(f"refused, but changed: {changed}")
        return lines[0]

    def contents(self):
        """All that lies in the folder, and what changes with every write to it."""
        found = {}
        for path in self.folder.rglob("*"):
            kept = path.lstat()
            found[str(path.relative_to(self.folder))] = (kept.st_mode,) if path.is_dir() else (
                kept.st_mode, kept.st_ino, kept.st_size, kept.st_mtime_ns)
        return found

    def leftovers(self):
        """Files that were left half-written."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.unfinished-*"))

    @contextlib.contextmanager
    def started(self, line, *more, **rest):
        """A run under way; what is left of it at the end is killed."""
        rest = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **rest}
        process = subprocess.Popen(self.arguments(line, more), cwd=self.folder, stdin=subprocess.DEVNULL, **rest)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def json(self, name):
        return json.loads((self / name).read_text(encoding="utf-8"))

    def text(self, name):
        return (self / name).read_text(encoding="utf-8")

    def write(self, name, text):
        """A file, and the folders above it."""
        path = self / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def take(self, *paths):
        """Copies of files and folders of others, under their names: who spoils them spoils only these."""
        for path in paths:
            if path.is_dir():
                shutil.copytree(path, self / path.name)
            else:
                shutil.copyfile(path, self / path.name)


def says(text, pattern):
    """A line of the text matches."""
    return re.search(pattern, text, re.MULTILINE) is not None


def times(text, pattern):
    """How many lines of the text match."""
    return sum(re.search(pattern, line) is not None for line in text.splitlines())


def content(path):
    """What a file holds, which must be something."""
    found = pathlib.Path(path).read_bytes()
    if not found:
        raise AssertionError(f"{path}: is empty")
    return found


def same(one, other):
    """Two files hold the same bytes, and some."""
    if content(one) != content(other):
        raise AssertionError(f"{one} and {other} differ")


def differ(one, other):
    """Two files hold something, and not the same."""
    if content(one) == content(other):
        raise AssertionError(f"{one} and {other} are the same")


def same_folders(one, other, leave_out=()):
    """Two folders hold the same files, and some, with the same bytes."""
    files = [sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file() and path.name not in leave_out)
             for folder in (one, other)]
    assert files[0] and files[0] == files[1]
    for name in files[0]:
        if (pathlib.Path(one) / name).read_bytes() != (pathlib.Path(other) / name).read_bytes():
            raise AssertionError(f"{one} and {other}: {name} differs")


def timeless(path, without=TIME):
    """What a result says, its keys in their order and its numbers digit by digit, without what takes time; which must be something."""
    found = json.loads(content(path), parse_int=str, parse_float=str,
                       object_pairs_hook=lambda pairs: tuple((key, value) for key, value in pairs if key not in without))
    if not found:
        raise AssertionError(f"{path}: says nothing but time")
    return found


def same_but_time(one, other, without=TIME):
    """Two results say the same, but for who measured it, and how fast."""
    assert timeless(one, without) == timeless(other, without)


def until(holds, process, what, seconds=LIMIT_S):
    """Wait until something holds; False when the process ended without. Fails when neither happens in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        try:
            process.wait(0.001)
            return holds()
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not after {seconds} s")
    return True


def in_time(attempt, attempts=20):
    """Stop something between two moments: the attempt says whether it came in time. One of so many must."""
    for _ in range(attempts):
        if attempt():
            return
    raise AssertionError(f"each of {attempts} attempts came too late")


def write_reviews(folder, count=12, good="This film is good , really good .", bad="This film is bad , really bad ."):
    """Reviews in the official layout: so many of each label, for training and for testing."""
    for part in ("train", "test"):
        for label, text, stars in (("pos", good, 9), ("neg", bad, 2)):
            group = pathlib.Path(folder) / "aclImdb" / part / label
            group.mkdir(parents=True)
            for number in range(count):
                (group / f"{number}_{stars}.txt").write_text(text + "\n", encoding="utf-8")


def environment(**changes):
    """The environment of these tests, changed."""
    return {**os.environ, **{name: str(value) for name, value in changes.items()}}


# A sweep of 11 runs that takes no time, of both approaches: both.cfg.
SWEEP = {
    "writing.cfg": """name = "writing";
description = "approach 1";
approach = 1;
network = "memristor";
seeds = 2;
settings = { steps = 60; epochs = 2; };
axes = ( { key = "tolerance"; values = [0.01, 0.1]; }, { key = "read_noise"; values = [0.0, 0.05]; } );
measure = ["accuracy", "weight_error_std", "read_error_std", "pulses", "programming_us", "energy_j", "weights"];
""",
    "inside.cfg": """name = "inside";
description = "approach 2, and software beside it";
approach = 2;
network = "memristor";
seeds = 1;
settings = { steps = 60; epochs = 2; };
axes = ( { key = "network"; values = ["ann", "snn", "memristor"]; } );
measure = ["accuracy", "epochs", "trace", "pulses"];
published = ();
""",
    "both.cfg": """name = "both";
description = "everything";
experiments = ["writing", "inside"];
"""}


def write_sweep(there):
    for name, text in SWEEP.items():
        there.write(name, text)


@contextlib.contextmanager
def board(log, *command):
    """Something that answers as a board, under way: the name of its pseudo-terminal, which is its first line. What it says goes into the log."""
    with open(log, "wb") as said, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as process:
        try:
            ready, _, _ = select.select([process.stdout], [], [], 60)
            port = process.stdout.readline().decode().strip() if ready else ""
            if not port:
                raise AssertionError(f"{command[0]}: tells no port: {pathlib.Path(log).read_text(encoding='utf-8')}")
            yield port
        finally:
            process.kill()
