"""Eyeballs: a sphere with a corneal bulge where MakeHuman has its eye helper, and a painted iris."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.lids import ball
from agfd.generate.render.picture import trace
from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.generate.render.body.head import Head
    from agfd.generate.render.person import Person

Floats: TypeAlias = NDArray[np.float32]

_RINGS, _SPOKES = 44, 64
# Angle of the painted cap from the eye's axis, and of the iris' edge: 5.4 mm on a ball of 14.9 mm radius, less than
# life, because the model's lids open less wide than ours.
_CAP, _IRIS = 1.6, 0.37
# How much faster than the ball's the normals of the cornea turn: its radius is 7.8 mm.
_BULGE = 1.9
# Inner ring, middle, outer: linear RGB.
_COLORS: Mapping[str, tuple[tuple[float, float, float], ...]] = {
    "blue": ((0.20, 0.19, 0.15), (0.17, 0.24, 0.31), (0.08, 0.13, 0.19)),
    "grey": ((0.20, 0.19, 0.15), (0.24, 0.28, 0.30), (0.11, 0.14, 0.17)),
    "green": ((0.22, 0.15, 0.05), (0.17, 0.20, 0.09), (0.08, 0.11, 0.06)),
    "hazel": ((0.20, 0.10, 0.03), (0.17, 0.13, 0.05), (0.07, 0.06, 0.03)),
    "brown": ((0.135, 0.058, 0.020), (0.100, 0.042, 0.015), (0.045, 0.020, 0.009)),
    "dark brown": ((0.060, 0.026, 0.012), (0.045, 0.020, 0.010), (0.020, 0.010, 0.006)),
}


def eyeballs(head: Head, look: tuple[float, float], sitter: Person) -> list[trace.Mesh]:
    """Both eyes. `look`: degrees to the viewer's right and up, in the head's frame."""
    color = paint(sitter.iris, sitter.melanin, stream(sitter.seed, "iris texture"))
    surface = {
        "type": "principled",
        "base_color": trace.bitmap(color) | {"wrap_mode": "repeat"},
        "roughness": 0.07, "specular": 0.7, "flatness": 0.3,
    }  # fmt: skip
    shapes = []
    for part in ("eye_l", "eye_r"):
        centre, radius = ball(head.rest_parts[part])
        turned = _sphere(radius) @ _turned(centre, look).T + centre
        vertices, faces = head.carried(turned), _faces()
        normals = _cornea(_normals(vertices, faces))
        shapes.append(trace.Mesh(vertices, faces, normals, surface, color, "eyes", _uv()))
    return shapes


def looks(head: Head, look: tuple[float, float]) -> Floats:
    """Unit vectors (2, 3) along which the eyes look, the person's right eye (the viewer's left) first."""
    axes = _irises(head, look, 0.0)[:, 0]
    centres = np.array([head.carried(ball(head.rest_parts[part])[0]) for part in ("eye_r", "eye_l")])
    vectors = axes - centres
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def irises(head: Head, look: tuple[float, float]) -> Floats:
    """Middle of the iris, then its edge towards the viewer's right, top, left and bottom, on the ball: (2, 5, 3)."""
    return np.concatenate([_irises(head, look, 0.0)[:, :1], _irises(head, look, _IRIS)], axis=1)


def _irises(head: Head, look: tuple[float, float], theta: float) -> Floats:
    """Points (2, 4, 3) of both balls at the angle `theta` from the axis: right, top, left, bottom."""
    at, phi = theta, np.array([0.5, 0.0, 1.5, 1.0]) * np.pi
    unit = np.stack([np.sin(at) * np.sin(phi), np.full(4, -np.cos(at)), np.sin(at) * np.cos(phi)], axis=1) * _bulged(at)
    out = []
    for part in ("eye_r", "eye_l"):
        centre, radius = ball(head.rest_parts[part])
        out.append(head.carried((unit * radius) @ _turned(centre, look).T + centre))
    return np.array(out)


def _turned(centre: NDArray[np.float64], look: tuple[float, float]) -> NDArray[np.float64]:
    """Rotation (3, 3) of the eye at `centre`: both meet about a metre away, so they turn in by half their angle."""
    return _look(look[0] - float(np.degrees(np.arctan2(centre[0], 1.1))), look[1])


def _bulged(theta: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Distance from the centre by the ball's radius, at an angle from the axis."""
    return np.asarray(1 + 0.052 * np.clip(np.cos(np.multiply(theta, 1.45)), 0, 1) ** 1.3 * (np.asarray(theta) < 1.08))


def paint(iris: str, melanin: float, rng: np.random.Generator) -> Floats:
    """The texture, linear RGB, (rows of the angle from the axis, columns around it, 3). Melanin browns the white."""
    rows, columns = 160, 256
    theta = np.linspace(0, _CAP, rows)[:, None] * np.ones((1, columns))
    phi = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None, :] * np.ones((rows, 1))
    share = theta / _IRIS
    fibres = _fibres(rng, rows, columns)
    stops = np.array(_COLORS[iris])
    ring = np.stack([np.interp(share, (0.35, 0.62, 0.97), stops[:, c]) for c in range(3)], axis=2)
    ring *= (1 + 0.75 * fibres * (1 - share.clip(0, 1) ** 6))[..., None].clip(0.35, 2.0)
    ring *= (1 - 0.72 * np.exp(-(((share - 1.0) / 0.10) ** 2)))[..., None]
    pupil = rng.uniform(0.33, 0.42)
    ring *= _step(share, pupil, 0.025)[..., None]
    # The camera opens for dark skin, and light irises in it would glow.
    lightest = np.interp(melanin, (0.3, 0.8), (0.64, 0.10))
    ring *= np.exp(np.clip(rng.normal(0, 0.32), -0.64, lightest))
    white = _white(theta, rng) * (1 - melanin * np.array((0.30, 0.35, 0.42)))
    mix = _step(share, 1.0, 0.07)[..., None]
    return ((ring * (1 - mix) + white * mix) * _between_lids(theta, phi)).astype(np.float32)


