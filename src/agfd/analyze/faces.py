"""Finds faces: CenterFace (Xu et al., "CenterFace: joint face detection and alignment using face as point", 2019).

The network marks each face by a peak on a map of a quarter of the resolution, with the size of its box, the offset of
its centre and five points: the eyes, the tip of the nose and the corners of the mouth, from the viewer's left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agfd import models
from agfd.analyze.sessions import onnx_session
from agfd.analyze.warps import fit
from agfd.records import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image as Pillow

WEIGHTS = "centerface"
GIVES = ("faces", "face_confidence", "face_x", "face_y", "face_width", "face_height")

THRESHOLD = 0.5
_OVERLAP = 0.3
# A face that fills the picture is larger than any that the network was trained on; with room around it the network
# sees it as usual. Where it was sure at once, a second look moves no point by more than the mesh mends.
_CLOSE_UP = 0.45
SURE = 0.7
_PAD = 0.5
# Small blurred pictures show a masked face only to a look that shrinks them: the last resort.
LAST = 192
# A second face counts if it is large beside the main one or in the picture: smaller ones are passers-by and paintings.
_BESIDE_MAIN = 0.10
_IN_PICTURE = 0.003


@dataclass(frozen=True, slots=True)
class Face:
    """One face: box x0, y0, x1, y1 and five points float32 (5, 2), in pixels; score 0 to 1."""

    box: tuple[float, float, float, float]
    score: float
    points: NDArray[np.float32]

    @property
    def area(self) -> float:
        """Area of the box in square pixels."""
        return max(0.0, self.box[2] - self.box[0]) * max(0.0, self.box[3] - self.box[1])


class Detector:
    """CenterFace at a longer side of `side` pixels; at `fallback`, then very small, where that finds nothing."""

    def __init__(self, side: int = 320, fallback: int = 640) -> None:
        self._side, self._fallback = side, fallback
        self._session: Any = onnx_session(models.path(WEIGHTS))

    def find(self, picture: Pillow.Image) -> list[Face]:
        """All faces in the RGB `picture`, largest first."""
        found = self._look(picture, self._side)
        if not found:
            found = self._look(picture, self._side, _PAD)
        elif found[0].score < SURE and found[0].area > _CLOSE_UP * picture.width * picture.height:
            found = _better(found, self._look(picture, self._side, _PAD))
        if not found and self._fallback > self._side:
            found = self._look(picture, self._fallback)
        return found or self._look(picture, LAST, _PAD)

    def _look(self, picture: Pillow.Image, side: int, pad: float = 0.0) -> list[Face]:
        pixels, scale, offset = fit(picture, side, pad)
        # Turned as bytes and then made floats: the other way round takes ten times as long.
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))[None].astype(np.float32)
        maps = self._session.run(None, {"input.1": planes})
        faces = decode(*(one[0] for one in maps))
        return [_in_picture(face, scale, offset, picture.size) for face in faces]


def decode(
    heat: NDArray[np.float32], size: NDArray[np.float32], offset: NDArray[np.float32], points: NDArray[np.float32]
) -> list[Face]:
    """The faces of the network's four maps, (1, h, w), (2, h, w), (2, h, w), (10, h, w), in pixels of its input.

    Overlapping boxes are one face, the one with the highest score. Largest first.
    """
    rows, columns = np.nonzero(heat[0] > THRESHOLD)
    height, width = np.exp(size[:, rows, columns].astype(np.float64)) * 4
    top = (rows + offset[0, rows, columns] + 0.5) * 4 - height / 2
    left = (columns + offset[1, rows, columns] + 0.5) * 4 - width / 2
    score = heat[0, rows, columns]
    marks = points[:, rows, columns]
    at = np.stack([marks[1::2] * width + left, marks[0::2] * height + top], axis=2).astype(np.float32)
    boxes = np.stack([left, top, left + width, top + height], axis=1).tolist()
    kept: list[Face] = []
    for i in np.argsort(-score, kind="stable").tolist():
        face = Face(tuple(boxes[i]), float(score[i]), at[:, i])
        if all(overlap(face, other) < _OVERLAP for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.area)


def overlap(one: Face, two: Face) -> float:
    """Intersection of the boxes by their union, 0 to 1."""
    width = min(one.box[2], two.box[2]) - max(one.box[0], two.box[0])
    height = min(one.box[3], two.box[3]) - max(one.box[1], two.box[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (one.area + two.area - shared) if shared else 0.0


def count(faces: list[Face], width: int, height: int) -> int:
    """How many of the faces, largest first, count: the main one and what is not tiny beside it."""
    return sum(
        i == 0 or face.area > _BESIDE_MAIN * faces[0].area or face.area > _IN_PICTURE * width * height
        for i, face in enumerate(faces)
    )


def measure(faces: list[Face], width: int, height: int) -> dict[str, Measurement]:
    """The measurements `GIVES` of a picture of that size in pixels; without a face only their number."""
    if not faces:
        return {"faces": Measurement(0.0)}
    main = faces[0]
    x0, y0, x1, y1 = main.box
    values = {
        "faces": float(count(faces, width, height)),
        "face_confidence": main.score,
        "face_x": x0 / width,
        "face_y": y0 / height,
        "face_width": (x1 - x0) / width,
        "face_height": (y1 - y0) / height,
    }
    return {name: Measurement(value, main.score) for name, value in values.items()}


def _better(one: list[Face], two: list[Face]) -> list[Face]:
    """The look whose main face is surer."""
    return two if two and two[0].score > one[0].score else one


def _in_picture(face: Face, scale: float, offset: float, size: tuple[int, int]) -> Face:
    box = (np.asarray(face.box) - offset) / scale
    box[0::2] = box[0::2].clip(0, size[0])
    box[1::2] = box[1::2].clip(0, size[1])
    points = ((face.points - np.float32(offset)) / np.float32(scale)).astype(np.float32)
    return Face((float(box[0]), float(box[1]), float(box[2]), float(box[3])), face.score, points)
