"""Single teeth along the arches of a head: rounded crowns of a person's own size, place and colour, and their gums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head, HeadModel, Ints
    from agfd.generate.render.person import Person

Wide: TypeAlias = NDArray[np.float64]

# Per tooth from the middle outwards, mm: width, length and depth of the crown (after Ash, "Wheeler's Dental Anatomy"),
# and how much higher its corners are than its tip.
_CROWNS = {
    "teeth_up": (
        (8.5, 10.3, 7.0, 0.25), (6.6, 9.0, 6.2, 0.55), (7.6, 10.0, 8.0, 1.5), (7.0, 8.4, 9.0, 1.1),
        (6.8, 7.8, 9.0, 0.9), (9.6, 7.0, 10.5, 0.6), (9.2, 6.6, 10.5, 0.5),
    ),
    "teeth_low": (
        (5.3, 8.6, 5.8, 0.1), (5.8, 8.8, 6.0, 0.25), (6.8, 9.8, 7.6, 1.3), (7.0, 8.4, 7.6, 1.0),
        (7.1, 7.8, 8.0, 0.7), (10.4, 7.0, 10.2, 0.5), (10.2, 6.6, 10.2, 0.4),
    ),
}  # fmt: skip
# Rings of a crown from its edge to below the gum: height, width and depth by the whole, setback of the face in mm.
_HEIGHT = np.array((0.0, 0.02, 0.07, 0.18, 0.36, 0.58, 0.80, 1.0, 1.25))
_WIDTH = np.array((0.70, 0.86, 0.945, 0.985, 1.0, 0.965, 0.89, 0.79, 0.70))
_DEPTH = np.array((0.14, 0.21, 0.29, 0.40, 0.58, 0.80, 0.96, 0.94, 0.85))
_SETBACK = np.array((1.00, 0.72, 0.48, 0.25, 0.06, 0.0, 0.14, 0.55, 1.0))
_AROUND = 16
_COLUMNS = 7
# Across a gum from below its margin to the fold: above the margin in mm, and how far out of the face of the crowns in
# the middle of a tooth and between two. It leans in early, so that it stays behind the lips.
_GUM_PROFILE = (
    (-0.3, -2.6, -3.6),
    (0.0, -0.45, -1.9),
    (0.5, 0.1, -1.3),
    (1.8, 0.2, -0.7),
    (3.6, -0.4, -0.7),
    (5.5, -2.0, -2.0),
    (7.0, -5.5, -5.5),
)
# How much paler each of these is.
_GUM_PALE = (0.0, 1.0, 0.6, 0.1, 0.0, 0.0, 0.0)
# Forward and upward shift of the edge of a row against the helper's, mm: the helper sits too far behind the lips, and
# at rest the edges of the upper teeth lie a little below the seam of the lips.
_SHIFT = {"teeth_up": (4.2, -4.4), "teeth_low": (0.4, -1.2)}
_ENAMEL, _OLD = np.array((0.80, 0.71, 0.605)), np.array((0.63, 0.52, 0.365))
# What the shade of the cheeks leaves of the colour of each tooth, from the middle outwards; warm light is left longest.
_SHADE = np.array((1.0, 0.95, 0.83, 0.67, 0.52, 0.41, 0.32))
_WARM = np.array((0.85, 1.0, 1.15))
# Exposure follows the skin: what the enamel loses beside the darkest one, so that it does not outshine the eyes.
_BESIDE_DARK = 0.60
# How far behind the arch each tooth stands, mm, in a grown jaw and more with milk teeth: corridors beside the corners.
_INNER, _INNER_MILK = np.array((0, 0, 0.2, 0.6, 0.9, 1.0, 1.0)), np.array((0, 0.2, 1.0, 2.4, 3.0, 3.0, 3.0))
# How much higher milk teeth stand, and how far up and in the gum withdraws where no tooth has come yet, mm: the raised
# corners of a small child's laugh would show it else.
_HIGH, _BARE_UP, _BARE_IN = 1.5, 2.5, 6.0
_GUM = np.array((0.45, 0.155, 0.145))


@dataclass(frozen=True, slots=True)
class Solid:
    """Un-posed `vertices` (n, 3), triangles `faces` (m, 3) and linear `colors` (n, 3)."""

    vertices: Wide
    faces: Ints
    colors: Wide


@dataclass(frozen=True, slots=True)
class _Arch:
    """The edge (n, 3) of a row, and there the directions along, out and to the root; `way`: metres from the middle."""

    way: Wide
    edge: Wide
    along: Wide
    out: Wide
    root: Wide

    def at(self, way: Wide) -> tuple[Wide, Wide, Wide, Wide]:
        """Edge, along, out and root (n, 3) at distances from the middle."""
        found = [
            np.stack([np.interp(way, self.way, table[:, k]) for k in range(3)], axis=1)
            for table in (self.edge, self.along, self.out, self.root)
        ]
        return found[0], _unit(found[1]), _unit(found[2]), _unit(found[3])


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of teeth of a person, from its right to its left, metres: `middle` along the arch, `size` (n, 3) width,
    length, depth; `tip`: how much the corners rise; `turn` radians; `out`, `rise`: shifts; `there`: which are grown;
    `tone` (n, 3): their colour by the enamel's.
    """

    middle: Wide
    size: Wide
    tip: Wide
    turn: Wide
    out: Wide
    rise: Wide
    there: NDArray[np.bool_]
    tone: Wide


