"""Where hair grows: an irregular, soft hairline on the template, what age takes from it, and roots on a head.

Places are given on the template: `around` is the angle from the middle of the face (0) over the ear (about 1.6) to the
back (pi), the same on both sides; `z` the height in metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.hair.strands import smooth, unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from agfd.generate.render.body.head import Head

Floats: TypeAlias = NDArray[np.float32]

# Height of the lower edge of the hair at these angles: forehead, temple, sideburn, over the ear, behind it, nape.
_ANGLES = (0.0, 0.25, 0.5, 0.8, 1.0, 1.18, 1.3, 1.42, 1.9, 2.3, np.pi)
_HEIGHTS = (0.795, 0.797, 0.798, 0.782, 0.754, 0.722, 0.704, 0.736, 0.700, 0.670, 0.655)
AXIS = -0.045
CENTRE = np.array([0.0, -0.045, 0.765], np.float32)


class Growing(Protocol):
    """A region of the skin on which hair grows."""

    def density(self, template: Floats) -> Floats:
        """Share of its full density, 0 to 1, that the hair has at places (n, 3) of the template."""


@dataclass(frozen=True, slots=True)
class Hairline:
    """One person's hairline: `waves` (2, m) amplitudes of its irregularity on each side of the face, metres;
    `peak` of the middle downwards, metres; `recession` and `bald_top` 0 to 1; `bare`: nothing grows at all.
    """

    waves: NDArray[np.float64]
    peak: float
    recession: float
    bald_top: float
    bare: bool = False

    @classmethod
    def draw(cls, rng: np.random.Generator, recession: float, bald_top: float, bare: bool = False) -> Hairline:
        """A hairline with irregularities of a few millimetres."""
        waves = rng.normal(0, 1, (2, 7)) * 0.0026 / np.sqrt(np.arange(1, 8))
        waves[1] = 0.6 * waves[0] + 0.4 * waves[1]
        return cls(waves, float(rng.normal(0.001, 0.0025)), recession, bald_top, bare)

    def density(self, template: Floats) -> Floats:
        """Share of its full density, 0 to 1, that the hair has at places (n, 3) of the template."""
        if self.bare:
            return np.zeros(len(template), np.float32)
        x, y, z = template.T
        around = np.arctan2(np.abs(x), -(y - AXIS))
        edge = np.interp(around, _ANGLES, _HEIGHTS)
        order = np.arange(1, 8)
        waves = np.where((x < 0)[:, None], self.waves[0], self.waves[1])
        edge += np.einsum("nm,nm->n", waves, np.cos(2.2 * around[:, None] * order + order))
        edge -= self.peak * np.exp(-((around / 0.16) ** 2))
        edge += 0.006 * self.recession * np.exp(-((around / 0.5) ** 2))
        edge += 0.034 * self.recession * np.exp(-(((around - 0.58) / 0.26) ** 2))
        front = smooth(1.5, 0.9, around)
        # Where the temples recede, hair thins out over centimetres.
        thin = self.recession * np.exp(-(((around - 0.5) / 0.4) ** 2))
        share = smooth(0, 1, (z - edge + 0.004 + 0.006 * thin) / (0.013 + 0.020 * thin)) * front
        share += smooth(-0.003, 0.012, z - edge) * (1 - front)
        share *= smooth(0.2, 0.05, -(z - 0.62))
        # Behind and over the ear the skull, not the ear itself, bears hair.
        ear = (np.abs(x) > 0.068) & (np.hypot((y + 0.045) / 0.024, (z - 0.708) / 0.036) < 1)
        share = np.where(ear, 0, share)
        if self.bald_top:
            uneven = 2.5 * np.einsum("nm,nm->n", waves, np.cos(3.1 * around[:, None] * order + 40 * z[:, None] + order))
            share = share * (1 - self.bald_top * _crown(around, z + uneven))
            # A wreath alone thins out before the ear; its firm front would make a corner with its upper rim.
            wreath = float(np.clip((self.bald_top - 0.6) / 0.3, 0, 1))
            share = share * (1 - 0.93 * wreath * (1 - smooth(1.15, 1.75, around + 14 * uneven)))
        return np.asarray(share, np.float32)


def _crown(around: NDArray[np.floating], z: NDArray[np.floating]) -> Floats:
    """1 where old men lose their hair: forehead, top and crown down to a wreath around the back."""
    rim = np.interp(around, (0.0, 0.9, 1.3, 2.2, np.pi), (0.69, 0.735, 0.775, 0.790, 0.782))
    # Over some centimetres, and early: a wreath has no edge, and few hairs hide much skin.
    return np.asarray(1 - np.square(1 - smooth(-0.038, 0.026, z - rim)), np.float32)


@dataclass(frozen=True, slots=True)
class Roots:
    """Roots on a head: `points` and `normals` (n, 3), their places on the `template` (n, 3),
    `density` (n,): share of the full density there, small at the hairline.
    """

    points: Floats
    normals: Floats
    template: Floats
    density: Floats

    @property
    def around(self) -> Floats:
        """Angle from the middle of the face (0) to the back (pi)."""
        x, y, _ = self.template.T
        return np.asarray(np.arctan2(np.abs(x), -(y - AXIS)), np.float32)

    def take(self, index: NDArray[np.integer]) -> Roots:
        """Those of `index`."""
        return Roots(self.points[index], self.normals[index], self.template[index], self.density[index])


def sample_roots(
    head: Head, line: Growing, count: int, rng: np.random.Generator, dense: Callable[[Floats], Floats] | None = None
) -> Roots:
    """`count` roots, spread evenly over the region but for the factor `dense`, and thinning out at its border."""
    density = line.density(head.template_vertices)
    faces = head.faces[(density[head.faces] > 0).any(axis=1)]
    a, b, c = (head.vertices[faces[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    weight = np.linalg.norm(across, axis=1) * density[faces].mean(axis=1)
    if dense is not None:
        weight = weight * dense(head.template_vertices[faces[:, 0]])
    heap = np.cumsum(weight, dtype=np.float64)
    # One draw from each of `count` equal parts: faces are numbered along the mesh, so no patch stays bare by chance.
    ticks = (np.arange(count) + rng.random(count)) * (heap[-1] / count)
    face = np.minimum(np.searchsorted(heap, ticks), len(faces) - 1)
    u, v = rng.random((2, count)).astype(np.float32)
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    share = np.stack([1 - u - v, u, v], axis=1)
    corner = faces[face]
    place = np.einsum("nc,nci->ni", share, head.template_vertices[corner]).astype(np.float32)
    point = np.einsum("nc,nci->ni", share, head.vertices[corner]).astype(np.float32)
    return Roots(point, unit(across[face]), place, line.density(place))
