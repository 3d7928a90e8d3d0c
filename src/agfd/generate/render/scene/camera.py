"""A portrait camera that looks straight along +y, and its projection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head

Floats: TypeAlias = NDArray[np.float32]


# From the world's axes to the camera's.
TO_CAMERA = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Camera:
    """`position` in metres; `fov` in degrees across the picture's smaller side; `size`: width, height in pixels."""

    position: tuple[float, float, float]
    fov: float
    size: tuple[int, int]

    def project(self, points: NDArray[np.floating]) -> Floats:
        """World points (n, 3) in pixels (n, 2), x to the right and y down from the top left corner."""
        return self.placed(points).astype(np.float32)

    def placed(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """`project` in full precision."""
        width, height = self.size
        relative = points - np.array(self.position)
        x = width / 2 + self.focal * relative[:, 0] / relative[:, 1]
        y = height / 2 - self.focal * relative[:, 2] / relative[:, 1]
        return np.stack([x, y], axis=1)

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return float(min(self.size) / 2 / np.tan(np.radians(self.fov) / 2))

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """The matrix K (3, 3) from the camera's frame (x right, y down, z away) to pixels."""
        width, height = self.size
        return np.array([[self.focal, 0, width / 2], [0, self.focal, height / 2], [0, 0, 1]])

    @property
    def extrinsics(self) -> NDArray[np.float64]:
        """The matrix [R | t] (3, 4) from the world to the camera's frame."""
        turn = TO_CAMERA
        return np.concatenate([turn, -(turn * np.array(self.position)).sum(axis=1, keepdims=True)], axis=1)

    @property
    def pixel(self) -> float:
        """Width of a pixel at a distance of one metre, metres."""
        return float(2 * np.tan(np.radians(self.fov) / 2) / min(self.size))

    def plugin(self) -> dict[str, Any]:
        """The dictionary for Mitsuba, without film and sampler."""
        from agfd.generate.render.picture.trace import mitsuba

        x, y, z = self.position
        look = mitsuba().ScalarTransform4f().look_at([x, y, z], [x, y + 1, z], [0, 0, 1])
        return {
            "type": "perspective", "fov": self.fov, "fov_axis": "smaller", "to_world": look,
            "near_clip": 0.05, "far_clip": 50.0,
        }  # fmt: skip


def portrait(
    head: Head,
    size: tuple[int, int],
    rng: np.random.Generator,
    room: float = 1.0,
    worn: NDArray[np.floating] | None = None,
) -> Camera:
    """A head-and-shoulders camera for `head`.

    Lenses of 55 to 85 mm on a 24 x 36 mm frame cropped to the square; the picture shows 1.36 to 1.58
    heights of the head, eyes a little above the middle; `room` widens it for much hair. Of what is `worn` on the
    head, world points (n, 3), all that lies above the eyes is in the picture.
    """
    focal = rng.uniform(55, 85)
    zoom, shift, rise = rng.uniform(1.36, 1.58), rng.normal(0, 0.012), rng.normal(0, 0.012)
    head_height = 0.232 * head.scale
    across = zoom * room * head_height
    fov = float(np.degrees(2 * np.arctan(12 / focal)))
    # Between the eyes and the axis of the neck, so that a turned head stays in the middle.
    skull = head.carried(np.array([0.0, -0.065, 0.73]))
    eyes = head.landmarks[36:48].mean(axis=0)
    front = 0.7 * skull[0] + 0.3 * eyes[0]
    middle = 0.5 * (skull[2] + eyes[2]) - (0.085 + rise) * across
    distance = across / 2 / np.tan(np.radians(fov) / 2)
    near = float(min(eyes[1], skull[1] - 0.06 * head.scale))
    camera = Camera((float(front + shift * across), near - distance, float(middle)), fov, size)
    if worn is None:
        return camera
    return _holding(camera, worn[worn[:, 2] > eyes[2]], near)


def _holding(camera: Camera, points: NDArray[np.floating], near: float) -> Camera:
    """The camera moved up, aside and back until it shows the `points` (n, 3), as a photographer makes room for a hat.

    `near`: y of the face, whose picture is moved by at most a fourteenth of the frame before it gets smaller.
    """
    side = min(camera.size)
    half, furthest = np.array(camera.size) / 2, 0.07 * side
    room = half - 0.025 * side
    # Moving back changes the perspective, so later rounds correct the first.
    for _ in range(3):
        seen = camera.placed(points) - half
        low, high = -seen.min(axis=0), seen.max(axis=0)
        out_left, out_right, out_top = np.maximum((low[0] - room[0], high[0] - room[0], low[1] - room[1]), 0)
        aside = float(np.clip(out_right - out_left, -furthest, furthest))
        up = min(out_top, furthest)
        back = max((low[0] + aside) / room[0], (high[0] - aside) / room[0], (low[1] - up) / room[1], 1.0)
        x, y, z = camera.position
        metre = camera.focal / (near - y)
        camera = replace(camera, position=(x + aside / metre, near - (near - y) * back, z + up / metre))
    return camera
