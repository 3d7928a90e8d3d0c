"""Segmentation, depth and normals of a scene, exact at the middle of each pixel.

Strands are thinner than pixels: a pixel is hair or brow where the strands that can be seen in it hide most of what lies
behind; its depth is then that of the foremost strand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.picture import raster
from agfd.generate.render.picture.guide import Buffer, strand_samples, strands
from agfd.generate.render.picture.trace import Curves, Mesh
from agfd.generate.render.scene.camera import TO_CAMERA
from agfd.vocabulary import FACE_PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.render.body.head import Head, HeadModel
    from agfd.generate.render.picture.trace import Thing
    from agfd.generate.render.scene.camera import Camera

Wide: TypeAlias = NDArray[np.float64]
Floats: TypeAlias = NDArray[np.float32]
Kind = TypeVar("Kind", bound=np.generic)

_CLASS = {name: number for number, name in enumerate(FACE_PARTS)}
_OF_MESH = {
    "skin": "skin", "mouth": "mouth", "clothes": "cloth", "eyewear": "eye_g", "mask": "mask", "headwear": "hat",
    "earrings": "ear_r", "hand": "hand", "hair": "hair",
}  # fmt: skip
# Where strands hide this share of what lies behind, the pixel is theirs.
_HIDDEN = {"hair": 0.4, "headwear": 0.4, "brows": 0.25}
# The cover is taken over a neighbourhood of this part of the picture: the skin between two locks is hair.
_SMOOTH = 250
# Half width of the nose by height, and where its sides turn to the cheek, metres on the template.
_NOSE_Z = (0.6795, 0.6830, 0.6880, 0.6950, 0.7020, 0.7120, 0.7230, 0.7330)
_NOSE_X = (0.0050, 0.0160, 0.0185, 0.0180, 0.0150, 0.0115, 0.0090, 0.0080)
# Height of the edge of the jaw by depth on the template, from the chin to below the ear; what lies under it is neck.
_JAW_Y = (-0.160, -0.144, -0.138, -0.122, -0.106, -0.091, -0.079, -0.068, -0.055, -0.045)
_JAW_Z = (0.6160, 0.6170, 0.6175, 0.6210, 0.6290, 0.6410, 0.6570, 0.6750, 0.6900, 0.6950)
_SEAM = 0.6610


@dataclass(frozen=True, slots=True)
class Sight:
    """The scene as the camera sees it: what of the meshes, and cover, normal and depth of the strands of each part."""

    things: Sequence[Thing]
    camera: Camera
    seen: raster.Seen
    covers: dict[str, Floats]
    foremost: Floats

    @classmethod
    def of(cls, things: Sequence[Thing], camera: Camera) -> Sight:
        """Look at every pixel once."""
        seen = raster.pixels(things, camera)
        buffer = Buffer(camera)
        buffer.depth[:] = seen.depth + camera.position[1]
        covers: dict[str, Floats] = {}
        foremost = np.full(len(buffer.depth), np.inf, dtype=np.float32)
        for thing in things:
            if isinstance(thing, Curves) and len(thing.points) and thing.part in _HIDDEN:
                covers[thing.part] = covers.get(thing.part, np.float32(0)) + strands(buffer, [thing])
                if thing.part != "brows":
                    for pixel, points, *_ in strand_samples(buffer, thing):
                        away = (points[:, 1] - camera.position[1]).astype(np.float32)
                        np.minimum.at(foremost, pixel, away)
        return cls(things, camera, seen, covers, foremost)

    def hidden(self, part: str) -> NDArray[np.bool_]:
        """Where the strands of a part hide what lies behind, (pixels,)."""
        from scipy.ndimage import gaussian_filter

        if part not in self.covers:
            return np.zeros(len(self.seen.depth), dtype=bool)
        width, height = self.camera.size
        cover = gaussian_filter(self.covers[part][:, -1].reshape(height, width), min(width, height) / _SMOOTH)
        return np.asarray(1 - np.exp(-cover.ravel()) > _HIDDEN[part])


def segmentation(sight: Sight, head: Head, model: HeadModel, copies: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The number of the part in `FACE_PARTS` at each pixel, (h, w).

    The skin's mesh has the model's vertices and then those that `copies` numbers, again.
    """
    labels = np.zeros(len(sight.seen.depth), dtype=np.uint8)
    masks = np.stack([model.fine_masks[name] for name in ("lips", "ears")], axis=1)
    field = np.concatenate([model.fine_template, masks], axis=1)
    field = np.concatenate([field, field[copies]])
    for number, thing in enumerate(sight.things):
        if not isinstance(thing, Mesh):
            continue
        if thing.part == "skin":
            places, values = sight.seen.of(number, thing, field)
            labels[places] = _skin_classes(values[:, :3], values[:, 3:])
            continue
        places, points = sight.seen.of(number, thing, thing.vertices)
        if thing.part == "eyes":
            labels[places] = np.where(_on_left(head, points), _CLASS["l_eye"], _CLASS["r_eye"])
        else:
            labels[places] = _CLASS[_OF_MESH[thing.part]]
    brows = np.flatnonzero(sight.hidden("brows") & (labels == _CLASS["skin"]))
    labels[brows] = np.where(_on_left(head, _points(sight, brows)), _CLASS["l_brow"], _CLASS["r_brow"])
    for part, name in (("hair", "hair"), ("headwear", "hat")):
        labels[sight.hidden(part)] = _CLASS[name]
    return _shaped(sight, labels)


