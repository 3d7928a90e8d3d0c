"""The options of the renderer do what they say, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd.errors import UnknownNameError, UsageError
from agfd.generate.render.generator import QUALITIES, Renderer
from agfd.registry import GENERATORS
from sitters import shot

if TYPE_CHECKING:
    from agfd.records import Image

STILL = {"yaw": 0, "pitch": 0, "roll": 0, "scene": "outdoor", "hair_style": "short"}


@pytest.fixture(scope="module")
def plain() -> Renderer:
    """A renderer with a perfect camera; the tests put others into its hands."""
    return Renderer("draft", {"grain": 0, "lens": 0, "depth_of_field": 0})


def _taken(renderer: Renderer, **options: float) -> Image:
    quality = QUALITIES["draft"]
    film = replace(quality.film, **({"grain": 0, "lens": 0, "depth_of_field": 0} | options))
    renderer._quality = replace(quality, size=(192, 192), spp=2, texels=256, strands=1000, film=film)
    return shot(renderer, **STILL)


def _fine(pixels: np.ndarray) -> np.ndarray:
    """Energy of what changes from pixel to pixel, (h - 2, w - 2)."""
    x = pixels.astype(float).mean(axis=2)
    return np.square(x[1:-1, 1:-1] - (x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:]) / 4)


def test_grain_is_fine_noise_all_over(plain: Renderer) -> None:
    clean, usual, coarse = (_fine(_taken(plain, grain=grain).pixels) for grain in (0, 1, 3))
    assert clean.mean() < usual.mean() < coarse.mean()
    assert np.median(coarse) > 4 * np.median(clean) + 1


def test_a_lens_moves_colours_at_the_edge_of_the_picture(plain: Renderer) -> None:
    perfect, poor = _taken(plain).pixels.astype(int), _taken(plain, lens=4).pixels.astype(int)
    assert np.abs(perfect - poor).mean() > 0.3


def test_depth_of_field_blurs_what_is_behind_and_leaves_the_eyes(plain: Renderer) -> None:
    sharp, soft = _taken(plain), _taken(plain, depth_of_field=4)
    assert sharp.truth is not None
    assert sharp.truth.landmarks is not None
    (x0, y0), (x1, y1) = sharp.truth.landmarks[36:48].min(axis=0), sharp.truth.landmarks[36:48].max(axis=0)
    eyes = np.s_[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1]
    one, other = (_fine(image.pixels) for image in (sharp, soft))
    assert other[eyes].mean() > 0.8 * one[eyes].mean()
    shoulders, beside = np.s_[-24:, :], np.s_[20:120, :40]
    assert other[shoulders].mean() < 0.6 * one[shoulders].mean()
    assert other[beside].mean() < 0.3 * one[beside].mean()
    np.testing.assert_array_equal(sharp.truth.landmarks, soft.truth.landmarks)  # type: ignore[union-attr]


@pytest.mark.parametrize("value", ["much", "-1", 4.5, "nan", None, True])
def test_a_bad_value_is_an_error_that_says_what_would_be_right(value: Any) -> None:
    with pytest.raises(UsageError, match=r"grain of the renderer is a number from 0 .* to 4, not"):
        Renderer("draft", {"grain": value})


def test_an_unknown_option_names_the_near_one() -> None:
    with pytest.raises(UnknownNameError, match="grain"):
        GENERATORS.make("render", grains=1)


def test_options_are_part_of_the_identity_and_the_usual_ones_are_the_default() -> None:
    def identity(**options: object) -> str:
        return GENERATORS.make("render", **options).info.model_hash

    assert identity() == identity(grain="1", lens=1, depth_of_field=1.0)
    assert len({identity(), identity(grain=0), identity(lens=0), identity(depth_of_field="0.5")}) == 4
