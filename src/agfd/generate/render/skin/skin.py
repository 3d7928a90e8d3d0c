"""Skin: albedo, roughness and relief as textures, painted from a person's melanin, age and seed.

All lengths are metres on the template. Pigment multiplies: every blotch is an absorption, exp(-mask k), as in the
Beer-Lambert law, so that it fits every tone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.picture import trace
from agfd.generate.render.picture.color import linear
from agfd.generate.render.skin import wrinkles
from agfd.generate.render.skin.texture import front
from agfd.generate.render.streams import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.render.body.head import Head
    from agfd.generate.render.person import Person
    from agfd.generate.render.skin.texture import Canvas

Floats: TypeAlias = NDArray[np.float32]

# Even steps of melanin, sRGB 0 to 255.
_TONES = (
    (233, 185, 165), (226, 174, 151), (213, 157, 130), (193, 137, 109), (164, 112, 87), (128, 86, 67), (93, 63, 52),
    (63, 44, 38),
)  # fmt: skip
_BLOOD = np.array((0.04, 0.34, 0.27), dtype=np.float32)
_SHADE = np.array((0.10, 0.20, 0.15), dtype=np.float32)
_SUNKEN = (0.20, 0.30, 0.29)
_BROWN = np.array((0.25, 0.55, 0.80), dtype=np.float32)
# The edge of the upper lid: |x| and z on the template.
_MARGIN = (
    (0.0200, 0.0212, 0.0235, 0.0272, 0.0311, 0.0349, 0.0384, 0.0410, 0.0428, 0.0438),
    (0.7288, 0.7296, 0.7310, 0.7323, 0.7332, 0.7330, 0.7324, 0.7317, 0.7307, 0.7294),
)


@dataclass(frozen=True, slots=True)
class Skin:
    """Textures: albedo (h, w, 3) linear RGB, roughness (h, w), relief (h, w) in metres on the template."""

    albedo: Floats
    roughness: Floats
    relief: Floats


def tone(melanin: float) -> Floats:
    """Albedo, linear RGB, of a melanin of 0 to 1."""
    stops = np.array([[linear(c / 255) for c in stop] for stop in _TONES])
    at = np.linspace(0, 1, len(stops))
    return np.array([np.interp(melanin, at, stops[:, c]) for c in range(3)], dtype=np.float32)


def paint(person: Person, canvas: Canvas, strain: dict[str, float], cover: Floats) -> Skin:
    """The skin of a person.

    `strain` 0 to 1 deepens the furrows of `forehead`, `glabella`, `eyes`, `cheeks`; `cover` (n,) 0 to 1 is the density
    of hair at each vertex, which shades the scalp.
    """
    rng = stream(person.seed, "skin")
    noise = _own(canvas.noise, rng)
    # One plane per colour until the end: that is three times as fast.
    density = _pigment(person, canvas, noise, rng)
    _absorb_roots(density, person, canvas, cover)
    density += _grain(person, canvas, noise)
    base = tone(person.melanin)
    albedo = base[:, None, None] * np.exp(-density)
    _paint_lips(albedo, base, person, canvas, noise)
    _paint_rims(albedo, person, canvas)
    folds = wrinkles.relief(canvas, person.age, strain, rng)
    sunken = wrinkles.hollows(canvas, person.age, stream(person.seed, "hollows"))
    _fold_lids(folds, person, canvas)
    _shade(albedo, folds, canvas)
    for c in range(3):
        albedo[c] *= np.exp(-_SUNKEN[c] * sunken)
    pixels = np.ascontiguousarray(np.moveaxis(albedo, 0, 2), dtype=np.float32)
    return Skin(pixels, _roughness(person, canvas, noise, rng), folds + _pores(person, canvas, noise))


def _absorb(density: Floats, field: Floats, color: Sequence[float] | Floats) -> None:
    """Add to the absorption (3, h, w) a field (h, w) that takes so much of red, green and blue."""
    for c in range(3):
        density[c] += field * np.float32(color[c])


def _grain(person: Person, canvas: Canvas, noise: Floats) -> Floats:
    """Absorption (h, w) of pores and fine lines, which shade themselves: unlike relief it outlives the denoiser."""
    grown = float(np.clip((person.age - 2) / 14, 0.25, 1))
    old = float(np.clip((person.age - 25) / 50, 0, 1))
    pored = 0.5 + spot(canvas, 0.012, 0.694, 0.020, 0.018) + 0.5 * spot(canvas, 0.0, 0.77, 0.03, 0.015)
    pores = 0.036 * np.clip(noise[0] - 0.4, 0, 2.2) * pored
    return np.asarray(
        grown * (pores + (0.010 + 0.034 * old) * noise[1] + 0.014 * noise[0] + 0.034 * old * noise[2]), dtype=np.float32
    )


def _fold_lids(relief: Floats, person: Person, canvas: Canvas) -> None:
    """Add to the relief (h, w) the fold above the upper lid; faint where the lid hangs over it."""
    part, ax = _near(canvas, 0.72, 0.75)
    bold = {"East Asian": 0.35, "Southeast Asian": 0.6}.get(str(person.attributes["race"]), 1.0)
    above = np.interp(ax, (0.019, 0.024, 0.031, 0.039, 0.046), (0.0022, 0.0036, 0.0043, 0.0040, 0.0030))
    line = np.exp(-(((canvas.z[part] - np.interp(ax, *_MARGIN) - above) / 0.0008) ** 2))
    ends = np.clip((ax - 0.018) / 0.005, 0, 1) * np.clip((0.0475 - ax) / 0.006, 0, 1) * (canvas.y[part] < -0.10)
    relief[part] -= (4.0e-4 * bold * line * ends).astype(np.float32)


def _near(canvas: Canvas, low: float, high: float) -> tuple[tuple[slice, slice], Floats]:
    """The part of the texture before the ears between two heights, and |x| there."""
    seen = front(canvas)
    rows = seen.rows(low, high)
    return (rows, seen.columns), seen.ax[rows]


def _shade(albedo: Floats, folds: Floats, canvas: Canvas) -> None:
    """What lies in a furrow is shaded, redder, and darker on the side that looks down; `albedo` (3, h, w).

    Few paths and a denoiser leave little of relief, so that its shade in light from above is painted.
    """
    slope = np.gradient(folds, axis=0) / max(float(np.median(np.abs(np.diff(canvas.z, axis=0)))), 1e-6)
    deep, below = 1000 * np.clip(folds, -1e-3, 0), np.float32(0.30) * np.clip(slope, -0.6, 0.6)
    red, other = np.exp(0.75 * deep - below), np.exp(1.0 * deep - below)
    albedo[0] *= red
    albedo[1:] *= other


def surface(skin: Skin, scale: float) -> dict[str, Any]:
    """The material of a head of that scale."""
    material = {
        "type": "principled",
        "base_color": trace.bitmap(skin.albedo) | {"wrap_mode": "repeat"},
        "roughness": trace.bitmap(skin.roughness) | {"wrap_mode": "repeat"},
        "specular": 0.42, "flatness": 0.5,
    }  # fmt: skip
    relief = trace.bitmap(skin.relief) | {"wrap_mode": "repeat"}
    return {"type": "bumpmap", "arbitrary": relief, "scale": float(scale), "bsdf": material}


def shape(head: Head, canvas: Canvas, skin: Skin, visible: NDArray[np.bool_]) -> trace.Mesh:
    """The skin's mesh; `visible` (faces,) leaves out what nobody sees."""
    vertices = np.concatenate([head.vertices, head.vertices[canvas.copies]])
    normals = np.concatenate([head.normals, head.normals[canvas.copies]])
    return trace.Mesh(
        vertices, canvas.faces[visible], normals, surface(skin, head.scale), skin.albedo, "skin", canvas.uv
    )


