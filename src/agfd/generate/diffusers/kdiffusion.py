"""Steps of k-diffusion 0.1.1 that no scheduler of diffusers takes equally.

All in its form, `x = clean + sigma * noise`. A straight move from level `a` to level `b` along the line that a
predicted clean latent gives is `(b / a) * x + (1 - b / a) * clean`: Euler's step, and the first order of DPM-Solver++.
"""

from __future__ import annotations

from abc import abstractmethod
from itertools import pairwise
from math import expm1, log, prod, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.polynomial import Polynomial

from agfd.generate.diffusers.solver import Own, drawn

if TYPE_CHECKING:
    import torch

    from agfd.generate.diffusers.solver import Generators


def ancestral(now: float, then: float) -> tuple[float, float]:
    """(down, up): the level to go down to, and the noise that brings it back up to `then` (`eta` 1)."""
    up = min(then, sqrt(then**2 * (now**2 - then**2) / now**2))
    return sqrt(then**2 - up**2), up


def moved(x: torch.Tensor, clean: torch.Tensor, ratio: float) -> torch.Tensor:
    """Straight towards `clean`, to `ratio` times the level of `x`."""
    return ratio * x + (1 - ratio) * clean


class Span(NamedTuple):
    """A step of two calls: at level `now` and at `middle`, down to `down`, with noise `up` to `then`."""

    now: float
    middle: float
    down: float
    up: float
    then: float