def arches(model: HeadModel, part: str) -> tuple[Ints, Ints]:
    """Vertices of a helper's strip at the teeth's edge and at their root, each (17,), from the right to the left."""
    points = 1000 * model.template[np.unique(model.quads[part])].astype(np.float64)
    y, z = points[:, 1], points[:, 2]
    if part == "teeth_up":
        edge, root = z < 663 + 0.24 * (y + 147), z > 676.5 + 0.08 * (y + 151)
    else:
        edge, root = z > 656.3 + 0.24 * (y + 147), z < 644 + 0.35 * (y + 142.7)
    rows = [np.flatnonzero(row) for row in (edge, root)]
    side = np.arctan2(points[:, 0], -(y + 90))
    return rows[0][np.argsort(side[rows[0]])], rows[1][np.argsort(side[rows[1]])]


def grown(head: Head, model: HeadModel, sitter: Person) -> tuple[Solid, Solid]:
    """All crowns, and the gums of both rows."""
    crowns, gums = [], []
    for part in ("teeth_up", "teeth_low"):
        arch, row = _arch(head, model, part), _row(head, sitter, part)
        crowns.append(_crowns(arch, row, head.scale, _enamel(sitter)))
        gums.append(_gum(arch, row, head.scale, sitter))
    return joined(crowns), joined(gums)


def joined(solids: list[Solid]) -> Solid:
    """Several as one."""
    starts = np.cumsum([0] + [len(solid.vertices) for solid in solids[:-1]])
    return Solid(
        np.concatenate([solid.vertices for solid in solids]),
        np.concatenate([solid.faces + start for solid, start in zip(solids, starts, strict=True)]),
        np.concatenate([solid.colors for solid in solids]),
    )


def _arch(head: Head, model: HeadModel, part: str) -> _Arch:
    """A smooth arch through the helper's strip."""
    from scipy.interpolate import CubicSpline

    rest = head.rest_parts[part].astype(np.float64)
    edge, root = (rest[row] for row in arches(model, part))
    fine = np.linspace(0, len(edge) - 1, 161)
    edge, root = (CubicSpline(np.arange(len(row)), row)(fine) for row in (edge, root))
    up = _unit(_unit(root - edge) + np.array((0, 0, 0.7 if part == "teeth_up" else 0.0)))
    along = _unit(np.gradient(edge, axis=0))
    out = _unit(np.cross(along, (0, 0, 1)))
    out = _unit(out - up * (out * up).sum(axis=1, keepdims=True))
    forward, lift = _SHIFT[part]
    edge = edge + head.scale / 1000 * (forward * out * (1, 1, 0) + np.array((0, 0, lift)))
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(edge, axis=0), axis=1))])
    return _Arch(way - way[80], edge, along, out, up)


