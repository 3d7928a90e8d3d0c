"""The analyzer `identity`: a vector of the main face that is nearly the same in all pictures of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze.embedding import WEIGHTS, Embedder, embedder
from agfd.analyze.view import Look, Sight, sight, weights
from agfd.ports import AnalyzerInfo
from agfd.records import Image, Measurements
from agfd.registry import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.ports import Analyzer

NAME = "identity"

# Raised whenever a vector for the same picture and the same weights can come out differently.
VERSION = "1"


class Identity:
    """Gives the vector of the largest face of each picture; none without a face. Three weight files, one thread."""

    def __init__(self, look: Look | None = None) -> None:
        self._look = look or Look()
        self._sight: Sight | None = None
        self._embedder: Embedder | None = None

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights. It confirms no attribute."""
        return AnalyzerInfo(NAME, f"{VERSION}:{self._look.version}", (NAME,), weights(WEIGHTS))

    def setup(self) -> None:
        """Loads the weights. Raises `ModelsMissingError` when they are not installed."""
        self._sight, self._embedder = sight(self._look), embedder()

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """One entry per image, each from its own image alone."""
        return [self._measure(image) for image in images]

    def teardown(self) -> None:
        """Frees the networks."""
        self._sight = self._embedder = None

    def _measure(self, image: Image) -> Measurements:
        if self._sight is None or self._embedder is None:
            raise RuntimeError("setup() comes before measure()")
        vector = self._embedder.embed(self._sight.view(image))
        return Measurements() if vector is None else Measurements(vectors={NAME: vector.astype(np.float16)})


@register("the analyzer identity", needs=("onnxruntime>=1.20", "ai-edge-litert>=2.0", "pillow>=10.3"))
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; options as those of `basic`: with the same ones both find each face once."""
    return Identity(Look(side, fallback, passes))
