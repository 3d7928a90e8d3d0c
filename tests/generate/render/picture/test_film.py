"""What the camera does to light."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.generate.render.picture import film

USUAL = film.Film()


def _flat(level: float) -> np.ndarray:
    return np.full((48, 64, 3), level, dtype=np.float32)


def test_the_curve_of_tones_keeps_order_and_middle_grey_and_never_passes_white() -> None:
    light = np.linspace(0, 20, 500)[:, None] * np.ones(3)
    out = film.tone(light)
    assert (np.diff(out[:, 0]) >= 0).all()
    assert out.max() <= 1
    np.testing.assert_allclose(film.tone(np.full((1, 3), 0.18)), 0.18, rtol=1e-3)


def test_a_lens_adds_no_light_to_a_plain_wall_and_spreads_a_lamp() -> None:
    wall = film.developed(_flat(0.3), np.random.default_rng(1), USUAL)
    assert abs(float(wall.mean()) - float(film.tone(_flat(0.3)).mean())) < 0.01
    lamp = _flat(0.05)
    lamp[20:24, 30:34] = 30
    lit = film.developed(lamp, np.random.default_rng(1), USUAL)
    dark = film.developed(_flat(0.05), np.random.default_rng(1), USUAL)
    assert lit[24:27, 30:34].mean() > dark[24:27, 30:34].mean() + 0.005


def test_the_grain_is_the_same_for_the_same_seed_only() -> None:
    first, again, other = (film.developed(_flat(0.2), np.random.default_rng(s), USUAL) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.001


def test_no_grain_leaves_a_flat_wall_flat_and_more_grain_is_more_noise() -> None:
    def noise(grain: float) -> float:
        wall = film.developed(_flat(0.3), np.random.default_rng(1), film.Film(grain=grain))
        return float(wall.std())

    assert noise(0) < 1e-6
    assert noise(2) == pytest.approx(2 * noise(1), rel=0.01)


def test_no_lens_leaves_the_dark_beside_a_lamp_dark_and_edges_without_colour() -> None:
    lamp = _flat(0.05)
    lamp[:, 40:60] = 4

    def taken(lens: float) -> np.ndarray:
        return film.developed(lamp, np.random.default_rng(1), film.Film(grain=0, lens=lens))

    def colour(picture: np.ndarray) -> float:
        return float(np.ptp(picture, axis=2).max())

    np.testing.assert_allclose(taken(0)[:, :38], film.tone(_flat(0.05))[:, :38], atol=1e-5)
    assert taken(1)[:, 34:38].mean() > taken(0)[:, 34:38].mean() + 0.0005
    assert colour(taken(0)) < 1e-5 < 0.01 < colour(taken(1)) < colour(taken(3))
