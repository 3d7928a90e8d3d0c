"""Which images of a dataset its gallery shows: all of them, or an even part where there are too many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agfd.report import details, facets
from agfd.store import read_stable, schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from agfd.store import Layout

MOST = 50_000
_PARTS = ("row", "sex", "status")


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows of the images that are shown, in request order, and how many rows the dataset has."""

    rows: pa.Table
    total: int


def find_shown(layout: Layout, always: Collection[str] = (), most: int = MOST) -> Shown:
    """The images to show: at most `most`, as even over row, sex and verdict as can be, and `always` those ids.

    Of each row, sex and verdict the first in request order: they are even over race, words and age. Rows are read at
    one moment, also while a build goes on. Raises `DamagedError`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = read_stable(layout, ("id", *_PARTS), partial(_joined, names=("id", *_PARTS)))
    chosen = None
    if keys.num_rows > most:
        chosen = pa.array(sorted({*keys["id"].filter(pa.array(_even(keys, most))).to_pylist(), *always}))

    def fold(tables: Iterator[pa.Table]) -> tuple[pa.Table, int]:
        total = 0

        def parts() -> Iterator[pa.Table]:
            nonlocal total
            for table in tables:
                total += table.num_rows
                yield table if chosen is None else table.filter(pc.is_in(table["id"], value_set=chosen))

        return _joined(parts(), names), total

    names = tuple(dict.fromkeys([*details.columns(), *facets.columns()]))
    return Shown(*read_stable(layout, names, fold))


def _joined(tables: Iterator[pa.Table], names: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    empty = pa.schema([schema().field(name) for name in names]).empty_table()
    return pa.concat_tables([empty, *tables]).combine_chunks()


def _even(keys: pa.Table, most: int) -> NDArray[np.bool_]:
    """Which lines of a table to take so that its parts have as many as each other, as far as they have as many."""
    import numpy as np
    import pyarrow as pa

    numbered = keys.select(list(_PARTS)).append_column("line", pa.array(np.arange(keys.num_rows)))
    groups = numbered.group_by(list(_PARTS), use_threads=False).aggregate([("line", "list")])["line_list"]
    parts = sorted((sorted(lines) for lines in groups.to_pylist()), key=lambda lines: (len(lines), lines))
    taken = np.zeros(keys.num_rows, dtype=bool)
    left = most
    # The smallest first: what it does not use of its share the larger ones have.
    for place, lines in enumerate(parts):
        share = lines[: left // (len(parts) - place)]
        taken[share] = True
        left -= len(share)
    return taken
