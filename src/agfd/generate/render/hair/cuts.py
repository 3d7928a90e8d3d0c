"""How hair is cut and combed, one function for each word of `hair_style`; here those that stand away from the head.

Everything is in the hair frame of `agfd.generate.render.hair.hair`: metres on the adult template, the face looks to -y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from agfd.generate.render.hair.scalp import CENTRE, Roots
from agfd.generate.render.hair.strands import Curl, Field, Floats, smooth, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Eyebrows of the template; bangs end above, other hair keeps out of the column below.
BROWS = 0.7505
_WHORL = np.array([0.12, 0.62, 0.78], np.float32)


@dataclass(frozen=True, slots=True)
class Person:
    """What a cut depends on: age in years, `male` 0 to 1, `curl` 0 straight to 1 coily, the pull of gravity (3,)."""

    age: float
    male: float
    curl: float
    down: Floats


@dataclass(frozen=True, slots=True)
class Cut:
    """A recipe for strands. Lengths in metres, on an adult.

    `steps` segments; `lengths` of roots; `field` of roots; `lift` of the root, 0 lying to 1 upright; `bend`, `ramp` and
    `hug` as in `Growth`; `volume` lowest and highest layer; `locks` strands to a lock, coarse and fine; `gather` how
    far the tips of a lock come together, `early` already near the roots; `ragged` spread of lengths; `wander` wobble at
    the tip; `side` of the parting, -1 or 1 for each root; `dense` factor of the number of roots at places (n, 3) of the
    template; `plane` height (n, k) under which strands (n, k, 3) are cut off, blurred by `blunt` metres; `bangs` 1 for
    roots whose hair falls over the forehead, cut off at `bangs_plane`.
    """

    steps: int
    lengths: Callable[[Roots], Floats]
    field: Callable[[Roots], Field]
    lift: float
    bend: float
    ramp: float = 0.02
    hug: float = 0.3
    volume: tuple[float, float] = (0.001, 0.006)
    locks: tuple[int, int] = (160, 24)
    gather: tuple[float, float] = (0.5, 0.5)
    early: bool = False
    ragged: float = 0.12
    wander: float = 0.002
    curls: Curl | None = None
    side: Callable[[Roots], Floats] | None = None
    dense: Callable[[Floats], Floats] | None = None
    plane: Callable[[Floats], Floats] | None = None
    blunt: float = 0.004
    bangs: Callable[[Roots], Floats] | None = None
    bangs_plane: Callable[[Floats], Floats] | None = None
    radius: float = 0.000085


Recipe: TypeAlias = Callable[[np.random.Generator, Person], Cut]


def upward(points: Floats) -> Floats:
    """1 on the top of the head, 0 on its sides and back; points (n, 3)."""
    return smooth(0.38, 0.72, unit(points - CENTRE)[:, 2])


def _whorl(points: Floats, turn: float) -> Floats:
    """Directions (n, 3) away from the whorl at the crown, with a swirl."""
    u = unit(points - CENTRE)
    pole = unit(_WHORL)
    away = unit(u * (u @ pole)[:, None] - pole)
    return unit(away + turn * np.cross(u, away))


def along(want: NDArray[np.floating], normals: Floats, rise: NDArray[np.floating] | float) -> Floats:
    """`want` laid along the skin, with `rise` of the normal."""
    flat = want - np.einsum("ni,ni->n", want, normals)[:, None] * normals
    return unit(unit(flat) + np.asarray(rise, np.float32).reshape(-1, 1) * normals)


def _wide(roots: Roots, top: float, side: float, back: float) -> Floats:
    """Lengths that change smoothly from the top to the sides and the back."""
    w = smooth(0.772, 0.812, roots.template[:, 2])
    b = smooth(1.6, 2.4, roots.around)
    return np.asarray(top * w + (1 - w) * (side + (back - side) * b), np.float32)


def curls_of(rng: np.random.Generator, amount: float, length: float, steps: int) -> Curl | None:
    """The natural wave of hair of a length: broad and flat for a little curl, tight coils for much."""
    if amount < 0.08:
        return None
    pitch = float(np.interp(amount, (0.08, 0.35, 0.7, 1.0), (0.10, 0.06, 0.03, 0.014))) * rng.uniform(0.85, 1.2)
    # Fewer than three segments to a turn would show the segments.
    pitch = max(pitch, 3.2 * length / steps)
    radius = pitch * float(np.interp(amount, (0.08, 0.35, 0.7, 1.0), (0.05, 0.11, 0.17, 0.2)))
    return Curl(radius, pitch, ramp=min(0.03, 0.4 * length), flat=float(np.clip(1.1 - 1.3 * amount, 0, 1)))


def crop(rng: np.random.Generator, person: Person) -> Cut:
    """Clipped to some millimetres, often shorter at the sides."""
    top = rng.uniform(0.006, 0.015)
    side, turn = top * rng.uniform(0.35, 1.0), rng.normal(0, 0.3)

    def field(_: Roots) -> Field:
        return lambda p, n, s: along(_whorl(p, turn) + 0.5 * (1 - upward(p))[:, None] * person.down, n, 0.7)

    return Cut(
        steps=4,
        lengths=lambda r: _wide(r, top, side, side),
        field=field,
        lift=0.75,
        bend=0.01,
        ramp=0.01,
        hug=0.0,
        volume=(0.0005, 0.001),
        locks=(60, 12),
        gather=(0.15, 0.25),
        ragged=0.25,
        wander=0.0012 + 0.002 * person.curl,
        radius=0.000128,
    )


def _top_comb(rng: np.random.Generator, male: float) -> tuple[NDArray[np.float64], float, float]:
    """Direction on the top (3,), share of the natural whorl in it, and how upright it stands."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    kinds = ["side", "forward", "quiff", "tousled", "back"]
    chances = np.array([0.34, 0.2, 0.18, 0.18, 0.10]) if male > 0.5 else np.array([0.55, 0.15, 0.02, 0.25, 0.03])
    kind = str(rng.choice(kinds, p=chances))
    table = {
        "side": ((side, -0.25 + rng.uniform(-0.2, 0.3), 0.0), 0.25, 0.30),
        "forward": ((0.15 * side, -1.0, -0.1), 0.3, 0.15),
        "quiff": ((0.3 * side, 0.55, 0.5), 0.1, 0.75),
        "tousled": ((0.5 * side, -0.5, 0.2), 0.6, 0.5),
        "back": ((0.2 * side, 1.0, 0.0), 0.05, 0.28),
    }
    direction, share, rise = table[kind]
    return np.array(direction), share, rise


