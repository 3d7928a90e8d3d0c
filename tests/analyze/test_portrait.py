"""Age, sex and expression by the weights of npm: what the networks are shown, what they say, and what is left out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import ImageOps

from agfd import models
from agfd.analyze.portrait import (
    AGE_SEX,
    EXPRESSION,
    GIVES,
    SIDE,
    Portrait,
    around_eyes_and_mouth,
    around_features,
    both_ways,
    make,
)
from agfd.analyze.sessions import onnx_session
from agfd.errors import ModelsMissingError
from agfd.records import Image
from drawn import drawn
from ready import ready
from views import laid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image as Pillow

    from agfd.analyze.basic import Basic

# What face-api 1.7.15 itself (TensorFlow.js 4.22.0) gives for `drawn(112)`.
YEARS, MALE = 37.56803, 0.48015514
FEELINGS = (0.16155635, 0.17615667, 0.0633269, 0.01160399, 0.01609963, 0.03032665, 0.5409298)


@pytest.fixture(scope="module")
def portrait() -> Iterator[Portrait]:
    with ready(Portrait()) as made:
        yield made


def values(analyzer: Portrait, picture: Pillow.Image) -> dict[str, float]:
    [result] = analyzer.measure([Image(np.asarray(picture))])
    return {name: one.value for name, one in result.values.items()}


@pytest.mark.usefixtures("portrait")
def test_the_numbers_are_those_of_face_api() -> None:
    pixels = both_ways(drawn(SIDE))
    ages, sexes = onnx_session(models.path(AGE_SEX)).run(["age", "sex"], {"pixels": pixels})
    assert float(ages[0, 0]) == pytest.approx(YEARS, abs=1e-3)
    assert sexes[0] == pytest.approx((MALE, 1 - MALE), abs=1e-5)
    [feelings] = onnx_session(models.path(EXPRESSION)).run(["expression"], {"pixels": pixels})
    assert feelings[0] == pytest.approx(FEELINGS, abs=1e-5)


def test_the_options_are_part_of_the_version_and_the_weights_are_named() -> None:
    assert make(side=256).info.version != make().info.version
    wanted = {"centerface", "face_mesh", "age_sex", "face_expression", "faceres", "expression"}
    assert set(make().info.weights) == wanted


def test_missing_weights_are_told_and_measuring_needs_setup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        make().setup()
    with pytest.raises(RuntimeError, match="setup"):
        make().measure([Image(np.zeros((8, 8, 3), np.uint8))])


def in_square(point: tuple[float, float], eyes: np.ndarray, mouth: np.ndarray) -> tuple[float, float]:
    """Where a point of the picture lies in the square, 0 to 1."""
    square = around_eyes_and_mouth(eyes, mouth)
    x, y = (point[0] - square.x) / square.side, (point[1] - square.y) / square.side
    cos, sin = np.cos(square.angle), np.sin(square.angle)
    return float(x * cos + y * sin + 0.5), float(-x * sin + y * cos + 0.5)


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.0])
def test_eyes_and_mouth_come_to_lie_where_face_api_wants_them(angle: float) -> None:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    face = np.array([[-30.0, 0.0], [30.0, 0.0], [0.0, 40.0]]) @ turn + (200, 300)
    eyes, mouth = face[:2].astype(np.float32), face[2].astype(np.float32)
    # The distance of each eye and the mouth is 50: the square is 50 / .45, the middle of the three at (.5, .43).
    assert around_eyes_and_mouth(eyes, mouth).side == pytest.approx(50 / 0.45)
    middle = face.mean(axis=0)
    assert in_square((middle[0], middle[1]), eyes, mouth) == pytest.approx((0.5, 0.43))
    left, right = (in_square((float(x), float(y)), eyes, mouth) for x, y in eyes)
    assert left[1] == pytest.approx(right[1])
    assert left[0] < right[0]


def test_where_the_mesh_does_not_lie_the_detectors_points_count() -> None:
    view = laid(0.1)
    view.faces[0].points[:] = [[30, 50], [90, 50], [60, 70], [50, 90], [70, 90]]
    square = around_features(view)
    assert (square.side, square.x) == pytest.approx((50 / 0.45, 60))
    assert around_features(laid(0.9)).side != pytest.approx(square.side)


@pytest.mark.parametrize(
    ("years", "ours", "other", "sex"),
    [
        (40, 0.9, 0.7, 0.8),
        (40, 0.1, 0.5, 0.3),
        (40, 0.9, 0.3, None),
        (40, 0.5, 0.3, None),
        (13, 0.9, 0.7, 0.8),
        (12, 0.9, 0.7, None),
    ],
)
def test_a_sex_is_told_where_both_networks_together_are_sure_and_of_nobody_who_looks_like_a_child(
    years: float, ours: float, other: float, sex: float | None
) -> None:
    seen = scripted(ages=(years - 2, years + 2), male=(ours - 0.1, ours + 0.1), other=other)
    assert seen["age"] == pytest.approx(years)
    assert seen.get("sex") == (sex if sex is None else pytest.approx(sex))


def test_an_expression_is_the_mean_of_both_networks() -> None:
    seen = scripted(feelings=(0.2, 0.6, 0, 0.1, 0, 0, 0.1), others=(0.3, 0, 0, 0.2, 0, 0, 0.4))
    assert seen["expression_smile"] == pytest.approx((0.6 + 0.2) / 2)
    assert seen["expression_angry"] == pytest.approx((0.1 + 0.3) / 2)
    assert seen["expression_neutral"] == pytest.approx((0.2 + 0.4) / 2)


def test_nobody_is_younger_than_nothing() -> None:
    assert scripted(ages=(-3, 1))["age"] == 0


def scripted(
    ages: tuple[float, float] = (30, 30),
    male: tuple[float, float] = (1, 1),
    other: float = 1,
    feelings: tuple[float, ...] = (1, 0, 0, 0, 0, 0, 0),
    others: tuple[float, ...] = (0, 0, 0, 0, 0, 0, 1),
) -> dict[str, float]:
    """What the analyzer says where its networks say this of the face and its mirror image."""
    told = {"age": np.array(ages)[:, None], "sex": np.stack([male, np.subtract(1, male)], axis=1)}
    told["expression"] = np.array([feelings, feelings])
    session = SimpleNamespace(run=lambda names, _: [told[name] for name in names])
    networks: Any = SimpleNamespace(
        age_sex=session,
        expression=session,
        faceres=SimpleNamespace(read=lambda _: SimpleNamespace(male=other)),
        other=SimpleNamespace(read=lambda _: np.array(others)),
    )
    result = Portrait()._measure(laid(0.9), networks)
    assert {one.confidence for one in result.values.values()} == {0.9}
    return {name: one.value for name, one in result.values.items()}


def test_without_a_face_there_is_nothing_to_say(portrait: Portrait, faceless: list[np.ndarray]) -> None:
    assert [dict(one.values) for one in portrait.measure([Image(pixels) for pixels in faceless])] == [{}] * 4


def test_portraits_get_every_value_and_their_mirror_images_nearly_the_same(
    portrait: Portrait, portraits: list[Pillow.Image]
) -> None:
    for picture in portraits:
        plain, mirrored = values(portrait, picture), values(portrait, ImageOps.mirror(picture))
        assert set(plain) | {"sex"} == set(GIVES)
        assert 0 <= plain["age"] < 100
        assert mirrored["age"] == pytest.approx(plain["age"], abs=6)
        for name in set(GIVES) - {"age", "sex"}:
            assert mirrored[name] == pytest.approx(plain[name], abs=0.35)


def test_what_others_found_is_not_looked_for_again(
    portrait: Portrait, analyzer: Basic, portraits: list[Pillow.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image(np.asarray(portraits[0]))
    [before] = portrait.measure([image])
    analyzer.measure([image])
    assert portrait._sight is analyzer._sight
    monkeypatch.setattr(type(portrait._sight._detector), "find", None)
    [after] = portrait.measure([image])
    assert dict(after.values) == dict(before.values)
