"""The mathematics of strands: a surface to stay outside of, growth of guides, and what makes many strands of a few.

Strands are float32 (n, k, 3), metres, root first, all in the frame of the un-posed head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

_VOXEL = 0.007
_MARGIN = 0.05
# Far inside, the nearest vertex is a poor guide.
_PUSH = 0.02


def unit(vectors: NDArray[np.floating]) -> Floats:
    """`vectors` (..., 3) of length one."""
    length = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None]
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


def smooth(low: float, high: float, x: NDArray[np.floating]) -> Floats:
    """0 below `low`, 1 above `high`, an S between; `high` may lie below `low`."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


@dataclass(frozen=True, slots=True)
class Surface:
    """The skin as a table of the nearest vertex of each cell: `signed` costs one look-up per point."""

    vertices: Floats
    normals: Floats
    origin: Floats
    cell: float
    nearest: Ints

    @classmethod
    def of(cls, vertices: Floats, normals: Floats, scale: float) -> Surface:
        """The surface of `vertices` (n, 3) with outward `normals` (n, 3); `scale` sets the size of the cells."""
        from scipy.ndimage import distance_transform_edt

        cell = _VOXEL * scale
        origin = vertices.min(axis=0) - _MARGIN * scale
        shape = tuple(np.ceil((vertices.max(axis=0) + _MARGIN * scale - origin) / cell).astype(int))
        at = tuple(((vertices - origin) / cell).astype(np.int64).T)
        owner = np.full(shape, -1, np.int64)
        owner[at] = np.arange(len(vertices))
        places = distance_transform_edt(owner < 0, return_distances=False, return_indices=True)
        return cls(vertices, normals, origin.astype(np.float32), cell, owner[tuple(places)])

    def vertex(self, points: Floats) -> Ints:
        """The number (...,) of the vertex near each of points (..., 3)."""
        index = ((points - self.origin) / self.cell).astype(np.int32)
        i, j, k = (np.clip(index[..., axis], 0, self.nearest.shape[axis] - 1) for axis in range(3))
        return np.asarray(self.nearest[i, j, k])

    def signed(self, points: Floats) -> tuple[Floats, Floats]:
        """Distance (...,) above the skin, negative inside, and the normal (..., 3) there."""
        vertex = self.vertex(points)
        normal = self.normals[vertex]
        return np.einsum("...i,...i->...", points - self.vertices[vertex], normal), normal

    def keep_out(self, strands: Floats, gap: Floats | float, most: float = _PUSH) -> Floats:
        """`strands` moved out to at least `gap` above the skin, but not by more than `most` metres; roots stay."""
        distance, normal = self.signed(strands[:, 1:])
        push = np.clip(gap - distance, 0, most)[..., None] * normal
        # Neighbours move along, or a deep push would tear the strand.
        eased = push.copy()
        eased[:, 1:] = np.where(np.abs(push[:, 1:]) > np.abs(0.5 * push[:, :-1]), push[:, 1:], 0.5 * push[:, :-1])
        moved = strands.copy()
        moved[:, 1:] += eased
        return moved


Field: TypeAlias = Callable[[Floats, Floats, Floats], Floats]
"""Where hair is combed to: points (n, 3), normals (n, 3), lengths grown so far (n,) -> directions (n, 3)."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How guides grow: first in direction `start` (n, 3), then as `field` combs them.

    In metres: `bend` over which a strand turns to the comb's direction, `layer` (n,) height above the skin that it
    keeps, `ramp` over which it rises there; `hug` 0 to 1: how much it is held down to the layer.
    """

    start: Floats
    field: Field
    bend: float
    layer: Floats
    ramp: float
    hug: float


def grow(roots: Floats, lengths: Floats, steps: int, growth: Growth, skin: Surface) -> Floats:
    """Guides (n, steps + 1, 3) from `roots` (n, 3), of `lengths` (n,) metres."""
    strands = np.empty((len(roots), steps + 1, 3), np.float32)
    strands[:, 0] = roots
    point, heading = roots, unit(growth.start)
    stride = np.asarray((lengths / steps)[:, None], np.float32)
    keep = np.exp(-stride / growth.bend)
    for step in range(steps):
        done = np.asarray(stride[:, 0] * step, np.float32)
        _, normal = skin.signed(point)
        heading = unit(keep * heading + (1 - keep) * growth.field(point, normal, done))
        moved = np.asarray(point + stride * heading, np.float32)
        height, normal = skin.signed(moved)
        wanted = growth.layer * (1 - np.exp(-(done + stride[:, 0]) / growth.ramp))
        lift = wanted - height
        lift = np.where(lift > 0, lift, growth.hug * np.maximum(lift, -0.5 * stride[:, 0]))
        heading = unit(moved + np.minimum(lift, stride[:, 0] * 1.5)[:, None] * normal - point)
        point = np.asarray(point + stride * heading, np.float32)
        strands[:, step + 1] = point
    return strands


