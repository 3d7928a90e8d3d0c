"""Noise, water and light from behind, on pictures in which they are known."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow

from agfd.analyze import light
from agfd.analyze.faces import Face


def picture(pixels: np.ndarray) -> Pillow.Image:
    return Pillow.fromarray(np.clip(pixels, 0, 255).round().astype(np.uint8))


def plane() -> np.ndarray:
    y, x = np.mgrid[:256, :300]
    return np.repeat((60 + 0.3 * x + 0.2 * y)[..., None], 3, axis=2)


def at(sigma: float, below: np.ndarray | None = None) -> float:
    shown = plane() if below is None else below
    grain = np.random.default_rng(3).normal(0, sigma, (*shown.shape[:2], 1))
    return light.noise(picture(shown + grain))


@pytest.mark.parametrize("sigma", [4.0, 10.0, 20.0])
def test_noise_is_read_in_grey_values(sigma: float) -> None:
    assert at(sigma) == pytest.approx(0.88 * sigma, rel=0.08)


def test_a_clean_plane_has_no_noise_but_rounding() -> None:
    assert at(0) < 0.6


def test_texture_in_a_part_of_the_picture_is_no_noise() -> None:
    stripes = plane()
    stripes[:, 150:] += 60 * (np.arange(150) % 2)[None, :, None] * (np.arange(256) % 2)[:, None, None]
    assert at(5, stripes) == pytest.approx(at(5), rel=0.2)


def test_clipped_parts_hide_no_noise() -> None:
    half = plane()
    half[:, :200] = 0
    assert at(8, half) == pytest.approx(at(8), rel=0.2)


def test_noise_is_the_same_in_a_large_picture_as_in_its_middle() -> None:
    large = picture(np.random.default_rng(1).normal(128, 6, (900, 700, 3)))
    side = light._MIDDLE
    left, top = (700 - side) // 2, (900 - side) // 2
    assert light.noise(large) == light.noise(large.crop((left, top, left + side, top + side)))


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3, 3), (9, 200)])
def test_the_smallest_pictures_have_values(size: tuple[int, int]) -> None:
    found = light.measure_whole(Pillow.new("RGB", size, (9, 99, 200)))
    assert set(found) == set(light.WHOLE)
    assert found["noise"].value == 0


@pytest.mark.parametrize(
    ("colour", "wanted"), [((90, 90, 90), 0), ((0, 120, 120), 1), ((0, 0, 0), 0), ((255, 0, 0), 0)]
)
def test_red_loss_of_plain_colours(colour: tuple[int, int, int], wanted: float) -> None:
    assert light.red_loss(np.full((4, 4, 3), colour, np.uint8)) == pytest.approx(wanted, abs=1e-6)


def test_red_loss_counts_light_and_not_values() -> None:
    assert light.red_loss(np.full((2, 2, 3), (188, 255, 255), np.uint8)) == pytest.approx(0.497, abs=1e-3)
    assert light.red_loss(np.full((2, 2, 3), (255, 188, 188), np.uint8)) < -0.9


def behind(around: int, face: int, box: tuple[float, float, float, float] = (60, 50, 140, 150)) -> dict[str, float]:
    shown = np.full((200, 200, 3), around, np.uint8)
    x0, y0, x1, y1 = (int(edge) for edge in box)
    shown[y0:y1, x0:x1] = face
    found = Face(box, 0.8, np.zeros((5, 2), np.float32))
    measured = light.measure(picture(shown), found, face / 255)
    assert all(one.confidence == 0.8 for one in measured.values())
    return {name: one.value for name, one in measured.items()}


def test_backlight_is_the_surroundings_less_the_face() -> None:
    assert behind(230, 51)["backlight"] == pytest.approx((230 - 51) / 255, abs=1e-3)
    assert behind(51, 230)["backlight"] == pytest.approx((51 - 230) / 255, abs=1e-3)


def test_a_sun_in_a_corner_is_enough_and_clothes_are_not_looked_at() -> None:
    shown = np.full((200, 200), 60, np.float32)
    shown[:60, :60] = 250
    box = np.array((60.0, 50, 140, 150))
    assert light.surroundings(shown, box) == 250
    shown[:60, :60], shown[151:] = 60, 250
    assert light.surroundings(shown, box) == 60


def test_a_face_that_fills_the_picture_has_no_surroundings() -> None:
    assert behind(200, 50, (5, 5, 195, 195)) == {}
