"""The head around the main face, upright and always at the same size, and its areas by the mesh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from agfd.analyze import geometry
from agfd.analyze.colour import lab
from agfd.analyze.warps import Square, covered, crop, into

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZE = 128
# Sides of the square by the height of the face, from the top of the forehead to the chin.
ACROSS = 3.0
FACE = SIZE / ACROSS

OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
CHEEKS = ((116, 117, 118, 101, 36, 205, 187, 147, 123), (345, 346, 347, 330, 266, 425, 411, 376, 352))
FOREHEAD = (103, 67, 109, 10, 338, 297, 332, 333, 299, 337, 151, 108, 69, 104)

# What is no skin lies over the face's darkest pixels (shadows, stubble) and under its brightest (glare), in percent.
_EVEN = (25, 90)
_FEWEST = 10


@dataclass(frozen=True)
class Head:
    """A square three faces high around a face, as uint8 (128, 128, 3), eyes level.

    `points`: the mesh in it, float32 (468, 2); `inside`: which of its pixels lie inside the picture.
    """

    square: Square
    pixels: NDArray[np.uint8]
    points: NDArray[np.float32]
    inside: NDArray[np.bool_]

    @cached_property
    def lab(self) -> NDArray[np.float32]:
        """L*, a*, b* of all pixels, (128, 128, 3)."""
        return lab(self.pixels)

    def area(self, *outlines: Sequence[int]) -> NDArray[np.bool_]:
        """The pixels inside the picture within `outlines`, each a polygon of points of the mesh."""
        drawn = Pillow.new("1", (SIZE, SIZE))
        for outline in outlines:
            ImageDraw.Draw(drawn).polygon([(float(x), float(y)) for x, y in self.points[list(outline)]], fill=1)
        return np.asarray(drawn) & self.inside

    @cached_property
    def skin(self) -> NDArray[np.float32] | None:
        """L*, a*, b* of the cheeks, (3,): the median without glare and shadows; None if they cannot be seen."""
        seen = lab(self.pixels[self.area(*CHEEKS)])
        if len(seen) < _FEWEST:
            return None
        low, high = np.percentile(seen[:, 0], _EVEN)
        middle: NDArray[np.float32] = np.median(seen[(seen[:, 0] >= low) & (seen[:, 0] <= high)], axis=0)
        return middle


def head(picture: Pillow.Image, points: NDArray[np.float32]) -> Head:
    """The head around the mesh `points`, (468, 3), in pixels of the picture."""
    left, right = geometry.eyes(points)[:, :2]
    angle = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
    top, chin = points[geometry.TOP], points[geometry.CHIN]
    x, y = (top + chin)[:2] / 2
    square = Square(float(x), float(y), max(float(np.linalg.norm(top - chin)), 1.0) * ACROSS, angle)
    inside = covered(square, SIZE, picture.size)
    return Head(square, crop(picture, square, SIZE), into(square, SIZE, points[:, :2]), inside)
