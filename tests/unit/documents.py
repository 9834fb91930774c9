#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The version is the same wherever it stands, and what documents point to is there: files and folders of the project that a .md file names, functions "in" them, what it links to, and
the headings of links.

    tests/unit/documents.py    exits with 1 and names each dead path and link

A path in capitals, such as docs/verification/CAMPAIGN.csv, stands for several; one with a star must match something. Not looked at are
fenced blocks, since those of CONTRIBUTING.md, which show what could be, are tests/e2e/test_contributing.py's, and the tables of
docs/verification.md, which keep the names of the day on which something was measured.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCE = r"\.(?:c|h|cpp|v|vh|sv|f|py|sh)"
# What is not there until somebody fetches it.
LATER = {"data/imdb"}


def listed():
    """The files of the project; in an unpacked copy without git, all of them."""
    ran = subprocess.run(["git", "ls-files"], cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if ran.returncode == 0:
        return ran.stdout.split("\n")
    return [os.path.relpath(os.path.join(folder, name), ROOT) for folder, _, names in os.walk(ROOT) for name in names
            if not os.path.relpath(folder, ROOT).startswith("build")]


def anchors(path):
    """The headings of a document, as links name them."""
    with open(path, encoding="utf-8") as file:
        headings = re.findall(r"^#+ +(.*)$", file.read(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead(name, names):
    """What this document points to and is not there."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        text = re.sub(r"(?ms)^```.*?^```$", "", file.read())
    if name == "docs/verification.md":
        text = re.sub(r"(?ms)^<!-- table.*?^<!-- end of table -->$", "", text)
    folder = os.path.dirname(os.path.join(ROOT, name))
    for target, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)", text):
        path = os.path.normpath(os.path.join(folder, target)) if target else os.path.join(ROOT, name)
        if not os.path.exists(path) or (anchor and anchor not in anchors(path)):
            yield f"({target}{'#' + anchor if anchor else ''})"
    text = re.sub(r"\]\([^)]*\)", "]", text)
    folders = "|".join(sorted({re.escape(path.split("/")[0]) for path in names if "/" in path}))
    for path in re.findall(rf"(?<![\w./$~>-])(?:{folders})/[\w./*-]*", text):
        path = path.rstrip("./-")
        if not re.search(r"(?<![a-z0-9])[A-Z]{2,}", path) and not path.startswith(tuple(LATER)) and not glob.glob(os.path.join(ROOT, path)):
            yield path
    for function, path in re.findall(r"`(\w+)\(\)` in `([\w/.]+)`", text):
        if os.path.isfile(os.path.join(ROOT, path)):
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                if not re.search(rf"(?m)^[a-z].*\b{function}\(", file.read()):
                    yield f"{function}() in {path}"
    known = {os.path.basename(path) for path in names}
    for path in re.findall(rf"`([\w/]+{SOURCE})`", text):
        if os.path.basename(path) not in known and not re.search("[A-Z]{2,}", path):
            yield path


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def other_versions():
    """Where the version is written again, it is CMakeLists.txt's."""
    version = re.search(r"^project\(memspike VERSION (\S+)", read("CMakeLists.txt"), re.MULTILINE).group(1)
    for name, pattern in (("CITATION.cff", r"^version: (\S+)"), ("CHANGELOG.md", r"^## (\d\S*?)(?:,|$)")):
        found = re.search(pattern, read(name), re.MULTILINE)
        if found is None or found.group(1) != version:
            yield f"{name}: version {found and found.group(1)}; expected {version}, as in CMakeLists.txt"


def main():
    names = listed()
    found = [f"{name}: {path}: is not there" for name in names if name.endswith(".md") for path in dead(name, names)]
    found += other_versions()
    print("\n".join(dict.fromkeys(found)), file=sys.stderr, end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
