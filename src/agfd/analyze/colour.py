"""Colours as light and as the eye sees them: linear sRGB and CIE L*a*b* (D65)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Linear sRGB to CIE XYZ (IEC 61966-2-1), each row divided by the white point D65.
_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
# CIE 15: the cube root gives way to a line in the dark.
_DARK, _SLOPE = 216 / 24389, 24389 / 27


def linear(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Linear light, 0 to 1, of sRGB pixels of any shape."""
    found: NDArray[np.float32] = _curve()[pixels]
    return found


def lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """L*, a*, b* of sRGB pixels (..., 3): L* 0 to 100."""
    xyz = linear(pixels) @ (_XYZ / _WHITE[:, None]).T.astype(np.float32)
    bent = np.where(xyz > _DARK, np.cbrt(xyz), (_SLOPE * xyz + 16) / 116)
    x, y, z = np.moveaxis(bent, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


@cache
def _curve() -> NDArray[np.float32]:
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
