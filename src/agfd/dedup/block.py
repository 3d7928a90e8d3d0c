"""A few hundred candidates, the better ones first, and which of them look like one that is kept. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.dedup.near import REASONS, Looks, Near, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agfd.dedup.final import Candidate
    from agfd.dedup.near import Codes


class Block:
    """Candidates that are decided one after the other; those without codes look like nobody."""

    def __init__(self, candidates: Sequence[Candidate], near: Near) -> None:
        coded = (place for place, candidate in enumerate(candidates) if candidate.codes is not None)
        self._row = {place: row for row, place in enumerate(coded)}
        self._looks, mirrored = gathered(candidates)
        self._near = near
        self._before, self._among = near.found(self._looks, mirrored), near.among(self._looks, mirrored)
        self._kept: list[int] = []

    def reason(self, place: int) -> str:
        """Why the candidate at that place cannot be kept beside those that are; empty if it can."""
        row = self._row.get(place)
        if row is None:
            return ""
        found = {int(self._before[row]), *self._among[row, self._kept].tolist()} - {0}
        return REASONS[min(found, default=0)]

    def keep(self, place: int) -> None:
        """Keep the candidate at that place."""
        if place in self._row:
            self._kept.append(self._row[place])

    def end(self) -> None:
        """File what was kept."""
        self._near.add(self._looks.take(self._kept))


def gathered(candidates: Iterable[Candidate]) -> tuple[Looks, Codes]:
    """How those look that have codes, and the codes of their mirror images, in their order."""
    coded = [(entry.codes, entry.cell, entry.twins) for entry in candidates if entry.codes is not None]
    codes, mirrored = unpack([packed for packed, _, _ in coded])
    cell, twins = (np.array([entry[at] for entry in coded], dtype=np.int64) for at in (1, 2))
    return Looks(codes, cell, twins), mirrored
