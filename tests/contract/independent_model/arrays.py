# SPDX-License-Identifier: Apache-2.0
"""1. Numbers, 2. Arrays and widths."""
import math


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


def round_half_up(x):
    """Exact, which floor(x + 0.5) is not."""
    whole = math.floor(x)
    return whole + (x - whole >= 0.5)


def fixed_resistance(ohm):
    return max(0, min(2**24 - 1, round_half_up(256 * ohm)))
