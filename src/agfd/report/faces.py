"""Which faces are shown: some for each row and sex, spread over race, words and age; a few for each kind of failure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agfd.records import Place
from agfd.store import read_stable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from agfd.store import Layout

_KEYS = ("row", "sex", "race", "variant", "asked_age")
_PLACE = ("shard", "thumb_offset", "thumb_size")
_COLUMNS = ("id", *_KEYS, "slot", "status", "reasons", *_PLACE)
# So many candidates of one row, sex, race, variant and age: enough for a recipe that varies none of the last three.
CANDIDATES = 16
# So many examples of each reason in a row x sex.
EXAMPLES = 3
# By row, sex and reason: at which place the image names the reason, and the image.
_Examples = dict[tuple[str, str, str], list[tuple[int, "Face"]]]


@dataclass(frozen=True, slots=True)
class Face:
    """One stored thumbnail and what was asked for. `age` in years."""

    id: str
    row: str
    sex: str
    race: str
    variant: str
    age: int | None
    place: Place


@dataclass(slots=True)
class Faces:
    """Candidates for showing, in request order: accepted ones by row and sex, rejected ones by row, sex and reason.

    An image that was rejected for several reasons may stand under each; those that name the reason first come first.
    """

    accepted: dict[tuple[str, str], list[Face]] = field(default_factory=dict)
    rejected: dict[tuple[str, str, str], list[Face]] = field(default_factory=dict)


def find_faces(layout: Layout) -> Faces:
    """The candidates of a dataset: a bounded number, however large it is. Raises `DamagedError`."""
    return read_stable(layout, _COLUMNS, _collect)


def _collect(tables: Iterator[pa.Table]) -> Faces:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = Faces()
    seen: set[tuple[Any, ...]] = set()
    examples: _Examples = {}
    for table in tables:
        stored = table.filter(pc.greater(pc.fill_null(table["thumb_size"], 0), 0))
        accepted = stored.filter(pc.equal(stored["status"], "accepted"))
        nth = pc.bit_wise_and(accepted["slot"], pa.scalar(CANDIDATES - 1, pa.int32()))
        for line in _first_of_each(accepted.append_column("nth", nth), (*_KEYS, "nth")):
            key = tuple(line[name] for name in (*_KEYS, "nth"))
            if key not in seen:
                seen.add(key)
                found.accepted.setdefault((line["row"], line["sex"]), []).append(_face(line))
        _add_examples(examples, stored.filter(pc.equal(stored["status"], "rejected")))
    found.rejected = {key: [face for _, face in ranked] for key, ranked in examples.items()}
    return found


def _add_examples(examples: _Examples, rejected: pa.Table) -> None:
    """Enter the best examples of each reason among images that were rejected later than those before."""
    import polars as pl

    keys = ["row", "sex", "reason"]
    lines = pl.DataFrame(pl.from_arrow(rejected)).with_row_index("line").rename({"reasons": "reason"})
    lines = lines.with_columns(rank=pl.int_ranges(pl.col("reason").list.len())).explode("reason", "rank")
    first = lines.drop_nulls("reason").sort("rank", "line").group_by(keys, maintain_order=True).head(EXAMPLES)
    for line in first.iter_rows(named=True):
        ranked = examples.setdefault((line["row"], line["sex"], line["reason"]), [])
        ranked.append((line["rank"], _face(line)))
        ranked.sort(key=lambda entry: entry[0])
        del ranked[EXAMPLES:]


def _first_of_each(table: pa.Table, keys: Sequence[str]) -> list[dict[str, Any]]:
    """The first line of every group, in the order of the table."""
    import numpy as np
    import pyarrow as pa

    numbered = table.append_column("line", pa.array(np.arange(table.num_rows)))
    first = numbered.group_by(list(keys), use_threads=False).aggregate([("line", "min")])["line_min"]
    lines: list[dict[str, Any]] = table.take(first).to_pylist()
    return lines


def _face(line: dict[str, Any]) -> Face:
    place = Place(line["shard"], 0, 0, line["thumb_offset"], line["thumb_size"], 0, 0, "", "", "")
    return Face(line["id"], line["row"], line["sex"], line["race"], line["variant"], line["asked_age"], place)


def spread(faces: Sequence[Face], number: int, races: Sequence[str]) -> list[Face]:
    """Up to `number` of the faces with races, then variants, then ages as even as can be.

    In the order of `races`, the youngest of each race first, then the second of each: columns of one race where a line
    holds as many faces as there are races.
    """
    left = list(faces)
    by_race: Counter[str] = Counter()
    by_variant: Counter[str] = Counter()
    by_age: Counter[int | None] = Counter()
    chosen: list[Face] = []
    while left and len(chosen) < number:
        best = min(left, key=lambda face: (by_race[face.race], by_variant[face.variant], by_age[face.age]))
        left.remove(best)
        chosen.append(best)
        by_race[best.race] += 1
        by_variant[best.variant] += 1
        by_age[best.age] += 1
    order = {race: place for place, race in enumerate(races)}
    chosen.sort(key=lambda face: (order.get(face.race, len(order)), face.age or 0, face.variant, face.id))
    seen: Counter[str] = Counter()
    ranked = []
    for face in chosen:
        ranked.append((seen[face.race], face))
        seen[face.race] += 1
    return [face for _, face in sorted(ranked, key=lambda item: item[0])]
