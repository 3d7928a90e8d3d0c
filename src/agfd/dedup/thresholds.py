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
    """`cosine`, and how many pairs of different people of `YOUNGEST` years and more reach it, of how many: `alike` of
    one sex and race, as in a cell, and `any` two.
    """

    cosine: float
    alike: tuple[int, int]
    any: tuple[int, int]

    def expected(self, people: int) -> tuple[float, float]:
        """How many pairs of strangers among so many people of any sex and race reach it: the share that was measured,
        and the upper end of its 95 % interval (Wilson).
        """
        pairs = people * (people - 1) / 2
        matches, trials = self.any
        return pairs * matches / trials, pairs * wilson(matches, trials)[1]


# The first letters of the SHA-256 of a network's file.
_DLIB = "2ea331c12765"
_THRESHOLDS: Mapping[tuple[str, str], Threshold] = MappingProxyType(
    {
        (_DLIB, "photo"): Threshold(0.965, (0, 20_929), (0, 210_925)),
        (_DLIB, "diffusion"): Threshold(0.965, (0, 20_929), (0, 210_925)),
        (_DLIB, "render"): Threshold(0.985, (0, 4_700), (0, 67_896)),
    }
)


def threshold(network: str, domain: str) -> Threshold | None:
    """What was measured for the network whose file has this SHA-256, in pictures of that domain; None if nothing."""
    return _THRESHOLDS.get((network[: len(_DLIB)], domain))
