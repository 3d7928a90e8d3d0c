"""What a wide-open lens does to a background: blur by a disc, discs of light; and the noise that scenery is made of.

Pictures are float32 (height, width, 3), linear RGB, row 0 at the top.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Picture = NDArray[np.float32]


@lru_cache(maxsize=64)
def _spread(fine: int, coarse: int) -> Picture:
    """(fine, coarse) matrix that enlarges `coarse` samples to `fine` ones with a cubic B-spline (never overshoots)."""
    at = (np.arange(fine, dtype=np.float32) + 0.5) * coarse / fine - 0.5
    base = np.floor(at).astype(int)
    t = at - base
    weights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1) / 6
    matrix = np.zeros((fine, coarse), np.float32)
    for k in range(4):
        np.add.at(matrix, (np.arange(fine), np.clip(base + k - 1, 0, coarse - 1)), weights[:, k])
    return matrix


def enlarge(picture: Picture, size: tuple[int, int]) -> Picture:
    """`picture`, (h, w) or (h, w, c), smoothly resampled to `size` = (height, width)."""
    rows = _spread(size[0], picture.shape[0])
    columns = _spread(size[1], picture.shape[1])
    flat = rows @ picture.reshape(picture.shape[0], -1)
    if picture.ndim == 2:
        return np.asarray(flat @ columns.T, np.float32)
    return np.asarray(columns @ flat.reshape(size[0], picture.shape[1], -1), np.float32)


def noise(
    rng: np.random.Generator, size: tuple[int, int], cells: float, octaves: int = 3, gain: float = 0.5
) -> Picture:
    """(height, width) smooth noise of mean about 0 and spread about 1, with `cells` bumps over the height."""
    total = np.zeros(size, np.float32)
    weight = 1.0
    for octave in range(octaves):
        frequency = cells * 2**octave
        shape = tuple(min(max(round(n * frequency / size[0]), 2), 4 * n) for n in size)
        total += weight * enlarge(rng.standard_normal(shape, dtype=np.float32), size)
        weight *= gain
    # A B-spline keeps about 0.48 of the spread of white noise along each axis.
    return np.asarray(total / (0.48 * np.sqrt(sum(gain ** (2 * k) for k in range(octaves)))), np.float32)


def defocus(picture: Picture, radius: float) -> Picture:
    """`picture` blurred by a disc of `radius` pixels, as by a lens; the border is continued outwards."""
    margin = int(np.ceil(radius)) + 2
    height, width = picture.shape[:2]
    padded = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    shape = tuple(fft.next_fast_len(n, real=True) for n in padded.shape[:2])
    y, x = (np.minimum(np.arange(n), n - np.arange(n)) for n in shape)
    disc = np.clip(radius + 0.5 - np.hypot(y[:, None], x[None, :]), 0, 1).astype(np.float32)
    disc /= disc.sum()
    spectrum = fft.rfft2(padded, s=shape, axes=(0, 1)) * fft.rfft2(disc)[:, :, None]
    blurred = fft.irfft2(spectrum, s=shape, axes=(0, 1))
    return np.asarray(blurred[margin : margin + height, margin : margin + width], np.float32)


def glow(picture: Picture, centre: tuple[float, float], radius: float, colour: NDArray[np.floating]) -> None:
    """Adds in place a soft light at `centre` = (x, y) that falls to a fifth at `radius`, in shares of the height."""
    height, width = picture.shape[:2]
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height - centre[1]
    x = (np.arange(width, dtype=np.float32)[None, :] + 0.5) / height - centre[0]
    fall = 1 / (1 + 2 * (x * x + y * y) / radius**2)
    picture += (fall**1.5)[:, :, None] * np.asarray(colour, np.float32)


def highlights(
    picture: Picture, centres: NDArray[np.floating], radii: NDArray[np.floating], colours: NDArray[np.floating]
) -> None:
    """Adds in place the discs of n lights far out of focus.

    `centres` (n, 2) x and y, `radii` (n,), both in shares of the height; `colours` (n, 3). Towards the corners the disc
    is cut to a lens shape by the barrel of the objective; its rim is a little brighter than its middle.
    """
    height, width = picture.shape[:2]
    middle = np.array([width / 2, height / 2])
    for (cx, cy), share, colour in zip(centres * height, radii, np.asarray(colours, np.float32), strict=True):
        r = share * height
        x0, x1 = max(int(cx - r - 1), 0), min(int(cx + r + 3), width)
        y0, y1 = max(int(cy - r - 1), 0), min(int(cy + r + 3), height)
        if x0 >= x1 or y0 >= y1:
            continue
        x = np.arange(x0, x1, dtype=np.float32)[None, :] + 0.5 - cx
        y = np.arange(y0, y1, dtype=np.float32)[:, None] + 0.5 - cy
        soft = max(0.06 * r, 0.7)
        distance = np.hypot(x, y)
        off = (np.array([cx, cy]) - middle) / height
        # The second disc is the barrel, seen from the side: off the axis it moves against the first.
        barrel = np.hypot(x + off[0] * 1.1 * r, y + off[1] * 1.1 * r)
        mask = np.clip((r - np.maximum(distance, barrel * 0.93)) / soft + 0.5, 0, 1)
        mask *= 0.82 + 0.18 * np.clip(distance / max(r, 1e-6), 0, 1) ** 3
        picture[y0:y1, x0:x1] += mask[:, :, None] * colour
