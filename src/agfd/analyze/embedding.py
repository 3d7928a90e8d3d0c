"""Who somebody is, as a vector: dlib's face recognition network (King, 2017) on the main face.

One instance serves all analyzers of a thread that ask for it, and gives the vector of a picture once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agfd import models
from agfd.analyze.chips import around_features
from agfd.analyze.reader import Reader
from agfd.analyze.sessions import onnx_session
from agfd.analyze.shared import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.analyze.view import View

WEIGHTS = "face_identity"
LENGTH = 128

# Side of what the network sees in pixels, and the room around the face in it.
_SIDE, _MARGIN = 150, 0.25


class Embedder(Reader["NDArray[np.float32]"]):
    """The network; 22 MB of weights, one thread. Raises `ModelsMissingError` when they are not installed."""

    def __init__(self) -> None:
        self._session: Any = onnx_session(models.path(WEIGHTS))

    def embed(self, view: View) -> NDArray[np.float32] | None:
        """The vector of the main face, float32 (128,), of length 1; None without a face. Not to be changed.

        The dot product of two is the cosine of their angle, about .95 in two photos of a person and .83 in photos of
        two people; renders and children look more alike (design/0022-duplicates.md).
        """
        return self.read(view)

    def _look(self, view: View) -> NDArray[np.float32]:
        return self.of_chip(view.crop(around_features(view, _MARGIN), _SIDE))

    def of_chip(self, chip: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The same of a face that is cut already, (150, 150, 3)."""
        [[numbers]] = self._session.run(None, {"faces": chip[None]})
        return np.asarray(numbers / np.linalg.norm(numbers), np.float32)


def embedder() -> Embedder:
    """The one embedder of this thread. Raises `ModelsMissingError`."""
    return shared(Embedder)
