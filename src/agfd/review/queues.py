"""In which order people look at the images. Pure: tables of rows in, orders out.

Every queue has the same order for all reviewers: only images that two of them saw tell how far they agree, and who
begins at the same end has seen the same ones after any number of them. An order hangs on the images alone, so it is the
same when the server is started again, and a dataset that grows does not shuffle what it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from agfd import ids, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float32]
    Order: TypeAlias = NDArray[np.int32]

LABELS: Mapping[str, str] = {
    "random": "any image",
    "lowest": "lowest confidence first",
    "disagreement": "asked against measured",
    "cell": "one of every cell, then the second",
}
# Differences, in the attribute's unit, from which on nobody would call both the same; half of one is where it begins.
FAR: Mapping[str, float] = {"age": 30, "skin_tone": 4, "yaw": 45, "pitch": 30, "roll": 30}
_KEYS = ("id", "thumb_size", "row", "sex", "race", "review")
# Attributes that are checked by measurements of other names: those are as sure as they say.
_PLAIN: Mapping[str, tuple[str, ...]] = {
    name: entry.checked_by
    for name, entry in vocabulary.ATTRIBUTES.items()
    if entry.checked_by and name not in vocabulary.SCORED and name != "sex"
}
COLUMNS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *_KEYS,
            *(f"asked_{name}" for name, entry in vocabulary.ATTRIBUTES.items() if entry.checked_by),
            "measured_sex",
            *(f"measured_{s}" for name, values in vocabulary.SCORED.items() for s in vocabulary.scores(name, values)),
            *(f"measured_{name}" for name in FAR),
            *(f"confidence_{measure}" for measures in _PLAIN.values() for measure in measures),
        ]
    )
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the orders are made of, one entry for each image with a picture, in request order.

    `ids`: ASCII bytes. `places`: numbers of their rows in the dataset. `cells`: numbers of row x sex x race, by first
    appearance. `confidence`: 0 to 1, nan where nothing that was asked was measured. `worst`, `total`: the largest
    disagreement and the sum over attributes, 0 for none. `dice`: a number that has nothing to do with the image.
    """

    ids: NDArray[np.bytes_]
    places: NDArray[np.int64]
    cells: NDArray[np.int32]
    confidence: Numbers
    worst: Numbers
    total: Numbers
    dice: NDArray[np.int64]


