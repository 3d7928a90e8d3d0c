"""The analyzer `identity`: a vector of the main face that is nearly the same in all pictures of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze.embedding import WEIGHTS, Embedder, embedder
from agfd.analyze.onlooker import NEEDS, Onlooker
from agfd.analyze.view import Look, View, weights
from agfd.ports import AnalyzerInfo
from agfd.records import Measurements
from agfd.registry import register

if TYPE_CHECKING:
    from agfd.ports import Analyzer

NAME = "identity"

# Raised whenever a vector for the same picture and the same weights can come out differently.
VERSION = "1"


class Identity(Onlooker[Embedder]):
    """Gives the vector of the largest face of each picture; none without a face. Three weight files, one thread."""

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights. It confirms no attribute."""
        return AnalyzerInfo(NAME, f"{VERSION}:{self._look.version}", (NAME,), weights(WEIGHTS))

    def _load(self) -> Embedder:
        return embedder()

    def _measure(self, view: View, networks: Embedder) -> Measurements:
        vector = networks.embed(view)
        return Measurements() if vector is None else Measurements(vectors={NAME: vector.astype(np.float16)})


@register("the analyzer identity", needs=NEEDS)
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; options as those of `basic`: with the same ones both find each face once."""
    return Identity(Look(side, fallback, passes))
