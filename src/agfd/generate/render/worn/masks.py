"""Masks over mouth and nose: a pleated medical one, and a gas mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.worn.shell import spanned, stretched
from agfd.generate.render.worn.solid import Color, sheet, wire, worn

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head
    from agfd.generate.render.picture import trace
    from agfd.generate.render.worn.shell import Shell

Points: TypeAlias = NDArray[np.float64]

_ROWS, _COLUMNS = 72, 150
# Linear RGB and how often: surgical blue, white, black, grey, pink, green.
_CLOTHS: tuple[Color, ...] = (
    (0.22, 0.45, 0.62), (0.22, 0.45, 0.62), (0.27, 0.52, 0.60), (0.74, 0.74, 0.73), (0.74, 0.74, 0.73),
    (0.018, 0.018, 0.020), (0.25, 0.26, 0.28), (0.62, 0.36, 0.40), (0.20, 0.42, 0.33),
)  # fmt: skip
# Where the loops go around the ear, template metres: top, behind, below.
_LOOP = ((0.0738, -0.054, 0.7375), (0.0720, -0.036, 0.7310), (0.0670, -0.030, 0.7150), (0.0630, -0.032, 0.7000),
         (0.0620, -0.045, 0.6860))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Cloth:
    """`color` linear RGB; `pattern` 0 plain, 1 dots, 2 stripes; `second` its colour; `pleats`; `wide`: radians."""

    color: Color
    pattern: int
    second: Color
    pleats: int
    wide: float


def _cloth(rng: np.random.Generator) -> _Cloth:
    colour, kind, other, pleats, wide = rng.random(5)
    pattern = 0 if kind < 0.8 else 1 if kind < 0.9 else 2
    return _Cloth(
        _CLOTHS[int(colour * len(_CLOTHS))], pattern, _CLOTHS[int(other * len(_CLOTHS))], 3 if pleats < 0.8 else 4,
        float(1.06 + 0.10 * wide),
    )  # fmt: skip


def medical(head: Head, shell: Shell, rng: np.random.Generator) -> tuple[list[trace.Thing], Points]:
    """A pleated mask from the bridge of the nose to under the chin with loops to the ears; and its points (n, 3)."""
    made = _cloth(rng)
    grid, down = _drape(shell, made)
    solid = sheet(grid)
    material = {
        "type": "principled", "base_color": {"type": "mesh_attribute", "name": "vertex_color"},
        "roughness": 0.75, "specular": 0.25, "sheen": 0.3,
    }  # fmt: skip
    things: list[trace.Thing] = [worn(head, solid, material, "mask", _dyed(made, grid, down, shell.scale))]
    pale = tuple(0.35 * c + 0.45 for c in made.color) if sum(made.color) > 0.2 else made.color
    for column, side in ((-1, 1.0), (0, -1.0)):
        loop = wire(_loop(shell, grid[5, column], grid[-8, column], side), 0.0013 * shell.scale)
        stuff = material | {"base_color": {"type": "rgb", "value": list(pale)}}
        things.append(worn(head, loop, stuff, "mask", (pale[0], pale[1], pale[2])))
    return things, solid.points


def _drape(shell: Shell, made: _Cloth) -> tuple[Points, Points]:
    """The cloth as a grid (rows, columns, 3), from the top and the person's right; and each row's share of it."""
    s = shell.scale
    down = np.linspace(0, 1, _ROWS)[:, None]
    across = np.linspace(-1, 1, _COLUMNS)[None, :]
    angle = across[0] * made.wide
    bridge, chin = shell.anchor((0, -0.1545, 0.7165))[2], shell.anchor((0, -0.150, 0.6225))[2]
    cheeks = [shell.anchor((0.066, -0.080, 0.697), side)[2] for side in (1, -1)]
    jaws = [shell.anchor((0.060, -0.080, 0.664), side)[2] for side in (1, -1)]
    side = np.abs(across)
    # The wire falls off the nose at once, then the edge runs level over the cheeks.
    edge = np.where(across > 0, cheeks[0], cheeks[1])
    top = bridge + (edge - bridge) * (0.55 * (1 - np.exp(-((side / 0.22) ** 2))) + 0.45 * side**1.2)
    jaw = np.where(across > 0, jaws[0], jaws[1])
    bottom = chin - 0.004 * s + (jaw - chin + 0.004 * s) * side**2.2
    share = np.minimum(down / 0.90, 1)
    z = top + (bottom - top) * share
    skin = shell.radius(np.broadcast_to(angle, z.shape), z)
    taut = stretched(angle, spanned(z, skin))
    # At the wire and at the seams the cloth lies on the skin, between them it is taut.
    hold = np.clip(down / 0.30, 0, 1) ** 0.8 * 0.9 + 0.10
    radius = skin + (taut - skin) * np.maximum(hold, np.clip((side - 0.45) / 0.3, 0, 1) * 0.9)
    radius = _ironed(radius, down)
    pleat = _pleats(down, made.pleats) * np.clip((1.02 - side) / 0.25, 0, 1) ** 0.5
    radius = np.maximum(radius, skin) + s * (0.0022 + 0.0018 * pleat)
    radius = radius + s * 0.0008 * (np.exp(-(((down - 0.03) / 0.018) ** 4)) + np.exp(-(((side - 0.97) / 0.02) ** 4)))
    # The last tenth turns in under the chin.
    tuck = np.clip((down - 0.90) / 0.10, 0, 1)
    radius = radius - tuck**1.3 * s * 0.020 * (1 - 0.8 * side**2)
    z = z - tuck * s * 0.007 * (1 - side**2)
    return shell.place(angle[None, :], radius, z), down


def _ironed(radius: Points, down: Points) -> Points:
    """Cloth has no folds as fine as a face's; at the wire it keeps the nose's shape."""
    from scipy.ndimage import gaussian_filter

    share = np.clip(down / 0.25, 0, 1)
    return np.asarray(gaussian_filter(radius, (1.0, 1.0)) * (1 - share) + gaussian_filter(radius, (2.5, 2.5)) * share)


def _pleats(down: Points, count: int) -> Points:
    """Height of the folds, 0 to 1: each rises slowly and falls back sharply, like shingles."""
    phase = (down - 0.20) / 0.52 * count
    inside = (phase > 0) & (phase < count)
    part = phase % 1
    return np.asarray(np.where(inside, np.where(part < 0.82, part / 0.82, (1 - part) / 0.18), 0.0) * 1.0)


def _loop(shell: Shell, top: Points, bottom: Points, side: float) -> Points:
    """The elastic: from the upper corner over the ear's root, behind the ear, and back to the lower corner."""
    from scipy.interpolate import PchipInterpolator

    ear = [shell.anchor(place, side) for place in _LOOP]
    knots = np.stack([top, *ear, bottom])
    step = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    path = np.asarray(PchipInterpolator(step, knots)(np.linspace(0, step[-1], 70)))
    clear = shell.beside(side, path[:, 1], path[:, 2]) + 0.0010 * shell.scale
    path[1:-1, 0] = side * np.maximum(side * path[1:-1, 0], clear[1:-1])
    return path


def _dyed(made: _Cloth, grid: Points, down: Points, scale: float) -> Points:
    """Linear RGB of each point; the folds shade themselves."""
    base, second = np.array(made.color), np.array(made.second)
    part = np.zeros(grid.shape[:2])
    arc = np.cumsum(np.linalg.norm(np.diff(grid, axis=1, prepend=grid[:, :1]), axis=2), axis=1) / scale
    if made.pattern == 1:
        row = np.floor(down / 0.07)
        u, v = (arc / 0.009 + 0.5 * (row % 2)) % 1 - 0.5, (down / 0.07) % 1 - 0.5
        part = (np.hypot(u, v) < 0.27).astype(np.float64)
    elif made.pattern == 2:
        part = ((arc / 0.012) % 1 < 0.4).astype(np.float64)
    color = base * (1 - part[..., None]) + second * part[..., None]
    fold = np.abs(np.gradient(_pleats(down, made.pleats), axis=0))
    return np.asarray((color * (1 - 0.35 * np.clip(fold * 3, 0, 1))[..., None]).reshape(-1, 3))
