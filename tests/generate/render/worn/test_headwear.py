"""Hats, caps and headscarves: they sit on every head, hide what they should, and leave the face free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agfd.generate.render.body.head import Pose
from agfd.generate.render.hair import hairdo
from agfd.generate.render.hair.hair import Frame
from agfd.generate.render.person import person
from agfd.generate.render.scene.camera import portrait
from agfd.generate.render.streams import stream
from agfd.generate.render.worn.headwear import Worn, worn_by

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head, HeadModel
    from agfd.generate.render.hair.hair import Strands


def dressed(model: HeadModel, seed: int, word: str, **asked: Any) -> tuple[Head, Worn, Strands]:
    who = person(seed, {"age": 30, "sex": "female", "race": "White", "hair_style": "long"} | asked)
    head = model.shape(who.shape)
    worn = worn_by(head, who, word)
    return head, worn, hairdo.hair(head, who, 1500, worn.covering)[0]


@pytest.mark.parametrize("age", [2, 30])
@pytest.mark.parametrize("word", ["hat", "cap", "headscarf"])
def test_the_crown_is_covered_and_the_face_is_not(model: HeadModel, word: str, age: int) -> None:
    for seed in range(4):
        head, worn, _ = dressed(model, seed, word, age=age)
        cloth = np.concatenate([thing.vertices[np.unique(thing.faces)] for thing in worn.things(head)])
        crown = head.vertices[head.template_vertices[:, 2].argmax()]
        assert cloth[:, 2].max() > crown[2]
        assert cloth[:, 2].max() < crown[2] + 0.08 * head.scale
        # Nothing lies on the middle of the face, between the eyes and the mouth.
        eyes, mouth = head.landmarks[36:48], head.landmarks[57]
        near = np.abs(cloth[:, 0]) < 0.6 * np.ptp(eyes[:, 0]) / 2
        near &= (cloth[:, 2] < eyes[:, 2].min()) & (cloth[:, 2] > mouth[2])
        assert not (near & (cloth[:, 1] < eyes[:, 1].max())).any()


@pytest.mark.parametrize("style", ["long", "afro", "curls", "bun", "short"])
@pytest.mark.parametrize("word", ["hat", "cap"])
def test_no_hair_comes_through_a_hat(model: HeadModel, word: str, style: str) -> None:
    for seed in range(3):
        head, worn, strands = dressed(model, seed, word, hair_style=style)
        assert worn.covering is not None
        skull = worn.covering.skull
        assert skull is not None
        points = Frame.of(head).inward(strands.points[:, 1:-1])
        above = (skull.level(points) > 0.004) & (skull.level(points) < 0.8 * skull.tall)
        assert (skull.out(points)[above] < 1.0).all()
        assert (skull.level(points) < skull.height).all()


def test_long_hair_still_hangs_below_a_hat(model: HeadModel) -> None:
    head, _, under = dressed(model, 3, "hat")
    _, _, free = dressed(model, 3, "none")
    chin = head.landmarks[8, 2]
    assert 0.3 * len(free.points) < len(under.points) <= len(free.points)
    assert (under.points[..., 2] < chin).any(axis=1).mean() > 0.5


def test_a_headscarf_hides_all_hair_ears_and_neck(model: HeadModel) -> None:
    head, worn, strands = dressed(model, 3, "headscarf")
    assert len(strands.points) == 0
    (scarf,) = worn.things(head)
    ears = head.vertices[(model.fine_masks["ears"] > 0.9)]
    assert np.abs(scarf.vertices[:, 0]).max() > np.abs(ears[:, 0]).max()
    assert scarf.vertices[:, 2].min() < head.landmarks[8, 2] - 0.05


def test_hair_without_a_covering_is_as_it_was(model: HeadModel) -> None:
    who = person(3, {"age": 30, "sex": "female", "race": "White", "hair_style": "bob"})
    head = model.shape(who.shape)
    assert worn_by(head, who, "none").things(head) == []
    bare = hairdo.hair(head, who, 800, None)[0]
    assert len(bare.points) == 800


def test_people_wear_different_hats(model: HeadModel) -> None:
    tops = {len(worn.pieces[0].points) + int(1e6 * worn.pieces[0].colors.mean()) for worn in
            (dressed(model, seed, "hat", hair_style="bald")[1] for seed in range(8))}  # fmt: skip
    assert len(tops) == 8


@pytest.mark.parametrize("size", [(256, 256), (320, 256)])
@pytest.mark.parametrize("pose", [Pose(), Pose(yaw=90), Pose(pitch=30), Pose(pitch=-30), Pose(yaw=45, roll=20)])
def test_the_whole_hat_is_in_the_picture(model: HeadModel, pose: Pose, size: tuple[int, int]) -> None:
    for seed in range(6):
        who = person(seed, {"age": 30, "sex": "female", "race": "White"})
        head = model.shape(who.shape, pose=pose)
        points = worn_by(head, who, ("hat", "cap")[seed % 2]).points(head)
        assert points is not None
        seen = portrait(head, size, stream(seed, "camera"), worn=points).project(points)
        above = seen[points[:, 2] > head.landmarks[36:48, 2].mean()]
        assert (above > 0).all()
        assert (above < size).all()
