"""An image that may be kept, as far as duplicates are concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Slot: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One accepted image of the round: its place in request order, its slot, and how good it is.

    `pixels`: the first 16 bytes of its pixels' hash. `codes`: what `near.pack` makes of its codes, None where it has
    none. `cell`, `twins`: hashes of its cell and of its group of twins, 0 where it has none. `face`: the vector of its
    main face as little-endian float16, None where there is none to compare.
    """

    index: int
    slot: Slot
    pixels: bytes
    score: float
    codes: bytes | None = None
    cell: int = 0
    twins: int = 0
    face: bytes | None = None
