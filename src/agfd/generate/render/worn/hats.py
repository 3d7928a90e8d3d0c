"""Hats and caps: rings of ellipses about the axis of a skull, from the crown to the edge and back on the inside.

In the hair frame. A hat sits on a plane that slopes down to the back; `level` is the height above it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from agfd.generate.render.hair.strands import Floats as Singles

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Made: TypeAlias = "tuple[tuple[Cloth, ...], Skull]"

_AROUND = 320
# Linear RGB of dyed felt, wool and cotton.
_DYES = (
    (0.030, 0.028, 0.028), (0.10, 0.06, 0.035), (0.22, 0.13, 0.07), (0.16, 0.16, 0.17), (0.40, 0.34, 0.26),
    (0.018, 0.030, 0.085), (0.20, 0.018, 0.025), (0.028, 0.075, 0.050), (0.45, 0.44, 0.42), (0.42, 0.20, 0.03),
    (0.07, 0.14, 0.28), (0.30, 0.10, 0.14),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cloth:
    """A piece of cloth: `points` (n, 3) metres in the hair frame, `faces` (m, 3), `colors` (n, 3) linear RGB."""

    points: Floats
    faces: Ints
    colors: Floats
    rough: float = 0.9
    sheen: float = 0.5


@dataclass(frozen=True, slots=True)
class Skull:
    """The smooth dome on which a hat sits.

    The edge lies in the plane z = `edge` - `slope` (y - `middle`); above it the dome is an ellipse with half axes
    `wide` and `deep` about (0, `middle`), that closes at `height`; `tall`: height of the skull itself.
    """

    edge: float
    slope: float
    middle: float
    wide: float
    deep: float
    height: float
    power: float
    tall: float

    @classmethod
    def of(cls, points: Singles, edge: float, slope: float, gap: float, power: float = 2.6) -> Skull:
        """Around the skin's `points` (n, 3) above the plane, `gap` metres away from it."""
        y, level = points[:, 1], points[:, 2] - edge + slope * (points[:, 1] + 0.055)
        # Ears stick out below the edge of a hat.
        ring = (level > 0.0) & (level < 0.03)
        front, back = float(y[ring].min()), float(y[ring].max())
        middle = (front + back) / 2
        edge -= slope * (middle + 0.055)
        wide, deep = float(np.abs(points[ring, 0]).max()), (back - front) / 2
        tall = float(level.max())
        shell = cls(edge, slope, middle, wide, deep, tall * 1.02, power, tall)
        above = points[level > 0.004].astype(np.float64)
        for _ in range(30):
            if float(shell.out(above).max()) <= 1:
                break
            # The top rises first: a hat that is too wide looks borrowed.
            shell = cls(edge, slope, middle, shell.wide * 1.002, shell.deep * 1.002, shell.height * 1.012, power, tall)
        return cls(edge, slope, middle, shell.wide + gap, shell.deep + gap, shell.height + gap, power, tall + gap)

    def level(self, points: NDArray[np.floating]) -> Floats:
        """Metres (...,) above the plane of the edge."""
        return np.asarray(points[..., 2] - self.edge + self.slope * (points[..., 1] - self.middle), np.float64)

    def narrowing(self, level: NDArray[np.floating]) -> Floats:
        """Half axes at a height by those at the edge, 0 at the top; 1 below the edge."""
        share = np.clip(level / self.height, 0, 1)
        return np.asarray(np.sqrt(1 - share**self.power), np.float64)

    def out(self, points: NDArray[np.floating]) -> Floats:
        """Distance (...,) from the axis by that of the dome at the same height."""
        ring = np.hypot(points[..., 0] / self.wide, (points[..., 1] - self.middle) / self.deep)
        return np.asarray(ring / np.maximum(self.narrowing(self.level(points)), 0.08), np.float64)

    def held(self, strands: Singles, share: float, free: float) -> Singles:
        """`strands` (n, k, 3) within `share` of the dome; below the edge they come free over `free` metres."""
        level = self.level(strands)
        low = np.clip(-level / free, 0, None)
        limit = share * (1 + 0.10 * low + 0.5 * np.maximum(low - 0.35, 0) ** 2)
        squeeze = np.minimum(1, limit / np.maximum(self.out(strands), 1e-6))
        held = strands.astype(np.float64)
        held[..., 0] *= squeeze
        held[..., 1] = self.middle + (held[..., 1] - self.middle) * squeeze
        over = np.maximum(level - share * self.height, 0)
        held[..., 2] -= over
        return held.astype(np.float32)

    def ring(self, angle: Floats, level: Floats, out: Floats, factor: Floats | float = 1.0) -> Floats:
        """Points (..., 3) at an `angle` from the front: `out` metres beyond `factor` of the edge's axes."""
        x = (self.wide * factor + out) * np.sin(angle)
        y = self.middle - (self.deep * factor + out) * np.cos(angle)
        return np.stack([x, y, self.edge + level - self.slope * (y - self.middle)], axis=-1)


