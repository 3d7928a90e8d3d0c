"""Is everything in the folder as it was written?"""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agfd.errors import DamagedError
from agfd.store.rounds import row_files, rows_of
from agfd.store.shard import file_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agfd.store.layout import Layout


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong: the file and what is wrong with it; the ids of the images that it costs."""

    path: Path
    problem: str
    images: tuple[str, ...] = ()


def verify(layout: Layout) -> Iterator[Damage]:
    """Everything that is damaged or missing. Reads every byte of rows and shards."""
    yield from _damaged_rounds(layout)
    in_shard: dict[str, list[tuple[str, int, int, str]]] = {}
    sums: dict[str, str] = {}
    for path in row_files(layout):
        try:
            for row in rows_of(path, ["id", "shard", "offset", "size", "file_sha256", "shard_sha256"]):
                if row["shard"] is not None:
                    member = (row["id"], row["offset"], row["size"], row["file_sha256"])
                    in_shard.setdefault(row["shard"], []).append(member)
                    sums[row["shard"]] = row["shard_sha256"]
        except DamagedError as error:
            yield Damage(path, str(error))
    for shard, members in in_shard.items():
        yield from _damaged_shard(layout.shards / shard, sums[shard], members)


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


def _damaged_shard(path: Path, sha256: str, members: list[tuple[str, int, int, str]]) -> Iterator[Damage]:
    if not path.exists():
        yield Damage(path, "is missing", tuple(member[0] for member in members))
        return
    if file_sha256(path) == sha256:
        return
    broken = []
    with path.open("rb") as file:
        for image, offset, size, file_sum in members:
            file.seek(offset)
            if size and hashlib.sha256(file.read(size)).hexdigest() != file_sum:
                broken.append(image)
    torn = "is torn" if not _is_whole(path) else "does not have the hash on record"
    yield Damage(path, torn, tuple(broken))


def _is_whole(path: Path) -> bool:
    try:
        with tarfile.open(path) as tar:
            return all(member.offset_data + member.size <= path.stat().st_size for member in tar)
    except tarfile.TarError:
        return False
