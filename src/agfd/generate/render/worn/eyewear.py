"""Glasses, sunglasses and goggles: which ones a person wears, and how they sit on this nose and these ears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body import lids
from agfd.generate.render.worn.solid import Color, Solid, bar, joined, pad, pane, sheet, smooth_ring, wire, worn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agfd.generate.render.body.head import Head
    from agfd.generate.render.picture import trace
    from agfd.generate.render.worn.shell import Shell

Points: TypeAlias = NDArray[np.float64]

# Outlines of a lens from its middle: towards the temple and up, in half widths, anticlockwise on the person's left.
_OUTLINES: Mapping[str, tuple[tuple[float, float], ...]] = {
    "round": ((1, 0.02), (0.71, 0.70), (0, 0.97), (-0.71, 0.69), (-1, 0), (-0.71, -0.69), (0, -0.95), (0.71, -0.68)),
    "oval": ((1, 0.05), (0.74, 0.48), (0, 0.68), (-0.74, 0.46), (-1, 0), (-0.72, -0.46), (0, -0.66), (0.74, -0.44)),
    "rectangular": (
        (1, 0.10), (0.93, 0.50), (0.45, 0.60), (-0.40, 0.58), (-0.90, 0.48), (-0.97, 0.05), (-0.86, -0.42),
        (-0.40, -0.57), (0.40, -0.59), (0.86, -0.46),
    ),
    "square": (
        (1, 0.28), (0.95, 0.68), (0.45, 0.78), (-0.40, 0.76), (-0.93, 0.64), (-0.97, 0.10), (-0.82, -0.55),
        (-0.38, -0.76), (0.32, -0.78), (0.80, -0.60),
    ),
    "aviator": (
        (1.02, 0.32), (0.92, 0.66), (0.40, 0.78), (-0.40, 0.76), (-0.93, 0.56), (-0.97, 0.10), (-0.70, -0.46),
        (-0.14, -0.88), (0.42, -0.95), (0.84, -0.58),
    ),
    "cat-eye": (
        (1.00, 0.28), (1.13, 0.74), (0.62, 0.74), (-0.20, 0.62), (-0.86, 0.46), (-0.97, 0.0), (-0.78, -0.46),
        (-0.20, -0.68), (0.40, -0.62), (0.84, -0.28),
    ),
}  # fmt: skip
# Half width of a lens and half of the gap over the nose, metres on the template.
_HALF, _GAP = 0.0245, 0.0095
_STEPS = 72
# How much faster than its mesh a clear lens curves: its front mirrors the room from the floor to the ceiling.
_CURVED = 2.2
_METALS: tuple[Color, ...] = ((0.72, 0.52, 0.25), (0.62, 0.62, 0.62), (0.12, 0.12, 0.13), (0.60, 0.36, 0.27))
_PLASTICS: tuple[Color, ...] = (
    (0.010, 0.010, 0.011), (0.010, 0.010, 0.011), (0.060, 0.022, 0.010), (0.016, 0.024, 0.060), (0.15, 0.012, 0.020),
    (0.055, 0.060, 0.065), (0.55, 0.50, 0.44), (0.30, 0.19, 0.10), (0.020, 0.055, 0.045),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """Spectacles. `outline`: a name of `_OUTLINES`; `metal`: wire with pads on the nose, else plastic; `half_rim`: no
    rim below; `rim`: half its height, metres; `size`: factor; `color` linear RGB; `horn` 0 to 1: how blotched.
    """

    outline: str
    metal: bool
    half_rim: bool
    rim: float
    size: float
    color: Color
    horn: float


def frame(rng: np.random.Generator, *, dark: bool, male: bool) -> Frame:
    """A pair of spectacles, or `dark` sunglasses, which are larger. Cat's eyes are women's."""
    shape, stuff, colour, blotched, thick, size = rng.random(6)
    outlines = ("aviator", "square", "cat-eye", "round", "square") if dark else (
        "rectangular", "round", "square", "oval", "cat-eye", "rectangular", "aviator")  # fmt: skip
    outline = outlines[int(shape * len(outlines))]
    if male and outline == "cat-eye":
        outline = "square"
    metal = stuff < {"aviator": 0.95, "round": 0.5, "oval": 0.7, "square": 0.2, "cat-eye": 0.1}.get(outline, 0.4)
    half_rim = not dark and outline == "rectangular" and stuff % 0.2 < 0.1
    table = _METALS if metal else _PLASTICS
    large = {"rectangular": 1.0, "round": 0.90, "square": 0.96}.get(outline, 1.0) * (1.10 if dark else 1.0)
    return Frame(
        outline, metal, half_rim,
        rim=0.0008 + 0.0003 * thick if metal else 0.0015 + 0.0014 * thick,
        size=large * (0.95 + 0.10 * size),
        color=table[int(colour * len(table))],
        horn=0.0 if metal or blotched > 0.3 else 1.0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Fit:
    """Where spectacles sit: middle height `level`, `middle` x, and both lenses' surface, y = plane + bow (x - middle)^2
    - lean (z - level); `unit`: metres of this face per template metre.
    """

    level: float
    plane: float
    bow: float
    lean: float
    unit: float
    middle: float

    def surface(self, x: Points, z: Points) -> Points:
        """y of the lenses' common surface."""
        return np.asarray(self.plane + self.bow * (x - self.middle) ** 2 - self.lean * (z - self.level))


