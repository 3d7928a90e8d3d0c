"""What water does to light between a face and the camera: caustics from the surface, lost red, haze, specks, bubbles.

All in linear light of the finished picture's range; lengths in shares of the picture's smaller side. How light is lost
by colour: Jerlov, "Marine Optics" (1976), coastal water, strengthened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.scene.optics import noise

Floats: TypeAlias = NDArray[np.float32]

_LOST = np.array((0.80, 0.16, 0.12), dtype=np.float32)
_HAZES = ((0.05, 0.30, 0.37), (0.04, 0.25, 0.40), (0.06, 0.33, 0.31), (0.04, 0.22, 0.33))
_LIGHT = np.array((0.80, 1.05, 1.0), dtype=np.float32)
_HEAD, _NOSE, _MOUTH = slice(0, 17), 33, 66


@dataclass(frozen=True, slots=True)
class Water:
    """`points` (68, 2): the face's landmarks in pixels, from which bubbles rise.

    `seed`: what chance decides of this water.
    """

    points: Floats
    seed: np.random.Generator

    def seen(self, picture: Floats, cover: Floats, normal: Floats) -> Floats:
        """A linear picture (h, w, 3), of which the share `cover` (h, w, 1) is the sitter with normals (h, w, 3)."""
        rng = self.seed
        height, width = picture.shape[:2]
        level = float(np.clip(np.median(picture.mean(axis=2)) / 0.22, 0.05, 1.3))
        net = _caustics(rng, (height, width), normal)
        up = normal[..., 2]
        # Light comes from above: what looks down is darker; the nets dance on what looks up or to the front.
        above = 0.62 + 0.62 * np.clip(0.35 + up, -0.2, 1.2)
        lit = above + 2.1 * net * np.clip(0.45 + up, 0, 1)
        person = picture * lit[..., None] * np.exp(-_LOST * float(rng.uniform(0.75, 1.1))) * _LIGHT * 1.55
        haze = np.array(_HAZES[int(rng.integers(len(_HAZES)))], dtype=np.float32) * level
        clear = float(rng.uniform(0.76, 0.86))
        y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None, None]
        haze = haze * (1.45 - 0.9 * y)
        out = (person * clear + haze * (1 - clear)) * cover + (0.86 * picture + 0.14 * haze) * (1 - cover)
        out = out + _shafts(rng, (height, width))[..., None] * haze * (0.8 - 0.6 * cover)
        _specks(out, rng, level)
        self._bubbles(out, rng, level)
        return np.asarray(out, dtype=np.float32)

    def _bubbles(self, picture: Floats, rng: np.random.Generator, level: float) -> None:
        """Strings of bubbles that rise from nose and mouth, some in the hair and around."""
        side = float(min(picture.shape[:2]))
        face = float(np.ptp(self.points[_HEAD, 0]))
        top = float(self.points[:, 1].min()) - 0.45 * face
        for start, count in ((_NOSE, 9), (_MOUTH, 20)):
            x0, y0 = (float(v) for v in self.points[start])
            drift = float(rng.choice([-1.0, 1.0])) * float(rng.uniform(0.45, 0.75)) * face
            for rise in np.sort(rng.beta(1.1, 1.2, count)):
                x = x0 + drift * rise**0.55 + float(rng.normal(0, 0.03 + 0.08 * rise)) * face
                y = y0 + (top - y0) * float(rise) + float(rng.normal(0, 0.02)) * face
                size = float(np.exp(rng.normal(np.log(0.0070 + 0.007 * rise), 0.45)))
                _bubble(picture, (x, y), max(size * side, 1.0), level)
        left, right = float(self.points[_HEAD, 0].min()), float(self.points[_HEAD, 0].max())
        for _ in range(34):
            x = float(rng.uniform(left - 0.15 * face, right + 0.15 * face))
            y = float(rng.uniform(top, top + 0.5 * face))
            _bubble(picture, (x, y), max(float(rng.uniform(0.0022, 0.0060)) * side, 0.8), level)
        for _ in range(22):
            x, y = float(rng.random()) * picture.shape[1], float(rng.random()) * picture.shape[0]
            _bubble(picture, (x, y), max(float(np.exp(rng.normal(-5.0, 0.5))) * side, 0.8), level)


def _caustics(rng: np.random.Generator, size: tuple[int, int], normal: Floats) -> Floats:
    """Bright nets of light (h, w), mean about 0.3, bent by the surface that they fall on."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    height, width = size
    cells = float(rng.uniform(7.0, 10.0))
    layers = [noise(rng, size, cells * k, octaves=2, gain=0.35) for k in (1.0, 1.35)]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = 0.05 * height
    soft = gaussian_filter(normal, (0.006 * height, 0.006 * height, 0))
    rows = rows + bend * soft[..., 2] + 0.012 * height * noise(rng, size, 6, octaves=1)
    columns = columns + bend * soft[..., 0] + 0.012 * height * noise(rng, size, 6, octaves=1)
    nets = [map_coordinates(layer, [rows, columns], order=1, mode="mirror") for layer in layers]
    lines = sum(np.exp(-((np.abs(net) / 0.13) ** 1.3)) for net in nets)
    patches = 0.65 + 0.35 * np.clip(noise(rng, size, 2.5, octaves=1), -1, 1)
    return np.asarray(gaussian_filter(lines * patches, 0.0025 * height), dtype=np.float32)


