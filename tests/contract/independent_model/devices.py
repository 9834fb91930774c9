# SPDX-License-Identifier: Apache-2.0
"""12. Devices and pulses, 13. Non-idealities."""
import copy
import math
import struct

import numpy as np

from .arrays import fixed_resistance, round_half_up
from .files import xxh3


class Pulse:
    """What a voltage does to a device."""

    def __init__(self, model, constants, voltage):
        c, size, positive = constants, abs(voltage), voltage > 0
        self.model, self.voltage, self.positive = model, voltage, positive
        if model == "data_driven":
            scale, steepness = (c["A_p"], c["t_p"]) if positive else (-c["A_n"], c["t_n"])
            self.rate = scale * (math.exp(size / steepness) - 1)
            self.asymptote = c["a0_p"] + c["a1_p"] * voltage if positive else c["a0_n"] + c["a1_n"] * voltage
        elif model == "vteam":
            slope = (c["R_off"] - c["R_on"]) / c["D"]
            scale, threshold, power = (c["k_off"], c["v_off"], c["alpha_off"]) if positive else (-c["k_on"], c["v_on"], c["alpha_on"])
            self.rate = scale * math.pow(max(voltage / threshold - 1, 0.0), power) * slope
            self.asymptote = c["R_off"] if positive else c["R_on"]
        else:
            self.siemens = c["a"] * c["b"]
            scale, threshold, self.decay = (c["A_n"], c["V_n"], c["alpha_n"]) if positive else (c["A_p"], c["V_p"], c["alpha_p"])
            self.turn = 1 - c["x_n"] if positive else c["x_p"]
            self.rate = max(scale * (math.exp(size) - math.exp(threshold)), 0.0)
            self.asymptote = math.inf if positive else 1 / self.siemens

    def at_speed(self, speed):
        faster = copy.copy(self)
        faster.rate = self.rate * speed
        return faster

    def own(self):
        """Of a device with constants of its own."""
        self.rate, self.asymptote = max(self.rate, 0.0), max(self.asymptote, 1.0)
        return self

    def step(self, resistance, seconds):
        distance = self.asymptote - resistance if self.positive else resistance - self.asymptote
        if not distance > 0:
            return resistance
        if self.model == "yakopcic":
            return self.step_of_yakopcic(resistance, seconds)
        change = self.rate * distance * distance * seconds if self.model == "data_driven" else self.rate * seconds
        change = min(change, distance)
        return resistance + change if self.positive else resistance - change

    def step_of_yakopcic(self, resistance, seconds):
        x = 1 / (resistance * self.siemens)
        speed = self.rate
        if self.positive:
            if x < self.turn:
                speed = self.rate * math.exp(self.decay * (x - self.turn)) * x / self.turn
            x = max(x - speed * seconds, x / 2)
        else:
            if x > self.turn:
                speed = self.rate * math.exp(self.decay * (self.turn - x)) * (1 - x) / (1 - self.turn)
            x = min(x + speed * seconds, 1.0)
        return 1 / (x * self.siemens)

    def after(self, resistance, seconds):
        if self.model == "vteam":
            return self.step(resistance, seconds)
        if self.model == "yakopcic":
            for _ in range(1000):
                resistance = self.step(resistance, seconds / 1000)
            return resistance
        distance = self.asymptote - resistance if self.positive else resistance - self.asymptote
        if not distance > 0:
            return resistance
        left = distance / (1 + self.rate * distance * seconds)
        return self.asymptote - left if self.positive else self.asymptote + left


