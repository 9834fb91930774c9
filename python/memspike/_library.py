# SPDX-License-Identifier: Apache-2.0
"""The library: where it is found, how its functions are called, and what they raise."""
from __future__ import annotations

import os
import pathlib
import re
import sysconfig
import threading
import weakref
from typing import Any, Callable, Iterable, Optional, Union

import numpy as np

# What follows long work: a function of what is done, how much of it, and of how much; True for tqdm's bar; None for nothing.
Progress = Union[None, bool, Callable[[str, int, int], object]]

PACKAGE = pathlib.Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent.parent
FILE = "libmemspike.so.0"


class Error(Exception):
    """The library could not do it: one line that names the file, line or value, and what was expected there. `status` is 1 when the
    machine let us down, 2 when what was given is wrong (Invalid), 3 when it was asked to stop (Interrupted)."""
    status = 1


class Invalid(Error, ValueError):
    """What was given is wrong."""
    status = 2


class Interrupted(Error):
    """It was asked to stop: raise it in a progress function. (Ctrl-C raises KeyboardInterrupt, as everywhere.)"""
    status = 3


def _declared() -> tuple[Any, str]:
    """The declarations, and the library's version that they belong to: of a checkout its header, else what was made from it."""
    header = CHECKOUT / "include" / "memspike" / "memspike.h"
    if PACKAGE.parent.name == "python" and header.is_file():
        from ._header import ffi_of
        project = re.search(r"project\(memspike VERSION ([\d.]+)", (CHECKOUT / "CMakeLists.txt").read_text(encoding="utf-8"))
        return ffi_of(header.read_text(encoding="utf-8")), project[1] if project else ""
    from . import _declarations  # type: ignore[attr-defined]
    return _declarations.ffi, _declarations.version


def _places() -> Iterable[str]:
    """Where the library may lie, the nearest first: beside an installed package, in a checkout's build, where the system has it."""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    for folder in PACKAGE.parents:
        if folder.name in ("lib", "lib64"):
            yield str(folder / multiarch / FILE)
            yield str(folder / FILE)
    yield str(CHECKOUT / "build" / "release" / FILE)
    yield FILE


def _open() -> Any:
    told = os.environ.get("MEMSPIKE_LIBRARY")
    if told:
        try:
            return ffi.dlopen(told)
        except OSError as error:
            raise ImportError(f"MEMSPIKE_LIBRARY={told}: {error}") from None
    for place in _places():
        if place == FILE or os.path.exists(place):
            try:
                return ffi.dlopen(place)
            except OSError as error:
                if place != FILE:
                    raise ImportError(f"{place}: {error}") from None
    raise ImportError(f"{FILE} is not there; install memspike, or build it (cmake --build --preset release), or name the library in "
                      "MEMSPIKE_LIBRARY")


ffi, DECLARED = _declared()
lib = _open()


def text(pointer: Any) -> str:
    """A C string."""
    return ffi.string(pointer).decode("utf-8", "replace")


VERSION = text(lib.memspike_version())
if VERSION != DECLARED:
    raise ImportError(f"{FILE} has version {VERSION}; expected {DECLARED}, for which this package was made")


def plain(value: Any) -> Any:
    """A C structure as a dict, an array of C as a list, a string as a string."""
    if not isinstance(value, ffi.CData):
        return value
    kind = ffi.typeof(value)
    if kind.kind == "struct":
        return {name: plain(getattr(value, name)) for name, _ in kind.fields}
    if kind.kind == "array":
        return text(value) if kind.item.cname == "char" else [plain(item) for item in value]
    return text(value) if value != ffi.NULL else None


def dtype_of(structure: str) -> np.dtype:
    """A C structure of numbers as NumPy's structured type, to the byte."""
    kind = ffi.typeof(structure)
    formats = []
    for _, field in kind.fields:
        item = field.type.item if field.type.kind == "array" else field.type
        letter = "f" if item.cname in ("float", "double") else "u" if item.cname.startswith("uint") else "i"
        formats.append((f"{letter}{ffi.sizeof(item)}", field.type.length if field.type.kind == "array" else ()))
    return np.dtype({"names": [name for name, _ in kind.fields], "formats": formats,
                     "offsets": [field.offset for _, field in kind.fields], "itemsize": ffi.sizeof(kind)})


def array(values: Any, dtype: Any, shape: tuple[int, ...], what: str) -> np.ndarray:
    """Values as the library takes them, the same memory when they are so already. -1 in a shape is any number."""
    found = np.ascontiguousarray(values, dtype)
    if found.ndim != len(shape) or any(wanted not in (-1, have) for wanted, have in zip(shape, found.shape)):
        expected = ", ".join("any" if wanted == -1 else str(wanted) for wanted in shape)
        raise Invalid(f"{what}: shape {np.shape(values)}; expected ({expected})")
    return found


