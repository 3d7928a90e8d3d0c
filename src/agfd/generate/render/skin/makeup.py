"""Make-up: opaque colours on the skin's texture, so that they follow the lids, the lips and the pose.

What is worn belongs to the shot, not to the person. Colours are linear RGB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.body.brows import Tufts
from agfd.generate.render.skin import costume
from agfd.generate.render.skin.easel import Color, Easel, Values
from agfd.generate.render.skin.skin import tone

if TYPE_CHECKING:
    from agfd.generate.render.person import Person
    from agfd.generate.render.skin.skin import Skin
    from agfd.generate.render.skin.texture import Canvas

Floats: TypeAlias = NDArray[np.float32]

# Lid, crease and outer corner.
_PALETTES: tuple[tuple[Color, Color, Color], ...] = (
    ((0.02, 0.14, 0.62), (0.01, 0.04, 0.30), (0.01, 0.01, 0.08)),
    ((0.42, 0.05, 0.42), (0.20, 0.01, 0.24), (0.04, 0.005, 0.07)),
    ((0.02, 0.36, 0.14), (0.005, 0.15, 0.07), (0.005, 0.03, 0.02)),
    ((0.75, 0.30, 0.03), (0.45, 0.06, 0.01), (0.16, 0.01, 0.01)),
    ((0.75, 0.08, 0.28), (0.45, 0.02, 0.16), (0.12, 0.005, 0.06)),
    ((0.02, 0.42, 0.48), (0.04, 0.12, 0.40), (0.06, 0.01, 0.16)),
    ((0.70, 0.52, 0.12), (0.28, 0.10, 0.02), (0.06, 0.015, 0.005)),
)
_SMOKY = ((0.16, 0.11, 0.09), (0.05, 0.03, 0.025), (0.012, 0.009, 0.008))
_LIPSTICKS: tuple[Color, ...] = (
    (0.42, 0.008, 0.014), (0.30, 0.006, 0.035), (0.52, 0.025, 0.11), (0.16, 0.006, 0.020), (0.50, 0.055, 0.030),
    (0.24, 0.012, 0.075),
)  # fmt: skip
_BLACK = (0.006, 0.005, 0.006)
_MASCARA = {"heavy": 1.65, "eyeshadow": 1.35, "eyeliner": 1.35}
_DYED_BROWS: Color = (0.012, 0.085, 0.022)
# Thickness of hairs that are glued together under paint, by a free one's.
_STUCK = 0.6


def applied(kind: str, skin: Skin, canvas: Canvas, sitter: Person, rng: np.random.Generator) -> Skin:
    """The skin under make-up; `kind`: a word of the vocabulary. `rng` chooses palette and variant."""
    if kind == "none":
        return skin
    easel = Easel.of(skin, canvas)
    if kind in ("joker", "halloween"):
        costume.paint(kind, easel, rng)
        return easel.skin
    # The camera opens for dark skin; pigments for it are deeper, or they would glow.
    deep = 1 - 0.5 * sitter.melanin
    palette = [np.array(color, dtype=np.float32) * deep for color in _PALETTES[int(rng.integers(len(_PALETTES)))]]
    lipstick = tuple(deep * c for c in _LIPSTICKS[int(rng.integers(len(_LIPSTICKS)))])
    gloss = float(rng.uniform(0.18, 0.48))
    smoky, winged = rng.random() < 0.55, float(rng.uniform(0.8, 1.15))
    if kind == "heavy":
        _foundation(easel, tone(sitter.melanin))
        _shadow(easel, [deep * np.array(color, dtype=np.float32) for color in _SMOKY] if smoky else palette, 0.85)
        _liner(easel, 0.75, winged)
        _lips(easel, (lipstick[0], lipstick[1], lipstick[2]), gloss)
        _brows(easel)
    elif kind == "eyeshadow":
        _shadow(easel, palette, 1.0)
        _liner(easel, 0.35, 0.0)
    else:
        _liner(easel, 1.25, winged)
    return easel.skin


def melanin(kind: str, sitter: Person) -> float:
    """The melanin that a camera meters: a painted mask is about as light as the lightest skin."""
    return 0.0 if kind in ("joker", "halloween") else sitter.melanin


def mascara(kind: str, lashes: Tufts) -> Tufts:
    """Lashes made longer, thicker and black."""
    longer = _MASCARA.get(kind, 1.0)
    if longer == 1.0:
        return lashes
    root = lashes.points[:, :1]
    return Tufts((root + longer * (lashes.points - root)).astype(np.float32), lashes.radii * np.float32(1.5), _BLACK)


def dyed(kind: str, brows: Tufts, skin: Skin, canvas: Canvas) -> Tufts:
    """A joker's brows are green; those under a face of Halloween are painted over and stuck down."""
    if kind == "joker":
        return Tufts(brows.points, brows.radii, _DYED_BROWS)
    if kind != "halloween":
        return brows
    ax, z = np.abs(canvas.x), canvas.z
    below = (ax > 0.014) & (ax < 0.048) & (z > 0.738) & (z < 0.752) & (canvas.y < -0.09)
    red, green, blue = np.median(skin.albedo[below], axis=0)
    return Tufts(brows.points, _STUCK * brows.radii, (float(red), float(green), float(blue)))


