#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tutorial of docs/python.md: its notebook, its pictures, and what its blocks print.

    scripts/tutorial.py                  writes examples/tutorial.ipynb, docs/pictures/python_*.png and the blocks of output in docs/python.md
    scripts/tutorial.py --check FOLDER   runs the blocks in a folder, where their files stay; exits with 1 and names each that printed
                                         something else, and the notebook if it is not that of the document

A block of python is a cell; all share their names. A block of text below it is what it prints. The package is that of the checkout.
"""
import contextlib
import difflib
import io
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "python.md"
NOTEBOOK = ROOT / "examples" / "tutorial.ipynb"
PICTURES = ROOT / "docs" / "pictures"
BLOCK = re.compile(r"```(python|text)\n(.*?)```\n", re.DOTALL)


def lines_of(text):
    """As notebooks have them."""
    return text.strip("\n").splitlines(keepends=True)


def notebook_of(document):
    """Texts and cells in their order, without output, which a notebook makes itself; pictures are found from examples/."""
    cells = []

    def add(kind, text, **more):
        if text.strip():
            cells.append({"cell_type": kind, "id": f"cell-{len(cells)}", "metadata": {}, **more, "source": lines_of(text)})
    end = 0
    for block in BLOCK.finditer(document):
        text = re.sub(r"!\[[^\]]*\]\(pictures/[^)]*\)\n", "", document[end:block.start()])
        add("markdown", text)
        if block[1] == "python":
            add("code", block[2], execution_count=None, outputs=[])
        end = block.end()
    add("markdown", document[end:])
    about = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False) + "\n"


def printed(document, folder):
    """Run the blocks in this folder; the document with what they print."""
    os.environ["MPLBACKEND"] = "Agg"
    sys.path.insert(0, str(ROOT / "python"))
    os.chdir(folder)
    names = {"__name__": "tutorial"}
    said = ""

    def run(block):
        nonlocal said
        if block[1] == "text":
            return f"```text\n{said}```\n"
        out = io.StringIO()
        line = document[:block.start(2)].count("\n")
        with contextlib.redirect_stdout(out):
            exec(compile("\n" * line + block[2], str(DOCUMENT), "exec"), names)  # pylint: disable=exec-used
        said = out.getvalue()
        return block[0]
    return BLOCK.sub(run, document)


def main():
    check = sys.argv[1:2] == ["--check"]
    if sys.argv[1:] and not (check and len(sys.argv) == 3):
        sys.exit(__doc__)
    document = DOCUMENT.read_text(encoding="utf-8")
    if check:
        found = printed(document, sys.argv[2])
        differences = list(difflib.unified_diff(document.splitlines(), found.splitlines(), "docs/python.md", "what it prints", lineterm=""))
        if not NOTEBOOK.exists() or NOTEBOOK.read_text(encoding="utf-8") != notebook_of(document):
            differences.append(f"{NOTEBOOK.relative_to(ROOT)}: is not that of docs/python.md; scripts/tutorial.py writes it")
        print("\n".join(differences), file=sys.stderr, end="\n" if differences else "")
        sys.exit(1 if differences else 0)
    with tempfile.TemporaryDirectory() as folder:
        document = printed(document, folder)
        os.chdir(ROOT)
        for picture in pathlib.Path(folder).glob("*.png"):
            shutil.copyfile(picture, PICTURES / picture.name)
    DOCUMENT.write_text(document, encoding="utf-8")
    NOTEBOOK.write_text(notebook_of(document), encoding="utf-8")


if __name__ == "__main__":
    main()