def _sheet(rows: int, columns: int, closed: bool) -> Ints:
    """Triangles of a grid of points, row by row; `closed`: the last column meets the first."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    k = (j + 1) % columns
    a, b, c, d = i * columns + j, i * columns + k, (i + 1) * columns + k, (i + 1) * columns + j
    return np.concatenate([np.stack([a, d, b], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])


def _turned(skull: Skull, profile: Floats, steps: int) -> tuple[Floats, Floats, Floats]:
    """Rings of a `profile` (m, 3) of (level, out, factor): points (r, _AROUND, 3), angles and the rows' places."""
    at = np.linspace(0, len(profile) - 1, steps)
    rows = np.stack([np.interp(at, np.arange(len(profile)), profile[:, i]) for i in range(3)], axis=1)
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)[None].repeat(steps, axis=0)
    points = skull.ring(angle, rows[:, :1], rows[:, 1:2], rows[:, 2:])
    return points, angle, at


def _dome(skull: Skull, steps: int) -> list[tuple[float, float, float]]:
    """The skull's own profile from the top to the edge, evenly spaced along the dome and not in height."""
    levels = skull.height * np.sin(np.linspace(np.pi / 2, 0, steps))
    return [(float(z), 0.0, max(float(skull.narrowing(z)), 0.004)) for z in levels]


def _noise(rng: np.random.Generator, shape: tuple[int, ...], smooth: float) -> Floats:
    """Noise of unit deviation, wrapped around the head."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(rng.standard_normal(shape), smooth, mode="wrap")
    return np.asarray(field / field.std())


def _dyed(rng: np.random.Generator) -> Floats:
    return np.array(_DYES[int(rng.integers(len(_DYES)))]) * rng.uniform(0.8, 1.15)


def _brimmed(
    skull: Skull, rng: np.random.Generator, brim: float, crown: float, dent: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Points (r, _AROUND, 3) of a brimmed hat, its angles, rows' places and how far out on the brim each is (r, 1)."""
    top = skull.tall + dent + crown
    turns = np.linspace(0, np.pi / 2, 7)
    rim = [(top - 0.016 + 0.016 * np.sin(t), 0.0, 0.86 - 0.10 * (1 - np.cos(t))) for t in turns[::-1]]
    lid = [(top, 0.0, f) for f in (0.001, 0.2, 0.4, 0.6)]
    wall = [(level, 0.0, 1.0 - 0.14 * level / top) for level in np.linspace(top - 0.018, 0.004, 12)]
    above = [(0.0015, out, 1.0) for out in np.linspace(0.002, brim, 10)]
    below = [(-0.0012, out, 1.0) for out in np.linspace(brim, -0.001, 8)]
    inside = [(0.012, -0.002, 1.0)]
    points, angle, at = _turned(skull, np.array(lid + rim + wall + above + below + inside), 150)
    x, y = points[..., 0], points[..., 1]
    first = len(lid) + len(rim)
    high = np.clip((points[..., 2] - skull.edge) / top, 0, 1.2) ** 2 * (at[:, None] < first + 8)
    ahead = np.clip(-(y - skull.middle) / skull.deep, -1, 1)
    # The crease along the crown and the pinch at its front.
    points[..., 2] -= dent * np.exp(-((x / 0.020) ** 2)) * (0.75 + 0.35 * ahead) * (at[:, None] < first - 1)
    points[..., 0] *= 1 - 1.4 * dent / 0.1 * high * np.clip(ahead, 0, 1) ** 2 * 1.6
    points[..., 2] -= 0.35 * dent * high * np.clip(-ahead, 0, 1)
    reach = np.concatenate([np.linspace(0.002, brim, 10), np.linspace(brim, 0, 8)])
    out = np.interp(at, first + len(wall) + np.arange(18), reach, left=0, right=0)[:, None]
    curl, dip = rng.uniform(0.10, 0.30), rng.uniform(0.02, 0.18)
    points[..., 2] += out * (curl * np.sin(angle) ** 2 * (out / brim) - dip * np.cos(angle) ** 2 * (out / brim))
    return points, angle, at, out


