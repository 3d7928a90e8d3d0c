"""Skin of a hand: albedo, roughness and relief painted on the hand's own texture, from the same tone as the face.

Texels know their place on the hand in the hand's frame, metres on an adult's, and on the finger: how far along it lies
(0 at the knuckle, 1 and 2 at the joints, 3 at the tip), how far aside, whether on the back (1) or the inner side (-1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.hand import FINGERS, HandModel, hand_model
from agfd.generate.render.skin.skin import Skin, tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.render.body.hand import Bones
    from agfd.generate.render.person import Person

Floats: TypeAlias = NDArray[np.float32]

_BLOOD = np.array((0.04, 0.34, 0.27), dtype=np.float32)
_BROWN = np.array((0.25, 0.55, 0.80), dtype=np.float32)
_VEIN = np.array((0.34, 0.17, 0.10), dtype=np.float32)
# The three lines of the palm, in the hand's frame by its length: points (along, to the thumb).
_LINES = (
    ((0.47, -0.20), (0.47, -0.10), (0.49, 0.00), (0.525, 0.08), (0.555, 0.11)),
    ((0.33, -0.17), (0.40, -0.08), (0.445, 0.02), (0.465, 0.10), (0.47, 0.155)),
    ((0.465, 0.155), (0.42, 0.11), (0.36, 0.055), (0.25, 0.02), (0.13, 0.015)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """Fields (h, w) of the texture: `x`, `y`, `z` places; `along`, `aside`, `back` on the finger; `finger` 0 to 1: how
    much of one; `width` of the finger in metres; `noise` (4, h, w), fine to coarse; `masks` (h, w) by name, 0 to 1, of
    what is the same on every hand.
    """

    x: Floats
    y: Floats
    z: Floats
    along: Floats
    aside: Floats
    back: Floats
    finger: Floats
    width: Floats
    noise: Floats
    masks: dict[str, Floats]


@lru_cache(maxsize=2)
def canvas(width: int) -> Canvas:
    """The texture space of the hand, `width` texels wide; less than a second, once a process."""
    from scipy.ndimage import gaussian_filter

    model = hand_model()
    bones = model.bones(25, 0.5, 1.0)
    fields = _spread(model, _local(model, bones), (int(width * model.tall), width))
    rng = np.random.Generator(np.random.PCG64(20240711))
    noise = []
    for deviation in (0.7, 1.6, 4.5, 14.0):
        soft = gaussian_filter(rng.standard_normal(fields.shape[:2]), deviation * width / 768, mode="wrap")
        noise.append(soft / soft.std())
    x, y, z, along, aside, back, finger, wide = (np.ascontiguousarray(fields[..., i]) for i in range(8))
    space = Canvas(x, y, z, along, aside, back, finger, wide, np.stack(noise).astype(np.float32), {})
    inner, creases = _inner(space), _creases(space, bones.length)
    tips = np.exp(-(((space.along - 2.75) / 0.45) ** 2)) * space.finger
    veins, raised = _veins(space, bones.length, rng)
    masks = {"inner": inner, "creases": creases, "tips": tips, "knuckles": _knuckles(space), "veins": veins}
    masks |= {"raised": raised} | _nails(space)
    return replace(space, masks={name: mask.astype(np.float32) for name, mask in masks.items()})


def paint(person: Person, space: Canvas, rng: np.random.Generator) -> Skin:
    """The skin of a person's hand."""
    m, age, masks = person.melanin, person.age, space.masks
    noise = np.stack([np.roll(n, tuple(rng.integers(0, n.shape)), (0, 1)) for n in space.noise])
    lined, vein = float(rng.uniform(0.6, 1.2)), float(rng.uniform(0.4, 1.2))
    inner, knuckles, nail = masks["inner"], masks["knuckles"], masks["nail"]
    old, grown = float(np.clip((age - 30) / 50, 0, 1)), float(np.clip((age - 3) / 15, 0.1, 1))
    veins = (0.25 + 0.75 * old) * (1.0 if person.male else 0.6) * grown * vein
    blood = 0.22 + 0.42 * masks["tips"] + inner * (0.34 + 0.08 * noise[3]) + 0.45 * knuckles * (1 - 0.5 * m)
    spots = np.clip(noise[2] - 2.1 + 0.5 * old, 0, 1) * old * (1 - inner) * (1 - 0.7 * m)
    grain = (0.020 + 0.016 * old) * (0.6 * noise[0] + 0.9 * noise[1])
    mottle = 0.024 * noise[1] + 0.022 * noise[2] * (0.6 + inner) + 0.03 * noise[3] + 0.9 * grain
    folded = masks["creases"] * (lined * (0.24 + 0.25 * old + 0.35 * m))
    # What absorbs, and how much of red, green and blue.
    layers = (
        (blood * (1 - 0.45 * m), _BLOOD),
        (knuckles * (0.45 * m) + 0.5 * spots, _BROWN),
        (folded, np.array((0.5, 0.9, 0.9))),
        (masks["veins"] * (veins * 0.34 * (1 - 0.6 * m)), _VEIN),
        (mottle, np.array((0.5, 1.0, 1.1))),
        (masks["cuticle"], np.array((0.18, 0.30, 0.30))),
    )
    albedo = np.empty((*space.x.shape, 3), dtype=np.float32)
    # Palms have little melanin on any skin, and more blood near the surface.
    back, bed = tone(m), tone(0.75 * m) * np.exp(-_BLOOD * 0.55)
    palm = tone(0.66 * m + 0.01) * (1 + m * np.array((0.04, 0.24, 0.58), dtype=np.float32))
    pale = tone(0.10 + 0.45 * m)
    for c in range(3):
        density = sum(field * np.float32(color[c]) for field, color in layers)
        base = (back[c] + (palm[c] - back[c]) * inner) * np.exp(-density)
        plate = bed[c] + (pale[c] - bed[c]) * masks["edge"]
        albedo[..., c] = base + (plate - base) * nail
    rough = 0.56 + 0.03 * noise[2] + 0.06 * inner
    height = masks["creases"] * (-2.6e-4 * (0.6 + 0.7 * old) * grown) + masks["raised"] * (veins * 4.0e-4)
    height += (18e-6 * noise[0] + (18e-6 + 40e-6 * old) * noise[1] + 30e-6 * old * noise[2]) * grown * (1 - nail)
    height += nail * 1.2e-4
    return Skin(albedo, (rough * (1 - nail) + 0.30 * nail).astype(np.float32), height.astype(np.float32))


