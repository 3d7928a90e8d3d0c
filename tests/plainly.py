"""The documented procedures of AUTOMATIC1111's prompts, written a second time: plainly, slowly and another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ftfy
import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

CHUNK, BACKTRACK = 75, 20


class _Machine:
    """Walks over the characters of a prompt. Each character carries the list of factors that it was given."""

    def __init__(self, text: str) -> None:
        self.text = text
        # A character, or "" where a piece is empty, or "BREAK".
        self.letters: list[tuple[str, list[float]]] = []
        self.waiting: dict[str, list[int]] = {"round": [], "square": []}
        self.plain = ""

    def run(self) -> list[tuple[str, list[float]]]:
        i = 0
        while i < len(self.text):
            if self.text[i] in "\\()[]:":
                self.flush()
                i = self.mark(i)
            else:
                self.plain += self.text[i]
                i += 1
        self.flush()
        for kind, factor in (("round", 1.1), ("square", 1 / 1.1)):
            for start in self.waiting[kind]:
                for _, factors in self.letters[start:]:
                    factors.append(factor)
        return self.letters

    def mark(self, i: int) -> int:
        """Read the mark at i; gives the place behind it."""
        sign, number = self.text[i], None
        if sign == "\\":
            return self.escape(i)
        if sign == ":":
            number = number_at(self.text, i + 1)
        behind = number[1] if number else i + 1
        if sign in "([":
            self.waiting["round" if sign == "(" else "square"].append(len(self.letters))
        elif sign == "]" and self.waiting["square"]:
            self.close("square", 1 / 1.1)
        elif (sign == ")" or number) and self.waiting["round"]:
            self.close("round", float(number[0]) if number else 1.1)
        else:
            self.letters += [(letter, [1.0]) for letter in self.text[i:behind]]
        return behind

    def escape(self, i: int) -> int:
        letter = self.text[i + 1 : i + 2]
        if letter not in ("\\", "(", ")", "[", "]"):
            letter = ""
        self.letters.append((letter, [1.0]))
        return i + 1 + len(letter)

    def close(self, kind: str, factor: float) -> None:
        for _, factors in self.letters[self.waiting[kind].pop() :]:
            factors.append(factor)

    def flush(self) -> None:
        """The words between two marks: a BREAK stands between two pieces that may be empty."""
        words, self.plain = self.plain, ""
        while (at := next((i for i in range(len(words)) if break_at(words, i)), None)) is not None:
            before = words[:at].rstrip()
            self.letters += [(letter, [1.0]) for letter in before or [""]]
            self.letters.append(("BREAK", [-1.0]))
            words = words[at + 5 :].lstrip()
            self.letters.append(("", [1.0]))
        self.letters += [(letter, [1.0]) for letter in words]


def break_at(words: str, at: int) -> bool:
    beside = words[:at][-1:] + words[at + 5 :][:1]
    return words[at : at + 5] == "BREAK" and not any(letter.isalnum() or letter == "_" for letter in beside)


def number_at(text: str, i: int) -> tuple[str, int] | None:
    """The number behind a colon and where its closing bracket ends."""
    rest = text[i:].lstrip()
    sign = rest[:1] if rest[:1] in ("+", "-") else ""
    digits = ""
    for letter in rest[len(sign) :]:
        if not (letter.isdecimal() or letter == "."):
            break
        digits += letter
    tail = rest[len(sign) + len(digits) :]
    if not digits or not tail.lstrip().startswith(")"):
        return None
    return sign + digits, len(text) - len(tail.lstrip()) + 1


def attention(text: str) -> list[tuple[str, float]]:
    """The pieces of a prompt with their weights. Raises `ValueError` where a weight is no number."""
    found: list[tuple[str, float]] = []
    for letter, factors in _Machine(text).run():
        weight = factors[0]
        for factor in factors[1:]:
            weight *= factor
        if found and found[-1][1] == weight:
            found[-1] = (found[-1][0] + letter, weight)
        else:
            found.append((letter, weight))
    return found or [("", 1.0)]


def chunks(text: str, tokenizer: Any, pad: int | None = None) -> list[tuple[list[int], list[float]]]:
    """Token ids and weights of each chunk: cut from the list of all tokens between two BREAKs."""
    comma, end = tokenizer.convert_tokens_to_ids(",</w>"), tokenizer.eos_token_id
    sections: list[list[tuple[int, float]]] = [[]]
    for piece, weight in attention(text):
        if piece == "BREAK" and weight == -1:
            sections.append([])
        else:
            ids = tokenizer(ftfy.fix_text(piece), add_special_tokens=False, verbose=False)["input_ids"]
            sections[-1] += [(token, weight) for token in ids]
    if len(sections) > 1 and not sections[-1]:
        del sections[-1]

    found = []
    for section in sections:
        rest = section
        while True:
            length = CHUNK
            if len(rest) > CHUNK and rest[CHUNK][0] != comma:
                commas = [place for place in range(CHUNK) if rest[place][0] == comma]
                if commas and CHUNK - commas[-1] <= BACKTRACK:
                    length = commas[-1] + 1
            page, rest = rest[:length], rest[length:]
            ids = [tokenizer.bos_token_id] + [token for token, _ in page]
            ids += [end] * (77 - len(ids))
            first = ids.index(end)
            if pad is not None:
                ids = ids[: first + 1] + [pad] * (76 - first)
            found.append((ids, [1.0] + [weight for _, weight in page] + [1.0] * (76 - len(page))))
            if not rest:
                break
    return found


def text_model(state: Mapping[str, Tensor], config: Any, ids: list[int]) -> list[Tensor]:
    """What each layer of a CLIP text model makes of one chunk: layer 0 is its input, none has passed the last norm.

    Source: OpenAI's paper and code of CLIP: pre-norm, causal attention, a "quick" or an exact GELU.
    """
    state = {
        name.removeprefix("text_model."): tensor.double()
        for name, tensor in state.items()
        if tensor.is_floating_point()
    }
    x = state["embeddings.token_embedding.weight"][ids] + state["embeddings.position_embedding.weight"][: len(ids)]
    found = [x]
    for number in range(config.num_hidden_layers):
        layer = f"encoder.layers.{number}"
        x = x + _attended(
            state, f"{layer}.self_attn", norm(state, f"{layer}.layer_norm1", x), config.num_attention_heads
        )
        y = _linear(state, f"{layer}.mlp.fc1", norm(state, f"{layer}.layer_norm2", x))
        y = y * torch.sigmoid(1.702 * y) if config.hidden_act == "quick_gelu" else y * (1 + torch.erf(y / 2**0.5)) / 2
        x = x + _linear(state, f"{layer}.mlp.fc2", y)
        found.append(x)
    return found


def norm(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    x = (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, unbiased=False) + 1e-5) ** 0.5
    return x * state[f"{name}.weight"].double() + state[f"{name}.bias"].double()


def _linear(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def _attended(state: Mapping[str, Tensor], name: str, x: Tensor, heads: int) -> Tensor:
    q, k, v = (_linear(state, f"{name}.{part}_proj", x).chunk(heads, dim=-1) for part in "qkv")
    later = torch.ones(len(x), len(x)).triu(1).bool()
    mixed = []
    for head in range(heads):
        scores = q[head] @ k[head].T / q[head].shape[-1] ** 0.5
        mixed.append(scores.masked_fill(later, -torch.inf).softmax(-1) @ v[head])
    return _linear(state, f"{name}.out_proj", torch.cat(mixed, dim=-1))


def embedding(text: str, tokenizer: Any, model: Any, *, layer: int, last_norm: bool, pad: int | None = None) -> Tensor:
    """The vectors of one text, chunk by chunk and token by token."""
    state, vectors = model.state_dict(), []
    prefix = "text_model." if "text_model.final_layer_norm.bias" in state else ""
    for ids, weights in chunks(text, tokenizer, pad):
        hidden = text_model(state, model.config, ids)[-layer]
        if last_norm:
            hidden = norm(state, f"{prefix}final_layer_norm", hidden)
        emphasized = torch.stack([vector * weight for vector, weight in zip(hidden, weights, strict=True)])
        vectors.append(emphasized * (hidden.mean() / emphasized.mean()))
    return torch.cat(vectors)


def pooled(text: str, tokenizer: Any, model: Any, pad: int) -> Tensor:
    """The end token of the first chunk through the last layer, its norm and the projection. No weight acts on it."""
    state = model.state_dict()
    ids, _ = chunks(text, tokenizer, pad)[0]
    last = norm(state, "text_model.final_layer_norm", text_model(state, model.config, ids)[-1])
    return last[ids.index(tokenizer.eos_token_id)] @ state["text_projection.weight"].double().T
