# SPDX-License-Identifier: Apache-2.0
"""Devices: memristors."""
from __future__ import annotations

import os
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np

from ._library import Handle, call, dtype_of, ffi, lib, make, path_of, text

_MEASURED = dtype_of("memspike_measured_pulse")
_CONSTANTS = ("A", "t", "a0", "a1")


class Device(Handle):
    """A memristor: how its resistance follows pulses, its non-idealities, and the pulses that write it.

    name: of a shipped device ("paper" ...) or the path of a device file. Raises Invalid for what is no such file, with its line."""

    fit_sides: Optional[Dict[str, Dict[str, Any]]] = None

    def __init__(self, name: Union[str, os.PathLike] = "paper"):
        self._take(make("device", lib.memspike_device_load, path_of(name)))

    def _take(self, made: Any) -> None:
        self._own(made, lib.memspike_device_free)

    @classmethod
    def parse(cls, text: str, name: str = "device") -> Device:
        """From the text of a device file; messages call it `name`."""
        device = cls.__new__(cls)
        device._take(make("device", lib.memspike_device_parse, text.encode(), name.encode()))
        return device

    @classmethod
    def fit(cls, voltage: Any, seconds: Any, before: Any, after: Any, name: str = "fitted") -> Device:
        """The paper's switching model from measured pulses, by least squares.

        voltage (V, not 0), seconds, and the readings before and after each pulse (ohm): arrays of one length, or a number for all
        pulses. `fit_sides` of the device tells what was found: for "positive" and "negative" pulses how many there were, the constants
        A (1/(ohm s)), t (V), a0 (ohm), a1 (ohm/V), their standard errors, and the rms of the relative residuals.

        Raises Invalid when they do not determine the constants: each sign needs pulses of two voltages that change R."""
        columns = np.broadcast_arrays(*(np.asarray(column, float) for column in (voltage, seconds, before, after)))
        pulses = np.zeros(columns[0].size, _MEASURED)
        for field, column in zip(_MEASURED.names or (), columns):
            pulses[field] = column.ravel()
        sides = ffi.new("memspike_fitted_side[2]")
        made = ffi.new("memspike_device **")
        call(lib.memspike_device_fit, ffi.from_buffer("memspike_measured_pulse[]", pulses), len(pulses), name.encode(), made, sides)
        device = cls.__new__(cls)
        device._take(made[0])
        device.fit_sides = {sign: {"pulses": side.pulses, "constants": dict(zip(_CONSTANTS, side.constants)),
                                   "errors": dict(zip(_CONSTANTS, side.errors)), "rms": side.rms}
                            for sign, side in zip(("positive", "negative"), sides)}
        return device

    @property
    def name(self) -> str:
        """What its file calls it."""
        return text(lib.memspike_device_name(self.pointer))

    @property
    def range(self) -> Tuple[float, float]:
        """The resistances that stand for weight 1 and weight 0, ohm."""
        ends = ffi.new("double[2]")
        lib.memspike_device_range(self.pointer, ends, ends + 1)
        return ends[0], ends[1]

    def _each(self, function: Any, values: Any) -> Any:
        given = np.asarray(values, float)
        found = np.fromiter((function(self.pointer, value) for value in given.ravel()), float, given.size)
        return found.reshape(given.shape) if given.ndim else float(found[0])

    def weight(self, resistance: Any) -> Any:
        """The weights that resistances (ohm; a number, or an array of any shape) stand for; not clamped to 0 to 1."""
        return self._each(lib.memspike_device_weight, resistance)

    def resistance(self, weight: Any) -> Any:
        """The inverse of weight(): ohm."""
        return self._each(lib.memspike_device_resistance, weight)

    def save(self, path: Union[str, os.PathLike]) -> None:
        """Write a fitted or parsed device as a device file. Raises Invalid for one that was read from a file."""
        call(lib.memspike_device_save, self, path_of(path))

    def __repr__(self) -> str:
        return f"<memspike.Device {self.name!r}, {self.range[0]:g} to {self.range[1]:g} ohm>"


def device_of(device: Union[str, os.PathLike, Device]) -> Device:
    return device if isinstance(device, Device) else Device(device)
