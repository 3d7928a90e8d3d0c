"""Latents become pixels, and what is no number becomes no picture."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from agfd.generate.diffusers.decode import Decoder, picture
from agfd.testing import pipelines


class Overflowing(torch.nn.Module):
    """A VAE that is right in float32 only, as SDXL's is in half precision: three channels of a latent are colours."""

    def __init__(self, dtype: torch.dtype, *, force_upcast: bool = False) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1, dtype=dtype))
        self.config = SimpleNamespace(
            scaling_factor=1.0, shift_factor=None, block_out_channels=(1,) * 4, force_upcast=force_upcast
        )
        self.calls: list[tuple[torch.dtype, int]] = []

    @property
    def dtype(self) -> torch.dtype:
        return self.weight.dtype

    def decode(self, latents: torch.Tensor, return_dict: bool) -> tuple[torch.Tensor]:
        assert not return_dict
        self.calls.append((self.dtype, len(latents)))
        pixels = torch.nn.functional.interpolate(latents[:, :3], scale_factor=8)
        # Large values overflow.
        return (pixels if self.dtype == torch.float32 else torch.where(pixels.abs() > 0.9, torch.inf, pixels),)


LATENTS = torch.zeros(3, 4, 8, 8)
LATENTS[0], LATENTS[1], LATENTS[2] = 0.5, 0.95, -0.5


def test_what_overflows_is_decoded_again_in_float32() -> None:
    vae = Overflowing(torch.bfloat16)
    made = list(Decoder(vae).pictures(LATENTS))
    assert [None if one is None else int(one[0, 0, 0]) for one in made] == [191, 249, 64]
    # Its own weights stay as they were, and the others were not made again.
    assert vae.dtype == torch.bfloat16
    assert vae.calls == [(torch.bfloat16, 3)]


def test_a_vae_that_is_known_to_overflow_is_float32_from_the_start() -> None:
    vae = Overflowing(torch.float16, force_upcast=True)
    assert all(one is not None for one in Decoder(vae).pictures(LATENTS))
    assert vae.calls == [(torch.float32, 3)]


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_latents_that_are_no_numbers_are_no_picture(wrong: float) -> None:
    latents = LATENTS.clone()
    latents[1, 0, 3, 3] = wrong
    made = list(Decoder(Overflowing(torch.bfloat16)).pictures(latents))
    assert [one is None for one in made] == [False, True, False]


def test_black_is_no_picture() -> None:
    assert picture(torch.full((3, 8, 8), -1.0)) is None
    assert picture(torch.full((3, 8, 8), -0.99)) is not None


def test_pixels_are_rounded_as_diffusers_rounds() -> None:
    from diffusers.image_processor import VaeImageProcessor

    values = torch.randn((3, 64, 64), generator=torch.Generator().manual_seed(0))
    wanted = VaeImageProcessor().postprocess(values[None], output_type="pil")[0]
    made = picture(values)
    assert made is not None
    assert np.array_equal(made, np.asarray(wanted))


def test_slices_are_of_the_size_that_is_asked_for() -> None:
    vae = Overflowing(torch.float32)
    assert len(list(Decoder(vae, slices=2).pictures(LATENTS))) == 3
    assert [number for _, number in vae.calls] == [2, 1]


def test_large_pictures_are_decoded_one_by_one() -> None:
    vae = Overflowing(torch.float32)
    assert len(list(Decoder(vae).pictures(torch.ones(2, 4, 64, 64) / 2))) == 2
    assert [number for _, number in vae.calls] == [1, 1]


@pytest.mark.parametrize(("side", "early"), [(8, 64), (32, 256), (64, 256), (128, 256)])
def test_early_pictures_are_small(side: int, early: int) -> None:
    vae: Any = pipelines.vae()
    pipelines.fill(vae)
    (seen,) = Decoder(vae).early(torch.randn((1, 4, side, side), generator=torch.Generator().manual_seed(0)))
    assert seen.shape == (early, early, 3)
    assert seen.dtype == np.uint8


def test_an_early_picture_that_is_none_is_black() -> None:
    (seen,) = Decoder(Overflowing(torch.float32)).early(torch.full((1, 4, 8, 8), torch.nan))
    assert not seen.any()
