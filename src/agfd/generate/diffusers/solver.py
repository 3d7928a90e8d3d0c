"""A sampler at work: levels as k-diffusion places them, steps as a scheduler of diffusers takes them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import torch

from agfd.generate.diffusers.samplers import check_steps
from agfd.generate.diffusers.sigmas import Levels, schedule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agfd.generate.diffusers.samplers import Method

# What a model says of its own noise; everything else in its scheduler's config is a choice of sampling, which is ours.
_OF_THE_MODEL = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "rescale_betas_zero_snr",
)


class Sampler:
    """A run of one batch, with the interface of diffusers' schedulers.

    `timesteps` has one entry per call of the model (float32, on the device given); the first latent is
    `noise * init_noise_sigma`, where the noise has a standard deviation of 1. Latents and predictions are
    (N, C, H, W); whatever their dtype, a step is computed and returned in float32, so that a model in half precision
    costs no accuracy here. A noisy method takes its noise from `generator`: one per image makes an image's noise
    independent of its batch mates.
    """

    def __init__(self, name: str, method: Method, schedule_name: str, config: Mapping[str, Any]) -> None:
        self.name, self.method, self.schedule = name, method, schedule_name
        kind = getattr(diffusers, method.scheduler)
        known = inspect.signature(kind).parameters
        kept = {key: config[key] for key in _OF_THE_MODEL if config.get(key) is not None and key in known}
        self.inner = kind(**kept, **method.options)
        self.prediction = str(config.get("prediction_type") or "epsilon")
        self._takes_generator = "generator" in inspect.signature(self.inner.step).parameters
        self.levels = Levels.of(self.inner.alphas_cumprod.double().numpy())
        if schedule_name == "Uniform" and config.get("timestep_spacing") == "trailing":
            # Few-step and zero-terminal-SNR models are trained or distilled to begin at the very last step.
            self.schedule = "Trailing"
        self.timesteps = torch.empty(0)
        self.init_noise_sigma = 1.0

    @property
    def order(self) -> int:
        """How many calls of the model make one step, as diffusers counts them."""
        return int(self.inner.order)

    def set_timesteps(self, steps: int, device: torch.device | str | None = None) -> None:
        """Begin a run of `steps` steps; a `UsageError` if that many cannot be taken."""
        check_steps(self.name, steps, self.method.most)
        sigmas = schedule(self.schedule, self.levels, steps + self.method.discard)
        if self.method.discard:
            sigmas = np.delete(sigmas, -1)  # AUTOMATIC1111's "discard next-to-last sigma": one more, and without it
        first = float(sigmas[0])
        if self.method.start == "sigma":
            self.init_noise_sigma = first if self.method.exploding else first / (1 + first**2) ** 0.5
        last = float(self.levels.sigmas[0]) if self.method.last == "lowest" else 0.0
        inner = self.inner
        inner.set_timesteps(min(steps, int(self.levels.last)), device=device)  # clears its state
        inner.set_begin_index(0)
        inner.sigmas = torch.from_numpy(np.append(sigmas, last).astype(np.float32))
        inner.timesteps = torch.from_numpy(self.levels.time(sigmas).astype(np.float32)).to(device)
        inner.num_inference_steps = len(inner.timesteps)
        self.timesteps = inner.timesteps

    def scale_model_input(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """The latent as the model wants it: with a variance of about 1."""
        scaled: torch.Tensor = self.inner.scale_model_input(x, t)
        return scaled

    def step(
        self,
        pred: torch.Tensor,
        t: torch.Tensor,
        x: torch.Tensor,
        generator: Sequence[torch.Generator] | torch.Generator | None = None,
        return_dict: bool = False,
    ) -> tuple[torch.Tensor]:
        """(next latent,) from the model's prediction `pred` (after guidance) at `t` for the latent `x`."""
        if return_dict:
            raise ValueError("a sampler returns a tuple")
        noise = {"generator": generator} if self._takes_generator else {}
        return (self.inner.step(pred.float(), t, x.float(), return_dict=False, **noise)[0],)

    def exploded(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """The latent `x` of time `t` as k-diffusion holds it, clean + sigma * noise; float32."""
        return x.float() if self.method.exploding else x.float() * (1 + self._sigma(t) ** 2) ** 0.5

    def denoised(self, pred: torch.Tensor, t: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """The clean latent that `pred` means at time `t` for the latent `x`, float32; changes nothing."""
        sigma, x, pred = self._sigma(t), self.exploded(x, t), pred.float()
        if self.prediction == "v_prediction":
            pred = x / (1 + sigma**2) - pred * (sigma / (1 + sigma**2) ** 0.5)
        elif self.prediction == "epsilon":
            pred = x - sigma * pred
        return pred

    def _sigma(self, t: torch.Tensor) -> float:
        return float(self.levels.sigma(np.asarray(float(t))))