def _foundation(easel: Easel, base: Floats) -> None:
    """One tone over the face; darker hollows, lighter ridges, rouge."""
    plain = (float(base[0]), float(base[1]), float(base[2]))
    easel.coat(0.72 * easel.face, plain, 0.52)
    easel.relief[:] *= 1 - 0.4 * easel.face
    hollow = easel.line(((0.068, 0.694), (0.040, 0.672)), 0.008, both=True)
    hollow = 0.9 * _blurred(hollow, easel, 0.004) + 0.5 * easel.spot(0.055, 0.775, 0.010, 0.014)
    hollow += 0.55 * easel.spot(0.0125, 0.712, 0.0025, 0.014) + 0.5 * easel.spot(0.045, 0.643, 0.012, 0.005, lean=0.8)
    easel.shade(0.55 * hollow, (0.55, 0.85, 1.0))
    ridge = easel.spot(0.052, 0.712, 0.010, 0.0035, lean=0.35) + easel.spot(0.0, 0.706, 0.0022, 0.014)
    ridge += 0.6 * easel.spot(0.0, 0.675, 0.003, 0.002) + 0.5 * easel.spot(0.043, 0.7445, 0.008, 0.002, lean=-0.2)
    easel.albedo[:] *= (1 + 0.30 * np.clip(ridge, 0, 1))[..., None]
    easel.roughness[:] -= 0.20 * np.clip(ridge, 0, 1)
    rouge = easel.spot(0.050, 0.699, 0.012, 0.006, lean=0.55)
    easel.coat(0.42 * rouge, (min(plain[0] * 1.05 + 0.06, 0.7), plain[1] * 0.42, plain[2] * 0.48))


