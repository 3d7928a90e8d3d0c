"""Guidance in a part of the run only: where it is off, the model is asked once instead of twice."""

from __future__ import annotations

from dataclasses import dataclass

from agfd.errors import UsageError


@dataclass(frozen=True, slots=True)
class GuidanceInterval:
    """From `start` to `end`, both fractions of the run's calls of the model; all of it by default.

    Kynkäänniemi et al. 2024 ("Applying Guidance in a Limited Interval Improves Sample and Distribution Quality in
    Diffusion Models"): at high noise guidance narrows what is made, at low noise it does next to nothing. It changes
    the image. A `UsageError` for an interval that is none.
    """

    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= 1:
            raise UsageError(
                f"guidance from {self.start:g} to {self.end:g} is no interval: give two rising fractions of the run, "
                "such as 0.2 and 0.8"
            )

    def on(self, step: int, steps: int) -> bool:
        """Is call `step` of `steps` (counted from 0) guided? Judged at its middle, so that 0 to 1 is every one."""
        return self.start <= (step + 0.5) / steps <= self.end