def spot(canvas: Canvas, x: float, z: float, sx: float, sz: float) -> Floats:
    """A soft spot on both cheeks, (h, w): Gaussian in |x| and z, in front of the ears only."""
    out = np.zeros(canvas.shape, dtype=np.float32)
    # Beyond five deviations nothing is left of it.
    part, ax = _near(canvas, z - 5 * sz, z + 5 * sz)
    d = ((ax - np.float32(x)) / np.float32(sx)) ** 2 + ((canvas.z[part] - np.float32(z)) / np.float32(sz)) ** 2
    out[part] = np.exp(np.float32(-0.5) * d) * front(canvas).share[part[0]]
    return out


def _own(noise: Floats, rng: np.random.Generator) -> Floats:
    """A person's own part of the common noise."""
    rolled = [np.roll(n, (int(rng.integers(n.shape[0])), int(rng.integers(n.shape[1]))), (0, 1)) for n in noise]
    return np.stack(rolled)


def _pigment(person: Person, canvas: Canvas, noise: Floats, rng: np.random.Generator) -> Floats:
    """Absorption (3, h, w) of blood, shade and melanin's blotches."""
    m, age = person.melanin, person.age
    ruddy = float(rng.uniform(0.15, 0.90)) * (1 - 0.55 * m) * (1.15 if age < 12 else 1.0)
    rough = 1 + 0.10 * noise[2] + 0.20 * noise[3] + 0.15 * noise[4]
    cheeks = spot(canvas, 0.041, 0.694, 0.018, 0.017) * 0.75 + spot(canvas, 0.050, 0.708, 0.013, 0.012) * 0.20
    nose = spot(canvas, 0.0, 0.690, 0.013, 0.011) * 0.80 + spot(canvas, 0.013, 0.687, 0.006, 0.006) * 0.45
    chin = spot(canvas, 0.0, 0.632, 0.014, 0.010) * 0.40 + spot(canvas, 0.0, 0.662, 0.030, 0.012) * 0.18
    blood = (cheeks + nose + chin + 0.75 * canvas.masks["ears"]) * rough
    blood -= 0.25 * spot(canvas, 0.0, 0.775, 0.05, 0.016)
    tired = 0.30 + 0.011 * max(age - 22, 0) + float(rng.uniform(-0.20, 0.45))
    socket = spot(canvas, 0.0305, 0.7170, 0.011, 0.0055) * tired + spot(canvas, 0.018, 0.722, 0.005, 0.008) * 0.40
    socket += spot(canvas, 0.020, 0.7375, 0.007, 0.0045) * 0.30
    lid = spot(canvas, 0.031, 0.7355, 0.014, 0.0035) * 0.55
    out = np.zeros((3, *canvas.shape), dtype=np.float32)
    _absorb(out, ruddy * blood, _BLOOD)
    _absorb(out, socket, _SHADE)
    _absorb(out, lid, (0.07, 0.20, 0.15))
    # Blood varies from place to place and hardly darkens; melanin darkens, and is uneven in the old.
    uneven = 0.030 + 0.0003 * max(age - 30, 0)
    veins = (0.45 * noise[2] + 0.8 * noise[3] + 0.8 * noise[4]) * uneven
    brown = (0.3 * noise[2] + 0.5 * noise[3] + 0.8 * np.roll(noise[4], 97, 1)) * (0.008 + 0.00050 * max(age - 28, 0))
    _absorb(out, veins, (0.10, 0.95, 0.75))
    _absorb(out, brown, (0.45, 0.9, 1.3))
    _absorb(out, _marks(person, canvas, rng), _BROWN)
    _absorb(out, _beard_shadow(person, canvas, noise), (1.0, 0.86, 0.72))
    return out


