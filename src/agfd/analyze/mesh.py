"""Lays 468 points on a face: MediaPipe Face Mesh (Kartynnik et al., "Real-time facial surface geometry", 2019).

The network sees a square of 192 px around the face, eyes level, and gives x, y and z of each point and a score that
tells whether a face is there at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agfd import models
from agfd.analyze import geometry
from agfd.analyze.sessions import TFLite
from agfd.analyze.warps import Square, crop, out_of
from agfd.records import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image as Pillow

    from agfd.analyze.faces import Face

WEIGHTS = "face_mesh"
GIVES = ("landmark_confidence", "yaw", "pitch", "roll", "mouth_opening")

_SIZE = 192
# The network was trained on the box of its own points, half as large again.
_MARGIN = 1.5
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class Mesh:
    """468 points, float32 (468, 3), in pixels of the picture, z away from the viewer; score 0 to 1."""

    points: NDArray[np.float32]
    score: float


class Mesher:
    """The face mesh network, run `passes` times: each pass crops by the points of the one before."""

    def __init__(self, passes: int = 2) -> None:
        self._passes = passes
        self._network = TFLite(models.path(WEIGHTS))

    def lay(self, picture: Pillow.Image, face: Face) -> Mesh:
        """The mesh on one face of the RGB `picture`."""
        square = around_face(face)
        mesh = self._look(picture, square)
        for _ in range(self._passes - 1):
            again = self._look(picture, around_mesh(mesh.points))
            # Points that lie wrong send the next look to a wrong place, where the score falls.
            if again.score < min(mesh.score, _SURE):
                break
            mesh = again
        return mesh

    def _look(self, picture: Pillow.Image, square: Square) -> Mesh:
        pixels = crop(picture, square, _SIZE).astype(np.float32) / np.float32(255)
        points, flag = self._network.run(pixels[None])
        score = 1 / (1 + float(np.exp(-flag.reshape(-1)[0])))
        return Mesh(out_of(square, _SIZE, points.reshape(468, 3)), score)


def around_face(face: Face, margin: float = _MARGIN) -> Square:
    """The square around the detector's box, eyes level, `margin` times as large: by default what the network wants."""
    x0, y0, x1, y1 = face.box
    along = face.points[1] - face.points[0]
    side = max(x1 - x0, y1 - y0, 1.0) * margin
    return Square((x0 + x1) / 2, (y0 + y1) / 2, side, float(np.arctan2(along[1], along[0])))


def around_mesh(points: NDArray[np.float32], margin: float = _MARGIN) -> Square:
    """The square around the points, eyes level, `margin` times as large: by default what the network wants."""
    left, right = geometry.eyes(points)[:, :2]
    angle = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
    cos, sin = np.cos(angle), np.sin(angle)
    level = points[:, :2] @ np.array([[cos, -sin], [sin, cos]])
    low, high = level.min(axis=0), level.max(axis=0)
    x, y = (low + high) / 2
    side = max(float((high - low).max()), 1.0) * margin
    return Square(float(x * cos - y * sin), float(x * sin + y * cos), side, angle)


def measure(mesh: Mesh) -> dict[str, Measurement]:
    """The measurements `GIVES`, each with the score of the mesh as its confidence."""
    yaw, pitch, roll = geometry.pose(mesh.points)
    values = {
        "landmark_confidence": mesh.score,
        "yaw": yaw,
        "pitch": pitch,
        "roll": roll,
        "mouth_opening": geometry.mouth_opening(mesh.points),
    }
    return {name: Measurement(value, mesh.score) for name, value in values.items()}