def pointer(values: np.ndarray) -> Any:
    """To the memory of a contiguous array."""
    kinds = {"float32": "float", "float64": "double", "bool": "bool"}
    return ffi.from_buffer(f"{kinds.get(values.dtype.name, values.dtype.name + '_t')}[]", values)


def path_of(path: Union[str, os.PathLike]) -> bytes:
    return os.fsencode(path)


def _bar() -> Optional[Callable[[str, int, int], object]]:
    """A function that draws tqdm's bars, one after the other; None without tqdm."""
    try:
        from tqdm.auto import tqdm  # type: ignore[import]
    except ImportError:
        return None
    bars: dict[str, Any] = {}

    def draw(what: str, done: int, total: int) -> None:
        if what not in bars:
            for bar in bars.values():
                bar.close()
            bars.clear()
            bars[what] = tqdm(total=total, desc=what, leave=False)
        bars[what].update(done - bars[what].n)
        if done >= total:
            bars.pop(what).close()
    return draw


class Listener:
    """Who follows a call. It is there even when nobody wants to know: in it Python sees that Ctrl-C was pressed.

    Nothing is raised into C. What a progress function raises is kept, stops the work, and is raised by call()."""

    def __init__(self, progress: Progress):
        if progress not in (None, True, False) and not callable(progress):
            raise TypeError(f"progress: {progress!r}; expected None, True or a function of (what, done, total)")
        self.raised: Optional[BaseException] = None
        self._tell = _bar() if progress is True else (progress or None)
        self._callbacks = (ffi.callback("int(void *, const char *, uint64_t, uint64_t)", self._progress, error=1, onerror=self._keep),
                           ffi.callback("void(void *, const char *)", self._note, onerror=self._keep))
        self.pointer = ffi.new("memspike_listener *", self._callbacks)

    def _progress(self, _: Any, what: Any, done: int, total: int) -> int:
        if self._tell is not None:
            self._tell(text(what), done, total)
        return 0 if self.raised is None else 1

    @staticmethod
    def _note(_: Any, line: Any) -> None:
        import logging  # only here: a tenth of the time that importing the package takes
        logging.getLogger("memspike").info("%s", text(line))

    def _keep(self, _: Any, value: BaseException, __: Any) -> None:
        self.raised = value


def call(function: Callable[..., int], *arguments: Any) -> None:
    """Call a function that returns a status and leaves a message behind its other arguments; raise what it says. Objects are given as they
    are, so that they live as long as the call."""
    error = ffi.new("memspike_error *")
    listeners = [argument for argument in arguments if isinstance(argument, Listener)]
    status = function(*(argument.pointer if isinstance(argument, (Handle, Listener)) else argument for argument in arguments), error)
    for listener in listeners:
        if listener.raised is not None:
            raise listener.raised
    if status != lib.MEMSPIKE_OK:
        kinds = {lib.MEMSPIKE_INVALID: Invalid, lib.MEMSPIKE_INTERRUPTED: Interrupted}
        raise kinds.get(status, Error)(text(error.message))


class Gate:
    """One thread at a time, or with `many` any number of them: functions that only read."""

    def __init__(self, many: bool):
        self._many, self.lock, self.inside = many, threading.RLock(), 0

    def __enter__(self) -> None:
        with self.lock:
            if self.inside and not self._many:
                raise RuntimeError("is at work: a progress function cannot use what it follows")
            self.inside += 1
            if not self._many:
                self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1
            if not self._many:
                self.lock.release()


class Handle:
    """An object of the library. It is freed with its last reference, by close(), or at the end of a `with`."""
    _many = True  # whether threads may use it at the same time
    _gate: Gate

    def _own(self, made: Any, free: Callable[[Any], None], below: Optional[Handle] = None) -> None:
        """From now on it is this one's. What it stands on is kept, too, and so used by one thread at a time."""
        self._gate = below._gate if below is not None else Gate(self._many)
        self._made = made
        self._finalizer = weakref.finalize(self, _free, free, made, below)

    @property
    def pointer(self) -> Any:
        """The library's; it is valid as long as this object is."""
        if not self._finalizer.alive:
            raise ValueError(f"this {type(self).__name__} is closed")
        return self._made

    def close(self) -> None:
        """Free what it holds now; then it can no longer be used. RuntimeError while it is at work."""
        with self._gate.lock:
            if self._gate.inside:
                raise RuntimeError(f"this {type(self).__name__} is at work")
            self._finalizer()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _free(free: Callable[[Any], None], made: Any, _below: Optional[Handle]) -> None:
    free(made)


def make(kind: str, function: Callable[..., int], *arguments: Any) -> Any:
    """Call a function that makes an object, and hand it over."""
    made = ffi.new(f"memspike_{kind} **")
    try:
        call(function, *arguments, made)
    except BaseException:
        getattr(lib, f"memspike_{kind}_free")(made[0])
        raise
    return made[0]
