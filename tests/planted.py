"""A folder with everything that is ever wrong with one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from builders import pixels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def saved(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def png(width: int, height: int, depth: int, rows: bytes, colours: int = 2) -> bytes:
    """A PNG file of any depth, which Pillow reads and does not write; its content may be missing.

    `colours`: PNG's number of the kind of pixels, 0 grey, 2 RGB.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def huge_png(side: int) -> bytes:
    return png(side, side, 8, b"")


def vast_png(side: int) -> bytes:
    """A whole picture of one bit a pixel: a small file that any viewer opens, and that takes side x side x 3 bytes."""
    return png(side, side, 1, bytes((1 + -(-side // 8)) * side), 0)


def deep_png(values: NDArray[np.uint8]) -> bytes:
    height, width, _ = values.shape
    rows = b"".join(b"\0" + (row.astype(">u2") * 257).astype(">u2").tobytes() for row in values)
    return png(width, height, 16, rows)


def huge_gif(side: int) -> bytes:
    small = saved(Pillow.new("L", (1, 1)), "GIF")
    return small[:6] + struct.pack("<HH", side, side) + small[10:]


def rotated() -> bytes:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    return saved(Pillow.fromarray(pixels(9, (8, 12))), "JPEG", exif=exif)


def frames(kind: str, **options: object) -> bytes:
    first, second = (Pillow.fromarray(pixels(seed, (9, 9))) for seed in (1, 2))
    return saved(first, kind, save_all=True, append_images=[second], duration=40, **options)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("face.png", b"nothing")
    return out.getvalue()


COLOUR = Pillow.fromarray(pixels(3, (20, 30)))
GREY = Pillow.fromarray(pixels(4, (20, 30))[..., 0])
DEEP = [Pillow.fromarray(pixels(seed, (20, 30))[..., 0].astype(np.uint16) * 257) for seed in (4, 6)]

# name -> bytes, error, notes
PLANTED: dict[str, tuple[bytes, str | None, str | None]] = {
    "plain.png": (saved(COLOUR, "PNG"), None, None),
    "plain.webp": (saved(COLOUR, "WEBP"), None, None),
    "plain.bmp": (saved(COLOUR, "BMP"), None, None),
    "plain.tif": (saved(COLOUR, "TIFF"), None, None),
    "plain.ppm": (saved(COLOUR, "PPM"), None, None),
    "a name with spaces.png": (saved(COLOUR.rotate(90), "PNG"), None, None),
    "gesicht ü 面 😀.png": (saved(COLOUR.rotate(180), "PNG"), None, None),
    "two\nlines,\"quoted\".png": (saved(COLOUR.rotate(270), "PNG"), None, None),
    "one.png": (saved(Pillow.new("RGB", (1, 1), (9, 8, 7)), "PNG"), None, None),
    "strip.png": (saved(Pillow.fromarray(pixels(5, (1, 4000))), "PNG"), None, None),
    "cmyk.jpg": (saved(COLOUR.convert("CMYK"), "JPEG"), None, "cmyk"),
    "deep.png": (saved(DEEP[0], "PNG"), None, "16_bit;grey"),
    "deep.tif": (saved(DEEP[1], "TIFF"), None, "16_bit;grey"),
    "deep colour.png": (deep_png(pixels(10, (20, 30))), None, "16_bit"),
    "grey.jpg": (saved(GREY, "JPEG"), None, "grey"),
    "grey in colour.jpg": (saved(GREY.rotate(180).convert("RGB"), "JPEG"), None, "grey"),
    "rotated.jpg": (rotated(), None, "rotated"),
    "alpha.png": (saved(Pillow.fromarray(pixels(7, (20, 30))).convert("RGBA"), "PNG"), None, "alpha"),
    "moving.gif": (frames("GIF"), None, "more_frames"),
    "moving.webp": (frames("WEBP", lossless=True), None, "more_frames"),
    "moving.png": (frames("PNG"), None, "more_frames"),
    "pages.tif": (frames("TIFF"), None, "more_frames"),
    "half.jpg": (saved(Pillow.fromarray(pixels(8, (64, 64))), "JPEG")[:1000], "damaged", None),
    "half.png": (saved(COLOUR, "PNG")[:300], "damaged", None),
    "half.webp": (saved(COLOUR, "WEBP")[:200], "damaged", None),
    "half.gif": (b"GIF89a\x10", "damaged", None),
    "start.png": (b"\x89PNG\r\n\x1a\n", "damaged", None),
    "huge.png": (huge_png(20_000), "too_large", None),
    "huge.gif": (huge_gif(20_000), "too_large", None),
    "empty.png": (b"", "empty", None),
    "drawing.svg": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "unsupported_format", None),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "unsupported_format", None),
    "fractions.tif": (saved(Pillow.fromarray(np.ones((4, 4), np.float32)), "TIFF"), "unsupported_format", None),
    "zipped.png": (zipped(), "not_an_image", None),
    "labels.csv": (b"file,age\n", "not_an_image", None),
    ".hidden": (b"\0\0\0\0", "not_an_image", None),
}  # fmt: skip


def plant(folder: Path) -> Path:
    """The new folder `folder` with every file of `PLANTED`."""
    folder.mkdir()
    for name, (data, _, _) in PLANTED.items():
        (folder / name).write_bytes(data)
    return folder
