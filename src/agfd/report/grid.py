"""The accepted portraits of a row as a grid: a column for each race, a line for each age, so that gaps are seen."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.planning import Table
from agfd.report.portraits import Portrait, portrait
from agfd.report.tally import Counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agfd.recipe import Recipe
    from agfd.report.faces import Face, Faces
    from agfd.report.tally import Tally

# Row, sex, race, and the age in years that was asked for.
Combination = tuple[str, str, str, int | None]
# A grid of fewer places shows more faces in each.
FACES_IN_GRID = 14
FACES_ACROSS = 7
# Of more ages than this a line is a decade.
MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class Spot:
    """One race at one age of a row x sex. `asked`: images planned for it, 0 where nobody planned (imported ones)."""

    race: str
    asked: int
    counts: Counts
    portraits: tuple[Portrait, ...]

    @property
    def is_wanted(self) -> bool:
        """Whether an image was asked for here, or tried."""
        return bool(self.asked or self.counts.made or self.counts.failed)

    @property
    def told(self) -> str:
        """How many were accepted, where the portraits do not say it: 12, or 2/3 while some are missing."""
        if self.counts.accepted < self.asked:
            return f"{self.counts.accepted}/{self.asked}"
        return str(self.counts.accepted) if self.counts.accepted > len(self.portraits) else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One age, or several: `label` as it stands before the line, such as 25 or 20–29; empty where nobody told an age.

    `is_mixed`: several ages, so each portrait says its own.
    """

    label: str
    is_mixed: bool
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The portraits of one row x sex. Lines are the same for all sexes of a row. `across`: faces side by side in one
    place.
    """

    races: tuple[str, ...]
    lines: tuple[Line, ...]
    across: int

    @property
    def portraits(self) -> tuple[Portrait, ...]:
        """All of them, by age and then race."""
        return tuple(shown for line in self.lines for spot in line.spots for shown in spot.portraits)


def planned(recipe: Recipe) -> Counter[Combination]:
    """How many images of each combination a recipe plans; its counts are what was asked for."""
    table = Table(recipe)
    return Counter((row, sex, draw.race, draw.age) for row, sex in table.parts() for draw in table.draws(row, sex))


@dataclass(frozen=True, slots=True)
class Grids:
    """Makes the grids of a dataset. `plan`: images planned of each combination; empty for imported datasets."""

    recipe: Recipe
    plan: Mapping[Combination, int]
    tally: Tally
    faces: Faces

    def of(self, row: str, sexes: Sequence[str]) -> dict[str, Grid]:
        """The grid of each sex of one row; without lines where nothing was asked for or tried."""
        there = [key for key in {**self.plan, **self.tally.combinations} if key[0] == row]
        races = (*self.recipe.axes.race, *sorted({key[2] for key in there} - set(self.recipe.axes.race)))
        wanted = Counter({key: self.plan.get(key, 0) for key in there})
        by_sex = [sum(number for key, number in wanted.items() if key[1] == sex) for sex in sexes]
        # A part with one place for each race is one line: its ages lie all over the table and meet by chance only.
        few = 0 < max(by_sex, default=0) <= len(races)
        lines = _lines({key[3] for key in there}, few=few)
        return {sex: self._grid(row, sex, races, lines) for sex in sexes}

    def _grid(self, row: str, sex: str, races: tuple[str, ...], lines: dict[str, list[int | None]]) -> Grid:
        most = math.ceil(FACES_IN_GRID / (len(races) * max(1, len(lines))))
        by_place: dict[tuple[str, int | None], list[Face]] = {}
        for face in self.faces.accepted.get((row, sex), []):
            by_place.setdefault((face.race, face.age), []).append(face)
        words: Counter[str] = Counter()
        made = []
        for label, ages in lines.items():
            spots = []
            for race in races:
                counts, asked = self._counts([(row, sex, race, age) for age in ages])
                chosen = _even([face for age in ages for face in by_place.get((race, age), [])], most, words)
                shown = tuple(portrait(self.recipe, face) for face in chosen)
                spots.append(Spot(race.replace("_", " "), asked, counts, shown))
            made.append(Line(label, len(ages) > 1, tuple(spots)))
        across = min(most, max(1, FACES_ACROSS // len(races)))
        return Grid(tuple(race.replace("_", " ") for race in races), tuple(made), across)

    def _counts(self, keys: list[Combination]) -> tuple[Counts, int]:
        total = Counts()
        for key in keys:
            total.merge(self.tally.combination(*key))
        return total, sum(self.plan.get(key, 0) for key in keys)


def _lines(ages: set[int | None], *, few: bool) -> dict[str, list[int | None]]:
    """The ages that stand in one line, by its label, the youngest first; what nobody told comes last."""
    told = sorted(age for age in ages if age is not None)
    lines: dict[str, list[int | None]] = {}
    for age in told:
        first = age // 10 * 10
        if few:
            label = f"{told[0]}–{told[-1]}" if len(told) > 1 else str(age)
        else:
            label = f"{first}–{first + 9}" if len(told) > MOST_LINES else str(age)
        lines.setdefault(label, []).append(age)
    if None in ages:
        lines[""] = [None]
    return lines


def _even(faces: list[Face], most: int, words: Counter[str]) -> list[Face]:
    """Up to `most` of the faces, with the words first that were shown least so far."""
    left = list(faces)
    chosen: list[Face] = []
    while left and len(chosen) < most:
        best = min(left, key=lambda face: words[face.variant])
        left.remove(best)
        chosen.append(best)
        words[best.variant] += 1
    return chosen
