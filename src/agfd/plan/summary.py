"""What a table asks for in numbers: by row, by cell, and what a generator cannot make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.recipe.model import Span
from agfd.records import Cell, Request

if TYPE_CHECKING:
    from agfd.plan.table import Draw, Table

CanMake = Callable[[Request], str | None]


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


class Support:
    """What a generator can make, asked once for each kind of slot; slots with a drawn number are asked one by one."""

    def __init__(self, table: Table, can_make: CanMake | None) -> None:
        self.table, self._can_make = table, can_make
        self._known: dict[tuple[str, str, Draw, int | None], str | None] = {}

    def refusal(self, row: str, sex: str, slot: int, draw: Draw) -> str | None:
        """None where the slot can be made, else the generator's sentence."""
        if self._can_make is None:
            return None
        variant = self.table.recipe.rows[row].variants[draw.variant]
        drawn = any(isinstance(value, Span) for value in variant.set.values())
        key = (row, sex, draw, slot if drawn else None)
        if key not in self._known:
            self._known[key] = self._can_make(self.table.request(row, sex, slot))
        return self._known[key]


def summarise(table: Table, can_make: CanMake | None = None) -> Summary:
    """The table in numbers; `can_make` is the generator's, None where nothing is refused."""
    support = Support(table, can_make)
    cells: Counter[tuple[str, str, str]] = Counter()
    rows = []
    for row in table.row_ids:
        by_sex: dict[str, int] = {}
        refused: Counter[str] = Counter()
        for sex in table.recipe.axes.sex:
            by_sex[sex] = table.count(row, sex)
            for slot, draw in enumerate(table.draws(row, sex)):
                cells[row, sex, draw.race] += 1
                refusal = support.refusal(row, sex, slot, draw)
                if refusal is not None:
                    refused[refusal] += 1
        entry = table.recipe.rows[row]
        male, female = by_sex.get("male", 0), by_sex.get("female", 0)
        rows.append(RowPlan(row, entry.group, entry.feature, male, female, refused.total(), tuple(sorted(refused))))
    return Summary(
        total=table.total,
        unsupported=sum(row.unsupported for row in rows),
        cells=tuple(Cell(*key, quota) for key, quota in cells.items()),
        rows=tuple(rows),
    )