def _beard_shadow(person: Person, canvas: Canvas, noise: Floats) -> Floats:
    """What a shave leaves on grown men, and stubble where it was asked for."""
    area = wrinkles.beard(canvas)
    stubble = person.attributes["facial_hair"] == "stubble"
    # Some men shave smoother than others, and some have more to shave.
    left = 0.02 + 0.52 * float(stream(person.seed, "shave").beta(0.9, 1.8))
    strength = 0.85 if stubble else left * float(np.interp(person.age, (15, 21), (0, 1))) * person.male
    if strength == 0.0:
        return np.zeros(canvas.shape, dtype=np.float32)
    grain = np.clip(noise[0] * 0.8 + 0.35, 0, 2.2) if stubble else np.ones(canvas.shape, dtype=np.float32)
    pale = {"blond": 0.45, "red": 0.6, "grey": 0.5, "white": 0.3}.get(str(person.attributes["hair_color"]), 1.0)
    return np.asarray(area * grain * strength * pale, dtype=np.float32)


def _absorb_roots(density: Floats, person: Person, canvas: Canvas, cover: Floats) -> None:
    """Add to the absorption (3, h, w) that of short hair between the strands, by the colour of the hair."""
    from scipy.ndimage import gaussian_filter

    color = str(person.attributes["hair_color"])
    dark = {"blond": 0.5, "white": 0.35, "grey": 0.7, "red": 0.8, "black": 2.0}.get(color, 1.5)
    # Between white hairs skin looks grey, not pink; between blond ones yellow.
    tint = {"white": (1.5, 0.75, 0.5), "grey": (1.4, 0.9, 0.75), "blond": (0.75, 1.0, 1.45)}.get(color, (0.9, 1.0, 1.1))
    # Fewer and finer hairs shade the skin less than by their number.
    sparse = np.square(cover[canvas.nearest].astype(np.float32))
    soft = gaussian_filter(sparse, 5.0 * canvas.shape[1] / 1280)
    _absorb(density, soft, tuple(dark * share for share in tint))


