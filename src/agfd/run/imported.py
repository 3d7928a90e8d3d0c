"""The index of a dataset that was imported: `imported.parquet`, one line for each picture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agfd.errors import DamagedError
from agfd.planning import Asked, Imported, Picture, Table
from agfd.records import Settings
from agfd.store import Layout, read_rows, replacing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agfd.recipe import Recipe

_PLAIN = ("folder", "file", "sha256", "prompt", "negative", "copy", "infotext")
_ASKED = ("row", "sex", "race", "variant")


def table_of(layout: Layout, recipe: Recipe, series: int) -> Table | Imported:
    """What makes the requests of a dataset: its imported pictures, or the table of its recipe."""
    return read_imported(layout) if layout.imported.exists() else Table(recipe, series=series)


def read_imported(layout: Layout) -> Imported:
    """The pictures on record; none where there is no index yet. Raises `DamagedError`."""
    if not layout.imported.exists():
        return Imported(())
    rows = read_rows(layout.imported).to_pylist()
    try:
        return Imported(_picture(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(f"{layout.imported} is damaged: {type(error).__name__}: {error}") from None


def write_imported(layout: Layout, pictures: Iterable[Picture]) -> None:
    """Write the index, at once or not at all. Raises `WriteError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"copy": pa.int32()}
    names = ("id", *_ASKED, "attributes", "settings", *_PLAIN)
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    table = pa.Table.from_pylist([_row(picture) for picture in pictures], schema=schema)
    with replacing(layout.imported) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def _row(picture: Picture) -> dict[str, Any]:
    return {
        "id": picture.id,
        **{name: getattr(picture.asked, name) for name in _ASKED},
        "attributes": json.dumps(dict(picture.asked.attributes)),
        "settings": json.dumps(picture.settings_key),
        **{name: getattr(picture, name) for name in _PLAIN},
    }


def _picture(row: dict[str, Any]) -> Picture:
    asked = Asked(**{name: row[name] for name in _ASKED}, attributes=json.loads(row["attributes"]))
    return Picture(**{name: row[name] for name in _PLAIN}, asked=asked, settings=Settings(*json.loads(row["settings"])))