def _inner(space: Canvas) -> Floats:
    """1 on the palm and the inner side of the fingers, 0 on the back and beyond the wrist."""
    finger = _step(-0.10, -0.70, space.back)
    palm = _step(0.001, 0.011, space.z)
    share = finger * space.finger + palm * (1 - space.finger)
    return np.asarray(share * _step(-0.004, 0.016, space.x), dtype=np.float32)


def _knuckles(space: Canvas) -> Floats:
    """The loose skin over the joints on the back of the fingers."""
    across = np.exp(-(((space.along - 1.0) / 0.20) ** 2)) + 0.8 * np.exp(-(((space.along - 2.0) / 0.16) ** 2))
    across += 0.5 * np.exp(-((space.along / 0.30) ** 2))
    return np.asarray(across * _step(0.1, 0.7, space.back) * _step(0.2, 0.9, space.finger), dtype=np.float32)


def _creases(space: Canvas, length: float) -> Floats:
    """Where skin folds: lines of the palm, of the fingers' inner side and of the knuckles."""
    noise = space.noise
    x, y = space.x / length + 0.004 * noise[3] / 3, space.y / length
    palm = np.zeros_like(space.x)
    side = _step(0.0, 0.004, space.z) * (1 - _step(0.3, 0.7, space.finger))
    inside = side > 0
    for line in _LINES:
        distance = _to_line((x[inside], y[inside]), line) * length
        palm[inside] = np.maximum(palm[inside], 0.62 * np.exp(-((distance / 0.0012) ** 2)))
    palm *= side
    wavy = space.along + 0.03 * noise[2] * 0.4
    folds = np.zeros_like(palm)
    for place, depth in ((0.0, 0.6), (0.06, 0.4), (0.97, 0.8), (1.04, 0.6), (2.0, 0.8), (2.05, 0.4)):
        folds = np.maximum(folds, depth * np.exp(-(((wavy - place) / 0.026) ** 2)))
    folds *= _step(0.0, -0.5, space.back) * space.finger
    wrist = np.exp(-(((space.x - 0.002) / 0.0009) ** 2)) + 0.7 * np.exp(-(((space.x + 0.004) / 0.0009) ** 2))
    wrist *= _step(0.0, 0.008, space.z)
    joints = np.exp(-(((wavy - 1.0) / 0.13) ** 2)) + 0.7 * np.exp(-(((wavy - 2.0) / 0.10) ** 2))
    ripples = np.clip(np.sin(wavy * 2 * np.pi / 0.068 + 0.9 * np.sin(space.aside / 0.003)), 0, 1) ** 2
    back = joints * ripples * _step(0.1, 0.7, space.back) * space.finger * 0.55
    return np.asarray(np.maximum(np.maximum(palm, folds), np.maximum(0.6 * wrist, back)))


