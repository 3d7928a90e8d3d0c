"""Which pictures show a person who is kept already: products of their vectors, each with each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float16]
    Places: TypeAlias = NDArray[np.int64]

# Products that are computed at once: 32 MB.
_AT_ONCE = 1 << 23
# Parts of this size are not joined any more, so that joining does not need room for everybody twice.
_PART = 1 << 20
# Products in single precision are right within this; only those nearer to the threshold are computed again.
_SLACK = 1e-5


@dataclass(frozen=True, slots=True)
class Faces:
    """n faces: vectors float16 (n, d) of length 1; cell and twins int64 (n,), hashes of the picture's cell and of its
    group of twins, 0 where it has none.
    """

    vectors: Vectors
    cell: Places
    twins: Places

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, which: Sequence[int] | Places) -> Faces:
        """Those at the places `which`."""
        at = np.asarray(which, dtype=np.int64)
        return Faces(self.vectors[at], self.cell[at], self.twins[at])


def unpack(packed: Sequence[bytes]) -> Vectors:
    """Vectors (n, d) from the little-endian float16 bytes of each."""
    if not packed:
        return np.zeros((0, 0), np.float16)
    return np.frombuffer(b"".join(packed), "<f2").reshape(len(packed), -1).astype(np.float16, copy=False)


class People:
    """The people who are kept, numbered in the order in which they came, and who else is one of them.

    `threshold`: the product of two vectors from which they are one person, -1 to 1. It belongs to the network and to
    the domain (`agfd.dedup.thresholds`). With `within_cell` only pictures of one cell are compared. Groups of twins
    show one person on purpose and are never found. Products of what a row keeps are exact, so that neither blocks nor
    parts change who is found. Memory: 280 bytes a face with 128 numbers. Time: each with each of its cell, or of all.
    """

    def __init__(self, threshold: float, *, within_cell: bool = False) -> None:
        if not -1 <= threshold <= 1:
            raise ValueError(f"the threshold is a cosine, -1 to 1, not {threshold:g}")
        self._threshold, self._within_cell = threshold, within_cell
        # Each at least twice as large as the next up to `_PART`, so that each face is moved log n times.
        self._parts: list[_Part] = []

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def copy(self) -> People:
        """One that grows apart from this one; what is kept is shared, for it never changes."""
        twin = People(self._threshold, within_cell=self._within_cell)
        twin._parts = list(self._parts)
        return twin

    def add(self, faces: Faces) -> None:
        """Keep these people too."""
        if not len(faces):
            return
        made = self._part(faces)
        while self._parts and len(self._parts[-1]) < 2 * len(made) and len(self._parts[-1]) + len(made) <= _PART:
            made = self._parts.pop().joined(made)
        self._parts.append(made)

    def found(self, faces: Faces) -> Places:
        """The number of the first kept one who is the same person, (n,); -1 where nobody is."""
        nobody, before = len(self), 0
        numbers = np.full(len(faces), nobody, dtype=np.int64)
        for part in self._parts:
            for asked, kept in self._matches(faces, part):
                np.minimum.at(numbers, asked, before + kept)
            before += len(part)
        return np.where(numbers < nobody, numbers, -1)

    def pairs(self, faces: Faces) -> tuple[Places, Places]:
        """Which of n faces are one person, as if all were kept: their places, (m,), each with one before it, (m,)."""
        found = list(self._matches(faces, self._part(faces)))
        later, earlier = (np.concatenate([pair[at] for pair in found] or [np.zeros(0, np.int64)]) for at in (0, 1))
        once = earlier < later
        return later[once], earlier[once]

    def _part(self, faces: Faces) -> _Part:
        return _Part(faces if self._within_cell else Faces(faces.vectors, np.zeros_like(faces.cell), faces.twins))

    def _matches(self, faces: Faces, part: _Part) -> Iterator[tuple[Places, Places]]:
        """Pairs of one person: places among the asked, and places of the part in the order in which they came."""
        for asked, start, stop in self._shared(faces, part):
            step = max(1, _AT_ONCE // len(asked))
            ours = faces.take(asked)
            for at in range(start, stop, step):
                rows, columns = self._same(ours, part.faces, slice(at, min(at + step, stop)))
                yield asked[rows], part.order[at + columns]

    def _shared(self, faces: Faces, part: _Part) -> Iterator[tuple[Places, int, int]]:
        """The asked ones of each cell, and from where to where its kept ones lie in the part."""
        if not self._within_cell:
            if len(faces):
                yield np.arange(len(faces)), 0, len(part)
            return
        for cell in np.unique(faces.cell):
            start, stop = (int(np.searchsorted(part.faces.cell, cell, side)) for side in ("left", "right"))
            if start < stop:
                yield np.flatnonzero(faces.cell == cell), start, stop

    def _same(self, asked: Faces, kept: Faces, which: slice) -> tuple[Places, Places]:
        """The pairs of one person: places among the asked and among the kept ones in `which`."""
        ours, theirs = asked.vectors.astype(np.float32), kept.vectors[which].astype(np.float32)
        products = ours @ theirs.T
        products[_twins(asked.twins, kept.twins[which])] = -2
        unsure = np.nonzero(np.abs(products - self._threshold) < _SLACK)
        for row, column in zip(*unsure, strict=True):
            # Of numbers of 11 bits, summed up in 53: nothing is rounded.
            exact = ours[row].astype(np.float64) @ theirs[column].astype(np.float64)
            products[row, column] = 2 if exact >= self._threshold else -2
        rows, columns = np.nonzero(products >= self._threshold)
        return rows, columns


class _Part:
    """Faces sorted by their cell; `order`: the place of each among those that came."""

    def __init__(self, faces: Faces, order: Places | None = None) -> None:
        by_cell = np.argsort(faces.cell, kind="stable")
        self.faces = faces.take(by_cell)
        self.order = by_cell if order is None else order[by_cell]

    def __len__(self) -> int:
        return len(self.faces)

    def joined(self, later: _Part) -> _Part:
        """This part with another one behind it."""
        both = (
            np.concatenate([getattr(self.faces, name), getattr(later.faces, name)])
            for name in ("vectors", "cell", "twins")
        )
        return _Part(Faces(*both), np.concatenate([self.order, len(self) + later.order]))


def _twins(one: Places, other: Places) -> NDArray[np.bool_]:
    """Which pairs are in one group, (n, m)."""
    return np.asarray((one[:, None] == other[None, :]) & (one[:, None] != 0))
