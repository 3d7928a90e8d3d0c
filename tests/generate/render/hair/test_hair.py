from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from agfd.errors import UnknownNameError
from agfd.generate.render.body.head import Head, HeadModel, Pose, Shape
from agfd.generate.render.hair.hair import (
    BANGS_STYLES,
    HAIR_STYLES,
    Frame,
    HairStyle,
    Strands,
    grow_hair,
    hairline,
    in_face,
)
from agfd.generate.render.hair.hair_color import hair_colors
from agfd.generate.render.hair.scalp import Hairline
from agfd.generate.render.hair.strands import Curl, Surface, curl, trim
from agfd.vocabulary import ATTRIBUTES, Choice

COUNT = 1200
GROWN = tuple(cut for cut in HAIR_STYLES if cut != "bald")
COLORS = ATTRIBUTES["hair_color"].values if isinstance(ATTRIBUTES["hair_color"], Choice) else ()


@pytest.fixture(scope="module")
def heads(model: HeadModel) -> list[Head]:
    adult = Shape(35, 0.8, (0.3, 0.3, 0.4))
    return [
        model.shape(adult),
        model.shape(Shape(4, 0.2, (0, 0.2, 0.8))),
        model.shape(adult, pose=Pose(yaw=55, pitch=-10, roll=8)),
    ]


_GROWN: dict[object, tuple[Head, Strands]] = {}
_SURFACES: dict[int, tuple[Head, Surface]] = {}


def grow(head: Head, cut: str, seed: int = 1, color: str = "brown", **more: Any) -> Strands:
    key = (id(head), cut, seed, color, *more.items())
    if key not in _GROWN:
        style = replace(HairStyle(cut, color, strands=COUNT), **more)
        # The head is kept as well, so that no other one gets its id.
        _GROWN[key] = head, grow_hair(head, style, np.random.default_rng(seed))
    return _GROWN[key][1]


def surface(head: Head) -> Surface:
    key = id(head)
    if key not in _SURFACES:
        _SURFACES[key] = head, Frame.of(head).surface(head)
    return _SURFACES[key][1]


def inside(head: Head, points: np.ndarray) -> np.ndarray:
    """Points of the world in the hair frame."""
    return Frame.of(head).inward(points)


def test_styles_are_words_of_the_vocabulary() -> None:
    words = ATTRIBUTES["hair_style"]
    assert isinstance(words, Choice)
    assert set(HAIR_STYLES) <= set(words.values)


