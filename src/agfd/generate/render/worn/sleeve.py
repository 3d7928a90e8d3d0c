"""The sleeve of a raised arm: a tube of the shirt's cloth from the shoulder round the elbow to a cuff."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.head import normals
from agfd.generate.render.picture import trace
from agfd.generate.render.worn.clothes import cloth

if TYPE_CHECKING:
    from agfd.generate.render.worn.clothes import Garment

Floats: TypeAlias = NDArray[np.float64]

# Rings along the tube and points around it.
_RINGS, _AROUND = 150, 72
# Radius of the upper arm's cloth at the shoulder and the elbow, metres on an adult.
_SHOULDER, _ELBOW = 0.062, 0.050
_HEM = 0.004


def sleeve(
    joints: tuple[Floats, Floats, Floats],
    bare: tuple[float, Floats],
    cut: Garment,
    rng: np.random.Generator,
    scale: float,
) -> trace.Mesh:
    """The tube. `joints`: shoulder, elbow, wrist (3,); `bare`: the share of the forearm from the wrist that is bare,
    and the radius of the forearm (k,) at even steps from wrist to elbow; `scale`: the arm's length by an adult's.
    """
    cuff, girth = bare
    shoulder, elbow, wrist = joints
    end = wrist + (elbow - wrist) * cuff
    line, share = _course(shoulder, elbow, end, 0.05 * scale)
    lower = np.clip(share - 1, 0, 1)
    forearm = np.interp(1 - lower * (1 - cuff), np.linspace(0, 1, len(girth)), girth) + 0.0055 * scale
    upper = np.interp(share, (0, 1), (_SHOULDER, _ELBOW)) * scale
    mix = np.clip((share - 0.85) / 0.3, 0, 1)
    radius = upper * (1 - mix) + np.minimum(forearm * 1.12, forearm + 0.006 * scale) * mix
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    around = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    bend = np.exp(-(((share - 1) / 0.28) ** 2)) + 0.55 * np.exp(-(((length[-1] - length) / (0.05 * scale)) ** 2)) + 0.22
    folds = _folds(length / scale, around, rng) * (bend * 0.0042 * scale)[:, None]
    # A double seam near the cuff holds the folds down.
    seam = np.clip((length[-1] - length) / (0.022 * scale), 0, 1)
    radii = radius[:, None] + folds * seam[:, None]
    # The hem is turned in, so that cloth has a thickness.
    inner = radii[-1:] - np.array([0.5, 1.0, 1.0])[:, None] * _HEM * scale
    tip = line[-1] - line[-2]
    tip /= np.linalg.norm(tip)
    line = np.concatenate([line, line[-1] + tip * np.array([0.3, 0.0, -4.0])[:, None] * _HEM * scale])
    vertices = _swept(line, np.concatenate([radii, inner]), around)
    faces = _grid(len(line), _AROUND)
    color = np.array(cut.sleeves, dtype=np.float32)
    points = vertices.reshape(-1, 3).astype(np.float32)
    return trace.Mesh(points, faces, normals(points, faces), cloth(cut), color, "clothes")


def _course(shoulder: Floats, elbow: Floats, end: Floats, rounding: float) -> tuple[Floats, Floats]:
    """Points (_RINGS, 3) from the shoulder round the elbow to the cuff, and their place (n,): 0 at the shoulder, 1 at
    the elbow, 2 at the cuff.
    """
    share = np.linspace(0, 2, 400)
    raw = np.where(
        (share < 1)[:, None],
        shoulder + (elbow - shoulder) * share[:, None],
        elbow + (end - elbow) * (share[:, None] - 1),
    )
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(raw, axis=0), axis=1))])
    at = np.linspace(0, length[-1], _RINGS)
    # The mean over a window rounds the corner; the ends keep their places.
    offsets = np.linspace(-1, 1, 15)[:, None]
    window = np.minimum(np.minimum(at, length[-1] - at), rounding)
    sampled = np.stack([np.interp(at + offsets * window, length, raw[:, k]).mean(axis=0) for k in range(3)], axis=1)
    return sampled, np.interp(at, length, share)


def _folds(length: Floats, around: Floats, rng: np.random.Generator) -> Floats:
    """Creases of unit height (rings, points): waves that run slantwise round the arm."""
    total = np.zeros((len(length), len(around)))
    for _ in range(6):
        period, phase = rng.uniform(0.016, 0.045), rng.uniform(0, 2 * np.pi)
        turns, side = int(rng.integers(0, 2)), rng.uniform(0, 2 * np.pi)
        wave = np.sin(2 * np.pi * length[:, None] / period + turns * around + phase + 0.8 * np.sin(around + side))
        total += wave * (0.35 + 0.65 * np.cos((around - side) / 2) ** 2) * period / 0.045
    return total / 1.6


def _swept(line: Floats, radii: Floats, around: Floats) -> Floats:
    """Rings (n, m, 3) of `radii` (n, m) across a line (n, 3); the frame is carried along without twist."""
    steps = np.gradient(line, axis=0)
    steps[_RINGS - 1 :] = line[_RINGS - 1] - line[_RINGS - 2]
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    side = np.cross(steps[0], (0.0, 1.0, 0.0))
    rings = np.empty((*radii.shape, 3))
    for i, step in enumerate(steps):
        side = side - step * (side @ step)
        side /= np.linalg.norm(side)
        across = np.cross(step, side)
        rings[i] = line[i] + radii[i][:, None] * (np.cos(around)[:, None] * side + np.sin(around)[:, None] * across)
    return rings


def _grid(rings: int, around: int) -> NDArray[np.int64]:
    """Triangles of rings closed around, facing outwards."""
    i, j = np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij")
    a, b = i * around + j, i * around + (j + 1) % around
    c, d = a + around, b + around
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
