"""Safetensors files of the true shapes that hold no numbers: a header, and a hole of the right size."""

from __future__ import annotations

import json
import struct
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNET = "model.diffusion_model."
CROSS = f"{UNET}input_blocks.{{}}.1.transformer_blocks.0.attn2.to_k.weight"
VAE = {"first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3)}
WORDS = "text_model.embeddings.token_embedding.weight"

SD15 = {
    f"{UNET}input_blocks.0.0.weight": (320, 4, 3, 3),
    CROSS.format(1): (320, 768),
    f"cond_stage_model.transformer.{WORDS}": (49408, 768),
    **VAE,
}
SD21 = {
    f"{UNET}input_blocks.0.0.weight": (320, 4, 3, 3),
    CROSS.format(1): (320, 1024),
    "cond_stage_model.model.token_embedding.weight": (49408, 1024),
    **VAE,
}
SDXL = {
    f"{UNET}input_blocks.0.0.weight": (320, 4, 3, 3),
    CROSS.format(4): (640, 2048),
    f"conditioner.embedders.0.transformer.{WORDS}": (49408, 768),
    "conditioner.embedders.1.model.token_embedding.weight": (49408, 1280),
    **VAE,
}
REFINER = {
    f"{UNET}input_blocks.0.0.weight": (384, 4, 3, 3),
    CROSS.format(4): (768, 1280),
    "conditioner.embedders.0.model.token_embedding.weight": (49408, 1280),
    **VAE,
}
INPAINTING = SD15 | {f"{UNET}input_blocks.0.0.weight": (320, 9, 3, 3)}
FLUX = {f"{UNET}double_blocks.0.img_attn.norm.key_norm.scale": (128,)}
SD3 = {f"{UNET}joint_blocks.0.context_block.adaLN_modulation.1.bias": (9216,)}
LORA = {"lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight": (8, 320)}
TEXT = {WORDS: (49408, 768)}
VAE_ALONE = {"encoder.conv_in.weight": (128, 3, 3, 3), "decoder.conv_in.weight": (512, 4, 3, 3)}


def write(path: Path, shapes: Mapping[str, tuple[int, ...]], *, short: int = 0) -> Path:
    """The file, in half precision; `short`: bytes that it lacks at its end."""
    entries, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * prod(shape)
        entries[name] = {"dtype": "F16", "shape": shape, "data_offsets": (start, end)}
    text = json.dumps(entries).encode()
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        stream.truncate(8 + len(text) + end - short)
    return path
