"""Seven expressions by mini-Xception (Arriaga et al., "Real-time convolutional neural networks for emotion and gender
classification", 2017), grey, 64 px. `shared(Expression)` gives the one of a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd import models
from agfd.analyze.mesh import around_face
from agfd.analyze.reader import Reader
from agfd.analyze.sessions import TFLite

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.analyze.view import View

WEIGHTS = "expression"
# Places of the vocabulary's words among the seven of FER-2013: angry, disgust, fear, happy, sad, surprise, neutral.
PLACES = {"angry": 0, "smile": 3, "neutral": 6}

_SIDE = 64
# It learnt from the boxes of a detector, without room around them.
_MARGIN = 1.0


class Expression(Reader["NDArray[np.float32]"]):
    """Probabilities of the seven, float32 (7,): the mean over the face and its mirror image."""

    def __init__(self) -> None:
        self._network = TFLite(models.path(WEIGHTS))

    def _look(self, view: View) -> NDArray[np.float32]:
        seen = grey(view.crop(around_face(view.faces[0], _MARGIN), _SIDE))
        both = [self._network.run(one)[0][0] for one in (seen, np.ascontiguousarray(seen[:, :, ::-1]))]
        return np.asarray((both[0] + both[1]) / 2, np.float32)


def grey(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the network sees, (1, h, w, 1), -1 to 1, of RGB (h, w, 3): luma of Rec. 601."""
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return (luma / np.float32(127.5) - np.float32(1))[None, :, :, None]
