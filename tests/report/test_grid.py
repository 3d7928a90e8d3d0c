"""Portraits by race and age: every place is there, gaps too, and the numbers are those of the rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agfd.planning import Table
from agfd.report import tally
from agfd.report.faces import find_faces
from agfd.report.grid import Grid, Grids, planned
from report.synthetic import TABLE, Dataset, dataset

if TYPE_CHECKING:
    from pathlib import Path

SEXES = ("male", "female")
RACES = ("White", "Latino Hispanic", "East Asian")


@pytest.fixture
def tiles(tmp_path: Path) -> Dataset:
    return dataset(tmp_path / "set")


def grids(tiles: Dataset, row: str, *, plan: bool = True) -> dict[str, Grid]:
    counted, found = tally(tiles.layout), find_faces(tiles.layout)
    return Grids(tiles.recipe, planned(tiles.recipe) if plan else {}, counted, found).of(row, SEXES)


def with_variants(tmp_path: Path, variants: str) -> Dataset:
    """A dataset of one row, `ages.one`, with 40 images for each sex."""
    head = TABLE[: TABLE.index("rows:")]
    row = "rows:\n  ages.one:\n    group: Ages\n    feature: One\n    count: {male: 40, female: 40}\n"
    return dataset(tmp_path / "set", f"{head}{row}    variants: [{variants}]\n")


def test_plan_is_what_the_table_draws(tiles: Dataset) -> None:
    plan = planned(tiles.recipe)
    table = Table(tiles.recipe)
    assert plan.total() == table.total
    draw = table.draw("eyes.closed", "female", 2)
    assert plan["eyes.closed", "female", draw.race, draw.age] >= 1


def test_columns_are_races_in_the_recipes_order_and_lines_rise_in_age(tiles: Dataset) -> None:
    for grid in grids(tiles, "eyes.glasses").values():
        assert grid.races == RACES
        assert [line.label for line in grid.lines] == ["25", "35", "60"]
        for line in grid.lines:
            assert [spot.race for spot in line.spots] == list(RACES)
            for spot in line.spots:
                assert {portrait.face.race.replace("_", " ") for portrait in spot.portraits} <= {spot.race}
                assert {str(portrait.face.age) for portrait in spot.portraits} <= {line.label}


def test_numbers_of_places_are_those_of_the_samples(tiles: Dataset) -> None:
    for sex, grid in grids(tiles, "eyes.glasses").items():
        samples = tiles.of("eyes.glasses", sex, "accepted", "rejected", "failed")
        naive = Counter(
            (s.request.race.replace("_", " "), str(s.request.attributes["age"]), s.verdict.status) for s in samples
        )
        told: Counter[tuple[str, str, str]] = Counter()
        for line in grid.lines:
            for spot in line.spots:
                for status in ("accepted", "rejected", "failed"):
                    told[spot.race, line.label, status] += getattr(spot.counts, status)
        assert +told == naive
        assert sum(spot.asked for line in grid.lines for spot in line.spots) == (8 if sex == "male" else 6)


def test_places_say_what_the_portraits_do_not(tiles: Dataset) -> None:
    spots = [spot for grid in grids(tiles, "eyes.glasses").values() for line in grid.lines for spot in line.spots]
    for spot in spots:
        if spot.counts.accepted < spot.asked:
            assert spot.told == f"{spot.counts.accepted}/{spot.asked}"
        elif spot.counts.accepted == len(spot.portraits):
            assert spot.told == ""
        else:
            assert spot.told == str(spot.counts.accepted)
    gaps = [spot for spot in spots if not spot.portraits]
    assert any(spot.is_wanted for spot in gaps)


def test_words_take_turns(tmp_path: Path) -> None:
    tiles = with_variants(tmp_path, "{phrase: a, set: {}}, {phrase: b, set: {}}")
    shown = Counter(portrait.face.variant for portrait in grids(tiles, "ages.one")["male"].portraits)
    assert set(shown) == {"a", "b"}
    assert abs(shown["a"] - shown["b"]) <= 2


def test_many_ages_are_decades(tmp_path: Path) -> None:
    ages = (1, 5, 12, 18, 25, 33, 41, 47, 52, 68, 80)
    tiles = with_variants(tmp_path, ", ".join(f"{{age: {age}}}" for age in ages))
    lines = grids(tiles, "ages.one")["male"].lines
    assert [line.label for line in lines] == [f"{ten}–{ten + 9}" for ten in sorted({age // 10 * 10 for age in ages})]
    assert all(line.is_mixed == (line.label in {"0–9", "10–19", "40–49"}) for line in lines)


def test_few_faces_stand_in_one_line_with_their_ages(tmp_path: Path) -> None:
    few = TABLE.replace("count: {male: 8, female: 6}", "count: {male: 3, female: 1}")
    tiles = dataset(tmp_path / "set", few)
    for grid in grids(tiles, "eyes.glasses").values():
        (line,) = grid.lines
        assert line.label == "25–60"
        assert line.is_mixed


def test_what_nobody_planned_shows_what_is_there(tiles: Dataset) -> None:
    spots = [spot for line in grids(tiles, "eyes.glasses", plan=False)["male"].lines for spot in line.spots]
    assert all(spot.asked == 0 for spot in spots)
    assert sum(spot.counts.accepted for spot in spots) == len(tiles.of("eyes.glasses", "male", "accepted"))


def test_a_row_of_which_nothing_is_known_has_no_lines(tmp_path: Path) -> None:
    tiles = dataset(tmp_path / "set", attempts=0)
    assert grids(tiles, "eyes.glasses", plan=False)["male"].lines == ()
