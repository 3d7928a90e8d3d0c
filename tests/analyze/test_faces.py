"""Decoding, counting and naming of faces, without the network."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow

from agfd.analyze import faces
from agfd.analyze.faces import GIVES, LAST, Detector, Face, count, decode, measure, overlap


def face(x0: float, y0: float, width: float, height: float, score: float = 0.9) -> Face:
    return Face((x0, y0, x0 + width, y0 + height), score, np.zeros((5, 2), np.float32))


def maps() -> tuple[np.ndarray, ...]:
    return tuple(np.zeros((channels, 40, 40), np.float32) for channels in (1, 2, 2, 10))


def test_a_peak_becomes_a_box_with_points() -> None:
    heat, size, offset, points = maps()
    heat[0, 10, 20] = 0.8
    size[:, 10, 20] = np.log(40 / 4), np.log(24 / 4)  # height, width
    offset[:, 10, 20] = 0.25, -0.25  # y, x
    points[:, 10, 20] = 0.25, 0.5, *[0.0] * 8  # y, x of the first point, by the box
    [found] = decode(heat, size, offset, points)
    x, y = (20 - 0.25 + 0.5) * 4, (10 + 0.25 + 0.5) * 4
    assert found.box == pytest.approx((x - 12, y - 20, x + 12, y + 20))
    assert found.score == pytest.approx(0.8)
    assert found.points[0] == pytest.approx([x - 12 + 0.5 * 24, y - 20 + 0.25 * 40])


def test_overlapping_boxes_are_one_face_and_the_largest_comes_first() -> None:
    heat, size, offset, points = maps()
    for row, column, score, side in ((10, 10, 0.7, 24), (10, 11, 0.9, 24), (30, 30, 0.6, 60), (30, 5, 0.4, 90)):
        heat[0, row, column] = score
        size[:, row, column] = np.log(side / 4)
    found = decode(heat, size, offset, points)
    assert [round(one.score, 1) for one in found] == [0.6, 0.9]


def test_no_peak_is_no_face() -> None:
    assert decode(*maps()) == []


def test_overlap_is_intersection_by_union() -> None:
    assert overlap(face(0, 0, 10, 10), face(5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap(face(0, 0, 10, 10), face(20, 20, 10, 10)) == 0


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (face(600, 0, 40, 40), 1),  # 4 % of the main face, 0.16 % of the picture
        (face(600, 0, 70, 70), 2),  # 12 % of the main face
        (face(600, 0, 56, 56), 2),  # 7.8 % of the main face, but 0.31 % of the picture
    ],
)
def test_a_second_face_counts_only_if_it_is_not_tiny(second: Face, expected: int) -> None:
    assert count([face(0, 0, 200, 200), second], 1000, 1000) == expected


def test_the_main_face_counts_however_small() -> None:
    assert count([face(0, 0, 4, 4)], 4000, 4000) == 1
    assert count([], 100, 100) == 0


def test_places_are_shares_of_the_picture() -> None:
    values = measure([face(50, 20, 100, 60, 0.8)], 200, 100)
    assert {name: one.value for name, one in values.items()} == pytest.approx(
        {
            "faces": 1,
            "face_confidence": 0.8,
            "face_x": 0.25,
            "face_y": 0.2,
            "face_width": 0.5,
            "face_height": 0.6,
        }
    )
    assert set(values) == set(GIVES)


def test_no_face_gives_only_the_number() -> None:
    assert {name: one.value for name, one in measure([], 200, 100).items()} == {"faces": 0}


@pytest.mark.parametrize("sees", [(320, 0.0), (320, 0.5), (640, 0.0), (LAST, 0.5), None])
def test_looks_again_in_other_ways_until_a_face_is_found(
    sees: tuple[int, float] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[tuple[int, float]] = []

    def look(self: Detector, picture: Pillow.Image, side: int, pad: float = 0.0) -> list[Face]:
        looks.append((side, pad))
        return [face(0, 0, 9, 9)] if looks[-1] == sees else []

    monkeypatch.setattr(faces, "onnx_session", lambda path: None)
    monkeypatch.setattr(faces.models, "path", lambda name: name)
    monkeypatch.setattr(Detector, "_look", look)
    found = Detector().find(Pillow.new("RGB", (64, 64)))
    every = [(320, 0.0), (320, 0.5), (640, 0.0), (LAST, 0.5)]
    assert looks == (every if sees is None else every[: every.index(sees) + 1])
    assert len(found) == (sees is not None)
