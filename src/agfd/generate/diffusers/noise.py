"""The noise of an image: drawn on the processor from its own seed, so that it is the same on every device.

It is what AUTOMATIC1111 draws with `RNG: CPU`; stochastic samplers go on with the same generator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from agfd import ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.records import Request


def source(request: Request) -> torch.Generator:
    """The generator of the noise of a request."""
    return torch.Generator("cpu").manual_seed(ids.noise_seed(request.person, request.scene))


def start(sources: Sequence[torch.Generator], shape: tuple[int, int, int]) -> torch.Tensor:
    """Noise of (images, channels, height, width) of latents, float32, on the processor."""
    return torch.stack([torch.randn(shape, generator=one, dtype=torch.float32) for one in sources])
