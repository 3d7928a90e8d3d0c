"""The files of images that a gallery has beside its pages: copied as they lie in the store, never decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from agfd.report.details import stored
from agfd.store import read_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from agfd.store import Layout

# Bytes of full pictures and maps that a gallery may hold when nobody says otherwise.
FULL_LIMIT = 100_000_000
THUMBS, FULL, MAPS = "thumbs", "full", "maps"
_Piece: TypeAlias = tuple[int, int, str | None]
_COLUMNS = (
    "id", "reasons", "shard", "offset", "size", "thumb_offset", "thumb_size", "file_sha256", "maps",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was copied: the address of each file by (its kind or the map's name, id); ids whose thumbnail is damaged."""

    addresses: dict[tuple[str, str], str] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)

    @property
    def full(self) -> bool:
        """Whether full pictures or maps are among them."""
        return any(kind != "thumb" for kind, _ in self.addresses)

    def address(self, kind: str, image: str) -> str | None:
        """Where a file lies, as the pages ask for it; None where it is not there."""
        return self.addresses.get((kind, image))


def copy_pictures(layout: Layout, rows: pa.Table, full: bool | None) -> Pictures:
    """Copy the thumbnails of these rows into the gallery; with `full` the pictures and maps too.

    `full` None: where all together they are under `FULL_LIMIT`. Files of the gallery that are none of these are
    removed. Nothing is synced: a gallery can be made again at any time. Raises `OSError`.
    """
    import pyarrow.compute as pc

    if full is None:
        full = _bytes(rows) <= FULL_LIMIT
    copied = Pictures()
    placed = rows.select(list(_COLUMNS)).filter(pc.is_valid(rows["shard"])).sort_by([("shard", "ascending")])
    for folder in (THUMBS, FULL, MAPS):
        (layout.gallery / folder).mkdir(parents=True, exist_ok=True)
    for shard, images in groupby(_each(placed), key=itemgetter("shard")):
        files = [(piece, name, row["id"]) for row in images for name, piece in _pieces(row, full=full)]
        _copy(layout, shard, files, copied)
    _sweep(layout.gallery, copied)
    return copied


def _bytes(rows: pa.Table) -> int:
    """All full pictures and maps of these rows."""
    import pyarrow.compute as pc

    maps = pc.struct_field(pc.list_flatten(rows["maps"].combine_chunks()), "size")
    return (pc.sum(rows["size"]).as_py() or 0) + (pc.sum(maps).as_py() or 0)


def _each(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=1024):
        yield from batch.to_pylist()


def _copy(layout: Layout, shard: str, files: list[tuple[_Piece, str, str]], copied: Pictures) -> None:
    """Copy files of one shard, each a piece of it, a name and the image's id, in the order in which they lie there."""
    wanted = sorted(files, key=lambda file: file[0][0])
    pieces = read_pieces(layout, shard, (piece for piece, _, _ in wanted))
    for data, (_, name, image) in zip(pieces, wanted, strict=True):
        if data is None:
            if name == "thumb":
                copied.damaged.add(image)
            continue
        address = {"thumb": f"{THUMBS}/{image}.jpg", "full": f"{FULL}/{image}.png"}.get(name)
        address = address or f"{MAPS}/{image}.{name}.png"
        _put(layout.gallery / address, data)
        copied.addresses[name, image] = address


def _put(path: Path, data: bytes) -> None:
    """Write a file, unless it is there as it should be: to cut and fill one that is costs far more than to read it."""
    try:
        if path.read_bytes() == data:
            return
        path.unlink()
    except FileNotFoundError:
        pass
    path.write_bytes(data)


def _pieces(row: Mapping[str, Any], *, full: bool) -> Iterator[tuple[str, _Piece]]:
    """The files of an image that are copied: name, and where in its tar."""
    maps = {file["name"]: file for file in row["maps"] or ()}
    for name in stored(row):
        if name == "thumb":
            yield name, (row["thumb_offset"], row["thumb_size"], None)
        elif full and name == "full":
            yield name, (row["offset"], row["size"], row["file_sha256"])
        elif full:
            yield name, (maps[name]["offset"], maps[name]["size"], maps[name]["sha256"])


def _sweep(gallery: Path, copied: Pictures) -> None:
    """Remove the files of images that are not shown any more, and folders without any."""
    kept = set(copied.addresses.values())
    for name in (THUMBS, FULL, MAPS):
        folder = gallery / name
        for path in folder.iterdir():
            if f"{name}/{path.name}" not in kept:
                path.unlink()
        if name != THUMBS and not any(folder.iterdir()):
            folder.rmdir()
