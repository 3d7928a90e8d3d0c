"""Heads that learnt from renders: what ships holds together, and what they say of portraits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import ImageDraw, ImageOps

from agfd.analyze.heads import Head, Heads, card, make, shipped
from agfd.analyze.regions import LENGTH
from agfd.errors import ModelsMissingError
from agfd.records import Image
from agfd.vocabulary import ATTRIBUTES, Choice, score_name
from ready import ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image as Pillow

    from agfd.analyze.basic import Basic

LENGTHS = {"regions": LENGTH // 2, "identity": 128}


@pytest.fixture(scope="module")
def judge() -> Iterator[Heads]:
    with ready(Heads()) as made:
        yield made


def values(judge: Heads, pictures: list[Pillow.Image]) -> list[dict[str, float]]:
    seen = judge.measure([Image(np.asarray(picture)) for picture in pictures])
    return [{name: one.value for name, one in result.values.items()} for result in seen]


def test_info_needs_no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    analyzer = make()
    assert "mask_medical" in analyzer.info.gives
    assert set(analyzer.info.weights) == {"centerface", "face_mesh", "face_identity"}
    assert analyzer.info.version != make(side=256).info.version
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        # Other options than those of a sight that another test may hold.
        make(side=256).setup()


def test_measuring_needs_setup() -> None:
    with pytest.raises(RuntimeError, match="setup"):
        make().measure([Image(np.zeros((8, 8, 3), np.uint8))])


def test_every_head_knows_all_values_of_its_attribute_and_at_least_two() -> None:
    for head in shipped():
        choice = ATTRIBUTES[head.attribute]
        assert isinstance(choice, Choice)
        assert head.values == choice.values
        assert len(head.values) > 1
        assert head.weights.shape == (sum(LENGTHS[name] for name in head.sees), len(head.values))
        assert head.offsets.shape == (len(head.values),)
        assert np.isfinite(head.weights).all()
        assert np.isfinite(head.offsets).all()


def test_scores_are_shares_that_follow_the_weights() -> None:
    weights = np.array([[1.0, -1.0], [0.0, 2.0]], np.float32)
    head = Head("mask", ("none", "medical"), ("regions", "identity"), weights, np.array([0.5, 0], np.float32))
    numbers = {"regions": np.array([[3.0], [0]], np.float32), "identity": np.array([[1.0], [2]], np.float32)}
    odds = np.exp(np.array([3 + 0.5 - (-3 + 2), 0.5 - 4]))
    assert head.scores(numbers)[:, 0] == pytest.approx(odds / (1 + odds))
    assert head.scores(numbers).sum(axis=1) == pytest.approx(1)


def test_a_likely_value_does_not_overflow() -> None:
    head = Head("mask", ("none", "medical"), ("regions",), np.array([[900, -900]], np.float32), np.zeros(2, np.float32))
    assert head.scores({"regions": np.ones(1, np.float32)}) == pytest.approx([1, 0])


def test_a_score_is_competent_only_by_the_figures_of_the_card() -> None:
    bounds = {
        (one["score"], one["domain"], one["half"]): one["interval"][0]
        for one in card()["measured"]
        if one["figure"] == "AUC"
    }
    told = {(one["score"], one["domain"]) for one in card()["thresholds"]}
    assert not card()["competent"]["render"]
    for domain, names in card()["competent"].items():
        for name in names:
            assert min(bounds[name, domain, "final"], bounds[name, domain, "both"]) >= 0.9
            assert (name, domain) in told


def test_the_card_says_where_the_heads_come_from() -> None:
    assert card()["trained"]["on"].startswith("renders alone")
    for entry in card()["heads"].values():
        assert min(entry["shown"].values()) > 0
        low, high = entry["renders"]["interval"]
        assert low <= entry["renders"]["balanced_accuracy"] <= high


def test_without_a_face_there_is_nothing_to_say(judge: Heads, faceless: list[np.ndarray]) -> None:
    assert [dict(one.values) for one in judge.measure([Image(pixels) for pixels in faceless])] == [{}] * 4


def test_scores_of_a_head_sum_up_to_one(judge: Heads, portraits: list[Pillow.Image]) -> None:
    for seen in values(judge, portraits):
        assert set(seen) == set(judge.info.gives)
        for head in shipped():
            assert sum(seen[score_name(head.attribute, value)] for value in head.values) == pytest.approx(1, abs=1e-5)


def test_a_batch_is_the_same_as_one_by_one(judge: Heads, portraits: list[Pillow.Image]) -> None:
    assert values(judge, portraits)[::-1] == [values(judge, [one])[0] for one in portraits[::-1]]


def test_portraits_wear_no_mask_and_no_sunglasses_until_these_are_drawn(
    judge: Heads, portraits: list[Pillow.Image], analyzer: Basic
) -> None:
    plain = values(judge, portraits)
    assert all(seen["mask_none"] > 0.5 for seen in plain)
    assert all(seen["eyewear_sunglasses"] < 0.5 for seen in plain)
    masked, shaded = [], []
    for picture in portraits:
        [seen] = analyzer.measure([Image(np.asarray(picture))])
        mesh = seen.points["mesh"]
        copy = picture.copy()
        # From the bridge of the nose along the cheeks and the jaw.
        rim = (6, 116, 123, 147, 213, 192, 214, 210, 169, 150, 149, 176, 148, 152, 377, 400, 378, 379, 394, 430, 434)
        rim += (416, 433, 376, 352, 345)
        ImageDraw.Draw(copy).polygon([(float(x), float(y)) for x, y in mesh[list(rim)]], fill=(160, 200, 215))
        masked.append(copy)
        copy = picture.copy()
        for left, right, up, down in ((130, 133, 223, 230), (362, 359, 443, 450)):
            box = (mesh[left, 0], mesh[up, 1] - 4, mesh[right, 0], mesh[down, 1] + 12)
            ImageDraw.Draw(copy).ellipse([float(edge) for edge in box], fill=(18, 18, 22))
        shaded.append(copy)
    more = [
        after["mask_medical"] > before["mask_medical"]
        for before, after in zip(plain, values(judge, masked), strict=True)
    ]
    assert all(more)
    darker = zip(plain, values(judge, shaded), strict=True)
    assert all(after["eyewear_sunglasses"] > before["eyewear_sunglasses"] for before, after in darker)


def test_the_mirrored_portrait_wears_the_same(judge: Heads, portraits: list[Pillow.Image]) -> None:
    there, back = values(judge, portraits), values(judge, [ImageOps.mirror(one) for one in portraits])
    for one, two in zip(there, back, strict=True):
        assert one["mask_none"] == pytest.approx(two["mask_none"], abs=0.15)
        assert one["eyewear_sunglasses"] == pytest.approx(two["eyewear_sunglasses"], abs=0.15)


def test_what_basic_and_identity_found_is_not_looked_for_again(
    judge: Heads, analyzer: Basic, portraits: list[Pillow.Image]
) -> None:
    image = Image(np.asarray(portraits[0]))
    analyzer.measure([image])
    assert judge._sight is not None
    assert judge._sight is analyzer._sight
    view = judge._sight.view(image)
    [first] = judge.measure([image])
    assert judge._sight.view(image) is view
    assert [first] == judge.measure([image])
