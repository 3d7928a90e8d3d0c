"""Clear panes: what they mirror of the light around, added to the traced picture.

In the path tracer any pane would block the rays to the lamps and put a black spot behind itself. What a pane takes of
the light that goes through (a tenth) is not seen, what it mirrors is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.picture import raster
from agfd.generate.render.picture.trace import Glass, Mesh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.render.picture.trace import Thing
    from agfd.generate.render.scene.camera import Camera

Floats: TypeAlias = NDArray[np.float32]
Wide: TypeAlias = NDArray[np.float64]

# Share of the light from straight ahead that both sides of a thinly coated pane mirror, and the most that a lamp adds.
_MIRRORED, _MOST = 0.05, 0.5
# What is nearer than a pane by more than this lies before it, metres.
_BEFORE = 0.0005


def mirrored(traced: Floats, things: Sequence[Thing], camera: Camera, environment: Floats) -> Floats:
    """`traced`, linear RGBA (h, w, 4), with what the panes among `things` mirror of the `environment` (rows, columns,
    3) of the light: row 0 is the zenith, column 0 behind the camera.
    """
    clear = np.zeros(3, np.float32)
    panes = [Mesh(t.vertices, t.faces, t.normals, {}, clear, t.part) for t in things if isinstance(t, Glass)]
    if not panes:
        return traced
    seen = raster.pixels(panes, camera)
    normal, place = np.zeros((len(seen.thing), 3)), np.zeros((len(seen.thing), 3))
    for number, pane in enumerate(panes):
        at, normal[seen.thing == number] = seen.of(number, pane, pane.normals)
        place[at] = seen.of(number, pane, pane.vertices)[1]
    pixel = np.flatnonzero(seen.thing >= 0)
    width = camera.size[0]
    middle = np.stack([pixel % width + 0.5, pixel // width + 0.5], axis=1)
    before = raster.places(things, camera, middle).depth
    pixel = pixel[before > seen.depth[pixel] - _BEFORE]
    out = traced.copy()
    light = _light(_unit(place[pixel] - np.array(camera.position)), _unit(normal[pixel]), environment)
    out.reshape(-1, 4)[pixel, :3] += light.astype(np.float32)
    return out


def _light(look: Wide, normal: Wide, environment: Floats) -> Wide:
    """What panes with a `normal` mirror towards who looks along `look`, (n, 3) each, by Schlick's formula."""
    facing = (look * normal).sum(axis=1, keepdims=True)
    way = look - 2 * facing * normal
    share = _MIRRORED + (1 - _MIRRORED) * (1 - np.abs(facing)) ** 5
    return np.asarray(np.minimum(share * _around(way, environment), _MOST))


def _around(way: Wide, environment: Floats) -> Wide:
    """The environment in the directions `way` (n, 3); soft, because its texels would show as steps on a lamp's edge."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    rows, columns = environment.shape[:2]
    soft = gaussian_filter(environment.astype(np.float64), (1.2, 1.2, 0), mode=("nearest", "wrap", "nearest"))
    row = np.arccos(np.clip(way[:, 2], -1, 1)) / np.pi * rows - 0.5
    column = np.arctan2(way[:, 0], -way[:, 1]) / (2 * np.pi) * columns - 0.5
    padded = np.concatenate([soft, soft[:, :1]], axis=1)
    at = np.stack([np.clip(row, 0, rows - 1), column % columns])
    return np.stack([map_coordinates(padded[..., c], at, order=1) for c in range(3)], axis=1)


def _unit(vectors: Wide) -> Wide:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
