# SPDX-License-Identifier: Apache-2.0
"""The hardware and its host once more, written from docs/contract.md and docs/registers.md, with none of the C code.

compare.py holds it against the command. Whoever changes what memspike computes changes the document first, then this file from
the document; what cannot be written from the document is missing there.
"""
import copy
import ctypes
import math
import pathlib
import re
import struct

import numpy as np

# ---- 2. Arrays and widths ----


def clog2(things):
    return (things - 1).bit_length()


class Array:
    """A set of hardware parameters, and what follows from it."""

    def __init__(self, inputs, lanes, outputs, tiles=1, differential=0, clocks_per_us=1, sequential=0):
        self.inputs, self.lanes, self.outputs, self.tiles = inputs, lanes, outputs, tiles
        self.clocks_per_us, self.sequential = clocks_per_us, sequential
        self.phases = inputs // lanes
        self.sides = 1 + differential
        self.columns = self.phases * outputs * self.sides
        self.devices = lanes * self.columns
        self.tile_rows = lanes // tiles
        self.tile_code_w = clog2(self.tile_rows * 4096 + 1) + 1
        self.code_w = self.tile_code_w + clog2(tiles)
        self.membrane_w = max(34, self.code_w + clog2(self.phases) + 17)

    def device(self, source, output):
        """The first device of the weight from an input to an output; of a pair the other one lies `lanes` further on."""
        column = (source // self.lanes * self.outputs + output) * self.sides
        return column * self.lanes + source % self.lanes


ARRAYS = {
    "100x1": Array(100, 100, 1),
    "10x10": Array(100, 10, 1),
    "25x8": Array(50, 25, 4, tiles=5, clocks_per_us=3),
    "8x8": Array(64, 8, 1, clocks_per_us=2, sequential=1),
    "100x1d": Array(100, 100, 1, differential=1),
    "100x8d": Array(100, 100, 8, differential=1),
}

# ---- 1. Numbers ----


def round_half_up(x):
    """Exact, which floor(x + 0.5) is not."""
    whole = math.floor(x)
    return whole + (x - whole >= 0.5)


def fixed_resistance(ohm):
    return max(0, min(2**24 - 1, round_half_up(256 * ohm)))


# ---- 3. Random numbers ----

SPLIT, ORDER, WEIGHTS, VECTORS, ENCODER, FRESH, VERIFY, INFERENCE = 1, 2, 3, 4, 5, 6, 7, 8
STUCK, WRITE_VARIATION, DEVICE_VARIATION, DRIFT, SENSE_CONDUCTANCE, VERIFY_CONDUCTANCE, CONVERTER = 12, 13, 14, 15, 16, 17, 18


def philox(seed, purpose, a, b=0, c=0):
    """The four words of Philox4x32-10 for numbers or for arrays of uint64, which are broadcast."""
    x, key = [a, b, c, purpose], [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [second >> 32 ^ x[1] ^ key[0], second & 0xFFFFFFFF, first >> 32 ^ x[3] ^ key[1], first & 0xFFFFFFFF]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return x


def places(count):
    return np.arange(count, dtype=np.uint64)


def unit(word):
    return word * 2.0**-32


def normal(first, second):
    return math.sqrt(-2.0 * math.log(unit(first) + 2.0**-33)) * math.cos(6.283185307179586 * unit(second))


class Stream:
    """The numbers of a purpose, one after the other."""

    AT_ONCE = 4096

    def __init__(self, seed, purpose, index=0):
        self.seed, self.purpose, self.index = seed, purpose, index
        self.blocks, self.words, self.place = 0, [], 0

    def next(self):
        if self.place == len(self.words):
            blocks = places(self.AT_ONCE) + np.uint64(self.blocks)
            drawn = philox(self.seed, self.purpose, blocks & 0xFFFFFFFF, blocks >> 32, self.index)
            self.words, self.place, self.blocks = np.stack(drawn, axis=-1).ravel().tolist(), 0, self.blocks + self.AT_ONCE
        self.place += 1
        return self.words[self.place - 1]

    def below(self, bound):
        while True:
            product = self.next() * bound
            if product % 2**32 >= 2**32 % bound:
                return product >> 32

    def shuffle(self, values):
        for i in range(len(values), 1, -1):
            j = self.below(i)
            values[i - 1], values[j] = values[j], values[i - 1]


def eight_halves(words):
    """u of the eight devices of each block, [..., 8], from its four words [...]."""
    halves = np.stack([half for word in words for half in (word & 0xFFFF, word >> 16)], axis=-1)
    return (halves.astype(np.uint16).astype(np.int16).astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-15)


# ---- 4. Text ----

WHITE = {*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
LINE_BREAK = re.compile('"*'.join("<br />"), re.IGNORECASE | re.ASCII)


def tokens_of(text):
    """Tokens of a text of valid UTF-8 without the Greek sigma and U+0130, whose rules need Unicode's tables."""
    token, at = "", int(text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}"))
    while at < len(text):
        character = text[at]
        line_break = LINE_BREAK.match(text, at)
        apart = character in "'.,()!?"
        if line_break or apart or character in ";:" or ord(character) in WHITE:
            if token:
                yield token
            token = ""
            if apart:
                yield character
        elif character != '"':
            token += "\N{REPLACEMENT CHARACTER}" if character == "\0" else character.lower()
        at = line_break.end() if line_break else at + 1
    if token:
        yield token


def words_of(text, bigrams):
    before = None
    for token in tokens_of(text):
        yield token, False
        if bigrams and before is not None:
            yield f"{before} {token}", True
        before = token


def vocabulary_of(texts, bigrams):
    counts = {}
    for text in texts:
        for word, _ in words_of(text, bigrams):
            counts[word] = counts.get(word, 0) + 1
    kept = [word for word, count in counts.items() if count >= 10 and word not in ("[unk]", "[pad]")]
    return ["[unk]", "[pad]"] + sorted(kept, key=lambda word: (-counts[word], word.encode()))


def ids_of(text, vocabulary, bigrams):
    known = {word: i for i, word in enumerate(vocabulary) if i >= 2}
    ids = [known.get(word, 0) for word, is_pair in words_of(text, bigrams) if not is_pair or word in known]
    return ids or [0]


def vectors_of(vocabulary, file_vectors):
    """The word vectors of a vocabulary, from those of a file: {word: [numbers as text]}."""
    size = len(next(iter(file_vectors.values())))
    matrix = np.zeros((len(vocabulary), size), np.float32)
    for i, word in enumerate(vocabulary):
        if word in file_vectors and i >= 2:
            matrix[i] = np.array([float(number) for number in file_vectors[word]]).astype(np.float32)
    least, greatest = float(matrix.min()), float(matrix.max())
    matrix = ((matrix.astype(np.float64) - least) / (greatest - least)).astype(np.float32)
    known = {word: i for i, word in enumerate(vocabulary) if i >= 2}
    for i, word in enumerate(vocabulary):
        if " " in word:
            first, second = word.split(" ")
            matrix[i] = (matrix[known.get(first, 0)] + matrix[known.get(second, 0)]) / np.float32(2)
    return matrix


# ---- 5. Files ----


XXHASH = ctypes.CDLL("libxxhash.so.0")  # the published function, as the command uses it
XXHASH.XXH3_64bits_withSeed.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]
XXHASH.XXH3_64bits_withSeed.restype = ctypes.c_uint64


def xxh3(content, seed=0):
    return XXHASH.XXH3_64bits_withSeed(content, len(content), seed)


class Reader:
    """A file's payload, taken piece by piece."""

    def __init__(self, path, magic, version):
        content = pathlib.Path(path).read_bytes()
        found, number, zero, length, checksum = struct.unpack_from("<8sIIQQ", content)
        self.payload, self.at = content[32:], 0
        if (found, number, zero, length, checksum) != (magic, version, 0, len(self.payload), xxh3(self.payload)):
            raise ValueError(f"{path}: {found!r}, version {number}, {length} bytes: not as the contract says")

    def take(self, form):
        values = struct.unpack_from("<" + form, self.payload, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def numbers(self, kind, *shape):
        count = math.prod(shape)
        values = np.frombuffer(self.payload, np.dtype(kind).newbyteorder("<"), count, self.at).reshape(shape)
        self.at += values.nbytes
        return values

    def text(self):
        length = self.take("I")
        self.at += length
        return self.payload[self.at - length:self.at].decode()

    def end(self):
        if self.at != len(self.payload):
            raise ValueError(f"{len(self.payload) - self.at} bytes are left: not as the contract says")


class Review:
    def __init__(self, ids, positive, stars):
        self.ids, self.positive, self.stars = ids, positive, stars


class Corpus:
    def __init__(self, path):
        reader = Reader(path, b"MSCORPUS", 1)
        self.kind, self.source = reader.text(), reader.text()
        self.words = [reader.text() for _ in range(reader.take("I"))]
        self.size, self.with_vector = reader.take("II")
        self.vectors = reader.numbers(np.float32, len(self.words), self.size) if self.size else None
        training, test, self.validating, self.replaced = reader.take("IIII")
        reader.take("Q")
        heads = [reader.take("IBB") for _ in range(training + test)]
        reviews = [Review(reader.numbers(np.uint32, length), label, stars) for length, label, stars in heads]
        reader.end()
        self.training, self.test = reviews[:training], reviews[training:]

    def fingerprint(self):
        parts = [struct.pack("<I", len(self.words)), *(word.encode() for word in self.words), struct.pack("<I", self.size)]
        parts += [self.vectors.tobytes()] if self.size else []
        parts.append(struct.pack("<I", self.validating))
        for reviews in (self.training, self.test):
            numbers = [number for review in reviews for number in (len(review.ids), review.positive, review.stars)]
            parts += [struct.pack("<I", number) for number in [len(reviews), *numbers]]
        parts.append(b"".join(review.ids.tobytes() for review in self.training + self.test))
        digest = xxh3(b"demo" if self.kind == "demo" else b"imdb")
        for part in parts:
            digest = xxh3(part, digest)
        return digest


class Network:
    def __init__(self, weights, vectors):
        self.weights, self.vectors = weights, vectors


class Model:
    STARS = [1, 2, 3, 4, 7, 8, 9, 10]

    def __init__(self, path):
        reader = Reader(path, b"MSMODEL\n", 3)
        self.fingerprint, self.kind = reader.take("Q"), reader.text()
        self.approach, self.seed, self.epochs, self.rate = reader.take("IQId")
        self.task, self.has_sign = reader.take("II")
        self.boundary_share, self.gain = reader.take("dd")
        vocabulary, self.size = reader.take("II")
        self.done, self.best_epoch = reader.take("II")
        self.reviews_under_way, self.loss_under_way = reader.take("Id")
        classes = 8 if self.task else 2
        self.outputs = 8 if self.task else 1
        reader.numbers(np.uint32, classes, classes)
        self.results = reader.numbers(np.float64, self.done, 4)
        self.words = [reader.text() for _ in range(vocabulary)]
        self.network = self.take_network(reader, vocabulary)
        self.squares = self.take_network(reader, vocabulary)
        self.best = self.take_network(reader, vocabulary)
        if self.approach == 2:
            self.settings, self.array, self.device = reader.text(), reader.text(), reader.take("Q")
            self.memristors, devices = reader.take("II")
            self.resistances, self.reads = reader.numbers(np.float64, devices), reader.numbers(np.uint32, devices)
            self.energy = reader.take("d")
            self.best_resistances, self.measured = reader.numbers(np.float64, devices), reader.numbers(np.float32, devices)
            self.statistics, self.statistics_energy = reader.numbers(np.uint64, 12), reader.take("d")
        reader.end()

    def take_network(self, reader, vocabulary):
        return Network(reader.numbers(np.float32, self.outputs, self.size), reader.numbers(np.float32, vocabulary, self.size))


# ---- 6. From a review to rates ----


def mean_vector(vectors, ids):
    """Added up in single precision, word by word."""
    return np.add.accumulate(vectors[ids], axis=0, dtype=np.float32)[-1] / np.float32(len(ids))


def rates_of(mean):
    return [max(0, min(65535, round_half_up(65536 * float(value)))) for value in mean]


# ---- 7. Spikes ----

STATE = 2**31 - 1


def key_of(lane):
    x = (lane + 1) * 0x2C1B3C6D & STATE
    x ^= x >> 15
    x = x * 0x297A2D39 & STATE
    return x ^ x >> 14


def seed_bit(lane, bit):
    """Which bit of the seed a lane's bit takes."""
    m, j = divmod(lane, 31)
    return (bit * (m + 2) + j) % 31


def start_state(lane, seed):
    return key_of(lane) ^ sum((seed >> seed_bit(lane, bit) & 1) << bit for bit in range(31))


def forbidden_seed(lane):
    return sum((key_of(lane) >> bit & 1) << seed_bit(lane, bit) for bit in range(31))


def encoder_seed(array, seed, review):
    forbidden = {forbidden_seed(lane) for lane in range(array.lanes)}
    attempt = 0
    while True:
        candidate = philox(seed, ENCODER, review, attempt)[0] % 2**31
        if candidate not in forbidden:
            return candidate
        attempt += 1


def one_position(state):
    return (2 * state + (state >> 30 & 1 ^ state >> 27 & 1)) & STATE


def sixteen_positions(state):
    return (state & 0x7FFF) << 16 | (state >> 15 ^ state >> 12) & 0xFFFF


def spikes_of(array, rates, steps, seed=None):
    """[step, phase, lane] of 0 and 1; sigma-delta without a seed."""
    rates = np.array(rates, np.int64).reshape(array.phases, array.lanes)
    spikes = np.zeros((steps, array.phases, array.lanes), bool)
    if seed is None:
        accumulator = np.full_like(rates, 0x8000)
        for step in spikes:
            accumulator += rates
            step[:] = accumulator >> 16
            accumulator &= 0xFFFF
        return spikes
    state = np.array([start_state(lane, seed) for lane in range(array.lanes)], np.int64)
    for step in spikes:
        for phase, row in enumerate(step):
            row[:] = (state & 0xFFFF) < rates[phase]
            state = sixteen_positions(state)
    return spikes


# ---- 12. Devices and pulses ----


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


# ---- 13. Non-idealities ----

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


# ---- 8. Sensing, 9. Neurons ----


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


# ---- 10. Answers, 15. What the host sets ----


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


# ---- 14. Writing ----


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


# ---- 16. Training, approach 1 ----


class Training:
    """Epochs in software."""

    def __init__(self, corpus, seed, size, fraction, gain, rate, outputs=1, has_sign=False):
        self.corpus, self.seed, self.gain, self.outputs = corpus, seed, gain, outputs
        self.rate, self.lowest = np.float32(rate), np.float32(-1 if has_sign else 0)
        self.boundary = 0.5 * fraction * size
        middle = 2 * self.boundary / size
        low, high = (2 * middle - 1, 1.0) if has_sign else (0.125, 0.875)
        numbers = Stream(seed, WEIGHTS)
        drawn = [max(low + (high - low) * unit(numbers.next()), float(self.lowest)) for _ in range(outputs * size)]
        self.weights = np.array(drawn).astype(np.float32).reshape(outputs, size)
        vocabulary = len(corpus.words)
        if corpus.vectors is not None:
            self.vectors = corpus.vectors.copy()
        else:
            numbers = Stream(seed, VECTORS)
            drawn = [0.4 + 0.2 * unit(numbers.next()) for _ in range(vocabulary * size)]
            self.vectors = np.array(drawn).astype(np.float32).reshape(vocabulary, size)
        self.squares = [np.zeros_like(self.weights), np.zeros_like(self.vectors)]
        self.epochs_done, self.results = 0, []
        self.split = list(range(len(corpus.training)))
        Stream(seed, SPLIT).shuffle(self.split)

    def outputs_of(self, x):
        """Added up one after the other, in double precision."""
        return np.add.accumulate(self.weights.astype(np.float64) * x.astype(np.float64), axis=1)[:, -1].tolist()

    def label(self, review):
        return Model.STARS.index(review.stars) if self.outputs > 1 else review.positive

    def loss_of(self, logits, label):
        loss, errors = 0.0, []
        for o, logit in enumerate(logits):
            wanted = label != 0 if self.outputs == 1 else label == o
            errors.append(1 / (1 + math.exp(-logit)) - wanted)
            s = logit if wanted else -logit
            loss += math.log1p(math.exp(-s)) if s > 0 else -s + math.log1p(math.exp(s))
        return loss, errors

    def answer(self, y):
        return int(y[0] > self.boundary) if self.outputs == 1 else y.index(max(y))

    def adagrad(self, values, squares, direction, scale, lowest):
        gradient = np.float32(scale) * direction
        squares += gradient * gradient
        values -= self.rate * gradient / (np.sqrt(squares) + np.float32(1e-8))
        np.clip(values, lowest, np.float32(1), out=values)

    def learn_words(self, review, errors, before):
        direction, gradient = before[0], errors[0]
        if self.outputs > 1:
            terms = np.array(errors)[:, None] * before.astype(np.float64)
            direction, gradient = np.add.accumulate(terms, axis=0)[-1].astype(np.float32), 1.0
        occurrences = {}
        for word in review.ids.tolist():
            occurrences[word] = occurrences.get(word, 0) + 1
        words = np.array(list(occurrences))
        scale = np.array([gradient * count / len(review.ids) for count in occurrences.values()]).astype(np.float32)
        values, squares = self.vectors[words], self.squares[1][words]
        self.adagrad(values, squares, direction[None, :], scale[:, None], np.float32(0))
        self.vectors[words], self.squares[1][words] = values, squares

    def learn_weights(self, directions, errors):
        for o in range(self.outputs):
            self.adagrad(self.weights[o], self.squares[0][o], directions[o], errors[o], self.lowest)

    def judge(self, review, number):
        """Loss, errors, and whether the answer is right."""
        y = self.outputs_of(mean_vector(self.vectors, review.ids))
        return *self.loss_of([self.gain * (value - self.boundary) for value in y], self.label(review)), self.answer(y) == self.label(review)

    def learn(self, review, number):
        loss, errors, right = self.judge(review, number)
        before = self.weights.copy()
        self.learn_weights([mean_vector(self.vectors, review.ids)] * self.outputs, errors)
        self.learn_words(review, errors, before)
        return loss, right

    def epoch(self):
        training, learning = self.corpus.training, len(self.split) - self.corpus.validating
        order = self.split[:learning]
        Stream(self.seed, ORDER, self.epochs_done).shuffle(order)
        first, validated = 2**31 + self.epochs_done * self.corpus.validating, self.split[learning:]
        seen = [self.learn(training[place], 2**30 + self.epochs_done * learning + n) for n, place in enumerate(order)]
        judged = [self.judge(training[place], first + i) for i, place in enumerate(validated)]
        result = []
        for part in (seen, judged):
            loss = 0.0
            for value, *_ in part:
                loss += value
            result += [loss / len(part), sum(right for *_, right in part) / len(part)]
        self.results.append(result)
        self.epochs_done += 1
        if min(range(self.epochs_done), key=lambda e: self.results[e][2]) == self.epochs_done - 1:
            self.keep_best()

    def keep_best(self):
        self.best = Network(self.weights.copy(), self.vectors.copy())


class OnlineTraining(Training):
    """Approach 2: the counts come from the hardware, and the weights go back to it."""

    def __init__(self, corpus, seed, array, device_file, preset, ideal, outputs=1, **overrides):
        preset = {**preset, **overrides}
        fraction = preset["threshold"]["approach2"]
        super().__init__(corpus, seed, array.inputs, fraction, preset["gain"]["approach2"], preset["learning_rate"], outputs, array.sides == 2)
        self.array, self.ideal, self.update, self.readout = array, ideal, preset["update"], preset["readout"]
        self.approach, self.task, self.boundary_share = 2, int(outputs > 1), 0.5 * fraction
        self.settings = Settings(preset, array, self)
        self.settings.early = False
        device = Device(device_file, 2, self.settings.guard)
        self.settings.set_thresholds(array, device, self)
        self.crossbar = Crossbar(array, device, seed, self.settings.noise, self.settings.adc_bits, self.settings.adc_full_scale,
                                 self.settings.stuck)
        self.synapses = [(o, i, array.device(i, o)) for o in range(outputs) for i in range(array.inputs)]
        self.measured = np.zeros(array.devices, np.float32)
        self.clocks = self.pulses = self.writings = self.write_clocks = 0
        if ideal:
            self.place_ideally()
            return
        for _, _, number in self.synapses:
            for side in range(array.sides):
                self.measure(number + side * array.lanes, self.crossbar.read(number + side * array.lanes))
        if preset["start"] == "fresh":
            self.take_measured()
            self.crossbar.prepare()
        else:
            self.write()

    def measure(self, number, reading):
        self.measured[number] = min(1.0, max(0.0, self.crossbar.device.weight(reading / 256)))

    def measured_weight(self, number):
        return self.measured[number] - (self.measured[number + self.array.lanes] if self.array.sides == 2 else np.float32(0))

    def take_measured(self):
        for o, i, number in self.synapses:
            self.weights[o, i] = self.measured_weight(number)

    def place_ideally(self):
        device = self.crossbar.device
        resistances = [device.resistance(0.0)] * self.array.devices
        for o, i, number in self.synapses:
            weight = float(self.weights[o, i])
            pair = pair_of(weight) if self.array.sides == 2 else (weight,)
            for side, share in enumerate(pair):
                resistances[number + side * self.array.lanes] = device.resistance(share)
        self.crossbar.place(resistances)
        self.crossbar.prepare()

    def write(self):
        targets = [0] * self.array.devices
        for o, i, number in self.synapses:
            if self.array.sides == 1:
                targets[number] = self.target(float(self.weights[o, i]))
                continue
            step = float(self.weights[o, i] - self.measured_weight(number))
            up, down = (number, number + self.array.lanes) if step > 0 else (number + self.array.lanes, number)
            high, low, size = float(self.measured[up]), float(self.measured[down]), abs(step)
            lowered = min(size, max(low - 0.1, 0.0))
            raised = min(size - lowered, 1 - high)
            further = min(size - lowered - raised, low - lowered)
            targets[up] = self.target(high + raised) if raised > 0 else 0
            targets[down] = self.target(low - lowered - further) if lowered + further > 0 else 0
        writing = Writing(self.crossbar, self.settings, targets)
        for number, reading in writing.readings.items():
            self.measure(number, reading)
        self.pulses, self.writings, self.write_clocks = self.pulses + len(writing.pulses), self.writings + 1, self.write_clocks + writing.clock
        if self.update != "accumulate":
            self.take_measured()
        self.crossbar.prepare()

    def target(self, weight):
        return fixed_resistance(self.crossbar.device.resistance(weight))

    def fire(self, review, number):
        self.result = self.crossbar.review(rates_of(mean_vector(self.vectors, review.ids)), number, self.settings)
        self.clocks += self.result.clocks
        return self.result

    def judge(self, review, number):
        result, settings = self.fire(review, number), self.settings
        logits = []
        for o in range(self.outputs):
            spikes, membrane = result.counts[o], result.history[-1][o]
            if self.readout == "membrane":
                spikes = spikes - int(membrane > settings.threshold) + (membrane - settings.membrane_start) / settings.threshold
            logits.append(0.5 * self.array.inputs * self.gain * (spikes / settings.steps - 0.5))
        loss, errors = self.loss_of(logits, self.label(review))
        return loss, errors, answer_of(result.counts, self, settings.steps) == self.label(review)

    def learn(self, review, number):
        loss, errors, right = self.judge(review, number)
        before = self.weights.copy()
        directions, shares = [mean_vector(self.vectors, review.ids)] * self.outputs, [1.0] * self.outputs
        if self.update == "surrogate":
            steps, history = np.float32(self.settings.steps), np.array(self.result.history)
            active = (history > 0) & (history < 2 * self.settings.threshold)
            directions = [self.result.spikes[active[:, o]].sum(axis=0).astype(np.float32) / steps for o in range(self.outputs)]
            shares = [float(np.float32(active[:, o].sum()) / steps) for o in range(self.outputs)]
        self.learn_weights(directions, errors)
        self.learn_words(review, [error * share for error, share in zip(errors, shares)], before)
        self.place_ideally() if self.ideal else self.write()
        return loss, right

    def keep_best(self):
        super().keep_best()
        self.best_resistances = list(self.crossbar.resistances)


# ---- configuration files (libconfig), as far as presets and devices use them ----


def parse_configuration(path):
    """Groups to dictionaries, lists and arrays to lists."""
    text = re.sub(r"#[^\n]*|//[^\n]*", "", pathlib.Path(path).read_text())
    pieces = re.findall(r'"[^"]*"|[{}()\[\]=;,]|[^\s{}()\[\]=;,]+', text)
    at = 0

    def value():
        nonlocal at
        piece = pieces[at]
        at += 1
        if piece == "{":
            return members("}")
        if piece in "([":
            items = []
            while pieces[at] not in ")]":
                items.append(value())
                at += pieces[at] == ","
            at += 1
            return items
        if piece.startswith('"'):
            return piece[1:-1]
        return float(piece) if re.search(r"[.eE]", piece) else int(piece)

    def members(end):
        nonlocal at
        group = {}
        while at < len(pieces) and pieces[at] != end:
            name = pieces[at]
            at += 2
            group[name] = value()
            while at < len(pieces) and pieces[at] in ";,":
                at += 1
        at += 1
        return group

    return members("")
