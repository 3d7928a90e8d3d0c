"""Places behind a person, painted sharp and small; `agfd.generate.render.scene.backgrounds` puts them out of focus.

A painter gets an empty canvas, float32 (height, width, 3), linear RGB under even white light, fills it in place, and
returns the lights in the picture. Lengths are shares of the canvas height; x from the left, y from the top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.scene.optics import Picture, glow, noise

Colour = NDArray[np.float32]


@dataclass(slots=True)
class Lamps:
    """Bright points: places (x, y), sizes relative to the blur, linear RGB; those that are `lit` shine at night too."""

    places: list[tuple[float, float]] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    colours: list[Colour] = field(default_factory=list)
    lit: list[bool] = field(default_factory=list)

    def add(self, place: tuple[float, float], size: float, colour: Colour, lit: bool = True) -> None:
        """One more point of light."""
        self.places.append(place)
        self.sizes.append(size)
        self.colours.append(colour)
        self.lit.append(lit)


Painter = Callable[[Picture, np.random.Generator], Lamps]


def rgb(code: str, gain: float = 1.0) -> Colour:
    """Linear RGB of an sRGB hex code such as "c9c9c7"."""
    value = np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear * gain, np.float32)


def pick(rng: np.random.Generator, codes: str, spread: float = 0.06) -> Colour:
    """One of the hex codes of a blank-separated list, slightly varied."""
    options = codes.split()
    colour = rgb(options[int(rng.integers(len(options)))])
    return np.asarray(colour * np.exp(rng.normal(0, spread, 3) + rng.normal(0, spread)), np.float32)


def _box(canvas: Picture, x: tuple[float, float], y: tuple[float, float]) -> Picture:
    """View of the part of the canvas between x[0] and x[1], y[0] and y[1]."""
    height = canvas.shape[0]
    x0, x1, y0, y1 = (max(round(v * height), 0) for v in (*x, *y))
    return canvas[y0:y1, x0:x1]


def _grid(canvas: Picture) -> tuple[Picture, Picture]:
    """x of shape (1, width) and y of shape (height, 1), in shares of the height."""
    height, width = canvas.shape[:2]
    x = (np.arange(width, dtype=np.float32)[None, :] + 0.5) / height
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    return x, y


def _wide(canvas: Picture) -> float:
    return float(canvas.shape[1] / canvas.shape[0])


def _blend(canvas: Picture, mask: Picture, colour: Colour) -> None:
    canvas += np.clip(mask, 0, 1)[:, :, None] * (colour - canvas)


# --- studio -----------------------------------------------------------------------------------------------------------

_PAPERS = (
    "c9c9c7 d9d7d3 8b8d8f a39b92 77797c 4a4b4e 303134 e6e4df 6e7f8d 8fa0ab 34435a 8d9a86 6b6a56 b89f98 b5a28a 5c4a44 "
    "9a8f9c 7c6a5d 56696b"
)


def studio(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """Paper or painted cloth with the pool of a background light."""
    x, y = _grid(canvas)
    wide = _wide(canvas)
    cx, cy = wide * (0.5 + rng.uniform(-0.28, 0.28)), rng.uniform(0.2, 0.75)
    reach = rng.uniform(0.45, 1.0)
    pool = np.exp(-(((x - cx) / reach) ** 2 + ((y - cy) / (reach * rng.uniform(0.8, 1.1))) ** 2))
    floor = rng.uniform(0.3, 0.75)
    slope = 1 + rng.uniform(-0.35, 0.35) * (x / wide - 0.5) + rng.uniform(-0.3, 0.1) * (y - 0.5)
    light = (floor + (1 - floor) * pool) * slope
    if rng.random() < 0.4:
        cloth = noise(rng, canvas.shape[:2], rng.uniform(2, 5), octaves=4, gain=0.6)
        light = light * np.exp(rng.uniform(0.03, 0.13) * cloth)
    paper = pick(rng, _PAPERS)
    # Shade is a little bluer and light a little warmer than the paper: two lamps never match.
    warm = np.array([1.03, 1.0, 0.96], np.float32) ** float(rng.normal(0, 1))
    canvas[:] = paper * light[:, :, None] * warm ** (light - light.mean())[:, :, None]
    return Lamps()


# --- indoor -----------------------------------------------------------------------------------------------------------

_WALLS = "d8d2c6 cfcac0 b9b2a5 c4c6c4 aeb4b6 c9b9a0 a99c8b 8f9a98 b7a79c d9d9d6 9a8878 76807c"
_WOODS = "6b4a30 7d5a3c 4c3526 8f6b48 3c2b21 a07a52"
_BOOKS = "6b2f2a 2f4254 8a7a4e c9bfa8 3d4a37 a3683a 22252b 7f8790 b08d62 5a3a4a d8d0c0 466a6e 974b3a"


def _room(canvas: Picture, rng: np.random.Generator) -> float:
    """Two walls with a corner and the fall of the light; returns +1 when the light comes from the right, else -1."""
    x, y = _grid(canvas)
    wide = _wide(canvas)
    side = 1.0 if rng.random() < 0.5 else -1.0
    fall = np.exp(side * rng.uniform(0.3, 1.1) * (x / wide - 0.5)) * (1 + rng.uniform(-0.4, 0.1) * (y - 0.4))
    canvas[:] = pick(rng, _WALLS) * (fall * rng.uniform(0.45, 0.85))[:, :, None]
    if rng.random() < 0.6:
        corner = wide * rng.uniform(0.1, 0.9)
        _box(canvas, (0, corner) if side > 0 else (corner, wide), (0, 1))[:] *= rng.uniform(0.55, 0.85)
    if rng.random() < 0.35:
        _box(canvas, (0, wide), (0, rng.uniform(0.04, 0.14)))[:] = pick(rng, "e8e6e0 d5d2cb") * rng.uniform(0.5, 0.8)
    return side


def _window(canvas: Picture, rng: np.random.Generator, x0: float) -> None:
    """A window with bars, a view, and maybe curtains; its left edge at `x0`."""
    width, top, bottom = rng.uniform(0.28, 0.5), rng.uniform(-0.1, 0.12), rng.uniform(0.6, 1.05)
    pane = _box(canvas, (x0, x0 + width), (top, bottom))
    if pane.size == 0:
        return
    level = np.linspace(0, 1, pane.shape[0], dtype=np.float32)[:, None, None]
    view = pick(rng, "4d5f3a 7d8578 8c8a80 5c6b55") * rng.uniform(0.6, 1.6)
    edge = 1 / (1 + np.exp((level - rng.uniform(0.45, 0.85)) * 14))
    pane[:] = (pick(rng, "eef4fa e2ecf6 f6f5f0") * rng.uniform(1.3, 2.6)) * edge + view * (1 - edge)
    pane[:] *= np.exp(0.3 * noise(rng, pane.shape[:2], 6))[:, :, None]
    frame = pick(rng, "e6e4de 6b5846 3a3a3a cfcac0") * 0.5
    for k in range(1, int(rng.integers(2, 4))):
        _box(canvas, (x0 + width * k / 3 - 0.008, x0 + width * k / 3 + 0.008), (top, bottom))[:] = frame
    across = rng.uniform(0.25, 0.5)
    _box(canvas, (x0, x0 + width), (across, across + 0.018))[:] = frame
    if rng.random() < 0.6:
        cloth = pick(rng, "d9d3c7 b4aca0 8c8478 a7adb0 7a5a4c") * 0.9
        for left in (x0 - 0.07, x0 + width - 0.05):
            fold = _box(canvas, (left, left + rng.uniform(0.1, 0.2)), (top, bottom + 0.1))
            phase = np.arange(fold.shape[1], dtype=np.float32) * rng.uniform(0.5, 1.1)
            fold[:] = cloth * (0.75 + 0.3 * np.sin(phase))[None, :, None]


def _shelf(canvas: Picture, rng: np.random.Generator, x0: float, width: float) -> None:
    """A case with rows of books and gaps."""
    wood = pick(rng, _WOODS)
    top, pitch = rng.uniform(-0.1, 0.15), rng.uniform(0.15, 0.24)
    _box(canvas, (x0, x0 + width), (top, 1.0))[:] = wood * 0.35
    y = top
    while y < 1.0:
        x = x0 + 0.015
        while x < x0 + width - 0.03:
            step = rng.uniform(0.012, 0.04)
            if rng.random() < 0.87:
                tall = pitch * rng.uniform(0.55, 0.88)
                book = pick(rng, _BOOKS) * rng.uniform(0.3, 0.8)
                _box(canvas, (x, x + step), (y + pitch - tall, y + pitch))[:] = book
            x += step if rng.random() < 0.9 else rng.uniform(0.05, 0.12)
        _box(canvas, (x0, x0 + width), (y + pitch - 0.006, y + pitch + 0.012))[:] = wood * 0.8
        y += pitch


def _plant(canvas: Picture, rng: np.random.Generator, x0: float, y0: float) -> None:
    """A bush of leaves around (x0, y0)."""
    x, y = _grid(canvas)
    green = pick(rng, "3f5a34 4d6b3c 2f4a33 5d7442")
    for _ in range(26):
        cx, cy = x0 + rng.normal(0, 0.09), y0 + rng.normal(0, 0.13)
        turn, long = rng.uniform(0, np.pi), rng.uniform(0.05, 0.11)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        leaf = 4 * (1.1 - np.hypot(u / long, v / (0.3 * long)))
        _blend(canvas, leaf, np.asarray(green * np.exp(rng.normal(0, 0.5)), np.float32))


def _lamp(canvas: Picture, rng: np.random.Generator, lamps: Lamps) -> None:
    """A shade that glows."""
    x0, y0 = _wide(canvas) * rng.uniform(0.05, 0.95), rng.uniform(0.15, 0.6)
    wide, tall = rng.uniform(0.09, 0.16), rng.uniform(0.07, 0.13)
    warm = pick(rng, "ffd9a0 ffcf8c ffe6c2")
    _box(canvas, (x0 - 0.008, x0 + 0.008), (y0, 1.0))[:] = rgb("4a3a2c") * 0.5
    _box(canvas, (x0 - wide / 2, x0 + wide / 2), (y0 - tall, y0))[:] = warm * rng.uniform(1.0, 1.8)
    glow(canvas, (x0, y0 - tall / 2), 0.28, warm * 0.22)
    lamps.add((x0, y0 - tall / 2), 1.6, np.asarray(warm * 0.15, np.float32))


def indoor(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """A room: walls and some of window, shelves, pictures, furniture, plant, lamp; or a cafe with pendant lamps."""
    lamps, wide = Lamps(), _wide(canvas)
    side = _room(canvas, rng)
    near, far = (wide * 0.62, 0.0) if side > 0 else (0.0, wide * 0.62)
    kind = rng.choice(["window", "library", "living", "cafe"], p=[0.3, 0.2, 0.3, 0.2])
    if kind == "cafe":
        canvas *= 0.35 * np.array([1.1, 0.95, 0.8], np.float32)
        for _ in range(int(rng.integers(4, 10))):
            place = wide * rng.random(), rng.uniform(0.02, 0.45)
            lamps.add(place, rng.uniform(0.6, 1.3), pick(rng, "ffc27a ffb060 ffe0b0"))
    elif kind in ("library", "living"):
        _shelf(canvas, rng, far + rng.uniform(-0.15, 0.1), wide * (rng.uniform(0.3, 0.5) + 0.6 * (kind == "library")))
    for _ in range(int(rng.integers(0, 3))):
        x, y, w, h = wide * rng.random(), rng.uniform(0.05, 0.4), rng.uniform(0.1, 0.25), rng.uniform(0.12, 0.3)
        _box(canvas, (x, x + w), (y, y + h))[:] = pick(rng, "2c2c2e 5a4634 d8d6d0") * 0.5
        _box(canvas, (x + 0.015, x + w - 0.015), (y + 0.015, y + h - 0.015))[:] = pick(rng, _BOOKS + " c9c6bd") * 0.7
    if kind in ("window", "living"):
        _window(canvas, rng, near + rng.uniform(-0.1, 0.1))
    if rng.random() < 0.7:
        x, w, top = wide * rng.uniform(-0.3, 0.7), rng.uniform(0.4, 1.0), rng.uniform(0.62, 0.85)
        furniture = pick(rng, _WOODS + " 5c6066 8a8378 44505c 7a6a60")
        _box(canvas, (x, x + w), (top, 1.0))[:] = furniture * rng.uniform(0.4, 0.8)
    if rng.random() < 0.45:
        _plant(canvas, rng, wide * rng.choice([0.1, 0.88]), rng.uniform(0.45, 0.8))
    if rng.random() < 0.45:
        _lamp(canvas, rng, lamps)
    return lamps


# --- outdoor ----------------------------------------------------------------------------------------------------------


def _sky(canvas: Picture, rng: np.random.Generator) -> None:
    """A clear, hazy or clouded sky over the whole canvas."""
    _, y = _grid(canvas)
    high, low = pick(rng, "4f86c6 6c9bd0 8fb0d2 a9bccd"), pick(rng, "cfdeea dde5ea e6e6e2")
    level = np.clip(y * rng.uniform(0.9, 1.6), 0, 1)[:, :, None]
    canvas[:] = high * (1 - level) + low * level
    cover = noise(rng, canvas.shape[:2], rng.uniform(1.5, 4), octaves=4)
    _blend(canvas, (cover - rng.uniform(-0.8, 1.2)) * 0.8, pick(rng, "f4f4f2 e9ecef d5d9dd"))


def _foliage(canvas: Picture, rng: np.random.Generator, mask: Picture, lamps: Lamps) -> None:
    """Leaves in light and shade where `mask` > 0, with gaps to the sky that turn to discs out of focus."""
    size = canvas.shape[:2]
    shade = noise(rng, size, rng.uniform(3, 6), octaves=5, gain=0.75)
    palette = [["1f2c17", "3c5527", "7f9440"], ["1d2a1c", "42583a", "8fa36b"], ["2d2a15", "6a6429", "b79a45"]]
    dark, middle, bright = (rgb(code) for code in palette[int(rng.choice(3, p=[0.5, 0.35, 0.15]))])
    t = np.clip(shade * 0.5 + 0.5, 0, 1.3)[:, :, None]
    leaves = np.where(t < 0.5, dark + (middle - dark) * 2 * t, middle + (bright - middle) * (2 * t - 1))
    canvas += np.clip(mask, 0, 1)[:, :, None] * (leaves * rng.uniform(0.7, 1.2) - canvas)
    gaps = pick(rng, "f2f6d0 e8f0c4 f4eeb0")
    height, width = size
    for _ in range(int(rng.integers(60, 240))):
        row, column = int(rng.integers(height)), int(rng.integers(width))
        # Gaps open where the leaves are bright already, in clusters, and are rarely white.
        if mask[row, column] > 0.5 and shade[row, column] > rng.normal(0.5, 0.6):
            strength = float(np.exp(rng.normal(-3.7, 0.9)))
            colour = np.asarray(gaps * strength + 0.2 * leaves[row, column], np.float32)
            lamps.add((column / height, row / height), rng.uniform(0.5, 1.0), colour, lit=False)


def _park(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """Trees over grass or a path."""
    lamps = Lamps()
    x, y = _grid(canvas)
    _sky(canvas, rng)
    line = rng.uniform(0.55, 0.85)
    edge = noise(rng, canvas.shape[:2], 4, octaves=3) * 0.1
    crown = rng.uniform(-0.3, 0.35)
    _foliage(canvas, rng, np.minimum(y - crown + edge, line + 0.1 - y) * 12, lamps)
    for _ in range(int(rng.integers(0, 4))):
        trunk, thick = _wide(canvas) * rng.random(), rng.uniform(0.02, 0.07)
        bark = pick(rng, "3a3026 4d4236 2c2620") * 0.7
        _box(canvas, (trunk, trunk + thick), (max(crown, 0.0), line + 0.05))[:] = bark
    grass = pick(rng, "6f8a3c 7f8f55 8c8a5a 9a9686 5f7a3a")
    streak = noise(rng, canvas.shape[:2], 9) * 0.2 + noise(rng, canvas.shape[:2], 2.5) * 0.25
    ground = (y - line + 0.03 * np.sin(5 * x + rng.uniform(0, 6))) * 30
    mask = np.clip(ground, 0, 1)[:, :, None]
    canvas += mask * (grass * np.exp(streak)[:, :, None] * rng.uniform(0.7, 1.2) - canvas)
    return lamps


def _facade(canvas: Picture, rng: np.random.Generator, left: bool, lit: Lamps) -> None:
    """A row of houses that runs to the vanishing point, on one side of the street."""
    x, y = _grid(canvas)
    wide = _wide(canvas)
    reach = rng.uniform(0.3, 0.5) * wide
    u = x if left else wide - x
    depth = np.clip(1 - u / reach, 0.02, 1)
    roof, foot = 0.5 - rng.uniform(0.35, 0.8) * depth, 0.62 + 0.5 * depth
    wall = (u < reach) & (y > roof) & (y < foot)
    house = np.floor(3 * np.log(depth + 0.05)).astype(int) % 4
    tones = np.stack([pick(rng, "b8a48c a08a78 8c8f92 c9c0b0 9a6a52 d0c9bd 77706a") for _ in range(4)])
    storey = (y - 0.58) / depth * rng.uniform(4, 6)
    column = 3.5 * np.log(depth + 0.08) * rng.uniform(2, 3)
    pane = ((storey % 1) > 0.35) & ((storey % 1) < 0.8) & ((column % 1) > 0.3) & ((column % 1) < 0.75)
    glass = pick(rng, "3a4650 55636e 2c3238")
    colour = np.where(pane[:, :, None], glass, tones[house[0]][None]) * rng.uniform(0.45, 1.0)
    canvas[wall] = colour[wall]
    for _ in range(int(rng.integers(2, 9))):
        place = rng.uniform(0, reach)
        lit.add((place if left else wide - place, rng.uniform(0.1, 0.75)), 0.6, rgb("ffd9a0", 0.1))


def _street(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """A street between houses, cars at the kerb, maybe trees."""
    lamps, wide = Lamps(), _wide(canvas)
    x, y = _grid(canvas)
    _sky(canvas, rng)
    distant = 0.55 - 0.05 * np.abs(noise(rng, (1, canvas.shape[1]), 0.02 * wide, octaves=2)).astype(np.float32)
    _blend(canvas, (y - distant) * 60, pick(rng, "8c949c a0a4a4 7c807c"))
    _blend(canvas, (y - 0.62) * 40, rgb("6f7072", 0.8))
    for left in (True, False):
        if rng.random() < 0.85:
            _facade(canvas, rng, left, lamps)
    if rng.random() < 0.5:
        place = wide * rng.choice([0.1, 0.85])
        blob = (0.3 - np.hypot(x - place, (y - 0.25) * 0.8)) * 9 + noise(rng, canvas.shape[:2], 6)
        _foliage(canvas, rng, blob, lamps)
    for _ in range(int(rng.integers(1, 5))):
        cx, cw = wide * rng.random(), rng.uniform(0.1, 0.22)
        body = pick(rng, "b8babd 2c2f33 7a2c28 34475c d8d8d6 5c5f60")
        _box(canvas, (cx, cx + cw), (0.62, 0.72))[:] = body * 0.7
        _box(canvas, (cx + 0.15 * cw, cx + 0.85 * cw), (0.57, 0.63))[:] = rgb("2c3238")
        lamps.add((cx, 0.66), 0.5, rgb("ff5a40", 0.25))
    return lamps


def _horizon(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """Open land or sea under the sky."""
    _sky(canvas, rng)
    _, y = _grid(canvas)
    line = rng.uniform(0.45, 0.75)
    for k, haze in enumerate((0.65, 0.35, 0.0)):
        ridge = noise(rng, (1, canvas.shape[1]), 0.012, octaves=3) * 0.04 * (rng.random() < 0.8)
        land = pick(rng, "6f7f4a 8a8a5e a39468 5f7a86 50626a c2ad86 4f6a3c")
        land = np.asarray(land * 0.7 * (1 - haze) + rgb("bccad6") * haze, np.float32)
        _blend(canvas, (y - line - 0.09 * k + ridge) * 40, land)
    canvas *= np.exp(0.1 * noise(rng, canvas.shape[:2], 8))[:, :, None]
    return Lamps()


def _masonry(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """A wall of bricks, plaster or concrete with light and shade."""
    x, y = _grid(canvas)
    canvas[:] = pick(rng, "9a6a55 b9aa97 a3a19c c7bba8 7d7a76 8a5646 bfa58a") * rng.uniform(0.6, 0.95)
    if rng.random() < 0.5:
        row = np.floor(y / 0.05)
        joint = ((y / 0.05) % 1 < 0.16) | (((x / 0.13 + 0.5 * (row % 2)) % 1) < 0.07)
        canvas *= np.where(joint, 1.25, 1.0)[:, :, None].astype(np.float32)
    canvas *= np.exp(0.2 * noise(rng, canvas.shape[:2], 5, octaves=4))[:, :, None]
    shade = noise(rng, canvas.shape[:2], rng.uniform(1.5, 4), octaves=3)
    canvas *= (1 - rng.uniform(0, 0.5) * np.clip(shade * 2, 0, 1))[:, :, None]
    return Lamps()


def outdoor(canvas: Picture, rng: np.random.Generator) -> Lamps:
    """Park, street, open land, or a wall."""
    painters = (_park, _street, _horizon, _masonry)
    return painters[int(rng.choice(4, p=[0.45, 0.25, 0.2, 0.1]))](canvas, rng)
