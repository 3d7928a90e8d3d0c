"""From which product of two vectors on two faces are one person: measured, by network and domain.

`AGFD_FACES=... python benchmarks/same_person.py --dataset DIR` measures them; design/0022-duplicates.md has the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from agfd.stats import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

# Younger faces are not compared: two small children look more alike to the network than two pictures of one adult.
YOUNGEST = 13


@dataclass(frozen=True, slots=True)
class Threshold:
    """`cosine`, and how many pairs of different people of `YOUNGEST` years and more reach it, of how many: of those
    `alike`, of one sex and race as in a cell, and of `any` two. Pairs share people, and none is no proof of never.
    """

    cosine: float
    alike: tuple[int, int]
    any: tuple[int, int]

    @property
    def at_most(self) -> tuple[float, float]:
        """The rates of false matches, alike and any, at the upper end of their 95 % intervals (Wilson)."""
        return wilson(*self.alike)[1], wilson(*self.any)[1]


# The first letters of the SHA-256 of a network's file.
_DLIB = "5fdcf12fe267"
_THRESHOLDS: Mapping[tuple[str, str], Threshold] = MappingProxyType(
    {
        # UTKFace; nine pairs that reach it show one person each and are not counted.
        (_DLIB, "photo"): Threshold(0.965, (0, 20_920), (0, 210_916)),
        # SD 2.1.
        (_DLIB, "diffusion"): Threshold(0.98, (0, 124), (0, 7_750)),
        # The renderer's table.
        (_DLIB, "render"): Threshold(0.98, (0, 7_245), (0, 104_196)),
    }
)


def threshold(network: str, domain: str) -> Threshold | None:
    """What was measured for the network whose file has this SHA-256, in pictures of that domain; None if nothing."""
    return _THRESHOLDS.get((network[: len(_DLIB)], domain))
