#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the tables of settings in docs/using.md and of non-idealities in docs/devices.md from those in csrc/run/settings.c and
model/device/nonidealities.h, as `memspike info settings` and `memspike info nonidealities` print them.

    scripts/settings.py [MEMSPIKE]            write them; MEMSPIKE is the command [build/release/memspike]
    scripts/settings.py --check [MEMSPIKE]    exit with 1 if a document has another one
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = (  # as `memspike info` knows it, as its document marks it, document, source
    ("settings", "settings", "docs/using.md", "csrc/run/settings.c"),
    ("nonidealities", "non-idealities", "docs/devices.md", "model/device/nonidealities.h"),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("memspike", nargs="?", default=ROOT / "build" / "release" / "memspike")
    arguments = parser.parse_args()
    for topic, mark, document, source in TABLES:
        table = subprocess.run([arguments.memspike, "info", topic], check=True, text=True, stdout=subprocess.PIPE,
                               env={**os.environ, "MEMSPIKE_SHARE": str(ROOT / "data")}).stdout
        page = ROOT / document
        old = page.read_text(encoding="utf-8")
        new, count = re.subn(rf"(?s)(<!-- table {mark} -->\n).*?(<!-- end of table -->)",
                             lambda match, table=table: match.group(1) + table + match.group(2), old)
        if count != 1:
            sys.exit(f"settings.py: {document}: {count} tables of {mark} between markers; expected one")
        if not arguments.check:
            page.write_text(new, encoding="utf-8")
        elif new != old:
            sys.exit(f"settings.py: {document}: its {mark} are not those of {source}: run scripts/settings.py")


if __name__ == "__main__":
    main()
