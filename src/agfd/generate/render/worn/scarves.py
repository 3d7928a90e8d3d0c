"""Headscarves: a cloth around head, ears and neck that leaves the face free.

In the hair frame. The cloth is a map of distances from an axis through the neck, over angle and height, that closes
to a dome over the crown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.head import normals
from agfd.generate.render.worn.clothes import clip, hem
from agfd.generate.render.worn.hats import Cloth

if TYPE_CHECKING:
    from agfd.generate.render.hair.strands import Floats as Singles

Floats: TypeAlias = NDArray[np.float64]

_AXIS, _DOME = -0.045, 0.735
_ROWS, _COLUMNS = 190, 240
_BOTTOM, _LOW = 0.490, 0.535
# Linear RGB of scarves.
_DYES = (
    (0.028, 0.028, 0.032), (0.42, 0.36, 0.30), (0.33, 0.22, 0.20), (0.12, 0.20, 0.30), (0.48, 0.47, 0.44),
    (0.20, 0.035, 0.055), (0.09, 0.16, 0.12), (0.40, 0.27, 0.15), (0.16, 0.10, 0.17), (0.03, 0.05, 0.13),
    (0.44, 0.27, 0.27), (0.10, 0.22, 0.21),
)  # fmt: skip


def headscarf(skin: Singles, landmarks: Singles, rng: np.random.Generator) -> tuple[Cloth, ...]:
    """A scarf on the posed `skin` (n, 3) of a face with `landmarks` (68, 3)."""
    angle, place = np.meshgrid(
        np.linspace(-np.pi, np.pi, _COLUMNS, endpoint=False), np.linspace(0, 1, _ROWS), indexing="xy"
    )
    distance = _around(skin.astype(np.float64)) + 0.012 * np.clip((0.36 - place) / 0.12, 0, 1)
    folds = _folds(angle, place, rng)
    lap, shadow = _wrapped(angle, place, rng)
    sway = rng.uniform(0, 6)
    dye = np.array(_DYES[int(rng.integers(len(_DYES)))]) * rng.uniform(0.8, 1.15)
    below = np.array(_DYES[int(rng.integers(len(_DYES)))]) * rng.uniform(0.5, 0.9)
    points = _placed(angle, place, distance + 0.0045 + folds + lap)
    faces = _closed(_ROWS, _COLUMNS)
    flat = points.reshape(-1, 3)
    depth = _outside_face(flat, landmarks.astype(np.float64), rng)
    # The lower edge lies on the chest, a little uneven.
    edge = (_LOW + 0.006 * np.sin(2 * angle + sway) + 0.003 * np.sin(5 * angle + 2 * sway)).reshape(-1)
    depth = np.minimum(depth, flat[:, 2] - edge)
    # The seam around the face lies close and is a little thicker.
    rim = np.exp(-((depth / 0.012) ** 2))
    out = normals(flat, faces).astype(np.float64)
    # Over the forehead the edge of a cap that holds the hair looks out from below the scarf.
    width = _CAP * _ramp(flat[:, 2], _TEMPLE, 0.045)
    cap = (1 - _ramp(depth, width, 0.0010)) * (width > 0.0008) * (flat[:, 1] < -0.03)
    flat = flat - out * (0.0020 * rim + 0.0016 * cap)[:, None]
    fine = rng.standard_normal((_ROWS, _COLUMNS)).reshape(-1)
    edge_shade = 0.9 * np.exp(-(((depth - width) / 0.0016) ** 2)) * cap
    weave = 0.03 * fine - 60 * np.clip(-folds.reshape(-1), 0, 0.01) - shadow.reshape(-1) - edge_shade
    colors = (dye + cap[:, None] * (below - dye)) * np.exp(weave)[:, None]
    table, faces, values = clip(np.concatenate([flat, out, colors], axis=1), faces, depth)
    faces, places = hem(faces, table[:, :3], table[:, 3:6], values, 0.0045)
    colors = np.concatenate([table[:, 6:], table[:, 6:]])
    return (Cloth(places, faces, np.clip(colors, 0.002, 0.9), 0.85, 0.7),)


def _closed(rows: int, columns: int) -> NDArray[np.int64]:
    """Triangles of rows from the bottom to the crown."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    k = (j + 1) % columns
    a, b, c, d = i * columns + j, i * columns + k, (i + 1) * columns + k, (i + 1) * columns + j
    return np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])


_SPLIT = 0.62
# How far the cap below a scarf looks out, and above which height, metres.
_CAP, _TEMPLE = 0.0105, 0.738


