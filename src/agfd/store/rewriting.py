"""Rows with other verdicts than those on record."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from agfd import vocabulary
from agfd.store.schema import PLACE, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from agfd.records import Place, Verdict


def rewritten(rows: pa.RecordBatch, verdicts: Sequence[Verdict], places: Mapping[int, Place]) -> pa.Table:
    """The rows with these verdicts, one each, in the columns of today's schema.

    `places`: where images lie now, by place among the rows; the others stay where they are.
    """
    import pyarrow as pa

    new: dict[str, list[Any]] = {
        "status": [verdict.status for verdict in verdicts],
        "reasons": [list(verdict.reasons) for verdict in verdicts],
        "error": [verdict.error for verdict in verdicts],
        "review": [list(verdict.review) for verdict in verdicts],
        "overruled": [list(verdict.overruled) for verdict in verdicts],
    }
    new |= {f"source_{name}": [v.sources.get(name) for v in verdicts] for name in vocabulary.ATTRIBUTES}
    there = set(rows.schema.names)
    if places:
        for name in (*PLACE, "maps"):
            new[name] = rows[name].to_pylist() if name in there else [None] * rows.num_rows
        for index, place in places.items():
            for name in PLACE:
                new[name][index] = getattr(place, name)
            new["maps"][index] = [asdict(file) for file in place.maps]
    columns = [
        pa.array(new[field.name], field.type)
        if field.name in new
        else rows[field.name].cast(field.type)
        if field.name in there
        # A column that is newer than the rows.
        else pa.nulls(rows.num_rows, field.type)
        for field in schema()
    ]
    return pa.table(columns, schema=schema())
