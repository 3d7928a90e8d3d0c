"""Small solids of which worn things are made: swept bars, wires, pads, sheets with a thickness.

All in metres, in the frame of whoever calls; triangles are wound so that normals point outwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.head import Ints, normals
from agfd.generate.render.picture import trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.render.body.head import Head

Points: TypeAlias = NDArray[np.float64]
Color: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Solid:
    """Triangles: `points` (n, 3), `faces` (m, 3)."""

    points: Points
    faces: Ints


def joined(solids: Sequence[Solid]) -> Solid:
    """Several solids as one."""
    starts = np.cumsum([0, *(len(s.points) for s in solids)])
    faces = [s.faces + start for s, start in zip(solids, starts, strict=False)]
    return Solid(np.concatenate([s.points for s in solids]), np.concatenate(faces))


def bar(
    path: Points, across: Points, along: Points, size: Points, *, closed: bool = False, square: float = 2.6
) -> Solid:
    """A bar along `path` (n, 3) whose section is a superellipse of exponent `square`.

    `across` and `along` (n, 3): unit axes of the section; `size` (n, 2): its half extents in metres.
    """
    angle = np.arange(_SECTION) / _SECTION * 2 * np.pi
    cos, sin = np.cos(angle), np.sin(angle)
    u, v = (np.sign(c) * np.abs(c) ** (2 / square) for c in (cos, sin))
    rings = (
        path[:, None] + across[:, None] * (size[:, :1] * u)[..., None] + along[:, None] * (size[:, 1:] * v)[..., None]
    )
    count = len(path)
    points = rings.reshape(-1, 3)
    quads = _grid(count if closed else count - 1, _SECTION, count, _SECTION)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    if not closed:
        points = np.concatenate([points, path[[0, -1]]])
        ring = np.arange(_SECTION)
        after, first, last = (ring + 1) % _SECTION, len(points) - 2, len(points) - 1
        back = (count - 1) * _SECTION
        faces = np.concatenate([
            faces,
            np.stack([np.full(_SECTION, first), after, ring], axis=1),
            np.stack([np.full(_SECTION, last), back + ring, back + after], axis=1),
        ])  # fmt: skip
    return _outward(Solid(points, faces))


_SECTION = 12


def wire(path: Points, radius: float | Points, *, closed: bool = False) -> Solid:
    """A round wire along `path` (n, 3); `radius` metres, one or (n,)."""
    step = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0) if closed else np.gradient(path, axis=0)
    tangent = step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-12)
    # Axes are carried along, so that the section does not twist.
    across = np.empty_like(path)
    start = np.eye(3)[np.abs(tangent[0]).argmin()]
    for i, t in enumerate(tangent):
        start = start - t * (start @ t)
        start = start / np.linalg.norm(start)
        across[i] = start
    size = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(path),))
    return bar(path, across, np.cross(tangent, across), np.stack([size, size], axis=1), closed=closed, square=2.0)


def pad(centre: Points, axes: Points, half: tuple[float, float, float]) -> Solid:
    """An ellipsoid: `axes` (3, 3) rows of unit vectors, `half` extents along them in metres."""
    rows, columns = 9, 14
    polar = np.linspace(0.02, np.pi - 0.02, rows)[:, None]
    around = np.arange(columns) / columns * 2 * np.pi
    ball = np.stack(
        [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar) * np.ones(columns)], axis=-1
    )
    quads = _grid(rows - 1, columns, rows, columns)
    points = centre + (ball.reshape(-1, 3) * half) @ axes
    return _outward(Solid(points, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])))


def revolved(start: Points, axis: Points, profile: Sequence[tuple[float, float]], size: float) -> Solid:
    """The body of revolution about the unit vector `axis` from `start`: `profile` of radii and heights in `size`."""
    side = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    side /= np.linalg.norm(side)
    other = np.cross(axis, side)
    # Corners are doubled closely, so that smooth normals keep them sharp.
    knots = np.array(profile) * size
    t = np.unique(np.concatenate([np.arange(len(knots)) + o for o in (-0.06, 0.0, 0.06)]).clip(0, len(knots) - 1))
    radius, height = (np.interp(t, np.arange(len(knots)), knots[:, k])[:, None] for k in (0, 1))
    around = np.linspace(0, 2 * np.pi, 41)
    turn = np.cos(around)[:, None] * side + np.sin(around)[:, None] * other
    return sheet(start + radius[..., None] * turn + height[..., None] * axis)


def sheet(grid: Points) -> Solid:
    """The surface through a grid of points (rows, columns, 3), without a thickness."""
    rows, columns = grid.shape[:2]
    quads = _grid(rows - 1, columns - 1, rows, columns)
    return Solid(grid.reshape(-1, 3), np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))


def smooth_ring(knots: Sequence[tuple[float, float]], steps: int) -> Points:
    """A smooth closed outline (steps, 2) through `knots`."""
    from scipy.interpolate import CubicSpline

    closed = np.array([*knots, knots[0]])
    length = np.linalg.norm(np.diff(closed, axis=0), axis=1)
    # Between chord length and even steps: neither overshoots at corners nor wobbles between them.
    at = np.concatenate([[0], np.cumsum((length / length.mean()) ** 0.6)])
    return np.asarray(CubicSpline(at, closed, bc_type="periodic")(np.linspace(0, at[-1], steps, endpoint=False)))


def _grid(rows: int, columns: int, height: int, width: int) -> Ints:
    """Quads (rows * columns, 4) of a grid of `height` x `width` points; a last row or column too many closes it."""
    i, j = (a.ravel() for a in np.mgrid[:rows, :columns])
    down, right = (i + 1) % height, (j + 1) % width
    return np.asarray(np.stack([i * width + j, i * width + right, down * width + right, down * width + j], axis=1))


def _outward(solid: Solid) -> Solid:
    """The closed solid wound so that its volume is positive."""
    a, b, c = (solid.points[solid.faces[:, i]] - solid.points.mean(axis=0) for i in range(3))
    volume = np.einsum("ij,ij->", a, np.cross(b, c))
    return solid if volume > 0 else Solid(solid.points, solid.faces[:, ::-1])


def rubber(color: Color) -> dict[str, Any]:
    """A matt material of one colour."""
    base = {"type": "rgb", "value": list(color)}
    return {"type": "principled", "base_color": base, "roughness": 0.45, "specular": 0.4}


def worn(head: Head, solid: Solid, material: dict[str, Any], part: str, color: Color | Points) -> trace.Mesh:
    """A solid of the skull's frame as a mesh of the scene. `color`: linear RGB of all or of each point (n, 3)."""
    vertices = head.carried(solid.points)
    both = {"type": "twosided", "bsdf": material}
    return trace.Mesh(
        vertices, solid.faces, normals(vertices, solid.faces), both, np.asarray(color, dtype=np.float32), part
    )


def pane(head: Head, solid: Solid, bulge: float, part: str) -> trace.Glass:
    """A clear pane of the skull's frame; `bulge`: how much faster than its mesh's its normals turn from their mean."""
    flat = normals(solid.points, solid.faces).astype(np.float64)
    mean = flat.mean(axis=0)
    # The other eye's is wound the other way round.
    bent = (mean + bulge * (flat - mean)) * -np.sign(mean[1])
    bent = bent / np.linalg.norm(bent, axis=1, keepdims=True) @ head.head_transform[:3, :3].T
    return trace.Glass(head.carried(solid.points), solid.faces, bent.astype(np.float32), part)
