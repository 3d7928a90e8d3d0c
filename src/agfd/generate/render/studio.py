"""One shot: a person, a scene and what was asked of them become pixels and their truth."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body import arms, brows, expression, eyes, mouth
from agfd.generate.render.body.head import Head, HeadModel, Pose
from agfd.generate.render.body.landmarks import EYES
from agfd.generate.render.generator import Quality, plain
from agfd.generate.render.hair import facial_hair, hairdo
from agfd.generate.render.person import Person, person
from agfd.generate.render.picture import compose, film, focus, glass, trace
from agfd.generate.render.picture.color import LUMINANCE
from agfd.generate.render.picture.guide import Guide, guide
from agfd.generate.render.scene import dome
from agfd.generate.render.scene.backgrounds import background
from agfd.generate.render.scene.camera import Camera, portrait
from agfd.generate.render.scene.lights import emitters, light_rig
from agfd.generate.render.scene.underwater import Water
from agfd.generate.render.skin import makeup, marks, skin, texture
from agfd.generate.render.streams import stream
from agfd.generate.render.truth.known import Scene, truth
from agfd.generate.render.worn import clothes, facewear, headwear

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agfd.generate.render.skin.texture import Canvas
    from agfd.records import Truth, Value

    # The seeds of person and scene, what was asked besides light and place, width and height in pixels, and the hairs
    # on a full head: all that a stage depends on.
    Cue: TypeAlias = tuple[int, int, frozenset[tuple[str, Value]], tuple[int, int], int]

Floats: TypeAlias = NDArray[np.float32]

# Luminance of the skin for which the lights are exposed, and how far the exposure follows another one.
_MIDDLE_SKIN, _METERING = 0.32, 0.35
# How much wider the picture is for hair that stands off the head.
_ROOM = {"afro": 1.14, "curls": 1.06, "bun": 1.05}
# What does not change who stands how before the camera, and how many stages are kept.
_PASSING, _KEPT = ("light", "scene"), 2
# From what mean over the picture of hair's share times its luminance on as many paths as possible are followed.
_LIGHT_HAIR = 0.06
# Standard deviations in degrees of a pose that nobody asked for, as a sitter's before a camera.
_NATURAL = {"yaw": 3.5, "pitch": 2.5, "roll": 1.8}


@dataclass(frozen=True, slots=True)
class Shot:
    """`pixels` uint8 (h, w, 3) sRGB, and what is true of them."""

    pixels: NDArray[np.uint8]
    truth: Truth


@dataclass(frozen=True, slots=True)
class Stage:
    """Who stands how before which camera: all of a shot that neither light nor place changes. Its arrays are read-only,
    because the pictures of a person in other light share them.
    """

    sitter: Person
    pose: Pose
    look: tuple[float, float]
    head: Head
    camera: Camera
    things: tuple[trace.Thing, ...]
    guide: Guide


@dataclass(frozen=True, slots=True, eq=False)
class Studio:
    """What all shots of a process share. `kept`: the last few stages by what they were made of, the newest last."""

    model: HeadModel
    canvas: Canvas
    kept: dict[Cue, Stage] = field(default_factory=dict)

    @classmethod
    def open(cls, texels: int) -> Studio:
        """Load the model and the texture space; start the ray tracer."""
        model = HeadModel.load()
        trace.mitsuba()
        return cls(model, texture.canvas(model, texels))

    def shoot(
        self,
        who: int,
        where: int,
        asked: Mapping[str, Value],
        size: tuple[int, int],
        quality: Quality,
        truths: Sequence[str] = (),
    ) -> Shot:
        """The picture of the seeds `who` and `where` with the asked attributes; `size`: width, height in pixels.

        `truths`: what is wanted besides, of `agfd.vocabulary.TRUTHS`.
        """
        lasting = frozenset((name, value) for name, value in asked.items() if name not in _PASSING)
        stage = self._staged((who, where, lasting, size, quality.strands))
        head, camera = stage.head, stage.camera
        words = plain(asked) | dict(stage.sitter.attributes)
        rig = dome.gathered(light_rig(str(words["light"]), stream(where, "light"), head.scale))
        noise = int(stream(where, "noise").integers(1 << 32))
        sensor = trace.sensor(camera.plugin(), size, _paths(stage.guide, quality))
        traced = trace.trace(stage.things, dict(emitters(rig)), sensor, seed=noise, depth=quality.depth)
        traced = glass.mirrored(traced, stage.things, camera, rig.environment)
        behind = background(str(words["scene"]), str(words["light"]), (size[1], size[0]), stream(where, "background"))
        exposure = rig.exposure * _metered(makeup.melanin(str(words["makeup"]), stage.sitter))
        gain = (exposure * rig.white_balance).astype(np.float32)
        light = compose.light(traced, gain, behind, stage.guide)
        lens = focus.Focus.on(_nearer_eye(head) - camera.position[1], camera, quality.film.depth_of_field)
        light = focus.focused(light, stage.guide.distance, lens)
        if words["scene"] == "under water":
            water = Water(camera.project(head.landmarks), stream(where, "water"))
            light = water.seen(light, np.clip(traced[..., 3:], 0, 1), stage.guide.normal)
        pixels = compose.encode(film.developed(light, stream(where, "grain"), quality.film))
        words |= {"yaw": stage.pose.yaw, "pitch": stage.pose.pitch, "roll": stage.pose.roll}
        whole = Scene(head, camera, stage.things, rig, stage.look, words)
        return Shot(pixels, truth(whole, self.model, self.canvas.copies, truths))

    def _staged(self, cue: Cue) -> Stage:
        """The stage of a cue, made now or kept."""
        stage = self.kept.pop(cue, None)
        if stage is None:
            # Room is made first: what is forgotten and what is made never need memory together.
            while len(self.kept) >= _KEPT:
                del self.kept[next(iter(self.kept))]
            stage = self._stage(cue)
        self.kept[cue] = stage
        return stage

    def _stage(self, cue: Cue) -> Stage:
        who, where, lasting, size, strands = cue
        asked = dict(lasting)
        sitter = person(who, asked)
        words = {name: value for name, value in plain(asked).items() if name not in _PASSING}
        words |= sitter.attributes
        pose = _pose(asked, stream(where, "pose"))
        look = _look(str(words["gaze"]), stream(where, "look"))
        acting = expression.actions(
            str(words["expression"]), str(words["mouth"]), str(words["eyes"]), stream(where, "expression")
        )
        if words["eyes"] != "closed":
            for name, weight in expression.lids_of_look(*look).items():
                acting[name] = acting.get(name, 0.0) + weight
        head = self.model.shape(sitter.shape, acting, pose)
        topped = headwear.worn_by(head, sitter, str(words["headwear"]))
        room = _ROOM.get(str(words["hair_style"]), 1.0)
        camera = portrait(head, size, stream(where, "camera"), room, topped.points(head))
        pixel = camera.pixel * float(head.landmarks[:, 1].mean() - camera.position[1])
        things = self._things(head, sitter, words, (acting, look, topped), (strands, pixel), where)
        if words["hand"] != "none":
            scene = (where, pose.yaw, self.canvas.shape[1])
            things = arms.with_hand(str(words["hand"]), things, head, self.model, sitter, scene)
        told = guide(things, camera)
        for shared in (head, told, *things):
            _freeze(shared)
        return Stage(sitter, pose, look, head, camera, tuple(things), told)

    def _things(
        self,
        head: Head,
        sitter: Person,
        words: Mapping[str, Value],
        mien: tuple[Mapping[str, float], tuple[float, float], headwear.Worn],
        fineness: tuple[int, float],
        where: int,
    ) -> list[trace.Thing]:
        """Everything that stands before the camera; `words`: every lasting one; `mien`: actions, look and headwear;
        `fineness`: hairs on a full head, and the width of a pixel at the head in metres.
        """
        strands, pixel = fineness
        model, worn = self.model, str(words["makeup"])
        acting, look, topped = mien
        cut = clothes.garment(stream(sitter.seed, "clothes"))
        hidden = clothes.covered(model, cut)
        cavity = (model.fine_masks["inside-mouth"][model.faces] > 0.5).all(axis=1)
        grown, cover = hairdo.hair(head, sitter, strands, topped.covering)
        beard, shade = facial_hair.whiskers(head, model, sitter, strands, words["mask"] != "none")
        paint = skin.paint(sitter, self.canvas, _strain(acting, sitter.age), np.maximum(cover, shade))
        paint = marks.applied(str(words["marks"]), paint, self.canvas, sitter)
        paint = makeup.applied(worn, paint, self.canvas, sitter, stream(where, "makeup"))
        things: list[trace.Thing] = [skin.shape(head, self.canvas, paint, ~hidden & ~cavity)]
        things.append(mouth.lining(head, model, model.faces[cavity]))
        things += eyes.eyeballs(head, look, sitter)
        if acting.get("jawOpen", 0) + acting.get("mouthUpperUpLeft", 0) + acting.get("mouthLowerDownLeft", 0) > 0.01:
            things += mouth.inside(head, model, sitter)
        closed = acting.get("eyeBlinkLeft", 0.0)
        grown_brows = marks.parted(str(words["marks"]), brows.brows(head, model, sitter), head, sitter)
        tufts = {
            "brows": makeup.dyed(worn, grown_brows, paint, self.canvas),
            "lashes": makeup.mascara(worn, brows.lashes(head, model, sitter, closed)),
        }
        things += [
            trace.Curves(t.points, t.radii, _strand(t.color), np.array(t.color, dtype=np.float32), part)
            for part, t in tufts.items()
        ]
        things.append(clothes.shirt(head, model, cut, stream(sitter.seed, "folds"), stream(sitter.seed, "cloth")))
        on_face, grown = facewear.worn(head, model, sitter, words, grown)
        things += hairdo.curves(grown, "hair", pixel) + hairdo.curves(beard, "facial hair", pixel)
        things += on_face
        things += topped.things(head)
        return things


def _paths(guide: Guide, quality: Quality) -> int:
    """Paths per pixel: the more light hair fills of the picture, the more, because strands and the gaps between them
    differ most there; dark hair hides its noise.
    """
    luminance = (guide.albedo * np.array(LUMINANCE, dtype=np.float32)).sum(axis=2)
    share = min(float((guide.hair * luminance).mean()) / _LIGHT_HAIR, 1.0)
    return quality.spp + 4 * round(max(quality.hair_spp - quality.spp, 0) * share / 4)


def _nearer_eye(head: Head) -> float:
    """Its y in metres: where a photographer focuses."""
    return float(min(head.landmarks[eye, 1].mean() for eye in EYES))


def _freeze(record: Head | Guide | trace.Thing) -> None:
    """Make the arrays of a record read-only."""
    for part in fields(record):
        value = getattr(record, part.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)


def _metered(melanin: float) -> float:
    """Exposure for this skin by the exposure for a middle one: a camera meters the face, and gives in only halfway."""
    luminance = float(skin.tone(melanin) @ np.array(LUMINANCE, dtype=np.float32))
    return float((luminance / _MIDDLE_SKIN) ** -_METERING)


def _strand(color: tuple[float, float, float]) -> dict[str, Any]:
    base = {"type": "rgb", "value": list(color)}
    return {"type": "diffuse", "reflectance": base}


def _pose(asked: Mapping[str, Value], rng: np.random.Generator) -> Pose:
    """The asked angles; an angle that was not asked for is drawn near zero."""
    drawn = {name: float(np.clip(rng.normal(0, d), -2 * d, 2 * d)) for name, d in _NATURAL.items()}
    return Pose(**{name: float(asked.get(name, value)) for name, value in drawn.items()})


def _look(gaze: str, rng: np.random.Generator) -> tuple[float, float]:
    """Degrees to the viewer's right and up, in the head's frame."""
    right, up = expression.LOOKS[gaze]
    return right + float(rng.normal(0, 1.5)), up + float(rng.normal(0, 1.0))


def _strain(acting: Mapping[str, float], age: float) -> dict[str, float]:
    """How much each group of furrows is folded by the expression; the full cheeks of children are not."""
    get = acting.get
    grown = float(np.clip((age - 6) / 16, 0.05, 1))
    down = max(get("browDownLeft", 0), 0)
    strain = {
        "forehead": max(get("browInnerUp", 0), get("browOuterUpLeft", 0) - down, 0),
        "glabella": 1.9 * down,
        "eyes": 0.5 * get("cheekSquintLeft", 0) + 0.3 * get("eyeSquintLeft", 0),
        "cheeks": 0.6 * max(get("mouthSmileLeft", 0), get("noseSneerLeft", 0)),
    }
    return {name: value * grown for name, value in strain.items()}