def _fit(head: Head, shell: Shell, made: Frame) -> tuple[_Fit, float]:
    """Push the frame back until it meets brows, cheeks or the lashes' reach; and half of its gap over this nose."""
    (left, radius), (right, _) = (lids.ball(head.rest_parts[part]) for part in ("eye_l", "eye_r"))
    unit = float(left[0] - right[0]) / 0.0616
    level, middle = float(left[2] + right[2]) / 2 - 0.0025 * unit, float(left[0] + right[0]) / 2
    loose = _Fit(level, 0.0, 1.1 / unit, 0.12, unit, middle)
    lashes = float(min(left[1], right[1])) - radius * 1.05 - 0.0100 * unit
    # The rims stand where the nose is as deep as the lenses.
    x = np.linspace(0.004, 0.014, 30) * unit
    flank = np.max(
        [shell.forward.at(middle + side * x, level + up * unit) for side in (1, -1) for up in (-0.006, 0.002)], axis=0
    )
    gap = float(np.clip(x[np.argmax(-flank > lashes + 0.001 * unit)] + 0.0012 * unit, 0.0075 * unit, 0.0125 * unit))
    outline = smooth_ring(_OUTLINES[made.outline], _STEPS) * (_HALF * made.size * unit)
    reach = [lashes]
    for side in (1.0, -1.0):
        across, z = middle + side * (gap + _HALF * made.size * unit + outline[:, 0]), level + outline[:, 1]
        reach.append(float(np.min(-shell.forward.at(across, z) - 0.0022 * unit - loose.surface(across, z))))
    return _Fit(level, max(min(reach), lashes - 0.006 * unit), loose.bow, loose.lean, unit, middle), gap


@dataclass(frozen=True, slots=True)
class _Lens:
    """One lens in place: `rim` (n, 3) its outline, `across` and `ahead` (n, 3) the axes of the rim's section."""

    rim: Points
    across: Points
    ahead: Points
    side: float
    centre: tuple[float, float]

    @classmethod
    def of(cls, fit: _Fit, gap: float, made: Frame, side: float) -> _Lens:
        half = _HALF * made.size * fit.unit
        outline = smooth_ring(_OUTLINES[made.outline], _STEPS) * half
        centre = (fit.middle + side * (gap + half), fit.level)
        x, z = centre[0] + side * outline[:, 0], centre[1] + outline[:, 1]
        rim = np.stack([x, fit.surface(x, z), z], axis=1)
        tangent = np.roll(rim, -1, axis=0) - np.roll(rim, 1, axis=0)
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        slope = 2 * fit.bow * (x - fit.middle)
        ahead = np.stack([slope, -np.ones_like(x), np.full_like(x, -fit.lean)], axis=1)
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        return cls(rim, side * np.cross(ahead, tangent), ahead, side, centre)

    def pane(self, fit: _Fit, bulge: float) -> Solid:
        """The glass: rings from the rim to the middle, domed forwards by `bulge` of its half width."""
        middle = self.rim.mean(axis=0)
        rings = []
        for share in (1.0, 0.93, 0.8, 0.6, 0.4, 0.2, 0.02):
            x, z = (middle[k] + share * (self.rim[:, k] - middle[k]) for k in (0, 2))
            y = fit.surface(x, z) - bulge * _HALF * fit.unit * (1 - share**2)
            rings.append(np.stack([x, y, z], axis=1))
        grid = np.stack(rings)
        return sheet(np.concatenate([grid, grid[:, :1]], axis=1))


