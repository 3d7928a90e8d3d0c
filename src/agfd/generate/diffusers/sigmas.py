"""Which noise levels a sampler visits: the schedules of k-diffusion, by the names that AUTOMATIC1111 gives them.

A noise level `sigma` is the noise's standard deviation on a clean latent of weight 1 (the "variance exploding" form of
Karras et al. 2022): `sigma = sqrt((1 - a) / a)` for the cumulative product `a` of a diffusion model's alphas. A time
step `t` is the position of a level among the model's own, counted from 0; between two of them the logarithm of sigma
is interpolated, as in k-diffusion's `DiscreteSchedule` with `quantize=False`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from agfd.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

RHO = 7.0  # Karras et al. 2022, section 3
LCM_STEPS = 50  # `original_inference_steps` of every published latent consistency model


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The levels of a model, ascending, float64; `logs` are their logarithms."""

    sigmas: Floats
    logs: Floats

    @classmethod
    def of(cls, alphas_cumprod: Floats) -> Levels:
        """From the cumulative product of the alphas, which falls from nearly 1."""
        a = np.asarray(alphas_cumprod, dtype=np.float64)
        sigmas = np.sqrt((1 - a) / a)
        return cls(sigmas, np.log(sigmas))

    def time(self, sigma: Floats) -> Floats:
        """The time steps, unrounded, of levels; what lies outside the model's own is clamped."""
        return np.interp(np.log(sigma), self.logs, np.arange(len(self.logs)))

    def sigma(self, time: Floats) -> Floats:
        """The levels at time steps that need not be whole."""
        return np.exp(np.interp(time, np.arange(len(self.logs)), self.logs))

    @property
    def last(self) -> float:
        """The largest time step."""
        return float(len(self.sigmas) - 1)


def _uniform(levels: Levels, n: int) -> Floats:
    """k-diffusion's `get_sigmas`: evenly spaced time steps, both ends included."""
    return levels.sigma(np.linspace(levels.last, 0, n))


def _sgm_uniform(levels: Levels, n: int) -> Floats:
    """Evenly spaced time steps without the last, as in Stability's `generative-models`."""
    return levels.sigma(np.linspace(levels.last, 0, n + 1)[:-1])


def _trailing(levels: Levels, n: int) -> Floats:
    """The whole steps 999, 749, 499, ... at which few-step models were distilled (Lin et al. 2023, table 2)."""
    count = levels.last + 1
    return levels.sigma(np.round(count - np.arange(n) * count / n) - 1)


def _leading(levels: Levels, n: int) -> Floats:
    """The whole steps of DDIM in CompVis' code, 1, 51, ..., 951 for twenty; always `n`, also where n is no divisor."""
    count = levels.last + 1
    return levels.sigma(np.minimum(np.floor(np.arange(n) * count / n) + 1, levels.last)[::-1])


def _karras(levels: Levels, n: int) -> Floats:
    """k-diffusion's `get_sigmas_karras` between the model's ends (Karras et al. 2022, equation 5)."""
    low, high = levels.sigmas[0] ** (1 / RHO), levels.sigmas[-1] ** (1 / RHO)
    return np.asarray((high + np.linspace(0, 1, n) * (low - high)) ** RHO)


def _exponential(levels: Levels, n: int) -> Floats:
    """k-diffusion's `get_sigmas_exponential`; its polyexponential with AUTOMATIC1111's rho of 1 is the same."""
    return np.exp(np.linspace(levels.logs[-1], levels.logs[0], n))


def _kl_optimal(levels: Levels, n: int) -> Floats:
    """Sabour et al. 2024, equation 10; the level after these would be the model's lowest and is left to the sampler."""
    part = np.arange(n) / n
    return np.tan(part * math.atan(levels.sigmas[0]) + (1 - part) * math.atan(levels.sigmas[-1]))


def _lcm(levels: Levels, n: int) -> Floats:
    """`n` of the fifty whole steps 19, 39, ..., 999 at which latent consistency models are distilled."""
    every = (levels.last + 1) / LCM_STEPS
    return levels.sigma((LCM_STEPS - np.floor(np.arange(n) * LCM_STEPS / n)) * every - 1)


SCHEDULES: dict[str, Callable[[Levels, int], Floats]] = {
    "Uniform": _uniform,
    "Karras": _karras,
    "Exponential": _exponential,
    "Polyexponential": _exponential,
    "SGM Uniform": _sgm_uniform,
    "KL Optimal": _kl_optimal,
    "Trailing": _trailing,
    "DDIM": _leading,
    "LCM": _lcm,
}
"""Each gives `n` falling levels; the one after the last (0, or the model's lowest) is the sampler's to choose."""


def schedule(name: str, levels: Levels, steps: int) -> Floats:
    """The `steps` levels, falling, at which the model is asked. An unknown name is an `UnknownNameError`."""
    if name not in SCHEDULES:
        raise UnknownNameError("schedule", name, SCHEDULES)
    return SCHEDULES[name](levels, steps)
