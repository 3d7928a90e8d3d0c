"""Writes a pipeline as one file in the layout of the original code (LDM, OpenCLIP), as civitai's files are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

if TYPE_CHECKING:
    from pathlib import Path

State = dict[str, torch.Tensor]

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
}
_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def save(pipeline: Any, path: Path, *, vae: bool = True) -> Path:
    """All networks of a pipeline of Stable Diffusion in one file, or all but the VAE; its name is returned."""
    state = state_of(pipeline)
    save_file(
        {key: value.contiguous() for key, value in state.items() if vae or not key.startswith("first_stage_model.")},
        path,
    )
    return path


def state_of(pipeline: Any) -> State:
    """The tensors of such a file."""
    state = {f"model.diffusion_model.{key}": value for key, value in unet(pipeline.unet).items()}
    state |= {f"first_stage_model.{key}": value for key, value in decoder(pipeline.vae).items()}
    words = pipeline.text_encoder
    if hasattr(pipeline, "text_encoder_2"):
        state |= {f"conditioner.embedders.0.transformer.{key}": value for key, value in clip(words).items()}
        more = open_clip(pipeline.text_encoder_2)
        return state | {f"conditioner.embedders.1.model.{key}": value for key, value in more.items()}
    if words.config.hidden_act == "gelu":
        return state | {f"cond_stage_model.model.{key}": value for key, value in open_clip(words).items()}
    return state | {f"cond_stage_model.transformer.{key}": value for key, value in clip(words).items()}


def unet(model: Any) -> State:
    layers = model.config.layers_per_block + 1
    attention = [name.startswith("CrossAttn") for name in model.config.up_block_types]

    def renamed(key: str) -> str:
        for start, ldm in _ENDS.items():
            if key.startswith(f"{start}."):
                return ldm + key[len(start) :]
        told = re.fullmatch(r"(down_blocks|up_blocks)\.(\d+)\.(\w+)\.(\d+)\.(.+)", key)
        if told:
            side, block, kind, number, rest = told[1], int(told[2]), told[3], int(told[4]), told[5]
            if kind == "downsamplers":
                return f"input_blocks.{layers * (block + 1)}.0.op.{rest.removeprefix('conv.')}"
            if kind == "upsamplers":
                return f"output_blocks.{layers * block + layers - 1}.{1 + attention[block]}.{rest}"
            first = layers * block + number + (side == "down_blocks")
            return _inner(f"{'input' if side == 'down_blocks' else 'output'}_blocks.{first}", kind, rest)
        told = re.fullmatch(r"mid_block\.(\w+)\.(\d+)\.(.+)", key)
        assert told, key
        place = 1 if told[1] == "attentions" else 2 * int(told[2])
        return _inner(f"middle_block.{place}", told[1], told[3], plain=True)

    return {renamed(key): value for key, value in model.state_dict().items()}


def _inner(place: str, kind: str, rest: str, *, plain: bool = False) -> str:
    if kind == "attentions":
        return f"{place}{'' if plain else '.1'}.{rest}"
    name, _, end = rest.rpartition(".")
    return f"{place}{'' if plain else '.0'}.{_RESNET[name]}.{end}"


def decoder(model: Any) -> State:
    last = len(model.config.block_out_channels) - 1
    state = {}
    for key, value in model.state_dict().items():
        name = key.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name)
        name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
        name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda told: f"up.{last - int(told[1])}.block", name)
        name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda told: f"up.{last - int(told[1])}.upsample", name)
        name = re.sub(r"mid_block\.resnets\.(\d+)", lambda told: f"mid.block_{int(told[1]) + 1}", name)
        told = re.fullmatch(r"(\w+)\.mid_block\.attentions\.0\.(.+)\.(weight|bias)", name)
        if told:
            name = f"{told[1]}.mid.attn_1.{_ATTENTION[told[2]]}.{told[3]}"
            # The original has 1 x 1 convolutions where diffusers has linear layers.
            state[name] = value[:, :, None, None] if value.ndim == 2 else value
        else:
            state[name] = value
    return state


def clip(model: Any) -> State:
    """transformers' own names; from version 5.6 a text model has them without `text_model.`."""
    return {
        f"text_model.{key.removeprefix('text_model.')}": value
        for key, value in model.state_dict().items()
        if not key.endswith("position_ids")
    }


def open_clip(model: Any) -> State:
    held = {key.removeprefix("text_model."): value for key, value in model.state_dict().items()}
    state = {
        "positional_embedding": held["embeddings.position_embedding.weight"],
        "token_embedding.weight": held["embeddings.token_embedding.weight"],
    }
    for end in ("weight", "bias"):
        state[f"ln_final.{end}"] = held[f"final_layer_norm.{end}"]
        for number in range(model.config.num_hidden_layers):
            old, new = f"encoder.layers.{number}", f"transformer.resblocks.{number}"
            parts = [held[f"{old}.self_attn.{one}_proj.{end}"] for one in "qkv"]
            state[f"{new}.attn.in_proj_{end}"] = torch.cat(parts)
            state[f"{new}.attn.out_proj.{end}"] = held[f"{old}.self_attn.out_proj.{end}"]
            state[f"{new}.ln_1.{end}"] = held[f"{old}.layer_norm1.{end}"]
            state[f"{new}.ln_2.{end}"] = held[f"{old}.layer_norm2.{end}"]
            state[f"{new}.mlp.c_fc.{end}"] = held[f"{old}.mlp.fc1.{end}"]
            state[f"{new}.mlp.c_proj.{end}"] = held[f"{old}.mlp.fc2.{end}"]
    if "text_projection.weight" in held:
        state["text_projection"] = held["text_projection.weight"].T
    return state
