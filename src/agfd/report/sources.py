"""How the labels of the accepted images are known: constructed, found so by people, measured, or only asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd import vocabulary
from agfd.store import read_stable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from agfd.store import Layout

# The strongest way first.
SOURCES = ("constructed", "reviewed", "measured", "asked")


@dataclass(frozen=True, slots=True)
class SourceShares:
    """One attribute: on how many accepted images it is labelled, and how many of those labels have each source."""

    attribute: str
    labelled: int
    by_source: dict[str, int]


def count_sources(layout: Layout) -> tuple[SourceShares, ...]:
    """The sources of every attribute that any accepted image is labelled with, in the vocabulary's order."""
    columns = ("status", *(f"source_{name}" for name in vocabulary.ATTRIBUTES))
    counted = read_stable(layout, columns, _count)
    return tuple(
        SourceShares(name, counted[name].total(), {source: counted[name][source] for source in SOURCES})
        for name in vocabulary.ATTRIBUTES
        if counted[name]
    )


def _count(tables: Iterator[pa.Table]) -> dict[str, Counter[str]]:
    import pyarrow.compute as pc

    counted: dict[str, Counter[str]] = {name: Counter() for name in vocabulary.ATTRIBUTES}
    for table in tables:
        accepted = table.filter(pc.equal(table["status"], "accepted"))
        for name, counter in counted.items():
            column = accepted[f"source_{name}"]
            if column.null_count < len(column):
                for entry in pc.value_counts(column.drop_null()).to_pylist():
                    counter[entry["values"]] += entry["counts"]
    return counted
