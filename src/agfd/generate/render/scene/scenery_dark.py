"""Places with light of their own: a street at night, and water seen from below its surface. See `scenery`."""

from __future__ import annotations

import numpy as np

from agfd.generate.render.scene.optics import Picture, enlarge, glow, noise
from agfd.generate.render.scene.scenery import Lamps, pick, rgb

_LAMP_COLOURS = "ffb45a ffa040 ffc98a ffe9c8 fff4e6 ff5a3c ff3b30 5fd08a 6fb7ff ff6fb0 ffd05a ffb060 ffae52"


def night(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """A dark street or skyline: houses with lit windows, lamps, signs, and their reflections on the ground."""
    lamps = Lamps()
    height, width = canvas.shape[:2]
    wide = width / height
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    high, low = pick(rng, "0b1220 0e1626 120f1c 0c0f14"), pick(rng, "2a2430 3a2a24 1c2638 30302c")
    line = rng.uniform(0.58, 0.75)
    level = np.clip(y / line, 0, 1)[:, :, None] ** 2
    canvas[:] = high * (1 - level) + low * level
    for k in range(3):
        steps = rng.uniform(0.1, 0.6, 40).astype(np.float32) * (0.7 + 0.25 * k)
        roof = line - np.repeat(steps, -(-width // int(rng.integers(9, 22))))[:width] * 0.9
        if roof.size < width:
            roof = np.resize(roof, width)
        canvas[y[:, 0] > line - 0.02] = rgb("15161a") * 0.8
        canvas[(y > roof[None, :]) & (y < line)] = pick(rng, "101218 181418 14181c") * 0.6
    haze, wet = rng.uniform(0.06, 0.2), rng.uniform(0.0, 0.09)
    # What lamps shed around them is soft: a coarse picture of it costs a ninth.
    coarse = -(-height // 3), -(-width // 3)
    shed = np.zeros((*coarse, 3), np.float32)
    across = (np.arange(coarse[1], dtype=np.float32)[None, :] + 0.5) * wide / coarse[1]
    down = (np.arange(coarse[0], dtype=np.float32)[:, None] + 0.5) / coarse[0]
    sway = 0.02 * noise(rng, coarse, 9)
    kind = rng.choice(["street", "skyline", "signs"], p=[0.5, 0.25, 0.25])
    count = {"street": rng.integers(14, 34), "skyline": rng.integers(50, 110), "signs": rng.integers(10, 26)}[str(kind)]
    for _ in range(int(count)):
        px, colour = wide * rng.uniform(-0.03, 1.03), pick(rng, _LAMP_COLOURS, 0.15)
        py = line - abs(rng.normal(0, 0.22 if kind != "skyline" else 0.12)) + 0.04
        strength = float(np.exp(rng.normal(-0.9, 0.8)))
        low_size, high_size = {"street": (0.7, 1.3), "skyline": (0.4, 0.7), "signs": (0.8, 1.8)}[str(kind)]
        lamps.add((px, py), rng.uniform(low_size, high_size), np.asarray(colour * strength * 0.5, np.float32))
        mirrored = np.exp(-(((across - px + sway) / 0.04) ** 2) - ((down - 2 * line + py) / 0.12) ** 2) * (down > line)
        shed += (mirrored * wet * strength)[:, :, None] * colour
        glow(shed, (px, py), 0.05, colour * strength * 0.5 * haze)
    canvas += enlarge(shed, (height, width))
    canvas *= np.exp(0.15 * noise(rng, (height, width), 5))[:, :, None]
    return lamps


def water(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """Water that darkens with depth, shafts of sunlight, a bright surface or a tiled pool wall, drifting specks."""
    lamps = Lamps()
    height, width = canvas.shape[:2]
    wide = width / height
    x = (np.arange(width, dtype=np.float32)[None, :] + 0.5) / height
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    top, deep = pick(rng, "7fd6dc 63c3d8 8fdcc9 5fb4cf"), pick(rng, "0a4a66 0d5a6a 0b3a5c 12585a")
    fall = np.exp(-y * rng.uniform(1.0, 2.4))[:, :, None]
    canvas[:] = deep + (top - deep) * fall
    origin, slant = wide * rng.uniform(0.1, 0.9), rng.uniform(0.5, 1.2)
    angle = np.arctan2(x - origin, y + slant)
    rays = np.zeros_like(canvas[:, :, 0])
    for k in range(9):
        rays += np.cos(angle * rng.uniform(12, 70) + rng.uniform(0, 6)) / (1 + 0.3 * k)
    canvas *= 1 + (0.11 * np.clip(rays, -1, 3) * np.exp(-1.2 * y))[:, :, None]
    if rng.random() < 0.35:
        tile = rng.uniform(0.07, 0.12)
        grout = ((x / tile) % 1 < 0.09) | ((y / tile) % 1 < 0.09)
        canvas *= np.where(grout, 0.82, 1.06)[:, :, None].astype(np.float32)
    net = np.abs(noise(rng, (height, width), 5, octaves=2))
    surface = np.exp(-y * 9)
    canvas += (np.exp(-net * 6) * (0.05 + 0.9 * surface))[:, :, None] * rgb("dff6f2")
    for _ in range(int(rng.integers(8, 40))):
        speck = np.asarray(top * rng.uniform(0.03, 0.2), np.float32)
        lamps.add((wide * rng.random(), rng.random()), rng.uniform(0.1, 0.5), speck, lit=False)
    return lamps
