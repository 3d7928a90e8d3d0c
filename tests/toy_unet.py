"""A small U-Net whose weights are a formula, so that they are the same under every version of torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from diffusers import UNet2DConditionModel

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 5
CFG = 7.0
SHAPE = (1, 4, 8, 8)

CONFIG = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}

# What a pipeline's `scheduler.config` says beyond that, per kind of model.
MODELS = {
    "epsilon": {"prediction_type": "epsilon"},
    "v_prediction": {"prediction_type": "v_prediction"},
    "zero_snr": {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True},
}


def uniform(seed: int, *shape: int) -> torch.Tensor:
    """Numbers in [-1, 1) from the raw words of PCG64, which numpy promises never to change."""
    words = np.random.PCG64(seed).random_raw(int(np.prod(shape)))
    return torch.from_numpy((np.asarray(words >> np.uint64(40), dtype=np.float64) / 2**23 - 1).reshape(shape)).float()


def alphas(model: str) -> torch.Tensor:
    """The noise of Stable Diffusion 1.5, as CompVis' code computes it; with zero terminal SNR after Lin et al. 2023."""
    found = np.cumprod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)
    if model == "zero_snr":
        roots = np.sqrt(found)
        found = ((roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])) ** 2
        found[-1] = 2.0**-24  # not 0, as in diffusers, so that the last level is finite
    return torch.tensor(found, dtype=torch.float32)


class Toy:
    """`toy(x, t, cond)` is a U-Net's prediction; x (N, 4, 8, 8), t (N,) or a number, cond (N, 5, 8)."""

    def __init__(self) -> None:
        self.unet = UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(8, 16),
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            layers_per_block=1,
            norm_num_groups=4,
            cross_attention_dim=8,
            attention_head_dim=4,
        ).eval()
        for number, (name, weights) in enumerate(sorted(self.unet.named_parameters())):
            if weights.ndim > 1:
                weights.data = uniform(number, *weights.shape) * (3 / weights[0].numel()) ** 0.5
            else:
                weights.data = uniform(number, *weights.shape) * 0.1 + (name.endswith("weight"))

    @torch.no_grad()
    def __call__(self, x: torch.Tensor, t: torch.Tensor, cond: torch.Tensor) -> torch.Tensor:
        return self.unet(x, t, encoder_hidden_states=cond).sample


def noise() -> torch.Tensor:
    """Of standard deviation 1, by the formula."""
    return uniform(1000, *SHAPE) * 3**0.5


def conditioning() -> tuple[torch.Tensor, torch.Tensor]:
    """What is wanted and what is not, each (1, 5, 8)."""
    return uniform(1001, 1, 5, 8), uniform(1002, 1, 5, 8)


def guided(ask: Callable[[torch.Tensor], torch.Tensor], both: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Classifier-free guidance of strength 7."""
    wanted, unwanted = ask(both[0]), ask(both[1])
    return unwanted + CFG * (wanted - unwanted)
