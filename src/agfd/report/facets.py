"""What the gallery's pages need of every image at once: by what it can be found, as columns of small numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from agfd import vocabulary
from agfd.report.measured import SCORES, measured_word
from agfd.report.sources import SOURCES
from agfd.report.wording import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from agfd.recipe import Recipe, Variant

STATUSES = ("accepted", "rejected", "failed")
# Lower bounds of the bands, in years, with the last one open; and in degrees of yaw.
AGES = (0, 6, 13, 18, 25, 35, 45, 60, 75)
YAWS = (-60, -30, -10, 10, 30, 60)
_YAW_NAMES = (
    "profile, to the left", "half to the left", "a little to the left", "front", "a little to the right",
    "half to the right", "profile, to the right",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Facet:
    """One facet before it is cut down to the values that occur: `of` has a place among `values` for each image."""

    key: str
    label: str
    values: Sequence[Mapping[str, Any]]
    of: NDArray[np.int64]


def columns() -> list[str]:
    """The columns of the store that facets are made of."""
    names = ["id", "row", "variant", "sex", "race", "status", "reasons", "twin_group"]
    words = ("sex", "race", "light")
    names += [f"{prefix}_{name}" for prefix in ("true", "asked") for name in (*words, "age", "yaw")]
    names += [f"measured_{score}" for name in words for score in SCORES.get(name, ())]
    names += ["measured_age", "measured_yaw", *(f"source_{name}" for name in vocabulary.ATTRIBUTES)]
    return names


def facets(table: pa.Table, recipe: Recipe) -> list[dict[str, Any]]:
    """The facets of design/0036 over the images of a table with `columns()`; values that do not occur are left out."""
    rows = [{"value": name, "label": row.feature, "group": row.group} for name, row in recipe.rows.items()]
    variants = dict.fromkeys(variant.name for row in recipe.rows.values() for variant in row.variants)
    phrases = [{"value": name, "label": plain(name).strip() or name} for name in _all(table, "variant", variants)]
    single = [
        _named(table, "row", "Row", rows),
        _named(table, "variant", "Words", phrases),
        _worded(table, "sex", "Sex", recipe.axes.sex),
        _worded(table, "race", "Race", recipe.axes.race),
        _Facet("age", "Age", _age_bands(), _band(_numbers(table, "age"), AGES[1:])),
        _worded(table, "light", "Light", ()),
        _Facet("pose", "Pose", _yaw_bands(), _band(_numbers(table, "yaw"), YAWS)),
        _Facet("source", "Label known by", _plainly(SOURCES), _sources(table, recipe)),
        _named(table, "status", "Verdict", _plainly(STATUSES), key="verdict"),
    ]
    return [*(_cut(facet) for facet in single), _reasons(table, recipe)]


def twins(table: pa.Table) -> dict[str, list[int]]:
    """The numbers of the images of each group that differs in one attribute only; groups of one are left out."""
    import numpy as np
    import pyarrow as pa

    numbered = table.select(["twin_group"]).append_column("number", pa.array(np.arange(table.num_rows)))
    paired = numbered.filter(numbered["twin_group"].is_valid())
    groups = paired.group_by("twin_group", use_threads=False).aggregate([("number", "list")])
    found = zip(groups["twin_group"].to_pylist(), groups["number_list"].to_pylist(), strict=True)
    return {name: sorted(numbers) for name, numbers in sorted(found) if len(numbers) > 1}


def _plainly(values: Iterable[str]) -> list[dict[str, Any]]:
    return [{"value": value, "label": value.replace("_", " ")} for value in values]


def _all(table: pa.Table, column: str, first: Iterable[str]) -> list[str]:
    """These values, then what else stands in a column, in alphabetical order."""
    known = list(first)
    return known + sorted(set(table[column].unique().drop_null().to_pylist()) - set(known))


def _places(column: Any, values: Sequence[str]) -> NDArray[np.int64]:
    """The place of every entry of a column of texts among `values`, -1 for none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.fill_null(pc.index_in(column, value_set=pa.array(values, pa.string())), -1)
    return np.asarray(found, dtype=np.int64)


def _named(table: pa.Table, column: str, label: str, values: list[dict[str, Any]], key: str | None = None) -> _Facet:
    """A facet of the texts in a column."""
    known = [value["value"] for value in values]
    more = _plainly(_all(table, column, known)[len(known) :])
    names = [*known, *(value["value"] for value in more)]
    return _Facet(key or column, label, [*values, *more], _places(table[column], names))


