"""Face networks for the benchmarks of the renderer, and the one way a face is cropped.

    agfd models install          # with npm: dlib's ResNet, faceres, age and sex

The environment variable AGFD_NETWORKS names a folder in which `weights` finds files of other packages by their names.
All faces, photos and renders, are found and cropped in one way: by agfd's own face mesh.
"""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from agfd import models
from agfd.analyze import chips, embedding, faceres, faces, geometry, mesh, portrait, warps
from agfd.analyze.sessions import onnx_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

_LIPS = (13, 14)


def weights(name: str) -> Path:
    """A file of AGFD_NETWORKS by its name; ends the program with a sentence where it is missing."""
    root = os.environ.get("AGFD_NETWORKS", "")
    found = sorted(Path(root).rglob(name)) if root else []
    if not found:
        sys.exit(f"{name} is not in the folder AGFD_NETWORKS={root!r}; {Path(__file__).name} says where to get it")
    return found[0]


@dataclass(frozen=True)
class Face:
    """A picture and 468 points (468, 2) in its pixels."""

    picture: Pillow.Image
    points: Array

    def box(self, size: int) -> NDArray[np.uint8]:
        """The face with a tenth of room, eyes level, (size, size, 3): what faceres was trained on."""
        return warps.crop(self.picture, mesh.around_mesh(self.points, faceres.MARGIN), size)

    def features(self, size: int) -> NDArray[np.uint8]:
        """Brows to mouth by the distance of eyes and mouth, eyes level: the alignment of face-api."""
        eyes, mouth = geometry.eyes(self.points), self.points[list(_LIPS)].mean(axis=0)
        return warps.crop(self.picture, portrait.around_eyes_and_mouth(eyes, mouth), size)


@cache
def _finders() -> tuple[faces.Detector, mesh.Mesher]:
    return faces.Detector(), mesh.Mesher()


def face(pixels: NDArray[np.uint8]) -> Face | None:
    """The main face of a picture (h, w, 3), or None."""
    detector, mesher = _finders()
    picture = Pillow.fromarray(pixels)
    found = detector.find(picture)
    return Face(picture, mesher.lay(picture, found[0]).points[:, :2].astype(np.float32)) if found else None


def photo(file: Path) -> Face | None:
    """The main face of a file."""
    return face(np.asarray(Pillow.open(file).convert("RGB")))


def recoded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture after JPEG of quality 75."""
    stream = io.BytesIO()
    Pillow.fromarray(pixels).save(stream, "JPEG", quality=75)
    return np.asarray(Pillow.open(stream).convert("RGB"))


class Dlib:
    """128 numbers of dlib's ResNet (King, 2017); Euclidean distance, usually one person below 0.6."""

    usual = 0.6

    def __init__(self) -> None:
        self._session = onnx_session(models.path(embedding.WEIGHTS))

    @staticmethod
    def chip(one: Face) -> NDArray[np.uint8]:
        """The crop of dlib, (150, 150, 3), by the corners of the eyes and the base of the nose."""
        return warps.crop(one.picture, warps.align(one.points[list(chips.POINTS)], chips.template(0.25)), 150)

    def embed(self, one: Face) -> Array:
        [[numbers]] = self._session.run(None, {"faces": recoded(self.chip(one))[None]})
        return np.asarray(numbers, np.float32)

    @staticmethod
    def distances(first: Array, second: Array) -> Array:
        """(n, m)."""
        return np.linalg.norm(first[:, None] - second[None], axis=2)


class Faceres:
    """1024 numbers of faceres (HSE-FaceRes, Savchenko 2021), 1 - cosine; 0.37: one false match in a thousand on LFW."""

    usual = 0.37

    def __init__(self) -> None:
        self._net = faceres.Faceres()

    def embed(self, one: Face) -> Array:
        return self.read(one)[0]

    def read(self, one: Face) -> tuple[Array, float]:
        """The embedding and the probability of male."""
        reading = self._net.of_crop(recoded(one.box(faceres.SIDE)))
        return reading.features, reading.male

    @staticmethod
    def distances(first: Array, second: Array) -> Array:
        """(n, m)."""
        unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (first, second)]
        return np.asarray(1 - unit[0] @ unit[1].T, np.float32)


class AgeSex:
    """Years and probability of male by face-api's small Xception."""

    def __init__(self) -> None:
        self._session = onnx_session(models.path(portrait.AGE_SEX))

    def read(self, one: Face) -> tuple[float, float]:
        pixels = recoded(one.features(portrait.SIDE))[None].astype(np.float32)
        ages, sexes = self._session.run(["age", "sex"], {"pixels": pixels})
        return float(ages[0, 0]), float(sexes[0, 0])
