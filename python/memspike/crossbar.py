# SPDX-License-Identifier: Apache-2.0
"""The crossbar, and the engine: the digital hardware on it."""
from __future__ import annotations

import os
import weakref
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np

from ._library import Handle, Invalid, Listener, Progress, array, call, dtype_of, ffi, lib, make, plain, pointer
from .device import Device, device_of
from .settings import Settings, SettingValue, settings_of

_WRITTEN = dtype_of("memspike_written")
_PULSE = dtype_of("memspike_pulse")
_ENDINGS = np.array([name.replace("MEMSPIKE_", "").lower() for _, name in sorted(ffi.typeof("memspike_ending").elements.items())])


def _samples(values: Any, dtype: Any, inputs: int, what: str) -> Tuple[np.ndarray, bool]:
    """(count, inputs), and whether it was only one of them (inputs)."""
    single = np.ndim(values) == 1
    return array(np.asarray(values, dtype)[np.newaxis] if single else values, dtype, (-1, inputs), what), single


class Crossbar(Handle):
    """Fresh memristors in an array.

    device: a Device, a shipped one's name or a path. settings: Settings, or any of them as keyword arguments, preset= among them. Of
    these count array, seed, read_noise, adc_bits, adc_full_scale, stuck_* and guard_band, which narrows the range that weights map to; the
    others are kept for the engines on it.

    Weights have the shape (outputs, inputs) and lie between 0 and 1, or with pairs of devices from -1 to 1; with one output
    (inputs) is taken, too. What is told of each device has the array's shape (columns, rows). Resistances are in ohm.

    One thread at a time uses it and its engines; others wait."""
    _many = False

    def __init__(self, device: Union[str, os.PathLike, Device] = "paper", settings: Optional[Settings] = None, **changes: SettingValue):
        self.device = device_of(device)
        self.settings = settings_of(settings, changes)
        self._own(make("crossbar", lib.memspike_crossbar_create, self.settings, self.device), lib.memspike_crossbar_free)
        self._engines: weakref.WeakSet[Engine] = weakref.WeakSet()
        self.array: Dict[str, Any] = plain(lib.memspike_crossbar_array(self.pointer))
        self.shape: Tuple[int, int] = (self.array["columns"], self.array["rows"])

    def close(self) -> None:
        """Free it, and the engines on it, now."""
        for engine in list(self._engines):
            engine.close()
        super().close()

    def _told(self, function: Any, dtype: Any, shape: Tuple[int, ...]) -> np.ndarray:
        found = np.empty(shape, dtype)
        with self._gate:
            function(self.pointer, pointer(found))
        return found

    def _weights_shape(self) -> Tuple[int, int]:
        return self.array["outputs"], self.array["inputs"]

    @property
    def weights(self) -> np.ndarray:
        """The weights that the true resistances stand for, (outputs, inputs). To set them places them as an ideal writer would: stuck
        devices keep theirs."""
        return self._told(lib.memspike_crossbar_get_weights, float, self._weights_shape())

    @weights.setter
    def weights(self, weights: Any) -> None:
        self.resistances = self.targets(weights)

    @property
    def resistances(self) -> np.ndarray:
        """The true resistances, (columns, rows); to be set in the same way."""
        return self._told(lib.memspike_crossbar_get_resistances, float, self.shape)

    @resistances.setter
    def resistances(self, resistances: Any) -> None:
        given = array(resistances, float, self.shape, "resistances")
        with self._gate:
            call(lib.memspike_crossbar_set_resistances, self, pointer(given))

    @property
    def stuck(self) -> np.ndarray:
        """Which devices are stuck, (columns, rows)."""
        return self._told(lib.memspike_crossbar_get_stuck, bool, self.shape)

    @property
    def energy(self) -> float:
        """Of all pulses so far, joule: V^2 / R added up."""
        with self._gate:
            return lib.memspike_crossbar_energy(self.pointer)

    def targets(self, weights: Any) -> np.ndarray:
        """The resistances that weights ask for, (columns, rows). Raises Invalid for one that is out of range."""
        single = self.array["outputs"] == 1 and np.ndim(weights) == 1
        given = array([weights] if single else weights, float, self._weights_shape(), "weights")
        found = np.empty(self.shape)
        with self._gate:
            call(lib.memspike_crossbar_targets, self, pointer(given), pointer(found))
        return found

    def read(self) -> np.ndarray:
        """A verify read of each device, with read noise: ohm, (columns, rows). Each read draws anew."""
        return self._told(lib.memspike_crossbar_read, float, self.shape)

    def sense(self, spikes: Any, sample: int = 0) -> np.ndarray:
        """The columns' currents for time steps of spikes, (count, inputs) of bool or 0 and 1: for each output the sum of the weights
        whose inputs spike, with read noise, through the ADC: (count, outputs). With (inputs) a single step: (outputs). `sample` and
        the step's number choose the noise."""
        given = np.asarray(spikes)
        if given.dtype.kind not in "bui":
            raise Invalid(f"spikes: {given.dtype}; expected bool or whole numbers")
        given, single = _samples(given if given.dtype == np.uint8 else given.astype(bool).view(np.uint8), np.uint8, self.array["inputs"], "spikes")
        found = np.empty((len(given), self.array["outputs"]))
        with self._gate:
            lib.memspike_crossbar_sense(self.pointer, sample, pointer(given), len(given), pointer(found))
        return found[0] if single else found

    def write(self, weights: Any = None, targets: Any = None, *, pulses: bool = False, approach: int = 1, **changes: SettingValue) -> Dict[str, Any]:
        """Engine.write() of an engine that is there for it, with these settings."""
        with Engine(self, approach, None, **changes) as engine:
            return engine.write(weights, targets, pulses=pulses)

    def run(self, values: Any, first: int = 0, *, approach: int = 1, progress: Progress = None, **changes: SettingValue) -> np.ndarray:
        """Engine.run() of an engine that is there for it, with these settings."""
        with Engine(self, approach, None, **changes) as engine:
            return engine.run(values, first, progress=progress)

    def __repr__(self) -> str:
        return f"<memspike.Crossbar {self.array['name']} of {self.device!r}>"