def felt_hat(points: Singles, thick: float, rng: np.random.Generator) -> Made:
    """A fedora with a ribbon."""
    skull = Skull.of(points, rng.uniform(0.770, 0.778), 0.13, 0.003 + thick)
    made, angle, at, _ = _brimmed(
        skull, rng, rng.uniform(0.045, 0.066), rng.uniform(0.000, 0.012), rng.uniform(0.014, 0.024)
    )
    dye = _dyed(rng)
    ribbon = dye * 0.25 + np.array([0.004, 0.004, 0.005]) if rng.random() < 0.7 else _dyed(rng)
    level = skull.level(made)
    band = (level > 0.003) & (level < 0.026) & (at[:, None] < 24)
    color = dye * np.exp(0.06 * _noise(rng, made.shape[:2], 1.0) + 0.05 * _noise(rng, made.shape[:2], 9.0))[..., None]
    color = np.where(band[..., None], ribbon * (1 + 0.12 * np.sin(level * 9000))[..., None], color)
    made = made + 0.0011 * band[..., None] * np.stack([np.sin(angle), -np.cos(angle), 0 * angle], -1)
    return (_cloth(made, color, sheen=0.8),), replace(skull, height=skull.tall)


def straw_hat(points: Singles, thick: float, rng: np.random.Generator) -> Made:
    """Plaited straw with a broad brim and a ribbon."""
    skull = Skull.of(points, rng.uniform(0.772, 0.780), 0.12, 0.004 + thick)
    made, angle, at, out = _brimmed(
        skull, rng, rng.uniform(0.060, 0.085), rng.uniform(0.004, 0.014), rng.uniform(0.004, 0.016)
    )
    straw = np.array([0.60, 0.43, 0.21]) * rng.uniform(0.75, 1.1)
    level = skull.level(made)
    # Plaits run around the head; single straws cross them.
    along = level * (at[:, None] < 24) + out
    plait = np.sin(2 * np.pi * along / 0.0055)
    cross = np.sin(angle * 90 + np.sign(plait) * 1.6 + 400 * along)
    color = straw * np.exp(0.16 * plait + 0.13 * cross + 0.10 * _noise(rng, made.shape[:2], 0.7))[..., None]
    ribbon = _dyed(rng)
    band = (level > 0.003) & (level < 0.028) & (at[:, None] < 24)
    color = np.where(band[..., None], ribbon * (1 + 0.10 * np.sin(level * 9000))[..., None], color)
    way = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], -1)
    made = made + (0.0006 * plait + 0.0012 * band)[..., None] * way * (at[:, None, None] < 24)
    return (_cloth(made, color, rough=0.65, sheen=0.1),), replace(skull, height=skull.tall)


def beanie(points: Singles, thick: float, rng: np.random.Generator) -> Made:
    """Knitted wool with a turned-up edge."""
    skull = Skull.of(points, rng.uniform(0.764, 0.774), 0.17, 0.003 + thick)
    slack, cuff = rng.uniform(0.004, 0.022), rng.uniform(0.040, 0.055)
    narrow = float(skull.narrowing(np.array(cuff)))
    turned = [(cuff, 0.001, narrow), (cuff + 0.0005, 0.004, narrow)]
    turned += [(at, 0.0065, float(skull.narrowing(at))) for at in np.linspace(cuff - 0.003, 0.003, 10)]
    turned += [(-0.001, 0.0045, 1.0), (-0.001, 0.001, 1.0), (0.010, -0.001, 1.0)]
    keep = [row for row in _dome(skull, 40) if row[0] > cuff - 0.004]
    made, angle, at = _turned(skull, np.array(keep + turned), 150)
    level = skull.level(made)
    high = np.clip((level - 0.55 * skull.height) / (0.45 * skull.height), 0, 1)
    made[..., 2] += slack * high**2
    made[..., 1] += 0.9 * slack * high**2
    ribs = int(rng.integers(56, 76))
    on_cuff = at[:, None] > len(keep)
    wave = np.abs(np.sin(angle * ribs / 2)) ** 0.7
    stitch = np.sin(2 * np.pi * level / 0.0042 + np.pi * (np.sin(angle * ribs / 2) > 0))
    fade = np.clip(1.15 - high, 0.1, 1)
    way = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], -1)
    made = (
        made
        + ((0.0016 * wave * fade + 0.00035 * stitch) + 0.0012 * _noise(rng, made.shape[:2], 14.0) * ~on_cuff)[..., None]
        * way
    )
    dye = _dyed(rng)
    stripe = _dyed(rng) if rng.random() < 0.25 else dye
    base = np.where(((level > 0.062) & (level < 0.080))[..., None], stripe, dye)
    color = base * np.exp(0.55 * (wave - 0.8) + 0.16 * stitch + 0.08 * _noise(rng, made.shape[:2], 0.8))[..., None]
    return (_cloth(made, color, rough=0.95, sheen=1.0),), skull