def _row(head: Head, sitter: Person, part: str) -> _Row:
    """The person's own teeth of a row. Milk teeth are smaller and stand apart; babies have only some."""
    draw, age = stream(sitter.seed, part), sitter.age
    crooked = 0.35 + 0.9 * draw.random() ** 2
    apart = 0.12 + 0.25 * draw.random() ** 4
    noise = draw.normal(0, 1, (5, 14)).clip(-2, 2)
    side = np.array(_CROWNS[part])
    size, tip = np.concatenate([side[::-1, :3], side[:, :3]]), np.concatenate([side[::-1, 3], side[:, 3]])
    number = np.concatenate([np.arange(7)[::-1], np.arange(7)])
    milk = _milk(age)
    size = size * (1 - milk * np.array((0.10, 0.06, 0.1)))
    # Teeth wear down; their tips first.
    worn = float(np.clip((age - 30) / 50, 0, 1))
    size[:, 0] *= 1 + 0.022 * noise[0]
    size[:, 1] *= (1 + 0.03 * noise[1]) * (1 - 0.07 * worn)
    gap = (apart + 0.25 * milk) * np.ones(14)
    ends = np.cumsum(size[:, 0] + gap)
    middle = ends - (size[:, 0] + gap) / 2 - ends[6]
    # Which tooth comes through when, in years (milk teeth).
    first = np.array((0.7, 0.9, 1.6, 1.3, 2.3, 6.0, 12.0))[number]
    mm = head.scale / 1000
    tone = _SHADE[number, None] ** _WARM * (1 + 0.03 * draw.normal(0, 1, (14, 1)).clip(-2, 2))
    return _Row(
        middle=middle * mm,
        size=size * mm,
        tip=tip * (1 - 0.6 * worn) * mm,
        turn=np.radians(3.2) * crooked * noise[2],
        out=(0.22 * crooked * noise[3] - (_INNER + milk * _INNER_MILK)[number]) * mm,
        rise=(0.16 * crooked * noise[4] + (part == "teeth_up") * (0.45 * (number == 1) + _HIGH * milk)) * mm,
        there=first <= max(age, 1.0),
        tone=tone,
    )


def _enamel(sitter: Person) -> Wide:
    """The colour of a person's teeth: yellower with the years."""
    draw = stream(sitter.seed, "enamel")
    yellow = float(np.clip(0.12 + 0.16 * draw.normal() + (sitter.age - 20) / 85, 0, 1))
    light = 1 + 0.04 * float(np.clip(draw.normal(), -2, 2))
    color = _ENAMEL * (1 - yellow) + _OLD * yellow
    return np.asarray(color * light * (1 - _BESIDE_DARK * sitter.melanin))


def _milk(age: float) -> float:
    """1 in the years of milk teeth to 0 after their change."""
    return float(np.clip((8 - age) / 2, 0, 1))


def _crowns(arch: _Arch, row: _Row, scale: float, enamel: Wide) -> Solid:
    """The crowns of a row: rings from edge to root around a rounded box, closed at the edge."""
    angle = 2 * np.pi * np.arange(_AROUND) / _AROUND
    # A superellipse: flat faces with round corners.
    across, deep = (np.sign(f) * np.abs(f) ** 0.72 for f in (np.cos(angle), np.sin(angle)))
    ring, one = np.arange(_AROUND), np.roll(np.arange(_AROUND), -1)
    steps = np.arange(len(_HEIGHT) - 1)[:, None] * _AROUND
    a, b = (steps + ring).ravel(), (steps + one).ravel()
    end = np.full(_AROUND, len(_HEIGHT) * _AROUND)
    faces = np.concatenate([
        np.stack([a, b, b + _AROUND], 1), np.stack([a, b + _AROUND, a + _AROUND], 1), np.stack([one, ring, end], 1)
    ])  # fmt: skip
    edge, along, out, root = arch.at(row.middle)
    tint = _tints(enamel, across)
    solids = []
    for i in np.flatnonzero(row.there):
        wide, long, thick = row.size[i]
        x = 0.5 * wide * _WIDTH[:, None] * across
        depth = thick * _DEPTH[:, None]
        y = -_SETBACK[:, None] * scale / 1000 - depth / 2 - depth / 2 * deep
        z = long * _HEIGHT[:, None] + row.tip[i] * np.abs(across) ** 1.5 * np.clip(1 - _HEIGHT[:, None] / 0.5, 0, 1)
        local = np.stack([x, y, z], axis=2).reshape(-1, 3)
        local = np.concatenate([local, [local[:_AROUND].mean(axis=0)]])
        c, s = np.cos(row.turn[i]), np.sin(row.turn[i])
        x, y = c * local[:, 0] - s * local[:, 1], s * local[:, 0] + c * local[:, 1] + row.out[i]
        z = local[:, 2] + row.rise[i]
        points = edge[i] + x[:, None] * along[i] + y[:, None] * out[i] + z[:, None] * root[i]
        solids.append(Solid(points, faces, tint * row.tone[i]))
    return joined(solids)


