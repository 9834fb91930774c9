# SPDX-License-Identifier: Apache-2.0
"""5. Files; and configuration files (libconfig), as far as presets and devices use them."""
import ctypes
import math
import pathlib
import re
import struct

import numpy as np

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
