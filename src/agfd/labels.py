"""Labels as people write them: tables with a line for each file, and words in more than one spelling."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agfd import vocabulary
from agfd.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from agfd.records import Value

FILE = "file"
# Other names of columns.
_COLUMNS = {"filename": FILE, "file_name": FILE, "image": FILE, "path": FILE, "gender": "sex", "glasses": "eyewear"}
# Other spellings of values, as `words` brings them into one form. Only what can mean one thing alone.
SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "sex": {
        "male": "male", "m": "male", "man": "male", "men": "male", "boy": "male", "boys": "male", "males": "male",
        "female": "female", "f": "female", "woman": "female", "women": "female", "girl": "female", "girls": "female",
        "females": "female", "w": "female",
    },
    "race": {
        "latino": "Latino_Hispanic", "hispanic": "Latino_Hispanic", "latina": "Latino_Hispanic",
        "caucasian": "White", "african american": "Black",
    },
    "expression": {
        "smiling": "smile", "happy": "smile", "happiness": "smile", "laughing": "laugh", "anger": "angry",
        "yelling": "yell",
    },
    "eyes": {"close": "closed", "half closed": "half-closed"},
    "eyewear": {"no glasses": "none", "eyeglasses": "glasses", "spectacles": "glasses"},
    "mask": {"with mask": "medical", "without mask": "none", "no mask": "none", "surgical": "medical"},
    "facial_hair": {"mustache": "moustache"},
}  # fmt: skip
_NOTHING = frozenset({"no", "0", "false"})


def words(text: str) -> tuple[str, ...]:
    """The words of a text in one form: lower case, letters apart from digits, no plural s, no signs."""
    parts = re.findall(r"[^\W\d_]+|\d+", text.casefold())
    return tuple(
        part[:-1] if len(part) > 3 and part.endswith("s") and not part.endswith("ss") else part for part in parts
    )


def _one(text: str) -> str:
    """A value in the form in which `SPELLINGS` has it."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def spelled(name: str, text: str) -> Value:
    """The value of the attribute `name` that a text means, in any case, with any signs between its words.

    Raises `UnknownNameError` that names the nearest, `UsageError` for a number that is none or out of bounds.
    """
    entry = vocabulary.attribute(name)
    if isinstance(entry, vocabulary.Number):
        try:
            number = float(text)
        except ValueError:
            raise UsageError(f"{name} is a number of {entry.unit}, not {text!r}") from None
        return vocabulary.check(name, number)
    form = _one(text)
    known = {_one(value): value for value in entry.values}
    value = known.get(form) or SPELLINGS.get(name, {}).get(form)
    if value is None and form in _NOTHING and "none" in entry.values:
        value = "none"
    return vocabulary.check(name, text if value is None else value)


@dataclass(frozen=True, slots=True)
class Label:
    """What a line says of a file. `where`: `labels.csv:7`; `values`: by attribute; `others`: of the other columns that
    were asked for. What a line leaves empty is in neither.
    """

    file: str
    where: str
    values: Mapping[str, Value] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labels:
    """The lines of a table by file, and the names of the columns that say nothing to us."""

    by_file: Mapping[str, Label]
    ignored: tuple[str, ...] = ()


def read(path: Path, others: Iterable[str] = ()) -> Labels:
    """The labels in a CSV file with the column `file`, any of attributes, and any of `others`.

    Raises `UsageError` that names file, line, column and the nearest right word: for a word that is no value, for a
    column that looks like one of ours, for a second line on one file.
    """
    others = tuple(others)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}); save it as CSV in UTF-8") from None
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text), strict=True)
    try:
        titles = next(reader, [])
        columns = _columns(titles, path, others)
        by_file: dict[str, Label] = {}
        for label in _lines(reader, columns, path):
            before = by_file.setdefault(label.file, label)
            if before is not label:
                raise UsageError(f"{label.where}: {label.file} stands in {before.where} already")
    except csv.Error as error:
        raise UsageError(f"{path}:{reader.line_num}: is not CSV: {error}") from None
    ignored = tuple(title for title, name in zip(titles, columns, strict=True) if name is None)
    return Labels(by_file, ignored)


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _columns(titles: list[str], path: Path, others: tuple[str, ...]) -> list[str | None]:
    """What each column is; None for one that is none of ours."""
    known = (FILE, *others, *vocabulary.ATTRIBUTES)
    columns: list[str | None] = []
    for title in titles:
        name = title.strip().casefold().replace(" ", "_")
        name = _COLUMNS.get(name, name)
        if name in known and name in columns:
            raise UsageError(f"{path}:1: there is a second column {name!r}")
        near = [one for one in nearest(name, known) if _is_slip(name, one)]
        if name not in known and near:
            raise UsageError(f"{path}:1: there is no column {title!r}; did you mean {near[0]!r}?")
        columns.append(name if name in known else None)
    if FILE not in columns:
        raise UsageError(f"{path}:1: the column {FILE!r} is missing; the first line names the columns")
    return columns


def _is_slip(name: str, known: str) -> bool:
    """Whether a name is a known one with a letter or two wrong, and not another word."""
    import difflib

    return difflib.SequenceMatcher(None, name, known).ratio() > 0.8


def _lines(reader: Iterator[list[str]], columns: list[str | None], path: Path) -> Iterator[Label]:
    for cells in reader:
        where = f"{path}:{reader.line_num}"  # type: ignore[attr-defined]  # a csv reader is an iterator with a number
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns):
            raise UsageError(f"{where}: {len(cells)} cells stand under {len(columns)} columns")
        told = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
        file = told.pop(FILE, "").removeprefix("./")
        if not file:
            raise UsageError(f"{where}: the name of the file is missing")
        values: dict[str, Value] = {}
        for name in [name for name in told if name in vocabulary.ATTRIBUTES]:
            try:
                values[name] = spelled(name, told.pop(name))
            except UsageError as error:
                raise UsageError(f"{where}: {name}: {error}") from None
        yield Label(file, where, values, told)