def depth(sight: Sight) -> Floats:
    """Metres along the camera's axis, 0 for nothing, (h, w)."""
    from scipy.ndimage import minimum_filter

    values = np.where(np.isfinite(sight.seen.depth), sight.seen.depth, 0).astype(np.float32)
    tufts = sight.hidden("hair") | sight.hidden("headwear")
    width, height = sight.camera.size
    around = minimum_filter(sight.foremost.reshape(height, width), 3).ravel()
    front = np.where(np.isfinite(sight.foremost), sight.foremost, around)
    values[tufts] = np.where(np.isfinite(front[tufts]), front[tufts], values[tufts])
    return _shaped(sight, values)


def normals(sight: Sight) -> Floats:
    """Unit normals in the camera's frame that face the camera, 0 for nothing, (h, w, 3)."""
    out = np.zeros((len(sight.seen.depth), 3))
    for number, thing in enumerate(sight.things):
        if isinstance(thing, Mesh):
            places, values = sight.seen.of(number, thing, thing.normals)
            # What is seen from behind shows its other side.
            a, b, c = (thing.vertices[thing.faces[sight.seen.face[places], i]].astype(np.float64) for i in range(3))
            side = np.cross(b - a, c - a)
            side *= np.sign(np.einsum("ij,ij->i", side, values))[:, None]
            behind = np.einsum("ij,ij->i", side, a - np.array(sight.camera.position)) > 0
            out[places] = np.where(behind[:, None], -values, values)
    for part in ("hair", "headwear"):
        tufts = sight.hidden(part)
        if tufts.any():
            out[tufts] = sight.covers[part][tufts, 3:6]
    there = np.flatnonzero(np.abs(out).sum(axis=1) > 0)
    ray = _points(sight, there) - np.array(sight.camera.position)
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    unit = out[there] / np.linalg.norm(out[there], axis=1, keepdims=True)
    # Smooth normals may look away at the outline, where the surface just does not.
    unit -= np.maximum(np.einsum("ij,ij->i", unit, ray), 0)[:, None] * ray
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    out[there] = unit[:, [0, 2, 1]] * (1, -1, 1)
    return _shaped(sight, out.astype(np.float32))


def _points(sight: Sight, places: NDArray[np.int64]) -> Wide:
    """World points on the rays through the middles of pixels, at the depth of the meshes, one metre where none is."""
    width, _ = sight.camera.size
    away = np.where(np.isfinite(sight.seen.depth[places]), sight.seen.depth[places], 1.0)
    middle = np.stack([places % width + 0.5, places // width + 0.5], axis=1)
    shift = (middle - np.array(sight.camera.size) / 2) / sight.camera.focal * away[:, None]
    in_camera = np.stack([shift[:, 0], shift[:, 1], away], axis=1)
    return np.asarray(np.einsum("ji,nj->ni", TO_CAMERA, in_camera) + np.array(sight.camera.position))


def _on_left(head: Head, points: Wide) -> NDArray[np.bool_]:
    """Whether points (n, 3) are on the person's own left."""
    turn, shift = head.head_transform[:3, :3], head.head_transform[:3, 3]
    return np.asarray(((points - shift) * turn[:, 0]).sum(axis=1) > 0)


def _skin_classes(at: Wide, masks: Wide) -> NDArray[np.uint8]:
    """Classes (n,) of places `at` (n, 3) on the template with masks (n, 2) of lips and ears."""
    x, y, z = at.T
    out = np.full(len(at), _CLASS["skin"], dtype=np.uint8)
    under = z < np.interp(y, _JAW_Y, _JAW_Z)
    out[under] = _CLASS["neck"]
    nose = (np.abs(x) < np.interp(z, _NOSE_Z, _NOSE_X, left=0, right=0)) & (y < -0.135)
    out[nose] = _CLASS["nose"]
    lips = masks[:, 0] > 0.5
    out[lips] = np.where(z[lips] > _SEAM, _CLASS["u_lip"], _CLASS["l_lip"])
    ears = masks[:, 1] > 0.5
    out[ears] = np.where(x[ears] > 0, _CLASS["l_ear"], _CLASS["r_ear"])
    return out


def _shaped(sight: Sight, values: NDArray[Kind]) -> NDArray[Kind]:
    width, height = sight.camera.size
    return values.reshape(height, width, *values.shape[1:])
