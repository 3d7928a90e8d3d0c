"""Colours of hair: linear reflectances that vary from person to person, lock to lock, strand to strand, root to tip."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats: TypeAlias = NDArray[np.float32]

# A person's hair lies between two neighbours of its row. Reflectances of one strand; a head of hair looks lighter,
# because light goes from strand to strand.
_SHADES: Mapping[str, tuple[tuple[float, float, float], ...]] = MappingProxyType(
    {
        "black": ((0.012, 0.010, 0.0095), (0.020, 0.016, 0.014), (0.030, 0.020, 0.014)),
        "brown": ((0.050, 0.028, 0.016), (0.085, 0.047, 0.025), (0.135, 0.080, 0.044), (0.170, 0.110, 0.068)),
        "blond": ((0.40, 0.265, 0.135), (0.50, 0.355, 0.190), (0.62, 0.470, 0.280), (0.74, 0.620, 0.440)),
        "red": ((0.105, 0.030, 0.012), (0.190, 0.058, 0.018), (0.33, 0.115, 0.035), (0.37, 0.16, 0.06)),
        "grey": ((0.16, 0.155, 0.15), (0.26, 0.255, 0.25), (0.36, 0.355, 0.345)),
        "white": ((0.72, 0.715, 0.70), (0.82, 0.81, 0.79), (0.78, 0.75, 0.68)),
    }
)
_DYES: tuple[tuple[float, float, float], ...] = (
    (0.55, 0.06, 0.22),
    (0.62, 0.22, 0.32),
    (0.05, 0.12, 0.50),
    (0.10, 0.35, 0.55),
    (0.06, 0.34, 0.10),
    (0.25, 0.06, 0.42),
    (0.50, 0.03, 0.02),
    (0.05, 0.33, 0.33),
    (0.60, 0.20, 0.03),
)
_STRAND_SPREAD = 0.20
_LOCK_SPREAD = 0.22


def hair_colors(color: str, age: float, lock: NDArray[np.integer], texels: int, rng: np.random.Generator) -> Floats:
    """Colours (n, texels, 3) from root to tip of n strands; `lock` (n,): the number of each strand's lock."""
    base = _base(color, rng)
    count = len(lock)
    brightness = rng.normal(0, _STRAND_SPREAD, count) + rng.normal(0, _LOCK_SPREAD, int(lock.max(initial=0)) + 1)[lock]
    strand = base * np.exp(brightness)[:, None] * np.exp(rng.normal(0, 0.05, (count, 3)))
    strand = np.where((rng.random(count) < _silver(color, age, rng))[:, None], silvered(count, rng), strand)
    t = np.linspace(0, 1, texels)[None, :, None]
    grown_out, bleached = rng.uniform(0.65, 0.95), rng.uniform(1.0, 1.25)
    if color in ("grey", "white"):
        grown_out, bleached = 0.95, 1.02
    if color == "dyed":
        natural = _base(str(rng.choice(["black", "brown", "blond"])), rng)
        reach = rng.uniform(0.02, 0.3) * np.exp(rng.normal(0, 0.3, count))[:, None, None]
        along = natural + (strand[:, None] - natural) * np.clip(t / reach, 0, 1)
    else:
        gain = grown_out + (bleached - grown_out) * np.clip(t * rng.uniform(1, 2), 0, 1)
        along = strand[:, None] * gain
    return np.clip(along, 0.002, 0.92).astype(np.float32)


def _base(color: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """One person's colour, (3,)."""
    if color == "dyed":
        return np.array(_DYES[int(rng.integers(len(_DYES)))]) * np.exp(rng.normal(0, 0.1, 3))
    row = np.array(_SHADES[color])
    place = rng.uniform(0, len(row) - 1)
    low = min(int(place), len(row) - 2)
    return np.asarray(row[low] + (place - low) * (row[low + 1] - row[low]))


def _silver(color: str, age: float, rng: np.random.Generator) -> float:
    """Share of strands that have lost their colour. About half of people are half grey at 55 (Panhard et al. 2012)."""
    if color == "grey":
        return float(rng.uniform(0.25, 0.8))
    if color in ("white", "dyed"):
        return 0.0
    return float(np.clip((age - rng.uniform(28, 50)) / 60, 0, 0.45))


def silvered(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Colours (count, 3) of hairs that have lost theirs."""
    level = np.clip(rng.normal(0.58, 0.1, (count, 1)), 0.3, 0.8)
    return np.asarray(level * np.array([1.0, 0.985, 0.95]))
