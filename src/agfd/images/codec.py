"""Image files: decoding with limits, encoding with the mark "made by an algorithm", thumbnails, hashes of pixels."""

from __future__ import annotations

import hashlib
import io
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agfd.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

THUMBNAIL = 128
MAX_PIXELS = 64_000_000
# By Pillow's names: what our own stores hold.
FORMATS = ("PNG", "JPEG", "WEBP")
# The key of AUTOMATIC1111's text in a PNG (`agfd.images.infotext`).
PARAMETERS = "parameters"
# Metres of one grey level of a map of depth.
DEPTH_STEP = 0.0001

# IPTC's code for pictures that an algorithm made from data or weights: cv.iptc.org/newscodes/digitalsourcetype.
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" rdf:about="">'
    f"<Iptc4xmpExt:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def encode_png(pixels: NDArray[np.uint8], text: Mapping[str, str] | None = None, *, generated: bool = True) -> bytes:
    """A PNG file of uint8 pixels (height, width, 3), with `text` as text chunks and the mark that it is `generated`."""
    from PIL import Image

    # Level 1 takes a fifth of the time of the default level and 15 % more bytes.
    return _png(Image.fromarray(pixels, "RGB"), text or {}, level=1, generated=generated)


def _png(picture: Image.Image, text: Mapping[str, str], level: int, *, generated: bool = True) -> bytes:
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        # As AUTOMATIC1111 writes it, for readers that know nothing else: plain text where Latin-1 can hold it.
        add = info.add_text if key == PARAMETERS else info.add_itxt
        add(key, value)
    if generated:
        info.add_text("ai_generated", "true")
        info.add_itxt("XML:com.adobe.xmp", _XMP)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=level, pnginfo=info)
    return out.getvalue()


def encode_map(name: str, values: NDArray[Any]) -> bytes:
    """A PNG file of a map of the truth, by its name among `agfd.vocabulary.MAPS`.

    `segmentation` uint8 (height, width): 8 bits, the number of the part, in the colours of PASCAL VOC. `depth` float32
    (height, width), metres: 16 bits, tenths of a millimetre, at most 6.5 m. `normals` float32 (height, width, 3): 8
    bits, 128 + 127 n.
    """
    import numpy as np
    from PIL import Image

    if name == "segmentation":
        picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.uint8), "L").convert("P")
        picture.putpalette([level for colour in part_colours() for level in colour])
        return _png(picture, {"agfd_unit": "number of the part"}, level=6)
    if name == "depth":
        steps = np.rint(np.clip(values.astype(np.float64) / DEPTH_STEP, 0, 65535)).astype(np.uint16)
        return _png(Image.fromarray(steps), {"agfd_unit": f"{DEPTH_STEP:g} m"}, level=3)
    levels = np.rint(128 + 127 * values.astype(np.float64)).astype(np.uint8)
    return _png(Image.fromarray(levels, "RGB"), {"agfd_unit": "(value - 128) / 127"}, level=3)


def decode_map(name: str, data: bytes) -> NDArray[Any]:
    """What `encode_map` was given, as exact as its file holds it. Raises `ImageError`."""
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            _check_size(picture.width, picture.height, MAX_PIXELS)
            values = np.asarray(picture)
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError(f"cannot be decoded: {error}") from None
    if name == "segmentation":
        return values.astype(np.uint8)
    if name == "depth":
        return np.asarray(values * DEPTH_STEP, dtype=np.float32)
    normals = values.astype(np.float32) - 128
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1), dtype=np.float32)


def part_colours(number: int = 256) -> list[tuple[int, int, int]]:
    """Red, green and blue, 0 to 255, of the first classes in a map of the segmentation, as PASCAL VOC gives them: the
    bits of the class's number, dealt out to the three.
    """

    def level(part: int, channel: int) -> int:
        return sum(((part >> (3 * bit + channel)) & 1) << (7 - bit) for bit in range(3))

    return [(level(part, 0), level(part, 1), level(part, 2)) for part in range(number)]


def encode_thumbnail(pixels: NDArray[np.uint8], side: int = THUMBNAIL) -> bytes:
    """A JPEG of at most `side` pixels a side."""
    from PIL import Image

    picture = Image.fromarray(pixels, "RGB")
    picture.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Pixels, uint8 (height, width, 3), of a PNG, JPEG or WebP file, upright, in RGB.

    Raises `ImageError`, before decoding where the header names more than `max_pixels`.
    """
    with opened(data, FORMATS, max_pixels) as picture:
        return upright(picture)


@contextmanager
def opened(data: bytes, formats: tuple[str, ...], max_pixels: int = MAX_PIXELS) -> Iterator[Image.Image]:
    """The file in one of Pillow's `formats`, its header read and nothing decoded yet.

    Raises `ImageError`, also for what fails within the block: `too_large` where the header names more than
    `max_pixels`, else `damaged`.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow warns of broken metadata, which we do not read.
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=formats) as picture:
                _check_size(picture.width, picture.height, max_pixels)
                yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(f"cannot be decoded: {error}", "too_large") from None
    except UnidentifiedImageError:
        # Pillow's own sentence holds an address in memory.
        raise ImageError(f"cannot be decoded: not a whole {', '.join(formats[:-1])} or {formats[-1]} file") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError(f"cannot be decoded: {error}") from None


def upright(picture: Image.Image) -> NDArray[np.uint8]:
    """Pixels, uint8 (height, width, 3), of an opened picture (its first frame) in RGB, turned as its EXIF says."""
    import numpy as np
    from PIL import Image, ImageOps

    turned = ImageOps.exif_transpose(picture)
    if turned.mode.startswith("I"):
        # Pillow's own conversion of 16 bits clips at 255 instead of scaling.
        turned = Image.fromarray((np.asarray(turned) >> 8).astype(np.uint8))
    return np.asarray(turned.convert("RGB"))


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise ImageError(f"{width} x {height} pixels are more than {max_pixels:,}", "too_large")


def is_blank(pixels: NDArray[np.uint8]) -> bool:
    """Whether all pixels (height, width, 3) have one colour."""
    return bool((pixels == pixels[:1, :1]).all())


def pixels_sha256(pixels: NDArray[np.uint8]) -> str:
    """A hash of size and pixels, the same whatever file format holds them."""
    height, width, _ = pixels.shape
    hasher = hashlib.sha256(f"{width}x{height} RGB8\n".encode())
    hasher.update(pixels.tobytes())
    return hasher.hexdigest()