def _ramp(values: Floats, start: Floats | float, width: float) -> Floats:
    """0 below `start` to 1 at `width` above it, smooth."""
    t = np.clip((values - start) / width, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _wrapped(angle: Floats, place: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """How far the laid-over ends stand out, metres, and their shade on what lies below them, an absorption.

    One end runs from a temple under the chin to the other shoulder, and one comes round from the back of the neck.
    """
    side = 1.0 if rng.random() < 0.5 else -1.0
    lap, shadow = np.zeros_like(angle), np.zeros_like(angle)
    for start, slope, bend in ((0.235, 0.145, 0.03), (0.13, 0.085, -0.02)):
        turn = side * angle
        line = start * rng.uniform(0.9, 1.1) + slope * turn + bend * np.cos(2 * turn) + 0.006 * np.sin(7 * turn + start)
        fade = np.clip((2.3 - np.abs(angle)) / 0.6, 0, 1)
        over = place - line
        lap += 0.0032 * fade * _ramp(over, 0.0, 0.008) * (1 - _ramp(over, 0.05, 0.16))
        shadow += 0.75 * fade * np.exp(-np.clip(-over, 0, 1) / 0.010) * (1 - _ramp(over, -0.002, 0.004))
    return lap, shadow


def _placed(angle: Floats, place: Floats, distance: Floats) -> Floats:
    """Points (..., 3) at `place` 0 (bottom) to 1 (crown)."""
    low = np.clip(place / _SPLIT, 0, 1)
    turn = np.clip((place - _SPLIT) / (1 - _SPLIT), 0, 1) * np.pi / 2
    across, up = distance * np.cos(turn), distance * np.sin(turn)
    z = np.where(place < _SPLIT, _BOTTOM + (_DOME - _BOTTOM) * low, _DOME + up)
    return np.stack([across * np.sin(angle), _AXIS - across * np.cos(angle), z], axis=-1)


def _around(skin: Floats) -> Floats:
    """Distance (_ROWS, _COLUMNS) of a cloth that lies on the skin and spans its hollows."""
    from scipy.ndimage import gaussian_filter, grey_closing, maximum_filter

    x, y, z = skin[:, 0], skin[:, 1] - _AXIS, skin[:, 2]
    keep = (z > _BOTTOM - 0.01) & (np.hypot(x, y) < 0.150)
    x, y, z = x[keep], y[keep], z[keep]
    across, up = np.hypot(x, y), z - _DOME
    place = np.where(
        up < 0, _SPLIT * (z - _BOTTOM) / (_DOME - _BOTTOM), _SPLIT + (1 - _SPLIT) * np.arctan2(up, across) / (np.pi / 2)
    )
    far = np.where(up < 0, across, np.hypot(across, up))
    row = np.clip(np.rint(place * (_ROWS - 1)).astype(int), 0, _ROWS - 1)
    column = np.rint((np.arctan2(x, -y) + np.pi) / (2 * np.pi) * _COLUMNS).astype(int) % _COLUMNS
    table = np.zeros((_ROWS, _COLUMNS))
    np.maximum.at(table, (row, column), far)
    modes = ("nearest", "wrap")
    table = maximum_filter(table, (7, 9), mode=modes)
    table = grey_closing(table, (29, 25), mode=modes)
    # Cloth falls from the chin and the back of the head; it does not follow the neck.
    for i in range(_ROWS - 2, -1, -1):
        table[i] = np.maximum(table[i], 0.990 * table[i + 1] - 0.00002)
    table[: int(0.2 * _ROWS)] = np.minimum(table[: int(0.2 * _ROWS)], 0.135)
    smooth = gaussian_filter(table, (3.0, 4.0), mode=modes)
    smooth[-12:] = (
        smooth[-12:].mean(axis=1, keepdims=True) * np.linspace(0, 1, 12)[:, None]
        + smooth[-12:] * np.linspace(1, 0, 12)[:, None]
    )
    return np.asarray(smooth)


def _folds(angle: Floats, place: Floats, rng: np.random.Generator) -> Floats:
    """Height of the folds in metres: soft over the head, deep around the neck, and slanted."""
    total = np.zeros_like(angle)
    neck = np.clip((0.42 - place) / 0.25, 0, 1)
    for _ in range(9):
        slant, rate, phase = rng.uniform(-14, 14), rng.integers(2, 6), rng.uniform(0, 6)
        wave = np.sin(rate * angle + slant * place * 2 + phase + 0.8 * np.sin(3 * angle + phase))
        total += np.sign(wave) * np.abs(wave) ** 1.6 * 0.0011
    rings = rng.uniform(0, 6)
    sag = np.sin(70 * place + 2.2 * np.cos(angle) + rings + 1.2 * np.sin(2 * angle + rings))
    total = total * (0.45 + 1.6 * neck) + 0.0035 * neck * sag * (0.5 + 0.5 * np.cos(angle))
    # Creases that run from the temples down to the chin.
    crease = np.sin(26 * (np.abs(angle) - 0.95) - 16 * place + rings)
    fine = np.sin(47 * (np.abs(angle) - 0.95) - 31 * place + 2 * rings) * (crease > 0.2)
    crease = crease + 0.45 * fine
    return np.asarray(total + 0.0019 * crease * np.exp(-(((np.abs(angle) - 1.1) / 0.5) ** 2)) * (1 - neck))


def _outside_face(points: Floats, landmarks: Floats, rng: np.random.Generator) -> Floats:
    """Metres (n,), positive where there is cloth: outside of an oval from the hairline to below the chin."""
    # The lower edge is drawn over the tip of the chin: below it the scarf would gape.
    chin = float(landmarks[8, 2]) + 0.0025
    top, half = rng.uniform(0.784, 0.800), rng.uniform(0.0625, 0.0670)
    middle = 0.715
    x, y, z = points.T
    tall = np.where(z > middle, top - middle, middle - chin)
    power = np.where(z > middle, 2.2, 2.5)
    oval = (np.abs(x / half) ** power + np.abs((z - middle) / tall) ** power) ** (1 / power)
    return np.asarray(np.where(y < -0.02, (oval - 1) * 0.06, 0.05))
