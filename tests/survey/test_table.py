"""From looks to rows, and from rows to counts."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from agfd import vocabulary
from agfd.cli.survey import print_summary
from agfd.errors import UsageError
from agfd.survey import issues
from agfd.survey.looking import Seen
from agfd.survey.summary import summarise
from agfd.survey.table import Rows
from agfd.survey.writing import as_bytes, format_of, write

if TYPE_CHECKING:
    from pathlib import Path

GIVES = ("faces", "sharpness", "age", "sex")


def look(pixels: str = "a", **values: float) -> Seen:
    return Seen(bytes=9, format="png", width=100, height=100, pixels_sha256=pixels, values=values)


def table(looks: dict[str, Seen], gives: tuple[str, ...] = GIVES) -> pl.DataFrame:
    rows = Rows(list(looks), gives)
    for index, seen in reversed(list(enumerate(looks.values()))):
        rows.put(index, seen)
    return rows.frame()


def people(*ages_and_sexes: tuple[float, float]) -> pl.DataFrame:
    return table({str(n): look(str(n), faces=1, age=age, sex=sex) for n, (age, sex) in enumerate(ages_and_sexes)})


def test_the_first_column_is_the_file_and_missing_values_are_null() -> None:
    frame = table({"a": look(faces=2), "b": Seen("damaged", "cannot be decoded", 9)})
    assert frame.columns[0] == "file"
    assert frame.columns[-4:] == list(GIVES)
    assert frame["faces"].to_list() == [2, None]
    assert frame["sharpness"].to_list() == [None, None]
    assert frame["error"].to_list() == [None, "damaged"]
    assert frame["faces"].dtype == pl.Int32


def test_duplicates_name_the_first() -> None:
    frame = table({"a": look("x"), "b": look("y", faces=0), "c": look("x"), "d": look("y", faces=0)})
    assert frame["duplicate_of"].to_list() == [None, None, "a", "b"]
    assert frame["issues"].to_list() == [None, "no_face", "duplicate", "duplicate;no_face"]
    counted = summarise(frame)
    assert (counted.repeated, counted.originals) == (2, 2)
    assert counted.issues == {"duplicate": 2, "no_face": 2}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"faces": 1, "sharpness": 100}, ()),
        ({}, ()),
        ({"faces": 0, "image_contrast": 0.0}, ("blank", "no_face")),
        ({"faces": 3}, ("more_faces",)),
        ({"sharpness": 3}, ("blurred",)),
        ({"noise": 7, "sharpness": 4000}, ("noisy",)),
        ({"noise": 5, "sharpness": 4000}, ()),
        ({"eye_opening": 0.1}, ("eyes_closed",)),
        ({"eye_opening": 0.17}, ()),
        ({"words": 2}, ("text",)),
        ({"words": 0}, ()),
        ({"luminance": 0.02, "contrast": 0.3}, ("too_dark",)),
        ({"face_x": 0, "face_y": 0.2, "face_width": 0.3, "face_height": 0.7}, ("half_face",)),
        ({"face_x": 0.1, "face_y": 0.5, "face_width": 0.8, "face_height": 0.5}, ("half_face",)),
        ({"face_x": 0.1, "face_y": 0.2, "face_width": 0.5, "face_height": 0.7}, ()),
        ({"face_x": 0.2, "face_y": 0.3, "face_width": 0.6, "face_height": 0.4}, ()),
        ({"face_x": 0.4, "face_y": 0.4, "face_width": 0.0, "face_height": 0.4}, ()),
    ],
)
def test_issues_of_a_picture(values: dict[str, float], found: tuple[str, ...]) -> None:
    assert issues.find(values, (100, 100), issues.rules()) == found


def test_a_cut_face_is_told_by_pixels_and_not_by_shares() -> None:
    values = {"face_x": 0.0, "face_y": 0.2, "face_width": 0.35, "face_height": 0.7}
    assert issues.find(values, (100, 100), ()) == ("half_face",)
    assert issues.find(values, (160, 100), ()) == ()


@pytest.mark.parametrize(
    ("age", "band"), [(0, "0-2"), (2.9, "0-2"), (3, "3-9"), (9.99, "3-9"), (19.5, "10-19"), (70, "70+"), (99, "70+")]
)
def test_bands_of_age(age: float, band: str) -> None:
    balance = summarise(people((age, 0.9))).balance
    assert balance is not None
    assert balance.cells[(band, "male")] == 1
    assert sum(balance.cells.values()) == 1


def test_balance_counts_pictures_with_a_face() -> None:
    frame = table({
        "a": look("a", faces=1, age=30, sex=0.9),
        "b": look("b", faces=2, age=31, sex=0.1),
        "c": look("c", faces=1, age=32, sex=0.5),
        "d": look("d", faces=0),
        "e": Seen("empty"),
    })  # fmt: skip
    counted = summarise(frame)
    assert counted.faces == (1, 2, 1)
    assert counted.balance is not None
    assert counted.balance.axes == ("age", "sex")
    full = {key: number for key, number in counted.balance.cells.items() if number}
    assert full == {("30-39", "male"): 1, ("30-39", "female"): 1, ("30-39", "unsure"): 1}
    assert counted.balance.largest[1] == 1
    assert counted.balance.smallest[1] == 0
    assert counted.not_measured == ("race",)
    assert (counted.files, counted.readable, counted.errors) == (5, 4, {"empty": 1})


def test_race_joins_the_balance_when_an_analyzer_gives_every_group() -> None:
    scores = [vocabulary.score_name("race", race) for race in vocabulary.RACES]
    rows = Rows(["0", "1", "2"], ["faces", "age", "sex", *scores])
    for nth, favourite in enumerate(("race_black", "race_indian", "")):
        values = {score: 0.7 if score == favourite else 0.05 for score in scores} if favourite else {}
        rows.put(
            nth, Seen(width=9, height=9, pixels_sha256=str(nth), values={"faces": 1, "age": 25, "sex": 0.9, **values})
        )
    counted = summarise(rows.frame())
    assert counted.balance is not None
    assert counted.balance.axes == ("age", "sex", "race")
    assert counted.not_measured == ()
    full = {key: number for key, number in counted.balance.cells.items() if number}
    told = [("20-29", "male", race) for race in ("Black", "Indian", "unsure")]
    assert full == dict.fromkeys(told, 1)
    out = io.StringIO()
    print_summary("photos", counted, out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert ["20-29", "male", "0", "1", "0", "0", "0", "1", "0", "1", "3"] in lines
    assert not [line for line in lines if line[:1] == ["30-39"]]


def test_a_race_that_is_hardly_likelier_than_others_is_unsure() -> None:
    scores = {vocabulary.score_name("race", race): 0.12 for race in vocabulary.RACES}
    rows = Rows(["0", "1"], ["faces", "age", *scores])
    for nth, likeliest in enumerate((0.29, 0.31)):
        values = {"faces": 1, "age": 25, **scores, "race_white": likeliest}
        rows.put(nth, Seen(width=9, height=9, pixels_sha256=str(nth), values=values))
    counted = summarise(rows.frame())
    assert counted.balance is not None
    assert {key: n for key, n in counted.balance.cells.items() if n} == {("20-29", "unsure"): 1, ("20-29", "White"): 1}


def test_who_gets_no_sex_is_unsure() -> None:
    balance = summarise(table({"a": look("a", faces=1, age=5), "b": look("b", faces=1, age=5, sex=0.9)})).balance
    assert balance is not None
    assert (balance.cells[("3-9", "unsure")], balance.cells[("3-9", "male")]) == (1, 1)


def test_some_groups_of_race_are_no_balance() -> None:
    rows = Rows(["0"], ["faces", "age", "race_black"])
    rows.put(0, Seen(width=9, height=9, pixels_sha256="0", values={"faces": 1, "age": 25, "race_black": 0.9}))
    assert summarise(rows.frame()).not_measured == ("sex", "race")


def test_without_people_there_is_no_balance() -> None:
    counted = summarise(table({"a": look(nsfw=0.1)}, ("nsfw",)))
    assert counted.balance is None
    assert counted.faces is None
    assert counted.not_measured == ("age", "sex", "race")


def test_spreads_are_percentiles() -> None:
    frame = table({str(n): look(str(n), sharpness=n) for n in range(101)})
    spread = summarise(frame).spreads["sharpness"]
    assert (spread.count, spread.low, spread.median, spread.high) == (101, 5, 50, 95)


NAMES = ["plain.png", "two\nlines.png", 'a, "quoted".png', "面.png"]


def test_csv_keeps_every_name() -> None:
    data = as_bytes(table({name: look(name, faces=1) for name in NAMES}), "csv")
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert [row["file"] for row in rows] == NAMES
    assert {row["faces"] for row in rows} == {"1"}


@pytest.mark.parametrize("name", ["t.json", "t.parquet"])
def test_other_formats_by_the_ending(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    frame = table({name: look(name, faces=1) for name in NAMES})
    write(frame, path, format_of(path, None))
    if name == "t.json":
        assert [row["file"] for row in json.loads(path.read_text("utf-8"))] == NAMES
    else:
        assert pl.read_parquet(path).equals(frame)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_folder_is_no_place_for_a_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write(table({"a": look()}), tmp_path, "csv")
