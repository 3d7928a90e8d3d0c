"""A sampler at work: levels as k-diffusion places them, one call of the model after the other."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from math import sqrt
from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor

from agfd.generate.diffusers.samplers import check_steps
from agfd.generate.diffusers.sigmas import Levels, schedule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agfd.generate.diffusers.samplers import Method

    Generators = Sequence[torch.Generator] | torch.Generator | None

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


def _made(kind: str, config: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """A scheduler of diffusers for the model of `config`."""
    scheduler = getattr(diffusers, kind)
    known = inspect.signature(scheduler).parameters
    kept = {key: config[key] for key in _OF_THE_MODEL if config.get(key) is not None and key in known}
    return scheduler(**kept, **options)


class Sampler(ABC):
    """The run of one batch, with the interface of diffusers' schedulers.

    `timesteps` has one entry per call of the model (float32, on the device given); the first latent is
    `noise * init_noise_sigma`, where the noise has a standard deviation of 1. Latents and predictions are
    (N, C, H, W). Whatever their dtype, a step is computed and returned in float32, so that a model in half precision
    costs no accuracy here: convert what `scale_model_input` gives, not the latent. A noisy method draws from
    `generator`: one per image makes an image's noise independent of its batch mates.
    """

    exploding = True  # the latent is clean + sigma * noise; else that, divided by sqrt(1 + sigma^2)

    def __init__(self, name: str, method: Method, schedule_name: str, config: Mapping[str, Any]) -> None:
        self.name, self.method, self.schedule = name, method, schedule_name
        self.prediction = str(config.get("prediction_type") or "epsilon")
        # This class knows of every kind of noise, zero terminal SNR included.
        noise = _made("DPMSolverMultistepScheduler", config, {})
        self.levels = Levels.of(noise.alphas_cumprod.double().numpy())
        if schedule_name == "Uniform" and config.get("timestep_spacing") == "trailing":
            # Few-step and zero-terminal-SNR models are distilled or trained to begin at the very last step.
            self.schedule = "Trailing"
        self.timesteps = torch.empty(0)
        self.init_noise_sigma = 1.0
        self._asked: list[float] = []
        self._call = 0

    def set_timesteps(self, steps: int, device: torch.device | str | None = None) -> None:
        """Begin a run of `steps` steps; a `UsageError` if that many cannot be taken."""
        check_steps(self.name, steps, self.method.most)
        sigmas = schedule(self.schedule, self.levels, steps + self.method.discard)
        if self.method.discard:
            sigmas = sigmas[:-1]  # AUTOMATIC1111's "discard next-to-last sigma": one more, and without the lowest
        first = float(sigmas[0])
        spread = first if self.method.start == "sigma" else sqrt(1 + first**2)
        self.init_noise_sigma = spread if self.exploding else spread / sqrt(1 + first**2)
        end = self.levels.sigmas[0] if self.method.last == "lowest" else 0.0
        self._call, self._asked = 0, self._begin([*(float(sigma) for sigma in sigmas), float(end)])
        self.timesteps = torch.from_numpy(self.levels.time(np.asarray(self._asked)).astype(np.float32)).to(device)

    @property
    def sigmas(self) -> tuple[float, ...]:
        """The noise level of each call of the model, as `timesteps` has its time."""
        return tuple(self._asked)

    def scale_model_input(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """The latent as the model wants it: with a variance of about 1."""
        return x.float() / sqrt(1 + self._asked[self._call] ** 2) if self.exploding else x.float()

    def step(
        self,
        pred: torch.Tensor,
        t: torch.Tensor,
        x: torch.Tensor,
        generator: Generators = None,
        return_dict: bool = False,
    ) -> tuple[torch.Tensor]:
        """(next latent,) from the model's prediction `pred`, after guidance, at `t` for the latent `x`.

        Calls come in the order of `timesteps`. `return_dict` is there for the callers of diffusers and must be false.
        """
        if return_dict:
            raise ValueError("a sampler returns a tuple: return_dict must be False")
        after = self._step(pred.float(), t, x.float(), generator)
        self._call += 1
        return (after,)

    @abstractmethod
    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these images of the batch only; latents and generators are the caller's to choose likewise."""

    @abstractmethod
    def _begin(self, sigmas: list[float]) -> list[float]:
        """Start anew over these levels, the last of which is the end: the level of each call of the model."""

    @abstractmethod
    def _step(self, pred: torch.Tensor, t: torch.Tensor, x: torch.Tensor, generator: Generators) -> torch.Tensor:
        """The latent after call number `_call`."""

    def exploded(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """The latent `x` of time `t` as k-diffusion holds it, clean + sigma * noise; float32."""
        return x.float() if self.exploding else x.float() * sqrt(1 + self._sigma(t) ** 2)

    def denoised(self, pred: torch.Tensor, t: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """The clean latent that `pred` means at time `t` for the latent `x`, float32; changes nothing."""
        return self._clean(pred.float(), self._sigma(t), self.exploded(x, t))

    def _clean(self, pred: torch.Tensor, sigma: float, x: torch.Tensor) -> torch.Tensor:
        if self.prediction == "v_prediction":
            pred = x / (1 + sigma**2) - pred * (sigma / sqrt(1 + sigma**2))
        elif self.prediction == "epsilon":
            pred = x - sigma * pred
        return pred

    def _sigma(self, t: torch.Tensor) -> float:
        return float(self.levels.sigma(np.asarray(float(t))))


class Borrowed(Sampler):
    """The steps of a scheduler of diffusers."""

    def __init__(self, name: str, method: Method, schedule_name: str, config: Mapping[str, Any]) -> None:
        super().__init__(name, method, schedule_name, config)
        self.exploding = method.solver.startswith("Euler")
        self.inner = _made(method.solver, config, method.options)
        self._takes_generator = "generator" in inspect.signature(self.inner.step).parameters

    def keep(self, rows: Sequence[int]) -> None:
        """The predictions that a multistep method remembers."""
        for name in ("model_outputs", "last_sample"):
            held = getattr(self.inner, name, None)
            if isinstance(held, list):
                setattr(self.inner, name, [None if one is None else one[list(rows)] for one in held])
            elif held is not None:
                setattr(self.inner, name, held[list(rows)])

    def _begin(self, sigmas: list[float]) -> list[float]:
        inner = self.inner
        inner.set_timesteps(2)  # clears what it remembers of another run
        inner.set_begin_index(0)
        inner.sigmas = torch.tensor(sigmas, dtype=torch.float32)
        inner.timesteps = inner.sigmas[:-1]
        inner.num_inference_steps = len(inner.timesteps)
        inner.is_scale_input_called = True  # it is done in `scale_model_input` here
        return sigmas[:-1]

    def _step(self, pred: torch.Tensor, t: torch.Tensor, x: torch.Tensor, generator: Generators) -> torch.Tensor:
        noise = {"generator": _listed(generator)} if self._takes_generator else {}
        after: torch.Tensor = self.inner.step(pred, t, x, return_dict=False, **noise)[0]
        return after


class Own(Sampler):
    """Steps of k-diffusion that diffusers has no equal of; what is remembered between two calls is in `held`."""

    held: list[torch.Tensor]

    def keep(self, rows: Sequence[int]) -> None:
        """What is held has a row per image."""
        self.held = [one[list(rows)] for one in self.held]

    def _begin(self, sigmas: list[float]) -> list[float]:
        self.held = []
        return self._plan(sigmas)

    def _step(self, pred: torch.Tensor, t: torch.Tensor, x: torch.Tensor, generator: Generators) -> torch.Tensor:
        return self._next(self._call, x, self._clean(pred, self._asked[self._call], x), generator)

    @abstractmethod
    def _plan(self, sigmas: list[float]) -> list[float]:
        """The level of each call of the model, given the levels of the steps with their end."""

    @abstractmethod
    def _next(self, call: int, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        """The latent after call number `call`, given the clean latent that it predicted for `x`."""


def drawn(x: torch.Tensor, generator: Generators) -> torch.Tensor:
    """Noise for the latents `x`, each image's from its own generator."""
    noise: torch.Tensor = randn_tensor(x.shape, generator=_listed(generator), device=x.device, dtype=torch.float32)
    return noise


def _listed(generator: Generators) -> list[torch.Generator] | torch.Generator | None:
    """diffusers knows lists of generators and no other sequence."""
    return generator if generator is None or isinstance(generator, torch.Generator) else list(generator)
