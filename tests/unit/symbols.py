#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What libmemspike.so shows is what its header promises: each function that include/memspike/memspike.h declares, and nothing else; and each of
them is called by a test of the library in C.

    tests/unit/symbols.py LIBMEMSPIKE      exits with 1 and names what is too much, missing or untested
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    header = re.sub(r"/\*.*?\*/", "", read("include/memspike/memspike.h"), flags=re.DOTALL)
    declared = set(re.findall(r"MEMSPIKE_API[^;(]*?\b(memspike_\w+)\(", header))
    listed = subprocess.run(["nm", "-D", "--defined-only", sys.argv[1]], check=True, stdout=subprocess.PIPE, text=True).stdout
    shown = {line.split()[-1] for line in listed.splitlines()}
    tests = read("tests/unit/test_library.cpp") + read("tests/unit/test_library_networks.cpp")
    tests += read("tests/support/library.h")
    problems = [f"{name}: declared, but not in the library" for name in declared - shown]
    problems += [f"{name}: in the library, but not declared" for name in shown - declared]
    problems += [f"{name}: no test of the library calls it" for name in declared if not re.search(rf"\b{name}\b", tests)]
    for problem in sorted(problems):
        print(f"symbols.py: {problem}", file=sys.stderr)
    print(f"{len(declared)} functions declared, {len(shown)} in the library")
    return 1 if problems or not declared else 0


if __name__ == "__main__":
    sys.exit(main())