def _shadow(easel: Easel, palette: list[Floats], strength: float) -> None:
    """Lid, crease and outer corner, blended towards the brow, and a line under the eye."""
    t, above = easel.along, easel.above
    ends = np.clip((t + 0.10) / 0.22, 0, 1) * np.clip((1.42 - t) / 0.35, 0, 1) * (easel.y < -0.10)
    height = np.interp(t, (-0.1, 0.2, 0.6, 1.0, 1.35), (0.0050, 0.0095, 0.0120, 0.0115, 0.0060))
    fade = np.clip((height - above) / (0.55 * height), 0, 1) * (above > -0.0035) * (easel.below < 0.001)
    lid, crease, corner = palette
    up = np.clip((above - 0.0030) / 0.0035, 0, 1)[..., None]
    out = np.clip((t - 0.62) / 0.40, 0, 1)[..., None]
    color = (lid * (1 - up) + crease * up) * (1 - out) + corner * out
    _blend(easel, strength * 0.95 * fade * ends, color)
    under = np.clip((0.0042 - easel.below) / 0.0030, 0, 1) * (easel.below > -0.0004) * (above < 0.001)
    _blend(easel, strength * 0.8 * under * ends, crease * (1 - out) + corner * out)
    # Glitter on the lid: what glances is lighter and smooth.
    shine = np.clip(fade, 0, 1) * (1 - up[..., 0]) * ends
    sparkle = shine * (easel.noise[0] > 1.3)
    easel.albedo[:] += (0.5 * sparkle[..., None] * lid * strength).astype(np.float32)
    easel.roughness[:] -= 0.22 * shine
    bone = easel.spot(0.040, 0.7460, 0.008, 0.0022, lean=-0.1)
    easel.albedo[:] *= (1 + 0.28 * bone * strength)[..., None]


def _liner(easel: Easel, weight: float, wing: float) -> None:
    """Black along both lids; `weight` 1 is heavy; `wing` 0 to 1: how far it goes beyond the outer corner."""
    t, above, below = easel.along, easel.above, easel.below
    eye = (easel.y < -0.10) * np.clip((t + 0.07) / 0.06, 0, 1) * np.clip((1.04 - t) / 0.05, 0, 1)
    thick = weight * np.interp(t, (0, 0.4, 1.0), (0.0014, 0.0026, 0.0036))
    top = easel.edge(np.minimum(thick - above, above + 0.0030)) * (below < 0.0005)
    thin = weight * np.interp(t, (0, 0.4, 1.0), (0.0010, 0.0017, 0.0024))
    bottom = easel.edge(np.minimum(thin - below, below + 0.001))
    cover = np.maximum(top, bottom * (above < 0.0005)) * eye
    if wing > 0:
        tip = (0.0435 + 0.0105 * wing, 0.7300 + 0.0072 * wing)
        cover = np.maximum(cover, easel.line(((0.0405, 0.7318), (0.0440, 0.7318), tip), 0.0042 * weight, both=True))
    easel.coat(0.97 * cover, _BLACK, 0.45)


def _lips(easel: Easel, color: Color, gloss: float) -> None:
    """Lipstick with a darker outline; the fine lines of the lips stay."""
    easel.coat(0.96 * easel.mouth, color, gloss)
    outline = np.exp(-(((easel.lips - 0.38) / 0.16) ** 2)) * easel.front
    easel.shade(0.55 * outline * (easel.mouth > 0.1), (0.8, 1.0, 1.0))


def _brows(easel: Easel) -> None:
    """Powder under the hairs, with a clear lower edge and a pointed end."""
    ax = np.abs(easel.x)
    t = np.clip((ax - 0.0118) / 0.0385, 0, 1)
    middle = 0.7432 + 0.0062 * np.sin(np.pi * np.clip(0.80 * t + 0.11, 0, 1)) + 0.0006 * t
    thick = np.interp(t, (0.0, 0.15, 0.55, 1.0), (0.0017, 0.0026, 0.0022, 0.0004))
    ends = np.clip((ax - 0.0112) / 0.003, 0, 1) * (ax < 0.0515) * (easel.y < -0.09)
    cover = easel.edge(thick - np.abs(easel.z - middle), 0.0012) * ends
    easel.coat(0.72 * cover, (0.022, 0.014, 0.010), 0.6)


def _blend(easel: Easel, cover: Values, color: Floats) -> None:
    """Powder whose colour (h, w, 3) changes from place to place."""
    share = np.clip(cover, 0, 1)[..., None]
    easel.albedo[:] = easel.albedo * (1 - share) + color * (0.5 + 0.5 * easel.detail)[..., None] * share


def _blurred(field: Values, easel: Easel, deviation: float) -> Floats:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(field, deviation / easel.texel), dtype=np.float32)