def fit_prediction(pulse, width, lowest, highest):
    """K and r of the closed form that come nearest to a pulse of another model."""
    before = np.array([lowest + (highest - lowest) * i / 32 for i in range(33)])
    after = np.array([pulse.after(resistance, width * 1e-6) for resistance in before])
    outermost = max(0.0, *after) if pulse.positive else min(65536.0, *after)
    end = 65535.0 if pulse.positive else 1.0

    def error(asymptote, rate):
        distance = asymptote[:, None] - before
        predicted = asymptote[:, None] - distance / (1 + rate[:, None] * np.abs(distance))
        return (np.abs(predicted - after) / after).max(axis=1)

    tried = np.array([outermost + (end - outermost) * math.pow((i + 1) / 200, 3) for i in range(200)])
    asked = 1 / np.abs(tried[:, None] - after) - 1 / np.abs(tried[:, None] - before)
    low, high = asked.min(axis=1), np.minimum(np.maximum(asked.max(axis=1), 0), (2**32 - 1) * 2.0**-36)
    for _ in range(60):
        third = (high - low) / 3
        lower = error(tried, low + third) < error(tried, high - third)
        low, high = np.where(lower, low, low + third), np.where(lower, high - third, high)
    rate = (low + high) / 2
    best = int(np.argmin(error(tried, rate)))
    return float(rate[best]), float(tried[best])


LIMITS = {
    "data_driven": {"A_p": 1e9, "A_n": 1e9, "a0_p": 1e9, "a0_n": 1e9, "a1_p": 1e9, "a1_n": 1e9, "t_p": 1e3, "t_n": 1e3},
    "vteam": {"k_off": 1e9, "k_on": 0, "alpha_off": 100, "alpha_on": 100, "v_off": 100, "v_on": 0, "D": 1, "R_on": 1e12, "R_off": 1e12},
    "yakopcic": {"A_p": 1e12, "A_n": 1e12, "V_p": 100, "V_n": 100, "x_p": 1, "x_n": 1, "alpha_p": 1e3, "alpha_n": 1e3, "a": 1e3, "b": 1e3},
}


# In the order of docs/devices.md; device_variation has a number for each constant.
KEYS = ["line_resistance.row_ohm", "line_resistance.column_ohm", "write_variation", "device_variation", "drift.exponent", "drift.spread",
        "drift.start_s", "drift.time_s", "drift.reference", "read_noise.scale", "read_noise.exponent", "read_noise.most", "read_noise.read_s",
        "read_noise.time_s", "read_noise.verify_s", "read_disturb.voltage_v", "read_disturb.time_s", "half_select", "adc.offset", "adc.gain",
        "dac.bits", "dac.full_scale_v", "dac.gain", "dac.offset_v"]


class NonIdealities:
    """A device file's group."""

    def __init__(self, group):
        self.group = group
        self.variation = group.get("device_variation", {})
        self.write_variation, self.half_select = group.get("write_variation", 0), group.get("half_select", 0)
        self.drift, self.noise, self.disturb = group.get("drift"), group.get("read_noise"), group.get("read_disturb")
        self.adc, self.dac, self.lines = group.get("adc"), group.get("dac"), group.get("line_resistance")
        if self.drift and not self.drift["time_s"] > self.drift["start_s"]:
            self.drift = None
        self.own = bool(self.variation or self.half_select or self.disturb or self.dac or self.lines)

    def fingerprint(self, model):
        """What is on, by name."""
        content = b""
        for key in KEYS:
            for name in [f"{key}.{constant}" for constant in LIMITS[model]] if key == "device_variation" else [key]:
                value = self.group
                for part in name.split("."):
                    value = value.get(part, {})
                if value:
                    content += struct.pack("<I", len(name)) + name.encode() + struct.pack("<d", value)
        return content

    def drift_of(self, exponent):
        return math.pow(self.drift["time_s"] / self.drift["start_s"], -exponent)

    def reference_drift(self):
        return self.drift_of(self.drift["exponent"]) if self.drift and self.drift.get("reference") else 1.0

    def voltage(self, v):
        if not self.dac:
            return v
        scale, bits = self.dac["full_scale_v"], self.dac.get("bits", 0)
        if bits:
            q = 2**(bits - 1) - 1
            v = min(max(round_half_up(v / scale * q), -q), q) / q * scale
        return v * (1 + self.dac.get("gain", 0.0)) + self.dac.get("offset_v", 0.0)

    def spread(self, share, seconds):
        """Half the width of a reading's distribution."""
        noise, read = self.noise, self.noise["read_s"]
        sigma = min(noise["scale"] * math.pow(share, -noise["exponent"]), noise["most"]) * math.sqrt(math.log((seconds + read) / (2 * read)))
        return math.sqrt(3.0) * sigma


