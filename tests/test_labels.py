"""Labels in the words and tables of people who never read our vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agfd import vocabulary
from agfd.errors import UsageError
from agfd.labels import SPELLINGS, read, spelled, words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("sex", "Male", "male"), ("sex", "WOMAN", "female"), ("sex", "m", "male"), ("sex", " f ", "female"),
        ("race", "east_asian", "East Asian"), ("race", "Latino/Hispanic", "Latino_Hispanic"),
        ("race", "hispanic", "Latino_Hispanic"), ("race", "white", "White"),
        ("eyewear", "Swimming Goggles", "swimming goggles"), ("eyewear", "no", "none"),
        ("mask", "with_mask", "medical"),
        ("hair_bangs", "no", "no"), ("hair_bangs", "Yes", "yes"), ("eyes", "half closed", "half-closed"),
        ("age", "27", 27), ("age", "27.0", 27), ("yaw", "-12.5", -12.5),
    ],
)  # fmt: skip
def test_values_in_several_spellings(name: str, text: str, value: object) -> None:
    assert spelled(name, text) == value


def test_every_other_spelling_leads_to_a_value() -> None:
    for name, spellings in SPELLINGS.items():
        entry = vocabulary.attribute(name)
        assert isinstance(entry, vocabulary.Choice)
        assert set(spellings.values()) <= set(entry.values)
        assert all(spelled(name, text) == value for text, value in spellings.items())


@pytest.mark.parametrize(
    ("name", "text"), [("race", "asian"), ("age", "old"), ("age", "120"), ("sex", "2"), ("sex", "")]
)
def test_what_could_mean_several_things_is_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError):
        spelled(name, text)


def test_words_of_a_name() -> None:
    assert words("Only_glasses (2)") == ("only", "glasse", "2")
    assert words("1y.o") == ("1", "y", "o")
    assert words("Left & right") == ("left", "right")
    assert words("OnlyMask") == ("onlymask",)


def table(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table(tmp_path: Path) -> None:
    text = "\ufefffile,Gender,age,row,split\na/b.png,woman,30,age.young,train\n\n./c d.png,,,emotion.smile,\n"
    found = read(table(tmp_path, text), ("row", "variant"))
    first, second = found.by_file["a/b.png"], found.by_file["c d.png"]
    assert dict(first.values) == {"sex": "female", "age": 30}
    assert dict(first.others) == {"row": "age.young"}
    assert first.where.endswith("labels.csv:2")
    assert dict(second.values) == {}
    assert second.where.endswith("labels.csv:4")
    assert found.ignored == ("split",)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(tmp_path: Path, separator: str) -> None:
    found = read(table(tmp_path, f'file{separator}sex\n"a,b.png"{separator}male\n'))
    assert found.by_file["a,b.png"].values == {"sex": "male"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("file,sex\na.png,mal\n", "labels.csv:2: sex: there is no value of sex named 'mal'; did you mean 'male'"),
        ("file,age\na.png,1\nb.png,abc\n", "labels.csv:3: age: age is a number of years, not 'abc'"),
        ("file,age\na.png,200\n", "labels.csv:2: age: age lies between 1 and 100"),
        ("file,expresion\na.png,smile\n", "labels.csv:1: there is no column 'expresion'; did you mean 'expression'"),
        ("name,sex\na.png,male\n", "the column 'file' is missing"),
        ("", "the column 'file' is missing"),
        ("file,sex\na.png,male\na.png,female\n", "labels.csv:3: a.png stands in"),
        ("file,sex\n,male\n", "labels.csv:2: the name of the file is missing"),
        ("file,sex\na.png,male,x,y\n", "labels.csv:2: 4 cells stand under 2 columns"),
        ("file,sex,gender\na.png,male,male\n", "a second column 'sex'"),
        ('file,sex\n"a.png,male\n', "is not CSV"),
    ],
)
def test_mistakes_name_file_line_and_the_nearest_word(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(UsageError) as error:
        read(table(tmp_path, text))
    assert part in str(error.value)


def test_a_table_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"file\n\xff\n")
    with pytest.raises(UsageError, match="is not UTF-8"):
        read(tmp_path / "bytes.csv")
