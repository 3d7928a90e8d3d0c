"""Masks, goggles and earrings lie where they belong on every head, and hair gives way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.generate.render.body import expression, lids
from agfd.generate.render.body.head import HeadModel, Pose
from agfd.generate.render.generator import plain
from agfd.generate.render.hair import hairdo
from agfd.generate.render.person import person
from agfd.generate.render.worn import jewellery
from agfd.generate.render.worn.facewear import worn

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Floats, Head
    from agfd.generate.render.hair.hair import Strands
    from agfd.generate.render.person import Person

AGES = (2.0, 30.0, 80.0)


def somebody(model: HeadModel, age: float, mood: str = "neutral", pose: Pose | None = None) -> tuple[Head, Person]:
    sitter = person(7, {"age": age, "sex": "female", "race": "White", "hair_style": "bob"})
    acting = expression.actions(mood, expression.natural_mouth(mood), "open", np.random.default_rng(0))
    return model.shape(sitter.shape, acting, pose), sitter


def put_on(model: HeadModel, head: Head, sitter: Person, **words: str) -> tuple[dict[str, Floats], Strands, Strands]:
    grown, _ = hairdo.hair(head, sitter, 300, None)
    things, kept = worn(head, model, sitter, plain(words), grown)
    parts = {thing.part for thing in things}
    points = {part: np.concatenate([t.vertices for t in things if t.part == part]) for part in parts}
    return points, grown, kept


def hidden(point: Floats, things: Floats, radius: float) -> bool:
    """Whether anything lies before a point of the face, as a camera in front sees it."""
    near = np.linalg.norm((things - point)[:, [0, 2]], axis=1) < radius
    return bool((things[near, 1] < point[1]).any())


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("mood", ["neutral", "yell"])
def test_a_medical_mask_covers_nose_and_mouth_and_no_eye(model: HeadModel, age: float, mood: str) -> None:
    head, sitter = somebody(model, age, mood)
    cloth = put_on(model, head, sitter, mask="medical")[0]["mask"]
    for place in (30, 33, 48, 51, 54, 57, 8):
        assert hidden(head.landmarks[place], cloth, 0.004 * head.scale), place
    for part in ("eye_l", "eye_r"):
        centre, radius = lids.ball(head.parts[part])
        assert not hidden(centre, cloth, 0.5 * radius)


def test_a_mask_is_drawn_down_by_the_jaw(model: HeadModel) -> None:
    low = {}
    for mood in ("neutral", "yell"):
        head, sitter = somebody(model, 30, mood)
        low[mood] = float(put_on(model, head, sitter, mask="medical")[0]["mask"][:, 2].min())
    assert low["yell"] < low["neutral"] - 0.008


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize(
    ("words", "part"),
    [
        ({"mask": "gas"}, "mask"),
        ({"eyewear": "skiing goggles"}, "eyewear"),
        ({"eyewear": "swimming goggles"}, "eyewear"),
    ],
)
def test_closed_things_hide_the_eyes_and_go_around_the_head(
    model: HeadModel, age: float, words: dict[str, str], part: str
) -> None:
    head, sitter = somebody(model, age)
    points = put_on(model, head, sitter, **words)[0][part]
    for name in ("eye_l", "eye_r"):
        centre, radius = lids.ball(head.parts[name])
        assert hidden(centre, points, 0.8 * radius)
    # The band closes behind the skull.
    assert points[:, 1].max() > np.quantile(head.vertices[model.fine_template[:, 2] > 0.70, 1], 0.98)


def test_glasses_lie_on_a_mask(model: HeadModel) -> None:
    head, sitter = somebody(model, 30)
    without = put_on(model, head, sitter, eyewear="glasses")[0]["eyewear"]
    both = put_on(model, head, sitter, eyewear="glasses", mask="medical")[0]
    assert both["eyewear"][:, 1].min() <= without[:, 1].min()


def test_bands_press_the_hair_and_nothing_else_does(model: HeadModel) -> None:
    head, sitter = somebody(model, 30)
    _, free, same = put_on(model, head, sitter, eyewear="glasses")
    assert np.array_equal(free.points, same.points)
    _, free, kept = put_on(model, head, sitter, eyewear="skiing goggles")
    axis = np.array([0.0, -0.05])
    before, after = (np.linalg.norm(s.points[..., :2] - axis, axis=-1) for s in (free, kept))
    assert (after <= before + 0.003).all()
    assert (after < before - 0.004).any()


def test_earrings_hang_from_the_lobes_whatever_the_head_does(model: HeadModel) -> None:
    for pose in (Pose(), Pose(roll=30), Pose(yaw=80)):
        head, _ = somebody(model, 30, pose=pose)
        for seed in range(6):
            (metal, *_) = jewellery.earrings(head, model, np.random.default_rng(seed))
            ears = head.vertices[model.fine_masks["ears"] > 0.5]
            distance = np.linalg.norm(metal.vertices[:, None, ::1] - ears[None, ::40], axis=2).min(axis=1)
            assert distance.min() < 0.006
            hanging = metal.vertices[distance > 0.012]
            if len(hanging):
                assert hanging[:, 2].max() < ears[:, 2].max()
