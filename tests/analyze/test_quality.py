"""Sharpness and light on pictures made for it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageFilter

from agfd.analyze import quality

EYES = np.array([[180, 200], [332, 200]], np.float32)


def textured(size: int = 512) -> Pillow.Image:
    rng = np.random.default_rng(3)
    return Pillow.fromarray(rng.integers(90, 166, (size, size, 3), dtype=np.uint8))


def values(picture: Pillow.Image, eyes: np.ndarray = EYES) -> dict[str, float]:
    return {name: one.value for name, one in quality.measure(*quality.aligned(picture, eyes)).items()}


def plain(level: int) -> Pillow.Image:
    return Pillow.new("RGB", (512, 512), (level, level, level))


def test_blur_lowers_sharpness_step_by_step() -> None:
    seen = [values(textured().filter(ImageFilter.GaussianBlur(sigma)))["sharpness"] for sigma in (0, 1, 2, 4)]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > 10 * seen[-1]


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    grey = np.random.default_rng(0).normal(128, 20, (30, 40)).astype(np.float32)
    padded = np.pad(grey, 1)
    laplacian = sum(np.roll(padded, shift, axis) for shift in (-1, 1) for axis in (0, 1)) - 4 * padded
    everywhere = np.ones(grey.shape, bool)
    assert quality.sharpness(grey, everywhere) == pytest.approx(laplacian[2:-2, 2:-2].var(), rel=1e-4)


def test_an_even_grey_has_no_sharpness_contrast_or_asymmetry() -> None:
    seen = values(plain(128))
    assert seen["luminance"] == pytest.approx(128 / 255, abs=1e-3)
    assert {name: round(seen[name], 6) for name in ("sharpness", "contrast", "asymmetry")} == {
        "sharpness": 0,
        "contrast": 0,
        "asymmetry": 0,
    }


@pytest.mark.parametrize(("level", "dark", "bright"), [(0, 1, 0), (29, 1, 0), (31, 0, 0), (234, 0, 0), (236, 0, 1)])
def test_shares_of_dark_and_bright_pixels(level: int, dark: float, bright: float) -> None:
    seen = values(plain(level))
    assert (seen["dark_share"], seen["bright_share"]) == (dark, bright)


def test_luma_weighs_the_colours_by_rec_709() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert quality.luma(colours)[0] / 255 == pytest.approx([0.2126, 0.7152, 0.0722, 1.0], abs=1e-5)


def test_light_from_the_viewers_right_is_positive_and_mirrors() -> None:
    ramp = np.repeat(np.linspace(60, 200, 512).astype(np.uint8)[None, :, None], 512, axis=0).repeat(3, axis=2)
    right, left = values(Pillow.fromarray(ramp)), values(Pillow.fromarray(ramp[:, ::-1].copy()))
    assert right["asymmetry"] > 0.1
    assert left["asymmetry"] == pytest.approx(-right["asymmetry"], abs=0.02)


def test_light_is_measured_on_the_eye_aligned_face_also_when_it_is_tilted() -> None:
    ramp = np.repeat(np.linspace(60, 200, 512).astype(np.uint8)[None, :, None], 512, axis=0).repeat(3, axis=2)
    upright = Pillow.fromarray(ramp)
    tilted = upright.rotate(-90)
    eyes = np.array([[512 - 200, 180], [512 - 200, 332]], np.float32)
    assert values(tilted, eyes)["asymmetry"] == pytest.approx(values(upright)["asymmetry"], abs=0.02)


def test_what_lies_outside_the_picture_does_not_count() -> None:
    """A close-up whose forehead is cut off: black there would be called dark, and its edge sharp."""
    eyes = np.array([[150, 20], [360, 20]], np.float32)
    seen = values(plain(200), eyes)
    assert seen["dark_share"] == 0
    assert seen["sharpness"] == pytest.approx(0, abs=1e-6)
    assert seen["luminance"] == pytest.approx(200 / 255, abs=1e-3)


def test_a_face_outside_the_picture_has_no_values() -> None:
    assert values(plain(200), EYES + 5000) == {}


def test_a_turned_face_is_not_taken_for_a_distant_one() -> None:
    """Eyes 152 px apart in space, 76 of them in the picture: as sharp as the frontal face, not enlarged twice."""
    picture = textured().filter(ImageFilter.GaussianBlur(3))
    turned = np.array([[218, 200, -66], [294, 200, 66]], np.float32)
    frontal = values(picture)["sharpness"]
    assert values(picture, turned)["sharpness"] == pytest.approx(frontal, rel=0.1)
    assert values(picture, turned[:, :2])["sharpness"] < 0.7 * frontal


def test_two_eyes_at_one_place_do_not_divide_by_nothing() -> None:
    assert np.isfinite(list(values(textured(), np.full((2, 2), 256, np.float32)).values())).all()


@pytest.mark.parametrize("size", [(1, 1), (1000, 2), (40, 700)])
def test_the_whole_picture_is_measured_at_any_size(size: tuple[int, int]) -> None:
    seen = quality.measure_whole(Pillow.new("RGB", size, (255, 255, 255)))
    assert seen["image_luminance"].value == pytest.approx(1)
    assert seen["image_contrast"].value == 0
