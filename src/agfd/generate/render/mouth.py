"""Teeth with separate crowns and gums, and a tongue, from MakeHuman's helpers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render import trace
from agfd.generate.render.head import Floats, Head, HeadModel, Ints, normals
from agfd.generate.render.subdivision import refine

Wide: TypeAlias = NDArray[np.float64]

# Widths of the crowns from the middle outwards, metres (Ash, "Wheeler's Dental Anatomy").
_WIDTHS = {"teeth_up": (8.5, 6.5, 7.5, 7.0, 7.0, 10.0), "teeth_low": (5.3, 5.7, 6.8, 7.0, 7.1, 11.0)}
_ENAMEL, _GUM = np.array((0.86, 0.79, 0.67)), np.array((0.42, 0.13, 0.12))


@lru_cache(maxsize=4)
def _fine(part: str, model: HeadModel) -> tuple[Any, Ints]:
    quads = model.part_quads(part)
    return refine(quads, int(quads.max()) + 1, levels=3 if part != "tongue" else 1)


def inside(head: Head, model: HeadModel, age: float) -> list[trace.Mesh]:
    """Both rows of teeth and the tongue."""
    white = _ENAMEL * (1 - np.array((0.05, 0.10, 0.22)) * np.clip((age - 20) / 60, 0, 1))
    shapes = [_row(head, model, part, white) for part in ("teeth_up", "teeth_low")]
    matrix, quads = _fine("tongue", model)
    vertices, faces = (matrix @ head.parts["tongue"]).astype(np.float32), _triangles(quads)
    color = np.array((0.36, 0.10, 0.09), dtype=np.float32)
    surface = {"type": "principled", "base_color": _rgb(color), "roughness": 0.38, "specular": 0.5, "flatness": 0.5}
    both = {"type": "twosided", "bsdf": surface}
    shapes.append(trace.Mesh(vertices, faces, normals(vertices, faces), both, color, "mouth"))
    return shapes


def _row(head: Head, model: HeadModel, part: str, white: Wide) -> trace.Mesh:
    """One row: the strip cut into crowns by grooves, gum-coloured at its root."""
    matrix, quads = _fine(part, model)
    rest = matrix @ head.rest_parts[part].astype(np.float64)
    template = matrix @ model.template[np.unique(model.quads[part])].astype(np.float64)
    arc, root = _coordinates(template, upper=part == "teeth_up")
    gap = np.abs(arc[:, None] - np.cumsum(_WIDTHS[part])[None, :] / 1000).min(axis=1)
    gap = np.minimum(gap, np.abs(arc))
    groove = np.exp(-((gap / 0.00045) ** 2)) * (1 - root)
    centre = np.array([0.0, rest[:, 1].max(), rest[:, 2].mean()])
    outward = (rest - centre) * (1, 1, 0)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    # The helper sits behind the lips; teeth carry them.
    moved = rest + outward * ((0.0020 + 0.0006 * root - 0.0009 * groove)[:, None] * head.scale)
    # At rest the edges of the upper teeth lie a little below the seam of the lips; the helper's lie above it.
    if part == "teeth_up":
        moved = moved - np.array([0.0, 0.0005, 0.0044]) * head.scale
    color = white * (1 - 0.38 * groove[:, None]) * (1 - root[:, None]) + _GUM * root[:, None]
    surface = {
        "type": "principled", "base_color": {"type": "mesh_attribute", "name": "vertex_color"}, "roughness": 0.18,
        "specular": 0.5, "flatness": 0.6,
    }  # fmt: skip
    vertices, faces = head.carried(moved), _triangles(quads)
    both = {"type": "twosided", "bsdf": surface}
    return trace.Mesh(vertices, faces, normals(vertices, faces), both, color.astype(np.float32), "mouth")


def _coordinates(template: Wide, *, upper: bool) -> tuple[Wide, Wide]:
    """Distance along the arch from the middle in metres, and 0 on the crown to 1 on the gum."""
    angle = np.arctan2(np.abs(template[:, 0]), -(template[:, 1] - template[:, 1].max()))
    order = np.argsort(angle)
    path = template[order][:, :2]
    steps = np.hypot(*np.diff(np.abs(path), axis=0, prepend=np.abs(path[:1])).T)
    # Neighbours in angle lie on both faces of the strip: the arc is fitted, not summed.
    radius = np.hypot(path[:, 0], path[:, 1] - template[:, 1].max())
    arc = np.zeros(len(template))
    turn = np.diff(angle[order], prepend=angle[order][:1])
    arc[order] = np.cumsum(radius * turn) + 0 * steps
    low, high = template[:, 2].min(), template[:, 2].max()
    up = (template[:, 2] - low) / (high - low)
    edge = up if upper else 1 - up
    return arc, np.clip((edge - 0.80) / 0.10, 0, 1)


def _triangles(quads: Ints) -> Ints:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def _rgb(color: Floats) -> dict[str, Any]:
    return {"type": "rgb", "value": [float(c) for c in color]}
