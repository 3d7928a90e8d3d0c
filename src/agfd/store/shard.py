"""A chunk on disk: a tar of image files and thumbnails, then its rows, which are the marker that it is complete."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

from agfd.errors import DamagedError
from agfd.store.files import replacing
from agfd.store.schema import schema, to_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from agfd.records import Place, Sample
    from agfd.store.layout import Layout


class Shard:
    """The tar of one chunk while it is being filled, in memory: a chunk is a few megabytes.

    Times and owners are zero, so equal images give equal bytes.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._buffer = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._buffer, mode="w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115  # closed by seal

    def add(self, member: str, data: bytes) -> int:
        """Append a file; returns the offset of its first byte in the tar."""
        info = tarfile.TarInfo(member)
        info.size = len(data)
        offset = self._tar.offset + tarfile.BLOCKSIZE
        self._tar.addfile(info, io.BytesIO(data))
        return offset

    def seal(self) -> bytes:
        """The bytes of the whole tar; nothing can be added any more."""
        self._tar.close()
        return self._buffer.getvalue()


def commit_chunk(layout: Layout, number: int, chunk: int, shard: Shard, samples: Sequence[Sample]) -> None:
    """Write a chunk: first the images, last the rows. Raises `WriteError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = shard.seal()
    sha = hashlib.sha256(data).hexdigest()
    placed = [
        replace(sample, place=replace(sample.place, shard_sha256=sha)) if sample.place else sample for sample in samples
    ]
    with replacing(layout.chunk_tar(number, chunk)) as temporary:
        temporary.write_bytes(data)
    table = pa.Table.from_pylist([to_row(sample) for sample in placed], schema=schema())
    with replacing(layout.chunk_rows(number, chunk)) as temporary:
        # Read once more and dropped when the round is closed: quick to write beats small.
        options = {"compression": "none", "use_dictionary": False, "write_statistics": False}
        pq.write_table(table, temporary, write_page_checksum=True, **options)


def read_member(layout: Layout, place: Place, *, thumbnail: bool = False) -> bytes:
    """The bytes of an image file or its thumbnail. Raises `DamagedError`."""
    path = layout.shards / place.shard
    if not thumbnail:
        return _read_checked(path, place.offset, place.size, place.file_sha256)
    data = _read_at(path, place.thumb_offset, place.thumb_size)
    if len(data) != place.thumb_size:
        raise DamagedError(f"{path} is torn")
    return data


def read_map(layout: Layout, place: Place, name: str) -> bytes:
    """The bytes of the file of a map that was kept. Raises `DamagedError`."""
    (there,) = (file for file in place.maps if file.name == name)
    return _read_checked(layout.shards / place.shard, there.offset, there.size, there.sha256)


def read_pieces(layout: Layout, shard: str, pieces: Iterable[tuple[int, int, str | None]]) -> Iterator[bytes | None]:
    """The bytes at each (offset, size, sha256 or None) of one tar, which is opened once; None for what is damaged.

    Quickest in the order in which they lie there.
    """
    try:
        file = (layout.shards / shard).open("rb")
    except OSError:
        yield from (None for _ in pieces)
        return
    with file:
        for offset, size, sha256 in pieces:
            file.seek(offset)
            data = file.read(size)
            whole = len(data) == size and (sha256 is None or hashlib.sha256(data).hexdigest() == sha256)
            yield data if whole else None


def _read_checked(path: Path, offset: int, size: int, sha256: str) -> bytes:
    data = _read_at(path, offset, size)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedError(f"an image in {path} does not have the hash on record")
    return data


def _read_at(path: Path, offset: int, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing") from None


def file_sha256(path: Path) -> str:
    """The sha256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
