"""Texts as AUTOMATIC1111's web UI writes them, and files that hold them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import PngImagePlugin

from agfd.errors import ImageError
from agfd.images.infotext import Infotext, parse, written_in
from builders import pixels

if TYPE_CHECKING:
    from collections.abc import Callable

PROMPT = "RAW photo, a close up portrait photo of 25 y.o man, white,glasses,(high detailed skin:1.2), 8k uhd"
NEGATIVE = "(deformed iris, drawing, anime:1.4), text"
SETTINGS = "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 965400086, Size: 512x768, Model hash: c35782bad8"
WHOLE = f"{PROMPT}\nNegative prompt: {NEGATIVE}\n{SETTINGS}"


def test_a_text_in_its_parts() -> None:
    found = parse(WHOLE)
    assert (found.prompt, found.negative) == (PROMPT, NEGATIVE)
    assert found.settings == {
        "Steps": "20", "Sampler": "DPM++ 2M Karras", "CFG scale": "7", "Seed": "965400086", "Size": "512x768",
        "Model hash": "c35782bad8",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Infotext("")),
        ("a cat", Infotext("a cat")),
        (f"a cat\n{SETTINGS}", Infotext("a cat", "", parse(WHOLE).settings)),
        (f"Negative prompt: b\n{SETTINGS}", Infotext("", "b", parse(WHOLE).settings)),
        ("a\nb: c\nNegative prompt: d\ne, f: g", Infotext("a\nb: c", "d\ne, f: g")),
        ("two\nlines\nNegative prompt: one\ntwo", Infotext("two\nlines", "one\ntwo")),
        ("no Negative prompt: here", Infotext("no Negative prompt: here")),
        ("ratio: 3, look: 4, to: the left", Infotext("", "", {"ratio": "3", "look": "4", "to": "the left"})),
        ("a: 1, b: 2, c: 3, and more words", Infotext("a: 1, b: 2, c: 3, and more words")),
    ],
)
def test_texts_that_lack_a_part(text: str, expected: Infotext) -> None:
    assert parse(text) == expected


def test_quoted_values_hold_commas_colons_and_quotes() -> None:
    line = (
        'Steps: 30, Lora hashes: "add_detail: 7c6bad76eb54, skin: 1f", Hires upscale: 2, ADetailer prompt: '
        '"say \\"hi\\", then\\nsmile", TI hashes: "easynegative: c74b4e810b03", Version: v1.10.1'
    )
    assert parse(f"x\n{line}").settings == {
        "Steps": "30",
        "Lora hashes": "add_detail: 7c6bad76eb54, skin: 1f",
        "Hires upscale": "2",
        "ADetailer prompt": 'say "hi", then\nsmile',
        "TI hashes": "easynegative: c74b4e810b03",
        "Version": "v1.10.1",
    }


@given(st.dictionaries(st.from_regex(r"[A-Z][a-z]{1,8}( [a-z]{1,6})?", fullmatch=True), st.text(), min_size=3))
def test_what_the_web_ui_quotes_comes_back(values: dict[str, str]) -> None:
    def quoted(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    line = ", ".join(f"{key}: {quoted(value)}" for key, value in values.items())
    assert parse(f"x\n{line}").settings == values


@given(st.text())
def test_any_text_is_a_text(text: str) -> None:
    parse(text)


def png(text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", text)
    return saved("PNG", pnginfo=info)


def saved(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(pixels(1)).save(out, kind, **options)
    return out.getvalue()


def commented(kind: str, value: bytes) -> bytes:
    exif = Pillow.Exif()
    exif.get_ifd(0x8769)[0x9286] = value
    return saved(kind, exif=exif)


@pytest.mark.parametrize(
    "make",
    [
        png,
        lambda text: commented("JPEG", b"UNICODE\0" + text.encode("utf-16-be")),
        lambda text: commented("JPEG", b"UNICODE\0" + text.encode("utf-16-le")),
        lambda text: commented("JPEG", b"UNICODE\0" + text.encode("utf-16")),
        lambda text: commented("WEBP", b"UNICODE\0" + text.encode("utf-16-be")),
        lambda text: commented("JPEG", b"ASCII\0\0\0" + text.encode()),
        lambda text: commented("JPEG", b"\0" * 8 + text.encode()),
    ],
)
def test_files_hold_the_text(make: Callable[[str], bytes]) -> None:
    assert written_in(make(WHOLE)) == WHOLE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_most_files_hold_none(kind: str) -> None:
    assert written_in(saved(kind)) is None


def test_letters_of_any_alphabet() -> None:
    text = f"лицо, 顔, visage é\n{SETTINGS}"
    assert written_in(png(text)) == text
    assert written_in(commented("JPEG", b"UNICODE\0" + text.encode("utf-16-be"))) == text


def test_what_is_no_image_is_an_error() -> None:
    with pytest.raises(ImageError):
        written_in(b"no image")