def figures(tables: Iterable[pa.Table]) -> Figures:
    """The figures of all rows of a dataset with `COLUMNS`."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    parts: list[tuple[Any, ...]] = []
    cells: dict[tuple[str, str, str], int] = {}
    first = 0
    for table in tables:
        numbered = table.append_column("place", pa.array(np.arange(first, first + table.num_rows)))
        first += table.num_rows
        seen = numbered.filter(pc.greater(pc.fill_null(numbered["thumb_size"], 0), 0))
        names = seen["id"].to_pylist()
        keys = zip(*(seen[name].to_pylist() for name in ("row", "sex", "race")), strict=True)
        worst, total = _disagreement(seen)
        parts.append(
            (
                np.array(names, dtype=np.bytes_),
                seen["place"].to_numpy(),
                np.array([cells.setdefault(key, len(cells)) for key in keys], dtype=np.int32),
                _confidence(seen),
                worst,
                total,
                np.array([ids.seed("review", name) for name in names], dtype=np.int64),
            )
        )
    if not parts:
        ints, reals = np.empty(0, np.int32), np.empty(0, np.float32)
        return Figures(np.empty(0, "S32"), ints.astype(np.int64), ints, reals, reals, reals, ints.astype(np.int64))
    return Figures(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def orders(of: Figures) -> dict[str, Order]:
    """The queues by name: numbers of images in `of`, the first to be looked at first."""
    import numpy as np

    everybody = np.argsort(of.dice, kind="stable").astype(np.int32)
    unsure = everybody[~np.isnan(of.confidence[everybody])]
    differing = everybody[of.worst[everybody] > 0]
    return {
        "random": everybody,
        "lowest": unsure[np.argsort(of.confidence[unsure], kind="stable")],
        "disagreement": differing[np.lexsort((-of.total[differing], -of.worst[differing]))],
        "cell": everybody[_by_turns(of.cells[everybody])],
    }


def _by_turns(cells: NDArray[np.int32]) -> Order:
    """The first of every cell, cell by cell, then the second of every cell that has one, and so on."""
    import numpy as np

    together = np.argsort(cells, kind="stable")
    ordered = cells[together]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(cells) else np.empty(0, np.int64)
    turn = np.arange(len(cells)) - np.repeat(begins, np.diff(np.r_[begins, len(cells)]))
    return together[np.lexsort((ordered, turn))].astype(np.int32)


def _confidence(table: pa.Table) -> Numbers:
    """How sure the analyzers are of what was asked, of the attribute of which they are least sure, 0 to 1.

    By words: the largest score minus the second (the margin of Scheffer et al., 2001), of the sex |2p - 1|; of anything
    else what its measurements say of themselves. Whether they say what was asked is another matter (`_disagreement`).
    """
    import numpy as np

    least = np.full(table.num_rows, np.nan, dtype=np.float32)

    def add(name: str, sure: Numbers) -> None:
        np.fmin(least, np.where(_is_asked(table, name), sure, np.nan), out=least, casting="same_kind")

    for name in vocabulary.SCORED:
        ranked = -np.sort(-_scores(table, name), axis=1)
        # Numbers that are none come last: a margin needs two of them.
        add(name, ranked[:, 0] - ranked[:, 1])
    add("sex", np.abs(2 * _numbers(table, "measured_sex") - 1))
    for name, measures in _PLAIN.items():
        for measure in measures:
            add(name, _numbers(table, f"confidence_{measure}"))
    return least


def _disagreement(table: pa.Table) -> tuple[Numbers, Numbers]:
    """How blatantly what was measured differs from what was asked, 0 to 1 for each attribute: the largest, the sum.

    By words: the largest score minus that of the asked word. By numbers: the difference by `FAR`, from half of it on.
    Analyzers that disagree so far that the verdict leaves it to people: 1.
    """
    import numpy as np
    import pyarrow.compute as pc

    worst = np.zeros(table.num_rows, dtype=np.float32)
    total = np.zeros(table.num_rows, dtype=np.float32)
    disputed = pc.fill_null(pc.list_value_length(table["review"]), 0).to_numpy() > 0
    for found in (*_differences(table), disputed.astype(np.float32)):
        there = np.nan_to_num(found, nan=0.0)
        np.maximum(worst, there, out=worst)
        total += there
    return worst, total


def _differences(table: pa.Table) -> Iterator[Numbers]:
    """For each attribute how far what was measured is from what was asked, nan where that cannot be told."""
    import numpy as np

    for name, values in vocabulary.SCORED.items():
        scores = _scores(table, name)
        asked = _asked_word(table, name, values)
        its = np.where(asked >= 0, scores[np.arange(len(asked)), asked], np.nan)
        largest = np.fmax.reduce(scores, axis=1)
        # One score alone says nothing of the other words.
        yield np.where((~np.isnan(scores)).sum(axis=1) > 1, largest - its, np.nan)
    male = _numbers(table, "measured_sex")
    asked = _asked_word(table, "sex", vocabulary.SEXES)
    for place, towards in (
        (vocabulary.SEXES.index("male"), 1 - 2 * male),
        (vocabulary.SEXES.index("female"), 2 * male - 1),
    ):
        yield np.where(asked == place, np.maximum(towards, 0), np.nan)
    for name, far in FAR.items():
        apart = np.abs(_numbers(table, f"measured_{name}") - _numbers(table, f"asked_{name}")) / np.float32(far)
        yield np.where(apart > 0.5, np.minimum(apart, 1), np.where(np.isnan(apart), np.nan, 0))


def _scores(table: pa.Table, name: str) -> Numbers:
    """The scores of an attribute, (rows, values), nan where there is none."""
    import numpy as np

    names = vocabulary.scores(name, vocabulary.SCORED[name])
    return np.stack([_numbers(table, f"measured_{score}") for score in names], axis=1)


def _numbers(table: pa.Table, name: str) -> Numbers:
    import numpy as np
    import pyarrow as pa

    values: Numbers = table[name].cast(pa.float32()).to_numpy().astype(np.float32)
    return values


def _is_asked(table: pa.Table, name: str) -> NDArray[np.bool_]:
    asked: NDArray[np.bool_] = table[f"asked_{name}"].is_valid().to_numpy()
    return asked


def _asked_word(table: pa.Table, name: str, values: tuple[str, ...]) -> NDArray[np.int64]:
    """The place of the asked word among `values`, -1 for none of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    places = pc.index_in(table[f"asked_{name}"], value_set=pa.array(values, pa.string()))
    found: NDArray[np.int64] = pc.fill_null(places, -1).to_numpy()
    return found
