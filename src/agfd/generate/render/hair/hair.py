"""Hair: roots on the scalp, guides combed over the head, and thousands of strands in locks between them.

The work is done in the *hair frame*: the head un-posed and stretched to the size of the adult template, so that all
lengths are those of an adult and gravity is what turns with the pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.errors import UnknownNameError
from agfd.generate.render.hair.cuts import BROWS, Cut, Person, Recipe, afro, crop, short
from agfd.generate.render.hair.cuts_long import bob, curls, long, with_bangs
from agfd.generate.render.hair.cuts_tied import braids, bun, ponytail
from agfd.generate.render.hair.hair_color import hair_colors
from agfd.generate.render.hair.scalp import Hairline, Roots, sample_roots
from agfd.generate.render.hair.strands import (
    Growth,
    Surface,
    clump,
    curl,
    first_below,
    grow,
    smooth,
    spread,
    trim,
    unit,
    wander,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.generate.render.body.head import Head

Floats: TypeAlias = NDArray[np.float32]

_CUTS: Mapping[str, Recipe] = MappingProxyType(
    {
        "crop": crop,
        "short": short,
        "bob": bob,
        "long": long,
        "afro": afro,
        "curls": curls,
        "braids": braids,
        "ponytail": ponytail,
        "bun": bun,
    }
)
HAIR_STYLES = ("bald", *_CUTS)
# Where bangs have something to fall from.
BANGS_STYLES = ("short", "bob", "long", "curls", "braids", "ponytail", "bun")
TEXELS = 4
_GUIDES = 420
_SKIN_GAP = 0.0015


@dataclass(frozen=True, slots=True)
class HairStyle:
    """What hair is asked for. `cut` and `color` are words of `agfd.vocabulary`; `age` in years; `male`, `curl` (0
    straight, 0.3 wavy, 0.7 curly, 1 coily), `recession` of the temples and `bald_top` 0 to 1; `strands` on a full head.
    """

    cut: str
    color: str
    age: float = 30.0
    male: float = 0.5
    curl: float = 0.0
    recession: float = 0.0
    bald_top: float = 0.0
    bangs: bool = False
    strands: int = 18000


@dataclass(frozen=True, slots=True)
class Strands:
    """Hair as curves. `points` float32 (n, k, 3) and `radii` (n, k), metres: control points of uniform cubic B-splines,
    so the first lies under the skin and the curve begins near the second. `colors` (n, t, 3), linear RGB from root to
    tip; `roughness` 0 to 1.
    """

    points: Floats
    radii: Floats
    colors: Floats
    roughness: float

    @classmethod
    def none(cls) -> Strands:
        """No hair at all."""
        empty = np.zeros((0, 4, 3), np.float32)
        return cls(empty, empty[:, :, 0], np.zeros((0, TEXELS, 3), np.float32), 0.4)

    def texture(self) -> Floats:
        """(n * t, 1, 3) for the curves' second texture coordinate, which runs through all strands from 0 to 1."""
        return self.colors.reshape(-1, 1, 3)


@dataclass(frozen=True, slots=True)
class Frame:
    """The way from the world to the hair frame: x -> (skull⁻¹ x - offset) / stretch."""

    skull: NDArray[np.float64]
    stretch: Floats
    offset: Floats

    @classmethod
    def of(cls, head: Head) -> Frame:
        """The frame of `head`: the best fit, axis by axis, of its un-posed skull to the template's."""
        skull = head.template_vertices[:, 2] > 0.66
        source, target = head.template_vertices[skull], head.rest_vertices[skull]
        stretch = target.std(axis=0) / source.std(axis=0)
        return cls(head.head_transform, stretch, target.mean(axis=0) - stretch * source.mean(axis=0))

    def inward(self, points: NDArray[np.floating]) -> Floats:
        """Points (..., 3) of the posed world in the hair frame."""
        rest = (points - self.skull[:3, 3]) @ self.skull[:3, :3]
        return np.asarray((rest - self.offset) / self.stretch, np.float32)

    def normals(self, normals: NDArray[np.floating]) -> Floats:
        """Normals (n, 3) of the posed world in the hair frame."""
        return unit((normals @ self.skull[:3, :3]) * self.stretch)

    def surface(self, head: Head) -> Surface:
        """The posed skin, shoulders and all, in the hair frame."""
        return Surface.of(self.inward(head.vertices), self.normals(head.normals), 1.0)

    def outward(self, head: Head, points: Floats) -> Floats:
        """Points of the hair frame in the posed world."""
        return head.carried(points * self.stretch + self.offset)


