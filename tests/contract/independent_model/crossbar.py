# SPDX-License-Identifier: Apache-2.0
"""8. Sensing, 9. Neurons."""
import numpy as np

from .arrays import fixed_resistance, round_half_up
from .devices import LIMITS, Pulse, effective_conductances
from .random_numbers import (CONVERTER, DEVICE_VARIATION, DRIFT, FRESH, INFERENCE, SENSE_CONDUCTANCE, STUCK, VERIFY, VERIFY_CONDUCTANCE,
                             WRITE_VARIATION, eight_halves, normal, philox, places, unit)
from .spikes import encoder_seed, spikes_of


class Crossbar:
    """Devices that are fresh, and how they are read, sensed and pulsed."""

    def __init__(self, array, device, seed, noise=0.0, adc_bits=0, adc_full_scale=0.0, stuck=(0.0, 0.0, 0.0)):
        self.array, self.device, self.seed, self.noise = array, device, seed, noise
        self.adc_bits, self.full_scale = adc_bits, adc_full_scale or array.tile_rows
        self.reads, self.energy, odd = [0] * array.devices, 0.0, device.odd
        self.stuck = [self.stuck_at(number, *stuck) for number in range(array.devices)]
        words = [philox(seed, FRESH, number)[0] for number in range(array.devices)]
        self.place([device.start + device.spread * (2 * unit(word) - 1) for word in words])
        self.constants = [self.constants_of(number) for number in range(array.devices)]
        self.pulses = [[self.own_pulse(number, odd.voltage(pulse.voltage)) if odd.own else pulse for pulse, _ in device.pulses]
                       for number in range(array.devices)]
        self.beside = [[self.own_pulse(number, odd.half_select * odd.voltage(pulse.voltage)) for pulse, _ in device.pulses]
                       for number in range(array.devices)] if odd.half_select else None
        self.converters = [self.converter_of(number) for number in range(array.outputs * array.tiles)] if odd.adc else None

    def place(self, resistances):
        self.resistances = [stuck or resistance for stuck, resistance in zip(self.stuck, resistances)]

    def stuck_at(self, number, opened, closed, anywhere):
        first, second = philox(self.seed, STUCK, number)[:2]
        u = unit(first)
        if u < opened:
            return 65000.0
        if u < opened + closed:
            return 100.0
        if u < opened + closed + anywhere:
            return self.device.r_min + (self.device.r_max - self.device.r_min) * unit(second)
        return 0.0

    def constants_of(self, number):
        constants, variation = dict(self.device.constants), self.device.odd.variation
        for place, (name, limit) in enumerate(LIMITS[self.device.model].items()):
            drawn = normal(*philox(self.seed, DEVICE_VARIATION, number, place)[:2])
            constants[name] *= min(max(1 + variation.get(name, 0.0) * drawn, 0.01), 1.99)
            if limit > 0:
                constants[name] = min(constants[name], 0.999 * limit)
        return constants

    def own_pulse(self, number, voltage):
        return Pulse(self.device.model, self.constants[number], voltage).own()

    def converter_of(self, number):
        words, adc = philox(self.seed, CONVERTER, number), self.device.odd.adc
        return max(1 + adc.get("gain", 0.0) * normal(*words[:2]), 0.0), adc.get("offset", 0.0) * normal(*words[2:])

    def series(self, number):
        lines = self.device.odd.lines
        if not lines:
            return 0.0
        column, row = divmod(number, self.array.lanes)
        return lines["row_ohm"] * (column + 1) + lines["column_ohm"] * (self.array.tile_rows - row % self.array.tile_rows)

    def read(self, number):
        resistance, odd = self.resistances[number], self.device.odd
        if self.noise > 0:
            resistance *= 1 + self.noise * (2 * unit(philox(self.seed, VERIFY, self.reads[number], number)[0]) - 1)
        if odd.noise:
            most = odd.spread(self.device.r_min / self.resistances[number], odd.noise["verify_s"])
            resistance /= max(1 + most * (2 * unit(philox(self.seed, VERIFY_CONDUCTANCE, self.reads[number], number)[0]) - 1), 0.01)
        self.reads[number] += 1
        return fixed_resistance(resistance + self.series(number))

    def pulse(self, number, entry, clocks):
        """A whole pulse, an Euler step a clock."""
        odd, stuck, series = self.device.odd, self.stuck[number], self.series(number)
        seconds, resistance, energy = 1e-6 / self.array.clocks_per_us, self.resistances[number], self.energy
        pulse, speed = self.pulses[number][entry], 1.0
        voltage = pulse.voltage
        if odd.write_variation:
            drawn = normal(*philox(self.seed, WRITE_VARIATION, self.reads[number], number)[:2])
            speed = max(1 + odd.write_variation * drawn, 0.0)
        pulse = pulse.at_speed(speed)
        for _ in range(clocks):
            energy += voltage * voltage / (resistance + series) * seconds
            if series > 0:
                pulse = self.own_pulse(number, voltage * resistance / (resistance + series)).at_speed(speed)
            resistance = resistance if stuck else pulse.step(resistance, seconds)
            if self.beside:
                energy += self.pulse_beside(number, entry, seconds)
        self.resistances[number], self.energy = resistance, energy

    def pulse_beside(self, number, entry, seconds):
        column, row = divmod(number, self.array.lanes)
        first = row // self.array.tile_rows * self.array.tile_rows
        others = [c * self.array.lanes + row for c in range(self.array.columns) if c != column]
        others += [column * self.array.lanes + r for r in range(first, first + self.array.tile_rows) if r != row]
        energy = 0.0
        for other in others:
            pulse = self.beside[other][entry]
            energy += pulse.voltage * pulse.voltage / self.resistances[other] * seconds
            if not self.stuck[other]:
                self.resistances[other] = pulse.step(self.resistances[other], seconds)
        return energy

    def sensed(self):
        odd, sensed = self.device.odd, list(self.resistances)
        for number, stuck in enumerate(self.stuck):
            if odd.disturb and not stuck:
                sensed[number] = self.own_pulse(number, odd.disturb["voltage_v"]).after(sensed[number], odd.disturb["time_s"])
            if odd.drift and not stuck:
                drawn = normal(*philox(self.seed, DRIFT, number)[:2])
                sensed[number] /= odd.drift_of(max(odd.drift["exponent"] + odd.drift.get("spread", 0.0) * drawn, 0.0))
        sensed = [sensed[column * self.array.lanes:(column + 1) * self.array.lanes] for column in range(self.array.columns)]
        for tile in range(self.array.tiles if odd.lines else 0):
            rows = slice(tile * self.array.tile_rows, (tile + 1) * self.array.tile_rows)
            effective = effective_conductances(self.array.tile_rows, self.array.columns, odd.lines["row_ohm"], odd.lines["column_ohm"],
                                               [column[rows] for column in sensed])
            for column, conductances in zip(sensed, effective):
                column[rows] = [1 / conductance for conductance in conductances]
        return sensed

    def prepare(self):
        device, odd, pairs = self.device, self.device.odd, self.array.sides == 2
        sensed = self.sensed()
        self.most = 2 if pairs else 1
        reference = 0.0 if pairs else odd.reference_drift() * device.g_min / device.g_range
        shift = device.g_min / device.g_range - reference
        self.reference = np.float32(reference)
        self.fixed = np.array([[round_half_up(min(self.most, max(0.0, device.weight(r) + shift)) * 2**30) for r in column] for column in sensed])
        self.shares = np.array([[1 / (r * device.g_range) for r in column] for column in sensed]).astype(np.float32)
        if odd.noise:
            self.spreads = np.array([[odd.spread(device.r_min / r, odd.noise["time_s"]) for r in column] for column in sensed]).astype(np.float32)

    def column_sums(self, column, tile, spikes, review):
        """A column's sum in every step, from the spikes [step, row] of the tile."""
        steps, first = len(spikes), tile * self.array.tile_rows
        odd = self.device.odd
        if self.noise == 0 and not odd.noise:
            return spikes @ self.fixed[column, first:first + self.array.tile_rows]
        step, row = np.nonzero(spikes)
        place = np.cumsum(spikes, axis=1)[step, row] - 1
        blocks = places(-(-self.array.tile_rows // 8)) + np.uint64((column << 16) + (tile << 8))
        words = philox(self.seed, INFERENCE, blocks, places(steps)[:, None], review)
        u = eight_halves(words).reshape(steps, -1)[step, place]
        shares = self.shares[column, first + row]
        if odd.noise:
            words = philox(self.seed, SENSE_CONDUCTANCE, blocks, places(steps)[:, None], review)
            change = eight_halves(words).reshape(steps, -1)[step, place]
            shares = shares * (np.float32(1) + self.spreads[column, first + row] * change)
        weights = shares / (np.float32(1) + np.float32(self.noise) * u) - self.reference
        weights = np.minimum(np.maximum(weights, np.float32(0)), np.float32(self.most)).astype(np.float64)
        sums = np.zeros(steps, np.int64)
        np.add.at(sums, step, np.floor(weights * 2**23 + 0.5).astype(np.int64))  # exact: a double has room for it
        return sums * 2**7

    def convert(self, total, number=0):
        pairs = self.array.sides == 2
        if self.converters:
            gain, offset = self.converters[number]
            x = total * 2.0**-30 * gain + offset
            total = round_half_up((x if pairs else max(x, 0.0)) * 2**30)
        if self.adc_bits == 0:
            return total + 2**17 >> 18
        levels = 2**(self.adc_bits - pairs) - 1
        level = min(levels, max(-levels if pairs else 0, round_half_up(total * 2.0**-30 / self.full_scale * levels)))
        return round_half_up(level / levels * self.full_scale * 4096)

    def codes(self, spikes, review):
        """[output][step][phase], the tiles added."""
        array, limit = self.array, 2**(self.array.tile_code_w - 1)
        codes = np.zeros((array.outputs, len(spikes), array.phases), np.int64)
        for output in range(array.outputs):
            for phase in range(array.phases):
                column = (phase * array.outputs + output) * array.sides
                for tile in range(array.tiles):
                    rows = spikes[:, phase, tile * array.tile_rows:(tile + 1) * array.tile_rows]
                    sums = self.column_sums(column, tile, rows, review)
                    if array.sides == 2:
                        sums = sums - self.column_sums(column + 1, tile, rows, review)
                    codes[output, :, phase] += [max(-limit, min(limit - 1, self.convert(total, output * array.tiles + tile)))
                                               for total in sums.tolist()]
        return codes.tolist()

    def review(self, rates, number, settings):
        """What a review comes to."""
        array, steps = self.array, settings.steps
        result = ReviewResult()
        result.seed = encoder_seed(array, self.seed, number)
        spikes = spikes_of(array, rates, steps, None if settings.rate_coded else result.seed)
        codes = self.codes(spikes, number)
        limit = 2**(array.membrane_w - 1)
        membrane, spiked, count = [settings.membrane_start] * array.outputs, [0] * array.outputs, [0] * array.outputs
        result.history = []
        for step in range(steps):
            for o in range(array.outputs):
                for phase, code in enumerate(codes[o][step]):
                    v = membrane[o]
                    if phase == 0:
                        v -= (v >> settings.leak if settings.leak else 0) + (settings.threshold if spiked[o] else 0)
                    membrane[o] = max(-limit, min(limit - 1, v + code))
                spiked[o] = int(membrane[o] > settings.threshold)
                count[o] += spiked[o]
            result.history.append(list(membrane))
            left = steps - step - 1
            if settings.early and left and all(2 * n > steps or 2 * (n + left) <= steps for n in count):
                break
        result.counts, result.spikes = count, spikes.reshape(steps, array.inputs)
        result.clocks = (step + 1) * array.phases + (2 if left == 0 else 3)
        return result


class ReviewResult:
    """Seed of the encoder, spikes, membranes step by step, counts, clocks; and of the host: rates and answer."""
