"""Which pictures show a person who is kept already: cosine of their embeddings, each with each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Cosines that are computed at once: 32 MB.
_AT_ONCE = 1 << 23


class People:
    """The people who are kept, and who else is one of them.

    `threshold`: the cosine from which two embeddings are one person, -1 to 1. It belongs to the network and to the
    domain: renders look alike to nets that learnt from photos. Groups of twins show one person on purpose and are never
    found. Compares with everybody: for the people of a cell, or of a set of some hundred thousand.
    """

    def __init__(self, threshold: float) -> None:
        if not -1 <= threshold <= 1:
            raise ValueError(f"the threshold is a cosine, -1 to 1, not {threshold:g}")
        self._threshold = threshold
        self._vectors: list[NDArray[np.float32]] = []
        self._twins: list[NDArray[np.int64]] = []

    def add(self, vectors: NDArray[np.float32], twins: NDArray[np.int64]) -> None:
        """Keep n people too: embeddings (n, d) of any length, and hashes of their groups of twins (n,), 0 for none."""
        self._vectors.append(_unit(vectors))
        self._twins.append(twins)

    def found(self, vectors: NDArray[np.float32], twins: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each of n people is one who is kept, (n,)."""
        units = _unit(vectors)
        hits = np.zeros(len(units), dtype=np.bool_)
        for kept, theirs in zip(self._vectors, self._twins, strict=True):
            step = max(1, _AT_ONCE // max(1, len(units)))
            for start in range(0, len(kept), step):
                same = units @ kept[start : start + step].T >= self._threshold
                hits |= (same & ~_twins(twins, theirs[start : start + step])).any(axis=1)
        return hits

    def turned_down(self, vectors: NDArray[np.float32], twins: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Who of n people, the better pictures first, is one who is kept or one before who stays, (n,); the others are
        kept. Being the same is not handed on.
        """
        units = _unit(vectors)
        down = self.found(units, twins)
        stay: list[int] = []
        for place in np.flatnonzero(~down).tolist():
            same = units[stay] @ units[place] >= self._threshold
            if bool((same & ~_twins(twins[place : place + 1], twins[stay])[0]).any()):
                down[place] = True
            else:
                stay.append(place)
        self.add(units[stay], twins[stay])
        return down


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors of length 1; one that is all zeros stays, and is nobody."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _twins(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs are in one group, (n, m)."""
    return np.asarray((one[:, None] == other[None, :]) & (one[:, None] != 0))
