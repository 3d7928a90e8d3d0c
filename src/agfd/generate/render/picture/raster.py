"""What the camera sees through the middle of each pixel, or at any other place: triangles hit exactly, by arithmetic.

Slower than the sampling of `guide`, but without holes: it serves the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.picture.trace import Mesh, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agfd.generate.render.scene.camera import Camera

Wide: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

Pairs: TypeAlias = "Callable[[Wide, Wide], Iterator[tuple[Ints, Ints]]]"

# Pairs of a triangle and a place that are looked at together: some hundred megabytes at most.
_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What each of n places sees first. `thing` (n,): its number in the scene, -1 for nothing; `face` (n,): the number
    of its triangle; `shares` (n, 3): the weights of the triangle's corners; `depth` (n,): metres along the axis, inf.
    """

    thing: Ints
    face: Ints
    shares: Wide
    depth: Wide

    def of(self, number: int, mesh: Mesh, field: NDArray[np.floating]) -> tuple[Ints, Wide]:
        """The places that see mesh `number`, and what a field of its vertices (n, c) is there."""
        places = np.flatnonzero(self.thing == number)
        corners = field[mesh.faces[self.face[places]]].astype(np.float64)
        return places, np.einsum("nk,nkc->nc", self.shares[places], corners)


def pixels(things: Sequence[Thing], camera: Camera) -> Seen:
    """What the middle of each pixel sees of the meshes, row by row."""
    width, height = camera.size

    def pairs(low: Wide, high: Wide) -> Iterator[tuple[Ints, Ints]]:
        first = np.maximum(np.ceil(low - 0.5), 0).astype(np.int64)
        last = np.minimum(np.floor(high - 0.5), (width - 1, height - 1)).astype(np.int64)
        across = np.maximum(last - first + 1, 0)
        count = across[:, 0] * across[:, 1]
        for faces in _parts(count):
            face = np.repeat(faces, count[faces])
            nth = np.arange(len(face)) - np.repeat(np.cumsum(count[faces]) - count[faces], count[faces])
            column = first[face, 0] + nth % across[face, 0]
            yield face, (first[face, 1] + nth // across[face, 0]) * width + column

    column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return _seen(things, camera, np.stack([column.ravel(), row.ravel()], axis=1), pairs)


def places(things: Sequence[Thing], camera: Camera, points: NDArray[np.floating]) -> Seen:
    """What each of the `points` (n, 2), pixels, sees of the meshes."""
    width, height = camera.size
    column, row = (np.clip(np.floor(points[:, i]), 0, n - 1).astype(np.int64) for i, n in enumerate(camera.size))
    # Sums of the points left of and above each pixel tell at once whether any lies in a triangle's rectangle.
    counts = np.zeros((height + 1, width + 1))
    np.add.at(counts, (row + 1, column + 1), 1)
    sums = counts.cumsum(axis=0).cumsum(axis=1)

    def pairs(low: Wide, high: Wide) -> Iterator[tuple[Ints, Ints]]:
        x0, x1 = (np.clip(np.floor(v[:, 0]), 0, width - 1).astype(np.int64) for v in (low, high))
        y0, y1 = (np.clip(np.floor(v[:, 1]), 0, height - 1).astype(np.int64) for v in (low, high))
        held = sums[y1 + 1, x1 + 1] - sums[y0, x1 + 1] - sums[y1 + 1, x0] + sums[y0, x0]
        near = np.flatnonzero(held > 0)
        for part in np.array_split(near, len(near) * len(points) // _AT_ONCE + 1):
            inside = (points[None] >= low[part, None]).all(axis=2) & (points[None] <= high[part, None]).all(axis=2)
            face, point = np.nonzero(inside)
            yield part[face], point

    return _seen(things, camera, points.astype(np.float64), pairs)


def _parts(count: Ints) -> list[Ints]:
    """Numbers of the triangles that cover anything, in parts of a bounded sum."""
    some = np.flatnonzero(count)
    if not len(some):
        return []
    return list(np.split(some, np.flatnonzero(np.diff(np.cumsum(count[some]) // _AT_ONCE)) + 1))


def _seen(things: Sequence[Thing], camera: Camera, at: Wide, pairs: Pairs) -> Seen:
    thing, face = np.full(len(at), -1), np.full(len(at), -1)
    shares, depth = np.zeros((len(at), 3)), np.full(len(at), np.inf)
    for number, mesh in enumerate(things):
        if not isinstance(mesh, Mesh) or not len(mesh.faces):
            continue
        away = mesh.vertices[:, 1].astype(np.float64) - camera.position[1]
        corners = camera.placed(mesh.vertices)[mesh.faces]
        a, b, c = (corners[:, i] for i in range(3))
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        for near_faces, near_points in pairs(low, high):
            weights = _weights(corners[near_faces], at[near_points])
            hit = (weights >= 0).all(axis=1)
            candidates, points = near_faces[hit], near_points[hit]
            # Even in the picture is not even in space: nearer corners count more.
            near = weights[hit] / away[mesh.faces[candidates]]
            distance = 1 / near.sum(axis=1)
            before = depth.copy()
            np.minimum.at(depth, points, distance)
            # Of equal ones the first triangle stays: written last.
            won = np.flatnonzero((distance == depth[points]) & (distance < before[points]))[::-1]
            thing[points[won]], face[points[won]] = number, candidates[won]
            shares[points[won]] = near[won] * distance[won, None]
    return Seen(thing, face, shares, depth)


def _weights(corners: Wide, at: Wide) -> Wide:
    """Weights (n, 3) of the corners (n, 3, 2) at the places (n, 2); negative outside and in triangles seen edge on."""
    a, b, c = (corners[:, i] - at for i in range(3))
    areas = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1)
    total = areas.sum(axis=1, keepdims=True)
    return np.asarray(np.where(np.abs(total) > 1e-12, areas / np.where(total == 0, 1, total), -1.0))


def _cross(a: Wide, b: Wide) -> Wide:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
