"""The light on a head: lamps and surroundings for each word of the attribute `light`, and the exposure that they need.

The head of an adult is about (0, -0.09, 0.72) m, looks to -y, z up, the person's left is +x (the viewer's right). All
places and lengths grow with `scale`, so that a child is lit as an adult is.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.errors import UnknownNameError
from agfd.generate.render.picture.color import LUMINANCE, linear

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Floats: TypeAlias = NDArray[np.float32]

CENTRE = np.array([0.0, -0.09, 0.72])
# Rows from zenith to nadir, columns of the azimuth: fine enough for a window's reflection in an eye.
_ENVIRONMENT = (48, 96)
# Reflectance of the skin that a photographer exposes for: between the Monk tones 1 and 10.
_MIDDLE_SKIN = 0.32


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangular lamp that looks at the head: corner-to-corner frame (4, 4), and radiance, linear RGB (3,).

    Columns of `to_world`: half the width, half the height, the direction of the light, the middle; metres.
    """

    name: str
    to_world: NDArray[np.float64]
    radiance: Floats


@dataclass(frozen=True, slots=True)
class LightRig:
    """All light of a scene. The order of `areas` is fixed by the word, never by chance.

    `environment`: float32 (rows, columns, 3), radiance from everywhere else: row 0 is the zenith, column 0 looks from
    -y (from the camera's side) and the columns turn towards +x. `exposure`: factor on the rendered linear picture;
    `white_balance`: factors of R, G and B that belong to it.
    """

    name: str
    areas: tuple[Area, ...]
    environment: Floats
    exposure: float
    white_balance: Floats


def light_rig(name: str, rng: np.random.Generator, scale: float) -> LightRig:
    """The light called `name` (`agfd.vocabulary`) for a head `scale` times as large as an adult's.

    Raises `UnknownNameError`.
    """
    if name not in _RIGS:
        raise UnknownNameError("light", name, _RIGS)
    areas, environment, brightness = _RIGS[name](rng)
    areas = tuple(_scaled(area, scale) for area in areas)
    light = _on_the_face(areas, environment, scale)
    luminance = float(light @ LUMINANCE) * _MIDDLE_SKIN / np.pi
    target = linear(brightness * float(np.exp(rng.normal(0, 0.06))))
    cast = light / max(float(light.mean()), 1e-9)
    # A camera takes away most of the cast of the light on the face, and leaves enough to tell a lamp from the sky.
    balance = cast**-0.6
    return LightRig(name, areas, environment, target / max(luminance, 1e-9), (balance / balance[1]).astype(np.float32))


def emitters(rig: LightRig) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Names and Mitsuba dictionaries of the lights, in the order in which they must be added to a scene.

    Load every one of them with `mitsuba.load_dict` before the scene: nested dictionaries may be reordered.
    """
    import mitsuba as mi

    lights: list[tuple[str, dict[str, Any]]] = []
    for area in rig.areas:
        radiance = {"type": "rgb", "value": [float(v) for v in area.radiance]}
        lamp = {"type": "area", "radiance": radiance}
        frame = mi.ScalarTransform4f(area.to_world.tolist())
        lights.append((f"light_{area.name}", {"type": "rectangle", "to_world": frame, "emitter": lamp}))
    # Mitsuba's map has its zenith at +y and its columns start at another side; the first column is repeated at the end.
    frame = mi.ScalarTransform4f([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    turned = np.roll(rig.environment[:, ::-1], rig.environment.shape[1] // 2, axis=1)
    bitmap = mi.Bitmap(np.ascontiguousarray(np.concatenate([turned, turned[:, :1]], axis=1)))
    lights.append(("light_environment", {"type": "envmap", "bitmap": bitmap, "to_world": frame}))
    return tuple(lights)


# --- parts ------------------------------------------------------------------------------------------------------------


def direction(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """Unit vector to a light. Degrees: azimuth 0 in front of the face, 90 at the viewer's right, 180 behind."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])


def _area(name: str, towards: NDArray[np.float64], distance: float, half: tuple[float, float], colour: Floats) -> Area:
    """A lamp in direction `towards` at `distance` m, `half` = half width and height in m; `colour`: its irradiance."""
    side = np.cross(-towards, (0.0, 0.0, 1.0))
    side /= max(float(np.linalg.norm(side)), 1e-9)
    up = np.cross(side, -towards)
    frame = np.eye(4)
    frame[:3, 0], frame[:3, 1], frame[:3, 2] = side * half[0], up * half[1], -towards
    frame[:3, 3] = CENTRE + towards * distance
    return Area(name, frame, (colour * distance**2 / (4 * half[0] * half[1])).astype(np.float32))


def _scaled(area: Area, scale: float) -> Area:
    frame = area.to_world.copy()
    frame[:3, :2] *= scale
    frame[:3, 3] = CENTRE + (frame[:3, 3] - CENTRE) * scale
    return Area(area.name, frame, area.radiance)


