# SPDX-License-Identifier: Apache-2.0
"""10. Answers, 14. Writing, 15. What the host sets."""
import math

from .arrays import ARRAYS, fixed_resistance, round_half_up
from .crossbar import Crossbar
from .devices import Device
from .spikes import mean_vector, rates_of


def answer_of(counts, model, steps):
    if model.task == 0:
        return int(2 * counts[0] > steps)
    used = counts[:model.outputs]
    return used.index(max(used))


def pair_of(weight):
    size = min(abs(weight), 1.0)
    smaller = min(0.1, 1 - size)
    return (smaller + size, smaller) if weight > 0 else (smaller, smaller + size)


class Settings:
    """A preset's, with what the command line overrides, and as the registers hold them."""

    def __init__(self, preset, array, model, **overrides):
        preset = {**preset, **overrides}
        self.steps, self.leak = preset["steps"], preset["leak"]
        self.rate_coded = preset["encoder"] == "rate"
        self.early = preset["decision"] == "early" and model.task == 0
        self.noise, self.guard = preset["read_noise"], preset["guard_band"]
        self.adc_bits, self.adc_full_scale = preset["adc_bits"], preset["adc_full_scale"]
        self.stuck = preset["stuck_open"], preset["stuck_closed"], preset["stuck_anywhere"]
        self.corrects_drift = preset["drift_correction"] == "threshold"
        self.corrects_noise = preset["noise_correction"] == "threshold" and model.approach == 1
        self.reads_log2 = preset["verify_reads"].bit_length() - 1
        self.most_pulses = preset["max_pulses"]
        share = preset["tolerance_margin"] * (self.noise / math.sqrt(3.0 * preset["verify_reads"]))
        self.tolerance = min(2**24 - 1, round_half_up(max(preset["tolerance"], share) * 2**24))
        self.fraction = 2 * model.boundary_share
        self.start_share, self.inputs = preset["membrane_start"], array.inputs

    def set_thresholds(self, array, device, model):
        fraction = self.fraction
        if self.corrects_noise:
            fraction *= noise_gain(array, device, model, self.noise)
        if self.corrects_drift and device.odd.drift:
            fraction *= device.odd.drift_of(device.odd.drift["exponent"])
        threshold = fraction * array.inputs
        self.threshold = min(2**31 - 1, round_half_up(threshold * 4096))
        self.membrane_start = min(2**31 - 1, round_half_up(self.start_share * threshold * 4096))


def noise_gain(array, device, model, n):
    if n == 0:
        return 1.0
    if array.sides == 2:
        return math.log((1 + n) / (1 - n)) / (2 * n)
    quiet = noisy = 0.0
    for weight in model.best.weights.ravel().tolist():
        r = device.resistance(weight)
        low = min(n, max(-n, device.r_min / r - 1))
        high = min(n, max(-n, device.r_max / r - 1))
        quiet += weight
        noisy += (low + n + (math.log((1 + high) / (1 + low)) / r - device.g_min * (high - low)) / device.g_range) / (2 * n)
    return noisy / quiet if quiet > 0 else 1.0


def wanted_weights(array, model):
    """The weight that each device stands for; None where the network has no such output."""
    wanted = [None] * array.devices
    for o in range(model.outputs):
        for i in range(array.inputs):
            weight, device = float(model.best.weights[o, i]), array.device(i, o)
            if array.sides == 1:
                wanted[device] = weight
            else:
                wanted[device], wanted[device + array.lanes] = pair_of(weight)
    return wanted


def predict(positive, rate, asymptote, reading):
    """R after a pulse."""
    distance = abs(asymptote - reading)
    denominator = (rate * distance >> 20) + 2**24
    quotient = distance * 2**24 // denominator
    return asymptote - quotient if positive else asymptote + quotient


