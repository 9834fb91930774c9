# SPDX-License-Identifier: Apache-2.0
"""The hardware and its host once more, written from docs/contract.md and docs/registers.md, with none of the C code.

compare.py holds it against the command. Whoever changes what memspike computes changes the document first, then this folder from
the document; what cannot be written from the document is missing there. A module names the sections that it holds.
"""
from .arrays import ARRAYS, fixed_resistance  # noqa: F401
from .crossbar import Crossbar  # noqa: F401
from .devices import Device  # noqa: F401
from .files import Corpus, Model, Review, parse_configuration  # noqa: F401
from .host import Machine, choose_pulse, predict  # noqa: F401
from .random_numbers import Stream, eight_halves, normal, philox  # noqa: F401
from .spikes import encoder_seed, forbidden_seed, key_of, one_position, sixteen_positions, spikes_of, start_state  # noqa: F401
from .texts import ids_of, vectors_of, vocabulary_of  # noqa: F401
from .training import OnlineTraining, Training  # noqa: F401
