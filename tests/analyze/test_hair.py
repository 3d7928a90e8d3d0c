"""Hair: its colour, and where it lies, on heads drawn with areas that are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.analyze import upright
from agfd.analyze.colour import lab
from agfd.analyze.hair import BALD, GIVES, LONG, Hair, colours, make, told
from agfd.analyze.tresses import Tresses, tresses
from agfd.analyze.upright import CHEEKS, FACE, FOREHEAD, OVAL, SIZE, Head
from agfd.analyze.warps import Square
from agfd.errors import ModelsMissingError
from agfd.records import Image
from agfd.vocabulary import ATTRIBUTES, Choice
from ready import ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image as Pillow

SKIN, DARK, CLOTH, WALL = (205, 160, 135), (45, 32, 25), (40, 70, 160), (120, 120, 120)
YES = "hair_bangs_yes"


def drawn(crown: bool = True, fringe: bool = False, sides: bool = False) -> tuple[Head, np.ndarray]:
    """A head: an oval face, and hair where asked; the rest of the person is skin and cloth."""
    middle, top, chin = SIZE / 2, SIZE / 2 - FACE / 2, SIZE / 2 + FACE / 2
    points = np.zeros((468, 2), np.float32)
    points[:] = (middle, middle)
    turn = np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False)
    points[list(OVAL)] = np.stack([middle + 16 * np.sin(turn), middle - FACE / 2 * np.cos(turn)], axis=1)
    for x, cheek in zip((middle - 8, middle + 8), CHEEKS, strict=True):
        turn = np.linspace(0, 2 * np.pi, len(cheek), endpoint=False)
        points[list(cheek)] = np.stack([x + 5 * np.sin(turn), middle + 6 - 5 * np.cos(turn)], axis=1)
    for place, at in zip(FOREHEAD[6:], np.linspace(-11, 11, len(FOREHEAD) - 6)[::-1], strict=True):
        points[place] = (middle + at, top + 12)
    points[[105, 334], 1], points[[33, 263], 1] = top + 14, middle - 4
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    face = ((x - middle) / 16) ** 2 + ((y - middle) / (FACE / 2)) ** 2 <= 1
    cap = (np.abs(x - middle) < 20) & (y > top - 10) & (y < middle - 4)
    beside = (np.abs(x - middle) < 26) & (y >= middle - 4) & (y < chin + 8)
    neck = (np.abs(x - middle) < 10) & (y > chin - 4)
    cloth = (np.abs(x - middle) < 45) & (y > chin + 8)
    pixels = np.full((SIZE, SIZE, 3), WALL, np.uint8)
    pixels[cloth], pixels[neck] = CLOTH, SKIN
    pixels[cap & ~face] = DARK if crown else SKIN
    if sides:
        pixels[beside & ~face] = DARK
    pixels[face] = SKIN
    if fringe:
        pixels[face & (y < top + 13)] = DARK
    person = face | cap | neck | cloth | (beside if sides else False)
    square = Square(middle, middle, SIZE)
    return Head(square, pixels, points, np.ones((SIZE, SIZE), np.bool_)), person


def measured(**hair: bool) -> Tresses:
    found = tresses(*drawn(**hair))
    assert found is not None
    return found


def test_the_colour_is_that_of_the_hair() -> None:
    found = measured(fringe=True, sides=True)
    assert found.colour == pytest.approx(lab(np.array(DARK, np.uint8)), abs=0.1)


def test_no_hair_has_no_colour_and_is_bald() -> None:
    found = measured(crown=False)
    assert (found.colour, found.above) == (None, 0)
    assert told(found)[BALD] > 0.9
    assert told(measured())[BALD] < 0.1
    assert not any(name.startswith("hair_color") for name in told(found))


def test_bangs_hide_the_forehead() -> None:
    assert told(measured(fringe=True))[YES] > 0.9
    assert told(measured())[YES] < 0.1


def test_long_hair_hangs_beside_the_face_and_cloth_is_none() -> None:
    assert told(measured(sides=True))[LONG] > 0.9
    assert told(measured())[LONG] < 0.1


def test_cheeks_that_cannot_be_seen_say_nothing() -> None:
    seen, person = drawn()
    assert tresses(replace(seen, inside=np.zeros((SIZE, SIZE), np.bool_)), person) is None


def test_a_close_up_is_not_bald_but_of_unknown_style() -> None:
    seen, person = drawn()
    inside = np.ones((SIZE, SIZE), np.bool_)
    inside[: int(SIZE / 2 - FACE / 2)] = False
    found = tresses(replace(seen, inside=inside), person & inside)
    assert found is not None
    assert found.bare is None
    assert not {BALD, LONG} & set(told(found))
    assert YES in told(found)


def test_what_cannot_be_seen_is_left_out() -> None:
    found = replace(measured(), bare=None, fringe=None)
    assert {name.rpartition("_")[0] for name in told(found)} == {"hair_color"}


@pytest.mark.parametrize(
    ("rgb", "word"),
    [
        ((28, 22, 20), "black"),
        ((90, 62, 45), "brown"),
        ((190, 155, 110), "blond"),
        ((120, 60, 38), "red"),
        ((135, 133, 128), "grey"),
        ((215, 212, 205), "white"),
        ((200, 60, 150), "dyed"),
        ((40, 90, 190), "dyed"),
        ((60, 150, 70), "dyed"),
    ],
)
def test_colours_have_their_names(rgb: tuple[int, int, int], word: str) -> None:
    values = ATTRIBUTES["hair_color"]
    assert isinstance(values, Choice)
    shares = dict(zip(values.values, colours(lab(np.array(rgb, np.uint8))), strict=True))
    assert max(shares, key=shares.__getitem__) == word
    assert sum(shares.values()) == pytest.approx(1)


def test_info_needs_no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGFD_MODELS", str(tmp_path))
    analyzer = make()
    assert set(analyzer.info.weights) == {"centerface", "face_mesh", "selfie"}
    assert make(passes=1).info.version != analyzer.info.version
    with pytest.raises(ModelsMissingError, match="run: agfd models install"):
        analyzer.setup()
    with pytest.raises(RuntimeError, match="setup"):
        analyzer.measure([])


@pytest.fixture(scope="module")
def barber() -> Iterator[Hair]:
    with ready(Hair()) as made:
        yield made


def test_nobody_has_no_hair(barber: Hair, faceless: list[np.ndarray]) -> None:
    assert [dict(one.values) for one in barber.measure([Image(pixels) for pixels in faceless])] == [{}] * 4


def test_the_person_of_a_portrait_is_cut_out(barber: Hair, portraits: list[Pillow.Image]) -> None:
    """Face, hair and shoulders, and not the corners of the square."""
    assert barber._sight is not None
    assert barber._networks is not None
    for picture in portraits[:3]:
        view = barber._sight.view(Image(np.asarray(picture)))
        assert view.head is not None
        person = barber._networks.person(view.picture, view.head)
        face = view.head.area(upright.OVAL)
        assert person[face].mean() > 0.97
        assert face.sum() * 1.3 < person.sum() < 0.9 * SIZE**2


def test_a_large_picture_is_cut_like_a_small_one(barber: Hair, portraits: list[Pillow.Image]) -> None:
    assert barber._sight is not None
    assert barber._networks is not None
    masks = []
    for side in (700, 2100):
        view = barber._sight.view(Image(np.asarray(portraits[0].resize((side, side)))))
        assert view.head is not None
        masks.append(barber._networks.person(view.picture, view.head))
    assert (masks[0] == masks[1]).mean() > 0.97


def test_portraits_have_scores(barber: Hair, portraits: list[Pillow.Image]) -> None:
    for picture in portraits[:3]:
        [seen] = barber.measure([Image(np.asarray(picture))])
        assert set(seen.values) <= set(GIVES)
        assert {BALD, LONG, YES} <= set(seen.values)
