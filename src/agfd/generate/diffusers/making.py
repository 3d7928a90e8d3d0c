"""From a model's files to what makes pictures, on its device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from agfd.generate.diffusers import hardware, loading
from agfd.generate.diffusers.makers import AtOnce, Stepwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agfd.generate.diffusers.adapters import Lora, Vae
    from agfd.generate.diffusers.makers import Maker
    from agfd.generate.diffusers.options import Options
    from agfd.generate.diffusers.source import Source


def maker(source: Source, options: Options, vae: Vae | None, loras: Sequence[Lora], where: str) -> Maker:
    """Loads the model in the precision of the device and moves it there. Raises `UsageError`, `ModelsMissingError`."""
    if where.startswith("cuda"):
        # Else what is compiled would run on the first one.
        torch.cuda.set_device(where)
    # All that is no U-Net here is of 2024 and later, trained in bfloat16.
    wide = source.family is None or source.family.kind != "unet"
    dtype = hardware.precision(options.dtype, where, wide=wide)
    loaded = loading.load(source, dtype, vae=vae, loras=loras)
    pipeline = loaded.pipeline.to(where)
    if loaded.family.kind != "unet":
        return AtOnce(pipeline, source.preset.negative if source.preset else True)
    for part in (pipeline.unet, pipeline.vae):
        part.to(memory_format=torch.channels_last)
    if options.compile == "on" or (options.compile == "auto" and hardware.compiles(where)):
        _compile(pipeline.unet)
    return Stepwise(loaded, options)


def _compile(unet: Any) -> None:
    """Compiled when it is first called; what the compiler made stays in its cache on disk."""
    unet.compile()
