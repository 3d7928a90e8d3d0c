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
from agfd.generate.diffusers.loading import quiet
from agfd.generate.diffusers.prompt import without_weights
from agfd.generate.diffusers.visage import Visage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from agfd.generate.diffusers.batches import Work

# As all pipelines of diffusers call them.
_STEPS, _GUIDANCE = "num_inference_steps", "guidance_scale"
# Where a pipeline has no number of its own.
_MANY = 28


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
        if isinstance(self._pipeline, Visage):
            return Own(int(self._pipeline.settings["steps"]), float(self._pipeline.settings["cfg"]))
        steps, guidance = (getattr(self._accepts.get(name), "default", None) for name in (_STEPS, _GUIDANCE))
        if self._pipeline.config.get("is_distilled"):
            # It passes over any guidance, that of its signature too.
            guidance = 1.0
        return Own(int(steps or _MANY), float(guidance or 0.0))

    @property
    def sampler(self) -> str:
        """The name of its scheduler."""
        if isinstance(self._pipeline, Visage):
            return str(self._pipeline.settings["solver"])
        return type(self._pipeline.scheduler).__name__.removesuffix("Scheduler")

    def _takes(self, name: str) -> bool:
        return name in self._accepts or any(one.kind is one.VAR_KEYWORD for one in self._accepts.values())

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
        # Most guide from 1 on and pass over it below; Z-Image, which counts from 0, would take an empty text instead.
        if self.negative and how.cfg_scale > 0:
            asked["negative_prompt"] = [without_weights(work.request.negative_prompt) for work in works]
        # They would say of each text that their CLIP does not read all of it.
        with quiet():
            images = self._pipeline(**{name: value for name, value in asked.items() if self._takes(name)}).images
        return iter([picture(_values(image)) for image in images])


def _values(image: Any) -> torch.Tensor:
    """What a pipeline gives, 0 to 1, as a VAE does it: (3, height, width) from -1 to 1."""
    if isinstance(image, torch.Tensor):
        return image.float() * 2 - 1
    return torch.from_numpy(image).permute(2, 0, 1).float() * 2 - 1