def _veins(space: Canvas, length: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Veins on the back of the hand and the forearm, and the same with the tendons."""
    noise = space.noise
    x, y = space.x / length, space.y / length
    back = _step(-0.001, -0.010, space.z) * (1 - space.finger)
    veins, tendons = np.zeros_like(x), np.zeros_like(x)
    for base in (0.115, 0.045, -0.045, -0.125):
        wander = (
            base * (0.55 + 0.9 * x) + 0.030 * np.sin(x * (9 + 4 * rng.random()) + 6 * rng.random()) + 0.006 * noise[3]
        )
        width = 0.0105 + 0.004 * rng.random()
        veins = np.maximum(veins, np.exp(-(((y - wander) / width) ** 2)) * (0.5 + 0.5 * rng.random()))
    for knuckle in (0.145, 0.01, -0.10, -0.20):
        ray = y - knuckle * np.clip(x / 0.5, 0.1, 1.2)
        tendons = np.maximum(tendons, np.exp(-((ray / 0.016) ** 2)) * _step(0.05, 0.3, x) * _step(0.60, 0.45, x))
    return veins * back, (0.9 * veins + 0.8 * tendons) * back


def _nails(space: Canvas) -> dict[str, Floats]:
    """The plate of the nails, its pale edge and moon, and the shadow of the cuticle."""
    half = 0.80 * space.width
    across = np.abs(space.aside) / np.maximum(half, 1e-6)
    # Rounded at the root, nearly straight along the sides.
    root = 2.36 + 0.16 * across**2.5
    shape = _step(1.0, 0.88, across) * _step(0.0, 0.05, space.along - root) * _step(0.15, 0.35, space.back)
    shape = shape * _step(0.5, 0.8, space.finger)
    edge = _step(2.86, 2.92, space.along + 0.05 * (1 - across**2))
    moon = _step(0.14, 0.05, space.along - root) * 0.35
    near = np.exp(-(((space.along - root) / 0.035) ** 2)) * (across < 1.1)
    near = np.maximum(near, np.exp(-(((across - 1.0) / 0.09) ** 2)) * (space.along > root))
    near = near * _step(0.1, 0.3, space.back) * _step(0.5, 0.8, space.finger) * (space.along > 2.2)
    return {"nail": shape, "edge": np.clip(0.75 * edge + moon, 0, 1), "cuticle": near}


def _step(low: float, high: float, value: NDArray[np.floating]) -> Floats:
    """0 at `low`, 1 at `high`, smooth between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)


def _to_line(points: tuple[Floats, Floats], line: Sequence[tuple[float, float]]) -> Floats:
    """Distance (n,) of points, x and y (n,), from a smooth line through `line`."""
    best = np.full(points[0].shape, np.inf, dtype=np.float32)
    for (ax, ay), (bx, by) in pairwise(_smooth(line, 24)):
        dx, dy = bx - ax, by - ay
        x, y = points[0] - np.float32(ax), points[1] - np.float32(ay)
        share = np.clip((x * np.float32(dx) + y * np.float32(dy)) / np.float32(dx * dx + dy * dy), 0, 1)
        best = np.minimum(best, (x - share * np.float32(dx)) ** 2 + (y - share * np.float32(dy)) ** 2)
    return np.asarray(np.sqrt(best))


