"""From latents to pixels with the model's VAE."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Pixels that the VAE decodes at once where nobody said how many images: its activations take some 3 kB for each of
# them, and beyond a few images of 512 x 512 a larger slice is no faster.
_SLICE = {"cpu": 512 * 512, "gpu": 4 * 512 * 512}
# The longer side of an early picture, about: enough for a face detector.
_EARLY = 256


class Decoder:
    """Decodes latents. `slices`: images at once, 0 for as many as are worth it."""

    def __init__(self, vae: Any, slices: int = 0) -> None:
        self._vae, self._slices = vae, slices
        self._scale = float(vae.config.scaling_factor)
        self._shift = float(getattr(vae.config, "shift_factor", None) or 0.0)
        # The VAE of SDXL overflows in float16, and its configuration says so.
        if vae.dtype == torch.float16 and vae.config.force_upcast:
            vae.float()
        self._safe: Any = None
        self.factor = 2 ** (len(vae.config.block_out_channels) - 1)

    def pictures(self, latents: torch.Tensor) -> Iterator[NDArray[np.uint8] | None]:
        """One `picture` per latent, or None where there is none even in float32."""
        size = latents.shape[2] * latents.shape[3] * self.factor**2
        most = self._slices or max(1, _SLICE["cpu" if latents.device.type == "cpu" else "gpu"] // size)
        for start in range(0, len(latents), most):
            part = latents[start : start + most]
            for latent, values in zip(part, self._decoded(part), strict=True):
                made = picture(values)
                yield self._exactly(latent) if made is None else made

    def early(self, latents: torch.Tensor) -> list[NDArray[np.uint8]]:
        """Small pictures of clean latents, the longer side about 256 pixels: the VAE sees their mean over squares.

        Half of the side costs a quarter of the decoding. The known linear maps from latents to colours are cheaper, but
        each belongs to one family of weights, and their pictures are too small for a face detector.
        """
        longer = max(latents.shape[2:]) * self.factor
        square = max(1, longer // _EARLY)
        small = torch.nn.functional.avg_pool2d(latents, square) if square > 1 else latents
        black = np.zeros((*(side * self.factor for side in small.shape[2:]), 3), np.uint8)
        return [black if picture is None else picture for picture in self.pictures(small)]

    @torch.inference_mode()
    def _decoded(self, latents: torch.Tensor, vae: Any = None) -> torch.Tensor:
        """Values as the VAE gives them, -1 to 1, float32, (images, 3, height, width)."""
        vae = vae or self._vae
        x = (latents / self._scale + self._shift).to(vae.dtype, memory_format=torch.channels_last)
        return vae.decode(x, return_dict=False)[0].float()  # type: ignore[no-any-return]

    def _exactly(self, latent: torch.Tensor) -> NDArray[np.uint8] | None:
        """The picture of one latent in float32, for what overflowed in less."""
        if self._vae.dtype == torch.float32 or not bool(torch.isfinite(latent).all()):
            return None
        if self._safe is None:
            self._safe = copy.deepcopy(self._vae).float()
        return picture(self._decoded(latent[None], self._safe)[0])


def picture(values: torch.Tensor) -> NDArray[np.uint8] | None:
    """uint8, (height, width, 3), of (3, height, width) from -1 to 1, as diffusers' VaeImageProcessor rounds.

    None where a value is no number, or where all is black, which is what such values become on the way to pixels.
    """
    if not bool(torch.isfinite(values).all()):
        return None
    shades = ((values / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    if not bool(shades.any()):
        return None
    return np.ascontiguousarray(shades.permute(1, 2, 0).cpu().numpy())