def _marks(person: Person, canvas: Canvas, rng: np.random.Generator) -> Floats:
    """Moles, freckles and the spots of age, (h, w)."""
    freckled = max(0.0, float(rng.normal(-0.5, 0.8))) * max(0.0, 1 - 2.2 * person.melanin)
    aged = max(0.0, (person.age - 48) / 40) * (1 - 0.7 * person.melanin)
    moles = stream(person.seed, "moles")
    layers = (
        (int(rng.integers(0, 9)), 1.5, 0.9, 1.0, rng),
        (int(2600 * freckled), 1.0, 0.22, 0.5, rng),
        (int(150 * aged), 4.0, 0.35, 1.0, rng),
        # Moles of some millimetres, on the whole head and neck: one or two on a face, none on children's.
        (int(moles.poisson(4.5) * np.interp(person.age, (8, 25), (0, 1))), 2.3, 1.2, 1.0, moles),
    )
    total = np.zeros(canvas.shape, dtype=np.float32)
    for count, deviation, depth, everywhere, draw in layers:
        soft = _spots(canvas, count, deviation, draw) * depth
        total += soft * (everywhere + (1 - everywhere) * spot(canvas, 0.02, 0.700, 0.035, 0.025))
    return total * (1 - canvas.masks["lips"])


def _spots(canvas: Canvas, count: int, deviation: float, rng: np.random.Generator) -> Floats:
    """Soft dots anywhere, (h, w), 0.3 to 1 high; `deviation`: texels of a texture 1280 wide."""
    from scipy.ndimage import gaussian_filter

    h, w = canvas.shape
    dots = np.zeros((h, w), dtype=np.float32)
    rows, columns = rng.integers(0, h, max(count, 1)), rng.integers(0, w, max(count, 1))
    dots[rows, columns] = rng.uniform(0.3, 1.0, len(rows)) * (count > 0)
    if not count:
        return dots
    size = deviation * w / 1280
    return np.asarray(gaussian_filter(dots, size, mode="wrap") * (2 * np.pi * size**2), dtype=np.float32)


