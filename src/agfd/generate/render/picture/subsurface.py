"""Light that passes under the skin: the shade beside lit skin is lit from within, far in red and hardly in blue."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

# How far light goes under the skin, metres, in red, green and blue: of the order of d'Eon and Luebke (GPU Gems 3, 14).
_REACH = (0.0028, 0.0011, 0.0006)
_SHARE = 0.85


def diffused(color: Floats, albedo: Floats, skin: Floats, scale: float) -> Floats:
    """`color` (h, w, 3), linear and without noise, with the shade of skin filled from its surroundings.

    `skin` (h, w): share of skin in each pixel, so that nothing else gives or takes light; `scale`: pixels per metre.
    Only shade takes light: highlights lie on the skin, not in it.
    """
    from scipy.ndimage import gaussian_filter

    sure = skin > 0.5
    if not sure.any():
        return color
    out = color.copy()
    for c, reach in enumerate(_REACH):
        light = color[..., c] / np.maximum(albedo[..., c], 0.01)
        # Highlights are no light in the skin: what is far above the usual is cut off.
        light = np.minimum(light, 1.3 * np.quantile(light[sure], 0.75)).astype(np.float32)
        width = reach * scale
        around = gaussian_filter(light * skin, width) / np.maximum(gaussian_filter(skin, width), 1e-3)
        # Skin in the dark behind a lock of hair is far from the lit skin beside it.
        gained = np.clip(around - light, 0, 0.8 * light)
        out[..., c] += _SHARE * albedo[..., c] * gained * np.square(skin)
    return out
