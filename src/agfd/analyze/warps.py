"""Crops and shrinks pictures for the networks, with Pillow.

Points are x, y in pixels; the centre of the top left pixel is at (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GREY = (127, 127, 127)


@dataclass(frozen=True, slots=True)
class Square:
    """A square in the picture: its centre, its side, and the angle in radians, clockwise as seen.

    All in pixels of the picture, so that the crop of one network can be told to the next.
    """

    x: float
    y: float
    side: float
    angle: float = 0.0


def fit(picture: Pillow.Image, side: int, pad: float = 0.0) -> tuple[NDArray[np.uint8], float, float]:
    """The picture shrunk or enlarged so that its longer side, `pad` of it added at each edge, is `side`.

    Returns uint8 (height, width, 3), both sides filled up with grey to multiples of 32; the scale; and the offset:
    `picture_x = (x - offset) / scale`, likewise y.
    """
    width, height = picture.size
    scale = side / (max(width, height) * (1 + 2 * pad))
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    margin = round(max(width, height) * pad * scale)
    outer = tuple(-(-(length + 2 * margin) // 32) * 32 for length in inner)
    fitted = picture.resize(inner, Pillow.Resampling.BILINEAR, reducing_gap=2.0)
    if inner != outer:
        canvas = Pillow.new("RGB", (outer[0], outer[1]), _GREY)
        canvas.paste(fitted, (margin, margin))
        fitted = canvas
    return np.asarray(fitted), scale, float(margin)


def align(points: NDArray[np.float32], template: NDArray[np.float32]) -> Square:
    """The square in which `points`, (n, 2) in pixels, come to lie nearest to `template`, (n, 2), 0 to 1 in the square.

    Least squares over moving, turning and scaling (Umeyama, PAMI 1991, in the plane: one complex factor).
    """
    seen, wanted = (one[:, 0] + 1j * one[:, 1] for one in (points.astype(np.float64), template - 0.5))
    spread = wanted - wanted.mean()
    factor = np.vdot(spread, seen - seen.mean()) / np.vdot(spread, spread).real
    centre = seen.mean() - factor * wanted.mean()
    return Square(float(centre.real), float(centre.imag), max(float(abs(factor)), 1.0), float(np.angle(factor)))


def crop(picture: Pillow.Image, square: Square, size: int) -> NDArray[np.uint8]:
    """The content of `square` as uint8 (size, size, 3); black where it lies outside the picture."""
    # Pillow's transform takes single pixels; without shrinking first, a large face would be aliased.
    if square.side > size:
        picture, square = _shrink(picture, square, square.side / size)
    step = square.side / size
    cos, sin = np.cos(square.angle) * step, np.sin(square.angle) * step
    half = size / 2
    across = (cos, -sin, square.x - half * (cos - sin))
    down = (sin, cos, square.y - half * (sin + cos))
    taken = picture.transform((size, size), Pillow.Transform.AFFINE, (*across, *down), Pillow.Resampling.BILINEAR)
    return np.asarray(taken)


def covered(square: Square, size: int, picture: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixels of the crop, bool (size, size), lie inside a picture of (width, height), its edge left out."""
    step = square.side / size
    # Interpolation and the Laplacian each reach one pixel further.
    edge = 2 * max(step, 1.0)
    reach = square.side / 2 * (abs(np.cos(square.angle)) + abs(np.sin(square.angle))) + edge
    if reach < min(square.x, picture[0] - square.x, square.y, picture[1] - square.y):
        return np.ones((size, size), np.bool_)
    cos, sin = np.cos(square.angle) * step, np.sin(square.angle) * step
    at = np.arange(size) + 0.5 - size / 2
    x = square.x + at[None, :] * cos - at[:, None] * sin
    y = square.y + at[None, :] * sin + at[:, None] * cos
    inside: NDArray[np.bool_] = (x > edge) & (x < picture[0] - edge) & (y > edge) & (y < picture[1] - edge)
    return inside


def _shrink(picture: Pillow.Image, square: Square, factor: float) -> tuple[Pillow.Image, Square]:
    """What of the picture the square needs, `factor` times smaller, and the square in it."""
    reach = square.side / 2 * (abs(np.cos(square.angle)) + abs(np.sin(square.angle))) + 2 * factor
    left, top = max(0.0, square.x - reach), max(0.0, square.y - reach)
    right, bottom = min(float(picture.width), square.x + reach), min(float(picture.height), square.y + reach)
    if right <= left or bottom <= top:
        return picture, square
    width, height = max(1, round((right - left) / factor)), max(1, round((bottom - top) / factor))
    # Whole pixels out of any box: the box is stretched by what was rounded, less than one pixel at its far edge.
    right, bottom = min(left + width * factor, picture.width), min(top + height * factor, picture.height)
    small = picture.resize((width, height), Pillow.Resampling.BILINEAR, (left, top, right, bottom), reducing_gap=2.0)
    return small, Square((square.x - left) / factor, (square.y - top) / factor, square.side / factor, square.angle)


def out_of(square: Square, size: int, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points of a crop, (n, 2) or (n, 3) with z in the same unit, in pixels of the picture."""
    step = square.side / size
    moved = points * np.float32(step)
    x, y = moved[:, 0] - square.side / 2, moved[:, 1] - square.side / 2
    cos, sin = np.cos(square.angle), np.sin(square.angle)
    moved[:, 0] = square.x + x * cos - y * sin
    moved[:, 1] = square.y + x * sin + y * cos
    return moved.astype(np.float32)


def into(square: Square, size: int, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points of the picture, (n, 2), in pixels of the crop: what `out_of` undoes."""
    x, y = (points[:, 0] - square.x, points[:, 1] - square.y)
    cos, sin = np.cos(square.angle), np.sin(square.angle)
    turned = np.stack([x * cos + y * sin, y * cos - x * sin], axis=1)
    return (turned * (size / square.side) + size / 2).astype(np.float32)
