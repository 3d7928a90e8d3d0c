"""Hair that is parted and falls: `long`, `bob`, `curls`; and bangs for any cut. See `cuts`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render.hair.cuts import BROWS, Cut, Person, along, curls_of, upward
from agfd.generate.render.hair.scalp import AXIS, Roots
from agfd.generate.render.hair.strands import Curl, Field, Floats, smooth, unit

if TYPE_CHECKING:
    from collections.abc import Callable


def _parted(rng: np.random.Generator, person: Person, parting: Parting, inward: float) -> Callable[[Roots], Field]:
    """Combed from a parting to both sides, then falling; `inward` turns the tips to the neck."""
    back, tucked = rng.uniform(0.15, 0.55), rng.uniform(0.0, 0.9)
    framing = rng.uniform(0.0, 1.0)

    def field(roots: Roots) -> Field:
        sign = parting.side(roots)[:, None]
        rough = rng.normal(0, 0.10, roots.points.shape)
        front = smooth(1.5, 0.7, roots.around)[:, None]
        ahead = parting.ahead(roots)

        def at(points: Floats, normals: Floats, done: Floats) -> Floats:
            w = upward(points)[:, None]
            x, y, z = points.T
            want = w * (np.array([1, 0, 0]) * sign + np.array([0, back * 0.8, -0.1])) + (1 - w) * person.down + rough
            want = want + front * (1 - w) * np.array([0, tucked, 0]) * smooth(0.69, 0.74, z)[:, None]
            # Nothing falls into the face: it is led aside and back before it gets there.
            near = smooth(-0.05, -0.10, y) * smooth(0.078, 0.058, np.abs(x)) * smooth(0.825, 0.80, z)
            want = want + near[:, None] * (np.array([2.2, 0, 0]) * sign + np.array([0, 1.2, 0]))
            high = smooth(0.66, 0.72, z)[:, None]
            laid = along(want, normals, 0.04)
            middle = unit(points * (-1, -1, 0) + (0, AXIS, 0))
            fall = person.down + 0.5 * rough + (inward * smooth(0.70, 0.64, z))[:, None] * middle
            # Beside the cheeks the front locks come forward a little and frame the face.
            cheek = framing * smooth(0.74, 0.70, z) * smooth(0.62, 0.66, z)
            fall = fall + front * cheek[:, None] * np.array([0, -0.25, 0])
            return unit(high * laid + (1 - high) * (fall + _past_shoulders(points, ahead)))

        return at

    return field


def _past_shoulders(points: Floats, ahead: Floats) -> Floats:
    """Directions (n, 3) that keep hair from spreading out on the shoulders: to the chest or the back, and inwards."""
    x, _, z = points.T
    near = smooth(0.66, 0.61, z)
    inwards = -np.sign(x) * np.clip((np.abs(x) - 0.098) / 0.03, 0, 1.5)
    return np.asarray(near[:, None] * np.stack([inwards, 0.9 * ahead, 0 * x], axis=1), np.float32)


@dataclass(frozen=True, slots=True)
class Parting:
    """A line over the head near x = `place`, that slants and wanders; metres on the template.

    Hair from `around` smaller than `forward` falls before the shoulders, the rest behind.
    """

    place: float
    slant: float
    wave: float
    phase: float
    forward: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Parting:
        """In the middle, or to one side of it."""
        aside = float(rng.choice([-1.0, 0.0, 1.0], p=[0.3, 0.4, 0.3]))
        place = aside * rng.uniform(0.012, 0.032) + rng.normal(0, 0.001)
        return cls(place, rng.normal(0, 0.06), rng.uniform(0.0005, 0.002), rng.uniform(0, 6), rng.uniform(1.2, 2.4))

    def off(self, template: Floats) -> Floats:
        """Distance (n,) from the line, positive on the left of the person; at the crown the line has faded out."""
        x, y, _ = template.T
        line = self.place + self.slant * (y + 0.05) + self.wave * np.sin(y * 160 + self.phase)
        return np.asarray(x - line * smooth(0.06, 0.0, y), np.float32)

    def side(self, roots: Roots) -> Floats:
        """-1 or 1. Hairs beside the line lie to either side: a sharp parting would show a stripe of skin."""
        x, y, _ = roots.template.T
        stray = 0.004 * np.sin(7919 * x + 6151 * y) ** 3
        return np.where(self.off(roots.template) + stray > 0, 1.0, -1.0).astype(np.float32)

    def ahead(self, roots: Roots) -> Floats:
        """-1 for locks that fall before the shoulder, 1 for those behind."""
        return np.where(roots.around + 0.25 * np.sin(90 * roots.template[:, 2]) < self.forward, -1, 1).astype(
            np.float32
        )

    def key(self, roots: Roots) -> Floats:
        """What keeps hair apart that goes different ways: blended, it would run through the neck."""
        return np.asarray(self.side(roots) + 0.4 * self.ahead(roots), np.float32)

    def dense(self, template: Floats) -> Floats:
        """More roots beside the line, where no hair from farther up covers the skin."""
        top = smooth(0.79, 0.82, template[:, 2])
        return np.asarray(1 + 2.5 * top * np.exp(-((self.off(template) / 0.006) ** 2)), np.float32)


def long(rng: np.random.Generator, person: Person) -> Cut:
    """Shoulder-length to chest-length, parted in the middle or at a side, straight or wavy."""
    return _falling(rng, person, Parting.draw(rng))


def _falling(rng: np.random.Generator, person: Person, parting: Parting) -> Cut:
    """Long hair with that parting."""
    length = rng.uniform(0.36, 0.46)
    curl = max(person.curl, float(rng.choice([0.0, 0.1, 0.2, 0.3], p=[0.4, 0.25, 0.2, 0.15])))
    level, sag = rng.uniform(0.43, 0.54), rng.uniform(0, 3)
    steps = 24 if curl < 0.4 else 32
    return Cut(
        steps=steps,
        lengths=lambda r: np.full(len(r.points), length, np.float32),
        field=_parted(rng, person, parting, 0.0),
        lift=0.24,
        bend=0.016,
        ramp=0.09,
        hug=0.4,
        volume=(0.003, rng.uniform(0.012, 0.022) + 0.024 * curl),
        locks=(int(rng.integers(120, 260)), 22),
        gather=(rng.uniform(0.5, 0.8), 0.66),
        ragged=0.10,
        wander=0.0024,
        curls=curls_of(rng, curl, length, steps),
        side=parting.key,
        dense=parting.dense,
        plane=lambda p: np.asarray(level + sag * p[..., 0] ** 2, np.float32),
        blunt=0.015,
        radius=0.000095,
    )


def bob(rng: np.random.Generator, person: Person) -> Cut:
    """Cut level between the mouth and the shoulders, the tips turned in or not."""
    parting = Parting.draw(rng)
    base = _falling(rng, person, parting)
    level, slope = rng.uniform(0.612, 0.655), rng.uniform(-0.1, 0.25)
    return replace(
        base,
        steps=18,
        lengths=lambda r: np.full(len(r.points), 0.27, np.float32),
        field=_parted(rng, person, parting, rng.uniform(0.0, 0.7)),
        ragged=0.02,
        wander=0.002,
        volume=(0.002, rng.uniform(0.014, 0.024)),
        curls=curls_of(rng, person.curl, 0.27, 18),
        plane=lambda p: np.asarray(level + slope * p[..., 1], np.float32),
        blunt=0.004,
    )


def curls(rng: np.random.Generator, person: Person) -> Cut:
    """Ringlets to the chin or the shoulders, with much volume."""
    length = rng.uniform(0.17, 0.30)
    pitch = rng.uniform(0.034, 0.052)
    base = long(rng, person)
    return replace(
        base,
        steps=34,
        lengths=lambda r: np.full(len(r.points), length, np.float32),
        lift=0.3,
        ramp=0.04,
        hug=0.1,
        volume=(0.004, rng.uniform(0.028, 0.040)),
        locks=(240, int(rng.integers(70, 130))),
        gather=(0.2, 0.78),
        early=True,
        ragged=0.14,
        wander=0.003,
        curls=Curl(pitch * rng.uniform(0.22, 0.28), max(pitch, 3.2 * length / 34), 0.03, 0.0),
        plane=None,
    )


def with_bangs(cut: Cut, rng: np.random.Generator, person: Person) -> Cut:
    """`cut` with the front of the hair combed over the forehead and cut off above the eyes."""
    sway, arch, reach = rng.normal(0, 0.25), rng.uniform(-1.0, 2.5), rng.uniform(0.030, 0.048)
    level = BROWS + rng.uniform(0.000, 0.012)

    def bangs(roots: Roots) -> Floats:
        x, y, _ = roots.template.T
        return np.asarray((np.abs(x) < 0.058) & (y < -0.105 + reach), np.float32)

    def field(roots: Roots) -> Field:
        base, chosen = cut.field(roots), bangs(roots)[:, None]
        rough = rng.normal(0, 0.12, roots.points.shape)

        def at(points: Floats, normals: Floats, done: Floats) -> Floats:
            over = smooth(0.835, 0.80, points[:, 2])[:, None]
            want = (
                np.array([sway, -1, 0]) * (1 - over) + over * (person.down + np.array([0.6 * sway, -0.12, 0])) + rough
            )
            fringe = unit(along(want, normals, 0.12) * (1 - 0.5 * over) + 0.5 * over * want)
            return unit(chosen * fringe + (1 - chosen) * base(points, normals, done))

        return at

    def lengths(roots: Roots) -> Floats:
        chosen = bangs(roots)
        return np.asarray(chosen * 0.125 + (1 - chosen) * cut.lengths(roots), np.float32)

    def plane(strands: Floats) -> Floats:
        return np.asarray(level + arch * strands[..., 0] ** 2, np.float32)

    def side(roots: Roots) -> Floats:
        chosen = bangs(roots)
        old = cut.side(roots) if cut.side else np.zeros(len(roots.points), np.float32)
        return np.asarray(chosen * 3.0 + (1 - chosen) * old, np.float32)

    return replace(cut, field=field, lengths=lengths, side=side, bangs=bangs, bangs_plane=plane)
