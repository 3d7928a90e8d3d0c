"""The hand model and hands on faces: joints bend the right way, nothing is pierced, the face is covered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from scipy.spatial import ConvexHull, Delaunay

from agfd.generate.render.body import gestures
from agfd.generate.render.body.contact import Field, touchable
from agfd.generate.render.body.hand import Bend, hand_model, transforms
from agfd.generate.render.body.head import HeadModel, Pose, Shape
from agfd.generate.render.hair.pressed import lift, pressed
from agfd.generate.render.picture.trace import Curves
from agfd.generate.render.scene.camera import portrait
from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agfd.generate.render.body.gestures import Arm, Gesture
    from agfd.generate.render.body.head import Head

WHITE = (0.05, 0.05, 0.9)
PEOPLE: tuple[tuple[Shape, Pose], ...] = (
    (Shape(30, 0, WHITE), Pose()),
    (Shape(8, 1, (0.8, 0.1, 0.1)), Pose(25, -8, 4)),
    (Shape(75, 1, WHITE), Pose(-20)),
    (Shape(45, 0, WHITE), Pose(-65)),
)


class Reached(NamedTuple):
    """A hand on a head: its arm, and its vertices (n, 3) in the world."""

    head: Head
    arm: Arm
    vertices: NDArray[np.float64]
    gesture: Gesture


def reached(model: HeadModel, person: int, gesture: Gesture) -> Reached:
    """The hand of a gesture on one of `PEOPLE`."""
    shape, pose = PEOPLE[person]
    head, hand = model.shape(shape, pose=pose), hand_model()
    side = gestures.side_of(person == 0, pose.yaw)
    bones = hand.bones(shape.age, shape.male, head.scale)
    aim = gestures.target(gesture, head, model, touchable(head, [], np.zeros(len(head.vertices))), side)
    arm = gestures.reached(gesture, aim, hand, bones, stream(5, "hand"))
    return Reached(head, arm, arm.place.out(hand.posed(bones, arm.bend)) * gestures.mirror(side), gesture)


@pytest.fixture(scope="module")
def hands(model: HeadModel) -> dict[str, list[Reached]]:
    """Every gesture on everybody."""
    people = range(len(PEOPLE))
    return {
        word: [reached(model, p, g) for p in people for g in gestures.kinds(word, PEOPLE[p][1].yaw)]
        for word in gestures.GESTURES
    }


@pytest.mark.parametrize("finger", range(5))
@pytest.mark.parametrize("joint", range(3))
def test_flexion_moves_the_tip_to_the_palm(finger: int, joint: int) -> None:
    bones = hand_model().bones(30, 0.5, 1.0)
    flexion = bones.rest.copy()
    tip = np.append(bones.places[finger, 3], 1.0)
    places = []
    for more in (0.0, 30.0):
        flexion[finger, joint] = bones.rest[finger, joint] + more
        places.append(transforms(bones, replace(Bend.flat(), flexion=flexion))[4 + 3 * finger] @ tip)
    moved = (places[1] - places[0])[:3]
    # Fingers bend out of the palm's plane, the thumb across the palm to the little finger.
    assert moved[2] > 0.003 if finger else moved[1] < -0.002


def test_spread_parts_the_fingers_and_opposition_brings_the_thumb_forward() -> None:
    bones = hand_model().bones(30, 0.5, 1.0)
    apart = np.array([0.0, 12.0, 0.0, -12.0, -24.0])
    tips = [
        np.array([(transforms(bones, bend)[4 + 3 * f] @ np.append(bones.places[f, 3], 1.0))[:3] for f in range(5)])
        for bend in (Bend.flat(), replace(Bend.flat(), spread=apart), replace(Bend.flat(), opposition=30.0))
    ]
    assert (np.diff(tips[1][1:, 1]) < np.diff(tips[0][1:, 1]) - 0.005).all()
    assert tips[2][0, 2] > tips[0][0, 2] + 0.008


def test_hands_grow_and_men_have_larger_ones() -> None:
    model = hand_model()
    lengths = [model.bones(age, 0.0, scale).length for age, scale in ((1, 0.75), (6, 0.88), (30, 1.0))]
    assert lengths == sorted(lengths)
    assert 0.095 < lengths[0] < 0.115
    assert model.bones(30, 1.0, 1.0).length > lengths[-1]


@pytest.mark.parametrize("word", ["over face", "over hair"])
def test_hands_touch_and_do_not_pierce(hands: dict[str, list[Reached]], word: str) -> None:
    for hand in hands[word]:
        head = hand.head
        distance = Field.of(head.vertices, head.normals).distance(hand.vertices[::5]) / head.scale
        assert distance.min() > -0.003
        if hand.gesture.touches:
            assert distance.min() < 0.0005
            assert (distance < 0.006).mean() > 0.02


@pytest.mark.parametrize("word", ["over face", "over hair"])
def test_wrists_bend_as_wrists_can(hands: dict[str, list[Reached]], word: str) -> None:
    for hand in hands[word]:
        x, y, z = hand.arm.bend.wrist
        assert abs(np.degrees(np.arctan2(z, -x))) < 65
        assert abs(np.degrees(np.arctan2(y, np.hypot(x, z)))) < 35


def test_a_hand_over_the_face_covers_a_good_part_of_it(model: HeadModel, hands: dict[str, list[Reached]]) -> None:
    template = model.fine_template
    front = (template[:, 2] > 0.617) & (template[:, 2] < 0.795) & (template[:, 1] < -0.07)
    grid = np.stack(np.meshgrid(np.arange(0, 256, 4), np.arange(0, 256, 4)), axis=-1).reshape(-1, 2)
    for hand in hands["over face"]:
        camera = portrait(hand.head, (256, 256), stream(1, "camera"))
        outline = camera.project(hand.head.vertices[front])
        face = Delaunay(outline[ConvexHull(outline).vertices])
        inside = {tuple(p) for p in grid[face.find_simplex(grid) >= 0]}
        covered = {tuple(p) for p in (camera.project(hand.vertices) / 4).round().astype(int) * 4}
        assert 0.23 < len(inside & covered) / len(inside) < 0.68


def test_the_same_hand_every_time(model: HeadModel, hands: dict[str, list[Reached]]) -> None:
    first = hands["over face"][0]
    assert np.array_equal(first.vertices, reached(model, 0, first.gesture).vertices)


def test_hair_gives_way_to_a_hand(model: HeadModel) -> None:
    head = model.shape(PEOPLE[0][0])
    crown = head.vertices[head.template_vertices[:, 2] > 0.83]
    middle = np.array([0.0, -0.05, 0.745])
    away = crown - middle
    # Hairs that stand 3 cm off the crown, and a hand 1 cm above it.
    strands = np.stack([middle + away * (1 + 0.03 / 0.1 * k / 5) for k in range(6)], axis=1).astype(np.float32)
    curves = Curves(
        strands, np.full(strands.shape[:2], 1e-4, np.float32), {}, np.zeros(3, np.float32), "hair", smooth=False
    )
    assert lift(head, [curves]).max() > 0.005
    (given,) = pressed([curves], head, middle + away * 1.1, np.zeros(len(away)), stream(1, "hand"))
    assert isinstance(given, Curves)
    height = np.linalg.norm(given.points[:, -1] - middle, axis=1) / np.linalg.norm(away, axis=1)
    assert np.median(height) == pytest.approx(1.09, abs=0.012)
    assert given.points[:, 0] == pytest.approx(strands[:, 0])
