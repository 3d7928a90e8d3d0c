"""Hair on the face: each word where it belongs, the mouth left free, and nothing where nothing was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.generate.render.body.head import Head, HeadModel, Pose
from agfd.generate.render.hair.beards import STYLES
from agfd.generate.render.hair.facial_hair import whiskers
from agfd.generate.render.person import Person, person

if TYPE_CHECKING:
    from agfd.generate.render.hair.hair import Strands

_SEEDS = (1, 2, 3, 4)


def sitter(seed: int, word: str, age: int = 35, sex: str = "male") -> Person:
    return person(seed, {"age": age, "sex": sex, "race": "White", "facial_hair": word, "hair_color": "brown"})


def grown(
    model: HeadModel, who: Person, masked: bool = False, pose: Pose | None = None, **acting: float
) -> tuple[Head, Strands]:
    head = model.shape(who.shape, acting, pose)
    return head, whiskers(head, model, who, 3000, masked)[0]


def templates(head: Head, strands: Strands) -> np.ndarray:
    """Places on the template nearest to the roots."""
    from scipy.spatial import cKDTree

    return head.template_vertices[cKDTree(head.vertices).query(strands.points[:, 0])[1]]


@pytest.mark.parametrize("seed", _SEEDS)
def test_each_word_grows_where_it_belongs(model: HeadModel, seed: int) -> None:
    chin, lip, side = {}, {}, {}
    for word in STYLES:
        head, strands = grown(model, sitter(seed, word))
        x, y, z = templates(head, strands).T
        chin[word] = np.mean((z < 0.645) & (np.abs(x) < 0.03) & (y < -0.08))
        lip[word] = np.mean((z > 0.655) & (np.abs(x) < 0.038) & (y < -0.11))
        side[word] = np.mean(np.abs(x) > 0.041)
    assert lip["moustache"] > 0.95
    assert side["sideburns"] > 0.85
    assert lip["sideburns"] == chin["sideburns"] == 0
    assert chin["goatee"] > 0.3
    assert side["goatee"] < 0.02
    assert min(chin["beard"], lip["beard"], side["beard"]) > 0.03


@pytest.mark.parametrize("word", ["none", "stubble"])
def test_no_strands_where_none_were_asked_for(model: HeadModel, word: str) -> None:
    who = sitter(1, word)
    head = model.shape(who.shape)
    strands, shade = whiskers(head, model, who, 3000, False)
    assert len(strands.points) == 0
    assert not shade.any()


@pytest.mark.parametrize("word", ["moustache", "beard"])
def test_no_strand_hangs_before_an_open_mouth(model: HeadModel, word: str) -> None:
    head, strands = grown(model, sitter(2, word), jawOpen=0.8)
    upper, lower = head.landmarks[[61, 62, 63]].mean(axis=0), head.landmarks[[65, 66, 67]].mean(axis=0)
    left, right = head.landmarks[60], head.landmarks[64]
    points = strands.points.reshape(-1, 3)
    across = (points[:, 0] - left[0]) / (right[0] - left[0])
    up = (points[:, 2] - lower[2]) / (upper[2] - lower[2])
    before = (across > 0.3) & (across < 0.7) & (up > 0.1) & (up < 0.9)
    assert upper[2] - lower[2] > 0.01
    assert not before.any()


def test_whiskers_follow_pose_and_jaw(model: HeadModel) -> None:
    head, strands = grown(model, sitter(3, "goatee"), pose=Pose(yaw=60, pitch=10), jawOpen=0.6)
    from scipy.spatial import cKDTree

    assert cKDTree(head.vertices).query(strands.points[:, 0])[0].max() < 0.004


def test_what_a_mask_covers_does_not_grow(model: HeadModel) -> None:
    assert len(grown(model, sitter(1, "moustache"), masked=True)[1].points) == 0
    head, strands = grown(model, sitter(1, "beard"), masked=True)
    assert len(strands.points) > 0
    assert templates(head, strands)[:, 1].min() > -0.1


def test_whiskers_of_a_child_are_small(model: HeadModel) -> None:
    adult, child = grown(model, sitter(4, "beard"))[1], grown(model, sitter(4, "beard", age=2))[1]
    assert child.radii.mean() < 0.95 * adult.radii.mean()
    assert np.ptp(child.points[:, 0, 0]) < 0.95 * np.ptp(adult.points[:, 0, 0])


def test_beards_turn_grey_before_the_head_and_are_darker(model: HeadModel) -> None:
    young, old = (grown(model, sitter(5, "beard", age=age))[1].colors.mean() for age in (25, 75))
    assert old > 2 * young


def test_sideburns_are_not_hidden_by_hair_that_nobody_asked_for() -> None:
    for seed in range(30):
        who = person(seed, {"sex": "female", "age": 30, "facial_hair": "sideburns"})
        assert who.attributes["hair_style"] not in ("bob", "long", "curls", "braids")