def choose_pulse(table, reading, target):
    best, nearest = None, abs(target - reading)
    for entry, (positive, width, rate, asymptote) in enumerate(table):
        moves = asymptote > reading if positive else asymptote < reading
        if width == 0 or positive != (target > reading) or not moves:
            continue
        distance = abs(predict(positive, rate, asymptote, reading) - target)
        if distance < nearest:
            best, nearest = entry, distance
    return best


class Writing:
    """A writing of all devices: pulses as pulses.csv lists them, endings, clocks."""

    def __init__(self, crossbar, settings, targets):
        self.crossbar, self.settings, self.array = crossbar, settings, crossbar.array
        self.clock, self.pulses, self.endings, self.pulse_time = 0, [], {"converged": 0, "stalled": 0, "exhausted": 0}, 0
        self.readings = {}  # the last one of each device that was not left alone
        entries = len(crossbar.device.table)
        self.fetch = 25 if self.array.sequential else 1
        self.predict = 54 * entries + 1 if self.array.sequential else entries + 28 if entries else 1
        for number, target in enumerate(targets):
            self.clock += self.fetch
            if target == 0:
                self.clock += 1
            else:
                self.endings[self.write(number, target)] += 1

    def write(self, number, target):
        device, reads = self.crossbar.device, 2**self.settings.reads_log2
        for iteration in range(self.settings.most_pulses + 1):
            total = sum(self.crossbar.read(number) for _ in range(reads))
            reading = total + reads // 2 >> self.settings.reads_log2
            self.readings[number] = reading
            self.clock += reads + 1
            if abs(target - reading) << 24 <= self.settings.tolerance * target:
                return "converged"
            if iteration == self.settings.most_pulses:
                return "exhausted"
            entry = choose_pulse(device.table, reading, target)
            self.clock += self.predict
            if entry is None:
                return "stalled"
            self.apply(number, iteration + 1, entry, target, reading)
        raise AssertionError

    def apply(self, number, iteration, entry, target, reading):
        crossbar = self.crossbar
        pulse, width = crossbar.device.pulses[entry]
        clocks, before = width * self.array.clocks_per_us, crossbar.resistances[number]
        crossbar.pulse(number, entry, clocks)
        self.clock += clocks
        self.pulse_time += width
        self.pulses.append(f"{self.clock},{number % self.array.lanes},{number // self.array.lanes},{number},{iteration},"
                           f"{pulse.voltage:g},{width},{target / 256:.4f},{reading / 256:.4f},{before:.4f},{crossbar.resistances[number]:.4f}")


class Machine:
    """A crossbar with a model's weights in it: exactly (`ideal`), or written."""

    def __init__(self, array, model, device_file, preset, seed=None, ideal=False, **overrides):
        self.array, self.model = array, model
        self.settings = Settings(preset, array, model, **overrides)
        device = Device(device_file, model.approach, self.settings.guard)
        self.settings.set_thresholds(array, device, model)
        self.crossbar = Crossbar(array, device, model.seed if seed is None else seed, self.settings.noise, self.settings.adc_bits,
                                 self.settings.adc_full_scale, self.settings.stuck)
        wanted = wanted_weights(array, model)
        self.writing = None
        trained = model.approach == 2 and model.memristors and array is ARRAYS[model.array] and model.device == device.fingerprint()
        if trained and not ideal:
            self.crossbar.place(model.best_resistances.tolist())
        elif ideal:
            self.crossbar.place([device.resistance(weight or 0.0) for weight in wanted])
        else:
            targets = [0 if weight is None else fixed_resistance(device.resistance(weight)) for weight in wanted]
            self.writing = Writing(self.crossbar, self.settings, targets)
        self.crossbar.prepare()

    def run(self, review, number):
        rates = rates_of(mean_vector(self.model.best.vectors, review.ids))
        result = self.crossbar.review(rates, number, self.settings)
        result.rates = rates
        result.answer = answer_of(result.counts, self.model, self.settings.steps)
        return result
