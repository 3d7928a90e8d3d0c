"""Crops: where a pixel goes and comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from agfd.analyze.warps import Square, covered, crop, fit, out_of


def dot(size: tuple[int, int], x: float, y: float, radius: float = 6) -> Pillow.Image:
    picture = Pillow.new("RGB", size)
    ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 255, 255))
    return picture


def centre(pixels: np.ndarray) -> Any:
    """Centre of the light in x and y, the first pixel's centre at 0.5."""
    grey = pixels.astype(np.float64).mean(axis=2)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]] + 0.5
    return np.array([(x * grey).sum(), (y * grey).sum()]) / grey.sum()


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.2])
@pytest.mark.parametrize("side", [40.0, 100.0, 333.0])
def test_what_is_cropped_is_found_again_at_its_place(angle: float, side: float) -> None:
    """A dot in the picture, its place in the crop, and that place told back in pixels of the picture."""
    picture = dot((400, 300), 205, 148)
    square = Square(200, 150, side, angle)
    seen = centre(crop(picture, square, 96))
    back = out_of(square, 96, seen[None].astype(np.float32))[0]
    assert back == pytest.approx(centre(np.asarray(picture)), abs=0.02 * side)


def test_a_square_turned_clockwise_shows_the_picture_turned_back() -> None:
    picture = dot((200, 200), 150, 100)
    x, y = centre(crop(picture, Square(100, 100, 200, np.pi / 2), 200))
    assert (x, y) == pytest.approx((100, 50), abs=1.5)


def test_depth_is_scaled_like_the_rest() -> None:
    moved = out_of(Square(0, 0, 384, 0.3), 192, np.array([[96, 96, 10]], np.float32))
    assert moved[0] == pytest.approx([0, 0, 20], abs=1e-4)


def test_outside_is_black_and_not_covered() -> None:
    picture = Pillow.new("RGB", (50, 50), (255, 255, 255))
    square = Square(0, 25, 40)
    seen = crop(picture, square, 40)
    inside = covered(square, 40, picture.size)
    assert seen[:, :18].max() == 0
    assert not inside[:, :21].any()
    assert inside[20, 23:].all()
    assert (seen[inside] == 255).all()


@pytest.mark.parametrize("size", [(512, 512), (300, 700), (1, 1), (3, 1000), (33, 20)])
@pytest.mark.parametrize("pad", [0.0, 0.5])
def test_fit_gives_multiples_of_32_and_says_how_to_come_back(size: tuple[int, int], pad: float) -> None:
    pixels, scale, offset = fit(Pillow.new("RGB", size, (255, 255, 255)), 320, pad)
    assert all(length % 32 == 0 and length > 0 for length in pixels.shape[:2])
    assert max(pixels.shape[:2]) <= 320 + 32
    white = (pixels == 255).all(axis=2)
    rows, columns = np.nonzero(white)
    assert (columns.min() - offset) / scale == pytest.approx(0, abs=1 / scale)
    assert (columns.max() + 1 - offset) / scale == pytest.approx(size[0], abs=1.01 / scale)
    assert (rows.max() + 1 - offset) / scale == pytest.approx(size[1], abs=1.01 / scale)
