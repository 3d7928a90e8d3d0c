"""A T-shirt or jumper from MakeHuman's clothes helper, cut at a neckline, with a hem, some under an open jacket.

It always covers the chest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.head import Head, HeadModel, Ints, normals
from agfd.generate.render.body.subdivision import refine
from agfd.generate.render.picture import trace
from agfd.generate.render.worn import fabric

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]

# Albedo, linear RGB: cotton as it is sold, few of them loud.
_DYES = (
    (0.46, 0.46, 0.45), (0.030, 0.032, 0.036), (0.016, 0.028, 0.075), (0.16, 0.17, 0.18), (0.30, 0.32, 0.34),
    (0.20, 0.022, 0.024), (0.030, 0.080, 0.055), (0.10, 0.20, 0.34), (0.48, 0.40, 0.30), (0.32, 0.15, 0.06),
    (0.42, 0.26, 0.27), (0.09, 0.05, 0.11), (0.05, 0.16, 0.18), (0.50, 0.36, 0.09),
)  # fmt: skip
# Height of the neckline on the template at the front, side and back: crew neck, wide neck, V-neck, turtleneck.
_NECKLINES = {
    "crew": (0.545, 0.578, 0.590),
    "wide": (0.520, 0.572, 0.584),
    "vee": (0.500, 0.574, 0.588),
    "high": (0.590, 0.600, 0.605),
}
# Share of people in an open jacket or cardigan, but for those with a V-neck.
_JACKETS = 0.4


@dataclass(frozen=True, slots=True)
class Garment:
    """`neckline`: heights at front, side, back on the template; `dye` linear RGB; `knit`: coarseness of the cloth;
    `coat`: linear RGB of an open jacket over it, or None.
    """

    neckline: tuple[float, float, float]
    pointed: bool
    dye: tuple[float, float, float]
    knit: float
    coat: tuple[float, float, float] | None = None

    @property
    def sleeves(self) -> tuple[float, float, float]:
        """The colour of what the arms wear."""
        return self.coat or self.dye


def garment(rng: np.random.Generator) -> Garment:
    """A garment that does not depend on who wears it."""
    name = ("crew", "crew", "crew", "wide", "vee", "high")[int(rng.integers(6))]
    dye = np.array(_DYES[int(rng.integers(len(_DYES)))]) * rng.uniform(0.8, 1.15)
    knit = float(rng.uniform(0.4, 1.2))
    jacket, color = rng.random() < _JACKETS and name != "vee", _DYES[int(rng.integers(len(_DYES)))]
    coat = (0.75 * color[0], 0.75 * color[1], 0.75 * color[2]) if jacket else None
    return Garment(_NECKLINES[name], name == "vee", (float(dye[0]), float(dye[1]), float(dye[2])), knit, coat)


def below(points: NDArray[np.floating], cut: Garment) -> Floats:
    """Metres below the neckline (positive is covered) of template points (n, 3)."""
    angle = np.abs(np.arctan2(points[:, 0], -(points[:, 1] + 0.01)))
    front, side, back = cut.neckline
    if cut.pointed:
        # Two straight edges from the slope of the neck to the point on the breastbone.
        vee = front + (side - front) * np.minimum(np.abs(points[:, 0]) / 0.062, 1.3)
        rear = side + (back - side) * np.cos(angle) ** 2
        height = np.where(angle < np.pi / 2, vee, rear)
    else:
        half = np.where(angle < np.pi / 2, front, back)
        height = side + (half - side) * np.cos(angle) ** 2
    # The slope of the shoulders lies higher than the neckline but outside the neck.
    outside = np.abs(points[:, 0]) - 0.096
    soft = 0.018
    return np.asarray(np.logaddexp((height - points[:, 2]) / soft, outside / soft) * soft)


@lru_cache(maxsize=2)
def _fine(model: HeadModel) -> tuple[Any, Ints, Floats]:
    quads = model.part_quads("tights")
    matrix, fine = refine(quads, int(quads.max()) + 1, levels=2)
    template = matrix @ model.template[np.unique(model.quads["tights"])].astype(np.float64)
    return matrix, np.concatenate([fine[:, [0, 1, 2]], fine[:, [0, 2, 3]]]), template


def shirt(
    head: Head, model: HeadModel, cut: Garment, seed: np.random.Generator, yard: np.random.Generator
) -> trace.Mesh:
    """The garment: `seed` lays its folds, `yard` weaves its cloth."""
    matrix, faces, template = _fine(model)
    posed = matrix @ head.parts["tights"].astype(np.float64)
    out = normals(posed, faces).astype(np.float64)
    depth = below(template, cut)
    yarn, over = _woven(cut, yard)
    # A collar's band stands off a little, a jacket more; folds run from the shoulders.
    band = np.exp(-(((depth - 0.007) / 0.007) ** 4)) * 0.0016
    folds = _folds(template, seed) * np.clip(depth / 0.05, 0, 1)
    posed = posed + out * ((0.0028 + band + 0.0036 * folds + 0.0035 * over(template))[:, None] * head.scale)
    posed = _snug(posed, out, depth, head)
    points, faces, values = clip(np.concatenate([posed, out, template], axis=1), faces, depth)
    posed, out, template = points[:, :3], points[:, 3:6], points[:, 6:]
    faces, posed = hem(faces, posed, out, values, 0.0035 * head.scale)
    posed = posed.astype(np.float32)
    uv = np.concatenate([fabric.places(template)] * 2)
    return trace.Mesh(posed, faces, normals(posed, faces), cloth(cut, yarn), yarn, "clothes", uv)


def cloth(cut: Garment, texture: NDArray[np.float32] | None = None) -> dict[str, Any]:
    """The material of a garment, seen from both sides: of its texture, or plain in the colour of its sleeves."""
    plain = {"type": "rgb", "value": list(cut.sleeves)}
    dyed = {"type": "principled", "base_color": plain if texture is None else trace.bitmap(texture), "roughness": 0.85,
            "specular": 0.25, "sheen": 0.4, "sheen_tint": 0.5}  # fmt: skip
    return {"type": "twosided", "bsdf": dyed}


def _woven(
    cut: Garment, yard: np.random.Generator
) -> tuple[NDArray[np.float32], Callable[[Floats], NDArray[np.float32]]]:
    """The texture of the cloth, and where (n,) at places (n, 3) a second layer lies over the first."""
    second = int(yard.integers(len(_DYES)))
    yarn = fabric.cloth(np.array(cut.dye), np.array(_DYES[second]), yard)
    if cut.coat is None:
        return yarn, lambda template: np.zeros(len(template), dtype=np.float32)
    return fabric.jacket(yarn, np.array(cut.coat), yard)


def _snug(posed: Floats, out: Floats, depth: Floats, head: Head) -> Floats:
    """Lay the neckline on the skin, from which the helper stands off; lower down the cloth hangs as it did.

    Vertices move along their normals `out` only, so that the line of the cut stays smooth.
    """
    from scipy.spatial import cKDTree

    near = np.flatnonzero((depth > -0.02) & (depth < 0.04))
    neck = np.flatnonzero((head.template_vertices[:, 2] < 0.64) & (head.template_vertices[:, 2] > 0.47))
    distance, chosen = cKDTree(head.vertices[neck]).query(posed[near], k=6)
    share = 1 / np.maximum(distance, 1e-6) ** 2
    share /= share.sum(axis=1, keepdims=True)
    skin = (head.vertices[neck[chosen]] * share[..., None]).sum(axis=1)
    lift = np.einsum("ij,ij->i", skin - posed[near], out[near]) + 0.0032 * head.scale
    weight = np.clip(1.15 - np.abs(depth[near]) / 0.035, 0, 1)
    posed = posed.copy()
    posed[near] += out[near] * np.clip(lift * weight, -0.02, 0.02)[:, None]
    return posed


def covered(model: HeadModel, cut: Garment) -> NDArray[np.bool_]:
    """Which triangles of the skin (faces,) lie well under the garment."""
    depth = below(model.fine_template, cut)
    under = (depth > 0.022) & (model.fine_template[:, 2] < 0.61)
    return np.asarray(under[model.faces].all(axis=1))


def _folds(template: Floats, rng: np.random.Generator) -> Floats:
    """Soft creases, unit height: waves along slanted directions."""
    total = np.zeros(len(template))
    for _ in range(7):
        angle, period = rng.uniform(-0.9, 0.9), rng.uniform(0.025, 0.09)
        phase, side = rng.uniform(0, 2 * np.pi), rng.choice((-1.0, 1.0))
        along = side * template[:, 0] * np.cos(angle) + template[:, 2] * np.sin(angle)
        total += np.sin(2 * np.pi * along / period + phase + 12 * template[:, 2]) * period / 0.09
    return total / 3.0


def clip(points: Floats, faces: Ints, depth: Floats) -> tuple[Floats, Ints, Floats]:
    """Cut the mesh where `depth` is zero; what is positive stays. Returns points, faces and depth."""
    keep = depth > 0
    count = keep[faces].sum(axis=1)
    whole = faces[count == 3]
    extra: list[Floats] = []
    cut_faces: list[tuple[int, int, int]] = []
    made: dict[tuple[int, int], int] = {}

    def crossing(i: int, j: int) -> int:
        key = (min(i, j), max(i, j))
        if key not in made:
            share = depth[i] / (depth[i] - depth[j])
            extra.append(points[i] * (1 - share) + points[j] * share)
            made[key] = len(points) + len(extra) - 1
        return made[key]

    for face in faces[(count == 1) | (count == 2)]:
        inside = keep[face]
        first = int(np.flatnonzero(inside if inside.sum() == 1 else ~inside)[0])
        a, b, c = (int(face[(first + i) % 3]) for i in range(3))
        ab, ca = crossing(a, b), crossing(a, c)
        if inside.sum() == 1:
            cut_faces.append((a, ab, ca))
        else:
            cut_faces += [(ab, b, c), (ab, c, ca)]
    all_points = np.concatenate([points, np.array(extra).reshape(-1, points.shape[1])])
    values = np.concatenate([depth, np.zeros(len(extra))])
    return all_points, np.concatenate([whole, np.array(cut_faces, dtype=np.int64).reshape(-1, 3)]), values


def hem(faces: Ints, posed: Floats, out: Floats, values: Floats, width: float) -> tuple[Ints, Floats]:
    """Turn the cut edge inwards, towards the skin, so that cloth has a thickness."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = edges[(values[edges] == 0).all(axis=1)]
    length = np.linalg.norm(out, axis=1, keepdims=True)
    inner = posed - out / np.maximum(length, 1e-9) * width
    n = len(posed)
    a, b = edges[:, 0], edges[:, 1]
    strip = np.concatenate([np.stack([b, a, a + n], axis=1), np.stack([b, a + n, b + n], axis=1)])
    return np.concatenate([faces, strip]), np.concatenate([posed, inner])
