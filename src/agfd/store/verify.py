"""Is everything in the folder as it was written?"""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any

from agfd.errors import DamagedError
from agfd.store.rounds import row_files, rows_of
from agfd.store.shard import file_sha256
from agfd.store.staging import is_unsettled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agfd.store.layout import Layout

_COLUMNS = ["id", "shard", "offset", "size", "file_sha256", "maps", "shard_sha256"]


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong: the file and what is wrong with it; the ids of the images that it costs."""

    path: Path
    problem: str
    images: tuple[str, ...] = ()


def verify(layout: Layout) -> Iterator[Damage]:
    """Everything that is damaged or missing. Reads every byte of rows and shards, one shard's rows at a time."""
    if is_unsettled(layout):
        yield Damage(
            layout.staging, "holds verdicts that a crash kept from their places; the next build or judge ends that"
        )
    yield from _damaged_rounds(layout)
    known: set[str] = set()
    sha256 = lru_cache(maxsize=64)(file_sha256)
    for path in row_files(layout):
        rows = (row for row in rows_of(path, _COLUMNS) if row["shard"] is not None)
        try:
            # A chunk's rows are consecutive, and a chunk is a shard; only images made again lie elsewhere.
            for shard, members in groupby(rows, key=itemgetter("shard")):
                known.add(shard)
                yield from _damaged_shard(layout.shards / shard, list(members), sha256)
        except DamagedError as error:
            yield Damage(path, str(error))
    yield from _orphans(layout, known)


def _orphans(layout: Layout, known: set[str]) -> Iterator[Damage]:
    """Shards of rounds that are not open and of which no row tells."""
    for number, chunk in layout.chunks("tar"):
        path = layout.chunk_tar(number, chunk)
        if path.name not in known and not layout.open_round(number).exists() and not layout.round_file(number).exists():
            yield Damage(layout.round_file(number), f"is missing: {path.name} holds images and no row tells of them")


def _damaged_rounds(layout: Layout) -> Iterator[Damage]:
    numbers = layout.closed_rounds()
    summed = {int(path.name[:6]) for path in layout.rounds.glob(f"{'[0-9]' * 6}.parquet.sha256")}
    for number in sorted({*numbers, *summed, *range(1, max([0, *numbers]) + 1)}):
        path = layout.round_file(number)
        if not path.exists():
            yield Damage(path, "is missing")
        elif not layout.round_sum(number).exists():
            yield Damage(path, "has no sum yet; the next build writes it")
        elif file_sha256(path) != layout.round_sum(number).read_text(errors="replace").split(" ")[0]:
            yield Damage(path, "does not have the hash on record")


def _damaged_shard(path: Path, members: list[dict[str, Any]], sha256: Callable[[Path], str]) -> Iterator[Damage]:
    if not path.exists():
        yield Damage(path, "is missing", tuple(member["id"] for member in members))
        return
    if sha256(path) == members[0]["shard_sha256"]:
        return
    broken = []
    with path.open("rb") as file:
        for member in members:
            parts = [(member["offset"], member["size"], member["file_sha256"])] if member["size"] else []
            parts += [(part["offset"], part["size"], part["sha256"]) for part in member.get("maps") or ()]
            if any(_is_broken(file, *part) for part in parts):
                broken.append(member["id"])
    torn = "is torn" if not _is_whole(path) else "does not have the hash on record"
    yield Damage(path, torn, tuple(broken))


def _is_broken(file: IO[bytes], offset: int, size: int, sha256: str) -> bool:
    file.seek(offset)
    return hashlib.sha256(file.read(size)).hexdigest() != sha256


def _is_whole(path: Path) -> bool:
    try:
        with tarfile.open(path) as tar:
            return all(member.offset_data + member.size <= path.stat().st_size for member in tar)
    except tarfile.TarError:
        return False
