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
        there = [value for value in values if value is not None]
        kinds = {type(value) for value in there}
        if kinds == {dict} and len({tuple(value) for value in there}) == 1:
            return self._object(values, list(there[0]), whole=len(there) == len(values))
        # Lists of numbers, such as points, stay as they are.
        if kinds == {list} and any(type(item) in {str, list, dict} for value in there for item in value):
            return self._list(values)
        return self._column(values)

    def _object(self, values: Sequence[Any], keys: list[str], *, whole: bool) -> dict[str, Any]:
        parts = [self.shape([None if value is None else value[key] for value in values]) for key in keys]
        there = {} if whole else {"there": self._column([int(value is not None) for value in values])}
        return {"keys": keys, "of": parts, **there}

    def _list(self, values: Sequence[Any]) -> dict[str, Any]:
        names = _names(values)
        if names is not None:
            named = [{_name(item): item for item in value} for value in values]
            return {"some": [self.shape([value.get(name) for value in named]) for name in names]}
        lengths = [-1 if value is None else len(value) for value in values]
        items = [
            self.shape(
                [value[place] if place < length else None for value, length in zip(values, lengths, strict=True)]
            )
            for place in range(max(lengths))
        ]
        return {"items": items, "length": self._column(lengths)}

    def _column(self, values: Sequence[Any]) -> int:
        # Lists and objects as they are written: they cannot be compared otherwise.
        key = tuple(json.dumps(value) if type(value) in {list, dict} else (type(value), value) for value in values)
        place = self._places.setdefault(key, len(self.columns))
        if place == len(self.columns):
            self.columns.append(_shortest(values, key))
        return place


def _name(item: Any) -> Any:
    """What an item of a list is called: the first thing in it, where that is a text."""
    first = next(iter(item.values() if isinstance(item, dict) else item), None) if type(item) in {list, dict} else None
    return first if isinstance(first, str) else None


def _names(values: Sequence[Any]) -> list[str] | None:
    """The names of the items of all lists in an order that all of them keep; None where there is none."""
    lists = {None if value is None else tuple(map(_name, value)) for value in values}
    order: TopologicalSorter[str] = TopologicalSorter()
    for names in sorted(lists, key=str):
        if names is None or None in names:
            return None
        for name in names:
            order.add(name)
        for before, after in pairwise(names):
            order.add(after, before)
    try:
        return list(order.static_order())
    except CycleError:
        return None


def _shortest(values: Sequence[Any], keys: Sequence[Any]) -> Any:
    first: dict[Any, int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    if len(first) == 1:
        return {"all": values[0]}
    # Numbers are as short as their places in a table.
    if len(first) > len(values) // 2 or not any(type(value) in {str, list, dict} for value in values):
        return list(values)
    number = {key: place for place, key in enumerate(first)}
    return {"table": [values[place] for place in first.values()], "of": [number[key] for key in keys]}
