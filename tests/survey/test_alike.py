"""Who in a folder is like whom, on codes and vectors that are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agfd.survey import alike
from agfd.survey.alike import BOUND, Alike
from agfd.survey.looking import Seen
from agfd.survey.summary import summarise
from agfd.survey.table import Rows

if TYPE_CHECKING:
    import polars as pl

# Far from every code that is used here.
FAR = 0xFFFF_0000_FFFF_0000
COSINE = 0.9


def seen(code: int | None = None, degrees: float | None = None, mirror: int = FAR, **values: float) -> Seen:
    """A look; `code` and `mirror` are the first of two codes, the others are 0."""
    codes = (code, 0, mirror, 0) if code is not None else ()
    angle = np.radians(degrees or 0)
    face = np.array([np.cos(angle), np.sin(angle)], np.float16) if degrees is not None else None
    return Seen(bytes=1, width=9, height=9, format="png", values=values, codes=codes, face=face)


def table(
    looks: dict[str, Seen], same_person: float | None = COSINE, pixels: dict[str, str] | None = None
) -> pl.DataFrame:
    rows = Rows(list(looks), ("age",), same_person)
    for index, (name, look) in reversed(list(enumerate(looks.items()))):
        sha = (pixels or {}).get(name, name) if look.width else None
        rows.put(index, Seen(**{field: getattr(look, field) for field in look.__slots__} | {"pixels_sha256": sha}))
    return rows.frame()


def of(frame: pl.DataFrame, column: str) -> dict[str, str]:
    return dict(frame.drop_nulls(column).select("file", column).iter_rows())


def test_copies_and_mirror_images_name_the_first_file_that_is_neither() -> None:
    frame = table({
        "a": seen(0), "b": seen(0b1), "c": seen(0xFF00), "d": seen(0xFF01), "e": seen(0xFFFF_FFFF, mirror=0xFF03),
        "f": seen(0xAAAA_AAAA),
    })  # fmt: skip
    assert of(frame, "near_of") == {"b": "a", "d": "c"}
    assert of(frame, "mirror_of") == {"e": "c"}
    assert frame["issues"].to_list() == [None, "duplicate_near", None, "duplicate_near", "duplicate_mirrored", None]


def test_being_alike_is_not_handed_on() -> None:
    far = (1 << BOUND) - 1
    frame = table({"a": seen(0), "b": seen(far), "c": seen(far << BOUND | far)})
    assert of(frame, "near_of") == {"b": "a"}


def test_the_same_person_is_the_first_who_is_no_copy() -> None:
    frame = table({"a": seen(0, 0), "b": seen(1, 2), "c": seen(0xFF00, 20), "d": seen(0xFFFF_0000, 40), "e": seen()})
    assert of(frame, "near_of") == {"b": "a"}
    assert of(frame, "same_person_as") == {"c": "a"}
    assert frame["issues"].to_list() == [None, "duplicate_near", "same_person", None, None]


def test_the_same_pixels_are_a_duplicate_and_no_more() -> None:
    frame = table({"a": seen(0, 0), "b": seen(0, 0), "c": seen(1, 1)}, pixels={"b": "a"})
    assert of(frame, "duplicate_of") == {"b": "a"}
    assert of(frame, "near_of") == {"c": "a"}
    assert of(frame, "same_person_as") == {}


def test_children_are_not_compared_and_unknown_ages_are() -> None:
    frame = table({"a": seen(degrees=0, age=12.9), "b": seen(degrees=0, age=13.0), "c": seen(degrees=1, age=5.0)})
    assert of(frame, "same_person_as") == {}
    assert of(table({"a": seen(degrees=0), "b": seen(degrees=1, age=40)}), "same_person_as") == {"b": "a"}


def test_nobody_is_compared_where_no_threshold_is_known() -> None:
    assert of(table({"a": seen(degrees=0), "b": seen(degrees=0)}, None), "same_person_as") == {}


def test_files_that_could_not_be_read_are_like_nothing() -> None:
    frame = table({"a": Seen("damaged", "cannot be decoded", 9), "b": seen(0, 0), "c": seen(1)})
    assert of(frame, "near_of") == {"c": "b"}
    assert frame["issues"].to_list() == [None, None, "duplicate_near"]


def test_they_are_counted_and_named_before_other_issues() -> None:
    frame = table({"a": seen(0, 0), "b": seen(1), "c": seen(0xFF00, 1), "d": seen(FAR, mirror=0)})
    counted = summarise(frame)
    assert (counted.copied, counted.mirrored, counted.again) == (1, 1, 1)
    assert counted.issues == {"duplicate_mirrored": 1, "duplicate_near": 1, "same_person": 1}


@pytest.mark.parametrize("at_once", [1, 3, 512])
def test_blocks_do_not_matter(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    degrees, codes = rng.integers(0, 360, 80), rng.integers(0, 2**8, 80)

    def found() -> list[list[int]]:
        made = Alike(80, COSINE)
        for index in range(80):
            look = seen(int(codes[index]) << 8, float(degrees[index]), mirror=int(codes[-1 - index]) << 8)
            made.put(index, look.codes if index % 3 else (), look.face, None)
        return [places.tolist() for places in made.found(np.zeros(80, np.bool_))]

    whole = found()
    assert all(max(places) >= 0 for places in whole)
    monkeypatch.setattr(alike, "_AT_ONCE", at_once)
    monkeypatch.setattr(alike, "_CROWD", at_once)
    assert found() == whole
