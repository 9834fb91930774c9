# SPDX-License-Identifier: Apache-2.0
"""The C header, which is the only declaration of the library, as cffi reads it.

    python3 _header.py memspike.h 0.1.0 _declarations.py    writes what an installed package loads instead of the header
"""
from __future__ import annotations

import re
import sys

import cffi  # type: ignore[import]


def declarations(header: str) -> str:
    """What a header declares, without the preprocessor's lines and what only they are for."""
    header = re.sub(r"(?ms)^#ifdef __cplusplus$.*?^#endif$", "", header)
    header = re.sub(r"(?m)^#.*$", "", header)
    return header.replace("MEMSPIKE_API ", "")


def ffi_of(header: str) -> cffi.FFI:
    """The declarations, ready to open the library with."""
    ffi = cffi.FFI()
    ffi.cdef(declarations(header))
    return ffi


def write(header_path: str, version: str, path: str) -> None:
    """Write them as a module of Python: no compiler, and no parser when it is imported."""
    with open(header_path, encoding="utf-8") as file:
        ffi = ffi_of(file.read())
    ffi.set_source("memspike._declarations", None)
    ffi.emit_python_code(path)
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"version = {version!r}\n")


if __name__ == "__main__":
    write(*sys.argv[1:])
