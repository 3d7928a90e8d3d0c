"""Marks of the skin that were asked for: freckles, scars, vitiligo. They belong to the person, not to the shot."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.brows import Tufts
from agfd.generate.render.skin.easel import Easel
from agfd.generate.render.skin.skin import tone
from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from agfd.generate.render.body.head import Head
    from agfd.generate.render.person import Person
    from agfd.generate.render.skin.skin import Skin
    from agfd.generate.render.skin.texture import Canvas

Floats: TypeAlias = NDArray[np.float32]
Line: TypeAlias = tuple[tuple[float, float], ...]

# Courses (x, z) of scars on the person's left; through a brow, a cheek, both lips, chin and forehead.
_SCARS: tuple[Line, ...] = (
    ((0.030, 0.768), (0.033, 0.758), (0.036, 0.746), (0.0375, 0.738)),
    ((0.029, 0.713), (0.038, 0.703), (0.046, 0.690), (0.051, 0.676)),
    ((0.060, 0.702), (0.050, 0.692), (0.040, 0.681), (0.033, 0.674)),
    ((0.036, 0.764), (0.038, 0.750), (0.040, 0.738), (0.045, 0.716), (0.048, 0.703), (0.050, 0.690)),
    ((0.012, 0.682), (0.0125, 0.674), (0.0110, 0.666)),
    ((0.010, 0.785), (0.020, 0.777), (0.027, 0.766)),
)
_WIDTH = 0.0042


def applied(kind: str, skin: Skin, canvas: Canvas, sitter: Person) -> Skin:
    """The skin with its marks; `kind`: a word of the vocabulary."""
    if kind == "none":
        return skin
    easel = Easel.of(skin, canvas)
    rng = stream(sitter.seed, f"marks: {kind}")
    if kind == "freckles":
        _freckles(easel, sitter, rng)
    elif kind == "vitiligo":
        _vitiligo(easel, sitter, rng)
    else:
        for line in _scars(sitter.seed):
            _scar(easel, line, tone(sitter.melanin), rng)
    return easel.skin


def parted(kind: str, brows: Tufts, head: Head, sitter: Person) -> Tufts:
    """Brows with a gap where a scar crosses them: no hair grows on it."""
    if kind != "scar":
        return brows
    from scipy.spatial import cKDTree

    near = np.flatnonzero(
        (head.template_vertices[:, 1] < -0.08) & (np.abs(head.template_vertices[:, 2] - 0.753) < 0.02)
    )
    place = head.template_vertices[near[cKDTree(head.vertices[near]).query(brows.points[:, 0])[1]]][:, [0, 2]]
    kept = np.ones(len(place), dtype=bool)
    for line in _scars(sitter.seed):
        points = np.array(line)
        for a, b in pairwise(points):
            t = np.clip(((place - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
            kept &= np.linalg.norm(place - a - t[:, None] * (b - a), axis=1) > 0.75 * _WIDTH
    return Tufts(brows.points[kept], brows.radii[kept], brows.color)


def _freckles(easel: Easel, sitter: Person, rng: np.random.Generator) -> None:
    """Hundreds of spots, most over the nose and the cheeks; on dark skin they are darker still."""
    from scipy.ndimage import gaussian_filter

    dense = 0.10 + easel.spot(0.026, 0.706, 0.023, 0.013) + 0.7 * easel.spot(0, 0.712, 0.012, 0.016)
    dense += 0.30 * easel.spot(0.0, 0.775, 0.05, 0.014) + 0.25 * easel.spot(0.03, 0.65, 0.03, 0.015)
    h, w = easel.x.shape
    total = np.zeros((h, w), dtype=np.float32)
    for count, size, depth in ((9000, 0.00055, 0.55), (4600, 0.00085, 0.75), (900, 0.0013, 0.8)):
        rows, columns, chance = rng.random(count), rng.random(count), rng.random(count)
        i, j = (rows * h).astype(np.int64), (columns * w).astype(np.int64)
        kept = chance < 0.55 * dense[i, j]
        dots = np.zeros((h, w), dtype=np.float32)
        dots[i[kept], j[kept]] = rng.uniform(0.45, 1.0, count)[kept].astype(np.float32)
        deviation = max(size / easel.texel, 0.55)
        total = np.maximum(total, gaussian_filter(dots, deviation) * (2 * np.pi * deviation**2) * depth)
    amount = np.clip(total, 0, 1.1) * easel.front * (1 - 0.9 * easel.mouth) * float(rng.uniform(0.85, 1.15))
    brown = (1.5, 1.6, 1.6) if sitter.melanin > 0.55 else (0.60, 1.05, 1.30)
    easel.shade(amount, brown)


def _scars(seed: int) -> list[Line]:
    """One or two courses, on either side of the face."""
    rng = stream(seed, "scars")
    # The first ones are seen best: one of them is always there.
    chosen = [int(rng.integers(4)), 4 + int(rng.integers(2))][: 1 + int(rng.random() < 0.4)]
    sides, jitter = rng.choice([-1.0, 1.0], 2), rng.normal(0, 0.0012, (2, 8, 2)).clip(-0.002, 0.002)
    return [
        tuple((float(side * (x + dx)), float(z + dz)) for (x, z), (dx, dz) in zip(_SCARS[i], shift, strict=False))
        for i, side, shift in zip(chosen, sides, jitter, strict=False)
    ]


def _scar(easel: Easel, line: Line, base: Floats, rng: np.random.Generator) -> None:
    """A line of smooth, pinker and lighter skin, raised in its middle, sunk at its edge; some were stitched."""
    fresh, stitched = float(rng.uniform(0.65, 1.1)), rng.random() < 0.5
    ragged = _WIDTH * float(rng.uniform(0.8, 1.2))
    core, halo = easel.line(line, ragged), easel.line(line, 2.4 * ragged)
    light = 0.30 * np.array((0.80, 0.52, 0.45), dtype=np.float32) + 0.70 * base * np.array((1.25, 1.12, 1.10))
    pink = light * np.array((1.0, 1 - 0.40 * fresh, 1 - 0.36 * fresh))
    easel.shade(0.5 * halo * fresh, (0.10, 0.60, 0.50))
    easel.coat(0.90 * core, (float(pink[0]), float(pink[1]), float(pink[2])), 0.36)
    easel.relief[:] = easel.relief * (1 - core) + 4.5e-4 * core - 2.5e-4 * np.clip(halo - core, 0, 1)
    if stitched:
        for a, b in pairwise(line):
            for t in (0.25, 0.75):
                x, z = a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])
                length = max(float(np.hypot(b[0] - a[0], b[1] - a[1])), 1e-6)
                nx, nz = -(b[1] - a[1]) / length * 0.0042, (b[0] - a[0]) / length * 0.0042
                mark = easel.line(((x - nx, z - nz), (x + nx, z + nz)), 0.0016)
                easel.coat(0.6 * mark, (float(pink[0]), float(pink[1]), float(pink[2])), 0.4)


def _vitiligo(easel: Easel, sitter: Person, rng: np.random.Generator) -> None:
    """Patches without pigment, nearly the same on both sides: around the eyes and the mouth and wherever it goes on."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    own = np.roll(easel.noise, (int(rng.integers(4096)), int(rng.integers(4096))), (1, 2))
    coarse = gaussian_filter(rng.standard_normal((26, 26)), 1.3)
    coarse /= coarse.std()
    lean = float(rng.uniform(0.0, 0.0035))
    ax = np.abs(easel.x + lean)
    field = map_coordinates(coarse, [(easel.z - 0.49) / 0.0135, ax / 0.0075], order=3, mode="mirror")
    eyes, mouth, brow, jaw = rng.uniform(0.5, 2.2, 4)
    field = field * 0.85 + 0.16 * own[3] + 0.10 * own[2]
    field += eyes * easel.spot(0.032, 0.728, 0.019, 0.015) + mouth * easel.spot(0.0, 0.660, 0.028, 0.019)
    field += 0.6 * brow * easel.spot(0.012, 0.780, 0.018, 0.012) + 0.6 * jaw * easel.spot(0.055, 0.660, 0.014, 0.018)
    bare = easel.edge((field - 1.15) * 0.006, 0.0007)
    # No pigment, but blood: about the lightest tone, pinker; light skin is tanned around it, which shows it.
    easel.shade((1 - bare) * max(0.0, 0.45 - sitter.melanin), (0.45, 0.72, 0.92))
    shadow = np.clip(easel.albedo.mean(axis=2) / max(float(tone(sitter.melanin).mean()), 1e-3), 0.55, 1.15)
    # The camera opens for dark skin: what is bare of pigment would be burnt out.
    pale = tone(0.06) * np.array((1.04, 0.98, 0.97), dtype=np.float32) * np.float32(1 - 0.42 * sitter.melanin)
    share = (0.94 * bare * (1 - 0.35 * easel.mouth))[..., None]
    easel.albedo[:] = easel.albedo * (1 - share) + pale * shadow[..., None] * share
