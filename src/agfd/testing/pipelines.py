"""A Stable Diffusion pipeline that is small enough for tests: 0.3 million random weights, the same on every machine.

It has all the parts of the large one (tokenizer, CLIP text model, U-Net with cross-attention, VAE with a factor of 8)
and the layout of its files, so that everything but the pictures is the real thing: those are coloured noise.
"""

# diffusers and transformers are half typed.
# mypy: disable-error-code="no-untyped-call,attr-defined"

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START, END = "<|startoftext|>", "<|endoftext|>"
WIDTH = 32
"""Of the text model and of the cross-attention."""

# Words of usual prompts: each is one token, as in CLIP's own vocabulary; others come apart into letters.
_WORDS = """a of the and in with photo photograph portrait close up man woman boy girl person people face raw quality
skin detailed high film grain dslr uhd year old white black east asian southeast indian middle eastern latino hispanic
smiling happy angry neutral glasses sunglasses hat mask hair eyes open closed mouth wearing looking left right
deformed iris pupils semi realistic cgi render sketch cartoon drawing anime text cropped out frame worst low jpeg
artifacts ugly duplicate morbid mutilated extra fingers mutated hands poorly drawn mutation blurry dehydrated bad
anatomy proportions limbs cloned disfigured gross malformed missing arms legs fused too many long neck fujifilm"""


def save(folder: Path) -> Path:
    """Write the pipeline into a new folder as diffusers lays it out; returns the folder. About 1.5 MB."""
    small().save_pretrained(folder)
    return folder


def small(cross_attention: int = WIDTH) -> Any:
    """The pipeline, float32, on the processor. `cross_attention`: another width makes it a model of no known family."""
    with torch.random.fork_rng(devices=[]):
        pipeline = StableDiffusionPipeline(
            vae=vae(),
            text_encoder=text_model(),
            tokenizer=tokenizer(),
            unet=unet(cross_attention),
            scheduler=DPMSolverMultistepScheduler(
                beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
            ),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    for name, part in pipeline.components.items():
        if isinstance(part, torch.nn.Module):
            fill(part, name)
    return pipeline


def unet(cross_attention: int = WIDTH) -> Any:
    """A U-Net of two levels."""
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=cross_attention,
        attention_head_dim=2,
        norm_num_groups=8,
    )


def vae() -> Any:
    """An autoencoder that makes 8 x 8 pixels of each latent."""
    return AutoencoderKL(
        block_out_channels=(8, 8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=0.18215,
    )


def text_model() -> Any:
    """A CLIP text model of three layers."""
    words = vocabulary()
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(words),
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=77,
            projection_dim=WIDTH,
            bos_token_id=words[START],
            eos_token_id=words[END],
            pad_token_id=words[END],
        )
    ).eval()


def fill(module: Any, name: str = "") -> None:
    """Random weights by formula: every tensor has the seed of its name, matrices the gain that keeps signals alive."""
    with torch.no_grad():
        for key, weight in module.named_parameters():
            seed = int.from_bytes(sha256(f"{name}.{key}".encode()).digest()[:4], "big")
            noise = torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed))
            if weight.dim() > 1:
                weight.copy_(noise / weight[0].numel() ** 0.5)
            else:
                # Norms stay near 1, biases near 0.
                weight.copy_(0.1 * noise + float(key.endswith("weight")))


def vocabulary() -> dict[str, int]:
    """CLIP's tokens for single bytes, the words above, and the two signs at the ends of a text."""
    letters = list(_letters())
    pieces = ["".join(pair) for pair in _merges()]
    names = dict.fromkeys([*letters, *(f"{letter}</w>" for letter in letters), *pieces, START, END])
    return {name: number for number, name in enumerate(names)}


def tokenizer(folder: Path | None = None) -> Any:
    """A CLIP tokenizer with that vocabulary; its files are written to `folder`, or to one that does not stay."""
    import tempfile
    from pathlib import Path

    if folder is None:
        with tempfile.TemporaryDirectory() as temporary:
            return tokenizer(Path(temporary))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary()), encoding="utf-8")
    merges = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in _merges())])
    (folder / "merges.txt").write_text(merges + "\n", encoding="utf-8")
    signs = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END, "model_max_length": 77}
    (folder / "tokenizer_config.json").write_text(json.dumps(signs), encoding="utf-8")
    return CLIPTokenizer.from_pretrained(folder)


def _letters() -> Iterator[str]:
    """The characters that stand for the 256 bytes, as in GPT-2's byte-level encoding."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    yield from map(chr, printable)
    yield from (chr(256 + nth) for nth in range(len(others)))


def _merges() -> list[tuple[str, str]]:
    """What makes each word one token, letter by letter from its left."""
    pairs: dict[tuple[str, str], None] = {}
    for word in _WORDS.split():
        letters = [*word[:-1], f"{word[-1]}</w>"]
        left = letters[0]
        for letter in letters[1:]:
            pairs[left, letter] = None
            left += letter
    return list(pairs)
