"""The analyzer `basic`: faces, mesh, eyes and quality in one pass over each picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from agfd import models
from agfd.analyze import eyes, faces, geometry, mesh, quality
from agfd.ports import AnalyzerInfo
from agfd.records import Image, Measurement, Measurements
from agfd.registry import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from agfd.ports import Analyzer

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "1"

# What was measured on photos and pictures of diffusion models (design/0020-analyzers.md). A render comes with its
# truth: there the numbers judge visibility and quality only.
_COMPETENT = {
    "photo": ("eyes", "mouth", "yaw", "pitch", "roll"),
    "diffusion": ("eyes", "mouth", "yaw", "pitch", "roll"),
    "render": (),
}

# Below this the mesh does not lie on a face and the detector's eyes are the better ones.
_MESH_LIES = 0.5


class Basic:
    """Measures the largest face of each picture; needs three weight files, no GPU, one thread.

    A picture without a face has `faces` 0 and the measurements of the whole picture, no other.
    """

    def __init__(self, side: int = 320, fallback: int = 640, passes: int = 2) -> None:
        self._side, self._fallback, self._passes = side, fallback, passes
        self._detector: faces.Detector | None = None
        self._mesher: mesh.Mesher | None = None
        self._reader: eyes.EyeReader | None = None

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights."""
        return AnalyzerInfo(
            name="basic",
            version=f"{VERSION}:{self._side},{self._fallback},{self._passes}",
            gives=faces.GIVES + mesh.GIVES + eyes.GIVES + quality.GIVES + quality.WHOLE,
            weights={name: models.weight(name).sha256 for name in (faces.WEIGHTS, mesh.WEIGHTS, eyes.WEIGHTS)},
            competent=_COMPETENT,
        )

    def setup(self) -> None:
        """Loads the weights. Raises `ModelsMissingError` when they are not installed."""
        self._detector = faces.Detector(self._side, self._fallback)
        self._mesher = mesh.Mesher(self._passes)
        self._reader = eyes.EyeReader()

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """One `Measurements` per image; each depends on its own image alone."""
        return [self._measure(image.pixels) for image in images]

    def teardown(self) -> None:
        """Frees the networks."""
        self._detector = self._mesher = self._reader = None

    def _measure(self, pixels: NDArray[np.uint8]) -> Measurements:
        if self._detector is None or self._mesher is None or self._reader is None:
            raise RuntimeError("setup() comes before measure()")
        picture = Pillow.fromarray(pixels)
        values: dict[str, Measurement] = quality.measure_whole(picture)
        found = self._detector.find(picture)
        values |= faces.measure(found, picture.width, picture.height)
        if not found:
            return Measurements(values)
        main = found[0]
        laid = self._mesher.lay(picture, main)
        values |= mesh.measure(laid)
        values |= eyes.measure(self._reader.read(picture, laid.points), laid.score)
        centres = geometry.eyes(laid.points) if laid.score >= _MESH_LIES else main.points[:2]
        values |= quality.measure(*quality.aligned(picture, centres), confidence=main.score)
        return Measurements(values, {"five": main.points, "mesh": np.ascontiguousarray(laid.points[:, :2])})


@register("the analyzer basic", needs=("onnxruntime>=1.20", "ai-edge-litert>=2.0", "pillow>=10.3"))
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; `side` and `fallback`: longer side in pixels at which faces are looked for, first and again where
    there is none; `passes`: how often the mesh is laid, each time cropped by the one before.
    """
    return Basic(side, fallback, passes)
