# SPDX-License-Identifier: Apache-2.0
"""Arrays and settings."""
from __future__ import annotations

import difflib
import numbers
import os
import re
from typing import Any, Dict, Iterator, List, Mapping, Optional, Union

from ._library import Handle, Invalid, call, ffi, lib, make, plain, text

SettingValue = Union[bool, int, float, str]


def _listed(structure: str, function: Any) -> List[Dict[str, Any]]:
    """What the library numbers from 0 on."""
    found: List[Dict[str, Any]] = []
    row = ffi.new(structure + " *")
    while function(len(found), row):
        found.append(plain(row[0]))
    return found


def arrays() -> List[Dict[str, Any]]:
    """The hardware parameter sets that were built, a dict each: name, inputs, outputs, rows, columns, devices, pairs (whether a weight
    is the difference of two devices), phases (clocks a time step), clocks_per_us."""
    return _listed("memspike_array", lib.memspike_array_get)


def settings() -> List[Dict[str, str]]:
    """The settings, a dict each: name, unit, help (what it does), expected (what it takes)."""
    return _listed("memspike_setting", lib.memspike_setting_get)


def engines() -> List[str]:
    """The kinds of engine, as the setting `engine` takes them."""
    found: List[str] = []
    while lib.memspike_engine_kind(len(found)) != ffi.NULL:
        found.append(text(lib.memspike_engine_kind(len(found))))
    return found


_NAMES = {row["name"] for row in settings()}


def _text_of(value: SettingValue) -> str:
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return str(int(value)) if isinstance(value, numbers.Integral) else repr(float(value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _value_of(found: str) -> SettingValue:
    if found in ("yes", "no"):
        return found == "yes"
    if re.fullmatch(r"-?\d+", found):
        return int(found)
    return float(found) if re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", found) else found


def _check_name(name: str) -> None:
    if name not in _NAMES:
        close = difflib.get_close_matches(name, _NAMES)
        raise Invalid(f"{name}: no such setting" + (f"; did you mean {' or '.join(close)}?" if close else "; memspike.settings() lists them"))


class Settings(Handle, Mapping[str, SettingValue]):
    """What decides a run, apart from its device and its data; a mapping from names to values, which do not change.

    preset: a shipped one's name ("paper", "robust", "fast" ...), the path of a preset file, or other Settings to start from.
    changes: any settings by name, Settings("fast", array="10x10", engine="model", read_noise=0.1); memspike.settings() lists them with
    units and what they take. A number given for one that differs by approach is set for both.

    Raises Invalid for a preset that is not there, an unknown name, or a value that is not taken."""

    def __init__(self, preset: Union[str, os.PathLike, Settings] = "paper", **changes: Optional[SettingValue]):
        if isinstance(preset, Settings):
            made = make("settings", lib.memspike_settings_copy, preset)
        else:
            made = make("settings", lib.memspike_settings_create, os.fsencode(preset))
        self._own(made, lib.memspike_settings_free)
        for name, value in changes.items():
            _check_name(name)
            if value is not None:
                call(lib.memspike_settings_set, made, name.encode(), _text_of(value).encode())

    def of(self, approach: int) -> Dict[str, SettingValue]:
        """All values for an approach, 1 or 2."""
        return {name: self._get(name, approach) for name in self}

    def _get(self, name: str, approach: int) -> SettingValue:
        found = ffi.new("char[4096]")
        call(lib.memspike_settings_get, self, name.encode(), approach, found, ffi.sizeof(found))
        return _value_of(text(found))

    def __getitem__(self, name: str) -> SettingValue:
        if name not in _NAMES:
            raise KeyError(name)
        return self._get(name, 1)

    def __iter__(self) -> Iterator[str]:
        return (row["name"] for row in settings())

    def __len__(self) -> int:
        return len(_NAMES)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self.of(1) == other.of(1) and self.of(2) == other.of(2)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        standard = Settings().of(1)
        return "Settings(" + ", ".join(f"{name}={value!r}" for name, value in self.of(1).items() if value != standard[name]) + ")"


def settings_of(base: Optional[Settings], changes: Mapping[str, Any]) -> Settings:
    """What a function with keyword arguments was given: changes of `base`, or of the preset among them."""
    changes = dict(changes)
    preset = changes.pop("preset", None)
    if preset is not None:
        return Settings(preset, **changes)
    if base is not None and not changes:
        return base
    return Settings(base if base is not None else "paper", **changes)
