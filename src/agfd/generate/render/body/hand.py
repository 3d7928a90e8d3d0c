"""The hand model: MakeHuman's left hand and forearm with a skeleton of fingers, and smooth subdivision.

Data: `data/hand.npz`, made by `scripts/extract_hand.py` from CC0 data (`data/LICENSE.md`). The hand's own frame:
metres, the wrist at the origin, x to the middle finger's knuckle, y to the thumb's side, z out of the palm. Only left
hands are modelled: a right one is a left one in a mirrored world.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.subdivision import refine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scipy.sparse import csr_array

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

DATA = Path(__file__).parents[1] / "data" / "hand.npz"
# Years of the four age shapes, as in the head.
_AGES, _AGE_NAMES = (1.0, 11.0, 22.0, 88.0), ("baby", "child", "young", "old")
# Length from wrist to the middle finger's tip by the height of the head, for years; grown women have smaller hands.
_GROWTH = ((1.0, 3.0, 6.0, 11.0, 16.0, 20.0), (0.56, 0.60, 0.655, 0.71, 0.755, 0.775))
_MALE, _FEMALE = 1.03, 0.97
HEAD_HEIGHT = 0.232
FINGERS = 5


@dataclass(frozen=True, slots=True)
class Bend:
    """Angles in degrees. `flexion` (5, 3): thumb to little finger, each joint from the palm outwards, 0 is straight;
    `spread` (5,): sideways at the first joint, positive to the thumb's side, 0 is straight on, for the thumb as it
    rests; `opposition`: turn of the thumb before the palm; `wrist` (3,): unit direction from wrist to elbow in the
    hand's frame.
    """

    flexion: Floats
    spread: Floats
    opposition: float
    wrist: Floats

    @classmethod
    def flat(cls) -> Bend:
        """A stretched hand with the thumb beside it."""
        return cls(np.zeros((FINGERS, 3)), np.zeros(FINGERS), 0.0, np.array([-1.0, 0.0, 0.0]))


@dataclass(frozen=True, slots=True, eq=False)
class Bones:
    """A hand's size: un-posed coarse vertices `points` (n, 3), `places` (5, 4, 3): joints and tip of every finger,
    `axes` (5, 3): the axis of each finger's flexion, `rest` (5, 3) and `aside` (5,): the flexion and spread in
    degrees that `points` have, `elbow` (3,), `length`: from the wrist to the tip of the middle finger.
    """

    points: Floats
    places: Floats
    axes: Floats
    rest: Floats
    aside: Floats
    elbow: Floats
    length: float


@dataclass(frozen=True, slots=True, eq=False)
class HandModel:
    """The loaded data. `weights` (n, 17) of the coarse vertices for forearm, hand and three bones of every finger;
    `matrix` to the fine vertices, `faces` (m, 3) their triangles, `uv` (k, 2) with `source` (k,): the fine vertex at
    each texture coordinate, of which `faces` speak; `nails` (n,): 0 to 1; `tall`: height of the texture by its width.
    """

    names: tuple[str, ...]
    shapes: Floats
    joints: Mapping[str, int]
    weights: Floats
    matrix: csr_array
    faces: Ints
    uv: Floats
    source: Ints
    nails: Floats
    tall: float

    @classmethod
    def load(cls, path: Path = DATA) -> HandModel:
        """Read the data file and prepare the subdivision."""
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        weights = arrays["weights"] / arrays["weights"].sum(axis=1, keepdims=True, dtype=np.float64)
        quads = arrays["quads"].astype(np.int64)
        matrix, fine = refine(quads, len(weights), levels=2)
        uv = _finer(_finer(arrays["corner_uv"] / 65535))
        # A vertex on a seam of the texture is repeated for every place that it has there.
        keys = np.concatenate([fine.reshape(-1, 1), np.rint(uv.reshape(-1, 2) * 65535).astype(np.int64)], axis=1)
        unique, corner = np.unique(keys, axis=0, return_inverse=True)
        corner = corner.reshape(-1, 4)
        return cls(
            names=tuple(map(str, arrays["names"])),
            shapes=arrays["shapes"] * float(arrays["step"]),
            joints={str(name): len(weights) + i for i, name in enumerate(arrays["joints"])},
            weights=weights,
            matrix=matrix,
            faces=np.concatenate([corner[:, [0, 1, 2]], corner[:, [0, 2, 3]]]),
            uv=unique[:, 1:] / 65535,
            source=unique[:, 0],
            nails=arrays["nails"] / 255,
            tall=float(arrays["tall"]),
        )

    def bones(self, age: float, male: float, scale: float) -> Bones:
        """The hand of somebody of that age (years), sex (0 to 1) and scale of the head."""
        points = np.zeros(self.shapes.shape[1:])
        for sex, share in (("female", 1 - male), ("male", male)):
            for name, weight in zip(_AGE_NAMES, _hats(age), strict=True):
                points += share * weight * self.shapes[self.names.index(f"{sex}-{name}")]
        sexed = np.interp(age, (8, 20), (1.0, male * _MALE + (1 - male) * _FEMALE))
        length = HEAD_HEIGHT * scale * float(np.interp(age, *_GROWTH) * sexed)
        points *= length / np.linalg.norm(points[self.joints["finger-3-4"]])
        names = [[f"finger-{i}-{k}" for k in (1, 2, 3, 4)] for i in range(1, 6)]
        places = np.array([[points[self.joints[name]] for name in row] for row in names])
        steps = np.diff(places, axis=1)
        steps /= np.linalg.norm(steps, axis=2, keepdims=True)
        axes = np.cross(steps[:, 0], steps[:, 2])
        axes /= np.linalg.norm(axes, axis=1, keepdims=True)
        first = np.degrees(np.arcsin(steps[:, 0, 2]))
        first[0] = 0.0
        inner = np.degrees(np.arccos(np.clip((steps[:, 1:] * steps[:, :-1]).sum(axis=2), -1, 1)))
        rest = np.concatenate([first[:, None], inner], axis=1)
        aside = np.degrees(np.arctan2(steps[:, 0, 1], steps[:, 0, 0]))
        aside[0] = 0.0
        return Bones(points[: len(self.weights)], places, axes, rest, aside, points[self.joints["elbow"]], length)

    def posed(self, bones: Bones, bend: Bend) -> Floats:
        """Fine vertices (n, 3) in the hand's frame."""
        moves = transforms(bones, bend)
        blend = np.einsum("nb,bij->nij", self.weights, moves[:, :3])
        coarse = np.einsum("nij,nj->ni", blend[:, :, :3], bones.points) + blend[:, :, 3]
        return np.asarray(self.matrix @ coarse)


