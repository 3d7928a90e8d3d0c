"""Make-up covers what it should and nothing else, on every tone."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.generate.render.body.head import HeadModel
from agfd.generate.render.person import person
from agfd.generate.render.skin import makeup, skin, texture
from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.generate.render.person import Person

KINDS = ("heavy", "eyeshadow", "eyeliner", "joker", "halloween")


@cache
def canvas() -> texture.Canvas:
    return texture.canvas(HeadModel.load(), 320)


def sitter(race: str) -> Person:
    return person(5, {"age": 30, "sex": "female", "race": race, "skin_tone": 2 if race == "White" else 9})


@cache
def bare(race: str) -> skin.Skin:
    vertices = len(canvas().uv)
    return skin.paint(sitter(race), canvas(), {}, np.zeros(vertices, dtype=np.float32))


def worn(kind: str, race: str = "White", scene: int = 1) -> skin.Skin:
    return makeup.applied(kind, bare(race), canvas(), sitter(race), stream(scene, "makeup"))


def at(place: tuple[float, float]) -> NDArray[np.bool_]:
    """Texels on the front of the face within 4 mm of a template place (x, z)."""
    near = np.hypot(canvas().x - place[0], canvas().z - place[1]) < 0.004
    return np.asarray(near & (canvas().y < -0.08))


def test_none_is_the_bare_skin() -> None:
    assert worn("none") is bare("White")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("race", ["White", "Black"])
def test_each_kind_changes_the_face_only(kind: str, race: str) -> None:
    changed = np.abs(worn(kind, race).albedo - bare(race).albedo).max(axis=2)
    assert changed.max() > 0.02
    assert changed[canvas().y > -0.03].max() == 0
    assert changed[canvas().z > 0.83].max() == 0


def test_paint_covers_instead_of_tinting() -> None:
    """The same white on any skin: opaque, not multiplied."""
    cheek = at((0.045, 0.735)) | at((0.0, 0.775))
    light, dark = (worn("joker", race).albedo[cheek].mean() for race in ("White", "Black"))
    assert light == pytest.approx(dark, rel=0.1)
    assert dark > 2 * bare("Black").albedo[cheek].mean()


def test_lipstick_stays_on_the_lips() -> None:
    lips = canvas().masks["lips"] > 0.8
    painted = worn("heavy").albedo[lips]
    assert (painted[:, 0] > 3 * painted[:, 1]).mean() > 0.95
    beside = at((0.0, 0.635))
    assert (worn("heavy").albedo[beside][:, 0] < 3 * worn("heavy").albedo[beside][:, 1]).all()


def test_heavy_liner_is_dark_on_the_lid() -> None:
    lid = (np.abs(np.abs(canvas().x) - 0.031) < 0.006) & (np.abs(canvas().z - 0.7345) < 0.0008) & (canvas().y < -0.1)
    assert worn("eyeliner").albedo[lid].mean() < 0.25 * bare("White").albedo[lid].mean()


def test_scenes_choose_among_the_faces_of_halloween() -> None:
    cheek = at((0.0, 0.775))
    seen = {tuple(np.round(worn("halloween", scene=scene).albedo[cheek].mean(axis=0), 1)) for scene in range(12)}
    assert len(seen) >= 4


def test_the_same_scene_makes_up_the_same_way() -> None:
    assert np.array_equal(worn("joker", scene=3).albedo, worn("joker", scene=3).albedo)
