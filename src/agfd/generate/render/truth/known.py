"""What is true of a shot: landmarks and whether they are seen, camera, gaze, light, openings, and the asked maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body import eyes, landmarks
from agfd.generate.render.picture import raster
from agfd.generate.render.picture.guide import Buffer, strand_samples
from agfd.generate.render.picture.trace import Curves
from agfd.generate.render.scene import dome
from agfd.generate.render.scene.camera import TO_CAMERA
from agfd.generate.render.truth import maps
from agfd.records import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agfd.generate.render.body.head import Head, HeadModel
    from agfd.generate.render.picture.trace import Thing
    from agfd.generate.render.scene.camera import Camera
    from agfd.generate.render.scene.lights import LightRig
    from agfd.records import Value

Floats: TypeAlias = NDArray[np.float32]

# Something nearer than a landmark by more than this (metres, of an adult) hides it: lips and lids are this thick.
_THICK = 0.004
# Radius in pixels around a landmark in which strands hide it, and the share that they must hide.
_AROUND, _HIDDEN = 1.5, 0.5
_ON_THE_FACE = ("brows", "lashes", "facial hair")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that stands before a camera. `look`: degrees to the viewer's right and up, in the head's frame."""

    head: Head
    camera: Camera
    things: Sequence[Thing]
    rig: LightRig
    look: tuple[float, float]
    words: Mapping[str, Value]


def truth(scene: Scene, model: HeadModel, copies: NDArray[np.int64], asked: Sequence[str]) -> Truth:
    """The truth of a scene with what was `asked` for (`agfd.vocabulary.TRUTHS`); `copies` as for
    `maps.segmentation`.
    """
    camera, points = scene.camera, scene.head.landmarks
    iris = eyes.irises(scene.head, scene.look)
    fields: dict[str, Any] = {}
    if "dense" in asked:
        dense = np.concatenate([scene.head.vertices[model.dense], iris.reshape(10, 3)]).astype(np.float32)
        fields |= {"dense": camera.project(dense), "dense_3d": dense, "dense_visible": visible(scene, dense)}
    looks = np.einsum("ij,nj->ni", TO_CAMERA, eyes.looks(scene.head, scene.look)).astype(np.float32)
    makers = {"depth": maps.depth, "normals": maps.normals}
    if wanted := [name for name in asked if name != "dense"]:
        sight = maps.Sight.of(scene.things, camera)
        fields["maps"] = {
            name: makers[name](sight) if name in makers else maps.segmentation(sight, scene.head, model, copies)
            for name in wanted
        }
    return Truth(
        scene.words,
        camera.project(points),
        _box(scene.head, model, camera),
        values=_values(scene, iris[:, 0], looks),
        landmarks_3d=points,
        landmarks_visible=visible(scene, points),
        intrinsics=camera.intrinsics,
        extrinsics=camera.extrinsics,
        looks=looks,
        main_light=_in_camera(dome.main_light(scene.rig)),
        **fields,
    )


def visible(scene: Scene, points: Floats) -> NDArray[np.bool_]:
    """Whether the camera sees each of the points (n, 3): in the picture, and hidden by neither mesh nor hair."""
    camera = scene.camera
    placed = camera.placed(points)
    inside = ((placed >= 0) & (placed < camera.size)).all(axis=1)
    away = points[:, 1].astype(np.float64) - camera.position[1]
    thick = _THICK * scene.head.scale
    seen = raster.places(scene.things, camera, placed)
    return np.asarray(inside & (seen.depth > away - thick) & ~_under_strands(scene, placed, away - thick))


def _under_strands(scene: Scene, placed: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.bool_]:
    from scipy.spatial import cKDTree

    buffer = Buffer(scene.camera)
    width, height = scene.camera.size
    near = np.zeros((height, width), dtype=bool)
    reach = int(np.ceil(_AROUND))
    for x, y in np.floor(np.clip(placed, -9, 9999)).astype(np.int64):
        near[max(y - reach, 0) : max(y + reach + 1, 0), max(x - reach, 0) : max(x + reach + 1, 0)] = True
    # Only strands at these pixels matter: at all others everything is behind.
    buffer.depth[~near.ravel()] = -np.inf
    cover = np.zeros(len(placed))
    tree = cKDTree(placed)
    for thing in scene.things:
        if not isinstance(thing, Curves) or not len(thing.points) or thing.part in _ON_THE_FACE:
            continue
        for _, points, area, _ in strand_samples(buffer, thing):
            away = points[:, 1] - scene.camera.position[1]
            for sample, found in enumerate(tree.query_ball_point(scene.camera.placed(points), _AROUND)):
                for i in found:
                    cover[i] += area[sample] * (away[sample] < before[i])
    return np.asarray(1 - np.exp(-cover / (np.pi * _AROUND**2)) > _HIDDEN)


def _values(scene: Scene, iris: NDArray[np.floating], looks: Floats) -> dict[str, float]:
    """The numbers of `agfd.vocabulary.QUANTITIES`; gaze as the analyzers measure it, in the picture's plane."""
    points = scene.head.landmarks.astype(np.float64)
    sides = []
    for eye, centre in zip(landmarks.EYES, iris, strict=True):
        left, right = points[eye][0], points[eye][3]
        along = (right - left)[[0, 2]]
        along /= np.linalg.norm(along)
        off = (centre - (left + right) / 2)[[0, 2]] / np.linalg.norm(right - left)
        sides.append((off @ along, off @ (-along[1], along[0])))
    x, y = np.mean(sides, axis=0)
    ahead = looks.astype(np.float64).mean(axis=0)
    return {
        "eye_opening": landmarks.eye_aspect_ratio(points),
        "mouth_opening": landmarks.mouth_aspect_ratio(points),
        "gaze_x": float(x),
        "gaze_y": float(y),
        "gaze_yaw": float(np.degrees(np.arctan2(ahead[0], -ahead[2]))),
        "gaze_pitch": float(np.degrees(np.arcsin(-ahead[1] / np.linalg.norm(ahead)))),
    }


def _in_camera(light: tuple[NDArray[np.float64], NDArray[np.float64]]) -> Floats:
    direction, colour = light
    return np.stack([(TO_CAMERA * direction).sum(axis=1), colour]).astype(np.float32)


def _box(head: Head, model: HeadModel, camera: Camera) -> tuple[float, float, float, float]:
    """Pixels around the face from chin to hairline and ear to ear, as a detector draws it, within the picture."""
    template = model.fine_template
    front = (template[:, 2] > 0.617) & (template[:, 2] < 0.795) & (template[:, 1] < -0.045)
    points = camera.project(head.vertices[front])
    width, height = camera.size
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return (max(float(x0), 0.0), max(float(y0), 0.0), min(float(x1), float(width)), min(float(y1), float(height)))
