# SPDX-License-Identifier: Apache-2.0
"""4. Text."""
import re

import numpy as np

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
