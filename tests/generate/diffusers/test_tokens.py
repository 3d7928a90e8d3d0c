from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clips
import plainly
from agfd.errors import UsageError
from agfd.generate.diffusers import tokens
from agfd.generate.diffusers.prompt import MOST_CHUNKS

if TYPE_CHECKING:
    from transformers import CLIPTokenizer


@pytest.fixture(scope="module")
def tokenizer() -> CLIPTokenizer:
    return clips.tokenizer()


def words(chunk: tokens.Chunk, tokenizer: CLIPTokenizer) -> str:
    """A chunk without its start and what follows its first end."""
    inside = chunk.tokens[1 : chunk.tokens.index(tokenizer.eos_token_id)]
    return "".join(tokenizer.convert_ids_to_tokens(inside)).replace("</w>", " ").strip()


def test_a_short_prompt_is_what_the_tokenizer_itself_makes_of_it(tokenizer: CLIPTokenizer) -> None:
    (chunk,) = tokens.chunks("a photo, a cat", tokenizer)

    plain = tokenizer("a photo, a cat", padding="max_length", max_length=77)["input_ids"]
    assert chunk == (tuple(plain), (1.0,) * 77)


def test_an_empty_prompt_is_one_chunk(tokenizer: CLIPTokenizer) -> None:
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id

    assert tokens.chunks("", tokenizer) == [((start, *[end] * 76), (1.0,) * 77)]
    assert tokens.chunks("", tokenizer, pad=0) == [((start, end, *[0] * 75), (1.0,) * 77)]


def test_weights_stand_at_their_tokens(tokenizer: CLIPTokenizer) -> None:
    (chunk,) = tokens.chunks("a (cat:1.5) [dog]", tokenizer)

    assert chunk.weights[:6] == (1.0, 1.0, 1.5, 1 / 1.1, 1.0, 1.0)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("cat " * 75, [75]),
        ("cat " * 76, [75, 1]),
        ("cat " * 60 + "," + "dog " * 20, [61, 20]),  # the comma is near: what follows moves to the next chunk
        ("cat " * 55 + "," + "dog " * 20, [56, 20]),  # the farthest comma that counts
        ("cat " * 54 + "," + "dog " * 21, [75, 1]),  # one token too far
        ("cat " * 75 + ", dog", [75, 2]),  # a comma is not moved
        ("cat " * 74 + ", dog", [75, 1]),
        ("cat BREAK dog", [1, 1]),
        ("cat BREAK BREAK dog", [1, 0, 1]),
        ("cat BREAK", [1]),
        ("BREAK cat", [0, 1]),
        ("BREAK", [0]),
        ("cat " * 75 + "BREAK dog", [75, 1]),
        ("cat " * 60 + ", BREAK " + "dog " * 76, [61, 75, 1]),  # a comma before the BREAK is forgotten
    ],
)
def test_where_chunks_end(text: str, lengths: list[int], tokenizer: CLIPTokenizer) -> None:
    found = tokens.chunks(text, tokenizer)

    assert [chunk.tokens.index(tokenizer.eos_token_id) - 1 for chunk in found] == lengths
    assert {len(part) for chunk in found for part in chunk} == {tokens.LENGTH}


def test_what_moves_keeps_its_weight(tokenizer: CLIPTokenizer) -> None:
    _, second = tokens.chunks("cat " * 60 + ", (dog:1.3) " + "cat " * 14, tokenizer)

    assert words(second, tokenizer) == "dog " + "cat " * 13 + "cat"
    assert second.weights[:3] == (1.0, 1.3, 1.0)


def test_nothing_counts_behind_an_end_that_is_spelled_out(tokenizer: CLIPTokenizer) -> None:
    text = "cat <|endoftext|> dog"
    dog = tokenizer.convert_tokens_to_ids("dog</w>")

    assert dog in tokens.chunks(text, tokenizer)[0].tokens  # where the end is the filling, AUTOMATIC1111 leaves it
    assert dog not in tokens.chunks(text, tokenizer, pad=0)[0].tokens


@pytest.mark.parametrize(
    ("text", "mended"),
    [("cat，(dog：1.2)", "cat,dog:1.2"), ("a “cat’s” photo", 'a "cat\'s" photo'), ("Tom &amp; cat", "tom & cat")],
)
def test_signs_are_mended(text: str, mended: str, tokenizer: CLIPTokenizer) -> None:
    assert tokens.chunks(text, tokenizer)[0].tokens == tokens.chunks(mended, tokenizer)[0].tokens


PIECES = st.sampled_from(
    ["cat ", "photo ", ", ", "(dog, cat:1.2) ", "cat " * 20, "dog, " * 9, " BREAK ", "<|endoftext|>"]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=24).map("".join), st.sampled_from([None, 0]))
def test_as_cut_from_the_list_of_all_tokens(tokenizer: CLIPTokenizer, text: str, pad: int | None) -> None:
    expected = plainly.chunks(text, tokenizer, pad)

    assert [(list(ids), list(weights)) for ids, weights in tokens.chunks(text, tokenizer, pad)] == expected


def test_a_prompt_of_two_thousand_words_is_refused(tokenizer: CLIPTokenizer) -> None:
    assert len(tokens.chunks("cat " * 75 * MOST_CHUNKS, tokenizer)) == MOST_CHUNKS
    with pytest.raises(UsageError, match="needs 27 chunks of 75 tokens, and 20 are the most"):
        tokens.chunks("cat " * 2000, tokenizer)
