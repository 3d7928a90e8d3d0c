"""The front of the face as a window of the skin's texture, to be painted on with opaque colours and thin lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agfd.generate.render.skin.skin import Skin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.render.skin.texture import Canvas

Floats: TypeAlias = NDArray[np.float32]
Values: TypeAlias = NDArray[np.floating]
Color: TypeAlias = tuple[float, float, float]

# The window: template heights, metres; a quarter of the way round to either side of the nose.
_LOW, _HIGH = 0.50, 0.815
# The edges of the upper and the lower lid: |x| and z on the template, metres; beyond its outer corner the upper one
# rises as a wing of liner does.
_UPPER = (
    (0.0170, 0.0200, 0.0212, 0.0235, 0.0272, 0.0311, 0.0349, 0.0384, 0.0410, 0.0428, 0.0438, 0.0540),
    (0.7278, 0.7288, 0.7296, 0.7310, 0.7323, 0.7332, 0.7330, 0.7324, 0.7317, 0.7307, 0.7298, 0.7335),
)
_LOWER = (
    (0.0180, 0.0200, 0.0225, 0.0276, 0.0311, 0.0352, 0.0386, 0.0409, 0.0425, 0.0440, 0.0540),
    (0.7276, 0.7264, 0.7250, 0.7243, 0.7240, 0.7241, 0.7248, 0.7257, 0.7268, 0.7285, 0.7330),
)


@dataclass(frozen=True, slots=True)
class Easel:
    """`x`, `y`, `z`: template metres of the window's texels (h, w); `lips` 0 to 1; `noise` (5, h, w), unit deviation;
    `albedo` (h, w, 3), `roughness`, `relief`: views of the `skin` that is painted; `detail`: its pores and lines, a
    factor about 1 that paint lets through; `texel`: metres.
    """

    skin: Skin
    x: Floats
    y: Floats
    z: Floats
    lips: Floats
    noise: Floats
    albedo: Floats
    roughness: Floats
    relief: Floats
    detail: Floats
    texel: float

    @classmethod
    def of(cls, skin: Skin, canvas: Canvas) -> Easel:
        """A copy of the skin on an easel."""
        from scipy.ndimage import gaussian_filter

        copy = Skin(skin.albedo.copy(), skin.roughness.copy(), skin.relief.copy())
        width = canvas.shape[1]
        rows = np.flatnonzero((canvas.z[:, width // 2] > _LOW) & (canvas.z[:, width // 2] < _HIGH))
        part = (slice(int(rows[0]), int(rows[-1]) + 1), slice(width // 4, width - width // 4))
        light = copy.albedo[part].mean(axis=2)
        detail = np.clip(light / np.maximum(gaussian_filter(light, 7 * width / 1280), 1e-4), 0.75, 1.2)
        return cls(
            copy, canvas.x[part], canvas.y[part], canvas.z[part], canvas.masks["lips"][part],
            canvas.noise[(slice(None), *part)], copy.albedo[part], copy.roughness[part], copy.relief[part],
            detail.astype(np.float32), 0.63 / width,
        )  # fmt: skip

    def coat(self, cover: Values, color: Color, rough: float | None = None) -> None:
        """Opaque paint, linear RGB, `cover` (h, w) 0 to 1; `rough` replaces the roughness below it."""
        share = np.clip(cover, 0, 1)
        paint = np.array(color, dtype=np.float32) * (0.35 + 0.65 * self.detail)[..., None]
        self.albedo[:] = self.albedo * (1 - share[..., None]) + paint * share[..., None]
        if rough is not None:
            self.roughness[:] = self.roughness * (1 - share) + rough * share

    def shade(self, amount: Values, absorption: Color) -> None:
        """A transparent tint, exp(-amount absorption)."""
        self.albedo[:] *= np.exp(-amount[..., None] * np.array(absorption, dtype=np.float32))

    def edge(self, distance: Values, soft: float = 0.0004) -> Floats:
        """1 where a signed distance, metres, is positive, with an edge that the texture can show."""
        return _step(distance / max(soft, 0.7 * self.texel) + 0.5)

    def spot(self, x: float, z: float, sx: float, sz: float, *, both: bool = True, lean: float = 0.0) -> Floats:
        """A Gaussian at (x, z), `both`: on both sides; `lean`: rise of its axis towards the ears."""
        across = (np.abs(self.x) if both else self.x) - x
        up = self.z - z - lean * across
        return np.asarray(np.exp(-0.5 * ((across / sx) ** 2 + (up / sz) ** 2)) * self.front, dtype=np.float32)

    def line(self, points: Sequence[tuple[float, float]], width: float, *, both: bool = False) -> Floats:
        """Cover of a line through points (x, z) that is `width` metres thick and thins towards its end."""
        ax = np.abs(self.x) if both else self.x
        best = np.full(self.x.shape, 1.0, dtype=np.float32)
        last = max(len(points) - 1, 1)
        for i, ((x0, z0), (x1, z1)) in enumerate(pairwise(points)):
            dx, dz = x1 - x0, z1 - z0
            t = np.clip(((ax - x0) * dx + (self.z - z0) * dz) / max(dx * dx + dz * dz, 1e-12), 0, 1)
            thick = 0.5 * width * (1 - 0.75 * ((i + t) / last) ** 2)
            best = np.minimum(best, np.hypot(ax - x0 - t * dx, self.z - z0 - t * dz) - thick)
        return np.asarray(self.edge(-best) * self.front, dtype=np.float32)

    @property
    def front(self) -> Floats:
        """1 before the ears."""
        return np.asarray(np.clip((-0.045 - self.y) / 0.02, 0, 1), dtype=np.float32)

    @property
    def face(self) -> Floats:
        """What is made up: from the jaw to the hairline, without the lips."""
        ax = np.abs(self.x)
        jaw = np.interp(ax, (0.0, 0.03, 0.05, 0.062, 0.072, 0.08), (0.6215, 0.626, 0.641, 0.662, 0.690, 0.72))
        return _step((self.z - jaw + 0.001 * self.noise[3]) / 0.007 + 0.5) * self._below_hair

    @property
    def mask(self) -> Floats:
        """What a painted mask covers: the face, and the throat down to where the sponge ran dry."""
        dry = 0.585 + 0.004 * self.noise[4] + 0.002 * self.noise[3]
        return _step((self.z - dry) / 0.056 + 0.5) * self._below_hair

    @property
    def _below_hair(self) -> Floats:
        """1 below the hairline and before the ears, without the lips."""
        hair = np.interp(np.abs(self.x), (0.0, 0.03, 0.05, 0.065, 0.08), (0.800, 0.798, 0.788, 0.770, 0.74))
        rise = _step((hair - self.z + 0.001 * self.noise[3]) / 0.008 + 0.5)
        return np.asarray(rise * np.clip((-0.035 - self.y) / 0.025, 0, 1) * (1 - self.mouth), dtype=np.float32)

    @property
    def mouth(self) -> Floats:
        """The lips with a clear edge."""
        return _step((self.lips - 0.22) / 0.35)

    @property
    def above(self) -> Floats:
        """Height over the upper lid's edge, metres."""
        return np.asarray(self.z - np.interp(np.abs(self.x), *_UPPER), dtype=np.float32)

    @property
    def below(self) -> Floats:
        """Depth under the lower lid's edge, metres."""
        return np.asarray(np.interp(np.abs(self.x), *_LOWER) - self.z, dtype=np.float32)

    @property
    def along(self) -> Floats:
        """0 at the inner corner of the eye, 1 at the outer one."""
        return np.asarray((np.abs(self.x) - 0.0185) / 0.0253, dtype=np.float32)


def _step(t: Values) -> Floats:
    t = np.clip(t, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)
