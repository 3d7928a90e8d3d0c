"""What of a head is hair, and how much of it lies where: the shapes behind the analyzer `hair`.

A person cut out of the picture (MediaPipe Selfie Segmentation), less the face, is hair, clothes and a neck. Hair is
what of it lies above the eyes and does not look like the skin of the cheeks; elsewhere, what looks like that hair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from agfd import models
from agfd.analyze import upright
from agfd.analyze.geometry import CHIN, TOP
from agfd.analyze.sessions import TFLite
from agfd.analyze.upright import FACE, SIZE, Head
from agfd.analyze.warps import crop

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS = "selfie"

_SIDE, _LARGEST = 256, 1024
_PERSON = 127
# Corners of the eyes and the highest points of the brows, in the mesh.
_EYES, _BROWS = (33, 263), (105, 334)
# Two colours further apart than this are two things; shades of lightness count half, for the sake of shadows.
_APART, _ALIKE, _LIGHTNESS = 12.0, 15.0, 0.5
_FEWEST = 40
# How much of what lies over the forehead must be in the picture: a close-up is not bald.
_SHOWN = 0.7


@dataclass(frozen=True, slots=True)
class Tresses:
    """Hair around a face; areas by the square of the face's height.

    `colour`: L*, a*, b*, (3,), None where there is too little hair to tell; `above`: area of what is unlike skin above
    the eyes; `bare`: how far the colour over the forehead is from that of the cheeks, None where that is not in the
    picture; `fringe`: the same of the forehead itself; `beside`: area of hair between eyes and chin beside the face.
    """

    colour: NDArray[np.float32] | None
    above: float
    bare: float | None
    fringe: float | None
    beside: float


class Cutter:
    """The network that cuts people out. Raises `ModelsMissingError` when its weights are not installed."""

    def __init__(self) -> None:
        self._network = TFLite(models.path(WEIGHTS))

    def person(self, picture: Pillow.Image, head: Head) -> NDArray[np.bool_]:
        """Which pixels of the head's square show a person, bool (128, 128)."""
        shown = picture.resize((_SIDE, _SIDE), Pillow.Resampling.BILINEAR)
        [mask] = self._network.run(np.asarray(shown, np.float32)[None] / np.float32(255))
        drawn = Pillow.fromarray((mask[0, :, :, 0] * 255).clip(0, 255).astype(np.uint8))
        # As large as the picture, so that the square fits it, but not as large as a poster.
        scale = min(1.0, _LARGEST / max(picture.size))
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        whole = drawn.resize(size, Pillow.Resampling.BILINEAR).convert("RGB")
        square = replace(head.square, x=head.square.x * scale, y=head.square.y * scale, side=head.square.side * scale)
        return (crop(whole, square, SIZE)[..., 0] > _PERSON) & head.inside


def tresses(head: Head, person: NDArray[np.bool_]) -> Tresses | None:
    """The hair of a `person`, bool (128, 128) in the head's square; None where the cheeks cannot be seen."""
    if head.skin is None:
        return None
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    points = head.points
    eyes, brows, top = points[list(_EYES), 1].mean(), points[list(_BROWS), 1].min(), points[TOP, 1]
    oval = head.area(upright.OVAL)
    left, right = points[list(upright.OVAL), 0].min(), points[list(upright.OVAL), 0].max()
    from_skin = apart(head.lab, head.skin)
    upper = person & ~oval & (y < eyes)
    hair = upper & (from_skin > _APART)
    colour = np.median(head.lab[hair], axis=0) if hair.sum() >= _FEWEST else None
    above = (y < top) & (x > left) & (x < right)
    crown = upper & above & (y > top - FACE / 2)
    zone = head.inside[above & (y > top - FACE / 4)]
    beside = person & ~oval & (y > eyes) & (y < points[CHIN, 1]) & ((x < left) | (x > right))
    if colour is not None:
        beside &= (apart(head.lab, colour) < _ALIKE) & (from_skin > _APART)
    return Tresses(
        colour=colour,
        above=float(hair.sum()) / FACE**2,
        bare=_median(from_skin[crown]) if zone.sum() > _SHOWN * zone.size else None,
        fringe=_median(from_skin[head.area(upright.FOREHEAD) & (y < brows)]),
        beside=float(beside.sum()) / FACE**2 if colour is not None else 0.0,
    )


def apart(lab: NDArray[np.float32], colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far colours (..., 3) are from one, in L*, a*, b*, lightness counted half."""
    far: NDArray[np.float32] = np.linalg.norm((lab - colour) * np.array([_LIGHTNESS, 1, 1], np.float32), axis=-1)
    return far


def _median(values: NDArray[np.float32]) -> float | None:
    return float(np.median(values)) if values.size >= _FEWEST // 4 else None
