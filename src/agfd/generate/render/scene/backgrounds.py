"""The picture behind the head: procedural, out of focus as behind a portrait lens, in the light of the face."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from agfd.errors import UnknownNameError
from agfd.generate.render.scene.optics import Picture, defocus, enlarge, glow, highlights
from agfd.generate.render.scene.scenery import Lamps, Painter, indoor, outdoor, studio
from agfd.generate.render.scene.scenery_dark import night, water

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nothing finer than this survives the blur, so painting it larger would cost time for nothing.
_CANVAS = 176


@dataclass(frozen=True, slots=True)
class _Mood:
    """What a light does to a place: the brightness and tint of what it lights, and how bright lamps look beside it."""

    gain: float
    tint: tuple[float, float, float]
    lamps: float
    contrast: float = 1.0


_MOODS: Mapping[str, _Mood] = MappingProxyType(
    {
        "studio": _Mood(0.9, (1.0, 1.0, 1.0), 1.0),
        "soft": _Mood(1.0, (0.99, 1.0, 1.01), 1.0, 0.9),
        "strong sun": _Mood(1.7, (1.10, 1.0, 0.85), 1.0, 1.3),
        "sun behind": _Mood(1.1, (1.12, 1.0, 0.82), 1.5, 0.85),
        "night": _Mood(0.045, (0.80, 0.92, 1.15), 0.9, 1.1),
        "dim": _Mood(0.075, (1.08, 0.98, 0.86), 0.28),
        "very dark": _Mood(0.012, (0.85, 0.95, 1.1), 0.06),
    }
)

# A place at night is dark by itself: only the darkest light dims it further. Share of the mood's gain in octaves.
_OWN_LIGHT: Mapping[str, float] = MappingProxyType({"night": 0.0, "under water": 0.6})

_PLACES: Mapping[str, Painter] = MappingProxyType(
    {"studio": studio, "indoor": indoor, "outdoor": outdoor, "night": night, "under water": water}
)


def background(scene: str, light: str, size: tuple[int, int], rng: np.random.Generator) -> Picture:
    """A background, float32 (height, width, 3), linear RGB, `size` = (height, width).

    Display-referred: 1 is the white of the finished picture, lamps and sky may lie above it; so it goes behind a face
    that has been exposed already. `scene` and `light` are words of `agfd.vocabulary`. Raises `UnknownNameError`.
    """
    if scene not in _PLACES:
        raise UnknownNameError("scene", scene, _PLACES)
    if light not in _MOODS:
        raise UnknownNameError("light", light, _MOODS)
    mood = _MOODS[light]
    height, width = size
    rows = min(_CANVAS, height)
    canvas = np.zeros((rows, max(round(rows * width / height), 4), 3), np.float32)
    # Nobody sees the trees at night: what is left of most places outdoors is their lamps.
    dark = scene == "outdoor" and light == "night" and rng.random() < 0.7
    place = "night" if dark else scene
    lamps = _PLACES[place](canvas, rng)
    canvas = _grade(canvas, mood, place, rng)
    blur = 0.02 if scene == "studio" else float(np.exp(rng.uniform(np.log(0.026), np.log(0.055))))
    picture = enlarge(defocus(canvas, blur * rows), size)
    _light_up(picture, lamps, blur, mood)
    if light == "sun behind" and place != "night":
        _sun(picture, rng)
    _vignette(picture, rng)
    return np.maximum(picture, 0)


def _grade(canvas: Picture, mood: _Mood, scene: str, rng: np.random.Generator) -> Picture:
    """`canvas` in the light of `mood`, with its contrast about its own mean."""
    share = _OWN_LIGHT.get(scene, 1.0)
    if mood.gain < 0.02:
        share = max(share, 0.5)
    gain = mood.gain**share * float(np.exp(rng.normal(0, 0.12)))
    bright = np.maximum(canvas, 0).mean(axis=2, keepdims=True) + 1e-6
    stretch = (bright / bright.mean()) ** (mood.contrast - 1)
    return np.asarray(canvas * stretch * gain * np.array(mood.tint, np.float32) ** share, np.float32)


def _light_up(picture: Picture, lamps: Lamps, blur: float, mood: _Mood) -> None:
    """Puts the bright points in as discs of the size of the blur."""
    if lamps.places:
        strength = np.where(lamps.lit, mood.lamps, mood.gain)
        colours = np.stack(lamps.colours) * strength[:, None]
        highlights(picture, np.array(lamps.places), np.array(lamps.sizes) * blur, colours)


def _sun(picture: Picture, rng: np.random.Generator) -> None:
    """The low sun behind the subject, with the haze that it spreads over the picture."""
    wide = picture.shape[1] / picture.shape[0]
    place = wide * (0.5 + rng.choice([-1, 1]) * rng.uniform(0.12, 0.42)), rng.uniform(0.02, 0.35)
    warm = np.array([1.0, 0.82, 0.55], np.float32)
    glow(picture, place, 0.08, warm * 2.5)
    glow(picture, place, 0.45, warm * np.array([1.0, 0.85, 0.7], np.float32) * 0.8)


def _vignette(picture: Picture, rng: np.random.Generator) -> None:
    """Darkens the corners as a fast lens does, in place."""
    height, width = picture.shape[:2]
    y = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.5
    x = (np.arange(width, dtype=np.float32) + 0.5) / height - 0.5 * width / height
    away = (x * x)[None, :] + (y * y)[:, None]
    picture *= (1 / (1 + rng.uniform(0.1, 0.5) * away) ** 2)[:, :, None]
