#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No source file has more than 600 lines, no function in C, C++, Python or shell more than 70.

    tests/unit/sizes.py              exits with 1 and names each that is longer
    tests/unit/sizes.py FILE...      looks at these only

A function counts from its head to its closing brace or last line; comments and decorators above it do not count. Left out are data,
documents, what scripts make, and macros of several lines.
"""
import ast
import os
import re
import sys

sys.dont_write_bytecode = True
from documents import ROOT, listed  # noqa: E402

MOST_IN_A_FILE, MOST_IN_A_FUNCTION = 600, 70
GENERATED = {"model/hardware/registers.h", "rtl/memspike_registers.sv"}
# Comments, strings, characters, raw strings and directives of C: a brace in them is none of the code's. 1'000 is a number.
NO_CODE = re.compile(r"""//(?:\\\n|[^\n])*|/\*.*?\*/|R"([^()\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"""
                     r"|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)


def without_parentheses(head):
    shorter = re.sub(r"\([^()]*\)", "", head)
    return head if shorter == head else without_parentheses(shorter)


def is_head_of_function(head):
    """Whether what stands before an opening brace, from the last brace or semicolon on, begins a function: not a type, a namespace or a table."""
    return "(" in head and "=" not in re.sub("operator *[=!<>]=?", "", without_parentheses(head))


def c_functions(text):
    """(how it begins, its first line, its last line) of each function."""
    text = NO_CODE.sub(lambda match: "\n" * match.group().count("\n"), text)
    text = re.sub(r"((?<=\w)|(?<== )|(?<=\())\{[^{}\n]*\}", "", text)  # what initializes a member or an argument
    line, head, opened = 1, "", []  # for each open brace its function, or None
    for part in re.split(r"([{};])", text):
        if part == "{":
            begins = not any(opened) and is_head_of_function(head)
            opened.append((head.split("\n")[0], line - head.count("\n")) if begins else None)
        elif part == "}":
            if not opened:
                raise ValueError("a closing brace too many")
            function = opened.pop()
            if function:
                yield *function, line
        line += part.count("\n")
        head = part.lstrip()
    if opened:
        raise ValueError("a brace that is not closed")


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


def shell_functions(text):
    """Those of several lines, which end where a brace or parenthesis stands below their name."""
    lines = text.split("\n")
    for first, line in enumerate(lines, 1):
        start = re.fullmatch(r"(\s*)(?:function )?([\w-]+)\(\)\s*[{(][^})]*", line)
        if start:
            last = next((last for last in range(first + 1, len(lines) + 1) if re.match(start.group(1) + "[})]", lines[last - 1])), None)
            if last is None:
                raise ValueError(f"the end of {start.group(2)}() is not found")
            yield start.group(2), first, last


def no_functions(_):
    return ()


# What is looked at: how a file's name ends, and what its functions are found by.
LANGUAGES = {".c": c_functions, ".h": c_functions, ".cpp": c_functions, ".py": python_functions, ".sh": shell_functions, ".sbatch": shell_functions,
             ".ci/run": shell_functions, ".sv": no_functions, ".v": no_functions, ".vh": no_functions}


def too_long(name, functions):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        text = file.read()
    lines = text.count("\n")
    if lines > MOST_IN_A_FILE:
        yield f"{name}: {lines} lines; expected at most {MOST_IN_A_FILE}"
    try:
        for function, first, last in functions(text):
            if last - first + 1 > MOST_IN_A_FUNCTION:
                yield f"{name}:{first}: {function}: {last - first + 1} lines; expected at most {MOST_IN_A_FUNCTION}"
    except (SyntaxError, ValueError) as wrong:
        yield f"{name}: {wrong}; its functions cannot be told apart"


def main():
    found = []
    for name in sys.argv[1:] or listed():
        functions = next((functions for ending, functions in LANGUAGES.items() if name.endswith(ending)), None)
        if functions and name not in GENERATED:
            found += too_long(name, functions)
    for line in found:
        print("sizes.py:", line, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
