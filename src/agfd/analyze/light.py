"""Noise and the light around the face: plain arithmetic on the whole picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze.colour import linear
from agfd.analyze.quality import luma, small
from agfd.records import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image as Pillow

    from agfd.analyze.faces import Face

WHOLE = ("noise", "red_loss")
GIVES = ("backlight",)

# Noise is the same everywhere: the middle of the picture tells it, cut into blocks of so many pixels.
_MIDDLE, _BLOCK = 384, 8
# Blocks at the ends of the scale are clipped, which hides noise.
_CLIPPED = (16, 240)
# Per cent of the blocks that are taken for smooth, so that hair and leaves do not count as noise.
_SMOOTH = 25
# Around the detector's box, of its width and height, where hair may lie.
_SIDES, _ABOVE = 0.3, 0.35
_BRIGHT_PART = 90
_FEWEST = 0.02


def measure_whole(picture: Pillow.Image) -> dict[str, Measurement]:
    """The measurements `WHOLE`, which apply to a picture without a face too."""
    return {"noise": Measurement(noise(picture)), "red_loss": Measurement(red_loss(np.asarray(small(picture))))}


def measure(picture: Pillow.Image, face: Face, luminance: float) -> dict[str, Measurement]:
    """The measurements `GIVES`; `luminance`: the face's own, 0 to 1. None where a face fills the picture."""
    view = small(picture)
    around = surroundings(luma(np.asarray(view)), np.array(face.box) * view.width / picture.width)
    if around is None:
        return {}
    return {"backlight": Measurement(around / 255 - luminance, face.score)}


def noise(picture: Pillow.Image) -> float:
    """Standard deviation of the noise in grey values (Immerkaer, "Fast noise variance estimation", CVIU 1996).

    The mask of the paper, a Laplacian of Laplacians, gives nothing on planes and straight edges, but something on
    texture: so it is read from the smoothest quarter of small blocks, which costs a tenth of the value.
    """
    width, height = picture.size
    left, top = max(0, (width - _MIDDLE) // 2), max(0, (height - _MIDDLE) // 2)
    grey = luma(np.asarray(picture.crop((left, top, min(width, left + _MIDDLE), min(height, top + _MIDDLE)))))
    across = grey[:, :-2] - 2 * grey[:, 1:-1] + grey[:, 2:]
    answer = np.abs(across[:-2] - 2 * across[1:-1] + across[2:])
    if answer.size == 0:
        return 0.0
    levels, blocks = _blocks(grey[1:-1, 1:-1]), _blocks(answer)
    open_ended = (levels > _CLIPPED[0]) & (levels < _CLIPPED[1])
    counted = blocks[open_ended] if open_ended.any() else blocks
    return float(np.sqrt(np.pi / 2) / 6 * np.percentile(counted, _SMOOTH))


def red_loss(pixels: NDArray[np.uint8]) -> float:
    """How much less red than green and blue there is in linear light: 1 without any, under 0 with more of it."""
    red, green, blue = linear(pixels).mean(axis=(0, 1))
    others = float(green + blue) / 2
    return 1 - float(red) / others if others > 0 else 0.0


def surroundings(grey: NDArray[np.float32], box: NDArray[np.float64]) -> float | None:
    """Grey value that a tenth of what lies beside and above the head is brighter than; None where hardly any does.

    `box`: the face, x0, y0, x1, y1. Not the mean: the sun behind somebody fills a part of the sky.
    """
    x0, y0, x1, y1 = box
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]] + 0.5
    head = (x > x0 - _SIDES * (x1 - x0)) & (x < x1 + _SIDES * (x1 - x0)) & (y > y0 - _ABOVE * (y1 - y0))
    around = grey[~head & (y < y1)]
    return float(np.percentile(around, _BRIGHT_PART)) if around.size > _FEWEST * grey.size else None


def _blocks(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of whole blocks, or of all where not even one fits, as one row."""
    height, width = (length // _BLOCK * _BLOCK for length in values.shape)
    if not height or not width:
        return np.array([values.mean()], np.float32)
    cut = values[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    means: NDArray[np.float32] = cut.mean(axis=(1, 3)).ravel()
    return means
