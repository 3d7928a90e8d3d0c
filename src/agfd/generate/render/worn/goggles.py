"""Goggles for swimming and for skiing: sealed to the face, held by a band around the head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body import lids
from agfd.generate.render.worn import straps
from agfd.generate.render.worn.solid import Color, Solid, bar, joined, rubber, sheet, smooth_ring, wire, worn

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head
    from agfd.generate.render.picture import trace
    from agfd.generate.render.worn.shell import Shell

Points: TypeAlias = NDArray[np.float64]

_STEPS = 96
# Outlines on the face, template metres from the middle between the eyes.
_CUP = ((0.0262, 0.000), (0.0205, 0.0125), (0.004, 0.0170), (-0.0145, 0.0125), (-0.0225, 0.0015), (-0.0165, -0.0115),
        (0.000, -0.0170), (0.0180, -0.0130))  # fmt: skip
_WIDE = ((0.0700, 0.004), (0.0665, 0.0290), (0.0450, 0.0400), (0.0, 0.0420), (-0.0450, 0.0400), (-0.0665, 0.0290),
         (-0.0700, 0.004), (-0.0620, -0.0240), (-0.0400, -0.0350), (-0.0205, -0.0300), (-0.0090, -0.0150),
         (0.0090, -0.0150), (0.0205, -0.0300), (0.0400, -0.0350), (0.0620, -0.0240))  # fmt: skip
_RUBBERS: tuple[Color, ...] = (
    (0.014, 0.014, 0.015),
    (0.012, 0.05, 0.19),
    (0.35, 0.36, 0.37),
    (0.30, 0.02, 0.03),
    (0.02, 0.16, 0.17),
)
_GLASSES: tuple[Color, ...] = ((0.012, 0.013, 0.015), (0.02, 0.10, 0.25), (0.010, 0.045, 0.075), (0.16, 0.06, 0.02))
_MIRRORS: tuple[Color, ...] = (
    (0.95, 0.45, 0.10),
    (0.15, 0.40, 0.85),
    (0.12, 0.62, 0.36),
    (0.75, 0.76, 0.80),
    (0.55, 0.20, 0.65),
)
_CLOTHS: tuple[Color, ...] = (
    (0.016, 0.016, 0.018),
    (0.55, 0.55, 0.54),
    (0.42, 0.03, 0.03),
    (0.02, 0.08, 0.28),
    (0.62, 0.36, 0.03),
)


def mirror(metallic: float) -> dict[str, Any]:
    """Coated glass, whose colour is given by its points."""
    color = {"type": "mesh_attribute", "name": "vertex_color"}
    return {
        "type": "principled",
        "base_color": color,
        "metallic": metallic,
        "roughness": 0.07,
        "specular": 0.8,
        "clearcoat": 0.5,
    }


def _middle(head: Head) -> tuple[Points, Points, float]:
    """Both eyes' foremost points, and metres of this face per template metre."""
    (left, radius), (right, _) = (lids.ball(head.rest_parts[part]) for part in ("eye_l", "eye_r"))
    front = np.array([0.0, -radius * 1.05, 0.0])
    return left + front, right + front, float(left[0] - right[0]) / 0.0616


def swimming(head: Head, shell: Shell, rng: np.random.Generator, hair: float) -> tuple[list[trace.Thing], list[Points]]:
    """Two cups, a nose piece and a band; and what presses hair."""
    soft, tint, shiny, strap = rng.random(4)
    left, right, unit = _middle(head)
    color = _RUBBERS[int(soft * len(_RUBBERS))]
    glass = np.array(_GLASSES[int(tint * len(_GLASSES))])
    frames, panes, outer, inner = [], [], [], []
    for eye, side in ((left, 1.0), (right, -1.0)):
        outline = smooth_ring(_CUP, _STEPS) * unit
        x, z = eye[0] + side * (outline[:, 0] + 0.0015 * unit), eye[2] + outline[:, 1]
        base = np.stack([x, -shell.forward.at(x, z) - 0.0004 * unit, z], axis=1)
        plane = eye[1] - 0.0125 * unit
        flat = np.array([eye[0] + side * 0.0015 * unit, plane, eye[2]])
        top = flat + np.stack(
            [0.84 * side * outline[:, 0], 2.6 / unit * outline[:, 0] ** 2, 0.80 * outline[:, 1]], axis=1
        )
        top[:, 1] = np.minimum(top[:, 1], base[:, 1] - 0.003 * unit)
        frames += [wire(base, 0.0026 * unit, closed=True), _wall(base, top), wire(top, 0.0014 * unit, closed=True)]
        panes.append(_dome(top, 0.0022 * unit))
        outer.append(top[(side * top[:, 0]).argmax()] * 0.4 + base[(side * base[:, 0]).argmax()] * 0.6)
        inner.append(0.5 * (top[(side * top[:, 0]).argmin()] + base[(side * base[:, 0]).argmin()]))
    frames.append(wire(_over_nose(shell, inner, unit), 0.0019 * unit))
    ear = max(shell.anchor((0.080, -0.045, 0.7335), side)[2] for side in (1.0, -1.0))
    ends = (outer[0], outer[1])
    strip = straps.band(shell, ends, (ear + 0.010 * unit, ear + 0.022 * unit), (0.0052 * unit, 0.0010 * unit), hair)
    banded = _RUBBERS[int(strap * len(_RUBBERS))]
    things: list[trace.Thing] = [
        worn(head, joined(frames), rubber(color), "eyewear", color),
        worn(head, strip, rubber(banded), "eyewear", banded),
    ]
    metallic = 0.85 if shiny < 0.4 else 0.0
    tint_of = np.clip(glass * (6.0 if metallic else 1.0), 0, 0.9)
    things += [worn(head, pane, mirror(metallic), "eyewear", np.tile(tint_of, (len(pane.points), 1))) for pane in panes]
    return things, [strip.points]


