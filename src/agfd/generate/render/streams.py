"""Named random streams out of one 64-bit seed: a draw of one part never shifts those of another."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """The stream `name` of `seed`, the same on every machine."""
    words = np.random.SeedSequence([seed & 0xFFFFFFFFFFFFFFFF, zlib.crc32(name.encode())])
    return np.random.Generator(np.random.PCG64(words))