def baseball_cap(points: Singles, thick: float, rng: np.random.Generator) -> Made:
    """Six panels, a button, and a curved visor."""
    skull = Skull.of(points, rng.uniform(0.776, 0.783), 0.20, 0.003 + thick)
    made, angle, _ = _turned(skull, np.array([*_dome(skull, 60), (-0.0010, -0.001, 1.0), (0.012, -0.002, 1.0)]), 130)
    level = skull.level(made)
    seam = np.exp(-((np.abs((angle / (np.pi / 3) + 0.5) % 1 - 0.5) / 0.018) ** 2))
    stitches = np.exp(-((np.abs(np.abs((angle / (np.pi / 3) + 0.5) % 1 - 0.5) - 0.05) / 0.012) ** 2))
    way = np.stack([np.sin(angle), -np.cos(angle), 0.3 + 0 * angle], -1)
    rise = 0.0007 * _noise(rng, made.shape[:2], 12.0) - 0.0011 * seam
    made = made + rise[..., None] * way
    # The front panels stand up straighter than the skull.
    upright = np.clip(np.cos(angle), 0, 1) ** 2 * np.sin(np.pi * np.clip(level / skull.height, 0, 1)) ** 1.5
    made = made + (rng.uniform(0.004, 0.010) * upright)[..., None] * np.array([0, -1, 0.4])
    dye = _dyed(rng)
    visor_dye = dye if rng.random() < 0.6 else _dyed(rng)
    weave = 0.05 * _noise(rng, made.shape[:2], 0.7) - 0.35 * seam - 0.16 * stitches
    knob = np.exp(-((level / skull.height - 1.0) ** 2) / 0.00002)
    color = dye * np.exp(weave - 0.3 * knob)[..., None]
    return (_cloth(made, color, sheen=0.3), _visor(skull, visor_dye, rng)), skull


def _visor(skull: Skull, dye: Floats, rng: np.random.Generator) -> Cloth:
    """A stiff shade at the front: upper side, edge, lower side."""
    length, bow, slope = rng.uniform(0.060, 0.074), rng.uniform(0.8, 2.6), rng.uniform(0.08, 0.30)
    angle = np.linspace(-1.10, 1.10, 90)[None].repeat(40, axis=0)
    share = np.concatenate([np.linspace(-0.06, 1, 20), np.linspace(1, -0.06, 20)])[:, None]
    under = np.concatenate([np.zeros(20), np.ones(20)])[:, None]
    reach = length * np.clip(1 - (np.abs(angle) / 1.11) ** 2.6, 0, 1) ** 0.75
    points = skull.ring(angle, 0.003 + 0 * angle, 0.0005 + 0 * angle)
    x, forward = points[..., 0], reach * share
    points[..., 1] -= forward
    points[..., 2] -= slope * forward + bow * x * x * np.clip(forward / 0.04, 0, 1) + 0.0028 * under
    lines = np.exp(-(((share * 6) % 1 - 0.5) ** 2) / 0.004) * (share > 0.1)
    color = dye * np.exp(0.05 * _noise(rng, angle.shape, 0.8) - 0.25 * lines)[..., None]
    return _cloth(points, color, closed=False, sheen=0.3)


def _cloth(points: Floats, colors: Floats, closed: bool = True, rough: float = 0.9, sheen: float = 0.5) -> Cloth:
    """Rows of points (r, c, 3) as a piece of cloth."""
    faces = _sheet(points.shape[0], points.shape[1], closed)
    return Cloth(points.reshape(-1, 3), faces, np.clip(colors.reshape(-1, 3), 0.002, 0.9), rough, sheen)