def glasses(head: Head, shell: Shell, rng: np.random.Generator, *, dark: bool, male: bool) -> list[trace.Thing]:
    """Spectacles with clear lenses, or sunglasses."""
    made, tint = frame(rng, dark=dark, male=male), rng.random(4)
    fit, gap = _fit(head, shell, made)
    lenses = [_Lens.of(fit, gap, made, side) for side in (1.0, -1.0)]
    solids = [_rim(lens, made, fit) for lens in lenses]
    solids += _bridge(shell, lenses, made, fit)
    for lens in lenses:
        solids += _temple(shell, lens, made, fit)
    whole = joined(solids)
    things: list[trace.Thing] = [worn(head, whole, _stuff(made), "eyewear", _color(made, whole, fit, rng))]
    for lens in lenses:
        solid = lens.pane(fit, 0.06)
        if dark:
            things.append(worn(head, solid, _tinted(), "eyewear", _shade(lens, fit, tint)))
        else:
            things.append(pane(head, solid, _CURVED, "eyewear"))
    return things


def _rim(lens: _Lens, made: Frame, fit: _Fit) -> Solid:
    high = (lens.rim[:, 2] - lens.centre[1]) / (_HALF * fit.unit)
    width = np.full(_STEPS, made.rim * fit.unit)
    if not made.metal:
        # Plastic is thicker at the brow.
        width = width * (1 + 0.45 * np.clip(high / 0.6, -0.2, 1))
    deep = np.full(_STEPS, (0.0009 if made.metal else 0.0017) * fit.unit)
    if made.half_rim:
        width, deep = (np.where(high > -0.12, a, 0.0003 * fit.unit) for a in (width, deep))
    return bar(lens.rim, lens.across, lens.ahead, np.stack([width, deep], axis=1), closed=True)


def _bridge(shell: Shell, lenses: list[_Lens], made: Frame, fit: _Fit) -> list[Solid]:
    """The bar over the nose, and for wire the pads on its flanks."""
    height = 0.22 if made.metal else 0.20
    ends = []
    for lens in lenses:
        inner = lens.rim[(lens.side * (lens.rim[:, 0] - lens.centre[0]) < 0)]
        ends.append(inner[np.abs(inner[:, 2] - lens.centre[1] - height * _HALF * fit.unit).argmin()])
    t = np.linspace(0, 1, 15)[:, None]
    path = ends[0] * (1 - t) + ends[1] * t
    arch = np.sin(np.pi * t[:, 0])
    path[:, 2] += 0.0022 * fit.unit * arch
    half = np.array([0.0009, 0.0009] if made.metal else [1.25 * made.rim, 0.0018]) * fit.unit
    skin = -shell.forward.at(path[:, 0], path[:, 2]) - half[1] - 0.0002 * fit.unit
    path[:, 1] = np.minimum(path[:, 1] - 0.001 * fit.unit * arch, skin)
    path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
    path[:, 1] = np.minimum(path[:, 1], skin)
    size = np.tile(half, (len(path), 1))
    across, ahead = np.tile([0.0, 0, 1], (len(path), 1)), np.tile([0.0, -1, 0], (len(path), 1))
    solids = [bar(path, across, ahead, size)]
    return solids + ([_pad(shell, lens, fit) for lens in lenses] if made.metal else [])


def _pad(shell: Shell, lens: _Lens, fit: _Fit) -> Solid:
    """A nose pad on the flank of the nose with its thin arm to the rim."""
    z = fit.level - 0.0035 * fit.unit
    inner = lens.rim[
        np.abs(lens.rim[:, 2] - z - 0.002 * fit.unit) + 9 * (lens.side * (lens.rim[:, 0] - lens.centre[0]) > 0)
        < 0.003 * fit.unit
    ].mean(axis=0)
    y = inner[1] + 0.0035 * fit.unit
    x = np.linspace(0.002, 0.016, 60) * fit.unit
    flank = -shell.forward.at(fit.middle + lens.side * x, np.full_like(x, z))
    at = fit.middle + lens.side * x[np.argmax(flank > y)]
    across = np.array([lens.side * 0.80, -0.55, 0.15])
    across /= np.linalg.norm(across)
    up = np.cross(across, [1.0, 0, 0])
    up /= np.linalg.norm(up)
    centre = np.array([at, y, z]) + 0.0007 * fit.unit * across
    axes = np.stack([across, up, np.cross(across, up)])
    half = (0.0009 * fit.unit, 0.0040 * fit.unit, 0.0022 * fit.unit)
    way = np.array([[0, 0, 0], [0.35, 0.9, 0], [0.8, 0.8, 0.6], [1, 0, 1]])
    arm = centre + (inner - centre) * way[:, [0, 0, 2]] + np.array([0, 0.0016 * fit.unit, 0]) * way[:, 1:2]
    return joined([pad(centre, axes, half), wire(arm, 0.00045 * fit.unit)])


