"""What is read, what is refused, and with which word."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from agfd.errors import ImageError
from agfd.images import reading
from builders import pixels
from planted import COLOUR, PLANTED, deep_png, frames, huge_gif, huge_png, rotated, saved

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", PLANTED)
def test_every_fault_has_its_word(tmp_path: Path, name: str) -> None:
    data, error, notes = PLANTED[name]
    path = tmp_path / name
    path.write_bytes(data)
    if error is None:
        picture = reading.picture(reading.read(path))
        assert ";".join(picture.notes) == (notes or "")
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.shape[2] == 3
    else:
        with pytest.raises(ImageError) as caught:
            reading.picture(reading.read(path))
        assert caught.value.code == error


@pytest.mark.parametrize("data", [huge_png(20_000), huge_gif(20_000), huge_png(9000)], ids=["png", "gif", "smaller"])
def test_huge_pictures_are_refused_by_their_header(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)
    with pytest.raises(ImageError) as caught:
        reading.picture(data)
    assert caught.value.code == "too_large"


def test_huge_files_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse.png"
    with path.open("wb") as file:
        file.truncate(reading.MAX_BYTES + 1)
    with pytest.raises(ImageError, match="bytes are more than") as caught:
        reading.read(path)
    assert caught.value.code == "too_large"


def test_rotated_pictures_are_turned_upright() -> None:
    assert reading.picture(rotated()).pixels.shape == (12, 8, 3)


@pytest.mark.parametrize(("kind", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})])
def test_the_first_frame_is_taken(kind: str, options: dict[str, object]) -> None:
    # A GIF has one palette of 256 colours, more than the 81 of this picture.
    np.testing.assert_array_equal(reading.picture(frames(kind, **options)).pixels, pixels(1, (9, 9)))


def test_16_bits_of_colour_keep_the_upper_ones() -> None:
    values = pixels(10, (5, 7))
    np.testing.assert_array_equal(reading.picture(deep_png(values)).pixels, values)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders there")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="not a regular file"):
        reading.read(tmp_path / "pipe.png")


@pytest.mark.parametrize("name", ["gone.png", ""])
def test_what_cannot_be_opened_is_unreadable(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImageError) as caught:
        reading.read(tmp_path / name)
    assert caught.value.code == "unreadable"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_closed_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "closed.png"
    path.write_bytes(saved(COLOUR, "PNG"))
    path.chmod(0)
    with pytest.raises(ImageError, match="ermission") as caught:
        reading.read(path)
    assert caught.value.code == "unreadable"


# No timing assertion: a busy machine is no defect.
@settings(deadline=None)
@given(st.data())
def test_damaged_files_are_decoded_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"]))
    content = bytearray(saved(Pillow.fromarray(pixels()), kind))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    try:
        picture = reading.picture(bytes(content), max_pixels=1_000_000)
    except ImageError:
        return
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape[2:] == (3,)
