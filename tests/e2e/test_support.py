# SPDX-License-Identifier: Apache-2.0
"""The comparisons that the end-to-end tests share can fail: each is given what it must pass and what it must not, among that
missing files, commands that fail or are not there, and two empty answers."""
import json
import subprocess
import sys

import pytest

import support

FILES = {"text": "one\ntwo\n", "text_too": "one\ntwo\n", "other": "one\nthree\n", "one.json": '{"n": 1,\n "seconds": 2}\n',
         "later.json": '{"n": 1,\n "seconds": 3}\n', "two.json": '{"n": 2,\n "seconds": 2}\n', "digits.json": '{"n": 1.0,\n "seconds": 2}\n',
         "time_only.json": '{"seconds": 2}\n', "empty": "", "empty_too": ""}
WRONG = (AssertionError, OSError, json.JSONDecodeError)


@pytest.fixture(name="there")
def fixture_there(tmp_path, monkeypatch):
    """A folder with the files above and a command of a test's own, stand_in."""
    monkeypatch.chdir(tmp_path)
    there = support.Here(tmp_path / "stand_in", tmp_path)
    for name, text in FILES.items():
        there.write(name, text)
    return there


def stands_in(there, status, errors="", output="", also=""):
    """The command ends with this status, says this, and does something else."""
    script = f"#!{sys.executable}\nimport sys\nsys.stderr.write({errors!r})\nsys.stdout.write({output!r})\n{also}\nsys.exit({status})\n"
    there.write("stand_in", script).chmod(0o755)


@pytest.mark.parametrize("comparison, one, other", [
    (support.same, "text", "text_too"), (support.differ, "text", "other"), (support.same_but_time, "one.json", "later.json")])
def test_passes(there, comparison, one, other):
    comparison(there / one, there / other)


@pytest.mark.parametrize("comparison, one, other", [
    (support.same, "text", "other"), (support.same, "missing", "missing"), (support.same, "text", "missing"), (support.same, "missing", "text"),
    (support.same, "empty", "empty_too"),
    (support.differ, "text", "text_too"), (support.differ, "text", "missing"), (support.differ, "missing", "text"), (support.differ, "text", "empty"),
    (support.differ, "empty", "text"),
    (support.same_but_time, "one.json", "two.json"), (support.same_but_time, "one.json", "digits.json"),
    (support.same_but_time, "missing.json", "missing_too.json"), (support.same_but_time, "one.json", "missing.json"),
    (support.same_but_time, "time_only.json", "time_only.json"), (support.same_but_time, "empty", "empty_too"),
    (support.same_but_time, "text", "text_too")])
def test_fails(there, comparison, one, other):
    with pytest.raises(WRONG):
        comparison(there / one, there / other)


@pytest.mark.parametrize("changes, good", [
    ({}, True), ({"b/x": "another"}, False), ({"a/more": "file"}, False), ({"b/more": "file"}, False), ({"a/left_out": "file"}, True)])
def test_folders_are_compared_file_by_file(there, changes, good):
    for name, text in {"a/x": "same", "b/x": "same", "a/folder/y": "", "b/folder/y": "", **changes}.items():
        there.write(name, text)
    if good:
        support.same_folders("a", "b", ("left_out",))
    else:
        with pytest.raises(AssertionError):
            support.same_folders("a", "b", ("left_out",))


def test_empty_and_missing_folders_are_not_the_same(there):
    (there / "c").mkdir()
    (there / "d").mkdir()
    for one, other in (("c", "d"), ("none", "nothing")):
        with pytest.raises(AssertionError):
            support.same_folders(one, other)


def test_lines_are_found_one_by_one():
    assert support.says("one\ntwo\n", "^tw") and not support.says("one\ntwo\n", "^three") and not support.says("", "x")
    assert support.times("one\ntwo\n", "o") == 2 and support.times("", "o") == 0


def test_a_run_must_end_as_it_should(there):
    stands_in(there, 0, output="result\n")
    assert there.run("x").out == "result\n"
    stands_in(there, 1, output="result\n")
    with pytest.raises(AssertionError):
        there.run("x")
    assert there.run("x", status=1).status == 1 and there.run("x", status=None).status == 1
    (there / "stand_in").unlink()
    with pytest.raises(OSError):
        there.run("x", status=None)


def test_a_result_must_be_there(there):
    stands_in(there, 0)
    with pytest.raises(OSError):
        there.result("x")


@pytest.mark.parametrize("errors", ["memspike: wrong\n", f"memspike: using the {support.DEMO}\nmemspike: wrong\n"])
def test_refused(there, errors):
    stands_in(there, 2, errors)
    assert there.refused("wrong$", "x") == "memspike: wrong\n"


@pytest.mark.parametrize("status, errors, output, also", [
    (2, "memspike: other\n", "", ""), (2, "memspike: wrong\nmemspike: again\n", "", ""), (2, "memspike: wrong", "", ""), (2, "", "", ""),
    (2, f"memspike: using the {support.DEMO}, wrong\n", "", ""), (2, "memspike: wrong\n", "result\n", ""),
    *((status, "memspike: wrong\n", "", "") for status in (0, 1, 3, 139)),
    (2, "memspike: wrong\n", "", "open('x.msm', 'w')"), (2, "memspike: wrong\n", "", "open('x.unfinished-ab12CD', 'w')"),
    (2, "memspike: wrong\n", "", "open('text', 'a').write('x')"), (2, "memspike: wrong\n", "", "import os; os.unlink('text')"),
    (2, "memspike: wrong\n", "", "import os; os.mkdir('folder')")],
    ids=["another line", "two lines", "half a line", "no line", "the remark alone", "a result", "status 0", "status 1", "status 3", "status 139",
         "a new file", "a half-written file", "a changed file", "a file gone", "a new folder"])
def test_not_refused(there, status, errors, output, also):
    stands_in(there, status, errors, output, also)
    with pytest.raises(AssertionError):
        there.refused("wrong", "x")


def test_nobody_refuses_nothing(there):
    with pytest.raises(OSError):
        there.refused("wrong", "x")


def test_leftovers_are_found_in_every_folder(there):
    assert there.leftovers() == []
    there.write("folder/x.unfinished-ab12CD", "")
    assert there.leftovers() == ["folder/x.unfinished-ab12CD"]


def test_what_is_waited_for_must_come():
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as waiting:
        assert support.until(lambda: True, waiting, "at once")
        with pytest.raises(AssertionError, match="never: not after"):
            support.until(lambda: False, waiting, "never", seconds=0.01)
        waiting.stdin.close()
        assert not support.until(lambda: False, waiting, "ends before")


def test_one_attempt_must_come_in_time():
    answers = iter([False, True])
    support.in_time(lambda: next(answers))
    with pytest.raises(AssertionError, match="too late"):
        support.in_time(lambda: False)
