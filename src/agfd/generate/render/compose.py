"""From traced light to a picture: exposure, background, noise removal, tone curve, 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render import trace

if TYPE_CHECKING:
    from agfd.generate.render.guide import Guide

Floats: TypeAlias = NDArray[np.float32]


# Deviations in linear light: of white, and in the dark.
_PHOTONS, _READING = 0.0065, 0.0004


def picture(traced: Floats, gain: Floats, behind: Floats, guide: Guide, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Premultiplied linear RGBA (h, w, 4) times `gain` (3,) over a linear background (h, w, 3), as sRGB (h, w, 3).

    `guide` tells the denoiser what is texture. The background is put behind the noisy picture, so that the denoiser
    cleans the edge of the hair as well; `rng` gives the sensor's noise.
    """
    alpha = np.clip(traced[..., 3:], 0, 1)
    color = np.nan_to_num(traced[..., :3], posinf=0.0, neginf=0.0).clip(0, None) * gain
    # One path that found a lamp by chance must not become a firefly that the denoiser keeps.
    color = np.minimum(color, 8.0) + behind * (1 - alpha)
    albedo = np.where(guide.seen[..., None], guide.albedo, np.clip(behind, 0, 1))
    color = trace.denoise(color.astype(np.float32), albedo, guide.normal)
    return encode(_grain(tone(np.maximum(color, 0)), rng))


def tone(linear: NDArray[np.floating]) -> Floats:
    """A camera's curve: contrast around middle grey, then a shoulder that reaches 1 far above it."""
    grey, contrast = 0.18, 1.16
    x = grey * np.power(np.maximum(linear, 0) / grey, contrast)
    knee, room = 0.60, 0.40
    over = np.maximum(x - knee, 0)
    return np.asarray(np.where(x < knee, x, knee + room * (1 - np.exp(-over / room))), dtype=np.float32)


def _grain(linear: Floats, rng: np.random.Generator) -> Floats:
    """The noise of a sensor: of photons, growing with the root of the light, and of reading it out."""
    deviation = _PHOTONS * np.sqrt(np.maximum(linear, 0)) + _READING
    brightness = rng.standard_normal((*linear.shape[:2], 1), dtype=np.float32)
    color = rng.standard_normal(linear.shape, dtype=np.float32)
    return np.asarray(np.maximum(linear + deviation * (0.85 * brightness + 0.5 * color), 0), dtype=np.float32)


def encode(linear: Floats) -> NDArray[np.uint8]:
    """sRGB, 8 bits, rounded."""
    low = linear * 12.92
    high = 1.055 * np.power(np.maximum(linear, 0.0031308), 1 / 2.4) - 0.055
    encoded = np.where(linear <= 0.0031308, low, high)
    return np.asarray(np.rint(np.clip(encoded, 0, 1) * 255), dtype=np.uint8)
