"""The language of prompts, as AUTOMATIC1111 reads it: which words weigh how much. No torch, no tokenizer.

    (word)        x 1.1                 \\( \\) \\[ \\] \\\\    the character itself
    (word:1.3)    x 1.3                 BREAK             what follows begins a new chunk of 75 tokens
    [word]        / 1.1                 ((a) b)           brackets in brackets multiply

A bracket that is never closed holds to the end, one that was never opened is a character like any other, and so is a
number that closes no round bracket. Round and square brackets are paired each among their own kind, so they may cross.

Source: the wiki of AUTOMATIC1111/stable-diffusion-webui ("Attention/emphasis") and the behaviour of its version 1.10.
What that program knows beyond this (prompt editing, `AND`, networks in angle brackets) is named by `unsupported`.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING

from agfd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 75
"""Tokens of the prompt in one pass through a CLIP text model, which reads 77: one more at the start, one at the end."""
MOST_CHUNKS = 20
BREAK = ("BREAK", -1.0)
"""How a BREAK stands in the list of `parse_attention`."""

_ROUND, _SQUARE = 1.1, 1 / 1.1
# White space around the number is a part of the mark, around a bracket it is text.
_MARK = re.compile(
    r"\\(?P<escaped>[()\[\]\\]?)|:\s*(?P<number>[+-]?[.\d]+)\s*\)|(?P<bracket>[()\[\]])|(?:[^\\()\[\]:]+|:)"
)
_BREAK = re.compile(r"\s*+\bBREAK\b\s*")
# A token of a CLIP vocabulary never reaches over one of these.
_WORD = re.compile(r"<\|(?:start|end)oftext\|>|[^\W\d_]+|\d|(?:[^\w\s]|_)+")
_NETWORK = re.compile(r"<\s*(?:lora|lyco|hypernet)\s*:[^>]*>")
_AND = re.compile(r"\bAND\b")
_EDIT_END = re.compile(r":\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*$")


class _Reader:
    """The pieces of a text, in order, and which run of them is multiplied by what."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.breaks: set[int] = set()
        self.spans: list[tuple[int, int, float]] = []
        self._open: dict[str, list[int]] = {"(": [], "[": []}

    def read(self, text: str) -> None:
        for mark in _MARK.finditer(text):
            whole, bracket = mark[0], mark["bracket"]
            if mark["escaped"] is not None:
                self.pieces.append(mark["escaped"])
            elif bracket in self._open:
                self._open[bracket].append(len(self.pieces))
            elif not self._closed(bracket, mark["number"]):
                self._words(whole)
        # What is still open holds to the end: the outermost first, which is how the factors come to be in this order.
        for bracket, factor in (("(", _ROUND), ("[", _SQUARE)):
            for start in self._open[bracket]:
                self.spans.append((start, len(self.pieces), factor))

    def _closed(self, bracket: str | None, number: str | None) -> bool:
        """Whether the mark closes a bracket that is open."""
        if bracket is None and number is None:
            return False
        starts = self._open["[" if bracket == "]" else "("]
        if not starts:
            return False
        factor = _SQUARE if bracket == "]" else _ROUND if number is None else _weight(number)
        self.spans.append((starts.pop(), len(self.pieces), factor))
        return True

    def _words(self, text: str) -> None:
        for place, part in enumerate(_BREAK.split(text)):
            if place:
                self.breaks.add(len(self.pieces))
                self.pieces.append(BREAK[0])
            self.pieces.append(part)


