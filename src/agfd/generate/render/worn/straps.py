"""Bands that run around the head, and hair that gives way under what is worn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.worn.shell import ARC, stretched
from agfd.generate.render.worn.solid import Solid, bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.render.body.head import Head
    from agfd.generate.render.hair.hair import Strands
    from agfd.generate.render.worn.shell import Shell

Points: TypeAlias = NDArray[np.float64]

# Up to this far from what is worn the hair is still drawn down, and how steeply it may rise; metres, per metre.
_REACH, _RISE = 0.045, 0.34
_FLAT = 0.0012


def band(
    shell: Shell, ends: tuple[Points, Points], level: tuple[float, float], size: tuple[float, float], hair: float
) -> Solid:
    """A flat band from the end on the person's left (3,) around the back of the head to the end on the right.

    `level`: heights z of its middle over the ears and at the back of the head; `size`: half its height and half its
    thickness; `hair`: thickness of the hair that it presses; metres.
    """
    left, right = (shell.angle(end) for end in ends)
    angle = np.linspace(left, 2 * np.pi + right, 120)
    turned = np.where(angle > np.pi, 2 * np.pi - angle, angle)
    first, last = (float(end[2]) for end in ends)
    start = np.where(angle < np.pi, left, -right)
    share = np.clip((turned - start) / (1.5 - start), 0, 1)
    z = np.where(angle < np.pi, first, last) * (1 - share) + level[0] * share
    z = z + (level[1] - level[0]) * np.clip((turned - 1.5) / (np.pi - 1.5), 0, 1)
    signed = np.where(angle > np.pi, angle - 2 * np.pi, angle)
    half, thick = size
    over = [shell.radius(signed, z + step * half) for step in (-1.0, 0.0, 1.0)]
    away = np.clip((turned - start) / 0.5, 0, 1)
    radius = np.mean(over, axis=0) + thick + 0.0005 * shell.scale + hair * away
    for i, end in ((0, ends[0]), (-1, ends[1])):
        radius[i] = np.hypot(*(end[:2] - shell.axis))
    radius = stretched(angle, radius[None])[0]
    path = shell.place(angle, radius, z)
    radial = shell.place(angle, radius + 1, z) - path
    along = radial * ((over[2] - over[0]) * away)[:, None] + np.array([0, 0, 2 * half])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    tangent = np.gradient(path, axis=0)
    across = np.cross(along, tangent)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return bar(path, across, along, np.tile([thick, half], (len(path), 1)), square=6.0)


def pressed(head: Head, shell: Shell, grown: Strands, things: Sequence[Points]) -> Strands:
    """The strands under what is worn: `things`, points (n, 3) of the skull's frame."""
    from scipy.ndimage import distance_transform_edt

    if not len(grown.points) or not things:
        return grown
    s, grid = shell.scale, shell.around
    hard = np.full(grid.heights.shape, np.inf)
    for points in things:
        offset = points[:, :2] - shell.axis
        i, j = grid.cells(_wide(offset, s), points[:, 2])
        np.minimum.at(hard, (i, j), np.hypot(offset[:, 0], offset[:, 1]))
    away, places = distance_transform_edt(np.isinf(hard), return_indices=True)
    away = away * grid.cell
    limit = hard[tuple(places)] - _FLAT * s + _RISE * np.maximum(away - 0.002 * s, 0)
    limit = np.where(away < _REACH * s, np.maximum(limit, grid.heights + 0.0008 * s), np.inf)
    rest = (grown.points - head.head_transform[:3, 3]) @ head.head_transform[:3, :3]
    offset = rest[..., :2] - shell.axis
    radius = np.hypot(offset[..., 0], offset[..., 1])
    i, j = grid.cells(_wide(offset, s), rest[..., 2])
    share = np.minimum(1.0, limit[i, j] / np.maximum(radius, 1e-6))
    rest[..., :2] = shell.axis + offset * share[..., None]
    return replace(grown, points=head.carried(rest))


def _wide(offset: Points, scale: float) -> Points:
    """The first coordinate of `Shell.around` of vectors (..., 2) from the axis."""
    return np.asarray(np.arctan2(offset[..., 0], -offset[..., 1]) * ARC * scale)
