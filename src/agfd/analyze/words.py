"""The analyzer `words`: how many words are written in a picture, such as captions and watermarks.

RapidOCR (PP-OCRv6) finds lines of text and reads them; a detector of text alone takes hair and cloth for text. Reading
costs more than all else that agfd measures, so `words_sample` looks at a twentieth of the pictures only.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd.errors import UsageError
from agfd.ports import AnalyzerInfo
from agfd.records import Image, Measurement, Measurements
from agfd.registry import register

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

GIVES = ("words",)

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "1"

# Of a word: letters and digits, and how sure the reader is. What is shorter or less sure stands in clean pictures too.
_LETTERS, _SURE = 4, 0.8
# What `words_sample` reads: one picture in so many.
_SAMPLE = 20
_SETTINGS = {
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    # Lines that stand on their heads are not looked for.
    "Global.use_cls": False,
    "Global.log_level": "error",
}


class Words:
    """Reads every `sample`-th picture, chosen by its pixels, with or without a face; one thread.

    A picture that is not in the sample has no measurement.
    """

    def __init__(self, sample: int = 1) -> None:
        if sample < 1:
            raise UsageError(f"words: sample is a whole number from 1 (every picture), not {sample}")
        self._sample = sample
        self._reader: Any = None

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`. The networks come with the package, whose version is part of the analyzer's."""
        from importlib.metadata import version

        name = "words" if self._sample == 1 else "words_sample"
        return AnalyzerInfo(name, f"{VERSION}:{self._sample}:rapidocr {version('rapidocr')}", GIVES)

    def setup(self) -> None:
        """Loads the networks."""
        import cv2
        from rapidocr import RapidOCR

        # OpenCV would start a thread for each core in each worker.
        cv2.setNumThreads(1)
        self._reader = RapidOCR(params=_SETTINGS)

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """One entry per image, each from its own image alone."""
        if self._reader is None:
            raise RuntimeError("setup() comes before measure()")
        return [self._measure(image.pixels) for image in images]

    def teardown(self) -> None:
        """Frees the networks."""
        self._reader = None

    def _measure(self, pixels: NDArray[np.uint8]) -> Measurements:
        if not in_sample(pixels, self._sample):
            return Measurements()
        # It takes BGR, as OpenCV reads files.
        read = self._reader(np.ascontiguousarray(pixels[..., ::-1]))
        return Measurements({"words": Measurement(float(count(read.txts or (), read.scores or ())))})


def in_sample(pixels: NDArray[np.uint8], sample: int) -> bool:
    """Whether a picture is among every `sample`-th one: the same for the same pixels, wherever they are."""
    if sample == 1:
        return True
    digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).digest()
    return int.from_bytes(digest[:8], "big") % sample == 0


def count(lines: Iterable[str], sure: Iterable[float]) -> int:
    """The words of four letters and more in lines of text that were read with certainty over 0.8."""
    kept = (line for line, certainty in zip(lines, sure, strict=True) if certainty > _SURE)
    return sum(sum(map(str.isalnum, word)) >= _LETTERS for line in kept for word in line.split())


_NEEDS = ("rapidocr>=3.10", "onnxruntime>=1.20")


@register("the analyzer words", needs=_NEEDS, install="agfd[words]")
def make() -> Analyzer:
    """The analyzer that reads every picture."""
    return Words()


@register("the analyzer words_sample", needs=_NEEDS, install="agfd[words]")
def make_sample(*, sample: int = _SAMPLE) -> Analyzer:
    """The analyzer that reads about one picture in `sample`."""
    return Words(sample)
