"""What in a folder is like what comes before it: copies, mirror images, other pictures of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from agfd.dedup.block import Block, of_faces, of_looks
from agfd.dedup.identity import Faces, People
from agfd.dedup.near import Looks, Near
from agfd.dedup.thresholds import YOUNGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from agfd.dedup.near import Codes

    Places: TypeAlias = NDArray[np.int64]
    # Holds pictures at these places against what is kept, and keeps some of them.
    Ask: TypeAlias = Callable[[Places], Block]
    Keep: TypeAlias = Callable[[Places], None]

# Bits of 128 in which copies differ at most: 5 of 442,291 pairs of different pictures do (design/0022-duplicates.md).
BOUND = 5
_AT_ONCE, _CROWD = 512, 1 << 13
_NEAR, _MIRRORED = 1, 2


class Alike:
    """Codes and vectors of `number` files: 32 and 256 bytes each, taken when the first one comes.

    `same_person`: the product of two vectors from which on they are one person; None where people are not compared.
    """

    def __init__(self, number: int, same_person: float | None = None) -> None:
        self._number, self._same_person = number, same_person
        self._codes: Codes | None = None
        self._vectors: NDArray[np.float16] | None = None
        self._coded, self._seen = (np.zeros(number, np.bool_) for _ in range(2))

    def put(self, index: int, codes: Sequence[int], vector: NDArray[np.float16] | None, age: float | None) -> None:
        """What was seen of one file: two codes and those of its mirror image, or none, its vector, an age in years."""
        if codes:
            if self._codes is None:
                self._codes = np.zeros((self._number, 4), np.uint64)
            self._codes[index] = codes
            self._coded[index] = True
        if vector is not None and self._same_person is not None and (age is None or age >= YOUNGEST):
            if self._vectors is None:
                self._vectors = np.zeros((self._number, len(vector)), np.float16)
            self._vectors[index] = vector
            self._seen[index] = True

    def found(self, repeated: NDArray[np.bool_]) -> tuple[Places, Places, Places]:
        """For each file the first one that it is a copy of, the mirror image of, or another picture of the person of;
        -1 where there is none. Only one of them is said, the first that fits; nothing of files that are `repeated`.
        """
        of = np.full((3, self._number), -1, np.int64)
        places = np.flatnonzero(self._coded & ~repeated)
        if self._codes is not None:
            kinds, of_copies = self._copies(self._codes, places)
            of[0][places], of[1][places] = (np.where(kinds == kind, of_copies, -1) for kind in (_NEAR, _MIRRORED))
        places = np.flatnonzero(self._seen & ~repeated & (of[0] < 0) & (of[1] < 0))
        if self._vectors is not None and self._same_person is not None:
            of[2][places] = self._people(self._vectors, self._same_person, places)
        return of[0], of[1], of[2]

    def _copies(self, codes: Codes, places: Places) -> tuple[NDArray[np.uint8], Places]:
        near = Near(BOUND)

        def looks(at: Places) -> Looks:
            return Looks(codes[at, :2], *_nobody(len(at)))

        def ask(at: Places) -> Block:
            return of_looks(looks(at), codes[at, 2:], near)

        return _in_order(places, ask, lambda at: near.add(looks(at)), _AT_ONCE)

    def _people(self, vectors: NDArray[np.float16], same_person: float, places: Places) -> Places:
        people = People(same_person)

        def faces(at: Places) -> Faces:
            return Faces(vectors[at], *_nobody(len(at)))

        return _in_order(places, lambda at: of_faces(faces(at), people), lambda at: people.add(faces(at)), _CROWD)[1]


def _in_order(places: Places, ask: Ask, keep: Keep, at_once: int) -> tuple[NDArray[np.uint8], Places]:
    """How each of the files is like one before it that is like no other, and which one that is; 0 and -1 if it is not.

    Being alike is not handed on. `at_once`: so many are compared with each other.
    """
    kinds, of = np.zeros(len(places), np.uint8), np.full(len(places), -1, np.int64)
    kept: list[int] = []
    for start in range(0, len(places), at_once):
        at = places[start : start + at_once]
        block = ask(at)
        for row, place in enumerate(at.tolist()):
            kind, number = block.match(row)
            if kind:
                kinds[start + row], of[start + row] = kind, kept[number]
            else:
                block.keep(row)
                kept.append(place)
        keep(at[block.kept])
    return kinds, of


def _nobody(number: int) -> Sequence[Places]:
    """No cells and no twins."""
    return np.zeros(number, np.int64), np.zeros(number, np.int64)
