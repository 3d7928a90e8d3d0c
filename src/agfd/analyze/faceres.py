"""Features of a face in 1024 numbers, and its sex: HSE-FaceRes (Savchenko, "Efficient facial representations for age,
gender and identity recognition in organizing photo albums using multi-output ConvNet", PeerJ CS 2019), weights of npm.

Small heads on these numbers tell what no network of its own tells. `shared(Faceres)` gives the one of a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd import models
from agfd.analyze.mesh import around_face, around_mesh
from agfd.analyze.reader import Reader
from agfd.analyze.sessions import onnx_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.analyze.view import View
    from agfd.analyze.warps import Square

WEIGHTS = "faceres"
LENGTH = 1024

# Side of what the network sees in pixels, and its size in faces: a tenth of room at each side.
SIDE = 224
MARGIN = 1.2


@dataclass(frozen=True, slots=True)
class Reading:
    """`features` float32 (1024,), all >= 0, not of length 1; `male`: probability, 0 to 1."""

    features: NDArray[np.float32]
    male: float


class Faceres(Reader[Reading]):
    """The network; 14 MB of weights, one thread. Raises `ModelsMissingError` when they are not installed."""

    def __init__(self) -> None:
        self._session: Any = onnx_session(models.path(WEIGHTS))

    def _look(self, view: View) -> Reading:
        return self.of_crop(view.crop(around(view), SIDE))

    def of_crop(self, pixels: NDArray[np.uint8]) -> Reading:
        """The same of a face that is cut already, RGB (224, 224, 3)."""
        wanted = ["global_pooling/Mean", "gender_pred/Sigmoid"]
        [features], [[male]] = self._session.run(wanted, {"input_1": pixels[None].astype(np.float32)})
        return Reading(features, float(male))


def around(view: View) -> Square:
    """What the network sees of a view with a face: around its mesh, or the detector's box where that does not lie."""
    if view.mesh is not None and view.mesh_lies:
        return around_mesh(view.mesh.points, MARGIN)
    return around_face(view.faces[0], MARGIN)
