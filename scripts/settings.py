#!/usr/bin/env python3
"""Make the table of settings in docs/using.md from the one in csrc/run/settings.c, as `memspike info settings` prints it.

    scripts/settings.py [MEMSPIKE]            write it; MEMSPIKE is the command [build/release/memspike]
    scripts/settings.py --check [MEMSPIKE]    exit with 1 if the document has another one
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "using.md"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("memspike", nargs="?", default=ROOT / "build" / "release" / "memspike")
    arguments = parser.parse_args()
    table = subprocess.run([arguments.memspike, "info", "settings"], check=True, text=True, stdout=subprocess.PIPE,
                           env={**os.environ, "MEMSPIKE_SHARE": str(ROOT / "data")}).stdout
    old = PAGE.read_text(encoding="utf-8")
    new, count = re.subn(r"(?s)(<!-- table settings -->\n).*?(<!-- end of table -->)", lambda match: match.group(1) + table + match.group(2), old)
    if count != 1:
        sys.exit(f"settings.py: docs/using.md: {count} tables between markers; expected one")
    if not arguments.check:
        PAGE.write_text(new, encoding="utf-8")
    elif new != old:
        sys.exit("settings.py: docs/using.md: its settings are not those of csrc/run/settings.c: run scripts/settings.py")


if __name__ == "__main__":
    main()
