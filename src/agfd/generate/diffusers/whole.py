"""Models that make their images by their own diffusers pipeline: flow-matching transformers and whatever comes.

Their text models read sentences, so the weights of a prompt are taken out. An image's noise comes from its own
generator on the processor, one per image of a batch, as everywhere.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

from agfd.generate.diffusers import noise
from agfd.generate.diffusers.decode import picture
from agfd.generate.diffusers.how import Own
from agfd.generate.diffusers.prompt import without_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from agfd.generate.diffusers.batches import Work

# As all pipelines of diffusers call them.
_STEPS, _GUIDANCE = "num_inference_steps", "guidance_scale"


class Whole:
    """A pipeline of diffusers. `negative`: whether it heeds a negative prompt."""

    def __init__(self, pipeline: Any, negative: bool = True) -> None:
        self._pipeline = pipeline
        self._accepts = inspect.signature(pipeline.__call__).parameters
        # Where guidance is a number that the network is told, `true_cfg_scale` is the real one, and off.
        self.negative = negative and "negative_prompt" in self._accepts and "true_cfg_scale" not in self._accepts

    @property
    def own(self) -> Own:
        """The steps and the guidance that the pipeline takes where nobody gives any."""
        steps, guidance = (getattr(self._accepts.get(name), "default", None) for name in (_STEPS, _GUIDANCE))
        return Own(int(steps or 28), float(guidance or 0.0))

    @property
    def sampler(self) -> str:
        """The name of its scheduler."""
        return type(self._pipeline.scheduler).__name__.removesuffix("Scheduler")

    @torch.inference_mode()
    def pictures(self, works: Sequence[Work]) -> Iterator[NDArray[np.uint8] | None]:
        """One picture per work, all made alike; None where its values are no numbers."""
        how = works[0].how
        asked: dict[str, Any] = {
            "prompt": [without_weights(work.request.prompt) for work in works],
            "height": how.height,
            "width": how.width,
            _STEPS: how.steps,
            _GUIDANCE: how.cfg_scale,
            "generator": [noise.source(work.request) for work in works],
            "output_type": "pt",
        }
        if self.negative and how.cfg_scale > 1:
            asked["negative_prompt"] = [without_weights(work.request.negative_prompt) for work in works]
        images = self._pipeline(**{name: value for name, value in asked.items() if name in self._accepts}).images
        # From 0 to 1; the rounding wants what a VAE gives.
        return iter([picture(image.float() * 2 - 1) for image in images])
