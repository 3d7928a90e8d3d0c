"""Expressions by mini-Xception: what the network is shown, and that it is shown both ways."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from agfd.analyze.expression import Expression, grey
from agfd.records import Image
from views import laid


def test_grey_is_luma_from_minus_one_to_one() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0], pixels[0, 1] = 255, (0, 255, 0)
    seen = grey(pixels)
    assert seen.shape == (1, 2, 2, 1)
    assert seen[0, :, :, 0] == pytest.approx(np.array([[1, 2 * 0.587 - 1], [-1, -1]]), abs=1e-3)


def test_the_face_and_its_mirror_image_have_the_same_say(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []

    def run(batch: np.ndarray) -> list[np.ndarray]:
        seen.append(batch)
        return [np.full((1, 7), len(seen), np.float32)]

    monkeypatch.setattr(Expression, "__init__", lambda self: setattr(self, "_network", SimpleNamespace(run=run)))
    pixels = np.random.default_rng(0).integers(0, 256, (400, 500, 3), dtype=np.uint8)
    told = Expression().read(laid(0.9, image=Image(pixels)))
    assert told is not None
    assert told.tolist() == [1.5] * 7
    assert (seen[0] == seen[1][:, :, ::-1]).all()
    assert not (seen[0] == seen[1]).all()
