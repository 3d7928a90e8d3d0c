"""Light under the skin."""

import numpy as np

from agfd.generate.render.picture.subsurface import diffused

ALBEDO = np.full((40, 80, 3), 0.5, dtype=np.float32)


def _half_lit() -> np.ndarray:
    color = np.full((40, 80, 3), 0.05, dtype=np.float32)
    color[:, :40] = 0.4
    return color


def test_the_edge_of_a_shadow_turns_red_and_lit_skin_stays() -> None:
    color = _half_lit()
    out = diffused(color, ALBEDO, np.ones((40, 80), dtype=np.float32), 1500.0)
    gained = (out - color)[20]
    assert gained[41, 0] > 0.02
    assert gained[43, 0] > 3 * gained[43, 2]
    np.testing.assert_allclose(out[:, :40], color[:, :40], atol=1e-4)
    np.testing.assert_allclose(out[:, 70:], color[:, 70:], atol=1e-3)


def test_nothing_but_skin_takes_light_and_nothing_but_skin_gives_it() -> None:
    color = _half_lit()
    skin = np.zeros((40, 80), dtype=np.float32)
    np.testing.assert_array_equal(diffused(color, ALBEDO, skin, 1500.0), color)
    skin[:, 42:] = 1
    out = diffused(color, ALBEDO, skin, 1500.0)
    np.testing.assert_allclose(out, color, atol=1e-5)