def _tints(enamel: Wide, across: Wide) -> Wide:
    """Colours (n, 3) of a crown's vertices: greyer at its edge, darker at its neck and where it meets the next."""
    height = np.repeat(_HEIGHT, _AROUND)
    neck = np.clip((height - 0.45) / 0.55, 0, 1)[:, None]
    edge = np.clip(1 - height / 0.2, 0, 1)[:, None]
    meets = np.tile(np.abs(across) ** 6, len(_HEIGHT))[:, None]
    color = enamel * (1 - neck * (0.05, 0.13, 0.24)) * (1 - edge * (0.13, 0.09, 0.05)) * (1 - meets * (0.2, 0.27, 0.34))
    return np.concatenate([color, color[:1]])


def _gum(arch: _Arch, row: _Row, scale: float, sitter: Person) -> Solid:
    """The gum of a row: high over the middle of each tooth, down between two of them."""
    share = np.linspace(-1, 1, _COLUMNS)[:-1]
    way = (row.middle[:, None] + 0.5 * row.size[:, :1] * share).ravel()
    # 0 in the middle of a tooth to 1 between two.
    between = np.tile(np.abs(share) ** 2.2, 14)
    between = np.where(np.repeat(row.there, len(share)), between, 0.35)
    mm = scale / 1000
    length = np.repeat(row.size[:, 1], len(share))
    rise = np.repeat(row.rise, len(share))
    margin = length * (0.98 - (0.36 - 0.16 * _milk(sitter.age)) * between) + rise
    inner = np.interp(way, row.middle, row.out)
    bare = _bare(row, share)
    margin = margin * (1 - bare) + (1.0 * length + _BARE_UP * mm) * bare
    edge, _, out, root = arch.at(way)
    rows = []
    for above, middle, gap in _GUM_PROFILE:
        y, z = (middle * (1 - between) + gap * between) * mm, margin + above * mm
        y = y + inner - _BARE_IN * mm * bare
        rows.append(edge + y[:, None] * out + z[:, None] * root)
    count = len(way)
    a = (np.arange(len(_GUM_PROFILE) - 1)[:, None] * count + np.arange(count - 1)).ravel()
    faces = np.concatenate([np.stack([a, a + 1, a + 1 + count], 1), np.stack([a, a + 1 + count, a + count], 1)])
    # Gums of dark people are browner.
    color = _GUM * (1 - 0.45 * sitter.melanin * np.array((1.0, 0.75, 0.7)))
    colors = color * (1 + 0.16 * np.repeat(np.array(_GUM_PALE), count)[:, None] * (0.6, 1, 1))
    return Solid(np.concatenate(rows), faces, colors)


def _bare(row: _Row, share: Wide) -> Wide:
    """How far the gum is withdrawn along the arch: 0 at a tooth to 1 where none is near, without a step."""
    place = np.arange(14)[:, None] + share / 2
    return np.asarray(np.interp(place.ravel(), np.arange(14), ~row.there))


def _unit(vectors: Wide) -> Wide:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
