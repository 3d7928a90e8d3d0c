"""Furrows of the face as grooves along curves on the template, and where a beard grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.skin.texture import front

if TYPE_CHECKING:
    from agfd.generate.render.skin.texture import Canvas

Floats: TypeAlias = NDArray[np.float32]
Curve: TypeAlias = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Groove:
    """A groove z = f(|x|) between `start` and `end` (or |x| = f(z) when `upright`), `depth` and `width` in metres."""

    curve: Curve
    start: float
    end: float
    depth: float
    width: float
    upright: bool = False


# How deep each group may be in the young, by its depth at 78 years.
_EARLY = {"cheeks": 0.40, "eyes": 0.16, "glabella": 0.20, "forehead": 0.12}
# Years at which each group begins: folds and corners of the eyes first, lips and neck last.
_ONSETS = {"cheeks": 20, "eyes": 22, "forehead": 24, "glabella": 26, "corner": 30, "lip": 42, "neck": 34}


def relief(canvas: Canvas, age: float, strain: dict[str, float], rng: np.random.Generator) -> Floats:
    """Depth of all furrows (h, w), metres, negative inwards."""
    lined = float(rng.uniform(1.05, 1.65))
    # Some faces have folds from youth on.
    grown = float(np.clip((age - 15) / 12, 0, 1))
    early = {name: float(rng.uniform(0, most)) * grown for name, most in _EARLY.items()}
    out = np.zeros(canvas.shape, dtype=np.float32)
    for name, grooves in _grooves(rng).items():
        old = lined * float(np.clip((age - _ONSETS[name]) / 42, 0, 1.6) ** 0.9)
        weight = max(old, early.get(name, 0.0)) + strain.get(name, 0.0) * (0.35 + old)
        if weight > 0.03:
            for groove in grooves:
                _carve(out, canvas, groove, weight)
    return out


def _grooves(rng: np.random.Generator) -> dict[str, list[Groove]]:
    """A person's own course of the furrows: number, place and slant are drawn."""
    u = rng.uniform
    forehead = []
    for i in range(3 + int(rng.integers(2))):
        z, bow, wave, phase = 0.7615 + 0.0088 * i + u(-0.002, 0.002), u(-6, 3), u(0.0002, 0.0012), u(0, 6)
        forehead.append(Groove(_wave(z, bow, wave, phase), 0.0, u(0.030, 0.046), u(2.2e-4, 4.2e-4), u(0.9e-3, 1.5e-3)))
    eyes = [
        Groove(
            _line(0.0465, 0.7285 + dz, slope + u(-0.1, 0.1)), 0.0465, u(0.055, 0.063), u(2e-4, 3.6e-4), u(6e-4, 1e-3)
        )
        for dz, slope in ((0.004, 0.35), (0.0005, 0.02), (-0.003, -0.30), (-0.006, -0.55))
    ]
    eyes += [
        Groove(
            _bag(0.7185 - 0.0028 * i + u(-1e-3, 1e-3), u(10, 22)),
            0.019,
            u(0.036, 0.043),
            u(2.0e-4, 3.5e-4),
            u(7e-4, 1.2e-3),
        )
        for i in range(2)
    ]
    cheeks = [Groove(_fold(u(-1.5e-3, 1.5e-3), u(0.85, 1.1)), 0.654, 0.690, u(4e-4, 6.5e-4), u(1.4e-3, 2.1e-3), True)]
    corner = [Groove(_line_z(0.0265, 0.655, u(-0.25, -0.05)), 0.636, 0.655, u(2e-4, 4e-4), u(1e-3, 1.6e-3), True)]
    glabella = [
        Groove(_line_z(u(0.004, 0.007), 0.742, u(0.0, 0.2)), 0.740, 0.757, u(3e-4, 5e-4), u(8e-4, 1.3e-3), True)
    ]
    lip = [
        Groove(
            _line_z(0.0045 * (i + 1) + u(-1e-3, 1e-3), 0.672, u(0.05, 0.25)),
            0.6705,
            0.678,
            u(0.8e-4, 1.8e-4),
            5e-4,
            True,
        )
        for i in range(4)
    ]
    neck = [
        Groove(_wave(z + u(-4e-3, 4e-3), u(2, 7), 1e-3, u(0, 6)), 0.0, 0.05, u(3e-4, 6e-4), 2e-3)
        for z in (0.572, 0.590)
    ]
    out = {"forehead": forehead, "eyes": eyes, "cheeks": cheeks, "corner": corner}
    return out | {"glabella": glabella, "lip": lip, "neck": neck}


def _wave(z: float, bow: float, wave: float, phase: float) -> Curve:
    return lambda x: np.asarray(z + bow * x * x + wave * np.sin(x * 190 + phase), dtype=np.float32)


def _line(x0: float, z0: float, slope: float) -> Curve:
    return lambda x: np.asarray(z0 + slope * (x - x0), dtype=np.float32)