def _shafts(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Shafts of sunlight (h, w) that fan out from above the picture and fade downwards."""
    height, width = size
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
    x = ((np.arange(width, dtype=np.float32) + 0.5) / height)[None, :]
    angle = np.arctan2(x - float(rng.uniform(0.2, 0.8)) * width / height, y + float(rng.uniform(0.5, 0.9)))
    total = np.zeros(size, dtype=np.float32)
    for k in range(6):
        total += np.cos(angle * float(rng.uniform(18, 60)) + float(rng.uniform(0, 6))) / (1 + 0.4 * k)
    return np.asarray(np.clip(total, 0, 2.5) * np.exp(-1.6 * y) * 0.45, dtype=np.float32)


def _specks(picture: Floats, rng: np.random.Generator, level: float) -> None:
    """What drifts in the water before the lens, in place."""
    side = min(picture.shape[:2])
    for _ in range(70):
        x, y = float(rng.random()) * picture.shape[1], float(rng.random()) * picture.shape[0]
        radius, bright = float(np.exp(rng.normal(-6.1, 0.5))) * side, float(rng.uniform(0.03, 0.14)) * level
        part, d = _around(picture, (x, y), max(radius, 0.7) * 2)
        if part is not None:
            picture[part] += (bright * np.exp(-((d / max(radius, 0.7)) ** 2)))[..., None] * _LIGHT


def _bubble(picture: Floats, centre: tuple[float, float], radius: float, level: float) -> None:
    """A ball of air, in place: dark inside, a bright rim, brightest above, and a glint."""
    part, d = _around(picture, centre, radius + 2)
    if part is None:
        return
    inside = np.clip(radius - d + 0.5, 0, 1)
    share = np.clip(d / radius, 0, 1)
    rows = np.arange(part[0].start, part[0].stop, dtype=np.float32)[:, None] + 0.5
    columns = np.arange(part[1].start, part[1].stop, dtype=np.float32)[None, :] + 0.5
    high = np.clip((centre[1] - rows) / radius, -1, 1)
    rim = np.exp(-(((share - 0.86) / 0.15) ** 2)) * (0.50 + 0.40 * high)
    off = np.hypot(columns - centre[0] + 0.38 * radius, rows - centre[1] + 0.42 * radius)
    glint = np.exp(-((off / (0.22 * radius)) ** 2))
    body = picture[part] * (0.90 - 0.12 * inside[..., None])
    light = (0.75 * rim + 1.1 * glint)[..., None] * (0.25 + 0.75 * level) * _LIGHT
    picture[part] = picture[part] * (1 - inside[..., None]) + (body + light) * inside[..., None]


def _around(picture: Floats, centre: tuple[float, float], reach: float) -> tuple[tuple[slice, slice] | None, Floats]:
    """The part of a picture within `reach` pixels of a place, and its distances from there."""
    x, y = centre
    x0, x1 = max(int(x - reach), 0), min(int(x + reach) + 1, picture.shape[1])
    y0, y1 = max(int(y - reach), 0), min(int(y + reach) + 1, picture.shape[0])
    if x0 >= x1 or y0 >= y1:
        return None, np.zeros((0, 0), dtype=np.float32)
    columns = np.arange(x0, x1, dtype=np.float32)[None, :] + 0.5 - x
    rows = np.arange(y0, y1, dtype=np.float32)[:, None] + 0.5 - y
    return (slice(y0, y1), slice(x0, x1)), np.asarray(np.hypot(columns, rows), dtype=np.float32)