def _sphere(shape: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Directions (rows, columns, 3) of the pixels of an environment, their azimuth and elevation in degrees."""
    elevation = 90 - (np.arange(shape[0]) + 0.5) * 180 / shape[0]
    azimuth = (np.arange(shape[1]) + 0.5) * 360 / shape[1]
    a, e = np.meshgrid(np.radians(azimuth), np.radians(elevation))
    towards = np.stack([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)], axis=-1)
    return towards.astype(np.float32), np.degrees(a).astype(np.float32), np.degrees(e).astype(np.float32)


def _surroundings(above: Floats, level: Floats, below: Floats) -> Floats:
    """Smooth surroundings from three colours: zenith, horizon and ground."""
    z = _sphere(_ENVIRONMENT)[0][:, :, 2:]
    upper = level + (above - level) * np.clip(z, 0, 1) ** 0.7
    lower = level + (below - level) * np.clip(-z * 2.5, 0, 1)
    return np.asarray(np.where(z > 0, upper, lower), np.float32)


def _panel(environment: Floats, centre: tuple[float, float], size: tuple[float, float], colour: Floats) -> None:
    """Puts a bright rectangle with soft edges into `environment`, in place; degrees."""
    _, azimuth, elevation = _sphere(_ENVIRONMENT)
    off = np.abs((azimuth - centre[0] + 180) % 360 - 180)
    mask = np.clip((size[0] / 2 - off) / 5 + 0.5, 0, 1) * np.clip(
        (size[1] / 2 - np.abs(elevation - centre[1])) / 5 + 0.5, 0, 1
    )
    environment += mask[:, :, None] * colour


def _kelvin(temperature: float) -> Floats:
    """Linear sRGB, of mean 1, of a black body of 1500 to 15000 K: a fit in the logarithm of the temperature."""
    t = np.log(temperature / 6500)
    colour = np.exp(np.array([-0.62 * t, 0.03 * t - 0.22 * t * t, 1.15 * t - 0.55 * t * t]))
    return np.asarray(colour / colour.mean(), np.float32)


def _on_the_face(areas: tuple[Area, ...], environment: Floats, scale: float) -> NDArray[np.float64]:
    """Mean irradiance, linear RGB (3,), of the parts of a face that a camera in front sees, without shadows."""
    normals = np.stack([direction(a, e) for a in (-55, -20, 20, 55) for e in (-15, 20)])
    # The middle of the picture of a face counts more than its turned-away sides.
    weights = -normals[:, 1] / -normals[:, 1].sum()
    total = np.zeros(3)
    for area in areas:
        frame = area.to_world
        path = frame[:3, 3] - (CENTRE - np.array([0, 0.05, 0]) * scale)
        distance = float(np.linalg.norm(path))
        size = 4 * float(np.linalg.norm(frame[:3, 0]) * np.linalg.norm(frame[:3, 1]))
        facing = np.clip(normals @ (path / distance), 0, None)
        total += float(weights @ facing) * size / distance**2 * area.radiance
    towards, _, elevation = _sphere(_ENVIRONMENT)
    solid = np.cos(np.radians(elevation)) * (np.pi / _ENVIRONMENT[0]) * (2 * np.pi / _ENVIRONMENT[1])
    facing = np.clip(np.tensordot(towards, normals.T, axes=1), 0, None) @ weights
    return np.asarray(total + np.tensordot(facing * solid, environment, axes=2))


# --- the words --------------------------------------------------------------------------------------------------------

_Plan: TypeAlias = tuple[tuple[Area, ...], Floats, float]
_WHITE = np.ones(3, np.float32)


def _side(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _studio(rng: np.random.Generator) -> _Plan:
    """A large key light, a weak fill on the other side, one or two rims from behind."""
    side, tone = _side(rng), _kelvin(rng.uniform(5000, 6200))
    ratio, size = rng.uniform(0.06, 0.3), rng.uniform(0.16, 0.42)
    key = _area("key", direction(side * rng.uniform(18, 58), rng.uniform(18, 45)), 1.1, (size, size), 3.4 * tone)
    fill = _area(
        "fill", direction(-side * rng.uniform(35, 70), rng.uniform(-5, 15)), 1.4, (0.5, 0.5), 3.4 * ratio * tone
    )
    rim = _area(
        "rim",
        direction(-side * rng.uniform(125, 160), rng.uniform(20, 50)),
        1.1,
        (0.12, 0.3),
        rng.uniform(1, 4.5) * tone,
    )
    kicker = _area(
        "kicker",
        direction(side * rng.uniform(120, 155), rng.uniform(5, 50)),
        1.1,
        (0.1, 0.3),
        rng.uniform(0.2, 2.5) * tone,
    )
    level = rng.uniform(0.12, 0.3)
    around = _surroundings(_WHITE * level * 1.3, _WHITE * level, _WHITE * level * rng.uniform(0.3, 0.9))
    return (key, fill, rim, kicker), around, rng.uniform(0.53, 0.62)


def _soft(rng: np.random.Generator) -> _Plan:
    """Daylight through windows, or an overcast sky: no hard shadow anywhere."""
    sky = _kelvin(rng.uniform(5600, 7500))
    if rng.random() < 0.4:
        around = _surroundings(sky * 1.5, sky * rng.uniform(0.6, 1.0), _WHITE * rng.uniform(0.2, 0.4))
        _panel(around, (_side(rng) * rng.uniform(0, 60), 45), (120, 60), 0.9 * sky)
    else:
        room = _kelvin(rng.uniform(4300, 6000)) * rng.uniform(0.22, 0.4)
        around = _surroundings(room * 1.2, room, room * 0.55)
        side = _side(rng)
        _panel(around, (side * rng.uniform(25, 75), rng.uniform(8, 22)), (rng.uniform(35, 70), 55), 5.5 * sky)
        if rng.random() < 0.6:
            _panel(around, (-side * rng.uniform(60, 150), rng.uniform(8, 22)), (30, 45), rng.uniform(1, 4) * sky)
    return (), around, rng.uniform(0.52, 0.61)


def _strong_sun(rng: np.random.Generator) -> _Plan:
    """The high sun with hard shadows, blue skylight in them, and light from the ground."""
    place = direction(_side(rng) * rng.uniform(18, 62), rng.uniform(30, 58))
    sun = _area("sun", place, 6.0, (0.05, 0.05), 4.6 * _kelvin(rng.uniform(4800, 5800)))
    ground = np.array([1.1, 1.0, 0.85], np.float32) * rng.uniform(0.10, 0.25)
    sky = _kelvin(rng.uniform(8000, 12000)) * rng.uniform(0.16, 0.30)
    return (sun,), _surroundings(sky, sky * 0.9, ground), rng.uniform(0.60, 0.67)


def _sun_behind(rng: np.random.Generator) -> _Plan:
    """The low sun behind the head: a bright rim, the face in the light of the sky."""
    side, warm = _side(rng), _kelvin(rng.uniform(3300, 4600))
    sun = _area("sun", direction(side * rng.uniform(140, 172), rng.uniform(14, 38)), 5.0, (0.14, 0.14), 8.0 * warm)
    rim = _area("rim", direction(-side * rng.uniform(140, 165), rng.uniform(10, 30)), 3.0, (0.3, 0.3), 3.0 * warm)
    sky = _kelvin(rng.uniform(6000, 8000)) * rng.uniform(0.35, 0.6)
    around = _surroundings(sky, 0.8 * sky + 0.1 * warm, np.array([0.3, 0.26, 0.2], np.float32))
    _panel(around, (180, 15), (110, 50), 1.2 * warm)
    return (sun, rim), around, rng.uniform(0.42, 0.54)


def _night(rng: np.random.Generator) -> _Plan:
    """A street lamp from above or the side, a coloured glow on the other side, a dark blue sky."""
    side = _side(rng)
    lamp = _area(
        "lamp",
        direction(side * rng.uniform(15, 65), rng.uniform(12, 50)),
        2.5,
        (0.15, 0.15),
        _kelvin(rng.uniform(2300, 4200)),
    )
    glow = np.array([(1.0, 0.35, 0.25), (0.35, 0.6, 1.0), (0.6, 0.7, 1.0), (1.0, 0.4, 0.8), (1.0, 0.75, 0.4)])
    colour = glow[int(rng.integers(len(glow)))] * rng.uniform(0.2, 0.9)
    sign = _area(
        "sign", direction(-side * rng.uniform(60, 140), rng.uniform(0, 25)), 2.0, (0.2, 0.3), colour.astype(np.float32)
    )
    sky = np.array([0.03, 0.04, 0.065], np.float32) * rng.uniform(0.6, 1.4)
    return (lamp, sign), _surroundings(sky, 1.5 * sky, 0.5 * sky), rng.uniform(0.18, 0.26)


def _dim(rng: np.random.Generator) -> _Plan:
    """One weak lamp or a far window in a dark room."""
    side = _side(rng)
    tone = _kelvin(rng.choice([2700.0, 3200.0, 6800.0]) * rng.uniform(0.95, 1.05))
    lamp = _area("lamp", direction(side * rng.uniform(20, 75), rng.uniform(0, 40)), 1.6, (0.2, 0.25), tone)
    room = _kelvin(rng.uniform(3200, 6500)) * rng.uniform(0.04, 0.11)
    return (lamp,), _surroundings(room, room, 0.6 * room), rng.uniform(0.18, 0.25)


def _very_dark(rng: np.random.Generator) -> _Plan:
    """Hardly any light: a screen, a door ajar, the moon."""
    side = _side(rng)
    tone = _kelvin(rng.choice([3000.0, 7500.0, 9500.0]) * rng.uniform(0.9, 1.1))
    lamp = _area("lamp", direction(side * rng.uniform(25, 85), rng.uniform(-20, 40)), 1.6, (0.25, 0.25), tone)
    room = _kelvin(rng.uniform(6500, 9000)) * rng.uniform(0.03, 0.08)
    return (lamp,), _surroundings(room, room, 0.6 * room), rng.uniform(0.10, 0.14)


_RIGS: Mapping[str, Callable[[np.random.Generator], _Plan]] = MappingProxyType(
    {
        "studio": _studio,
        "soft": _soft,
        "strong sun": _strong_sun,
        "sun behind": _sun_behind,
        "night": _night,
        "dim": _dim,
        "very dark": _very_dark,
    }
)
