# SPDX-License-Identifier: Apache-2.0
"""What pyproject.toml cannot say: the version, which CMakeLists.txt has, and the declarations, made from the C header."""
import os
import pathlib
import re
import sys

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
VERSION = re.search(r"project\(memspike VERSION ([\d.]+)", (HERE.parent / "CMakeLists.txt").read_text(encoding="utf-8"))[1]


class BuildWithDeclarations(build_py):
    """An installed package has them in a module of its own; an editable one reads the header itself."""

    def run(self):
        super().run()
        if not self.editable_mode:
            sys.path.insert(0, str(HERE / "memspike"))
            import _header
            _header.write(str(HERE.parent / "include" / "memspike" / "memspike.h"), VERSION,
                          os.path.join(self.build_lib, "memspike", "_declarations.py"))


setup(version=VERSION, cmdclass={"build_py": BuildWithDeclarations})