class TwoCalls(Own):
    """A step asks the model twice; the last one, to 0, is the clean latent itself and asks once."""

    noisy = False

    def _plan(self, sigmas: list[float]) -> list[float]:
        self._spans: list[Span] = []
        for now, then in pairwise(sigmas):
            down, up = ancestral(now, then) if self.noisy else (then, 0.0)
            self._spans.append(Span(now, self._middle(now, then, down), down, up, then))
        asked = [level for span in self._spans for level in (span.now, span.middle)]
        return asked[:-1] if sigmas[-1] == 0 else asked

    def _next(self, call: int, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        span = self._spans[call // 2]
        if span.then == 0:
            return clean
        if call % 2 == 0:
            self.held = [x, clean]
            return self._first(span, x, clean, generator)
        return self._second(span, x, clean, generator)

    def _middle(self, now: float, then: float, down: float) -> float:
        return sqrt(now * down)

    def _first(self, span: Span, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        return moved(x, clean, span.middle / span.now)

    @abstractmethod
    def _second(self, span: Span, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        """From `held`, and the middle `x` with its clean latent, to the end of the step."""


class Heun(TwoCalls):
    """`sample_heun`: the mean of the slopes at both ends (Karras et al. 2022, algorithm 1)."""

    def _middle(self, now: float, then: float, down: float) -> float:
        return then

    def _second(self, span: Span, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        start, start_clean = self.held
        slope = ((start - start_clean) / span.now + (x - clean) / span.middle) / 2
        return start + slope * (span.then - span.now)


class Dpm2(TwoCalls):
    """`sample_dpm_2`: the slope at the geometric middle."""

    def _second(self, span: Span, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        end = self.held[0] + (x - clean) / span.middle * (span.down - span.now)
        return end + span.up * drawn(x, generator) if self.noisy else end


class Dpm2Ancestral(Dpm2):
    """`sample_dpm_2_ancestral`."""

    noisy = True


class Dpmpp2sAncestral(TwoCalls):
    """`sample_dpmpp_2s_ancestral` (Lu et al. 2022, DPM-Solver++(2S))."""

    noisy = True

    def _second(self, span: Span, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        return moved(self.held[0], clean, span.down / span.now) + span.up * drawn(x, generator)


class DpmppSde(TwoCalls):
    """`sample_dpmpp_sde`. The noise of the whole step contains that of its first part: one Brownian path over sigma."""

    noisy = True

    def _middle(self, now: float, then: float, down: float) -> float:
        return sqrt(now * then)

    def _first(self, span: Span, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        down, up = ancestral(span.now, span.middle)
        noise = drawn(x, generator)
        self.held.append(noise)
        return moved(x, clean, down / span.now) + up * noise

    def _second(self, span: Span, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        start, _, noise = self.held
        whole, part = span.now - span.then, span.now - span.middle
        path = sqrt(part / whole) * noise + sqrt(1 - part / whole) * drawn(x, generator)
        return moved(start, clean, span.down / span.now) + span.up * path


class Multistep(Own):
    """One call per step; earlier predictions, newest first, make the order."""

    def _plan(self, sigmas: list[float]) -> list[float]:
        self._levels = sigmas
        return sigmas[:-1]

    def _remember(self, one: torch.Tensor, most: int) -> None:
        self.held = [one, *self.held][:most]


class Lms(Multistep):
    """`sample_lms`: the slope as a polynomial of sigma through the last four, integrated exactly."""

    def _next(self, call: int, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        now, then = self._levels[call : call + 2]
        self._remember((x - clean) / now, 4)
        places = self._levels[call + 1 - len(self.held) : call + 1][::-1]
        for place, slope in zip(places, self.held, strict=True):
            others = [other for other in places if other != place]
            scale = prod(place - other for other in others)
            whole = Polynomial.fromroots(others).integ() if others else Polynomial([0.0, 1.0])
            x = x + float((whole(then) - whole(now)) / scale) * slope
        return x


class Dpmpp3mSde(Multistep):
    """`sample_dpmpp_3m_sde`, with `eta` 1."""

    def _next(self, call: int, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        now, then = self._levels[call : call + 2]
        if then == 0:
            return clean
        self._remember(clean, 3)
        h = log(now / then)
        x = np.exp(-2 * h) * x - expm1(-2 * h) * clean
        phi_2 = expm1(-2 * h) / (2 * h) + 1
        phi_3 = phi_2 / (2 * h) - 0.5
        # Divided differences of the clean latents over the logarithm of sigma, in units of this step.
        ratios = [log(a / b) / h for a, b in pairwise(self._levels[call + 1 - len(self.held) : call + 1])][::-1]
        slopes = [(a - b) / r for (a, b), r in zip(pairwise(self.held), ratios, strict=True)]
        if len(slopes) == 2:
            bend = (slopes[0] - slopes[1]) / sum(ratios)
            x = x + phi_2 * (slopes[0] + bend * ratios[0]) - phi_3 * bend
        elif slopes:
            x = x + phi_2 * slopes[0]
        return x + then * sqrt(-expm1(-2 * h)) * drawn(x, generator)


class Plms(Multistep):
    """CompVis' `PLMSSampler` (Liu et al. 2022): slopes of the last four calls; the first step is Heun's."""

    _WEIGHTS = ((1.0,), (3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))

    def _plan(self, sigmas: list[float]) -> list[float]:
        twice = [sigmas[1]] if len(sigmas) > 2 else []
        self._levels = [sigmas[0], *twice, *sigmas[1:]]
        return self._levels[:-1]

    def _next(self, call: int, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        now, then = self._levels[call : call + 2]
        slope = (x - clean) / now
        if call == 0:
            self.held = [slope, x]
            after = x + slope * (then - now)
        elif call == 1:
            first, start = self.held
            self.held = [first]
            after = start + (first + slope) / 2 * (now - self._levels[0])
        else:
            self._remember(slope, 4)
            mixed = sum(w * one for w, one in zip(self._WEIGHTS[len(self.held) - 1], self.held, strict=True))
            after = x + mixed * (then - now)
        # It ends at the model's lowest level, in the form of its authors: divided by sqrt(1 + sigma^2).
        return after if call + 2 < len(self._levels) else after / sqrt(1 + then**2)


class Lcm(Multistep):
    """Multistep consistency sampling (Luo et al. 2023, algorithm 3): the clean latent, and new noise on it."""

    def _next(self, call: int, x: torch.Tensor, clean: torch.Tensor, generator: Generators) -> torch.Tensor:
        then = self._levels[call + 1]
        return clean + then * drawn(x, generator) if then > 0 else clean
