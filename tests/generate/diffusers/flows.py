"""Small flow-matching models of random weights, with real pipelines around them."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
)
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
)

from agfd.testing import pipelines

WIDTH = 32
# All that the T5 of these models can read; the numbers are there because fewer words would be refused as none.
WORDS = ("<pad>", "</s>", "<unk>", "photo", "of", "a", "man", "woman", ",", "smiling", *map(str, range(300)))


def filled(pipeline: Any) -> Any:
    """The pipeline with weights by formula."""
    for name, part in pipeline.components.items():
        if isinstance(part, torch.nn.Module):
            pipelines.fill(part.eval(), name)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def clip(cls: type[Any]) -> Any:
    words = pipelines.vocabulary()
    return cls(
        CLIPTextConfig(
            vocab_size=len(words),
            hidden_size=WIDTH,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=4,
            projection_dim=WIDTH,
            bos_token_id=words[pipelines.START],
            eos_token_id=words[pipelines.END],
            pad_token_id=words[pipelines.END],
        )
    )


def vae(channels: int = 4, **config: Any) -> Any:
    return AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=channels,
        norm_num_groups=4,
        **config,
    )


def sd3() -> Any:
    """Stable Diffusion 3: flow matching with real guidance."""
    transformer = SD3Transformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=16,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=2 * WIDTH,
        caption_projection_dim=WIDTH,
        pooled_projection_dim=2 * WIDTH,
        out_channels=16,
    )
    return filled(
        StableDiffusion3Pipeline(
            transformer=transformer,
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
            vae=vae(16, shift_factor=0.0609, scaling_factor=1.5305),
            text_encoder=clip(CLIPTextModelWithProjection),
            tokenizer=pipelines.tokenizer(),
            text_encoder_2=clip(CLIPTextModelWithProjection),
            tokenizer_2=pipelines.tokenizer(),
            text_encoder_3=t5(2 * WIDTH),
            tokenizer_3=words_tokenizer(),
        )
    )


def flux() -> Any:
    """FLUX.1: flow matching with a distilled guidance and a T5 whose tokens are words."""
    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=WIDTH,
        pooled_projection_dim=WIDTH,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    )
    return filled(
        FluxPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
            vae=vae(4, shift_factor=0.1159, scaling_factor=0.3611),
            text_encoder=clip(CLIPTextModel),
            tokenizer=pipelines.tokenizer(),
            text_encoder_2=t5(WIDTH),
            tokenizer_2=words_tokenizer(),
            transformer=transformer,
        )
    )


def t5(width: int) -> Any:
    return T5EncoderModel(T5Config(vocab_size=len(WORDS), d_model=width, d_kv=8, d_ff=64, num_layers=2, num_heads=4))


def words_tokenizer() -> Any:
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=64
    )
