"""The outside of a face as worn things meet it: how far forward and how far sideways the skin reaches.

All in the skull's frame: the head un-posed, but with its expression. Lengths are metres of this head.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head, HeadModel

Points: TypeAlias = NDArray[np.float64]

_CELL = 0.0016
# Metres per radian around the head, on the template.
ARC = 0.09


@dataclass(frozen=True, slots=True)
class Map:
    """A height over a plane: `heights` (rows, columns) at `origin` + index * `cell`."""

    heights: Points
    origin: tuple[float, float]
    cell: float

    @classmethod
    def of(cls, first: Points, second: Points, height: Points, cell: float) -> Map:
        """The highest of scattered points (n,) in each cell; gaps take the nearest cell's."""
        from scipy.ndimage import distance_transform_edt, gaussian_filter

        origin = (float(first.min()), float(second.min()))
        i, j = (np.rint((a - o) / cell).astype(int) for a, o in zip((first, second), origin, strict=True))
        grid = np.full((i.max() + 2, j.max() + 2), -np.inf)
        np.maximum.at(grid, (i, j), height)
        places = distance_transform_edt(np.isinf(grid), return_distances=False, return_indices=True)
        filled = grid[tuple(places)]
        return cls(gaussian_filter(filled, 0.6), origin, cell)

    def cells(self, first: Points, second: Points) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The nearest cell of points, those outside at the border."""
        rows, columns = self.heights.shape
        i = np.clip(np.rint((first - self.origin[0]) / self.cell), 0, rows - 1)
        j = np.clip(np.rint((second - self.origin[1]) / self.cell), 0, columns - 1)
        return i.astype(np.int64), j.astype(np.int64)

    def at(self, first: Points | float, second: Points | float) -> Points:
        """Heights at points, bilinear; outside, those of the border."""
        from scipy.ndimage import map_coordinates

        places = np.broadcast_arrays(first, second)
        at = np.stack([(place - start) / self.cell for place, start in zip(places, self.origin, strict=True)])
        heights = map_coordinates(self.heights, at.reshape(2, -1), order=1, mode="nearest")
        return np.asarray(heights.reshape(places[0].shape))


@dataclass(frozen=True, slots=True)
class Shell:
    """The skin in the skull's frame. `points` and their places on the `template`, (n, 3), numbered as the model's fine
    vertices; `forward`: -y over (x, z) of the face; `sideways`: |x| over (y, z) of each side of the head without its
    ears, left (+x) first; `around`: distance from the upright axis through `axis` over (angle * `ARC`, z), angle 0 in
    front, to the left +.
    """

    points: Points
    template: Points
    forward: Map
    sideways: tuple[Map, Map]
    around: Map
    axis: Points
    scale: float

    @classmethod
    def of(cls, head: Head, model: HeadModel) -> Shell:
        """The shell of a head in its expression."""
        turn = head.head_transform[:3, :3]
        points = (head.vertices.astype(np.float64) - head.head_transform[:3, 3]) @ turn
        template = head.template_vertices.astype(np.float64)
        ears = model.fine_masks["ears"] > 0.12
        outer = model.fine_masks["inside-mouth"] < 0.5
        face = outer & ~ears & (template[:, 1] < -0.03) & (template[:, 2] > 0.60)
        cell = _CELL * head.scale
        forward = Map.of(points[face, 0], points[face, 2], -points[face, 1], cell)
        sides = []
        for sign in (1.0, -1.0):
            side = outer & ~ears & (sign * template[:, 0] > 0.02) & (template[:, 2] > 0.62)
            sides.append(Map.of(points[side, 1], points[side, 2], sign * points[side, 0], 2 * cell))
        crown = points[outer & (template[:, 2] > 0.70), :2]
        axis = np.array([crown[:, 0].mean(), np.quantile(crown[:, 1], 0.02) + 0.110 * head.scale])
        whole = outer & ~ears & (template[:, 2] > 0.57)
        angle, radius = _polar(points[whole, :2] - axis)
        around = Map.of(angle * ARC * head.scale, points[whole, 2], radius, 1.5 * cell)
        return cls(points, template, forward, (sides[0], sides[1]), around, axis, head.scale)

    def covered(self, over: Points) -> Shell:
        """The same with something worn (n, 3) on the face, on which other things lie."""
        heights = self.forward.heights.copy()
        np.maximum.at(heights, self.forward.cells(over[:, 0], over[:, 2]), -over[:, 1])
        return replace(self, forward=replace(self.forward, heights=heights))

    def radius(self, angle: Points, z: Points) -> Points:
        """Distance of the skin from the axis, ears left out."""
        return self.around.at(angle * ARC * self.scale, z)

    def place(self, angle: Points, radius: Points, z: Points) -> Points:
        """Points (..., 3) at an angle and a distance from the axis."""
        x, y = self.axis[0] + radius * np.sin(angle), self.axis[1] - radius * np.cos(angle)
        return np.stack(np.broadcast_arrays(x, y, z), axis=-1)

    def angle(self, point: Points) -> float:
        """The angle of a point (3,) about the axis."""
        return float(_polar(point[None, :2] - self.axis)[0][0])

    def anchor(self, place: tuple[float, float, float], side: float = 1.0) -> Points:
        """Where the skin at a template place (mirrored for `side` -1) is on this head, (3,)."""
        return np.asarray(self.points[self.nearest(place, side)])

    def nearest(self, place: tuple[float, float, float], side: float = 1.0) -> int:
        """The number of the vertex nearest to a template place."""
        return int(np.square(self.template - np.array(place) * (side, 1, 1)).sum(axis=1).argmin())

    def beside(self, side: float, y: Points | float, z: Points | float) -> Points:
        """How far |x| the head reaches at (y, z)."""
        return self.sideways[0 if side > 0 else 1].at(y, z)


def _polar(points: Points) -> tuple[Points, Points]:
    """Angle, 0 towards -y and growing to +x, and length of vectors (n, 2)."""
    return np.arctan2(points[:, 0], -points[:, 1]), np.hypot(points[:, 0], points[:, 1])


def stretched(angle: Points, radius: Points) -> Points:
    """The convex hull of the rows of `radius` (rows, columns) over `angle` (columns,) about the axis: taut cloth."""
    from scipy.spatial import ConvexHull

    out = np.empty_like(radius)
    ray = np.stack([np.sin(angle), -np.cos(angle)], axis=1)
    for row, reach in enumerate(radius):
        # The axis itself closes the hull behind.
        hull = ConvexHull(np.concatenate([ray * reach[:, None], [[0.0, 1e-3]]]))
        offset = np.maximum(-hull.equations[:, 2], 1e-9)
        out[row] = 1 / (ray @ (hull.equations[:, :2] / offset[:, None]).T).max(axis=1)
    return out


def spanned(height: Points, values: Points) -> Points:
    """The upper concave envelope of each column of `values` (rows, columns) over `height` (rows, columns)."""
    out = values.copy()
    for column in range(values.shape[1]):
        z, r = height[:, column], values[:, column]
        kept: list[int] = []
        for i in np.argsort(z):
            while len(kept) > 1 and (r[kept[-1]] - r[kept[-2]]) * (z[i] - z[kept[-2]]) <= (r[i] - r[kept[-2]]) * (
                z[kept[-1]] - z[kept[-2]]
            ):
                kept.pop()
            kept.append(int(i))
        out[:, column] = np.interp(z, z[kept], r[kept])
    return out
