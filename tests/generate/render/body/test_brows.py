"""Brows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.generate.render.body.brows import brows
from agfd.generate.render.person import person

if TYPE_CHECKING:
    from agfd.generate.render.body.head import HeadModel


@pytest.fixture(scope="module")
def men(model: HeadModel) -> list[tuple[int, float, float]]:
    """Hairs, height in the middle of the left brow (m) and brightness of the brows of men with one shape of head."""
    out = []
    for seed in range(24):
        sitter = person(seed, {"age": 30, "sex": "male", "race": "White", "hair_color": "brown"})
        tufts = brows(model.shape(person(0, sitter.attributes).shape), model, sitter)
        roots = tufts.points[:, 0]
        middle = roots[(roots[:, 0] > 0.026) & (roots[:, 0] < 0.034), 2]
        out.append((len(roots), float(middle.std()), float(np.mean(tufts.color))))
    return out


def test_brows_differ_from_person_to_person(men: list[tuple[int, float, float]]) -> None:
    for values in zip(*men, strict=True):
        low, high = np.percentile(values, (10, 90))
        assert high > 1.5 * low


def test_broad_brows_have_more_hairs(men: list[tuple[int, float, float]]) -> None:
    hairs, height, _ = zip(*men, strict=True)
    assert np.corrcoef(np.log(hairs), np.log(height))[0, 1] > 0.4
