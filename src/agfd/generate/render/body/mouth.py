"""What an open mouth shows: teeth, gums and tongue, and the lining that darkens towards the throat."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body import teeth
from agfd.generate.render.body.head import Floats, Head, HeadModel, Ints, normals
from agfd.generate.render.body.subdivision import refine
from agfd.generate.render.picture import trace

if TYPE_CHECKING:
    from agfd.generate.render.person import Person

Wide: TypeAlias = NDArray[np.float64]

_LINING, _THROAT = np.array((0.34, 0.10, 0.09)), np.array((0.035, 0.008, 0.007))
_TONGUE, _BACK = np.array((0.46, 0.165, 0.155)), np.array((0.20, 0.055, 0.05))
# Where the lining begins to darken and where it is dark, metres behind the lips on the template.
_FRONT, _DEEP = -0.150, -0.105
# Height of the seam of the lips on the template, and how far from it the skin hides what is behind; how far behind the
# skin that has to stay, and within which distance it is looked for. Metres.
_SEAM, _BEYOND, _BEHIND, _NEAR = 0.661, 0.012, 0.0015, 0.007


@lru_cache(maxsize=2)
def _tongue_mesh(model: HeadModel) -> tuple[Any, Ints]:
    quads = model.part_quads("tongue")
    matrix, fine = refine(quads, int(quads.max()) + 1, levels=1)
    return matrix, np.concatenate([fine[:, [0, 1, 2]], fine[:, [0, 2, 3]]])


def inside(head: Head, model: HeadModel, sitter: Person) -> list[trace.Mesh]:
    """Both rows of teeth in their gums, and the tongue."""
    crowns, gums = teeth.grown(head, model, sitter)
    return [
        _solid(_held(head, model, crowns.vertices), crowns.faces, crowns.colors, _wet(0.24, 0.45)),
        _solid(_held(head, model, gums.vertices), gums.faces, gums.colors, _wet(0.30, 0.5)),
        _tongue(head, model),
    ]


def skin_before(head: Head, model: HeadModel, points: Floats) -> tuple[Ints, Wide, Wide]:
    """The nearest vertex of the skin above and below the lips, its distance, and how far the points are before it."""
    from scipy.spatial import KDTree

    x, y, z = head.template_vertices.T
    near = (y < -0.09) & (np.abs(x) < 0.045) & (np.abs(z - _SEAM) > _BEYOND) & (np.abs(z - _SEAM) < 0.05)
    outer = np.flatnonzero(near & (model.fine_masks["inside-mouth"] < 0.5))
    away, found = KDTree(head.vertices[outer]).query(points)
    nearest = outer[found]
    before = ((points - head.vertices[nearest]) * head.normals[nearest]).sum(axis=1)
    return nearest, away, before


def _held(head: Head, model: HeadModel, points: Wide) -> Floats:
    """Un-posed points moved along with the skull, and those that would come through lip or chin put behind it."""
    placed = head.carried(points)
    nearest, away, before = skin_before(head, model, placed)
    push = np.where(away < _NEAR * head.scale, np.maximum(before + _BEHIND * head.scale, 0), 0)
    return np.asarray(placed - push[:, None] * head.normals[nearest], dtype=np.float32)


def lining(head: Head, model: HeadModel, faces: Ints) -> trace.Mesh:
    """The inside of the cheeks and lips, dark towards the throat. `faces`: the triangles that line the mouth."""
    deep = np.clip((head.template_vertices[:, 1:2] - _FRONT) / (_DEEP - _FRONT), 0, 1)
    color = (_LINING * (1 - deep) + _THROAT * deep).astype(np.float32)
    return trace.Mesh(head.vertices, faces, head.normals, _wet(0.45, 0.3), color, "mouth")


def _tongue(head: Head, model: HeadModel) -> trace.Mesh:
    """Paler and rough on top, with a furrow along its middle, darker towards its root."""
    matrix, faces = _tongue_mesh(model)
    vertices = (matrix @ head.parts["tongue"]).astype(np.float32)
    template = matrix @ model.template[np.unique(model.quads["tongue"])].astype(np.float64)
    back = np.clip((template[:, 1:2] + 0.135) / 0.05, 0, 1)
    furrow = np.exp(-((template[:, :1] / 0.0022) ** 2))
    # Papillae: a mottling without a seed, as good as the same on everybody.
    speck = np.sin(2100 * template[:, :1] + 3 * np.sin(900 * template[:, 1:2])) * np.sin(2300 * template[:, 1:2])
    color = (_TONGUE * (1 - back) + _BACK * back) * (1 - 0.22 * furrow) * (1 + 0.07 * speck)
    return _solid(vertices, faces, color, _wet(0.42, 0.4))


def _solid(vertices: Floats, faces: Ints, colors: Wide, surface: dict[str, Any]) -> trace.Mesh:
    return trace.Mesh(vertices, faces, normals(vertices, faces), surface, colors.astype(np.float32), "mouth")


def _wet(roughness: float, specular: float) -> dict[str, Any]:
    """A moist surface in the colours of its vertices; flat scattering stands for light that goes in and comes out."""
    surface = {
        "type": "principled", "base_color": {"type": "mesh_attribute", "name": "vertex_color"},
        "roughness": roughness, "specular": specular, "flatness": 0.6,
    }  # fmt: skip
    return {"type": "twosided", "bsdf": surface}
