"""Sharpness and light of a face, on a crop in which the eyes always lie at the same places: plain arithmetic.

The crop is 224 px wide with 76 px between the eyes, so that a number means the same for a near and a distant face. Only
the pixels in an oval around the face count, without most of hair and background, and of those only what lies inside the
picture. The kinds of measures are those of ISO/IEC 29794-5.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze.warps import Square, covered, crop
from agfd.records import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image as Pillow

GIVES = ("sharpness", "luminance", "dark_share", "bright_share", "contrast", "asymmetry")
WHOLE = ("image_luminance", "image_contrast")

SIZE = 224
# Of the crop's side: the distance between the eyes, and how far their line lies above the middle.
_EYES_APART = 0.34
_EYES_ABOVE = 0.12
_OVAL = (0.34, 0.44)
_DARK, _BRIGHT = 30, 235
# Rec. 709 on gamma-encoded values: luma, what a viewer reads off the screen.
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def aligned(picture: Pillow.Image, eyes: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The face around `eyes`, (2, 2) or (2, 3) in pixels, the viewer's left first, the eyes level.

    With the third coordinate a turned face, whose eyes lie near each other in the picture, is not taken for a distant
    one. Returns uint8 (224, 224, 3) and bool (224, 224): the pixels that count.
    """
    apart = max(float(np.linalg.norm(eyes[1] - eyes[0])), 1.0)
    along = eyes[1, :2] - eyes[0, :2]
    angle = float(np.arctan2(along[1], along[0]))
    side = apart / _EYES_APART
    x, y = eyes[:, :2].mean(axis=0) + side * _EYES_ABOVE * np.array([-np.sin(angle), np.cos(angle)])
    square = Square(float(x), float(y), side, angle)
    return crop(picture, square, SIZE), _oval() & covered(square, SIZE, picture.size)


def measure(face: NDArray[np.uint8], where: NDArray[np.bool_], confidence: float = 1.0) -> dict[str, Measurement]:
    """The measurements `GIVES` of an aligned face, uint8 (224, 224, 3), over its pixels `where`.

    Without such pixels, when the face lies outside the picture, there are none.
    """
    if not where.any():
        return {}
    grey = luma(face)
    inside = grey[where]
    low, high = np.percentile(inside, [5, 95])
    values = {
        "sharpness": sharpness(grey, where),
        "luminance": float(inside.mean()) / 255,
        "dark_share": float((inside < _DARK).mean()),
        "bright_share": float((inside > _BRIGHT).mean()),
        "contrast": float(high - low) / 255,
        "asymmetry": asymmetry(grey, where),
    }
    return {name: Measurement(value, confidence) for name, value in values.items()}


def measure_whole(picture: Pillow.Image) -> dict[str, Measurement]:
    """The measurements `WHOLE`, which apply to a picture without a face too."""
    grey = luma(np.asarray(small(picture)))
    low, high = np.percentile(grey, [5, 95])
    return {
        "image_luminance": Measurement(float(grey.mean()) / 255),
        "image_contrast": Measurement(float(high - low) / 255),
    }


def small(picture: Pillow.Image) -> Pillow.Image:
    """The picture shrunk by a whole factor to about 128 px, each pixel the mean of those it stands for."""
    return picture.reduce(max(1, max(picture.size) // 128))


def luma(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Luma, float32 (height, width), 0 to 255, of uint8 (height, width, 3)."""
    return pixels.astype(np.float32) @ _LUMA


def sharpness(grey: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., ICPR 2000) over the pixels of `where`, edges left out."""
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    counted = laplacian[where[1:-1, 1:-1]]
    return float(counted.var()) if counted.size else 0.0


def asymmetry(grey: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """How much brighter the viewer's right half is than the left one, by their mean: -2 to 2, 0 for even light.

    Only pixels whose mirror image counts too are compared, so that a face cut off at one side is not called uneven.
    """
    both = where & where[:, ::-1]
    half = grey.shape[1] // 2
    if not both[:, :half].any():
        return 0.0
    left = float(grey[:, :half][both[:, :half]].mean())
    right = float(grey[:, -half:][both[:, -half:]].mean())
    mean = (left + right) / 2
    return (right - left) / mean if mean > 0 else 0.0


@cache
def _oval() -> NDArray[np.bool_]:
    y, x = np.mgrid[:SIZE, :SIZE]
    centre = (SIZE - 1) / 2
    inside: NDArray[np.bool_] = ((x - centre) / (SIZE * _OVAL[0])) ** 2 + ((y - centre) / (SIZE * _OVAL[1])) ** 2 <= 1
    return inside