def effective_conductances(rows, columns, row_ohm, column_ohm, resistances):
    """Of an array behind resistive lines; resistances and result [column][row]."""
    count, band = 2 * rows * columns, 2 * columns
    lower = [[0.0] * (band + 1) for _ in range(count)]  # entry (i, i - d) at [i][d]

    def connect(a, b, conductance):
        lower[a][0] += conductance
        lower[b][0] += conductance
        lower[b][b - a] -= conductance

    for row in range(rows):
        for column in range(columns):
            on_row = row * band + 2 * column
            connect(on_row, on_row + 1, 1 / resistances[column][row])
            if column > 0:
                connect(on_row - 2, on_row, 1 / row_ohm)
            else:
                lower[on_row][0] += 1 / row_ohm
            if row + 1 < rows:
                connect(on_row + 1, on_row + 1 + band, 1 / column_ohm)
            else:
                lower[on_row + 1][0] += 1 / column_ohm
    for i in range(count):
        for j in range(max(0, i - band), i + 1):
            total = lower[i][i - j]
            for k in range(max(0, i - band), j):
                total -= lower[i][i - k] * lower[j][j - k]
            lower[i][i - j] = math.sqrt(total) if i == j else total / lower[j][0]
    result = []
    for column in range(columns):
        x = [0.0] * count
        x[(rows - 1) * band + 2 * column + 1] = 1 / column_ohm
        for i in range(count):
            for k in range(max(0, i - band), i):
                x[i] -= lower[i][i - k] * x[k]
            x[i] /= lower[i][0]
        for i in range(count - 1, -1, -1):
            x[i] /= lower[i][0]
            for k in range(max(0, i - band), i):
                x[k] -= lower[i][i - k] * x[i]
        result.append([x[row * band] / row_ohm for row in range(rows)])
    return result


class Device:
    """A device file that is read by `parse_configuration`; `guard` keeps weights off the ends of its range."""

    def __init__(self, file, approach, guard=0.0):
        constants = dict(file["switching"])
        model = constants.pop("model", "data_driven")
        given, lists = file["resistance"], file["pulses"]
        pulses = [[(Pulse(model, constants, group["voltage"]), width) for group in lists[f"approach{a}"] for width in group["widths_us"]]
                  for a in (1, 2)]
        asymptotes = [pulse.asymptote for pulse, _ in pulses[0] + pulses[1]]
        least, greatest = min(asymptotes), max(asymptotes)
        if model == "vteam":
            least, greatest = constants["R_on"], min(constants["R_off"], 65535.0)
        if model == "yakopcic":
            least = 1 / (constants["a"] * constants["b"])
        least, greatest = given.get("minimum", least), given.get("maximum", greatest)
        self.start, self.spread = given["start"], given["spread"]
        self.lists, self.pulses = pulses, pulses[approach - 1]
        self.table = []  # positive, width, rate, asymptote
        for pulse, width in self.pulses:
            rate, asymptote = pulse.rate * width * 1e-6, pulse.asymptote
            if model != "data_driven":
                rate, asymptote = fit_prediction(pulse, width, least, greatest)
            self.table.append((pulse.positive, width, round_half_up(rate * 2.0**36), fixed_resistance(asymptote)))
        self.model, self.constants, self.odd = model, constants, NonIdealities(file.get("nonidealities", {}))
        self.r_min, self.r_max = least * (1 + guard), greatest * (1 - guard)
        self.g_min, self.g_range = 1 / self.r_max, 1 / self.r_min - 1 / self.r_max

    def fingerprint(self):
        model = list(LIMITS).index(self.model)
        content = struct.pack("<I", model) if model else b""
        content += b"".join(struct.pack("<d", self.constants[name]) for name in LIMITS[self.model])
        content += struct.pack("<dddd", self.r_min, self.r_max, self.start, self.spread)
        content += self.odd.fingerprint(self.model)
        for pulses in self.lists:
            content += struct.pack("<I", len(pulses)) + b"".join(struct.pack("<dI", pulse.voltage, width) for pulse, width in pulses)
        return xxh3(content)

    def weight(self, resistance):
        return (1 / resistance - self.g_min) / self.g_range

    def resistance(self, weight):
        return 1 / (weight * self.g_range + self.g_min)
