"""Hair that is gathered and tied: `ponytail`, `bun`, `braids`. See `cuts`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agfd.generate.render.hair.cuts import Cut, Person, along
from agfd.generate.render.hair.scalp import CENTRE, Roots
from agfd.generate.render.hair.strands import Field, Floats, smooth, unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_STEPS = 30


class _Tie:
    """Where each guide is gathered, whether it has got there, and how far along itself it was."""

    def __init__(self, places: NDArray[np.floating]) -> None:
        self.places = places.astype(np.float32)
        self.since = np.full(len(places), np.inf, np.float32)

    def pull(self, points: Floats, normals: Floats, done: Floats) -> tuple[Floats, Floats]:
        """Directions (n, 3) along the head to the tie, and the length (n,) grown since; negative before."""
        way = self.places - points
        arrived = np.einsum("ni,ni->n", way, way) < 0.026**2
        self.since = np.where(arrived & np.isinf(self.since), done, self.since).astype(np.float32)
        past = np.where(np.isinf(self.since), -1.0, done - self.since).astype(np.float32)
        near = np.exp(-np.einsum("ni,ni->n", way, way) / 0.03**2)[:, None]
        return unit((1 - near) * along(way, normals, 0.02) + near * unit(way)), past


def _lengths(places: Callable[[Roots], NDArray[np.floating]], tail: float) -> Callable[[Roots], Floats]:
    """The way over the head to the tie, and the tail behind it."""

    def lengths(roots: Roots) -> Floats:
        a, b = unit(roots.points - CENTRE), unit(places(roots) - CENTRE)
        angle = np.arccos(np.clip(np.einsum("ni,ni->n", a, b), -1, 1))
        return np.asarray(0.11 * angle + tail, np.float32)

    return lengths


def _gathered(lengths: Callable[[Roots], Floats], field: Callable[[Roots], Field], rng: np.random.Generator) -> Cut:
    """What all tied hair has in common: it lies close to the head."""
    return Cut(
        steps=_STEPS,
        lengths=lengths,
        field=field,
        lift=0.3,
        bend=0.012,
        ramp=0.02,
        hug=0.8,
        volume=(0.003, rng.uniform(0.008, 0.014)),
        locks=(120, 26),
        gather=(0.25, 0.4),
        ragged=0.04,
        wander=0.003,
        radius=0.000095,
    )


def ponytail(rng: np.random.Generator, person: Person) -> Cut:
    """Combed back into one tail that hangs down: from the back of the head, or from the nape over a shoulder."""
    high = rng.random() < 0.4
    side = float(rng.choice([-1.0, 1.0]))
    tie = np.array([0.010 * side, 0.072, 0.785]) if high else np.array([0.03 * side, 0.062, 0.715])
    tail = rng.uniform(0.20, 0.30) + 0.05 * high

    def places(roots: Roots) -> NDArray[np.floating]:
        return np.broadcast_to(tie, roots.points.shape)

    def field(roots: Roots) -> Field:
        knot = _Tie(places(roots))
        rough = rng.normal(0, 0.16, roots.points.shape)
        outward = unit((tie - CENTRE)[None])

        def at(points: Floats, normals: Floats, done: Floats) -> Floats:
            combed, past = knot.pull(points, normals, done)
            rise = np.exp(-np.maximum(past, 0) / 0.03)[:, None]
            over = np.array([0.6 * side, 0.3, 0.0]) if high else np.array([1.1 * side, -0.5, 0.0])
            sag = smooth(0.20, 0.02, past)[:, None]
            fall = (1 - rise) * (person.down + over * sag) + rise * outward + rough
            return np.where((past >= 0)[:, None], unit(fall), combed).astype(np.float32)

        return at

    return _gathered(_lengths(places, tail), field, rng)


def bun(rng: np.random.Generator, person: Person) -> Cut:
    """Combed back and wound to a knot behind the crown."""
    tie = np.array([0, rng.uniform(0.002, 0.036), 0.0])
    tie[2] = CENTRE[2] + np.sqrt(0.086**2 - 0.62 * (tie[1] - CENTRE[1]) ** 2)
    size = rng.uniform(0.031, 0.044)
    axis = unit((tie - CENTRE)[None])[0]
    middle = tie + axis * size * 0.75

    def places(roots: Roots) -> NDArray[np.floating]:
        return np.broadcast_to(tie, roots.points.shape)

    def field(roots: Roots) -> Field:
        count = len(roots.points)
        knot = _Tie(places(roots))
        turn = unit(axis + rng.normal(0, 0.35, (count, 3)))
        reach = (size * rng.uniform(0.45, 1.0, count) ** 0.5).astype(np.float32)

        def at(points: Floats, normals: Floats, done: Floats) -> Floats:
            combed, past = knot.pull(points, normals, done)
            out = points - middle
            far = np.maximum(np.linalg.norm(out, axis=1), 1e-4)
            wind = unit(np.cross(turn, out)) + (3 * (reach - far) / size)[:, None] * out / far[:, None]
            return np.where((past >= 0)[:, None], unit(wind), combed).astype(np.float32)

        return at

    return _gathered(_lengths(places, rng.uniform(0.22, 0.32)), field, rng)


def braids(rng: np.random.Generator, person: Person) -> Cut:
    """Parted in the middle and plaited to a braid on each side that hangs in front of the shoulder."""
    pitch, wide = rng.uniform(0.050, 0.066), rng.uniform(0.013, 0.018)
    tail = rng.uniform(0.24, 0.34)

    limits: list[NDArray[np.floating]] = []

    def sign_of(roots: Roots) -> Floats:
        x, y, _ = roots.template.T
        return np.where(x + 0.0015 * np.sin(7919 * x + 6151 * y) > 0, 1.0, -1.0).astype(np.float32)

    def third_of(roots: Roots) -> NDArray[np.integer]:
        # By the direction from the tie: neighbours go into the same strand of the plait.
        angle = np.arctan2(roots.template[:, 2] - 0.69, roots.template[:, 1])
        if not limits:
            limits.append(np.quantile(angle, (1 / 3, 2 / 3)))
        return np.asarray(np.searchsorted(limits[0], angle))

    def side(roots: Roots) -> Floats:
        return np.asarray(sign_of(roots) + 0.4 * (third_of(roots) - 1), np.float32)

    def places(roots: Roots) -> NDArray[np.floating]:
        return np.asarray(sign_of(roots)[:, None] * np.array([0.080, 0, 0]) + np.array([0, -0.008, 0.672]))

    def field(roots: Roots) -> Field:
        knot = _Tie(places(roots))
        sign, phase = sign_of(roots), third_of(roots) * 2 * np.pi / 3
        inside = rng.normal(0, 0.0036, roots.points.shape)

        def at(points: Floats, normals: Floats, done: Floats) -> Floats:
            combed, past = knot.pull(points, normals, done)
            angle = 2 * np.pi * past / pitch + phase
            thin = wide * smooth(0.45, 0.0, past)
            centre = knot.places + np.stack([0.012 * sign, -0.045 * smooth(0, 0.12, past), -past * 0.93], axis=1)
            goal = centre + np.stack([thin * np.sin(angle), 0.7 * thin * np.sin(2 * angle), 0 * angle], axis=1) + inside
            ahead = goal - points - np.array([0, 0, 0.012])
            return np.where((past >= 0)[:, None], unit(ahead), combed).astype(np.float32)

        return at

    cut = _gathered(_lengths(places, tail), field, rng)
    return replace(cut, side=side, bend=0.004, steps=40, wander=0.0015)
