"""The rows of a dataset as Arrow tables, a bounded number at a time, for counting without a loop over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from agfd.errors import DamagedError
from agfd.store.rounds import row_files
from agfd.store.schema import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from agfd.store.layout import Layout

T = TypeVar("T")

ROWS_AT_ONCE = 1 << 13
# A round that closes while its chunks are read moves its rows to another file; that does not happen often in a row.
TRIES = 5


def read_stable(layout: Layout, columns: Sequence[str], fold: Callable[[Iterator[pa.Table]], T]) -> T:
    """`fold` over tables of `columns`, in request order; begun again when a build closes a round meanwhile.

    Raises `DamagedError`.
    """
    for _ in range(TRIES):
        closed = layout.closed_rounds()
        try:
            result = fold(_tables(row_files(layout), columns))
        except FileNotFoundError:
            continue
        if layout.closed_rounds() == closed:
            return result
    raise DamagedError(f"the rows of {layout.root} keep moving: the dataset is being built, read it again")


def _tables(files: Sequence[Path], columns: Sequence[str]) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = pa.schema([schema().field(name) for name in dict.fromkeys(columns)])
    waiting: list[pa.RecordBatch] = []
    for path in files:
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(columns), use_threads=False):
                    waiting.append(_conformed(batch, fields))
                    # Chunks of an open round are small files: together they make one table.
                    if sum(part.num_rows for part in waiting) >= ROWS_AT_ONCE:
                        yield pa.Table.from_batches(waiting).combine_chunks()
                        waiting = []
        except FileNotFoundError:
            raise
        except (OSError, pa.ArrowInvalid) as error:
            raise DamagedError(f"{path} is damaged: {str(error).splitlines()[0]}") from None
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()


def _conformed(batch: pa.RecordBatch, fields: pa.Schema) -> pa.RecordBatch:
    """The batch with these columns; those that are newer than its file are null."""
    import pyarrow as pa

    there = set(batch.schema.names)
    columns = [
        batch.column(field.name) if field.name in there else pa.nulls(batch.num_rows, field.type) for field in fields
    ]
    return pa.RecordBatch.from_arrays(columns, schema=fields)
