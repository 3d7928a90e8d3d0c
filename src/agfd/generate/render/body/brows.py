"""Brows and lashes: strands rooted on the skin, which therefore follow pose and expression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.generate.render.body.head import Head, HeadModel
    from agfd.generate.render.person import Person

Floats: TypeAlias = NDArray[np.float32]

# Points on the lid's edges from the inner to the outer corner, template metres.
_UPPER = (
    (0.0200, -0.1390, 0.7288), (0.0212, -0.1392, 0.7296), (0.0235, -0.1396, 0.7310), (0.0272, -0.1406, 0.7323),
    (0.0311, -0.1411, 0.7332), (0.0349, -0.1408, 0.7330), (0.0384, -0.1401, 0.7324), (0.0410, -0.1390, 0.7317),
    (0.0428, -0.1379, 0.7307), (0.0438, -0.1365, 0.7294),
)  # fmt: skip
_LOWER = (
    (0.0225, -0.1385, 0.7250), (0.0241, -0.1391, 0.7248), (0.0276, -0.1399, 0.7243), (0.0311, -0.1405, 0.7240),
    (0.0352, -0.1402, 0.7241), (0.0386, -0.1387, 0.7248), (0.0409, -0.1377, 0.7257), (0.0425, -0.1366, 0.7268),
)  # fmt: skip
_POINTS = 5
# How dense brows are by group, on average.
_DENSE: Mapping[str, float] = {"Indian": 1.25, "Middle Eastern": 1.25, "East Asian": 0.85, "Southeast Asian": 0.9}
# Linear RGB of the strands.
_COLORS: Mapping[str, tuple[float, float, float]] = {
    "black": (0.012, 0.010, 0.009),
    "brown": (0.035, 0.020, 0.012),
    "blond": (0.150, 0.095, 0.050),
    "red": (0.110, 0.042, 0.016),
    "grey": (0.150, 0.140, 0.130),
    "white": (0.400, 0.385, 0.360),
    "dyed": (0.030, 0.018, 0.012),
}


@dataclass(frozen=True, slots=True)
class Tufts:
    """Strands `points` (n, k, 3), `radii` (n, k), metres, and their linear RGB."""

    points: Floats
    radii: Floats
    color: tuple[float, float, float]


def brows(head: Head, model: HeadModel, person: Person) -> Tufts:
    """Both brows. Number, length and arch are drawn; children's are thin, old men's are long."""
    rng = stream(person.seed, "brows")
    age, male = person.age, person.male
    # A broad brow has more hairs than a narrow one: as many on half the place look painted.
    full, broad = _spread(rng, 0.28), _spread(rng, 0.34)
    density = full * broad**0.8 * float(np.interp(age, (1, 6, 14), (0.45, 0.75, 1.0))) * (1.0 if male else 0.78)
    thick = (0.0052 if male else 0.0040) * broad * float(np.interp(age, (1, 10), (0.75, 1)))
    arch, slope = float(rng.uniform(0.0036, 0.0092)), float(rng.uniform(-0.0012, 0.0020))
    length = 0.0068 * float(rng.uniform(0.75, 1.3)) * (1.1 if male else 0.9) * (1.25 if male and age > 60 else 1.0)
    inner = float(rng.uniform(0.0112, 0.0160))
    reach = float(rng.uniform(0.0465, 0.0525)) - inner
    count = int(430 * density * _DENSE.get(str(person.attributes["race"]), 1.0))
    # Babies' brows are low and downy.
    base = 0.7414 - float(np.interp(age, (1, 8), (0.0018, 0))) + float(rng.uniform(-0.0018, 0.0018))
    fine = 0.000075 * float(np.interp(age, (1, 4, 9), (0.55, 0.8, 1.0)))
    strands, radii = [], []
    for side in (1.0, -1.0):
        t = rng.beta(1.15, 1.25, count)
        across = rng.normal(0, 0.42, count).clip(-1, 1) * np.interp(t, (0, 0.12, 0.6, 1), (0.6, 1.0, 0.8, 0.25))
        x = inner + reach * t
        z = base + arch * np.sin(np.pi * np.clip(0.80 * t + 0.11, 0, 1)) + slope * t + across * thick
        lean = np.interp(t, (0, 0.15, 0.5, 1), (70, 42, 14, -14)) + rng.normal(0, 9, count) - 16 * across
        angle = np.radians(lean)
        direction = np.stack([side * np.cos(angle), np.sin(angle)], axis=1)
        own = length * rng.uniform(0.65, 1.1, count) * np.interp(t, (0, 0.2, 0.8, 1), (0.75, 1, 0.95, 0.7))
        strands.append(_along(head, model, (side * x, z), direction, own))
        radii.append(fine * rng.uniform(0.8, 1.15, count))
    taper = np.linspace(1, 0.35, _POINTS)
    radius = np.concatenate(radii)[:, None] * taper * head.scale
    return Tufts(np.concatenate(strands).astype(np.float32), radius.astype(np.float32), _color(person))


def _spread(rng: np.random.Generator, deviation: float) -> float:
    """A factor around 1, at most two deviations of its logarithm away."""
    return float(np.exp(np.clip(rng.normal(0, deviation), -2 * deviation, 2 * deviation)))


def lashes(head: Head, model: HeadModel, person: Person, closed: float) -> Tufts:
    """All four rows of lashes; `closed` 0 to 1 turns the upper ones down with the lid."""
    rng = stream(person.seed, "lashes")
    female, young = 0.0 if person.male else 1.0, float(np.interp(person.age, (1, 6), (0.7, 1.0)))
    rows = ((_UPPER, 95, 0.0072 + 0.0012 * female, 1.0), (_LOWER, 34, 0.0042, -1.0))
    rotation = head.head_transform[:3, :3]
    strands, radii = [], []
    for edge, count, length, up in rows:
        for side in (1.0, -1.0):
            margin = head.vertices[np.array(_nearest(model, edge, side))]
            t = np.sort(rng.uniform(0.04, 1.0, count))
            at = t * (len(margin) - 1)
            low = np.minimum(at.astype(int), len(margin) - 2)
            share = (at - low)[:, None]
            root = margin[low] * (1 - share) + margin[low + 1] * share
            lift = (0.42 - 1.0 * closed) if up > 0 else -0.55 + 0.15 * closed
            fan = (t - 0.38) * 0.95 * side + rng.normal(0, 0.10, count)
            start = np.stack([fan, -np.ones(count), np.full(count, lift * 0.5)], axis=1) @ rotation.T
            curl = np.stack([fan, -0.55 * np.ones(count), np.full(count, lift * 1.9)], axis=1) @ rotation.T
            own = (
                length * young * rng.uniform(0.6, 1.05, count) * np.interp(t, (0, 0.5, 0.8, 1), (0.6, 0.95, 1.1, 0.8))
            )[:, None]
            s = np.linspace(0, 1, _POINTS)[None, :, None] * head.scale
            ahead = start / np.linalg.norm(start, axis=1, keepdims=True)
            above = curl / np.linalg.norm(curl, axis=1, keepdims=True)
            bend = s / head.scale
            strands.append(root[:, None] + s * own[:, None] * (ahead[:, None] * (1 - bend) + above[:, None] * bend))
            radii.append(np.full(count, 0.000095 if up > 0 else 0.000045))
    radius = np.concatenate(radii)[:, None] * np.linspace(1, 0.2, _POINTS) * head.scale
    dark = tuple(0.35 * c for c in _color(person))
    return Tufts(np.concatenate(strands).astype(np.float32), radius.astype(np.float32), (dark[0], dark[1], dark[2]))


def _color(person: Person) -> tuple[float, float, float]:
    """Brows are a little darker than the hair, and grey later."""
    name = str(person.attributes["hair_color"])
    color = np.array(_COLORS[name])
    if name in ("grey", "white"):
        color = 0.55 * color + 0.45 * np.array(_COLORS["brown"])
    elif name != "dyed":
        # They lose their colour hair by hair, later than the head does.
        color = color + float(np.clip((person.age - 48) / 60, 0, 0.6)) * (np.array(_COLORS["grey"]) - color)
    own = float(np.exp(np.clip(stream(person.seed, "colour of brows").normal(0.15, 0.40), -0.25, 0.85)))
    dark = (0.75 + 0.15 * (1 - person.melanin)) * own
    return (float(color[0] * dark), float(color[1] * dark), float(color[2] * dark))


@lru_cache(maxsize=16)
def _nearest(model: HeadModel, edge: tuple[tuple[float, float, float], ...], side: float) -> tuple[int, ...]:
    mirrored = np.array(edge) * (side, 1, 1)
    return tuple(int(np.square(model.fine_template - p).sum(axis=1).argmin()) for p in mirrored)


@lru_cache(maxsize=2)
def _brow_faces(model: HeadModel) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Triangles around the brows and their middles on the template."""
    middle = model.fine_template[model.faces].mean(axis=1)
    ax = np.abs(middle[:, 0])
    near = (middle[:, 1] < -0.08) & (ax < 0.062) & (middle[:, 2] > 0.734) & (middle[:, 2] < 0.772)
    faces = model.faces[near]
    return faces, middle[near].astype(np.float64)


