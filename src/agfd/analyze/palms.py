"""Finds hands and lays 21 points on each: MediaPipe Hands (Zhang et al., "On-device real-time hand tracking", 2020).

One network sees the whole picture at 192 px and finds palms, which unlike hands are rigid and nearly square; another
sees each hand at 224 px, fingers up, and gives its points and whether there is a hand at all. Where MediaPipe has a
choice (anchors, the square around a hand) the numbers here are those of its graphs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from agfd import models
from agfd.analyze.sessions import TFLite
from agfd.analyze.warps import Square, out_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from agfd.analyze.view import View

WEIGHTS = ("palm", "hand")

_PALM_SIDE, _HAND_SIDE = 192, 224
# Cells of the picture and anchors in each: one layer with a stride of 8 px and three of 16, two anchors a layer.
_GRIDS = ((24, 2), (12, 6))
_SURE, _SAME = 0.5, 0.3
# Of a palm's box: how much larger the hand is, and how far its middle lies towards the fingers.
_HAND_BY_PALM, _TOWARDS_FINGERS = 2.6, 0.5
_WRIST, _MIDDLE_FINGER = 0, 2
_MOST = 4


@dataclass(frozen=True, slots=True)
class Hand:
    """21 points, float32 (21, 2), in pixels of the picture; score 0 to 1: whether it is one."""

    points: NDArray[np.float32]
    score: float


@dataclass(frozen=True, slots=True)
class Palm:
    """A palm in the square that was looked at, 0 to 1: box x0, y0, x1, y1; seven points, float32 (7, 2); score."""

    box: tuple[float, float, float, float]
    points: NDArray[np.float32]
    score: float


class HandFinder:
    """Both networks. Raises `ModelsMissingError` when their weights are not installed."""

    def __init__(self) -> None:
        self._palm, self._hand = (TFLite(models.path(name)) for name in WEIGHTS)

    def find(self, view: View) -> list[Hand]:
        """The hands in a picture, most certain palms first, at most four; the second network runs for each."""
        width, height = view.picture.size
        whole = Square(width / 2, height / 2, float(max(width, height)))
        boxes, scores = self._palm.run(_shown(view.crop(whole, _PALM_SIDE)))
        return [self._lay(view, around_hand(palm, whole)) for palm in palms(boxes[0], scores[0, :, 0])]

    def _lay(self, view: View, square: Square) -> Hand:
        points, score, *_ = self._hand.run(_shown(view.crop(square, _HAND_SIDE)))
        return Hand(out_of(square, _HAND_SIDE, points.reshape(21, 3)[:, :2]), float(score.reshape(-1)[0]))


def palms(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> list[Palm]:
    """What the network means by `boxes`, (2016, 18), and logits, (2016,): each palm once, most certain first."""
    sure = 1 / (1 + np.exp(-np.clip(scores, -100, 100)))
    kept: list[Palm] = []
    for place in np.flatnonzero(sure >= _SURE)[np.argsort(-sure[sure >= _SURE], kind="stable")]:
        found = _palm(boxes[place] / np.float32(_PALM_SIDE), _anchors()[place], float(sure[place]))
        if len(kept) < _MOST and all(_overlap(found.box, other.box) < _SAME for other in kept):
            kept.append(found)
    return kept


def around_hand(palm: Palm, square: Square) -> Square:
    """The square around the palm's hand, its fingers up; `square`: what was looked at, level, in the picture."""
    x0, y0, x1, y1 = palm.box
    along = palm.points[_MIDDLE_FINGER] - palm.points[_WRIST]
    angle = float(np.arctan2(along[0], -along[1]))
    reach = (y1 - y0) * _TOWARDS_FINGERS
    x = (x0 + x1) / 2 + reach * np.sin(angle)
    y = (y0 + y1) / 2 - reach * np.cos(angle)
    left, top = square.x - square.side / 2, square.y - square.side / 2
    side = max(x1 - x0, y1 - y0) * _HAND_BY_PALM * square.side
    return Square(float(left + x * square.side), float(top + y * square.side), max(float(side), 1.0), angle)


def _palm(numbers: NDArray[np.float32], anchor: NDArray[np.float32], score: float) -> Palm:
    (x, y), (width, height) = numbers[:2] + anchor, numbers[2:4]
    box = (float(x - width / 2), float(y - height / 2), float(x + width / 2), float(y + height / 2))
    return Palm(box, numbers[4:].reshape(7, 2) + anchor, score)


def _overlap(one: Iterable[float], other: Iterable[float]) -> float:
    """Area of the intersection by that of the union."""
    (a0, b0, a1, b1), (c0, d0, c1, d1) = one, other
    common = max(0.0, min(a1, c1) - max(a0, c0)) * max(0.0, min(b1, d1) - max(b0, d0))
    union = (a1 - a0) * (b1 - b0) + (c1 - c0) * (d1 - d0) - common
    return common / union if union > 0 else 0.0


def _shown(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return pixels[None].astype(np.float32) / np.float32(255)


@cache
def _anchors() -> NDArray[np.float32]:
    """Middles of the anchors, float32 (2016, 2), 0 to 1, in the order of the network's outputs."""
    made = []
    for cells, layers in _GRIDS:
        y, x = np.mgrid[:cells, :cells]
        middles = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells
        made.append(np.repeat(middles, layers, axis=0))
    return np.concatenate(made).astype(np.float32)
