"""Earrings: studs, hoops and drops, which hang down whatever the head does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.head import normals
from agfd.generate.render.picture.trace import Mesh
from agfd.generate.render.worn.solid import Color, Solid, joined, pad, wire

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head, HeadModel

Points: TypeAlias = NDArray[np.float64]

_METALS: tuple[Color, ...] = ((0.80, 0.58, 0.26), (0.80, 0.58, 0.26), (0.74, 0.74, 0.75), (0.70, 0.44, 0.33))
_STONES: tuple[Color, ...] = (
    (0.72, 0.69, 0.64), (0.72, 0.69, 0.64), (0.02, 0.30, 0.14), (0.40, 0.012, 0.03), (0.02, 0.06, 0.36),
    (0.03, 0.36, 0.38),
)  # fmt: skip
_DOWN = np.array([0.0, 0.0, -1.0])


def earrings(head: Head, model: HeadModel, rng: np.random.Generator) -> list[Mesh]:
    """A pair of the sitter's own in both lobes."""
    kind, size, metal, stone, length = rng.random(5)
    gold, gem = _METALS[int(metal * len(_METALS))], _STONES[int(stone * len(_STONES))]
    s = head.scale
    shiny, precious = [], []
    for side in (1.0, -1.0):
        hole, out = _lobe(head, model, side)
        if kind < 0.30:
            radius = (0.0028 + 0.0014 * size) * s
            axes = _axes(out)
            shiny.append(pad(hole + 0.0004 * s * out, axes, (radius * 1.18, radius * 1.18, 0.35 * radius)))
            precious.append(pad(hole + 0.0012 * s * out, axes, (radius, radius, 0.8 * radius)))
        elif kind < 0.68:
            shiny.append(_hoop(hole, out, side, (0.010 + 0.014 * size) * s, (0.0009 + 0.0006 * length) * s))
        else:
            metals, stones = _drop(hole, out, (0.010 + 0.020 * length) * s, (0.0034 + 0.002 * size) * s)
            shiny.append(metals)
            precious.append(stones)
    meshes = [_mesh(joined(shiny), _metal(gold), gold)]
    if precious:
        meshes.append(_mesh(joined(precious), _jewel(gem), gem))
    return meshes


def _lobe(head: Head, model: HeadModel, side: float) -> tuple[Points, Points]:
    """The middle of the outer face of a lobe, posed, and the way out of it."""
    template = model.fine_template
    near = (model.fine_masks["ears"] > 0.5) & (side * template[:, 0] > 0.05) & (template[:, 2] < 0.6925)
    facing = head.head_transform[:3, :3] @ np.array([side * 0.80, -0.60, 0.0])
    chosen = np.flatnonzero(near)
    chosen = chosen[np.argsort(-(head.vertices[chosen] @ facing), kind="stable")[: max(len(chosen) // 4, 8)]]
    out = head.normals[chosen].astype(np.float64).mean(axis=0) * 0.4 + facing
    return head.vertices[chosen].astype(np.float64).mean(axis=0), out / np.linalg.norm(out)


def _axes(out: Points) -> Points:
    """Two unit vectors across `out`, and `out`, as rows."""
    across = np.cross(out, _DOWN)
    across /= np.linalg.norm(across)
    return np.stack([across, np.cross(out, across), out])


def _hoop(hole: Points, out: Points, side: float, radius: float, thick: float) -> Solid:
    """A ring through the lobe that hangs from its highest point."""
    level = out * (1, 1, 0) * (0.75, 1.2, 1)
    level = level / np.linalg.norm(level)
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)[:, None]
    centre = hole + _DOWN * (radius - thick) + level * 0.25 * radius
    centre[0] += side * 0.15 * radius
    return wire(centre + radius * (np.cos(turn) * level - np.sin(turn) * _DOWN), thick, closed=True)


def _drop(hole: Points, out: Points, length: float, stone: float) -> tuple[Solid, Solid]:
    """A hook with a chain, and a stone at its end."""
    front = hole + 0.35 * stone * out
    hook = np.stack(
        [hole - 0.3 * stone * out, hole + 0.1 * stone * out, front + 0.15 * stone * _DOWN, front + 0.6 * stone * _DOWN]
    )
    end = front + _DOWN * length
    beads = [pad(front + _DOWN * length * share, np.eye(3), (0.2 * stone,) * 3) for share in (0.25, 0.45, 0.65, 0.85)]
    chain = wire(np.linspace(front + 0.5 * stone * _DOWN, end, 6), 0.10 * stone)
    cap = pad(end, np.eye(3), (0.42 * stone, 0.42 * stone, 0.3 * stone))
    gem = pad(end + _DOWN * 1.35 * stone, np.eye(3), (0.85 * stone, 0.85 * stone, 1.3 * stone))
    return joined([wire(hook, 0.12 * stone), pad(front, np.eye(3), (0.4 * stone,) * 3), chain, *beads, cap]), gem


def _metal(color: Color) -> dict[str, Any]:
    base = {"type": "rgb", "value": list(color)}
    return {"type": "principled", "base_color": base, "metallic": 1.0, "roughness": 0.20}


def _jewel(color: Color) -> dict[str, Any]:
    base = {"type": "rgb", "value": list(color)}
    return {"type": "principled", "base_color": base, "roughness": 0.10, "specular": 0.8, "clearcoat": 0.8}


def _mesh(solid: Solid, material: dict[str, Any], color: Color) -> Mesh:
    vertices = solid.points.astype(np.float32)
    both = {"type": "twosided", "bsdf": material}
    albedo = np.array(color, dtype=np.float32)
    return Mesh(vertices, solid.faces, normals(vertices, solid.faces), both, albedo, "earrings")