def _smooth(line: Sequence[tuple[float, float]], count: int) -> list[list[float]]:
    """`count` points of the polynomial through all points of a line (Lagrange); they are few and even."""
    known, places = np.array(line), np.arange(len(line))
    out = np.zeros((count, 2))
    for i, point in enumerate(known):
        others = np.delete(places, i)
        out += np.prod((np.linspace(0, places[-1], count)[:, None] - others) / (i - others), axis=1)[:, None] * point
    return [[float(v) for v in row] for row in out]


def _local(model: HandModel, bones: Bones) -> NDArray[np.float64]:
    """The canvas' eight fields at the fine vertices, (n, 8)."""
    fine, weights = model.matrix @ bones.points, model.matrix @ model.weights
    out = np.zeros((len(fine), 8))
    out[:, :3] = fine
    out[:, 3] = -1.0
    out[:, 6] = np.clip(weights[:, 2:].sum(axis=1), 0, 1)
    shares = weights[:, 2:].reshape(-1, FINGERS, 3).sum(axis=2)
    nails = model.matrix @ model.nails
    for finger in range(FINGERS):
        rows = np.flatnonzero((shares.argmax(axis=1) == finger) & (shares.max(axis=1) > 0.02))
        joints = bones.places[finger]
        points = fine[rows]
        best = np.full(len(rows), np.inf)
        nail = rows[nails[rows] > 0.5]
        up = (fine[nail] - _foot(fine[nail], joints[2], joints[3])).mean(axis=0)
        for k in range(3):
            step = joints[k + 1] - joints[k]
            share = (points - joints[k]) @ step / (step @ step)
            inside = np.clip(share, 0 if k else -2, 1 if k < 2 else 2)
            foot = joints[k] + inside[:, None] * step
            distance = np.linalg.norm(points - foot, axis=1)
            won = distance < best
            best = np.where(won, distance, best)
            normal = up - step * (up @ step) / (step @ step)
            normal /= np.linalg.norm(normal)
            side = np.cross(normal, step / np.linalg.norm(step))
            away = points - foot
            out[rows[won], 3] = k + np.minimum(share, 1.6)[won]
            out[rows[won], 4] = (away @ side)[won]
            out[rows[won], 5] = ((away @ normal) / np.maximum(distance, 1e-6))[won]
            out[rows[won], 7] = np.percentile(np.abs((away @ side)[won]), 96) if won.any() else 0.008
    return out


def _foot(points: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest points (n, 3) on the line through `a` and `b`."""
    step = b - a
    return np.asarray(a + ((points - a) @ step / (step @ step))[:, None] * step)


def _spread(model: HandModel, values: NDArray[np.float64], size: tuple[int, int]) -> Floats:
    """Values at the fine vertices (n, k) over the texels (h, w, k)."""
    from scipy.ndimage import distance_transform_edt

    corners, places = values[model.source][model.faces], model.uv[model.faces]
    out = np.zeros((size[0] * size[1], values.shape[1]))
    count = np.zeros(size[0] * size[1])
    for a in range(5):
        for b in range(5 - a):
            share = np.array([(a + 1 / 3) / 5, (b + 1 / 3) / 5, 1 - (a + b + 2 / 3) / 5])
            uv = np.einsum("i,fic->fc", share, places)
            row = np.minimum((uv[:, 1] * size[0]).astype(np.int64), size[0] - 1)
            texel = row * size[1] + np.minimum((uv[:, 0] * size[1]).astype(np.int64), size[1] - 1)
            out[texel], count[texel] = np.einsum("i,fic->fc", share, corners), 1
    rows, columns = distance_transform_edt(count.reshape(size) == 0, return_distances=False, return_indices=True)
    return np.asarray(out.reshape(*size, -1)[rows, columns], dtype=np.float32)