def short(rng: np.random.Generator, person: Person) -> Cut:
    """Short at the sides, some centimetres on top: combed to a side, forward, up, back, or not at all."""
    fem = 1 - person.male
    top = rng.uniform(0.028, 0.058) + 0.02 * fem
    side, back = rng.uniform(0.008, 0.022) + 0.028 * fem, rng.uniform(0.010, 0.024) + 0.02 * fem
    comb, share, rise = _top_comb(rng, person.male)
    turn = rng.normal(0, 0.35)

    def field(roots: Roots) -> Field:
        rough = unit(rng.normal(0, 1, roots.points.shape)) * (0.25 + 0.5 * (share > 0.5))

        def at(points: Floats, normals: Floats, done: Floats) -> Floats:
            w = upward(points)[:, None]
            low = np.array([0, 0.35, 0]) + person.down * 1.2 + 0.3 * _whorl(points, turn)
            want = w * (comb * (1 - share) + share * _whorl(points, turn)) + (1 - w) * low + rough * w
            up = rise * w[:, 0] * np.exp(-done / 0.03) + 0.08
            return unit(along(want, normals, up) + (done / 0.09)[:, None] * person.down)

        return at

    return Cut(
        steps=9,
        lengths=lambda r: _wide(r, top, side, back),
        field=field,
        lift=0.35 + 0.35 * rise,
        bend=0.016,
        ramp=0.014,
        hug=0.15,
        volume=(0.001, 0.007 + 0.012 * rise + 0.006 * person.curl),
        locks=(int(rng.integers(35, 90)), 12),
        gather=(rng.uniform(0.15, 0.45), 0.4),
        ragged=0.22,
        wander=0.003,
        curls=curls_of(rng, person.curl, top, 9),
        # Longer hair on the top, seen against the light, needs more roots than the sides.
        dense=lambda t: 1 + 0.7 * smooth(0.785, 0.815, t[:, 2]),
        radius=0.00010,
    )


def afro(rng: np.random.Generator, person: Person) -> Cut:
    """Coils that stand away from the head all around."""
    length, droop = rng.uniform(0.030, 0.085), rng.uniform(0, 0.25)

    def field(roots: Roots) -> Field:
        rough = unit(rng.normal(0, 1, roots.points.shape)) * 0.35

        def at(points: Floats, normals: Floats, done: Floats) -> Floats:
            return unit(
                unit(points - CENTRE - np.array([0, 0.01, 0])) + rough + droop * (done / 0.08)[:, None] * person.down
            )

        return at

    def lengths(roots: Roots) -> Floats:
        rim = 0.35 + 0.65 * smooth(0.70, 0.80, roots.template[:, 2])
        front = 1 - 0.35 * smooth(0.9, 0.2, roots.around) * smooth(0.85, 0.79, roots.template[:, 2])
        return np.asarray(length * rim * front, np.float32)

    return Cut(
        steps=14,
        lengths=lengths,
        field=field,
        lift=1.0,
        bend=0.02,
        hug=0.0,
        volume=(0.0005, 0.001),
        locks=(40, 10),
        gather=(0.3, 0.45),
        ragged=0.16,
        wander=0.0035,
        curls=Curl(0.0022, 0.011, 0.006),
        radius=0.00010,
    )
