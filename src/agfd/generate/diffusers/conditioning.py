"""The words of a prompt as vectors: what CLIP text models make of them, weighted as in AUTOMATIC1111.

Each chunk of 75 tokens goes through the text model; its vectors are multiplied by the weights of their tokens, and then
all of them by one number, so that their mean is what it was (its emphasis "Original"). The vectors of the chunks stand
one behind the other. Of two text models (SDXL) the vectors of each token stand side by side, weighted each on its own.

One forward holds the chunks of one text and of no other. A product of matrices may round otherwise in a larger batch:
only this way an image is the same whatever else is made beside it. It costs little, as a text is encoded once.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from agfd.errors import UsageError
from agfd.generate.diffusers import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

FAMILIES = ("sd-1.5", "sd-2.1", "sdxl")
"""The families whose text models are all CLIP: `conditioner_of` knows how their vectors are taken."""
CACHE_BYTES = 64 * 2**20
# Texts whose tokens are kept: those of a large batch.
_READ = 256
# OpenCLIP fills up with the token 0, where CLIP repeats the end token.
_OPEN_CLIP_PAD = 0
# Of the 24 layers of OpenCLIP's ViT-H. The files of diffusers hold 23, so that the last is the one that counts.
_OPEN_CLIP_H_LAYERS = 24


class Embedding(NamedTuple):
    """On the text model's device and in its type.

    `vectors`: (77 x chunks, width), of which the first `own` are the text's and the rest fills up.
    `pooled`: (width of the projection,), SDXL only.
    """

    vectors: Tensor
    pooled: Tensor | None
    own: int


def own_words(embeddings: Sequence[Embedding]) -> Tensor | None:
    """Which vectors of texts of one length are their own, bool (texts, 77 x chunks); None where all are.

    It is what a U-Net of diffusers takes as `encoder_attention_mask`. With it a filled up text says what it says alone,
    as in AUTOMATIC1111, which by default fills nothing up ("Pad prompt/negative prompt" is off there).
    """
    places = torch.arange(len(embeddings[0].vectors), device=embeddings[0].vectors.device)
    own = torch.stack([places < embedding.own for embedding in embeddings])
    return None if bool(own.all()) else own


@dataclass(frozen=True, slots=True)
class Encoder:
    """One CLIP text model, and how its output is taken.

    `layer` counts from the end: 1 is the last, 2 the one before. `norm`: through the model's last layer norm. `pooled`:
    the projected end token of the first chunk is wanted too. `pad`: see `agfd.generate.diffusers.tokens.chunks`.
    """

    tokenizer: tokens.Tokenizer
    model: Any
    layer: int = 1
    norm: bool = True
    pooled: bool = False
    pad: int | None = None

    def __post_init__(self) -> None:
        layers = self.model.config.num_hidden_layers
        if not 1 <= self.layer <= layers:
            raise UsageError(f"clip skip {self.layer} is not possible: this text model has the layers 1 to {layers}")

    def chunks(self, text: str) -> list[tokens.Chunk]:
        """Raises `UsageError` for a prompt that is too long or has a weight that is no number."""
        return tokens.chunks(text, self.tokenizer, self.pad)

    def encode(self, chunks: Sequence[tokens.Chunk]) -> Embedding:
        """The chunks of one text in one forward."""
        device = self.model.device
        ids = torch.tensor([chunk.tokens for chunk in chunks], device=device)
        # Whether the last layer alone is asked for or all of them, its numbers are the same.
        output = self.model(input_ids=ids, output_hidden_states=True)
        hidden = output.hidden_states[-self.layer]
        if self.norm:
            hidden = getattr(self.model, "text_model", self.model).final_layer_norm(hidden)
        vectors = torch.cat([_weighted(part, chunk.weights) for part, chunk in zip(hidden, chunks, strict=True)])
        return Embedding(vectors, output.text_embeds[0] if self.pooled else None, len(vectors))


def _weighted(vectors: Tensor, weights: Sequence[float]) -> Tensor:
    """The vectors (tokens, width) of one chunk by the weights of its tokens, with the mean that they had before."""
    if all(weight == 1 for weight in weights):
        return vectors
    # The mean is small beside the numbers, so its quotient wants more digits than they have; not every device has them.
    exact = vectors.to("cpu", torch.float64)
    emphasized = exact * torch.tensor(weights, dtype=torch.float64)[:, None]
    return (emphasized * (exact.mean() / emphasized.mean())).to(vectors)


class Conditioner:
    """The text side of one model. What was encoded is kept, the last used longest, up to `cache_bytes`."""

    def __init__(
        self, encoders: Sequence[Encoder], *, empty_negative_is_zero: bool = False, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self._encoders = tuple(encoders)
        self._empty_negative_is_zero = empty_negative_is_zero
        self._room = cache_bytes
        self._kept: OrderedDict[str, Embedding] = OrderedDict()
        # A text is asked for its length before it is encoded: one reading serves both.
        self._read = lru_cache(_READ)(self._chunked)

    def chunks(self, text: str) -> int:
        """How many chunks the text has, at least 1. Raises `UsageError` as `Encoder.chunks` does."""
        return max(map(len, self._read(text)))

    def _chunked(self, text: str) -> list[list[tokens.Chunk]]:
        """The chunks of a text, by encoder."""
        return [encoder.chunks(text) for encoder in self._encoders]

    def embed(self, text: str, chunks: int, *, negative: bool = False) -> Embedding:
        """The embedding of a text, filled up with empty chunks to `chunks` of them.

        `negative`: it is the negative prompt; SDXL wants zeros for an empty one. Raises `UsageError` as `chunks` does,
        and `ValueError` for fewer chunks than the text has.
        """
        own = self._encoded(text)
        missing = chunks - own.own // tokens.LENGTH
        if missing < 0:
            raise ValueError(f"a text of {chunks - missing} chunks does not fit into {chunks}")
        vectors = torch.cat([own.vectors, *[self._encoded("").vectors] * missing]) if missing else own.vectors
        if negative and not text and self._empty_negative_is_zero:
            pooled = None if own.pooled is None else torch.zeros_like(own.pooled)
            return Embedding(torch.zeros_like(vectors), pooled, own.own)
        return Embedding(vectors, own.pooled, own.own)

    def _encoded(self, text: str) -> Embedding:
        kept = self._kept.get(text)
        if kept is None:
            kept = self._kept[text] = self._encode(text)
            size = sum(map(_size, self._kept.values()))
            while size > self._room and len(self._kept) > 1:
                size -= _size(self._kept.popitem(last=False)[1])
        self._kept.move_to_end(text)
        return kept

    @torch.no_grad()
    def _encode(self, text: str) -> Embedding:
        parts = self._read(text)
        most = max(map(len, parts))
        pooled = None
        vectors = []
        for encoder, chunks in zip(self._encoders, parts, strict=True):
            # Tokenizers of one model agree on a text but for signs that hardly occur.
            part = encoder.encode(chunks + encoder.chunks("") * (most - len(chunks)))
            vectors.append(part.vectors)
            pooled = part.pooled if encoder.pooled else pooled
        return Embedding(torch.cat(vectors, dim=-1), pooled, len(vectors[0]))


def _size(embedding: Embedding) -> int:
    return embedding.vectors.nbytes + (0 if embedding.pooled is None else embedding.pooled.nbytes)


def conditioner_of(pipeline: Any, family: str, clip_skip: int | None = None) -> Conditioner:
    """The conditioner of a loaded diffusers pipeline of one of `FAMILIES`.

    `clip_skip` as in AUTOMATIC1111: 1 (or None) is the last layer, 2 the one before. As there it acts on SD 1.5 only:
    SD 2 and SDXL were trained on the last layer but one, and always get it. Raises `UsageError`.
    """
    first, model = pipeline.tokenizer, pipeline.text_encoder
    if family == "sd-1.5":
        return Conditioner([Encoder(first, model, layer=clip_skip or 1)])
    if family == "sd-2.1":
        layer = 2 if model.config.num_hidden_layers == _OPEN_CLIP_H_LAYERS else 1
        return Conditioner([Encoder(first, model, layer=layer, pad=_OPEN_CLIP_PAD)])
    if family == "sdxl":
        second = Encoder(
            pipeline.tokenizer_2, pipeline.text_encoder_2, layer=2, norm=False, pooled=True, pad=_OPEN_CLIP_PAD
        )
        return Conditioner([Encoder(first, model, layer=2, norm=False), second], empty_negative_is_zero=True)
    raise UsageError(
        f"the text models of {family!r} are not CLIP; CLIP is what {', '.join(FAMILIES)} read prompts with"
    )
