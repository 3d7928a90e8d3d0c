"""A hand that is asked for: gesture, contact, skin and sleeve become things before the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body import gestures, hand_skin
from agfd.generate.render.body.contact import touchable
from agfd.generate.render.body.hand import hand_model
from agfd.generate.render.body.head import normals
from agfd.generate.render.hair.pressed import lift, pressed
from agfd.generate.render.picture import trace
from agfd.generate.render.skin import skin
from agfd.generate.render.streams import stream
from agfd.generate.render.worn import clothes, sleeve

if TYPE_CHECKING:
    from agfd.generate.render.body.gestures import Arm
    from agfd.generate.render.body.hand import Bones
    from agfd.generate.render.body.head import Head, HeadModel
    from agfd.generate.render.person import Person
    from agfd.generate.render.picture.trace import Thing

Floats: TypeAlias = NDArray[np.float64]

# Length of the hand on which the texture was measured, metres.
_ADULT = 0.1798
# How much of the forearm is bare, from the wrist: with what chance up to here, and between which shares.
_CUFFS = ((0.5, 0.05, 0.12), (0.8, 0.30, 0.55), (1.0, 0.62, 0.75))


def with_hand(
    word: str, things: list[Thing], head: Head, model: HeadModel, sitter: Person, scene: tuple[int, float, int]
) -> list[Thing]:
    """`things` and the hand of the attribute `hand` (`over face`, `over hair`), before which hair gives way.

    `scene`: its seed, the head's yaw in degrees and the width of the face's texture, from which follows the hand's.
    """
    seed, yaw, texels = scene
    rng = stream(seed, "hand")
    left, which = rng.random() < 0.5, float(rng.random())
    side = gestures.side_of(left, yaw)
    kinds = gestures.kinds(word, yaw)
    gesture = kinds[int(which * len(kinds))]
    hand = hand_model()
    bones = hand.bones(sitter.age, 1.0 if sitter.male else 0.0, head.scale)
    aim = gestures.target(gesture, head, model, touchable(head, things, lift(head, things)), side)
    arm = gestures.reached(gesture, aim, hand, bones, rng)
    vertices = arm.place.out(hand.posed(bones, arm.bend)) * gestures.mirror(side)
    reach = np.clip(((hand.matrix @ bones.points)[:, 0] / bones.length - 0.62) / 0.35, 0, 1)
    reach *= word == "over hair"
    clothed = _clothed(arm, vertices.astype(np.float32), bones, sitter, (seed, texels))
    # Of the sleeve, the half around the forearm moves hair.
    cloth = clothed[1].vertices[len(clothed[1].vertices) // 2 :]
    touching = np.concatenate([vertices, cloth]), np.concatenate([reach, np.zeros(len(cloth))])
    return [*pressed(things, head, *touching, rng), *clothed]


def _clothed(
    arm: Arm, vertices: NDArray[np.float32], bones: Bones, sitter: Person, scene: tuple[int, int]
) -> tuple[trace.Mesh, trace.Mesh]:
    """The hand with its forearm, and the sleeve."""
    seed, texels = scene
    hand, rng, scale = hand_model(), stream(seed, "sleeve"), bones.length / _ADULT
    kind, share = rng.random(), rng.random()
    cuff = next(low + (high - low) * share for most, low, high in _CUFFS if kind < most)
    still = hand.matrix @ bones.points
    up_arm = (still @ bones.elbow) / (bones.elbow @ bones.elbow)
    faces = hand.faces if arm.side > 0 else hand.faces[:, ::-1]
    smooth = normals(vertices, hand.source[faces])[hand.source]
    faces = faces[(up_arm[hand.source] < cuff + 0.09)[faces].all(axis=1)]
    painted = hand_skin.paint(sitter, hand_skin.canvas(texels * 3 // 5), stream(sitter.seed, "hand skin"))
    material, uv = skin.surface(painted, scale), hand.uv.astype(np.float32)
    bare = trace.Mesh(vertices[hand.source], faces, smooth, material, painted.albedo, "hand", uv)
    flip = gestures.mirror(arm.side)
    joints = (arm.shoulder * flip, arm.elbow * flip, arm.place.origin * flip)
    cut = clothes.garment(stream(sitter.seed, "clothes"))
    return bare, sleeve.sleeve(joints, (cuff, _girth(still, up_arm, bones)), cut, rng, scale)


def _girth(still: Floats, up_arm: Floats, bones: Bones) -> Floats:
    """Radius of the forearm at even steps from wrist to elbow."""
    axis = bones.elbow / np.linalg.norm(bones.elbow)
    radius = np.linalg.norm(still - np.outer(still @ axis, axis), axis=1)
    steps = np.linspace(0.04, 0.96, 9)
    return np.array([np.percentile(radius[np.abs(up_arm - step) < 0.06], 97) for step in steps])
