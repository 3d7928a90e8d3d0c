"""Crops: where a pixel goes and comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from agfd.analyze.warps import Square, align, covered, crop, fit, into, out_of


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


@pytest.mark.parametrize("angle", [0.0, 0.5, 3.0])
def test_points_go_into_a_crop_and_come_back(angle: float) -> None:
    square = Square(40, 90, 130, angle)
    points = np.random.default_rng(7).uniform(0, 200, (6, 2)).astype(np.float32)
    assert out_of(square, 64, into(square, 64, points)) == pytest.approx(points, abs=1e-3)


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.0])
@pytest.mark.parametrize("count", [2, 5])
def test_points_are_aligned_with_their_places_in_the_square(angle: float, count: int) -> None:
    square = Square(210, 90, 130, angle)
    template = np.random.default_rng(count).uniform(0.1, 0.9, (count, 2)).astype(np.float32)
    found = align(out_of(square, 1, template), template)
    assert (found.x, found.y, found.side, found.angle) == pytest.approx((210, 90, 130, angle), abs=1e-3)


def test_aligned_points_that_do_not_fit_are_off_as_little_as_can_be() -> None:
    template = np.array([[0.2, 0.3], [0.8, 0.3], [0.5, 0.8]], np.float32)
    points = out_of(Square(50, 60, 100, 0.2), 1, template) + np.array([[3, -2], [0, 4], [-5, 1]], np.float32)

    def error(square: Square) -> float:
        return float(((out_of(square, 1, template) - points) ** 2).sum())

    best = align(points, template)
    for change in (Square(0.5, 0, 0), Square(0, 0.5, 0), Square(0, 0, 1), Square(0, 0, 0, 0.01)):
        for sign in (-1, 1):
            other = (getattr(best, part) + sign * getattr(change, part) for part in ("x", "y", "side", "angle"))
            assert error(Square(*other)) > error(best)


def test_points_in_one_place_make_a_square_of_a_pixel() -> None:
    found = align(np.full((2, 2), 7, np.float32), np.array([[0.3, 0.4], [0.7, 0.4]], np.float32))
    assert found.side == 1


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
