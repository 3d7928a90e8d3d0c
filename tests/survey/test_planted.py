"""One folder with every fault that a picture of a face can have: each is caught and named, and nothing crashes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import psutil
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter, ImageFont

import agfd
from agfd import models
from agfd.api import FileSeen, SurveyEvent
from planted import deep_png, saved, vast_png, zipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of a worker with its networks; 400 million pixels alone would take as much again.
MEMORY = 600 << 20
# How near duplicates, and people who come twice, are called is another test's matter.
ALIKE = ("duplicate", "same")


def beside(left: Pillow.Image, right: Pillow.Image) -> Pillow.Image:
    both = Pillow.new("RGB", (left.width + right.width, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def noisy(picture: Pillow.Image) -> Pillow.Image:
    noise = np.random.default_rng(1).normal(0, 100, (picture.height, picture.width, 3))
    return Pillow.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def turned(picture: Pillow.Image) -> bytes:
    """On its side, with the mark that says so."""
    exif = Pillow.Exif()
    exif[0x0112] = 6
    return saved(picture.transpose(Pillow.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


def hill() -> Pillow.Image:
    """A landscape."""
    picture = Pillow.new("RGB", (256, 256), (150, 190, 240))
    ImageDraw.Draw(picture).polygon(((0, 256), (0, 180), (140, 120), (256, 200), (256, 256)), fill=(70, 120, 50))
    return picture


def png(picture: Pillow.Image) -> bytes:
    return saved(picture, "PNG")


def faults(rendered: dict[str, NDArray[np.uint8]]) -> dict[str, tuple[bytes, dict[str, str]]]:
    """Name of a file: its content, and what its row says under `error`, `issues` and `notes`."""
    woman, man, other, asleep = (Pillow.fromarray(rendered[name]) for name in ("woman", "man", "other", "asleep"))
    moving = saved(woman, "PNG", save_all=True, append_images=[man], duration=40)
    return {
        "a woman.png": (png(woman), {}),
        "a man.png": (png(man), {}),
        "another man.png": (png(other), {}),
        "animated.png": (moving, {"notes": "more_frames", "issues": "duplicate"}),
        "black.png": (png(Pillow.new("RGB", (256, 256))), {"issues": "blank;no_face", "notes": "grey"}),
        "blur.png": (png(woman.filter(ImageFilter.GaussianBlur(5))), {"issues": "blurred"}),
        "closed eyes.png": (png(asleep), {"issues": "eyes_closed"}),
        "cmyk.jpg": (saved(other.convert("CMYK"), "JPEG", quality=95), {"notes": "cmyk"}),
        "deep.png": (deep_png(rendered["other"]), {"notes": "16_bit", "issues": "duplicate"}),
        "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', {"error": "unsupported_format"}),
        "duplicate.bmp": (saved(man, "BMP"), {"issues": "duplicate"}),
        "grey.png": (png(other.convert("L")), {"notes": "grey"}),
        "half.png": (png(woman.crop((0, 0, 130, 256))), {"issues": "half_face"}),
        "landscape.png": (png(hill()), {"issues": "no_face"}),
        "noise.png": (png(noisy(woman)), {"issues": "noisy"}),
        "one pixel.png": (png(Pillow.new("RGB", (1, 1))), {"issues": "blank;no_face", "notes": "grey"}),
        "rotated.jpg": (turned(woman), {"notes": "rotated"}),
        "truncated.jpg": (saved(woman, "JPEG")[:4000], {"error": "damaged"}),
        "truncated.png": (png(woman)[:9000], {"error": "damaged"}),
        "two.png": (png(beside(woman, man)), {"issues": "more_faces"}),
        "vast.png": (vast_png(20_000), {"error": "too_large"}),
        "zipped.png": (zipped(), {"error": "not_an_image"}),
    }


@pytest.fixture(scope="module")
def planted(rendered: dict[str, NDArray[np.uint8]]) -> dict[str, tuple[bytes, dict[str, str]]]:
    return faults(rendered)


def highest_memory() -> int:
    """Bytes that the largest worker of this process has held at once."""
    held = [0]
    for child in psutil.Process().children():
        if "agfd.survey.worker" in child.cmdline():
            lines = Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8").splitlines()
            held += [int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:")]
    return max(held)


@pytest.fixture(scope="module")
def looked(
    planted: dict[str, tuple[bytes, dict[str, str]]], lookers: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[pl.DataFrame, int]:
    """The table of the folder, and the memory that the worker took."""
    folder = tmp_path_factory.mktemp("planted")
    for name, (data, _) in planted.items():
        (folder / name).write_bytes(data)
    memory = [0]

    def hear(event: SurveyEvent) -> None:
        if isinstance(event, FileSeen) and sys.platform == "linux":
            memory.append(highest_memory())

    return agfd.analyze_folder(folder, analyzers=",".join(lookers), workers=1, on_event=hear), max(memory)


def said(row: dict[str, Any], column: str) -> set[str]:
    return set((row[column] or "").split(";")) - {""}


def test_every_fault_is_named_in_its_row(
    planted: dict[str, tuple[bytes, dict[str, str]]], looked: tuple[pl.DataFrame, int]
) -> None:
    rows = {row["file"]: row for row in looked[0].iter_rows(named=True)}
    assert list(rows) == sorted(planted)
    wanted = {name: {column: said({column: None} | told, column) for column in ("error", "issues", "notes")}
              for name, (_, told) in planted.items()}  # fmt: skip
    found = {name: {column: said(row, column) for column in ("error", "issues", "notes")} for name, row in rows.items()}
    for name, row in found.items():
        row["issues"] -= {code for code in row["issues"] - wanted[name]["issues"] if code.startswith(ALIKE)}
    assert found == wanted


def test_duplicates_say_of_what(looked: tuple[pl.DataFrame, int]) -> None:
    pairs = dict(looked[0].drop_nulls("duplicate_of").select("file", "duplicate_of").iter_rows())
    first = {"animated.png": "a woman.png", "deep.png": "another man.png", "duplicate.bmp": "a man.png"}
    assert first.items() <= pairs.items()


def test_what_cannot_be_read_says_why(looked: tuple[pl.DataFrame, int]) -> None:
    refused = looked[0].filter(pl.col("error").is_not_null())
    assert refused["message"].null_count() == 0
    assert refused["faces"].null_count() == refused.height
    assert looked[0].filter(pl.col("error").is_null())["faces"].null_count() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory a process has held at once")
def test_a_vast_picture_takes_no_memory(looked: tuple[pl.DataFrame, int]) -> None:
    assert 0 < looked[1] < MEMORY


def test_words_in_a_picture_are_named(
    rendered: dict[str, NDArray[np.uint8]], lookers: tuple[str, ...], tmp_path: Path
) -> None:
    pytest.importorskip("rapidocr", reason="the extra [words] is not installed")
    large = Pillow.fromarray(rendered["woman"]).resize((512, 512))
    large.save(tmp_path / "clean.png")
    ImageDraw.Draw(large).text((40, 440), "SAMPLE PICTURE", (255, 255, 255), ImageFont.load_default(48))
    large.save(tmp_path / "words.png")
    frame = agfd.analyze_folder(tmp_path, analyzers=",".join([*lookers, "words"]), workers=1)
    found = {row["file"]: said(row, "issues") for row in frame.iter_rows(named=True)}
    assert found["words.png"] >= {"text"}
    assert "text" not in found["clean.png"]


def test_pictures_that_look_alike_are_named(
    rendered: dict[str, NDArray[np.uint8]], lookers: tuple[str, ...], tmp_path: Path
) -> None:
    if models.installed("face_identity") is None:
        pytest.skip("the weights face_identity are not installed; run: agfd models install")
    woman = Pillow.fromarray(rendered["woman"])
    woman.save(tmp_path / "a.png")
    woman.save(tmp_path / "b.jpg", quality=80)
    woman.resize((150, 150)).save(tmp_path / "c.png")
    woman.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "d.png")
    Pillow.fromarray(rendered["again"]).save(tmp_path / "e.png")
    Pillow.fromarray(rendered["man"]).save(tmp_path / "f.png")
    Pillow.fromarray(rendered["other"]).save(tmp_path / "g.png")
    frame = agfd.analyze_folder(tmp_path, analyzers=",".join([*lookers, "identity"]), workers=1)
    likenesses = ("near_of", "mirror_of", "same_person_as")
    assert [set(row) - {None} for row in frame.select(likenesses).iter_rows()] == [
        set(), {"a.png"}, {"a.png"}, {"a.png"}, {"a.png"}, set(), set()
    ]  # fmt: skip
    codes = {"duplicate_near", "duplicate_mirrored", "same_person"}
    named = ["".join(said(row, "issues") & codes) for row in frame.select("issues").iter_rows(named=True)]
    assert named == ["", "duplicate_near", "duplicate_near", "duplicate_mirrored", "same_person", "", ""]
