"""Marks are the person's own, stay where they belong and show on every tone."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.generate.render.body import brows
from agfd.generate.render.body.head import HeadModel
from agfd.generate.render.person import Person, person
from agfd.generate.render.skin import marks, skin, texture
from agfd.generate.render.streams import stream

MODEL = HeadModel.load()
CANVAS = texture.canvas(MODEL, 320)


def sitter(tone: int, seed: int = 5) -> Person:
    return person(seed, {"age": 30, "sex": "male", "race": "Latino_Hispanic", "skin_tone": tone})


def bare(who: Person) -> skin.Skin:
    return skin.paint(who, CANVAS, {}, np.zeros(len(CANVAS.uv), dtype=np.float32))


@pytest.mark.parametrize("tone", [2, 6, 9])
@pytest.mark.parametrize(("kind", "sign"), [("freckles", -1), ("vitiligo", 1), ("scar", 1)])
def test_marks_show_on_every_tone(kind: str, sign: int, tone: int) -> None:
    """Freckles are darker, patches without pigment and scars lighter; the back of the head has none."""
    who = sitter(tone)
    below = bare(who)
    change = sign * (marks.applied(kind, below, CANVAS, who).albedo[..., 0] - below.albedo[..., 0])
    assert change.max() > 0.08 * below.albedo.mean()
    assert np.abs(change[CANVAS.y > -0.03]).max() == 0


def test_vitiligo_is_nearly_symmetric() -> None:
    who = sitter(9)
    below = bare(who)
    patches = (marks.applied("vitiligo", below, CANVAS, who).albedo - below.albedo).mean(axis=2) > 0.05
    mirrored = patches[:, ::-1]
    assert patches.any()
    assert (patches & mirrored).sum() > 0.6 * patches.sum()


def test_no_hair_grows_on_a_scar_through_the_brow() -> None:
    """Of some people a scar crosses a brow; nobody gains hair by it."""
    fewer = 0
    for seed in range(6):
        who = sitter(4, seed)
        head = MODEL.shape(who.shape)
        whole = brows.brows(head, MODEL, who)
        assert marks.parted("none", whole, head, who) is whole
        left = len(marks.parted("scar", whole, head, who).points)
        assert left <= len(whole.points)
        fewer += left < len(whole.points)
    assert 1 <= fewer <= 5


def test_people_have_marks_of_their_own() -> None:
    one, other = sitter(4, 1), sitter(4, 2)
    assert not np.array_equal(
        marks.applied("freckles", bare(one), CANVAS, one).albedo / bare(one).albedo,
        marks.applied("freckles", bare(other), CANVAS, other).albedo / bare(other).albedo,
    )


def test_moles_come_with_the_years() -> None:
    """Dark skin has neither freckles nor spots of age: what grown people have more of are moles."""

    def dark(age: int) -> list[float]:
        people = [person(seed, {"age": age, "sex": "male", "race": "Black", "skin_tone": 9}) for seed in range(12)]
        return [float(skin._marks(who, CANVAS, stream(who.seed, "skin")).sum()) for who in people]

    child, grown = dark(6), dark(30)
    assert all(a <= b for a, b in zip(child, grown, strict=True))
    assert sum(a < b for a, b in zip(child, grown, strict=True)) >= 9
