"""The text that AUTOMATIC1111's web UI writes into its pictures: prompt, negative prompt, and settings; both ways.

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
    from collections.abc import Iterable, Mapping

    from PIL.Image import Image

    from agfd.records import Request

NEGATIVE = "Negative prompt:"
_EXIF, _USER_COMMENT = 0x8769, 0x9286
# The character code that begins an EXIF UserComment, and how the text after it is read.
_UNICODE, _ASCII, _UNDEFINED = b"UNICODE\0", b"ASCII\0\0\0", b"\0" * 8
_KEY = re.compile(r"\s*(\w[\w /-]*):[ ]*")
_NAME = re.compile(r"\w[\w /-]*[\w/-]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
# A last line with fewer settings is a line of the prompt that happens to hold a colon.
_FEWEST = 3
# The order in which the web UI writes its settings; others stand before the last one.
_ORDER = (
    "Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Size", "Model hash", "Model", "VAE hash", "VAE",
    "Clip skip", "RNG",
)  # fmt: skip
_LAST = "Version"


@dataclass(frozen=True, slots=True)
class Infotext:
    """A text in its parts; `settings` by the names that the web UI gives them, values as they are written."""

    prompt: str
    negative: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


def written_in(data: bytes) -> str | None:
    """The text that a PNG, JPEG or WebP file holds, None where there is none. Raises `ImageError`."""
    with codec.opened(data, codec.FORMATS) as picture:
        text = picture.info.get(codec.PARAMETERS)
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


def of_request(request: Request, made: Mapping[str, str]) -> Infotext:
    """What the file of an image says of its making: what the request asked for, and over it what was `made`."""
    asked = request.settings
    settings = {
        "Steps": str(asked.steps),
        "Sampler": asked.sampler,
        "CFG scale": f"{asked.cfg_scale:g}",
        "Size": f"{asked.width}x{asked.height}",
    }
    return Infotext(request.prompt, request.negative_prompt, settings | dict(made))


def write(text: Infotext) -> str:
    """The text in one, as the web UI writes it; what has commas, colons or line ends is quoted.

    `parse` gives the same parts back, unless the form cannot hold them, neither here nor in the web UI: lines with
    white space at their ends, empty lines at the ends of a prompt, a line that begins with `Negative prompt:`, and,
    below fewer than three settings, which are no settings line, a last line that looks like one. Raises `ValueError`
    for a setting with a name that `unwritable` finds.
    """
    wrong = unwritable(text.settings)
    if wrong is not None:
        raise ValueError(f"{wrong!r} cannot be the name of a setting")
    line = ", ".join(f"{name}: {_quoted(text.settings[name])}" for name in sorted(text.settings, key=_place))
    negative = f"{NEGATIVE} {text.negative}" if text.negative else ""
    return "\n".join(part for part in (text.prompt, negative, line) if part).strip()


def unwritable(names: Iterable[str]) -> str | None:
    """The first of these that no settings line can hold as a name: letters, digits, spaces, `_`, `/` and `-` can."""
    return next((name for name in names if not _NAME.fullmatch(name)), None)


def _place(name: str) -> int:
    if name in _ORDER:
        return _ORDER.index(name)
    return len(_ORDER) + (name == _LAST)


def _quoted(value: str) -> str:
    """More than the web UI does: white space at the ends and marks at the beginning are kept too."""
    plain = not re.search(r'[,:\n]|^"', value) and value == value.strip()
    return value if plain else json.dumps(value, ensure_ascii=False)
