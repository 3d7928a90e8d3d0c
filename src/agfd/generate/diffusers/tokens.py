"""A prompt as CLIP text models read it: chunks of 75 tokens between a start and an end, each token with its weight.

Source: the behaviour of AUTOMATIC1111's version 1.10 with its default settings (`comma_padding_backtrack` 20): a chunk
that is full ends at its last comma where that lies within the last 20 tokens, so that no phrase is torn apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from agfd.errors import UsageError
from agfd.generate.diffusers.prompt import BREAK, CHUNK, MOST_CHUNKS, mended, parse_attention, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LENGTH = CHUNK + 2
"""What the text model reads at once: a chunk with its start and its end."""
BACKTRACK = 20


class Tokenizer(Protocol):
    """What is used of a CLIP tokenizer of transformers."""

    bos_token_id: int
    eos_token_id: int

    def convert_tokens_to_ids(self, tokens: str) -> int:
        """The id of one token."""
        ...

    def __call__(self, text: list[str], **options: bool) -> Mapping[str, list[list[int]]]:
        """`input_ids` of several texts."""
        ...


class Chunk(NamedTuple):
    """One pass through a text model: `LENGTH` token ids and as many weights."""

    tokens: tuple[int, ...]
    weights: tuple[float, ...]


class _Pages:
    """Fills chunks one after the other."""

    def __init__(self, comma: int) -> None:
        self.done: list[list[tuple[int, float]]] = []
        self._comma = comma
        self._page: list[tuple[int, float]] = []
        self._cut: int | None = None  # how long the chunk is up to and with its last comma

    def add(self, token: int, weight: float) -> None:
        if len(self._page) == CHUNK:
            # A comma is never moved, so one that comes to a full chunk stands first in the next.
            near = self._cut is not None and CHUNK - self._cut < BACKTRACK
            self.end(self._cut if near and token != self._comma else None)
        self._page.append((token, weight))
        if token == self._comma:
            self._cut = len(self._page)

    def end(self, cut: int | None = None) -> None:
        """The chunk is done; what stands behind `cut` moves to the next."""
        moved = [] if cut is None else self._page[cut:]
        self.done.append(self._page[: len(self._page) - len(moved)])
        self._page, self._cut = moved, None

    def finish(self) -> list[list[tuple[int, float]]]:
        if self._page or not self.done:
            self.end()
        return self.done


def chunks(text: str, tokenizer: Tokenizer, pad: int | None = None) -> list[Chunk]:
    """The chunks of a prompt, at least one. `pad`: the token behind the end, the end itself where it is None.

    Raises `UsageError` for a prompt of more than `MOST_CHUNKS` chunks.
    """
    pieces = parse_attention(text)
    # Not truncated and without marks of its own: transformers warns of long texts, which here are no mistake.
    words = [mended(piece) for piece, _ in pieces]
    ids = tokenizer(words, add_special_tokens=False, truncation=False, verbose=False)
    pages = _Pages(tokenizer.convert_tokens_to_ids(",</w>"))
    for (piece, weight), tokens in zip(pieces, ids["input_ids"], strict=True):
        if (piece, weight) == BREAK:
            pages.end()
            continue
        for token in tokens:
            pages.add(token, weight)
    found = pages.finish()
    if len(found) > MOST_CHUNKS:
        raise UsageError(refusal(len(found)))
    return [_closed(page, tokenizer, tokenizer.eos_token_id if pad is None else pad) for page in found]


def _closed(page: Sequence[tuple[int, float]], tokenizer: Tokenizer, pad: int) -> Chunk:
    missing = LENGTH - 2 - len(page)
    tokens = [tokenizer.bos_token_id, *(token for token, _ in page), tokenizer.eos_token_id]
    # A prompt may spell out the end token: nothing counts behind the first one.
    end = tokens.index(tokenizer.eos_token_id)
    if pad != tokenizer.eos_token_id:
        tokens[end + 1 :] = [pad] * (len(tokens) - end - 1)
    weights = [1.0, *(weight for _, weight in page), 1.0]
    return Chunk((*tokens, *[pad] * missing), (*weights, *[1.0] * missing))