def transforms(bones: Bones, bend: Bend, fingers: Iterable[int] = range(FINGERS)) -> Floats:
    """Rigid transform (4, 4) of each of the 17 bones, in the hand's frame; only these fingers are bent."""
    from scipy.spatial.transform import Rotation

    moves = np.tile(np.eye(4), (2 + 3 * FINGERS, 1, 1))
    neutral = bones.elbow / np.linalg.norm(bones.elbow)
    moves[0, :3, :3] = swing(neutral, bend.wrist)
    for finger in fingers:
        axis = bones.axes[finger]
        angles = np.radians(bend.flexion[finger] - bones.rest[finger])
        turns = Rotation.from_rotvec(axis * angles[:, None]).as_matrix()
        first = Rotation.from_rotvec([0.0, 0.0, np.radians(bend.spread[finger] - bones.aside[finger])]).as_matrix()
        if finger == 0:
            first = first @ Rotation.from_rotvec([np.radians(bend.opposition), 0.0, 0.0]).as_matrix()
        turns[0] = first @ turns[0]
        chain = np.eye(4)
        for k in range(3):
            step = np.eye(4)
            step[:3, :3] = turns[k]
            step[:3, 3] = bones.places[finger, k] - turns[k] @ bones.places[finger, k]
            chain = chain @ step
            moves[2 + 3 * finger + k] = chain
    return moves


def swing(a: Floats, b: Floats) -> Floats:
    """The smallest rotation (3, 3) that takes the unit vector `a` to `b`."""
    cross, cosine = np.cross(a, b), float(a @ b)
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / max(1 + cosine, 1e-6))


@lru_cache(maxsize=1)
def hand_model() -> HandModel:
    """The model of this process: loaded when the first hand is asked for."""
    return HandModel.load()


def _hats(age: float) -> list[float]:
    """Weights of the four age shapes."""
    place = float(np.interp(age, _AGES, (0, 1, 2, 3)))
    return [max(0.0, 1 - abs(place - i)) for i in range(4)]


def _finer(uv: Floats) -> Floats:
    """Texture coordinates (n, 4, 2) of the quads of one step of subdivision, in its order, (4 n, 4, 2)."""
    after, before = np.roll(uv, -1, axis=1), np.roll(uv, 1, axis=1)
    centre = np.broadcast_to(uv.mean(axis=1, keepdims=True), uv.shape)
    corners = np.stack([uv, (uv + after) / 2, centre, (uv + before) / 2], axis=2)
    return corners.reshape(-1, 4, 2)
