"""CLIP's tokenizer without a network: from OpenAI's list of word pieces, which `agfd models install` brings.

Order of the vocabulary (openai/CLIP, simple_tokenizer.py): the 256 bytes as printable signs, the same at the end of a
word (`</w>`), one entry per merge, and the marks of start and end: 49,408 in all.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agfd import models
from agfd.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = "clip_words"
START, END = "<|startoftext|>", "<|endoftext|>"
_SIZE = 49_408
# Of the 262,145 lines of the file the first is a comment, and CLIP uses so many of the merges.
_MERGES = _SIZE - 2 * 256 - 2


def clip_tokenizer(pad: str = END) -> Any:
    """transformers' `CLIPTokenizer` for all text encoders of Stable Diffusion.

    `pad` fills a text up to 77 tokens: the end mark for CLIP ViT-L, `!` (token 0) for OpenCLIP's ViT-H and ViT-bigG.
    Raises `ModelsMissingError` where the words are not installed.
    """
    from transformers import CLIPTokenizer

    vocabulary, merges = _vocabulary(models.path(WEIGHTS))
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "bos_token": START,
        "eos_token": END,
        "unk_token": END,
        "pad_token": pad,
        "add_prefix_space": False,
        "do_lower_case": True,
        "errors": "replace",
        "model_max_length": 77,
    }
    # The class reads files; its constructor takes other arguments in every major version.
    with tempfile.TemporaryDirectory(prefix="agfd-") as name:
        folder = Path(name)
        (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
        (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
        return CLIPTokenizer.from_pretrained(folder, local_files_only=True)


@cache
def _vocabulary(path: Path) -> tuple[dict[str, int], Sequence[str]]:
    """The number of each piece, and the merges in their order."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            merges = stream.read().split("\n")[1 : _MERGES + 1]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from None
    signs = _signs()
    pieces = [*signs, *(f"{sign}</w>" for sign in signs), *("".join(merge.split()) for merge in merges), START, END]
    if len(set(pieces)) != _SIZE:
        raise ModelError(f"{path} is not the list of word pieces of CLIP: it gives {len(set(pieces))} and not {_SIZE}")
    return {piece: number for number, piece in enumerate(pieces)}, merges


def _signs() -> list[str]:
    """A printable sign for each byte: itself where it is printable in Latin-1, else one from 256 upwards."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + position) for position in range(len(others))]