def skiing(head: Head, shell: Shell, rng: np.random.Generator, hair: float) -> tuple[list[trace.Thing], list[Points]]:
    """One wide mirrored lens in a padded frame, and a broad band; and what presses hair."""
    tint, body, cloth = rng.random(3)
    left, right, unit = _middle(head)
    middle = 0.5 * (left + right)
    # A wide face needs a wide frame.
    cheek = min(shell.beside(side, middle[1] + 0.05 * unit, middle[2]) for side in (1.0, -1.0))
    outline = smooth_ring(_WIDE, 2 * _STEPS) * unit
    outline[:, 0] *= float(np.clip(cheek / (0.071 * unit), 0.9, 1.15))
    x, z = middle[0] + outline[:, 0], middle[2] + outline[:, 1]
    base = np.stack([x, -shell.forward.at(x, z), z], axis=1)
    nose = float((-shell.forward.at(np.linspace(-0.01, 0.01, 9) * unit + middle[0], middle[2] - 0.012 * unit)).min())
    plane = min(nose - 0.006 * unit, middle[1] - 0.022 * unit)
    top = np.stack([x, plane + 4.6 / unit * outline[:, 0] ** 2 - 0.10 * outline[:, 1], z], axis=1)
    top[:, 1] = np.minimum(top[:, 1], base[:, 1] - 0.006 * unit)
    foam = _wall(base, top)
    across, ahead = _axes(top)
    rim = bar(top, across, ahead, np.tile([0.0034 * unit, 0.0050 * unit], (len(top), 1)), closed=True, square=3.0)
    pane = _dome(top + ahead * 0.003 * unit, 0.004 * unit)
    color, shell_color = _MIRRORS[int(tint * len(_MIRRORS))], _CLOTHS[int(body * len(_CLOTHS))]
    high = ((pane.points[:, 2] - middle[2]) / (0.04 * unit))[:, None]
    other = np.array(_MIRRORS[int((tint * len(_MIRRORS) + 1) % len(_MIRRORS))])
    mixed = np.array(color) * (0.5 + 0.5 * high) + other * (0.5 - 0.5 * high)
    ear = max(shell.anchor((0.080, -0.045, 0.7335), side)[2] for side in (1.0, -1.0))
    ends = tuple(0.55 * top[(side * x).argmax()] + 0.45 * base[(side * x).argmax()] for side in (1.0, -1.0))
    half = 0.0165 * unit
    strip = straps.band(shell, (ends[0], ends[1]), (ear + 0.75 * half, ear + 1.1 * half), (half, 0.0014 * unit), hair)
    weave = _CLOTHS[int(cloth * len(_CLOTHS))]
    grey = (0.03, 0.03, 0.032)
    things: list[trace.Thing] = [
        worn(head, foam, rubber(grey) | {"roughness": 0.9}, "eyewear", grey),
        worn(head, rim, rubber(shell_color) | {"roughness": 0.3}, "eyewear", shell_color),
        worn(head, strip, rubber(weave) | {"roughness": 0.8, "sheen": 0.5}, "eyewear", weave),
        worn(head, pane, mirror(0.9), "eyewear", mixed.clip(0.02, 0.95)),
    ]
    return things, [strip.points, foam.points, rim.points]


def _axes(ring: Points) -> tuple[Points, Points]:
    """Outwards in the plane of a closed ring (n, 3), and forwards."""
    tangent = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    ahead = np.array([0.0, -1.0, 0.0]) + tangent * tangent[:, 1:2]
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    return np.cross(ahead, tangent), ahead


def _wall(base: Points, top: Points) -> Solid:
    """The side between two closed rings of as many points."""
    share = np.linspace(0, 1, 8)[:, None, None]
    grid = base * (1 - share) + top * share
    return sheet(np.concatenate([grid, grid[:, :1]], axis=1))


def _dome(ring: Points, bulge: float) -> Solid:
    """A lens within a closed ring, curved as the ring is and `bulge` metres more in its middle."""

    def terms(x: Points, z: Points) -> Points:
        return np.stack([np.ones_like(x), x, z, x * x], axis=-1)

    centre = ring.mean(axis=0)
    x, z = (ring - centre)[:, 0], (ring - centre)[:, 2]
    factors = np.linalg.lstsq(terms(x, z), ring[:, 1], rcond=None)[0]
    rest = ring[:, 1] - (terms(x, z) * factors).sum(axis=-1)
    share = np.array([1.0, 0.95, 0.85, 0.7, 0.5, 0.3, 0.12, 0.0])[:, None]
    # It shrinks to a line, not to a point: a wide lens is all of one height.
    u, v = x * (0.4 + 0.6 * share), z * share
    y = (terms(u, v) * factors).sum(axis=-1) + rest * share**4 - bulge * (1 - share**2)
    grid = np.stack([u + centre[0], y, v + centre[2]], axis=-1)
    return sheet(np.concatenate([grid, grid[:, :1]], axis=1))


def _over_nose(shell: Shell, inner: list[Points], unit: float) -> Points:
    t = np.linspace(0, 1, 15)[:, None]
    path = inner[0] * (1 - t) + inner[1] * t
    skin = -shell.forward.at(path[:, 0], path[:, 2]) - 0.0020 * unit
    path[:, 1] = np.minimum(path[:, 1], skin)
    path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
    return path
