"""Lids lie on the eyeballs: no ball shows through the skin beside the opening of an eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.generate.render.body import expression, lids
from agfd.generate.render.body.head import PARTS
from agfd.generate.render.person import person
from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from agfd.generate.render.body.head import HeadModel


def test_the_ball_is_found() -> None:
    rays = stream(1, "rays").normal(size=(40, 3))
    helper = 0.015 * rays / np.linalg.norm(rays, axis=1, keepdims=True) + (0.03, -0.1, 0.7)
    centre, radius = lids.ball(helper.astype(np.float32))
    assert centre == pytest.approx((0.03, -0.1, 0.7), abs=1e-6)
    assert radius == pytest.approx(0.015, abs=1e-6)


@pytest.mark.parametrize(
    ("age", "mood", "eyes"), [(1, "neutral", "open"), (30, "smile", "open"), (60, "neutral", "closed")]
)
def test_no_eyeball_comes_through_the_lids(model: HeadModel, age: int, mood: str, eyes: str) -> None:
    for seed in range(4):
        who = person(seed, {"age": age, "sex": "female", "race": "East Asian"})
        acting = expression.actions(mood, "closed", eyes, stream(seed, "expression"))
        head = model.shape(who.shape, acting)
        for part in PARTS[:2]:
            centre, radius = lids.ball(head.parts[part])
            away = head.vertices - centre
            distance = np.linalg.norm(away, axis=1)
            outward = (away / distance[:, None] * head.normals).sum(axis=1)
            assert not ((distance < radius) & (outward > 0.8) & (away[:, 1] < -0.4 * radius)).any()
