"""Hands before the face and in the hair: which gesture, where, with which side's arm.

A gesture is described for the left hand in the un-posed head's directions on the template; the right hand is its mirror
image. What rests on the head is placed on the posed surface, so it turns with the head; the forearm then comes from the
shoulder the way that bends the wrist least.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.contact import Field, Place, clearance, closed, palm_points, seated
from agfd.generate.render.body.hand import Bend, Bones, HandModel

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head, HeadModel

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gesture:
    """`anchor`: template point that the hand's middle line touches at the share `grip` of its length from the wrist;
    `fingers`: direction in which they point; `spread`: range of degrees between neighbours; `thumb`: degrees that it
    stands off; `turn`: most degrees that the hand may turn on the surface to spare the wrist; `elbow`: degrees outwards
    from hanging at which it likes to be; `touches`: rests on the head, else it is held between head and camera with
    the palm to the front.
    """

    anchor: tuple[float, float, float]
    grip: float
    fingers: tuple[float, float, float]
    spread: tuple[float, float]
    thumb: float
    turn: float
    elbow: float = 20.0
    touches: bool = True


GESTURES = {
    "over face": (
        # On the mouth; on eyes and brow from the side; the face in the palm; fingers fanned out; keeping a camera off.
        Gesture((0.004, -0.155, 0.650), 0.53, (-0.84, 0.05, 0.48), (0, 3), -10, 20),
        Gesture((0.004, -0.150, 0.726), 0.62, (-0.75, 0.10, 0.65), (0, 5), -12, 20),
        Gesture((0.006, -0.158, 0.700), 0.48, (-0.35, 0.10, 0.93), (1, 6), -10, 25),
        Gesture((0.006, -0.158, 0.708), 0.56, (-0.30, 0.10, 0.95), (10, 15), 5, 25),
        Gesture((0.004, -0.168, 0.690), 0.55, (-0.14, 0.00, 0.99), (4, 13), 8, 25, touches=False),
    ),
    "over hair": (
        # On the temple; from the forehead into the hair; on the crown.
        Gesture((0.055, -0.100, 0.800), 0.50, (-0.45, 0.35, 0.80), (3, 9), 0, 30, elbow=65),
        Gesture((0.028, -0.118, 0.808), 0.60, (-0.35, 0.60, 0.72), (3, 9), 0, 30, elbow=65),
        Gesture((0.036, -0.108, 0.822), 0.58, (-0.70, 0.10, 0.45), (3, 9), 0, 30, elbow=75),
    ),
}
# Before a face that is turned far: on the cheek that is seen, keeping a camera off.
_ASIDE = (
    Gesture((0.036, -0.132, 0.700), 0.52, (-0.30, -0.20, 0.93), (1, 9), -5, 25),
    Gesture((0.004, -0.168, 0.690), 0.55, (-0.14, 0.00, 0.99), (4, 13), 8, 25, touches=False),
)
# Wrist: degrees to the palm, to the back, to the thumb's and the little finger's side before it looks strained.
_FLEX, _EXTEND, _RADIAL, _ULNAR = 40.0, 45.0, 14.0, 26.0
_UPPER_ARM = 1.62
# Steps in degrees in which the elbow may go round the line from shoulder to wrist, from hanging down outwards.
_ROUND = np.arange(-40.0, 121.0, 10.0)
PRESS = 0.001
# Beyond this turn of the head, in degrees, the hand is on the side that the camera sees.
_TURNED = 12.0
# Beyond this one the front of the face is no longer what it sees.
_PROFILE = 42.0


@dataclass(frozen=True, slots=True)
class Target:
    """What a hand reaches for, in the world that is mirrored if `side` is -1: the `field` of what can be touched, the
    anchor `point` and outward `normal`, the direction of the `fingers`, the `shoulder`, (3,) each; `scale` of the head.
    """

    side: int
    field: Field
    point: Floats
    normal: Floats
    fingers: Floats
    shoulder: Floats
    scale: float


@dataclass(frozen=True, slots=True)
class Arm:
    """A hand in the world, mirrored if `side` is -1: its place, its bends, and the joints of its arm (3,)."""

    side: int
    place: Place
    bend: Bend
    elbow: Floats
    shoulder: Floats


def side_of(left: bool, yaw: float) -> int:
    """1 for the left hand, -1 for the right one: as drawn, but of a turned head (degrees) the side that is seen."""
    # The head's left side is seen when it turns to the viewer's left.
    return (1 if left else -1) if abs(yaw) < _TURNED else (1 if yaw < 0 else -1)


def kinds(word: str, yaw: float) -> tuple[Gesture, ...]:
    """The gestures of a value of the attribute `hand` for a head turned by `yaw` degrees."""
    return _ASIDE if word == "over face" and abs(yaw) > _PROFILE else GESTURES[word]


def mirror(side: int) -> Floats:
    """The signs (3,) that make the world of the right hand that of a left one."""
    return np.array([float(side), 1.0, 1.0])


def target(gesture: Gesture, head: Head, model: HeadModel, cloud: tuple[Floats, Floats], side: int) -> Target:
    """Where the hand of this side goes for a gesture; `cloud`: points and normals of what can be touched."""
    flip = mirror(side)
    distance = np.linalg.norm(head.template_vertices - np.array(gesture.anchor) * flip, axis=1)
    near = distance < 0.030
    normal = head.normals[near].astype(np.float64).sum(axis=0)
    fingers = (head.head_transform[:3, :3] @ (np.array(gesture.fingers) * flip)) * flip
    if not gesture.touches:
        normal, fingers = np.array([0.0, 1.0, 0.0]), np.array(gesture.fingers)
    field = Field.of(cloud[0] * flip, cloud[1] * flip)
    point = head.vertices[int(distance.argmin())].astype(np.float64) * flip
    if not gesture.touches:
        # Before the middle of what is seen of the face, nearer to the camera than all of it.
        point[0] = head.landmarks[:, 0].mean() * flip[0]
        point[1] = cloud[0][:, 1].min()
    normal = normal / np.linalg.norm(normal) * (flip if gesture.touches else 1)
    return Target(side, field, point, normal, fingers, shoulder(head, model, side), head.scale)


def shoulder(head: Head, model: HeadModel, side: int) -> Floats:
    """The joint of the shoulder in the (mirrored) world."""
    joint = model.template[len(model.weights) + model.joints.index("upperarm01.L" if side > 0 else "upperarm01.R")]
    rest = model.template[np.unique(model.quads["tights"])]
    near = np.argsort(np.linalg.norm(rest - joint, axis=1), kind="stable")[:24]
    return np.asarray((joint + (head.parts["tights"][near] - rest[near]).mean(axis=0)) * mirror(side), dtype=np.float64)


def reached(gesture: Gesture, aim: Target, model: HandModel, bones: Bones, rng: np.random.Generator) -> Arm:
    """The hand of a gesture where it belongs, closed until it touches, with the arm that strains the wrist least."""
    lean, wide, off = rng.uniform(-8, 8), rng.random(), rng.uniform(0.035, 0.065)
    low, high = gesture.spread
    bend = _opened(low + (high - low) * wide, gesture.thumb)
    palm = palm_points(model, bones)
    lengths = (_UPPER_ARM * bones.length, float(np.linalg.norm(bones.elbow)))
    best: tuple[float, Place, Floats] | None = None
    for turn in np.arange(-gesture.turn, gesture.turn + 1, 10.0) + lean:
        place = _placed(gesture, aim, palm, bones, turn, off)
        ways = elbows(place.origin, aim.shoulder, lengths)
        cost = _discomfort(place, ways, aim) + 0.2 * (turn / 20) ** 2 + 0.25 * ((_ROUND - gesture.elbow) / 40) ** 2
        chosen = int(cost.argmin())
        if best is None or cost[chosen] < best[0]:
            best = (float(cost[chosen]), place, ways[chosen])
    assert best is not None
    _, place, elbow = best
    direction = (elbow - place.origin) @ place.turn
    bend = replace(bend, wrist=direction / np.linalg.norm(direction))
    for _ in range(3 if gesture.touches else 0):
        bend = closed(model, bones, bend, place, aim.field, PRESS * aim.scale)
        lack = -clearance(model, bones, bend, place, aim.field) - 2 * PRESS * aim.scale
        if lack <= 0:
            break
        # A finger that cannot bend back far enough lifts the hand off.
        off_skin = aim.normal * (lack + PRESS * aim.scale)
        place, elbow = replace(place, origin=place.origin + off_skin), elbow + off_skin
    return Arm(aim.side, place, bend, elbow, aim.shoulder)


def _placed(gesture: Gesture, aim: Target, palm: Floats, bones: Bones, turn: float, off: float) -> Place:
    """The hand turned by `turn` degrees on the surface, its palm on it, or held `off` metres before it."""
    from scipy.spatial.transform import Rotation

    fingers = Rotation.from_rotvec(-aim.normal * np.radians(turn)).apply(aim.fingers)
    rotation = frame(fingers, -aim.normal)
    point = aim.point if gesture.touches else aim.point - np.array([0.0, off * aim.scale, 0.0])
    place = Place(rotation, point - rotation[:, 0] * gesture.grip * bones.length)
    return seated(place, palm, aim.field, aim.normal, PRESS * aim.scale) if gesture.touches else place


def frame(fingers: Floats, palm: Floats) -> Floats:
    """Rotation (3, 3) of a hand whose fingers point along `fingers`, turned into the plane across `palm`."""
    x = fingers - palm * (fingers @ palm)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(palm, x), palm], axis=1)


def _discomfort(place: Place, ways: Floats, aim: Target) -> Floats:
    """Of the elbows `ways` (n, 3): strain of the wrist, a forearm through the body, an elbow above the wrist."""
    away = ways - place.origin
    directions = away @ place.turn / np.linalg.norm(away, axis=1, keepdims=True)
    along = place.origin + np.array([0.25, 0.5, 0.75, 1.0])[:, None, None] * away
    inside = np.maximum(0.045 * aim.scale - aim.field.distance(along), 0).sum(axis=0)
    above = np.maximum(away[:, 2] + 0.1 * aim.scale, 0)
    return np.asarray(strain(directions) + (2 * inside / 0.01 + 0.3 * above / 0.1) / aim.scale)


def elbows(wrist: Floats, joint: Floats, lengths: tuple[float, float]) -> Floats:
    """Where the elbow of an arm with these lengths (upper, lower) can be, (n, 3), for every angle of `_ROUND`."""
    upper, lower = lengths
    along = wrist - joint
    distance = float(np.linalg.norm(along))
    along = along / distance
    reach = min(distance, 0.985 * (upper + lower))
    # A shoulder follows a hand that is out of reach.
    joint = wrist - along * reach
    share = (upper**2 - lower**2 + reach**2) / (2 * reach)
    radius = np.sqrt(max(upper**2 - share**2, 1e-8))
    down = np.array([0.0, 0.0, -1.0])
    down -= along * (along @ down)
    down /= np.linalg.norm(down)
    side = np.cross(down, along)
    side *= np.sign(side[0]) or 1.0
    angle = np.radians(_ROUND)[:, None]
    return np.asarray(joint + along * share + radius * (np.cos(angle) * down + np.sin(angle) * side))


def strain(directions: Floats) -> Floats:
    """How uncomfortable (n,) a wrist is, for directions (n, 3) to the elbow in the hand's frame."""
    flex = np.degrees(np.arctan2(directions[:, 2], -directions[:, 0]))
    aside = np.degrees(np.arctan2(directions[:, 1], np.hypot(directions[:, 0], directions[:, 2])))
    beyond = np.maximum(flex - _FLEX, 0) + np.maximum(-flex - _EXTEND, 0)
    beyond += 1.3 * (np.maximum(aside - _RADIAL, 0) + np.maximum(-aside - _ULNAR, 0))
    return np.asarray((beyond / 10) ** 2 + 0.15 * (np.abs(flex) + np.abs(aside)) / 30)


def _opened(spread: float, thumb: float) -> Bend:
    """A stretched hand with its fingers `spread` degrees apart and its thumb `thumb` degrees off."""
    flexion = np.array([[0.0, 14.0, 10.0]] + [[8.0, 10.0, 6.0]] * 4)
    apart = np.array([0.0, 0.8, -0.2, -1.0, -2.0]) * spread - 2
    apart[0] = thumb
    return Bend(flexion, apart, 0.0, np.array([-1.0, 0.0, 0.0]))
