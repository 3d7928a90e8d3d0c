"""Diffusion models: any text-to-image pipeline of the diffusers library, prompts as AUTOMATIC1111 reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agfd.registry import register

if TYPE_CHECKING:
    from agfd.ports import Generator


@register(
    "the diffusers generator",
    needs=(
        "torch>=2.4",
        "diffusers>=0.35",
        "transformers>=4.50",
        "safetensors>=0.4",
        "huggingface-hub>=0.24",
        "accelerate>=1.0",
    ),
    install="agfd[diffusers]",
)
def make(**options: object) -> Generator:
    """A diffusion model. `options`: the fields of `agfd.generate.diffusers.options.Options`, also as text.

    Raises `UsageError` for an option or a model that cannot be.
    """
    from agfd.generate.diffusers.generator import Diffusers
    from agfd.generate.diffusers.options import parse

    return Diffusers(parse(options))
