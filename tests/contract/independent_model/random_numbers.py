# SPDX-License-Identifier: Apache-2.0
"""3. Random numbers."""
import math

import numpy as np

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
