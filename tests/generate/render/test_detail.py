"""Level of detail of hair: fewer, thicker strands in smaller pictures, and pieces that lie where the strands lie."""

from __future__ import annotations

import numpy as np

from agfd.generate.render import detail
from agfd.generate.render.hair.hair import Strands


def _hair(count: int = 1000, radius: float = 1e-4, step: float = 0.002) -> Strands:
    points = np.zeros((count, 5, 3), np.float32)
    points[..., 0], points[..., 2] = np.arange(count)[:, None] * 0.01, np.arange(5) * step
    return Strands(points, np.full((count, 5), radius, np.float32), np.random.default_rng(1).random((count, 4, 3)), 0.3)


def test_strands_that_the_picture_shows_stay_as_they_are() -> None:
    hair = _hair()
    assert detail.shown(hair, 4e-4) is hair
    assert detail.shown(Strands.none(), 8e-4).points.shape[0] == 0


def test_finer_strands_than_pixels_become_fewer_and_thicker_evenly() -> None:
    hair = _hair()
    fewer = detail.shown(hair, 8e-4)
    share = len(fewer.points) / len(hair.points)
    assert 0.5 <= share < 0.6
    # Between equal area and equal width of all together.
    assert 1 / share**0.5 < fewer.radii[0, 0] / hair.radii[0, 0] < 1 / share
    places = np.rint(fewer.points[:, 0, 0] / 0.01).astype(int)
    assert np.diff(places).max() <= 3
    assert np.array_equal(fewer.colors, hair.colors[places])
    assert 490 <= len(detail.shown(hair, 8e-3).points) <= 510


def test_long_segments_are_cut_and_the_strand_stays_where_it_is() -> None:
    hair = _hair(3, step=0.014)
    ends = np.concatenate([hair.points, hair.radii[..., None]], axis=2)
    ends[:, 2:, 1] = 0.01
    cut = detail.pieces(ends)
    assert cut.shape == (3, 9, 4)
    assert np.array_equal(cut[:, ::2], ends)
    assert np.allclose(cut[:, 1::2], (ends[:, 1:] + ends[:, :-1]) / 2, atol=1e-7)
    assert detail.pieces(ends * 0.1).shape == ends.shape
    assert detail.pieces(ends[:0]).shape == (0, 5, 4)
