from __future__ import annotations

import numpy as np
import pytest

from agfd.generate.render.body.head import HeadModel
from agfd.generate.render.skin import texture, wrinkles


@pytest.fixture(scope="module")
def canvas() -> texture.Canvas:
    return texture.canvas(HeadModel.load(), 320)


def test_furrows_deepen_with_every_decade(canvas: texture.Canvas) -> None:
    depths = [-wrinkles.relief(canvas, age, {}, np.random.default_rng(3)).min() for age in (30, 40, 50, 60, 70, 80)]
    assert all(np.diff(depths) > 0)


def test_an_expression_deepens_the_furrows_of_its_place(canvas: texture.Canvas) -> None:
    rest = wrinkles.relief(canvas, 45, {}, np.random.default_rng(3))
    raised = wrinkles.relief(canvas, 45, {"forehead": 1.0}, np.random.default_rng(3))
    moved = np.abs(raised - rest) > 1e-6
    assert moved.any()
    assert canvas.z[moved].min() > 0.74


def test_cheeks_sink_with_age_and_children_have_no_hollows(canvas: texture.Canvas) -> None:
    child, middle, old = (wrinkles.hollows(canvas, age, np.random.default_rng(3)) for age in (8, 45, 80))
    assert not child.any()
    assert 0 < middle.sum() < old.sum()
    assert 0.5 < old.max() < 2.5