def spread(guides: Floats, guide_keys: Floats, roots: Floats, keys: Floats, shares: Floats) -> Floats:
    """Strands (n, k, 3) at `roots` (n, 3), each blended of the three guides nearest in `keys` (n, d).

    `shares` (n,): length of each strand as a share of the blended guide's.
    """
    from scipy.spatial import cKDTree

    distance, index = cKDTree(guide_keys).query(keys, k=3)
    weight = 1 / (distance + 0.15 * distance.mean()) ** 2
    weight = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    shape = guides - guides[:, :1]
    blended = np.einsum("ng,ngki->nki", weight, shape[index])
    return np.asarray(roots[:, None] + trim(blended, shares), np.float32)


def trim(strands: Floats, shares: Floats) -> Floats:
    """`strands` cut at `shares` (n,) of their parameter, 0 to 1, with as many points as before."""
    k = strands.shape[1]
    at = shares[:, None] * np.arange(k, dtype=np.float32)
    low = np.minimum(at.astype(np.int64), k - 2)
    t = (at - low)[..., None]
    rows = np.arange(len(strands))[:, None]
    return np.asarray(strands[rows, low] * (1 - t) + strands[rows, low + 1] * t, np.float32)


def clump(strands: Floats, leaders: Ints, member: Ints, amount: Floats) -> Floats:
    """`strands` drawn to the strand that leads their lock.

    `leaders` (c,) are rows of `strands`, `member` (n,) numbers of leaders, `amount` (n, k) 0 to 1.
    """
    lead = strands[leaders][member]
    return np.asarray(strands + amount[..., None] * (lead - strands), np.float32)


def frames(strands: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors (n, k, 3) across each strand, that turn slowly along it."""
    tangent = unit(np.gradient(strands, axis=1))
    side = np.broadcast_to(unit(strands[:, :1] * (1, 1, 0) + (1e-4, 2e-4, 0)), tangent.shape)
    first = unit(np.cross(tangent, side))
    return first, np.asarray(np.cross(tangent, first), np.float32)


@dataclass(frozen=True, slots=True)
class Curl:
    """A wave of `radius` and `pitch` metres that grows over the first `ramp` metres; `flat` 1 in a plane, 0 a helix."""

    radius: float
    pitch: float
    ramp: float
    flat: float = 0.0


def curl(strands: Floats, shape: Curl, phase: Floats, size: Floats) -> Floats:
    """`strands` wound with `phase` (n,) radians and `size` (n,) factors of the radius."""
    steps = np.linalg.norm(np.diff(strands, axis=1), axis=2)
    length = np.concatenate([np.zeros((len(strands), 1), np.float32), np.cumsum(steps, axis=1)], axis=1)
    angle = 2 * np.pi * length / shape.pitch + phase[:, None]
    radius = size[:, None] * shape.radius * (1 - np.exp(-((length / shape.ramp) ** 2)))
    first, second = frames(strands)
    # At the root the wave starts at zero, so that the strand does not leave its pore.
    along, across = np.sin(angle) - np.sin(phase)[:, None] * np.exp(-length / shape.ramp)[:], np.cos(angle)
    wound = strands + (radius * along)[..., None] * first + (radius * (1 - shape.flat) * across)[..., None] * second
    return np.asarray(wound, np.float32)


def wander(strands: Floats, rng: np.random.Generator, size: Floats, waves: float) -> Floats:
    """`strands` with a smooth wobble of their own: `size` (n,) metres at the tip, about `waves` waves along each."""
    n, k = strands.shape[:2]
    t = np.linspace(0, 1, k, dtype=np.float32)
    total = np.zeros((n, k, 3), np.float32)
    for octave in (1.0, 2.1):
        phase = rng.uniform(0, 2 * np.pi, (n, 1, 3)).astype(np.float32)
        rate = rng.uniform(0.6, 1.4, (n, 1, 3)).astype(np.float32) * (2 * np.pi * waves * octave)
        total += (np.sin(t[None, :, None] * rate + phase) - np.sin(phase)) / octave
    return np.asarray(strands + total * (size[:, None] * t**1.3)[..., None] * 0.7, np.float32)


def first_below(above: NDArray[np.floating]) -> Floats:
    """Share (n,) of each strand's parameter at which `above` (n, k) first falls under zero; 1 where it never does."""
    k = above.shape[1]
    under = above < 0
    index = np.where(under.any(axis=1), under.argmax(axis=1), k - 1)
    rows = np.arange(len(above))
    before = np.maximum(index - 1, 0)
    high, low = above[rows, before], above[rows, index]
    t = np.where(under[rows, index] & (high > low), high / np.maximum(high - low, 1e-9), 1.0)
    return np.asarray(np.clip((before + np.clip(t, 0, 1) * (index - before)) / (k - 1), 0.02, 1), np.float32)