class Engine(Handle):
    """Encoder, LIF neurons and the predict-write-verify controller on a crossbar: the Verilated RTL, or, as the setting `engine` says, one
    of its models, which change the speed and nothing else.

    approach: 1 or 2; whose pulses and threshold. settings: the crossbar's, unless others are given; changes of them are keyword
    arguments. The crossbar is kept as long as the engine is."""

    def __init__(self, crossbar: Crossbar, approach: int = 1, settings: Optional[Settings] = None, **changes: SettingValue):
        self.crossbar = crossbar
        self.settings = settings_of(settings if settings is not None else crossbar.settings, changes)
        self.steps = int(self.settings["steps"])
        with crossbar._gate:
            made = make("engine", lib.memspike_engine_create, self.settings, approach, crossbar)
        self._own(made, lib.memspike_engine_free, crossbar)
        crossbar._engines.add(self)

    def write(self, weights: Any = None, targets: Any = None, *, pulses: bool = False) -> Dict[str, Any]:
        """Write the devices by predict-write-verify, to weights, or to targets: resistances (columns, rows) in ohm, 0 to leave one alone.

        The result has for each device, (columns, rows), how it ended ("untouched": no target, "converged": within the tolerance,
        "stalled": no pulse would have come nearer, "exhausted": max_pulses were not enough), its pulses, and its last reading in ohm. With
        pulses=True "every_pulse" is a structured array, as pandas.DataFrame takes it: clock, device (column * rows + row), iteration,
        voltage (V), width_us, target and reading as the controller has them, before and after as they truly are (ohm)."""
        if (weights is None) == (targets is None):
            raise TypeError("write: expected weights or targets")
        crossbar = self.crossbar
        wanted = crossbar.targets(weights) if targets is None else array(targets, float, crossbar.shape, "targets")
        written = np.zeros(crossbar.shape, _WRITTEN)
        events = bytearray()
        size = _PULSE.itemsize

        @ffi.callback("void(void *, const memspike_pulse *)")
        def keep(_: Any, pulse: Any) -> None:
            events.extend(ffi.buffer(pulse, size))
        with self._gate:
            call(lib.memspike_engine_write, self, pointer(wanted), ffi.from_buffer("memspike_written[]", written),
                 keep if pulses else ffi.NULL, ffi.NULL)
        result: Dict[str, Any] = {name: np.ascontiguousarray(written[name]) for name in _WRITTEN.names or ()}
        result["ending"] = _ENDINGS[result["ending"]]
        if pulses:
            result["every_pulse"] = np.frombuffer(events, _PULSE)
        return result

    def run(self, values: Any, first: int = 0, *, progress: Progress = None) -> np.ndarray:
        """Run samples, (count, inputs) of numbers from 0 to 1, each for `steps` time steps: the neurons' spike counts, (count, outputs)
        of uint16. With (inputs) a single sample: (outputs). Samples are numbered from `first`, which chooses their random numbers.

        Raises Invalid for values that are out of range, Error when `check` finds RTL and model to differ."""
        given, single = _samples(values, np.float32, self.crossbar.array["inputs"], "values")
        spikes = np.zeros((len(given), self.crossbar.array["outputs"]), np.uint16)
        with self._gate:
            call(lib.memspike_engine_run, self, pointer(given), first, len(given), pointer(spikes), Listener(progress))
        return spikes[0] if single else spikes

    def observe(self, values: Any, number: int = 0) -> Dict[str, np.ndarray]:
        """Run one sample, (inputs), of this number, and see all that happens in it: "spikes" (outputs), "rows" (steps, inputs), 1 where
        an input spikes, and "membranes" (steps, outputs): V with these spikes in it, in units of weight, before a reset."""
        inputs, outputs = self.crossbar.array["inputs"], self.crossbar.array["outputs"]
        given = array(values, np.float32, (inputs,), "values")
        found: Dict[str, np.ndarray] = {"spikes": np.zeros(outputs, np.uint16), "rows": np.zeros((self.steps, inputs), np.uint8),
                                        "membranes": np.zeros((self.steps, outputs))}
        with self._gate:
            call(lib.memspike_engine_observe, self, pointer(given), number, *(pointer(each) for each in found.values()))
        return found

    @property
    def statistics(self) -> Dict[str, Any]:
        """Since it was made: samples, clocks, pulses, endings, programming_us, energy_j ..."""
        found = ffi.new("memspike_statistics *")
        with self._gate:
            lib.memspike_engine_statistics(self.pointer, found)
        return plain(found[0])

    def __repr__(self) -> str:
        return f"<memspike.Engine {self.settings['engine']} on {self.crossbar!r}>"
