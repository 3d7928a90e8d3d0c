"""Age, sex and expression: what the networks are shown, and what comes out of the whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import ImageOps

from agfd.analyze.people import GIVES, People, make
from agfd.errors import ModelsMissingError
from agfd.ports import Analyzer
from agfd.records import Image, Measurements
from agfd.vocabulary import ATTRIBUTES, MEASUREMENTS
from ready import ready
from views import laid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image as Pillow

    from agfd.analyze.basic import Basic


@pytest.fixture(scope="module")
def crowd() -> Iterator[People]:
    with ready(People()) as made:
        yield made


def shown(pictures: list[Pillow.Image]) -> list[Image]:
    return [Image(np.asarray(picture)) for picture in pictures]


def values(result: Measurements) -> dict[str, float]:
    return {name: one.value for name, one in result.values.items()}


def test_info_needs_no_weights_and_names_only_what_exists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    analyzer = make()
    assert isinstance(analyzer, Analyzer)
    assert set(analyzer.info.gives) <= set(MEASUREMENTS)
    assert {name for names in analyzer.info.competent.values() for name in names} <= {*ATTRIBUTES, *GIVES}
    assert analyzer.info.competent["render"] == ()
    assert set(analyzer.info.weights) == {"centerface", "face_mesh", "age", "sex", "expression"}
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        analyzer.setup()


def test_options_are_part_of_the_version() -> None:
    assert make(side=256).info.version != make().info.version


def test_measuring_needs_setup() -> None:
    with pytest.raises(RuntimeError, match="setup"):
        make().measure([Image(np.zeros((8, 8, 3), np.uint8))])


@pytest.mark.parametrize(("years", "told"), [(0, False), (12, False), (13, True), (80, True)])
def test_the_sex_of_a_child_is_not_told(years: int, told: bool) -> None:
    scores = np.array([0.1, 0.0, 0.0, 0.6, 0.0, 0.0, 0.3], np.float32)
    networks: Any = SimpleNamespace(
        age=SimpleNamespace(run=lambda *_: [np.eye(81, dtype=np.float32)[[years]]]),
        sex=SimpleNamespace(run=lambda *_: [np.array([[0.3, 0.7]], np.float32)]),
        expression=SimpleNamespace(read=lambda _: scores),
    )
    result = People()._measure(laid(0.9), networks)
    wanted = {"age": years or 0.25, "expression_angry": 0.1, "expression_smile": 0.6, "expression_neutral": 0.3}
    assert values(result) == pytest.approx({**wanted, "sex": 0.7} if told else wanted)
    assert {one.confidence for one in result.values.values()} == {0.9}


def test_without_a_face_there_is_nothing_to_say(crowd: People, faceless: list[np.ndarray]) -> None:
    assert [dict(result.values) for result in crowd.measure([Image(pixels) for pixels in faceless])] == [{}] * 4


def test_every_portrait_has_every_value_and_scores_are_shares(crowd: People, portraits: list[Pillow.Image]) -> None:
    for result in crowd.measure(shown(portraits)):
        assert set(result.values) | {"sex"} == set(GIVES)
        seen = values(result)
        assert 0 < seen.pop("age") < 80
        assert all(0 <= score <= 1 for score in seen.values())
        assert sum(score for name, score in seen.items() if name != "sex") <= 1 + 1e-5


def test_a_batch_is_the_same_as_one_by_one(crowd: People, portraits: list[Pillow.Image]) -> None:
    images = shown(portraits)
    assert [values(one) for one in crowd.measure(images)][::-1] == [
        values(crowd.measure([image])[0]) for image in images[::-1]
    ]


def test_the_same_person_mirrored_smaller_or_tilted_is_about_the_same(
    crowd: People, portraits: list[Pillow.Image]
) -> None:
    for picture in portraits:
        small = picture.resize((picture.width // 3, picture.height // 3))
        tilted = picture.rotate(15, fillcolor=(127, 127, 127))
        plain, *changed = (
            values(one) for one in crowd.measure(shown([picture, ImageOps.mirror(picture), small, tilted]))
        )
        for seen in changed:
            assert seen["age"] == pytest.approx(plain["age"], abs=12)
            assert seen["expression_smile"] == pytest.approx(plain["expression_smile"], abs=0.5)


def test_what_basic_found_is_not_looked_for_again(
    crowd: People, analyzer: Basic, portraits: list[Pillow.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    [image] = shown(portraits[:1])
    before = values(crowd.measure([image])[0])
    analyzer.measure([image])
    assert crowd._sight is analyzer._sight
    monkeypatch.setattr(type(crowd._sight._detector), "find", None)
    assert values(crowd.measure([image])[0]) == before
