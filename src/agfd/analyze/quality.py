"""Sharpness and light of a face, on a crop in which the eyes always lie at the same places: plain arithmetic.

The crop is 224 px wide with 76 px between the eyes, so that a number means the same for a near and a distant face. Only
the pixels in an oval around the face count, without most of hair and background. Measures as in ISO/IEC 29794-5:2025.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze.warps import Square, crop
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


def aligned(picture: Pillow.Image, eyes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The face around `eyes`, (2, 2) in pixels, the viewer's left first: uint8 (224, 224, 3), the eyes level."""
    across = (eyes[1] - eyes[0]).astype(np.float64)
    apart = float(np.hypot(*across))
    if apart < 1.0:
        across, apart = np.array([1.0, 0.0]), 1.0
    side = apart / _EYES_APART
    below = np.array([-across[1], across[0]]) / apart * side * _EYES_ABOVE
    x, y = eyes.mean(axis=0) + below
    return crop(picture, Square(float(x), float(y), side, float(np.arctan2(across[1], across[0]))), SIZE)


def measure(face: NDArray[np.uint8], confidence: float = 1.0) -> dict[str, Measurement]:
    """The measurements `GIVES` of an aligned face, uint8 (224, 224, 3)."""
    grey = luma(face)
    oval = _oval()
    inside = grey[oval]
    low, high = np.percentile(inside, [5, 95])
    values = {
        "sharpness": sharpness(grey, oval),
        "luminance": float(inside.mean()) / 255,
        "dark_share": float((inside < _DARK).mean()),
        "bright_share": float((inside > _BRIGHT).mean()),
        "contrast": float(high - low) / 255,
        "asymmetry": asymmetry(grey, oval),
    }
    return {name: Measurement(value, confidence) for name, value in values.items()}


def measure_whole(picture: Pillow.Image) -> dict[str, Measurement]:
    """The measurements `WHOLE`, which apply to a picture without a face too, on at most 128 px."""
    small = picture.copy()
    small.thumbnail((128, 128))
    grey = luma(np.asarray(small))
    low, high = np.percentile(grey, [5, 95])
    return {
        "image_luminance": Measurement(float(grey.mean()) / 255),
        "image_contrast": Measurement(float(high - low) / 255),
    }


def luma(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Luma, float32 (height, width), 0 to 255, of uint8 (height, width, 3)."""
    return pixels.astype(np.float32) @ _LUMA


def sharpness(grey: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., ICPR 2000) over the pixels of `where`, edges left out."""
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(laplacian[where[1:-1, 1:-1]].var())


def asymmetry(grey: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """How much brighter the viewer's right half is than the left one, by their mean: -2 to 2, 0 for even light."""
    half = grey.shape[1] // 2
    left = float(grey[:, :half][where[:, :half]].mean())
    right = float(grey[:, half:][where[:, half:]].mean())
    mean = (left + right) / 2
    return (right - left) / mean if mean > 0 else 0.0


@cache
def _oval() -> NDArray[np.bool_]:
    y, x = np.mgrid[:SIZE, :SIZE]
    centre = (SIZE - 1) / 2
    inside: NDArray[np.bool_] = ((x - centre) / (SIZE * _OVAL[0])) ** 2 + ((y - centre) / (SIZE * _OVAL[1])) ** 2 <= 1
    return inside
