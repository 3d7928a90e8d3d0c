"""Looks at each eye alone: MediaPipe Iris (Ablavatski et al., "Real-time pupil tracking from monocular video", 2020).

The face mesh hardly moves its lids when an eye shuts; this network, which sees 64 px around one eye, follows them and
the iris. It knows the eye on the viewer's left; the other one is shown to it mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agfd import models
from agfd.analyze.sessions import TFLite
from agfd.analyze.warps import Square, crop
from agfd.records import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image as Pillow

WEIGHTS = "eye_contours"
GIVES = ("eye_opening", "gaze_x", "gaze_y")

_SIZE = 64
_MARGIN = 2.3
# Corners of the eyes in the face mesh: the viewer's left one, and the right one.
_CORNERS = ((33, 133), (362, 263))
# Rim of the network: 0 outer corner, 1 to 7 lower lid, 8 inner corner, 9 to 15 upper lid.
_OUTER, _INNER, _LOWER, _UPPER = 0, 8, (3, 4, 5), (11, 12, 13)


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye, level and as the viewer sees it: rim float32 (16, 3) and the iris' centre float32 (3,), y down."""

    rim: NDArray[np.float32]
    iris: NDArray[np.float32]


class EyeReader:
    """The network, run once for each eye."""

    def __init__(self) -> None:
        self._network = TFLite(models.path(WEIGHTS))

    def read(self, picture: Pillow.Image, mesh: NDArray[np.float32]) -> tuple[Eye, Eye]:
        """Both eyes of the RGB `picture`, the viewer's left first, from the (468, 3) points of its mesh."""
        left, right = (self._look(picture, mesh[list(pair), :2], bool(side)) for side, pair in enumerate(_CORNERS))
        return left, right

    def _look(self, picture: Pillow.Image, corners: NDArray[np.float32], mirrored: bool) -> Eye:
        pixels = crop(picture, around(corners), _SIZE).astype(np.float32) / np.float32(255)
        if mirrored:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        contours, iris = (one.reshape(-1, 3).copy() for one in self._network.run(pixels[None]))
        if mirrored:
            contours[:, 0], iris[:, 0] = _SIZE - contours[:, 0], _SIZE - iris[:, 0]
        return Eye(contours[:16], iris[0])


def around(corners: NDArray[np.float32]) -> Square:
    """The square that the network wants, from the corners of the eye, (2, 2) in pixels, left one first."""
    along = corners[1] - corners[0]
    x, y = corners.mean(axis=0)
    side = max(float(np.hypot(*along)), 1.0) * _MARGIN
    return Square(float(x), float(y), side, float(np.arctan2(along[1], along[0])))


def opening(eye: Eye) -> float:
    """Eye aspect ratio (Soukupova and Cech, 2016): mean height between the lids by the width, in space."""
    height = np.linalg.norm(eye.rim[list(_UPPER)] - eye.rim[list(_LOWER)], axis=1).mean()
    return float(height) / _width(eye)


def gaze(eye: Eye) -> tuple[float, float]:
    """How far the iris lies from the middle of the corners, to the viewer's right and up, by the width of the eye."""
    middle = (eye.rim[_OUTER] + eye.rim[_INNER]) / 2
    x, y, _ = (eye.iris - middle) / _width(eye)
    return float(x), -float(y)


def measure(eyes: tuple[Eye, Eye], confidence: float) -> dict[str, Measurement]:
    """The measurements `GIVES`, means of both eyes."""
    looks = np.mean([gaze(eye) for eye in eyes], axis=0)
    values = {
        "eye_opening": float(np.mean([opening(eye) for eye in eyes])),
        "gaze_x": float(looks[0]),
        "gaze_y": float(looks[1]),
    }
    return {name: Measurement(value, confidence) for name, value in values.items()}


def _width(eye: Eye) -> float:
    return max(float(np.linalg.norm(eye.rim[_OUTER] - eye.rim[_INNER])), 1e-6)
