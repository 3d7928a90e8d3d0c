"""Lids that lie on the eyeballs: MakeHuman's shapes move lids and balls apart and through each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agfd.generate.render.body.head import Floats, Ints

Wide: TypeAlias = NDArray[np.float64]

# Where lids are looked for, by the ball's radius from its centre, and how thick they are, metres.
_REACH, _THICK = 1.25, 0.0003
# How much the cornea stands out of the ball, by its radius, and from which angle to the front it does not, whichever
# way the eye looks. Radians.
_CORNEA, _BESIDE = 0.052, 1.45


def ball(helper: NDArray[np.floating]) -> tuple[Wide, float]:
    """Centre and radius of an eye helper's vertices (n, 3) by least squares."""
    points = helper.astype(np.float64)
    design = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    solution, *_ = np.linalg.lstsq(design, np.square(points).sum(axis=1), rcond=None)
    centre = solution[:3]
    return centre, float(np.sqrt(solution[3] + centre @ centre))


def laid(skin: Floats, faces: Ints, helpers: Iterable[NDArray[np.floating]]) -> Floats:
    """Un-posed `skin` (n, 3), with what faces outwards and lies in an eyeball put on it; `helpers`: both eyes'."""
    out = skin.copy()
    for helper in helpers:
        centre, radius = ball(helper)
        away = skin - centre
        distance = np.linalg.norm(away, axis=1)
        near = (distance < _REACH * radius) & (away[:, 1] < -0.1 * radius)
        some = np.flatnonzero(near)
        ray = away[some] / distance[some, None]
        angle = np.arccos(np.clip(-ray[:, 1], -1, 1))
        bulge = _CORNEA * np.clip(np.cos(angle * (np.pi / 2 / _BESIDE)), 0, 1)
        lack = radius * (1 + bulge) + _THICK - distance[some]
        # What lines the lids faces the ball, and may lie in it.
        outer = np.clip((_normals(skin, faces, near)[some] * ray).sum(axis=1) / 0.35, 0, 1)
        out[some] += (np.maximum(lack, 0) * outer)[:, None] * ray
    return out


def _normals(skin: Floats, faces: Ints, near: NDArray[np.bool_]) -> Wide:
    """Smooth normals (n, 3) of the vertices that are `near`; of no use elsewhere."""
    few = faces[near[faces].all(axis=1)]
    a, b, c = (skin[few[:, i]].astype(np.float64) for i in range(3))
    flat = np.cross(b - a, c - a)
    total = np.zeros((len(skin), 3))
    for i in range(3):
        for k in range(3):
            total[:, k] += np.bincount(few[:, i], flat[:, k], len(skin))
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-15))