def _worded(table: pa.Table, name: str, label: str, axis: Sequence[str]) -> _Facet:
    """A facet of an attribute with words: the true one, else the measured one where confirmed, else the asked one.

    Where an image has none the row's place on the axis counts.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pc.coalesce(table[f"true_{name}"], _confirmed(table, name), table[f"asked_{name}"])
    if axis:
        words = pc.coalesce(words, table[name])
    entry = vocabulary.ATTRIBUTES[name]
    first = dict.fromkeys([*axis, *(entry.values if isinstance(entry, vocabulary.Choice) else ())])
    return _named(pa.table({name: words}), name, label, _plainly(first))


def _confirmed(table: pa.Table, name: str) -> pa.Array:
    """The measured words of the images where an analyzer confirmed them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    words: list[str | None] = [None] * table.num_rows
    confirmed = np.asarray(pc.fill_null(pc.equal(table[f"source_{name}"], "measured"), False), dtype=bool)
    if name in SCORES and confirmed.any():
        part = table.filter(pa.array(confirmed))
        scores = [part[f"measured_{score}"].to_pylist() for score in SCORES[name]]
        for place, row in zip(np.flatnonzero(confirmed), zip(*scores, strict=True), strict=True):
            words[place] = measured_word(name, row)
    return pa.array(words, pa.string())


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A numeric attribute by the same rule as words; NaN for none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    real = pa.float64()
    measured = pc.if_else(pc.equal(table[f"source_{name}"], "measured"), table[f"measured_{name}"], None)
    found = pc.coalesce(*(column.cast(real) for column in (table[f"true_{name}"], measured, table[f"asked_{name}"])))
    return np.asarray(pc.fill_null(found, float("nan")), dtype=np.float64)


def _band(values: NDArray[np.float64], bounds: Sequence[int]) -> NDArray[np.int64]:
    """Which band between bounds each number lies in, a bound itself in the upper one; -1 for none."""
    import numpy as np

    return np.where(np.isnan(values), -1, np.searchsorted(bounds, values, side="right"))


def _age_bands() -> list[dict[str, Any]]:
    bands = [{"value": f"{low}-{high - 1}", "label": f"{low}–{high - 1}"} for low, high in pairwise(AGES)]
    return [*bands, {"value": f"{AGES[-1]}-", "label": f"{AGES[-1]} and older"}]


def _yaw_bands() -> list[dict[str, Any]]:
    bounds = [-90, *YAWS, 90]
    return [
        {"value": f"{low}..{high}", "label": name}
        for (low, high), name in zip(pairwise(bounds), _YAW_NAMES, strict=True)
    ]


def asks_for(variant: Variant) -> tuple[str, ...]:
    """The attributes that a variant's words mean: those of its `set`, and the age where it has its own."""
    return (*variant.set, *(("age",) if variant.age is not None else ()))


def _sources(table: pa.Table, recipe: Recipe) -> NDArray[np.int64]:
    """How the row's own label of each image is known: the weakest source among the attributes that its words ask for.

    A label of text alone is `asked`; what failed has none.
    """
    import numpy as np

    weakest = len(SOURCES) - 1
    known = {name: _places(table[f"source_{name}"], SOURCES) for name in vocabulary.ATTRIBUTES}
    rows = _places(table["row"], list(recipe.rows))
    found = np.full(table.num_rows, weakest, dtype=np.int64)
    for place, row in enumerate(recipe.rows.values()):
        here = np.flatnonzero(rows == place)
        if not len(here):
            continue
        names = [variant.name for variant in row.variants]
        said = _places(table["variant"].take(here), names)
        for number, variant in enumerate(row.variants):
            these, asked = here[said == number], asks_for(variant)
            if asked:
                sources = np.stack([known[name][these] for name in asked])
                found[these] = np.where(sources < 0, weakest, sources).max(axis=0)
    return np.where(_places(table["status"], STATUSES) == STATUSES.index("failed"), -1, found)


def _cut(facet: _Facet) -> dict[str, Any]:
    """The facet as pages read it, with the values that occur."""
    import numpy as np

    used = np.flatnonzero(np.bincount(facet.of[facet.of >= 0], minlength=len(facet.values)))
    number = np.full(len(facet.values) + 1, -1, dtype=np.int64)
    number[used] = np.arange(len(used))
    values = [dict(facet.values[place]) for place in used.tolist()]
    return {
        "key": facet.key, "label": facet.label, "many": False, "values": values, "of": number[facet.of].tolist(),
    }  # fmt: skip


def _reasons(table: pa.Table, recipe: Recipe) -> dict[str, Any]:
    """The reasons, of which an image may have several."""
    import numpy as np
    import pyarrow.compute as pc

    lists = table["reasons"].combine_chunks()
    flat = pc.list_flatten(lists)
    there = set(flat.unique().to_pylist())
    rules = dict.fromkeys([*recipe.rules, *(code for row in recipe.rows.values() for code in row.rules)])
    codes = [code for code in rules if code in there] + sorted(there - set(rules))
    places = _places(flat, codes).tolist()
    ends = np.cumsum(np.asarray(pc.fill_null(pc.list_value_length(lists), 0), dtype=np.int64)).tolist()
    of = [places[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return {"key": "reason", "label": "Reason", "many": True, "values": _plainly(codes), "of": of}
