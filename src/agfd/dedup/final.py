"""Final verdicts of a round: exact duplicates, then at most one image a slot. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Candidate:
    """One accepted image of the round: its place in request order, its slot, its pixels' hash, and how good it is."""

    index: int
    slot: tuple[str, str, int]
    pixels_sha256: str
    score: float


def turned_down(candidates: Iterable[Candidate], seen: set[bytes]) -> dict[int, str]:
    """The candidates that do not stay accepted: index in request order -> reason code.

    `seen` holds the pixel hashes (16 bytes each) of images accepted in earlier rounds; those of this round's
    survivors are added. A picture seen before is a `duplicate`, the earlier one stays; of several images of one slot
    the better one stays and the others are `surplus`.
    """
    reasons: dict[int, str] = {}
    best: dict[tuple[str, str, int], Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: c.index):
        key = bytes.fromhex(candidate.pixels_sha256[:32])
        if key in seen:
            reasons[candidate.index] = "duplicate"
            continue
        seen.add(key)
        rival = best.get(candidate.slot)
        if rival is None:
            best[candidate.slot] = candidate
        elif candidate.score > rival.score:
            best[candidate.slot] = candidate
            reasons[rival.index] = "surplus"
        else:
            reasons[candidate.index] = "surplus"
    return reasons
