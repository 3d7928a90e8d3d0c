"""Depth of field."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.generate.render.picture.focus import Focus, focused
from agfd.generate.render.scene.camera import Camera

CAMERA = Camera((0.0, -1.0, 0.0), 19.5, (512, 512))


def _stripes() -> np.ndarray:
    picture = np.zeros((60, 80, 3), dtype=np.float32)
    picture[:, ::4] = 1
    return picture


def test_the_disc_is_that_of_the_thin_lens() -> None:
    lens = Focus.on(1.0, CAMERA, 1.0)
    # 0.024 m / 2 / tan(19.5 / 2 degrees) is a lens of 69.8 mm: at f/4 its opening is 17.5 mm wide.
    radius = lens.radius(np.array([1.0, 1.1, 0.95], dtype=np.float32))
    blur = 0.0175 / 2 * CAMERA.focal * np.array([0, 1 - 1 / 1.1, 1 - 1 / 0.95])
    np.testing.assert_allclose(radius, blur, rtol=0.01, atol=1e-6)
    assert Focus.on(1.0, CAMERA, 2.0).radius(np.float32(1.1)) == pytest.approx(2 * radius[1], rel=1e-5)


def test_what_is_at_the_focus_stays_and_what_is_farther_or_nearer_is_blurred() -> None:
    picture = _stripes()
    distance = np.full((60, 80), 1.0, dtype=np.float32)
    distance[:20], distance[40:] = np.inf, 0.8
    out = focused(picture, distance, Focus.on(1.0, CAMERA, 1.0))
    np.testing.assert_allclose(out[25:32], picture[25:32], atol=0.02)
    assert out[:17].std() < 0.4 * picture.std()
    assert out[43:].std() < 0.4 * picture.std()
    np.testing.assert_allclose(out.mean(), picture.mean(), atol=0.02)


def test_a_pinhole_changes_nothing() -> None:
    picture = _stripes()
    distance = np.linspace(0.8, 1.5, 60 * 80, dtype=np.float32).reshape(60, 80)
    np.testing.assert_array_equal(focused(picture, distance, Focus.on(1.0, CAMERA, 0.0)), picture)


def test_a_bright_background_does_not_bleed_over_a_sharp_face() -> None:
    picture = np.full((60, 80, 3), 0.1, dtype=np.float32)
    distance = np.full((60, 80), 1.0, dtype=np.float32)
    picture[:, 40:], distance[:, 40:] = 5.0, np.inf
    out = focused(picture, distance, Focus.on(1.0, CAMERA, 2.0))
    np.testing.assert_allclose(out[:, :40], 0.1, atol=1e-3)
