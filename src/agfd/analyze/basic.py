"""The analyzer `basic`: faces, mesh, eyes, quality, light and skin in one pass over each picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agfd.analyze import eyes, faces, light, mesh, quality, skin
from agfd.analyze.onlooker import NEEDS, Onlooker
from agfd.analyze.view import Look, View, weights
from agfd.ports import AnalyzerInfo
from agfd.records import Measurement, Measurements
from agfd.registry import register

if TYPE_CHECKING:
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


class Basic(Onlooker[eyes.EyeReader]):
    """Measures the largest face of each picture; needs three weight files, no GPU, one thread.

    A picture without a face has `faces` 0 and the measurements of the whole picture, no other.
    """

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

    def _load(self) -> eyes.EyeReader:
        return eyes.EyeReader()

    def _measure(self, view: View, networks: eyes.EyeReader) -> Measurements:
        return _measure(view, networks)


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


@register("the analyzer basic", needs=NEEDS)
def make(*, side: int = 320, fallback: int = 640, passes: int = 2) -> Analyzer:
    """The analyzer; `side` and `fallback`: longer side in pixels at which faces are looked for, first and again where
    there is none; `passes`: how often the mesh is laid, each time cropped by the one before.
    """
    return Basic(Look(side, fallback, passes))
