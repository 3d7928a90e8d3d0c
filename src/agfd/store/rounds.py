"""Closing rounds, and reading the rows of all rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agfd.errors import DamagedError
from agfd.store.files import replacing, write_bytes
from agfd.store.schema import schema
from agfd.store.shard import file_sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from agfd.store.layout import Layout

# Large enough that a million rows are a few hundred groups, small enough that one is a few megabytes in memory.
ROWS_PER_GROUP = 2048


def close_round(layout: Layout, number: int, chunks: int, turned_down: Mapping[int, str]) -> None:
    """Write all rows of a round as one file and drop its chunks' own.

    `turned_down`: place in request order -> the reason why an accepted image does not stay accepted.
    """

    def tables() -> Iterator[pa.Table]:
        index = 0
        for chunk in range(chunks):
            table = _with_reasons(read_rows(layout.chunk_rows(number, chunk)), index, turned_down)
            index += table.num_rows
            yield table

    write_round(layout, number, tables())
    drop_chunk_rows(layout, number)


def write_round(layout: Layout, number: int, tables: Iterable[pa.Table]) -> None:
    """Write all rows of a round, in request order, as one file with its sum. Raises `WriteError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with (
        replacing(layout.round_file(number)) as temporary,
        pq.ParquetWriter(temporary, schema(), compression="zstd", write_page_checksum=True) as writer,
    ):
        waiting: list[pa.Table] = []
        for table in tables:
            waiting.append(table)
            if sum(part.num_rows for part in waiting) >= ROWS_PER_GROUP:
                writer.write_table(pa.concat_tables(waiting).combine_chunks())
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting).combine_chunks())
    # Arrow keeps what it freed; a driver lives for days.
    pa.default_memory_pool().release_unused()
    seal_round(layout, number)


def seal_round(layout: Layout, number: int) -> None:
    """Write the sum of a round's file where it is missing and drop what its being open needed."""
    if not layout.round_sum(number).exists():
        path = layout.round_file(number)
        write_bytes(layout.round_sum(number), f"{file_sha256(path)}  {path.name}\n".encode())
    layout.open_round(number).unlink(missing_ok=True)


def drop_chunk_rows(layout: Layout, number: int) -> None:
    """Remove the chunks' own rows of a closed round."""
    for of_round, chunk in layout.chunks("parquet"):
        if of_round == number:
            layout.chunk_rows(number, chunk).unlink(missing_ok=True)


def _with_reasons(table: pa.Table, first: int, turned_down: Mapping[int, str]) -> pa.Table:
    import pyarrow as pa

    here = range(first, first + table.num_rows)
    changed = {index - first: turned_down[index] for index in here if index in turned_down}
    if not changed:
        return table
    status, reasons = table["status"].to_pylist(), table["reasons"].to_pylist()
    for index, reason in changed.items():
        status[index], reasons[index] = "rejected", [reason]
    for name, values in (("status", status), ("reasons", reasons)):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(values, table.schema.field(name).type))
    return table


def read_rows(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of one file. Raises `DamagedError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, page_checksum_verification=True).read(columns=columns, use_threads=False)
    except (OSError, pa.ArrowInvalid) as error:
        raise DamagedError(f"{path} is damaged: {str(error).splitlines()[0]}") from None


def row_files(layout: Layout) -> list[Path]:
    """Every file with rows: closed rounds, then the chunks of the open one, in request order."""
    closed = layout.closed_rounds()
    files = [layout.round_file(number) for number in closed]
    return files + [layout.chunk_rows(*key) for key in layout.chunks("parquet") if key[0] not in set(closed)]


def iterate_rows(layout: Layout, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """All rows in request order, a bounded number at a time in memory."""
    for path in row_files(layout):
        yield from rows_of(path, columns)


def rows_of(path: Path, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of one file, a bounded number at a time in memory. Raises `DamagedError`."""
    for batch in batches_of(path, columns):
        yield from batch.to_pylist()


def batches_of(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of one file in batches of at most 1024. Raises `DamagedError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            yield from file.iter_batches(batch_size=1024, columns=columns, use_threads=False)
    except FileNotFoundError:
        # A reader beside a build: the round was closed while its chunks were read.
        message = f"{path} went away while it was read; the dataset is being built, read it again"
        raise DamagedError(message) from None
    except (OSError, pa.ArrowInvalid) as error:
        raise DamagedError(f"{path} is damaged: {str(error).splitlines()[0]}") from None