class Covering(Protocol):
    """Something worn over the hair; all strands are in the hair frame."""

    def hides(self, strands: Floats) -> NDArray[np.bool_]:
        """Which strands (n, k, 3) nobody can see, (n,)."""

    def press(self, strands: Floats) -> Floats:
        """`strands` (n, k, 3) held in by it."""


def hairline(style: HairStyle, rng: np.random.Generator) -> Hairline:
    """The hairline that `grow_hair` uses for a generator in the same state."""
    return _line(style, _streams(rng)[0])


def pigments(rng: np.random.Generator) -> np.random.Generator:
    """The generator that draws the colours of `grow_hair` for a generator in the same state."""
    return _streams(rng)[2]


def grow_hair(head: Head, style: HairStyle, rng: np.random.Generator, covering: Covering | None = None) -> Strands:
    """Hair on `head` in its pose, under a `covering` if one is worn. The colour changes nothing of the shape.

    Raises `UnknownNameError` for a cut that is not in `HAIR_STYLES`. A bald head gets no strands unless `bald_top` is
    over 0.5: then a wreath of short hair stays.
    """
    if style.cut not in HAIR_STYLES:
        raise UnknownNameError("supported hair style", style.cut, HAIR_STYLES)
    line_rng, shape_rng, color_rng = _streams(rng)
    line = _line(style, line_rng)
    if line.bare:
        return Strands.none()
    frame = Frame.of(head)
    down = unit(np.asarray(np.array([0.0, 0, -1]) @ frame.skull[:3, :3]) / frame.stretch)
    person = Person(style.age, style.male, style.curl, down)
    cut = _CUTS["crop" if style.cut == "bald" else style.cut](shape_rng, person)
    if style.bangs and style.cut in BANGS_STYLES:
        cut = with_bangs(cut, shape_rng, person)
    roots = sample_roots(head, line, style.strands, shape_rng, cut.dense)
    roots = Roots(frame.inward(roots.points), frame.normals(roots.normals), roots.template, roots.density)
    skin = frame.surface(head)
    strands, lock = _strands(roots, cut, skin, shape_rng)
    strands = _finish(strands, roots, cut, skin, shape_rng)
    colors = hair_colors(style.color, style.age, lock, TEXELS, color_rng)
    radii = _radii(roots, strands.shape[1], cut, style, shape_rng) * head.scale
    if covering is not None:
        seen = ~covering.hides(strands)
        strands, colors, radii = covering.press(strands[seen]), colors[seen], radii[seen]
    return Strands(frame.outward(head, _ends(strands)), radii, colors, 0.28)


def _streams(rng: np.random.Generator) -> list[np.random.Generator]:
    """Generators for the hairline, the shape and the colour, so that none shifts another."""
    return [np.random.Generator(np.random.PCG64(int(seed))) for seed in rng.integers(2**63, size=3)]


def _line(style: HairStyle, rng: np.random.Generator) -> Hairline:
    bald = style.cut == "bald"
    top = style.bald_top if bald else 0.6 * style.bald_top
    return Hairline.draw(rng, style.recession, top, bare=bald and style.bald_top <= 0.5)


