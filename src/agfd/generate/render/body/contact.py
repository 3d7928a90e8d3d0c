"""Where a hand meets a head: a distance field of what can be touched, and fingers that close until they touch.

The closing follows the simplest rule of robotic grasping: every joint, from the palm outwards, bends until its finger
touches (Miller and Allen, "GraspIt!", IEEE Robotics and Automation Magazine, 2004).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.hand import FINGERS, Bend, Bones, HandModel, transforms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agfd.generate.render.body.head import Head
    from agfd.generate.render.picture.trace import Thing

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Limits: TypeAlias = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]

# Parts that a hand touches besides the skin.
_WORN = ("eyewear", "mask", "headwear", "eyes")
# Least and most degrees of the joints of a finger at rest on something, and those of one that finds nothing to touch;
# the thumb's first angle is its opposition.
_FINGER: Limits = ((-22.0, 0.0, -4.0), (52.0, 58.0, 38.0), (16.0, 22.0, 14.0))
_THUMB: Limits = ((-64.0, 4.0, 0.0), (15.0, 34.0, 36.0), (-20.0, 14.0, 10.0))
# How much further than its neighbour a finger bends at the knuckle.
_TOGETHER = 13.0


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Points (n, 3) of a closed surface with outward normals, in a tree."""

    tree: Any
    points: Floats
    normals: Floats

    @classmethod
    def of(cls, points: NDArray[np.floating], normals: NDArray[np.floating]) -> Field:
        """The field of a cloud."""
        from scipy.spatial import cKDTree

        places = np.asarray(points, dtype=np.float64)
        return cls(cKDTree(places), places, np.asarray(normals, dtype=np.float64))

    def distance(self, points: Floats) -> Floats:
        """Signed distance (...) of points (..., 3); negative is inside."""
        flat = points.reshape(-1, 3)
        _, nearest = self.tree.query(flat)
        away = np.einsum("ij,ij->i", flat - self.points[nearest], self.normals[nearest])
        return np.asarray(away.reshape(points.shape[:-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a hand is: `turn` (3, 3) from the hand's frame to the world and `origin` (3,) of the wrist."""

    turn: Floats
    origin: Floats

    def out(self, points: Floats) -> Floats:
        """Points (..., 3) of the hand's frame in the world."""
        return np.asarray(points @ self.turn.T + self.origin)


def touchable(head: Head, things: Sequence[Thing], lift: Floats) -> tuple[Floats, Floats]:
    """Points and outward normals (n, 3) of the skin, raised by `lift` (vertices,), and of what is worn."""
    from agfd.generate.render.picture.trace import Mesh

    upper = np.flatnonzero(head.template_vertices[:, 2] > 0.58)
    normals = head.normals[upper].astype(np.float64)
    clouds = [(head.vertices[upper] + normals * lift[upper, None], normals)]
    middle = head.carried(np.array([0.0, -0.05, 0.73])).astype(np.float64)
    for thing in things:
        if isinstance(thing, Mesh) and thing.part in _WORN:
            points = _sampled(thing.vertices, thing.faces, 0.004 * head.scale)
            # Lenses and straps are no closed surfaces: away from the skull is outside.
            away = points - middle
            clouds.append((points, away / np.linalg.norm(away, axis=1, keepdims=True)))
    return np.concatenate([c[0] for c in clouds]), np.concatenate([c[1] for c in clouds])


def _sampled(vertices: NDArray[np.floating], faces: NDArray[np.integer], step: float) -> Floats:
    """The vertices, and points inside triangles that are larger than `step`."""
    corners = vertices[faces].astype(np.float64)
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    points = [vertices.astype(np.float64)]
    for count in (2, 4, 8, 16):
        chosen = corners[(edges > step * count / 2) & ((edges <= step * count) | (count == 16))]
        a, b = np.meshgrid(np.arange(count + 1) / count, np.arange(count + 1) / count)
        inside = a + b <= 1
        shares = np.stack([a[inside], b[inside], 1 - a[inside] - b[inside]], axis=1)
        points.append(np.einsum("ki,fic->fkc", shares, chosen).reshape(-1, 3))
    return np.concatenate(points)


def pads(model: HandModel, bones: Bones) -> list[Ints]:
    """Numbers of the coarse vertices on the inner side of every bone of the fingers."""
    owner, found = model.weights.argmax(axis=1), []
    for bone in range(2, 2 + 3 * FINGERS):
        own = np.flatnonzero(owner == bone)
        finger, k = divmod(bone - 2, 3)
        inner = np.cross(bones.axes[finger], bones.places[finger, k + 1] - bones.places[finger, k])
        middle = bones.places[finger, k : k + 2].mean(axis=0)
        # Every third is dense enough: they lie two millimetres apart.
        found.append(own[(bones.points[own] - middle) @ inner > 0][::3])
    return found


def palm_points(model: HandModel, bones: Bones) -> Floats:
    """Points (n, 3) of the palm, some two millimetres apart."""
    fine, owner = model.matrix @ bones.points, (model.matrix @ model.weights).argmax(axis=1)
    return np.asarray(fine[(owner == 1) & (fine[:, 2] > 0) & (fine[:, 0] > 0.06 * bones.length)][::4])


def limit_points(model: HandModel, bones: Bones) -> Floats:
    """Where the coarse vertices lie on the smooth surface, un-posed."""
    return np.asarray(model.matrix[: len(bones.points)] @ bones.points)


def seated(place: Place, palm: Floats, field: Field, away: Floats, press: float) -> Place:
    """Move a hand along `away` until the palm's points (n, 3), in its frame, touch the field by `press` at most."""
    origin = place.origin
    for _ in range(6):
        gap = float(field.distance(palm @ place.turn.T + origin).min()) + press
        origin = origin - away * gap
        if abs(gap) < 2e-4:
            break
    return replace(place, origin=origin)


def closed(model: HandModel, bones: Bones, bend: Bend, place: Place, field: Field, press: float) -> Bend:
    """`bend` with the four fingers and the thumb bent until they touch the field, by `press` metres at most."""
    points, inner = limit_points(model, bones), pads(model, bones)
    solved = bend
    for finger in range(FINGERS):
        rows = inner[3 * finger : 3 + 3 * finger]
        owners = np.concatenate([np.full(len(r), 2 + 3 * finger + k) for k, r in enumerate(rows)])
        pad = points[np.concatenate(rows)]

        def gap(tries: Floats, pad: Floats = pad, owners: Ints = owners, finger: int = finger) -> Floats:
            """Least distance (tries,) of the finger with these bends (tries, 3)."""
            moves = [transforms(bones, _with(bend, finger, angles), (finger,))[owners] for angles in tries]
            placed = [np.einsum("nij,nj->ni", m[:, :3, :3], pad) + m[:, :3, 3] for m in moves]
            return np.asarray(field.distance(place.out(np.array(placed))).min(axis=1))

        start = np.array([bend.opposition if finger == 0 else bend.flexion[finger, 0], *bend.flexion[finger, 1:]])
        solved = _with(solved, finger, _bent(gap, start, press, _THUMB if finger == 0 else _FINGER))
    return replace(solved, flexion=_together(solved.flexion))


def clearance(model: HandModel, bones: Bones, bend: Bend, place: Place, field: Field) -> float:
    """The least distance of the fingers' inner sides from the field, metres; negative is inside."""
    points, inner = limit_points(model, bones), pads(model, bones)
    rows, owners = np.concatenate(inner), np.repeat(np.arange(2, 2 + len(inner)), [len(r) for r in inner])
    moves = transforms(bones, bend)[owners]
    placed = np.einsum("nij,nj->ni", moves[:, :3, :3], points[rows]) + moves[:, :3, 3]
    return float(field.distance(place.out(placed)).min())


def _with(bend: Bend, finger: int, angles: Floats) -> Bend:
    """`bend` with one finger's three angles; the first of the thumb is its opposition."""
    flexion = bend.flexion.copy()
    flexion[finger] = angles
    if finger:
        return replace(bend, flexion=flexion)
    flexion[0, 0] = bend.flexion[0, 0]
    return replace(bend, flexion=flexion, opposition=float(angles[0]))


def _bent(gap: Callable[[Floats], Floats], start: Floats, press: float, limits: Limits) -> Floats:
    """Angles (3,) of one finger: each joint bends until the finger touches."""
    least, most, relaxed = limits
    angles, touched = start.copy(), False
    for joint in range(3):
        low, high = least[joint], most[joint]
        for step in (6.0, 1.5):
            tries = np.tile(angles, (int((high - low) / step) + 1, 1))
            tries[:, joint] = low + step * np.arange(len(tries))
            if joint == 1:
                tries[:, 2] = 0.6 * tries[:, 1]
            free = gap(tries) > -press
            blocked = len(tries) if free.all() else int(np.argmin(free))
            touched = touched or blocked < len(tries)
            angles = tries[max(blocked - 1, 0)]
            low, high = angles[joint], min(high, angles[joint] + step)
        if joint == 0 and not touched:
            angles[0] = start[0]
    return angles if touched else np.array(relaxed)


def _together(flexion: Floats) -> Floats:
    """Knuckles of neighbours bend alike: who bends much more than a neighbour bends less, which touches nothing new."""
    out = flexion.copy()
    for _ in range(3):
        for finger in range(1, FINGERS):
            around = [out[i, 0] for i in (finger - 1, finger + 1) if 1 <= i < FINGERS]
            out[finger, 0] = min(out[finger, 0], min(around) + _TOGETHER)
    return out
