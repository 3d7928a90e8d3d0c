"""The analyzer `hair`: its colour, and whether there is none, a fringe, or long hair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze import tresses
from agfd.analyze.onlooker import NEEDS, Onlooker
from agfd.analyze.tresses import Cutter, Tresses
from agfd.analyze.view import Look, View, weights
from agfd.ports import AnalyzerInfo
from agfd.records import Measurement, Measurements
from agfd.registry import register
from agfd.vocabulary import score_name, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.ports import Analyzer

BALD, LONG = score_name("hair_style", "bald"), score_name("hair_style", "long")
_BANGS = scores("hair_bangs", ("no", "yes"))

# L*, a*, b* of hair by its colour, and how far each spreads: five from renders of all tones of skin in even light, red
# and dyed from a few. What is far from every natural colour is dyed.
_COLOURS = {
    "black": ((24, 3, 5), (10, 3, 5)),
    "brown": ((37, 7, 12), (9, 3.5, 5)),
    "blond": ((60, 6, 19), (10, 4, 6)),
    "red": ((33, 17, 20), (9, 5, 6)),
    "grey": ((54, 2, 5), (10, 3, 4)),
    "white": ((74, 2, 5), (8, 4, 6)),
    "dyed": ((45, 8, -6), (18, 26, 20)),
}
_COLOUR_SCORES = scores("hair_color", tuple(_COLOURS))
GIVES = (*_COLOUR_SCORES, BALD, LONG, *_BANGS)

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "1"

# In photos and generated pictures hats, shadows and blond hair on light skin mislead it (design/0024-look.md).
_COMPETENT: dict[str, tuple[str, ...]] = {"photo": (), "diffusion": (), "render": ()}

# Where a score is a half, and what changes it by a factor of e: at a half 5 in 100 others are taken for it.
_FRINGE = (12.0, 2.0)
_BESIDE = (0.12, 0.03)
# A bald head: little that is unlike skin above the eyes, and skin over the forehead.
_ABOVE, _SCALP = 100.0, (26.0, 6.0)


class Hair(Onlooker[Cutter]):
    """Looks at the hair around the largest face of each picture; three weight files, no GPU, one thread.

    Scores of colours and of bangs sum up to 1 each; of the styles two can be told from all others. Without a face on
    which the mesh lies there is nothing to say; without hair to look at there is no colour.
    """

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights."""
        return AnalyzerInfo(
            name="hair",
            version=f"{VERSION}:{self._look.version}",
            gives=GIVES,
            weights=weights(tresses.WEIGHTS),
            competent=_COMPETENT,
        )

    def _load(self) -> Cutter:
        return Cutter()

    def _measure(self, view: View, networks: Cutter) -> Measurements:
        if view.head is None or view.mesh is None:
            return Measurements()
        found = tresses.tresses(view.head, networks.person(view.picture, view.head))
        if found is None:
            return Measurements()
        return Measurements({name: Measurement(value, view.mesh.score) for name, value in told(found).items()})


def told(found: Tresses) -> dict[str, float]:
    """The scores `GIVES` of the hair around one face; what cannot be seen is left out."""
    values: dict[str, float] = {}
    if found.bare is not None:
        haired = _share(found.bare + _ABOVE * found.above, *_SCALP)
        values |= {BALD: 1 - haired, LONG: haired * _share(found.beside, *_BESIDE)}
    if found.fringe is not None:
        fringe = _share(found.fringe, *_FRINGE)
        values |= dict(zip(_BANGS, (1 - fringe, fringe), strict=True))
    if found.colour is not None:
        values |= dict(zip(_COLOUR_SCORES, colours(found.colour), strict=True))
    return values


def colours(colour: NDArray[np.float32]) -> list[float]:
    """How likely L*, a*, b* are hair of each colour, in the order of the vocabulary; they sum up to 1."""
    middles, spreads = (np.array(part, np.float64) for part in zip(*_COLOURS.values(), strict=True))
    far = -(((colour - middles) / spreads) ** 2).sum(axis=1) / 2 - np.log(spreads).sum(axis=1)
    likely = np.exp(far - far.max())
    return [float(one) for one in likely / likely.sum()]


def _share(value: float, half: float, step: float) -> float:
    return float(1 / (1 + np.exp(np.clip((half - value) / step, -50, 50))))


@register("the analyzer hair", needs=NEEDS)
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; options as those of `basic`: with the same ones both find each face once."""
    return Hair(Look(side, fallback, passes))
