#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What stands on what: every folder of C code includes only from itself and from what CMakeLists.txt says it uses, and no file, by
whatever way, includes itself. And every header guards itself by its path: model/base/error.h by MEMSPIKE_MODEL_BASE_ERROR_H.

    tests/unit/includes.py            exits with 1 and names each include that points upwards, each circle, and each guard of another name
    tests/unit/includes.py --graph    prints who includes whom, folder by folder
"""
import collections
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Not by memspike_folder(): library, folder, what it uses.
OTHERS = [("memspike_platform", "testbench", ["memspike_cosimulation"]),
          ("memspike_mpi", "csrc/mpi", ["memspike_base"]),
          ("memspike", "csrc/cli", ["memspike_sweep", "memspike_bench", "memspike_fit"])]
# engine_systemc.cpp is the one file between the engines and the platform.
MORE = {"csrc/engine": ["memspike_platform"]}
# What reports how far it has come and draws nothing.
WITHOUT_A_BAR = {"csrc/engine", "csrc/learn"}
GENERATED = {"hardware_list.h", "verilated.h"}


def declared():
    """Folder: the folders that it may include from."""
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
        rows = [(library, folder, uses.split()) for library, folder, uses in re.findall(r"memspike_folder\((\w+) ([\w/]+) ?([^)]*)\)", file.read())
                if library != "library"]
    rows += OTHERS
    folders = {library: folder for library, folder, _ in rows}
    direct = {folder: {folders[use] for use in uses + MORE.get(folder, []) if use in folders} for _, folder, uses in rows}

    def below(folder):
        return {folder}.union(*map(below, direct[folder]))
    return {folder: below(folder) for folder in direct}


def listed(*paths):
    return subprocess.run(["git", "ls-files", *paths], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines()


def other_guards():
    """Headers that do not guard themselves by their path."""
    for name in listed("*.h"):
        guard = "MEMSPIKE_" + re.sub(r"\W", "_", name).upper()
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            if not re.search(rf"^#ifndef {guard}\n#define {guard}$", file.read(), re.MULTILINE):
                yield f"{name}: expected #ifndef and #define {guard}"


def includes():
    """File: the files of the project that it includes."""
    found = {}
    for name in listed("model", "csrc", "testbench"):
        if name.endswith((".c", ".h", ".cpp")):
            with open(os.path.join(ROOT, name), encoding="utf-8") as file:
                quoted = re.findall(r'^\s*#\s*include\s+"([^"]+)"', file.read(), re.MULTILINE)
            found[name] = []
            for header in quoted:
                places = [place + header for place in ("", "csrc/", "tests/", os.path.dirname(name) + "/") if os.path.exists(os.path.join(ROOT, place + header))]
                if places:
                    found[name].append(places[0])
                elif header not in GENERATED and not header.startswith("V"):
                    sys.exit(f'includes.py: {name}: "{header}": not found')
    return found


def circle(graph):
    done, path = set(), []

    def visit(name):
        if name in path:
            return path[path.index(name):] + [name]
        if name in done:
            return None
        path.append(name)
        found = next(filter(None, map(visit, graph.get(name, []))), None)
        path.pop()
        done.add(name)
        return found
    return next(filter(None, map(visit, list(graph))), None)


def room(name, folders):
    """The folder of a file, or the nearest above it that is declared."""
    while name and name not in folders:
        name = os.path.dirname(name)
    return name


def main():
    allowed, graph = declared(), includes()
    wrong = list(other_guards())
    arrows = collections.Counter()
    for name, headers in graph.items():
        mine = room(name, allowed)
        for header in headers:
            theirs = room(header, allowed)
            arrows[mine, theirs] += 1
            if theirs not in allowed.get(mine, ()):
                wrong.append(f"{name}: {header}: {mine or 'this folder'} does not stand on {theirs or os.path.dirname(header)}; CMakeLists.txt says on what")
            if header == "csrc/base/progress.h" and mine in WITHOUT_A_BAR:
                wrong.append(f"{name}: {header}: {mine} draws nothing; base/progress_report.h tells whoever does")
    around = circle(graph)
    if around:
        wrong.append("a circle: " + " -> ".join(around))
    if "--graph" in sys.argv:
        for (mine, theirs), count in sorted(arrows.items()):
            if mine != theirs:
                print(f"{mine} -> {theirs} ({count})")
    for line in wrong:
        print("includes.py:", line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
