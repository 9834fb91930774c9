#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the links of the documents hold on the site, where all pages lie in one folder: links to other documents lead to their pages, and of links
to files of the sources the words stay.

    scripts/site_pages.py FOLDER      the pages, changed in place; exits with 1 and names a link to a document that has no page"""
import pathlib
import re
import sys

# Documents whose page has another name there.
MOVED = {"../README.md": "index.md", "../rtl/README.md": "rtl.md", "rtl/README.md": "rtl.md", "../CONTRIBUTING.md": "CONTRIBUTING.md",
         "../CHANGELOG.md": "CHANGELOG.md"}


def main():
    folder = pathlib.Path(sys.argv[1])
    problems = []
    for page in sorted(folder.glob("*.md")):
        def link(match, page=page):
            words, target = match.group(1), match.group(2)
            path, _, heading = target.partition("#")
            if re.match(r"\w+://", target) or not path or path.startswith("pictures/"):
                return match.group(0)
            name = MOVED.get(path, pathlib.PurePosixPath(path).name if path.endswith(".md") else path)
            if (folder / name).is_file() and "/" not in name:
                return f"[{words}]({name}{'#' + heading if heading else ''})"
            if path.endswith(".md"):
                problems.append(f"{page.name}: {target}: no such page")
            return words

        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)", link, text), encoding="utf-8")
    for problem in problems:
        print(f"site_pages.py: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
