"""Some candidates, the better ones first, and which of them are like one that is kept. Pure."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from agfd.dedup.identity import Faces, People
from agfd.dedup.identity import unpack as unpack_vectors
from agfd.dedup.near import REASONS, Looks, Near, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from agfd.dedup.candidate import Candidate
    from agfd.dedup.near import Codes, Places

    # For a row the rows before it that it is like, each with the kind.
    Among: TypeAlias = Mapping[int, Sequence[tuple[int, int]]]

SAME_PERSON = "duplicate_identity"


class Block:
    """Pictures that are decided one after the other: against those that were kept before, and among themselves.

    `kinds` (n,): how each is like one that was kept before, 0 where it is not, and `numbers` (n,) the number of that
    one; `among`: for pictures that are like some before them in the block, these, each with the kind; `first`: the
    number of the next one to be kept.
    """

    def __init__(self, kinds: NDArray[np.uint8], numbers: Places, among: Among, first: int) -> None:
        self._kinds, self._numbers, self._among = kinds, numbers, among
        self._number: dict[int, int] = {}
        self._first = first

    @property
    def kept(self) -> list[int]:
        """The rows that were kept, in order."""
        return list(self._number)

    def match(self, row: int) -> tuple[int, int]:
        """How a picture is like a kept one, the smallest kind, and the number of the first that it is so; or 0, -1."""
        found = [(kind, self._number[other]) for other, kind in self._among.get(row, ()) if other in self._number]
        if self._kinds[row]:
            found.append((int(self._kinds[row]), int(self._numbers[row])))
        return min(found, default=(0, -1))

    def keep(self, row: int) -> None:
        """Keep a picture."""
        self._number[row] = self._first + len(self._number)


def of_looks(looks: Looks, mirrored: Codes, near: Near) -> Block:
    """Kinds are places in `REASONS`."""
    kinds = np.tril(near.among(looks, mirrored), -1)
    later, earlier = np.nonzero(kinds)
    return Block(*near.first(looks, mirrored), _listed(later, earlier, kinds[later, earlier]), len(near))


def of_faces(faces: Faces, people: People) -> Block:
    """The one kind is: the same person."""
    numbers = people.found(faces)
    later, earlier = people.pairs(faces)
    among = _listed(later, earlier, np.ones(len(later), np.uint8))
    return Block((numbers >= 0).astype(np.uint8), numbers, among, len(people))


def _listed(later: Places, earlier: Places, kinds: NDArray[np.uint8]) -> Among:
    listed: dict[int, list[tuple[int, int]]] = {}
    for row, other, kind in zip(later.tolist(), earlier.tolist(), kinds.tolist(), strict=True):
        listed.setdefault(row, []).append((other, kind))
    return listed


class Likeness:
    """Candidates held against what is kept by one way of looking; those that cannot be looked at so are like nobody."""

    def __init__(self, candidates: Sequence[Candidate], block: Block, reasons: Sequence[str]) -> None:
        self._row = {candidate.index: row for row, candidate in enumerate(candidates)}
        self._block, self._reasons = block, reasons

    def reason(self, candidate: Candidate) -> str:
        """Why it cannot be kept beside those that are; empty if it can."""
        row = self._row.get(candidate.index)
        return "" if row is None else self._reasons[self._block.match(row)[0]]

    def keep(self, candidate: Candidate) -> None:
        """Keep it."""
        if candidate.index in self._row:
            self._block.keep(self._row[candidate.index])


@contextmanager
def by_looks(candidates: Iterable[Candidate], near: Near) -> Iterator[Likeness]:
    """Candidates by how they look; at the end those that were kept are filed."""
    seen = [candidate for candidate in candidates if candidate.codes is not None]
    looks, mirrored = gathered(seen)
    block = of_looks(looks, mirrored, near)
    yield Likeness(seen, block, REASONS)
    near.add(looks.take(block.kept))


@contextmanager
def by_faces(candidates: Iterable[Candidate], people: People) -> Iterator[Likeness]:
    """Candidates by who they show; at the end those that were kept are filed."""
    seen = [candidate for candidate in candidates if candidate.face is not None]
    faces = gathered_faces(seen)
    block = of_faces(faces, people)
    yield Likeness(seen, block, ("", SAME_PERSON))
    people.add(faces.take(block.kept))


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