# Where the ear joins the head: on top, behind, and low behind; template metres.
_EAR = ((0.0740, -0.052, 0.7385), (0.0720, -0.036, 0.7310), (0.0670, -0.030, 0.7150), (0.0630, -0.032, 0.7000))


def _temple(shell: Shell, lens: _Lens, made: Frame, fit: _Fit) -> list[Solid]:
    """The side arm: around the corner, along the temple to the ear, and down behind it."""
    from scipy.interpolate import PchipInterpolator

    side, unit = lens.side, fit.unit
    outer = lens.rim[(side * lens.rim[:, 0] + 0.45 * lens.rim[:, 2]).argmax()]
    ear = np.array([shell.anchor(place, side) for place in _EAR])
    half = 0.0007 if made.metal else 0.0013
    hinge = outer + np.array([side * 0.0045, 0.0025, 0]) * unit
    fore = hinge + np.array([side * 0.0012, 0.0090, 0.0002]) * unit
    top = ear[0] + np.array([0, -0.012, 0.0035]) * unit
    knots = np.stack([outer, hinge, fore, 0.5 * fore + 0.5 * top, top, *ear])
    step = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    path = PchipInterpolator(step, knots)(np.linspace(0, step[-1], 60))
    clear = shell.beside(side, path[:, 1], path[:, 2]) + (half + 0.0004) * unit
    path[:, 0] = np.where(path[:, 1] > hinge[1], side * np.maximum(side * path[:, 0], clear), path[:, 0])
    for _ in range(3):
        path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    outward = np.array([side, 0.0, 0.0]) - tangent * (side * tangent[:, :1])
    front = np.abs(tangent[:, 0]) > 0.7
    outward[front] = np.array([0.0, -1.0, 0.0])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    upward = np.cross(tangent, outward)
    upward /= np.linalg.norm(upward, axis=1, keepdims=True)
    t = np.linspace(0, 1, len(path))
    tall = np.interp(
        t, (0, 0.15, 0.7, 1), (0.0013, 0.0012, 0.0009, 0.0015) if made.metal else (0.0034, 0.0030, 0.0021, 0.0026)
    )
    size = np.stack([np.full_like(t, half), tall], axis=1) * unit
    return [bar(path, np.asarray(outward), upward, size)]


def _stuff(made: Frame) -> dict[str, Any]:
    color = {"type": "mesh_attribute", "name": "vertex_color"}
    if made.metal:
        return {"type": "principled", "base_color": color, "metallic": 1.0, "roughness": 0.22, "specular": 0.5}
    return {"type": "principled", "base_color": color, "roughness": 0.18, "specular": 0.5, "clearcoat": 0.5}


def _color(made: Frame, whole: Solid, fit: _Fit, rng: np.random.Generator) -> Points:
    """Linear RGB of each point: plain, or blotched as horn is."""
    waves = rng.normal(0, 260 / fit.unit, (12, 3))
    phase = rng.uniform(0, 2 * np.pi, 12)
    blotch = np.sin(whole.points @ waves.T + phase).sum(axis=1)
    share = made.horn / (1 + np.exp(-1.6 * blotch))
    plain, horn = np.array(made.color), np.array([0.16, 0.065, 0.018])
    dark = np.array([0.02, 0.010, 0.006]) * made.horn + plain * (1 - made.horn)
    return np.asarray(dark * (1 - share[:, None]) + horn * share[:, None])


def _tinted() -> dict[str, Any]:
    color = {"type": "mesh_attribute", "name": "vertex_color"}
    return {"type": "principled", "base_color": color, "roughness": 0.04, "specular": 0.75, "clearcoat": 0.6}


_TINTS: tuple[Color, ...] = ((0.010, 0.010, 0.011), (0.016, 0.012, 0.009), (0.022, 0.012, 0.006), (0.010, 0.014, 0.011))


def _shade(lens: _Lens, fit: _Fit, tint: Points) -> Points:
    """Linear RGB of a dark lens; every third is lighter below."""
    points = lens.pane(fit, 0.06).points
    base = np.array(_TINTS[int(tint[0] * len(_TINTS))])
    low = np.clip(0.45 - (points[:, 2] - fit.level) / (1.3 * _HALF * fit.unit), 0, 1)[:, None] * (tint[1] < 0.35)
    return np.asarray(base * (1 + 5 * low))
