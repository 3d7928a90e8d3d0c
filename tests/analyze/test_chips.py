"""Where dlib's alignment puts a face."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.analyze.chips import around_features, template
from views import laid


@pytest.mark.parametrize("margin", [0.2, 0.25])
def test_the_features_come_to_lie_where_dlib_wants_them(margin: float) -> None:
    square = around_features(laid(0.9, margin), margin)
    assert (square.x, square.y, square.side, square.angle) == pytest.approx((300, 200, 100, 0), abs=1e-3)


def test_room_around_the_face_makes_the_square_larger_by_its_share() -> None:
    sides = [around_features(laid(0.9, 0.0), margin).side for margin in (0.0, 0.25, 0.5)]
    assert sides == pytest.approx([100, 150, 200], abs=1e-2)


def test_without_a_mesh_the_detectors_eyes_come_to_lie_there() -> None:
    square = around_features(laid(0.1), 0.25)
    eyes = np.stack([template(0.25)[:2].mean(axis=0), template(0.25)[2:4].mean(axis=0)])
    left, right = (eyes - 0.5) * square.side + (square.x, square.y)
    assert left == pytest.approx((30, 50), abs=0.5)
    assert right == pytest.approx((70, 50), abs=0.5)
