"""Teeth sit apart in a row behind the lips, are a person's own, and come and yellow with age."""

from __future__ import annotations

import numpy as np
import pytest

from agfd.generate.render.body import expression, mouth, teeth
from agfd.generate.render.body.head import Head, HeadModel
from agfd.generate.render.person import Person, person
from agfd.generate.render.streams import stream

MODEL = HeadModel.load()


def sitter(age: int, seed: int = 5) -> Person:
    return person(seed, {"age": age, "sex": "female", "race": "White"})


def head(who: Person, mien: str = "laugh") -> Head:
    return MODEL.shape(who.shape, expression.actions(mien, "open", "open", stream(3, "expression")))


@pytest.mark.parametrize("part", ["teeth_up", "teeth_low"])
def test_the_helper_has_an_edge_and_a_root(part: str) -> None:
    edge, root = teeth.arches(MODEL, part)
    assert len(edge) == len(root) == 17
    assert not set(edge) & set(root)


def test_teeth_come_with_the_years() -> None:
    """A baby of one has only incisors; a grown person has two rows of fourteen."""
    counts = {age: len(teeth.grown(head(sitter(age)), MODEL, sitter(age))[0].faces) for age in (1, 4, 30)}
    tooth = counts[30] // 28
    assert {age: count / tooth for age, count in counts.items()} == {1: 8, 4: 20, 30: 28}


def test_old_teeth_are_yellower() -> None:
    young, old = (teeth.grown(head(sitter(age)), MODEL, sitter(age))[0].colors.mean(axis=0) for age in (20, 80))
    assert old[2] / old[0] < 0.9 * young[2] / young[0]


def test_teeth_are_a_persons_own() -> None:
    one, again, other = (teeth.grown(head(sitter(30)), MODEL, sitter(30, seed))[0].vertices for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert np.abs(one - other).max() > 1e-4


@pytest.mark.parametrize("age", [1, 8, 30, 75])
@pytest.mark.parametrize("mien", ["neutral", "smile", "laugh", "yell", "annoyed"])
def test_teeth_and_gums_stay_behind_the_lips(mien: str, age: int) -> None:
    """None of them is before the skin above and below the lips."""
    who = sitter(age)
    posed = head(who, mien)
    for thing in mouth.inside(posed, MODEL, who)[:2]:
        _, away, before = mouth.skin_before(posed, MODEL, thing.vertices)
        assert before[away < 0.004].max(initial=-1) < 0.0


def test_an_open_mouth_is_cheap_and_labelled() -> None:
    who = sitter(30)
    things = mouth.inside(head(who), MODEL, who)
    assert sum(len(thing.faces) for thing in things) < 15000
    assert {thing.part for thing in things} == {"mouth"}
    for thing in things:
        assert np.isfinite(thing.normals).all()


def test_the_throat_is_darker_than_the_lips_lining() -> None:
    who = sitter(30)
    posed = head(who)
    lining = mouth.lining(posed, MODEL, MODEL.faces[:10])
    y = posed.template_vertices[:, 1]
    assert lining.albedo[y > -0.10].max() < 0.2 * lining.albedo[y < -0.155].max()
