"""Small pipelines with random weights, as diffusers makes them; nothing of them is downloaded."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
import transformers

from agfd import models
from agfd.generate.diffusers.tokenizer import WEIGHTS, clip_tokenizer

WORDS_HERE = models.installed(WEIGHTS) is not None


def unet(**changes: Any) -> Any:
    """A U-Net of two levels."""
    settings = {
        "sample_size": 8,
        "block_out_channels": (32, 64),
        "layers_per_block": 2,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 32,
        "attention_head_dim": 4,
        "norm_num_groups": 16,
    }
    return diffusers.UNet2DConditionModel(**(settings | changes))


def vae(**changes: Any) -> Any:
    """A VAE that makes 64 pixels of 8 latents."""
    settings = {
        "block_out_channels": (16, 16, 16, 16),
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "latent_channels": 4,
        "sample_size": 64,
        "scaling_factor": 0.18215,
    }
    return diffusers.AutoencoderKL(**(settings | changes))


def text_encoder(width: int = 32, *, projection: int | None = None, act: str = "quick_gelu") -> Any:
    """A CLIP text model of two layers with CLIP's whole vocabulary."""
    config = transformers.CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=77,
        hidden_act=act,
        projection_dim=projection or width,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=1,
    )
    made = transformers.CLIPTextModelWithProjection if projection else transformers.CLIPTextModel
    return made(config).eval()


def sd(seed: int = 0, *, second: bool = False) -> Any:
    """A pipeline built like Stable Diffusion 1.5; `second`: like 2.1, with OpenCLIP's activation and linear layers."""
    torch.manual_seed(seed)
    return diffusers.StableDiffusionPipeline(
        vae=vae(),
        text_encoder=text_encoder(act="gelu" if second else "quick_gelu"),
        tokenizer=clip_tokenizer("!" if second else "<|endoftext|>"),
        unet=unet(use_linear_projection=second),
        scheduler=diffusers.DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def sdxl(seed: int = 0) -> Any:
    """A pipeline built like Stable Diffusion XL: two text encoders of different widths."""
    torch.manual_seed(seed)
    return diffusers.StableDiffusionXLPipeline(
        vae=vae(scaling_factor=0.13025),
        text_encoder=text_encoder(),
        text_encoder_2=text_encoder(48, projection=48, act="gelu"),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer("!"),
        unet=unet(
            cross_attention_dim=80,
            use_linear_projection=True,
            transformer_layers_per_block=(1, 2),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + 48,
        ),
        scheduler=diffusers.EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
        ),
    )


MAKERS = {"sd-1.5": sd, "sd-2.1": lambda: sd(second=True), "sdxl": sdxl}
