"""Where hair grows on a face and how it is worn: one function for each word of `facial_hair` that grows strands.

Everything is in the hair frame of `agfd.generate.render.hair.hair`: metres on the adult template, the face looks to -y.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from agfd.generate.render.hair.cuts import along
from agfd.generate.render.hair.scalp import AXIS, Roots
from agfd.generate.render.hair.strands import Field, Floats, smooth, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Border of the upper lip from the middle to the corner of the mouth, and the wing of the nose above it.
_LIP_X, _LIP_Z = (0.0, 0.008, 0.014, 0.020, 0.026, 0.034), (0.6715, 0.6728, 0.6710, 0.6678, 0.6620, 0.6540)
_NOSE_X, _NOSE_Z = (
    (0.0, 0.006, 0.011, 0.017, 0.023, 0.030, 0.036),
    (0.6800, 0.6810, 0.6815, 0.6815, 0.6760, 0.6690, 0.6620),
)
# The line of the cheek of a beard by the angle around the head, from the wing of the nose to the sideburn.
_CHEEK_ANGLES = (0.25, 0.36, 0.52, 0.70, 0.85, 0.95, 1.03, 1.08, 1.30)
_CHEEK_Z = (0.6700, 0.6620, 0.6570, 0.6620, 0.6730, 0.6870, 0.7080, 0.7400, 0.7400)


@dataclass(frozen=True, slots=True)
class Edge:
    """An irregular border: `phases` (2, m) of waves of some millimetres, one row for each side of the face."""

    phases: NDArray[np.float64]
    size: float = 0.0011

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Edge:
        """The sides differ a little."""
        phases = rng.uniform(0, 2 * np.pi, (2, 6))
        phases[1] = phases[0] + rng.normal(0, 0.7, 6)
        return cls(phases)

    def wave(self, template: Floats) -> Floats:
        """Metres (n,) by which the border is shifted at places (n, 3)."""
        x, _, z = template.T.astype(np.float64)
        phase = np.where((x < 0)[:, None], self.phases[0], self.phases[1])
        rate = 170.0 * np.array([1.0, 1.6, 2.3, 3.1, 4.3, 6.0])
        slant = np.array([0.3, -0.8, 1.2, -0.4, 0.9, -1.3])
        waves = np.sin(rate * (np.abs(x)[:, None] + slant * z[:, None]) + phase) / np.sqrt(rate / 170.0)
        return np.asarray(self.size * waves.sum(axis=1), np.float32)


@dataclass(frozen=True, slots=True)
class Whiskers:
    """A recipe for hair on the face. Lengths in metres, on an adult.

    `density` 0 to 1 at places (n, 3) of the template; `lengths` of roots; `comb` of roots; `lift` of the root, 0 lying
    to 1 upright; `layer` lowest and highest height above the skin; `gather` of the tips to wisps of `lock` hairs;
    `wander` wobble at the tip; `share` of the hairs of a head; `shade` how dark the skin below is, 0 to 1.
    """

    density: Callable[[Floats], Floats]
    lengths: Callable[[Roots], Floats]
    comb: Callable[[Roots], Field]
    lift: float
    layer: tuple[float, float]
    share: float
    lock: int = 14
    gather: float = 0.35
    wander: float = 0.0005
    bend: float = 0.006
    steps: int = 7
    shade: float = 0.45


Style: TypeAlias = Callable[[np.random.Generator, Floats], Whiskers]


def _inside(margin: NDArray[np.floating], soft: float) -> Floats:
    """1 where `margin` (n,), metres inside of a border, is over `soft`; 0 as far outside."""
    return smooth(-soft, soft, margin)


def _front(template: Floats) -> Floats:
    """1 before the ears, 0 behind them."""
    return smooth(-0.055, -0.066, template[:, 1])


def lip_hair(template: Floats, edge: Edge, reach: float, thin: float = 1.0) -> Floats:
    """The upper lip out to |x| = `reach`; `thin` under 1 leaves the lowest part only."""
    ax, y, z = np.abs(template[:, 0]), template[:, 1], template[:, 2]
    low, top = np.interp(ax, _LIP_X, _LIP_Z), np.interp(ax, _NOSE_X, _NOSE_Z)
    top = low + thin * (top - low)
    wave = edge.wave(template)
    inside = np.minimum(np.minimum(top - z + 0.6 * wave, z - low + 0.001), reach - ax + wave)
    # The groove under the nose bears less.
    groove = 1 - 0.45 * np.exp(-((ax / 0.0025) ** 2)) * smooth(0.674, 0.680, z)
    return np.asarray(_inside(inside, 0.0012) * groove * (y < -0.11), np.float32)


def chin_hair(template: Floats, edge: Edge, half: float, patch: float) -> Floats:
    """The chin out to |x| = `half`, and the patch under the lower lip, `patch` wide."""
    ax, y, z = np.abs(template[:, 0]), template[:, 1], template[:, 2]
    wide = half * np.interp(z, (0.615, 0.624, 0.634, 0.641, 0.645), (0.95, 1.0, 0.90, 0.66, 0.40))
    wave = edge.wave(template)
    chin = np.minimum(np.minimum(wide - ax, 0.6425 - z) + wave, -0.100 - y)
    below_lip = np.minimum(patch - ax, 0.6490 - z) + 0.5 * wave
    share = np.maximum(_inside(chin, 0.0022), _inside(below_lip, 0.0014) * (z > 0.630))
    return np.asarray(share * (y < -0.09) * (z > 0.60), np.float32)


def corner_hair(template: Floats, edge: Edge, half: float) -> Floats:
    """Two strips past the corners of the mouth that join moustache and chin, 2 `half` wide."""
    ax, y, z = np.abs(template[:, 0]), template[:, 1], template[:, 2]
    middle = np.interp(z, (0.622, 0.632, 0.645, 0.660, 0.672), (0.018, 0.0235, 0.0285, 0.0320, 0.0290))
    inside = np.minimum(half - np.abs(ax - middle) + 0.6 * edge.wave(template), np.minimum(0.675 - z, z - 0.620))
    return np.asarray(_inside(inside, 0.0018) * (y < -0.10), np.float32)


def side_hair(template: Floats, edge: Edge, bottom: float, chops: float) -> Floats:
    """Before the ears down to the height `bottom`; `chops` metres of widening towards the cheek at the lower end."""
    x, y, z = template.T
    down = smooth(0.715, 0.655, z)
    ahead = np.interp(z, (0.640, 0.700, 0.725, 0.745), (-0.095, -0.0925, -0.0895, -0.088)) - chops * down
    behind = np.interp(z, (0.630, 0.650, 0.668, 0.684, 0.745), (-0.088, -0.074, -0.063, -0.0665, -0.0675))
    wave = edge.wave(template)
    inside = np.minimum(np.minimum(y - ahead + wave, behind - y), z - bottom - 0.25 * (y + 0.08) + wave)
    return np.asarray(_inside(inside, 0.0022) * smooth(0.750, 0.735, z) * (np.abs(x) > 0.040), np.float32)


def full_hair(template: Floats, edge: Edge, cheek: float, neck: float) -> Floats:
    """Cheeks, jaw, chin and throat; `cheek` and `neck`: metres by which the lines are raised."""
    x, y, z = template.T
    ax, around = np.abs(x), np.arctan2(np.abs(x), -(y - AXIS))
    top = np.interp(around, _CHEEK_ANGLES, _CHEEK_Z)
    top = top + cheek * smooth(0.40, 0.60, around) * smooth(1.05, 0.9, around)
    behind = np.interp(
        z, (0.605, 0.625, 0.650, 0.668, 0.684, 0.745), (-0.062, -0.060, -0.060, -0.060, -0.0665, -0.0675)
    )
    low = neck + np.interp(ax, (0.0, 0.02, 0.035, 0.045, 0.058, 0.068), (0.603, 0.604, 0.610, 0.620, 0.636, 0.648))
    wave = edge.wave(template)
    jaw = np.minimum(np.minimum(top - z + 1.4 * wave, behind - y), z - low + 1.5 * wave)
    # Beside the patch below the lip little grows.
    bare = 1 - 0.75 * np.exp(-(((ax - 0.0125) / 0.0055) ** 2) - (((z - 0.6445) / 0.0040) ** 2))
    share = _inside(jaw, 0.0032) * bare * np.where(ax < 0.030, z < 0.650, True)
    # The throat lies behind the same heights.
    share = share * ~((ax < 0.036) & (z > 0.625) & (y > -0.105))
    return np.asarray(share * _front(template) * smooth(0.750, 0.735, z), np.float32)


def _under_nose(roots: Roots) -> Floats:
    """1 for roots on the upper lip (n,), 0 elsewhere."""
    ax, y, z = np.abs(roots.template[:, 0]), roots.template[:, 1], roots.template[:, 2]
    return smooth(0.658, 0.668, z) * smooth(0.037, 0.031, ax) * (y < -0.11)


def _combed(down: Floats, lip: tuple[float, float, float], close: float, rise: float) -> Callable[[Roots], Field]:
    """Whiskers that fall, drawn together below the chin by `close`; those of the upper lip go (aside, down, up).

    `down`: the pull of gravity (3,); `rise` away from the skin.
    """
    aside, fall, up = lip

    def comb(roots: Roots) -> Field:
        side = np.where(roots.template[:, 0] > 0, 1.0, -1.0)
        upper = _under_nose(roots)[:, None]
        own = 0.15 * np.sin(np.array([[9173.0, 7919, 6151]]) * roots.template.sum(axis=1)[:, None])

        def at(points: Floats, normals: Floats, done: Floats) -> Floats:
            x = points[:, 0]
            ax = np.abs(x)
            out = smooth(0.0, 0.014, ax)
            tip = up * smooth(0.021, 0.031, ax)
            lip_way = np.stack([side * aside * (0.25 + 0.75 * out), -0.12 + 0 * x, -fall + tip], axis=1)
            # On the cheeks hair grows down and a little forward, under the jaw forward and out.
            cheek = smooth(0.02, 0.06, ax)
            jaw_way = np.stack([-close * 14 * x, -0.25 - 0.25 * cheek, -1.0 + 0 * x], axis=1) + 0.5 * down
            want = upper * lip_way + (1 - upper) * jaw_way + own
            loose = smooth(0.004, 0.014, done)[:, None]
            return unit(
                along(want, normals, rise) * (1 - 0.6 * loose * (1 - upper)) + 0.6 * loose * (1 - upper) * unit(want)
            )

        return at

    return comb


def moustache(rng: np.random.Generator, down: Floats) -> Whiskers:
    """A chevron, a thick one that falls, a pencil line, or a handlebar with tips that turn up."""
    kind, edge = ("chevron", "chevron", "handlebar", "pencil", "walrus")[int(rng.integers(5))], Edge.draw(rng)
    size, reach = rng.uniform(0.9, 1.15), rng.uniform(0.0255, 0.0285)
    thin = {"pencil": 0.52, "handlebar": 0.9}.get(kind, 1.0)
    length = {"chevron": 0.0075, "handlebar": 0.0130, "pencil": 0.0050, "walrus": 0.0110}[kind] * size
    lip = {
        "chevron": (0.60, 1.0, 0.0),
        "handlebar": (1.5, 0.45, 2.2),
        "pencil": (1.2, 0.55, 0.0),
        "walrus": (0.50, 1.0, -0.2),
    }

    def lengths(roots: Roots) -> Floats:
        far = smooth(0.012, 0.026, np.abs(roots.template[:, 0]))
        return np.asarray(length * (1 + (0.75 if kind == "handlebar" else 0.1) * far), np.float32)

    return Whiskers(
        density=lambda t: lip_hair(t, edge, reach, thin),
        lengths=lengths,
        comb=_combed(down, lip[kind], 0.0, 0.30),
        lift=0.42,
        layer=(0.0006, 0.0030 if kind != "pencil" else 0.0016),
        share=0.16 * (0.8 if kind == "pencil" else 1.0),
        lock=18 if kind == "handlebar" else 10,
        gather=0.75 if kind == "handlebar" else 0.30,
        shade=0.55,
    )


def sideburns(rng: np.random.Generator, down: Floats) -> Whiskers:
    """Long ones, straight to the jaw, or broadened on the cheek."""
    edge, bottom = Edge.draw(rng), rng.uniform(0.640, 0.655)
    chops, length = (0.020, 0.030, 0.040)[int(rng.integers(3))], rng.uniform(0.008, 0.015)
    return Whiskers(
        density=lambda t: side_hair(t, edge, bottom, chops),
        lengths=lambda r: np.asarray(length * (0.6 + 0.4 * smooth(0.74, 0.69, r.template[:, 2])), np.float32),
        comb=_combed(down, (0, 1, 0), 0.0, 0.25),
        lift=0.35,
        layer=(0.0006, 0.0045),
        share=0.34,
        shade=0.55,
    )


def goatee(rng: np.random.Generator, down: Floats) -> Whiskers:
    """On the chin only, with a moustache, or around the mouth."""
    kind, edge = ("circle", "circle", "chin", "apart")[int(rng.integers(4))], Edge.draw(rng)
    half, patch, reach = rng.uniform(0.019, 0.024), rng.uniform(0.0045, 0.0075), rng.uniform(0.027, 0.030)
    length, close = rng.uniform(0.009, 0.026), rng.uniform(0.4, 1.3)

    def density(template: Floats) -> Floats:
        share = chin_hair(template, edge, half, patch)
        if kind != "chin":
            share = np.maximum(share, lip_hair(template, edge, reach))
        if kind == "circle":
            share = np.maximum(share, corner_hair(template, edge, 0.0050))
        return share

    def lengths(roots: Roots) -> Floats:
        chin = smooth(0.645, 0.625, roots.template[:, 2]) * smooth(0.028, 0.010, np.abs(roots.template[:, 0]))
        return np.asarray(0.0070 + (length - 0.0070) * chin, np.float32)

    return Whiskers(
        density=density,
        lengths=lengths,
        comb=_combed(down, (0.55, 1.0, 0.0), close, 0.30),
        lift=0.40,
        layer=(0.0006, 0.0050),
        share=0.30 if kind != "chin" else 0.20,
        shade=0.55,
    )


def beard(rng: np.random.Generator, down: Floats) -> Whiskers:
    """Trimmed to a centimetre, or grown for months."""
    edge, full = Edge.draw(rng), rng.random() < 0.5
    cheek, neck = rng.uniform(-0.004, 0.007), rng.uniform(-0.002, 0.006)
    length = float(rng.uniform(0.026, 0.050) if full else rng.uniform(0.007, 0.013))
    reach, close = rng.uniform(0.034, 0.038), rng.uniform(0.1, 0.6)

    def lengths(roots: Roots) -> Floats:
        ax, z = np.abs(roots.template[:, 0]), roots.template[:, 2]
        chin = smooth(0.662, 0.630, z) * smooth(0.060, 0.020, ax)
        side = np.minimum(length, 0.008 + 0.25 * length) * (0.7 + 0.3 * smooth(0.73, 0.68, z))
        own = side + (length - side) * chin
        return np.asarray(own + (min(length, 0.0105) - own) * _under_nose(roots), np.float32)

    return Whiskers(
        density=lambda t: np.maximum(lip_hair(t, edge, reach), full_hair(t, edge, cheek, neck)),
        lengths=lengths,
        comb=_combed(down, (0.55, 1.0, 0.0), close, 0.35),
        lift=0.45,
        layer=(0.0008, 0.010 if full else 0.0045),
        share=0.75,
        lock=22 if full else 12,
        gather=0.5 if full else 0.3,
        wander=0.0022 if full else 0.0006,
        steps=10 if full else 7,
        shade=0.5,
    )


STYLES: Mapping[str, Style] = MappingProxyType(
    {"moustache": moustache, "sideburns": sideburns, "goatee": goatee, "beard": beard}
)
