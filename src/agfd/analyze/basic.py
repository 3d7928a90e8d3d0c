"""The analyzer `basic`: faces, mesh, eyes, quality, light and skin in one pass over each picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze import eyes, faces, light, mesh, quality, skin
from agfd.analyze.view import Look, Sight, View, sight, weights
from agfd.ports import AnalyzerInfo
from agfd.records import Image, Measurement, Measurements
from agfd.registry import register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.ports import Analyzer

# Raised whenever a number for the same picture and the same weights can come out differently.
VERSION = "2"

# What applies to a picture without a face too, and what only a face has.
WHOLE = quality.WHOLE + light.WHOLE
_GIVES = faces.GIVES + mesh.GIVES + eyes.GIVES + quality.GIVES + light.GIVES + skin.GIVES

# What was measured on photos and pictures of diffusion models (design/0020-analyzers.md). A render comes with its
# truth: there the numbers judge visibility and quality only.
_COMPETENT = {
    "photo": ("eyes", "mouth", "yaw", "pitch", "roll"),
    "diffusion": ("eyes", "mouth", "yaw", "pitch", "roll"),
    "render": (),
}


class Basic:
    """Measures the largest face of each picture; needs three weight files, no GPU, one thread.

    A picture without a face has `faces` 0 and the measurements of the whole picture, no other.
    """

    def __init__(self, look: Look | None = None) -> None:
        self._look = look or Look()
        self._sight: Sight | None = None
        self._reader: eyes.EyeReader | None = None

    @property
    def info(self) -> AnalyzerInfo:
        """Works before `setup`, without weights."""
        return AnalyzerInfo(
            name="basic",
            version=f"{VERSION}:{self._look.version}",
            gives=_GIVES + WHOLE,
            weights=weights(eyes.WEIGHTS),
            competent=_COMPETENT,
        )

    def setup(self) -> None:
        """Loads the weights. Raises `ModelsMissingError` when they are not installed."""
        self._sight = sight(self._look)
        self._reader = eyes.EyeReader()

    def measure(self, images: Sequence[Image]) -> list[Measurements]:
        """One `Measurements` per image; each depends on its own image alone."""
        if self._sight is None or self._reader is None:
            raise RuntimeError("setup() comes before measure()")
        return [_measure(self._sight.view(image), self._reader) for image in images]

    def teardown(self) -> None:
        """Frees the networks."""
        self._sight = self._reader = None


def _measure(view: View, reader: eyes.EyeReader) -> Measurements:
    picture = view.picture
    values: dict[str, Measurement] = quality.measure_whole(picture) | light.measure_whole(picture)
    values |= faces.measure(view.faces, picture.width, picture.height)
    if view.mesh is None or view.aligned is None:
        return Measurements(values)
    main, laid = view.faces[0], view.mesh
    values |= mesh.measure(laid)
    values |= eyes.measure(reader.read(picture, laid.points), laid.score)
    values |= quality.measure(*view.aligned, confidence=main.score)
    if "luminance" in values:
        values |= light.measure(picture, main, values["luminance"].value)
    if view.head is not None:
        values |= skin.measure(view.head, laid.score)
    return Measurements(values, {"five": main.points, "mesh": np.ascontiguousarray(laid.points[:, :2])})


@register("the analyzer basic", needs=("onnxruntime>=1.20", "ai-edge-litert>=2.0", "pillow>=10.3"))
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; `side` and `fallback`: longer side in pixels at which faces are looked for, first and again where
    there is none; `passes`: how often the mesh is laid, each time cropped by the one before.
    """
    return Basic(Look(side, fallback, passes))