def _white(theta: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The white of the eye: not white, with faint veins, pink to the rim."""
    base = np.array((0.40, 0.365, 0.335)) * rng.uniform(0.94, 1.04)
    out = np.ones_like(theta)[..., None] * base
    veins = np.abs(_fibres(rng, *theta.shape)) ** 1.5 * np.clip((theta - 0.55) / 0.6, 0, 1)
    rim = np.clip((theta - 0.50) / 0.65, 0, 1) ** 1.3
    return np.asarray(out * np.exp(-(0.5 * veins + 0.60 * rim)[..., None] * np.array((0.20, 0.85, 0.75))))


def _between_lids(theta: NDArray[np.float64], phi: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shade (rows, columns, 1) of lids, lashes and the eye's corners on white and iris; phi = 0 points up."""
    across, height = np.sin(theta) * np.sin(phi), np.sin(theta) * np.cos(phi)
    upper = _step(height, 0.27, 0.42)
    lower = _step(-height, 0.36, 0.24)
    corner = _step(np.abs(across), 0.74, 0.50)
    shade = (1 - 0.62 * upper) * (1 - 0.30 * lower) * (1 - 0.45 * corner)
    return np.asarray(shade[..., None])


def _fibres(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float64]:
    """Noise drawn out along the spokes, zero mean, about unit range."""
    total = np.zeros((rows, columns))
    for count, strength in ((24, 0.3), (60, 0.4), (110, 0.3)):
        knots = rng.normal(size=(6, count))
        x = np.arange(columns) / columns * count
        low = x.astype(int) % count
        share = x - x.astype(int)
        around = knots[:, low] * (1 - share) + knots[:, (low + 1) % count] * share
        y = np.linspace(0, 4.999, rows)
        bottom = y.astype(int)
        total += strength * (around[bottom] * (1 - (y % 1))[:, None] + around[bottom + 1] * (y % 1)[:, None])
    return total


def _step(x: NDArray[np.float64], edge: float, width: float) -> NDArray[np.float64]:
    """0 below the edge, 1 above, smooth between."""
    t = np.clip((x - edge) / width * 0.5 + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Dense around the iris, coarse behind.
    theta = np.concatenate(
        [np.linspace(0, 0.6, _RINGS * 2 // 3, endpoint=False), np.linspace(0.6, 2.2, _RINGS // 3 + 1)]
    )
    phi = np.linspace(0, 2 * np.pi, _SPOKES + 1)
    return np.meshgrid(theta, phi, indexing="ij")


def _sphere(radius: float) -> NDArray[np.float64]:
    """Vertices of the ball that looks to -y, with the cornea's bulge."""
    theta, phi = _grid()
    r = radius * _bulged(theta)
    x, z = np.sin(theta) * np.sin(phi), np.sin(theta) * np.cos(phi)
    return np.stack([r * x, -r * np.cos(theta), r * z], axis=-1).reshape(-1, 3)


def _uv() -> Floats:
    theta, phi = _grid()
    return np.stack([phi / (2 * np.pi), np.minimum(theta / _CAP, 0.999)], axis=-1).reshape(-1, 2).astype(np.float32)


def _faces() -> NDArray[np.int64]:
    rows, columns = _grid()[0].shape
    a = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)[None, :]).ravel()
    b, c, d = a + 1, a + columns + 1, a + columns
    return np.concatenate([np.stack([a, c, b], axis=1), np.stack([a, d, c], axis=1)])


def _normals(vertices: Floats, faces: NDArray[np.int64]) -> Floats:
    """Smooth normals that point away from the ball's centre."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    flat = np.cross(b - a, c - a)
    total = np.zeros_like(vertices)
    for i in range(3):
        np.add.at(total, faces[:, i], flat)
    rows, columns = _grid()[0].shape
    grid = total.reshape(rows, columns, 3)
    seam = grid[:, 0] + grid[:, -1]
    grid[:, 0] = grid[:, -1] = seam
    grid[0] = grid[0].sum(axis=0)
    outward = vertices - vertices.mean(axis=0)
    total *= np.sign(np.einsum("ij,ij->i", total, outward))[:, None]
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-12), dtype=np.float32)


def _cornea(normals: Floats) -> Floats:
    """Normals of a ball whose cornea curves as a live one does, so that it catches the light of lamps high above.

    The mesh's cornea stays flat, for the lids' sake.
    """
    theta = _grid()[0]
    rows, columns = theta.shape
    grid = normals.reshape(rows, columns, 3).astype(np.float64)
    axis = grid[0, 0]
    side = grid - (grid @ axis)[..., None] * axis
    side /= np.maximum(np.linalg.norm(side, axis=2, keepdims=True), 1e-9)
    angle = np.interp(theta, (0.0, _IRIS * 1.05, _IRIS * 1.45), (0.0, _IRIS * 1.05 * _BULGE, _IRIS * 1.45))
    bent = np.cos(angle)[..., None] * axis + np.sin(angle)[..., None] * side
    out = np.where((theta < _IRIS * 1.45)[..., None] & (theta > 0)[..., None], bent, grid)
    return np.asarray(out.reshape(-1, 3), dtype=np.float32)


def _look(right: float, up: float) -> NDArray[np.float64]:
    """Rotation (3, 3) of an eye that looks to the viewer's right and up, degrees."""
    from agfd.generate.render.body.head import Pose

    return Pose(yaw=right, pitch=up).matrix()