def _along(
    head: Head, model: HeadModel, place: tuple[NDArray[np.float64], NDArray[np.float64]],
    direction: NDArray[np.float64], length: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Strands (n, 5, 3) from template places (x, z), lying on the posed skin along template directions (n, 2)."""
    from scipy.spatial import cKDTree

    faces, middle = _brow_faces(model)
    tree = cKDTree(middle[:, [0, 2]])
    x, z = place
    points = []
    for s in np.linspace(0, 1, _POINTS):
        at = np.stack([x, z], axis=1) + direction * (s * length)[:, None]
        chosen = faces[tree.query(at)[1]]
        a, b, c = (model.fine_template[chosen[:, i]][:, [0, 2]].astype(np.float64) for i in range(3))
        posed = [head.vertices[chosen[:, i]].astype(np.float64) for i in range(3)]
        normal = head.normals[chosen[:, 0]].astype(np.float64)
        ab, ac, ap = b - a, c - a, at - a
        det = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
        det = np.where(np.abs(det) < 1e-12, 1e-12, det)
        u = np.clip((ap[:, 0] * ac[:, 1] - ap[:, 1] * ac[:, 0]) / det, -1, 2)[:, None]
        v = np.clip((ab[:, 0] * ap[:, 1] - ab[:, 1] * ap[:, 0]) / det, -1, 2)[:, None]
        lift = 0.00012 + 0.0009 * np.sin(np.pi * min(s, 0.75) / 1.5) * head.scale
        points.append(posed[0] * (1 - u - v) + posed[1] * u + posed[2] * v + normal * lift)
    return np.stack(points, axis=1)
