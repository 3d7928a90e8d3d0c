"""The outside of a face as worn things meet it: how far forward and how far sideways the skin reaches.

All in the skull's frame: the head un-posed, but with its expression. Lengths are metres of this head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from agfd.generate.render.head import Head, HeadModel

Points: TypeAlias = NDArray[np.float64]

_CELL = 0.0016


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
        i, j = ((a - o) / cell for a, o in zip((first, second), origin, strict=True))
        shape = (int(i.max()) + 2, int(j.max()) + 2)
        grid = np.full(shape, -np.inf)
        np.maximum.at(grid, (np.rint(i).astype(int), np.rint(j).astype(int)), height)
        places = distance_transform_edt(np.isinf(grid), return_distances=False, return_indices=True)
        filled = grid[tuple(places)]
        return cls(gaussian_filter(filled, 0.6), origin, cell)

    def at(self, first: Points | float, second: Points | float) -> Points:
        """Heights at points, bilinear; outside, those of the border."""
        from scipy.ndimage import map_coordinates

        places = np.broadcast_arrays(first, second)
        at = np.stack([(place - start) / self.cell for place, start in zip(places, self.origin, strict=True)])
        return np.asarray(map_coordinates(self.heights, at, order=1, mode="nearest"))


@dataclass(frozen=True, slots=True)
class Shell:
    """The skin in the skull's frame. `points`, `normals` (n, 3) numbered as the model's fine vertices; `forward`:
    -y over (x, z) of the face; `sideways`: |x| over (y, z) of each side of the head without its ears, left (+x) first.
    """

    points: Points
    normals: Points
    template: Points
    forward: Map
    sideways: tuple[Map, Map]
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
        return cls(points, head.normals @ turn, template, forward, (sides[0], sides[1]), head.scale)

    def anchor(self, place: tuple[float, float, float], side: float = 1.0) -> Points:
        """Where the skin at a template place (mirrored for `side` -1) is on this head, (3,)."""
        return np.asarray(self.points[self.nearest(place, side)])

    def nearest(self, place: tuple[float, float, float], side: float = 1.0) -> int:
        """The number of the vertex nearest to a template place."""
        return int(np.square(self.template - np.array(place) * (side, 1, 1)).sum(axis=1).argmin())

    def beside(self, side: float, y: Points, z: Points) -> Points:
        """How far |x| the head reaches at (y, z)."""
        return self.sideways[0 if side > 0 else 1].at(y, z)
