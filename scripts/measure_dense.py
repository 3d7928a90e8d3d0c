"""Where the 468 points of MediaPipe's face mesh lie on the head model: measured, not copied.

    python scripts/measure_dense.py [--people 56]

Writes src/agfd/generate/render/data/dense.npz: `places`, float32 (468, 3), metres on the template.

The topology's own data say only how its points are joined, and its canonical model is another head. So agfd's own
analyzer (the network `face_mesh`, Apache-2.0) lays its points on renders of neutral faces, most of them frontal, a
quarter turned by 18 degrees; each point is carried back to the nearest vertex of the skin that the camera sees, and the
median of that vertex' place on the template over all people is kept. Mirror images of each other are then averaged, and
the place moves to the template's surface. The network's bias is so part of the definition, and its noise is averaged.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image as Pillow
from scipy.spatial import cKDTree

from agfd.analyze.faces import Detector
from agfd.analyze.mesh import Mesher
from agfd.generate.render.body.head import DENSE, Head, HeadModel
from agfd.generate.render.generator import QUALITIES
from agfd.generate.render.studio import Studio
from agfd.vocabulary import RACES, SEXES

_SIZE = 384
_SURE = 0.9


class Remembering(Studio):
    """A studio that remembers the heads it drew."""

    heads: ClassVar[list[Head]] = []

    def _things(self, head: Head, *rest: Any) -> Any:
        self.heads.append(head)
        return super()._things(head, *rest)


def asked(number: int) -> dict[str, Any]:
    """A plain face, another age, sex and race for each number."""
    face = {
        "age": 20 + number * 11 % 46, "sex": SEXES[number % 2], "race": RACES[number % 7], "expression": "neutral",
        "hair_style": ("short", "crop", "bun", "bald")[number % 4], "facial_hair": "none",
        "light": ("studio", "soft")[number % 2], "scene": "studio",
    }  # fmt: skip
    return face | ({"yaw": (-18, 18)[number // 4 % 2]} if number % 4 == 3 else {})


def carried_back(points: Any, placed: Any, head_normals: Any, depth: Any, model: HeadModel) -> Any:
    """Template places (468, 3) of points (468, 2): of the vertices that face the camera the nearest in the picture.

    Of those within 2 px the foremost: behind the nose there is a cheek, behind the jaw a neck.
    """
    facing = np.flatnonzero((head_normals[:, 1] < -0.05) & (model.fine_masks["inside-mouth"] < 0.5))
    tree = cKDTree(placed[facing])
    distance, nearest = tree.query(points, k=12)
    front = np.where(distance < np.maximum(distance[:, :1], 2.0) + 1e-6, depth[facing][nearest], np.inf)
    foremost = front.min(axis=1, keepdims=True)
    chosen = np.where(front < foremost + 0.012, distance, np.inf).argmin(axis=1)
    return model.fine_template[facing[nearest[np.arange(len(points)), chosen]]]


def symmetric(places: Any) -> Any:
    """Each place averaged with the mirror image of its partner: the point whose mirror image is nearest."""
    mirrored = places * (-1, 1, 1)
    _, partner = cKDTree(mirrored).query(places)
    mutual = partner[partner] == np.arange(len(places))
    return np.where(mutual[:, None], (places + mirrored[partner]) / 2, places)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=56)
    people = parser.parse_args().people
    studio, detector, mesher = Remembering.open(768), Detector(), Mesher()
    found = []
    for number in range(people):
        shot = studio.shoot(5000 + number, 9000 + number, asked(number), (_SIZE, _SIZE), QUALITIES["draft"])
        picture = Pillow.fromarray(shot.pixels)
        faces = detector.find(picture)
        if not faces:
            continue
        mesh = mesher.lay(picture, faces[0])
        if mesh.score < _SURE:
            continue
        head, truth = studio.heads[-1], shot.truth
        in_camera = head.vertices @ truth.extrinsics[:, :3].T + truth.extrinsics[:, 3]
        placed = in_camera @ truth.intrinsics.T
        placed = placed[:, :2] / placed[:, 2:]
        found.append(carried_back(mesh.points[:, :2], placed, head.normals, in_camera[:, 2], studio.model))
    places = symmetric(np.median(found, axis=0))
    spread = np.median(np.abs(np.array(found) - places), axis=0)
    np.savez_compressed(DENSE, places=places.astype(np.float32))
    print(f"{len(found)} of {people} faces; {Path(DENSE).name}; median deviation {1000 * np.median(spread):.1f} mm")


if __name__ == "__main__":
    main()
