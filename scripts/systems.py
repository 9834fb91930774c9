#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make docs/systems.md from docs/systems/*.json, which scripts/systems.sh writes.

    scripts/systems.py              write it
    scripts/systems.py --check      exit with 1 if it is not what this script makes
    scripts/systems.py --show FILE  print the table of one run
"""
import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "systems.md"

HEAD = """# Systems

Fresh machines, on which `scripts/systems.sh` ran the commands of the README as an ordinary user who may use sudo: a minimal system by
debootstrap, nothing installed before. Made by `scripts/systems.py` from `docs/systems/*.json`, which the runs wrote; processors are
shared, so seconds differ from run to run. "Fetched" are the packages, "installed" is what /usr grows by. Tests count twice: the
release build, and the debug build with sanitizers. "Left behind" are files outside of the checkout's build folder
(the cache of ccache, which comes with Debian's Verilator, aside).
"""


def table(rows):
    lines = ["| system | date | command | exit status | minutes | fetched, MB | installed, MB | tests passed | failed | skipped | left behind |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        for step in row["steps"]:
            tests = [step[key] if step["tests_passed"] + step["tests_failed"] else "" for key in
                     ("tests_passed", "tests_failed", "tests_skipped")]
            cells = [row["system"], row["date"], f"`{step['command']}`", step["exit_status"], f"{step['seconds'] / 60:.1f}",
                     step["fetched_mb"], step["installed_mb"], *tests, len(step["left_behind"])]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def tools(rows):
    lines = ["| system | data | processors | tools | Verilated RTL, 100x1, s for 25,000 reviews |", "|---|---|---|---|---|"]
    for row in rows:
        versions = ", ".join(f"{name} {version}" for name, version in row["tools"].items())
        lines.append(f"| {row['system']} | {row['data']} | {row['processors']} | {versions} | "
                     f"{row.get('rtl_seconds_for_25000_reviews', '')} |")
    return "\n".join(lines) + "\n"


def page(rows):
    systems = [row for row in rows if not row["newer_verilator"]]
    text = HEAD
    if systems:
        text += "\n" + table(systems) + "\n" + tools(systems)
    newer = [row for row in rows if row["newer_verilator"]]
    if newer:
        text += ("\n## Newer Verilators\n\nUnpacked beside (`scripts/systems.sh trixie --verilator sid`): lint, the build, and RTL and C reference models in "
                 "lock-step.\n\n" + table(newer) + "\n" + tools(newer))
    return text + "\nUbuntu was not tried.\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--show", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.show:
        row = json.loads(pathlib.Path(arguments.show).read_text())
        print(table([row]) + "\n" + tools([row]), end="")
        return 0
    text = page([json.loads(path.read_text()) for path in sorted((ROOT / "docs" / "systems").glob("*.json"))])
    if arguments.check:
        if not PAGE.exists() or PAGE.read_text() != text:
            print("docs/systems.md: is not what scripts/systems.py makes of docs/systems/; run that script", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