def _strands(roots: Roots, cut: Cut, skin: Surface, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """Strands (n, k, 3) at `roots` and the number of each one's lock."""
    count = len(roots.points)
    guide = roots.take(np.sort(rng.choice(count, min(_GUIDES, count), replace=False)))
    low, high = cut.volume
    layer = (low + (high - low) * rng.random(len(guide.points)) ** 1.3).astype(np.float32)
    field = cut.field(guide)
    combed = field(guide.points, guide.normals, np.zeros(len(layer), np.float32))
    start = np.asarray(cut.lift * guide.normals + (1 - cut.lift) * combed, np.float32)
    growth = Growth(start, field, cut.bend, layer, cut.ramp, cut.hug)
    guides = grow(guide.points, cut.lengths(guide), cut.steps, growth, skin)
    shares = np.clip(1 - np.abs(rng.normal(0, cut.ragged, count)), 0.25, 1).astype(np.float32)
    # Hair at the hairline is short and fine.
    shares *= 0.3 + 0.7 * smooth(0.0, 0.9, roots.density)
    strands = spread(guides, _keys(guide, cut), roots.points, _keys(roots, cut), shares)
    return _locks(strands, roots, cut, rng)


def _keys(roots: Roots, cut: Cut) -> Floats:
    """Where strands are near each other: on the scalp, and on one side of the parting."""
    side = cut.side(roots) if cut.side else np.zeros(len(roots.points), np.float32)
    return np.concatenate([roots.points, 0.08 * side[:, None]], axis=1).astype(np.float32)


def _locks(strands: Floats, roots: Roots, cut: Cut, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """`strands` gathered into wisps and locks, wound, and loosened; and the number of each one's lock."""
    from scipy.spatial import cKDTree

    count, k = strands.shape[:2]
    keys = _keys(roots, cut)
    t = np.linspace(0, 1, k, dtype=np.float32)
    profile = smooth(0.0, 0.3, t) if cut.early else smooth(0.05, 0.9, t)
    lock = np.zeros(count, np.int64)
    leaders = np.zeros(1, np.int64)
    loose = rng.random(count) < 0.05
    for size, gather in zip(cut.locks, cut.gather, strict=True):
        leaders = rng.choice(count, max(count // size, 2), replace=False)
        # Locks are told apart half at the root and half where they go.
        middle = np.concatenate([keys, 0.5 * strands[:, k // 2]], axis=1)
        lock = cKDTree(middle[leaders]).query(middle)[1]
        amount = np.clip(gather * np.exp(rng.normal(0, 0.35, count)), 0, 0.93) * ~loose
        strands = clump(strands, leaders, lock, (amount[:, None] * profile).astype(np.float32))
    if cut.curls is not None:
        phase = rng.uniform(0, 2 * np.pi, len(leaders))[lock] + rng.normal(0, 0.25, count)
        size = np.exp(rng.normal(0, 0.25, len(leaders)))[lock] * np.exp(rng.normal(0, 0.15, count))
        strands = curl(strands, cut.curls, phase.astype(np.float32), size.astype(np.float32))
    wobble = cut.wander * np.exp(rng.normal(-0.7, 0.6, count)) * np.where(loose, 3.5, 1.0)
    # A short hair cannot stray farther than it is long.
    wobble = np.minimum(wobble, 0.16 * np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1))
    return wander(strands, rng, wobble.astype(np.float32), 1.2), lock


def _finish(strands: Floats, roots: Roots, cut: Cut, skin: Surface, rng: np.random.Generator) -> Floats:
    """`strands` outside of the skin, cut at the plane, and out of the face."""
    planned = np.linalg.norm(np.diff(strands, axis=1, prepend=strands[:, :1]), axis=2)
    for _ in range(3):
        # Clothes lie between the shoulders and the hair.
        gap = _SKIN_GAP + 0.009 * smooth(0.625, 0.59, strands[:, 1:, 2])
        strands = skin.keep_out(strands, gap)
    uneven = cut.blunt * rng.normal(0, 1, (len(strands), 1))
    ends = first_below(-0.0015 - in_face(strands))
    if cut.plane is not None:
        ends = np.minimum(ends, first_below(strands[:, :, 2] - cut.plane(strands) - uneven))
    if cut.bangs is not None and cut.bangs_plane is not None:
        fringe = first_below(strands[:, :, 2] - cut.bangs_plane(strands) - 0.003 * np.abs(uneven / cut.blunt))
        ends = np.where(cut.bangs(roots) > 0, fringe, ends)
    # What is still inside, or torn by being pushed to two sides, is not seen: it ends there.
    depth, _ = skin.signed(strands)
    depth[:, :3] = 0
    steps = np.linalg.norm(np.diff(strands, axis=1, prepend=strands[:, :1]), axis=2)
    torn = first_below(np.minimum(0.003 + 2.2 * planned, 0.035) - steps)
    ends = np.minimum(np.minimum(ends, first_below(depth + 0.004)), torn)
    return trim(strands, ends)


def in_face(points: NDArray[np.floating]) -> Floats:
    """Depth, metres, positive inside, of points (..., 3) of the hair frame in the column before eyes and mouth."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    half = np.interp(z, (0.60, 0.64, 0.70, 0.735, BROWS, 0.765), (0.040, 0.046, 0.054, 0.054, 0.046, 0.0))
    return np.asarray(np.minimum(np.minimum(half - np.abs(x), -0.085 - y), z - 0.60), np.float32)


def _radii(roots: Roots, k: int, cut: Cut, style: HairStyle, rng: np.random.Generator) -> Floats:
    """Radii (n, k + 2): thinner at the tip, at the hairline, and where many strands share the head."""
    full = cut.radius * np.sqrt(18000 / style.strands) * np.exp(rng.normal(0, 0.15, len(roots.points)))
    full = full * (0.4 + 0.6 * smooth(0.1, 1.0, roots.density))
    taper = np.interp(np.linspace(0, 1, k + 2), (0, 0.15, 0.6, 1), (0.9, 1.0, 0.85, 0.4))
    return np.asarray(full[:, None] * taper, np.float32)


def _ends(strands: Floats) -> Floats:
    """`strands` with one control point more at each end, so that the B-spline reaches root and tip."""
    first, last = 2 * strands[:, :1] - strands[:, 1:2], 2 * strands[:, -1:] - strands[:, -2:-1]
    return np.concatenate([first, strands, last], axis=1)
