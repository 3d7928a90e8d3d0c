"""The skin's texture space: a cylinder around the template's face that closes to a dome over the crown.

Texels know their place on the template, so that every mask is a formula in template metres and moves with the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from agfd.generate.render.body.head import HeadModel

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

_AXIS_Y, _DOME_Z, _DOME = -0.045, 0.72, 0.105
_BOTTOM, _TOP = 0.455, 0.89
# Deviation in texels of the five noise maps, fine to coarse.
NOISE = (0.6, 1.6, 4.0, 12.0, 40.0)


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """`x`, `y`, `z` (h, w): template metres of each texel; `masks` (h, w) by name, 0 to 1; `noise` (5, h, w), unit
    deviation; `nearest` (h, w): the vertex at each texel; `uv` (n + m, 2), `faces`, `copies` (m,): texture coordinates,
    triangles and which vertices are repeated behind the others to close the seam at the back of the head.
    """

    x: Floats
    y: Floats
    z: Floats
    masks: dict[str, Floats]
    noise: Floats
    nearest: Ints
    uv: Floats
    faces: Ints
    copies: Ints

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.x.shape[0], self.x.shape[1]


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """What lies before the ears: `columns` of the texture; of these |x| `ax` (h, w) and how far before them, `share`,
    0 to 1; `low`, `high` (h,): the least and greatest z of each row.
    """

    columns: slice
    ax: Floats
    share: Floats
    low: Floats
    high: Floats

    def rows(self, low: float, high: float) -> slice:
        """The rows with texels between two heights, template metres."""
        found = np.flatnonzero((self.high >= low) & (self.low <= high))
        return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)


@lru_cache(maxsize=2)
def front(space: Canvas) -> Front:
    """The front of a texture space."""
    share = np.clip((-0.02 - space.y) / 0.03, 0, 1).astype(np.float32)
    found = np.flatnonzero((share > 0).any(axis=0))
    columns = slice(int(found[0]), int(found[-1]) + 1)
    z = space.z[:, columns]
    return Front(columns, np.abs(space.x[:, columns]), share[:, columns], z.min(axis=1), z.max(axis=1))


def unwrap(points: Floats) -> Floats:
    """Texture coordinates (n, 2), 0 to 1, of template points (n, 3)."""
    x, y, z = points[:, 0], points[:, 1] - _AXIS_Y, points[:, 2]
    u = np.arctan2(x, -y) / (2 * np.pi) + 0.5
    height = z - _DOME_Z
    dome = _DOME * np.arctan2(height, np.hypot(x, y))
    v = (_DOME_Z + np.where(height > 0, dome, height) - _BOTTOM) / (_TOP - _BOTTOM)
    return np.stack([u, np.clip(v, 0, 1)], axis=1).astype(np.float32)


def canvas(model: HeadModel, width: int) -> Canvas:
    """The texture space at `width` texels around the head; about a second."""
    size = (int(width * 0.68), width)
    uv = unwrap(model.fine_template)
    corners = uv[model.faces]
    crossing = (corners[:, :, 0].max(axis=1) - corners[:, :, 0].min(axis=1)) > 0.5
    faces = model.faces.copy()
    low = crossing[:, None] & (corners[:, :, 0] < 0.5)
    copies, back = np.unique(faces[low], return_inverse=True)
    faces[low] = len(uv) + back
    uv = np.concatenate([uv, uv[copies] + np.array([1, 0], dtype=np.float32)])
    names = ("lips", "ears", "eyelids")
    values = np.concatenate([model.fine_template, *(model.fine_masks[n][:, None] for n in names)], axis=1)
    painted, nearest = _outermost(values, model, size)
    masks = {name: painted[..., 3 + i] for i, name in enumerate(names)}
    return Canvas(painted[..., 0], painted[..., 1], painted[..., 2], masks, _noise(size), nearest, uv, faces, copies)


def _outermost(values: Floats, model: HeadModel, size: tuple[int, int]) -> tuple[Floats, Ints]:
    """Vertex values (n, k) spread over the texels (h, w, k), and the vertex at each; the outermost layer counts."""
    from scipy.ndimage import distance_transform_edt

    skin = model.faces[(model.fine_masks["inside-mouth"][model.faces] < 0.5).all(axis=1)]
    steps = 5
    a, b = np.meshgrid(np.arange(steps), np.arange(steps), indexing="ij")
    inside = a + b < steps
    shares = (np.stack([a[inside], b[inside]], axis=1) + 1 / 3) / steps
    best = np.full(size[0] * size[1], -1.0, dtype=np.float32)
    out = np.zeros((size[0] * size[1], values.shape[1]), dtype=np.float32)
    vertex = np.zeros(size[0] * size[1], dtype=np.int64)
    corner = [values[skin[:, i]] for i in range(3)]
    for s, t in shares:
        points = corner[0] * np.float32(1 - s - t) + corner[1] * np.float32(s) + corner[2] * np.float32(t)
        place = unwrap(points[:, :3])
        row = np.minimum((place[:, 1] * size[0]).astype(np.int64), size[0] - 1)
        texel = row * size[1] + np.minimum((place[:, 0] * size[1]).astype(np.int64), size[1] - 1)
        radius = np.hypot(points[:, 0], points[:, 1] - _AXIS_Y).astype(np.float32)
        order = np.argsort(radius, kind="stable")
        texel, radius, points = texel[order], radius[order], points[order]
        won = radius > best[texel]
        best[texel[won]], out[texel[won]] = radius[won], points[won]
        vertex[texel[won]] = skin[order[won], int(np.argmax((1 - s - t, s, t)))]
    missing = (best < 0).reshape(size)
    rows, columns = distance_transform_edt(missing, return_distances=False, return_indices=True)
    return out.reshape(*size, -1)[rows, columns], vertex.reshape(size)[rows, columns]


def _noise(size: tuple[int, int]) -> Floats:
    """Smooth noise maps (5, h, w), the same in every process; people get different parts of them."""
    from scipy.ndimage import gaussian_filter, zoom

    rng = np.random.Generator(np.random.PCG64(20240607))
    maps = []
    for deviation in NOISE:
        # Coarse noise is made small and enlarged.
        coarse = 8 if deviation > 8 else 1
        small = rng.standard_normal((-(-size[0] // coarse) + 1, -(-size[1] // coarse) + 1)).astype(np.float32)
        smooth = gaussian_filter(small, deviation * size[1] / 1280 / coarse, mode="wrap")
        if coarse > 1:
            smooth = zoom(smooth, coarse, order=1)
        field = smooth[: size[0], : size[1]]
        maps.append((field - field.mean()) / field.std())
    return np.stack(maps).astype(np.float32)
