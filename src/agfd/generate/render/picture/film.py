"""What a camera does to light: glare and edges of its lens, its curve of tones, its sharpening and its grain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.picture.color import LUMINANCE

Floats: TypeAlias = NDArray[np.float32]

_LUMINANCE = np.array(LUMINANCE, dtype=np.float32)
# Middle grey, contrast around it, where the shoulder begins, and how far colours are moved from grey.
_GREY, _CONTRAST, _KNEE, _SATURATION = 0.18, 1.26, 0.55, 1.02
# Share of the light that a lens scatters, and how far, in shares of the height.
_GLARE, _GLARE_WIDTH = 0.035, 0.03
# Strength and width in shares of the height of the sharpening.
_SHARP, _SHARP_WIDTH = 0.35, 0.0022
# How much wider red is drawn than green, and green than blue, at the edge.
_COLOR_ERROR = 0.0007
# Deviations in linear light: of white, and in the dark.
_PHOTONS, _READING = 0.0070, 0.0004


@dataclass(frozen=True, slots=True)
class Film:
    """How much of a camera's faults a picture has, by those of a good camera, 0 for none: `grain` of the sensor; glare
    and colour error of the `lens`; `depth_of_field`, where 1 is an aperture of f/4 and 2 one of f/2.
    """

    grain: float = 1.0
    lens: float = 1.0
    depth_of_field: float = 1.0


def developed(linear: Floats, rng: np.random.Generator, film: Film) -> Floats:
    """The finished picture of exposed light, both linear (h, w, 3)."""
    return _grain(_sharpened(tone(_lens(linear, film.lens))), rng, film.grain)


def tone(linear: NDArray[np.floating]) -> Floats:
    """A camera's curve: contrast around middle grey, then a shoulder that reaches 1 far above it."""
    light = np.maximum(linear, 0)
    grey = (light @ _LUMINANCE)[..., None]
    light = np.maximum(grey + _SATURATION * (light - grey), 0)
    x = _GREY * np.power(light / _GREY, _CONTRAST)
    room = 1 - _KNEE
    over = np.maximum(x - _KNEE, 0)
    return np.asarray(np.where(x < _KNEE, x, _KNEE + room * (1 - np.exp(-over / room))), dtype=np.float32)


def _lens(linear: Floats, share: float) -> Floats:
    """That share of glare around bright things, and of colours that do not quite meet towards the corners."""
    from scipy.ndimage import gaussian_filter, zoom

    small = np.minimum(linear[::4, ::4], 4.0)
    wide = gaussian_filter(small, (_GLARE_WIDTH * len(small), _GLARE_WIDTH * len(small), 0))
    factors = (linear.shape[0] / len(small), linear.shape[1] / small.shape[1], 1)
    glare = zoom(wide, factors, order=1)[: linear.shape[0], : linear.shape[1]]
    out = linear * (1 - share * _GLARE) + glare * (share * _GLARE)
    out[..., 0] = _stretched(out[..., 0], 1 + share * _COLOR_ERROR)
    out[..., 2] = _stretched(out[..., 2], 1 - share * _COLOR_ERROR)
    return np.asarray(out, dtype=np.float32)


def _stretched(channel: Floats, factor: float) -> Floats:
    """(h, w) enlarged about its middle, linearly interpolated."""
    for _ in range(2):
        n = len(channel)
        at = np.clip((np.arange(n) - (n - 1) / 2) / factor + (n - 1) / 2, 0, n - 1)
        low = np.minimum(at.astype(np.int64), n - 2)
        share = (at - low).astype(np.float32)[:, None]
        channel = (channel[low] * (1 - share) + channel[low + 1] * share).T
    return np.ascontiguousarray(channel)


def _sharpened(picture: Floats) -> Floats:
    """Unsharp masking of the brightness, as every camera does."""
    from scipy.ndimage import gaussian_filter

    grey = np.sqrt(np.maximum(picture @ _LUMINANCE, 1e-6))
    edge = np.clip(grey - gaussian_filter(grey, max(_SHARP_WIDTH * len(grey), 0.5)), -0.08, 0.08)
    return np.asarray(picture * np.square(1 + _SHARP * edge / np.maximum(grey, 0.05))[..., None], dtype=np.float32)


def _grain(linear: Floats, rng: np.random.Generator, share: float) -> Floats:
    """That share of a sensor's noise: of photons, growing with the root of the light, and of reading it out."""
    deviation = share * (_PHOTONS * np.sqrt(np.maximum(linear, 0)) + _READING)
    brightness = rng.standard_normal((*linear.shape[:2], 1), dtype=np.float32)
    color = rng.standard_normal(linear.shape, dtype=np.float32)
    return np.asarray(np.maximum(linear + deviation * (0.85 * brightness + 0.5 * color), 0), dtype=np.float32)
