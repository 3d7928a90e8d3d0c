"""Final verdicts of a round: exact duplicates, then at most one image a slot. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Candidate:
    """One accepted image of the round: its place in request order, its slot, and how good it is.

    `pixels`: the first 16 bytes of its pixels' hash.
    """

    index: int
    slot: tuple[str, str, int]
    pixels: bytes
    score: float


def turned_down(candidates: Iterable[Candidate], seen: set[bytes]) -> dict[int, str]:
    """The candidates that do not stay accepted: index in request order -> reason code.

    `seen` holds the pixel hashes (16 bytes each) of images accepted in earlier rounds; those of this round's
    survivors are added, and no others, so that it is the same after a resume. A picture seen before is a
    `duplicate`, the earlier one stays; inside the round the better image stays, the earlier of equals: the others
    are `duplicate` where the same picture is kept and `surplus` where another image has their slot.
    """
    reasons: dict[int, str] = {}
    full: set[tuple[str, str, int]] = set()
    for candidate in sorted(candidates, key=lambda c: (-c.score, c.index)):
        if candidate.pixels in seen:
            reasons[candidate.index] = "duplicate"
        elif candidate.slot in full:
            reasons[candidate.index] = "surplus"
        else:
            seen.add(candidate.pixels)
            full.add(candidate.slot)
    return reasons
