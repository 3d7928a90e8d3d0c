"""What a table says of its folder, counted: files, faces, issues, duplicates, and the balance of the people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from agfd import vocabulary
from agfd.survey.table import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# FairFace's bands (Karkkainen and Joo, WACV 2021), whose groups the vocabulary uses too: first year of each.
AGE_STARTS = (0, 3, 10, 20, 30, 40, 50, 60, 70)
# Nearer to the middle neither sex is said: what the analyzers were measured for (design/0020-analyzers.md).
_FEMALE, _MALE = 0.35, 0.65
# Of 258 of UTKFace's pictures 86 have a likeliest group from here on, and it is right for .78 of them; over all of them
# for .56 (design/0025-analyze.md).
_TELLS_RACE = 0.3
UNSURE = "unsure"
AXES = ("age", "sex", "race")
_RACES = {race: vocabulary.score_name("race", race) for race in vocabulary.RACES}
_SHOWN = ("sharpness", "luminance", "contrast", "face_height", "yaw", "age", "nsfw")


@dataclass(frozen=True, slots=True)
class Spread:
    """How a measurement is spread over the pictures that have it."""

    count: int
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Balance:
    """Pictures with a face by the groups of `axes`; `cells` holds every combination, also the empty ones."""

    axes: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    cells: Mapping[tuple[str, ...], int]

    @property
    def largest(self) -> tuple[tuple[str, ...], int]:
        """The fullest cell, `unsure` left out."""
        return max(self._sure(), key=lambda cell: cell[1])

    @property
    def smallest(self) -> tuple[tuple[str, ...], int]:
        """The emptiest cell, `unsure` left out."""
        return min(self._sure(), key=lambda cell: cell[1])

    def _sure(self) -> list[tuple[tuple[str, ...], int]]:
        return [(key, number) for key, number in self.cells.items() if UNSURE not in key]


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a table. `errors`, `issues` and `notes` by code; `faces`: pictures with 0, 1, 2 (and more), None where
    no analyzer counts them; `repeated` pictures repeat the pixels of `originals` others, `copied` look like another one
    and `mirrored` like its mirror image, `again` show somebody who was there before; `spreads`: 5th, 50th and 95th
    percentile; `balance` None and `not_measured` the axes that no analyzer measures.
    """

    files: int
    readable: int
    errors: Mapping[str, int]
    notes: Mapping[str, int]
    faces: tuple[int, int, int] | None
    issues: Mapping[str, int]
    repeated: int
    originals: int
    copied: int
    mirrored: int
    again: int
    spreads: Mapping[str, Spread]
    balance: Balance | None
    not_measured: tuple[str, ...]


def summarise(frame: pl.DataFrame) -> Summary:
    """Count what stands in the table of `analyze_folder`."""
    seen = frame.filter(pl.col("pixels_sha256").is_not_null())
    with_face = seen.filter(pl.col("faces") >= 1) if "faces" in seen.columns else seen
    with_face = _with_race(with_face)
    measured = tuple(axis for axis in AXES if axis in with_face.columns)
    return Summary(
        files=frame.height,
        readable=seen.height,
        errors=_counts(frame["error"]),
        notes=_counts(seen["notes"]),
        faces=_faces(seen),
        issues=_counts(seen["issues"]),
        repeated=seen["duplicate_of"].count(),
        originals=seen["duplicate_of"].drop_nulls().n_unique(),
        copied=seen["near_of"].count(),
        mirrored=seen["mirror_of"].count(),
        again=seen["same_person_as"].count(),
        spreads={name: spread for name in _SHOWN if name in seen.columns and (spread := _spread(seen[name]))},
        balance=_balance(with_face, measured) if measured else None,
        not_measured=tuple(axis for axis in AXES if axis not in measured),
    )


def _counts(column: pl.Series) -> dict[str, int]:
    """How often each code stands in a column of codes, the most frequent first."""
    counted = Counter(code for codes in column.drop_nulls() for code in codes.split(SEPARATOR) if code)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _faces(seen: pl.DataFrame) -> tuple[int, int, int] | None:
    if "faces" not in seen.columns:
        return None
    faces = seen["faces"].drop_nulls()
    return int((faces == 0).sum()), int((faces == 1).sum()), int((faces > 1).sum())


def _spread(column: pl.Series) -> Spread | None:
    values = column.drop_nulls()
    if not values.len():
        return None
    low, median, high = (float(values.quantile(at, "linear") or 0.0) for at in (0.05, 0.5, 0.95))
    return Spread(values.len(), low, median, high)


def _balance(people: pl.DataFrame, axes: tuple[str, ...]) -> Balance:
    parts: dict[str, tuple[tuple[str, ...], Callable[[Any], str]]] = {
        "age": (_age_groups(), _age),
        "sex": (("female", "male", UNSURE), _sex),
        "race": ((*vocabulary.RACES, UNSURE), str),
    }
    groups = {axis: parts[axis][0] for axis in axes}
    cells = dict.fromkeys(_product([groups[axis] for axis in axes]), 0)
    # Somebody whose sex or race no analyzer tells is there all the same.
    for values in people.select(axes).drop_nulls([axis for axis in axes if UNSURE not in groups[axis]]).iter_rows():
        told = zip(axes, values, strict=True)
        cells[tuple(UNSURE if value is None else parts[axis][1](value) for axis, value in told)] += 1
    return Balance(axes, groups, cells)


def _with_race(people: pl.DataFrame) -> pl.DataFrame:
    """With the column `race`, where there are scores of every group: the likeliest one, `UNSURE` where it hardly is."""
    if not set(_RACES.values()) <= set(people.columns):
        return people
    scores = people.select(list(_RACES.values())).rows()
    return people.with_columns(pl.Series("race", [_race(row) for row in scores], pl.String))


def _product(groups: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = [()]
    for names in groups:
        keys = [(*key, name) for key in keys for name in names]
    return keys


def _age_groups() -> tuple[str, ...]:
    return (*(f"{start}-{end - 1}" for start, end in pairwise(AGE_STARTS)), f"{AGE_STARTS[-1]}+")


def _age(years: float) -> str:
    # A number of years is completed years: 9.7 is still 9.
    return _age_groups()[sum(years >= start for start in AGE_STARTS[1:])]


def _race(scores: tuple[float | None, ...]) -> str:
    told = [score for score in scores if score is not None]
    if len(told) < len(scores) or max(told) < _TELLS_RACE:
        return UNSURE
    return vocabulary.RACES[told.index(max(told))]


def _sex(male: float) -> str:
    return "male" if male >= _MALE else "female" if male <= _FEMALE else UNSURE
