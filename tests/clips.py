"""CLIP tokenizers and text models of random weights: small, but made like the ones of the image models."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
# Byte pairs that the small vocabulary joins, so that some words are one token and others several.
MERGES = ["a t</w>", "c at</w>", "d o", "do g</w>", "e d</w>", "r ed</w>", "p h", "ph o", "t o</w>", "pho to</w>"]


def byte_letters() -> list[str]:
    """The letters by which byte-level vocabularies write the 256 bytes."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return [chr(byte) for byte in shown] + [chr(256 + place) for place in range(len(hidden))]


def tokenizer(pad_token: str = END) -> CLIPTokenizer:
    """In the order of CLIP's own vocabulary: bytes, bytes that end a word, pairs, start, end. Token 0 is `!`."""
    letters = byte_letters()
    words = (
        letters + [f"{letter}</w>" for letter in letters] + ["".join(pair.split()) for pair in MERGES] + [START, END]
    )
    with tempfile.TemporaryDirectory() as folder:
        # Files are what every version of transformers reads.
        vocabulary, merges = Path(folder, "vocab.json"), Path(folder, "merges.txt")
        vocabulary.write_text(json.dumps({word: place for place, word in enumerate(words)}), encoding="utf-8")
        merges.write_text("\n".join(["#version: 0.2", *MERGES, ""]), encoding="utf-8")
        return CLIPTokenizer.from_pretrained(folder, pad_token=pad_token, model_max_length=77)


def text_model(*, width: int = 32, layers: int = 3, projected: int | None = None, seed: int = 0, **config: Any) -> Any:
    """A text model with random weights; `projected`: with a projection of that width, as SDXL's second has one."""
    words = tokenizer()
    options: dict[str, Any] = {
        "vocab_size": len(words),
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "max_position_embeddings": 77,
        "projection_dim": projected or width,
        "bos_token_id": words.bos_token_id,
        "eos_token_id": words.eos_token_id,
        "pad_token_id": words.pad_token_id,
    }
    kind = CLIPTextModel if projected is None else CLIPTextModelWithProjection
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    model = kind(CLIPTextConfig(**{**options, **config})).eval()
    norm = getattr(model, "text_model", model).final_layer_norm
    # Fresh weights give vectors whose mean is nearly 0, which no emphasis could restore. Those of trained ones are not.
    torch.nn.init.normal_(norm.bias, mean=0.1, std=0.3)
    torch.nn.init.normal_(norm.weight, mean=1.0, std=0.2)
    torch.nn.init.normal_(model.get_input_embeddings().weight, mean=0.3, std=0.1)
    torch.random.set_rng_state(state)
    return model
