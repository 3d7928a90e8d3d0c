"""Depth of field: what lies before or behind the eyes is spread over a disc, as by a lens of some aperture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from agfd.generate.render.scene.camera import Camera

Floats: TypeAlias = NDArray[np.float32]

# The f-number of a depth of field of 1, and the smaller side of the frame that the lens is made for, metres.
_F_NUMBER, _FRAME = 4.0, 0.024
# Farther behind the focus than this, metres, nothing becomes more blurred: places are painted out of focus already.
_FAR = 0.35
# Steps of the blur behind the focus; what lies before it has one. Below this radius, pixels, a picture is sharp.
_STEPS, _SHARP = 3, 0.3


@dataclass(frozen=True, slots=True)
class Focus:
    """A lens that shows sharply what is `distance` metres away along the camera's axis. `opening`: diameter of its
    aperture in metres times its focal length in pixels.
    """

    distance: float
    opening: float

    @classmethod
    def on(cls, distance: float, camera: Camera, strength: float) -> Focus:
        """The lens of `camera`; `strength` 1 is an aperture of f/4, 2 of f/2, 0 a pinhole."""
        focal = _FRAME * camera.focal / min(camera.size)
        return cls(distance, strength / _F_NUMBER * focal * camera.focal)

    def radius(self, distance: Floats) -> Floats:
        """Radius in pixels of the disc of a point so far away (metres, may be infinite), negative before the focus:
        that of the thin lens, opening / 2 * |1 / focus - 1 / distance|.
        """
        seen = np.clip(distance, 0.2 * self.distance, self.distance + _FAR)
        return np.asarray(self.opening / 2 * (1 / self.distance - 1 / seen), dtype=np.float32)


def focused(picture: Floats, distance: Floats, focus: Focus) -> Floats:
    """`picture` (h, w, 3), linear and sharp all over, as `focus` shows it; `distance` (h, w) of what each pixel sees.

    Every pixel is spread by its own disc, and the discs' sum is divided by that of their weights. What lies behind
    is not spread over what is sharper before it.
    """
    from scipy.ndimage import gaussian_filter

    radius = focus.radius(distance)
    far, near = float(radius.max()), float(-radius.min())
    if max(far, near) < _SHARP:
        return picture
    # Of each pixel a share goes to the step below its radius and one to the step above; step 0 is sharp.
    place = np.clip(radius / max(far, _SHARP), 0, 1) * _STEPS
    layers = [(far * k / _STEPS, np.clip(1 - np.abs(place - k), 0, 1), False) for k in range(_STEPS + 1)]
    if near >= _SHARP:
        before = np.clip(-radius / near, 0, 1)
        layers[0] = (0.0, layers[0][1] - before, False)
        layers.append((near, before, True))
    total = np.zeros((*picture.shape[:2], 4), dtype=np.float32)
    for size, share, hides in layers:
        spread = np.concatenate([picture * share[..., None], share[..., None]], axis=2)
        if size >= _SHARP:
            # A disc of radius r deviates by r / 2 along each axis; this small, its edge is not seen.
            spread = gaussian_filter(spread, (size / 2, size / 2, 0), truncate=3.0)
            if not hides:
                spread *= np.square(np.clip(np.maximum(radius, 0) / size, 0, 1))[..., None]
        total += spread
    return np.asarray(total[..., :3] / np.maximum(total[..., 3:], 1e-6), dtype=np.float32)
