"""A few hundred candidates, the better ones first, and which of them are like one that is kept. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.dedup.identity import Faces, People
from agfd.dedup.identity import unpack as unpack_vectors
from agfd.dedup.near import REASONS, Looks, Near, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from agfd.dedup.final import Candidate
    from agfd.dedup.near import Codes, Places

SAME_PERSON = "duplicate_identity"


class Block:
    """Pictures that are decided one after the other: against those that were kept before, and among themselves.

    `kinds` (n,): how each is like one that was kept before, 0 where it is not, and `numbers` (n,) the number of that
    one; `among` (n, n): how each is like each, asked by kept; `first`: the number of the next one to be kept.
    """

    def __init__(self, kinds: NDArray[np.uint8], numbers: Places, among: NDArray[np.uint8], first: int) -> None:
        self._kinds, self._numbers, self._among, self._first = kinds, numbers, among, first
        self.kept: list[int] = []

    def match(self, row: int) -> tuple[int, int]:
        """How a picture is like a kept one, the smallest kind, and the number of the first that it is so; or 0, -1."""
        kinds = self._among[row, self.kept]
        found = [(int(kinds[place]), self._first + int(place)) for place in np.flatnonzero(kinds)]
        if self._kinds[row]:
            found.append((int(self._kinds[row]), int(self._numbers[row])))
        return min(found, default=(0, -1))

    def keep(self, row: int) -> None:
        """Keep a picture."""
        self.kept.append(row)


def of_looks(looks: Looks, mirrored: Codes, near: Near) -> Block:
    """Kinds are places in `REASONS`."""
    return Block(*near.first(looks, mirrored), near.among(looks, mirrored), len(near))


def of_faces(faces: Faces, people: People) -> Block:
    """The one kind is: the same person."""
    numbers = people.found(faces)
    return Block((numbers >= 0).astype(np.uint8), numbers, people.among(faces).astype(np.uint8), len(people))


class Likeness:
    """Candidates held against what is kept by one way of looking; those that cannot be looked at so are like nobody."""

    def __init__(self, places: Sequence[int], block: Block, reasons: Sequence[str], file: Callable[[], None]) -> None:
        self._row = {place: row for row, place in enumerate(places)}
        self._block, self._reasons, self.end = block, reasons, file

    def reason(self, place: int) -> str:
        """Why the candidate at that place cannot be kept beside those that are; empty if it can."""
        row = self._row.get(place)
        return "" if row is None else self._reasons[self._block.match(row)[0]]

    def keep(self, place: int) -> None:
        """Keep the candidate at that place."""
        if place in self._row:
            self._block.keep(self._row[place])


def likenesses(candidates: Sequence[Candidate], near: Near | None, people: People | None) -> list[Likeness]:
    """What to ask of each candidate, in the order in which reasons count. `end` files what was kept."""
    found = []
    if near is not None:
        looks, mirrored = gathered(candidates)
        block = of_looks(looks, mirrored, near)
        places = [place for place, candidate in enumerate(candidates) if candidate.codes is not None]
        found.append(Likeness(places, block, REASONS, _filing(near, looks, block)))
    if people is not None:
        faces = gathered_faces(candidates)
        block = of_faces(faces, people)
        places = [place for place, candidate in enumerate(candidates) if candidate.face is not None]
        found.append(Likeness(places, block, ("", SAME_PERSON), _filing(people, faces, block)))
    return found


def _filing(index: Near | People, items: Looks | Faces, block: Block) -> Callable[[], None]:
    return lambda: index.add(items.take(block.kept))  # type: ignore[arg-type]  # both are of one kind


def gathered(candidates: Iterable[Candidate]) -> tuple[Looks, Codes]:
    """How those look that have codes, and the codes of their mirror images, in their order."""
    coded = [(entry.codes, entry.cell, entry.twins) for entry in candidates if entry.codes is not None]
    codes, mirrored = unpack([packed for packed, _, _ in coded])
    return Looks(codes, *_hashes(coded)), mirrored


def gathered_faces(candidates: Iterable[Candidate]) -> Faces:
    """The faces of those that have a vector, in their order."""
    seen = [(entry.face, entry.cell, entry.twins) for entry in candidates if entry.face is not None]
    return Faces(unpack_vectors([packed for packed, _, _ in seen]), *_hashes(seen))


def _hashes(entries: Sequence[tuple[bytes, int, int]]) -> list[Places]:
    return [np.array([entry[at] for entry in entries], dtype=np.int64) for at in (1, 2)]
