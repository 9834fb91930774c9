# SPDX-License-Identifier: Apache-2.0
"""6. From a review to rates, 7. Spikes."""
import numpy as np

from .arrays import round_half_up
from .random_numbers import ENCODER, philox


def mean_vector(vectors, ids):
    """Added up in single precision, word by word."""
    return np.add.accumulate(vectors[ids], axis=0, dtype=np.float32)[-1] / np.float32(len(ids))


def rates_of(mean):
    return [max(0, min(65535, round_half_up(65536 * float(value)))) for value in mean]


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