def parse_attention(text: str) -> list[tuple[str, float]]:
    """The pieces of a prompt in order, each with its weight; neighbours of the same weight are one piece.

    A BREAK comes back as `("BREAK", -1.0)`, a text without any words as `[("", 1.0)]`. A BREAK inside of brackets is
    multiplied like a word and so loses its meaning, there as here. Raises `UsageError` where a weight is no number:
    `(word:1.2.3)`.
    """
    reader = _Reader()
    reader.read(text)
    weights = [BREAK[1] if place in reader.breaks else 1.0 for place in range(len(reader.pieces))]
    for start, end, factor in reader.spans:
        for place in range(start, end):
            weights[place] *= factor
    if not all(map(math.isfinite, weights)):
        raise UsageError("a weight of the prompt is beyond all numbers; weights are small, such as (word:1.2)")
    pairs = zip(reader.pieces, weights, strict=True)
    runs = itertools.groupby(pairs, key=lambda pair: pair[1])
    return [("".join(piece for piece, _ in run), weight) for weight, run in runs] or [("", 1.0)]


def _weight(number: str) -> float:
    try:
        return float(number)
    except ValueError:
        raise UsageError(f"the weight {number!r} in the prompt is no number; write it as in (word:1.2)") from None


def without_weights(text: str) -> str:
    """The words alone, for text models that read sentences (T5, Qwen, Gemma): no brackets, no weights, no escapes.

    A BREAK becomes a comma, inside of brackets too. What an escape made a character of the text stays in it.
    """
    reader = _Reader()
    reader.read(text)
    parts = [""]
    for place, piece in enumerate(reader.pieces):
        if place in reader.breaks:
            parts.append("")
        else:
            parts[-1] += piece
    joined = ""
    for part in filter(str.strip, parts):
        joined += (" " if joined.rstrip().endswith(",") else ", ") * bool(joined) + part
    return joined


def mended(text: str) -> str:
    """Curly quotes, full-width commas, HTML's entities as plain signs, as the tokenizer of AUTOMATIC1111 has them."""
    import ftfy  # of the extra, which the rest of this module does without

    return ftfy.fix_text(text)


def fewest_chunks(text: str) -> int:
    """How many chunks the prompt has at least: a word, a digit and a run of signs are a token or more each."""
    sections = [0]
    for piece, weight in parse_attention(text):
        if (piece, weight) == BREAK:
            sections.append(0)
        else:
            sections[-1] += sum(1 for _ in _WORD.finditer(mended(piece)))
    full = sum(max(1, math.ceil(tokens / CHUNK)) for tokens in sections)
    return full if sections[-1] or len(sections) == 1 else full - 1


def too_long(text: str) -> str | None:
    """Why the prompt is longer than a text model is given, or None. Cheap, and never says so of one that fits.

    A prompt of rare words may pass here and prove too long for the tokenizer: `agfd.generate.diffusers.tokens` raises.
    """
    chunks = fewest_chunks(text)
    return None if chunks <= MOST_CHUNKS else refusal(chunks, at_least=True)


def refusal(chunks: int, *, at_least: bool = False) -> str:
    """The sentence for a prompt of so many chunks."""
    count = f"at least {chunks}" if at_least else str(chunks)
    return f"the prompt needs {count} chunks of {CHUNK} tokens, and {MOST_CHUNKS} are the most; shorten it"


def unsupported(text: str) -> str | None:
    """What AUTOMATIC1111 would do with this prompt and agfd does not, in one sentence, or None."""
    if found := _NETWORK.search(text):
        return f"{found[0]!r} in the prompt asks for a network; give it to the generator as an option instead"
    if _AND.search(text):
        return "AND in the prompt asks for a mixture of two prompts, which is not supported; write it in small letters"
    for whole, inside in _squares(text):
        if "|" in inside or _EDIT_END.search(inside):
            return f"{whole!r} asks for a prompt that changes from step to step, which is not supported"
    return None


def _squares(text: str) -> Iterator[tuple[str, str]]:
    """What square brackets hold: with all that is in it, and without the brackets within."""
    open_: list[tuple[int, list[str]]] = []
    for mark in _MARK.finditer(text):
        bracket = mark["bracket"]
        if bracket == "[":
            open_.append((mark.start(), []))
        elif bracket == "]" and open_:
            start, words = open_.pop()
            yield text[start : mark.end()], "".join(words)
        elif open_ and mark["escaped"] is None and bracket is None:
            open_[-1][1].append(mark[0])