def _line_z(x0: float, z0: float, slope: float) -> Curve:
    return lambda z: np.asarray(x0 + slope * (z - z0), dtype=np.float32)


def _bag(z: float, bow: float) -> Curve:
    return lambda x: np.asarray(z + bow * (x - 0.030) ** 2, dtype=np.float32)


def _fold(shift: float, stretch: float) -> Curve:
    """From the wing of the nose past the corner of the mouth."""
    knots_z, knots_x = (0.650, 0.660, 0.672, 0.683, 0.692), (0.0315, 0.0310, 0.0275, 0.0215, 0.0185)
    return lambda z: np.asarray(np.interp(z, knots_z, knots_x) * stretch + shift, dtype=np.float32)


def _carve(out: Floats, canvas: Canvas, groove: Groove, weight: float) -> None:
    """Add one groove, with the small bulges beside it, to `out`, in the part of the texture that it reaches."""
    seen, margin = front(canvas), 4 * groove.width
    heights = (
        (groove.start, groove.end)
        if groove.upright
        else groove.curve(np.linspace(groove.start - margin, groove.end + margin, 64, dtype=np.float32))
    )
    rows = seen.rows(min(heights) - margin, max(heights) + margin)
    ax, z, part = seen.ax[rows], canvas.z[rows, seen.columns], out[rows, seen.columns]
    along, across = (z, ax) if groove.upright else (ax, z)
    near = (seen.share[rows] > 0) & (along > groove.start - margin) & (along < groove.end + margin)
    near &= np.abs(across - groove.curve(along)) < margin
    t, d = along[near], (across[near] - groove.curve(along[near])) / groove.width
    length = groove.end - groove.start
    taper = np.clip((t - groove.start) / (0.25 * length) + (groove.start <= 0), 0, 1) * np.clip(
        (groove.end - t) / (0.4 * length), 0, 1
    )
    # No furrow is equally deep all along: the same course that bends it makes it come and go.
    taper *= 0.72 + 0.28 * np.sin(t * 410 + 1e6 * groove.depth)
    profile = -np.exp(-(d**2)) + 0.30 * np.exp(-((np.abs(d) - 1.7) ** 2))
    part[near] += (groove.depth * weight) * taper * profile


def hollows(canvas: Canvas, age: float, rng: np.random.Generator) -> Floats:
    """Shade (h, w), 0 to about 1, of what sinks and sags with age: too wide for a groove, and not in the shape.

    Below the bags, inside the cheeks, beside the folds of nose and mouth, before the jowls and at the temples.
    """
    old = float(np.clip((age - 24) / 46, 0, 1.4) ** 0.9) * float(rng.uniform(0.8, 1.2))
    out = np.zeros(canvas.shape, dtype=np.float32)
    if old == 0.0:
        return out
    for curve, ends, width, depth in (
        (_bag(0.7105, 14), (0.017, 0.043), 2.6e-3, 0.75),
        (_bag(0.7165, 18), (0.019, 0.042), 1.4e-3, 0.55),
    ):
        _darken(out, canvas, Groove(curve, *ends, old * depth, width))
    for course, ends, width, depth in (
        (_fold(1.0e-3, 1.0), (0.652, 0.694), 3.6e-3, 0.75),
        (_line_z(0.0275, 0.655, -0.30), (0.628, 0.657), 3.0e-3, 0.65),
        (_line_z(0.0400, 0.640, -0.55), (0.622, 0.652), 4.5e-3, 0.45),
        (_line_z(0.0480, 0.690, 0.45), (0.665, 0.708), 6.5e-3, 0.40),
    ):
        _darken(out, canvas, Groove(course, *ends, old * depth, width, upright=True))
    return out


def _darken(out: Floats, canvas: Canvas, groove: Groove) -> None:
    """Add to `out` the shade of a soft furrow of that depth."""
    shade = np.zeros_like(out)
    _carve(shade, canvas, groove, 1.0)
    np.add(out, np.clip(-shade, 0, None), out=out)


def beard(canvas: Canvas) -> Floats:
    """Where a beard grows, (h, w), 0 to 1: upper lip, chin, jaw and sideburns."""
    ax, y, z = np.abs(canvas.x), canvas.y, canvas.z
    jaw = np.interp(ax, (0.0, 0.02, 0.03, 0.045, 0.06, 0.072, 0.08), (0.6815, 0.6785, 0.668, 0.665, 0.675, 0.70, 0.735))
    below = np.clip((jaw - z) / 0.008, 0, 1)
    above = np.clip((z - 0.596) / 0.016, 0, 1)
    front = np.clip((-0.030 - y) / 0.012, 0, 1)
    bare = 1 - np.exp(-0.5 * ((ax / 0.010) ** 2 + ((z - 0.6445) / 0.004) ** 2)) * 0.5
    return np.asarray(below * above * front * bare * (1 - np.clip(canvas.masks["lips"] * 3, 0, 1)), dtype=np.float32)
