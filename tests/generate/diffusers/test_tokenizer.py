"""CLIP's tokenizer out of its list of word pieces."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from agfd.errors import ModelError, ModelsMissingError
from agfd.generate.diffusers import tokenizer
from agfd.generate.diffusers.tokenizer import clip_tokenizer
from generate.diffusers import small

if TYPE_CHECKING:
    from pathlib import Path

needs_words = pytest.mark.skipif(not small.WORDS_HERE, reason="clip_words is not installed: agfd models install")


@needs_words
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        # As openai/CLIP gives them; the first is in the documentation of several libraries.
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("A PHOTO  of a\ncat", [320, 1125, 539, 320, 2368]),
        ("", []),
        ("!", [256]),
        ("1999", [272, 280, 280, 280]),
    ],
)
def test_it_gives_the_known_numbers(text: str, ids: list[int]) -> None:
    assert clip_tokenizer()(text).input_ids == [49406, *ids, 49407]


@needs_words
def test_a_text_is_filled_up_as_the_encoder_wants_it() -> None:
    for pad, number in (("<|endoftext|>", 49407), ("!", 0)):
        made = clip_tokenizer(pad)
        assert made.model_max_length == 77
        ids = made("a", padding="max_length", truncation=True).input_ids
        assert ids == [49406, 320, 49407, *[number] * 74]
        assert len(made(" ".join(["face"] * 200), padding="max_length", truncation=True).input_ids) == 77
        assert (made.bos_token_id, made.eos_token_id, len(made)) == (49406, 49407, 49408)


def test_without_the_words_it_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    with pytest.raises(ModelsMissingError, match="'clip_words' are not installed; run: agfd models install"):
        clip_tokenizer()


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"#version\na b\n", mtime=0)])
def test_another_file_is_not_taken_for_the_words(
    content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "words.txt.gz"
    path.write_bytes(content)
    monkeypatch.setattr(tokenizer.models, "path", lambda _name: path)
    with pytest.raises(ModelError, match=r"words\.txt\.gz"):
        clip_tokenizer()
