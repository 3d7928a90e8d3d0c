"""Cloth by the yard: weaves, stripes, checks and prints as textures, and a jacket that hangs open over a shirt.

A texture lies flat on the chest: columns run across the body from the person's right to left, rows upwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]

# What a texture covers, metres on the template: half its width, lowest and highest point along the cloth.
HALF, LOW, HIGH = 0.32, 0.34, 0.64
_SHAPE = (384, 512)
_SLOPE = 0.28

_KINDS = ("plain", "melange", "stripes", "knit", "check", "print")
_CHANCES = (0.34, 0.24, 0.13, 0.13, 0.10, 0.06)


def places(template: NDArray[np.floating]) -> Floats:
    """Texture coordinates (n, 2) of template points (n, 3): shoulders are unrolled by their slope."""
    across = template[:, 0] / (2 * HALF) + 0.5
    along = template[:, 2] + _SLOPE * np.maximum(np.abs(template[:, 0]) - 0.07, 0)
    return np.stack([across, (along - LOW) / (HIGH - LOW)], axis=1).clip(0, 1).astype(np.float32)


def cloth(dye: Doubles, second: Doubles, rng: np.random.Generator) -> Floats:
    """A fabric's albedo (h, w, 3), linear RGB, in its colour and, for what has one, a second."""
    kind = str(rng.choice(_KINDS, p=_CHANCES))
    x = np.linspace(-HALF, HALF, _SHAPE[1])[None, :] * np.ones((_SHAPE[0], 1))
    z = np.linspace(LOW, HIGH, _SHAPE[0])[:, None] * np.ones((1, _SHAPE[1]))
    weave = _weave(rng)
    mixed = _PATTERNS[kind](x, z, rng)
    color = dye + (second - dye) * mixed[..., None]
    rough = {"melange": 0.16, "knit": 0.10}.get(kind, 0.05)
    out = color * np.exp(rough * weave)[..., None]
    if kind == "knit":
        out *= _stitches(x, z, float(rng.uniform(0.0028, 0.0050)))[..., None]
    return np.asarray(np.clip(out, 0.004, 0.75), dtype=np.float32)


def jacket(inside: Floats, dye: Doubles, rng: np.random.Generator) -> tuple[Floats, Callable[[Doubles], Floats]]:
    """A jacket of that colour over the texture `inside`: the new texture, and its cover (n,) of places (n, 3), 0 to 1.

    It hangs open: its edges run from the sides of the neck down to the middle of the body.
    """
    top, bottom = float(rng.uniform(0.055, 0.066)), float(rng.uniform(0.012, 0.050))
    curve = float(rng.uniform(0.9, 1.8))

    def edge(z: NDArray[np.floating]) -> NDArray[np.floating]:
        share = np.clip((0.60 - z) / 0.20, 0, 1)
        return np.asarray(top + (bottom - top) * share**curve)

    def off(x: NDArray[np.floating], z: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.asarray(np.abs(x) - edge(z))

    x = np.linspace(-HALF, HALF, _SHAPE[1])[None, :]
    z = np.linspace(LOW, HIGH, _SHAPE[0])[:, None]
    # Along the cloth the shoulders lie higher than in space.
    d = off(x, z - _SLOPE * np.maximum(np.abs(x) - 0.07, 0))
    color = dye * np.exp(0.07 * _weave(rng))[..., None]
    seam = np.exp(-(((d - 0.007) / 0.0011) ** 2)) * 0.30 + np.exp(-((d / 0.0016) ** 2)) * 0.35
    color = color * (1 - seam)[..., None]
    shadow = 1 - 0.55 * np.exp(-np.maximum(-d, 0) / 0.006)
    cover = np.clip(d / 0.0012 + 0.5, 0, 1)[..., None]
    both = inside * shadow[..., None] * (1 - cover) + color * cover

    def covered(template: Doubles) -> Floats:
        d = off(template[:, 0], template[:, 2])
        front = template[:, 1] < 0.02
        return np.asarray(np.where(front, np.clip(d / 0.006, 0, 1), 1.0), dtype=np.float32)

    return np.asarray(both, dtype=np.float32), covered


def _weave(rng: np.random.Generator) -> Floats:
    """Noise of threads (h, w), unit deviation: finer across than along them."""
    from scipy.ndimage import gaussian_filter

    noise = rng.standard_normal(_SHAPE, dtype=np.float32)
    soft = gaussian_filter(noise, (1.2, 0.6)) + gaussian_filter(noise[::-1], (0.6, 1.6))
    cloudy = gaussian_filter(noise[:, ::-1], 8)
    return np.asarray(0.85 * soft / soft.std() + 0.5 * cloudy / cloudy.std(), dtype=np.float32)


def _stitches(x: Doubles, z: Doubles, size: float) -> Floats:
    """The V-shaped stitches of a knitted jumper, a factor (h, w)."""
    column = x / size
    v = np.abs(column % 1 - 0.5)
    rows = 0.5 + 0.5 * np.sin(2 * np.pi * (z / (0.8 * size) + 1.1 * v))
    return np.asarray((0.72 + 0.28 * rows) * (0.75 + 0.5 * np.minimum(v * 2, 1)), dtype=np.float32)


def _plain(x: Doubles, z: Doubles, rng: np.random.Generator) -> Floats:
    return np.zeros(x.shape, dtype=np.float32)


def _stripes(x: Doubles, z: Doubles, rng: np.random.Generator) -> Floats:
    """Stripes across, or down as on a shirt."""
    period, share = float(rng.uniform(0.012, 0.040)), float(rng.uniform(0.25, 0.55))
    if rng.random() < 0.3:
        period, along = 0.45 * period, x
    else:
        along = z
    return np.asarray(_bars(along, period, share), dtype=np.float32)


def _check(x: Doubles, z: Doubles, rng: np.random.Generator) -> Floats:
    """The crossing bands of a flannel shirt."""
    period, share = float(rng.uniform(0.020, 0.045)), float(rng.uniform(0.3, 0.5))
    broad = 0.45 * _bars(x, period, share) + 0.45 * _bars(z, period, share)
    thin = 0.3 * _bars(x + 0.37 * period, period, 0.07) + 0.3 * _bars(z + 0.37 * period, period, 0.07)
    return np.asarray(np.clip(broad + thin, 0, 1), dtype=np.float32)


def _print(x: Doubles, z: Doubles, rng: np.random.Generator) -> Floats:
    """Small scattered motifs."""
    pitch, size = float(rng.uniform(0.016, 0.028)), float(rng.uniform(0.22, 0.34))
    row = np.floor(z / pitch)
    u = (x / pitch + 0.5 * (row % 2)) % 1 - 0.5
    v = (z / pitch) % 1 - 0.5
    petals = size * (0.75 + 0.25 * np.cos(5 * np.arctan2(v, u) + 1.7 * row))
    return np.asarray(np.clip((petals - np.hypot(u, v)) / 0.06 + 0.5, 0, 1), dtype=np.float32)


def _bars(along: Doubles, period: float, share: float) -> Floats:
    """Soft-edged bars, 0 and 1, that fill `share` of each period."""
    off = np.abs((along / period) % 1 - 0.5) * period
    return np.asarray(np.clip((0.5 * share * period - off) / 0.0012 + 0.5, 0, 1), dtype=np.float32)


_PATTERNS: dict[str, Callable[[Doubles, Doubles, np.random.Generator], Floats]] = {
    "plain": _plain,
    "melange": _plain,
    "stripes": _stripes,
    "knit": _plain,
    "check": _check,
    "print": _print,
}
