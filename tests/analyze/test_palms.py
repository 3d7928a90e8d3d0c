"""Hands: how the networks' numbers are read, and how a hand is cropped."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agfd.analyze import palms as reading
from agfd.analyze.palms import HandFinder, Palm, around_hand, palms
from agfd.analyze.view import View
from agfd.analyze.warps import Square, into
from agfd.records import Image


def numbers(cells: dict[int, tuple[float, tuple[float, float, float, float]]]) -> tuple[np.ndarray, np.ndarray]:
    """What the network would give: by anchor a logit and x, y off the anchor, width and height in its pixels."""
    boxes, scores = np.zeros((2016, 18), np.float32), np.full(2016, -9, np.float32)
    for anchor, (logit, box) in cells.items():
        scores[anchor], boxes[anchor, :4] = logit, box
    return boxes, scores


def test_anchors_are_those_of_the_network() -> None:
    """Two a cell of 24 x 24, then six a cell of 12 x 12 (mediapipe/modules/palm_detection)."""
    anchors = reading._anchors()
    assert anchors.shape == (2016, 2)
    assert anchors[[0, 1, 2, 48]] == pytest.approx(np.array([[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [0.5, 1.5]]) / 24)
    assert anchors[[1152, 1157, 1158, 2015]] == pytest.approx(
        np.array([[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [11.5, 11.5]]) / 12
    )


def test_boxes_and_points_lie_around_their_anchors() -> None:
    boxes, scores = numbers({50: (3, (4, -4, 48, 24))})
    boxes[50, 4:6] = 8, 16
    [found] = palms(boxes, scores)
    x, y = reading._anchors()[50]
    middle = np.array(found.box).reshape(2, 2).mean(axis=0)
    assert middle == pytest.approx((x + 4 / 192, y - 4 / 192), abs=1e-6)
    assert found.box[2] - found.box[0] == pytest.approx(0.25, abs=1e-6)
    assert found.points[0] == pytest.approx((x + 8 / 192, y + 16 / 192), abs=1e-6)
    assert found.score == pytest.approx(1 / (1 + np.exp(-3)), abs=1e-6)


def test_each_palm_once_most_certain_first_and_no_unsure_one() -> None:
    box = (0, 0, 60, 60)
    boxes, scores = numbers({50: (1, box), 52: (4, box), 700: (2, box), 900: (-0.1, box)})
    assert [one.score for one in palms(boxes, scores)] == pytest.approx([1 / (1 + np.exp(-4)), 1 / (1 + np.exp(-2))])


def test_at_most_four() -> None:
    boxes, scores = numbers(dict.fromkeys(range(0, 1152, 100), (2, (0, 0, 10, 10))))
    assert len(palms(boxes, scores)) == 4


@pytest.mark.parametrize("turn", [0.0, 0.8, -1.5, 3.0])
def test_fingers_point_up_in_the_crop_and_the_palm_lies_below_its_middle(turn: float) -> None:
    points = np.zeros((7, 2), np.float32)
    wrist = np.array([0.5, 0.5])
    points[0], points[2] = wrist, wrist + 0.2 * np.array([np.sin(turn), -np.cos(turn)])
    looked_at = Square(150, 100, 300)
    square = around_hand(Palm((0.4, 0.4, 0.6, 0.6), points, 0.9), looked_at)
    assert square.side == pytest.approx(0.2 * 2.6 * 300, abs=1e-3)
    corner = (looked_at.x - 150, looked_at.y - 150)
    seen = into(square, 1, points * np.float32(300) + np.array(corner, np.float32))
    assert seen[2] - seen[0] == pytest.approx((0, -1 / 2.6), abs=1e-4)
    assert seen[0] == pytest.approx((0.5, 0.5 + 0.5 / 2.6), abs=1e-4)


def test_points_come_back_in_pixels_of_the_picture() -> None:
    """A wide picture: what is looked at is its square with black above and below."""
    boxes, scores = numbers({(12 * 24 + 12) * 2: (5, (0, 0, 48, 48))})
    boxes[:, 4:6], boxes[:, 8:10] = (0, 24), (0, -24)
    shown: list[Any] = []

    def seen(answer: list[np.ndarray]) -> SimpleNamespace:
        return SimpleNamespace(run=lambda batch: shown.append(batch) or answer)

    finder = HandFinder.__new__(HandFinder)
    finder._palm = seen([boxes[None], scores[None, :, None]])  # type: ignore[assignment]
    middle = np.full((1, 63), 112, np.float32)
    finder._hand = seen([middle, np.array([[0.7]]), np.array([[1.0]]), middle])  # type: ignore[assignment]
    view = View(Image(np.full((200, 400, 3), 255, np.uint8)), None, None)  # type: ignore[arg-type]
    [hand] = finder.find(view)
    assert (hand.points.shape, hand.score) == ((21, 2), pytest.approx(0.7))
    step = 400 / 192
    anchor = np.array([200 + 4 * step, 100 + 4 * step])
    assert hand.points == pytest.approx(np.tile(anchor - (0, 24 * step), (21, 1)), abs=0.01)
    assert shown[0].shape == (1, 192, 192, 3)
    assert (shown[0].max(), shown[0][0, 10, 96].max(), shown[1].shape) == (1, 0, (1, 224, 224, 3))
