"""Many pieces of plain data of the same build as one script: names once, repeated texts once, no markup.

A page that is opened from the file system may load scripts and nothing else; `templates/data.js` reads it back.
"""

from __future__ import annotations

import json
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def script(name: str, data: object) -> bytes:
    """A script that hands `data` to `agfd.load(name, ...)`: ASCII, on one line, without any `<`.

    The data are JSON in a string: a browser reads that faster than code, and no key of it is special there.
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for sign, escaped in (("\\", "\\\\"), ("'", "\\'"), ("<", "\\u003c")):
        text = text.replace(sign, escaped)
    return f"agfd.load({json.dumps(name)},JSON.parse('{text}'));\n".encode("ascii")


def pack(values: Sequence[Any]) -> dict[str, Any]:
    """Values of plain data, most of one build, as columns.

    `columns`: each a list with an entry for every value; or `{all}`, one entry for all of them; or `{table, of}`,
    places in a table. Equal columns stand there once. `shape` says how the columns make a value: the number of a
    column; `{keys, of}`, an object whose values have these shapes, null where the column `there` says 0;
    `{items, length}`, a list whose length stands in a column (-1: null); `{some}`, a list of those that are not null.
    """
    packer = _Packer()
    shape = packer.shape(values)
    return {"number": len(values), "shape": shape, "columns": packer.columns}


class _Packer:
    def __init__(self) -> None:
        self.columns: list[Any] = []
        self._places: dict[Any, int] = {}

    def shape(self, values: Sequence[Any]) -> Any:
        kinds = set(map(type, values))
        whole = type(None) not in kinds
        kinds.discard(type(None))
        if kinds == {dict}:
            keys = {tuple(value) for value in values if value is not None}
            if len(keys) == 1:
                return self._object(values, next(iter(keys)), whole=whole)
        # Lists of numbers, such as points, stay as they are.
        if kinds == {list} and any(not _is_numeric(value) for value in values if value is not None):
            return self._list(values, whole=whole)
        return self._column(values, kinds)

    def _object(self, values: Sequence[Any], keys: Sequence[str], *, whole: bool) -> dict[str, Any]:
        if whole:
            return {"keys": keys, "of": [self.shape([value[key] for value in values]) for key in keys]}
        parts = [self.shape([None if value is None else value[key] for value in values]) for key in keys]
        there = self._column([int(value is not None) for value in values], {int})
        return {"keys": keys, "of": parts, "there": there}

    def _list(self, values: Sequence[Any], *, whole: bool) -> dict[str, Any]:
        named = _named(values) if whole else None
        if named is not None:
            names, items = named
            return {"some": [self.shape([item.get(name) for item in items]) for name in names]}
        lengths = [-1 if value is None else len(value) for value in values]
        items = [
            self.shape(
                [value[place] if place < length else None for value, length in zip(values, lengths, strict=True)]
            )
            for place in range(max(lengths))
        ]
        return {"items": items, "length": self._column(lengths, {int})}

    def _column(self, values: Sequence[Any], kinds: set[type]) -> int:
        plain = kinds <= {str, int, float}
        # What cannot be compared as it is, or has equals of another type, is compared as it is written.
        key = tuple(values) if plain else tuple(map(json.dumps, values))
        place = self._places.setdefault(key, len(self.columns))
        if place == len(self.columns):
            self.columns.append(_shortest(values, key, numeric=str not in kinds and plain))
        return place


def _is_numeric(value: list[Any]) -> bool:
    return set(map(type, value)) <= {int, float}


def _named(values: Sequence[list[Any]]) -> tuple[list[str], list[dict[str, Any]]] | None:
    """The names of the items of lists in an order that all of them keep, and each list by name; None where they have
    none: an item is called by the first thing in it.
    """
    lists: list[tuple[str, ...]] = []
    for value in values:
        names = tuple(map(_name, value))
        if "" in names:
            return None
        lists.append(names)
    order: TopologicalSorter[str] = TopologicalSorter()
    for names in sorted(set(lists)):
        for name in names:
            order.add(name)
        for before, after in pairwise(names):
            order.add(after, before)
    try:
        whole = list(order.static_order())
    except CycleError:
        return None
    return whole, [dict(zip(names, value, strict=True)) for names, value in zip(lists, values, strict=True)]


def _name(item: Any) -> str:
    """What an item of a list is called, nothing where it is not."""
    first = item[:1] if isinstance(item, list) else list(item.values())[:1] if isinstance(item, dict) else []
    return first[0] if first and isinstance(first[0], str) else ""


def _shortest(values: Sequence[Any], keys: Sequence[Any], *, numeric: bool) -> Any:
    if keys.count(keys[0]) == len(keys):
        return {"all": values[0]}
    # Numbers are as short as their places in a table.
    if not numeric and len(distinct := dict.fromkeys(keys)) <= len(values) // 2:
        number = {key: place for place, key in enumerate(distinct)}
        first = dict(zip(reversed(keys), reversed(values), strict=True))
        return {"table": [first[key] for key in distinct], "of": [number[key] for key in keys]}
    return list(values)
