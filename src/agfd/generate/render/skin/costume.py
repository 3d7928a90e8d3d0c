"""Painted masks: jokers, and faces for Halloween. Each takes an `Easel` and draws its own details; see `makeup`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from agfd.generate.render.skin.easel import Color, Easel

Floats: TypeAlias = NDArray[np.float32]
Painter: TypeAlias = Callable[["Easel", np.random.Generator], None]
Points: TypeAlias = list[tuple[float, float]]

_WHITE: tuple[float, float, float] = (0.70, 0.69, 0.665)
_BLACK: tuple[float, float, float] = (0.007, 0.006, 0.007)
_RED: tuple[float, float, float] = (0.42, 0.010, 0.012)
_EYE = (0.0312, 0.7288)


def paint(kind: str, easel: Easel, rng: np.random.Generator) -> None:
    """A joker or one of the faces of Halloween, chosen by `rng`."""
    choice = int(rng.integers(len(_HALLOWEEN)))
    painter = _joker if kind == "joker" else _HALLOWEEN[choice]
    painter(easel, rng)


def _joker(easel: Easel, rng: np.random.Generator) -> None:
    """White face, dark diamonds or sockets, a red mouth drawn up the cheeks."""
    worn, diamonds = float(rng.uniform(0.0, 0.12)), rng.random() < 0.5
    colors: tuple[Color, ...] = (_BLACK, _BLACK, (0.01, 0.05, 0.28), (0.005, 0.12, 0.06))
    color = colors[int(rng.integers(len(colors)))]
    reach, rise = float(rng.uniform(0.046, 0.054)), float(rng.uniform(0.020, 0.027))
    nose, brows = rng.random() < 0.35, rng.random() < 0.5
    easel.coat((0.96 - worn * np.clip(easel.noise[2], 0, 2)) * np.maximum(easel.mask, easel.mouth), _WHITE, 0.68)
    if diamonds:
        _diamonds(easel, color, float(rng.uniform(0.9, 1.15)))
    else:
        _sockets(easel, (0.019, 0.0165), color, 0.004)
    if brows:
        arch: Points = [(0.016, 0.755), (0.028, 0.766), (0.042, 0.768), (0.052, 0.758)]
        easel.coat(easel.line(arch, 0.0042, both=True), _BLACK, 0.6)
    if nose:
        ball = 0.0125 - np.hypot(easel.x, easel.z - 0.692)
        easel.coat(0.96 * easel.edge(ball, 0.001) * easel.front, _RED, 0.35)
    _grin(easel, reach, rise)


def _grin(easel: Easel, reach: float, rise: float) -> None:
    """The red mouth: wider than the lips, and rising from their corners to |x| = `reach` by `rise` metres."""
    ax = np.abs(easel.x)
    out = np.clip((ax - 0.020) / (reach - 0.020), 0, 1)
    middle = 0.6612 + rise * out**1.4
    thick = np.interp(ax, (0.0, 0.008, 0.018, 0.026, reach), (0.0150, 0.0150, 0.0115, 0.0075, 0.0008))
    ragged = 0.0007 * easel.noise[2]
    cover = easel.edge(thick - np.abs(easel.z - middle) + ragged, 0.001) * easel.edge(reach - ax, 0.001) * easel.front
    easel.coat(0.97 * np.maximum(cover, easel.mouth), _RED, 0.34)


def _diamonds(easel: Easel, color: Color, size: float) -> None:
    """Tall diamonds over the eyes."""
    across = np.abs(np.abs(easel.x) - _EYE[0]) / 0.0150
    up = np.abs(easel.z - _EYE[1] - 0.001) / (0.0300 * size)
    cover = easel.edge((1 - across - up) * 0.012, 0.0006) * easel.front
    easel.coat(0.97 * np.maximum(cover, _lids(easel)), color, 0.6)


def _sockets(easel: Easel, size: tuple[float, float], color: Color, soft: float) -> None:
    """Round dark eyes."""
    d = np.hypot((np.abs(easel.x) - _EYE[0]) / size[0], (easel.z - _EYE[1] - 0.001) / size[1])
    ragged = 0.06 * easel.noise[2] + 0.05 * easel.noise[3]
    cover = easel.edge((1 - d + ragged) * size[0], soft) * easel.front
    easel.coat(0.97 * np.maximum(cover, _lids(easel)), color, 0.7)


def _lids(easel: Easel) -> Floats:
    """The lids alone, so that no skin shows between paint and eye."""
    t = easel.along
    near = (t > -0.06) & (t < 1.06) & (easel.above < 0.003) & (easel.below < 0.002) & (easel.y < -0.10)
    return near.astype(np.float32)


def _skull(easel: Easel, rng: np.random.Generator) -> None:
    """Bone, black sockets and nose, teeth across the mouth."""
    easel.coat(0.96 * np.maximum(easel.mask, easel.mouth), (0.66, 0.63, 0.54), 0.7)
    ax, z = np.abs(easel.x), easel.z
    hollow = 0.0105 - np.abs(z - np.interp(ax, (0.036, 0.072), (0.672, 0.698))) * np.interp(
        ax, (0.034, 0.05, 0.075), (2.4, 1.0, 0.8)
    )
    cheeks = easel.edge(hollow, 0.006) * easel.edge(ax - 0.037, 0.006) * easel.front
    easel.coat(0.92 * cheeks, (0.03, 0.027, 0.025), 0.8)
    easel.coat(0.85 * easel.spot(0.068, 0.755, 0.006, 0.012), (0.05, 0.045, 0.04))
    _sockets(easel, (0.0195, 0.0190), _BLACK, 0.001)
    nose = np.interp(z, (0.680, 0.686, 0.702), (0.0125, 0.0125, 0.002)) - ax
    nose = np.minimum(nose, np.minimum(0.704 - z, z - 0.6795))
    easel.coat(easel.edge(nose, 0.0006) * easel.front, _BLACK, 0.7)
    _stitched_teeth(easel, float(rng.uniform(0.0062, 0.0078)))
    for _ in range(2):
        side = 1.0 if rng.random() < 0.5 else -1.0
        crack = _crack(rng, (side * float(rng.uniform(0.006, 0.03)), 0.797), (0.0, -1.0), 6, 0.005)
        easel.coat(easel.line(crack, 0.0022), _BLACK, 0.7)


def _stitched_teeth(easel: Easel, pitch: float) -> None:
    """A dark line past the corners of the mouth, and the teeth as strokes across the lips."""
    ax, z = np.abs(easel.x), easel.z
    line = np.interp(ax, (0, 0.026, 0.052), (0.6610, 0.6615, 0.6690))
    tall = np.interp(ax, (0, 0.026, 0.052), (0.0145, 0.0120, 0.0050))
    seam = easel.edge(np.interp(ax, (0, 0.050, 0.054), (0.0014, 0.0012, 0.0)) - np.abs(z - line))
    off = np.abs(ax % pitch - pitch / 2)
    strokes = easel.edge(0.0010 - off) * easel.edge(tall - np.abs(z - line), 0.001) * (ax < 0.050)
    easel.coat(np.maximum(seam, strokes) * easel.front, _BLACK, 0.7)


def _doll(easel: Easel, rng: np.random.Generator) -> None:
    """Cracked porcelain: pale and glossy, round red cheeks, a small mouth, painted lashes, cracks, stitches."""
    easel.coat(0.95 * np.maximum(easel.mask, easel.mouth), (0.70, 0.60, 0.54), 0.30)
    easel.relief[:] *= 1 - 0.7 * easel.face
    cheek = np.hypot(np.abs(easel.x) - 0.046, easel.z - 0.689)
    easel.coat(0.78 * easel.edge(0.0125 - cheek, 0.006) * easel.front, (0.62, 0.10, 0.10), 0.35)
    heart = 0.0135 - np.abs(easel.x) * 1.0
    easel.coat(0.97 * easel.mouth * easel.edge(heart, 0.001), (0.42, 0.008, 0.020), 0.22)
    for x, dx in ((0.020, -0.0015), (0.026, -0.0005), (0.032, 0.0005), (0.038, 0.0018), (0.0435, 0.0035)):
        easel.coat(easel.line(((x, 0.7238), (x + dx, 0.7120)), 0.0022, both=True), _BLACK, 0.4)
    lid = easel.edge(0.0026 - easel.above) * (easel.above > -0.003) * (easel.below < 0.0)
    easel.coat(lid * (easel.along > -0.05) * (easel.along < 1.1) * (easel.y < -0.1), _BLACK, 0.4)
    side = 1.0 if rng.random() < 0.5 else -1.0
    starts = [((side * 0.022, 0.798), (-0.15 * side, -1.0)), ((side * 0.064, 0.716), (-side, -0.35))]
    for start, way in starts:
        trunk = _crack(rng, start, way, 9, 0.0062)
        easel.coat(easel.line(trunk, 0.0034), _BLACK, 0.8)
        for k in (2, 4, 6):
            turned = (way[0] + float(rng.choice([-1.0, 1.0])), way[1] + float(rng.uniform(-0.5, 0.5)))
            easel.coat(easel.line(_crack(rng, trunk[k], turned, 4, 0.005), 0.0022), _BLACK, 0.8)
    for sign in (1.0, -1.0):
        seam: Points = [(sign * 0.026, 0.6612), (sign * 0.048, 0.6690)]
        easel.coat(easel.line(seam, 0.0018), _BLACK, 0.6)
        for k in range(4):
            x, z = 0.029 + 0.0055 * k, 0.6622 + 0.002 * k
            easel.coat(easel.line(((sign * x, z + 0.0042), (sign * (x + 0.0012), z - 0.0042)), 0.0018), _BLACK, 0.6)


def _pumpkin(easel: Easel, rng: np.random.Generator) -> None:
    """Orange with darker ribs, black triangles for eyes and nose, a jagged grin."""
    ax, z = np.abs(easel.x), easel.z
    easel.coat(0.96 * np.maximum(easel.mask, easel.mouth), (0.80, 0.21, 0.010), 0.5)
    ribs = np.abs(np.sin(easel.x / (0.30 + 1.8 * np.clip(0.10 - np.abs(z - 0.71), 0, 1)) * np.pi * 18))
    easel.shade(0.75 * np.exp(-((ribs / 0.22) ** 2)) * easel.mask, (0.6, 1.0, 1.2))
    eye = np.minimum((z - 0.7165) * 0.8, 0.0215 - np.abs(ax - _EYE[0]) - 0.60 * (z - 0.7165))
    easel.coat(np.maximum(easel.edge(eye, 0.0006), _lids(easel)) * easel.front, _BLACK, 0.7)
    nose = np.minimum((z - 0.6800) * 0.9, 0.0120 - ax - 0.62 * (z - 0.6800))
    easel.coat(easel.edge(nose, 0.0006) * easel.front, _BLACK, 0.7)
    teeth = float(rng.uniform(0.0100, 0.0125))
    zigzag = 0.0042 * (np.abs((ax / teeth) % 1 - 0.5) * 4 - 1)
    line = 0.6605 + 0.022 * np.clip(ax / 0.052, 0, 1) ** 2.2
    thick = np.interp(ax, (0, 0.03, 0.052, 0.054), (0.0120, 0.0105, 0.0015, 0.0))
    cover = easel.edge(np.minimum(line + thick + 0.3 * zigzag - z, z - line + thick + zigzag), 0.0006)
    easel.coat(cover * easel.edge(0.053 - ax) * easel.front, _BLACK, 0.7)


def _vampire(easel: Easel, rng: np.random.Generator) -> None:
    """Pale, with red and black around the eyes, dark lips, and blood that runs from the mouth."""
    easel.coat(0.88 * easel.mask, (0.60, 0.59, 0.58), 0.6)
    easel.shade(easel.spot(0.055, 0.680, 0.010, 0.012, lean=0.5), (0.9, 0.9, 0.8))
    d = np.hypot((np.abs(easel.x) - _EYE[0]) / 0.0185, (easel.z - _EYE[1]) / 0.0150)
    easel.coat(0.85 * np.clip((1.15 - d) / 0.55, 0, 1) * easel.front, (0.16, 0.008, 0.012), 0.7)
    easel.coat(0.95 * np.maximum(np.clip((0.82 - d) / 0.25, 0, 1), _lids(easel)) * easel.front, _BLACK, 0.6)
    easel.coat(0.97 * easel.mouth, (0.12, 0.003, 0.006), 0.25)
    brow: Points = [(0.010, 0.741), (0.030, 0.7545), (0.054, 0.764)]
    easel.coat(easel.line(brow, 0.0055, both=True), _BLACK, 0.6)
    for x in (-0.0215, 0.0215, *rng.uniform(-0.016, 0.016, 2)):
        wide, end = float(rng.uniform(0.0022, 0.0036)), float(rng.uniform(0.615, 0.638))
        start = 0.6610 if abs(x) > 0.02 else 0.6540
        bend = float(x) * 1.06
        run = 0.5 * wide - np.abs(easel.x - np.interp(easel.z, (end, start), (bend, x)))
        run = np.minimum(run, np.minimum(start - easel.z, easel.z - end))
        drop = 0.75 * wide - np.hypot(easel.x - bend, (easel.z - end) * 0.75)
        easel.coat(0.97 * easel.edge(np.maximum(run, drop)) * easel.front, (0.20, 0.002, 0.003), 0.10)


def _cat(easel: Easel, rng: np.random.Generator) -> None:
    """A white muzzle, a black nose, whiskers, winged eyes, stripes."""
    ax, z = np.abs(easel.x), easel.z
    coats: tuple[Color, ...] = ((0.60, 0.22, 0.03), (0.09, 0.085, 0.085), (0.30, 0.26, 0.22))
    easel.coat(0.90 * easel.mask, coats[int(rng.integers(len(coats)))], 0.7)
    muzzle = 1 - np.hypot((ax - 0.013) / 0.0225, (z - 0.664) / 0.0185)
    ragged = 0.05 * easel.noise[2]
    white = np.maximum(easel.edge((muzzle + ragged) * 0.02, 0.003), easel.edge(0.016 - np.hypot(ax, z - 0.628), 0.003))
    patch = easel.edge((1 - np.hypot((ax - _EYE[0]) / 0.021, (z - 0.731) / 0.0165) + ragged) * 0.02, 0.003)
    easel.coat(0.95 * np.maximum(white, patch) * easel.front * (1 - easel.mouth), _WHITE, 0.7)
    nose = np.minimum(0.0110 - ax - 0.55 * np.maximum(0.698 - z, 0), np.minimum(z - 0.6800, 0.7000 - z))
    easel.coat(easel.edge(nose) * easel.front, _BLACK, 0.35)
    easel.coat(easel.edge(0.0011 - ax) * (z < 0.682) * (z > 0.664) * easel.front, _BLACK, 0.5)
    easel.coat(0.95 * easel.mouth, _BLACK, 0.35)
    for z0, z1 in ((0.677, 0.688), (0.671, 0.673), (0.665, 0.658)):
        easel.coat(easel.line(((0.022, z0), (0.064, z1)), 0.0028, both=True), _BLACK, 0.6)
        easel.coat(easel.edge(0.0012 - np.hypot(ax - 0.016, z - z0)) * easel.front, _BLACK, 0.6)
    for x0, x1 in ((0.0, 0.0), (0.013, 0.018), (0.027, 0.037)):
        easel.coat(easel.line(((x1, 0.794), (x0, 0.764)), 0.0055, both=True), _BLACK, 0.7)
    for z0 in (0.695, 0.709):
        easel.coat(easel.line(((0.072, z0 + 0.008), (0.052, z0)), 0.0050, both=True), _BLACK, 0.7)
    wing: Points = [(0.0400, 0.7318), (0.0440, 0.7315), (0.0560, 0.7410)]
    lined = (easel.above < 0.0032) & (easel.below < 0.0024) & (easel.along > -0.12) & (easel.along < 1.05)
    cover = np.maximum(easel.line(wing, 0.0055, both=True), lined * (easel.y < -0.10))
    easel.coat(cover.astype(np.float32), _BLACK, 0.5)


def _crack(
    rng: np.random.Generator, start: tuple[float, float], way: tuple[float, float], count: int, step: float
) -> Points:
    """A jagged course of `count` steps, metres."""
    points = [start]
    for _ in range(count):
        x, z = points[-1]
        turn = float(rng.uniform(-0.7, 0.7))
        dx, dz = way[0] + turn * -way[1], way[1] + turn * way[0]
        length = step * float(rng.uniform(0.6, 1.3)) / max(float(np.hypot(dx, dz)), 1e-6)
        points.append((x + dx * length, z + dz * length))
    return points


_HALLOWEEN: tuple[Painter, ...] = (_skull, _doll, _pumpkin, _vampire, _cat)
