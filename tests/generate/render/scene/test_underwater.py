"""Water takes the red, lights what looks up with nets and puts the same bubbles into the same scene."""

from __future__ import annotations

import numpy as np

from agfd.generate.render.body.landmarks import places
from agfd.generate.render.scene.underwater import Water
from agfd.generate.render.streams import stream

SIDE = 128
POINTS = (places()[:, [0, 2]] * (500, -500) + (SIDE / 2, 420)).astype(np.float32)
GREY = np.full((SIDE, SIDE, 3), 0.3, dtype=np.float32)


def seen(tilt: float = 0.0, cover: float = 1.0, seed: int = 1) -> np.ndarray:
    """A grey wall whose normal leans up by `tilt`, seen through water."""
    normal = np.zeros_like(GREY)
    normal[..., 1], normal[..., 2] = -np.cos(tilt), np.sin(tilt)
    return Water(POINTS, stream(seed, "water")).seen(GREY, np.full((SIDE, SIDE, 1), cover, np.float32), normal)


def test_red_is_lost_first() -> None:
    red, green, blue = np.median(seen(), axis=(0, 1))
    assert red < 0.75 * min(green, blue)


def test_light_comes_from_above() -> None:
    assert np.median(seen(tilt=0.9)) > 1.3 * np.median(seen(tilt=-0.9))


def test_nets_of_light_fall_on_the_sitter() -> None:
    assert seen(tilt=0.5)[..., 1].std() > 0.05


def test_the_scene_decides() -> None:
    assert np.array_equal(seen(seed=3), seen(seed=3))
    assert not np.array_equal(seen(seed=3), seen(seed=4))
