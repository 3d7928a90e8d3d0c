"""The analyzer `hands`: whether a hand lies over the main face or over its hair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze import palms
from agfd.analyze.onlooker import NEEDS, Onlooker
from agfd.analyze.palms import Hand, HandFinder
from agfd.analyze.view import Look, View, weights
from agfd.ports import AnalyzerInfo
from agfd.records import Measurement, Measurements
from agfd.registry import register
from agfd.vocabulary import ATTRIBUTES, Choice, scores

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agfd.analyze.faces import Face
    from agfd.ports import Analyzer

_HAND = ATTRIBUTES["hand"]
assert isinstance(_HAND, Choice)
GIVES = scores(_HAND.name, _HAND.values)

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "1"

# What is taken for a hand over face or hair and is none stays under 5 in 100 in photos and generated pictures; hits
# were measured in renders (design/0024-look.md).
_COMPETENT = {"photo": GIVES[1:], "diffusion": GIVES[1:], "render": ()}

# The brows and all below, of the height of the detector's box: a finger on the forehead reaches into the hair as well.
_BROWS = 0.2
# The head around the box, of its width and height: at each side, above, and how far down from the top of the box.
_SIDES, _ABOVE, _DOWN = 0.4, 0.5, 0.4
# A finger's four points, and the smallest hand, of the height of the face: ears and eyes of others measured less.
_POINTS, _SMALLEST = 4, 0.4


class Hands(Onlooker[HandFinder]):
    """Looks at hands on the largest face of each picture; four weight files, no GPU, one thread.

    The scores of a picture sum up to 1. Without a face a hand counts as one over the face, and without either there is
    nothing to say.
    """

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights."""
        return AnalyzerInfo(
            name="hands",
            version=f"{VERSION}:{self._look.version}",
            gives=GIVES,
            weights=weights(*palms.WEIGHTS),
            competent=_COMPETENT,
        )

    def _load(self) -> HandFinder:
        return HandFinder()

    def _measure(self, view: View, networks: HandFinder) -> Measurements:
        found = networks.find(view)
        face = view.faces[0] if view.faces else None
        if face is None and not found:
            return Measurements()
        confidence = face.score if face else max(hand.score for hand in found)
        shares = placed(found, face)
        return Measurements({name: Measurement(shares[name], confidence) for name in GIVES})


def placed(hands: Iterable[Hand], face: Face | None) -> dict[str, float]:
    """The scores `GIVES` of the `hands` in a picture: the surest one that touches the head, shared out by where."""
    over_face = over_hair = 0.0
    for hand in hands:
        on_face, on_hair = _touching(hand, face)
        if on_face + on_hair >= _POINTS:
            over_face = max(over_face, hand.score * on_face / (on_face + on_hair))
            over_hair = max(over_hair, hand.score * on_hair / (on_face + on_hair))
    both = max(over_face + over_hair, 1.0)
    over_face, over_hair = over_face / both, over_hair / both
    return dict(zip(GIVES, (1 - over_face - over_hair, over_face, over_hair), strict=True))


def _touching(hand: Hand, face: Face | None) -> tuple[int, int]:
    """How many of a hand's points lie over the face and over the hair."""
    if face is None:
        return len(hand.points), 0
    x0, y0, x1, y1 = face.box
    width, height = x1 - x0, y1 - y0
    if np.linalg.norm(np.ptp(hand.points, axis=0)) < _SMALLEST * height:
        return 0, 0
    x, y = hand.points.T
    inside = (x > x0) & (x < x1) & (y > y0) & (y < y1)
    around = (x > x0 - _SIDES * width) & (x < x1 + _SIDES * width) & (y > y0 - _ABOVE * height)
    return int((inside & (y > y0 + _BROWS * height)).sum()), int((around & (y < y0 + _DOWN * height) & ~inside).sum())


@register("the analyzer hands", needs=NEEDS)
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; options as those of `basic`: with the same ones both find each face once."""
    return Hands(Look(side, fallback, passes))
