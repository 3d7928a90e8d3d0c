"""Reading anybody's image files: what each is, its pixels, or one word for why not."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.errors import ImageError
from agfd.images import codec

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Pixels: TypeAlias = NDArray[np.uint8]

# By Pillow's names. Sets of faces for research come as BMP, TIFF and PGM too.
FORMATS = (*codec.FORMATS, "GIF", "BMP", "TIFF", "PPM", "AVIF")
MAX_BYTES = 256 << 20

# Beginnings of files: (offset, bytes, what it is).
_PICTURES = (
    (0, b"\x89PNG", "a PNG file"),
    (0, b"\xff\xd8\xff", "a JPEG file"),
    (8, b"WEBP", "a WebP file"),
    (0, b"GIF8", "a GIF file"),
    (0, b"II*\0", "a TIFF file"),
    (0, b"MM\0*", "a TIFF file"),
    (4, b"ftypavif", "an AVIF file"),
    (4, b"ftypavis", "an AVIF file"),
)
_UNSUPPORTED = (
    (4, b"ftyphei", "a HEIC file"),
    (4, b"ftypmif1", "a HEIC file"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 file"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL file"),
    (0, b"\xff\x0a", "a JPEG XL file"),
)
_OTHERS = (
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (257, b"ustar", "a tar archive"),
)
_ORIENTATION = 0x0112
_BITS_PER_SAMPLE = 258


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, uint8 (height, width, 3), upright; the format by Pillow's name in lower case; what was particular.

    `notes`: `16_bit`, `alpha` (left out), `cmyk`, `grey`, `more_frames` (the first was taken), `rotated` (turned
    upright).
    """

    pixels: Pixels
    format: str
    notes: tuple[str, ...]


def read(path: Path) -> bytes:
    """The bytes of a file. Raises `ImageError`: `empty`, `too_large` or `unreadable`."""
    try:
        # A pipe without a writer would never answer; a regular file does not mind.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with closing(os.fdopen(handle, "rb")) as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise ImageError("not a regular file", "unreadable")
            if status.st_size > MAX_BYTES:
                raise ImageError(f"{status.st_size:,} bytes are more than {MAX_BYTES:,}", "too_large")
            data = file.read(MAX_BYTES)
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror or error}", "unreadable") from None
    if not data:
        raise ImageError("the file is empty", "empty")
    return data


def picture(data: bytes, max_pixels: int = codec.MAX_PIXELS) -> Picture:
    """What a file holds.

    Raises `ImageError`: `too_large`, before decoding where the header names more than `max_pixels`;
    `unsupported_format`, `not_an_image`, and `damaged` for what begins like a picture and cannot be decoded.
    """
    refused = _not_ours(data)
    try:
        with codec.opened(data, FORMATS, max_pixels) as opened:
            pixels = _pixels(opened)
            return Picture(pixels, (opened.format or "?").lower(), tuple(sorted(_notes(opened, pixels, data))))
    except ImageError as error:
        if error.code == "damaged" and refused is not None:
            raise refused from None
        raise
    except MemoryError:
        raise ImageError("there is not enough memory to decode it", "too_large") from None
    except Exception as error:
        # Decoders stumble over broken files in every way that there is.
        raise ImageError(f"cannot be decoded: {type(error).__name__}: {error}") from None


def _pixels(opened: Image.Image) -> Pixels:
    if opened.mode == "F":
        raise ImageError("pixels that are fractions have no common scale", "unsupported_format")
    return codec.upright(opened)


def _notes(opened: Image.Image, pixels: Pixels, data: bytes) -> set[str]:
    found = {
        "16_bit": _is_deep(opened, data),
        "alpha": opened.has_transparency_data,
        "cmyk": opened.mode == "CMYK",
        "grey": bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()),
        "more_frames": getattr(opened, "is_animated", False),
        "rotated": opened.getexif().get(_ORIENTATION, 1) in range(2, 9),
    }
    return {note for note, true in found.items() if true}


def _is_deep(opened: Image.Image, data: bytes) -> bool:
    """Whether it holds more than 8 bits a channel, which Pillow does not say of colour pictures."""
    if opened.format == "PNG":
        # The depth of IHDR, which is always the first chunk.
        return data[24] == 16
    if opened.format == "TIFF":
        bits = getattr(opened, "tag_v2", {}).get(_BITS_PER_SAMPLE, (8,))
        return bool(max(bits) > 8)
    return opened.mode.startswith("I")


def _not_ours(data: bytes) -> ImageError | None:
    """What to say of data that no decoder takes, if its beginning is not that of a picture that we read."""
    if _begins(data, _PICTURES):
        return None
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if (what := _begins(data, _UNSUPPORTED)) is not None:
        return ImageError(f"{what}, which is not supported", "unsupported_format")
    if head.startswith(b"<") and b"<svg" in head:
        return ImageError("an SVG drawing, which has no pixels", "unsupported_format")
    what = _begins(data, _OTHERS)
    return ImageError(f"{what}, not an image" if what else "not an image", "not_an_image")


def _begins(data: bytes, known: tuple[tuple[int, bytes, str], ...]) -> str | None:
    return next((what for offset, mark, what in known if data[offset : offset + len(mark)] == mark), None)
