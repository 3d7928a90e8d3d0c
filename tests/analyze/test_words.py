"""Written words: what counts, which pictures are looked at, and text that was drawn."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from agfd import registry
from agfd.analyze.words import Words, count, in_sample, make, make_sample
from agfd.errors import MissingDependencyError, UsageError
from agfd.records import Image

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def reader() -> Iterator[Words]:
    if importlib.util.find_spec("rapidocr") is None:
        pytest.skip('rapidocr is not installed; run: pip install "agfd[words]"')
    made = Words()
    made.setup()
    yield made
    made.teardown()


def written(*lines: str, size: tuple[int, int] = (512, 512), height: int = 36) -> Image:
    """A grey gradient with lines of text on it."""
    shades = np.linspace(90, 160, size[0]).astype(np.uint8)
    picture = Pillow.fromarray(np.repeat(np.tile(shades, (size[1], 1))[..., None], 3, axis=2))
    for row, line in enumerate(lines):
        ImageDraw.Draw(picture).text((20, 20 + 70 * row), line, (255, 255, 255), ImageFont.load_default(height))
    return Image(np.asarray(picture))


def found(reader: Words, *images: Image) -> list[float]:
    return [result.values["words"].value for result in reader.measure(list(images))]


@pytest.mark.parametrize(
    ("lines", "sure", "words"),
    [
        ([], [], 0),
        (["SAMPLE PICTURE"], [0.95], 2),
        (["SAMPLE", "maybe"], [0.95, 0.8], 1),
        (["a of the 123 x.y."], [0.99], 0),
        (["www.example.org 2026"], [0.99], 2),
    ],
)
def test_words_of_four_letters_that_are_sure_count(lines: list[str], sure: list[float], words: int) -> None:
    assert count(lines, sure) == words


def test_a_sample_depends_on_the_pixels_alone_and_has_its_size() -> None:
    pictures = [np.full((4, 4, 3), value, np.uint8) for value in range(256)]
    chosen = [in_sample(pixels, 4) for pixels in pictures]
    assert 40 <= sum(chosen) <= 90
    assert chosen == [in_sample(np.asfortranarray(pixels), 4) for pixels in pictures]
    assert all(in_sample(pixels, 1) for pixels in pictures)


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise registry.PackageNotFoundError(name)

    monkeypatch.setattr(registry, "version", missing)
    for factory in (make, make_sample):
        with pytest.raises(MissingDependencyError, match=r'pip install "agfd\[words\]"'):
            factory()


def test_a_sample_of_none_is_refused() -> None:
    with pytest.raises(UsageError, match="sample"):
        Words(0)


def test_measuring_needs_setup() -> None:
    with pytest.raises(RuntimeError, match="setup"):
        Words().measure([])


def test_written_words_are_counted(reader: Words) -> None:
    assert found(reader, written("SAMPLE PICTURE", "www.example.org")) == [3]
    assert found(reader, written("Preview", size=(300, 200))) == [1]


def test_clean_pictures_and_those_without_a_face_have_none(reader: Words, faceless: list[np.ndarray]) -> None:
    assert found(reader, written(), *map(Image, faceless), Image(np.zeros((1, 1, 3), np.uint8))) == [0] * 6


def test_pictures_that_are_not_in_the_sample_have_no_value(reader: Words) -> None:
    part = Words(4)
    part._reader = reader._reader
    images = [written(f"PICTURE {number}", size=(200, 100)) for number in range(8)]
    measured = [bool(result.values) for result in part.measure(images)]
    assert measured == [in_sample(image.pixels, 4) for image in images]
    assert part.info.version != reader.info.version
    assert (make().info.name, make_sample().info.name) == ("words", "words_sample")


def test_portraits_have_none(reader: Words, portraits: list[Pillow.Image]) -> None:
    assert found(reader, *(Image(np.asarray(picture.resize((512, 512)))) for picture in portraits[:2])) == [0, 0]
