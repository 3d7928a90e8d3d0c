"""Spectacles sit on every nose, touch no eye, and run to the ears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.generate.render.body import expression, lids
from agfd.generate.render.person import person
from agfd.generate.render.picture.trace import Glass, Mesh
from agfd.generate.render.streams import stream
from agfd.generate.render.worn import eyewear
from agfd.generate.render.worn.shell import Shell

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head, HeadModel
    from agfd.generate.render.person import Person
    from agfd.generate.render.picture.trace import Thing

SITTERS = [
    (1, 2.0, "White", "neutral"),
    (2, 30.0, "Black", "laugh"),
    (3, 80.0, "East Asian", "angry"),
    (5, 9.0, "Indian", "yell"),
]


def seated(model: HeadModel, seed: int, age: float, race: str, mood: str) -> tuple[Head, Person]:
    sitter = person(seed, {"age": age, "sex": "female" if seed % 2 else "male", "race": race})
    acting = expression.actions(mood, expression.natural_mouth(mood), "open", np.random.default_rng(0))
    return model.shape(sitter.shape, acting), sitter


def spectacles(head: Head, model: HeadModel, sitter: Person, *, dark: bool = False) -> list[Mesh]:
    """What of them hides anything."""
    return [thing for thing in with_panes(head, model, sitter, dark=dark) if isinstance(thing, Mesh)]


def with_panes(head: Head, model: HeadModel, sitter: Person, *, dark: bool) -> list[Thing]:
    draw = stream(sitter.seed, "eyewear")
    return eyewear.glasses(head, Shell.of(head, model), draw, dark=dark, male=sitter.male)


def test_clear_panes_lie_in_the_frame_before_the_eyes(model: HeadModel) -> None:
    head, sitter = seated(model, *SITTERS[1])
    frame, *panes = with_panes(head, model, sitter, dark=False)
    assert isinstance(frame, Mesh)
    assert len(panes) == 2
    for pane, part in zip(panes, ("eye_l", "eye_r"), strict=True):
        assert isinstance(pane, Glass)
        centre, radius = lids.ball(head.parts[part])
        near = np.linalg.norm((pane.vertices - centre)[:, [0, 2]], axis=1) < 0.5 * radius
        assert (pane.vertices[near, 1] < centre[1] - radius).all()
        assert near.any()
        assert np.linalg.norm(pane.normals, axis=1) == pytest.approx(1, abs=1e-4)
        assert (pane.normals[:, 1] < -0.5).all()


@pytest.mark.parametrize("who", SITTERS)
def test_frames_lie_on_the_nose_and_clear_of_the_eyes(model: HeadModel, who: tuple[int, float, str, str]) -> None:
    from scipy.spatial import cKDTree

    head, sitter = seated(model, *who)
    (frame,) = spectacles(head, model, sitter)
    face = head.vertices[(model.fine_template[:, 1] < -0.10) & (model.fine_masks["inside-mouth"] < 0.5)]
    front = frame.vertices[frame.vertices[:, 1] < frame.vertices[:, 1].min() + 0.02 * head.scale]
    assert len(front) > 1000
    # A frame is as large as its eyes are apart, which in a baby is more than its head is tall.
    (left, _), (right, _) = (lids.ball(head.parts[part]) for part in ("eye_l", "eye_r"))
    unit = float(np.linalg.norm(left - right)) / 0.0616
    # It rests on the nose or the brow, and nowhere goes deeper than skin gives way.
    assert cKDTree(face).query(front)[0].min() < 0.0018 * unit
    distance, nearest = cKDTree(face[:, [0, 2]]).query(front[:, [0, 2]])
    near = distance < 0.0010 * head.scale
    assert (face[nearest, 1] - front[:, 1])[near].min() > -0.0025 * head.scale
    for part in ("eye_l", "eye_r"):
        centre, radius = lids.ball(head.parts[part])
        assert np.linalg.norm(frame.vertices - centre, axis=1).min() > radius * 1.25


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_arms_reach_the_ears(model: HeadModel, side: float) -> None:
    head, sitter = seated(model, *SITTERS[1])
    (frame,) = spectacles(head, model, sitter)
    ear = Shell.of(head, model).anchor((0.072, -0.036, 0.731), side)
    assert np.linalg.norm(frame.vertices - ear, axis=1).min() < 0.008


def test_dark_lenses_hide_the_eyes_and_clear_ones_do_not(model: HeadModel) -> None:
    head, sitter = seated(model, *SITTERS[2])
    for kind, hidden in (("glasses", False), ("sunglasses", True)):
        for part in ("eye_l", "eye_r"):
            centre, radius = lids.ball(head.parts[part])
            worn = [thing.vertices for thing in spectacles(head, model, sitter, dark=kind == "sunglasses")]
            before = np.concatenate(worn)
            near = np.linalg.norm((before - centre)[:, [0, 2]], axis=1) < 0.5 * radius
            assert near.any() == hidden
            assert (before[near, 1] < centre[1] - radius).all()


def test_a_frame_is_the_persons_own_and_scales_with_the_head(model: HeadModel) -> None:
    baby, owner = seated(model, *SITTERS[0])
    adult, _ = seated(model, 1, 30.0, "White", "neutral")
    widths = [np.ptp(spectacles(head, model, owner)[0].vertices[:, 0]) / head.scale for head in (baby, adult)]
    assert widths[0] == pytest.approx(widths[1], rel=0.15)
