import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from agfd import images
from agfd.errors import ImageError
from builders import pixels


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


# No timing assertion: a busy machine is no defect.
@settings(deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_png_gives_the_same_pixels_back(picture: np.ndarray) -> None:
    again = images.decode(images.encode_png(picture))
    assert again.dtype == np.uint8
    np.testing.assert_array_equal(again, picture)


def test_png_of_a_view_with_strides() -> None:
    picture = pixels(size=(10, 14))[::-2, ::2]
    np.testing.assert_array_equal(images.decode(images.encode_png(picture)), picture)


def test_png_carries_text_and_the_mark() -> None:
    data = images.encode_png(pixels(), {"prompt": "photo of a façade — 面", "id": "ab"})
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.info["prompt"] == "photo of a façade — 面"
        assert picture.info["id"] == "ab"
        assert picture.info["ai_generated"] == "true"
        assert images.DIGITAL_SOURCE_TYPE in picture.info["XML:com.adobe.xmp"]


def test_every_png_carries_the_mark_without_text() -> None:
    with Image.open(io.BytesIO(images.encode_png(pixels()))) as picture:
        assert picture.info["ai_generated"] == "true"
        assert "trainedAlgorithmicMedia" in picture.info["XML:com.adobe.xmp"]


def test_equal_pixels_give_equal_bytes() -> None:
    text = {"id": "ab"}
    assert images.encode_png(pixels(3), text) == images.encode_png(pixels(3).copy(), text)
    assert images.encode_thumbnail(pixels(3)) == images.encode_thumbnail(pixels(3).copy())
    assert images.encode_png(pixels(3)) != images.encode_png(pixels(4))


@pytest.mark.parametrize(
    ("size", "small"),
    [((512, 512), (128, 128)), ((512, 256), (128, 64)), ((100, 400), (32, 128)), ((40, 60), (40, 60))],
)
def test_thumbnails_fit_and_keep_their_shape(size: tuple[int, int], small: tuple[int, int]) -> None:
    thumbnail = images.encode_thumbnail(pixels(size=size))
    assert images.decode(thumbnail).shape == (*small, 3)
    with Image.open(io.BytesIO(thumbnail)) as picture:
        assert picture.format == "JPEG"


def test_thumbnails_show_the_picture() -> None:
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:, 128:] = (250, 10, 10)
    small = images.decode(images.encode_thumbnail(picture))
    assert small[:, :60].max() < 10
    assert abs(small[:, 68:].mean(axis=(0, 1)) - (250, 10, 10)).max() < 5


def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)


@pytest.mark.parametrize(("width", "height"), [(8001, 8000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch, width: int, height: int) -> None:
    no_decoding(monkeypatch)
    with pytest.raises(ImageError):
        images.decode(png_header(width, height))


def test_the_limit_can_be_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    data = images.encode_png(pixels(size=(10, 10)))
    assert images.decode(data, max_pixels=100).shape == (10, 10, 3)
    no_decoding(monkeypatch)
    with pytest.raises(ImageError, match="10 x 10 pixels are more than 99"):
        images.decode(data, max_pixels=99)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("face.png", images.encode_png(pixels()))
    return out.getvalue()


NOT_PICTURES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"not a picture",
    "a renamed zip": zipped,
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "gif": lambda: saved(Image.fromarray(pixels()), "GIF"),
    "tiff": lambda: saved(Image.fromarray(pixels()), "TIFF"),
    "bmp": lambda: saved(Image.fromarray(pixels()), "BMP"),
    "a header alone": lambda: png_header(9, 9),
    "half a png": lambda: images.encode_png(pixels())[:300],
    "half a jpeg": lambda: saved(Image.fromarray(pixels(size=(64, 64))), "JPEG")[:1000],
    "half a webp": lambda: saved(Image.fromarray(pixels(size=(64, 64))), "WEBP")[:1000],
}


@pytest.mark.parametrize("make", NOT_PICTURES.values(), ids=NOT_PICTURES)
def test_what_is_no_picture_is_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(ImageError, match="cannot be decoded"):
        images.decode(make())


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    deep = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
    shallow = images.decode(saved(Image.fromarray(deep), "PNG"))
    np.testing.assert_array_equal(shallow, np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, 2))


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA"])
def test_other_modes_become_rgb(mode: str) -> None:
    grey = np.zeros((8, 8), np.uint8)
    grey[2:5] = 255
    again = images.decode(saved(Image.fromarray(grey).convert(mode), "PNG"))
    np.testing.assert_array_equal(again, grey[..., None].repeat(3, 2))


def test_cmyk_becomes_rgb() -> None:
    picture = np.full((16, 16, 3), (200, 40, 40), np.uint8)
    again = images.decode(saved(Image.fromarray(picture).convert("CMYK"), "JPEG", quality=95))
    assert abs(again.mean(axis=(0, 1)) - (200, 40, 40)).max() < 12


def test_a_rotated_photo_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to see it upright
    picture = pixels(size=(8, 12))
    again = images.decode(saved(Image.fromarray(picture), "PNG", exif=exif))
    np.testing.assert_array_equal(again, np.rot90(picture, -1))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    first, second = pixels(1), pixels(2)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(Image.fromarray(first), kind, save_all=True, append_images=[Image.fromarray(second)], **options)
    np.testing.assert_array_equal(images.decode(data), first)


def test_broken_metadata_neither_warns_nor_refuses() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(Image.fromarray(pixels(size=(64, 48))), "JPEG", exif=exif)
    entry = struct.pack("<HHI", 0x0112, 3, 1) if b"II*\0" in data else struct.pack(">HHI", 0x0112, 3, 1)
    broken = data.replace(entry, entry[:4] + b"\xff\xff\xff\x7f")
    assert broken != data
    assert images.decode(broken).shape[2] == 3


# No timing assertion: a busy machine is no defect.
@settings(deadline=None)
@given(st.data())
def test_damaged_files_are_decoded_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP"]))
    content = bytearray(saved(Image.fromarray(pixels()), kind))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    try:
        decoded = images.decode(bytes(content), max_pixels=1_000_000)
    except ImageError:
        return
    assert decoded.dtype == np.uint8
    assert decoded.shape[2:] == (3,)


def test_the_hash_of_pixels_does_not_see_the_format() -> None:
    picture = pixels(5)
    forms = [images.encode_png(picture, {"a": "b"}), saved(Image.fromarray(picture), "WEBP", lossless=True)]
    assert {images.pixels_sha256(images.decode(form)) for form in forms} == {images.pixels_sha256(picture)}
    assert images.pixels_sha256(picture[:, ::-1]) == images.pixels_sha256(picture[:, ::-1].copy())


def test_the_hash_of_pixels_sees_one_bit_and_the_shape() -> None:
    picture = pixels(5, size=(4, 6))
    other = picture.copy()
    other[3, 5, 2] ^= 1
    assert len({images.pixels_sha256(p) for p in (picture, other, picture.reshape(6, 4, 3))}) == 3
