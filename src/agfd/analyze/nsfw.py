"""The analyzer `nsfw`: how likely it is that a picture shows nudity or sex.

Yahoo's Open NSFW (Mahadeokar and Pesavento, 2016), a thin ResNet-50, as ONNX. It sees the whole picture at 256 x 256
pixels, of which it takes the middle 224, as it was trained; here also the whole picture at 224, because what lies at
the edge counts too, and the larger of both scores.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from agfd import models
from agfd.analyze.sessions import onnx_session
from agfd.ports import AnalyzerInfo
from agfd.records import Image, Measurement, Measurements
from agfd.registry import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

WEIGHTS = "open_nsfw"
_SIDE, _RIM = 224, 16
# Means of blue, green, red that the network was trained with.
_MEAN = np.array((104, 117, 123), dtype=np.float32)


class Nsfw:
    """Measures each picture as a whole, with or without a face; 23 MB of weights, one thread."""

    def __init__(self) -> None:
        self._session: Any = None

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights. It confirms no attribute."""
        return AnalyzerInfo("nsfw", "1", ("nsfw",), {WEIGHTS: models.weight(WEIGHTS).sha256})

    def setup(self) -> None:
        """Loads the weights. Raises `ModelsMissingError` when they are not installed."""
        self._session = onnx_session(models.path(WEIGHTS))

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """One entry per image, each from its own image alone."""
        return [Measurements({"nsfw": Measurement(self._score(image.pixels))}) for image in images]

    def teardown(self) -> None:
        """Frees the network."""
        self._session = None

    def _score(self, pixels: NDArray[np.uint8]) -> float:
        if self._session is None:
            raise RuntimeError("setup() comes before measure()")
        [scores] = self._session.run(None, {"input:0": views(Pillow.fromarray(pixels))})
        return float(scores[:, 1].max())


def views(picture: Pillow.Image) -> NDArray[np.float32]:
    """What the network sees, (2, 224, 224, 3), BGR less its means: the middle of the picture, and all of it."""
    # As if cut out of the picture at 256 px, without making its rim.
    low, high = _RIM / (_SIDE + 2 * _RIM), 1 - _RIM / (_SIDE + 2 * _RIM)
    box = (picture.width * low, picture.height * low, picture.width * high, picture.height * high)
    middle = picture.resize((_SIDE, _SIDE), Pillow.Resampling.BILINEAR, box)
    whole = picture.resize((_SIDE, _SIDE), Pillow.Resampling.BILINEAR)
    return np.stack([_recoded(view)[..., ::-1] for view in (middle, whole)]) - _MEAN


def _recoded(view: Pillow.Image) -> NDArray[np.float32]:
    """Through JPEG, as all pictures were that the network learnt from."""
    file = io.BytesIO()
    view.save(file, "JPEG")
    return np.asarray(Pillow.open(file), dtype=np.float32)


@register("the analyzer nsfw", needs=("onnxruntime>=1.20", "pillow>=10.3"))
def make() -> Analyzer:
    """The analyzer behind the name `nsfw`."""
    return Nsfw()
