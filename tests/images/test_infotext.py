"""Texts as AUTOMATIC1111's web UI writes them, and files that hold them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import PngImagePlugin

from agfd import images
from agfd.errors import ImageError
from agfd.images.infotext import Infotext, of_request, parse, unwritable, write, written_in
from builders import pixels, request

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


def test_the_web_ui_s_own_text_is_written_back() -> None:
    assert write(parse(WHOLE)) == WHOLE
    mixed = dict(reversed(parse(WHOLE).settings.items())) | {"Version": "v1.10.1", "Eta": "0.5", "RNG": "CPU"}
    assert write(Infotext("a", "", mixed)) == f"a\n{SETTINGS}, RNG: CPU, Eta: 0.5, Version: v1.10.1"


@pytest.mark.parametrize("text", ["", "a cat", "a\nNegative prompt: b", "Negative prompt: b", f"a\n{SETTINGS}"])
def test_parts_that_are_missing_leave_no_line(text: str) -> None:
    assert write(parse(text)) == text


# What a prompt of the web UI may be: lines without white space at their ends, no empty ones first or last.
_line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n")).map(str.strip)
_prompt = st.lists(_line.filter(lambda line: not line.startswith("Negative prompt:"))).map("\n".join).map(str.strip)
_name = st.from_regex(r"\w[\w /-]*[\w/-]", fullmatch=True).filter(lambda name: name == name.strip())
_settings = st.dictionaries(_name, st.text(st.characters(exclude_categories=["Cs"])), min_size=3)


@given(_prompt, _prompt, _settings)
def test_what_is_written_is_read_back(prompt: str, negative: str, values: dict[str, str]) -> None:
    text = Infotext(prompt, negative, values)
    assert parse(write(text)) == text


@given(_prompt, _prompt)
def test_prompts_alone_are_read_back_unless_they_end_like_settings(prompt: str, negative: str) -> None:
    last = (negative or prompt).rpartition("\n")[2]
    assume(not parse(last).settings)
    assert parse(write(Infotext(prompt, negative))) == Infotext(prompt, negative)


@pytest.mark.parametrize("lost", ["a\n\n", " a", "a \nb", "a\nNegative prompt: b"])
def test_what_the_form_cannot_hold(lost: str) -> None:
    text = Infotext(lost, "", parse(WHOLE).settings)
    assert parse(write(text)) != text


@pytest.mark.parametrize("name", ["", "a", "a:b", "a, b", "Lora\nhashes", '"Model"', " Seed", "Seed "])
def test_a_name_that_no_reader_would_find_is_refused(name: str) -> None:
    assert unwritable(["Seed", name]) == name
    with pytest.raises(ValueError, match="name of a setting"):
        write(Infotext("", "", {name: "1"}))


MADE = {
    "Seed": "4294967295", "Model hash": "c35782bad8", "Model": "Realistic_Vision_V2.0", "VAE": "vae-ft-mse-840000",
    "Clip skip": "2", "RNG": "CPU", "Version": "agfd 0.1.0",
}  # fmt: skip


def test_settings_of_a_request_under_what_was_made_of_them() -> None:
    text = of_request(request(prompt="a man", negative_prompt="text"), {**MADE, "Sampler": "Euler a"})
    assert (text.prompt, text.negative) == ("a man", "text")
    assert write(text).splitlines()[-1] == (
        "Steps: 20, Sampler: Euler a, CFG scale: 7.1, Seed: 4294967295, Size: 64x64, Model hash: c35782bad8, "
        "Model: Realistic_Vision_V2.0, VAE: vae-ft-mse-840000, Clip skip: 2, RNG: CPU, Version: agfd 0.1.0"
    )


def marked(text: Infotext) -> bytes:
    """The file of an image as a build writes it."""
    return images.encode_png(pixels(1), {"agfd_id": "0" * 32, "prompt": text.prompt, images.PARAMETERS: write(text)})


LONG = "портрет, 顔, " + ", ".join(f"(слово{nth}:1.2)" for nth in range(400))


@pytest.mark.parametrize("prompt", [PROMPT, "a façade é", LONG, "two\nlines, 8k"])
def test_a_library_that_reads_such_files_finds_everything(prompt: str) -> None:
    from sd_parsers import ParserManager

    asked = request(prompt=prompt, negative_prompt=NEGATIVE)
    file = marked(of_request(asked, MADE))
    found = ParserManager().parse(io.BytesIO(file))
    assert found is not None
    (sampler,) = found.samplers
    assert [entry.value for entry in sampler.prompts] == [prompt]
    assert [entry.value for entry in sampler.negative_prompts] == [NEGATIVE]
    assert sampler.name == "DPM++ 2M Karras"
    assert sampler.parameters == {"steps": "20", "cfg_scale": "7.1", "seed": "4294967295"}
    assert sampler.model is not None
    assert (sampler.model.name, sampler.model.hash) == ("Realistic_Vision_V2.0", "c35782bad8")
    left = {"Size": "64x64", "VAE": "vae-ft-mse-840000", "Clip skip": "2", "RNG": "CPU", "Version": "agfd 0.1.0"}
    assert found.metadata == left
    assert written_in(file) == write(of_request(asked, MADE))


def test_latin_text_lies_in_the_file_as_the_web_ui_puts_it() -> None:
    plain = marked(of_request(request(prompt="a façade"), MADE))
    assert b"tEXtparameters\0a fa\xe7ade" in plain
    assert b"iTXtparameters\0" in marked(of_request(request(prompt=LONG), MADE))
