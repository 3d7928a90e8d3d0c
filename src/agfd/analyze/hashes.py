"""The analyzer `hashes`: codes of 64 bits that stay nearly the same when a picture is copied, resized or recoded.

The difference hash (Krawetz, "Kind of like that", 2013) and the perceptual hash (Zauner, "Implementation and
benchmarking of perceptual image hash functions", 2010), of the picture and of its mirror image. The bits are those of
the Python package ImageHash, its first one the highest here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from agfd.ports import AnalyzerInfo
from agfd.records import Image, Measurements
from agfd.registry import register
from agfd.vocabulary import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

_SIDE = 8
# Side of the picture whose frequencies are looked at.
_FINE = 32


class Hashes:
    """Codes each picture as a whole, with or without a face; no weights."""

    @property
    def info(self) -> AnalyzerInfo:
        """It confirms no attribute."""
        return AnalyzerInfo("hashes", "1", tuple(CODES))

    def setup(self) -> None:
        """Nothing to load."""

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """One entry per image, each from its own image alone."""
        return [Measurements(codes=codes(image.pixels)) for image in images]

    def teardown(self) -> None:
        """Nothing to release."""


def codes(pixels: NDArray[np.uint8]) -> dict[str, int]:
    """The codes, by the names of `agfd.vocabulary.CODES`, of pixels (height, width, 3)."""
    grey = Pillow.fromarray(pixels).convert("L")
    coarse, fine = _shrunk(grey, _SIDE + 1, _SIDE), _shrunk(grey, _FINE, _FINE)
    return {
        "dhash": difference_hash(coarse),
        "phash": perceptual_hash(fine),
        "dhash_mirrored": difference_hash(coarse[:, ::-1]),
        "phash_mirrored": perceptual_hash(fine[:, ::-1]),
    }


def difference_hash(grey: NDArray[np.float64]) -> int:
    """Of grey values (8, 9): for each but the last of a row, whether its right neighbour is brighter."""
    return _number(grey[:, 1:] > grey[:, :-1])


def perceptual_hash(grey: NDArray[np.float64]) -> int:
    """Of grey values (32, 32): which of the 8 x 8 lowest frequencies (DCT-II) are above their median."""
    low = _WAVES @ grey @ _WAVES.T
    return _number(low > np.median(low))


def _waves() -> NDArray[np.float64]:
    """The 8 lowest waves of the orthonormal DCT-II over 32 places, (8, 32)."""
    place, frequency = np.arange(_FINE), np.arange(_SIDE)[:, None]
    waves = np.cos(np.pi * frequency * (2 * place + 1) / (2 * _FINE)) * np.sqrt(2 / _FINE)
    waves[0] /= np.sqrt(2)
    return np.asarray(waves)


_WAVES = _waves()


def _shrunk(grey: Pillow.Image, width: int, height: int) -> NDArray[np.float64]:
    return np.asarray(grey.resize((width, height), Pillow.Resampling.LANCZOS), dtype=np.float64)


def _number(bits: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


@register("the analyzer hashes", needs=("pillow>=10.3",))
def make() -> Analyzer:
    """The analyzer behind the name `hashes`."""
    return Hashes()
