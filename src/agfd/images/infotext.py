"""The text that AUTOMATIC1111's web UI writes into its pictures: prompt, negative prompt, and settings.

    a portrait, (detailed:1.2)
    Negative prompt: text, blurry
    Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 965400086, Size: 512x512, Lora hashes: "a: 1f, b: 2e"

Prompts may have several lines. A value of the last line that holds commas, colons or line ends is written as JSON text.
In a PNG it is the text `parameters`, in JPEG and WebP the EXIF tag UserComment.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agfd.errors import ImageError
from agfd.images import codec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

NEGATIVE = "Negative prompt:"
_PNG_KEY = "parameters"
_EXIF, _USER_COMMENT = 0x8769, 0x9286
# The character code that begins an EXIF UserComment, and how the text after it is read.
_UNICODE, _ASCII, _UNDEFINED = b"UNICODE\0", b"ASCII\0\0\0", b"\0" * 8
_KEY = re.compile(r"\s*(\w[\w /-]*):[ ]*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
# A last line with fewer settings is a line of the prompt that happens to hold a colon.
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Infotext:
    """A text in its parts; `settings` by the names that the web UI gives them, values as they are written."""

    prompt: str
    negative: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


def written_in(data: bytes) -> str | None:
    """The text that a PNG, JPEG or WebP file holds, None where there is none. Raises `ImageError`."""
    with codec.opened(data, codec.FORMATS) as picture:
        text = picture.info.get(_PNG_KEY)
        if isinstance(text, str):
            return text
        return _user_comment(picture)


def _user_comment(picture: Image) -> str | None:
    try:
        value = picture.getexif().get_ifd(_EXIF).get(_USER_COMMENT)
    except Exception as error:  # broken metadata: a picture without text, told as what it is
        raise ImageError(f"its EXIF data cannot be read: {error}") from None
    if isinstance(value, str):
        return value or None
    if not isinstance(value, bytes) or not value:
        return None
    code, text = value[:8], value[8:]
    if code == _UNICODE:
        return text.decode(_utf16(text), "replace").strip("\0") or None
    if code in {_ASCII, _UNDEFINED}:
        return text.decode("utf-8", "replace").strip("\0") or None
    return value.decode("utf-8", "replace").strip("\0") or None


def _utf16(text: bytes) -> str:
    """The order of the bytes, which the tag does not tell: Latin letters have their zero on one side."""
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    return "utf-16-be" if text[::2].count(0) >= text[1::2].count(0) else "utf-16-le"


def parse(text: str) -> Infotext:
    """The parts of a text. Raises nothing: what is no settings line belongs to the prompt."""
    lines = text.strip().split("\n")
    settings = _settings(lines[-1])
    if len(settings) < _FEWEST:
        settings = {}
    else:
        lines.pop()
    prompt: list[str] = []
    negative: list[str] = []
    into = prompt
    for line in (line.strip() for line in lines):
        if line.startswith(NEGATIVE):
            into = negative
            into.append(line.removeprefix(NEGATIVE).strip())
        else:
            into.append(line)
    return Infotext("\n".join(prompt).strip(), "\n".join(negative).strip(), settings)


def _settings(line: str) -> dict[str, str]:
    """`Key: value` pairs between commas; empty where the line is none of settings."""
    found: dict[str, str] = {}
    at = 0
    while key := _KEY.match(line, at):
        quoted = _QUOTED.match(line, key.end())
        end = quoted.end() if quoted else line.find(",", key.end())
        end = len(line) if end < 0 else end
        value = line[key.end() : end].strip()
        found[key[1].strip()] = _unquoted(value) if quoted else value
        at = line.find(",", end) + 1
        if not at:
            return found
    return found if not line[at:].strip() else {}


def _unquoted(value: str) -> str:
    try:
        return str(json.loads(value))
    except ValueError:
        return value
