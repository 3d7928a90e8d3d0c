"""Hair under a hand: it lifts the hand a little off the skull, gives way to it, and falls over the fingers' ends.

Everything is seen from the middle of the skull: directions are mapped to a plane around one of them, with equal
distances from it, and at each place there is a radius.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.picture.trace import Curves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.render.body.head import Head
    from agfd.generate.render.picture.trace import Thing

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_MIDDLE = (0.0, -0.05, 0.745)
# Of the mean height of hair above the skin, how much a hand leaves; the most, on an adult.
_LEFT, _MOST = 0.75, 0.030
_GAP = 0.0008
# Steepness of the dent around a hand, and the share of strands that fall over the fingers' ends.
_SLOPE, _OVER = 1.3, 0.45
# Strands shorter than this, on an adult, cannot fall over a finger; width of the locks in which longer ones do.
_LONG, _LOCK = 0.07, 0.016
# Cells around the hand that the dent reaches.
_DENT = 7
_GIVING = ("hair", "facial hair")


@dataclass(frozen=True, slots=True, eq=False)
class Sphere:
    """Directions from `middle` (3,) as cells of a square of `cells` a side around the direction `axis` (3,)."""

    middle: Floats
    axis: Floats
    cells: int

    def places(self, points: NDArray[np.floating]) -> tuple[Ints, Floats]:
        """The cell (n,) of points (n, 3) and their radius (n,)."""
        away = points - self.middle
        radius = np.linalg.norm(away, axis=1)
        side = np.cross(self.axis, (0.0, 1.0, 0.0) if abs(self.axis[1]) < 0.9 else (1.0, 0.0, 0.0))
        side /= np.linalg.norm(side)
        up = np.cross(side, self.axis)
        u, v, w = away @ side, away @ up, away @ self.axis
        across = np.maximum(np.hypot(u, v), 1e-12)
        angle = np.arctan2(across, w) / np.pi
        columns = np.clip(((u / across * angle + 1) / 2 * self.cells).astype(np.int64), 0, self.cells - 1)
        rows = np.clip(((v / across * angle + 1) / 2 * self.cells).astype(np.int64), 0, self.cells - 1)
        return rows * self.cells + columns, radius


def lift(head: Head, things: Sequence[Thing]) -> Floats:
    """How far (vertices,) the hair keeps a hand off the skin, metres."""
    from scipy.ndimage import gaussian_filter

    out = np.zeros(len(head.vertices))
    hair = [t.points.reshape(-1, 3) for t in things if isinstance(t, Curves) and t.part == "hair"]
    if not hair:
        return out
    middle = head.carried(np.array(_MIDDLE)).astype(np.float64)
    # From behind, so that the fold of the map lies before the face.
    back = head.head_transform[:3, :3] @ np.array([0.0, 1.0, 0.0])
    sphere = Sphere(middle, back, 96)
    cell, radius = sphere.places(np.concatenate(hair).astype(np.float64))
    skin_cell, skin = sphere.places(head.vertices.astype(np.float64))
    count = np.bincount(cell, minlength=96**2)
    below = np.bincount(skin_cell, skin, 96**2) / np.maximum(np.bincount(skin_cell, minlength=96**2), 1)
    # Only cells in which hair lies on the skull; hanging hair is not under a hand.
    height = np.clip(radius - below[cell], 0, 0.06 * head.scale)
    total = np.bincount(cell, height * (below[cell] > 0), 96**2)
    smooth = [gaussian_filter(field.reshape(96, 96).astype(float), 1.2).ravel() for field in (total, count)]
    mean = smooth[0] / np.maximum(smooth[1], 3.0)
    upper = head.template_vertices[:, 2] > 0.70
    out[upper] = np.minimum(_LEFT * mean[skin_cell[upper]], _MOST * head.scale)
    return out


def pressed(
    things: Sequence[Thing], head: Head, hand: NDArray[np.floating], reach: Floats, rng: np.random.Generator
) -> list[Thing]:
    """`things` with all hair that meets the hand pushed under it; `hand` (n, 3) are points of the hand and `reach` (n,)
    0 to 1: how far towards the fingers' ends they lie.
    """
    middle = head.carried(np.array(_MIDDLE)).astype(np.float64)
    away = hand - middle
    axis = away.mean(axis=0)
    sphere = Sphere(middle, axis / np.linalg.norm(axis), 320)
    limit, above, ends = _shadow(sphere, hand.astype(np.float64), reach)
    phase = rng.uniform(0, 2 * np.pi, 3)
    return [
        _given(thing, sphere, (limit, above, ends), phase, head.scale)
        if isinstance(thing, Curves) and thing.part in _GIVING and len(thing.points)
        else thing
        for thing in things
    ]


def _shadow(sphere: Sphere, hand: Floats, reach: Floats) -> tuple[Floats, Floats, Floats]:
    """Per cell: radius that hair may have under the hand, radius above it, and `reach`."""
    from scipy.ndimage import distance_transform_edt, maximum_filter, minimum_filter

    cell, radius = sphere.places(hand)
    n = sphere.cells
    order = np.argsort(-radius, kind="stable")
    inner = np.full(n * n, np.inf)
    inner[cell[order]] = radius[order]
    outer, ends = np.zeros(n * n), np.zeros(n * n)
    outer[cell[order[::-1]]] = radius[order[::-1]]
    ends[cell] = reach
    inner = minimum_filter(inner.reshape(n, n), 3)
    outer = maximum_filter(outer.reshape(n, n), 3)
    ends = maximum_filter(ends.reshape(n, n), 3)
    free = ~np.isfinite(inner)
    distance, (rows, columns) = distance_transform_edt(free, return_indices=True)
    near = inner[rows, columns]
    limit = np.where(distance < _DENT, near + _SLOPE * distance * (2 * np.pi / n) * near - _GAP, np.inf)
    return limit.ravel(), np.where(free, 0.0, outer).ravel(), np.where(free, 0.0, ends).ravel()


def _given(curves: Curves, sphere: Sphere, maps: tuple[Floats, Floats, Floats], phase: Floats, scale: float) -> Curves:
    """Strands that have given way to a hand."""
    limit, above, ends = maps
    points = curves.points.reshape(-1, 3).astype(np.float64)
    cell, radius = sphere.places(points)
    bound = limit[cell]
    hit = np.flatnonzero(radius > bound)
    if len(hit) == 0:
        return curves
    # Locks, not single hairs, fall over the fingers: by where they grow.
    count = curves.points.shape[1]
    roots = curves.points[:, 0] / (_LOCK * scale)
    lock = 0.5 + 0.5 * np.sin(roots[:, 0] * 2.1 + phase[0]) * np.sin(roots[:, 1] * 1.9 + phase[1])
    lock = (lock + 0.35 * np.sin(roots[:, 2] * 3.3 + phase[2])) % 1.0
    long = np.linalg.norm(np.diff(curves.points, axis=1), axis=2).sum(axis=1) > _LONG * scale
    over = (lock < _OVER)[hit // count] & long[hit // count] & (ends[cell[hit]] > 0.5)
    goal = np.where(over, np.maximum(radius[hit], above[cell[hit]] + 0.0012 * scale), bound[hit])
    away = points[hit] - sphere.middle
    points[hit] = sphere.middle + away * (goal / radius[hit])[:, None]
    return replace(curves, points=points.reshape(curves.points.shape).astype(np.float32))
