"""Where the loop gets its requests from: dealt out of a recipe's table, or given by pictures that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from agfd.fill import Attempt, Ledger, Limits, SlotKey, next_round
from agfd.planning import Imported, Support, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Slots(Protocol):
    """The places to fill and how often each may be tried."""

    def plan(self) -> dict[str, Any]:
        """What the next round is planned from besides the ledger: plain data, written down when the round opens."""
        ...

    def attempts(self, ledger: Ledger, plan: Mapping[str, Any]) -> list[Attempt]:
        """The attempts of the round that was planned from `plan`; empty when there is nothing left to do.

        Raises `KeyError`, `TypeError` or `ValueError` for data that is no plan of these slots.
        """
        ...


@dataclass(frozen=True)
class Dealt:
    """The slots of a table; `support` knows all rows of the folder, and what the generator cannot make of them."""

    table: Table
    support: Support
    max_tries: int = 20

    def plan(self) -> dict[str, Any]:
        """See `Slots.plan`."""
        counts = [[row, sex, self.table.count(row, sex)] for row, sex in self.table.parts()]
        return {"counts": counts, "max_tries": self.max_tries}

    def attempts(self, ledger: Ledger, plan: Mapping[str, Any]) -> list[Attempt]:
        """See `Slots.attempts`. A plan may be older than the table, with other counts."""
        slots = wanted(_with_counts(self.support.table, _counts(plan)), self.support)
        return next_round(slots, ledger, Limits(int(plan["max_tries"])))


def wanted(table: Table, support: Support) -> Iterator[SlotKey]:
    """Every slot of the table that the generator can make, in the table's order."""
    for row, sex in table.parts():
        names = [variant.name for variant in table.recipe.rows[row].variants]
        for slot, draw in enumerate(table.draws(row, sex)):
            if support.refusal(row, sex, slot, draw) is None:
                yield SlotKey(row, sex, draw.race, names[draw.variant], slot)


def _counts(plan: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    return {(row, sex): int(number) for row, sex, number in plan["counts"]}


def _with_counts(table: Table, counts: dict[tuple[str, str], int]) -> Table:
    """The table as it was when the round was opened, rows in the order of that time."""
    known = table.recipe.rows
    rows = {
        row: known[row].model_copy(update={"count": {sex: counts.get((row, sex), 0) for sex in table.recipe.axes.sex}})
        for row in dict.fromkeys(row for row, _ in counts)
    }
    return Table(table.recipe.model_copy(update={"rows": rows}), series=table.series)


@dataclass(frozen=True)
class Given:
    """The slots of pictures that are there: one attempt at each, whatever became of the others."""

    pictures: Imported

    def plan(self) -> dict[str, Any]:
        """See `Slots.plan`."""
        return {"counts": [[row, sex, number] for (row, sex), number in self.pictures.counts().items()]}

    def attempts(self, ledger: Ledger, plan: Mapping[str, Any]) -> list[Attempt]:
        """See `Slots.attempts`."""
        return [
            Attempt(row, sex, slot, 0)
            for (row, sex), number in _counts(plan).items()
            for slot in range(number)
            if not ledger.tried(row, sex, slot)
        ]
