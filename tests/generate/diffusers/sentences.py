"""Small flow-matching models whose texts are read by a language model: Sana, Z-Image and FLUX.2 [klein]."""

from __future__ import annotations

from typing import Any

from diffusers import (
    AutoencoderDC,
    AutoencoderKLFlux2,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    SanaPipeline,
    SanaTransformer2DModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from transformers import (
    Gemma2Config,
    Gemma2Model,
    GemmaTokenizer,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
)

from agfd.testing import pipelines
from generate.diffusers import flows

WIDTH = 16
# As Qwen's own, without the parts for tools and thoughts.
_CHAT = (
    "{% for one in messages %}<|im_start|>{{ one.role }}\n{{ one.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_SIGNS = ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>")
# FLUX.2 [klein] looks at what the layers 9, 18 and 27 make of a text.
_LAYERS = 27


def sana() -> Any:
    """Sana: guided, with a linear transformer, an autoencoder of its own kind, and another solver than Euler's.

    It makes pictures of about 512 pixels and then scales them to the size that was asked for.
    """
    tokenizer = gemma_tokenizer()
    return flows.filled(
        SanaPipeline(
            tokenizer=tokenizer,
            text_encoder=Gemma2Model(
                Gemma2Config(
                    vocab_size=len(tokenizer),
                    hidden_size=WIDTH,
                    intermediate_size=2 * WIDTH,
                    num_hidden_layers=2,
                    num_attention_heads=2,
                    num_key_value_heads=1,
                    head_dim=8,
                )
            ),
            vae=AutoencoderDC(
                latent_channels=4,
                attention_head_dim=2,
                encoder_block_types=("ResBlock",) * 5 + ("EfficientViTBlock",),
                decoder_block_types=("ResBlock",) * 5 + ("EfficientViTBlock",),
                encoder_block_out_channels=(4, 4, 4, 8, 8, 8),
                decoder_block_out_channels=(4, 4, 4, 8, 8, 8),
                encoder_layers_per_block=(1,) * 6,
                decoder_layers_per_block=(1,) * 6,
                encoder_qkv_multiscales=((), (), (), (), (), (5,)),
                decoder_qkv_multiscales=((), (), (), (), (), (5,)),
                scaling_factor=0.41407,
            ),
            transformer=SanaTransformer2DModel(
                in_channels=4,
                out_channels=4,
                num_layers=2,
                num_attention_heads=2,
                attention_head_dim=8,
                num_cross_attention_heads=2,
                cross_attention_head_dim=8,
                cross_attention_dim=WIDTH,
                caption_channels=WIDTH,
                sample_size=16,
            ),
            scheduler=DPMSolverMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
            ),
        )
    )


def z_image() -> Any:
    """Z-Image, which takes texts as long as they are and counts its guidance from 0."""
    tokenizer = qwen_tokenizer()
    return flows.filled(
        ZImagePipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
            vae=flows.vae(4, shift_factor=0.1159, scaling_factor=0.3611),
            text_encoder=Qwen3Model(qwen(len(tokenizer), 3)),
            tokenizer=tokenizer,
            transformer=ZImageTransformer2DModel(
                in_channels=4,
                dim=WIDTH,
                n_layers=1,
                n_refiner_layers=1,
                n_heads=2,
                n_kv_heads=2,
                cap_feat_dim=WIDTH,
                axes_dims=[4, 2, 2],
                axes_lens=[1024, 512, 512],
            ),
        )
    )


def klein() -> Any:
    """FLUX.2 [klein], distilled: few steps, no guidance, no negative prompt."""
    tokenizer = qwen_tokenizer()
    return flows.filled(
        Flux2KleinPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
            vae=AutoencoderKLFlux2(
                block_out_channels=(8, 8, 16, 16), latent_channels=4, norm_num_groups=4, sample_size=64
            ),
            text_encoder=Qwen3ForCausalLM(qwen(len(tokenizer), _LAYERS)),
            tokenizer=tokenizer,
            transformer=Flux2Transformer2DModel(
                in_channels=16,
                num_layers=1,
                num_single_layers=1,
                attention_head_dim=8,
                num_attention_heads=2,
                joint_attention_dim=3 * WIDTH,
                timestep_guidance_channels=32,
                axes_dims_rope=(2, 2, 2, 2),
                guidance_embeds=False,
            ),
            is_distilled=True,
        )
    )


def qwen(words: int, layers: int) -> Any:
    return Qwen3Config(
        vocab_size=words,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        # As in the model of this size: the file holds one matrix for both ends.
        tie_word_embeddings=True,
    )


def qwen_tokenizer() -> Any:
    """It reads letters, with CLIP's words as further tokens that never come up."""
    end = pipelines.END
    return Qwen2Tokenizer(pipelines.vocabulary(), [], unk_token=end, eos_token=end, pad_token=end, chat_template=_CHAT)


def gemma_tokenizer() -> Any:
    """It reads printable ASCII, letter by letter."""
    letters = ("▁", *map(chr, range(33, 127)))
    return GemmaTokenizer({name: number for number, name in enumerate((*_SIGNS, *letters))}, [])