def _paint_lips(albedo: Floats, base: Floats, person: Person, canvas: Canvas, noise: Floats) -> None:
    """Lips on `albedo` (3, h, w) keep the tone of the skin and add blood; on dark skin they are browner."""
    m = person.melanin
    female = 0.0 if person.male else 1.0
    lip = base * np.array((0.86, 0.60 - 0.09 * female, 0.61 - 0.06 * female), dtype=np.float32)
    lip = lip + np.array((0.03, 0.004, 0.008), dtype=np.float32) * (1 - m)
    redder = float(np.clip(stream(person.seed, "lips").normal(0.05, 0.22), -0.4, 0.5))
    lip = lip * np.exp(-redder * np.array((0.35, 1.0, 0.85), dtype=np.float32))
    mask = np.clip((canvas.masks["lips"] - 0.15) / 0.7, 0, 1) * 0.80
    streaked = (1 + 0.05 * noise[1] + 0.05 * noise[2]) * mask
    for c in range(3):
        albedo[c] = albedo[c] * (1 - mask) + streaked * lip[c]


def _paint_rims(albedo: Floats, person: Person, canvas: Canvas) -> None:
    """The pink of the lids' edges and the corner of the eye, the dark of the lashes' roots and of the nostrils, on
    `albedo` (3, h, w).
    """
    part, ax = _near(canvas, 0.71, 0.75)
    z = canvas.z[part]
    corner = spot(canvas, 0.0180, 0.7278, 0.0022, 0.0016)[part]
    edge = np.exp(-0.5 * ((np.hypot((ax - 0.031) / 1.75, z - 0.7286) - 0.0040) / 0.0011) ** 2)
    edge = edge * (np.abs(z - 0.7286) < 0.012)
    amount = np.clip(corner * 0.45 + 0.28 * edge, 0, 1) * (1 - 0.45 * person.melanin)
    line = np.exp(-(((z - np.interp(ax, *_MARGIN) - 0.0001) / 0.0009) ** 2))
    line = line * np.clip((ax - 0.0205) / 0.004, 0, 1) * (ax < 0.0450) * (canvas.y[part] < -0.11)
    line = line * (0.9 if person.age > 5 else 0.5)
    below, _ = _near(canvas, 0.665, 0.70)
    albedo[:, below[0], below[1]] *= np.exp(-1.1 * spot(canvas, 0.0075, 0.6835, 0.0035, 0.0030)[below])
    for plane, color in zip(albedo, (0.05, 0.55, 0.48), strict=True):
        plane[part] *= np.exp(-color * amount - 1.7 * line)


def _roughness(person: Person, canvas: Canvas, noise: Floats, rng: np.random.Generator) -> Floats:
    """Oily on forehead and nose, wet on the lips."""
    oily = float(rng.uniform(0.5, 1.3))
    shine = spot(canvas, 0.0, 0.772, 0.030, 0.018) * 0.07 + spot(canvas, 0.0, 0.700, 0.011, 0.022) * 0.10
    shine += spot(canvas, 0.043, 0.706, 0.014, 0.012) * 0.06 + spot(canvas, 0.0, 0.632, 0.012, 0.008) * 0.04
    rough = 0.58 - oily * shine + 0.025 * noise[2] + 0.02 * noise[1]
    rough += 0.04 * np.clip((person.age - 55) / 30, 0, 1)
    lips = canvas.masks["lips"] * 0.75
    return np.asarray(np.clip(rough * (1 - lips) + (0.38 + 0.03 * noise[1]) * lips, 0.2, 0.8), dtype=np.float32)


def _pores(person: Person, canvas: Canvas, noise: Floats) -> Floats:
    """Relief of pores, fine skin and lip lines, metres."""
    old = np.clip((person.age - 25) / 50, 0, 1)
    young = np.clip((person.age - 3) / 15, 0.15, 1)
    zone = 0.45 + 0.9 * spot(canvas, 0.012, 0.695, 0.022, 0.022) + 0.3 * spot(canvas, 0.0, 0.77, 0.03, 0.015)
    fine = 16e-6 * noise[1] + 10e-6 * noise[0] + (14e-6 + 26e-6 * old) * noise[2]
    pits = -26e-6 * np.clip(noise[0] - 1.0, 0, 2) * zone
    lips = canvas.masks["lips"]
    lines = 60e-6 * np.sin(canvas.x * 2 * np.pi / 0.0017 + 1.5 * noise[3]) * lips
    return np.asarray((fine + pits) * young * (1 - lips) + lines, dtype=np.float32)
