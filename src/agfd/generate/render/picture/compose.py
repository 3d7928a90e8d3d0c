"""From traced light to a picture: exposure, background, noise removal, light under the skin, 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.picture import subsurface, trace

if TYPE_CHECKING:
    from agfd.generate.render.picture.guide import Guide

Floats: TypeAlias = NDArray[np.float32]


def light(traced: Floats, gain: Floats, behind: Floats, guide: Guide) -> Floats:
    """Premultiplied linear RGBA (h, w, 4) times `gain` (3,) over a linear background (h, w, 3), without noise: the
    light (h, w, 3) that reaches a lens.

    `guide` tells the denoiser what is texture and where skin is. The background is put behind the noisy picture,
    so that the denoiser cleans the edge of the hair as well.
    """
    alpha = np.clip(traced[..., 3:], 0, 1)
    color = np.nan_to_num(traced[..., :3], posinf=0.0, neginf=0.0).clip(0, None) * gain
    # One path that found a lamp by chance must not become a firefly that the denoiser keeps.
    color = np.minimum(color, 8.0) + behind * (1 - alpha)
    albedo = np.where(guide.seen[..., None], guide.albedo, np.clip(behind, 0, 1))
    color = trace.denoise(color.astype(np.float32), albedo, guide.normal)
    return subsurface.diffused(np.maximum(color, 0), guide.albedo, guide.skin, guide.scale)


def encode(linear: Floats) -> NDArray[np.uint8]:
    """sRGB, 8 bits, rounded."""
    low = linear * 12.92
    high = 1.055 * np.power(np.maximum(linear, 0.0031308), 1 / 2.4) - 0.055
    encoded = np.where(linear <= 0.0031308, low, high)
    return np.asarray(np.rint(np.clip(encoded, 0, 1) * 255), dtype=np.uint8)
