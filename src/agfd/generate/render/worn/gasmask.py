"""A gas mask: a rubber facepiece with round windows, canisters and straps."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body import lids
from agfd.generate.render.worn import straps
from agfd.generate.render.worn.shell import spanned, stretched
from agfd.generate.render.worn.solid import Color, Solid, joined, pane, revolved, rubber, sheet, wire, worn

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head
    from agfd.generate.render.picture import trace
    from agfd.generate.render.worn.shell import Shell

Points: TypeAlias = NDArray[np.float64]

_ROWS, _COLUMNS = 90, 110
_RUBBERS: tuple[Color, ...] = ((0.016, 0.016, 0.017), (0.030, 0.032, 0.026), (0.055, 0.060, 0.038), (0.10, 0.10, 0.098))
_TINS: tuple[Color, ...] = ((0.045, 0.055, 0.030), (0.10, 0.105, 0.11), (0.020, 0.020, 0.021), (0.28, 0.27, 0.24))


def gas(head: Head, shell: Shell, rng: np.random.Generator, hair: float) -> tuple[list[trace.Thing], list[Points]]:
    """The mask, and what presses hair: points (n, 3)."""
    colour, tin, pair, wide = rng.random(4)
    s = shell.scale
    face = _facepiece(shell)
    body, steel = _RUBBERS[int(colour * len(_RUBBERS))], _TINS[int(tin * len(_TINS))]
    sides, solids, panes = sheet(face), [wire(_edge(face), 0.0026 * s, closed=True)], []
    (left, radius), (right, _) = (lids.ball(head.rest_parts[part]) for part in ("eye_l", "eye_r"))
    size = (0.0235 + 0.005 * wide) * float(left[0] - right[0]) / 0.0616
    for eye, side in ((left, 1.0), (right, -1.0)):
        frame, glass, sides = _window(face, sides, eye + np.array([side * 0.003 * s, -radius, 0]), side, size)
        solids.append(frame)
        panes.append(glass)
    solids.append(sides)
    mouth = 0.5 * (shell.anchor((0, -0.157, 0.669)) + shell.anchor((0, -0.153, 0.650)))
    tins: list[Solid] = []
    for axis, start, large in _places(face, mouth, pair < 0.4, s):
        solids.append(revolved(start, axis, [(0.0, 0.0), (0.8, 0.0), (0.8, 0.55), (0.66, 0.6), (0.66, 0.9)], large))
        tins.append(_canister(start + axis * 0.62 * large, axis, large))
    if pair < 0.4:
        axis = np.array([0.0, -0.95, -0.30])
        solids.append(revolved(_out(face, mouth, axis, s) - 0.012 * s * axis, axis, _VALVE, 0.019 * s))
    bands = _harness(shell, face, hair)
    things: list[trace.Thing] = [
        worn(head, joined(solids), rubber(body), "mask", body),
        worn(head, joined(bands), rubber(body) | {"roughness": 0.7}, "mask", body),
        worn(head, joined(tins), rubber(steel) | {"roughness": 0.35}, "mask", steel),
    ]
    things += [pane(head, glass, 1.0, "mask") for glass in panes]
    return things, [face.reshape(-1, 3), *(b.points for b in bands)]


def _facepiece(shell: Shell) -> Points:
    """The rubber as a grid (rows, columns, 3) from the forehead to under the chin and from right to left."""
    from scipy.ndimage import gaussian_filter

    s = shell.scale
    down, across = np.linspace(0, 1, _ROWS)[:, None], np.linspace(-1, 1, _COLUMNS)[None, :]
    brow, chin = shell.anchor((0, -0.150, 0.774))[2], shell.anchor((0, -0.150, 0.6225))[2] - 0.004 * s
    jaw = 0.5 * sum(float(shell.anchor((0.058, -0.084, 0.656), side)[2]) for side in (1, -1))
    share = np.minimum(down / 0.92, 1)
    side = np.abs(across)
    top, bottom = brow - 0.020 * s * side**3, chin + (jaw - chin) * side**2.2
    z = top + (bottom - top) * share
    angle = across[0] * 1.12
    skin = shell.radius(np.broadcast_to(angle, z.shape), z)
    radius = stretched(angle, spanned(z, skin))
    radius = np.maximum(gaussian_filter(radius, (4.0, 4.0), mode="nearest"), skin) + 0.0032 * s
    # A ridge runs along the middle and a fold around the chin, as moulded rubber has them.
    radius = radius + 0.0012 * s * np.exp(-((side / 0.035) ** 4)) + 0.0015 * s * np.exp(-(((down - 0.80) / 0.02) ** 2))
    tuck = np.clip((down - 0.92) / 0.08, 0, 1)
    radius = radius - tuck**1.3 * s * 0.022 * (1 - 0.8 * side**2)
    return shell.place(angle[None, :], radius, z - tuck * s * 0.006 * (1 - side**2))


def _edge(face: Points) -> Points:
    return np.concatenate([face[0, ::2], face[1:-1:2, -1], face[-1, ::-2], face[-2:0:-2, 0]])


def _window(face: Points, rubber: Solid, eye: Points, side: float, size: float) -> tuple[Solid, Solid, Solid]:
    """The ring before an eye, its glass, and the rubber with a hole there."""
    axis = np.array([side * 0.24, -0.96, -0.10])
    axis /= np.linalg.norm(axis)
    off = face.reshape(-1, 3) - eye
    along = off @ axis
    beside = np.linalg.norm(off - along[:, None] * axis, axis=1)
    ahead = along > -0.8 * size
    front = eye + axis * (np.quantile(along[(beside < size) & ahead], 0.65) + 0.12 * size)
    cut = (beside < 0.96 * size) & ahead
    ring = [(1.18, -1.0), (1.18, -0.16), (1.12, -0.02), (1.0, 0.03), (0.93, -0.02), (0.92, -0.10), (0.97, -0.9)]
    holed = Solid(rubber.points, rubber.faces[~cut[rubber.faces].any(axis=1)])
    return revolved(front, axis, ring, size), _disc(front, axis, size), holed


def _disc(start: Points, axis: Points, size: float) -> Solid:
    """A slightly domed round pane."""
    side = np.cross(axis, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    turn = np.linspace(0, 2 * np.pi, 41)
    ring = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * np.cross(side, axis)
    share = np.linspace(0.94, 0.02, 8)[:, None, None]
    return sheet(start + size * (share * ring + (0.01 - 0.10 * share**2) * axis))


_VALVE = [(1.0, 0.0), (1.0, 0.9), (0.9, 1.0), (0.6, 1.0), (0.55, 0.85), (0.2, 0.85), (0.0, 0.9)]


def _places(face: Points, mouth: Points, pair: bool, scale: float) -> list[tuple[Points, Points, float]]:
    """Axis, start and radius of each canister: one before the mouth, or two on the cheeks."""
    found = []
    for side in (1.0, -1.0) if pair else (0.0,):
        axis = np.array([side * 0.78, -0.58, -0.22]) if pair else np.array([0.0, -0.90, -0.44])
        axis /= np.linalg.norm(axis)
        low = mouth + np.array([side * 0.034, 0.0, -0.006 * abs(side)]) * scale
        found.append((axis, _out(face, low, axis, scale) - 0.010 * scale * axis, (0.034 if pair else 0.041) * scale))
    return found


def _out(face: Points, start: Points, axis: Points, scale: float) -> Points:
    """Where the line from `start` along `axis` leaves the facepiece."""
    off = face.reshape(-1, 3) - start
    along = off @ axis
    near = np.linalg.norm(off - along[:, None] * axis, axis=1) < 0.008 * scale
    return np.asarray(start + axis * (along[near].max() if near.any() else 0.0))


def _canister(start: Points, axis: Points, radius: float) -> Solid:
    """A tin with ribs and a pierced lid."""
    profile = [(0.0, 0.0), (0.90, 0.0), (1.0, 0.06), (1.0, 0.30), (1.05, 0.34), (1.05, 0.42), (1.0, 0.46), (1.0, 0.62),
               (1.05, 0.66), (1.05, 0.74), (1.0, 0.78), (1.0, 0.98), (0.93, 1.06), (0.84, 1.06), (0.80, 1.0),
               (0.62, 1.0), (0.58, 1.04), (0.42, 1.04), (0.38, 1.0), (0.2, 1.0), (0.16, 1.05), (0.0, 1.05)]  # fmt: skip
    return revolved(start, axis, profile, radius)


def _harness(shell: Shell, face: Points, hair: float) -> list[Solid]:
    """Straps above and below the ears."""
    s = shell.scale
    ear_top = max(shell.anchor((0.080, -0.045, 0.7335), side)[2] for side in (1.0, -1.0))
    lobe = min(shell.anchor((0.066, -0.055, 0.6845), side)[2] for side in (1.0, -1.0))
    bands = []
    above = (ear_top + 0.018 * s, ear_top + 0.030 * s)
    below = (lobe - 0.012 * s, lobe - 0.004 * s)
    for row, level, half in ((0.22, above, 0.0085), (0.72, below, 0.0075)):
        at = int(row * (_ROWS - 1))
        bands.append(straps.band(shell, (face[at, -1], face[at, 0]), level, (half * s, 0.0012 * s), hair))
    return bands