@pytest.mark.parametrize("cut", GROWN)
def test_hair_is_decided_by_its_seed(heads: list[Head], cut: str) -> None:
    again = grow_hair(heads[0], HairStyle(cut, "brown", strands=COUNT), np.random.default_rng(1))
    first, other = grow(heads[0], cut, 1), grow(heads[0], cut, 2)
    for name in ("points", "radii", "colors"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
    assert first.points.shape == (COUNT, other.points.shape[1], 3)
    assert not np.allclose(first.points, other.points, atol=1e-4)


@pytest.mark.parametrize("cut", GROWN)
def test_strands_are_sound_curves(heads: list[Head], cut: str) -> None:
    for head in heads:
        hair = grow(head, cut)
        assert hair.points.dtype == hair.radii.dtype == hair.colors.dtype == np.float32
        assert np.isfinite(hair.points).all()
        assert 0 < hair.radii.min() <= hair.radii.max() < 0.0008
        assert hair.texture().shape == (COUNT * hair.colors.shape[1], 1, 3)
        # No strand is torn: segments are at most some centimetres long.
        assert np.linalg.norm(np.diff(hair.points, axis=1), axis=2).max() < 0.05


@pytest.mark.parametrize("cut", GROWN)
def test_roots_lie_on_the_scalp(heads: list[Head], cut: str) -> None:
    for head in heads:
        roots = inside(head, grow(head, cut).points[:, 1])
        distance, _ = surface(head).signed(roots)
        # Beside the ears the nearest vertex may be the ear's.
        assert np.quantile(np.abs(distance), 0.98) < 0.0015
        assert np.abs(distance).max() < 0.008
        assert roots[:, 2].min() > 0.63
        face = (roots[:, 1] < -0.09) & (roots[:, 2] < 0.77) & (np.abs(roots[:, 0]) < 0.055)
        assert not face.any()


@pytest.mark.parametrize("cut", GROWN)
def test_no_strand_runs_through_the_head(heads: list[Head], cut: str) -> None:
    for head in heads:
        points = inside(head, grow(head, cut).points[:, 2:-1])
        distance, _ = surface(head).signed(points)
        assert np.mean(distance < -0.002) < 0.012
        assert np.quantile(distance, 0.002) > -0.008


@pytest.mark.parametrize("cut", GROWN)
def test_hair_keeps_out_of_the_face(heads: list[Head], cut: str) -> None:
    for head, seed in ((heads[0], 1), (heads[0], 2), (heads[1], 1), (heads[2], 1)):
        points = inside(head, grow(head, cut, seed).points[:, 1:-1])
        assert np.mean(in_face(points) > 0.002) < 2e-4


@pytest.mark.parametrize("cut", BANGS_STYLES)
def test_bangs_cover_the_forehead_but_not_the_eyes(heads: list[Head], cut: str) -> None:
    def forehead(bangs: bool) -> float:
        points = inside(heads[0], grow(heads[0], cut, bangs=bangs).points[:, 1:-1])
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        assert np.mean((np.abs(x) < 0.045) & (y < -0.10) & (z > 0.69) & (z < 0.742)) < 3e-4
        return float(np.mean(((np.abs(x) < 0.04) & (y < -0.105) & (z > 0.74) & (z < 0.785)).any(axis=1)))

    assert forehead(bangs=True) > 0.03 > 3 * forehead(bangs=False)


@pytest.mark.parametrize(("cut", "low", "high"), [("bun", 0.82, 1.0), ("ponytail", 0.4, 0.80)])
def test_tied_hair_ends_in_one_place(heads: list[Head], cut: str, low: float, high: float) -> None:
    tips = inside(heads[0], grow(heads[0], cut, 2).points[:, -2])
    middle = np.median(tips, axis=0)
    assert low < middle[2] < high
    assert np.mean(np.linalg.norm(tips - middle, axis=1) < 0.09) > 0.8


def test_cuts_differ_in_length(heads: list[Head]) -> None:
    reach = {cut: float(np.quantile(grow(heads[0], cut).points[..., 2], 0.02)) for cut in ("crop", "bob", "long")}
    assert reach["long"] < reach["bob"] - 0.04 < reach["crop"] - 0.06
    height = {cut: float(grow(heads[0], cut).points[..., 2].max()) for cut in ("crop", "afro")}
    assert height["afro"] > height["crop"] + 0.015


def test_a_child_has_the_hair_of_its_size(heads: list[Head]) -> None:
    adult, child = grow(heads[0], "long"), grow(heads[1], "long")
    ratio = heads[1].scale / heads[0].scale
    assert child.radii.mean() / adult.radii.mean() == pytest.approx(ratio, rel=0.03)
    spans = [np.ptp(hair.points[..., 2]) for hair in (child, adult)]
    assert spans[0] / spans[1] == pytest.approx(ratio, abs=0.12)


def test_colors_differ() -> None:
    lock = np.arange(600) // 20
    means = {
        color: np.mean(
            [hair_colors(color, 30, lock, 4, np.random.default_rng(s)).mean(axis=(0, 1)) for s in range(20)], 0
        )
        for color in COLORS
    }
    light = [means[color].mean() for color in ("black", "brown", "blond", "white")]
    assert all(low * 1.4 < high for low, high in pairwise(light))
    assert means["red"][0] > 2.2 * means["red"][2]
    assert means["grey"][0] < 1.15 * means["grey"][2]


def test_color_changes_nothing_else_and_varies_in_itself(heads: list[Head]) -> None:
    hair = [grow(heads[0], "short", 5, color) for color in COLORS]
    assert all(h.points.tobytes() == hair[0].points.tobytes() for h in hair)
    for h in hair:
        assert 0 < h.colors.min() <= h.colors.max() < 1
        assert h.colors.mean(axis=(1, 2)).std() > 0.1 * h.colors.mean()


def test_long_hair_falls_down_whatever_the_pose(model: HeadModel) -> None:
    shape = Shape(30, 0.1, (0.2, 0.2, 0.6))
    tips = [grow(model.shape(shape, pose=Pose(roll=roll)), "long").points[:, -2] for roll in (-25, 25)]
    assert abs(float(tips[0][:, 0].mean() - tips[1][:, 0].mean())) < 0.08
    assert all(np.median(t[:, 2]) < 0.60 for t in tips)


def test_a_bald_head_is_bare_and_an_old_one_keeps_a_wreath(heads: list[Head]) -> None:
    assert len(grow(heads[0], "bald").points) == 0
    wreath = inside(heads[0], grow(heads[0], "bald", bald_top=1.0, age=70).points[:, 1])
    assert len(wreath) == COUNT
    assert np.mean(wreath[:, 2] > 0.815) < 0.01


def test_recession_bares_the_temples() -> None:
    places = np.array([[0.036, -0.097, 0.802], [0.0, 0.05, 0.80]], np.float32)
    young, old = (Hairline.draw(np.random.default_rng(2), recession, 0.0).density(places) for recession in (0.0, 1.0))
    assert young.min() > 0.9
    assert old[0] < 0.3
    assert old[1] > 0.9


def test_a_wreath_has_no_edge() -> None:
    up = np.linspace(0.74, 0.83, 91)
    back = np.stack([0 * up, np.full(91, 0.05), up], axis=1).astype(np.float32)
    for seed in range(4):
        share = Hairline.draw(np.random.default_rng(seed), 0.0, 1.0).density(back)
        assert np.ptp(up[(share > 0.02) & (share < 0.98)]) > 0.03


def test_the_hairline_can_be_had_without_the_hair(heads: list[Head]) -> None:
    style = HairStyle("short", "black", strands=COUNT)
    line = hairline(style, np.random.default_rng(8))
    again = hairline(style, np.random.default_rng(8))
    assert np.array_equal(line.waves, again.waves)
    density = line.density(heads[0].template_vertices)
    assert 0 <= density.min() < 0.01 < 0.99 < density.max() <= 1


def test_unknown_and_unsupported_cuts_are_refused(heads: list[Head]) -> None:
    with pytest.raises(UnknownNameError, match="hair style"):
        grow(heads[0], "mullet")


def test_a_surface_knows_its_sides() -> None:
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(20000, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    ball = Surface.of(0.1 * normals, normals, 1.0)
    where = rng.normal(size=(500, 3)).astype(np.float32)
    where *= (rng.uniform(0.08, 0.13, (500, 1)) / np.linalg.norm(where, axis=1, keepdims=True)).astype(np.float32)
    distance, _ = ball.signed(where)
    assert np.abs(distance - (np.linalg.norm(where, axis=1) - 0.1)).max() < 0.002
    strand = np.linspace((0, 0, 0.1), (0, 0.06, 0.072), 8, dtype=np.float32)[None]
    assert np.linalg.norm(ball.keep_out(strand, 0.001), axis=2).min() > 0.099


def test_trimming_and_curling_keep_the_root() -> None:
    straight = np.linspace((0, 0, 0), (0, 0, -0.2), 40, dtype=np.float32)[None].repeat(5, axis=0)
    half = trim(straight, np.full(5, 0.5, np.float32))
    assert np.allclose(half[:, -1, 2], -0.1, atol=1e-6)
    phase = np.linspace(0, 6, 5, dtype=np.float32)
    wound = curl(straight, Curl(0.005, 0.03, 0.01), phase, np.ones(5, np.float32))
    assert np.abs(wound[:, 0] - straight[:, 0]).max() < 1e-4
    away = np.linalg.norm(wound[:, 10:] - straight[:, 10:], axis=2)
    assert away.max() == pytest.approx(0.005, rel=0.15)
