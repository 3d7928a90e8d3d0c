"""What a table asks for in numbers: by row, by cell, and what a generator cannot make of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.planning.support import CanMake, Support
from agfd.records import Cell

if TYPE_CHECKING:
    from agfd.planning.table import Table


@dataclass(frozen=True, slots=True)
class RowPlan:
    """One row of the table: images wanted by sex, how many of them cannot be made, and why."""

    id: str
    group: str
    feature: str
    male: int
    female: int
    unsupported: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole table in numbers. `total` includes `unsupported`."""

    total: int
    unsupported: int
    cells: tuple[Cell, ...]
    rows: tuple[RowPlan, ...]


def summarise(table: Table, can_make: CanMake | None = None) -> Summary:
    """The table in numbers; `can_make` is the generator's, None where nothing is refused."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for row, sex in table.parts():
        for draw in table.draws(row, sex):
            cells[row, sex, draw.race] += 1
    rows = plan_rows(table, can_make)
    return Summary(
        total=table.total,
        unsupported=sum(row.unsupported for row in rows),
        cells=tuple(Cell(*key, quota) for key, quota in cells.items()),
        rows=rows,
    )


def plan_rows(table: Table, can_make: CanMake | None = None) -> tuple[RowPlan, ...]:
    """The rows of the table in numbers, without dealing every slot: fast however many images are asked for."""
    support = Support(table, can_make)
    rows = []
    for row in table.row_ids:
        by_sex = {sex: table.count(row, sex) for sex in table.recipe.axes.sex}
        refused = sum((support.refused(row, sex) for sex in by_sex), Counter[str]())
        entry = table.recipe.rows[row]
        male, female = by_sex.get("male", 0), by_sex.get("female", 0)
        rows.append(RowPlan(row, entry.group, entry.feature, male, female, refused.total(), tuple(sorted(refused))))
    return tuple(rows)
